// Receivers that break the rules: each attempt ends within its limits, its
// record tells them apart, and nothing is left behind.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Evil, KINDS } from '../lib/evil.mjs';
import { startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

// How each kind ends: outcome, status, words of the error, and what else the
// attempt holds. What needs the time limit is told apart by the status.
const delivered = (status = 200) => ['delivered', status, /^$/];
const slow = (status) => ['timeout', status, /no whole answer within 1000 ms/];
const large = (status, words) => ['too_large', status, words];
const HEADERS = /headers are over 64 KiB/;
const BODY = /answer is over 1 MiB/;
const INTERIM = /too many interim answers/;
const broken = (status, words) => ['protocol', status, words];
const NO_HTTP = broken(0, /the answer is no HTTP/);
const BROKE = /connection broke/;
const CUT = broken(200, /cut short/);
const ODD = broken(200, /not understood/);
const valueOf = (attempt, name) =>
  attempt.response_headers.find((one) => one.name === name)?.value;

const ENDS = {
  silent: slow(0),
  slowStatus: slow(0),
  slowHeaders: slow(200),
  slowBody: slow(200),
  endlessHeaders: large(200, HEADERS),
  tinyHeaders: large(200, HEADERS),
  longHeader: large(200, /header line of the answer is too long/),
  noStatus: NO_HTTP,
  http09: NO_HTTP,
  otherProtocol: NO_HTTP,
  endlessBody: large(200, BODY),
  endlessChunks: large(200, BODY),
  tinyChunks: large(200, BODY),
  hugeLength: large(200, BODY),
  // Kept as it came: 16 KiB of what would be 100 MB.
  gzipBomb: [...delivered(), ({ response_body, response_truncated }) =>
    response_truncated && response_body.length < 100000],
  continues: large(100, INTERIM),
  earlyHints: large(103, INTERIM),
  slowContinues: large(100, INTERIM),
  fewContinues: delivered(),
  upgrade: broken(101, /switched to another protocol/),
  redirect: ['answer', 302, /answered 302/,
    (attempt, evil) => evil.requests.length === ROUNDS],
  close: broken(0, /ended without an answer/),
  reset: broken(0, BROKE),
  cut: [...CUT, ({ response_body }) => response_body === 'abc'],
  cutHead: CUT,
  cutChunk: CUT,
  // Our body lies unread where the reset comes from, so it may overtake the
  // answer (RFC 9112, 9.6).
  resetBody: broken([200, 0], BROKE),
  badChunk: ODD,
  negativeChunk: ODD,
  hugeChunk: ODD,
  badCoding: delivered(), // nothing is decoded
  negativeLength: ODD,
  twoLengths: CUT,
  badStatus: NO_HTTP,
  zeroStatus: NO_HTTP,
  http3: NO_HTTP,
  nulHeader: ODD,
  bareReturn: [...delivered(),
    (attempt) => valueOf(attempt, 'Injected') === undefined],
  folded: [...delivered(),
    (attempt) => valueOf(attempt, 'Injected') === undefined],
  bareLines: delivered(),
  bytes: [...delivered(), (attempt) => valueOf(attempt, 'X-Name') === 'Zürich' &&
    attempt.response_body === 'a\\xff\0b'],
  bigHeaders: [...delivered(), ({ response_headers }) =>
    response_headers.length > 10 && response_headers.length < 41],
  early: delivered(),
  earlyClose: ['answer', 413, /answered 413/],
  body204: delivered(204),
  twoAnswers: delivered(),
  closeKept: [...delivered(), (attempt, evil) => evil.connections === ROUNDS],
};
const ROUNDS = 2;
const LIMIT_MS = 1000;

let stack;
const evils = [];
before(async () => {
  stack = await startStack({ server: 'none' });
});
after(async () => {
  await Promise.all(evils.map((evil) => evil.stop()));
  await stack.stop();
});

async function hook(kind) {
  const evil = await new Evil(kind).start();
  evils.push(evil);
  const { id } = await stack.webhook({ url: evil.url, name: kind });
  await stack.must('PATCH', `/webhooks/${id}/options`,
    { schedule: [0], timeout_ms: LIMIT_MS });
  return { kind, evil, id };
}

// One event for all of them; their deliveries once all have ended.
async function round(hooks, bytes = 600000) {
  await stack.must('POST', '/events', { action: 'create',
    collection: 'articles', key: 1, payload: { text: 'x'.repeat(bytes) } });
  return until('an end of all', async () => {
    const rows = await stack.must('GET', '/deliveries', undefined,
      { query: `limit=${hooks.length}&sort=-id` });
    return rows.every((row) => ['dead', 'delivered'].includes(row.state)) &&
      rows;
  }, 60000);
}

async function attemptOf(rows, { id }) {
  const row = rows.find((one) => one.webhook === id);
  const { log } = await stack.must('GET', `/deliveries/${row.id}`);
  assert.equal(log.length, 1);
  assert.equal(row.state === 'delivered', log[0].outcome === 'delivered');
  return log[0];
}

test('each kind has its end', () =>
  assert.deepEqual(Object.keys(ENDS), Object.keys(KINDS)));

test('each ends within its limits and is told apart', async (t) => {
  const hooks = await Promise.all(Object.keys(KINDS).map(hook));
  // Twice, so that kept connections are used again.
  for (let i = 0; i < ROUNDS; i++) {
    const rows = await round(hooks);
    for (const one of hooks)
      one.attempt = await attemptOf(rows, one);
  }
  for (const { kind, attempt, evil } of hooks)
    await t.test(kind, () => {
      const [outcome, status, words, also] = ENDS[kind];
      const told = JSON.stringify(attempt).slice(0, 2000);
      assert.equal(attempt.outcome, outcome, told);
      assert.ok([status].flat().includes(attempt.status ?? 0), told);
      assert.match(attempt.error ?? '', words, told);
      assert.ok(!also || also(attempt, evil), told);
      assert.ok(attempt.total_ms < LIMIT_MS + 5000, told);
    });
});

// So many hundreds in a row that leave no more than this.
const WINDOW = 4, WINDOW_KIB = 2048;

function held(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)]
    .reduce((sum, [, n]) => sum + Number(n), 0);
  return { kib, fds: readdirSync(`/proc/${pid}/fd`).length };
}

test('hundreds of them leave nothing behind', async (t) => {
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  const pid = stack.pids.dispatch;
  // Those that wait for the limit are the same to memory, and slow.
  const kinds = Object.keys(KINDS).filter((kind) =>
    ENDS[kind][0] !== 'timeout');
  const seen = [];
  // New receivers each time: an endpoint in trouble would be left in peace.
  const hundred = async () => {
    const hooks = await Promise.all([...kinds, ...kinds].map(hook));
    await round(hooks, 1000);
    await Promise.all(hooks.map(({ evil }) => evil.cut()));
    await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
    seen.push(held(pid));
  };
  const grown = () => seen.at(-1).kib - seen.at(-1 - WINDOW).kib;
  while (seen.length < 2 + WINDOW) await hundred();
  // libcurl looks for ended connections at times, when it makes a new one.
  const fds = seen[1].fds;
  await until('no more descriptors than before', async () => {
    await round([await hook('http09')], 10);
    return held(pid).fds <= fds;
  });
  // Freed memory is kept for a while where addresses are sanitized. The heap
  // may once grow by a step that lasts; what leaks grows on and on.
  const sanitized = /libasan/.test(readFileSync(`/proc/${pid}/maps`, 'utf8'));
  while (!sanitized && grown() >= WINDOW_KIB && seen.length < 3 * WINDOW)
    await hundred();
  t.diagnostic(`of ${2 * kinds.length} each: ${JSON.stringify(seen)}`);
  assert.ok(sanitized || grown() < WINDOW_KIB);
});
