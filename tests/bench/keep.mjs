// What a writer notices of a million rows being removed: the same writers, the
// same store, in turn while the rows are not old enough and while they go; the
// clock is set to and fro.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DAY } from '../lib/clock.mjs';
import { startStack } from '../lib/stack.mjs';
import { median, until } from '../lib/util.mjs';

const run = promisify(execFile);
const ROWS = Number(process.env.ROWS ?? 1000000);
const SECONDS = Number(process.env.SECONDS ?? 5);
const PAIRS = Number(process.env.PAIRS ?? 5);
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

const removed = (stack) => metric(stack, 'deliveries_removed_total');

async function begin(stack) {
  const before = await removed(stack);
  stack.clock.jump(8 * DAY);
  await until('the removal', async () => await removed(stack) > before);
}

async function end(stack) {
  let last = -1;
  stack.clock.jump(-8 * DAY);
  await until('its end', async () => {
    const before = last;
    last = await removed(stack);
    return last === before;
  });
}

async function pairs(stack) {
  const alone = [], beside = [], gone = [];
  for (let n = 0; n < PAIRS; n++) {
    alone.push(await writers(stack));
    await begin(stack);
    const before = await removed(stack);
    beside.push(await writers(stack));
    gone.push(await removed(stack) - before);
    await end(stack);
  }
  return { alone, beside, gone };
}

export async function keep(row) {
  const stack = await startStack({ server: 'nginx', dispatch: false,
    clock: true, conf: { keep: { rows: 10 * ROWS } } });
  try {
    await fill(stack);
    const { alone, beside, gone } = await pairs(stack);
    const tell = (what, of, show, aim) => row(what,
      show(median(beside.map(of))), `alone ${show(median(alone.map(of)))}`,
      median(beside.map((one, n) => of(one) / of(alone[n]))), aim);
    const time = (n) => `${n.toFixed(2)} ms`, rate = (n) => `${Math.round(n)}/s`;
    tell(`writer's p99 while ${ROWS} rows go`, (one) => one.p99, time, '< 1.5');
    tell('the same, median', (one) => one.p50, time, '< 1.2');
    tell('the same, writes', (one) => one.rate, rate, '> 0.8');
    row('rows removed meanwhile', rate(median(gone) / SECONDS), '', NaN, '');
    const from = await removed(stack);
    const more = Math.min(50000, ROWS - from);
    const began = performance.now();
    await begin(stack);
    await until('more of them gone', async () =>
      await removed(stack) >= from + more, 600000);
    row('rows removed when nobody writes',
      rate(more / (performance.now() - began) * 1000), '', NaN, '');
    if (process.env.SHOW)
      console.log(JSON.stringify({ alone, beside }, null, 1));
  } finally {
    await stack.stop();
  }
}
