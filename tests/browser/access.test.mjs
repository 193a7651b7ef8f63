// For everybody: dialogs, menus and messages pass axe as the screens do; every
// screen is walked by keys alone and the focus is seen and never lost; narrow
// screens lose nothing; times tell UTC; wishes of the system are kept.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startStack } from '../lib/stack.mjs';
import { Sink } from '../lib/sink.mjs';
import { until } from '../lib/util.mjs';
import { NARROW, axe, heading, launch, openPage, show, signIn, skip }
  from './page.mjs';

const screens = ['/webhooks', '/webhooks/new', '/webhooks/1',
  '/webhooks/1/deliveries', '/webhooks/1/test', '/webhooks/1/secret',
  '/deliveries', '/deliveries/1', '/events', '/events/1', '/collections',
  '/collections/new', '/collections/articles', '/collections/articles/new',
  '/collections/articles/items/1', '/tokens', '/tokens/new', '/health'];

// In the page: gives everything that Tab should reach a name, and their list.
function mark() {
  const all = [...document.querySelectorAll('#app :is(a[href], button, input, ' +
    'select, textarea, summary, [tabindex="0"])')].filter((e) => !e.disabled &&
    e.checkVisibility({ visibilityProperty: true }) &&
    !e.closest('details:not([open]) > :not(summary)'));
  return all.map((e, i) => {
    const words = e.getAttribute('aria-label') || e.labels?.[0]?.innerText ||
      e.innerText || e.tagName;
    e.dataset.walk = `${i} ${words.replace(/\s+/g, ' ').slice(0, 40)}`;
    return e.dataset.walk;
  });
}

// In the page: what has the focus, and whether that is seen.
function here() {
  const e = document.activeElement;
  const ring = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) ||
    boxShadow !== 'none';
  return [e.dataset.walk, ring(getComputedStyle(e)) ||
    ring(getComputedStyle(e.parentElement))];
}

describe('access', { skip }, () => {
  let stack, sink, browser;

  before(async () => {
    sink = await new Sink().start();
    stack = await startStack();
    browser = await launch();
    await stack.webhook({ name: 'Shop', url: `${sink.url}/ok` });
    await stack.webhook({ name: 'Other', url: `${sink.url}/status/500`,
      status: 'inactive' });
    await stack.must('POST', '/items/articles', { title: 'one' });
    await until('a delivery', async () => (await stack.must('GET',
      '/deliveries'))[0]?.state === 'delivered');
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
    await sink?.stop();
  });

  const visit = (name, options, play) => test(name, async () => {
    const open = await openPage(browser, options);
    try {
      await signIn(open.page, stack.base, stack.token);
      await play(open.page);
      open.clean();
    } finally {
      await open.context.close();
    }
  });
  const press = (page, name) =>
    page.getByRole('button', { name, exact: true }).first().click();

  // What covers a part of the screen, and how it comes.
  const covers = {
    'confirm': async (page) => {
      await show(page, stack.base, '/deliveries/1');
      await press(page, 'Redeliver');
    },
    'destroy': async (page) => {
      await show(page, stack.base, '/webhooks');
      await page.getByLabel('Select Other').check();
      await press(page, 'Delete');
    },
    'help': async (page) => {
      await show(page, stack.base, '/events');
      await page.keyboard.press('?');
    },
    'leave': async (page) => {
      await show(page, stack.base, '/webhooks/1');
      await page.getByLabel('Name', { exact: true }).fill('Changed');
      await page.getByRole('link', { name: 'Health' }).click();
    },
    'new token': async (page) => {
      await show(page, stack.base, '/tokens/new');
      await page.getByLabel('Name', { exact: true }).fill('wall');
      await press(page, 'Make token');
    },
  };
  const states = {
    'chosen rows': async (page) => {
      await show(page, stack.base, '/webhooks');
      await page.getByLabel('Select all rows').check();
    },
    'export menu, all filters': async (page) => {
      await show(page, stack.base, '/deliveries');
      await page.getByText('More filters').click();
      await page.getByText('Export', { exact: true }).click();
    },
    'form errors, options': async (page) => {
      await show(page, stack.base, '/webhooks/new');
      await press(page, 'Create webhook');
      await page.locator('.field-error').first().waitFor();
      await page.getByText('Delivery options').click();
    },
    'no row fits, a notice': async (page) => {
      await show(page, stack.base, '/webhooks');
      await page.getByRole('switch', { name: 'Other is active' }).click();
      await page.getByRole('status').getByText('active now').waitFor();
      await page.getByRole('switch', { name: 'Other is active' }).click();
      await page.getByRole('status').getByText('inactive now').waitFor();
      await page.getByRole('searchbox').fill('nothing like it');
      await page.getByText('No webhook fits').waitFor();
    },
    'a secret shown': async (page) => {
      await show(page, stack.base, '/webhooks/1/secret');
      await press(page, 'Reveal');
      await page.getByRole('dialog').getByRole('button', { name: 'Reveal' })
        .click();
      await page.getByText(/whsec_[^•]/).waitFor();
    },
    'verify': async (page) => {
      await show(page, stack.base, '/deliveries/1');
      await page.getByText('Verify this signature').click();
    },
    'a failure': async (page) => {
      await show(page, stack.base, '/deliveries/999');
      await page.getByRole('alert').waitFor();
    },
  };

  for (const colorScheme of ['light', 'dark'])
    visit(`axe with dialogs, menus, messages: ${colorScheme}`,
      { colorScheme, bypassCSP: true }, async (page) => {
        const found = [];
        for (const [name, come] of Object.entries(covers)) {
          await come(page);
          await page.getByRole('dialog').waitFor();
          found.push(...(await axe(page)).map((f) => `${name}: ${f}`));
          await page.keyboard.press('Escape');
          await page.getByRole('dialog').waitFor({ state: 'detached' });
          await page.reload();
        }
        for (const [name, come] of Object.entries(states)) {
          await come(page);
          found.push(...(await axe(page)).map((f) => `${name}: ${f}`));
          await page.reload();
        }
        assert.deepEqual(found, []);
      });

  visit('a dialog gives the focus back to where it came from', {},
    async (page) => {
      const focused = () => page.evaluate(() =>
        document.activeElement.textContent.trim());
      await show(page, stack.base, '/deliveries/1');
      for (const answer of ['Cancel', 'Escape']) {
        await page.getByRole('button', { name: 'Redeliver' }).press('Enter');
        const dialog = page.getByRole('dialog');
        await dialog.waitFor();
        // Inside, the focus goes round.
        for (let i = 0; i < 5; i++) {
          await page.keyboard.press('Tab');
          assert.ok(await page.evaluate(() => {
            const { activeElement: e, body } = document;
            return e === body || !!e.closest('dialog');
          }));
        }
        if (answer === 'Escape') await page.keyboard.press('Escape');
        else await dialog.getByRole('button', { name: answer }).press('Enter');
        await dialog.waitFor({ state: 'detached' });
        assert.equal(await focused(), 'Redeliver');
      }
    });

  visit('every screen by Tab: all is reached, seen and in order', {},
    async (page) => {
      for (const path of screens) {
        await show(page, stack.base, path);
        const wanted = await page.evaluate(mark);
        const reached = new Set(), seen = new Set();
        // A field of date and time has several stops.
        for (let i = 0; i < wanted.length + 15; i++) {
          await page.keyboard.press('Tab');
          const [name, ring] = await page.evaluate(here);
          if (!name) continue;
          reached.add(name);
          if (ring) seen.add(name);
        }
        assert.deepEqual(wanted.filter((name) => !reached.has(name)), [],
          `${path}: not reached`);
        assert.deepEqual([...reached].filter((name) => !seen.has(name)), [],
          `${path}: the focus is not seen`);
      }
    });

  visit('rows by j, k, x and Enter; / goes to the search field', {},
    async (page) => {
      await show(page, stack.base, '/webhooks');
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      await page.keyboard.press('x');
      await page.getByText('1 selected').waitFor();
      await page.keyboard.press('x');
      await page.getByText('1 selected').waitFor({ state: 'detached' });
      await page.keyboard.press('/');
      assert.ok(await page.getByRole('searchbox').evaluate((e) =>
        e === document.activeElement));
      // Typed there, a shortcut is a letter.
      await page.keyboard.type('n');
      assert.equal(await page.getByRole('searchbox').inputValue(), 'n');
      await page.keyboard.press('Backspace');
      await page.locator('h1').focus();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await heading(page, 'Edit Other');
    });

  visit('shortcuts can be switched off', {}, async (page) => {
    await page.keyboard.press('?');
    await page.getByLabel('Shortcuts are switched on').uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('n');
    await page.keyboard.press('?');
    assert.equal(await page.getByRole('dialog').count(), 0);
    await heading(page, 'Webhooks');
  });

  visit('narrow: all rows are chosen, and put in order', { viewport: NARROW },
    async (page) => {
      await show(page, stack.base, '/webhooks');
      await page.getByLabel('Select all rows').check();
      await page.getByText('2 selected').waitFor();
      await press(page, 'Name');
      await until('the order of names', async () =>
        await page.locator('td a[data-row]').first().innerText() === 'Other');
    });

  visit('times are local, with UTC on hover', { timezoneId: 'Asia/Kolkata' },
    async (page) => {
      await show(page, stack.base, '/deliveries/1');
      const time = page.locator('dd time').first();
      const at = new Date(await time.getAttribute('datetime'));
      const utc = at.toISOString().replace('T', ' ').replace('Z', ' UTC');
      assert.ok((await time.getAttribute('title')).startsWith(utc));
      const local = at.toLocaleTimeString('en-GB',
        { timeZone: 'Asia/Kolkata' });
      assert.ok((await time.innerText()).includes(local));
    });

  visit('less motion where it is wished', { reducedMotion: 'reduce' },
    async (page) => {
      const moving = await page.evaluate(() => [...document
        .querySelectorAll('#app *')].filter((e) => {
        const { animationName, transitionDuration } = getComputedStyle(e);
        return animationName !== 'none' ||
          transitionDuration.split(', ').some((one) => one !== '0s');
      }).length);
      assert.equal(moving, 0);
    });

  visit('colours of the system: what is drawn stays to be seen',
    { forcedColors: 'active' }, async (page) => {
      // Colours of their own, and not those of the page behind.
      const drawn = (selector, property) => page.locator(selector).first()
        .evaluate((e, name) => {
          const style = getComputedStyle(e);
          return style.forcedColorAdjust === 'none' &&
            style[name] !== getComputedStyle(document.body).backgroundColor;
        }, property);
      await show(page, stack.base, '/webhooks');
      assert.ok(await drawn('.rate .bar-good', 'fill'));
      assert.equal(await page.getByRole('switch').first().evaluate((e) =>
        getComputedStyle(e).appearance), 'auto');
      await page.keyboard.press('j');
      assert.match(await page.evaluate(() =>
        getComputedStyle(document.activeElement).outline), /solid 3px/);
      await show(page, stack.base, '/deliveries/1');
      assert.ok(await drawn('.phases .dot', 'backgroundColor'));
      assert.ok(await drawn('.phases rect', 'fill'));
    });
});
