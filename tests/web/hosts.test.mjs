// Every host with the file of conf/web for it: the same answers everywhere, and
// no way to an internal route, however it is spelled, through owner, relay or
// visitor.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FcgiConnection, begin, fcgiRequest, params, stdin, variables }
  from '../lib/fcgi.mjs';
import { send } from '../lib/http.mjs';
import { has, startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const hosts = {
  lighttpd: {},
  'lighttpd, three processes': { server: 'lighttpd', procs: 3 },
  'lighttpd, CGI with an owner': { server: 'lighttpd-cgi', ownerStays: true },
  'lighttpd, CGI alone': { server: 'lighttpd-cgi' },
  nginx: {},
  'apache-fcgid': {},
  'apache-proxy': {},
  'apache-cgi': {},
  'apache-htaccess': { bodies: false },
};
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
  "img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'";
const internal = ['/internal/lease', '/internal/report', '/Internal/Lease',
  '/internal/lease/', '/internal/%6cease', '/%69nternal/lease',
  '/internal/./lease', '//internal/lease', '/internal', '/internal/backup'];

// What the web server itself refuses never gets to the program.
async function isPlain404(stack, path, method) {
  const answer = await send(stack.base, { method, path, token: stack.token,
    headers: { 'X-Http-Method-Override': 'POST', 'Webhooks-Has-Web': 'yes' },
    ...(method === 'POST' ? { body: { want: 1 } } : {}) });
  assert.ok(answer.status === 404 || (answer.status === 400 && !answer.json),
    `${path}: ${answer.status} ${answer.text}`);
  if (!answer.json) return;
  assert.equal(answer.json.errors[0].extensions.code, 'ROUTE_NOT_FOUND');
}

for (const [name, options] of Object.entries(hosts)) {
  const server = options.server ?? name;
  const skip = server.startsWith('apache') && !has('apache2') && 'no Apache';
  describe(name, { skip }, () => {
    let stack;
    before(async () => {
      const conf = { store: { owner_idle: options.ownerStays ? '1h' : '200ms' } };
      stack = await startStack({ dispatch: false, conf, ...options, server });
      if (stack.isCgi() && !options.ownerStays)
        await until('no owner', () => !stack.ownerPid());
    });
    after(() => stack?.stop());

    test('an item is written, read, changed, deleted', async () => {
      const one = await stack.must('POST', '/items/articles',
        { title: 'Straße', body: 'x'.repeat(100000) });
      const got = await stack.ask('GET', `/items/articles/${one.id}`);
      assert.equal(got.json.data.title, 'Straße');
      assert.match(got.headers.etag, /^W\/"/);
      const fresh = await stack.ask('GET', `/items/articles/${one.id}`,
        undefined, { headers: { 'If-None-Match': got.headers.etag } });
      assert.equal(fresh.status, 304);
      assert.equal(fresh.text, '');
      const found = await stack.ask('SEARCH', '/items/articles',
        { query: { filter: { id: { _eq: one.id } } } });
      assert.equal(found.json.data.length, 1);
      const changed = await stack.must('PATCH', `/items/articles/${one.id}`,
        { title: 'b' });
      assert.equal(changed.title, 'b');
      const head = await stack.ask('HEAD', `/items/articles/${one.id}`);
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
      const gone = await stack.ask('DELETE', `/items/articles/${one.id}`);
      assert.equal(gone.status, 204);
    });

    // A file .htaccess cannot lift mod_fcgid's limit of 128 KiB.
    test('a body over 1 MiB is refused as recorded', {
      skip: options.bodies === false }, async () => {
      const answer = await stack.ask('POST', '/items/articles',
        { title: 'x'.repeat(1200000) });
      assert.equal(answer.status, 400, answer.text.slice(0, 200));
      assert.equal(answer.json.errors[0].extensions.code, 'INVALID_PAYLOAD');
    });

    test('brackets, blanks and signs in a query arrive', async () => {
      const query = 'filter[title][_eq]=a%20%2B%26%3D&limit=1';
      const answer = await stack.ask('GET', '/items/articles', undefined,
        { query });
      assert.equal(answer.status, 200, answer.text);
    });

    test('no token, a wrong token', async () => {
      const none = await send(stack.base, { path: '/webhooks' });
      assert.equal(none.status, 403);
      const wrong = await send(stack.base, { path: '/webhooks', token: 'no' });
      assert.equal(wrong.status, 401);
      // Apache may have kept the Authorization header to itself.
      assert.equal('x-webhooks-hint' in none.headers, stack.isApache());
      assert.ok(!('x-webhooks-hint' in wrong.headers));
    });

    test('the Admin page, under its strict policy', async () => {
      for (const [path, type] of [['/admin/', /^text\/html/],
        ['/admin/main.js', /^text\/javascript/],
        ['/admin/vendor/pico.css', /^text\/css/],
        ['/admin/icon.svg', /^image\/svg/]]) {
        const { status, headers } = await send(stack.base, { path });
        assert.equal(status, 200, path);
        assert.match(headers['content-type'], type);
        assert.equal(headers['content-security-policy'], policy);
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], 'no-referrer');
        assert.equal(headers['cache-control'], 'no-cache');
      }
    });

    for (const path of internal) {
      test(`${path} is nowhere`, async () => {
        for (const method of ['POST', 'GET'])
          await isPlain404(stack, path, method);
      });
    }
  });
}

test('what a web server cannot say counts on relay.sock only', async () => {
  const stack = await startStack({ server: 'none', dispatch: false });
  try {
    const answer = await fcgiRequest(join(stack.state, 'relay.sock'),
      { method: 'POST', path: '/internal/lease', body: '{}' });
    assert.equal(answer.status, 404);
    // A deadline that has passed: on relay.sock it is obeyed, else not.
    for (const [socket, status] of [[join(stack.state, 'relay.sock'), 503],
      [stack.socket, 200]]) {
      const connection = await new FcgiConnection(socket).open();
      const got = connection.answer();
      connection.write(Buffer.concat([begin(), params({
        ...variables({ path: '/server/ping' }), WEBHOOKS_DEADLINE_MS: 1 }),
      stdin(Buffer.alloc(0))]));
      assert.equal((await got).status, status);
      connection.close();
    }
  } finally {
    await stack.stop();
  }
});
