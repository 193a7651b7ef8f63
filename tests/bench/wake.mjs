// From nothing running to a delivered write, on demand, under each host: when
// the receiver was called, counted from the client's answer (what a write
// wakes) and from its question (the host's start of a CGI program, the owner's
// start and the commit as well). The reference is what the machine needs to
// start the same programs one after the other and let each print its version.
// And what a relay adds.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { FcgiConnection } from '../lib/fcgi.mjs';
import { Sink } from '../lib/sink.mjs';
import { has, startStack } from '../lib/stack.mjs';
import { BUILD, median, percentile, until } from '../lib/util.mjs';

const conf = { dispatch: { start: 'after-write', idle: '200ms' },
  store: { owner_idle: '200ms' } };
const ms = (n) => `${n.toFixed(1)} ms`;
const RESPONDER = join(BUILD, 'cgi-bin/webhooks.fcgi');
const DISPATCHER = join(BUILD, 'webhooks-dispatch');
// Under plain CGI: the visitor, the owner it calls, the dispatcher.
const started = (server) => server.endsWith('-cgi')
  ? [RESPONDER, RESPONDER, DISPATCHER] : [DISPATCHER];

function startAll(programs) {
  const began = performance.now();
  for (const program of programs) execFileSync(program, ['--version']);
  return performance.now() - began;
}

async function wakeBehind(server, rounds) {
  const sink = await new Sink().start();
  const stack = await startStack({ server, dispatch: false, conf });
  try {
    await stack.webhook({ url: sink.url + '/ok' });
    const fromAnswer = [], fromQuestion = [], floor = [];
    for (let n = 1; n <= rounds; n++) {
      await until('the end of what was started', () =>
        stack.programs(/webhooks-dispatch|--own/).length === 0);
      floor.push(startAll(started(server)));
      const began = performance.now();
      await stack.must('POST', '/items/articles', { title: `t${n}` });
      const done = performance.now();
      await sink.wait('/ok', n);
      fromAnswer.push(sink.at('/ok')[n - 1].at - done);
      fromQuestion.push(sink.at('/ok')[n - 1].at - began);
    }
    return { fromAnswer, fromQuestion, floor };
  } finally {
    await stack.stop();
    await sink.stop();
  }
}

async function askMany(socket, token, count) {
  const connection = await new FcgiConnection(socket).open();
  const what = { path: '/webhooks/1',
    headers: { Authorization: `Bearer ${token}` } };
  const times = [];
  for (let n = 0; n < count; n++) {
    const began = performance.now();
    await connection.request(what);
    times.push(performance.now() - began);
  }
  connection.close();
  return times;
}

async function relayed(row, rounds) {
  const stack = await startStack({ server: 'none', dispatch: false });
  const second = join(stack.dir, 'second.sock');
  try {
    await stack.webhook({ url: 'https://example.com/' });
    stack.launch('relay', stack.program,
      ['-c', stack.confFile, '--listen', second]);
    await until('the relay', () => askMany(second, stack.token, 1));
    const direct = [], through = [];
    for (let round = 0; round < rounds; round++) {
      direct.push(...await askMany(stack.socket, stack.token, 1000));
      through.push(...await askMany(second, stack.token, 1000));
    }
    row('GET /webhooks/1 through a relay, median', ms(median(through)),
      `owner ${ms(median(direct))}`, median(through) / median(direct), '');
  } finally {
    await stack.stop();
  }
}

export async function wake(row, rounds) {
  for (const server of ['lighttpd', 'lighttpd-cgi', 'apache-fcgid',
    'apache-cgi']) {
    if (server.startsWith('apache') && !has('apache2')) continue;
    const { fromAnswer, fromQuestion, floor } =
      await wakeBehind(server, 10 * rounds);
    for (const [from, times] of [['answer', fromAnswer],
      ['question', fromQuestion]])
      row(`nothing runs: ${from} to arrival, ${server}`, ms(median(times)),
        `worst ${ms(percentile(times, 1))}, starts ${ms(median(floor))}`,
        median(times) / median(floor), '< 50 ms');
  }
  await relayed(row, rounds);
}
