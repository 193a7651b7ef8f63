// Figures of this machine, each beside a reference taken in the same minute:
// only the ratios are worth keeping. Run by `make bench`.
//   ROUNDS=3 SECONDS=2
//   ONLY=reads|writes|scans|latency|wake|deliver|firstbyte|underway|keep|idle|
//        beside|waiting|query
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keptAgent } from '../lib/http.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { BUILD, median, percentile } from '../lib/util.mjs';
import { deliver, firstbyte, underway } from './deliver.mjs';
import { beside, waiting } from './fair.mjs';
import { idle } from './idle.mjs';
import { keep } from './keep.mjs';
import { query } from './query.mjs';
import { wake } from './wake.mjs';

const run = promisify(execFile);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const SECONDS = Number(process.env.SECONDS ?? 2);
const only = process.env.ONLY;
const rows = [];
const row = (what, value, reference, ratio, aim) =>
  rows.push([what, value, reference, ratio, aim]);
const rate = (n) => `${Math.round(n)}/s`;

async function wrk(stack, path, connections, script) {
  const args = ['-t1', `-c${connections}`, `-d${SECONDS}s`, '--latency',
    '-H', `Authorization: Bearer ${stack.token}`];
  if (script) args.push('-s', script);
  const { stdout } = await run('wrk', [...args, stack.base + path]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (bad) throw new Error(`${bad} refusals\n${stack.log().slice(-2000)}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
}

// What is between is the same: the server, its configuration, the client.
async function reads(server) {
  const options = { server, dispatch: false };
  const real = await startStack(options);
  const empty = await startStack({ ...options, empty: true,
    program: join(BUILD, 'tests/bench/empty') });
  empty.token = real.token;
  try {
    await real.webhook({ url: 'https://example.com/' });
    for (const connections of [1, 16, 64]) {
      const ours = [], theirs = [];
      for (let round = 0; round < ROUNDS; round++) {
        theirs.push(await wrk(empty, '/webhooks/1', connections));
        ours.push(await wrk(real, '/webhooks/1', connections));
      }
      row(`GET /webhooks/1, ${server}, ${connections} connections`,
        rate(median(ours)), `empty ${rate(median(theirs))}`,
        median(ours.map((n, i) => n / theirs[i])), '>= 0.6');
    }
  } finally {
    await real.stop();
    await empty.stop();
  }
}

async function counter(stack, name) {
  const { text } = await stack.ask('GET', '/metrics');
  const line = new RegExp(`^webhooks_${name} (\\d+)`, 'm').exec(text);
  return line ? Number(line[1]) : NaN;
}

function postScript(stack) {
  const file = join(stack.dir, 'post.lua');
  writeFileSync(file, `wrk.method = "POST"
wrk.body = '{"title":"a title of some length","body":"and some words"}'
wrk.headers["Content-Type"] = "application/json"
`);
  return file;
}

async function writes() {
  const stack = await startStack({ server: 'nginx', dispatch: false });
  try {
    const script = postScript(stack);
    const one = [], many = [], flushes = [];
    for (let round = 0; round < ROUNDS; round++) {
      one.push(await wrk(stack, '/items/articles', 1, script));
      const commits = await counter(stack, 'store_commits_total');
      const before = await counter(stack, 'store_flushes_total');
      many.push(await wrk(stack, '/items/articles', 32, script));
      flushes.push((await counter(stack, 'store_flushes_total') - before) /
        (await counter(stack, 'store_commits_total') - commits));
    }
    row('POST /items, 32 writers beside 1', rate(median(many)),
      `one ${rate(median(one))}`, median(many.map((n, i) => n / one[i])), '> 3');
    row('flushes per commit, 32 writers', median(flushes).toFixed(3), '1',
      median(flushes), '< 0.2');
  } finally {
    await stack.stop();
  }
}

async function fillRows(stack, n) {
  for (let i = 0; i < n; i += 5000)
    await stack.must('POST', '/items/articles', Array.from({ length: 5000 },
      (_, k) => ({ title: `row ${i + k}`, body: 'x'.repeat(100), views: k })),
    { query: 'fields=id' });
}

async function scans() {
  const stack = await startStack({ server: 'nginx', dispatch: false });
  const query = 'filter[title][_contains]=nothing&limit=-1';
  const scan = async () => {
    const began = performance.now();
    await stack.must('GET', '/items/articles', undefined, { query });
    return performance.now() - began;
  };
  try {
    await fillRows(stack, 100000);
    const script = postScript(stack);
    const alone = [], beside = [], took = [], slow = [];
    for (let round = 0; round < ROUNDS; round++) {
      took.push(await scan());
      alone.push(await wrk(stack, '/items/articles', 8, script));
      let going = true;
      const scanner = (async () => {
        while (going) slow.push(await scan());
      })();
      beside.push(await wrk(stack, '/items/articles', 8, script));
      going = false;
      await scanner;
    }
    row('scan of 100,000 rows', `${Math.round(median(took))} ms`,
      `beside writers ${Math.round(median(slow))} ms`,
      median(slow) / median(took), '');
    row('8 writers beside the scan', rate(median(beside)),
      `alone ${rate(median(alone))}`,
      median(beside.map((n, i) => n / alone[i])), '> 0.3');
    row('deadlocks in the store, all rounds',
      String(await counter(stack, 'store_deadlocks_total')),
      `run again ${await counter(stack, 'store_reruns_total')}`, NaN, '0');
  } finally {
    await stack.stop();
  }
}

// From the acknowledged write to the request's arrival at the receiver.
async function latency() {
  const sink = await new Sink().start();
  const stack = await startStack({ server: 'nginx' });
  const agent = keptAgent();
  try {
    await stack.webhook({ url: sink.url + '/ok' });
    const after = [], whole = [];
    for (let i = 0; i < 200 * ROUNDS; i++) {
      sink.clear();
      const began = performance.now();
      await stack.must('POST', '/items/articles', { title: 't' }, { agent });
      const answered = performance.now();
      const [got] = await sink.wait('/ok');
      after.push(got.at - answered);
      whole.push(got.at - began);
    }
    row('write begun to arrival, median', `${median(whole).toFixed(2)} ms`,
      `p99 ${percentile(whole, 0.99).toFixed(2)} ms`, NaN, '');
    row('acknowledged to arrival, median', `${median(after).toFixed(2)} ms`,
      `p99 ${percentile(after, 0.99).toFixed(2)} ms`, NaN, '< 2 ms');
  } finally {
    agent.destroy();
    await sink.stop();
    await stack.stop();
  }
}

const parts = { reads: async () => {
  await reads('lighttpd');
  await reads('nginx');
}, writes, scans, latency, wake: () => wake(row, ROUNDS),
keep: () => keep(row), idle: () => idle(row), deliver: () => deliver(row, ROUNDS),
firstbyte: () => firstbyte(row, ROUNDS), underway: () => underway(row),
beside: () => beside(row, ROUNDS), waiting: () => waiting(row),
query: () => query(row, ROUNDS) };
for (const [name, part] of Object.entries(parts)) {
  if (only && only !== name) continue;
  process.stderr.write(`${name} ...\n`);
  await part().catch((error) => row(name, 'failed',
    error.message.split('\n')[0], NaN, ''));
}

console.log(`${cpus().length} x ${cpus()[0].model}, node ${process.version}`);
const head = ['what', 'measured', 'reference', 'ratio', 'aim'];
const text = [head, ...rows.map((one) =>
  one.map((cell) => typeof cell === 'number'
    ? Number.isNaN(cell) ? '' : cell.toFixed(2) : cell))];
const widths = head.map((_, i) => Math.max(...text.map((one) => one[i].length)));
for (const one of text)
  console.log(one.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());
