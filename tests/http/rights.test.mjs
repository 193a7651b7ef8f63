// Product chapter 2, "Rights", as a table: what each caller gets.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../lib/http.mjs';
import { EDITOR, startStack } from '../lib/stack.mjs';

const hook = { name: 'w', url: 'http://example.com/', actions: [],
  collections: [] };
const event = { action: 'create', collection: 'articles', key: 1, payload: {} };

// method, path, body, then the status for admin, editor of articles, reader,
// the public
const table = [
  ['GET', '/server/ping', , 200, 200, 200, 200],
  ['GET', '/server/health', , 200, 200, 200, 200],
  ['GET', '/webhooks', , 200, 403, 200, 403],
  ['GET', '/webhooks/1', , 200, 403, 200, 403],
  ['SEARCH', '/webhooks', {}, 200, 403, 200, 403],
  ['POST', '/webhooks', hook, 200, 403, 403, 403],
  ['PATCH', '/webhooks/1', { name: 'n' }, 200, 403, 403, 403],
  ['PATCH', '/webhooks', { keys: [1], data: {} }, 200, 403, 403, 403],
  ['DELETE', '/webhooks/99', , 204, 403, 403, 403],
  ['DELETE', '/webhooks', [99], 204, 403, 403, 403],
  ['GET', '/webhooks/1/options', , 200, 403, 200, 403],
  ['PATCH', '/webhooks/1/options', {}, 200, 403, 403, 403],
  ['GET', '/webhooks/1/secret', , 200, 403, 403, 403],
  ['POST', '/webhooks/1/secret/rotate', {}, 200, 403, 403, 403],
  ['GET', '/items/articles', , 200, 200, 200, 403],
  ['POST', '/items/articles', { title: 't' }, 200, 200, 403, 403],
  ['PATCH', '/items/articles/1', { title: 'u' }, 200, 200, 403, 403],
  ['DELETE', '/items/articles/99', , 204, 204, 403, 403],
  ['GET', '/items/authors', , 200, 403, 200, 200],
  ['POST', '/items/authors', { name: 'a' }, 200, 403, 403, 403],
  ['GET', '/items/nope', , 403, 403, 403, 403],
  ['GET', '/collections', , 200, 403, 200, 403],
  ['GET', '/fields/articles', , 200, 403, 200, 403],
  ['POST', '/collections', { collection: 'articles' }, 400, 403, 403, 403],
  ['GET', '/events', , 200, 200, 200, 403],
  ['POST', '/events', event, 200, 200, 403, 403],
  ['POST', '/events', { ...event, collection: 'authors' }, 200, 403, 403, 403],
  ['GET', '/deliveries', , 200, 403, 200, 403],
  ['GET', '/tokens', , 200, 403, 403, 403],
  ['POST', '/tokens', { name: 'n', role: 'reader' }, 200, 403, 403, 403],
  ['DELETE', '/tokens/99', , 204, 403, 403, 403],
  ['GET', '/metrics', , 200, 403, 200, 403],
  ['GET', '/users/me', , 200, 200, 200, 403],
];

let stack, callers;
before(async () => {
  stack = await startStack({ dispatch: false, editor: true });
  const reader = await stack.makeToken({ name: 'r', role: 'reader' });
  callers = { admin: stack.token, editor: stack.editorToken, reader,
    public: undefined };
  await stack.webhook({ url: 'http://example.com/' });
  await stack.must('POST', '/items/articles', { title: 'one' });
});
after(() => stack.stop());

for (const [method, path, body, ...statuses] of table) {
  test(`${method} ${path} ${body ? JSON.stringify(body).slice(0, 40) : ''}`,
    async () => {
      for (const [i, name] of Object.keys(callers).entries()) {
        const answer = await send(stack.base,
          { method, path, body, token: callers[name] });
        assert.equal(answer.status, statuses[i],
          `${name}: ${answer.text.slice(0, 200)}`);
        if (answer.status === 403)
          assert.equal(answer.json.errors[0].extensions.code, 'FORBIDDEN');
      }
    });
}

test('the public learns nothing of the health but its status', async () => {
  const answer = await send(stack.base, { path: '/server/health' });
  assert.deepEqual(Object.keys(answer.json), ['status']);
});

test('who the token is', async () => {
  const answer = await send(stack.base,
    { path: '/users/me', token: callers.editor });
  assert.equal(answer.json.data.id, EDITOR.user);
});

test('a token is shown once, and no longer works when revoked', async () => {
  const made = await stack.must('POST', '/tokens', { name: 't', role: 'reader' });
  assert.ok(made.token.length >= 32);
  const list = await stack.ask('GET', '/tokens');
  assert.ok(!list.text.includes(made.token));
  const get = () => send(stack.base, { path: '/webhooks', token: made.token });
  assert.equal((await get()).status, 200);
  await stack.must('DELETE', `/tokens/${made.id}`);
  assert.equal((await get()).status, 401);
});

test('a token past its time is a wrong one', async () => {
  const token = await stack.makeToken({ name: 'old', role: 'admin',
    expires_at: '2020-01-01T00:00:00Z' });
  const answer = await send(stack.base, { path: '/webhooks', token });
  assert.equal(answer.status, 401);
});

test('the word Bearer in any case, and access_token', async () => {
  for (const more of [{ headers: { Authorization: `bEARER ${stack.token}` } },
    { query: `access_token=${stack.token}` }])
    assert.equal((await send(stack.base, { path: '/webhooks', ...more })).status,
      200);
});
