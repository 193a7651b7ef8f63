// A person who never saw it: from ./quickstart run to the first delivered
// webhook of one's own, through the page alone, in under 2 minutes and under
// 15 clicks.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { endPids } from '../lib/stack.mjs';
import { BUILD, SRC, freePort, privateDir, removeDir, until }
  from '../lib/util.mjs';
import { heading, launch, openPage, skip } from './page.mjs';

async function quickstart(dir) {
  const port = await freePort();
  const child = spawn(join(SRC, 'quickstart'), ['run', '--offline', '--port',
    String(port), '--state', join(dir, 'state')],
  { stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WEBHOOKS_BUILD: BUILD } });
  let text = '';
  child.stdout.on('data', (bytes) => { text += bytes; });
  child.stderr.on('data', (bytes) => { text += bytes; });
  const said = await until('what quickstart prints', () => {
    const page = /Admin page +(\S+)/.exec(text)?.[1];
    const token = /token +(\S+)/.exec(text)?.[1];
    return /demo +receiver/.test(text) && page && token && { page, token };
  }, 60000);
  return { ...said, stop: () => endPids([child.pid], 10000) };
}

test('from quickstart to the first delivered webhook', { skip }, async (t) => {
  const dir = privateDir();
  const began = performance.now();
  const service = await quickstart(dir);
  const browser = await launch();
  t.after(async () => {
    await browser.close();
    await service.stop();
    removeDir(dir);
  });
  const { page, clean } = await openPage(browser);
  let clicks = 0;
  const click = async (role, name) => {
    clicks++;
    await page.getByRole(role, { name, exact: true }).click();
  };

  await page.goto(service.page);
  await page.getByLabel('Access token').fill(service.token);
  await click('button', 'Sign in');
  await click('button', 'New webhook');
  clicks++;
  await page.getByLabel('Name', { exact: true }).fill('My first');
  await click('button', 'Use “Demo receiver”');
  await click('button', 'Add articles');
  await click('button', 'Create webhook');
  await heading(page, 'Edit My first');
  await click('link', 'Collections');
  await click('button', 'New item');
  clicks++;
  await page.getByLabel('title *').fill('Hello');
  await click('button', 'Create item');
  await click('link', 'See deliveries');
  await heading(page, 'Deliveries');
  await until('a delivered row of the new webhook', async () => {
    if (await page.locator('tr', { hasText: 'My first' })
      .getByText('Delivered').count() > 0) return true;
    await page.reload();
    await page.locator('tbody tr').first().waitFor();
    return false;
  });
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(`${clicks} clicks, ${seconds.toFixed(1)} s`);
  assert.ok(clicks < 15, `${clicks} clicks`);
  assert.ok(seconds < 120, `${seconds} s`);
  clean();
});
