// Deliveries and events by created_at, with and without filters, while the
// clock is set back and forth: the answer is always that of sorting all rows,
// and what costs little is told by the rows read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOUR } from '../lib/clock.mjs';
import { startStack } from '../lib/stack.mjs';

let stack;
before(async () => {
  stack = await startStack({ dispatch: false, clock: true });
  for (const name of ['one', 'two', 'three'])
    await stack.webhook({ name, url: 'http://192.0.2.1/',
      collections: name === 'two' ? ['authors'] : ['articles'] });
});
after(() => stack.stop());

async function fill(times) {
  for (let i = 0; i < times; i++) {
    await stack.must('POST', '/items/articles', [{ title: `a${i}` },
      { title: `b${i}` }]);
    if (i % 3 === 0)
      await stack.must('POST', '/items/authors', { name: 'c' });
    stack.clock.jump(7);
  }
  const [row] = await stack.must('GET', '/deliveries', undefined,
    { query: 'sort=-id&limit=1' });
  await stack.must('POST', `/deliveries/${row.id - 4}/cancel`);
}

const FILTERS = ['', 'filter[webhook]=1', 'filter[webhook]=2',
  'filter[state]=pending', 'filter[state]=cancelled',
  'filter[webhook]=3&filter[state]=pending', 'filter[webhook]=9'];

// By value, then by id, both the same way.
function sorted(rows, down) {
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => sign *
    (Date.parse(a.created_at) - Date.parse(b.created_at) || a.id - b.id));
}

async function rowsRead() {
  const { text } = await stack.ask('GET', '/metrics');
  return Number(/^webhooks_store_rows_read_total (\d+)$/m.exec(text)[1]);
}

async function check() {
  for (const filter of FILTERS) {
    const all = await stack.must('GET', '/deliveries', undefined,
      { query: `limit=-1&sort=id&${filter}` });
    const middle = all[all.length >> 1]?.created_at ?? '2021-01-01';
    for (const down of [false, true]) {
      const sort = down ? '-created_at,-id' : 'created_at,id';
      const rows = sorted(all, down), at = (row) => Date.parse(row.created_at);
      const cases = [['limit=-1', rows], ['limit=5', rows.slice(0, 5)],
        ['limit=5&page=3', rows.slice(10, 15)],
        [`limit=-1&filter[created_at][_gte]=${middle}`,
          rows.filter((row) => at(row) >= Date.parse(middle))],
        [`limit=4&filter[created_at][_lt]=${middle}`,
          rows.filter((row) => at(row) < Date.parse(middle)).slice(0, 4)]];
      for (const [query, want] of cases) {
        const have = await stack.must('GET', '/deliveries', undefined,
          { query: `fields=id&sort=${sort}&${query}&${filter}` });
        assert.deepEqual(have.map((row) => row.id),
          want.map((row) => row.id), `${sort} ${query} ${filter}`);
      }
    }
  }
  const events = await stack.must('GET', '/events', undefined,
    { query: 'limit=-1&sort=id&filter[collection]=articles' });
  const newest = await stack.must('GET', '/events', undefined, { query:
    'limit=-1&sort=-created_at&fields=id&filter[collection]=articles' });
  assert.deepEqual(newest.map((row) => row.id),
    sorted(events, true).map((row) => row.id));
}

// What the newest two of a webhook cost.
async function newestCost() {
  const [none, start] = [await rowsRead(), await rowsRead()];
  await stack.must('GET', '/deliveries', undefined, { query:
    'limit=2&sort=-created_at&fields=id&filter[webhook]=1' });
  return await rowsRead() - start - 2 * (start - none);
}

test('the order is right while time goes on', async () => {
  await fill(12);
  await check();
  assert.equal(await newestCost(), 2);
});

test('a clock set back: right, and soon cheap again', async () => {
  stack.clock.jump(-HOUR);
  await fill(5);
  await check();
  stack.clock.jump(2 * HOUR);
  await fill(5);
  await check();
  // The two, and one look whether there are strays.
  assert.equal(await newestCost(), 3);
});

test('the same after a restart of the owner', async () => {
  stack.expectLog(/./);
  const old = stack.killOwner();
  assert.ok(old);
  await stack.isUp();
  await check();
  assert.equal(await newestCost(), 3);
});

test('a jump far ahead and back', async () => {
  stack.clock.jump(1000 * HOUR);
  await fill(2);
  stack.clock.jump(-1000 * HOUR);
  await fill(4);
  await check();
});
