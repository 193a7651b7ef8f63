// A client that writes without end and remembers what was acknowledged. With
// keys it repeats what failed until it is acknowledged, under the same key.
// And what must hold when all of them have ended.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { keptAgent } from '../lib/http.mjs';
import { pause, until } from '../lib/util.mjs';

const LIMIT_MS = 20000, AGAIN_MS = 20, BETWEEN_MS = 5, GIVE_UP_MS = 30000,
  STALL_MS = 60000, SLOW_MS = 2500;

export class Writer {
  constructor(stack, { name, keyed = false }) {
    Object.assign(this, { stack, name, keyed, kept: new Map(), slowest: 0,
      refused: {}, repeated: 0, n: 0, slow: [], running: true });
    this.agent = keptAgent();
    this.done = this.run();
  }

  async run() {
    while (this.running) {
      const title = `${this.name}-${this.n++}`;
      const headers = this.keyed ? { 'Idempotency-Key': randomUUID() } : {};
      const end = performance.now() + GIVE_UP_MS;
      while (!await this.write(title, headers) && this.keyed) {
        if (performance.now() > end) throw new Error(`${title}: no answer`);
        this.repeated++;
        await pause(AGAIN_MS);
      }
      await pause(BETWEEN_MS);
    }
    this.agent.destroy();
  }

  // True when it was acknowledged.
  async write(title, headers) {
    const began = performance.now();
    let why;
    try {
      const answer = await this.stack.ask('POST', '/items/articles', { title },
        { agent: this.agent, headers, limitMs: LIMIT_MS });
      why = answer.json?.errors?.[0].extensions.code ?? answer.status;
      if (answer.status === 200) this.kept.set(answer.json.data.id, title);
    } catch (error) {
      why = error.code ?? error.message;
    }
    const took = performance.now() - began;
    this.slowest = Math.max(this.slowest, took);
    if (took > SLOW_MS)
      this.slow.push(`${new Date(Date.now() - took).toISOString()} ${title}: ` +
        `${why} after ${Math.round(took)} ms`);
    if (why === 200) return true;
    this.refused[why] = (this.refused[why] ?? 0) + 1;
    await pause(AGAIN_MS);
    return false;
  }

  words() {
    return `${this.name}: ${this.kept.size} acknowledged, slowest ` +
      `${Math.round(this.slowest)} ms, refused ` +
      JSON.stringify(this.refused) + this.slow.map((one) => `; ${one}`).join('');
  }
}

export function total(writers) {
  const sum = (what) => writers.reduce((n, writer) => n + what(writer), 0);
  return { kept: sum((writer) => writer.kept.size),
    repeated: sum((writer) => writer.repeated),
    slowest: Math.round(Math.max(...writers.map((one) => one.slowest))) };
}

export function rowsOf(stack) {
  return stack.must('GET', '/items/articles', undefined,
    { query: 'limit=-1&fields=id,title' });
}

// Every acknowledged write is there, and none is there twice.
export function checkRows(rows, writers) {
  const ids = new Map(rows.map((row) => [row.id, row.title]));
  const times = new Map();
  for (const { title } of rows) times.set(title, (times.get(title) ?? 0) + 1);
  const twice = [...times].filter(([, n]) => n > 1);
  const lost = writers.flatMap((writer) => [...writer.kept])
    .filter(([id, title]) => ids.get(id) !== title);
  assert.equal(lost.length, 0, `lost writes: ${lost.slice(0, 5)}`);
  assert.equal(twice.length, 0, `done twice: ${twice.slice(0, 5)}`);
}

// Waits as long as something still arrives: after a long storm there are many,
// and looking through them all the time would keep the receiver from its work.
async function allArrived(sink, missing) {
  let known = -1, since = performance.now();
  while (missing() > 0) {
    if (sink.got.length !== known) since = performance.now();
    known = sink.got.length;
    assert.ok(performance.now() - since < STALL_MS,
      `${missing()} deliveries did not come to the receiver`);
    await pause(1000);
  }
}

// Each row's deliveries came to every one of these paths, none of a row that
// was not kept; gives the number of duplicates.
export async function checkDeliveries(stack, sink, rows, hooks) {
  const seen = (path) => new Set(sink.at(path).map((got) => got.json.key));
  const missing = () => hooks.flatMap((path) => {
    const there = seen(path);
    return rows.filter((row) => !there.has(row.id));
  }).length;
  await allArrived(sink, missing);
  await until('an empty queue', async () => (await stack.must('GET',
    '/deliveries', undefined, { query:
      'filter[state][_in]=pending,leased&limit=1' })).length === 0, 60000);
  const known = new Set(rows.map((row) => row.id));
  assert.ok(sink.got.every((got) => known.has(got.json.key)),
    'a delivery of a write that was not kept');
  const ids = new Set(sink.got.map((got) => got.id));
  assert.equal(ids.size, rows.length * hooks.length);
  return sink.got.length - ids.size;
}
