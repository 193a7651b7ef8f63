// In a network namespace where every address is local: a receiver that
// accepts on all of them and notes which address was reached, and the name
// server of that world. Whatever is not stopped is really reached.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, connect, isIPv6 } from 'node:net';
import { until } from './util.mjs';

export const PORTS = [80, 443, 6379, 8080];
export const INNER_PORT = 8081; // on loopback addresses only

export class Canary {
  constructor() {
    this.reached = []; // addresses, in order
    this.servers = [];
  }

  async start() {
    for (const port of PORTS) {
      await this.listen('0.0.0.0', port);
      await this.listen('::', port);
    }
    await this.listen('127.0.0.1', INNER_PORT);
    await this.listen('::1', INNER_PORT);
    return this;
  }

  async listen(host, port) {
    const server = createServer((socket) => this.take(socket));
    server.listen({ host, port, ipv6Only: isIPv6(host), backlog: 511 });
    await once(server, 'listening');
    this.servers.push(server);
  }

  take(socket) {
    const address = socket.localAddress;
    let text = '';
    socket.on('error', () => {});
    this.reached.push(address);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (text.includes('\r\n\r\n')) socket.end(answerTo(text));
    });
  }

  // Everything that connected before this call is in `reached` after it:
  // connections are accepted in the order they came.
  async settle() {
    const marks = [...PORTS.flatMap((port) =>
      [['198.18.7.7', port], ['2001:db8:7::7', port]]),
    ['127.0.0.1', INNER_PORT], ['::1', INNER_PORT]];
    const before = this.reached.length;
    const sockets = marks.map(([host, port]) => connect({ host, port }));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await until('the marks', () =>
      this.reached.length >= before + marks.length);
    for (const [host] of marks)
      this.reached.splice(this.reached.lastIndexOf(host), 1);
    for (const socket of sockets) socket.destroy();
  }

  stop() {
    for (const server of this.servers) server.close();
  }
}

// /to?STATUS&LOCATION redirects, everything else is fine.
function answerTo(text) {
  const [, status, location] =
    /^\S+ \/to\?(\d+)&(\S*) /.exec(text) ?? [null, 200];
  const more = location === undefined ? '' : `Location: ${location}\r\n`;
  return `HTTP/1.1 ${status} X\r\n${more}Content-Length: 0\r\n` +
    'Connection: close\r\n\r\n';
}

function bytesOf(address) {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number));
  const four = /:(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (four) {
    const [a, b, c, d] = four.slice(1).map(Number);
    address = address.slice(0, four.index + 1) +
      `${(a << 8 | b).toString(16)}:${(c << 8 | d).toString(16)}`;
  }
  const [head, tail] = address.split('::').map((half) =>
    half ? half.split(':') : []);
  const gap = tail ? Array(8 - head.length - tail.length).fill('0') : [];
  const out = Buffer.alloc(16);
  [...head, ...gap, ...tail ?? []].forEach((word, i) =>
    out.writeUInt16BE(parseInt(word, 16), 2 * i));
  return out;
}

// A name server for exactly these names: {name: [address...]}, or a function
// that is called for each A question with how often it was asked before.
export class NameServer {
  constructor(names) {
    this.names = names;
    this.asked = new Map();
    this.socket = createSocket('udp4');
    this.socket.on('message', (question, from) =>
      this.socket.send(this.answer(question), from.port, from.address));
  }

  async start() {
    this.socket.bind(53, '127.0.0.1');
    await once(this.socket, 'listening');
    return this;
  }

  addresses(name, six) {
    const known = this.names[name];
    if (typeof known !== 'function')
      return known?.filter((one) => isIPv6(one) === six);
    if (six) return [];
    const before = this.asked.get(name) ?? 0;
    this.asked.set(name, before + 1);
    return known(before);
  }

  answer(question) {
    const labels = [];
    let at = 12;
    for (; question[at]; at += 1 + question[at])
      labels.push(question.toString('latin1', at + 1, at + 1 + question[at]));
    const type = question.readUInt16BE(at + 1);
    const list = this.addresses(labels.join('.').toLowerCase(), type === 28);
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(list ? 0x8180 : 0x8183, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(list?.length ?? 0, 6);
    const records = (list ?? []).map((address) => {
      const data = bytesOf(address);
      const record = Buffer.alloc(12);
      record.writeUInt16BE(0xc00c, 0);
      record.writeUInt16BE(type, 2);
      record.writeUInt16BE(1, 4); // class IN; the time to live stays 0
      record.writeUInt16BE(data.length, 10);
      return Buffer.concat([record, data]);
    });
    return Buffer.concat([head, question.subarray(12, at + 5), ...records]);
  }

  stop() { this.socket.close(); }
}
