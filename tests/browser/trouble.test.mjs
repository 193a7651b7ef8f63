// What is in the way of deliveries is told in words where one looks for it: on
// the row of the webhook, on its own screens, and of all on Health.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { Sink } from '../lib/sink.mjs';
import { freePort, until } from '../lib/util.mjs';
import { launch, openPage, show, signIn, skip } from './page.mjs';

const WAITING = 12;

describe('trouble', { skip }, () => {
  let stack, sink, browser, dead, gone;

  before(async () => {
    sink = await new Sink().start();
    stack = await startStack({ conf: { dispatch: { breaker_wait: '10m' } } });
    browser = await launch();
    dead = await stack.webhook({ name: 'Dead end', collections: ['articles'],
      url: `http://127.0.0.1:${await freePort()}/` });
    await stack.must('PATCH', `/webhooks/${dead.id}/options`,
      { schedule: [0, 0, 3600, 3600] });
    gone = await stack.webhook({ name: 'Gone', collections: ['authors'],
      url: `${sink.url}/status/410` });
    await stack.must('POST', '/items/articles', Array.from({ length: WAITING },
      (_, i) => ({ title: `n${i}` })));
    await stack.must('POST', '/items/authors', { name: 'x' });
    await until('an open breaker and an inactive webhook', async () => {
      const all = await stack.must('GET', '/webhooks/stats');
      return all[0].breaker === 'open' && all[1].status === 'inactive';
    });
    await stack.must('POST', '/items/authors', { name: 'y' });
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
    await sink?.stop();
  });

  const visit = (name, play) => test(name, async () => {
    const open = await openPage(browser);
    try {
      await signIn(open.page, stack.base, stack.token);
      await play(open.page, open.calls);
      open.clean();
    } finally {
      await open.context.close();
    }
  });

  visit('a receiver that is left alone for a while', async (page, calls) => {
    const words = /Paused until .+ could not be reached \d+ times in a row/;
    await page.getByRole('row', { name: words }).waitFor();
    for (const screen of ['/deliveries', '/test', '/secret']) {
      await show(page, stack.base, '/nowhere');
      calls.length = 0;
      await show(page, stack.base, `/webhooks/${dead.id}${screen}`);
      await page.locator('.box-warn').getByText(words).waitFor();
      assert.ok(calls.length <= 3, `${screen}: ${calls}`);
    }
  });

  visit('a webhook that was set inactive, until it is active', async (page) => {
    const words = /Set inactive: .*410/;
    await page.getByRole('row', { name: words }).waitFor();
    await show(page, stack.base, `/webhooks/${gone.id}`);
    await page.locator('.box-warn').getByText(words).waitFor();
    await page.getByLabel('Status').selectOption('active');
    await page.getByLabel('Name', { exact: true }).fill('Back');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.box-warn').waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Edit Back' }).waitFor();
  });

  visit('health counts deliveries, not only webhooks', async (page) => {
    await show(page, stack.base, '/health');
    const card = (name) => page.locator('.card', { hasText: name })
      .locator('dd');
    const { states } = await stack.must('GET', '/server/stats');
    assert.equal(states.pending, WAITING);
    assert.equal(await card('Deliveries waiting').innerText(), '12');
    assert.equal(await card('Receivers in trouble').innerText(), '1');
    assert.equal(await card('Given up').innerText(), String(states.dead));
    await page.getByText('The receivers of 1 webhook cannot').waitFor();
    await card('Deliveries waiting').getByRole('link').click();
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    assert.match(page.url(), /state=pending/);
    await until('its rows', async () =>
      await page.locator('tbody tr').count() === WAITING);
  });
});
