// Replays the recorded answers of corpus/ against the service behind lighttpd,
// a fresh store for each file, a few files side by side. Part of the corpus:
//   SHARD=1/2 (the second half), ONLY=name (substring).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { send } from '../lib/http.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { SRC, freePort, until } from '../lib/util.mjs';
import { deliveriesDiff, stepDiff } from './compare.mjs';

const folder = join(SRC, 'tests/conformance');
const collections = JSON.parse(readFileSync(join(folder, 'collections.json')));
const skipped = new Set(JSON.parse(readFileSync(join(folder, 'skip.json'))));
const [shard, shards] = (process.env.SHARD ?? '0/1').split('/').map(Number);

function places(stack, sink, deadPort) {
  const values = { TOKEN: stack.token, TOKEN_USER: stack.editorToken,
    SINK: sink.url, SINK_HOST: sink.host, DEAD: `http://127.0.0.1:${deadPort}` };
  const fill = (value) => typeof value === 'string'
    ? value.replace(/\$\{([A-Z_]+)\}/g, (whole, name) => values[name] ?? whole)
    : Array.isArray(value) ? value.map(fill)
      : value && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(v)]))
        : value;
  return fill;
}

function bodyOf(request, fill) {
  if (request.body_hex !== undefined) return Buffer.from(request.body_hex, 'hex');
  if (request.body_gen) {
    const { prefix, fill: piece, count, suffix } = request.body_gen;
    return fill(prefix) + piece.repeat(count) + fill(suffix);
  }
  if (request.raw_body !== undefined) return fill(request.raw_body);
  if (request.body === null || request.body === undefined) return undefined;
  return JSON.stringify(fill(request.body));
}

const play = (stack, request, fill) => send(stack.base, {
  method: request.method, path: request.path,
  query: request.query === null ? undefined : fill(request.query),
  headers: fill(request.headers ?? {}), body: bodyOf(request, fill) });

// The recording sink's paths, in the words of ours; second tries do not count,
// the recorded server made none.
const behaviours = { '/fail': 500, '/notfound': 404 };
class CorpusSink extends Sink {
  take(req, res) {
    const path = req.url.split('?')[0];
    const answer = res.end.bind(res);
    if (path in behaviours)
      res.writeHead = ((head) => () => head(behaviours[path]))(
        res.writeHead.bind(res));
    if (path === '/slow')
      res.end = (...args) => setTimeout(() => answer(...args), 3000).unref();
    if (path === '/hangup') res.end = () => res.socket.destroy();
    super.take(req, res);
  }

  first() {
    return this.got.filter((got) =>
      (got.headers['webhook-attempt'] ?? '1') === '1');
  }
}

// Every delivery row was tried at least once: nothing more will come soon.
const allTried = (stack) => until('first attempts of all deliveries',
  async () => {
    const rows = await stack.must('GET', '/deliveries', undefined,
      { query: 'limit=-1&fields=attempts,state' });
    return rows.every((row) => row.attempts > 0 || row.state === 'cancelled');
  }, 15000);

async function replaySteps(file, stack, sink, fill, problems) {
  const got = [];
  for (const [i, step] of file.steps.entries()) {
    const before = sink.first().length;
    const began = performance.now();
    const have = await play(stack, step.request, fill);
    const took = performance.now() - began;
    const anyId = file.ids_any_from !== undefined && i >= file.ids_any_from;
    const diff = stepDiff(step, have, { anyId, fill });
    const most = step.response.took_ms_at_most;
    if (most && took > most + 1000) diff.push(`took ${Math.round(took)} ms`);
    problems.push(...diff.map((words) => `step ${i} ${step.request.method} ` +
      `${step.request.path}?${step.request.query ?? ''}: ${words}`));
    if (!file.deliveries) continue;
    const wanted = file.deliveries.filter((one) => one.after_step === i).length;
    await until(`${wanted} deliveries after step ${i}`,
      () => sink.first().length >= before + wanted, 5000)
      .catch((error) => problems.push(error.message));
    got[i] = sink.first().slice(before);
  }
  return got;
}

async function checkDeliveries(file, stack, sink, fill, got, problems) {
  const known = got.flat().length;
  await allTried(stack);
  for (const late of sink.first().slice(known))
    problems.push(`late or too many: ${late.method} ${late.path} ${late.text}`);
  for (const [i, list] of got.entries()) {
    const wanted = fill(file.deliveries.filter((one) => one.after_step === i));
    problems.push(...deliveriesDiff(wanted, list)
      .map((words) => `after step ${i}: ${words}`));
  }
}

async function replay(name, t) {
  const file = JSON.parse(readFileSync(join(folder, 'corpus', name + '.json')));
  const sink = await new CorpusSink().start();
  const stack = await startStack({ collections, editor: true,
    dispatch: Boolean(file.deliveries) });
  stack.expectLog(/ warning /);
  const problems = [];
  try {
    const fill = places(stack, sink, await freePort());
    for (const request of file.setup ?? []) {
      const answer = await play(stack, request, fill);
      if (answer.status >= 300)
        problems.push(`setup ${request.path}: ${answer.status} ${answer.text}`);
    }
    if (file.deliveries) {
      await allTried(stack);
      sink.clear();
    }
    const got = await replaySteps(file, stack, sink, fill, problems);
    if (file.deliveries)
      await checkDeliveries(file, stack, sink, fill, got, problems);
    t.diagnostic(`${file.steps.length} steps`);
  } finally {
    await sink.stop();
    await stack.stop();
  }
  if (problems.length > 0)
    throw new Error(`${problems.length} differences\n` +
      problems.slice(0, 6).join('\n'));
}

const names = readdirSync(join(folder, 'corpus'))
  .map((name) => name.replace('.json', ''))
  .filter((name, i) => i % shards === shard)
  .filter((name) => name.includes(process.env.ONLY ?? '')).sort();

test('the recorded answers', { concurrency: 3 }, async (t) => {
  await Promise.all(names.map((name) => t.test(name,
    { skip: skipped.has(name) && 'listed in skip.json', timeout: 60000 },
    (inner) => replay(name, inner))));
});
