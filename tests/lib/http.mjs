// HTTP requests as a test wants them: nothing is added, paths and queries go
// out as written, and requests can be left half sent.
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';

// One request, one answer {status, headers, text, json}.
export function send(base, { method = 'GET', path = '/', query, headers = {},
  body, token, agent = false, limitMs = 20000 } = {}) {
  const { hostname, port } = new URL(base);
  const all = { ...headers };
  let bytes;
  if (body !== undefined) {
    const plain = typeof body === 'string' || Buffer.isBuffer(body);
    bytes = Buffer.from(plain ? body : JSON.stringify(body));
    if (!plain && !Object.keys(all).some((k) => /^content-type$/i.test(k)))
      all['Content-Type'] = 'application/json';
    if (!Object.keys(all).some((k) => /^transfer-encoding$/i.test(k)))
      all['Content-Length'] = bytes.length;
  }
  if (token) all.Authorization = `Bearer ${token}`;
  return new Promise((done, fail) => {
    const out = httpRequest({ hostname, port, method, agent, headers: all,
      path: path + (query ? '?' + query : '') }, (res) => {
      const parts = [];
      res.on('data', (part) => parts.push(part));
      res.on('error', fail);
      res.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json;
        try { json = JSON.parse(text); } catch { /* no JSON */ }
        done({ status: res.statusCode, headers: res.headers, text, json });
      });
    });
    out.setTimeout(limitMs, () =>
      out.destroy(new Error(`no answer within ${limitMs} ms`)));
    out.on('error', fail);
    out.end(bytes);
  });
}

export const keptAgent = (sockets = 1) =>
  new Agent({ keepAlive: true, maxSockets: sockets });

// A bare connection for requests that stay half sent. `text` collects what
// comes back.
export class RawConnection {
  constructor(base) {
    const { hostname, port } = new URL(base);
    this.text = '';
    this.closed = false;
    this.socket = connect(Number(port), hostname);
    this.socket.on('error', () => {});
    this.socket.on('data', (bytes) => { this.text += bytes.toString('latin1'); });
    this.gone = new Promise((done) => this.socket.on('close', () => {
      this.closed = true;
      done();
    }));
    this.ready = new Promise((done, fail) => {
      this.socket.on('connect', done);
      this.socket.on('error', fail);
    });
  }

  write(bytes) { this.socket.write(bytes); }
  close() { this.socket.destroy(); }
  get status() { return Number(/^HTTP\/1\.[01] (\d+)/.exec(this.text)?.[1]); }
}
