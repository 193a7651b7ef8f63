// Owner and dispatcher are killed in turn (SIGKILL) under load, lighttpd
// starts the owner again. Then: every acknowledged write is there, none twice,
// every matching delivery came to the receiver at least once, no request hung.
//
//     ROUNDS=20 node --test tests/fault/kill.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { isAlive, startStack } from '../lib/stack.mjs';
import { pause, until } from '../lib/util.mjs';
import { Writer, checkDeliveries, checkRows, rowsOf, total }
  from './writer.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? (process.env.LONG ? 1000 : 200));
const WRITERS = 8;
const HANG_MS = 5000;

async function killOwner(stack) {
  const old = stack.killOwner();
  await until('a new owner', () => {
    const pid = stack.ownerPid();
    return pid && pid !== old && isAlive(pid);
  }, 10000);
  await stack.isUp();
}

async function killDispatcher(stack) {
  stack.killDispatcher();
  await until('its end', () => !isAlive(stack.pids.dispatch));
  stack.launchDispatcher();
}

test(`${ROUNDS} kills under load`, async (t) => {
  const sink = await new Sink().start();
  const stack = await startStack();
  stack.expectLog(/ (warning|error) /);
  let writers = [];
  try {
    await stack.webhook({ url: sink.url + '/a' });
    await stack.webhook({ url: sink.url + '/b', actions: ['create'] });
    writers = Array.from({ length: WRITERS }, (_, i) =>
      new Writer(stack, { name: `w${i}`, keyed: i % 2 === 1 }));
    for (let round = 0; round < ROUNDS; round++) {
      await pause(50 + Math.random() * 250);
      await (round % 2 ? killDispatcher : killOwner)(stack);
    }
    for (const writer of writers) writer.running = false;
    await Promise.all(writers.map((writer) => writer.done));
    await stack.isUp();
    const rows = await rowsOf(stack);
    checkRows(rows, writers);
    const duplicates =
      await checkDeliveries(stack, sink, rows, ['/a', '/b']);
    const sum = total(writers);
    for (const writer of writers) t.diagnostic(writer.words());
    t.diagnostic(`${sum.kept} acknowledged, ${rows.length} kept, ` +
      `${sum.repeated} repeated with a key, ${sink.got.length} deliveries, ` +
      `${duplicates} duplicates, slowest ${sum.slowest} ms`);
    assert.ok(sum.kept > ROUNDS, 'hardly any load');
    assert.ok(sum.slowest < HANG_MS, `a request took ${sum.slowest} ms`);
  } finally {
    for (const writer of writers) writer.running = false;
    await sink.stop();
    await stack.stop();
  }
});
