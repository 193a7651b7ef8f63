// What the page says about a delivery is true: its curl line makes the same
// call, each of its snippets finds the signature good and a forged one bad.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { has, startStack } from '../lib/stack.mjs';
import { Sink } from '../lib/sink.mjs';
import { until } from '../lib/util.mjs';
import { heading, launch, openPage, show, signIn, skip } from './page.mjs';

const run = promisify(execFile);

// Program and ending of each snippet's language.
const languages = { Shell: ['sh', 'sh'], Node: ['node', 'cjs'],
  PHP: ['php', 'php'], Python: ['python3', 'py'],
  'Node, ed25519': ['node', 'cjs'] };

describe('a delivery', { skip }, () => {
  let stack, sink, browser, hook;

  before(async () => {
    sink = await new Sink().start();
    stack = await startStack();
    browser = await launch();
    hook = await stack.webhook({ name: 'Shop', url: `${sink.url}/ok`,
      collections: ['articles', 'orders'] });
    await stack.must('PATCH', `/webhooks/${hook.id}/options`,
      { ed25519: true });
    // A body of all that shells and languages stumble over.
    await stack.must('POST', '/items/articles',
      { title: 'it\'s "5 %" of $HOME `x` \\n <b> Straße 😀' });
    await sink.wait('/ok');
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
    await sink?.stop();
  });

  const visit = (name, path, play) => test(name, async () => {
    const open = await openPage(browser);
    try {
      await signIn(open.page, stack.base, stack.token);
      await show(open.page, stack.base, path);
      await play(open.page, open.context);
      open.clean();
    } finally {
      await open.context.close();
    }
  });
  const press = (page, name) =>
    page.getByRole('button', { name, exact: true }).click();

  async function verdict(language, text, secret, key) {
    const [program, ending] = languages[language];
    const file = join(stack.dir, `verify.${ending}`);
    writeFileSync(file, text);
    const { stdout } = await run(program, [file], { timeout: 20000,
      env: { ...process.env, WEBHOOK_SECRET: secret,
        WEBHOOK_PUBLIC_KEY: key } });
    return language === 'Shell' ? text.includes(`#   ${stdout.trim()}`)
      : stdout.trim() === 'good';
  }

  visit('every snippet tells good from forged', '/deliveries/1',
    async (page) => {
      const { secret, public_key: key } =
        await stack.must('GET', `/webhooks/${hook.id}/secret`);
      const otherKey = `whpk_${generateKeyPairSync('ed25519').publicKey
        .export({ format: 'der', type: 'spki' }).subarray(-32)
        .toString('base64')}`;
      const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
      await page.getByText('Verify this signature').click();
      for (const [name, [program]] of Object.entries(languages)) {
        await press(page, name);
        const text = await page.locator('.verify pre').textContent();
        if (!has(program)) continue;
        assert.ok(await verdict(name, text, secret, key), `${name} says bad`);
        assert.ok(!await verdict(name, text, other, otherKey),
          `${name} says good`);
      }
    });

  visit('pretty for reading, raw as it was sent', '/deliveries/1',
    async (page) => {
      const body = page.getByLabel('Request: Body');
      const [{ text }] = sink.got;
      assert.equal(await body.textContent(),
        JSON.stringify(JSON.parse(text), null, 2));
      await press(page, 'Raw');
      assert.equal(await body.textContent(), text);
      await press(page, 'Pretty');
      assert.notEqual(await body.textContent(), text);
    });

  visit('the time line: each attempt with its own phases', '/deliveries/1',
    async (page) => {
      const { log } = await stack.must('GET', '/deliveries/1');
      assert.equal(await page.locator('.timeline li').count(), log.length);
      const wide = await page.locator('.phases rect').evaluateAll((all) =>
        all.reduce((sum, one) => sum + Number(one.getAttribute('width')), 0));
      assert.ok(Math.abs(wide - 1000) < 1);
    });

  visit('the curl line makes the same call', '/deliveries/1',
    async (page, context) => {
      await context.grantPermissions(['clipboard-read', 'clipboard-write']);
      await press(page, 'Copy as curl');
      const line = await page.evaluate(() => navigator.clipboard.readText());
      const [first] = sink.got;
      await run('sh', ['-c', `${line} --silent --noproxy '*' --max-time 20`]);
      const again = sink.got.at(-1);
      assert.notEqual(again, first);
      assert.equal(again.text, first.text);
      for (const name of ['webhook-id', 'webhook-signature', 'content-type'])
        assert.equal(again.headers[name], first.headers[name]);
    });

  visit('a test event of the action and collection chosen',
    '/webhooks/1/test', async (page) => {
      await page.getByRole('link', { name: 'Shop' }).waitFor();
      await page.getByLabel('Action').selectOption('update');
      await page.getByLabel('Collection').selectOption('orders');
      await press(page, 'Send test event');
      await page.getByText('The receiver took it.').waitFor();
      const { json } = sink.got.at(-1);
      assert.equal(json.event, 'items.update');
      assert.equal(json.collection, 'orders');
      await page.getByLabel('Request: Body').getByText('items.update').waitFor();
    });

  visit('an event shows what became of it', '/events/1', async (page) => {
    await page.getByRole('row', { name: /Delivered Shop 200/ }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await heading(page, 'Delivery 1');
    await page.getByRole('navigation', { name: 'You are here' })
      .getByRole('link', { name: 'Deliveries' }).click();
    await heading(page, 'Deliveries');
  });

  visit('a webhook as a filter is found by its name', '/deliveries',
    async (page) => {
      const other = await stack.webhook({ name: 'Quiet', actions: [],
        url: `${sink.url}/none` });
      const field = page.getByLabel('Webhook name or number');
      await field.fill('qui');
      const option = page.locator('datalist option');
      await until('a suggestion', async () => await option.count() === 1);
      await field.fill(await option.getAttribute('value'));
      await page.getByText('No delivery fits').waitFor();
      assert.match(page.url(), new RegExp(`webhook=${other.id}$`));
      await press(page, 'Clear filters');
      await page.locator('tbody tr').first().waitFor();
      assert.equal(await field.inputValue(), '');
    });

  visit('what a receiver answers is text', '/', async (page) => {
    const evil = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const server = createServer((req, res) => {
      res.writeHead(500, { 'X-Evil': evil, 'Content-Type': 'text/html' });
      res.end(evil);
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    const bad = await stack.webhook({ name: 'Evil', collections: ['evil'],
      url: `http://127.0.0.1:${server.address().port}/` });
    await stack.must('POST', '/events', { action: 'update', key: evil,
      collection: 'evil', payload: { [evil]: evil } });
    const [row] = await until('an attempt', async () => {
      const rows = await stack.must('GET', '/deliveries', undefined,
        { query: `filter[webhook][_eq]=${bad.id}` });
      return rows[0]?.attempts > 0 && rows;
    });
    await show(page, stack.base, `/deliveries/${row.id}`);
    const answer = (part) => page.getByLabel(`Answer: ${part}`);
    assert.ok((await answer('Body').textContent()).includes(evil));
    assert.match(await answer('Headers').textContent(), /x-evil: ">/i);
    await page.getByText('The receiver has trouble of its own').waitFor();
    for (const path of [`/events/${row.event}`, '/events', '/deliveries']) {
      await show(page, stack.base, path);
      assert.equal(await page.locator('main :is(img, script)').count(), 0);
    }
    await stack.must('DELETE', `/webhooks/${bad.id}`);
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  visit('the focus never falls to nowhere', '/tokens', async (page) => {
    await stack.makeToken({ name: 'gone', role: 'reader' });
    await page.reload();
    const focus = () => page.evaluate(() => document.activeElement.tagName);
    await page.getByRole('button', { name: 'Revoke gone' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' })
      .press('Enter');
    await until('one row less', async () =>
      await page.locator('tbody tr').count() === 1);
    await until('the focus on the heading', async () => await focus() === 'H1');
    await show(page, stack.base, '/webhooks');
    await page.getByLabel('Select Shop').press('Space');
    await page.getByRole('button', { name: 'Disable' }).press('Enter');
    await page.getByRole('status').getByText('inactive now').waitFor();
    assert.notEqual(await focus(), 'BODY');
  });
});
