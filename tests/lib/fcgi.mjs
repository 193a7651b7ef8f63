// A FastCGI client that speaks to the responder's own sockets, without a web
// server between: owner.sock, relay.sock, or the one given with --listen.
import { connect } from 'node:net';

const TYPE = { BEGIN: 1, ABORT: 2, END: 3, PARAMS: 4, STDIN: 5, STDOUT: 6 };
const KEEP = 1;

export function record(type, content = Buffer.alloc(0), id = 1) {
  const head = Buffer.from([1, type, id >> 8, id & 255,
    content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([head, content]);
}

export const begin = (keep = true) => record(TYPE.BEGIN,
  Buffer.from([0, 1, keep ? KEEP : 0, 0, 0, 0, 0, 0]));

function length(n) {
  if (n < 128) return Buffer.from([n]);
  const out = Buffer.alloc(4);
  out.writeUInt32BE((n | 0x80000000) >>> 0);
  return out;
}

function stream(type, bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 65528)
    parts.push(record(type, bytes.subarray(at, at + 65528)));
  parts.push(record(type));
  return Buffer.concat(parts);
}

export function params(pairs) {
  const parts = [];
  for (const [name, value] of Object.entries(pairs)) {
    const n = Buffer.from(name), v = Buffer.from(String(value));
    parts.push(length(n.length), length(v.length), n, v);
  }
  return stream(TYPE.PARAMS, Buffer.concat(parts));
}

export const stdin = (bytes) => stream(TYPE.STDIN, bytes);
// Without the empty record at the end: a body that is still coming.
export const stdinPart = (bytes) => record(TYPE.STDIN, bytes);

// The variables a web server would give for this request.
export function variables({ method = 'GET', path = '/', query = '',
  headers = {}, body, more = {} }) {
  const pairs = {
    GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1',
    REQUEST_METHOD: method, REQUEST_URI: path + (query ? '?' + query : ''),
    QUERY_STRING: query, SCRIPT_NAME: '', PATH_INFO: path,
    REMOTE_ADDR: '127.0.0.1', SERVER_SOFTWARE: 'test', ...more,
  };
  for (const [name, value] of Object.entries(headers)) {
    const upper = name.toUpperCase().replaceAll('-', '_');
    pairs[upper === 'CONTENT_TYPE' ? upper : 'HTTP_' + upper] = value;
  }
  if (body !== undefined) pairs.CONTENT_LENGTH = Buffer.byteLength(body);
  return pairs;
}

export function parseAnswer(bytes) {
  const text = bytes.toString('latin1');
  const at = text.search(/\r?\n\r?\n/);
  const head = at < 0 ? text : text.slice(0, at);
  const gap = /^\r?\n\r?\n/.exec(text.slice(at))?.[0].length ?? 0;
  const headers = {};
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const body = at < 0 ? Buffer.alloc(0) : bytes.subarray(at + gap);
  const status = Number((headers.status ?? '200').split(' ')[0]);
  return { status, headers, text: body.toString('utf8') };
}

// A connection; requests one after another.
export class FcgiConnection {
  constructor(path) {
    this.path = path;
    this.input = Buffer.alloc(0);
    this.out = [];
    this.closed = false;
  }

  open() {
    return new Promise((done, fail) => {
      this.socket = connect(this.path, () => done(this));
      this.socket.on('error', (error) => { fail(error); this.fail?.(error); });
      this.socket.on('data', (bytes) => this.take(bytes));
      this.socket.on('close', () => {
        this.closed = true;
        this.fail?.(new Error('the connection was closed'));
      });
    });
  }

  take(bytes) {
    this.input = Buffer.concat([this.input, bytes]);
    while (this.input.length >= 8) {
      const size = this.input.readUInt16BE(4), pad = this.input[6];
      if (this.input.length < 8 + size + pad) return;
      const content = this.input.subarray(8, 8 + size);
      if (this.input[1] === TYPE.STDOUT) this.out.push(Buffer.from(content));
      const type = this.input[1];
      this.input = this.input.subarray(8 + size + pad);
      if (type === TYPE.END) {
        const answer = parseAnswer(Buffer.concat(this.out));
        this.out = [];
        this.done?.(answer);
      }
    }
  }

  answer(limitMs = 10000) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() =>
        fail(new Error(`no answer within ${limitMs} ms`)), limitMs);
      this.done = (answer) => { clearTimeout(timer); done(answer); };
      this.fail = (error) => { clearTimeout(timer); fail(error); };
    });
  }

  write(bytes) { this.socket.write(bytes); }

  request(what, limitMs) {
    const body = what.body === undefined ? Buffer.alloc(0)
      : Buffer.from(what.body);
    const answer = this.answer(limitMs);
    this.write(Buffer.concat([begin(), params(variables(what)), stdin(body)]));
    return answer;
  }

  close() { this.socket?.destroy(); }
}

export async function fcgiRequest(path, what, limitMs) {
  const connection = await new FcgiConnection(path).open();
  try {
    const answer = await connection.request(what, limitMs);
    try { answer.json = JSON.parse(answer.text); } catch { /* no JSON */ }
    return answer;
  } finally {
    connection.close();
  }
}
