// From nothing running to a delivered write: how long after the answer the
// receiver was called, on demand, under each host. And what a relay adds.
import { join } from 'node:path';
import { FcgiConnection } from '../lib/fcgi.mjs';
import { Sink } from '../lib/sink.mjs';
import { has, startStack } from '../lib/stack.mjs';
import { median, percentile, until } from '../lib/util.mjs';

const conf = { dispatch: { start: 'after-write', idle: '200ms' },
  store: { owner_idle: '200ms' } };
const ms = (n) => `${n.toFixed(1)} ms`;

async function wakeBehind(server, rounds) {
  const sink = await new Sink().start();
  const stack = await startStack({ server, dispatch: false, conf });
  try {
    await stack.webhook({ url: sink.url + '/ok' });
    const after = [], answered = [];
    for (let n = 1; n <= rounds; n++) {
      await until('the end of what was started', () =>
        stack.programs(/webhooks-dispatch|--own/).length === 0);
      const began = performance.now();
      await stack.must('POST', '/items/articles', { title: `t${n}` });
      const done = performance.now();
      await sink.wait('/ok', n);
      answered.push(done - began);
      after.push(sink.at('/ok')[n - 1].at - done);
    }
    return { after, answered };
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
    const { after, answered } = await wakeBehind(server, 10 * rounds);
    row(`nothing runs: answer to arrival, ${server}`, ms(median(after)),
      `worst ${ms(percentile(after, 1))}, answer ${ms(median(answered))}`,
      NaN, '< 50 ms');
  }
  await relayed(row, rounds);
}
