// Collections and fields, events, deliveries, the server's own routes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';

let stack;
before(async () => { stack = await startStack({ dispatch: false }); });
after(() => stack.stop());

test('collections: made, listed, read, deleted with their items', async () => {
  const books = { collection: 'books', fields: [
    { field: 'id', type: 'integer',
      schema: { is_primary_key: true, has_auto_increment: true } },
    { field: 'title', type: 'string', schema: { max_length: 5 } },
    { field: 'price', type: 'float' }, { field: 'on', type: 'date' } ] };
  const made = await stack.must('POST', '/collections', books);
  assert.equal(made.collection, 'books');
  assert.ok((await stack.must('GET', '/collections'))
    .some((one) => one.collection === 'books'));
  const fields = await stack.must('GET', '/fields/books');
  assert.deepEqual(fields.map((one) => one.field),
    ['id', 'title', 'price', 'on']);
  assert.equal((await stack.ask('POST', '/collections', books)).status, 400);
  assert.equal((await stack.ask('POST', '/items/books',
    { title: 'too long' })).status, 400);
  await stack.must('POST', '/items/books', { title: 'ok', price: 1.5 });
  await stack.must('DELETE', '/collections/books');
  assert.equal((await stack.ask('GET', '/items/books')).status, 403);
  await stack.must('POST', '/collections', books);
  assert.deepEqual(await stack.must('GET', '/items/books'), []);
});

test('the primary key of directus_webhooks is told', async () => {
  const fields = await stack.must('GET', '/fields/directus_webhooks');
  const key = fields.find((one) => one.schema?.is_primary_key);
  assert.equal(key.field, 'id');
});

test('a free-form collection keeps members and their types', async () => {
  await stack.must('POST', '/collections', { collection: 'loose' });
  const given = { b: 1, a: '1', c: [1, { x: null }], d: true, e: 1.50 };
  const made = await stack.must('POST', '/items/loose', given);
  assert.deepEqual(made, { id: 1, ...given });
  const hits = await stack.must('GET', '/items/loose', undefined,
    { query: 'filter=' + encodeURIComponent('{"b":{"_eq":1}}') });
  assert.equal(hits.length, 1);
});

// Contract 5.2, 5.5, 5.7: a list that was created comes back whole; a query
// that picks rows has the limit of any list.
test('more than a hundred at once; a query picks the first hundred', async () => {
  const list = Array.from({ length: 102 }, (_, i) => ({ title: `n${i}` }));
  for (const path of ['/items/articles', '/webhooks']) {
    const rows = path === '/webhooks' ? list.map(({ title }) => ({ name: title,
      url: 'http://192.0.2.1/', actions: [], collections: [] })) : list;
    const data = path === '/webhooks' ? { name: 'x' } : { title: 'x' };
    const made = await stack.must('POST', path, rows);
    assert.equal(made.length, 102);
    const told = await stack.must('PATCH', path, { query: {}, data });
    assert.equal(told.length, 100);
    const all = await stack.must('PATCH', path, { query: { limit: -1 }, data });
    assert.equal(all.length, (await stack.must('GET', path, undefined,
      { query: 'limit=-1' })).length);
    await stack.must('DELETE', path, { query: {} });
    const left = await stack.must('GET', path);
    assert.equal(left.length, all.length - 100);
    assert.equal(left.at(-1).id, made.at(-1).id);
    await stack.must('DELETE', path, { query: { limit: -1 } });
    assert.deepEqual(await stack.must('GET', path), []);
  }
});

test('POST /events fires like an item write; the list shows it', async () => {
  const hook = await stack.webhook({ url: 'http://192.0.2.1/',
    collections: ['orders'] });
  const answer = await stack.ask('POST', '/events', { action: 'create',
    collection: 'orders', key: 7, payload: { total: 1.50 } });
  assert.equal(answer.status, 200, answer.text);
  const [event] = await stack.must('GET', '/events', undefined,
    { query: 'sort=-id&limit=1' });
  assert.equal(event.source, 'events');
  assert.equal(event.collection, 'orders');
  assert.deepEqual(event.payload, { total: 1.5 });
  assert.equal(event.deliveries, 1);
  const [row] = await stack.must('GET', '/deliveries', undefined,
    { query: `filter[webhook][_eq]=${hook.id}` });
  assert.equal(row.state, 'pending');
  assert.equal(row.event, event.id);
  assert.match(row.message_id, /^msg_[0-9A-Za-z]{26}$/);
  const one = await stack.must('GET', `/deliveries/${row.id}`);
  assert.deepEqual(one.log, []);
});

test('a list of events, and the same Idempotency-Key fires nothing',
  async () => {
    const more = { headers: { 'Idempotency-Key': 'events-1' } };
    const list = [1, 2, 3].map((key) => ({ action: 'update',
      collection: 'orders', keys: [key], payload: { n: key } }));
    const count = async () => (await stack.must('GET', '/events', undefined,
      { query: 'limit=-1&fields=id' })).length;
    const before = await count();
    const one = await stack.ask('POST', '/events', list, more);
    const two = await stack.ask('POST', '/events', list, more);
    assert.equal(one.status, 200, one.text);
    assert.equal(two.text, one.text);
    assert.equal(await count(), before + 3);
  });

test('a waiting delivery can be cancelled; a deleted webhook cancels its own',
  async () => {
    const hook = await stack.webhook({ url: 'http://192.0.2.1/',
      collections: ['parcels'] });
    const event = (key) => stack.must('POST', '/events', { action: 'create',
      collection: 'parcels', key, payload: {} });
    await event(1);
    await event(2);
    const mine = () => stack.must('GET', '/deliveries', undefined,
      { query: `filter[webhook][_eq]=${hook.id}&sort=id` });
    const [first] = await mine();
    await stack.must('POST', `/deliveries/${first.id}/cancel`);
    assert.deepEqual((await mine()).map((row) => row.state),
      ['cancelled', 'pending']);
    await stack.must('DELETE', `/webhooks/${hook.id}`);
    const until = performance.now() + 5000;
    while ((await mine()).some((row) => row.state === 'pending'))
      assert.ok(performance.now() < until, 'still pending');
  });

test('events and deliveries take no writes', async () => {
  for (const [method, path] of [['PATCH', '/events/1'], ['DELETE', '/events/1'],
    ['PATCH', '/deliveries/1'], ['DELETE', '/deliveries/1'],
    ['POST', '/deliveries']]) {
    const answer = await stack.ask(method, path, {});
    assert.equal(answer.status, 404, `${method} ${path}`);
  }
});

test('the query language works on deliveries and events, too', async () => {
  const csv = await stack.ask('GET', '/deliveries', undefined,
    { query: 'export=csv&fields=id,state&limit=2' });
  assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
  assert.match(csv.text, /^"id","state"\n/);
  const groups = await stack.must('GET', '/events', undefined,
    { query: 'aggregate[count]=*&groupBy=source' });
  assert.ok(groups.every((row) => typeof row.count === 'string'));
});

test('secrets: random, shown to admins, rotated with the old one kept',
  async () => {
    const { id } = await stack.webhook({ url: 'http://example.com/' });
    const one = await stack.must('GET', `/webhooks/${id}/secret`);
    assert.match(one.secret, /^whsec_[A-Za-z0-9+/]{32,}=*$/);
    await stack.must('POST', `/webhooks/${id}/secret/rotate`, {});
    const two = await stack.must('GET', `/webhooks/${id}/secret`);
    assert.notEqual(two.secret, one.secret);
  });

test('ping, health, info', async () => {
  const ping = await send(stack.base, { path: '/server/ping' });
  assert.equal(ping.text, 'pong');
  const health = await send(stack.base, { path: '/server/health' });
  assert.equal(health.json.status, 'ok');
  assert.equal((await stack.ask('GET', '/server/info')).status, 200);
  const metrics = await stack.ask('GET', '/metrics');
  assert.match(metrics.headers['content-type'], /^text\/plain/);
  assert.match(metrics.text, /^# (HELP|TYPE) webhooks_/m);
});
