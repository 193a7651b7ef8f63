// Events reported in lists to eight webhooks, whose receivers fail a fifth of
// the first attempts, while each second the owner or the dispatcher is killed
// (SIGKILL). Then: every acknowledged event has one delivery for each webhook,
// every delivery is delivered, which its receiver took at least once, or dead
// by the rule of its schedule; nothing waits for ever; what is strictly in
// order came in order. Duplicates are counted.
//
//     EVENTS=100000 SEED=7 node --test tests/fault/deliveries.test.mjs
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { keptAgent } from '../lib/http.mjs';
import { isAlive, startStack } from '../lib/stack.mjs';
import { pause, until } from '../lib/util.mjs';
import { Dice } from '../property/random.mjs';
import { Receiver, lotOf } from './receiver.mjs';

const EVENTS = Number(process.env.EVENTS ??
  (process.env.LONG ? 100000 : 2000));
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const LIST = 100, POSTERS = 4, KILL_MS = 1000, PAGE = 10000;
// So many deliveries wait at most: lists are posted all along.
const BACKLOG = 20000;
const ANSWER_MS = 20000, AGAIN_MS = 50, HANG_MS = 10000, STUCK_MS = 90000;

const failsFirst = (failure) => (id, attempt) =>
  attempt === 1 && lotOf(id) < 20 ? failure : 200;
const PATIENT = [0, 1, 1, 1, 1, 1, 1, 1];

// One of them: how its receiver answers, options of the webhook.
const ROLES = {
  plain: { conduct: failsFirst(500) },
  // At the same host and port.
  neighbour: { at: 'plain' },
  busy: { conduct: failsFirst(503) },
  cut: { conduct: failsFirst('cut') },
  later: { conduct: failsFirst(500), schedule: [0, 3, 1, 1, 1, 1, 1] },
  slow: { conduct: (id, attempt) => lotOf(id) >= 90 ? [200, 200]
    : failsFirst(500)(id, attempt) },
  strict: { conduct: failsFirst(500), ordered: true,
    schedule: PATIENT.map(() => 0) },
  // Not to be reached at first; answers 500 from the middle on.
  dead: { conduct: () => 500, host: '127.0.0.2', schedule: [0, 0] },
};
const NAMES = Object.keys(ROLES);

async function openReceivers() {
  const receivers = {};
  for (const [name, { conduct, host, ordered, at }] of Object.entries(ROLES))
    receivers[name] = receivers[at] ??
      await new Receiver(conduct, { host, inOrder: ordered }).open();
  await receivers.dead.close();
  return receivers;
}

// Gives the roles' names by the webhooks' ids.
async function makeWebhooks(stack, receivers) {
  const names = new Map();
  for (const name of NAMES) {
    const { ordered = false, schedule = PATIENT } = ROLES[name];
    const { id } = await stack.webhook({ name, url: receivers[name].url });
    await stack.must('PATCH', `/webhooks/${id}/options`,
      { ordered, schedule, timeout_ms: 5000 });
    names.set(id, name);
  }
  return names;
}

// Repeats each list under its key until it is acknowledged.
class Poster {
  constructor(stack, limit) {
    Object.assign(this, { stack, limit, kept: new Map(), repeated: 0,
      refused: {}, slowest: 0, next: 0, running: true });
  }

  async run() {
    const agent = keptAgent();
    while (this.running && this.next < EVENTS) {
      const from = this.next;
      this.next += LIST;
      await this.post(from, agent);
      while (this.running && this.limit() > BACKLOG) await pause(AGAIN_MS);
    }
    agent.destroy();
  }

  async reaches(count) {
    while (this.running && this.kept.size < count) await pause(AGAIN_MS);
  }

  async post(from, agent) {
    const list = Array.from({ length: Math.min(LIST, EVENTS - from) },
      (_, i) => ({ action: 'create', collection: 'articles', key: from + i,
        payload: { title: `event ${from + i}` } }));
    const headers = { 'Idempotency-Key': randomUUID() };
    const end = performance.now() + STUCK_MS;
    while (!await this.ask(list, headers, agent)) {
      assert.ok(performance.now() < end, `no answer to events ${from} ...`);
      this.repeated++;
      await pause(AGAIN_MS);
    }
  }

  async ask(list, headers, agent) {
    const began = performance.now();
    let why;
    try {
      const answer = await this.stack.ask('POST', '/events', list, { agent,
        headers, query: 'fields=id,key', limitMs: ANSWER_MS });
      why = answer.json?.errors?.[0].extensions.code ?? answer.status;
      if (answer.status === 200)
        for (const { id, key } of answer.json.data) this.kept.set(id, key);
    } catch (error) {
      why = error.code ?? error.message;
    }
    this.slowest = Math.max(this.slowest, performance.now() - began);
    if (why !== 200) this.refused[why] = (this.refused[why] ?? 0) + 1;
    return why === 200;
  }
}

// A kill each second, as long as it runs; starts the dispatcher again as a
// service manager would.
class Killer {
  constructor(stack, dice) {
    Object.assign(this, { stack, dice, running: true, counts: {} });
    this.done = this.run();
  }

  async run() {
    for (;;) {
      await pause(KILL_MS);
      if (!this.running) return;
      const who = this.dice.pick(['owner', 'dispatcher']);
      if (await this.kill(who))
        this.counts[who] = (this.counts[who] ?? 0) + 1;
    }
  }

  async kill(who) {
    const { stack } = this;
    if (who === 'owner') return stack.killOwner();
    stack.killDispatcher();
    await until('its end', () => !isAlive(stack.pids.dispatch));
    stack.launchDispatcher();
    return true;
  }

  async stop() {
    this.running = false;
    await this.done;
  }
}

const waiting = async (stack) => (await stack.must('GET', '/deliveries',
  undefined, { query: 'filter[state][_in]=pending,leased&limit=1' })).length;

// Waits as long as something comes forward.
async function settled(stack, receivers) {
  const all = [...new Set(Object.values(receivers))];
  const count = () => all.reduce((n, one) => n + one.requests, 0);
  let seen = -1, end = 0;
  for (;;) {
    if (count() !== seen) {
      seen = count();
      end = performance.now() + STUCK_MS;
    }
    try {
      if (!await waiting(stack)) return;
    } catch { /* killed just now */ }
    assert.ok(performance.now() < end, 'deliveries wait for ever');
    await pause(200);
  }
}

// All rows, a page at a time.
async function* rowsOf(stack, path, fields) {
  for (let last = 0, rows; ; last = rows.at(-1).id) {
    rows = await stack.must('GET', path, undefined, { query: `sort=id&` +
      `fields=id,${fields}&limit=${PAGE}&filter[id][_gt]=${last}` });
    yield* rows;
    if (rows.length < PAGE) return;
  }
}

// Each acknowledged event is there, and each once.
async function checkEvents(stack, kept) {
  const keys = new Set();
  for await (const { id, key } of rowsOf(stack, '/events', 'key')) {
    assert.equal(key, kept.get(id), `event ${id}`);
    assert.ok(!keys.has(key), `key ${key} twice`);
    keys.add(key);
  }
  assert.equal(keys.size, EVENTS, 'events that are there');
  assert.equal(kept.size, EVENTS, 'events that were acknowledged');
}

// What the rule of its schedule says of one delivery, in words.
function wrongOf(row, name, times) {
  const { schedule = PATIENT } = ROLES[name];
  const due = name === 'dead' ? 'dead' : 'delivered';
  if (row.state !== due) return `${row.state}`;
  if (due === 'dead')
    return row.attempts === schedule.length ? '' : `${row.attempts} attempts`;
  if (!times) return 'never came';
  return row.attempts >= 1 ? '' : 'no attempt recorded';
}

// Each event has one delivery for each webhook, and each ended as it should.
// Gives the ids of the strict one's messages, in order of delivery.
async function checkDeliveries(stack, names, receivers, kept, sum) {
  const pairs = new Set(), order = [], wrong = [];
  for await (const row of rowsOf(stack, '/deliveries',
    'message_id,event,webhook,state,attempts')) {
    const name = names.get(row.webhook), id = row.message_id;
    const words = wrongOf(row, name, receivers[name].times.get(id));
    if (words && wrong.length < 10) wrong.push(`${name} ${row.id}: ${words}`);
    if (kept.has(row.event)) pairs.add(row.event * NAMES.length +
      NAMES.indexOf(name));
    sum.states[row.state] = (sum.states[row.state] ?? 0) + 1;
    sum.attempts += row.attempts;
    sum.deliveries++;
    if (name === 'strict') order.push(id);
  }
  assert.deepEqual(wrong, [], 'not as the rule says');
  assert.equal(sum.deliveries, EVENTS * NAMES.length);
  assert.equal(pairs.size, EVENTS * NAMES.length, 'each once');
  return order;
}

// Nothing comes before all that stand before it were taken.
function checkOrder(order, arrivals) {
  const places = new Map(order.map((id, i) => [id, i]));
  let taken = 0;
  for (const { id, taken: now } of arrivals) {
    const place = places.get(id);
    assert.ok(place <= taken, `${id} is number ${place}, ${taken} were taken`);
    if (now && place === taken) taken++;
  }
  assert.equal(taken, order.length);
}

test(`${EVENTS} events, 8 webhooks, a kill each second`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const receivers = await openReceivers();
  const stack = await startStack({ conf: { dispatch:
    { breaker_wait: '100ms' } } });
  stack.expectLog(/ (warning|error) /);
  const all = [...new Set(Object.values(receivers))];
  const reached = all.filter((one) => one !== receivers.dead);
  const poster = new Poster(stack, () => poster.kept.size *
    (NAMES.length - 1) - reached.reduce((n, one) => n + one.times.size, 0));
  let killer;
  try {
    const names = await makeWebhooks(stack, receivers);
    const began = performance.now();
    killer = new Killer(stack, new Dice(SEED));
    const posting = Promise.all(
      Array.from({ length: POSTERS }, () => poster.run()));
    await Promise.race([posting, poster.reaches(EVENTS / 2)]);
    await receivers.dead.open();
    await posting;
    const posted = performance.now();
    await settled(stack, receivers);
    const ended = performance.now();
    await killer.stop();
    const sum = { deliveries: 0, attempts: 0, states: {} };
    await stack.isUp();
    await checkEvents(stack, poster.kept);
    const order = await checkDeliveries(stack, names, receivers, poster.kept,
      sum);
    checkOrder(order, receivers.strict.arrivals);
    const total = (what) => all.reduce((n, one) => n + one[what], 0);
    const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
    t.diagnostic(`${poster.kept.size} events acknowledged in ` +
      `${seconds(posted - began)}, ${poster.repeated} lists repeated, refused ` +
      `${JSON.stringify(poster.refused)}, slowest ` +
      `${Math.round(poster.slowest)} ms`);
    t.diagnostic(`${sum.deliveries} deliveries in ${seconds(ended - began)}: ` +
      `${JSON.stringify(sum.states)}, ${sum.attempts} attempts, ` +
      `${total('requests')} requests, ${total('duplicates')} duplicates, ` +
      `0 lost; killed ${JSON.stringify(killer.counts)}`);
    assert.ok(poster.slowest < HANG_MS, `a request took ${poster.slowest} ms`);
    const kills = Object.values(killer.counts).reduce((n, one) => n + one, 0);
    assert.ok(kills > 2, 'hardly any kill');
  } finally {
    poster.running = false;
    await killer?.stop();
    await stack.stop();
    await Promise.all(all.map((one) => one.close()));
  }
});
