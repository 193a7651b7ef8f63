// A healthy receiver beside one that hangs, one that resets, one whose name
// is dead and 200 new ones that want TLS, all at once; and what a delivery
// costs the owner while up to a million rows wait.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCerts } from '../lib/certs.mjs';
import { keptAgent } from '../lib/http.mjs';
import { Sink } from '../lib/sink.mjs';
import { AUTHORS, startStack } from '../lib/stack.mjs';
import { BUILD, SRC, median, pause, percentile, privateDir, removeDir }
  from '../lib/util.mjs';

const run = promisify(execFile);
const TLS = 200, SAMPLES = 300, EVERY_MS = 10;
const ms = (n) => `${n.toFixed(2)} ms`;

const hosts = Array.from({ length: 20 }, (_, n) => `127.0.${n + 1}.1`);

async function startReceivers(dir) {
  const { caFile } = makeCerts(dir, hosts.map((ip) => `,IP:${ip}`).join(''));
  const child = spawn(process.execPath, [join(SRC, 'tests/bench/receivers.mjs'),
    join(dir, 'good.crt'), join(dir, 'good.key'), String(TLS)],
  { stdio: ['ignore', 'pipe', 'inherit'] });
  const [ports] = await once(child.stdout, 'data');
  return { child, caFile, ports: JSON.parse(ports) };
}

// Each delivery's way from the answer to its writer to its arrival. `trouble`
// begins with the first one.
async function sample(stack, sink, agent, trouble) {
  const after = [];
  const begun = trouble?.();
  for (let n = 0; n < SAMPLES; n++) {
    sink.clear();
    const next = pause(EVERY_MS);
    await stack.must('POST', '/items/articles', { title: 't' }, { agent });
    const answered = performance.now();
    const [got] = await sink.wait('/ok');
    after.push(Math.max(0, got.at - answered));
    await next;
  }
  await begun;
  return after;
}

// All of them wait for a write to a collection of their own.
async function makeTrouble(stack, ports, host, collection) {
  await stack.owner('POST', '/collections', { ...AUTHORS, collection });
  const urls = [`http://${host}:${ports.hang}/`, `http://${host}:${ports.reset}/`,
    `http://${collection}.invalid/`,
    ...ports.tls.map((port) => `https://${host}:${port}/`)];
  for (const url of urls)
    await stack.webhook({ url, actions: ['create'], collections: [collection] });
}

export async function beside(row, rounds) {
  const dir = privateDir();
  const { child, caFile, ports } = await startReceivers(dir);
  const sink = await new Sink().start();
  const stack = await startStack({ server: 'nginx',
    conf: { dispatch: { ca_file: caFile } } });
  const agent = keptAgent();
  try {
    await stack.webhook({ url: sink.url + '/ok', collections: ['articles'] });
    const alone = [], among = [], ratios = [];
    await sample(stack, sink, agent);
    for (const host of hosts.slice(0, rounds * 2)) {
      const name = host.replaceAll('.', '_');
      await makeTrouble(stack, ports, host, name);
      const quiet = await sample(stack, sink, agent);
      const loud = await sample(stack, sink, agent, () =>
        stack.must('POST', `/items/${name}`, { name: 'n' }));
      ratios.push(percentile(loud, 0.99) / percentile(quiet, 0.99));
      alone.push(...quiet);
      among.push(...loud);
    }
    row(`healthy beside hang, reset, dead name, ${TLS} new TLS: p99`,
      ms(percentile(among, 0.99)), `alone ${ms(percentile(alone, 0.99))}`,
      percentile(among, 0.99) / percentile(alone, 0.99), '<= 2');
    row('the same, median', ms(median(among)), `alone ${ms(median(alone))}`,
      median(among) / median(alone), '');
    row('the same, p99 of 3 s, median of ratios', '', '',
      median(ratios), '<= 2');
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
