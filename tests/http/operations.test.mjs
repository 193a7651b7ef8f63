// What hangs on webhooks and deliveries beside reading and writing rows:
// options, previews, statistics, test calls, sending again; and settings that
// change how requests are answered.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { fcgiRequest } from '../lib/fcgi.mjs';
import { until } from '../lib/util.mjs';

let stack;
before(async () => {
  stack = await startStack({ dispatch: false, conf: {
    server: { max_batch: 5 }, cors: { origin: 'https://a.example' } } });
});
after(() => stack.stop());

const hook = (fields) =>
  stack.webhook({ url: 'http://example.com/', ...fields });

test('options: defaults, changes, checks; masks keep what they hide',
  async () => {
    const path = `/webhooks/${(await hook()).id}/options`;
    const first = await stack.must('GET', path);
    assert.equal(first.timeout_ms, 15000);
    assert.equal(first.verify_tls, true);
    const secret = { header: 'Authorization', value: 'Bearer x' };
    const masked = { header: 'Authorization', value: '***' };
    const plain = { header: 'X-Plain', value: 'seen' };
    const set = await stack.must('PATCH', path, { headers: [secret, plain] });
    assert.deepEqual(set.headers, [masked, plain]);
    const again = await stack.must('PATCH', path,
      { headers: [masked], timeout_ms: 2000, schedule: [1, 2] });
    assert.deepEqual(again.headers, [masked]);
    assert.deepEqual(again.schedule, [1, 2]);
    const bad = await stack.ask('PATCH', path, { timeout_ms: 1 });
    assert.equal(bad.status, 400);
    assert.equal(bad.json.errors[0].extensions.field, 'timeout_ms');
    assert.equal((await stack.must('GET', path)).timeout_ms, 2000);
    assert.equal((await stack.ask('GET', '/webhooks/999/options')).status, 403);
  });

test('options: a refused header is named, without its value', async () => {
  const path = `/webhooks/${(await hook()).id}/options`;
  const refused = async (headers) => {
    const answer = await stack.ask('PATCH', path, { headers });
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json.errors[0].extensions.field, 'headers');
    assert.ok(!answer.text.includes('hidden'), answer.text);
    return answer.json.errors[0].message;
  };
  const good = { header: 'X-Good', value: 'hidden' };
  for (const name of ['Host', 'webhook-id', 'X A', 'Zürich',
    'A'.repeat(300)]) {
    const message = await refused([good, { header: name, value: 'hidden' }]);
    assert.ok(message.endsWith(`: not "${name.slice(0, 100)}"`), message);
  }
  assert.match(await refused([good, { header: 'X-Bad', value: 'hidden\n' }]),
    /: not "X-Bad"$/);
  assert.match(await refused([{ value: 'hidden' }]), /without a name"$/);
  assert.match(await refused(['X']), /: not "X"$/);
  assert.match(await refused([{ header: 'X-Secret', value: '***' }]),
    /"X-Secret" is masked, and no value is kept/);
  const success = await stack.ask('PATCH', path, { success: ['2xx', '9xx'] });
  assert.match(success.json.errors[0].message, /: not "9xx"$/);
});

test('a preview shows the request and keeps nothing', async () => {
  const events = await stack.must('GET', '/events');
  const shown = await stack.must('POST', '/webhooks/preview', {
    name: 'p', url: 'http://u:p@example.com/a?b#c', actions: ['update'],
    collections: ['articles'], payload: { title: 'sample' },
    options: { hub_signature: true, headers: [{ header: 'X-A', value: 'b' }] },
  });
  assert.equal(shown.method, 'POST');
  assert.match(shown.url, /^http:\/\/example\.com(:80)?\/a\?b$/);
  const value = (name) => shown.headers.find((h) =>
    h.name.toLowerCase() === name)?.value;
  assert.equal(value('authorization'), 'Basic dTpw');
  assert.match(value('webhook-signature'), /^v1,/);
  assert.match(value('x-hub-signature-256'), /^sha256=/);
  assert.equal(value('x-a'), 'b');
  const body = JSON.parse(shown.body);
  assert.equal(body.event, 'items.update');
  assert.deepEqual(body.payload, { title: 'sample' });
  assert.equal(body.test, true);
  assert.deepEqual(await stack.must('GET', '/events'), events);
  const bad = await stack.ask('POST', '/webhooks/preview', { name: 'p' });
  assert.equal(bad.status, 400);
});

test('a sample event is of the action and collection asked for', async () => {
  const hook = { name: 'p', url: 'http://example.com/', actions: ['create'],
    collections: ['articles', 'orders'] };
  const sample = async (more) => JSON.parse((await stack.must('POST',
    '/webhooks/preview', { ...hook, ...more })).body);
  const plain = await sample({});
  assert.equal(plain.event, 'items.create');
  assert.equal(plain.collection, 'articles');
  const wanted = await sample({ action: 'delete', collection: 'orders' });
  assert.equal(wanted.event, 'items.delete');
  assert.equal(wanted.collection, 'orders');
  assert.deepEqual(wanted.payload, ['1']);
  for (const bad of [{ action: 'login' }, { collection: 'x'.repeat(256) }])
    assert.equal((await stack.ask('POST', '/webhooks/preview',
      { ...hook, ...bad })).status, 400);
  const { id } = await stack.webhook(hook);
  const { delivery } = await stack.must('POST', `/webhooks/${id}/test`,
    { action: 'update', collection: 'orders' });
  assert.equal(delivery.action, 'update');
  assert.equal(delivery.collection, 'orders');
});

test('without a dispatcher a test call tells the delivery at once',
  async () => {
    const { id } = await hook();
    const answer = await stack.ask('POST', `/webhooks/${id}/test`, {});
    assert.equal(answer.status, 202, answer.text);
    assert.equal(answer.json.data.delivery.webhook, id);
    assert.equal(answer.json.data.delivery.test, true);
    assert.equal(answer.json.data.attempt, null);
    const none = await stack.ask('POST', '/webhooks/999/test', {});
    assert.equal(none.status, 403);
  });

test('what an inactive webhook holds is counted, and is not late', async () => {
  const { id } = await hook({ actions: ['delete'] });
  const { held_webhooks: before } = await stack.must('GET', '/server/stats');
  const item = await stack.must('POST', '/items/articles', { title: 'held' });
  await stack.must('DELETE', `/items/articles/${item.id}`);
  await stack.must('PATCH', '/webhooks', { query: {},
    data: { status: 'inactive' } });
  const held = await stack.must('GET', '/server/stats');
  assert.ok(held.held_webhooks > before);
  assert.equal(held.oldest_due_at, null);
  await stack.must('PATCH', `/webhooks/${id}`, { status: 'active' });
  const again = await stack.must('GET', '/server/stats');
  assert.equal(again.held_webhooks, held.held_webhooks - 1);
  assert.notEqual(again.oldest_due_at, null);
});

// Ids that a client gives may be any number of 32 bits.
test('a test call of webhook 0 reaches that one alone', async () => {
  const { id } = await hook();
  await hook({ id: 0 });
  const { delivery } = await stack.must('POST', '/webhooks/0/test', {});
  assert.equal(delivery.webhook, 0);
  assert.deepEqual(await stack.must('GET', '/deliveries', undefined,
    { query: `filter[webhook][_eq]=${id}` }), []);
  const stats = await stack.must('GET', '/webhooks/stats', undefined,
    { query: `ids=0%2C${id}` });
  assert.deepEqual(stats.map((one) => one.webhook), [0, id]);
});

test('redeliver by query: dry_run counts first; only what can be sent',
  async () => {
    const { id } = await hook({ actions: ['create'] });
    for (const title of ['a', 'b', 'c'])
      await stack.must('POST', '/items/articles', { title });
    const query = { filter: { webhook: { _eq: id } } };
    const rows = () => stack.must('GET', '/deliveries', undefined,
      { query: `filter[webhook][_eq]=${id}&sort=id` });
    for (const row of await rows())
      await stack.must('POST', `/deliveries/${row.id}/cancel`, {});
    assert.deepEqual(await stack.must('POST', '/deliveries/redeliver',
      { query, dry_run: true }), { count: 3 });
    assert.ok((await rows()).every((row) => row.state === 'cancelled'));
    assert.deepEqual(await stack.must('POST', '/deliveries/redeliver',
      { query }), { count: 3 });
    assert.ok((await rows()).every((row) => row.state === 'pending' &&
      row.finished_at === null));
    await stack.must('DELETE', `/webhooks/${id}`);
    await until('cancelled deliveries', async () =>
      (await rows()).every((row) => row.state === 'cancelled'));
    assert.deepEqual(await stack.must('POST', '/deliveries/redeliver',
      { query }), { count: 0 });
    const bad = await stack.ask('POST', '/deliveries/redeliver', {});
    assert.equal(bad.status, 400);
  });

test('the id of a deleted webhook is free when nothing waits for it any more',
  async () => {
    const { id } = await hook({ actions: ['create'] });
    const five = Array.from({ length: 5 }, () => ({ title: 'before' }));
    await Promise.all(Array.from({ length: 60 }, () =>
      stack.must('POST', '/items/articles', five)));
    const waiting = () => stack.must('GET', '/deliveries', undefined,
      { query: `filter[webhook][_eq]=${id}&filter[state][_eq]=pending` });
    const whole = await stack.must('GET', `/webhooks/${id}`);
    await stack.must('DELETE', `/webhooks/${id}`);
    await until('the id is free', async () => {
      const made = await stack.ask('POST', '/webhooks', whole);
      assert.ok([200, 400].includes(made.status), made.text);
      return made.status === 200;
    });
    assert.deepEqual(await waiting(), []);
    await stack.must('POST', '/items/articles', { title: 'after' });
    assert.equal((await waiting()).length, 1);
  });

test('one write changes at most max_batch rows, else nothing', async () => {
  const rows = Array.from({ length: 6 }, (_, i) => ({ title: `t${i}` }));
  const count = async () => (await stack.ask('GET', '/items/articles',
    undefined, { query: 'limit=0&meta=total_count' })).json.meta.total_count;
  const before = await count();
  const refused = [
    ['POST', '/items/articles', rows],
    ['PATCH', '/items/articles', rows.map((row, i) => ({ id: i + 1, ...row }))],
    ['PATCH', '/items/articles',
      { keys: [1, 2, 3, 4, 5, 6], data: { views: 1 } }],
    ['DELETE', '/items/articles', [1, 2, 3, 4, 5, 6]],
  ];
  for (const [method, path, body] of refused) {
    const answer = await stack.ask(method, path, body);
    assert.equal(answer.status, 400, `${method} ${answer.text}`);
    assert.equal(answer.json.errors[0].extensions.code, 'INVALID_PAYLOAD');
  }
  assert.equal(await count(), before);
  await stack.must('POST', '/items/articles', rows.slice(1));
  await stack.must('POST', '/items/articles', rows.slice(1));
  const picked = await stack.ask('DELETE', '/items/articles',
    { query: { limit: -1 } });
  assert.equal(picked.status, 400);
  assert.equal(await count(), before + 10);
});

test('CORS: the origin mirrored, a preflight on any path', async () => {
  const origin = { headers: { Origin: 'https://a.example' } };
  const seen = await stack.ask('GET', '/webhooks', undefined, origin);
  assert.equal(seen.headers['access-control-allow-origin'],
    'https://a.example');
  assert.equal(seen.headers['access-control-allow-credentials'], 'true');
  const other = await stack.ask('GET', '/webhooks', undefined,
    { headers: { Origin: 'https://b.example' } });
  assert.equal(other.headers['access-control-allow-origin'], undefined);
  const refused = await stack.ask('GET', '/webhooks', undefined,
    { ...origin, token: 'wrong' });
  assert.equal(refused.status, 401);
  assert.equal(refused.headers['access-control-allow-origin'],
    'https://a.example');
  const preflight = await stack.ask('OPTIONS', '/nowhere', undefined, origin);
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-max-age'], '18000');
  assert.equal(preflight.headers['access-control-allow-methods'],
    'GET,POST,PATCH,DELETE');
});

test('under Apache a refusal without credentials says what may be missing',
  async () => {
    const { status, headers } = await fcgiRequest(stack.ownerSocket
      .replace('owner.sock', 'relay.sock'), { path: '/webhooks',
      more: { SERVER_SOFTWARE: 'Apache/2.4.57 (Debian)' } });
    assert.equal(status, 403);
    assert.match(headers['x-webhooks-hint'] ?? '', /Authorization/);
  });

test('attempts are counted by hour and day, also after a restart', async () => {
  const sink = await new Sink().start();
  const own = await startStack();
  try {
    const { id } = await own.webhook({ url: sink.url + '/ok',
      actions: ['create'] });
    await own.must('POST', '/items/articles', { title: 'x' });
    const stats = await until('the count', async () => {
      const one = await own.must('GET', `/webhooks/${id}/stats`);
      return one.hours.length === 1 && one;
    });
    assert.equal(stats.status, 'active');
    assert.equal(stats.hours[0].delivered, 1);
    assert.equal(stats.hours[0].failed, 0);
    assert.equal(stats.days[0].attempts, 1);
    assert.ok(stats.hours[0].max_ms > 0);
    const many = await own.must('GET', '/webhooks/stats', undefined,
      { query: `ids=${id},999` });
    assert.deepEqual(many, [stats]);
    const all = await own.must('GET', '/server/stats');
    assert.equal(all.webhooks, 1);
    assert.equal(all.deliveries, 1);
    assert.deepEqual(all.hours, stats.hours);
    assert.deepEqual(all.states, { pending: 0, leased: 0, delivered: 1,
      dead: 0, cancelled: 0 });
    assert.equal(stats.breaker, 'closed');
    assert.equal(stats.not_reached, 0);
    assert.equal(stats.breaker_until, null);
    assert.equal(all.held_webhooks, 0);
    assert.equal(all.blocked_webhooks, 0);
    assert.equal(all.endpoints_open, 0);
    await own.end();
    own.startServer();
    await own.isUp();
    assert.deepEqual(await own.must('GET', `/webhooks/${id}/stats`), stats);
    assert.equal((await own.ask('GET', '/webhooks/999/stats')).status, 403);
  } finally {
    await sink.stop();
    await own.stop();
  }
});
