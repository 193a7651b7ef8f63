// The owner is stopped (SIGSTOP) for half a minute: through a relay every
// request is answered after 5 s with 503, and a write that was repeated with
// its key all the while is there once when the owner goes on.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { fcgiRequest } from '../lib/fcgi.mjs';
import { childrenOf, startStack } from '../lib/stack.mjs';
import { pause, until } from '../lib/util.mjs';

const STOPPED_MS = Number(process.env.STOPPED_MS ?? 30000);
const ANSWER_MS = 5000, SPARED_MS = 600;

// The path of the listening socket a process got from the web server.
function socketOf(pid) {
  const inode = /\d+/.exec(readlinkSync(`/proc/${pid}/fd/0`))[0];
  const line = readFileSync('/proc/net/unix', 'utf8').split('\n')
    .find((one) => one.includes(` ${inode} `));
  return line.trim().split(/\s+/).pop();
}

async function relaySocket(stack) {
  await until('an owner', () => stack.ownerPid());
  return socketOf(childrenOf(stack.pids.web)
    .find((pid) => pid !== stack.ownerPid()));
}

class Client {
  constructor(stack, socket, what) {
    Object.assign(this, { stack, socket, what, times: [], answers: {} });
  }

  async ask() {
    const began = performance.now();
    const answer = await fcgiRequest(this.socket, this.what, 20000);
    this.times.push(performance.now() - began);
    const why = answer.status === 503
      ? answer.json.errors[0].extensions.code : answer.status;
    this.answers[why] = (this.answers[why] ?? 0) + 1;
    return answer;
  }

  async repeat(until_ms) {
    do this.last = await this.ask();
    while (performance.now() < until_ms);
  }
}

const write = (stack, title, key) => ({ method: 'POST',
  path: '/items/articles', body: JSON.stringify({ title }), headers: {
    Authorization: `Bearer ${stack.token}`,
    'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) } });
const read = (stack) => ({ path: '/items/articles',
  headers: { Authorization: `Bearer ${stack.token}` } });

test('a stopped owner', async (t) => {
  const stack = await startStack({ procs: 3, dispatch: false });
  const owner = stack.ownerPid();
  try {
    const socket = await relaySocket(stack);
    const keyed = Array.from({ length: 6 }, (_, i) => new Client(stack, socket,
      write(stack, `keyed-${i}`, randomUUID())));
    const bare = Array.from({ length: 6 }, (_, i) => new Client(stack, socket,
      write(stack, `bare-${i}`)));
    const reader = new Client(stack, socket, read(stack));
    await reader.ask();
    assert.equal(reader.answers[200], 1);
    process.kill(owner, 'SIGSTOP');
    const end = performance.now() + STOPPED_MS;
    const all = [...keyed.map((client) => client.repeat(end)),
      ...bare.map((client) => client.ask()), reader.repeat(end)];
    await pause(STOPPED_MS);
    process.kill(owner, 'SIGCONT');
    await Promise.all(all);
    for (const client of keyed)
      await until('an acknowledged write', async () =>
        (client.last = await client.ask()).status === 200);
    const times = [...keyed, ...bare].flatMap((client) => client.times);
    t.diagnostic(`${times.length} writes, the slowest answer after ` +
      `${Math.round(Math.max(...times))} ms`);
    const late = [...times, ...reader.times]
      .filter((ms) => ms > ANSWER_MS + SPARED_MS);
    assert.deepEqual(late, []);
    for (const client of bare)
      assert.deepEqual(client.answers, { OUTCOME_UNKNOWN: 1 });
    assert.ok(keyed[0].answers.OUTCOME_UNKNOWN > 0, 'not stopped');
    assert.ok(reader.answers.SERVICE_UNAVAILABLE > 0, 'not stopped');

    const rows = await stack.must('GET', '/items/articles', undefined,
      { query: 'limit=-1&fields=id,title' });
    const titles = rows.map((row) => row.title).sort();
    // What was given up long before the owner went on was not done after.
    assert.deepEqual(titles, keyed.map((_, i) => `keyed-${i}`));
    const ids = new Set(keyed.map((client) => client.last.json.data.id));
    assert.deepEqual([...ids].sort((a, b) => a - b),
      rows.map((row) => row.id).sort((a, b) => a - b));
  } finally {
    try { process.kill(owner, 'SIGCONT'); } catch { /* ended */ }
    await stack.stop();
  }
});
