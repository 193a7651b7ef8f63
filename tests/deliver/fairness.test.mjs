// Fairness: what one receiver does, or what one webhook may, is kept for all
// dispatchers together. Counted at the receiver.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { freePort, until } from '../lib/util.mjs';

let stack, sink;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack({ conf: { dispatch: { breaker_wait: '400ms' } } });
  // A second one: the limits hold for both together.
  stack.launch('dispatch2', stack.dispatchProgram, ['-c', stack.confFile]);
  await until('two dispatchers', async () =>
    await metric('dispatchers') === 2);
});
after(async () => {
  await stack.stop();
  await sink.stop();
});
beforeEach(async () => {
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  sink.clear();
});

async function metric(name) {
  const { text } = await stack.owner('GET', '/metrics');
  return Number(new RegExp(`^webhooks_${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function hook(url, options) {
  const made = await stack.webhook({ url });
  await stack.must('PATCH', `/webhooks/${made.id}/options`, options);
  return made;
}

const writeMany = (count) => stack.must('POST', '/items/articles',
  Array.from({ length: count }, (_, n) => ({ title: `t${n}` })));

const rowsOf = (webhook) => stack.must('GET', '/deliveries', undefined,
  { query: `filter[webhook][_eq]=${webhook.id}&sort=id&limit=-1` });

const settled = (webhook, state, n) => until(`${n} ${state}`, async () => {
  const rows = (await rowsOf(webhook)).filter((row) => row.state === state);
  return rows.length >= n && rows;
}, 20000);

const mostAtOnce = (times, eachMs) => Math.max(...times.map((at) =>
  times.filter((other) => other <= at && other > at - eachMs).length));

test('strict order: the head waits for its retries, and all wait for it',
  async () => {
    const made = await hook(sink.url + '/fail-first/1/order',
      { ordered: true, schedule: [0, 1, 1] });
    await writeMany(4);
    await settled(made, 'delivered', 4);
    const ids = (await rowsOf(made)).map((row) => row.message_id);
    // Each id twice, failed and sent again, before the next one begins.
    assert.deepEqual(sink.got.map((one) => one.id),
      ids.flatMap((id) => [id, id]));
  });

test('strict order: a dead one lets the next go', async () => {
  const made = await hook(sink.url + '/fail-first/1/dead',
    { ordered: true, schedule: [0] });
  await writeMany(3);
  await settled(made, 'dead', 3);
  assert.deepEqual(sink.got.map((one) => one.id),
    (await rowsOf(made)).map((row) => row.message_id));
});

test('strict order is switched on and off while deliveries wait', async () => {
  const path = '/slow/20/switched';
  const made = await hook(sink.url + path, { max_concurrency: 4 });
  const options = `/webhooks/${made.id}/options`;
  await writeMany(300);
  await stack.must('PATCH', options, { ordered: true });
  const before = sink.got.length + 4; // under way at that moment
  await sink.wait(path, before + 30);
  await stack.must('PATCH', options, { ordered: false });
  await settled(made, 'delivered', 300);
  assert.equal(sink.got.length, 300);
  assert.equal(new Set(sink.got.map((one) => one.id)).size, 300);
  const strict = sink.got.slice(before, before + 30);
  const ids = strict.map((one) => one.id);
  const rows = (await rowsOf(made)).map((row) => row.message_id);
  assert.deepEqual(ids, rows.filter((id) => ids.includes(id)));
  assert.equal(mostAtOnce(strict.map((one) => one.at), 19), 1);
});

test('a rate per second is kept', async () => {
  await hook(sink.url + '/ok/rate', { rate_per_second: 20 });
  await writeMany(40);
  const times = (await sink.wait('/ok/rate', 40)).map((one) => one.at)
    .sort((a, b) => a - b);
  // Sent every 50 ms; on a busy machine some arrive together.
  assert.ok(times[39] - times[0] > 39 * 50 * 0.9,
    `40 in ${times[39] - times[0]} ms`);
  assert.ok(mostAtOnce(times, 1000) <= 23);
});

test('max_concurrency holds for both dispatchers', async () => {
  await hook(sink.url + '/slow/100/most', { max_concurrency: 2 });
  await writeMany(16);
  const got = await sink.wait('/slow/100/most', 16, 20000);
  assert.ok(mostAtOnce(got.map((one) => one.at), 95) <= 2);
  assert.equal(new Set(got.map((one) => one.id)).size, 16);
});

// A port that refuses connections until listen() is called.
async function deadEnd() {
  const port = await freePort();
  let seen = 0;
  const server = createServer((socket) => {
    seen++;
    socket.on('error', () => {});
    socket.on('data', () => socket.end(
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
  });
  return { url: `http://127.0.0.1:${port}/`, seen: () => seen,
    listen: () => new Promise((done) => server.listen(port, '127.0.0.1', done)),
    close: () => server.close() };
}

test('a breaker opens, probes with one, and closes', async () => {
  const end = await deadEnd();
  const made = await hook(end.url, { schedule: Array(50).fill(0) });
  const waiting = 60;
  await writeMany(waiting);
  await until('an open breaker', async () =>
    await metric('endpoints_open') + await metric('endpoints_probing') === 1);
  assert.equal(await metric('queue_webhooks_blocked'), 1);
  const stats = () => stack.must('GET', `/webhooks/${made.id ?? made}/stats`);
  const open = await until('an open breaker of the webhook', async () => {
    const one = await stats();
    return one.breaker === 'open' && one;
  });
  assert.ok(open.not_reached >= 5 && Date.parse(open.breaker_until) > 0);
  const attempts = async () => (await rowsOf(made))
    .reduce((sum, row) => sum + row.attempts, 0);
  // A window of four, and those that were leased before the fifth was told.
  const first = await attempts();
  assert.ok(first >= 5 && first <= 9, `${first} attempts`);
  await until('two probes', async () => await attempts() >= first + 2);
  // They came after 400 and 800 ms; no other attempt was made.
  const rows = await rowsOf(made);
  const logs = await Promise.all(rows.filter((row) => row.attempts > 0)
    .map((row) => stack.must('GET', `/deliveries/${row.id}`)));
  const times = logs.flatMap((row) => row.log.map((one) => Date.parse(one.at)))
    .sort((a, b) => a - b);
  assert.ok(times[first] - times[first - 1] >= 350);
  assert.ok(times[first + 1] - times[first] >= 750);
  await end.listen();
  await settled(made, 'delivered', waiting);
  assert.equal(await metric('endpoints_open'), 0);
  assert.equal((await stats()).breaker, 'closed');
  assert.equal(await metric('queue_webhooks_blocked'), 0);
  assert.equal(end.seen(), waiting, 'one was sent twice');
  end.close();
});

test('others are sent to while a breaker is open', async () => {
  const end = await deadEnd();
  await hook(end.url, { schedule: Array(50).fill(0) });
  await writeMany(20);
  await until('an open breaker', async () =>
    await metric('endpoints_open') + await metric('endpoints_probing') >= 1);
  await stack.webhook({ url: sink.url + '/ok/beside' });
  await writeMany(50);
  await sink.wait('/ok/beside', 50);
});

test('a receiver that answers 429 gets less at once', async () => {
  const busy = await new Sink().start();
  try {
    const made = await stack.webhook({ url: busy.url + '/ok/wide' });
    await writeMany(400);
    await settled(made, 'delivered', 400);
    const wide = await metric('endpoint_windows');
    await hook(busy.url + '/status/429', { schedule: [0] });
    await writeMany(20);
    await until('a smaller window', async () =>
      await metric('endpoint_windows') < wide);
  } finally {
    await busy.stop();
  }
});
