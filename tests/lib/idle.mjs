// What programs do while nothing is to be done: their system calls, and the
// memory that is theirs alone.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, until } from './util.mjs';

// System calls of these processes within that time. Being watched makes each
// thread call anew once, so counting begins when that is over.
export async function systemCalls(pids, dir, ms) {
  const file = join(dir, 'strace.out');
  const strace = spawn('strace', ['-f', '-qq', '-o', file,
    ...pids.flatMap((pid) => ['-p', String(pid)])], { stdio: 'ignore' });
  const gone = new Promise((done) => strace.on('exit', done));
  const lines = () => readFileSync(file, 'utf8').split('\n').filter((line) =>
    line && !line.includes(' resumed>') && !line.includes('+++'));
  try {
    await until('strace', () => lines().length > 0 || traced(pids));
    for (let seen = -1; seen !== lines().length; await pause(300))
      seen = lines().length;
    const before = lines().length;
    await pause(ms);
    return lines().slice(before);
  } finally {
    strace.kill('SIGINT');
    await gone;
  }
}

export const traced = (pids) => pids.every((pid) =>
  !/^TracerPid:\s0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));

// MiB of private memory.
export function privateMiB(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...text.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)]
    .reduce((sum, [, n]) => sum + Number(n), 0);
  return kib / 1024;
}
