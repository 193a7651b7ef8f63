// VALGRIND=1: the programs of a stack run under valgrind, each through a small
// script in the private folder; what it finds fails the test (stack.stop).
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SRC } from './util.mjs';

export const VALGRIND = Boolean(process.env.VALGRIND);
// How much longer everything takes then.
export const SLOWER = VALGRIND ? 10 : 1;

// What to start in the program's place.
export function underValgrind(dir, program) {
  if (!VALGRIND) return program;
  const script = join(dir, basename(program));
  writeFileSync(script, `#!/bin/sh
exec valgrind --quiet --leak-check=full --show-leak-kinds=definite \\
  --errors-for-leak-kinds=definite --child-silent-after-fork=yes \\
  --suppressions='${SRC}/tests/lib/valgrind.supp' \\
  --log-file='${dir}/valgrind.%p' '${program}' "$@"
`);
  chmodSync(script, 0o755);
  return script;
}

// Lines about errors; --quiet says nothing else.
export function valgrindFindings(dir) {
  if (!VALGRIND) return [];
  return readdirSync(dir).filter((name) => name.startsWith('valgrind.'))
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
    .filter((line) => line.length > 0);
}
