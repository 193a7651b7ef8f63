// Deliveries: how many in a second beside libcurl alone, what each costs every
// process, how soon the first byte arrives, and what those under way hold.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCerts } from '../lib/certs.mjs';
import { keptAgent, send } from '../lib/http.mjs';
import { BUILD_PROGRAMS, startStack } from '../lib/stack.mjs';
import { BUILD, median, percentile, privateDir, removeDir, until }
  from '../lib/util.mjs';

const run = promisify(execFile);
const COUNT = 20000, LIST = 100, IN_FLIGHT = 64, BODY_BYTES = 400;
const HOSTS = 8;
const ms = (n) => `${n.toFixed(2)} ms`;
const mib = (n) => `${n.toFixed(1)} MiB`;
const rate = (n) => `${Math.round(n)}/s`;

// tests/bench/sink.c
class FastSink {
  async start() {
    this.child = spawn(join(BUILD, 'tests/bench/sink'),
      { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(this.child.stdout, 'data');
    this.bases = Array.from({ length: HOSTS },
      (_, i) => `http://127.0.0.${i + 1}:${Number(port)}`);
    this.base = this.bases[0];
    return this;
  }

  async count() {
    const { text } = await send(this.base, { path: '/count' });
    const [n, first, last] = text.split(' ').map(Number);
    return { n, first, last };
  }

  async times() {
    const { text } = await send(this.base, { path: '/times' });
    return text.trim().split('\n').map((line) => line.split(' ').map(Number));
  }

  async stop() {
    this.child.kill();
    await once(this.child, 'exit');
  }
}

// Processor time in microseconds.
function cpuOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const words = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(words[11]) + Number(words[12])) * 10000;
}

const stages = (stack) => ({ owner: stack.ownerPid(),
  dispatcher: stack.pids.dispatch, web: childOf(stack.pids.web) });

function childOf(pid) {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number(list.trim().split(' ')[0]) || pid;
}

const cpuOfAll = (pids) => Object.fromEntries(
  Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)]));

async function metric(stack, name) {
  const { text } = await stack.owner('GET', '/metrics');
  return Number(new RegExp(`^webhooks_${name} (\\d+)`, 'm').exec(text)[1]);
}

// One delivery for each, to all addresses in turn.
const collection = (i) => `articles${i % HOSTS}`;

const events = (from, n) => Array.from({ length: n }, (_, i) => ({
  action: 'create', collection: collection(from + i), key: from + i,
  payload: { text: 'x'.repeat(BODY_BYTES - 100) } }));

async function webhooks(stack, sink, path) {
  for (const [i, base] of sink.bases.entries())
    await stack.webhook({ url: base + path, collections: [collection(i)] });
}

async function postAll(stack, from, count, agent) {
  for (let i = 0; i < count; i += LIST)
    await stack.must('POST', '/events', events(from + i, LIST), { agent });
}

const recorded = (stack, n, limitMs) => until(`${n} attempts recorded`,
  async () => await metric(stack, 'deliveries_reported_total') >= n, limitMs);

async function bare(sink) {
  const { stdout } = await run(join(BUILD, 'tests/bench/barecurl'),
    [COUNT, IN_FLIGHT, BODY_BYTES, ...sink.bases.map((b) => `${b}/bare`)]
      .map(String));
  const [n, seconds, cpuUs] = stdout.split(' ').map(Number);
  return { rate: n / seconds, cpuUs };
}

// Filled beforehand: from the first arrival to the last attempt recorded.
async function filled(sink) {
  const stack = await startStack({ server: 'nginx', dispatch: false });
  try {
    await webhooks(stack, sink, '/filled');
    await postAll(stack, 1, COUNT, keptAgent());
    stack.launchDispatcher();
    await stack.dispatcherIsThere();
    const pids = stages(stack), before = cpuOfAll(pids);
    const began = performance.now();
    const done = await metric(stack, 'deliveries_reported_total');
    await recorded(stack, COUNT, 60000);
    const seconds = (performance.now() - began) / 1000;
    const after = cpuOfAll(pids), cpu = {};
    for (const name in pids)
      cpu[name] = (after[name] - before[name]) / (COUNT - done);
    return { rate: (COUNT - done) / seconds, cpu };
  } finally {
    await stack.stop();
  }
}

// Posted in lists of a hundred by four clients meanwhile.
async function mixed(sink) {
  const stack = await startStack({ server: 'nginx' });
  try {
    await webhooks(stack, sink, '/mixed');
    const pids = stages(stack), before = cpuOfAll(pids);
    const began = performance.now();
    await Promise.all([0, 1, 2, 3].map((i) =>
      postAll(stack, 1 + i * COUNT / 4, COUNT / 4, keptAgent())));
    await recorded(stack, COUNT, 60000);
    const seconds = (performance.now() - began) / 1000;
    const after = cpuOfAll(pids), cpu = {};
    for (const name in pids)
      cpu[name] = (after[name] - before[name]) / COUNT;
    return { rate: COUNT / seconds, cpu };
  } finally {
    await stack.stop();
  }
}

function rowsOf(row, what, ours, theirs, aim) {
  row(what, rate(median(ours.map((one) => one.rate))),
    `barecurl ${rate(median(theirs.map((one) => one.rate)))}`,
    median(ours.map((one, i) => one.rate / theirs[i].rate)), aim);
  const bareUs = median(theirs.map((one) => one.cpuUs));
  for (const name of Object.keys(ours[0].cpu)) {
    const us = median(ours.map((one) => one.cpu[name]));
    row(`  processor time of each, ${name}`, `${us.toFixed(0)} us`,
      `barecurl ${bareUs.toFixed(0)} us`, us / bareUs, '');
  }
}

export async function deliver(row, rounds) {
  const sink = await new FastSink().start();
  const alone = [], full = [], both = [];
  try {
    for (let round = 0; round < rounds; round++) {
      alone.push(await bare(sink));
      full.push(await filled(sink));
      both.push(await mixed(sink));
    }
    rowsOf(row, 'deliveries, queue filled beforehand', full, alone, '>= 0.4');
    rowsOf(row, 'deliveries, posted in lists of 100', both, alone, '>= 0.2');
  } finally {
    await sink.stop();
  }
}

// A responder that notes when each flush ended (tests/bench/flushes.c).
function noting(dir) {
  const program = join(dir, 'noting'), file = join(dir, 'flushes');
  writeFileSync(program, `#!/bin/sh
FLUSHES='${file}' LD_PRELOAD='${join(BUILD, 'tests/bench/flushes.so')}' \\
  exec '${BUILD_PROGRAMS.responder}' "$@"
`, { mode: 0o755 });
  return { program,
    ends: () => readFileSync(file, 'utf8').trim().split('\n').map(Number) };
}

// From the commit to the arrival of the request at the receiver, with one write
// at a time or one every so often. The commit is the end of the first flush
// after the write was sent: its own, or, where several are under way, at times
// the one before it, which makes the figure larger, never smaller.
async function arrivals(stack, sink, flushes, count, everyMs) {
  const agent = keptAgent(8), sent = new Map(), asked = [];
  const now = () => (performance.timeOrigin + performance.now()) * 1000;
  await sink.times();
  for (let key = 1; key <= count; key++) {
    const due = performance.now() + everyMs;
    sent.set(key, now());
    asked.push(stack.must('POST', '/events', events(key, 1), { agent }));
    if (everyMs === 0) await asked.at(-1);
    else await new Promise((done) =>
      setTimeout(done, Math.max(0, due - performance.now())));
  }
  await Promise.all(asked);
  const times = [];
  await until('all arrivals', async () => {
    times.push(...(await sink.times()).filter(([key]) => key > 0));
    return times.length >= count;
  }, 30000);
  agent.destroy();
  const ends = flushes.ends();
  return times.map(([key, at]) =>
    (at - ends.find((end) => end > sent.get(key))) / 1000);
}

export async function firstbyte(row, rounds) {
  const dir = privateDir(), flushes = noting(dir);
  const sink = await new FastSink().start();
  const stack = await startStack({ server: 'nginx', program: flushes.program });
  try {
    await webhooks(stack, sink, '/first');
    for (const [what, everyMs] of [['one at a time', 0], ['500/s', 2]]) {
      await arrivals(stack, sink, flushes, 100, everyMs);
      const late = await arrivals(stack, sink, flushes, 500 * rounds, everyMs);
      row(`commit to first byte, ${what}, median`, ms(median(late)),
        `p99 ${ms(percentile(late, 0.99))}`, NaN, '< 1 ms, p99 < 10 ms');
    }
  } finally {
    await stack.stop();
    await sink.stop();
    removeDir(dir);
  }
}

function privateMiB(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...rollup.matchAll(/^Private_\w+:\s+(\d+)/gm)]
    .reduce((sum, [, n]) => sum + Number(n), 0) / 1024;
}

// A thousand under way, to receivers on many addresses that take their time.
async function held(row, scheme, most) {
  const RECEIVERS = 250, WANT = 1000, dir = privateDir();
  const certs = scheme === 'https' && makeCerts(dir);
  const waiting = new Set();
  const take = (req, res) => {
    req.resume();
    waiting.add(res);
    res.on('close', () => waiting.delete(res));
  };
  const servers = [];
  for (let i = 0; i < RECEIVERS; i++) {
    const server = certs ? createTlsServer(certs.good, take)
      : createServer(take);
    server.listen(0, `127.0.0.${i + 2}`);
    await once(server, 'listening');
    servers.push(server);
  }
  const stack = await startStack({ server: 'nginx',
    conf: { dispatch: { transfers: 2000, request_timeout: '60s',
      connect_timeout: '60s' } } });
  stack.expectLog(/warning/);
  try {
    const idle = privateMiB(stack.pids.dispatch);
    for (const server of servers) {
      const { address, port } = server.address();
      const { id } = await stack.webhook(
        { url: `${scheme}://${address}:${port}/`,
          collections: Array.from({ length: HOSTS }, (_, i) => collection(i)) });
      if (certs) await stack.must('PATCH', `/webhooks/${id}/options`,
        { verify_tls: false });
    }
    await stack.must('POST', '/events', events(1, Math.ceil(WANT / RECEIVERS)));
    await until(`${WANT} under way`, () => waiting.size >= WANT, 60000);
    const full = privateMiB(stack.pids.dispatch);
    row(`dispatcher, ${WANT} ${scheme} under way`, mib(full),
      `idle ${mib(idle)}`, full / idle, `< ${most} MiB`);
    for (const res of waiting) res.end();
  } finally {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await stack.stop();
    removeDir(dir);
  }
}

// What both hold when nothing is due any more, the owner with the least cache
// there is: what is left is what it holds beside it.
async function idleMemory(row) {
  const stack = await startStack({ server: 'nginx',
    conf: { store: { cache: '1M' } } });
  const sink = await new FastSink().start();
  try {
    await webhooks(stack, sink, '/idle');
    await postAll(stack, 1, 2000, keptAgent());
    await recorded(stack, 2000, 60000);
    row('owner, idle after 2,000 deliveries', mib(privateMiB(stack.ownerPid())),
      'its cache 1.0 MiB', NaN, '< 16 MiB beside it');
    row('dispatcher, idle after 2,000 deliveries',
      mib(privateMiB(stack.pids.dispatch)), '', NaN, '< 12 MiB');
  } finally {
    await stack.stop();
    await sink.stop();
  }
}

export async function underway(row) {
  await idleMemory(row);
  await held(row, 'http', 48);
  await held(row, 'https', 110);
}
