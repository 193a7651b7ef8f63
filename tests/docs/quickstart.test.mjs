// quickstart itself, from start to stop, with this build.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync }
  from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send } from '../lib/http.mjs';
import { ARTICLES, AUTHORS, EDITOR, has } from '../lib/stack.mjs';
import { BUILD, SRC, freePort, openBelow, privateDir, removeDir, until }
  from '../lib/util.mjs';

let dir;
before(() => {
  dir = privateDir();
  writeFileSync(join(dir, 'collections.json'),
    JSON.stringify([ARTICLES, AUTHORS]));
});
after(() => removeDir(dir));

function processesIn(state) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(state);
      } catch {
        return false;
      }
    });
}

class Quickstart {
  constructor(args) {
    this.text = '';
    this.child = spawn(join(SRC, 'quickstart'), ['run', '--offline', ...args],
      { env: { ...process.env, WEBHOOKS_BUILD: BUILD } });
    const take = (bytes) => { this.text += bytes; };
    this.child.stdout.on('data', take);
    this.child.stderr.on('data', take);
    this.ended = new Promise((done) => this.child.on('close', done));
  }

  async end(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }
}

for (const server of ['lighttpd', 'nginx', 'apache-fcgid', 'apache-proxy']) {
  const skip = server.startsWith('apache') && !has('apache2') && 'no Apache';
  test(`--once with ${server}, twice on the same store`, { skip }, async () => {
    chmodSync(dir, 0o711); // Apache may run as another user
    const state = join(dir, `once-${server}`);
    for (let i = 0; i < 2; i++) {
      const run = new Quickstart(['--once', '--server', server, '--state', state,
        '--port', String(await freePort())]);
      assert.equal(await run.ended, 0, run.text);
      assert.match(run.text, /demo event/);
      assert.deepEqual(processesIn(state), []);
    }
    // Logs, tokens and settings are the user's alone; programs may be copies.
    assert.deepEqual(openBelow(state), []);
  });
}

test('what cannot be meant is told, with status 64', () => {
  const words = [[['--port', '0'], /--port: not a port: 0/],
    [['--port', '99999'], /not a port/], [['--port'], /--port needs a value/],
    [['--token', ''], /--token needs a value/], [['--nope'], /option --nope/],
    [['--workers', 'x'], /--workers: 1 to 256/],
    [['--server', 'iis'], /--server: lighttpd, nginx/],
    [['--once', '--no-demo'], /--once waits for the demo event/],
    ...['"', '|', '&', '\\', '$', ';'].map((sign) =>
      [['--state', join(dir, `a${sign}b`)], /a path with one of/])];
  for (const [args, message] of words) {
    const run = spawnSync(join(SRC, 'quickstart'),
      ['run', '--offline', ...args], { encoding: 'utf8' });
    assert.equal(run.status, 64, `${args}: ${run.stderr}`);
    assert.match(run.stderr, message);
  }
  assert.equal(spawnSync(join(SRC, 'quickstart'), ['jump']).status, 64);
});

test('tokens, collections, what the public may read, and the end', async () => {
  const state = join(dir, 'full'), port = await freePort();
  const run = new Quickstart(['--no-demo', '--state', state, '--port',
    String(port), '--token', 'admin-1', '--user-token', 'user-1',
    '--collections', join(dir, 'collections.json'), '--workers', '3']);
  const base = `http://127.0.0.1:${port}`;
  const get = (path, token) => send(base, { path, token });
  try {
    await until('pong', async () =>
      (await get('/server/ping')).text === 'pong');
    assert.equal((await get('/webhooks', 'admin-1')).status, 200);
    assert.equal((await get('/webhooks', 'user-1')).status, 403);
    assert.equal((await get('/items/articles', 'user-1')).status, 200);
    assert.equal((await get('/items/authors')).status, 200);
    assert.equal((await get('/items/articles')).status, 403);
    const me = await get('/users/me', 'user-1');
    assert.equal(me.json.data.id, EDITOR.user);
    await until('the token', () => run.text.includes('admin-1'));
    assert.match(run.text, new RegExp(`http://127.0.0.1:${port}/admin/`));
    assert.match(readFileSync(join(state, 'run/webhooks.conf'), 'utf8'),
      /workers = 3/);
  } finally {
    assert.equal(await run.end(), 0, run.text);
  }
  assert.deepEqual(processesIn(state), []);
  assert.ok(existsSync(join(state, 'owner.lock')));
});

test('a port in use is told at once', async () => {
  const port = await freePort();
  const one = new Quickstart(['--no-demo', '--state', join(dir, 'a'), '--port',
    String(port)]);
  await until('pong', async () => (await send(`http://127.0.0.1:${port}`,
    { path: '/server/ping' })).text === 'pong');
  const two = new Quickstart(['--no-demo', '--state', join(dir, 'b'), '--port',
    String(port)]);
  assert.equal(await two.ended, 69);
  assert.match(two.text, /port \d+ is taken/);
  assert.equal(await one.end('SIGINT'), 0);
});

test('sh understands it without bash', () => {
  assert.equal(spawnSync('sh', ['-n', join(SRC, 'quickstart')]).status, 0);
});
