// What a query costs: a row or a page in a large collection beside a small
// one, lists of deliveries by every index, the rate of a filtered scan, and
// the memory that one request takes beside its answer.
import { readFileSync, writeFileSync } from 'node:fs';
import { keptAgent } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';
import { median } from '../lib/util.mjs';

const SMALL = 100, LARGE = 100000;

async function filled(n) {
  const stack = await startStack({ server: 'nginx', dispatch: false });
  for (const name of ['one', 'two'])
    await stack.webhook({ name, url: 'http://192.0.2.1/' });
  for (let i = 0; i < n; i += 5000)
    await stack.must('POST', '/items/articles',
      Array.from({ length: Math.min(n, 5000) }, (_, k) => ({
        title: `row ${i + k}`, body: 'x'.repeat(100), views: k % 97 })),
      { query: 'fields=id' });
  return stack;
}

// Requests by one connection that stays open; milliseconds for each.
async function cost(stack, agent, [path, query], times) {
  const began = performance.now();
  for (let i = 0; i < times; i++)
    await stack.must('GET', path, undefined, { query, agent });
  return (performance.now() - began) / times;
}

const PAGES = [
  ['/items/articles/77'],
  ['/items/articles', 'limit=25'],
  ['/items/articles', 'limit=25&sort=-id'],
  ['/items/articles', 'filter[id][_in]=3,50,99'],
  ['/items/articles', 'filter[id][_between]=20,44'],
  ['/items/articles', 'limit=25&meta=total_count'],
  ['/items/articles', 'aggregate[count]=*'],
  ['/deliveries', 'limit=25&sort=-id'],
  ['/deliveries', 'limit=25&sort=-created_at'],
  ['/deliveries', 'limit=25&sort=created_at'],
  ['/deliveries', 'limit=25&filter[webhook]=2&sort=-id'],
  ['/deliveries', 'limit=25&filter[webhook]=2&sort=id'],
  ['/deliveries', 'limit=25&filter[state]=pending&sort=-id'],
  ['/deliveries', 'limit=25&filter[state]=pending&sort=-created_at'],
  ['/deliveries', 'limit=25&filter[webhook]=2&sort=-created_at'],
  ['/deliveries', 'limit=25&filter[webhook]=2&filter[state]=pending&sort=-id'],
  ['/deliveries',
    'limit=25&filter[webhook]=2&filter[state]=pending&sort=-created_at'],
  ['/deliveries',
    'limit=25&filter[webhook]=2&filter[state]=pending&sort=created_at'],
  ['/deliveries', 'filter[webhook]=2&filter[event]=50'],
  ['/deliveries', 'limit=25&filter[webhook]=2&filter[state]=dead'],
  ['/deliveries', 'filter[event]=50'],
  ['/deliveries', 'filter[state]=dead'],
];

async function pages(row, rounds, small, large) {
  const agent = keptAgent();
  for (const page of PAGES) {
    const few = [], many = [];
    for (let round = 0; round < rounds + 2; round++) {
      few.push(await cost(small, agent, page, 100));
      many.push(await cost(large, agent, page, 100));
    }
    row(`${page[0]}?${page[1] ?? ''}`, `${median(many).toFixed(3)} ms`,
      `of ${SMALL} ${median(few).toFixed(3)} ms`,
      median(many.map((ms, i) => ms / few[i])), '< 1.3');
  }
  agent.destroy();
}

const SCANS = [
  ['filter on a number', 'filter[views][_gt]=1000&limit=-1'],
  ['filter on a text', 'filter[title][_contains]=nothing&limit=-1'],
  ['filter without regard to case', 'filter[title][_icontains]=NO&limit=-1'],
  ['search', 'search=nothing&limit=-1'],
  ['sort of all, 10 shown', 'sort=-views,title&limit=10&fields=id'],
  ['groups', 'groupBy=views&aggregate[avg]=views'],
];

async function scans(row, rounds, stack) {
  const agent = keptAgent();
  for (const [what, query] of SCANS) {
    const took = [];
    for (let round = 0; round < rounds + 2; round++)
      took.push(await cost(stack, agent, ['/items/articles', query], 1));
    const rate = LARGE / median(took) * 1000;
    row(`scan, ${what}`, `${Math.round(rate)} rows/s`, '300000 rows/s',
      rate / 300000, '>= 1');
  }
  agent.destroy();
}

// The most memory the owner had since the mark was wiped, and now; in bytes.
function memory(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) * 1024;
  return { most: of('VmHWM'), now: of('VmRSS') };
}

const HUNGRY = ['limit=-1', 'limit=-1&filter[title][_contains]=row',
  'limit=-1&sort=-title', 'limit=1000&export=yaml&sort=-views',
  'limit=10&sort=-views', 'groupBy=views&aggregate[countDistinct]=title',
  'groupBy=title&aggregate[count]=*&limit=-1', 'aggregate[countDistinct]=title',
  'offset=99990', 'offset=99990&sort=title', 'limit=-1&export=csv',
  'limit=-1&export=json', 'limit=-1&export=xml', 'limit=-1&export=yaml'];

// Of a process that did not fill the store itself, once its cache is full.
async function requests(row, filledStack) {
  await filledStack.end();
  const stack = await startStack({ server: 'nginx', dispatch: false,
    collections: [], state: filledStack.state });
  try {
    await stack.must('GET', '/items/articles', undefined,
      { query: 'search=nothing' });
    await memories(row, stack);
  } finally {
    await stack.stop();
  }
}

async function memories(row, stack) {
  const pid = stack.ownerPid();
  for (const query of HUNGRY) {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const before = memory(pid).now;
    const { text } = await stack.ask('GET', '/items/articles', undefined,
      { query });
    const grown = memory(pid).most - before;
    row(`memory, ${query}`, `${(grown / 2 ** 20).toFixed(1)} MiB`,
      `answer ${(text.length / 2 ** 20).toFixed(1)} MiB`,
      (grown - text.length) / (8 * 2 ** 20), '< 1');
  }
}

export async function query(row, rounds) {
  const small = await filled(SMALL), large = await filled(LARGE);
  try {
    await pages(row, rounds, small, large);
    await scans(row, rounds, large);
    await requests(row, large);
  } finally {
    await small.stop();
    await large.stop();
  }
}
