// A dispatcher that is asked to leave: what is under way ends and is recorded,
// within the time limit; the rest is free again at once.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { endPids, isAlive, startStack } from '../lib/stack.mjs';
import { pause, until } from '../lib/util.mjs';

const LIMIT_MS = 2000; // of a request, and of leaving

let stack, sink;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack({ dispatch: false,
    conf: { dispatch: { request_timeout: `${LIMIT_MS}ms` } } });
});
after(async () => {
  await sink.stop();
  await stack.stop();
});
beforeEach(async () => {
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  sink.clear();
  await stack.startDispatcher();
});

async function hook(path) {
  const made = await stack.webhook({ url: sink.url + path });
  // Longer than the dispatcher may take to leave.
  await stack.must('PATCH', `/webhooks/${made.id}/options`,
    { timeout_ms: 30000 });
  return made;
}

const write = () => stack.must('POST', '/items/articles', { title: 'x' });
const rowOf = async (webhook) => (await stack.must('GET', '/deliveries',
  undefined, { query: `filter[webhook][_eq]=${webhook.id}&sort=id` }))[0];
const term = () => process.kill(stack.pids.dispatch, 'SIGTERM');
const isGone = () => until('its end', () => !isAlive(stack.pids.dispatch));

for (const name of ['SIGTERM', 'SIGHUP']) {
  test(`${name}: what is under way ends, nothing new begins`, async () => {
    const slow = await hook('/slow/1000');
    await write();
    await sink.wait('/slow/1000');
    process.kill(stack.pids.dispatch, name);
    const later = await stack.webhook({ url: sink.url + '/ok' });
    await pause(50); // were it to take more, it would now
    await write();
    await isGone();
    const row = await rowOf(slow);
    assert.equal(row.state, 'delivered');
    assert.equal(row.attempts, 1);
    assert.equal((await rowOf(later)).state, 'pending');
    assert.equal(sink.at('/ok').length, 0);
  });
}

test('what takes longer than the limit is free at once, at no cost', async () => {
  const made = await hook('/slow/25000');
  await write();
  await sink.wait('/slow/25000');
  const began = performance.now();
  term();
  await isGone();
  const took = performance.now() - began;
  assert.ok(took >= LIMIT_MS - 50, `gave up after ${took} ms`);
  const row = await until('it waits again', async () => {
    const now = await rowOf(made);
    return now.state === 'pending' && now;
  }, 5000);
  assert.equal(row.attempts, 0);
  await stack.startDispatcher();
  await sink.wait('/slow/25000', 2, 5000);
  process.kill(stack.pids.dispatch, 'SIGTERM');
  process.kill(stack.pids.dispatch, 'SIGTERM');
  await isGone();
});

test('a second SIGTERM ends at once', async () => {
  const made = await hook('/slow/24000');
  await write();
  await sink.wait('/slow/24000');
  const began = performance.now();
  term();
  await until('the first is taken', async () => performance.now() - began > 100);
  await endPids([stack.pids.dispatch]);
  assert.ok(performance.now() - began < LIMIT_MS - 200);
  await until('it waits again', async () =>
    (await rowOf(made)).state === 'pending', 5000);
});
