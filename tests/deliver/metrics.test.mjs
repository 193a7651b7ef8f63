// GET /metrics as a scraper reads it: the exposition format 0.0.4 by its own
// grammar, and numbers that are true.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

let stack, sink;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack();
});
after(async () => {
  await sink.stop();
  await stack.stop();
});

const SUFFIXES = { histogram: ['_bucket', '_sum', '_count'] };

// A map of families: {type, help, samples: map of `name{labels}` to number}.
// Throws at what a scraper would refuse, or a linter of metrics complain of.
function parse(text) {
  const families = new Map();
  let current;
  assert.ok(text.endsWith('\n'), 'no end of line at the end');
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      assert.ok(!families.has(comment[2]), `${comment[2]} twice`);
      current = { name: comment[2], help: comment[3], samples: new Map() };
      families.set(comment[2], current);
    } else if (comment) {
      assert.equal(comment[2], current.name, 'TYPE without its HELP');
      assert.match(comment[3], /^(counter|gauge|histogram)$/);
      current.type = comment[3];
    } else {
      const label = '[a-z_]+="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
      const sample = new RegExp(`^([a-z_:]+)(\\{${label}(?:,${label})*\\})? ` +
        '([-+0-9.eE]+)$').exec(line);
      assert.ok(sample, `no sample: ${line}`);
      const names = (SUFFIXES[current.type] ?? ['']).map((suffix) =>
        current.name + suffix);
      assert.ok(names.includes(sample[1]), `${line} below ${current.name}`);
      const series = sample[1] + (sample[2] ?? '');
      assert.ok(!current.samples.has(series), `${series} twice`);
      assert.ok(Number.isFinite(Number(sample[3])), line);
      current.samples.set(series, Number(sample[3]));
    }
  }
  for (const family of families.values()) check(family);
  return families;
}

function check({ name, type, help, samples }) {
  assert.ok(type && samples.size > 0, `${name} has no type or no sample`);
  assert.match(help, /\.$/, `${name}: ${help}`);
  assert.equal(type === 'counter', name.endsWith('_total'), name);
  if (type !== 'histogram') return;
  const buckets = [...samples].filter(([series]) => series.includes('_bucket'))
    .map(([series, n]) => [/le="(.*)"/.exec(series)[1], n]);
  assert.equal(buckets.at(-1)[0], '+Inf');
  const bounds = buckets.slice(0, -1).map(([bound]) => Number(bound));
  assert.deepEqual(bounds, [...bounds].sort((a, b) => a - b));
  for (let n = 1; n < buckets.length; n++)
    assert.ok(buckets[n][1] >= buckets[n - 1][1], `${name} falls`);
  assert.equal(buckets.at(-1)[1], samples.get(name + '_count'));
}

const scrape = async () => parse((await stack.ask('GET', '/metrics')).text);
const value = (families, name, labels = '') =>
  families.get(name)?.samples.get(name + labels);

test('the format, and every family that is promised', async () => {
  const answer = await stack.ask('GET', '/metrics');
  assert.equal(answer.headers['content-type'],
    'text/plain; version=0.0.4; charset=utf-8');
  const families = parse(answer.text);
  for (const name of ['info', 'deliveries', 'queue_lag_seconds',
    'attempts_total', 'attempt_seconds', 'first_byte_seconds',
    'deliveries_leased_total', 'deliveries_in_flight', 'leases_freed_total',
    'store_commits_total', 'store_flushes_total', 'dispatchers',
    'deliveries_removed_total', 'endpoints_open'])
    assert.ok(families.has('webhooks_' + name), name);
  assert.throws(() => parse('webhooks_x 1\n'));
  assert.throws(() => parse('# HELP a_b A.\n# TYPE a_b counter\na_b 1\n'));
});

test('the numbers follow what happens', async () => {
  const before = await scrape();
  const grew = (now, name, labels) =>
    value(now, name, labels) - value(before, name, labels);
  await stack.webhook({ url: sink.url + '/ok' });
  const { id } = await stack.webhook({ url: sink.url + '/status/500' });
  await stack.must('PATCH', `/webhooks/${id}/options`, { schedule: [0, 3600] });
  await stack.webhook({ url: 'http://127.0.0.1:1/' }); // nobody listens
  await stack.must('POST', '/items/articles', { title: 'x' });
  const now = await until('three attempts', async () => {
    const families = await scrape();
    return families.get('webhooks_attempt_seconds').samples
      .get('webhooks_attempt_seconds_count') >= 3 && families;
  });
  const outcome = (name) =>
    grew(now, 'webhooks_attempts_total', `{outcome="${name}"}`);
  assert.equal(outcome('delivered'), 1);
  assert.equal(outcome('answer'), 1);
  assert.equal(outcome('connect'), 1);
  const state = (name) => grew(now, 'webhooks_deliveries', `{state="${name}"}`);
  assert.equal(state('delivered'), 1);
  assert.equal(state('pending'), 2);
  assert.equal(state('leased'), 0);
  assert.equal(grew(now, 'webhooks_deliveries_leased_total'), 3);
  assert.equal(value(now, 'webhooks_dispatchers'), 1);
  assert.ok(grew(now, 'webhooks_store_flushes_total') > 0);
  const { samples } = now.get('webhooks_first_byte_seconds');
  assert.equal(samples.get('webhooks_first_byte_seconds_count'), 2);
  const sum = samples.get('webhooks_first_byte_seconds_sum');
  assert.ok(sum > 0 && sum < 20, `${sum} s`);
});
