// Receivers verify with other people's libraries: standardwebhooks and svix
// judge the signatures, cloudevents reads the event.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, verify } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';

const load = (name) => import(name).catch(() => null);
const [standard, svix, cloud] = [await load('standardwebhooks'),
  await load('svix'), await load('cloudevents')];
const skip = standard && svix && cloud ? false
  : 'npm ci was not run in tests/';
if (skip && (process.env.CI === 'true' || process.env.STRICT))
  throw new Error(skip);

describe('libraries of receivers', { skip }, () => {
  const LIBRARIES = { standard, svix };
  let stack, sink;
  before(async () => {
    sink = await new Sink().start();
    stack = await startStack({ server: 'none' });
  });
  after(async () => {
    await sink.stop();
    await stack.stop();
  });
  beforeEach(async () => {
    await stack.must('DELETE', '/webhooks', { query: { limit: -1 } });
    sink.clear();
  });

  async function hook(options = {}, fields = {}) {
    const made = await stack.webhook({ url: sink.url + '/ok', ...fields });
    await stack.must('PATCH', `/webhooks/${made.id}/options`, options);
    return `/webhooks/${made.id}`;
  }

  async function sent(title = 'Zürich – 東京 ✓') {
    sink.clear();
    await stack.must('POST', '/items/articles', { title });
    return (await sink.wait('/ok'))[0];
  }

  const verifies = (library, secret, got) => {
    try {
      return new LIBRARIES[library].Webhook(secret)
        .verify(got.text, got.headers) !== undefined;
    } catch {
      return false;
    }
  };

  for (const library of ['standard', 'svix'])
    test(`${library}: its own, changed bodies, foreign secrets`, async () => {
      const path = await hook();
      const { secret } = await stack.must('GET', path + '/secret');
      const got = await sent();
      assert.ok(verifies(library, secret, got));
      assert.ok(!verifies(library, secret, { ...got, text: got.text + ' ' }));
      assert.ok(!verifies(library, 'whsec_' + 'A'.repeat(43) + '=', got));
      for (const name of ['webhook-id', 'webhook-timestamp']) {
        const headers = { ...got.headers, [name]: got.headers[name] + '1' };
        assert.ok(!verifies(library, secret, { ...got, headers }), name);
      }
    });

  test('rotation: both verify for the overlap, then the new one', async () => {
    const path = await hook();
    const { secret: old } = await stack.must('GET', path + '/secret');
    const rotated = await stack.must('POST', path + '/secret/rotate',
      { overlap: 604800 });
    assert.equal(rotated.previous, old);
    const week = Date.parse(rotated.previous_until) - Date.now();
    assert.ok(Math.abs(week - 604800e3) < 10000);
    const both = await sent();
    for (const library of Object.keys(LIBRARIES)) {
      assert.ok(verifies(library, old, both));
      assert.ok(verifies(library, rotated.secret, both));
    }
    const last = await stack.must('POST', path + '/secret/rotate',
      { overlap: 0 });
    assert.equal(last.previous, null);
    const one = await sent();
    for (const library of Object.keys(LIBRARIES)) {
      assert.ok(!verifies(library, rotated.secret, one));
      assert.ok(verifies(library, last.secret, one));
    }
    for (const overlap of [-1, 604801, 1.5, '1d', null]) {
      const no = await stack.ask('POST', path + '/secret/rotate', { overlap });
      assert.equal(no.status, 400, `${overlap}`);
    }
  });

  // The libraries verify v1 only and pass over v1a: the key as it is shown,
  // Node and the text of the standard do.
  const keyOf = (text) => createPublicKey({ format: 'der', type: 'spki',
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(text.replace(/^whpk_/, ''), 'base64')]) });
  const tokens = (got, kind) => got.headers['webhook-signature'].split(' ')
    .filter((token) => token.startsWith(kind + ','));
  const v1a = (text, got) => tokens(got, 'v1a').map((token) => verify(null,
    Buffer.concat([Buffer.from(`${got.headers['webhook-id']}.${
      got.headers['webhook-timestamp']}.`), got.body]),
    keyOf(text), Buffer.from(token.slice(4), 'base64')));

  test('ed25519 beside v1: public key shown, rotated with the secret',
    async () => {
      const path = await hook({ ed25519: true });
      const first = await stack.must('GET', path + '/secret');
      assert.match(first.public_key, /^whpk_[A-Za-z0-9+/]{43}=$/);
      assert.equal(first.previous_public_key, null);
      const got = await sent();
      assert.deepEqual(v1a(first.public_key, got), [true]);
      assert.deepEqual(v1a(first.public_key, { ...got,
        body: Buffer.concat([got.body, Buffer.from(' ')]) }), [false]);
      for (const library of Object.keys(LIBRARIES))
        assert.ok(verifies(library, first.secret, got));
      const second = await stack.must('POST', path + '/secret/rotate', {});
      assert.notEqual(second.public_key, first.public_key);
      assert.equal(second.previous_public_key, first.public_key);
      const both = await sent();
      assert.match(both.headers['webhook-signature'],
        /^v1,\S+ v1,\S+ v1a,\S+ v1a,\S+$/);
      assert.deepEqual(v1a(second.public_key, both), [true, false]);
      assert.deepEqual(v1a(first.public_key, both), [false, true]);
      for (const secret of [first.secret, second.secret])
        assert.ok(verifies('standard', secret, both));
      await stack.must('PATCH', path + '/options', { ed25519: false });
      const off = await sent();
      assert.equal(tokens(off, 'v1a').length, 0);
      assert.equal(tokens(off, 'v1').length, 2);
    });

  test('ed25519 in the preview, by a key that is nobody\'s', async () => {
    const { headers } = await stack.must('POST', '/webhooks/preview', {
      name: 'P', url: sink.url + '/ok', actions: ['create'],
      collections: ['articles'], options: { ed25519: true } });
    const { value } = headers.find(({ name }) => name === 'webhook-signature');
    assert.match(value, /^v1,\S{44} v1a,\S{88}$/);
  });

  test('X-Hub-Signature-256 as GitHub receivers check it', async () => {
    const path = await hook({ hub_signature: true });
    const { secret } = await stack.must('GET', path + '/secret');
    const got = await sent();
    assert.equal(got.headers['x-hub-signature-256'], 'sha256=' +
      createHmac('sha256', secret).update(got.body).digest('hex'));
    assert.ok(verifies('standard', secret, got));
  });

  test('CloudEvents in binary mode', async () => {
    const path = await hook({ cloudevents: true });
    const { secret } = await stack.must('GET', path + '/secret');
    const began = Date.now();
    const got = await sent();
    const event = cloud.HTTP.toEvent({ headers: got.headers, body: got.text });
    assert.ok(event.validate());
    assert.equal(event.specversion, '1.0');
    assert.equal(event.id, got.headers['webhook-id']);
    assert.equal(event.type, 'items.create');
    assert.match(event.source, new RegExp(path + '$'));
    assert.ok(Math.abs(Date.parse(event.time) - began) < 10000);
    assert.equal(event.datacontenttype, 'application/json');
    assert.deepEqual(event.data, got.json);
    assert.ok(verifies('standard', secret, got));
    assert.equal(cloud.HTTP.isEvent({ headers: got.headers, body: got.text }),
      true);
  });

  const BAD = ['Host', 'host', 'Content-Length', 'Transfer-Encoding',
    'Connection', 'Expect', 'Trailer', 'Upgrade', 'TE', 'Keep-Alive',
    'Proxy-Authorization', 'proxy-x', 'webhook-id', 'Webhook-Signature', '',
    'X Y', 'X:Y', 'X\r\nInjected', 'X\n', 'X\0', 'Ü', 'X(', 'X/Y', ' X', 'X\t'];
  const BAD_VALUES = ['a\r\nInjected: 1', 'a\nb', '\n', 'a\rb', 'a\0b',
    'a\x7fb', 'x'.repeat(4097)];
  test('headers that must not be sent are refused', async () => {
    const path = await hook({ headers: [{ header: 'X-Fine', value: 'a\tb' }] });
    const cases = [...BAD.map((header) => [header, 'x']),
      ...BAD_VALUES.map((value) => ['X-A', value])];
    for (const [header, value] of cases) {
      const no = await stack.ask('PATCH', path + '/options',
        { headers: [{ header, value }] });
      const told = JSON.stringify([header, value.slice(0, 20), no.json]);
      assert.equal(no.status, 400, told);
      const [{ message, extensions }] = no.json.errors;
      // NUL is refused in any body.
      if (/\0/.test(header + value)) continue;
      assert.equal(extensions.field, 'headers', told);
      assert.match(message, /names and values HTTP allows/);
    }
    const got = await sent();
    assert.equal(got.headers['x-fine'], 'a\tb');
  });
});
