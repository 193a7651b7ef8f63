// How many rows a request reads, as /metrics counts them: what an index or a
// counter answers reads no more than it shows, however many rows there are.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';

const ROWS = 1200; // more than two pages of the store

let stack;
before(async () => {
  stack = await startStack({ dispatch: false });
  await stack.must('POST', '/collections', { collection: 'pages' });
  for (const name of ['one', 'two'])
    await stack.webhook({ name, url: 'http://192.0.2.1/',
      collections: name === 'one' ? ['articles'] : ['pages'] });
  for (const collection of ['articles', 'pages', 'articles'])
    await stack.must('POST', `/items/${collection}`,
      Array.from({ length: ROWS / 2 }, (_, i) => ({ title: `row ${i}` })),
      { query: 'fields=id' });
});
after(() => stack.stop());

async function rowsRead() {
  const { text } = await stack.ask('GET', '/metrics');
  return Number(/^webhooks_store_rows_read_total (\d+)$/m.exec(text)[1]);
}

// What asking for the metrics and being let in costs is not counted.
async function cost(path, query) {
  const [none, start] = [await rowsRead(), await rowsRead()];
  const { json } = await stack.ask('GET', path, undefined, { query });
  const end = await rowsRead();
  return { read: end - start - 2 * (start - none),
    shown: Array.isArray(json.data) ? json.data.length : 1, json };
}

const AS_SHOWN = [
  ['/items/articles/700'],
  ['/items/articles', 'limit=1'],
  ['/items/articles', 'limit=25'],
  ['/items/articles', 'limit=700'],
  ['/items/articles', 'limit=25&sort=-id'],
  ['/items/articles', 'limit=25&meta=total_count'],
  ['/items/articles', 'limit=25&meta=*'],
  ['/items/articles', 'limit=0&meta=*'],
  ['/items/articles', 'filter[id]=700'],
  ['/items/articles', 'filter[id][_in]=3,50,700'],
  ['/items/articles', 'filter[id][_between]=20,44'],
  ['/deliveries', 'limit=25&sort=-created_at'],
  ['/deliveries', 'limit=25&sort=created_at,id'],
  ['/deliveries', 'limit=25&filter[webhook]=1'],
  ['/deliveries', 'limit=25&filter[webhook]=1&sort=-id'],
  ['/deliveries', 'limit=25&filter[state]=pending&sort=-id'],
  ['/deliveries', 'limit=25&filter[state]=pending&sort=-created_at'],
  ['/deliveries', 'limit=25&filter[webhook]=2&filter[state]=pending'],
  ['/deliveries', 'limit=25&filter[webhook]=2&filter[state]=dead'],
  ['/deliveries', 'filter[webhook]=2&filter[event]=700'],
  ['/deliveries', 'filter[webhook]=1&filter[event]=700'],
  ['/deliveries', 'limit=25&filter[webhook]=2&sort=-created_at'],
  ['/deliveries', 'limit=25&filter[webhook]=2&sort=created_at'],
  ['/deliveries',
    'limit=25&filter[webhook]=2&filter[state]=pending&sort=-created_at,-id'],
  ['/deliveries',
    'limit=25&filter[webhook]=2&filter[state]=dead&sort=-created_at'],
  ['/events', 'limit=25&filter[collection]=pages&sort=-id'],
  ['/events', 'limit=25&filter[collection]=pages&sort=-created_at'],
];

for (const [path, query] of AS_SHOWN)
  test(`${path}?${query ?? ''} reads what it shows`, async () => {
    const { read, shown } = await cost(path, query);
    assert.equal(read, shown);
  });

test('what is passed over by offset is read, and no more', async () => {
  const { read, shown } = await cost('/items/articles', 'limit=25&page=3');
  assert.deepEqual([read, shown], [75, 25]);
});

test('counting all rows reads none', async () => {
  const { read, json } = await cost('/items/articles', 'aggregate[count]=*');
  assert.deepEqual([read, json.data], [0, [{ count: String(ROWS) }]]);
});

test('rows that are filtered without an index are all read', async () => {
  const { read, shown } = await cost('/items/articles',
    'filter[title]=nothing');
  assert.deepEqual([read, shown], [ROWS, 0]);
});
