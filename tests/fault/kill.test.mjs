// Owner and dispatcher are killed in turn (SIGKILL) under load, lighttpd
// starts the owner again. Then: every acknowledged write is there, every
// matching delivery came to the receiver at least once, no request hung.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptAgent } from '../lib/http.mjs';
import { Sink } from '../lib/sink.mjs';
import { isAlive, startStack } from '../lib/stack.mjs';
import { pause, until } from '../lib/util.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? (process.env.LONG ? 400 : 40));
const WRITERS = 8;
const HANG_MS = 5000;

// Writes without end; keeps what was acknowledged and the slowest answer.
class Writer {
  constructor(stack, name, kept) {
    Object.assign(this, { stack, name, kept, slowest: 0, refused: {}, n: 0 });
    this.agent = keptAgent();
    this.running = true;
    this.done = this.run();
  }

  async run() {
    while (this.running) {
      const title = `${this.name}-${this.n++}`;
      const began = performance.now();
      try {
        const answer = await this.stack.ask('POST', '/items/articles',
          { title }, { agent: this.agent, limitMs: 4 * HANG_MS });
        if (answer.status === 200) this.kept.set(answer.json.data.id, title);
        else this.refused[answer.status] = (this.refused[answer.status] ?? 0) + 1;
        if (answer.status !== 200) await pause(20);
      } catch (error) {
        this.refused[error.code ?? error.message] =
          (this.refused[error.code ?? error.message] ?? 0) + 1;
        await pause(20);
      }
      this.slowest = Math.max(this.slowest, performance.now() - began);
      await pause(5);
    }
    this.agent.destroy();
  }
}

async function killOwner(stack) {
  const old = stack.killOwner();
  await until('a new owner', () => {
    const pid = stack.ownerPid();
    return pid && pid !== old && isAlive(pid);
  }, 10000);
  await stack.isUp();
}

async function killDispatcher(stack) {
  stack.killDispatcher();
  await until('its end', () => !isAlive(stack.pids.dispatch));
  stack.launchDispatcher();
}

async function everythingIsThere(stack, kept) {
  const rows = await stack.must('GET', '/items/articles', undefined,
    { query: 'limit=-1&fields=id,title' });
  const titles = new Map(rows.map((row) => [row.id, row.title]));
  const lost = [...kept].filter(([id, title]) => titles.get(id) !== title);
  assert.equal(lost.length, 0, `lost writes: ${lost.slice(0, 5)}`);
  return rows;
}

test(`${ROUNDS} kills under load`, async (t) => {
  const sink = await new Sink().start();
  const stack = await startStack();
  stack.expectLog(/ (warning|error) /);
  const kept = new Map();
  let writers = [];
  try {
    const hooks = [await stack.webhook({ url: sink.url + '/a' }),
      await stack.webhook({ url: sink.url + '/b', actions: ['create'] })];
    writers = Array.from({ length: WRITERS },
      (_, i) => new Writer(stack, `w${i}`, kept));
    for (let round = 0; round < ROUNDS; round++) {
      await pause(100 + Math.random() * 300);
      await (round % 2 ? killDispatcher : killOwner)(stack);
    }
    for (const writer of writers) writer.running = false;
    await Promise.all(writers.map((writer) => writer.done));
    await stack.isUp();
    const rows = await everythingIsThere(stack, kept);

    // A write that was not acknowledged may be there; then its deliveries, too.
    const seen = (path) => new Set(sink.at(path).map((got) => got.json.key));
    await until('all deliveries at the receiver', () => {
      const a = seen('/a'), b = seen('/b');
      return rows.every((row) => a.has(row.id) && b.has(row.id));
    }, 60000);
    const waiting = async () => (await stack.must('GET', '/deliveries',
      undefined, { query: 'filter[state][_in]=pending,leased&limit=5' })).length;
    await until('an empty queue', async () => await waiting() === 0, 60000);
    const known = new Set(rows.map((row) => row.id));
    assert.ok(sink.got.every((got) => known.has(got.json.key)),
      'a delivery of a write that was not kept');

    const ids = sink.got.map((got) => got.id);
    const slowest = Math.max(...writers.map((writer) => writer.slowest));
    const refused = writers.map((writer) => writer.refused)
      .reduce((sum, one) => {
        for (const [k, v] of Object.entries(one)) sum[k] = (sum[k] ?? 0) + v;
        return sum;
      }, {});
    t.diagnostic(`${kept.size} acknowledged, ${rows.length} kept, ` +
      `${ids.length} deliveries, ${ids.length - new Set(ids).size} duplicates, ` +
      `slowest ${Math.round(slowest)} ms, refused ${JSON.stringify(refused)}`);
    assert.ok(kept.size > ROUNDS, 'hardly any load');
    assert.ok(slowest < HANG_MS, `a request took ${slowest} ms`);
    assert.equal(new Set(ids).size, rows.length * hooks.length);
  } finally {
    for (const writer of writers) writer.running = false;
    await sink.stop();
    await stack.stop();
  }
});
