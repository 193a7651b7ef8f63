// Receivers of a process of their own, at every address of 127/8: `count` TLS
// ports, one that never answers and one that resets.
//   node receivers.mjs CERT KEY COUNT     prints the ports as JSON
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTls } from 'node:https';

const [cert, key] = process.argv.slice(2, 4).map((name) => readFileSync(name));
const count = Number(process.argv[4]);
const open = (server) => new Promise((done) =>
  server.listen(0, '0.0.0.0', () => done(server.address().port)));
const answer = (req, res) => {
  req.resume();
  res.writeHead(200, { 'Content-Length': 0 });
  res.end();
};

const tls = [];
for (let i = 0; i < count; i++)
  tls.push(await open(createTls({ cert, key }, answer)));
const hang = await open(createServer((req) => req.resume()));
const reset = await open(createServer((req) => req.socket.resetAndDestroy()));
console.log(JSON.stringify({ tls, hang, reset }));
