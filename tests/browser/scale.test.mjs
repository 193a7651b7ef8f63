// 10,000 webhooks and 100,000 deliveries (LONG=1: 1,000,000): every list shows
// a page, in few calls and little time; redelivering 10,000 shows progress.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { SRC } from '../lib/util.mjs';
import { launch, openPage, show, signIn, skip } from './page.mjs';

const WEBHOOKS = 10000, ITEMS = process.env.LONG ? 100 : 10;
// Of all answers of one screen together; a page of 50 rows is about 20 KB.
const SCREEN_BYTES_MAX = 200000, SCREEN_MS_MAX = 3000;
// A watchdog only, for filters without an index, which look at every row.
const SCAN_MS_MAX = 20000, scans = /collection=|answer=|kind=|action=/;

// With filters that many, few and no rows pass; in the middle and at the end.
const lists = ['/webhooks', '/webhooks?page=400', '/webhooks?page=200&sort=name',
  '/webhooks?q=Webhook%209', '/webhooks?q=none', '/webhooks?status=inactive',
  '/webhooks?action=delete', '/deliveries', '/deliveries?before=5000',
  `/deliveries?before=${WEBHOOKS * ITEMS / 2}`, '/deliveries?after=10',
  '/deliveries?state=pending', '/deliveries?state=dead',
  '/deliveries?webhook=77', '/deliveries?webhook=77&state=pending',
  '/deliveries?event=3', '/deliveries?q=77', '/deliveries?q=msg_none',
  '/deliveries?since=2020-01-01T00:00', '/deliveries?since=2199-01-01T00:00',
  '/deliveries?until=2020-01-01T00:00',
  '/deliveries?collection=articles', '/deliveries?collection=none',
  '/deliveries?answer=5xx', '/deliveries?kind=test', '/deliveries?action=delete',
  '/webhooks/77/deliveries', '/webhooks/77/deliveries?answer=5xx', '/events',
  '/events?before=5', '/events?collection=none', '/events/3', '/deliveries/77',
  '/collections', '/collections/articles', '/tokens', '/health'];

test('vendored files are what their checksums say', () => {
  const folder = join(SRC, 'src/admin/vendor');
  const lines = readFileSync(join(folder, 'CHECKSUMS'), 'utf8').trim();
  for (const line of lines.split('\n')) {
    const [sum, name] = line.split(/\s+/);
    assert.equal(createHash('sha256').update(readFileSync(join(folder, name)))
      .digest('hex'), sum, name);
  }
});

describe('scale', { skip }, () => {
  let stack, browser;

  before(async () => {
    stack = await startStack({ dispatch: false });
    browser = await launch();
    const list = Array.from({ length: WEBHOOKS }, (_, i) => ({
      name: `Webhook ${i}`, url: `http://127.0.0.1:9/${i}`,
      actions: ['create'], collections: ['articles'] }));
    for (let i = 0; i < WEBHOOKS; i += 2000)
      await stack.must('POST', '/webhooks', list.slice(i, i + 2000));
    for (let i = 0; i < ITEMS; i++)
      await stack.must('POST', '/items/articles', { title: `n${i}` },
        { limitMs: 60000 });
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  test('every list is a page', async (t) => {
    const { page, calls, clean } = await openPage(browser);
    await signIn(page, stack.base, stack.token);
    let bytes = 0, server = 0;
    page.on('response', async (answer) => {
      if (answer.request().resourceType() === 'fetch')
        bytes += Number(answer.headers()['content-length'] ?? 0);
    });
    // The slowest answer, from the request to its last byte.
    page.on('requestfinished', (request) => {
      const { requestStart, responseEnd } = request.timing();
      if (request.resourceType() === 'fetch')
        server = Math.max(server, responseEnd - requestStart);
    });
    for (const path of lists) {
      await show(page, stack.base, '/nowhere');
      calls.length = bytes = server = 0;
      const began = performance.now();
      await page.evaluate((hash) => { location.hash = hash; }, path);
      await page.locator('main :is(tbody tr, .card, .empty, .facts)').first()
        .waitFor();
      const ms = performance.now() - began;
      await page.waitForLoadState('networkidle');
      t.diagnostic(`${path}: ${Math.round(ms)} ms, of them ${
        Math.round(server)} waiting, ${bytes} bytes, ${calls.length} calls`);
      assert.ok(calls.length <= 3, `${path}: ${calls}`);
      assert.ok(bytes < SCREEN_BYTES_MAX, `${path}: ${bytes} bytes`);
      const most = scans.test(path) ? SCAN_MS_MAX : SCREEN_MS_MAX;
      assert.ok(ms < most, `${path}: ${ms} ms`);
      assert.ok(await page.locator('tbody tr').count() <= 50);
    }
    clean();
  });

  test('redelivering 10,000 shows progress', async () => {
    const { page, clean } = await openPage(browser);
    await signIn(page, stack.base, stack.token);
    const first = (await stack.must('GET', '/events', undefined,
      { query: 'sort=id&limit=1' }))[0];
    assert.equal(first.deliveries, WEBHOOKS);
    await show(page, stack.base, '/deliveries');
    await page.getByRole('button', { name: 'Redeliver all that match' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Redeliver' })
      .click();
    await page.locator('progress').waitFor();
    await page.waitForFunction(() =>
      document.querySelector('progress')?.value >= 1000, null,
    { timeout: 60000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('status').getByText('Stopped.').waitFor();
    clean();
  });
});
