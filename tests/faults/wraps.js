// SPDX-License-Identifier: ISC
// wraps.js ARCHIVE DIR: writes DIR/wraps.inc and DIR/wraps.ld for the functions
// that objects use and that can fail. Ends with an error when one of them is in
// none of the lists of functions.js.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { exempt, failing } from './functions.js';

const [archive, dir] = process.argv.slice(2);
const symbols = (...options) => execFileSync('nm', ['-A', ...options, archive], { encoding: 'utf8', maxBuffer: 1 << 26 })
  .split('\n').filter(Boolean).map((line) => line.split(/\s+/).slice(-2));

const own = new Set(symbols('--defined-only').map(([, name]) => name));
const data = ['environ', 'stdout', 'stderr', 'stdin', 'optarg', 'optind', 'opterr', 'optopt', 'in6addr_loopback', '_GLOBAL_OFFSET_TABLE_'];
const used = [...new Set(symbols('--undefined-only').map(([, name]) => name))]
  .filter((name) => !own.has(name) && !data.includes(name) && !/^__(asan|ubsan|sanitizer|stack_chk|gcov|llvm)/.test(name)).sort();

const spared = new Set(Object.values(exempt).flatMap((names) => names.trim().split(/\s+/)));
const unknown = used.filter((name) => !(name in failing) && !spared.has(name));
if (unknown.length > 0) {
  console.error(`tests/faults/functions.js does not say how these fail: ${unknown.join(' ')}`);
  process.exit(1);
}
const wrapped = used.filter((name) => name in failing);
writeFileSync(`${dir}/wraps.inc`, wrapped.map((name) => `WRAP(${name})\n`).join(''));
writeFileSync(`${dir}/wraps.ld`, wrapped.map((name) => `-Wl,--wrap=${name}\n`).join(''));
