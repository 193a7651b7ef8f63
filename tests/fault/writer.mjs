// A client that writes without end and remembers what was acknowledged. With
// keys it repeats what failed until it is acknowledged, under the same key.
import { randomUUID } from 'node:crypto';
import { keptAgent } from '../lib/http.mjs';
import { pause } from '../lib/util.mjs';

const LIMIT_MS = 20000, AGAIN_MS = 20, BETWEEN_MS = 5, GIVE_UP_MS = 30000;

export class Writer {
  constructor(stack, { name, keyed = false }) {
    Object.assign(this, { stack, name, keyed, kept: new Map(), slowest: 0,
      refused: {}, repeated: 0, n: 0, running: true });
    this.agent = keptAgent();
    this.done = this.run();
  }

  async run() {
    while (this.running) {
      const title = `${this.name}-${this.n++}`;
      const headers = this.keyed ? { 'Idempotency-Key': randomUUID() } : {};
      const end = performance.now() + GIVE_UP_MS;
      while (!await this.write(title, headers) && this.keyed) {
        if (performance.now() > end) throw new Error(`${title}: no answer`);
        this.repeated++;
        await pause(AGAIN_MS);
      }
      await pause(BETWEEN_MS);
    }
    this.agent.destroy();
  }

  // True when it was acknowledged.
  async write(title, headers) {
    const began = performance.now();
    let why;
    try {
      const answer = await this.stack.ask('POST', '/items/articles', { title },
        { agent: this.agent, headers, limitMs: LIMIT_MS });
      why = answer.json?.errors?.[0].extensions.code ?? answer.status;
      if (answer.status === 200) this.kept.set(answer.json.data.id, title);
    } catch (error) {
      why = error.code ?? error.message;
    }
    this.slowest = Math.max(this.slowest, performance.now() - began);
    if (why === 200) return true;
    this.refused[why] = (this.refused[why] ?? 0) + 1;
    await pause(AGAIN_MS);
    return false;
  }

  words() {
    return `${this.name}: ${this.kept.size} acknowledged, slowest ` +
      `${Math.round(this.slowest)} ms, refused ${JSON.stringify(this.refused)}`;
  }
}

export function total(writers) {
  const sum = (what) => writers.reduce((n, writer) => n + what(writer), 0);
  return { kept: sum((writer) => writer.kept.size),
    repeated: sum((writer) => writer.repeated),
    slowest: Math.round(Math.max(...writers.map((one) => one.slowest))) };
}
