// The interface's own description: swagger-parser takes it for OpenAPI 3.1, it
// names every route of the program and no other, and real answers are as it
// says, with no member more.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { SRC, until } from '../lib/util.mjs';

const load = (name) => import(name).then((it) => it.default, () => null);
const [parser, Ajv, formats] = [await load('@apidevtools/swagger-parser'),
  await load('ajv/dist/2020.js'), await load('ajv-formats')];
const skip = parser && Ajv && formats ? false : 'npm ci was not run in tests/';
if (skip && (process.env.CI === 'true' || process.env.STRICT))
  throw new Error(skip);

// SEARCH has no name in OpenAPI 3.1.
const METHODS = { get: 'GET', post: 'POST', patch: 'PATCH', delete: 'DELETE',
  'x-search': 'SEARCH' };

// Rows of the route table, as they are written there: [route, handler].
function rows() {
  const text = readFileSync(join(SRC, 'src/api/routes.c'), 'utf8');
  return [...text.matchAll(/\{METHOD_(\w+),\s+"([^"]+)",\s+(\w+)/g)]
    .map(([, method, path, handler]) =>
      [`${method} ${path.replace(/:(\w+)/g, '{$1}')}`, handler])
    .filter(([route]) => !route.includes('/internal/'));
}
const routes = () => rows().map(([route]) => route);

// Handlers whose answers the query language shapes; one has a parameter of
// its own.
const SHAPED = new Set(['records_list', 'records_one', 'records_search',
  'records_create', 'records_update_one', 'records_update_many',
  'deliveries_one', 'events_report', 'collections_list']);
const OWN = { stats_webhooks: ['ids'] };
const LANGUAGE = ['aggregate', 'alias', 'deep', 'export', 'fields', 'filter',
  'groupBy', 'limit', 'meta', 'offset', 'page', 'search', 'sort'];

describe('the description of the interface', { skip }, () => {
  let stack, sink, spec, plain, ajv;
  before(async () => {
    sink = await new Sink().start();
    stack = await startStack();
    const answer = await stack.ask('GET', '/server/specs/oas', undefined,
      { token: undefined });
    assert.equal(answer.status, 200);
    plain = answer.json;
    spec = await parser.dereference(structuredClone(plain),
      { dereference: { circular: 'ignore' } });
    ajv = new Ajv({ strict: false, allErrors: true });
    formats(ajv);
    ajv.addSchema({ $id: 'oas', ...plain });
  });
  after(async () => {
    await sink.stop();
    await stack.stop();
  });

  test('it is OpenAPI 3.1 of this version', async () => {
    await parser.validate(structuredClone(plain));
    assert.match(plain.openapi, /^3\.1\./);
    assert.match(plain.info.version, /^\d+\.\d+\.\d+/);
  });

  test('every route is in it, and no other', () => {
    const told = Object.entries(plain.paths).flatMap(([path, item]) =>
      Object.keys(item).filter((key) => METHODS[key])
        .map((key) => `${METHODS[key]} ${path}`));
    assert.deepEqual(told.sort(), routes().sort());
  });

  test('every operation has its own name and tells its refusals', () => {
    const names = new Set();
    for (const [path, item] of Object.entries(plain.paths))
      for (const [key, operation] of Object.entries(item)) {
        if (!METHODS[key]) continue;
        assert.ok(!names.has(operation.operationId), operation.operationId);
        names.add(operation.operationId);
        for (const status of ['400', '401', '403', '404', '503'])
          assert.ok(operation.responses[status], `${key} ${path} ${status}`);
      }
  });

  test('every code and every operator is told', () => {
    const table = readFileSync(join(SRC, 'src/common/err.def'), 'utf8');
    const codes = [...table.matchAll(/X\(\w+, [1-9]\d\d, "(\w+)"/g)]
      .map(([, code]) => code);
    assert.deepEqual([...new Set(codes)].sort(),
      plain.components.schemas.Errors.properties.errors.items.properties
        .extensions.properties.code.enum.slice().sort());
    const operators = readFileSync(join(SRC, 'src/query/filter_ops.c'), 'utf8');
    for (const [, name] of operators.matchAll(/\{"(_\w+)"/g))
      assert.ok(plain.components.schemas.Filter.description
        .includes(`\`${name}\``), name);
  });

  test('every operation has the parameters it takes, and no other', () => {
    const namesOf = (list, where) => (list ?? []).map((one) => one.$ref
      ? plain.components.parameters[one.$ref.split('/').at(-1)] : one)
      .filter((one) => one.in === where).map((one) => one.name).sort();
    for (const [route, handler] of rows()) {
      const [method, path] = route.split(' ');
      const item = plain.paths[path];
      const operation = item[Object.keys(METHODS)
        .find((key) => METHODS[key] === method)];
      assert.deepEqual(namesOf(operation.parameters, 'query'),
        SHAPED.has(handler) ? LANGUAGE : OWN[handler] ?? [], route);
      assert.deepEqual(namesOf(operation.parameters, 'header'),
        /^(POST|PATCH|DELETE)$/.test(method) ? ['Idempotency-Key'] : [], route);
      assert.deepEqual(namesOf(item.parameters, 'path'),
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(), route);
    }
  });

  // A member that is not described is an answer not described.
  function undescribed(value, schema, at) {
    const parts = [schema, ...schema.allOf ?? []];
    const known = Object.assign({}, ...parts.map((one) => one.properties));
    if (Array.isArray(value)) {
      const items = parts.map((one) => one.items).find(Boolean);
      return items ? value.flatMap((one, i) =>
        undescribed(one, pick(items, one), `${at}/${i}`)) : [];
    }
    if (value === null || typeof value !== 'object' ||
        Object.keys(known).length === 0) return [];
    return Object.entries(value).flatMap(([name, inner]) => known[name]
      ? undescribed(inner, pick(known[name], inner), `${at}/${name}`)
      : [`${at}/${name}`]);
  }
  const pick = (schema, value) => schema.oneOf?.find((one) =>
    Array.isArray(value) === (one.type === 'array') && one.type !== 'null') ??
    schema;

  async function check(path, answer, method = 'get') {
    const status = String(answer.status);
    const { responses } = spec.paths[path][method];
    const type = answer.headers['content-type'].split(';')[0];
    const pointer = `oas#/paths/${path.replace(/\//g, '~1')}/${method}/` +
      `responses/${status}/content/${type.replace('/', '~1')}/schema`;
    const { schema } = responses[status].content[type];
    const where = `${method} ${path} ${status}`;
    if (plain.paths[path][method].responses[status].$ref === undefined) {
      const validate = ajv.getSchema(encodeURI(pointer)) ??
        assert.fail(`no schema at ${pointer}`);
      assert.ok(validate(answer.json),
        `${where}: ${ajv.errorsText(validate.errors)} in ${answer.text}`);
    } else {
      const validate = ajv.getSchema('oas#/components/schemas/Errors');
      assert.ok(validate(answer.json),
        `${where}: ${ajv.errorsText(validate.errors)} in ${answer.text}`);
    }
    if (!path.startsWith('/items'))
      assert.deepEqual(undescribed(answer.json, schema, where), []);
  }

  test('answers are as they are described', async () => {
    const hook = await stack.webhook({ url: sink.url + '/ok' });
    await stack.must('POST', '/items/articles', { title: 'told' });
    await stack.must('POST', '/items/nothing', { title: 'told' })
      .catch(() => {});
    await until('the delivery', async () => (await stack.must('GET',
      '/deliveries', undefined, { query: 'filter[state]=delivered' }))[0]);
    const gets = { '/webhooks': '/webhooks?meta=*', '/webhooks/{id}': '',
      '/webhooks/stats': '', '/webhooks/{id}/stats': '',
      '/webhooks/{id}/options': '', '/webhooks/{id}/secret': '',
      '/items/{collection}': '/items/articles?meta=*',
      '/items/{collection}/{id}': '/items/articles/1', '/events': '',
      '/events/{id}': '', '/deliveries': '', '/deliveries/{id}': '',
      '/collections': '', '/collections/{name}': '/collections/articles',
      '/fields': '', '/fields/{collection}': '/fields/directus_webhooks',
      '/fields/{collection}/{field}': '/fields/articles/title',
      '/tokens': '', '/tokens/{id}': '', '/server/health': '',
      '/server/info': '', '/server/stats': '', '/users/me': '' };
    for (const [path, real] of Object.entries(gets)) {
      const [target, query] =
        (real || path.replace('{id}', hook.id)).split('?');
      const answer = await stack.ask('GET', target, undefined, { query });
      assert.equal(answer.status, 200, target);
      await check(path, answer);
    }
  });

  test('answers of writes and refusals are, too', async () => {
    const hook = { name: 'n', url: sink.url + '/ok', actions: ['create'],
      collections: ['articles'] };
    const posts = [['/webhooks', hook], ['/webhooks', [hook]],
      ['/webhooks', {}], ['/webhooks/preview', hook],
      ['/webhooks/{id}/test', {}], ['/webhooks/{id}/secret/rotate', {}],
      ['/webhooks/{id}/secret/rotate', { overlap: -1 }],
      ['/events', { action: 'update', collection: 'articles', keys: [1] }],
      ['/deliveries/redeliver', { query: {}, dry_run: true }],
      ['/deliveries/{id}/redeliver', {}], ['/collections', { collection:
        'more' }], ['/tokens', { name: 't', role: 'reader' }],
      ['/tokens', { name: 't', role: 'king' }]];
    for (const [path, body] of posts)
      await check(path,
        await stack.ask('POST', path.replace('{id}', 1), body), 'post');
    const patch = await stack.ask('PATCH', '/webhooks/1/options',
      { timeout_ms: 5000 });
    await check('/webhooks/{id}/options', patch, 'patch');
    for (const [path, target, token] of [['/webhooks', '/webhooks?limit=x'],
      ['/webhooks/{id}', '/webhooks/99'], ['/webhooks', '/webhooks', 'wrong']]) {
      const [at, query] = target.split('?');
      await check(path, await stack.ask('GET', at, undefined,
        { query, ...token ? { token } : {} }));
    }
    assert.deepEqual((await stack.ask('GET', '/nope')).json.errors[0]
      .extensions.code, 'ROUTE_NOT_FOUND');
  });
});
