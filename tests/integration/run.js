// SPDX-License-Identifier: ISC
// Runs every *.test.js here, two files at a time, a line per case and at the
// end "N passed, N failed". `node run.js [filter]`: only files whose name, or
// else cases whose title, contain the filter. MCP_BRIDGE names another binary,
// TIME_SCALE stretches the deadlines.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureNode22 } from './lib/node22.js';

ensureNode22();

const here = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(here).filter((name) => name.endsWith('.test.js')).sort();
const [filter = ''] = process.argv.slice(2);
const named = all.filter((name) => name.includes(filter));
const files = (named.length > 0 ? named : all).map((name) => join(here, name));
const testNamePatterns = named.length > 0 ? undefined : [new RegExp(filter.replace(/[^\w ]/g, '.'))];

let passed = 0;
let failed = 0;

// A file is reported as a test of its own when it could not run at all.
const isFile = ({ name, nesting }) => nesting === 0 && name.endsWith('.test.js');

function report(verdict, event) {
  const { details, file, name } = event;
  console.log(`${verdict} ${basename(file ?? name)}: ${name} (${Math.round(details.duration_ms)} ms)`);
}

const events = run({ files, concurrency: 2, timeout: 300_000, testNamePatterns });
events.on('test:pass', (event) => {
  if (isFile(event) || event.details.type === 'suite' || event.skip) return;
  passed += 1;
  report('ok', event);
});
events.on('test:fail', (event) => {
  const { error } = event.details;
  if (event.details.type === 'suite' || error?.failureType === 'subtestsFailed') return;
  failed += 1;
  report('not ok', event);
  const cause = error?.cause ?? error;
  console.log(String(cause?.stack ?? cause).replace(/^/gm, '    '));
});
events.on('test:stderr', ({ message }) => process.stderr.write(message));
events.on('end', () => {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
events.resume();
