// SPDX-License-Identifier: ISC
// The official conformance suite through the bridge:
//   node run.js [set|scenario ...] [--version V] [--host ERA] [--times N] [--verbose]
// ERA: legacy, modern, dual, asking (see driver.js); without, the host is of the server's era.
// A pass is strict: no failed check, no warning, the driver's exit as the
// scenario demands, and at least one check that succeeded. A line each, then
// "N passed, N failed".
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scratchDir } from '../integration/lib/bridge.js';
import { ensureNode22, nodePath } from '../integration/lib/node22.js';
import { sets } from './scenarios.js';

ensureNode22();

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const suite = at('../node_modules/@modelcontextprotocol/conformance/dist/index.js');
const parallel = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'string' }, host: { type: 'string', default: '' }, times: { type: 'string', default: '1' }, verbose: { type: 'boolean', default: false },
  },
});

const command = `${nodePath} ${at('driver.js')} ${values.host}`.trim();

function chosen(name) {
  if (name in sets) return Object.entries(sets[name]);
  const known = Object.entries(Object.assign({}, ...Object.values(sets)));
  const found = known.filter(([scenario]) => scenario === name);
  if (found.length === 0) throw new Error(`no such set or scenario: ${name}`);
  return found;
}

function plan() {
  const names = positionals.length > 0 ? positionals : ['login-free'];
  const pairs = names.flatMap(chosen).flatMap(([scenario, versions]) => versions.map((version) => ({ scenario, version })));
  const wanted = pairs.filter(({ version }) => !values.version || version === values.version);
  return Array.from({ length: Number(values.times) }, () => wanted).flat();
}

function execute(args) {
  return new Promise((resolve) => {
    const child = spawn(nodePath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => { output += chunk; });
    child.stderr.on('data', (chunk) => { output += chunk; });
    child.on('close', (code) => resolve({ code, output }));
  });
}

/** The checks as the suite recorded them; none where it did not come so far. */
function readChecks(dir) {
  const found = readdirSync(dir, { recursive: true }).find((name) => name.endsWith('checks.json'));
  return found ? JSON.parse(readFileSync(join(dir, found))) : [];
}

async function judge({ scenario, version }) {
  const dir = scratchDir();
  const began = performance.now();
  const { code, output } = await execute([
    suite, 'client', '--command', command, '--scenario', scenario, '--spec-version', version,
    '--force', '--output-dir', dir, // extensions are on no version's timeline
  ]);
  const count = (checks, status) => checks.filter((check) => check.status === status).length;
  const checks = readChecks(dir);
  const passed = code === 0 && count(checks, 'SUCCESS') > 0 &&
    count(checks, 'FAILURE') === 0 && count(checks, 'WARNING') === 0;
  const ms = Math.round(performance.now() - began);
  console.log(`${passed ? 'ok' : 'not ok'} ${scenario} ${version} (${count(checks, 'SUCCESS')} checks, ${ms} ms)`);
  if (!passed || values.verbose) console.log(output.replace(/^/gm, '    '));
  return passed;
}

const queue = plan();
const total = queue.length;
let passed = 0;
await Promise.all(Array.from({ length: parallel }, async () => {
  for (let next; (next = queue.shift());) if (await judge(next)) passed += 1;
}));
console.log(`${passed} passed, ${total - passed} failed`);
process.exitCode = passed === total && total > 0 ? 0 : 1;
