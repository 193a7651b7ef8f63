// The receiver of the tests: keeps what it got, and misbehaves by path.
//
//   /ok...          200        /status/N      that status
//   /after/N/...    a Retry-After of N seconds with 429
//   /slow/MS        answers after that long
//   /hang           never answers        /reset   ends the connection at once
//   /cut            promises more bytes than it sends
//   /huge/N         N bytes              /redirect  302 to /ok
//   /headers        a cookie, a name, a Retry-After, bytes that are no UTF-8
//   /fail-first/N/X 500 for the first N deliveries of each id, then 200
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { until } from './util.mjs';

const rules = [
  [/^\/status\/(\d+)/, (sink, got, res, n) => reply(res, Number(n))],
  [/^\/after\/(\d+)/, (sink, got, res, n) =>
    reply(res, 429, { 'Retry-After': n })],
  [/^\/slow\/(\d+)/, (sink, got, res, ms) =>
    setTimeout(() => reply(res, 200), Number(ms)).unref()],
  [/^\/hang/, () => {}],
  [/^\/reset/, (sink, got, res) => res.socket.resetAndDestroy
    ? res.socket.resetAndDestroy() : res.socket.destroy()],
  [/^\/cut/, (sink, got, res) => {
    res.writeHead(200, { 'Content-Length': '1000' });
    res.write('short', () => res.socket.destroy());
  }],
  [/^\/huge\/(\d+)/, (sink, got, res, n) => {
    res.writeHead(200);
    res.end(Buffer.alloc(Number(n), 'x'));
  }],
  [/^\/redirect/, (sink, got, res) => reply(res, 302, { Location: '/ok' })],
  [/^\/headers/, (sink, got, res) => {
    res.writeHead(503, { 'Set-Cookie': 'sid=hush', 'X-Name': 'blue',
      'Retry-After': '7' });
    res.end(Buffer.from('a\xff\0b', 'latin1'));
  }],
  [/^\/fail-first\/(\d+)/, (sink, got, res, n) =>
    reply(res, sink.countOf(got.id, got.path) > Number(n) ? 200 : 500)],
];

function reply(res, status, headers = {}) {
  res.writeHead(status, headers);
  res.end(status === 204 ? undefined : 'ok');
}

export class Sink {
  // tls: what https.createServer takes; without it, plain http.
  constructor(tls) {
    this.got = [];
    this.byId = new Map();
    const take = (req, res) => this.take(req, res);
    this.server = tls ? createTlsServer(tls, take) : createServer(take);
    this.scheme = tls ? 'https' : 'http';
    this.server.keepAliveTimeout = 60000;
  }

  async start() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.port = this.server.address().port;
    this.host = `127.0.0.1:${this.port}`;
    this.url = `${this.scheme}://${this.host}`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  take(req, res) {
    const parts = [];
    req.on('error', () => {});
    req.on('data', (part) => parts.push(part));
    req.on('end', () => {
      const body = Buffer.concat(parts);
      const got = { method: req.method, path: req.url, headers: req.headers,
        rawHeaders: req.rawHeaders, body, text: body.toString('utf8'),
        id: req.headers['webhook-id'], at: performance.now() };
      try { got.json = JSON.parse(got.text); } catch { /* no JSON */ }
      this.got.push(got);
      const key = `${got.id} ${got.path}`;
      this.byId.set(key, (this.byId.get(key) ?? 0) + 1);
      for (const [pattern, act] of rules) {
        const match = pattern.exec(req.url);
        if (match) return act(this, got, res, ...match.slice(1));
      }
      return reply(res, 200);
    });
  }

  countOf(id, path) { return this.byId.get(`${id} ${path}`) ?? 0; }
  at(path) { return this.got.filter((got) => got.path.split('?')[0] === path); }
  clear() { this.got = []; this.byId.clear(); }

  // The deliveries at this path once there are at least n.
  wait(path, n = 1, limitMs = 10000) {
    return until(`${n} deliveries at ${path}`, () => {
      const list = this.at(path);
      return list.length >= n && list;
    }, limitMs);
  }
}

// Standard Webhooks, symmetric: v1 = base64(HMAC-SHA256(id.timestamp.body)).
export function signatureOf(secret, id, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return 'v1,' + createHmac('sha256', key)
    .update(`${id}.${timestamp}.`).update(body).digest('base64');
}

export function signatureHolds(secret, got) {
  const want = Buffer.from(signatureOf(secret, got.headers['webhook-id'],
    got.headers['webhook-timestamp'], got.body));
  return (got.headers['webhook-signature'] ?? '').split(' ').some((have) => {
    const bytes = Buffer.from(have);
    return bytes.length === want.length && timingSafeEqual(bytes, want);
  });
}
