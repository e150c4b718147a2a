// SPDX-License-Identifier: ISC
// Signing in with real Chromium: a person's clicks through login and consent of
// oidc-provider, and the page at the end as it looks: light, dark and narrow.
// The pictures are in build/screenshots.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exchange } from './lib/browser.js';
import { openChromium } from './lib/chromium.js';
import { textOf } from './lib/expect.js';
import { behind, gate } from './lib/scripted-as.js';
import { withRealServers, withScripted } from './lib/signin.js';

const screenshots = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));

let browser;
before(async () => {
  mkdirSync(screenshots, { recursive: true });
  browser = await openChromium();
});
after(() => browser?.close());

/** A window whose complaints (blocked styles, failed loads) are collected. */
async function openWindow() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { page, complaints, close: () => context.close() };
}

/** Clicks through oidc-provider's forms to the last page. */
async function clickThrough(page, url, { choice = 'Allow' } = {}) {
  await page.goto(url);
  await page.fill('input[name=login]', 'anna');
  await page.fill('input[name=password]', 'secret');
  await page.click('button:has-text("Log in")');
  await page.click(`button:has-text("${choice}")`);
  await page.waitForLoadState();
}

const luminance = ([r, g, b]) => [r, g, b]
  .map((part) => part / 255)
  .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);

function contrast(one, other) {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

/* Runs in the page: each text with its colour and that of the paper under it. */
function textsOfPage() {
  const rgb = (colour) => colour.match(/[\d.]+/g).map(Number);
  const paperUnder = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('h1, p, footer')].map((element) => ({
    text: element.textContent, ink: rgb(getComputedStyle(element).color).slice(0, 3), paper: paperUnder(element),
  }));
}

/** Takes the pictures of one page and checks what can be measured. */
async function show(page, name) {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 320]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: width === 320 ? 568 : 800 });
      const file = `${name}-${colorScheme}${width === 320 ? '-320' : ''}.png`;
      await page.screenshot({ path: join(screenshots, file) });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(overflow, 0, `${file} scrolls sideways`);
      for (const { text, ink, paper } of await page.evaluate(textsOfPage)) {
        assert.ok(contrast(ink, paper) >= 4.5, `${file}: contrast of "${text}" is ${contrast(ink, paper)}`);
      }
    }
  }
  const { lang, title, headings, announced } = await page.evaluate(() => ({
    lang: document.documentElement.lang, title: document.title,
    headings: document.querySelectorAll('h1').length,
    announced: document.querySelectorAll('[role=status], [role=alert]').length,
  }));
  assert.equal(lang, 'en');
  assert.match(title, / – mcp-bridge$/);
  assert.deepEqual([headings, announced], [1, 1]);
}

test('A-056 A-120 a person signs in by clicking; the page says so', async () => {
  await withRealServers({}, async (place) => {
    const window = await openWindow();
    const host = place.start();
    const opened = host.initialize();
    await clickThrough(window.page, await place.opener.tab());
    assert.equal(await window.page.textContent('h1'), 'You are signed in');
    await show(window.page, 'success');
    await opened;
    assert.equal(textOf(await host.request('tools/call', { name: 'whoami', arguments: {} })), 'anna');
    await host.stop();
    assert.deepEqual(window.complaints, []);
    assert.equal(place.opener.count, 1);
    await window.close();
  });
});

test('A-056 a person declines; the page says what to do', async () => {
  await withRealServers({}, async (place) => {
    const window = await openWindow();
    const host = place.start();
    const refused = host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } });
    await clickThrough(window.page, await place.opener.tab(), { choice: 'Deny' });
    assert.equal(await window.page.textContent('h1'), 'Access was not granted');
    await show(window.page, 'denied');
    assert.equal((await refused).error.code, -31402);
    await host.stop();
    await window.close();
  });
});

test('A-048 A-056 a tab left over from another attempt has expired; the one that is open works', async () => {
  await withScripted({}, async (place) => {
    const window = await openWindow();
    const host = place.start();
    const opened = host.initialize();
    const start = await place.opener.tab();
    const { redirect_uri: redirect } = await attemptOf(start);
    await window.page.goto(`${redirect}?code=old&state=${'0'.repeat(32)}`);
    assert.equal(await window.page.textContent('h1'), 'This sign-in has expired');
    await show(window.page, 'expired');
    await window.page.goto(start);
    assert.equal(await window.page.textContent('h1'), 'You are signed in');
    await opened;
    await host.stop();
    await window.close();
  });
});

/** What the start page would send the browser away with. */
async function attemptOf(start) {
  const { headers } = await exchange(start);
  return Object.fromEntries(new URL(headers.location).searchParams);
}

test('A-056 the last step fails; the page says where to look', async () => {
  await withScripted({ as: { on: { token: (exchange) => exchange.send(500) } } }, async (place) => {
    const window = await openWindow();
    const host = place.start();
    host.initialize().catch(() => {});
    await window.page.goto(await place.opener.tab());
    assert.equal(await window.page.textContent('h1'), 'Sign-in did not work');
    await show(window.page, 'failed');
    await window.close();
  });
});

test('A-048 A-056 a second tab after the answer is told that all is done', async () => {
  const held = gate();
  await withScripted({ as: { on: { token: behind(held) } } }, async (place) => {
    const [first, second] = [await openWindow(), await openWindow()];
    const host = place.start();
    const opened = host.initialize();
    const start = await place.opener.tab();
    const answered = first.page.goto(start);
    await held.reached;
    const late = second.page.goto(start);
    await sleep(300);
    held.open();
    await answered;
    await late;
    assert.equal(await second.page.textContent('h1'), 'Already taken care of');
    await show(second.page, 'already');
    assert.equal(await first.page.textContent('h1'), 'You are signed in');
    await opened;
    await host.stop();
    await first.close();
    await second.close();
  });
});
