// SPDX-License-Identifier: ISC
// The long runs, and what came of them written into docs/reliability.md:
//   node tests/tools/reliability.js [RUN ...]
// RUN is a target of make below, all of them by default; rows of runs that were
// not made stay. Ends with "N passed, N failed", one for each run.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

// What is long enough to be told of.
const settings = { fuzz: ['FUZZ_SECONDS=1800', 'FUZZ_RUNS=10000000'] };
const page = 'docs/reliability.md';
const runs = ['faults', 'adversary', 'kills', 'soak', 'fuzz', 'coverage'];
const wanted = process.argv.slice(2);
const stranger = wanted.find((name) => !runs.includes(name));
if (stranger) {
  console.error(`no such run: ${stranger} (there are ${runs.join(', ')})`);
  process.exit(64);
}

/** Runs `make NAME`, shown as it goes: { status, last }: its closing line. */
function run(name) {
  return new Promise((resolve) => {
    const child = spawn('make', ['--no-print-directory', name, ...settings[name] ?? []], { stdio: ['ignore', 'pipe', 'inherit'] });
    let tail = '';
    child.stdout.on('data', (data) => {
      process.stdout.write(data);
      tail = (tail + data).slice(-4096);
    });
    child.once('close', (status) => resolve({ status, last: tail.trim().split('\n').at(-1).trim() }));
  });
}

/** The page with one row of the table replaced, or added. */
function record(name, what) {
  const [before, rows, after] = readFileSync(page, 'utf8').split(/<!-- \/?figures -->\n/);
  const [head, rule, ...old] = rows.trim().split('\n');
  const row = `| \`make ${name}\` | ${what.join(' | ')} |`;
  const at = old.findIndex((line) => line.startsWith(`| \`make ${name}\` `));
  if (at === -1) old.push(row);
  else old[at] = row;
  writeFileSync(page, `${before}<!-- figures -->\n${[head, rule, ...old].join('\n')}\n<!-- /figures -->\n${after}`);
}

let failed = 0;
const chosen = runs.filter((name) => wanted.length === 0 || wanted.includes(name));
for (const name of chosen) {
  const begin = Date.now();
  const { status, last } = await run(name);
  if (status !== 0) failed += 1;
  const minutes = Math.max(1, Math.round((Date.now() - begin) / 60_000));
  record(name, [new Date(begin).toISOString().slice(0, 10), `${minutes} min`, `${status === 0 ? '' : 'failed: '}${last.replaceAll('|', '/')}`]);
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
