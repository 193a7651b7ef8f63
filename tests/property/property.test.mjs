// 10,000 random queries over random rows, through HTTP, each answer held
// against slow.mjs; exports are read back by Python's parsers.
//   SEED=n RUNS=n node --test tests/property/property.test.mjs
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keptAgent } from '../lib/http.mjs';
import { startStack } from '../lib/stack.mjs';
import { Readers, canRead, expected } from './exports.mjs';
import { Dice, NAMES, TYPES, randomQuery, randomRow, spell }
  from './random.mjs';
import { answer, single, stored } from './slow.mjs';

const SEED = Number(process.env.SEED ?? Date.now() % 1e9);
const RUNS = Number(process.env.RUNS ?? 10000);
const PER_TABLE = 250;
const THINGS = { collection: 'things', fields: NAMES.map((field) => ({ field,
  type: TYPES[field], ...field === 'id' ? { schema: { is_primary_key: true,
    has_auto_increment: true } } : {} })) };

let stack, agent, readers, rows;
before(async () => {
  stack = await startStack({ dispatch: false, collections: [THINGS] });
  agent = keptAgent();
  if (canRead) readers = new Readers();
});
after(() => {
  agent.destroy();
  readers?.stop();
  return stack.stop();
});

async function newRows(dice) {
  await stack.must('DELETE', '/items/things', { query: { limit: -1 } });
  const sent = Array.from({ length: dice.below(40) }, () => randomRow(dice));
  const made = await stack.must('POST', '/items/things', sent);
  rows = sent.map((row, i) => stored({ id: made[i].id, ...row }));
}

// An average of whole numbers has more digits than a double: near is enough.
function digits(want, have) {
  if (want !== null && typeof want === 'object' && 'average' in want) {
    const near = /^-?\d+(\.\d+)?$/.test(have) && typeof have === 'string' &&
      Math.abs(Number(have) - want.average) <=
      1e-9 * Math.max(1, Math.abs(want.average));
    return near ? have : `about ${want.average}`;
  }
  if (want === null || typeof want !== 'object') return want;
  const pairs = Object.entries(want).map(([name, value]) =>
    [name, digits(value, have?.[name])]);
  return Array.isArray(want) ? pairs.map(([, value]) => value)
    : Object.fromEntries(pairs);
}

// The first difference, with what stands before it.
function same(have, want, more) {
  if (have === want) return;
  let at = 0;
  while (have[at] === want[at]) at++;
  const from = Math.max(0, at - 60);
  assert.fail(`${more ?? ''} have ...${have.slice(from, at + 60)}\n` +
    `want ...${want.slice(from, at + 60)}`);
}

async function checkExport(query, have, shown, one) {
  const want = expected(query.export, shown, one);
  assert.equal(have.status, want.status, have.text);
  if (want.status !== 200 || !readers) return;
  const read = await readers.read(query.export, have.text);
  same(JSON.stringify(read.value) ?? '', JSON.stringify(want.value),
    read.error);
}

async function check(query, asked, id) {
  const { method, query: text, body } = asked;
  const one = id !== undefined;
  const have = await stack.ask(method, `/items/things${one ? `/${id}` : ''}`,
    body, { query: text, agent });
  const want = one
    ? { rows: [single(rows.find((row) => row.id === id), query)] }
    : answer(rows, query);
  if (one && want.rows[0] === undefined) return assert.equal(have.status, 403);
  if (query.export) return checkExport(query, have, want.rows, one);
  assert.equal(have.status, 200, have.text);
  const shown = digits(want.rows, one ? [have.json.data] : have.json.data);
  const data = { data: one ? shown[0] : shown };
  return same(have.text, JSON.stringify(want.meta && !one
    ? { meta: want.meta, ...data } : data));
}

test(`random queries mean what they say, seed ${SEED}`, async (t) => {
  const dice = new Dice(SEED);
  t.diagnostic(`seed ${SEED}, ${RUNS} queries`);
  if (!canRead) t.diagnostic('exports are not read back: no python3-yaml');
  for (let run = 0; run < RUNS; run++) {
    if (run % PER_TABLE === 0) await newRows(dice);
    const query = randomQuery(dice);
    const asked = spell(dice, query);
    let id;
    if (asked.method === 'GET' && rows.length > 0 && dice.once(8))
      ({ id } = dice.pick(rows));
    try {
      await check(query, asked, id);
    } catch (error) {
      error.message = `seed ${SEED}, query ${run}: ` +
        `${JSON.stringify(query)}\n${asked.method} ${id ?? ''} ` +
        `${asked.query ?? ''}\n${error.message}`;
      throw error;
    }
  }
});
