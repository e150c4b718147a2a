// SPDX-License-Identifier: ISC
// Fails every call of the program that can fail, one in each run of a scenario,
// and judges what becomes of it. `node run.js [options] [function ...]`: those
// functions alone. A place is a call and the calls that led there: --depth N of
// them (2), or one less where a failure ends the program by design. --sample N:
// only every Nth failure, for `make check`. --jobs N at a time. --list: nothing
// fails; the call sites that no scenario comes by are listed.
// Ends with "N passed, N failed".
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'build/faults/faulty');
process.env.MCP_BRIDGE = program;

const { scratchDir } = await import('../integration/lib/bridge.js');
const { failing, fatal, impossible, spared } = await import('./functions.js');
const { Scene } = await import('./scene.js');
const { scenarios } = await import('./scenarios.js');

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '1' }, depth: { type: 'string', default: '2' }, jobs: { type: 'string', default: '4' },
    scenario: { type: 'string', multiple: true }, verbose: { type: 'boolean', default: false }, list: { type: 'boolean', default: false },
  },
});
const chosen = (name) => wanted.length === 0 || wanted.includes(name);
const names = options.scenario ?? Object.keys(scenarios);

/** All calls of wrapped functions, as the compiler left them: [{ name, at }], `at` the return address. */
function callSites() {
  const text = execFileSync('objdump', ['-d', '--no-show-raw-insn', program], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const base = parseInt(/ ([0-9a-f]+) .*__executable_start/.exec(` ${execFileSync('nm', [program], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n').find((line) => line.endsWith('__executable_start'))}`)[1], 16);
  const sites = [];
  let call;
  for (const line of text.split('\n')) {
    const at = /^ +([0-9a-f]+):/.exec(line);
    if (!at) continue;
    if (call) sites.push({ name: call, at: (parseInt(at[1], 16) - base).toString(16) });
    call = /\t(?:call|bl)\w*\s.*<__wrap_(\w+)>/.exec(line)?.[1];
  }
  return sites;
}

const known = new Map();

/** The functions and source lines of return addresses, all asked for at once. */
function learnLines(addresses) {
  const fresh = [...new Set(addresses)].filter((at) => !known.has(at));
  if (fresh.length === 0) return;
  const calls = fresh.map((at) => (parseInt(at, 16) - 1).toString(16));
  const out = execFileSync('addr2line', ['-f', '-s', '-e', program, ...calls], { encoding: 'utf8' }).split('\n');
  fresh.forEach((at, n) => known.set(at, { within: out[2 * n], line: out[2 * n + 1].replace(/ \(disc.*/, '') }));
}

const lineOf = (at) => known.get(at)?.line ?? '?';

/** The calls as they stand in the source: one that is inlined in many places is one. */
function inSource(calls) {
  const sites = new Map();
  for (const { name, at } of calls) {
    const key = `${name} ${known.get(at).within} ${lineOf(at)}`;
    if (!sites.has(key)) sites.set(key, { name, at, copies: [] });
    sites.get(key).copies.push(`${name}@${at}`);
  }
  return [...sites.values()];
}

async function play(name, faultEnv, { hostLeft = false } = {}) {
  const scene = new Scene(faultEnv, { hostLeft });
  try {
    await scenarios[name](scene);
    await scene.recover();
  } catch (error) {
    scene.problem(`the scenario broke off: ${error.stack}`);
  } finally {
    await scene.close();
  }
  return scene;
}

const functionOf = (site) => site.split('@')[0];
const chain = (site) => (site.split('@')[1] ?? '').split(',').filter(Boolean);
const depthOf = (name) => Math.max(1, Number(options.depth) - (fatal.includes(name) ? 1 : 0));

/** Where each scenario comes by: place to the scenarios, fastest first. */
async function trace() {
  const seen = new Map();
  const took = {};
  for (const name of names) {
    const path = join(scratchDir(), 'trace');
    const started = performance.now();
    const { problems, outcomes } = await play(name, { FAULT_TRACE: path, FAULT_DEPTH: options.depth });
    took[name] = performance.now() - started;
    if (problems.length > 0) {
      console.log(`${name} fails without a fault: ${problems.join('\n')}`);
      failed += 1;
    }
    const sites = new Set(readFileSync(path, 'utf8').split('\n').filter(Boolean));
    for (const site of sites) {
      const place = `${functionOf(site)}@${chain(site).slice(0, depthOf(functionOf(site)))}`;
      if (!seen.has(place)) seen.set(place, new Set());
      seen.get(place).add(name);
    }
    console.log(`${name}: ${sites.size} places, ${Math.round(took[name])} ms (${outcomes.join(', ')})`);
  }
  for (const [place, where] of seen) seen.set(place, [...where].sort((a, b) => took[a] - took[b]));
  return seen;
}

const hasFailed = (once) => existsSync(once) && readFileSync(once)[0] === 1;

/** Fails one call in one way, after another one where that is what leads there: { name, scene, path } or null. */
async function inject({ site, name: wrapped, way, where, before }) {
  for (const name of [...where, ...where].slice(0, 3)) {
    const dir = scratchDir();
    const once = join(dir, 'once');
    const path = join(dir, 'trace');
    const order = (at, { result, errno, after }, file) => [at, result, errno ? os.constants.errno[errno] : 0, after ? 1 : 0, file].join(';');
    const env = { FAULT_DEPTH: options.depth, FAULT_TRACE: path, FAULT_1: order(site, way, once) };
    if (before) env.FAULT_2 = order(before.site, before.way, `${once}-before`);
    const hostLeft = ['read', 'recv', 'write', 'writev', 'sendmsg', 'poll'].includes(wrapped) && lineOf(chain(site)[0]).startsWith('os.c');
    const scene = await play(name, env, { hostLeft });
    if (hasFailed(once)) return { name, scene, path };
  }
  return null;
}

function report(stat, sites) {
  console.log('\nfunction                                   sites  reached  places  failed  right  wrong  missed');
  for (const [name, row] of [...stat].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const own = sites.filter((site) => site.name === name);
    console.log(`${name.padEnd(42)} ${[own.length, own.filter((site) => site.reached).length, row.places.size, row.tried, row.right, row.wrong, row.missed]
      .map((n, i) => String(n).padStart([5, 8, 7, 7, 6, 6, 7][i])).join(' ')}`);
  }
}

/** Whether all of it was to be failed. */
const isWhole = () => wanted.length === 0 && step === 1 && !options.scenario;

/** In a whole run no call site is forgotten, and none spared that could be failed. */
function judgeSites(sites) {
  const forgotten = sites.filter((site) => !site.failed && !site.spared);
  const stale = spared.filter((entry) => !sites.some((site) => site.spared === entry && !site.failed));
  if (isWhole()) {
    for (const { name, at } of forgotten) console.log(`${options.list ? '#' : 'not ok'} never failed: ${name} at ${lineOf(at)}`);
  }
  if (isWhole() && !options.list) {
    for (const { file, within, calls } of stale) console.log(`not ok spared, but there is no need to: ${calls} in ${within} (${file})`);
    failed += forgotten.length + stale.length;
  }
  return sites.filter((site) => site.spared && !site.failed).length;
}

let passed = 0;
let failed = 0;

const calls = callSites();
const seen = await trace();
const leaf = (site) => `${functionOf(site)}@${chain(site)[0]}`;
const reached = new Set([...seen.keys()].map(leaf));
learnLines([...calls.map(({ at }) => at), ...[...seen.keys()].flatMap(chain)]);
const sites = inSource(calls);

const canBe = (site, way) => !impossible.some(({ file, name, errnos }) => name === functionOf(site) &&
  lineOf(chain(site)[0]).startsWith(`${file}:`) && errnos.includes(way.errno));
const whySpared = (name, at) => spared.find(({ file, within, calls }) => calls === name && known.get(at).within === within && lineOf(at).startsWith(`${file}:`));
const waysAt = (site) => (whySpared(functionOf(site), chain(site)[0]) ? [] : failing[functionOf(site)].filter((way) => canBe(site, way)));
const step = Number(options.sample);
const plan = [...seen].sort(([a], [b]) => (a < b ? -1 : 1))
  .flatMap(([site, where]) => waysAt(site).map((way) => ({ site, name: functionOf(site), way, where })))
  .filter(({ name }) => chosen(name)).filter((_, n) => n % step === 0);
console.log(`${sites.length} call sites, ${seen.size} places, ${plan.length} failures to come`);

const stat = new Map();
const injected = new Set();

/** Sites that only a failure leads to are failed as well, after it. */
function follow(item, { name, path }) {
  if (item.before || step > 1 || !existsSync(path)) return;
  for (const site of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    if (reached.has(leaf(site))) continue;
    reached.add(leaf(site));
    learnLines(chain(site));
    for (const way of waysAt(site)) plan.push({ site: leaf(site), name: functionOf(site), way, where: [name], before: item });
  }
}

const describe = ({ site, name, way, before }) => `${name} = ${way.result} ${way.errno ?? ''}${way.after ? ' (after)' : ''} at ` +
  `${chain(site).map(lineOf).join(' < ')}${before ? `, after ${describe(before)}` : ''}`;

async function work() {
  for (let item; (item = plan.shift());) {
    const row = stat.get(item.name) ?? { places: new Set(), tried: 0, right: 0, wrong: 0, missed: 0 };
    stat.set(item.name, row);
    row.places.add(item.site);
    const done = await inject(item);
    if (!done) {
      row.missed += 1;
      if (options.verbose) console.log(`missed ${describe(item)}`);
      continue;
    }
    follow(item, done);
    injected.add(leaf(item.site));
    row.tried += 1;
    const { scene, name } = done;
    if (scene.problems.length === 0) {
      row.right += 1;
      passed += 1;
      if (options.verbose) console.log(`ok ${describe(item)} [${name}: ${scene.outcomes.join(', ')}]`);
    } else {
      row.wrong += 1;
      failed += 1;
      console.log(`not ok ${describe(item)} [${name}]\n${scene.problems.join('\n').replace(/^/gm, '    ')}`);
    }
  }
}
if (!options.list) await Promise.all(Array.from({ length: Number(options.jobs) }, work));
for (const site of sites) {
  site.reached = site.copies.some((copy) => reached.has(copy));
  site.failed = site.copies.some((copy) => (options.list ? reached : injected).has(copy));
  site.spared = whySpared(site.name, site.at);
}
report(stat, sites);
const left = judgeSites(sites);
console.log(`${sites.length} call sites, ${sites.filter((site) => site.failed).length} ${options.list ? 'reached' : 'failed'}, ${left} left alone: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || (passed === 0 && !options.list) ? 1 : 0;
