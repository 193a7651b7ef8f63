// A healthy receiver beside one that hangs, one that resets, one whose name
// is dead and 200 new ones that want TLS, all at once; and what a delivery
// costs the owner while up to a million rows wait.
//
// The receivers would be other machines: their process gives way to all others.
// What two cores cannot do at once is nobody's unfairness, so the same calls
// are made by the curl command as well, while the dispatcher has none of them.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
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
  setPriority(child.pid, constants.priority.PRIORITY_LOW);
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

const troubleUrls = (ports, host) => [
  `http://${host}:${ports.hang}/`, `http://${host}:${ports.reset}/`,
  `http://${host.replaceAll('.', '-')}.invalid/`,
  ...ports.tls.map((port) => `https://${host}:${port}/`)];

// All of them wait for a write to a collection of their own.
async function makeTrouble(stack, urls, collection) {
  await stack.owner('POST', '/collections', { ...AUTHORS, collection });
  for (const url of urls)
    await stack.webhook({ url, actions: ['create'], collections: [collection] });
  return () => stack.must('POST', `/items/${collection}`, { name: 'n' });
}

// The same by another program.
function makeCalls(dir, urls, caFile) {
  const file = join(dir, 'calls');
  writeFileSync(file, [`cacert = "${caFile}"`, 'parallel', 'parallel-immediate',
    'silent', 'max-time = 2', `parallel-max = ${urls.length}`, 'data = "{}"',
    ...urls.flatMap((url) => [`url = "${url}"`, 'output = "/dev/null"'])]
    .join('\n'));
  return () => run('curl', ['--config', file]).catch(() => null);
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
    const seen = { alone: [], among: [], others: [] };
    const ratios = { among: [], others: [], ours: [] };
    const p99 = (list) => percentile(list, 0.99);
    await sample(stack, sink, agent);
    for (const host of hosts.slice(0, rounds * 2)) {
      const urls = troubleUrls(ports, host);
      const trouble = await makeTrouble(stack, urls, host.replaceAll('.', '_'));
      const alone = await sample(stack, sink, agent);
      const among = await sample(stack, sink, agent, trouble);
      const others = await sample(stack, sink, agent,
        makeCalls(dir, urls, caFile));
      ratios.among.push(p99(among) / p99(alone));
      ratios.others.push(p99(others) / p99(alone));
      ratios.ours.push(p99(among) / p99(others));
      seen.alone.push(...alone);
      seen.among.push(...among);
      seen.others.push(...others);
    }
    row(`healthy beside hang, reset, dead name, ${TLS} new TLS: p99`,
      ms(p99(seen.among)), `alone ${ms(p99(seen.alone))}`,
      p99(seen.among) / p99(seen.alone), '<= 2');
    row('the same, median', ms(median(seen.among)),
      `alone ${ms(median(seen.alone))}`,
      median(seen.among) / median(seen.alone), '');
    row(`p99 of 3 s, median of ${2 * rounds} ratios`, '', 'alone',
      median(ratios.among), '<= 2');
    row('the same while curl calls them', ms(p99(seen.others)), 'alone',
      median(ratios.others), '');
    row('ours to curl', '', '', median(ratios.ours), '<= 1');
    if (process.env.SHOW)
      console.log(JSON.stringify(ratios, (k, v) => typeof v === 'number'
        ? Math.round(v * 100) / 100 : v));
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
