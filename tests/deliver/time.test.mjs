// Days in a second: the default schedule to its end, Retry-After's bound, and
// a wall clock that is set forward and back under everything.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { DAY, HOUR } from '../lib/clock.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const DEFAULT = [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
const LATENCY_MS = 5000; // of a busy machine; far below what is told apart

let stack, sink, clock;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack({ clock: true });
  clock = stack.clock;
});
after(async () => {
  await sink.stop();
  await stack.stop();
});
beforeEach(async () => {
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  sink.clear();
});

async function hook(path, options) {
  const made = await stack.webhook({ url: sink.url + path });
  if (options) await stack.must('PATCH', `/webhooks/${made.id}/options`, options);
  return made;
}

// Once, also when the owner goes meanwhile.
function write() {
  const headers = { 'Idempotency-Key': `"${randomUUID()}"` };
  return until('a write', () => stack.must('POST', '/items/articles',
    { title: 'x' }, { headers }));
}

const rowOf = async (webhook) => (await stack.must('GET', '/deliveries',
  undefined, { query: `filter[webhook][_eq]=${webhook.id}&sort=id` }))[0];

// The delivery once it waits again, or has ended, after its n-th attempt.
const ended = (webhook, n) => until(`the end of attempt ${n}`, async () => {
  const row = await rowOf(webhook);
  return row?.attempts === n && row.state !== 'leased' && row;
});

const logOf = async (row) =>
  (await stack.must('GET', `/deliveries/${row.id}`)).log;

test('75 hours: each step of the default schedule, then dead', async () => {
  const made = await hook('/status/500');
  await write();
  const shares = [];
  for (let n = 1; n < DEFAULT.length; n++) {
    const row = await ended(made, n);
    assert.equal(row.state, 'pending');
    const due = Date.parse(row.next_attempt_at), step = DEFAULT[n] * 1000;
    const wait = due - Date.parse((await logOf(row))[n - 1].at);
    assert.ok(wait >= step && wait <= step * 1.1 + LATENCY_MS,
      `after attempt ${n}: ${wait} ms for ${step}`);
    shares.push(wait / step);
    clock.reach(due - 1500);
    assert.equal((await rowOf(made)).attempts, n);
    assert.equal(sink.got.length, n);
    clock.reach(due);
  }
  const row = await ended(made, DEFAULT.length);
  assert.equal(row.state, 'dead');
  assert.equal(row.next_attempt_at, null);
  const log = await logOf(row);
  assert.equal(log.length, DEFAULT.length);
  const hours = (Date.parse(log.at(-1).at) - Date.parse(log[0].at)) / HOUR;
  assert.ok(hours >= 75 && hours < 84, `${hours} hours`);
  // Chance: of the later ones, at most one is by luck without jitter.
  assert.ok(shares.slice(2).filter((share) => share > 1.001).length >= 5,
    shares.join(' '));
  clock.jump(20 * DAY);
  await write();
  await sink.wait('/status/500', DEFAULT.length + 1);
  assert.equal((await rowOf(made)).attempts, DEFAULT.length);
});

test('Retry-After moves an attempt by ten hours at most', async () => {
  const made = await hook('/after/99999999');
  await write();
  const row = await ended(made, 1);
  const wait = Date.parse(row.next_attempt_at) -
    Date.parse((await logOf(row))[0].at);
  assert.ok(wait >= 10 * HOUR && wait < 10 * HOUR + LATENCY_MS, `${wait} ms`);
  clock.jump(9 * HOUR);
  assert.equal((await rowOf(made)).attempts, 1);
  clock.jump(HOUR + LATENCY_MS);
  await ended(made, 2);
});

test('what waits for an inactive webhook goes when it is active', async () => {
  const made = await hook('/fail-first/1/held');
  await write();
  await ended(made, 1);
  await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'inactive' });
  clock.jump(3 * DAY);
  const row = await rowOf(made);
  assert.equal(row.state, 'pending');
  assert.equal(sink.got.length, 1);
  await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'active' });
  assert.equal((await ended(made, 2)).state, 'delivered');
});

test('an attempt under way is not sent again by a jump forward', async () => {
  const made = await hook('/slow/400');
  await write();
  await sink.wait('/slow/400');
  clock.jump(5 * HOUR);
  assert.equal((await ended(made, 1)).state, 'delivered');
  assert.equal(sink.got.length, 1);
});

test('an attempt under way is recorded after a jump back', async () => {
  const made = await hook('/slow/400');
  await write();
  await sink.wait('/slow/400');
  clock.jump(-5 * HOUR);
  assert.equal((await ended(made, 1)).state, 'delivered');
});

test('a clock set back by a year holds nothing for a year', async () => {
  const made = await hook('/fail-first/1/back');
  clock.jump(365 * DAY);
  await write();
  await ended(made, 1);
  clock.jump(-365 * DAY);
  assert.equal((await ended(made, 2)).state, 'delivered');
  assert.equal(sink.got.length, 2);
});

test('a clock set back by an hour holds a retry for that hour', async () => {
  const made = await hook('/fail-first/1/hour', { schedule: [0, 60] });
  await write();
  const { next_attempt_at: due } = await ended(made, 1);
  clock.jump(-HOUR);
  assert.equal((await rowOf(made)).next_attempt_at, due);
  clock.reach(Date.parse(due));
  assert.equal((await ended(made, 2)).state, 'delivered');
});

test('a clock set back while no owner runs', async () => {
  const made = await hook('/fail-first/1/down');
  clock.jump(365 * DAY);
  await write();
  await ended(made, 1);
  stack.expectLog(/ owner /);
  const pid = stack.killOwner();
  clock.jump(-365 * DAY);
  await until('another owner', () => stack.ownerPid() !== pid &&
    stack.ownerPid());
  assert.equal((await ended(made, 2)).state, 'delivered');
});

test('five days without one success set a webhook inactive', async () => {
  const made = await hook('/status/500', { schedule: [0] });
  const path = `/webhooks/${made.id}`;
  const dead = (n) => until(`${n} dead ones`, async () => (await stack.must('GET',
    '/deliveries', undefined, { query: `filter[webhook][_eq]=${made.id}&` +
      'filter[state][_eq]=dead' })).length === n);
  const stats = () => stack.must('GET', path + '/stats');
  for (let n = 1; n <= 10; n++) await write();
  await dead(10);
  const since = Date.parse((await stats()).failing_since);
  assert.ok(Math.abs(since - clock.now()) < 20000);
  const pid = stack.killOwner();
  await until('another owner', () => stack.ownerPid() !== pid &&
    stack.ownerPid());
  await until('its answers', () => stack.must('GET', path));
  clock.reach(since + 5 * DAY - 60000);
  await write();
  await dead(11);
  assert.equal((await stack.must('GET', path)).status, 'active');
  clock.reach(since + 5 * DAY);
  await write();
  await dead(12);
  assert.equal((await stack.must('GET', path)).status, 'inactive');
  const { disabled_reason: reason } = await stack.must('GET', path + '/options');
  assert.match(reason, /^Every attempt failed since \d{4}-.*Z; the last one: /);
  assert.equal((await stats()).disabled_reason, reason);
  assert.ok(Math.abs(Date.parse((await stats()).inactive_since) - clock.now())
    < 20000);
  await stack.must('PATCH', path, { status: 'active' });
  assert.equal((await stack.must('GET', path + '/options')).disabled_reason,
    null);
  await write();
  await dead(13);
  assert.equal((await stack.must('GET', path)).status, 'active');
});
