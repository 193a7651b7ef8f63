// No daemon: a write starts what delivers it, and after the idle times nothing
// of ours runs. A retry that is due later is carried by whatever comes first:
// the owner that stays, the next request, cron.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Sink } from '../lib/sink.mjs';
import { BUILD_PROGRAMS, childrenOf, has, startStack } from '../lib/stack.mjs';
import { until } from '../lib/util.mjs';

const run = promisify(execFile);
const onDemand = { dispatch: { start: 'after-write', idle: '300ms' },
  store: { owner_idle: '300ms' } };
const started = /webhooks-dispatch|--own/;
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

const nothingRuns = (stack) =>
  until('the end of what was started', () =>
    stack.programs(started).length === 0 || null, 15000);

for (const server of ['lighttpd', 'lighttpd-cgi', 'apache-fcgid',
  'apache-cgi']) {
  const skip = server.startsWith('apache') && !has('apache2') && 'no Apache';
  describe(`${server}, on demand`, { skip }, () => {
    let stack, sink;
    before(async () => {
      sink = await new Sink().start();
      stack = await startStack({ server, procs: 3, dispatch: false,
        conf: onDemand });
    });
    after(async () => {
      await stack?.stop();
      await sink?.stop();
    });

    test('writes wake, idle times end', async (t) => {
      await stack.webhook({ url: sink.url + '/ok' });
      const times = [];
      for (let n = 1; n <= 7; n++) {
        await nothingRuns(stack);
        await stack.must('POST', '/items/articles', { title: `t${n}` });
        const answered = performance.now();
        await sink.wait('/ok', n);
        times.push(sink.at('/ok')[n - 1].at - answered);
      }
      await nothingRuns(stack);
      assert.equal(sink.at('/ok').length, 7);
      t.diagnostic(`${server}: delivered ${median(times).toFixed(0)} ms ` +
        `(median) after the answer, at most ${Math.max(...times).toFixed(0)}`);
      assert.ok(median(times) < 500, 'far too slow'); // figures: make bench
    });

    test('what was started holds nothing of the web server', async () => {
      await nothingRuns(stack);
      await stack.webhook({ url: sink.url + '/slow/1500',
        collections: ['authors'] });
      await stack.must('POST', '/items/authors', { name: 'a' });
      const [pid] = await until('a dispatcher', () => {
        const found = stack.programs(/webhooks-dispatch/);
        return found.length > 0 && found;
      });
      const links = descriptorsOf(pid);
      for (const fd of ['0', '1', '2'])
        assert.equal(links[fd], '/dev/null');
      assert.ok(!Object.values(links).some((to) => to.includes(stack.dir) &&
        !to.includes('/state')), JSON.stringify(links));
      const words = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      assert.ok(!words.some((word) => /^(HTTP_|REQUEST_|GATEWAY_)/.test(word)));
      // A session of its own.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
      assert.notEqual(Number(stat[5]), process.pid);
      assert.ok(!childrenOf(process.pid).includes(pid));
      await sink.wait('/slow/1500');
    });

    test('a retry is carried without another write', async () => {
      const hook = await stack.webhook({ url: sink.url + '/fail-first/1/x',
        collections: ['authors'] });
      await stack.must('PATCH', `/webhooks/${hook.id}/options`,
        { schedule: [0, 2] });
      await stack.must('POST', '/items/authors', { name: 'b' });
      await sink.wait('/fail-first/1/x', 1);
      await nothingRuns(stack);
      if (stack.isCgi())
        await until('the retry, by the next request', async () => {
          await stack.must('GET', '/items/authors');
          return sink.at('/fail-first/1/x').length === 2;
        });
      else await sink.wait('/fail-first/1/x', 2);
      await nothingRuns(stack);
    });
  });
}

function descriptorsOf(pid) {
  const dir = `/proc/${pid}/fd`;
  return Object.fromEntries(readdirSync(dir).map((fd) => {
    try { return [fd, readlinkSync(join(dir, fd))]; } catch { return [fd, '']; }
  }));
}

test('cron: nobody is there, --drain delivers and all leave', async () => {
  const sink = await new Sink().start();
  const stack = await startStack({ server: 'lighttpd-cgi', dispatch: false,
    conf: { store: { owner_idle: '300ms' } } });
  const drain = () => run(BUILD_PROGRAMS.dispatch,
    ['-c', stack.confFile, '--drain']);
  try {
    const hook = await stack.webhook({ url: sink.url + '/fail-first/1/d' });
    await stack.must('PATCH', `/webhooks/${hook.id}/options`, { schedule: [0, 1] });
    await nothingRuns(stack);
    await stack.must('POST', '/items/articles', { title: 'for cron' });
    await nothingRuns(stack);
    assert.equal(sink.got.length, 0, 'nobody was to send');
    await drain();
    assert.equal(sink.at('/fail-first/1/d').length, 1);
    await nothingRuns(stack);
    await until('the retry, by a later drain', async () => {
      await drain();
      return sink.at('/fail-first/1/d').length === 2;
    });
    await nothingRuns(stack);
    // Nothing due: it leaves at once.
    const began = performance.now();
    await drain();
    assert.ok(performance.now() - began < 3000);
  } finally {
    await stack.stop();
    await sink.stop();
  }
});
