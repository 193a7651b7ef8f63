// A receiver on a bare socket that breaks the rules, one kind to a port. Each
// kind is a function of (socket, request): the request as far as it came when
// its head was complete.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const HEAD = 'HTTP/1.1 200 OK\r\n';
const fixed = (text) => (socket) => { socket.write(text); };
const last = (text) => (socket) => { socket.end(text); };

// Writes it again and again, as fast as it is taken or every `ms`.
function flood(first, chunk, ms) {
  return (socket) => {
    socket.write(first);
    if (ms) {
      const timer = setInterval(() => socket.write(chunk), ms);
      socket.on('close', () => clearInterval(timer));
      return;
    }
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', more);
    more();
  };
}

function dribble(text, ms) {
  return (socket) => {
    let at = 0;
    const timer = setInterval(() => {
      if (at < text.length) socket.write(text[at++]);
    }, ms);
    socket.on('close', () => clearInterval(timer));
  };
}

const bomb = gzipSync(Buffer.alloc(100e6), { level: 9 });
const gzipBomb = (socket) => {
  socket.write(`${HEAD}Content-Encoding: gzip\r\n` +
    `Content-Length: ${bomb.length}\r\n\r\n`);
  socket.write(bomb);
};

export const KINDS = {
  silent: () => {},
  slowStatus: dribble(OK, 300),
  slowHeaders: flood(HEAD, 'X-A: b\r\n', 300),
  slowBody: flood(`${HEAD}Content-Length: 1000\r\n\r\n`, 'x', 300),
  endlessHeaders: flood(HEAD, `X-A: ${'a'.repeat(1000)}\r\n`),
  tinyHeaders: flood(HEAD, 'a:\r\n'.repeat(1000)),
  longHeader: flood(`${HEAD}X-A: `, 'a'.repeat(10000)),
  noStatus: flood('', 'a'.repeat(10000)),
  http09: last('hello'),
  otherProtocol: last('SSH-2.0-OpenSSH_9.2\r\n'),
  endlessBody: flood(`${HEAD}\r\n`, 'x'.repeat(65536)),
  endlessChunks: flood(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
    `1000\r\n${'x'.repeat(4096)}\r\n`),
  tinyChunks: flood(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
    '1\r\nx\r\n'.repeat(5000)),
  hugeLength: flood(`${HEAD}Content-Length: 99999999999\r\n\r\n`,
    'x'.repeat(65536)),
  gzipBomb,
  continues: flood('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)),
  earlyHints: flood('',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100)),
  slowContinues: flood('', 'HTTP/1.1 100 Continue\r\n\r\n', 30),
  fewContinues: fixed(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(3)}${OK}`),
  upgrade: fixed('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n' +
    'Connection: Upgrade\r\n\r\n'),
  redirect: (socket, request, evil) => socket.write(
    `HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:${evil.port}/inner\r\n` +
    'Content-Length: 0\r\n\r\n'),
  close: (socket) => socket.end(),
  reset: (socket) => socket.resetAndDestroy(),
  cut: last(`${HEAD}Content-Length: 100\r\n\r\nabc`),
  cutHead: last('HTTP/1.1 200 OK\r\nContent-Le'),
  cutChunk: last(`${HEAD}Transfer-Encoding: chunked\r\n\r\n10\r\nabc`),
  resetBody: (socket) => socket.write(
    `${HEAD}Content-Length: 100\r\n\r\nabc`, () => socket.resetAndDestroy()),
  badChunk: last(`${HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`),
  negativeChunk: last(`${HEAD}Transfer-Encoding: chunked\r\n\r\n-5\r\nx\r\n`),
  hugeChunk: last(`${HEAD}Transfer-Encoding: chunked\r\n\r\n` +
    'fffffffffffffffff\r\nx\r\n'),
  badCoding: last(`${HEAD}Transfer-Encoding: gzip, nonsense\r\n\r\nx`),
  negativeLength: last(`${HEAD}Content-Length: -5\r\n\r\n`),
  twoLengths: last(`${HEAD}Content-Length: 2\r\nContent-Length: 200\r\n\r\nok`),
  badStatus: last('HTTP/1.1 99999 what\r\nContent-Length: 0\r\n\r\n'),
  zeroStatus: last('HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n'),
  http3: last('HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n'),
  nulHeader: last(`${HEAD}X: a\0b\r\nContent-Length: 2\r\n\r\nok`),
  bareReturn: fixed(`${HEAD}X-A: b\rInjected: yes\r\nContent-Length: 2\r\n` +
    '\r\nok'),
  folded: fixed(`${HEAD}X-A: b\r\n  Injected: yes\r\nContent-Length: 2\r\n` +
    '\r\nok'),
  bareLines: fixed('HTTP/1.1 200 OK\nContent-Length: 2\n\nok'),
  bytes: fixed(Buffer.from(`${HEAD}X-Name: Z\xfcrich\r\n` +
    'Content-Length: 4\r\n\r\na\xff\x00b', 'latin1')),
  bigHeaders: fixed(`${HEAD}${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(40)}` +
    'Content-Length: 2\r\n\r\nok'),
  early: (socket) => {
    socket.write(OK);
    socket.pause();
    setTimeout(() => socket.resume(), 50);
  },
  earlyClose: (socket) => socket.end(
    'HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  body204: fixed('HTTP/1.1 204 No Content\r\n\r\nnobody'),
  // A second answer nobody asked for must not be taken for the next one's.
  twoAnswers: fixed(`${OK}HTTP/1.1 500 Poison\r\nContent-Length: 6\r\n\r\n` +
    'poison'),
  // Answers the first request of a connection and swallows the next one.
  closeKept: (socket, request, evil, nth) => {
    if (nth === 1) socket.write(OK);
    else socket.end();
  },
};

export class Evil {
  constructor(kind) {
    this.kind = kind;
    this.requests = [];
    this.connections = 0;
    this.sockets = new Set();
    this.server = createServer((socket) => this.take(socket));
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/${this.kind}`;
    return this;
  }

  take(socket) {
    let text = '', nth = 0, left = 0;
    this.connections++;
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      const skipped = Math.min(left, bytes.length);
      left -= skipped;
      text += bytes.toString('latin1', skipped);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const body = text.slice(end + 4);
      const length = /content-length: (\d+)/i.exec(text)?.[1] ?? 0;
      left = Number(length) - body.length;
      this.requests.push(text);
      KINDS[this.kind](socket, text, this, ++nth);
      text = '';
    });
  }

  // Ends its connections; resolved when they are gone here.
  cut() {
    return Promise.all([...this.sockets].map((socket) => {
      socket.destroy();
      return socket.closed || once(socket, 'close');
    }));
  }

  async stop() {
    await this.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}
