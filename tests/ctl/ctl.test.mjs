// webhooks-ctl against a running owner, and without one.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { send } from '../lib/http.mjs';
import { Sink } from '../lib/sink.mjs';
import { ARTICLES, BUILD_PROGRAMS, CTL, startStack }
  from '../lib/stack.mjs';
import { privateDir, removeDir, until } from '../lib/util.mjs';

let stack, sink;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack();
});
after(async () => {
  await sink.stop();
  await stack.stop();
});

function ctl(args, options = {}) {
  const out = spawnSync(CTL, args, { encoding: 'utf8', timeout: 20000,
    ...options });
  return { status: out.status, text: out.stdout, error: out.stderr };
}
const here = (...args) => ctl(['-c', stack.confFile, ...args]);

function works(...args) {
  const out = here(...args);
  assert.equal(out.status, 0, out.error);
  return out.text;
}

test('token add prints a token that works; list shows no secret', async () => {
  const token = works('token', 'add', '--name', 'ops', '--role', 'reader').trim()
    .split(/\s+/).at(-1);
  const answer = await send(stack.base, { path: '/webhooks', token });
  assert.equal(answer.status, 200);
  const list = works('token', 'list');
  assert.match(list, /ops/);
  assert.ok(!list.includes(token));
});

test('a token of one\'s own choice, from standard input', async () => {
  const out = ctl(['-c', stack.confFile, 'token', 'add', '--name', 'own',
    '--role', 'admin', '--token', '-'], { input: 'my-own-token\n' });
  assert.equal(out.status, 0, out.error);
  const answer = await send(stack.base,
    { path: '/tokens', token: 'my-own-token' });
  assert.equal(answer.status, 200);
  const again = here('token', 'add', '--name', 'own', '--role', 'admin',
    '--token', 'my-own-token');
  assert.equal(again.status, 65, again.error);
});

test('an editor with user, role and collections', async () => {
  const user = '11111111-2222-4333-8444-555555555555';
  works('token', 'add', '--name', 'ed', '--role', 'editor', '--user', user,
    '--collections', 'articles', '--token', 'editor-1');
  const me = await send(stack.base, { path: '/users/me', token: 'editor-1' });
  assert.equal(me.json.data.id, user);
  const refused = await send(stack.base, { method: 'POST', token: 'editor-1',
    path: '/items/authors', body: { name: 'x' } });
  assert.equal(refused.status, 403);
});

test('token revoke', async () => {
  works('token', 'add', '--name', 'gone', '--role', 'admin', '--token', 'gone-1');
  const list = JSON.parse(works('--json', 'token', 'list'));
  const rows = list.data ?? list;
  const { id } = rows.find((row) => row.name === 'gone');
  works('token', 'revoke', String(id));
  const answer = await send(stack.base, { path: '/webhooks', token: 'gone-1' });
  assert.equal(answer.status, 401);
});

test('collections from a file; the same again only with --if-missing', () => {
  const file = join(stack.dir, 'collections.json');
  writeFileSync(file, JSON.stringify([{ ...ARTICLES, collection: 'pages' },
    { collection: 'notes' }]));
  works('collection', 'add', file);
  assert.match(works('collection', 'list'), /pages/);
  assert.notEqual(here('collection', 'add', file).status, 0);
  works('collection', 'add', '--if-missing', file);
});

test('webhooks and deliveries are listed, a delivery is sent again',
  async () => {
    await stack.webhook({ name: 'shown', url: sink.url + '/ok' });
    await stack.must('POST', '/items/articles', { title: 'x' });
    await sink.wait('/ok');
    assert.match(works('webhook', 'list'), /shown/);
    const rows = await until('a delivered row', () => {
      const list = JSON.parse(
        works('--json', 'deliveries', 'list', '--state', 'delivered'));
      const data = list.data ?? list;
      return data.length > 0 && data;
    });
    works('deliveries', 'redeliver', String(rows[0].id));
    await sink.wait('/ok', 2);
  });

test('config tells every value and where it is from', () => {
  const text = works('config');
  assert.match(text, new RegExp(`store\\.state_dir = ${stack.state} .*webhooks\\.conf:\\d+`));
  assert.match(text, /server\.workers = 16 .*default/);
});

test('check and version', () => {
  works('check');
  assert.match(works('--version'), /webhooks-fcgi|webhooks-ctl/);
  assert.match(works('--help'), /token add/);
});

test('doctor: nothing wrong with a dispatcher that runs', () => {
  const text = works('doctor');
  assert.match(text, /^ok +later retries: a dispatcher runs$/m);
  assert.doesNotMatch(text, /^(warn|FAIL)/m);
});

// In a mount namespace of its own, where cron's table is the given one.
function doctorBeside(cron, file) {
  const folder = join(stack.dir, 'cron.d');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'webhooks'), cron);
  return spawnSync('unshare', ['--mount', 'sh', '-c',
    `mount --bind ${folder} /etc/cron.d && exec "$@"`, 'sh',
    CTL, '-c', file, 'doctor'], { encoding: 'utf8', timeout: 20000 });
}

test('doctor: who carries a retry that is due later', async (t) => {
  const file = join(stack.dir, 'doctor.conf');
  const lone = await startStack({ server: 'none', dispatch: false });
  const onDemand = await startStack({ server: 'lighttpd-cgi', dispatch: false,
    conf: { dispatch: { start: 'after-write' } } });
  const stays = await startStack({ server: 'none', dispatch: false,
    conf: { dispatch: { start: 'after-write' } } });
  try {
    for (const [one, words] of [
      [lone, /^warn +later retries: nothing carries them; .*--drain/m],
      [onDemand, /^warn +later retries: nothing carries them but the next /m],
      [stays, /^ok +later retries: the owner starts a dispatcher$/m]]) {
      const out = ctl(['-c', one.confFile, 'doctor']);
      assert.equal(out.status, 0, out.error);
      assert.match(out.text, words);
    }
    const line = '* * * * * webhooks webhooks-dispatch --drain\n';
    const seen = doctorBeside(line, lone.confFile);
    if (seen.status === 0) {
      assert.match(seen.stdout, /^ok +later retries: cron /m);
      assert.match(doctorBeside('#' + line, lone.confFile).stdout,
        /^warn +later retries/m);
    } else {
      t.diagnostic(`no folder of cron's to play with: ${seen.stderr.trim()}`);
    }
  } finally {
    for (const one of [lone, onDemand, stays]) await one.stop();
  }
  writeFileSync(file, `[store]\nstate_dir = ${stack.state}\n` +
    'owner_program = /nowhere/webhooks.fcgi\n');
  const out = ctl(['-c', file, 'doctor']);
  assert.equal(out.status, 66, out.error);
  assert.match(out.text, /^FAIL +store.owner_program: \/nowhere/m);
  assert.match(out.text, /^ok +later retries/m, 'it goes on');
});

test('backup: a copy made beside writers opens as a store', async () => {
  const to = join(stack.dir, 'copy');
  let going = true;
  const kept = [];
  const writer = (async () => {
    while (going)
      kept.push((await stack.must('POST', '/items/articles',
        { title: `b${kept.length}`, body: 'x'.repeat(5000) })).id);
  })();
  await until('some writes', () => kept.length > 50);
  const before = [...kept];
  const told = await new Promise((done) => {
    const child = spawn(CTL, ['-c', stack.confFile, 'backup', to]);
    let text = '';
    child.stdout.on('data', (bytes) => { text += bytes; });
    child.stderr.resume();
    child.on('close', (status) => done({ status, text }));
  });
  going = false;
  await writer;
  assert.deepEqual(told, { status: 0, text: to + '\n' });
  const copy = await startStack({ server: 'none', state: to, empty: true,
    dispatch: false });
  try {
    copy.token = stack.token;
    const rows = await copy.must('GET', '/items/articles', undefined,
      { query: 'limit=-1&fields=id' });
    const ids = new Set(rows.map((row) => row.id));
    assert.deepEqual(before.filter((id) => !ids.has(id)), []);
    await copy.must('POST', '/items/articles', { title: 'goes on' });
  } finally {
    await copy.stop();
  }
  const again = here('backup', to);
  assert.equal(again.status, 65);
  assert.match(again.error, /cannot make .*: File exists/);
});

const wrong = [
  [['nonsense'], 64], [['token'], 64], [['token', 'add'], 64],
  [['token', 'add', '--name', 'x', '--role', 'king'], 65],
  [['token', 'revoke', 'abc'], 64], [['--nope'], 64],
  [['collection', 'add', '/nowhere/at/all.json'], 66],
];
for (const [args, status] of wrong) {
  test(`${args.join(' ')}: ${status}`, () => {
    const out = here(...args);
    assert.equal(out.status, status, out.error);
    assert.match(out.error, /webhooks-ctl/);
    assert.equal(out.text, '');
  });
}

test('a bad settings file: 78, with file and line', () => {
  const file = join(stack.dir, 'bad.conf');
  writeFileSync(file, '[store]\nstat_dir = /x\n');
  const out = ctl(['-c', file, 'config']);
  assert.equal(out.status, 78);
  assert.match(out.error, /bad\.conf:2:/);
  const none = ctl(['-c', join(stack.dir, 'none.conf'), 'config']);
  assert.equal(none.status, 78);
});

test('with no owner it starts one, which leaves again', async () => {
  const dir = privateDir();
  try {
    mkdirSync(join(dir, 'state'), { mode: 0o700 });
    const conf = join(dir, 'webhooks.conf');
    writeFileSync(conf, `[store]\nstate_dir = ${dir}/state\n` +
      `owner_program = ${BUILD_PROGRAMS.responder}\n`);
    const out = ctl(['-c', conf, 'token', 'add', '--name', 'a', '--role', 'admin']);
    assert.equal(out.status, 0, out.error);
    assert.match(ctl(['-c', conf, 'token', 'list']).text, /admin/);
  } finally {
    await until('the owner to leave', () => spawnSync('pgrep',
      ['-f', `${dir}/state`]).status !== 0 && spawnSync('pgrep',
      ['-f', join(dir, 'webhooks.conf')]).status !== 0, 20000);
    removeDir(dir);
  }
});
