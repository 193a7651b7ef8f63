// The memory of one request: whatever it sorts, groups or exports, it is the
// answer's size and at most 8 MiB more (the kernel's high-water mark tells).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync, writeFileSync }
  from 'node:fs';
import { after, before, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';

const ROWS = 40000, BATCH = 1000, BESIDE_MAX = 8 << 20;
const options = { dispatch: false, server: 'nginx',
  conf: { store: { cache: '8M' } } };

let filled, stack;
before(async () => {
  filled = await startStack(options);
  for (let i = 0; i < ROWS; i += BATCH)
    await filled.must('POST', '/items/articles',
      Array.from({ length: BATCH }, (_, k) => ({
        title: `${(i + k) * 7919 % 100003} ${'t'.repeat(60)}`,
        body: 'b'.repeat(400), views: k })), { query: 'fields=id' });
  // Another process: what filling cost it does not hide what a query costs.
  await filled.end();
  stack = await startStack({ ...options, collections: [],
    state: filled.state });
});
after(async () => {
  await stack?.stop();
  await filled?.stop();
});

function bytes(pid, name) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) << 10;
}

// How far a request drives the owner's memory, beside its answer.
async function beside(query) {
  const pid = stack.ownerPid();
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const start = bytes(pid, 'VmRSS');
  const { status, text } = await stack.ask('GET', '/items/articles', undefined,
    { query, limitMs: 60000 });
  assert.equal(status, 200, text.slice(0, 300));
  return { length: Buffer.byteLength(text),
    grown: bytes(pid, 'VmHWM') - start };
}

test('a request takes little memory beside its answer', async (t) => {
  const maps = readFileSync(`/proc/${stack.ownerPid()}/maps`, 'utf8');
  if (/lib[at]san/.test(maps)) return t.skip('a sanitizer keeps what is freed');
  await beside('search=nothing'); // fills the store's cache
  for (const query of ['limit=-1', 'limit=-1&filter[title][_contains]=t',
    'limit=-1&sort=-title', 'limit=-1&sort=body,title', `offset=${ROWS - 10}`,
    `offset=${ROWS - 10}&sort=title`, 'limit=10000&sort=title',
    'groupBy=title&limit=-1&aggregate[count]=*',
    'groupBy=title,body&limit=10&aggregate[countDistinct]=id',
    'aggregate[countDistinct]=title,views',
    'limit=-1&export=csv', 'limit=-1&export=json&sort=-title',
    'limit=-1&export=xml', 'limit=-1&export=yaml']) {
    const { length, grown } = await beside(query);
    t.diagnostic(`${query}: answer ${length >> 10} KiB, grown ${
      grown >> 10} KiB`);
    assert.ok(grown - length < BESIDE_MAX, `${query}: an answer of ${length
    } bytes took ${grown}`);
  }
});

test('what a query put aside is gone with it', async () => {
  await beside('limit=-1&sort=-title');
  const fds = `/proc/${stack.ownerPid()}/fd`;
  const open = readdirSync(fds).map((fd) => {
    try { return readlinkSync(`${fds}/${fd}`); } catch { return ''; }
  });
  assert.deepEqual(open.filter((name) => / \(deleted\)$/.test(name)), []);
  assert.deepEqual(readdirSync(stack.state)
    .filter((name) => name.startsWith('spool')), []);
});
