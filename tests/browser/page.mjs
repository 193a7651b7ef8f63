// A browser on the Admin page. Everything that a visitor should never meet is
// collected: console errors, violations of the policy, calls too many.
import { existsSync } from 'node:fs';
import assert from 'node:assert/strict';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser']
  .find((path) => existsSync(path));
const playwright = await import('playwright-core').catch(() => null);
const axeFile = await import('node:module').then(({ createRequire }) => {
  try {
    return createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  } catch {
    return null;
  }
});

const missing = !CHROMIUM ? 'Chromium is not installed'
  : !playwright || !axeFile ? 'npm ci was not run in tests/' : null;
if (missing && (process.env.CI === 'true' || process.env.STRICT))
  throw new Error(missing);
export const skip = missing ?? false;

export const launch = () => playwright.chromium.launch({
  executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu',
    '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'] });

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 320, height: 640 };

// options: bypassCSP (for axe), colorScheme, viewport.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: WIDE, locale: 'en-GB',
    reducedMotion: 'reduce', acceptDownloads: true, ...options });
  const page = await context.newPage();
  const trouble = [], calls = [];
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    if (dialog.type() !== 'beforeunload')
      trouble.push(`dialog: ${dialog.message()}`);
    dialog.accept().catch(() => {});
  });
  page.on('console', (message) => {
    // The browser logs every 4xx answer; which of them may come, tests say.
    if (message.type() === 'error' &&
      !/Failed to load resource: the server responded/.test(message.text()))
      trouble.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (request.resourceType() === 'fetch')
      calls.push(`${request.method()} ${new URL(request.url()).pathname}`);
    if (!request.url().startsWith('blob:') &&
      new URL(request.url()).hostname !== '127.0.0.1')
      trouble.push(`foreign address: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { page, context, calls, trouble,
    clean: () => assert.deepEqual(trouble, []) };
}

export async function signIn(page, base, token) {
  await page.goto(`${base}/admin/`);
  await page.getByLabel('Access token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
}

// Another screen, once it shows its answer.
export async function show(page, base, path) {
  await page.evaluate((hash) => { location.hash = hash; }, path);
  await page.locator('main h1').waitFor();
  await page.waitForFunction(() =>
    !document.querySelector('[aria-busy=true]'));
  await page.waitForLoadState('networkidle');
}

export const heading = (page, name) =>
  page.getByRole('heading', { name, level: 1, exact: true }).waitFor();

export async function axe(page) {
  await page.addScriptTag({ path: axeFile });
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  return violations.flatMap((v) => v.nodes.map((n) =>
    `${v.id}: ${n.target.join(' ')}: ${n.failureSummary.split('\n')[1]}`));
}
