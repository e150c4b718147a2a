// SPDX-License-Identifier: ISC
// The adversarial remote: every case of cases/*.js, a line each, and at the end
// the most memory a bridge took and "N passed, N failed".
//   node run.js [--quick] [--list] [filter ...]
// --quick leaves out what takes long, --list prints the table of cases. A filter
// is the beginning of ids.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ensureNode22 } from '../integration/lib/node22.js';
import { enterNamespace, inside } from './namespace.js';

ensureNode22();

enterNamespace();

const { MEMORY_MB, Trial } = await import('./attack.js');
const { values: options, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, list: { type: 'boolean', default: false }, jobs: { type: 'string', default: '6' } },
});

const files = readdirSync(new URL('cases/', import.meta.url)).filter((name) => name.endsWith('.js')).sort();
const all = (await Promise.all(files.map(async (name) => (await import(`./cases/${name}`)).cases))).flat();
const twice = all.find(({ id }, n) => all.findIndex((other) => other.id === id) !== n);
if (twice) throw new Error(`two cases are called ${twice.id}`);
const chosen = all.filter(({ id, slow }) => !(options.quick && slow) &&
  (filters.length === 0 || filters.some((start) => id.startsWith(start))));

if (options.list) {
  for (const { id, what, must, slow } of chosen) console.log(`${id.padEnd(28)} ${what}: ${must.join(' or ')}${slow ? ' (not in the quick run)' : ''}`);
  console.log(`${chosen.length} cases`);
  process.exit(0);
}

const LIMIT_MS = 120_000;
let passed = 0;
let failed = 0;
let skipped = 0;
let peak = 0;

function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not over in ${ms / 1000} s`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function judge({ id, what, must, run, inside: needsNamespace }) {
  const trial = new Trial();
  const started = performance.now();
  const report = (verdict, more) => console.log(`${verdict} ${id}: ${what} -> ${more} (${Math.round(performance.now() - started)} ms)`);
  try {
    const outcome = needsNamespace && !inside ? 'skip: the kernel gives no network namespace' : await within(run(trial), LIMIT_MS);
    if (outcome.startsWith('skip:')) {
      skipped += 1;
      report('ok', `# ${outcome}`);
    } else if (must.includes(outcome)) {
      passed += 1;
      report('ok', outcome);
    } else {
      failed += 1;
      report('not ok', `${outcome}, must be ${must.join(' or ')}`);
    }
  } catch (error) {
    failed += 1;
    report('not ok', String(error.stack ?? error).replaceAll('\n', '\n    '));
  } finally {
    peak = Math.max(peak, trial.peakMb);
    await trial.close().catch((error) => console.log(`# ${id}: ${error}`));
  }
}

const queue = chosen.filter(({ alone }) => !alone);
await Promise.all(Array.from({ length: Number(options.jobs) }, async () => {
  for (let one; (one = queue.shift());) await judge(one);
}));
// These change the machine for everybody.
for (const one of chosen.filter(({ alone }) => alone)) await judge(one);
console.log(`# ${chosen.length} cases, ${skipped} skipped; the largest bridge took ${peak.toFixed(1)} MB of ${MEMORY_MB}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
