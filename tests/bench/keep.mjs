// What a writer notices of a million rows being removed: the same writers, the
// same store, before the rows are old enough and while they go.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DAY } from '../lib/clock.mjs';
import { startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const run = promisify(execFile);
const ROWS = Number(process.env.ROWS ?? 1000000);
const SECONDS = Number(process.env.SECONDS ?? 5);
const WEBHOOKS = 20, LIST = 2500;

const ms = (text) => parseFloat(text) *
  { us: 0.001, ms: 1, s: 1000 }[/[a-z]+$/.exec(text)[0]];

async function writers(stack) {
  const file = join(stack.dir, 'post.lua');
  writeFileSync(file, `wrk.method = "POST"
wrk.body = '{"name":"a writer"}'
wrk.headers["Content-Type"] = "application/json"
`);
  const { stdout } = await run('wrk', ['-t1', '-c4', `-d${SECONDS}s`,
    '--latency', '-H', `Authorization: Bearer ${stack.token}`, '-s', file,
    stack.base + '/items/authors']);
  const at = (share) => ms(new RegExp(`^ +${share}% +(\\S+)`, 'm').exec(stdout)[1]);
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]),
    p50: at(50), p99: at(99) };
}

async function metric(stack, name) {
  const { text } = await stack.owner('GET', '/metrics');
  return Number(new RegExp(`^webhooks_${name} (\\d+)`, 'm').exec(text)[1]);
}

async function fill(stack) {
  for (let n = 0; n < WEBHOOKS; n++)
    await stack.webhook({ url: 'http://127.0.0.1:9/' });
  const list = Array.from({ length: LIST }, () => ({ title: 'x' }));
  for (let n = 0; n < ROWS; n += WEBHOOKS * LIST)
    await stack.must('POST', '/items/articles', list, { query: 'fields=id',
      limitMs: 120000 });
  await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
  await until('all cancelled', async () =>
    await metric(stack, 'queue_webhooks') === 0, 1000000);
}

export async function keep(row) {
  const stack = await startStack({ server: 'nginx', dispatch: false,
    clock: true, conf: { keep: { rows: 10 * ROWS } } });
  try {
    await fill(stack);
    const alone = await writers(stack);
    stack.clock.jump(8 * DAY);
    await until('the removal', async () =>
      await metric(stack, 'deliveries_removed_total') > 0);
    const before = await metric(stack, 'deliveries_removed_total');
    const beside = await writers(stack);
    const gone = await metric(stack, 'deliveries_removed_total') - before;
    row(`writer's p99 while ${ROWS} rows go`, `${beside.p99.toFixed(2)} ms`,
      `alone ${alone.p99.toFixed(2)} ms`, beside.p99 / alone.p99, '< 1.5');
    row('the same, median', `${beside.p50.toFixed(2)} ms`,
      `alone ${alone.p50.toFixed(2)} ms`, beside.p50 / alone.p50, '< 1.2');
    row('the same, writes', `${Math.round(beside.rate)}/s`,
      `alone ${Math.round(alone.rate)}/s`, beside.rate / alone.rate, '> 0.8');
    row('rows removed meanwhile', `${Math.round(gone / SECONDS)}/s`, '', NaN,
      '');
    const began = performance.now();
    const from = await metric(stack, 'deliveries_removed_total');
    const more = Math.min(50000, ROWS - from);
    await until('more of them gone', async () =>
      await metric(stack, 'deliveries_removed_total') >= from + more, 600000);
    row('rows removed when nobody writes',
      `${Math.round(more / (performance.now() - began) * 1000)}/s`, '', NaN,
      '');
  } finally {
    await stack.stop();
  }
}
