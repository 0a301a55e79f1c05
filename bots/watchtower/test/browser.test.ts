import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Overview } from '../src/overview/schema.ts';
import { cardKey } from '../src/page/alerts.tsx';
import { Live } from '../src/server/Live.ts';
import { Publisher } from '../src/server/Publisher.ts';
import { type PageServer, startPage } from '../src/server/startPage.ts';
import { badDay, goodDay, laterOf, poolA } from './days.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Debian's browser, `apt-get install chromium`. The tests are skipped without it. */
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync) ?? '';
/** With `SCREENSHOTS=docs/images` the tests write the screenshots of the documentation again. */
const screenshots = process.env.SCREENSHOTS;

let shown: Overview = goodDay();
let browser: Browser;
let server: PageServer;
let live: Live;
const publisher = new Publisher();
const url = () => `http://127.0.0.1:${server.port}`;

(executablePath ? describe : describe.skip)('the page in a browser', () => {
  beforeAll(async () => {
    live = new Live(() => performance.now());
    server = await startPage('127.0.0.1', 0, {
      token: undefined,
      overview: () => shown,
      ownOverview: () => shown,
      events: () => shown.timeline,
      metrics: async () => '',
      live,
      changedSince: ms => publisher.changedSince(ms),
      now: () => Date.now(),
      monotonicMs: () => performance.now(),
    });
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens a page, and asserts that it loads nothing from elsewhere and that nothing is refused or thrown. */
  async function open(path: string, width: number, colorScheme: 'light' | 'dark', javaScriptEnabled = true) {
    const context = await browser.newContext({
      colorScheme,
      javaScriptEnabled,
      viewport: { width, height: 900 },
    });
    const page = await context.newPage();
    const troubles: string[] = [];
    page.on('console', message => message.type() === 'error' && troubles.push(message.text()));
    page.on('pageerror', error => troubles.push(String(error)));
    page.on('request', request => {
      if (!request.url().startsWith(url()) && !request.url().startsWith('data:'))
        troubles.push(request.url());
    });
    await page.goto(`${url()}${path}`);
    return { page, troubles, close: () => context.close() };
  }

  it.each([
    { day: 'good', paths: ['/'] },
    { day: 'bad', paths: ['/', '/bots/checkpoint', `/pools/1/${poolA}`, '/timeline'] },
  ])(
    'axe finds nothing on a $day day, wide or narrow, light or dark, and nothing scrolls sideways',
    async ({ day, paths }) => {
      shown = day === 'good' ? goodDay() : badDay();
      for (const path of paths) {
        const { page, troubles, close } = await open(path, 390, 'light');
        for (const width of path === '/' ? [390, 1440] : [390]) {
          await page.setViewportSize({ width, height: 900 });
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
            expect([path, width, wider, troubles]).toEqual([path, width, 0, []]);
            if (path === '/' && screenshots && colorScheme === 'light')
              await page.screenshot({ path: join(screenshots, `watchtower-${day}-${width}.png`) });
            // A colour scheme changes only colours.
            const violations = await violationsOn(page, colorScheme === 'light' ? 'all' : 'colours');
            expect([path, width, colorScheme, violations]).toEqual([path, width, colorScheme, []]);
          }
        }
        await close();
      }
    },
  );

  it('shows the same facts without JavaScript', async () => {
    shown = badDay();
    const without = await open('/', 390, 'light', false);
    const text = await without.page.locator('main').textContent();
    for (const fact of [
      'A bot does not answer',
      'sUSDe 182 days',
      'Acknowledged by jrhea',
      'Runbook bot-unreachable',
    ])
      expect(text).toContain(fact);
    expect(text).toMatch(/ago/);
    await without.close();
  });

  it('replaces what changed while it is open, and nothing else', async () => {
    shown = goodDay();
    publisher.changes(shown, Date.now());
    const { page, troubles, close } = await open('/', 1440, 'light');
    await page.locator('.verdict.ok').waitFor();
    await page.evaluate("document.getElementById('wallets').dataset.untouched = 'yes'");
    while (live.size === 0) await page.waitForTimeout(20);
    shown = laterOf(badDay());
    live.publish(publisher.changes(shown, Date.now()), shown.at);
    await page.locator('.verdict.critical').waitFor();
    expect(await page.evaluate("document.getElementById('wallets').dataset.untouched")).toBe('yes');
    // An opened card stays open, and no other card opens in its place.
    await page.locator('#alerts details summary').first().click();
    const [first] = shown.alerts;
    if (!first) throw new Error('there is an alert');
    const older = { ...first, key: 'older', check: 'older', since: '2026-01-01T00:00:00.000Z' };
    shown = laterOf({ ...shown, alerts: [older, ...shown.alerts] });
    live.publish(publisher.changes(shown, Date.now()), shown.at);
    await page.locator('#alerts details').nth(1).waitFor();
    const opened =
      "[...document.querySelectorAll('#alerts details[open]')].map(d => d.closest('li').dataset.key)";
    expect(await page.evaluate(opened)).toEqual([cardKey(first)]);
    expect(await page.evaluate("document.activeElement.closest('li')?.dataset.key")).toBe(cardKey(first));
    expect(troubles).toEqual([]);
    await close();
  });
});

/**
 * Returns the accessibility violations of a page. The page's policy forbids the script, so the debugger
 * injects it.
 */
async function violationsOn(page: Page, rules: 'all' | 'colours'): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: `globalThis.axe || (() => {${axe}})()` });
  const options = rules === 'all' ? '{}' : "{ runOnly: { type: 'rule', values: ['color-contrast'] } }";
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, ${options}).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ": " + nodes[0]?.html)))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(result.value as string) as string[];
}
