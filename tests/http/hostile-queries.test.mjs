// Queries made to be slow or to break something, through a web server: each
// ends with an answer or with a clear refusal, none with 500, none in silence.
// In time linear in their size: twice the query costs about twice as much of
// the owner's processor time, never four times as much.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';

// Longer queries than this are cut off by the web server (431 or 414).
const ADDRESS_BYTES = 7000;
const ROWS = 2000;

let stack;
before(async () => {
  stack = await startStack({ dispatch: false });
  await stack.must('POST', '/items/articles', Array.from({ length: ROWS },
    (_, i) => ({ title: 'a'.repeat(100) + i, body: 'ab'.repeat(100) })),
  { query: 'fields=id' });
});
after(() => stack.stop());

const nested = (depth, inner) => depth === 0 ? inner
  : { [depth % 2 ? '_or' : '_and']: [nested(depth - 1, inner)] };
const members = (depth) => depth === 0 ? { _eq: 1 }
  : { title: members(depth - 1) };
const many = (n, part) => Array.from({ length: n }, (_, i) => part(i));

const ADDRESSES = {
  '1,000 parameters': many(1000, (i) => `p${i}=1`).join('&'),
  '1,500 parameters': many(1500, () => 'a=1').join('&'),
  'one name, often': many(700, () => 'fields=id').join('&'),
  'brackets': '['.repeat(ADDRESS_BYTES),
  'pairs of brackets': 'filter' + '[a]'.repeat(2000) + '=1',
  'empty brackets': 'filter' + '[]'.repeat(3000) + '=1',
  'indices': many(300, (i) => `filter[id][_in][${i}]=${i}`).join('&'),
  'lists and objects': many(300, () => 'a[20]=1&a[b]=1').join('&'),
  'a far offset': 'offset=1000000000000000',
  'a far page': 'page=9007199254740991&limit=9007199254740991',
  'a deep sort': 'sort=' + 'a.'.repeat(500) + 'a',
  'many keys to sort by': 'sort=' + many(900, () => '-title').join(','),
  'many groups': 'groupBy=' + many(500, () => 'title,body').join(','),
  'all of it, again and again': 'fields=' + many(900, () => '*').join(','),
  'a broken escape': 'filter=%',
  'no UTF-8': 'search=%ff%fe%c0%80',
  'a NUL': 'search=%00',
  'a huge number': 'limit=' + '9'.repeat(5000),
  'a far time': 'filter[id]=$NOW(' + '9'.repeat(5000) + '+years)',
  'JSON of brackets': 'filter=' + '['.repeat(5000),
  'JSON of objects': 'filter=' + encodeURIComponent('{"a":'.repeat(300)),
  'wild cards': 'search=' + '%25_'.repeat(1500),
};

const BODIES = {
  '10 members deep': { filter: members(10) },
  '11 members deep': { filter: members(11) },
  '10 deep, and and or': { filter: nested(10, { id: 1 }) },
  '10,000 values': { filter: { id: { _in: many(10000, (i) => i) } } },
  '10,000 texts': { filter: { title: { _nin: many(10000, (i) => `t${i}`) } } },
  '5,000 conditions': { filter: { _or: many(5000, (i) => ({ id: -i })) },
    limit: 1 },
  'aggregates': { aggregate: { count: many(1000, () => 'id') } },
  'too many aggregates': { aggregate: { count: many(1001, () => 'id') } },
  'a pattern that matches late': { limit: 1,
    filter: { body: { _contains: 'a%'.repeat(300) + 'c' } } },
  'a pattern of any characters': { limit: 1,
    filter: { body: { _contains: '_'.repeat(255) + 'c' } } },
  'a pattern too long for any': { filter: { body: {
    _contains: '_'.repeat(300) } } },
  'not a query at all': { filter: 5, sort: {}, fields: 7, limit: {}, page: [],
    aggregate: 1, groupBy: true, alias: 'x', meta: {}, export: [] },
};

function answers(have, what) {
  // 403: a single read that the query hides.
  assert.ok([200, 400, 403].includes(have.status),
    `${what}: ${have.status} ${have.text.slice(0, 200)}`);
  if (have.status !== 400) return;
  assert.equal(have.json.errors[0].extensions.code, 'INVALID_QUERY', what);
  assert.ok(have.json.errors[0].message.length > 5, what);
}

test('hostile addresses are answered or refused', async () => {
  for (const [what, query] of Object.entries(ADDRESSES)) {
    assert.ok(query.length <= ADDRESS_BYTES + 500, what);
    for (const path of ['/items/articles', '/items/articles/1', '/events'])
      answers(await stack.ask('GET', path, undefined, { query }), what);
  }
});

test('hostile bodies are answered or refused', async () => {
  for (const [what, query] of Object.entries(BODIES))
    answers(await stack.ask('SEARCH', '/items/articles', { query }), what);
});

// What web servers cut off, on the bare socket: 16 KiB.
test('16 KiB of brackets and the like', async () => {
  const bare = await startStack({ server: 'none', dispatch: false });
  try {
    for (const part of ['[', ']', '[]', '[a]', 'a[]=1&', '&', '=', '%', '%25',
      'filter[', '_or][', '{"a":', '\\', '%25_', ',', 'a[20]=1&a[b]=1&']) {
      const rest = part.repeat(16384 / part.length);
      for (const query of [rest, 'filter' + rest, 'filter=' + rest,
        'fields=' + rest, 'search=' + rest, 'aggregate' + rest + '=id'])
        answers(await bare.ask('GET', '/items/articles', undefined,
          { query }), query.slice(0, 30));
    }
  } finally {
    await bare.stop();
  }
});

// Processor time of the owner, in the kernel's ticks of 10 ms.
function ticks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    .slice(11, 13).map(Number);
  return user + system;
}

async function cost(query, times) {
  const pid = stack.ownerPid(), before = ticks(pid);
  for (let i = 0; i < times; i++)
    answers(await stack.ask('SEARCH', '/items/articles', { query }), 'cost');
  return ticks(pid) - before;
}

const GROWING = {
  'values of _in': (n) => ({ limit: 1,
    filter: { title: { _in: many(20 * n, (i) => `v${i}`) } } }),
  'conditions of _or': (n) => ({ limit: 1,
    filter: { _or: many(n, (i) => ({ id: -1 - i })) } }),
  'a pattern of runs': (n) => ({ limit: 1,
    filter: { body: { _contains: 'a%'.repeat(n) + 'c' } } }),
  'a search of runs': (n) => ({ limit: 1, search: 'b%a'.repeat(n) + 'c' }),
};

test('twice the query is not four times the work', async () => {
  for (const [what, make] of Object.entries(GROWING)) {
    const one = await cost(make(400), 8), four = await cost(make(1600), 8);
    // Four times as much, and room for what the machine does besides.
    assert.ok(four <= 10 * one + 30, `${what}: ${one} and ${four} ticks`);
  }
});
