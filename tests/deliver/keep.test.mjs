// What is kept, and for how long: weeks pass in a second.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DAY } from '../lib/clock.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const ROWS_MOST = 100; // the least the setting takes

let stack, sink, clock;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack({ clock: true, conf: { keep: { rows: ROWS_MOST } } });
  clock = stack.clock;
});
after(async () => {
  await sink.stop();
  await stack.stop();
});
// Everything finished goes, so that each test counts its own.
beforeEach(async () => {
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  await until('nothing waiting', async () => (await deliveries(
    'filter[state][_in]=pending,leased')).length === 0);
  clock.jump(70 * DAY);
  await until('nothing kept', async () => (await deliveries()).length === 0 &&
    (await events()).length === 0);
  sink.clear();
});

const list = (path) => (query = '') => stack.must('GET', path, undefined,
  { query: `limit=-1&${query}` });
const deliveries = list('/deliveries'), events = list('/events');
const status = async (path) => (await stack.ask('GET', path)).status;
const GONE = 403; // as for any id that is not there

async function hook(path, options = { schedule: [0] }) {
  const made = await stack.webhook({ url: sink.url + path });
  await stack.must('PATCH', `/webhooks/${made.id}/options`, options);
  return made;
}

const write = () => stack.must('POST', '/items/articles', { title: 'x' });

const ended = (n) => until(`${n} ended`, async () => {
  const rows = await deliveries('filter[state][_in]=delivered,dead&sort=id');
  return rows.length === n && rows;
});

const isGone = (path) => until(`the end of ${path}`, async () =>
  await status(path) === GONE);

// Nothing else happens until the owner has looked at its clock: it notices a
// jump before it answers what comes after, and removes what is due at once; a
// second look tells that it had time to.
async function stays(path) {
  for (let n = 0; n < 5; n++) assert.equal(await status(path), 200);
}

test('delivered ones go after 7 days, with their attempts and event', async () => {
  await hook('/ok');
  await write();
  const [row] = await ended(1);
  assert.equal((await stack.must('GET', `/deliveries/${row.id}`)).log.length, 1);
  clock.jump(7 * DAY - 60000);
  await stays(`/deliveries/${row.id}`);
  clock.jump(60000);
  await isGone(`/deliveries/${row.id}`);
  await isGone(`/events/${row.event}`);
});

test('dead ones go after 30 days, and keep their event', async () => {
  await hook('/ok');
  await hook('/status/500');
  await write();
  const rows = await ended(2);
  const dead = rows.find((row) => row.state === 'dead');
  const done = rows.find((row) => row.state === 'delivered');
  clock.jump(30 * DAY - 60000);
  await isGone(`/deliveries/${done.id}`);
  await stays(`/deliveries/${dead.id}`);
  await stays(`/events/${dead.event}`);
  clock.jump(60000);
  await isGone(`/deliveries/${dead.id}`);
  await isGone(`/events/${dead.event}`);
});

test('events without deliveries go after 7 days', async () => {
  await stack.must('POST', '/events',
    { action: 'create', collection: 'nothing', key: 1, payload: {} });
  const [event] = await events();
  assert.equal(event.deliveries, 0);
  clock.jump(7 * DAY - 60000);
  await stays(`/events/${event.id}`);
  clock.jump(60000);
  await isGone(`/events/${event.id}`);
});

test('a cancelled one goes as a delivered one; what is sent again stays',
  async () => {
    const made = await hook('/status/500');
    await write();
    await write();
    const [one, two] = await ended(2);
    await stack.must('POST', `/deliveries/${one.id}/redeliver`);
    await until('sent again', async () => (await stack.must('GET',
      `/deliveries/${one.id}`)).attempts === 2);
    clock.jump(29 * DAY);
    await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'inactive' });
    await stack.must('POST', `/deliveries/${two.id}/redeliver`);
    clock.jump(5 * DAY); // of the first attempt's end it would be over
    await isGone(`/deliveries/${one.id}`);
    await stays(`/deliveries/${two.id}`);
    await stack.must('DELETE', `/webhooks/${made.id}`);
    await until('cancelled', async () => (await stack.must('GET',
      `/deliveries/${two.id}`)).state === 'cancelled');
    clock.jump(7 * DAY);
    await isGone(`/deliveries/${two.id}`);
  });

test('held for 30 days by an inactive webhook, a delivery is dead', async () => {
  const made = await hook('/status/500', { schedule: [0, 60] });
  await write();
  const [row] = await until('a failed attempt', () => deliveries(
    'filter[attempts][_eq]=1&filter[state][_eq]=pending')
    .then((rows) => rows.length && rows));
  clock.jump(3 * DAY); // it is tried meanwhile, or not: it may be dead
  await ended(1);
  await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'inactive' });
  await stack.must('POST', `/deliveries/${row.id}/redeliver`);
  clock.jump(30 * DAY - 60000);
  await stays(`/deliveries/${row.id}`);
  const held = await stack.must('GET', `/deliveries/${row.id}`);
  assert.equal(held.state, 'pending');
  clock.jump(60000 + 60000);
  const dead = await until('its death', async () => {
    const now = await stack.must('GET', `/deliveries/${row.id}`);
    return now.state === 'dead' && now;
  });
  assert.match(dead.last_error, /inactive/);
  assert.equal(dead.next_attempt_at, null);
  await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'active' });
  assert.equal(sink.got.length, 2);
});

test('of too many finished ones the oldest go', async () => {
  await hook('/ok');
  const body = Array.from({ length: 50 }, () => ({ title: 'x' }));
  for (let n = 0; n < 3; n++) {
    const before = sink.got.length;
    await stack.must('POST', '/items/articles', body);
    await sink.wait('/ok', before + 50);
  }
  const rows = await until(`${ROWS_MOST} rows`, async () => {
    const all = await deliveries('sort=id');
    return all.length === ROWS_MOST &&
      all.every((row) => row.state === 'delivered') && all;
  });
  assert.ok(rows[0].id > 1);
  const all = await events('sort=id');
  assert.equal(all.length, ROWS_MOST);
});
