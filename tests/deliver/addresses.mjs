// Run by addresses.test.mjs inside the namespace: every line of the table is
// made a webhook, one event calls them all, and the canary tells who came.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Canary, NameServer } from '../lib/canary.mjs';
import { startStack } from '../lib/stack.mjs';
import { SRC, until } from '../lib/util.mjs';

const table = readFileSync(join(SRC, 'tests/deliver/cases/addresses.txt'),
  'utf8').split('\n').filter((line) => /^[a-z]/.test(line));
const names = Object.fromEntries(table.filter((line) => /^name /.test(line))
  .map((line) => line.split(' ').slice(1)).map(([name, ...to]) => [name, to]));
const cases = table.filter((line) => !/^name /.test(line)).map((line) => {
  const [, what, url] = /^(\w+) (".*")$/.exec(line);
  return { what, url: JSON.parse(url) };
});

const PUBLIC = ['93.184.216.34', '2606:2800:220:1::1'];
// How a delivery has to end; what was not connected never had a status.
const REFUSED = { state: 'dead', status: 0, error: /is refused: \S/ };
const ENDS = {
  guard: { ...REFUSED, outcome: /^refused_address$/ },
  fall: { ...REFUSED, outcome: /^connect$/ },
  dns: { state: 'dead', outcome: /^dns$/, status: 0 },
  none: { state: 'dead', outcome: /^(dns|refused_address)$/, status: 0 },
  answer: { state: 'dead', outcome: /^answer$/ },
  good: { state: 'delivered', outcome: /^delivered$/, status: 200 },
};

async function withStack(allow_private, play) {
  const stack = await startStack({ server: 'none',
    conf: { dispatch: { allow_private } } });
  try {
    return await play(stack);
  } finally {
    await stack.stop();
  }
}

// The webhooks of the table that are stored; the others must be `text`.
async function store(stack) {
  const stored = [], wrong = [];
  for (const one of cases) {
    const made = await stack.ask('POST', '/webhooks', { name: 'x',
      url: one.url, actions: ['create'], collections: ['articles'] });
    if (made.status !== (one.what === 'text' ? 400 : 200))
      wrong.push(`${one.what} ${one.url}: ${made.text}`);
    if (made.status !== 200) continue;
    const { id } = made.json.data;
    await stack.must('PATCH', `/webhooks/${id}/options`,
      { schedule: [0], timeout_ms: 1000 });
    stored.push({ ...one, id });
  }
  assert.equal(wrong.join('\n'), '');
  return stored;
}

// What became of each webhook's delivery.
async function fire(stack, stored) {
  await stack.must('POST', '/items/articles', { title: 'x' });
  const rows = await until('an end of all', async () => {
    const list = await stack.must('GET', '/deliveries', undefined,
      { query: 'limit=-1&sort=-id' });
    return list.length >= stored.length && list.every((row) =>
      ['dead', 'delivered'].includes(row.state)) && list;
  }, 40000);
  return Promise.all(stored.map(async (one) => {
    const row = rows.find((each) => each.webhook === one.id);
    const { log } = await stack.must('GET', `/deliveries/${row.id}`);
    return { ...one, state: row.state, attempt: log[0] };
  }));
}

// What is wrong with how it ended; nothing is undefined.
function fault({ what, url, state, attempt }) {
  const end = ENDS[what];
  const holds = end.outcome.test(attempt.outcome) && state === end.state &&
    (end.status === undefined || (attempt.status ?? 0) === end.status) &&
    (!end.error || (attempt.address && end.error.test(attempt.error))) &&
    !attempt.url.includes('user:pass');
  return holds ? undefined : `${what} ${url}: ${JSON.stringify(attempt)}`;
}

const check = (ended) =>
  assert.equal(ended.map(fault).filter(Boolean).join('\n'), '');

async function guarded(canary) {
  return withStack('no', async (stack) => {
    const stored = await store(stack);
    const ended = await fire(stack, stored);
    check(ended);
    await canary.settle();
    // Each good and each redirecting one came once, the others not at all.
    const wanted = stored.filter(({ what }) => /good|answer/.test(what));
    assert.equal(canary.reached.length, wanted.length, `${canary.reached}`);
    const text = cases.length - stored.length;
    return `${cases.length} addresses: ${text} refused when stored, ` +
      `${stored.length - wanted.length} when sent, ${wanted.length} reached`;
  });
}

// The same without the guard: the canary is able to sing.
async function careless(canary) {
  return withStack('yes', async (stack) => {
    const stored = await store(stack);
    await fire(stack, stored);
    await canary.settle();
    const inner = stored.filter(({ what }) => what === 'guard').length;
    const reached = canary.reached.length -
      stored.filter(({ what }) => /good|answer/.test(what)).length;
    assert.ok(reached > 0.8 * inner, `only ${reached} of ${inner} reached`);
    return `without the guard: ${reached} inner addresses reached`;
  });
}

// A name that was public when it was first asked for.
async function rebinding(canary) {
  names['rebind.evil.test'] = (before) =>
    [before === 0 ? PUBLIC[0] : '127.0.0.1'];
  return withStack('no', async (stack) => {
    const { id } = await stack.webhook({ url: 'http://rebind.evil.test/' });
    await stack.must('PATCH', `/webhooks/${id}/options`, { schedule: [0] });
    const one = { id, url: 'rebind' };
    check(await fire(stack, [{ ...one, what: 'good' }]));
    // libcurl keeps an answer for a minute, a new process keeps none.
    await stack.stopDispatcher();
    await stack.startDispatcher();
    check(await fire(stack, [{ ...one, what: 'guard' }]));
    await canary.settle();
    assert.deepEqual(canary.reached, [PUBLIC[0]]);
    return 'a name that changed its answer: refused';
  });
}

const server = await new NameServer(names).start();
const canary = await new Canary().start();
for (const part of [guarded, careless, rebinding]) {
  canary.reached = [];
  console.log(await part(canary));
}
canary.stop();
server.stop();
process.exit(0);
