// What the record of an attempt holds, over TLS and without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { haveOpenssl, makeCerts } from '../lib/certs.mjs';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { privateDir, removeDir, until } from '../lib/util.mjs';

if (!haveOpenssl && process.env.STRICT) throw new Error('openssl is not here');

describe('attempts', { skip: !haveOpenssl && 'openssl is not here' }, () => {
  let dir, certs, stack;
  const sinks = {};
  before(async () => {
    dir = privateDir();
    certs = makeCerts(dir);
    sinks.plain = await new Sink().start();
    sinks.good = await new Sink(certs.good).start();
    sinks.old = await new Sink(
      { ...certs.good, maxVersion: 'TLSv1.2' }).start();
    sinks.alien = await new Sink(certs.alien).start();
    sinks.other = await new Sink(certs.other).start();
    stack = await startStack({ server: 'none',
      conf: { dispatch: { ca_file: certs.caFile } } });
  });
  after(async () => {
    for (const sink of Object.values(sinks)) await sink.stop();
    await stack.stop();
    removeDir(dir);
  });

  // The first attempt of a delivery to this address.
  async function attempt(url, options = {}) {
    const { id } = await stack.webhook({ url, collections: ['authors'] });
    await stack.must('PATCH', `/webhooks/${id}/options`,
      { schedule: [0], ...options });
    await stack.must('POST', '/items/authors', { name: 'x' });
    const row = await until('its end', async () => {
      const [one] = await stack.must('GET', '/deliveries', undefined,
        { query: `filter[webhook][_eq]=${id}` });
      return ['dead', 'delivered'].includes(one?.state) && one;
    });
    await stack.must('DELETE', `/webhooks/${id}`);
    const { log } = await stack.must('GET', `/deliveries/${row.id}`);
    assert.equal(row.last_error ?? null, log[0].error);
    return log[0];
  }

  test('times, address, versions', async () => {
    const began = Date.now();
    const { port } = sinks.good;
    const a = await attempt(`https://localhost:${port}/ok`);
    assert.equal(a.n, 1);
    assert.ok(Date.parse(a.at) >= began && Date.parse(a.at) <= Date.now());
    assert.equal(a.url, `https://localhost:${port}/ok`);
    assert.equal(a.address, `127.0.0.1:${port}`);
    assert.equal(a.http_version, '1.1');
    assert.equal(a.tls, 'TLSv1.3');
    assert.equal(a.status, 200);
    assert.equal(a.outcome, 'delivered');
    assert.equal(a.error, null);
    for (const name of ['dns_ms', 'connect_ms', 'tls_ms', 'first_byte_ms'])
      assert.ok(a[name] > 0 && a[name] < 10000, `${name}: ${a[name]}`);
    assert.ok(a.first_byte_ms >= a.dns_ms + a.connect_ms + a.tls_ms);
    assert.ok(a.total_ms >= a.first_byte_ms);
    assert.equal(a.response_body, 'ok');
    assert.equal(a.response_truncated, false);
    assert.equal(a.retry_after, null);
  });

  test('without TLS there is no time and no version of it', async () => {
    const a = await attempt(sinks.plain.url);
    assert.equal(a.tls, null);
    assert.equal(a.tls_ms, 0);
    assert.ok(a.connect_ms > 0);
  });

  test('headers both ways, what is secret masked', async () => {
    const { host } = sinks.plain;
    const a = await attempt(`http://me:hush@${host}/headers`, { headers: [
      { header: 'X-Team', value: 'red' },
      { header: 'X-Api-Key', value: 'hush' }] });
    const sent = Object.fromEntries(
      a.request_headers.map(({ name, value }) => [name.toLowerCase(), value]));
    const [got] = sinks.plain.at('/headers');
    for (const name of ['content-type', 'accept', 'user-agent', 'webhook-id',
      'webhook-timestamp', 'webhook-signature', 'webhook-attempt', 'x-team'])
      assert.equal(sent[name], got.headers[name], name);
    assert.equal(sent.authorization, '***');
    assert.equal(sent['x-api-key'], '***');
    assert.equal(got.headers['x-api-key'], 'hush');
    const answered = Object.fromEntries(
      a.response_headers.map(({ name, value }) => [name, value]));
    assert.equal(answered['X-Name'], 'blue');
    assert.equal(answered['Set-Cookie'], '***');
    assert.equal(a.url, `http://***@${host}/headers`);
    assert.doesNotMatch(JSON.stringify(a), /hush/);
    assert.equal(a.retry_after, 7);
    assert.equal(a.response_body, 'a\\xff\0b');
    assert.equal(a.error, 'answered 503');
  });

  test('16 KiB of the answer', async () => {
    for (const [bytes, kept] of [[16384, 16384], [16385, 16384]]) {
      const a = await attempt(`${sinks.plain.url}/huge/${bytes}`);
      assert.equal(a.response_body.length, kept);
      assert.equal(a.response_truncated, bytes > kept);
      assert.equal(a.outcome, 'delivered');
    }
  });

  const TLS = [
    // receiver, options, outcome, version, words
    ['good', {}, 'delivered', 'TLSv1.3'],
    ['old', {}, 'delivered', 'TLSv1.2'],
    ['alien', {}, 'tls', null, /certificate could not be verified/],
    ['alien', { verify_tls: false }, 'delivered', 'TLSv1.3, not verified'],
    ['other', {}, 'tls', null, /certificate could not be verified/],
    ['other', { verify_tls: false }, 'delivered', 'TLSv1.3, not verified'],
    ['plain', {}, 'tls', null, /TLS handshake failed/],
  ];
  for (const [name, options, outcome, tls, words = /^$/] of TLS)
    test(`TLS: ${name} ${JSON.stringify(options)}: ${outcome}`, async () => {
      const a = await attempt(`https://${sinks[name].host}/`, options);
      assert.equal(a.outcome, outcome, JSON.stringify(a));
      assert.equal(a.tls, tls);
      assert.match(a.error ?? '', words);
      assert.equal(a.address, sinks[name].host);
    });

  test('a name that leads nowhere: no address, no times', async () => {
    const a = await attempt('http://nowhere.invalid/');
    assert.equal(a.outcome, 'dns');
    assert.equal(a.error, 'the host name could not be resolved');
    assert.equal(a.address, null);
    assert.equal(a.status, null);
    assert.equal(a.connect_ms, 0);
  });
});
