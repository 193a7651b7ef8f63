// What HTTP itself promises: kept connections, HEAD, OPTIONS, ETag, big
// answers, odd paths; the same through every web server.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { keptAgent, send } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';

for (const server of ['lighttpd', 'nginx']) {
  describe(server, () => {
    let stack;
    const get = (path, more = {}) =>
      send(stack.base, { path, token: stack.token, ...more });

    before(async () => {
      stack = await startStack({ server, dispatch: false });
      await stack.webhook({ url: 'http://example.com/' });
    });
    after(() => stack.stop());

    test('many requests on one kept connection', async () => {
      const agent = keptAgent();
      for (let i = 0; i < 200; i++) {
        const answer = await get('/webhooks/1', { agent });
        assert.equal(answer.status, 200);
        assert.equal(answer.json.data.id, 1);
      }
      agent.destroy();
    });

    test('HEAD is GET without a body', async () => {
      const one = await get('/webhooks/1');
      const head = await get('/webhooks/1', { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
      for (const name of ['etag', 'content-type', 'cache-control', 'vary'])
        assert.equal(head.headers[name], one.headers[name], name);
      const unknown = await get('/webhooks/77', { method: 'HEAD' });
      assert.equal(unknown.status, 403);
      assert.equal(unknown.text, '');
    });

    test('OPTIONS tells the methods and needs no token', async () => {
      const list = await get('/webhooks', { method: 'OPTIONS', token: '' });
      assert.equal(list.status, 200);
      assert.equal(list.headers.allow, 'POST,GET,HEAD,SEARCH,PATCH,DELETE');
      assert.equal(list.text, list.headers.allow);
      const one = await get('/webhooks/1', { method: 'OPTIONS', token: '' });
      assert.equal(one.headers.allow, 'GET,HEAD,PATCH,DELETE');
      const no = await get('/nope', { method: 'OPTIONS', token: '' });
      assert.equal(no.status, 404);
    });

    test('an unknown method is 404 with Allow', async () => {
      const answer = await get('/webhooks/1', { method: 'PUT' });
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.allow, 'GET,HEAD,PATCH,DELETE');
    });

    test('a weak ETag, and 304 for it', async () => {
      const one = await get('/webhooks/1');
      assert.match(one.headers.etag, /^W\/"/);
      const again = await get('/webhooks/1',
        { headers: { 'If-None-Match': one.headers.etag } });
      assert.equal(again.status, 304);
      assert.equal(again.text, '');
      const fresh = await get('/webhooks/1', { headers:
        { 'If-None-Match': one.headers.etag, 'Cache-Control': 'no-cache' } });
      assert.equal(fresh.status, 200);
      await stack.must('PATCH', '/webhooks/1', { name: `n${Math.random()}` });
      const changed = await get('/webhooks/1',
        { headers: { 'If-None-Match': one.headers.etag } });
      assert.equal(changed.status, 200);
      const refused = await get('/webhooks/77');
      assert.match(refused.headers.etag, /^W\/"/);
    });

    test('an answer of some megabytes arrives whole', async () => {
      const body = 'x'.repeat(60000);
      for (let i = 0; i < 5; i++)
        await stack.must('POST', '/items/articles', Array.from(
          { length: 10 }, (_, n) => ({ title: `${i} ${n}`, body })));
      const all = await get('/items/articles', { query: 'limit=-1' });
      assert.equal(all.status, 200);
      assert.equal(all.json.data.length, 50);
      assert.ok(all.text.length > 50 * 60000);
      assert.equal(Number(all.headers['content-length'] ?? all.text.length),
        all.text.length);
    });

    test('204 has neither body nor type', async () => {
      const answer = await get('/webhooks/77', { method: 'DELETE' });
      assert.equal(answer.status, 204);
      assert.equal(answer.text, '');
      assert.equal(answer.headers['content-type'], undefined);
    });

    test('paths: case, slashes, escapes', async () => {
      for (const path of ['/webhooks/1/', '/WEBHOOKS/1', '/webhooks/%31',
        '/webhooks/1//', '/webhooks/01', '/webhooks/%201%20'])
        assert.equal((await get(path)).status, 200, path);
      for (const path of ['//webhooks/1', '/webhooks//1', '/webhooks%2F1',
        '/webhooks/1/2', '/items', '/webhook'])
        assert.equal((await get(path)).status, 404, path);
      assert.ok([400, 403].includes((await get('/webhooks/%zz')).status));
      const told = await get('/Nope/%41?x=1');
      assert.equal(told.json.errors[0].message,
        'Route /Nope/%41 doesn\'t exist.');
    });

    test('a long query arrives, a body may come in chunks', async () => {
      const query = 'fields=id&search=' + 'x'.repeat(6000) + '&search=';
      const answer = await get('/webhooks/1', { query });
      assert.equal(answer.text, '{"data":{"id":1}}');
      const chunked = await send(stack.base, { method: 'PATCH',
        path: '/webhooks/1', token: stack.token, body: '{"name":"chunked"}',
        headers: { 'Content-Type': 'application/json',
          'Transfer-Encoding': 'chunked' } });
      assert.equal(chunked.json.data.name, 'chunked');
    });

    test('/ leads to the Admin page, which needs nothing from elsewhere',
      async () => {
        const root = await get('/', { token: '' });
        assert.equal(root.status, 302);
        assert.equal(root.headers.location, './admin');
        const slash = await get('/admin', { token: '' });
        assert.equal(slash.status, 301);
        const page = await get('/admin/', { token: '' });
        assert.equal(page.status, 200);
        assert.match(page.headers['content-type'], /^text\/html/);
        const policy = page.headers['content-security-policy'];
        assert.match(policy, /default-src 'none'/);
        assert.doesNotMatch(policy, /unsafe/);
        assert.doesNotMatch(page.text, /<style|style=|<script>|onclick/);
      });
  });
}
