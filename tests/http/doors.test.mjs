// Internal routes answer on owner.sock only: no request that comes through a
// web server, however it is spelled, may lease or report deliveries.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { send } from '../lib/http.mjs';
import { fcgiRequest } from '../lib/fcgi.mjs';
import { startStack } from '../lib/stack.mjs';

const spellings = ['/internal/lease', '/internal/report', '/internal/backup',
  '/Internal/Lease',
  '/internal/lease/', '//internal/lease', '/internal//lease',
  '/internal/%6cease', '/%69nternal/lease', '/internal%2Flease',
  '/webhooks/../internal/lease', '/admin/../internal/lease',
  '/internal/./lease', '/webhooks.fcgi/internal/lease'];

const stacks = {};
before(async () => {
  for (const server of ['lighttpd', 'nginx'])
    stacks[server] = await startStack({ server, dispatch: false });
});
after(async () => {
  for (const stack of Object.values(stacks)) await stack.stop();
});

for (const server of ['lighttpd', 'nginx']) {
  for (const path of spellings) {
    test(`${server} ${path}`, async () => {
      const stack = stacks[server];
      for (const headers of [{}, { 'X-HTTP-Method-Override': 'POST' },
        { Door: 'owner', 'X-Door': 'owner' }]) {
        const answer = await send(stack.base, { method: 'POST', path, headers,
          token: stack.token, body: { want: 1 } });
        assert.equal(answer.status, 404, answer.text);
        assert.equal(answer.headers.allow, undefined);
      }
      // Nor is it told that there is such a path.
      for (const method of ['GET', 'OPTIONS']) {
        const told = await send(stack.base, { method, path });
        assert.equal(told.status, 404, told.text);
        assert.equal(told.headers.allow, undefined);
      }
    });
  }
}

test('the same path is known on owner.sock', async () => {
  const answer = await fcgiRequest(stacks.nginx.ownerSocket,
    { method: 'POST', path: '/internal/report', body: '' });
  assert.notEqual(answer.status, 404);
});

test('the sockets are the owner\'s alone', () => {
  const { mode } = statSync(stacks.nginx.state);
  assert.equal(mode & 0o077, 0);
});
