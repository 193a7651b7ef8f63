// Idle costs nothing: with nothing due, owner and dispatcher sleep.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { privateMiB, systemCalls, traced } from '../lib/idle.mjs';
import { Sink } from '../lib/sink.mjs';
import { has, startStack } from '../lib/stack.mjs';
import { pause, until } from '../lib/util.mjs';

const WINDOW_MS = 3000, HOUR_S = 3600;

let stack, sink;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack({ server: 'none', conf: { store: { cache: '1M' } } });
});
after(async () => {
  await sink.stop();
  await stack.stop();
});

// Seconds until each of its timers goes off, those that are set.
function alarms(pid) {
  const dir = `/proc/${pid}/fdinfo`;
  return readdirSync(dir)
    .map((fd) => readFileSync(join(dir, fd), 'utf8'))
    .map((text) => /^it_value: \((\d+), (\d+)\)/m.exec(text) ?? [])
    .map(([, s = 0, ns = 0]) => Number(s) + Number(ns) / 1e9)
    .filter((seconds) => seconds > 0);
}

const pids = () => [stack.ownerPid(), stack.pids.dispatch];

test('no system call with nothing due, whatever was kept or waits',
  { skip: !has('strace') && 'strace is not there' }, async () => {
    assert.deepEqual(await systemCalls(pids(), stack.dir, WINDOW_MS), []);
    const [seen] = await Promise.all([
      systemCalls(pids(), stack.dir, WINDOW_MS),
      until('an answer while it is watched', () => traced(pids()))
        .then(() => pause(WINDOW_MS / 2))
        .then(() => stack.must('GET', '/webhooks'))]);
    assert.ok(seen.length > 0, 'nobody watched');
    await stack.webhook({ url: sink.url + '/ok' });
    const later = await stack.webhook({ url: sink.url + '/status/500' });
    await stack.must('POST', '/items/articles', { title: 'x' });
    await until('one done, one for later', async () => {
      const rows = await stack.must('GET', '/deliveries');
      return rows.some((row) => row.state === 'delivered') && rows.some((row) =>
        row.webhook === later.id && row.state === 'pending' && row.attempts);
    });
    // The retry is due in 5 s: an inactive webhook has none.
    await stack.must('PATCH', `/webhooks/${later.id}`, { status: 'inactive' });
    assert.deepEqual(await systemCalls(pids(), stack.dir, WINDOW_MS), []);
  });

// The alarm is one for all, and set anew when it has gone off: the one for a
// dispatcher that might not come back for its next lease, 10 s, is the last.
test('nothing wakes later for a delivery that is done', async () => {
  const own = await startStack({ server: 'none' });
  const quiet = () => alarms(own.ownerPid()).every((s) => s >= HOUR_S);
  try {
    await own.webhook({ url: sink.url + '/ok/later' });
    await own.must('POST', '/items/articles', { title: 'x' });
    await sink.wait('/ok/later');
    await until('no alarm is left', async () => quiet() &&
      pause(100).then(quiet), 20000);
  } finally {
    await own.stop();
  }
});

// The sanitizers keep a shadow of everything, and freed memory for a while.
const sanitized = () => /libasan|asan_/.test(
  readFileSync(`/proc/${stack.ownerPid()}/maps`, 'utf8'));

test('idle memory', (t) => {
  if (sanitized()) return t.skip('built with sanitizers');
  const [owner, dispatcher] = pids().map(privateMiB);
  assert.ok(owner < 16 + 2, `owner ${owner} MiB with a cache of 1 MiB`);
  assert.ok(dispatcher < 12, `dispatcher ${dispatcher} MiB`);
});
