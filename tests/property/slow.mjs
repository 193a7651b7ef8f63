// What a query means, said slowly: contract chapter 7 over rows in memory, with
// no index, no plan, no heap and not one line of the program.
import { TYPES } from './random.mjs';

const bytes = (text) => Buffer.from(text);

// A row as it is stored.
export function stored(row) {
  return { ...row, c: row.c && row.c.join(','),
    at: row.at && Date.parse(row.at) };
}

function parse(operand) {
  const at = operand.indexOf('(');
  const func = at < 0 ? undefined : operand.slice(0, at);
  const name = at < 0 ? operand : operand.slice(at + 1, -1);
  return { func, name, type: TYPES[name],
    shown: func ? `${name}_${func}` : name };
}

function isoWeek(date) {
  const day = new Date(date);
  day.setUTCHours(0, 0, 0, 0);
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const first = new Date(0);
  first.setUTCFullYear(day.getUTCFullYear(), 0, 1);
  return Math.ceil(((day - first) / 86400000 + 1) / 7);
}

const FUNCS = {
  year: (date) => date.getUTCFullYear(), month: (date) => date.getUTCMonth() + 1,
  week: isoWeek, day: (date) => date.getUTCDate(),
  weekday: (date) => date.getUTCDay(), hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  second: (date) => date.getUTCSeconds() + date.getUTCMilliseconds() / 1000,
};

function valueOf(row, { func, name }) {
  const value = row[name];
  if (!func || value === null) return value;
  if (func === 'count') return Object.keys(value).length;
  return FUNCS[func](new Date(value));
}

// ---- filter ----------------------------------------------------------------

const NOW = /^\$NOW/;

function timeOf(value) {
  if (NOW.test(value))
    return Date.now() - (value.includes('week') ? 7 * 86400000 : 0);
  if (/^\d+-\d+-\d+$/.test(value)) return Date.parse(value);
  return Date.parse(/Z|[+]\d\d:\d\d$/.test(value) ? value : value + 'Z');
}

const BOOLEANS = { yes: true, true: true, 1: true, 0: false, false: false };

// The value of a filter, as the member's type has it.
function wanted(value, { func, type }) {
  if (func || ['integer', 'bigInteger', 'float'].includes(type))
    return Number(value === 'true' ? true : value);
  if (value === null) return null;
  if (type === 'timestamp') return timeOf(value);
  if (type === 'boolean') return BOOLEANS[String(value)];
  if (type === 'uuid') return value.toLowerCase();
  return String(value);
}

const lower = (text) =>
  [...text].map((one) => one.toLowerCase()).join('');

export function like(text, pattern) {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '%') source += '[^]*';
    else if (pattern[i] === '_') source += '[^]';
    else {
      if (pattern[i] === '\\') i++;
      const one = String.fromCodePoint(pattern.codePointAt(i));
      i += one.length - 1;
      source += one.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 'u').test(text);
}

const LIKES = [[/^_(n?)(i?)contains$/, '%', '%'],
  [/^_(n?)(i?)starts_with$/, '', '%'], [/^_(n?)(i?)ends_with$/, '%', '']];

function testLike(name, value, have) {
  for (const [shape, before, after] of LIKES) {
    const [whole, not, fold] = shape.exec(name) ?? [];
    if (whole === undefined) continue;
    const pattern = before + (fold ? lower(value) : value) + after;
    return like(fold ? lower(have) : have, pattern) !== Boolean(not);
  }
  throw new Error(`no operator ${name}`);
}

function compare(a, b) {
  if (typeof a === 'string') return Buffer.compare(bytes(a), bytes(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const COMPARES = { _lt: (n) => n < 0, _lte: (n) => n <= 0, _gt: (n) => n > 0,
  _gte: (n) => n >= 0, _eq: (n) => n === 0, _neq: (n) => n !== 0 };

function test(name, value, operand, have) {
  const flag = /^_(n?)(null|empty)$/.exec(name);
  if (flag) {
    const is = have === null || (flag[2] === 'empty' && have === '');
    return is === (!flag[1] === (String(value) === 'true'));
  }
  const between = /^_(n?)between$/.exec(name);
  if (between && value.length !== 2) return true;
  if (have === null) return false;
  if (between) {
    const [from, to] = value.map((one) => wanted(one, operand));
    return (compare(have, from) >= 0 && compare(have, to) <= 0) !==
      Boolean(between[1]);
  }
  if (name === '_in' || name === '_nin')
    return value.some((one) => compare(have, wanted(one, operand)) === 0) ===
      (name === '_in');
  if (COMPARES[name]) {
    const want = wanted(value, operand);
    if (want === null) return name === '_neq';
    return COMPARES[name](compare(have, want));
  }
  return testLike(name, value, have);
}

// {} and empty lists are no condition, and so is what passes it on.
export function matches(filter, row, operand) {
  return Object.entries(filter).every(([key, value]) => {
    if (key === '_and')
      return value.every((one) => matches(one, row, operand));
    if (key === '_or')
      return value.length === 0 ||
        value.some((one) => matches(one, row, operand));
    if (operand) return test(key, value, operand, valueOf(row, operand));
    return matches(value, row, parse(key));
  });
}

function found(search, row) {
  const number = Number(search);
  return Object.entries(TYPES).some(([name, type]) => {
    const value = row[name];
    if (value === null) return false;
    if (type === 'string' || type === 'text')
      return like(lower(value), `%${lower(search)}%`);
    if (type === 'uuid') return value === search.toLowerCase();
    return ['integer', 'bigInteger', 'float'].includes(type) &&
      search.trim() !== '' && value === number;
  });
}

// ---- order and page --------------------------------------------------------

function inOrder(rows, sort, read) {
  const keys = sort.map((one) => one[0] === '-'
    ? { down: -1, of: one.slice(1) } : { down: 1, of: one });
  return rows.map((row, at) => ({ row, at })).sort((a, b) => {
    for (const { down, of } of keys) {
      const x = read(a.row, of), y = read(b.row, of);
      const order = x === null || y === null
        ? (x === null) - (y === null) : compare(x, y);
      if (order) return down * order;
    }
    return a.at - b.at;
  }).map((one) => one.row);
}

function page(rows, { limit = 100, offset = 0, page: no = 0 }) {
  const skip = no > 0 ? (limit > 0 ? limit * (no - 1) : 0) : offset;
  return limit < 0 ? rows.slice(skip) : rows.slice(skip, skip + limit);
}

// ---- shape -----------------------------------------------------------------

function show(value, { func, type }, raw) {
  if (value === null) return null;
  if (func === 'count') return value;
  if (func === 'second') return value.toFixed(6);
  if (func) return String(value);
  if (type === 'timestamp') return new Date(value).toISOString();
  if (type === 'csv' && !raw) return value === '' ? [] : value.split(',');
  return value;
}

function shape(row, { fields = ['*'], alias = {} }) {
  const shown = {};
  const add = (name, operand, raw) => {
    if (!(name in shown))
      shown[name] = show(valueOf(row, operand), operand, raw);
  };
  const addAlias = (name) => {
    const operand = parse(alias[name]);
    if (operand.type) add(name, operand, true);
  };
  for (const field of fields) {
    if (field === '*') {
      for (const name of Object.keys(TYPES)) add(name, parse(name));
      Object.keys(alias).forEach(addAlias);
    } else if (field in alias) {
      addAlias(field);
    } else if (parse(field).type) {
      add(parse(field).shown, parse(field));
    }
  }
  return shown;
}

// ---- aggregate -------------------------------------------------------------

const isWhole = (type) => type === 'integer' || type === 'bigInteger';

function aggregate(name, member, rows) {
  if (member === '*') return String(rows.length);
  const operand = parse(member);
  let values = rows.map((row) => valueOf(row, operand))
    .filter((value) => value !== null);
  if (name.endsWith('Distinct')) values = [...new Set(values)];
  if (name.startsWith('count')) return String(values.length);
  if (values.length === 0) return null;
  if (name === 'min' || name === 'max') {
    const best = values.reduce((a, b) =>
      (compare(b, a) < 0) === (name === 'min') && compare(b, a) !== 0 ? b : a);
    return show(best, operand, true);
  }
  const whole = isWhole(operand.type);
  const sum = whole ? values.reduce((a, b) => a + BigInt(b), 0n)
    : values.reduce((a, b) => a + b, 0);
  if (name.startsWith('sum')) return whole ? String(sum) : sum;
  // Digits of a whole average are told apart by its reader.
  return whole ? { average: Number(sum) / values.length }
    : sum / values.length;
}

function tally(rows, { groupBy, aggregate: asked = {}, sort }) {
  const by = [...new Set(groupBy ?? [])].map(parse);
  const groups = new Map();
  for (const row of rows) {
    const values = by.map((operand) => valueOf(row, operand));
    const key = JSON.stringify(values);
    if (!groups.has(key)) groups.set(key, { values, rows: [] });
    groups.get(key).rows.push(row);
  }
  if (!groupBy && groups.size === 0) groups.set('', { values: [], rows: [] });
  const order = sort?.length ? sort : groupBy ? [groupBy[0]] : [];
  const read = (group, of) =>
    group.values[by.findIndex((one) => one.shown === parse(of).shown)];
  return inOrder([...groups.values()], order, read).map((group) => {
    const out = {};
    by.forEach((operand, i) => {
      out[operand.shown] = show(group.values[i], operand);
    });
    for (const [name, members] of Object.entries(asked)) {
      const named = members.filter((one) => one !== '*');
      if (named.length === 0) out[name] = aggregate(name, '*', group.rows);
      else out[name] = Object.fromEntries(named.map((member) =>
        [member, aggregate(name, member, group.rows)]));
    }
    return out;
  });
}

// ---- the whole answer ------------------------------------------------------

const byOperand = (row, of) => valueOf(row, parse(of));

// {rows, meta}: `rows` as they are shown.
export function answer(all, query) {
  let rows = all.filter((row) => !query.filter || matches(query.filter, row));
  if (query.search) rows = rows.filter((row) => found(query.search, row));
  const counts = { total_count: all.length, filter_count: rows.length };
  const meta = query.meta && Object.fromEntries((query.meta[0] === '*'
    ? Object.keys(counts) : query.meta).map((name) => [name, counts[name]]));
  if (query.groupBy || query.aggregate)
    return { rows: page(tally(rows, query), query), meta };
  rows = page(inOrder(rows, query.sort ?? [], byOperand), query);
  return { rows: rows.map((row) => shape(row, query)), meta };
}

// One row by its id: a condition on the id at the top is replaced by it.
export function single(row, query) {
  const { id, ...filter } = query.filter ?? {};
  const { rows } = answer([row], { ...query, filter, sort: [] });
  return rows[0];
}
