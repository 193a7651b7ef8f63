// Who is quicker than the page, or slower than the service: keys pressed the
// moment a screen shows, answers that come late or out of order, buttons
// pressed twice, a service that is gone for a while.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { Sink } from '../lib/sink.mjs';
import { heading, launch, openPage, show, signIn, skip } from './page.mjs';

// What was to be drawn is drawn.
const drawn = (page) => page.evaluate(() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(done))));

describe('haste', { skip }, () => {
  let stack, sink, browser;

  before(async () => {
    sink = await new Sink().start();
    stack = await startStack();
    browser = await launch();
    await stack.webhook({ name: 'Shop', url: `${sink.url}/ok` });
    await stack.must('POST', '/items/articles', { title: 'one' });
    await sink.wait('/ok');
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
      await play(open.page, open);
      open.clean();
    } finally {
      await open.context.close();
    }
  });

  // Goes to `path` and presses the key in the very task that draws `words`.
  const pressAtOnce = (page, path, words, key) => page.evaluate(
    ([hash, text, name]) => new Promise((done) => {
      const press = () => document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key: name, bubbles: true }));
      const watch = new MutationObserver(() => {
        if (!document.querySelector('main').innerText.includes(text)) return;
        watch.disconnect();
        press();
        done();
      });
      watch.observe(document.body, { subtree: true, childList: true,
        characterData: true });
      location.hash = hash;
    }), [path, words, key]);

  visit('a key counts from the moment its screen shows', async (page) => {
    await pressAtOnce(page, '/collections/articles', 'Items of articles', 'n');
    await heading(page, 'New item');
    await pressAtOnce(page, '/deliveries/1', 'Message id', 'r');
    await page.getByRole('dialog').getByText('Redeliver 1 delivery?').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  visit('a dialog may follow another at once', async (page) => {
    await show(page, stack.base, '/deliveries/1');
    await page.keyboard.press('r');
    await page.getByRole('dialog').waitFor();
    await page.evaluate(async () => {
      const press = (key) => document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true }));
      document.querySelector('dialog button').click();
      await Promise.resolve();
      await Promise.resolve();
      press('?');
    });
    await drawn(page);
    await page.getByRole('dialog').getByText('Keyboard shortcuts').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  // Holds the first answer of an address that matches until it is let go; the
  // page gets it as it was when it was asked for.
  async function hold(page, pattern) {
    let letGo, wasAsked, isDone;
    const gone = new Promise((done) => { letGo = done; });
    const asked = new Promise((done) => { wasAsked = done; });
    const done = new Promise((end) => { isDone = end; });
    let held = false;
    await page.route(pattern, async (route) => {
      if (held) return route.fallback();
      held = true;
      const answer = await route.fetch();
      wasAsked();
      await gone;
      await route.fulfill({ response: answer });
      return isDone();
    });
    return { asked, go: async () => {
      letGo();
      await done;
      await drawn(page);
    } };
  }

  visit('an older answer does not replace a newer one', async (page) => {
    await show(page, stack.base, '/deliveries');
    const slow = await hold(page, /deliveries\?.*pending/);
    await page.getByLabel('Any state').selectOption('pending');
    await slow.asked;
    await page.getByLabel('Any state').selectOption('delivered');
    await page.getByRole('row', { name: /Delivered Shop/ }).waitFor();
    await slow.go();
    assert.equal(await page.getByRole('row', { name: /Delivered Shop/ })
      .count(), 1);
  });

  visit('the live tail of another filter is dropped', async (page) => {
    await show(page, stack.base, '/deliveries');
    const live = await hold(page, /\/deliveries\?/);
    await page.getByRole('switch', { name: 'Live' }).check();
    await live.asked;
    await page.getByLabel('Any state').selectOption('dead');
    await page.getByText('No delivery fits').waitFor();
    await live.go();
    assert.equal(await page.locator('tbody tr').count(), 0);
  });

  visit('a switch stays where it was put', async (page) => {
    const status = page.getByRole('switch', { name: 'Shop is active' });
    const slow = await hold(page, /\/webhooks\?/);
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    await slow.asked;
    const patch = await hold(page, /\/webhooks$/);
    await status.click();
    await patch.asked;
    await slow.go();
    assert.ok(!await status.isChecked(), 'the older answer put it back');
    await patch.go();
    await page.getByRole('status').getByText('1 webhook is inactive').waitFor();
    await status.click();
    await page.getByRole('status').getByText('1 webhook is active').waitFor();
  });

  visit('a button pressed twice acts once', async (page) => {
    await show(page, stack.base, '/collections/articles/new');
    await page.getByLabel('title *').fill('twice');
    const slow = await hold(page, /\/items\/articles$/);
    const button = page.getByRole('button', { name: 'Create item' });
    await button.dblclick();
    await slow.asked;
    await page.getByLabel('title *').press('Enter');
    await slow.go();
    await heading(page, 'Items of articles');
    const rows = await stack.must('GET', '/items/articles', undefined,
      { query: 'filter[title][_eq]=twice' });
    assert.equal(rows.length, 1);
  });

  visit('options saved are what the next save is compared with',
    async (page) => {
      const { id } = await stack.webhook({ name: 'Twice', actions: [],
        url: `${sink.url}/never` });
      await show(page, stack.base, `/webhooks/${id}`);
      await page.getByText('Delivery options').click();
      for (const [text, ms] of [['7', 7000], ['15', 15000]]) {
        await page.getByLabel('Time limit (seconds)').fill(text);
        const answer = page.waitForResponse(/options$/);
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await answer;
        assert.equal((await stack.must('GET', `/webhooks/${id}/options`))
          .timeout_ms, ms);
      }
      await stack.must('DELETE', `/webhooks/${id}`);
    });

  test('a token revoked meanwhile: sign in again, and back', async () => {
    const { page, context, clean } = await openPage(browser);
    const token = await stack.makeToken({ name: 'short', role: 'admin' });
    await signIn(page, stack.base, token);
    await show(page, stack.base, '/events?action=create');
    const list = await stack.must('GET', '/tokens');
    await stack.must('DELETE',
      `/tokens/${list.find((one) => one.name === 'short').id}`);
    await page.getByLabel('Action').selectOption('update');
    await page.getByText('Your token is not valid any more.').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await page.getByLabel('Access token').fill(stack.token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await heading(page, 'Events');
    assert.match(page.url(), /action=update/);
    clean();
    await context.close();
  });

  test('a service that is away: said so, tried again, still signed in',
    async () => {
      const { page, context, trouble } = await openPage(browser);
      await signIn(page, stack.base, stack.token);
      const away = (route) => route.request().resourceType() === 'fetch'
        ? route.abort() : route.continue();
      await page.route('**/*', away);
      await page.evaluate(() => { location.hash = '/events'; });
      await page.getByText('The service cannot be reached.').waitFor();
      await page.reload();
      await page.getByText('The service cannot be reached.').waitFor();
      await page.unroute('**/*', away);
      await page.getByRole('button', { name: 'Try again' }).click();
      await heading(page, 'Events');
      await page.locator('tbody tr').first().waitFor();
      assert.deepEqual(trouble.filter((one) => !/ERR_FAILED/.test(one)), []);
      await context.close();
    });

  visit('a list of what waits finds what waits later', async (page) => {
    const held = await stack.webhook({ name: 'Later', status: 'inactive',
      collections: ['later'], url: `${sink.url}/later` });
    await show(page, stack.base,
      `/webhooks/${held.id}/deliveries?state=pending`);
    await page.getByText('No delivery fits').waitFor();
    await stack.must('PATCH', `/webhooks/${held.id}`,
      { status: 'active', url: `${sink.url}/status/500` });
    await stack.must('POST', '/events', { action: 'update', key: 1,
      collection: 'later', payload: {} });
    await page.getByRole('row', { name: /Waiting/ }).waitFor();
    await stack.must('DELETE', `/webhooks/${held.id}`);
  });

  visit('signing out with unsaved changes asks', async (page) => {
    await show(page, stack.base, '/tokens/new');
    await page.getByLabel('Name', { exact: true }).fill('half');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('dialog').getByText('Leave without saving?').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).last().click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await heading(page, 'Sign in');
  });
});
