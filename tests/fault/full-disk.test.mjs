// A disk that fills up (a small one, mounted by root): clients' writes are
// answered 503 with Retry-After, reads and deliveries go on, nothing is half
// done; room again, and everything works without a restart. Then the store is
// opened anew and holds exactly what was acknowledged.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { privateDir, removeDir, until } from '../lib/util.mjs';

const SIZE_MIB = 64, BALLAST_MIB = 20;
// Less than clients may use up, more than what dispatchers report may.
const LEFT_MIB = 9;

function smallDisk() {
  const dir = privateDir();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o',
      `size=${SIZE_MIB}m,mode=0700`, 'none', dir], { stdio: 'ignore' });
    return dir;
  } catch {
    removeDir(dir);
    return undefined;
  }
}

const disk = smallDisk();
const body = 'x'.repeat(200000);

// Writes until the first refusal; the ids of those that were acknowledged.
async function fill(stack) {
  const kept = [];
  for (;;) {
    const answer = await stack.ask('POST', '/items/articles',
      { title: `t${kept.length}`, body }, { query: 'fields=id' });
    if (answer.status !== 200) return { kept, answer };
    kept.push(answer.json.data.id);
    assert.ok(kept.length * body.length < SIZE_MIB << 20, 'never full');
  }
}

// Somebody else takes the room that a checkpoint may give back.
async function squeeze(stack, file) {
  await until('no room but for reports', async () => {
    const { bavail, bsize } = statfsSync(disk);
    const mib = Math.floor(bavail * bsize / (1 << 20)) - LEFT_MIB;
    if (mib > 0)
      execFileSync('sh', ['-c', `head -c ${mib}M /dev/zero >>${file}`]);
    const answer = await stack.ask('PATCH', '/items/articles/1', {});
    return answer.status === 503 && mib <= 0;
  });
}

const idsOf = async (stack) => (await stack.must('GET', '/items/articles',
  undefined, { query: 'fields=id&limit=-1&sort=id' })).map((row) => row.id);

function isRefused(answer) {
  assert.equal(answer.status, 503, answer.text);
  assert.ok(Number(answer.headers['retry-after']) > 0);
  assert.ok(answer.json.errors[0].message.length > 0);
}

test('a full disk', { skip: !disk && 'only root can mount a small disk' },
  async (t) => {
    const sink = await new Sink().start();
    const state = join(disk, 'state'), ballast = join(disk, 'ballast'),
      rest = join(disk, 'rest');
    mkdirSync(state, { mode: 0o700 });
    execFileSync('fallocate', ['-l', `${BALLAST_MIB}M`, ballast]);
    const options = { state, conf: { store: { checkpoint: '1M' } } };
    let stack = await startStack(options);
    stack.expectLog(/ (warning|error) /);
    try {
      await stack.webhook({ url: sink.url + '/fail-first/1/x',
        collections: ['authors'] });
      await stack.must('PATCH', '/webhooks/1/options', { schedule: [0, 3] });
      await stack.must('POST', '/items/authors', { name: 'before' });
      const { kept, answer } = await fill(stack);
      isRefused(answer);
      await squeeze(stack, rest);
      // Each kind of write, and again: always the same, and never a hang.
      for (let i = 0; i < 20; i++) {
        isRefused(await stack.ask('PATCH', `/items/articles/${kept[0]}`,
          { title: 'no' }));
        isRefused(await stack.ask('POST', '/events', { action: 'create',
          collection: 'authors', key: 9, payload: {} }));
        isRefused(await stack.ask('DELETE', `/items/articles/${kept[0]}`));
      }
      assert.deepEqual(await idsOf(stack), kept);
      // What was promised before is still kept, and recorded.
      await sink.wait('/fail-first/1/x', 2, 10000);
      await until('its delivery recorded', async () => (await stack.must('GET',
        '/deliveries', undefined, { query: 'filter[state][_eq]=delivered' }))
        .length === 1);
      t.diagnostic(`${kept.length} writes until the disk was full`);
      rmSync(ballast);
      rmSync(rest);
      const { id } = await stack.must('POST', '/items/articles',
        { title: 'room again' });
      kept.push(id);
      await stack.stop();
      const known = stack.token;
      stack = await startStack({ ...options, empty: true });
      stack.token = known;
      assert.deepEqual(await idsOf(stack), kept);
    } finally {
      await sink.stop();
      await stack.stop();
      execFileSync('umount', ['-l', disk]);
      removeDir(disk);
    }
  });
