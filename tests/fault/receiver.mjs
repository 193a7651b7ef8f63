// A receiver for very many deliveries: the least of HTTP/1.1, with a port of
// its own, and what it keeps of a delivery is how often it took it.
import { createServer } from 'node:net';

const HEADERS_END = Buffer.from('\r\n\r\n');
const ID = /^webhook-id: (\S+)/im, ATTEMPT = /^webhook-attempt: (\d+)/im;
const LENGTH = /^content-length: (\d+)/im;

// The same of a hundred for an id, wherever it is asked.
export function lotOf(id) {
  let hash = 0;
  for (let i = 0; i < id.length; i++)
    hash = (Math.imul(hash, 31) + id.charCodeAt(i)) >>> 0;
  return hash % 100;
}

export class Receiver {
  // conduct(id, attempt): the status to answer with, or [status, ms] to do so
  // later, or 'cut' to end the connection without an answer.
  constructor(conduct, { host = '127.0.0.1', inOrder = false } = {}) {
    Object.assign(this, { conduct, host, port: 0, requests: 0, taken: 0 });
    this.times = new Map();                   // id -> how often it was taken
    this.arrivals = inOrder ? [] : undefined; // {id, taken}, as they came
    this.sockets = new Set();
  }

  // Again on the port it had before.
  async open() {
    this.server = createServer((socket) => this.welcome(socket));
    await new Promise((done, fail) => this.server.on('error', fail)
      .listen({ host: this.host, port: this.port, backlog: 1024 }, done));
    this.port = this.server.address().port;
    this.url = `http://${this.host}:${this.port}/`;
    return this;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => this.server.close(done));
  }

  welcome(socket) {
    let rest = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (bytes) => {
      rest = rest.length ? Buffer.concat([rest, bytes]) : bytes;
      for (let end; (end = rest.indexOf(HEADERS_END)) >= 0;) {
        const head = rest.toString('latin1', 0, end);
        const whole = end + 4 + Number(LENGTH.exec(head)?.[1] ?? 0);
        if (rest.length < whole) return;
        rest = rest.subarray(whole);
        this.take(socket, ID.exec(head)[1], Number(ATTEMPT.exec(head)[1]));
      }
    });
  }

  take(socket, id, attempt) {
    this.requests++;
    const [status, ms] = [this.conduct(id, attempt)].flat();
    if (ms) setTimeout(() => this.answer(socket, id, status), ms);
    else this.answer(socket, id, status);
  }

  answer(socket, id, status) {
    const taken = status < 300;
    this.arrivals?.push({ id, taken });
    if (status === 'cut' || socket.destroyed) {
      socket.resetAndDestroy();
      return;
    }
    if (taken) {
      this.taken++;
      this.times.set(id, (this.times.get(id) ?? 0) + 1);
    }
    socket.write(`HTTP/1.1 ${status} -\r\nContent-Length: 0\r\n\r\n`);
  }

  get duplicates() { return this.taken - this.times.size; }
}
