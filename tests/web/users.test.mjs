// Who may come in, and where the store may lie: peers by user id, programs
// started as root, a state directory deeper than a socket's address is long.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apacheUser, copyInto } from '../lib/apache.mjs';
import { fcgiRequest } from '../lib/fcgi.mjs';
import { Sink } from '../lib/sink.mjs';
import { childrenOf, isAlive, startStack } from '../lib/stack.mjs';
import { SRC, privateDir, removeDir, until } from '../lib/util.mjs';

const asRoot = process.getuid() === 0;
const skip = !asRoot && 'needs root';

// In a process of that user: what a request on the socket comes to.
function askAs(uid, dir, socket) {
  const lib = copyInto(dir, join(SRC, 'tests/lib'));
  const program = `
    import { fcgiRequest } from '${lib}/fcgi.mjs';
    try {
      const answer = await fcgiRequest('${socket}', { path: '/server/ping' });
      console.log(answer.status);
    } catch (error) { console.log('refused', error.message); }`;
  const run = spawnSync(process.execPath, ['--input-type=module', '-'],
    { input: program, uid, gid: uid, encoding: 'utf8' });
  return run.stdout.trim() || run.stderr.trim();
}

const uidOf = (pid) => statSync(`/proc/${pid}`).uid;

test('both sockets refuse other users, and take root', { skip }, async () => {
  const stack = await startStack({ asApache: true, dispatch: false });
  const user = apacheUser();
  try {
    // All that the file system would keep away is let through.
    chmodSync(stack.dir, 0o755);
    chmodSync(stack.state, 0o755);
    for (const name of ['relay.sock', 'owner.sock']) {
      const socket = join(stack.state, name);
      assert.equal(statSync(socket).mode & 0o777, 0o600, name);
      chmodSync(socket, 0o666);
      assert.match(askAs(65534, stack.dir, socket), /^refused/, name);
      assert.equal(askAs(user.uid, stack.dir, socket), '200', name);
      assert.equal((await fcgiRequest(socket,
        { path: '/server/ping' })).status, 200, name);
    }
  } finally {
    await stack.stop();
  }
});

test('started as root they become the directory\'s owner', { skip }, async () => {
  const sink = await new Sink().start();
  const user = apacheUser();
  // lighttpd and all it starts are root's; the directory is not.
  const dir = privateDir(), state = join(dir, 'state');
  chmodSync(dir, 0o755);
  mkdirSync(state, { mode: 0o700 });
  chownSync(state, user.uid, user.gid);
  const stack = await startStack({ procs: 2, state });
  try {
    for (const pid of childrenOf(stack.pids.web).filter(isAlive))
      assert.equal(uidOf(pid), user.uid);
    assert.equal(uidOf(stack.pids.dispatch), user.uid);
    await stack.webhook({ url: sink.url + '/ok' });
    await stack.must('POST', '/items/articles', { title: 'a' });
    await sink.wait('/ok');
    assert.match(stack.ctl('token', 'list'), /admin/);
    assert.equal(statSync(join(state, 'webhooks.db')).uid, user.uid);
  } finally {
    await stack.stop();
    await sink.stop();
    removeDir(dir);
  }
});

test('a state directory 200 bytes deep', async () => {
  const sink = await new Sink().start();
  const dir = privateDir();
  const state = join(dir, 'home'.padEnd(100, '-'), 'site'.padEnd(100, '-'));
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const conf = { dispatch: { start: 'after-write', idle: '300ms' },
    store: { owner_idle: '300ms' } };
  try {
    for (const [server, procs] of [['lighttpd', 3], ['lighttpd-cgi', 1]]) {
      const stack = await startStack({ server, procs, state, conf,
        dispatch: false, empty: true });
      try {
        stack.ctl('token', 'add', '--name', server, '--role', 'admin');
        stack.token = /\S{20,}/.exec(stack.ctl('token', 'add', '--name',
          server + '-2', '--role', 'admin'))[0];
        await stack.must('POST', '/collections',
          { collection: `c${procs}`, fields: [] });
        await stack.webhook({ url: `${sink.url}/${server}`,
          collections: [`c${procs}`] });
        for (let n = 0; n < 6; n++)
          await stack.must('POST', `/items/c${procs}`, { n });
        await sink.wait(`/${server}`, 6);
        await until('the end of what was started', () =>
          stack.programs(/webhooks-dispatch|--own/).length === 0);
      } finally {
        await stack.stop();
      }
    }
  } finally {
    removeDir(dir);
    await sink.stop();
  }
});
