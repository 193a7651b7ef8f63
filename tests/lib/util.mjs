// Small things every suite needs: where the build is, waiting without
// sleeping blindly, free ports, private directories.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const SRC = resolve(here, '../..');
// The folder `make` ran in; tests/run-suite sets it.
export const BUILD = resolve(process.env.BUILD ?? join(SRC, 'build'));

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks until the answer is truthy, and gives it back.
export async function until(what, ask, limitMs = 10000) {
  const end = performance.now() + limitMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`${what}: not within ${limitMs} ms` +
        (last ? ` (${last.message})` : ''));
    }
    await pause(10);
  }
}

// lighttpd cannot bind port 0 and tell: take one that was free just now.
export function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

// Short, because a socket's address holds 107 bytes.
export function privateDir() {
  return mkdtempSync(join(tmpdir(), 'wf-'));
}

export function removeDir(path) {
  rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

// What lies in the folder, at any depth, and is not its owner's alone. Node 18
// stumbles over sockets when it is asked to read folders in folders.
export function openBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const open = statSync(path).mode & 0o077 ? [path] : [];
    return entry.isDirectory() ? open.concat(openBelow(path)) : open;
  });
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(list, p) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}
