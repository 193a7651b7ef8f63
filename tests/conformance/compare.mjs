// Is this answer the recorded one? The rules are those of contract chapter 13.
// Every function gives a list of differences in words; empty means equal.

const ANY = '${ANY}';
// Said by the recorded server about itself, or by a web server between.
const OTHERS = new Set(['x-powered-by', 'content-security-policy',
  'content-length', 'connection', 'keep-alive', 'date']);

const short = (value) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === undefined ? 'nothing' : text.slice(0, 160);
};

function textDiff(want, have, at) {
  if (!want.includes(ANY))
    return want === have ? [] : [`${at}: ${short(have)}, not ${short(want)}`];
  const pattern = want.split(ANY)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
    .join('[\\s\\S]*');
  return typeof have === 'string' && new RegExp(`^${pattern}$`).test(have)
    ? [] : [`${at}: ${short(have)} does not fit ${short(want)}`];
}

// Members count in their order. anyId: the value of a numeric id is free.
export function valueDiff(want, have, anyId = false, at = '') {
  if (want === ANY) return [];
  if (typeof want === 'string') return textDiff(want, have, at || 'value');
  if (want === null || typeof want !== 'object')
    return want === have ? [] : [`${at}: ${short(have)}, not ${short(want)}`];
  if (have === null || typeof have !== 'object' ||
      Array.isArray(want) !== Array.isArray(have))
    return [`${at}: ${short(have)}, not ${short(want)}`];
  const names = Object.keys(want), others = Object.keys(have);
  if (names.join('\0') !== others.join('\0'))
    return [`${at}: members ${short(others)}, not ${short(names)}`];
  return names.flatMap((name) => anyId && name === 'id' &&
      typeof want.id === 'number' && typeof have.id === 'number'
    ? [] : valueDiff(want[name], have[name], anyId, `${at}/${name}`));
}

// Only the order by these members is promised: rows with equal ones may
// change places.
function rowsDiff(want, have, names) {
  if (!Array.isArray(have)) return [`rows: ${short(have)}`];
  const shape = (rows) => {
    const groups = [];
    let last;
    for (const row of rows) {
      const key = JSON.stringify(names.map((name) => row?.[name]));
      if (key !== last) groups.push([]);
      groups.at(-1).push(JSON.stringify(row));
      last = key;
    }
    return JSON.stringify(groups.map((group) => group.sort()));
  };
  return shape(want) === shape(have) ? []
    : [`rows ${short(have)}, not ${short(want)}`];
}

function bodyDiff(want, have, step, anyId) {
  if (want.body_text !== undefined)
    return textDiff(want.body_text, have.text, 'text');
  if (want.body === null || want.body === undefined)
    return have.text === '' ? [] : [`a body: ${short(have.text)}`];
  if (typeof want.body === 'string' && !/json/.test(want.content_type ?? ''))
    return textDiff(want.body, have.text, 'text');
  if (have.json === undefined) return [`no JSON: ${short(have.text)}`];
  if (step.order_by && Array.isArray(want.body.data))
    return rowsDiff(want.body.data, have.json.data, step.order_by);
  return valueDiff(want.body, have.json, anyId);
}

function headersDiff(want, have) {
  return Object.entries(want.headers ?? {})
    .filter(([name, value]) => value !== null && !OTHERS.has(name))
    .flatMap(([name, value]) =>
      textDiff(value, have.headers[name], `header ${name}`));
}

function answerDiff(want, have, step, anyId) {
  if (want.status !== have.status)
    return [`status ${have.status} ${short(have.text)}, not ${want.status}`];
  const type = have.headers['content-type'] ?? null;
  if (want.content_type !== undefined && type !== want.content_type &&
      (want.content_type !== null || want.status === 204))
    return [`content type ${type}, not ${want.content_type}`];
  return [...headersDiff(want, have), ...bodyDiff(want, have, step, anyId)];
}

// The recorded server stumbled: 4xx with an error list where it said 500,
// anything but a 500 elsewhere.
function lenientDiff(step, have, diff) {
  const { status } = step.response;
  const fine = status >= 500
    ? have.status >= 400 && have.status < 500 && Array.isArray(have.json?.errors)
    : have.status < 500;
  return fine ? [] : diff;
}

export function stepDiff(step, have, { anyId = false, fill = (x) => x } = {}) {
  if (step.seed) return [];
  const diff = answerDiff(fill(step.response), have, step, anyId);
  if (diff.length === 0) return [];
  if (step.better &&
      answerDiff(fill(step.better), have, step, anyId).length === 0) return [];
  if (step.lenient || step.response.status >= 500)
    return lenientDiff(step, have, diff);
  return diff;
}

function deliveryDiff(want, got) {
  if (want.method !== got.method || want.path !== got.path)
    return [`${got.method} ${got.path}`];
  if (want.body === null || want.body === undefined)
    return got.text === '' ? [] : [`a body: ${short(got.text)}`];
  const type = want.headers?.['content-type'];
  if (type && type !== got.headers['content-type'])
    return [`content type ${got.headers['content-type']}`];
  return got.json === undefined ? ['no JSON'] : valueDiff(want.body, got.json);
}

// All of one step: any order, each exactly once.
export function deliveriesDiff(wanted, got) {
  const left = [...got];
  const out = [];
  for (const want of wanted) {
    const diffs = left.map((one) => deliveryDiff(want, one));
    const at = diffs.findIndex((diff) => diff.length === 0);
    if (at >= 0) left.splice(at, 1);
    else out.push(`missing ${want.method} ${want.path} ${short(want.body)}` +
      (diffs[0] ? `; nearest: ${diffs[0]}` : ''));
  }
  for (const one of left)
    out.push(`not recorded: ${one.method} ${one.path} ${short(one.text)}`);
  return out;
}
