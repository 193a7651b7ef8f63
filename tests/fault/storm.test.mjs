// One store behind four hosts at once: lighttpd with three processes, Apache
// mod_fcgid with an idle time-out of a second, plain CGI under both. Owners,
// relays, visitors and dispatchers are killed at random (SIGKILL) while clients
// write through all of them. Then: every acknowledged write is there, no title
// twice, writes that were repeated with an Idempotency-Key exist once, every
// delivery came to the receiver at least once, no request took over 5 s.
//
//     ROUNDS=20 HOSTS=lighttpd,apache-cgi node --test tests/fault/storm.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { Stack, has, isAlive } from '../lib/stack.mjs';
import { pause } from '../lib/util.mjs';
import { Writer, checkDeliveries, checkRows, rowsOf, total }
  from './writer.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? (process.env.LONG ? 2000 : 200));
const HANG_MS = 5000;

const hosts = {
  lighttpd: { procs: 3 },
  'lighttpd-cgi': {},
  'apache-fcgid': { procs: 4, edit: (text) => text + `
FcgidIdleTimeout 1
FcgidIdleScanInterval 1
# Else it starts no more after ten that ended, and lets requests wait.
FcgidSpawnScoreUpLimit 1000000
` },
  'apache-cgi': {},
};
const chosen = (process.env.HOSTS ?? Object.keys(hosts).join(','))
  .split(',').filter((name) => !name.startsWith('apache') || has('apache2'));

const conf = {
  dispatch: { start: 'after-write', idle: '2s', request_timeout: '2s' },
  store: { owner_idle: '1s' },
};

async function startAll() {
  const stacks = [];
  for (const server of chosen) {
    const [first] = stacks;
    const stack = new Stack({ server, conf, dispatch: false, asApache: true,
      shares: first, ...hosts[server] });
    stack.expectLog(/^\S+ (warning|error) /);
    await stack.start();
    stacks.push(stack);
  }
  return stacks;
}

// One of each kind of process that is there now, and which kind it is.
function victims(stack) {
  const owner = stack.ownerPid();
  const found = { owner: owner ? [owner] : [], dispatcher: [], other: [] };
  for (const pid of stack.programs(/webhooks-dispatch/))
    found.dispatcher.push(pid);
  for (const pid of stack.programs(/webhooks\.fcgi/))
    if (pid !== owner) found.other.push(pid);
  return found;
}

function killOne(stack, killed) {
  const found = victims(stack);
  const kinds = Object.keys(found).filter((kind) => found[kind].length > 0);
  if (kinds.length === 0) return;
  const kind = kinds[Math.floor(Math.random() * kinds.length)];
  const pids = found[kind];
  const pid = pids[Math.floor(Math.random() * pids.length)];
  try {
    process.kill(pid, 'SIGKILL');
    killed[kind] = (killed[kind] ?? 0) + 1;
  } catch { /* ended by itself */ }
}

async function storm(stack, killed) {
  for (let round = 0; round < ROUNDS; round++) {
    await pause(50 + Math.random() * 400);
    killOne(stack, killed);
    // One under a service manager, which starts it again.
    if (!isAlive(stack.pids.dispatch)) stack.launchDispatcher();
  }
}

test(`${ROUNDS} kills behind ${chosen}`, async (t) => {
  const sink = await new Sink().start();
  const stacks = await startAll();
  const [stack] = stacks;
  const killed = {};
  let writers = [];
  try {
    await stack.webhook({ url: sink.url + '/a' });
    await stack.webhook({ url: sink.url + '/b', actions: ['create'] });
    stack.launchDispatcher();
    writers = stacks.flatMap((one) => [
      new Writer(one, { name: `${one.options.server}-plain` }),
      new Writer(one, { name: `${one.options.server}-keyed`, keyed: true })]);
    await storm(stack, killed);
    for (const writer of writers) writer.running = false;
    await Promise.all(writers.map((writer) => writer.done));
    if (!isAlive(stack.pids.dispatch)) stack.launchDispatcher();
    await stack.isUp();
    const rows = await rowsOf(stack);
    checkRows(rows, writers);
    const duplicates =
      await checkDeliveries(stack, sink, rows, ['/a', '/b']);
    for (const writer of writers) t.diagnostic(writer.words());
    const sum = total(writers);
    t.diagnostic(`killed ${JSON.stringify(killed)}; ${sum.kept} ` +
      `acknowledged, ${rows.length} kept, ${sum.repeated} repeated with a ` +
      `key, ${sink.got.length} deliveries, ${duplicates} duplicates, ` +
      `slowest ${sum.slowest} ms`);
    assert.ok(sum.kept > ROUNDS, 'hardly any load');
    assert.ok(sum.slowest < HANG_MS, `a request took ${sum.slowest} ms`);
  } finally {
    for (const writer of writers) writer.running = false;
    for (const one of stacks.reverse()) await one.stop();
    await sink.stop();
  }
});
