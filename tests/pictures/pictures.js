// SPDX-License-Identifier: ISC
// `make pictures`: the README's pictures, from a real run on this machine. A
// terminal in which somebody signs in at a real authorization server, looks, and
// has the doctor come; and the page that the browser ends on.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureNode22 } from '../integration/lib/node22.js';

ensureNode22();
const { openChromium } = await import('../integration/lib/chromium.js');
const { withRealServers } = await import('../integration/lib/signin.js');
const { Terminal } = await import('../integration/lib/terminal.js');
const { Screen } = await import('./screen.js');
const { drawing } = await import('./svg.js');

const columns = 96;
const typing = 0.6; // seconds from prompt to output
const pause = 1.6; // between two commands
const target = (name) => fileURLToPath(new URL(`../../docs/pictures/${name}`, import.meta.url));

/** Runs one command; its lines, each with when it came. */
async function record(place, start, args, meanwhile) {
  const path = `${place.opener.dir}:${process.env.PATH}`;
  const terminal = new Terminal(args, { ...place.env, PATH: path, BROWSER: 'browser', LC_ALL: 'C.UTF-8' }, { term: 'xterm-256color', columns });
  const before = performance.now();
  const came = [];
  terminal.onData = (screen) => {
    const lines = screen.split('\n').length;
    while (came.length < lines) came.push((performance.now() - before) / 1000);
  };
  await meanwhile?.();
  const status = await terminal.end();
  if (status !== 0) throw new Error(`${args.join(' ')}: status ${status}: ${terminal.screen}`);
  const prompt = [{ text: '$ ', style: 'dim' }, { text: `mcp-bridge ${args.join(' ')}`, style: 'bold' }];
  const lines = new Screen().write(terminal.raw).runs();
  while (lines.at(-1)?.length === 0) lines.pop();
  return [
    { runs: prompt, at: start },
    ...lines.map((runs, n) => ({ runs, at: start + typing + (came[n] ?? came.at(-1)) })),
    { runs: [], at: start + typing + came.at(-1) },
  ];
}

/** A person clicks through the pages; the last one is pictured. */
async function person(browser, url) {
  const context = await browser.newContext({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 1.5 });
  const page = await context.newPage();
  await page.goto(url);
  await page.fill('input[name=login]', 'anna');
  await page.fill('input[name=password]', 'secret');
  await page.click('button:has-text("Log in")');
  await page.click('button:has-text("Allow")');
  await page.waitForLoadState();
  await page.screenshot({ path: target('signed-in.png') });
  await context.close();
}

mkdirSync(target(''), { recursive: true });
const browser = await openChromium();
try {
  await withRealServers({}, async (place) => {
    const picture = async (name, title, ...commands) => {
      const lines = [];
      for (const [args, meanwhile] of commands) {
        const start = lines.length ? lines.at(-1).at + pause : 0.4;
        lines.push(...await record(place, start, args, meanwhile));
      }
      writeFileSync(target(name), drawing(lines.slice(0, -1), { columns, title }));
    };
    await picture(
      'login.svg', 'mcp-bridge login and status in a terminal',
      [['login', place.url], async () => person(browser, await place.opener.tab(1))],
      [['status', place.url]],
    );
    await picture('doctor.svg', 'mcp-bridge doctor in a terminal', [['doctor', place.url]]);
  });
} finally {
  await browser.close();
}
console.log('docs/pictures: login.svg, doctor.svg, signed-in.png');
