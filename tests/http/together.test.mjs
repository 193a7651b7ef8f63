// Several at once, repeated requests, and many callers side by side.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keptAgent, send } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';

let stack;
before(async () => { stack = await startStack({ dispatch: false }); });
after(() => stack.stop());

const titles = async () =>
  (await stack.must('GET', '/items/articles', undefined,
    { query: 'limit=-1&fields=title' })).map((row) => row.title);

test('/webhooks/1,2,3 changes and deletes several', async () => {
  const ids = [];
  for (let i = 0; i < 4; i++)
    ids.push((await stack.webhook({ url: 'http://example.com/' })).id);
  const some = ids.slice(0, 3).join(',');
  const changed = await stack.ask('PATCH', `/webhooks/${some}`,
    { status: 'inactive' });
  assert.equal(changed.status, 200, changed.text);
  const list = await stack.must('GET', '/webhooks', undefined,
    { query: 'fields=id,status' });
  assert.deepEqual(list.filter((row) => row.status === 'inactive')
    .map((row) => row.id), ids.slice(0, 3));
  const gone = await stack.ask('DELETE', `/webhooks/${some}`);
  assert.equal(gone.status, 204);
  assert.deepEqual((await stack.must('GET', '/webhooks'))
    .map((row) => row.id), [ids[3]]);
});

test('a list is all or nothing', async () => {
  const before = await titles();
  const answer = await stack.ask('POST', '/items/articles',
    [{ title: 'good' }, { title: null }, { title: 'good' }]);
  assert.equal(answer.status, 400);
  assert.deepEqual(await titles(), before);
});

test('the same Idempotency-Key writes once', async () => {
  const more = { headers: { 'Idempotency-Key': 'key-1' } };
  const first = await stack.ask('POST', '/items/articles', { title: 'once' }, more);
  const second = await stack.ask('POST', '/items/articles', { title: 'once' }, more);
  assert.equal(first.status, 200);
  assert.equal(second.status, 200);
  assert.equal(second.text, first.text);
  assert.equal(second.headers.etag, first.headers.etag);
  assert.equal((await titles()).filter((t) => t === 'once').length, 1);
  const other = await stack.ask('POST', '/items/articles', { title: 'x' }, more);
  assert.equal(other.status, 422);
  const elsewhere = await stack.ask('POST', '/items/authors', { name: 'a' }, more);
  assert.equal(elsewhere.status, 200);
});

test('the same key at the same moment writes once', async () => {
  const more = { headers: { 'Idempotency-Key': 'key-2' } };
  const all = await Promise.all(Array.from({ length: 20 }, () =>
    stack.ask('POST', '/items/articles', { title: 'twenty' }, more)));
  assert.deepEqual([...new Set(all.map((one) => one.status))], [200]);
  assert.equal(new Set(all.map((one) => one.text)).size, 1);
  assert.equal((await titles()).filter((t) => t === 'twenty').length, 1);
});

test('a key on PATCH and DELETE, and a refusal is no answer to keep',
  async () => {
    const { id } = await stack.must('POST', '/items/articles', { title: 'p' });
    const more = { headers: { 'Idempotency-Key': 'key-3' } };
    const path = `/items/articles/${id}`;
    const one = await stack.ask('PATCH', path, { title: 'q' }, more);
    await stack.must('PATCH', path, { title: 'r' });
    const two = await stack.ask('PATCH', path, { title: 'q' }, more);
    assert.equal(two.text, one.text);
    assert.equal((await stack.must('GET', path)).title, 'r');
    const gone = await stack.ask('DELETE', path, undefined, more);
    const again = await stack.ask('DELETE', path, undefined, more);
    assert.deepEqual([gone.status, again.status], [204, 204]);
  });

test('a repeated request is answered though what it named is gone',
  async () => {
    const more = { headers: { 'Idempotency-Key': 'key-4' } };
    await stack.must('POST', '/collections', { collection: 'brief' });
    const drop = () => stack.ask('DELETE', '/collections/brief', undefined,
      more);
    assert.deepEqual([(await drop()).status, (await drop()).status], [204, 204]);
    const refused = await stack.ask('DELETE', '/collections/brief', { x: 1 },
      more);
    assert.equal(refused.status, 422);
  });

async function counted(name) {
  const { text } = await stack.ask('GET', '/metrics');
  return Number(new RegExp(`^webhooks_store_${name}_total (\\d+)$`, 'm')
    .exec(text)[1]);
}

test('32 writers and 32 readers side by side', async (t) => {
  const commits = await counted('commits'), flushes = await counted('flushes');
  const agent = keptAgent(64);
  const write = async (w) => {
    for (let i = 0; i < 20; i++) {
      const answer = await stack.ask('POST', '/items/articles',
        { title: `w${w} ${i}` }, { agent });
      assert.equal(answer.status, 200, answer.text);
      const { id } = answer.json.data;
      const read = await stack.ask('GET', `/items/articles/${id}`, undefined,
        { agent });
      assert.equal(read.json.data.title, `w${w} ${i}`);
    }
  };
  const scan = async () => {
    for (let i = 0; i < 10; i++) {
      const answer = await send(stack.base, { path: '/items/articles', agent,
        token: stack.token, query: 'limit=-1&sort=-id&fields=id' });
      const ids = answer.json.data.map((row) => row.id);
      assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
      assert.equal(new Set(ids).size, ids.length);
    }
  };
  await Promise.all([...Array(32).keys()].flatMap((w) => [write(w), scan()]));
  agent.destroy();
  const mine = (await titles()).filter((t) => /^w\d+ \d+$/.test(t));
  assert.equal(new Set(mine).size, 640);
  const written = await counted('commits') - commits;
  const flushed = await counted('flushes') - flushes;
  t.diagnostic(`${flushed} flushes for ${written} commits, ` +
    `${await counted('deadlocks')} deadlocks`);
  assert.ok(written >= 640);
  assert.ok(flushed < written, 'nothing was committed together');
});

test('many change one row: every change is kept in order', async () => {
  const { id } = await stack.must('POST', '/items/articles', { title: 'c' });
  await Promise.all(Array.from({ length: 50 }, (_, i) =>
    stack.must('PATCH', `/items/articles/${id}`, i % 2 ? { views: i }
      : { body: String(i) })));
  const row = await stack.must('GET', `/items/articles/${id}`);
  assert.ok(row.views % 2 === 1 && Number(row.body) % 2 === 0);
});
