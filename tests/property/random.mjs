// Random rows and random queries over them, in every spelling a client has.

// mulberry32: the same seed gives the same run.
export class Dice {
  constructor(seed) { this.state = seed >>> 0; }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) { return Math.floor(this.next() * n); }
  pick(list) { return list[this.below(list.length)]; }
  once(n) { return this.below(n) === 0; }
  list(most, make) {
    return Array.from({ length: this.below(most + 1) }, () => make());
  }
}

export const TYPES = { id: 'integer', i: 'integer', big: 'bigInteger',
  f: 'float', s: 'string', t: 'text', b: 'boolean', c: 'csv', j: 'json',
  at: 'timestamp', d: 'date', u: 'uuid' };
export const NAMES = Object.keys(TYPES);

const WORDS = ['a', 'A', 'ab', 'aB', 'ba', '\u00fc', '\u00dc', '\u00df', '\u0416',
  '\u0436', '_', 'b%', '100%', 'a\\b', '5', '-1', 'x y', 'a,b', '\u{1f600}'];
const HOSTILE = ['', ' lead', 'trail ', 'two\nlines', 'end\n', '\n\n', 'tab\t',
  'cr\rlf\r\n', '"q"', "it's", '<b>&amp;', ']]>', 'yes', '~', '- x', 'a: b',
  '#c', '2021-01-24', '12:30', '0x1F', '1e5', '.5', '[1]', '{a}', '|', '>',
  '&a', '*a', '!t', '%d', '@x', '`y', '\u007f', '\u0085', '\u2028', '\ufeff',
  'word '.repeat(30), '=', '<<', '? k', '---', '...', '\u0001', '\ufffe',
  'caf\u00e9 \u2713'];
const TIMES = ['1969-12-31T23:59:59.999Z', '2020-02-29T00:00:00.000Z',
  '2020-12-31T10:30:00.000Z', '2021-01-01T00:00:00.000Z',
  '2021-01-24T10:00:00.000Z', '2021-01-24T10:00:00.123Z'];
const DATES = ['0001-01-01', '1999-06-01', '2020-02-29', '2021-01-24'];
const UUIDS = ['0b1e7f6a-5a3c-4f0e-9d57-0d9a4f6f2a11',
  '6c1d2f1e-8f43-4f0b-8a55-2f6f0e7c9b22',
  'ffffffff-ffff-4fff-bfff-ffffffffffff'];
const KEYS = ['k', 'key_2', 'y', 'n', 'null', '\u00fc', 'a-b', 'a.b'];

function randomJson(dice, depth) {
  if (depth === 0 || dice.once(3))
    return dice.pick([dice.pick(HOSTILE), dice.below(9) - 4, 1.5, true, null]);
  if (dice.once(2)) return dice.list(3, () => randomJson(dice, depth - 1));
  return Object.fromEntries(dice.list(3, () =>
    [dice.pick(KEYS), randomJson(dice, depth - 1)]));
}

const MAKERS = {
  integer: (dice) => dice.below(7) - 2,
  bigInteger: (dice) => dice.pick([-5, 0, 3, 2 ** 40, 2 ** 53 - 1]),
  float: (dice) => (dice.below(9) - 3) / 2,
  string: (dice) => dice.pick(dice.once(3) ? HOSTILE : WORDS),
  text: (dice) => dice.list(3, () => dice.pick(WORDS)).join(' '),
  boolean: (dice) => dice.once(2),
  csv: (dice) => dice.list(3, () => dice.pick(['a', 'b', 'ab', '', 'x y'])),
  json: (dice) => [randomJson(dice, 2)].map((value) =>
    value !== null && typeof value === 'object' ? value : [value])[0],
  timestamp: (dice) => dice.pick(TIMES),
  date: (dice) => dice.pick(DATES),
  uuid: (dice) => dice.pick(UUIDS),
};

// As it is sent; null one time in five.
export const randomRow = (dice) => Object.fromEntries(NAMES.slice(1)
  .map((name) => [name, dice.once(5) ? null : MAKERS[TYPES[name]](dice)]));

const FUNCS = { timestamp: ['year', 'month', 'week', 'day', 'weekday', 'hour',
  'minute', 'second'], date: ['year', 'month', 'week', 'day', 'weekday'],
json: ['count'] };

// A member, or a function of one.
export function randomOperand(dice, types) {
  const name = dice.pick(NAMES.filter((one) =>
    !types || types.includes(TYPES[one])));
  const funcs = FUNCS[TYPES[name]];
  return funcs && !types && dice.once(2)
    ? `${dice.pick(funcs)}(${name})` : name;
}

const ORDERED = ['_eq', '_neq', '_lt', '_lte', '_gt', '_gte', '_between',
  '_nbetween', '_null', '_nnull'];
const LISTED = ['_in', '_nin'];
const TEXTS = ['_eq', '_neq', '_in', '_nin', '_contains', '_ncontains',
  '_icontains', '_starts_with', '_nstarts_with', '_istarts_with',
  '_nistarts_with', '_ends_with', '_nends_with', '_iends_with',
  '_niends_with', '_empty', '_nempty', '_null', '_nnull'];
export const OPERATORS = { integer: [...ORDERED, ...LISTED],
  bigInteger: [...ORDERED, ...LISTED], float: [...ORDERED, ...LISTED],
  string: TEXTS, text: TEXTS, csv: TEXTS,
  boolean: ['_eq', '_neq', '_null', '_nnull'], json: ['_null', '_nnull'],
  timestamp: [...ORDERED, ...LISTED], date: [...ORDERED, ...LISTED],
  uuid: ['_eq', '_neq', '_in', '_nin', '_null', '_nnull'] };

// Empty text is refused in filters; a lone backslash at the end, too.
function randomText(dice) {
  const text = dice.pick([...WORDS, 'a_', '%', 'a%b', '_%', 'a\\%', '\\_',
    'b, a', 'line', '\n']);
  return dice.once(6) ? text + dice.pick(WORDS) : text;
}

function randomValue(dice, type) {
  if (type === 'integer' || type === 'bigInteger')
    return dice.once(6) ? dice.pick(['2', ' 2 ', '0x2', '1e0', true])
      : MAKERS[type](dice);
  if (type === 'string' || type === 'text' || type === 'csv')
    return randomText(dice);
  if (type === 'timestamp')
    return dice.pick([...TIMES, '2021-01-24', '2021-01-24T10:00:00',
      '2021-01-24T12:00:00+02:00', '$NOW', '$NOW(-1 week)']);
  if (type === 'boolean') return dice.pick([true, false, 'yes', '0', 1]);
  if (type === 'uuid') return dice.pick([...UUIDS, UUIDS[0].toUpperCase()]);
  return MAKERS[type](dice);
}

// One operator with its value: [name, value].
function randomTest(dice, operand) {
  const func = operand.includes('(');
  let type = TYPES[func ? operand.slice(operand.indexOf('(') + 1, -1)
    : operand];
  let operators = OPERATORS[type];
  if (func && type !== 'json') {
    operators = type === 'json' ? operators : ORDERED;
    type = 'integer';
  }
  const name = dice.pick(operators);
  const value = () => func ? dice.pick([1, 6, 12, 2020, 2021, '3'])
    : randomValue(dice, type);
  if (/null|empty/.test(name)) return [name, dice.pick([true, false, 'true'])];
  if (/between/.test(name))
    return [name, Array.from({ length: dice.once(8) ? 3 : 2 }, value)];
  if (/in$/.test(name) && name.length <= 4)
    return [name, [value(), ...dice.list(3, value)]];
  // Nothing is like a null, and numbers take it for 0.
  return [name, name === '_eq' && dice.once(20) ? null : value()];
}

export function randomFilter(dice, depth = 2) {
  if (depth > 0 && dice.once(2))
    return { [dice.once(2) ? '_or' : '_and']:
      dice.list(3, () => dice.once(12) ? {} : randomFilter(dice, depth - 1)) };
  const operand = randomOperand(dice);
  if (dice.once(8))
    return { [operand]: { [dice.once(2) ? '_or' : '_and']: [1, 2].map(() =>
      Object.fromEntries([randomTest(dice, operand)])) } };
  const tests = [randomTest(dice, operand), ...dice.once(4)
    ? [randomTest(dice, operand)] : []];
  const filter = { [operand]: Object.fromEntries(tests) };
  if (dice.once(5)) Object.assign(filter, randomFilter(dice, 0));
  return filter;
}

function randomSort(dice) {
  return dice.list(3, () => (dice.once(2) ? '-' : '') + (dice.once(4)
    ? `${dice.pick(FUNCS.timestamp)}(at)`
    : dice.pick(NAMES.filter((name) => TYPES[name] !== 'json'))));
}

function randomPage(dice, query) {
  if (!dice.once(3)) query.limit = dice.pick([-1, 0, 1, 2, 5, 10, 200]);
  if (dice.once(4)) query.offset = dice.below(30);
  if (dice.once(5)) query.page = dice.below(5);
}

const AGGREGATES = { count: null, countDistinct: NAMES.filter((name) =>
  TYPES[name] !== 'json') };
for (const name of ['sum', 'sumDistinct', 'avg', 'avgDistinct'])
  AGGREGATES[name] = ['id', 'i', 'big', 'f'];
for (const name of ['min', 'max'])
  AGGREGATES[name] = ['id', 'i', 'big', 'f', 's', 't', 'c', 'at', 'd'];

function randomAggregate(dice, query) {
  if (dice.once(2)) {
    query.groupBy = dice.list(2, () => randomOperand(dice)).filter((one) =>
      one !== 'j');
    query.groupBy.push(dice.pick(['b', 's', 'c', 'd', 'year(at)']));
  }
  if (!query.groupBy || !dice.once(4)) {
    query.aggregate = {};
    if (dice.once(2)) query.aggregate.count = ['*'];
    for (let n = 1 + dice.below(3); n > 0; n--) {
      const name = dice.pick(Object.keys(AGGREGATES));
      const members = AGGREGATES[name] ?? NAMES;
      query.aggregate[name] ??= [];
      query.aggregate[name].push(dice.pick(members));
    }
  }
  if (query.groupBy && dice.once(2))
    query.sort = [...new Set(query.groupBy)]
      .map((one) => (dice.once(2) ? '-' : '') + one);
}

function randomShape(dice, query) {
  if (dice.once(2))
    query.fields = [1, ...dice.list(4, () => 1)].map(() => dice.once(8)
      ? dice.pick(['*', 'nope', 's.x']) : randomOperand(dice));
  if (dice.once(5)) {
    query.alias = { one: randomOperand(dice) };
    if (dice.once(2)) query.alias.two = 'c';
    if (query.fields) query.fields.push(dice.pick(['one', 'two']));
  }
  query.sort = randomSort(dice);
}

export function randomQuery(dice) {
  const query = {};
  if (!dice.once(4)) query.filter = randomFilter(dice);
  if (dice.once(8))
    query.search = dice.pick(['a', 'B', '%', '5', '-1', '0x2', '\u00dc', '_ ',
      'line', UUIDS[1].toUpperCase(), 'nothing']);
  randomPage(dice, query);
  if (dice.once(3)) randomAggregate(dice, query);
  else randomShape(dice, query);
  if (dice.once(4))
    query.meta = dice.pick([['total_count'], ['filter_count'], ['*'],
      ['filter_count', 'total_count']]);
  if (!query.aggregate && !query.groupBy && dice.once(6))
    query.export = dice.pick(['csv', 'json', 'xml', 'yaml']);
  return query;
}

// ---- spellings -------------------------------------------------------------

const encode = (text) => encodeURIComponent(text).replace(/%20/g, '+');

// Brackets: null when something in it cannot be said so.
function brackets(dice, name, value, depth = 0) {
  if (Array.isArray(value)) {
    if (value.length === 0 || depth > 9) return null;
    if (value.every((one) => one !== null && typeof one !== 'object')) {
      if (!dice.once(3) && !value.some((one) => String(one).includes(',')))
        return [`${name}=${encode(value.join(','))}`];
      return value.map((one, i) =>
        `${name}${dice.once(2) ? '[]' : `[${i}]`}=${encode(String(one))}`);
    }
    value = { ...value };
  }
  if (value === null || typeof value !== 'object')
    return [`${name}=${encode(String(value))}`];
  const entries = Object.entries(value);
  if (entries.length === 0 || depth > 9) return null;
  const parts = entries.map(([key, inner]) =>
    brackets(dice, `${name}[${key}]`, inner, depth + 1));
  return parts.includes(null) ? null : parts.flat();
}

// Mixed `[]` and `[0]` of one list would change its order.
function part(dice, name, value) {
  const seed = dice.state;
  const pieces = brackets(dice, name, value);
  if (!pieces) return null;
  const plain = pieces.some((one) => /\[\]=/.test(one));
  if (!plain) return pieces;
  return pieces.map((one) => one.replace(/\[\d+\](?==)/, '[]'));
}

// In a body `*` of meta is no list.
const asSearch = (query) => ({ method: 'SEARCH', body: { query:
  query.meta?.[0] === '*' ? { ...query, meta: '*' } : query } });

// {method, query, body}: GET in brackets or with JSON, or SEARCH.
export function spell(dice, query) {
  if (dice.once(4)) return asSearch(query);
  const parts = [];
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value) && value.length === 0) continue;
    if (name === 'filter' || name === 'aggregate' || name === 'alias') {
      const pieces = dice.once(2) ? part(dice, name, value) : null;
      parts.push(...pieces ?? [`${name}=${encode(JSON.stringify(value))}`]);
    } else if (name === 'meta' && value[0] === '*') {
      parts.push('meta=*');
    } else {
      parts.push(...Array.isArray(value)
        ? part(dice, name, value) : [`${name}=${encode(String(value))}`]);
    }
  }
  const text = parts.join('&');
  return text.length > 6000 ? asSearch(query)
    : { method: 'GET', query: text };
}
