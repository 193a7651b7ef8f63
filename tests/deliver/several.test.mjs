// Several dispatchers at once: the limits are the installation's, a killed
// one's deliveries pass to the others, and what one holds while the owner is
// replaced is neither sent twice nor lost.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FcgiConnection } from '../lib/fcgi.mjs';
import { Sink } from '../lib/sink.mjs';
import { isAlive, startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const dispatchers = (stack) => stack.programs(/webhooks-dispatch/);

async function start(conf, count) {
  const sink = await new Sink().start();
  const stack = await startStack({ procs: 3, dispatch: false,
    conf: { dispatch: conf } });
  stack.expectLog(/ warning (session_absent|owner) /);
  for (let n = 0; n < count; n++) stack.launch(`dispatch`,
    stack.dispatchProgram, ['-c', stack.confFile]);
  await sessions(stack, count);
  return { sink, stack };
}

const sessions = (stack, count) => until(`${count} sessions`, async () =>
  new RegExp(`^webhooks_dispatchers ${count}$`, 'm').test(
    (await stack.owner('GET', '/metrics')).text));

async function writeMany(stack, count) {
  await stack.must('POST', '/items/articles',
    Array.from({ length: count }, (_, n) => ({ title: `t${n}` })));
}

// The most requests that were open at one moment, each for so long.
function mostAtOnce(times, eachMs) {
  return Math.max(...times.map((at) =>
    times.filter((other) => other <= at && other > at - eachMs).length));
}

async function stopAll(stack, sink) {
  await stack.stop();
  await sink.stop();
}

test('limits hold for all of them together', async () => {
  const { sink, stack } = await start({ per_endpoint: 3 }, 3);
  try {
    await stack.webhook({ url: sink.url + '/slow/150' });
    await writeMany(stack, 24);
    const got = await sink.wait('/slow/150', 24, 20000);
    // The end of one may be reported a little later than the sink saw it.
    assert.ok(mostAtOnce(got.map((one) => one.at), 140) <= 3);
    assert.equal(new Set(got.map((one) => one.id)).size, 24);
  } finally {
    await stopAll(stack, sink);
  }
});

test('a killed one\'s deliveries are another\'s at once', async () => {
  const { sink, stack } = await start({}, 1);
  try {
    await stack.webhook({ url: sink.url + '/hang/x' });
    await writeMany(stack, 4);
    await sink.wait('/hang/x', 4);
    const [first] = dispatchers(stack);
    stack.launchDispatcher();
    await sessions(stack, 2);
    const killed = performance.now();
    process.kill(first, 'SIGKILL');
    await sink.wait('/hang/x', 8);
    assert.ok(sink.at('/hang/x')[7].at - killed < 1500);
    assert.equal(new Set(sink.got.map((one) => one.id)).size, 4);
    sink.server.closeAllConnections();
  } finally {
    await stopAll(stack, sink);
  }
});

// A body of POST /internal/lease (src/model/lease.c): who wants how many.
function leaseRequest(session, want) {
  const body = Buffer.alloc(37);
  body.writeUInt8(1);
  body.writeUInt32BE(session.length, 1);
  session.copy(body, 5);
  body.writeUInt32BE(want, 21);
  return body;
}

// Here no call of it waits at the owner, which hears of a hang-up by that.
test('one that dies with its answer in hand keeps nothing back', async () => {
  const { sink, stack } = await start({}, 0);
  const connection = await new FcgiConnection(stack.ownerSocket).open();
  try {
    await stack.webhook({ url: sink.url + '/ok' });
    await writeMany(stack, 4);
    const jobs = await connection.request({ method: 'POST',
      path: '/internal/lease', headers: {
        'Content-Type': 'application/octet-stream' },
      body: leaseRequest(randomBytes(16), 4) });
    assert.equal(jobs.status, 200);
    assert.equal(jobs.text.split('/ok').length - 1, 4, 'four jobs');
    stack.launchDispatcher();
    await sessions(stack, 2);
    assert.equal(sink.got.length, 0);
    connection.close();
    await sink.wait('/ok', 4, 5000);
  } finally {
    connection.close();
    await stopAll(stack, sink);
  }
});

test('what is in hand when the owner is replaced is sent once', async () => {
  const { sink, stack } = await start({ per_endpoint: 4 }, 2);
  try {
    const hook = await stack.webhook({ url: sink.url + '/slow/2000' });
    await writeMany(stack, 10);
    await sink.wait('/slow/2000', 4);
    const old = stack.killOwner();
    await until('another owner', async () => {
      await stack.ask('GET', '/server/ping');
      return stack.ownerPid() && stack.ownerPid() !== old;
    });
    const got = await sink.wait('/slow/2000', 10, 20000);
    await until('all recorded', async () => (await stack.must('GET',
      '/deliveries', undefined, { query: `filter[webhook][_eq]=${hook.id}` +
        '&filter[state][_eq]=delivered' })).length === 10, 20000);
    assert.equal(sink.got.length, 10, 'sent again');
    assert.ok(mostAtOnce(got.map((one) => one.at), 1950) <= 4,
      'the new owner did not know what was under way');
    assert.equal(dispatchers(stack).filter(isAlive).length, 2);
  } finally {
    await stopAll(stack, sink);
  }
});
