// A hundred clients that stop in the middle of a request must not keep the
// others waiting, neither behind a web server nor on the bare socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FcgiConnection, begin, params, record, stdinPart, variables }
  from '../lib/fcgi.mjs';
import { RawConnection } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';

const CLIENTS = 100;
const item = { title: 'while others dawdle' };
const half = (i) => `POST /items/articles HTTP/1.1\r\nHost: a\r\n` +
  `Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n` +
  (i % 2 ? '{"title":"' : '');

async function othersAreServed(stack) {
  const took = [];
  for (let i = 0; i < 20; i++) {
    const began = performance.now();
    await stack.must('POST', '/items/articles', item);
    await stack.must('GET', '/items/articles/1');
    took.push(performance.now() - began);
  }
  assert.ok(Math.max(...took) < 1000, `slowest ${Math.max(...took)} ms`);
}

for (const server of ['lighttpd', 'nginx']) {
  test(`half-sent bodies through ${server}`, async () => {
    const stack = await startStack({ server, dispatch: false });
    const clients = Array.from({ length: CLIENTS },
      () => new RawConnection(stack.base));
    try {
      await Promise.all(clients.map((one) => one.ready));
      clients.forEach((one, i) => one.write(half(i)));
      await othersAreServed(stack);
    } finally {
      clients.forEach((one) => one.close());
      await stack.stop();
    }
  });
}

// What stays unfinished: a record's head, the variables, the body, and a
// connection that says nothing at all.
const kinds = {
  nothing: () => Buffer.alloc(0),
  'half a head': () => begin().subarray(0, 5),
  'half the variables': () => Buffer.concat([begin(),
    record(4, Buffer.from([14, 200, 82]))]),
  'half a body': () => Buffer.concat([begin(), params({
    ...variables({ method: 'POST', path: '/items/articles',
      headers: { 'Content-Type': 'application/json' } }),
    CONTENT_LENGTH: 1000 }), stdinPart(Buffer.from('{"title":'))]),
};

for (const [kind, bytes] of Object.entries(kinds)) {
  test(`${CLIENTS} connections with ${kind} on the bare socket`, async () => {
    const stack = await startStack({ server: 'none', dispatch: false,
      conf: { server: { workers: 4, receive_timeout: '2s' } } });
    stack.expectLog(/ warning /);
    const clients = [];
    try {
      for (let i = 0; i < CLIENTS; i++) {
        const one = await new FcgiConnection(stack.socket).open();
        one.socket.on('error', () => {});
        one.write(bytes());
        clients.push(one);
      }
      await othersAreServed(stack);
    } finally {
      clients.forEach((one) => one.close());
      await stack.stop();
    }
  });
}

test('a request that stops arriving is given up after its time', async () => {
  const stack = await startStack({ server: 'none', dispatch: false,
    conf: { server: { receive_timeout: '1s' } } });
  stack.expectLog(/ warning /);
  try {
    const one = await new FcgiConnection(stack.socket).open();
    const began = performance.now();
    const gone = new Promise((done) => one.socket.on('close', done));
    one.answer(8000).then((answer) => assert.ok(answer.status >= 400),
      () => {});
    one.write(kinds['half a body']());
    await gone;
    assert.ok(performance.now() - began < 8000);
    const list = await stack.must('GET', '/items/articles');
    assert.equal(list.length, 0);
  } finally {
    await stack.stop();
  }
});
