// The wall clock of the programs of one stack ([debug] clock): their time is
// the machine's and what stands in a file of 8 bytes. They notice at once.
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

export class Clock {
  constructor(dir) {
    this.file = join(dir, 'clock');
    this.aheadMs = 0;
    this.fd = openSync(this.file, 'w', 0o600);
    this.jump(0);
  }

  now() { return Date.now() + this.aheadMs; }

  jump(byMs) {
    const bytes = Buffer.alloc(8);
    this.aheadMs += Math.ceil(byMs);
    if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1)
      bytes.writeBigInt64LE(BigInt(this.aheadMs));
    else bytes.writeBigInt64BE(BigInt(this.aheadMs));
    writeSync(this.fd, bytes, 0, 8, 0);
  }

  // Forward to that moment, and not back.
  reach(wallMs) { this.jump(Math.max(0, wallMs - this.now() + 1)); }
  close() { closeSync(this.fd); }
}
