// From a write to the receiver: what is sent, how it is signed, what an answer
// means, and what survives a killed dispatcher.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Sink, signatureHolds } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { freePort, until } from '../lib/util.mjs';

let stack, sink;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack();
});
after(async () => {
  await sink.stop();
  await stack.stop();
});
beforeEach(async () => {
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  sink.clear();
});

const quick = { schedule: [0, 1, 1, 1, 1] };

async function hook(path, fields = {}, options) {
  const made = await stack.webhook({ url: sink.url + path, ...fields });
  if (options) await stack.must('PATCH', `/webhooks/${made.id}/options`, options);
  return made;
}

const write = (title = 'x') => stack.must('POST', '/items/articles', { title });

const rowsOf = (webhook) => stack.must('GET', '/deliveries', undefined,
  { query: `filter[webhook][_eq]=${webhook.id}&sort=id` });

const settled = (webhook, state, n = 1, limitMs = 10000) =>
  until(`${n} deliveries ${state}`, async () => {
    const rows = await rowsOf(webhook);
    return rows.filter((row) => row.state === state).length >= n && rows;
  }, limitMs);

const logOf = async (row) =>
  (await stack.must('GET', `/deliveries/${row.id}`)).log;

test('a POST with the event: body, headers, signature', async () => {
  const made = await hook('/ok?a=1');
  const { secret } = await stack.must('GET', `/webhooks/${made.id}/secret`);
  const me = await stack.must('GET', '/users/me');
  const item = await stack.must('POST', '/items/articles',
    '{ "title": "héllo", "unknown": [1.50, "a"] }',
    { headers: { 'Content-Type': 'application/json' } });
  const [got] = await sink.wait('/ok');
  assert.equal(got.path, '/ok?a=1');
  assert.equal(got.method, 'POST');
  assert.equal(got.text, '{"event":"items.create","accountability":' +
    `{"user":"${me.id}","role":"${me.role.id ?? me.role}"},` +
    '"payload":{"title":"héllo","unknown":[1.50,"a"]},' +
    `"key":${item.id},"collection":"articles"}`);
  const { headers } = got;
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(Number(headers['content-length']), got.body.length);
  assert.equal(headers.host, sink.host);
  assert.match(headers['user-agent'], /^webhooks-fcgi\/\d/);
  assert.match(headers['webhook-id'], /^msg_[0-9A-Za-z]{26}$/);
  assert.equal(headers['webhook-attempt'], '1');
  assert.ok(Math.abs(Number(headers['webhook-timestamp']) * 1000 - Date.now())
    < 10000);
  assert.ok(signatureHolds(secret, got), headers['webhook-signature']);
  assert.ok(!signatureHolds(secret, { ...got, body: Buffer.from('{}') }));
  const [row] = await settled(made, 'delivered');
  assert.equal(row.message_id, headers['webhook-id']);
  assert.equal(row.last_status, 200);
  const [attempt] = await logOf(row);
  assert.equal(attempt.n, 1);
  assert.equal(attempt.outcome, 'delivered');
  assert.equal(attempt.status, 200);
  assert.equal(attempt.response_body, 'ok');
  assert.ok(attempt.total_ms > 0);
});

test('GET with a body; without data there is none', async () => {
  await hook('/get', { method: 'GET' });
  await hook('/get-bare', { method: 'GET', data: false });
  await hook('/post-bare', { data: false });
  await write();
  const [full] = await sink.wait('/get');
  assert.equal(full.method, 'GET');
  assert.equal(full.json.event, 'items.create');
  assert.equal(full.headers['content-type'], 'application/json');
  const [get] = await sink.wait('/get-bare');
  assert.equal(get.text, '');
  assert.equal(get.headers['content-type'], undefined);
  assert.equal(get.headers['content-length'], undefined);
  const [post] = await sink.wait('/post-bare');
  assert.equal(post.text, '');
  assert.equal(post.headers['content-type'],
    'application/x-www-form-urlencoded');
  assert.equal(post.headers['content-length'], '0');
});

test('only matching and active webhooks fire, each once', async () => {
  await hook('/twice', { actions: ['create', 'create'] });
  await hook('/inactive', { status: 'inactive' });
  await hook('/other', { collections: ['authors'] });
  await hook('/update', { actions: ['update'] });
  const { id } = await write();
  await stack.must('PATCH', `/items/articles/${id}`, { title: 'y' });
  const [update] = await sink.wait('/update');
  assert.deepEqual(update.json.keys, [String(id)]);
  assert.equal(sink.at('/twice').length, 1);
  assert.equal(sink.got.length, 2);
});

test('a 500 is tried again with the same id and a new signature', async () => {
  const made = await hook('/fail-first/2/a', {}, quick);
  const { secret } = await stack.must('GET', `/webhooks/${made.id}/secret`);
  await write();
  const got = await sink.wait('/fail-first/2/a', 3, 20000);
  assert.equal(new Set(got.map((one) => one.id)).size, 1);
  assert.deepEqual(got.map((one) => one.headers['webhook-attempt']),
    ['1', '2', '3']);
  assert.ok(got.every((one) => signatureHolds(secret, one)));
  assert.equal(new Set(got.map((one) => one.text)).size, 1);
  const [row] = await settled(made, 'delivered');
  assert.equal(row.attempts, 3);
  assert.deepEqual((await logOf(row)).map((one) => one.status), [500, 500, 200]);
});

test('a schedule may begin with a wait', async () => {
  const made = await hook('/later', {}, { schedule: [2] });
  const began = performance.now();
  await write();
  const [waits] = await rowsOf(made);
  assert.equal(
    Date.parse(waits.next_attempt_at) - Date.parse(waits.created_at), 2000);
  const [got] = await sink.wait('/later');
  assert.ok(got.at - began > 1900, `${got.at - began} ms`);
});

test('after the last try the delivery is dead', async () => {
  const made = await hook('/status/503', {}, { schedule: [0, 1] });
  await write();
  const [row] = await settled(made, 'dead');
  assert.equal(row.attempts, 2);
  assert.equal(row.last_status, 503);
});

test('Retry-After moves the next try', async () => {
  const made = await hook('/after/3', {}, quick);
  await write();
  const [one, two] = await sink.wait('/after/3', 2, 20000);
  assert.ok(two.at - one.at > 2800, `${two.at - one.at} ms`);
  const [row] = await rowsOf(made);
  assert.equal((await logOf(row))[0].status, 429);
});

test('410 sets the webhook inactive and the delivery dead', async () => {
  const made = await hook('/status/410', {}, quick);
  await write();
  const [row] = await settled(made, 'dead');
  assert.equal(row.attempts, 1);
  const { status } = await stack.must('GET', `/webhooks/${made.id}`);
  assert.equal(status, 'inactive');
});

const failures = [
  ['/redirect', 'answer', 302], ['/reset', 'protocol', 0],
  ['/cut', 'protocol', 200], ['/huge/3000000', 'too_large', 200],
  ['/hang', 'timeout', 0], ['/status/404', 'answer', 404],
];
for (const [path, outcome, status] of failures) {
  test(`${path} counts as failed: ${outcome}`, async () => {
    const made = await hook(path, {}, { schedule: [0], timeout_ms: 1000 });
    await write();
    const [row] = await settled(made, 'dead');
    const [attempt] = await logOf(row);
    assert.equal(attempt.outcome, outcome, JSON.stringify(attempt));
    assert.equal(attempt.status ?? 0, status);
    assert.equal(sink.at('/ok').length, 0);
    if (outcome !== 'answer') assert.ok(attempt.error.length > 0);
  });
}

test('nobody listens: connect', async () => {
  const made = await stack.webhook({ url: `http://127.0.0.1:${await freePort()}` });
  await stack.must('PATCH', `/webhooks/${made.id}/options`, { schedule: [0] });
  await write();
  const [row] = await settled(made, 'dead');
  assert.equal((await logOf(row))[0].outcome, 'connect');
});

test('a dead endpoint does not delay another', async () => {
  const dead = await new Sink().start();
  const made = await stack.webhook({ url: dead.url + '/hang' });
  await stack.must('PATCH', `/webhooks/${made.id}/options`,
    { ...quick, timeout_ms: 5000 });
  await hook('/ok');
  const began = performance.now();
  for (let i = 0; i < 20; i++) await write(String(i));
  await sink.wait('/ok', 20);
  assert.ok(performance.now() - began < 4000);
  await dead.stop();
});

test('several secret headers of one name keep a value each', async () => {
  const list = (...values) => values.map((value, i) =>
    ({ header: i % 2 ? 'x-token' : 'X-Token', value }));
  const made = await hook('/ok', {}, { headers: list('one', 'two', 'three') });
  const path = `/webhooks/${made.id}/options`;
  const sends = async (change, expected) => {
    const { headers } = await stack.must('PATCH', path, { headers: change });
    assert.deepEqual(headers, list('***', '***', '***'));
    const { length } = sink.at('/ok');
    await write();
    const got = (await sink.wait('/ok', length + 1))[length];
    assert.equal(got.headers['x-token'], expected);
  };
  await sends((await stack.must('GET', path)).headers, 'one, two, three');
  await sends(list('***', 'new', '***'), 'one, new, three');
  await sends(list('***', '***', '***'), 'one, new, three');
});

test('own headers, masked where they are secret', async () => {
  const made = await hook('/ok', {}, { headers: [
    { header: 'X-Team', value: 'blue' },
    { header: 'Authorization', value: 'Bearer hush' }] });
  await write();
  const [got] = await sink.wait('/ok');
  assert.equal(got.headers['x-team'], 'blue');
  assert.equal(got.headers.authorization, 'Bearer hush');
  const shown = await stack.ask('GET', `/webhooks/${made.id}/options`);
  assert.match(shown.text, /blue/);
  assert.doesNotMatch(shown.text, /hush/);
  const [row] = await settled(made, 'delivered');
  assert.doesNotMatch(JSON.stringify(await logOf(row)), /hush/);
});

test('user and password of the address become Basic authorization',
  async () => {
    const made = await stack.webhook(
      { url: `http://me:secret@${sink.host}/basic` });
    assert.match(made.url, /me:secret@/);
    await write();
    const [got] = await sink.wait('/basic');
    assert.equal(got.headers.authorization,
      'Basic ' + Buffer.from('me:secret').toString('base64'));
    assert.doesNotMatch(stack.log(), /me:secret/);
  });

test('a rotated secret: both sign, the new one first', async () => {
  const made = await hook('/ok');
  const path = `/webhooks/${made.id}/secret`;
  const { secret: old } = await stack.must('GET', path);
  await stack.must('POST', path + '/rotate', {});
  const { secret: fresh } = await stack.must('GET', path);
  await write();
  const [got] = await sink.wait('/ok');
  assert.ok(signatureHolds(old, got) && signatureHolds(fresh, got));
  const [first] = got.headers['webhook-signature'].split(' ');
  assert.ok(signatureHolds(fresh,
    { ...got, headers: { ...got.headers, 'webhook-signature': first } }));
});

test('an inactive webhook holds what waits, an active one sends it',
  async () => {
    const made = await hook('/fail-first/1/held', {}, { schedule: [0, 1, 1] });
    await write();
    await sink.wait('/fail-first/1/held');
    await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'inactive' });
    await new Promise((done) => setTimeout(done, 2500));
    assert.equal(sink.at('/fail-first/1/held').length, 1);
    await stack.must('PATCH', `/webhooks/${made.id}`, { status: 'active' });
    await sink.wait('/fail-first/1/held', 2);
  });

test('mending the address mends waiting deliveries', async () => {
  const made = await hook('/status/500', {}, { schedule: [0, 1, 1, 1] });
  await write();
  await sink.wait('/status/500');
  await stack.must('PATCH', `/webhooks/${made.id}`,
    { url: sink.url + '/mended' });
  const [got] = await sink.wait('/mended');
  assert.equal(got.id, sink.at('/status/500')[0].id);
});

test('redeliver: the same delivery, its own new attempts', async () => {
  const made = await hook('/ok');
  await write();
  const [row] = await settled(made, 'delivered');
  const answer = await stack.ask('POST', `/deliveries/${row.id}/redeliver`, {});
  assert.ok(answer.status < 300, answer.text);
  const got = await sink.wait('/ok', 2);
  assert.equal(got[0].text, got[1].text);
});

test('redeliver: what was dead has its whole schedule again', async () => {
  const made = await hook('/fail-first/3', {}, { schedule: [0, 0] });
  await write();
  const [dead] = await settled(made, 'dead');
  assert.equal(dead.attempts, 2);
  await stack.must('POST', `/deliveries/${dead.id}/redeliver`);
  // The third fails as well, and the fourth is made all the same.
  const [row] = await settled(made, 'delivered');
  assert.equal(row.attempts, 4);
  const { log } = await stack.must('GET', `/deliveries/${row.id}`);
  assert.deepEqual(log.map(({ n, status }) => [n, status]),
    [[1, 500], [2, 500], [3, 500], [4, 200]]);
  assert.deepEqual(sink.at('/fail-first/3').map((got) =>
    got.headers['webhook-attempt']), ['1', '2', '3', '4']);
});

test('redeliver: dead again when that schedule ends as well', async () => {
  const made = await hook('/status/500', {}, { schedule: [0, 0] });
  await write();
  const [dead] = await settled(made, 'dead');
  await stack.must('POST', '/deliveries/redeliver',
    { query: { filter: { id: { _eq: dead.id } } } });
  await sink.wait('/status/500', 4);
  const [row] = await settled(made, 'dead');
  assert.equal(row.attempts, 4);
});

test('POST /webhooks/:id/test answers with the attempt', async () => {
  const made = await hook('/ok');
  const answer = await stack.ask('POST', `/webhooks/${made.id}/test`, {});
  assert.equal(answer.status, 200, answer.text);
  const [got] = await sink.wait('/ok');
  assert.ok(got.id);
  const [row] = await settled(made, 'delivered');
  assert.equal(row.test, true);
});

test('many events: each webhook gets each one once', async () => {
  const a = await hook('/ok'), b = await hook('/b');
  const ids = [];
  await Promise.all(Array.from({ length: 8 }, async (_, w) => {
    for (let i = 0; i < 25; i++) ids.push((await write(`${w} ${i}`)).id);
  }));
  await sink.wait('/ok', 200, 20000);
  await sink.wait('/b', 200, 20000);
  for (const path of ['/ok', '/b']) {
    const keys = sink.at(path).map((got) => got.json.key);
    assert.deepEqual([...keys].sort((x, y) => x - y),
      [...ids].sort((x, y) => x - y));
  }
  await settled(a, 'delivered', 100);
  await settled(b, 'delivered', 100);
});

test('a killed dispatcher: what it held is sent by the next', async () => {
  const made = await hook('/slow/300');
  for (let i = 0; i < 10; i++) await write(String(i));
  await sink.wait('/slow/300', 1);
  // Killed between two lease calls, its leases are free after 10 s.
  stack.expectLog(/ warning session_absent /);
  stack.killDispatcher();
  await stack.startDispatcher();
  const rows = await settled(made, 'delivered', 10, 20000);
  const ids = new Set(sink.at('/slow/300').map((got) => got.id));
  assert.ok(rows.every((row) => ids.has(row.message_id)));
});

test('writes while no dispatcher runs are sent when one comes', async () => {
  await stack.stopDispatcher();
  const made = await hook('/ok');
  for (let i = 0; i < 5; i++) await write(String(i));
  assert.equal((await rowsOf(made)).filter((r) => r.state === 'pending').length, 5);
  await stack.startDispatcher();
  await settled(made, 'delivered', 5);
});
