// Secrets on the disk with a key, from outside: what is signed and sent stays
// the same whatever key there is, the files show nothing, and what cannot be is
// refused with 78 and words that name the file.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, readdirSync,
  renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Sink, signatureHolds } from '../lib/sink.mjs';
import { BUILD_PROGRAMS, CTL, startStack } from '../lib/stack.mjs';
import { privateDir, removeDir } from '../lib/util.mjs';

const CONFIG = 78;
const HEADER = 'Bearer seen-by-the-receiver-only';
const PASSWORD = 'pass-of-the-address';
let sink, dir, state, key, other;

before(async () => { sink = await new Sink().start(); });
after(() => sink.stop());
beforeEach(() => {
  sink.clear();
  dir = privateDir();
  state = join(dir, 'state');
  key = newKey('key');
  other = newKey('other');
});
afterEach(() => removeDir(dir));

function ctl(...args) {
  const out = spawnSync(CTL, args, { encoding: 'utf8', timeout: 20000 });
  return { status: out.status, text: out.stdout, error: out.stderr };
}

function newKey(name) {
  const file = join(dir, name);
  const out = ctl('key', 'new', file);
  assert.equal(out.status, 0, out.error);
  assert.equal(out.text, `secret_key_file = ${file}\n`);
  return file;
}

// A service over the one store, with these settings in [store].
async function withStore(store, use, options = {}) {
  const stack = await startStack({ server: 'none', state, conf: { store },
    collections: [], ...options });
  try {
    return await use(stack);
  } finally {
    await stack.stop();
  }
}

function starts(store) {
  const conf = join(dir, 'start.conf');
  writeFileSync(conf, `[store]\nstate_dir = ${state}\n` + Object.entries(store)
    .map(([name, value]) => `${name} = ${value}\n`).join(''));
  const out = spawnSync(BUILD_PROGRAMS.responder, ['-c', conf, '--own'],
    { encoding: 'utf8', timeout: 20000 });
  return { status: out.status, words: out.stderr };
}

function isRefused(store, pattern) {
  const { status, words } = starts(store);
  assert.equal(status, CONFIG, words);
  assert.match(words, pattern);
}

// What was kept as a secret, where it lies open in the store's files.
function lieOpen(texts) {
  const files = readdirSync(state).filter((name) =>
    statSync(join(state, name)).isFile());
  assert.ok(files.includes('secrets.db') &&
    files.some((name) => name.startsWith('log.')));
  return texts.filter((text) => files.some((name) =>
    readFileSync(join(state, name)).includes(text)));
}

async function makeWebhook(stack) {
  await stack.must('POST', '/collections', { collection: 'sealed' });
  const { id } = await stack.webhook({ collections: ['sealed'],
    url: `${sink.url.replace('//', `//user:${PASSWORD}@`)}/ok` });
  await stack.must('PATCH', `/webhooks/${id}/options`, { ed25519: true,
    headers: [{ header: 'Authorization-Extra', value: HEADER },
      { header: 'X-Api-Key', value: HEADER }] });
  return { path: `/webhooks/${id}`,
    ...await stack.must('GET', `/webhooks/${id}/secret`) };
}

async function delivers(stack, hook) {
  const { length } = sink.at('/ok');
  await stack.must('POST', '/items/sealed', { title: 'x' });
  const got = (await sink.wait('/ok', length + 1))[length];
  assert.ok(signatureHolds(hook.secret, got));
  assert.equal(got.headers['x-api-key'], HEADER);
  assert.equal(got.headers.authorization,
    'Basic ' + Buffer.from(`user:${PASSWORD}`).toString('base64'));
  const now = await stack.must('GET', hook.path + '/secret');
  assert.equal(now.secret, hook.secret);
  assert.equal(now.public_key, hook.public_key);
  return got;
}

// With an Idempotency-Key: the answer that shows the new one is kept as well.
async function rotate(stack, hook, name) {
  const ask = () => stack.ask('POST', hook.path + '/secret/rotate', {},
    { headers: { 'Idempotency-Key': name } });
  const first = await ask();
  assert.equal(first.status, 200, first.text);
  assert.equal((await ask()).text, first.text);
  return { ...hook, ...first.json.data };
}

test('a store with a key from its start shows nothing on the disk', async () => {
  const secrets = [HEADER, PASSWORD];
  await withStore({ secret_key_file: key }, async (stack) => {
    const hook = await makeWebhook(stack);
    await delivers(stack, hook);
    const next = await rotate(stack, hook, 'again');
    const both = await delivers(stack, next);
    assert.ok(signatureHolds(hook.secret, both), 'the overlap holds');
    secrets.push(hook.secret, next.secret);
    const shown = JSON.stringify([await stack.must('GET', '/deliveries/1'),
      await stack.must('GET', hook.path + '/options')]);
    assert.ok(!shown.includes(HEADER) && !shown.includes(PASSWORD));
  }, { server: 'lighttpd' });
  assert.equal(secrets.length, 4);
  assert.deepEqual(lieOpen(secrets), []);
});

test('to a key, to another and back: the same is signed and sent', async () => {
  let hook = await withStore({}, async (stack) => {
    const made = await makeWebhook(stack);
    await delivers(stack, made);
    return made;
  });
  assert.deepEqual(lieOpen([HEADER, PASSWORD, hook.secret]),
    [HEADER, PASSWORD, hook.secret], 'this test would see it');
  for (const store of [{ secret_key_file: key }, { secret_key_file: key },
    { secret_key_file: other, secret_key_file_old: key },
    { secret_key_file: other }, { secret_key_file_old: other }, {}]) {
    hook = await withStore(store, async (stack) => {
      await delivers(stack, hook);
      const next = await rotate(stack, hook, JSON.stringify(store) + hook.secret);
      const got = await delivers(stack, next);
      assert.ok(signatureHolds(hook.secret, got), 'the overlap holds');
      return next;
    }, { server: 'lighttpd' });
  }
});

test('what cannot be is refused, and harms nothing', async () => {
  const store = { secret_key_file: key };
  const hook = await withStore(store, makeWebhook);
  isRefused({}, /is sealed: store\.secret_key_file must name/);
  isRefused({ secret_key_file: other }, new RegExp(`another key.* ${other}`));
  isRefused({ secret_key_file: join(dir, 'none') }, /none: No such file/);
  for (const mode of [0o644, 0o640, 0o602]) {
    chmodSync(key, mode);
    isRefused(store, new RegExp(`${key} is open to other users .*chmod 600`));
  }
  chmodSync(key, 0o600);
  const text = readFileSync(key, 'utf8');
  for (const bad of [text.slice(0, 30), '', text + text, 'x'.repeat(9000)]) {
    writeFileSync(key, bad);
    isRefused(store, new RegExp(`${key} holds no key`));
    assert.ok(bad === '' || !starts(store).words.includes(bad.slice(0, 9)));
  }
  writeFileSync(key, text);
  isRefused({ secret_key_file: 'key' }, /start\.conf:3: .*absolute/);
  await withStore(store, (stack) => delivers(stack, hook));
});

test('ctl: a new key, what check and doctor and config say', async () => {
  assert.match(readFileSync(key, 'utf8'), /^[A-Za-z0-9+/]{43}=\n$/);
  assert.notEqual(readFileSync(key, 'utf8'), readFileSync(other, 'utf8'));
  assert.equal(statSync(key).mode & 0o777, 0o600);
  const again = ctl('key', 'new', key);
  assert.equal(again.status, 73);
  assert.match(again.error, /File exists/);
  await withStore({ secret_key_file: key }, (stack) => {
    const ask = (...args) => ctl('-c', stack.confFile, ...args);
    for (const command of ['check', 'doctor'])
      assert.match(ask(command).text, new RegExp(`^ok +secret key: ${key}$`, 'm'));
    const config = ask('config').text;
    assert.match(config, new RegExp(`^store.secret_key_file = ${key} `, 'm'));
    assert.ok(!config.includes(readFileSync(key, 'utf8').trim()));
    chmodSync(key, 0o644);
    const doctor = ask('doctor');
    assert.equal(doctor.status, CONFIG);
    assert.match(doctor.text, /^FAIL +secret key: .*chmod 600/m);
    chmodSync(key, 0o600);
  });
  const inside = join(state, 'key');
  copyFileSync(key, inside);
  chmodSync(inside, 0o600);
  await withStore({ secret_key_file: inside }, (stack) => {
    const doctor = ctl('-c', stack.confFile, 'doctor');
    assert.equal(doctor.status, 0);
    assert.match(doctor.text, /^warn +secret key: .* keep it elsewhere/m);
  });
  await withStore({ secret_key_file_old: key }, (stack) => {
    assert.match(ctl('-c', stack.confFile, 'doctor').text,
      new RegExp(`^ok +secret key: ${key}$`, 'm'));
  });
});

test('a backup is sealed and says that the key is not in it', async () => {
  const copy = join(dir, 'copy');
  const hook = await withStore({ secret_key_file: key }, async (stack) => {
    const made = await makeWebhook(stack);
    const out = ctl('-c', stack.confFile, 'backup', copy);
    assert.equal(out.status, 0, out.error);
    assert.equal(out.text, copy + '\n');
    assert.match(out.error, new RegExp(`the key in ${key} is not in the copy`));
    return made;
  });
  removeDir(state);
  renameSync(copy, state);
  assert.deepEqual(lieOpen([HEADER, PASSWORD, hook.secret]), []);
  isRefused({}, /is sealed/);
  await withStore({ secret_key_file: key },
    (stack) => delivers(stack, hook));
});

test('a second owner is told of the first before its key is looked at',
  async () => {
    await withStore({ secret_key_file: key }, () => {
      const { status, words } = starts({ secret_key_file: other });
      assert.equal(status, 75, words);
    });
  });
