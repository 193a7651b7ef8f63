// What an idle installation costs: system calls of owner and dispatcher in a
// minute, from the start and right after a delivery, and the memory that is
// theirs alone.
import { privateMiB, systemCalls } from '../lib/idle.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';

const WINDOW_MS = Number(process.env.IDLE_SECONDS ?? 60) * 1000;

export async function idle(row) {
  const sink = await new Sink().start();
  const stack = await startStack({ server: 'none',
    conf: { store: { cache: '1M' } } });
  const calls = async (what) => {
    const pids = [stack.ownerPid(), stack.pids.dispatch];
    const lines = await systemCalls(pids, stack.dir, WINDOW_MS);
    row(`system calls in ${WINDOW_MS / 1000} s, ${what}`, `${lines.length}`, '',
      NaN, '< 10');
    if (process.env.VERBOSE) console.error(lines.join('\n'));
  };
  try {
    await calls('from the start');
    await stack.webhook({ url: sink.url + '/ok' });
    await stack.must('POST', '/items/articles', { title: 'x' });
    await sink.wait('/ok');
    await calls('from a delivery');
    row('private memory, idle dispatcher',
      `${privateMiB(stack.pids.dispatch).toFixed(1)} MiB`, '', NaN, '< 12 MiB');
    row('private memory, idle owner, cache of 1 MiB',
      `${privateMiB(stack.ownerPid()).toFixed(1)} MiB`, '', NaN, '< 16 MiB + 1');
  } finally {
    await sink.stop();
    await stack.stop();
  }
}
