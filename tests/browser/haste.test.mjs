// Who is quicker than the page, or slower than the service: keys pressed the
// moment a screen shows, answers that come late or out of order, buttons
// pressed twice, a service that is gone for a while.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { Sink } from '../lib/sink.mjs';
import { heading, launch, openPage, show, signIn, skip } from './page.mjs';

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
});
