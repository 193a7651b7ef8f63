// What must not be seen: everything below the state directory and a backup is
// the user's alone whatever the umask, and no log line of any level holds a
// token, a secret, a payload or a password of an address.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Sink } from '../lib/sink.mjs';
import { startStack } from '../lib/stack.mjs';
import { openBelow, until } from '../lib/util.mjs';

const umask = process.umask(0);
let sink, stack, hook;
before(async () => {
  sink = await new Sink().start();
  stack = await startStack({ editor: true,
    conf: { log: { level: 'trace' } } });
  stack.expectLog(/ warning /);
});
after(async () => {
  await stack.stop();
  await sink.stop();
  process.umask(umask);
});

const words = ['pass-word-in-url', 'header-value-seen', 'payload-words-seen',
  'idempotency-key-seen', 'wrong-token-seen', 'query-words-seen',
  'whole-body-seen'];

async function use() {
  const base = sink.url.replace('//', `//user:${words[0]}@`);
  hook = await stack.webhook({ url: base + '/in' });
  const bad = await stack.webhook({ url: `${base}/status/500` });
  for (const { id } of [hook, bad])
    await stack.must('PATCH', `/webhooks/${id}/options`, { headers: [
      { header: 'X-Api-Key', value: words[1] }], schedule: [0, 3600] });
  await stack.must('POST', '/items/articles', { title: words[2] },
    { headers: { 'Idempotency-Key': words[3] } });
  await stack.must('POST', `/webhooks/${hook.id}/test`, {});
  const refused = [
    await stack.ask('GET', '/webhooks', undefined, { token: words[4] }),
    await stack.ask('GET', '/webhooks', undefined,
      { token: undefined, query: `access_token=${words[4]}` }),
    await stack.ask('GET', '/nope', undefined,
      { query: `filter[name]=${words[5]}` }),
    await stack.ask('POST', '/webhooks', `{"${words[6]}`,
      { headers: { 'Content-Type': 'application/json' } })];
  assert.deepEqual(refused.map((one) => one.status), [401, 401, 404, 400]);
  await until('attempts', async () => (await stack.must('GET', '/deliveries'))
    .every((row) => row.attempts > 0));
}

test('no log line of any level holds what is private', async () => {
  await use();
  const { secret } = await stack.must('GET', `/webhooks/${hook.id}/secret`);
  const rotated = await stack.must('POST',
    `/webhooks/${hook.id}/secret/rotate`, { overlap_seconds: 60 });
  const log = stack.log();
  assert.match(log, / trace /, 'the level is not in force');
  const private_ = [...words, stack.token, stack.editorToken, secret,
    rotated.secret, Buffer.from(`user:${words[0]}`).toString('base64')];
  for (const word of private_) {
    assert.equal(typeof word, 'string');
    assert.equal(log.split('\n').find((line) => line.includes(word)),
      undefined);
  }
});

test('files of the state directory and of a backup are the user\'s alone',
  () => {
    const backup = join(stack.dir, 'backup');
    stack.ctl('backup', backup);
    assert.ok(readdirSync(backup).length > 3);
    for (const folder of [backup, stack.state]) {
      assert.equal(statSync(folder).mode & 0o077, 0);
      assert.deepEqual(openBelow(folder), []);
    }
  });
