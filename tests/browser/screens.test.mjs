// Every screen: no finding of axe in light and dark, no sideways scrolling at
// 320 px, at most three calls. SCREENS=1 keeps the pictures.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { Sink } from '../lib/sink.mjs';
import { SRC, until } from '../lib/util.mjs';
import { NARROW, WIDE, axe, launch, openPage, show, signIn, skip }
  from './page.mjs';

// The webhook that is set inactive by its receiver.
const GONE = 3;

const screens = [
  ['webhooks', '/webhooks'], ['webhook-new', '/webhooks/new'],
  ['webhook-edit', '/webhooks/4'],
  ['webhook-deliveries', '/webhooks/1/deliveries'],
  ['test-event', '/webhooks/1/test'], ['secret', '/webhooks/1/secret'],
  ['deliveries', '/deliveries'], ['delivery', '/deliveries/1'],
  ['delivery-failed', '/deliveries/2'], ['events', '/events'],
  ['event', '/events/1'], ['collections', '/collections'],
  ['collection-new', '/collections/new'], ['items', '/collections/articles'],
  ['item-new', '/collections/articles/new'],
  ['item', '/collections/articles/items/1'], ['tokens', '/tokens'],
  ['token-new', '/tokens/new'], ['health', '/health'],
];

describe('screens', { skip }, () => {
  let stack, sink, browser;

  before(async () => {
    sink = await new Sink().start();
    stack = await startStack();
    browser = await launch();
    await stack.webhook({ name: 'Website cache', url: `${sink.url}/ok` });
    await stack.webhook({ name: 'Search index', url: `${sink.url}/status/500` });
    await stack.webhook({ name: 'Old warehouse', url: `${sink.url}/status/410`,
      actions: ['create'], collections: ['articles', 'orders', 'stock'] });
    const chat = await stack.webhook({ name: 'Chat of the editors',
      url: `${sink.url}/fail-first/1/hooks/T012/B345`,
      actions: ['create', 'update'] });
    await stack.must('PATCH', `/webhooks/${chat.id}/options`, {
      schedule: [0, 1], headers: [{ header: 'Authorization', value: 'Bearer x' },
        { header: 'X-Team', value: 'web' }] });
    await stack.webhook({ name: 'Newsletter', url: 'https://mail.example.com/in',
      status: 'inactive', method: 'GET', actions: ['create'] });
    for (let i = 1; i <= 4; i++)
      await stack.must('POST', '/items/articles', { title: `Article ${i}` });
    await sink.wait('/ok', 4);
    await sink.wait('/status/500', 4);
    await until('attempts on record', async () => (await stack.must('GET',
      '/deliveries', undefined, { query: 'limit=50' }))
      .every((d) => d.attempts > (d.webhook === chat.id) ||
        d.webhook === GONE));
    await stack.makeToken({ name: 'Wall screen', role: 'reader' });
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
    await sink?.stop();
  });

  for (const [scheme, viewport] of [['light', WIDE], ['dark', WIDE],
    ['light', NARROW]]) {
    const kind = viewport === NARROW ? 'narrow' : scheme;
    test(`${kind}: axe, width, calls`, async () => {
      // axe is a script from outside, which the policy would rightly stop.
      const { page, calls, clean } = await openPage(browser,
        { bypassCSP: true, colorScheme: scheme, viewport,
          deviceScaleFactor: process.env.SCREENS ? 0.625 : 1 });
      const found = [];
      await page.goto(`${stack.base}/admin/`);
      await page.getByLabel('Access token').waitFor();
      found.push(...(await axe(page)).map((f) => `sign-in ${f}`));
      if (process.env.SCREENS)
        await page.screenshot({ path: shotOf('sign-in', kind) });
      await signIn(page, stack.base, stack.token);
      for (const [name, path] of screens) {
        await show(page, stack.base, '/nowhere');
        calls.length = 0;
        await show(page, stack.base, path);
        if (name === 'webhook-new') await page.waitForTimeout(500);
        if (calls.length > 3) found.push(`${name}: calls ${calls.join(', ')}`);
        found.push(...(await axe(page)).map((f) => `${name} ${f}`));
        const wider = await page.evaluate(() =>
          document.documentElement.scrollWidth - innerWidth);
        if (wider > 0) found.push(`${name}: ${wider} px too wide`);
        if (process.env.SCREENS)
          await page.screenshot({ path: shotOf(name, kind) });
      }
      assert.deepEqual(found, []);
      clean();
    });
  }
});

function shotOf(name, kind) {
  return join(SRC, 'tests/browser/screens', `${name}-${kind}.png`);
}
