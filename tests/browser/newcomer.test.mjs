// A person who never saw it: from ./quickstart run to the first delivered
// webhook of one's own, through the page alone, in under 2 minutes and under
// 15 clicks. The machine is quick, a person is not: each click, key and new
// screen counts as what a person takes for it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { endPids } from '../lib/stack.mjs';
import { BUILD, SRC, freePort, privateDir, removeDir, until }
  from '../lib/util.mjs';
import { heading, launch, openPage, skip } from './page.mjs';

// Seconds. To move the hand to a thing and press it, to decide what is next,
// and a key, are of the keystroke-level model (Card, Moran and Newell 1980);
// reading a screen never seen is ours.
const CLICK_S = 1.1 + 0.2 + 1.35, KEY_S = 0.28, READ_S = 5;

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
  let clicks = 0, keys = 0;
  const screens = new Set();
  const look = () => screens.add(page.url());
  const click = async (role, name) => {
    look();
    clicks++;
    await page.getByRole(role, { name, exact: true }).click();
  };
  const type = async (label, text) => {
    look();
    clicks++;
    keys += text.length;
    await page.getByLabel(label, { exact: true }).click();
    await page.keyboard.type(text);
  };

  await page.goto(service.page);
  // Pasted where the focus is: Ctrl, V.
  await page.getByLabel('Access token').waitFor();
  keys += 2;
  await page.keyboard.insertText(service.token);
  await click('button', 'Sign in');
  await click('button', 'New webhook');
  await type('Name', 'My first');
  await click('button', 'Use “Demo receiver”');
  await click('button', 'Add articles');
  await click('button', 'Create webhook');
  await heading(page, 'Edit My first');
  await click('link', 'Collections');
  await click('button', 'New item');
  await type('title *', 'Hello');
  await click('button', 'Create item');
  await click('link', 'See deliveries');
  await heading(page, 'Deliveries');
  await page.locator('tr', { hasText: 'My first' }).getByText('Delivered')
    .waitFor();
  look();
  const machine = (performance.now() - began) / 1000;
  const person = clicks * CLICK_S + keys * KEY_S + screens.size * READ_S;
  t.diagnostic(`${clicks} clicks, ${keys} keys, ${screens.size} screens: ${
    machine.toFixed(1)} s of the machine, ${person.toFixed(0)} s of a person`);
  assert.ok(clicks < 15, `${clicks} clicks`);
  assert.ok(machine + person < 120, `${machine} s and ${person} s`);
  clean();
});
