// What configure refuses, and that it says what to install on which system.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SRC, privateDir, removeDir } from '../lib/util.mjs';

const skip = !existsSync(join(SRC, 'configure')) && 'no configure script';
let dir;
before(() => {
  dir = privateDir();
  if (skip) return;
  for (const name of ['configure', 'build-aux', 'cgi-bin/webhooks.c'])
    cpSync(join(SRC, name), join(dir, name), { recursive: true });
});
after(() => removeDir(dir));

// It ends at its first refusal, before any file is made.
function configure(...args) {
  const out = spawnSync('./configure', ['-q', ...args],
    { cwd: dir, encoding: 'utf8', timeout: 50000 });
  assert.notEqual(out.status, 0);
  return out.stderr;
}

function database(major) {
  const folder = join(dir, `db${major}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'db.h'), `#define DB_VERSION_MAJOR ${major}\n`);
  return configure(`DB_CFLAGS=-I${folder}`);
}

for (const major of [6, 18]) {
  test(`Berkeley DB ${major} is refused`, { skip }, () => {
    const words = database(major);
    assert.match(words, /not that of Berkeley DB 5\.x/);
    for (const name of ['libdb5.3-dev', 'libdb-devel', 'db-dev'])
      assert.ok(words.includes(name), words);
  });
}

test('all that is missing is named at once, for three systems', { skip },
  () => {
    const words = configure('PKG_CONFIG_LIBDIR=/nowhere');
    for (const line of [
      'apt-get install libfcgi-dev libjson-c-dev libcurl4-openssl-dev',
      'dnf install fcgi-devel json-c-devel libcurl-devel',
      'apk add fcgi-dev json-c-dev curl-dev'])
      assert.ok(words.replace(/ +/g, ' ').includes(line), words);
    for (const name of ['inih', 'utf8proc', 'yaml', 'libssl-dev'])
      assert.ok(words.includes(name), words);
  });
