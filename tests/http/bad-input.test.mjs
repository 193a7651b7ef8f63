// Every refusal of the contract: the right status and code, never a 500, and
// nothing stored.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { send } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';

const json = { 'Content-Type': 'application/json' };
const hook = { name: 'w', url: 'https://example.com/', actions: ['create'],
  collections: ['articles'] };
const nested = (n) => '['.repeat(n) + ']'.repeat(n);
const hookWith = (members) => ({ body: { ...hook, ...members } });
const raw = (body, headers = json) => ({ body, headers });
const inBody = (text) =>
  raw(JSON.stringify(hook).replace('"w"', text));

// what, method, path, the rest of the request, status, code
const cases = [
  ['no token', 'POST', '/webhooks', { body: hook, token: '' }, 403, 'FORBIDDEN'],
  ['wrong token', 'POST', '/webhooks', { body: hook, token: 'x' }, 401, 'INVALID_CREDENTIALS'],
  ['wrong token, unknown path', 'GET', '/nope', { token: 'x' }, 401, 'INVALID_CREDENTIALS'],
  ['wrong access_token', 'GET', '/webhooks', { token: '', query: 'access_token=x' }, 401, 'INVALID_CREDENTIALS'],
  ['two blanks after Bearer', 'GET', '/webhooks', { token: '', headers: { Authorization: 'Bearer  x' } }, 403, 'FORBIDDEN'],

  ['1 MiB and one byte', 'POST', '/webhooks', raw('{"a":"' + 'x'.repeat((1 << 20) - 7) + '"}'), 400, 'INVALID_PAYLOAD'],
  ['2 MiB', 'POST', '/webhooks', raw('x'.repeat(2 << 20)), 400, 'INVALID_PAYLOAD'],
  ['gzip that grows past 1 MiB', 'POST', '/webhooks', raw(gzipSync(Buffer.alloc(2 << 20, ' ')), { ...json, 'Content-Encoding': 'gzip' }), 400, 'INVALID_PAYLOAD'],
  ['gzip that is none', 'POST', '/webhooks', raw('{"a":1}', { ...json, 'Content-Encoding': 'gzip' }), 400, 'INVALID_PAYLOAD'],
  ['unknown encoding', 'POST', '/webhooks', raw('{}', { ...json, 'Content-Encoding': 'br2' }), 400, 'INVALID_PAYLOAD'],
  ['unknown charset', 'POST', '/webhooks', raw('{}', { 'Content-Type': 'application/json; charset=iso-8859-1' }), 400, 'INVALID_PAYLOAD'],
  ['33 nested lists', 'POST', '/webhooks', inBody(nested(33)), 400, 'INVALID_PAYLOAD'],
  ['100,001 values', 'POST', '/webhooks', raw('[' + '1,'.repeat(100000) + '1]'), 400, 'INVALID_PAYLOAD'],
  ['escaped NUL', 'POST', '/webhooks', inBody('"a\\u0000b"'), 400, 'INVALID_PAYLOAD'],
  ['raw NUL', 'POST', '/webhooks', inBody('"a\0b"'), 400, 'INVALID_PAYLOAD'],
  ['raw line feed in a string', 'POST', '/webhooks', inBody('"a\nb"'), 400, 'INVALID_PAYLOAD'],
  ['broken', 'POST', '/webhooks', raw('{"name":'), 400, 'INVALID_PAYLOAD'],
  ['bytes behind', 'POST', '/webhooks', raw(JSON.stringify(hook) + 'x'), 400, 'INVALID_PAYLOAD'],
  ['single quotes', 'POST', '/webhooks', raw("{'name':1}"), 400, 'INVALID_PAYLOAD'],
  ['comma at the end', 'POST', '/webhooks', raw('{"a":1,}'), 400, 'INVALID_PAYLOAD'],
  ['NaN', 'POST', '/webhooks', raw('{"a":NaN}'), 400, 'INVALID_PAYLOAD'],
  ['a bare number', 'POST', '/webhooks', raw('5'), 400, 'INVALID_PAYLOAD'],
  ['blanks only', 'POST', '/webhooks', raw('   '), 400, 'INVALID_PAYLOAD'],
  ['broken body of a GET', 'GET', '/webhooks', raw('{'), 400, 'INVALID_PAYLOAD'],
  ['broken body, wrong token', 'POST', '/webhooks', { ...raw('{'), token: 'x' }, 400, 'INVALID_PAYLOAD'],
  ['not declared as JSON', 'POST', '/webhooks', raw(JSON.stringify(hook), { 'Content-Type': 'text/plain' }), 400, 'FAILED_VALIDATION'],

  ['nothing', 'POST', '/webhooks', { body: {} }, 400, 'FAILED_VALIDATION'],
  ['no body', 'POST', '/webhooks', {}, 400, 'FAILED_VALIDATION'],
  ['null name', 'POST', '/webhooks', hookWith({ name: null }), 400, 'FAILED_VALIDATION'],
  ['a list with one bad', 'POST', '/webhooks', { body: [hook, {}] }, 400, 'FAILED_VALIDATION'],
  ['unknown method', 'POST', '/webhooks', hookWith({ method: 'PUT' }), 400, 'FAILED_VALIDATION'],
  ['lower case method', 'POST', '/webhooks', hookWith({ method: 'post' }), 400, 'FAILED_VALIDATION'],
  ['unknown status', 'POST', '/webhooks', hookWith({ status: 'paused' }), 400, 'FAILED_VALIDATION'],
  ['unknown action', 'POST', '/webhooks', hookWith({ actions: ['read'] }), 400, 'FAILED_VALIDATION'],
  ['star', 'POST', '/webhooks', hookWith({ actions: '*' }), 400, 'FAILED_VALIDATION'],
  ['url without a scheme', 'POST', '/webhooks', hookWith({ url: 'example.com' }), 400, 'FAILED_VALIDATION'],
  ['url of another scheme', 'POST', '/webhooks', hookWith({ url: 'file:///etc/passwd' }), 400, 'FAILED_VALIDATION'],
  ['url without a host', 'POST', '/webhooks', hookWith({ url: 'http://' }), 400, 'FAILED_VALIDATION'],
  ['empty url', 'POST', '/webhooks', hookWith({ url: '' }), 400, 'FAILED_VALIDATION'],
  ['url of 2,049 characters', 'POST', '/webhooks', hookWith({ url: 'http://a/' + 'x'.repeat(2040) }), 400, 'VALUE_TOO_LONG'],
  ['long name', 'POST', '/webhooks', hookWith({ name: 'n'.repeat(256) }), 400, 'VALUE_TOO_LONG'],
  ['long method', 'POST', '/webhooks', hookWith({ method: 'M'.repeat(11) }), 400, 'VALUE_TOO_LONG'],
  ['long collections', 'POST', '/webhooks', hookWith({ collections: ['c'.repeat(256)] }), 400, 'VALUE_TOO_LONG'],
  ['data that is no boolean', 'POST', '/webhooks', hookWith({ data: 'maybe' }), 400],
  ['data that is an object', 'POST', '/webhooks', hookWith({ data: {} }), 400],
  ['id that is text', 'POST', '/webhooks', hookWith({ id: 'abc' }), 403, 'FORBIDDEN'],
  ['id out of range', 'POST', '/webhooks', hookWith({ id: 2147483648 }), 400, 'VALUE_OUT_OF_RANGE'],
  ['id that is taken', 'POST', '/webhooks', hookWith({ id: 1 }), 400, 'RECORD_NOT_UNIQUE'],

  ['unknown id', 'GET', '/webhooks/99', {}, 403, 'FORBIDDEN'],
  ['id that is none', 'GET', '/webhooks/abc', {}, 403, 'FORBIDDEN'],
  ['a fraction', 'GET', '/webhooks/1.5', {}, 403, 'FORBIDDEN'],
  ['id out of range, read', 'GET', '/webhooks/99999999999', {}, 403, 'FORBIDDEN'],
  ['id of 400 digits', 'GET', '/webhooks/' + '9'.repeat(400), {}, 403, 'FORBIDDEN'],
  ['null in a patch', 'PATCH', '/webhooks/1', { body: { url: null } }, 400, 'FAILED_VALIDATION'],
  ['bad url in a patch', 'PATCH', '/webhooks/1', { body: { url: 'x' } }, 400, 'FAILED_VALIDATION'],
  ['patch of an id out of range', 'PATCH', '/webhooks/99999999999', { body: {} }, 400, 'VALUE_OUT_OF_RANGE'],
  ['patch without data', 'PATCH', '/webhooks', { body: { keys: [1] } }, 400, 'FAILED_VALIDATION'],
  ['patch with both', 'PATCH', '/webhooks', { body: { keys: [1], query: {}, data: {} } }, 400, 'FAILED_VALIDATION'],
  ['patch with more', 'PATCH', '/webhooks', { body: { other: 1, data: {} } }, 400, 'FAILED_VALIDATION'],
  ['keys that are no list', 'PATCH', '/webhooks', { body: { keys: 1, data: {} } }, 400, 'FAILED_VALIDATION'],
  ['a key that is no number', 'PATCH', '/webhooks', { body: { keys: ['x'], data: {} } }, 403, 'FORBIDDEN'],
  ['delete without a body', 'DELETE', '/webhooks', {}, 400],
  ['delete of an odd key', 'DELETE', '/webhooks', { body: [1, 'abc'] }, 403, 'FORBIDDEN'],
  ['delete of null', 'DELETE', '/webhooks', { body: [null] }, 400],
  ['search with a list', 'SEARCH', '/webhooks', { body: [] }, 400, 'FAILED_VALIDATION'],
  ['search with more', 'SEARCH', '/webhooks', { body: { foo: 1 } }, 400, 'FAILED_VALIDATION'],

  ['unknown route', 'GET', '/nope', {}, 404, 'ROUTE_NOT_FOUND'],
  ['too deep a route', 'GET', '/webhooks/1/2', {}, 404, 'ROUTE_NOT_FOUND'],
  ['doubled slash', 'GET', '//webhooks', {}, 404, 'ROUTE_NOT_FOUND'],
  ['PUT', 'PUT', '/webhooks/1', { body: hook }, 404, 'ROUTE_NOT_FOUND'],
  ['POST on one', 'POST', '/webhooks/1', { body: hook }, 404, 'ROUTE_NOT_FOUND'],
  ['TRACE', 'TRACE', '/webhooks', {}, 404, 'ROUTE_NOT_FOUND'],
  ['internal lease', 'POST', '/internal/lease', {}, 404, 'ROUTE_NOT_FOUND'],

  ['limit', 'GET', '/webhooks', { query: 'limit=abc' }, 400, 'INVALID_QUERY'],
  ['limit below -1', 'GET', '/webhooks', { query: 'limit=-2' }, 400, 'INVALID_QUERY'],
  ['offset', 'GET', '/webhooks', { query: 'offset=-1' }, 400, 'INVALID_QUERY'],
  ['limit on an unknown path', 'GET', '/nope', { query: 'limit=abc' }, 400, 'INVALID_QUERY'],
  ['unknown member', 'GET', '/webhooks', { query: 'filter[nope][_eq]=1' }, 400, 'INVALID_QUERY'],
  ['unknown operator', 'GET', '/webhooks', { query: 'filter[name][_regex]=1' }, 400, 'INVALID_QUERY'],
  ['broken filter', 'GET', '/webhooks', { query: 'filter={' }, 400, 'INVALID_QUERY'],
  ['no number', 'GET', '/webhooks', { query: 'filter[id][_eq]=x' }, 400, 'INVALID_QUERY'],
  ['unknown sort', 'GET', '/webhooks', { query: 'sort=nope' }, 400, 'INVALID_QUERY'],
  ['hidden member', 'GET', '/tokens', { query: 'filter[hash][_nnull]=true' }, 400, 'INVALID_QUERY'],
  ['meta', 'GET', '/webhooks', { query: 'meta=all' }, 400, 'INVALID_QUERY'],
  ['export', 'GET', '/webhooks', { query: 'export=pdf' }, 400, 'INVALID_QUERY'],
  ['sum of text', 'GET', '/webhooks', { query: 'aggregate[sum]=name' }, 400, 'INVALID_QUERY'],
  ['a filter 40 deep', 'GET', '/webhooks', { query: 'filter=' + encodeURIComponent('{"_and":['.repeat(40) + '{}' + ']}'.repeat(40)) }, 400, 'INVALID_QUERY'],

  ['unknown collection', 'GET', '/items/nope', {}, 403, 'FORBIDDEN'],
  ['system collection', 'GET', '/items/directus_webhooks', {}, 403, 'FORBIDDEN'],
  ['item without title', 'POST', '/items/articles', { body: {} }, 400, 'FAILED_VALIDATION'],
  ['views that is text', 'POST', '/items/articles', { body: { title: 't', views: 'many' } }, 400],
  ['views out of range', 'POST', '/items/articles', { body: { title: 't', views: 2147483648 } }, 400],
  ['views beyond 64 bits', 'POST', '/items/articles', raw('{"title":"t","views":123456789012345678901234567890}'), 400],
  ['long title', 'POST', '/items/articles', { body: { title: 't'.repeat(256) } }, 400, 'VALUE_TOO_LONG'],
  ['10,001 keys', 'DELETE', '/items/articles', { body: Array.from({ length: 10001 }, (_, i) => i + 1) }, 400, 'INVALID_PAYLOAD'],
  ['10,001 items', 'POST', '/items/articles', { body: Array.from({ length: 10001 }, () => ({ title: 't' })) }, 400, 'INVALID_PAYLOAD'],
  ['update misses its key', 'PATCH', '/items/articles', { body: [{ title: 'x' }] }, 400, 'INVALID_PAYLOAD'],

  ['event without an action', 'POST', '/events', { body: { collection: 'articles', key: 1, payload: {} } }, 400],
  ['event of another action', 'POST', '/events', { body: { action: 'read', collection: 'articles', key: 1, payload: {} } }, 400],
  ['event without a collection', 'POST', '/events', { body: { action: 'create', key: 1, payload: {} } }, 400],
  ['token of no role', 'POST', '/tokens', { body: { name: 'x', role: 'king' } }, 400],
  ['collection without a name', 'POST', '/collections', { body: { fields: [] } }, 400],
  ['collection of the system', 'POST', '/collections', { body: { collection: 'directus_x' } }, 400],
  ['field of no type', 'POST', '/collections', { body: { collection: 'c1', fields: [{ field: 'a', type: 'blob' }] } }, 400],
];

let stack;
before(async () => {
  stack = await startStack({ dispatch: false });
  await stack.webhook({ url: 'http://example.com/' });
});
after(() => stack.stop());

for (const [what, method, path, more, status, code] of cases) {
  test(what, async () => {
    const answer = await send(stack.base,
      { method, path, token: stack.token, ...more });
    assert.equal(answer.status, status, answer.text.slice(0, 300));
    if (code)
      assert.equal(answer.json?.errors?.[0]?.extensions?.code, code, answer.text);
    assert.ok(answer.json.errors[0].message.length > 0);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  });
}

test('nothing was stored by any of them', async () => {
  for (const [path, n] of [['/webhooks', 1], ['/items/articles', 0],
    ['/collections', undefined], ['/events', 0], ['/tokens', 1]]) {
    const answer = await stack.ask('GET', path, undefined, { query: 'limit=-1' });
    assert.equal(answer.status, 200, path);
    if (n !== undefined) assert.equal(answer.json.data.length, n, path);
    else assert.ok(!answer.text.includes('"c1"'));
  }
});

test('what is mended instead of refused', async () => {
  const mended = async (bytes) => {
    const answer = await send(stack.base, { method: 'POST', path: '/webhooks',
      token: stack.token, headers: json, body: bytes });
    assert.equal(answer.status, 200, answer.text);
    return answer.json.data.name;
  };
  const around = (middle) => Buffer.concat([Buffer.from('{"name":"'), middle,
    Buffer.from('","url":"http://a/","actions":[],"collections":[]}')]);
  assert.equal(await mended(around(Buffer.from([0x61, 0xff, 0x62]))), 'a\ufffdb');
  assert.equal(await mended(around(Buffer.from('a\\ud800b'))), 'a\ufffdb');
  assert.equal(await mended(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]),
    around(Buffer.from('bom'))])), 'bom');
  const deep = await stack.ask('POST', '/webhooks',
    { ...hook, unknown: JSON.parse(nested(31)) });
  assert.equal(deep.status, 200);
});
