// No webhook reaches an address that is not public, however it is written.
// Played in a network namespace of its own, where every address answers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { privateDir, removeDir, SRC } from '../lib/util.mjs';

const WORLD = `ip link set lo up && ip route add local 0.0.0.0/0 dev lo &&
ip -6 route add local ::/0 dev lo && mount --bind "$1/resolv.conf" \
/etc/resolv.conf`;

const inside = (dir, command) => spawnSync('unshare', ['--net', '--mount',
  '--propagation', 'private', 'sh', '-c', `${WORLD} && ${command}`, 'sh', dir],
{ encoding: 'utf8', timeout: 100000, env: { ...process.env,
  NODE_TEST_CONTEXT: '', PATH: process.env.PATH + ':/usr/sbin:/sbin' } });

test('hostile addresses reach nothing, public ones are called', (t) => {
  const dir = privateDir();
  try {
    writeFileSync(join(dir, 'resolv.conf'), 'nameserver 127.0.0.1\n');
    const can = inside(dir, 'true');
    if (can.status !== 0) {
      const why = 'no network namespace with all addresses: ' +
        (can.error?.message ?? can.stderr.trim());
      if (process.env.STRICT) assert.fail(why);
      return t.skip(why);
    }
    const ran = inside(dir,
      `exec "${process.execPath}" "${SRC}/tests/deliver/addresses.mjs"`);
    assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`);
    for (const line of ran.stdout.trim().split('\n')) t.diagnostic(line);
  } finally {
    removeDir(dir);
  }
});
