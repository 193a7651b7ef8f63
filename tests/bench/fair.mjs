// A healthy receiver beside one that hangs, one that resets, one whose name
// is dead and 200 that want a new TLS handshake each time; and what a delivery
// costs the owner while up to a million rows wait.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCerts } from '../lib/certs.mjs';
import { keptAgent } from '../lib/http.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { BUILD, SRC, median, pause, percentile, privateDir, removeDir, until }
  from '../lib/util.mjs';

const run = promisify(execFile);
const TLS = 200, SAMPLES = 300, EVERY_MS = 10, BURST_EVERY = 100;
const ms = (n) => `${n.toFixed(2)} ms`;

async function startReceivers(dir, count) {
  const { caFile } = makeCerts(dir);
  const child = spawn(process.execPath, [join(SRC, 'tests/bench/receivers.mjs'),
    join(dir, 'good.crt'), join(dir, 'good.key'), String(count)],
  { stdio: ['ignore', 'pipe', 'inherit'] });
  const [ports] = await once(child.stdout, 'data');
  return { child, caFile, ports: JSON.parse(ports) };
}

// Each delivery's way from the answer to its writer to its arrival. `trouble`
// is called now and then, while the next ones go on.
async function sample(stack, sink, agent, trouble) {
  const after = [], others = [];
  for (let n = 0; n < SAMPLES; n++) {
    if (n % BURST_EVERY === 0) others.push(trouble?.());
    sink.clear();
    const next = pause(EVERY_MS);
    await stack.must('POST', '/items/articles', { title: 't' }, { agent });
    const answered = performance.now();
    const [got] = await sink.wait('/ok');
    after.push(Math.max(0, got.at - answered));
    await next;
  }
  await Promise.all(others);
  return after;
}

async function trouble(stack, ports) {
  const to = { actions: ['create'], collections: ['authors'] };
  const urls = [`http://127.0.0.1:${ports.hang}/`,
    `http://127.0.0.1:${ports.reset}/`, 'http://no-such-host.invalid/',
    ...ports.tls.map((port) => `https://127.0.0.1:${port}/`)];
  for (const url of urls) await stack.webhook({ url, ...to });
}

export async function beside(row, rounds) {
  const dir = privateDir();
  const { child, caFile, ports } = await startReceivers(dir, TLS);
  const sink = await new Sink().start();
  const stack = await startStack({ server: 'nginx',
    conf: { dispatch: { ca_file: caFile } } });
  const agent = keptAgent();
  try {
    await stack.webhook({ url: sink.url + '/ok', collections: ['articles'] });
    await trouble(stack, ports);
    const alone = [], among = [], ratios = [];
    await sample(stack, sink, agent);
    for (let round = 0; round < rounds; round++) {
      const quiet = await sample(stack, sink, agent);
      const loud = await sample(stack, sink, agent, () =>
        stack.must('POST', '/items/authors', { name: 'n' }));
      ratios.push(percentile(loud, 0.99) / percentile(quiet, 0.99));
      alone.push(...quiet);
      among.push(...loud);
      await until('the end of the handshakes', async () => {
        const { text } = await stack.owner('GET', '/metrics');
        return /^webhooks_deliveries_in_flight [0-3]$/m.test(text);
      }, 60000);
    }
    row(`healthy beside hang, reset, dead name, ${TLS} new TLS: p99`,
      ms(percentile(among, 0.99)), `alone ${ms(percentile(alone, 0.99))}`,
      median(ratios), '<= 2');
    row('the same, median', ms(median(among)), `alone ${ms(median(alone))}`,
      median(among) / median(alone), '');
  } finally {
    agent.destroy();
    child.kill();
    await stack.stop();
    await sink.stop();
    removeDir(dir);
  }
}

export async function waiting(row) {
  const { stdout } = await run(join(BUILD, 'tests/bench/queue'),
    [process.env.ROWS ?? '1000000']);
  const lines = stdout.split('\n').map((line) => line.split(' '))
    .filter((words) => words.length === 3 && Number(words[2]) > 0);
  const us = (n) => `${Number(n).toFixed(1)} us`;
  const [, , least] = lines.find(([what]) => what === 'waiting');
  for (const [what, count, cost] of lines.filter((one) =>
    one[0] !== 'start' && Number(one[1]) > 0))
    row(what === 'waiting' ? `owner's CPU per delivery, ${count} wait`
      : `the same, ${count} wait for another: ${what}`, us(cost),
    `10000 wait ${us(least)}`, cost / least, '< 1.3');
}
