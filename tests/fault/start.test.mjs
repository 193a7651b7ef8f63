// What the programs refuse at their start: with which status, which words, and
// that nothing was touched. Settings, places, other users, damage.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, openSync,
  readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { BUILD_PROGRAMS, startStack } from '../lib/stack.mjs';
import { privateDir, removeDir } from '../lib/util.mjs';

const asRoot = process.getuid() === 0;
const [USAGE, DATA, CANT_CREATE, CONFIG] = [64, 65, 73, 78];
let dir, state, conf;

beforeEach(() => {
  dir = privateDir();
  state = join(dir, 'state');
  conf = join(dir, 'webhooks.conf');
  settings('');
});
afterEach(() => removeDir(dir));

function settings(text) {
  writeFileSync(conf, `[store]\nstate_dir = ${state}\n${text}`);
}

function responder(args = ['--own'], options = {}) {
  const out = spawnSync(BUILD_PROGRAMS.responder, ['-c', conf, ...args],
    { encoding: 'utf8', timeout: 20000, ...options });
  return { status: out.status, words: out.stderr };
}

function isRefused({ status, words }, expected, pattern) {
  assert.equal(status, expected, words);
  assert.match(words, pattern);
}

// A store that was used, and left.
async function makeStore() {
  const stack = await startStack({ state, dispatch: false, server: 'none' });
  await stack.must('POST', '/items/articles', { title: 'kept' });
  await stack.stop();
}

for (const [text, line] of [['stat_dir = x\n', 3], ['cache = much\n', 3],
  ['[server]\nworkers = 0\n', 4], ['[sever]\nworkers = 1\n', 4],
  ['[server]\nmetrics_from = 10.1.2\n', 4],
  ['[dispatch]\ndeny_addresses = ::1, 10.0.0.0/33\n', 4],
  ['[dispatch]\nallow_addresses = 10.0.0.1:70000\n', 4]]) {
  test(`settings: ${JSON.stringify(text)}`, () => {
    settings(text);
    const place = new RegExp(`webhooks\\.conf:${line}:`);
    isRefused(responder(), CONFIG, place);
    const dispatch = spawnSync(BUILD_PROGRAMS.dispatch, ['-c', conf],
      { encoding: 'utf8', timeout: 20000 });
    isRefused({ status: dispatch.status, words: dispatch.stderr }, CONFIG,
      place);
    assert.ok(!existsSync(state));
  });
}

test('no such option, no web server', () => {
  isRefused(responder(['--nope']), USAGE, /usage:/);
  isRefused(responder([], { stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH } }), CONFIG, /--own or --listen/);
});

test('a directory open to all, and one with settings of the library', () => {
  mkdirSync(state);
  chmodSync(state, 0o777);
  isRefused(responder(), CANT_CREATE, /chmod 700/);
  chmodSync(state, 0o700);
  writeFileSync(join(state, 'DB_CONFIG'), 'set_lg_dir /\n');
  isRefused(responder(), CANT_CREATE, /DB_CONFIG/);
  assert.deepEqual(readdirSync(state), ['DB_CONFIG']);
});

test('a directory of another user', { skip: !asRoot && 'needs root' }, () => {
  mkdirSync(state, { mode: 0o755 });
  chmodSync(dir, 0o755);
  chmodSync(conf, 0o644);
  // The program where another user can reach it.
  const program = join(dir, 'webhooks.fcgi');
  copyFileSync(BUILD_PROGRAMS.responder, program);
  chownSync(state, 65533, 65533);
  const out = spawnSync(program, ['-c', conf, '--own'],
    { encoding: 'utf8', uid: 65534, gid: 65534 });
  isRefused({ status: out.status, words: out.stderr }, CANT_CREATE,
    /belongs to user 65533/);
  assert.deepEqual(readdirSync(state), []);
});

function overwrite(name) {
  const fd = openSync(join(state, name), 'r+');
  writeSync(fd, Buffer.alloc(8192, 'noise '), 0, 8192, 0);
}

for (const name of ['items.db', 'meta.db']) {
  test(`damage in ${name} is named, with the way back`, async () => {
    await makeStore();
    overwrite(name);
    const before = readFileSync(join(state, name));
    isRefused(responder(), DATA,
      new RegExp(`${state} is damaged \\(${name}.*restore a backup`));
    assert.deepEqual(readFileSync(join(state, name)), before);
    // The same words for whoever asks through the administrator's command.
    const ctl = spawnSync(BUILD_PROGRAMS.ctl, ['-c', conf, 'token', 'list'],
      { encoding: 'utf8', timeout: 20000, env: { ...process.env } });
    assert.notEqual(ctl.status, 0);
    assert.ok(ctl.stderr.length > 0);
  });
}

test('a log that is missing', async () => {
  await makeStore();
  for (const name of readdirSync(state).filter((one) => /^log\./.test(one)))
    removeDir(join(state, name));
  isRefused(responder(), DATA,
    /damaged \(its log\.\* files are missing\).*restore a backup/);
  assert.ok(!readdirSync(state).some((one) => /^log\./.test(one)));
});
