// The query language where it is seldom looked for: single reads of events
// and deliveries, answers of writes, exports of every collection, numbers that
// no double holds. A row is a request and what its answer must be.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';

const KINDS = { collection: 'kinds', fields: [
  { field: 'id', type: 'integer',
    schema: { is_primary_key: true, has_auto_increment: true } },
  ...[['big', 'bigInteger'], ['d', 'date'], ['u', 'uuid'], ['t', 'text'],
    ['c', 'csv'], ['j', 'json'], ['at', 'timestamp'], ['b', 'boolean']]
    .map(([field, type]) => ({ field, type })) ] };
const ROWS = [
  { big: '9007199254740993', d: '2021-01-24', at: '2021-01-24T10:00:00Z',
    u: '0B1E7F6A-5a3c-4f0e-9d57-0d9a4f6f2a11', t: 'A%b_c\\d', c: ['a', 'b,c'],
    j: { x: [1] }, b: true },
  { big: -5, t: '', c: [], j: [[], { a: 1 }], b: false },
  { big: 9007199254740992, d: '0001-01-01', at: '1969-12-31T23:59:59Z' } ];

let stack;
before(async () => {
  stack = await startStack({ dispatch: false });
  await stack.must('POST', '/collections', KINDS);
  await stack.webhook({ url: 'http://192.0.2.1/', collections: ['kinds'] });
  await stack.must('POST', '/items/kinds', ROWS);
});
after(() => stack.stop());

// `~` stands for a blank; everything else goes out as a client would send it.
const sent = (query) => query.replace(/["{}<>\\|^`]/g, encodeURIComponent)
  .replace(/~/g, '+');

function check(cases) {
  return async () => {
    for (const [target, want, body] of cases) {
      const [, method, path, query] =
        /^(?:([A-Z]+) )?([^?]+)(?:\?(.*))?$/.exec(target);
      const have = await stack.ask(method ?? 'GET', path, body,
        { query: query && sent(query) });
      if (typeof want === 'number') assert.equal(have.status, want, target);
      else if (typeof want === 'string') assert.equal(have.text, want, target);
      else assert.deepEqual(have.json, want, `${target}: ${have.text}`);
    }
  };
}
const ids = (...list) => ({ data: list.map((id) => ({ id })) });
const refused = (message) => ({ errors: [{ message,
  extensions: { code: 'INVALID_QUERY' } }] });

test('a single delivery has its attempts where they are asked for', check([
  ['/deliveries/1?fields=id,log', { data: { id: 1, log: [] } }],
  ['/deliveries/1?fields=log,id', '{"data":{"log":[],"id":1}}'],
  ['/deliveries/1?fields[]=log&fields[]=id', '{"data":{"log":[],"id":1}}'],
  ['/deliveries/1?fields=id', { data: { id: 1 } }],
  ['/deliveries/1?fields=count(log),webhook',
    '{"data":{"log_count":0,"webhook":1}}'],
  ['/deliveries/1?alias[tries]=log&fields=tries', { data: { tries: [] } }],
  ['/deliveries/1?aggregate[count]=*', { data: { count: '1' } }],
  ['/deliveries/1?export=json&fields=id,log',
    '{\n\t"id": 1,\n\t"log": []\n}'],
  ['/deliveries/1?export=csv&fields=id,log', '"id","log"\n1,"[]"'],
  ['/deliveries/1?filter[state]=failed', 403],
  ['/deliveries/99', 403],
  ['/deliveries/abc', 403],
  ['/deliveries?fields=id,log&limit=1', ids(1)],
]));

test('whole numbers of 64 bits keep their digits', check([
  ['/items/kinds?sort=big&fields=id', ids(2, 3, 1)],
  ['/items/kinds?filter[big]=9007199254740993&fields=id', ids(1)],
  ['/items/kinds?filter[big][_gt]=9007199254740992&fields=id', ids(1)],
  ['/items/kinds?filter[big][_in]=-5,9007199254740992&fields=id', ids(2, 3)],
  ['/items/kinds/1?fields=big', '{"data":{"big":9007199254740993}}'],
  ['/items/kinds/1?fields=big&export=csv', '"big"\n9007199254740993'],
  ['/items/kinds/1?fields=big&export=json', '{\n\t"big": 9007199254740993\n}'],
  ['/items/kinds/1?fields=big&export=yaml', 'big: 9007199254740993\n'],
  ['/items/kinds/1?fields=big&export=xml', "<?xml version='1.0'?>\n<data>\n" +
    '    <big>9007199254740993</big>\n</data>'],
  ['/items/kinds?aggregate[sum]=big&aggregate[max]=big',
    '{"data":[{"sum":{"big":"18014398509481980"},' +
    '"max":{"big":9007199254740993}}]}'],
]));

test('dates and uuids: operators, functions, groups', check([
  ['/items/kinds?filter[d]=2021-01-24&fields=id', ids(1)],
  ['/items/kinds?filter[d][_between]=0001-01-01,2020-12-31&fields=id', ids(3)],
  ['/items/kinds?filter[d][_lt]=$NOW&fields=id', ids(1, 3)],
  ['/items/kinds?filter[d][_null]=true&fields=id', ids(2)],
  ['/items/kinds?sort=-d&fields=id', ids(2, 1, 3)],
  ['/items/kinds?fields=year(d),week(d)&filter[id]=1',
    { data: [{ d_year: '2021', d_week: '3' }] }],
  ['/items/kinds?fields=hour(d)',
    refused('Invalid function specified "hour"')],
  ['/items/kinds?filter[u]=0b1e7f6a-5A3C-4f0e-9d57-0d9a4f6f2a11&fields=id',
    ids(1)],
  ['/items/kinds?search=0b1e7f6a-5A3C-4f0e-9d57-0d9a4f6f2a11&fields=id',
    ids(1)],
  ['/items/kinds?filter[u]=junk', 400],
  ['/items/kinds?filter[u][_contains]=0b', refused('"uuid" field type does ' +
    'not contain the "_contains" filter operator')],
  ['/items/kinds?groupBy=year(d)&aggregate[count]=*&sort=-year(d)',
    { data: [{ d_year: null, count: '1' }, { d_year: '2021', count: '1' },
      { d_year: '1', count: '1' }] }],
  ['/items/kinds?fields=second(at),weekday(at)&filter[id]=3',
    { data: [{ at_second: '59.000000', at_weekday: '3' }] }],
]));

test('texts with signs of patterns', check([
  ['/items/kinds?filter[t][_contains]=A\\%25b\\_c\\\\d&fields=id', ids(1)],
  ['/items/kinds?filter[t][_contains]=a\\%25&fields=id', ids()],
  ['/items/kinds?filter[t][_icontains]=a\\%25&fields=id', ids(1)],
  ['/items/kinds?filter[t][_istarts_with]=a&fields=id', ids(1)],
  ['/items/kinds?filter[t][_niends_with]=D&fields=id', ids(2)],
  ['/items/kinds?filter[c]=a,b,c&fields=id', ids(1)],
  ['/items/kinds?filter[c][_empty]=true&fields=id', ids(2, 3)],
]));

test('events as any collection', check([
  ['/events?fields=id&sort=-created_at,-id', ids(3, 2, 1)],
  ['/events?groupBy=action&aggregate[count]=*&aggregate[sum]=deliveries',
    { data: [{ action: 'create', count: '3', sum: { deliveries: '3' } }] }],
  ['/events?fields=count(payload)&limit=1', { data: [{ payload_count: 8 }] }],
  ['/events?search=KINDS&fields=id&meta=*',
    { ...ids(1, 2, 3), meta: { total_count: 3, filter_count: 3 } }],
  ['/events?export=csv&fields=id,key', '"id","key"\n1,1\n2,2\n3,3'],
  ['/events/2?fields=id&alias[what]=action', { data: { id: 2 } }],
  ['/events/2?fields=what&alias[what]=action', { data: { what: 'create' } }],
  ['/events/2?search=nothing', 403],
  ['SEARCH /events', ids(2), { query: { fields: ['id'],
    filter: { _and: [{ id: { _gt: 1 } }, { id: { _lt: 3 } }] } } }],
  ['SEARCH /deliveries', ids(3), { query: { fields: 'id', sort: '-event',
    limit: 1, filter: '{"webhook":1}' } }],
  ['/events?filter[body][_null]=true',
    refused('Invalid filter key "body" on "directus_events"')],
  ['/deliveries?sort=lease', refused('Can\'t sort by "lease"')],
  ['/deliveries?groupBy=webhook,state&aggregate[max]=id',
    { data: [{ webhook: 1, state: 'pending', max: { id: 3 } }] }],
]));

const named = (...list) => ({ data: list.map((collection) =>
  ({ collection })) });
const shown = (name, system) => ({ collection: name,
  meta: { collection: name, system }, schema: { name } });

test('collections are a list like any other', check([
  ['/collections', { data: [shown('articles', false), shown('authors', false),
    shown('kinds', false), shown('directus_webhooks', true),
    shown('directus_events', true), shown('directus_deliveries', true)] }],
  ['/collections?limit=2&page=2&fields=collection&meta=*',
    { ...named('kinds', 'directus_webhooks'),
      meta: { total_count: 6, filter_count: 6 } }],
  ['/collections?sort=-collection&limit=1&offset=1&fields=collection',
    named('directus_webhooks')],
  ['/collections?filter[collection][_nstarts_with]=directus_&fields=collection' +
    '&meta=filter_count&limit=1',
  { ...named('articles'), meta: { filter_count: 3 } }],
  ['/collections?limit=0&meta=total_count',
    { data: [], meta: { total_count: 6 } }],
  ['/collections?search=KIN&fields=collection', named('kinds')],
  ['/collections?aggregate[count]=*', { data: [{ count: '6' }] }],
  ['/collections?export=csv&fields=collection&limit=1',
    '"collection"\n"articles"'],
  ['/collections?sort=place', refused('Can\'t sort by "place"')],
  ['/collections?filter[nothing]=1',
    refused('Invalid filter key "nothing" on "directus_collections"')],
]));

test('answers of writes obey the query', check([
  ['POST /items/kinds?fields=id', { data: { id: 4 } }, { t: 'four' }],
  ['POST /items/kinds?filter[t]=other', 204, { t: 'five' }],
  ['POST /items/kinds?export=yaml&fields=id,t', '- id: 6\n  t: six\n',
    [{ t: 'six' }]],
  ['POST /items/kinds?sort=-id&fields=id', ids(8, 7), [{}, {}]],
  ['POST /items/kinds?aggregate[count]=*', { data: [{ count: '2' }] },
    [{}, {}]],
  ['PATCH /items/kinds/4?alias[x]=t&fields=x', { data: { x: 'vier' } },
    { t: 'vier' }],
  ['PATCH /items/kinds/4?search=nothing', 204, { t: 'FOUR' }],
  ['PATCH /items/kinds?fields=t&sort=-id',
    { data: [{ t: 'both' }, { t: 'both' }] },
    { keys: [4, '5'], data: { t: 'both' } }],
  ['PATCH /items/kinds?groupBy=t&aggregate[count]=*',
    { data: [{ t: 'more', count: '2' }] },
    { query: { filter: { t: 'both' } }, data: { t: 'more' } }],
  ['/items/kinds?filter[t]=more&aggregate[count]=id',
    { data: [{ count: { id: '2' } }] }],
]));
