// Every action of the page against the real stack; under its own policy, so
// that a violation or an error on the console fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { Sink, signatureOf } from '../lib/sink.mjs';
import { until } from '../lib/util.mjs';
import { heading, launch, openPage, show, signIn, skip } from './page.mjs';

const HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>';

describe('actions', { skip }, () => {
  let stack, sink, browser;

  before(async () => {
    sink = await new Sink().start();
    stack = await startStack({ editor: true });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
    await sink?.stop();
  });

  // A signed-in page, looked at for trouble at the end.
  const visit = (name, run) => test(name, async () => {
    const open = await openPage(browser);
    try {
      await signIn(open.page, stack.base, stack.token);
      await run(open.page, open);
      open.clean();
    } finally {
      await open.context.close();
    }
  });
  const press = (page, name) =>
    page.getByRole('button', { name, exact: true }).click();
  const confirm = (page, name) =>
    page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  const notice = (page, words) =>
    page.getByRole('status').getByText(words).waitFor();
  const webhooksNow = (query = 'sort=id') =>
    stack.must('GET', '/webhooks', undefined, { query });

  test('the policy of the page is as strict as promised', async () => {
    const { headers } = await stack.ask('GET', '/admin/');
    const policy = headers['content-security-policy'];
    for (const part of ["default-src 'none'", "script-src 'self'",
      "style-src 'self'", "frame-ancestors 'none'",
      "require-trusted-types-for 'script'"])
      assert.ok(policy.includes(part), `${part} is not in ${policy}`);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  });

  test('sign-in refuses, keeps for the session only, and ends', async () => {
    const { page, context, clean } = await openPage(browser);
    await page.goto(`${stack.base}/admin/`);
    await page.getByLabel('Access token').fill('wrong');
    await press(page, 'Sign in');
    await page.getByText('This token is not known here.').waitFor();
    await page.getByLabel('Access token').fill(stack.editorToken);
    await press(page, 'Sign in');
    await page.getByText('may not read webhooks').waitFor();
    await page.getByLabel('Access token').fill(stack.token);
    await press(page, 'Sign in');
    await heading(page, 'Webhooks');
    await page.reload();
    await heading(page, 'Webhooks');
    assert.equal(await page.evaluate(() =>
      JSON.stringify(localStorage)), '{}');
    assert.ok(!page.url().includes(stack.token));
    await press(page, 'Sign out');
    await heading(page, 'Sign in');
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    clean();
    await context.close();
  });

  visit('empty state, create with headers, errors at the field', async (page) => {
    await page.getByText('No webhooks yet').waitFor();
    await page.keyboard.press('n');
    await heading(page, 'New webhook');
    await page.getByLabel('Name', { exact: true }).fill('First');
    await page.getByLabel('Address (URL)').fill('ftp://nowhere');
    await page.getByLabel('Collections').fill('articles,');
    await press(page, 'Create webhook');
    await page.locator('.field-error', { hasText: 'url' }).waitFor();
    assert.equal(await page.getByLabel('Address (URL)')
      .getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Address (URL)').fill(`${sink.url}/ok`);
    await press(page, 'Add a header');
    await page.getByLabel('Header 1').fill('X-Mine');
    await page.getByLabel('Value 1').fill('yes');
    const preview = page.locator('.preview pre');
    await preview.getByText('X-Mine: yes').waitFor();
    for (const part of [`POST ${sink.url}/ok`, 'webhook-id: msg_',
      'webhook-timestamp: ', 'webhook-signature: v1,', '"items.create"'])
      assert.ok((await preview.textContent()).includes(part), part);
    await press(page, 'Create webhook');
    await heading(page, 'Edit First');
    const [webhook] = await webhooksNow();
    const options = await stack.must('GET', `/webhooks/${webhook.id}/options`);
    assert.deepEqual(options.headers, [{ header: 'X-Mine', value: 'yes' }]);
  });

  visit('edit, leave with unsaved changes, duplicate', async (page) => {
    await page.getByRole('link', { name: 'First' }).click();
    await heading(page, 'Edit First');
    await page.getByLabel('Name', { exact: true }).fill('Changed');
    await page.getByRole('link', { name: 'Events' }).click();
    await confirm(page, 'Cancel');
    await heading(page, 'Edit First');
    assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(),
      'Changed');
    await page.getByText('Delivery options').click();
    await page.getByLabel('Time limit (seconds)').fill('x');
    await press(page, 'Save');
    await page.locator('.field-error', { hasText: 'number' }).waitFor();
    await page.getByLabel('Time limit (seconds)').fill('5');
    await page.getByLabel('Wait before each attempt (seconds)').fill('0, 1, 600');
    await press(page, 'Save');
    await notice(page, 'Saved.');
    const [{ id }] = await webhooksNow();
    const options = await stack.must('GET', `/webhooks/${id}/options`);
    assert.equal(options.timeout_ms, 5000);
    assert.deepEqual(options.schedule, [0, 1, 600]);
    await press(page, 'Duplicate');
    await heading(page, 'New webhook');
    assert.match(await page.getByLabel('Name', { exact: true }).inputValue(),
      /\(copy\)$/);
    await press(page, 'Create webhook');
    await until('two webhooks', async () => (await webhooksNow()).length === 2);
    await heading(page, 'Edit Changed (copy)');
    const [old, copy] = await webhooksNow();
    assert.deepEqual({ ...copy, id: old.id, name: old.name }, old);
    assert.deepEqual(await stack.must('GET', `/webhooks/${copy.id}/options`),
      options);
  });

  visit('search, sort, switch, select many, delete', async (page) => {
    await page.getByRole('searchbox').fill('(copy)');
    await until('one row', async () =>
      await page.locator('tbody tr').count() === 1);
    assert.match(page.url(), /q=/);
    await page.getByRole('searchbox').fill('nothing like it');
    await page.getByText('No webhook fits').waitFor();
    await press(page, 'Clear filters');
    await page.getByRole('searchbox').fill('');
    await until('two rows', async () =>
      await page.locator('tbody tr').count() === 2);
    await press(page, 'Name');
    await page.locator('th[aria-sort=ascending]').waitFor();
    await page.getByRole('switch').first().click();
    await notice(page, '1 webhook is inactive now.');
    await page.getByLabel('Select all rows').check();
    await press(page, 'Enable');
    await notice(page, '2 webhooks are active now.');
    assert.ok((await webhooksNow()).every((w) => w.status === 'active'));
    await page.getByLabel('Select all rows').uncheck();
    await page.locator('tr', { hasText: '(copy)' })
      .getByRole('checkbox').first().check();
    await press(page, 'Delete');
    await confirm(page, 'Delete');
    await notice(page, '1 webhook was deleted.');
    assert.equal((await webhooksNow()).length, 1);
  });

  visit('test event, delivery, curl, redeliver', async (page) => {
    const [{ id }] = await webhooksNow();
    await show(page, stack.base, `/webhooks/${id}/test`);
    await page.getByLabel('Payload (JSON object)').fill('[1]');
    await press(page, 'Send test event');
    await page.getByText('This is not a JSON object.').waitFor();
    await page.getByLabel('Payload (JSON object)').fill('{"title":"x"}');
    await press(page, 'Send test event');
    await page.getByText('The receiver took it.').waitFor();
    const [got] = await sink.wait('/ok');
    assert.equal(got.headers['x-mine'], 'yes');
    assert.equal(got.json.payload.title, 'x');
    await page.getByRole('link', { name: 'See the delivery' }).click();
    await page.getByText('This was a test event.').waitFor();
    await page.getByText('Verify this signature').click();
    await press(page, 'Node');
    // The snippet holds what is needed to check the message received.
    const secret = (await stack.must('GET', `/webhooks/${id}/secret`)).secret;
    const snippet = await page.locator('.verify pre').innerText();
    assert.ok(snippet.includes(signatureOf(secret, got.id,
      got.headers['webhook-timestamp'], got.body)));
    assert.ok(snippet.includes(JSON.stringify(got.text)));
    await page.keyboard.press('Escape');
    await page.locator('h1').focus();
    await page.keyboard.press('r');
    await confirm(page, 'Redeliver');
    await sink.wait('/ok', 2);
    await page.getByText('Attempt 2').waitFor();
  });

  visit('failure in words, filters in the address, redeliver many, export',
    async (page) => {
      const bad = await stack.webhook({ name: 'Bad', actions: ['create'],
        url: `${sink.url}/status/404`, collections: ['articles'] });
      for (let i = 0; i < 3; i++)
        await stack.must('POST', '/items/articles', { title: `n${i}` });
      await sink.wait('/status/404', 3);
      await show(page, stack.base, `/webhooks/${bad.id}/deliveries`);
      await until('404 in the table', async () => {
        await page.reload();
        await page.locator('tbody tr').first().waitFor();
        return await page.getByRole('cell', { name: '404', exact: true })
          .count() === 3;
      });
      await page.getByLabel('Any state').selectOption('pending');
      await page.locator('tbody tr').first().waitFor();
      assert.match(page.url(), /state=pending/);
      await page.getByLabel('Select all rows').check();
      await press(page, 'Redeliver');
      await notice(page, '3 deliveries are on the way again.');
      await sink.wait('/status/404', 6);
      await until('all waiting again', async () => (await stack.must('GET',
        '/deliveries', undefined, { query:
          `filter[webhook][_eq]=${bad.id}&filter[state][_eq]=pending` }))
        .filter((d) => d.attempts > 1).length === 3);
      const [stats] = await stack.must('GET', '/webhooks/stats', undefined,
        { query: `ids=${bad.id}` });
      assert.ok(Date.parse(stats.next_attempt_at) > Date.now() - 5000);
      const all = await stack.must('GET', '/server/stats');
      assert.ok(all.store_bytes > 4096 && all.oldest_due_at);
      await press(page, 'Redeliver all that match');
      await confirm(page, 'Redeliver');
      await sink.wait('/status/404', 9);
      const download = page.waitForEvent('download');
      await page.getByText('Export', { exact: true }).click();
      await press(page, 'Export as CSV');
      const file = await download;
      assert.equal(file.suggestedFilename(), 'deliveries.csv');
      const lines = readFileSync(await file.path(), 'utf8').trim().split('\n');
      assert.equal(lines.length, 1 + 3, 'of the filtered list');
      assert.match(lines[0], /^"id",/);
      await page.locator('td a[data-row]').first().click();
      await page.getByText('Nothing is at this path').waitFor();
      await press(page, 'Cancel delivery');
      await confirm(page, 'Cancel delivery');
      await page.locator('.state-cancelled').first().waitFor();
      await stack.must('DELETE', `/webhooks/${bad.id}`);
    });

  visit('live tail shows what arrives', async (page) => {
    await show(page, stack.base, '/deliveries');
    await page.getByRole('switch', { name: 'Live' }).check();
    const rows = await page.locator('tbody tr').count();
    await stack.must('POST', '/items/articles', { title: 'live' });
    await until('more rows', async () =>
      await page.locator('tbody tr').count() > rows);
  });

  visit('secret: hidden, revealed, rotated', async (page) => {
    const [{ id }] = await webhooksNow();
    const { secret, public_key: key } =
      await stack.must('GET', `/webhooks/${id}/secret`);
    await stack.must('PATCH', `/webhooks/${id}/options`, { ed25519: true });
    await show(page, stack.base, `/webhooks/${id}/secret`);
    assert.ok(!(await page.content()).includes(secret));
    await press(page, 'Reveal');
    await confirm(page, 'Reveal');
    await page.getByText(secret).waitFor();
    await page.getByText(key).waitFor();
    await page.getByLabel('Overlap').selectOption('3600');
    await page.locator('main').getByRole('button', { name: 'Rotate' }).click();
    await confirm(page, 'Rotate');
    await page.getByText('also signs until').waitFor();
    const after = await stack.must('GET', `/webhooks/${id}/secret`);
    assert.equal(after.previous, secret);
  });

  visit('collections, items, tokens', async (page) => {
    await show(page, stack.base, '/collections/new');
    await page.getByLabel('Name', { exact: true }).fill('orders');
    await page.getByLabel('Field 1').fill('total');
    await page.getByLabel('Type 1').selectOption('integer');
    await press(page, 'Create collection');
    await heading(page, 'Items of orders');
    await page.keyboard.press('n');
    await page.getByLabel('total').fill('12');
    await press(page, 'Create item');
    await page.getByRole('link', { name: '1', exact: true }).click();
    await page.getByLabel('total').fill('much');
    await press(page, 'Save');
    await page.locator('.box-bad, .field-error').first().waitFor();
    await page.getByLabel('total').fill('13');
    await press(page, 'Save');
    await page.getByRole('cell', { name: '13' }).waitFor();
    await page.getByLabel('Select 1').check();
    await press(page, 'Delete');
    await confirm(page, 'Delete');
    await page.getByText('No items yet').waitFor();
    await show(page, stack.base, '/collections');
    assert.equal(await page.getByText('directus_').count(), 0);
    await page.getByLabel('Search').fill('nothing');
    await page.getByText('No collection fits').waitFor();
    await page.getByLabel('Search').fill('ORD');
    await press(page, 'Delete orders');
    await confirm(page, 'Delete');
    await notice(page, 'The collection was deleted.');
    await show(page, stack.base, '/tokens/new');
    await page.getByLabel('Name', { exact: true }).fill('wall');
    await press(page, 'Make token');
    const made = await page.getByRole('dialog').locator('code').innerText();
    assert.equal((await stack.ask('GET', '/webhooks', undefined,
      { token: made })).status, 200);
    await confirm(page, 'Close');
    await press(page, 'Revoke wall');
    await confirm(page, 'Revoke');
    await notice(page, 'The token was revoked.');
    assert.equal((await stack.ask('GET', '/webhooks', undefined,
      { token: made })).status, 401);
  });

  visit('hostile strings are text everywhere', async (page) => {
    const hook = await stack.webhook({ name: HOSTILE,
      url: `${sink.url}/ok?${encodeURIComponent(HOSTILE)}`,
      collections: ['articles', HOSTILE.replaceAll(',', '')] });
    await stack.must('PATCH', `/webhooks/${hook.id}/options`,
      { headers: [{ header: 'X-Bad', value: HOSTILE }] });
    const item = await stack.must('POST', '/items/articles',
      { title: HOSTILE });
    await stack.makeToken({ name: HOSTILE, role: 'reader' });
    const rows = await until('its delivery', async () => {
      const list = await stack.must('GET', '/deliveries', undefined,
        { query: `filter[webhook][_eq]=${hook.id}` });
      return list[0]?.attempts > 0 && list;
    });
    for (const path of ['/webhooks', `/webhooks/${hook.id}`, '/deliveries',
      `/deliveries/${rows[0].id}`, `/events/${rows[0].event}`, '/events',
      '/collections/articles', `/collections/articles/items/${item.id}`,
      '/tokens']) {
      await show(page, stack.base, path);
      assert.equal(await page.locator('main img, main script').count(), 0,
        path);
    }
    await show(page, stack.base, '/webhooks');
    await page.getByRole('link', { name: HOSTILE }).waitFor();
    await stack.must('DELETE', `/webhooks/${hook.id}`);
  });

  test('a reader sees, and is offered nothing to change', async () => {
    const token = await stack.makeToken({ name: 'reader', role: 'reader' });
    const { page, clean, context } = await openPage(browser);
    await signIn(page, stack.base, token);
    await page.locator('tbody tr').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'New webhook' })
      .count(), 0);
    assert.ok(await page.getByRole('switch').first().isDisabled());
    clean();
    await context.close();
  });

  test('by keyboard alone: create, test, redeliver', async () => {
    const { page, clean, context } = await openPage(browser);
    const keys = async (...list) => {
      for (const key of list) await page.keyboard.press(key);
    };
    // Tab until the focus is where it says.
    const to = async (name) => {
      for (let i = 0; i < 80; i++) {
        const here = await page.evaluate(() => {
          const e = document.activeElement;
          return e.getAttribute('aria-label') || e.labels?.[0]?.innerText ||
            e.innerText || '';
        });
        if (here.trim() === name) return;
        await keys('Tab');
      }
      assert.fail(`${name} is not reached by Tab`);
    };
    sink.clear();
    await page.goto(`${stack.base}/admin/`);
    await page.getByLabel('Access token').waitFor();
    await page.keyboard.type(stack.token);
    await keys('Enter');
    await heading(page, 'Webhooks');
    await keys('n');
    await heading(page, 'New webhook');
    await to('Name');
    await page.keyboard.type('By keys');
    await to('Address (URL)');
    await page.keyboard.type(`${sink.url}/keys`);
    await to('Collections');
    await page.keyboard.type('articles');
    await keys('Enter');
    await to('Save and test');
    await keys('Enter');
    await heading(page, 'Test event');
    await to('Send test event');
    await keys('Space');
    await sink.wait('/keys');
    await page.getByText('The receiver took it.').waitFor();
    await to('See the delivery');
    await keys('Enter');
    await page.getByText('This was a test event.').waitFor();
    await keys('r');
    await page.getByRole('dialog').waitFor();
    await to('Redeliver');
    await keys('Enter');
    await sink.wait('/keys', 2);
    await keys('?');
    await page.getByRole('dialog').getByText('Keyboard shortcuts').waitFor();
    await keys('Escape');
    clean();
    await context.close();
  });
});
