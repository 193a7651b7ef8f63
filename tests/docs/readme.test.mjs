// The commands of the README are run, and the files it names are there.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ARTICLES, startStack } from '../lib/stack.mjs';
import { BUILD, SRC } from '../lib/util.mjs';

const readme = readFileSync(join(SRC, 'README'), 'utf8');
const commands = [...readme.matchAll(/^ {4}(\S.*)$/gm)].map((m) => m[1]);
const ofKind = (pattern) => commands.filter((line) => pattern.test(line));

let stack;
before(async () => { stack = await startStack({ collections: [ARTICLES] }); });
after(() => stack.stop());

const run = (line) => new Promise((done) => {
  const child = spawn('sh', ['-c',
    line.replace('curl ', 'curl -sS --fail-with-body -w "\\n%{http_code}" ')
      .replaceAll('http://127.0.0.1:8055', stack.base)],
  { env: { ...process.env, TOKEN: stack.token } });
  let out = '';
  child.stdout.on('data', (text) => { out += text; });
  child.stderr.on('data', (text) => { out += text; });
  child.on('close', (status) => done({ status, out }));
});

test('its curl lines', async (t) => {
  const lines = ofKind(/^curl /);
  assert.ok(lines.length >= 6);
  for (const line of lines) {
    await t.test(line.slice(0, 100), async () => {
      const { status, out } = await run(line);
      assert.equal(status, 0, out);
      assert.match(out, /\n200$/);
    });
  }
});

test('its webhooks-ctl lines', async (t) => {
  const lines = ofKind(/^webhooks-ctl /);
  assert.ok(lines.length >= 1);
  for (const line of lines) {
    await t.test(line, () => {
      assert.ok(stack.ctl(...line.split(/\s+/).slice(1)).trim().length > 0);
    });
  }
});

test('every other command is known to be run elsewhere', () => {
  // quickstart.test.mjs, `make check` itself, and .ci/run ("as the README
  // says") which takes the lines of "Installing" from the README.
  const known = [/^curl /, /^webhooks-ctl /, /^\.\/quickstart (run|test)$/,
    /^autoreconf -i( |$)/, /^\.\/configure$/, /^make( check| install)?$/];
  for (const line of commands)
    assert.ok(known.some((pattern) => pattern.test(line)), line);
});

test('the examples of conf/ have this installation\'s paths', () => {
  for (const [folder, least] of [['web', 6], ['service', 5]]) {
    const names = readdirSync(join(SRC, 'conf', folder))
      .filter((name) => name.endsWith('.in'));
    assert.ok(names.length >= least, folder);
    for (const name of names) {
      const filled = readFileSync(
        join(BUILD, 'conf', folder, name.slice(0, -3)), 'utf8');
      assert.doesNotMatch(filled, /@[A-Z]+@/, name);
      assert.match(filled, /\/\w+/, name);
    }
  }
});

test('every file it links to', () => {
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map((m) => m[1]);
  assert.ok(links.length >= 6);
  for (const link of links) assert.ok(existsSync(join(SRC, link)), link);
});

test('quickstart: help, and refusals by their status', () => {
  const quickstart = (...args) => spawnSync(join(SRC, 'quickstart'), args,
    { encoding: 'utf8' });
  assert.equal(quickstart('--help').status, 0);
  for (const [status, ...args] of [[64], [64, 'fly'], [64, 'run', '--nope'],
    [64, 'run', '--port'], [64, 'run', '--port', 'abc'],
    [64, 'run', '--port', '70000'], [64, 'run', '--workers', '0'],
    [64, 'run', '--server', 'iis'], [64, 'run', '--once', '--no-demo'],
    [66, 'run', '--collections', '/nowhere.json']]) {
    const out = quickstart(...args);
    assert.equal(out.status, status, args.join(' ') + out.stderr);
    assert.ok(out.stderr.length > 0);
  }
});
