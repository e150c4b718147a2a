// SPDX-License-Identifier: ISC
// run.js all UNIT-PROGRAM... | fuzz: runs the instrumented build in
// build/coverage and reports the lines executed, by folder or by fuzz target.
// `all` fails below the floors. CASES: only these files of the integration tests.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const floors = { wire: 85, auth: 80 };
const root = fileURLToPath(new URL('../../', import.meta.url));
process.chdir(root);
const build = 'build/coverage';
const [what, ...programs] = process.argv.slice(2);
const tool = (name) => [`${name}-14`, name].find((one) => !spawnSync(one, ['--help']).error);
const [profdata, cov] = [tool('llvm-profdata'), tool('llvm-cov')];

const targets = readdirSync(`${build}/fuzz`).filter((name) => /^fuzz_[a-z_]+$/.test(name));
const filesIn = (dir) => (existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : []);

function runFuzz(target, profile) {
  const name = target.replace(/^fuzz_/, '');
  const inputs = [...filesIn(`tests/fuzz/corpus/${name}`), ...filesIn(`build/fuzz/corpus/${name}`)];
  for (let from = 0; from < inputs.length; from += 2000) {
    const { status } = spawnSync(`${build}/fuzz/${target}`, inputs.slice(from, from + 2000), { env: { ...process.env, LLVM_PROFILE_FILE: profile }, stdio: 'ignore' });
    if (status !== 0) {
      console.log(`not ok ${target}: ended by one of its inputs`);
      process.exitCode = 1;
    }
  }
  return inputs.length;
}

/** Line counts by source file, of all profiles in `dir`. */
function measure(dir, binaries) {
  const merged = `${dir}/merged.profdata`;
  const raw = readdirSync(dir).filter((name) => name.endsWith('.profraw')).map((name) => join(dir, name));
  execFileSync(profdata, ['merge', '-sparse', '--failure-mode=all', '-o', merged, ...raw], { stdio: ['ignore', 'ignore', 'ignore'] });
  const [first, ...more] = binaries;
  const json = execFileSync(cov, ['export', '-summary-only', `-instr-profile=${merged}`, first, ...more.flatMap((one) => ['-object', one])], { maxBuffer: 1 << 28, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(json).data[0].files
    .map(({ filename, summary: { lines } }) => ({ name: filename.replace(root, '').replace(/^\.\//, ''), count: lines.count, covered: lines.covered }))
    .filter(({ name }) => name.startsWith('src/'));
}

function fresh(name) {
  const dir = join(build, 'profiles', name);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  return dir;
}

const percent = (files) => {
  const [covered, count] = ['covered', 'count'].map((key) => files.reduce((sum, file) => sum + file[key], 0));
  return count === 0 ? 0 : (100 * covered) / count;
};

function reportFuzz() {
  for (const target of targets) {
    const dir = fresh(target);
    const inputs = runFuzz(target, join(root, dir, '%p.profraw'));
    const files = measure(dir, [`${build}/fuzz/${target}`]).filter(({ covered, count }) => covered / count >= 0.3);
    console.log(`${target.padEnd(18)} ${String(inputs).padStart(6)} inputs  ${files.map((file) => `${file.name.slice(4)} ${Math.round(percent([file]))} %`).join(', ')}`);
  }
}

function reportAll() {
  const dir = fresh('all');
  const env = { ...process.env, LLVM_PROFILE_FILE: join(root, dir, '%m-%p.profraw'), MCP_BRIDGE: join(root, build, 'mcp-bridge'), TIME_SCALE: '2' };
  for (const program of programs) spawnSync(program, { env, stdio: 'ignore' });
  for (const target of targets) runFuzz(target, env.LLVM_PROFILE_FILE.replace('%m', target));
  const { status } = spawnSync('node', ['tests/integration/run.js', ...(process.env.CASES ? [process.env.CASES] : [])], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) console.log('# integration tests failed; the figures lack what they would have reached');
  const files = measure(dir, [`${build}/mcp-bridge`, ...programs, ...targets.map((target) => `${build}/fuzz/${target}`)]);
  const folders = Map.groupBy?.(files, ({ name }) => name.split('/')[1]) ?? new Map([...new Set(files.map(({ name }) => name.split('/')[1]))].map((folder) => [folder, files.filter(({ name }) => name.split('/')[1] === folder)]));
  for (const file of [...files].sort((a, b) => percent([a]) - percent([b])).slice(0, 15)) console.log(`  ${percent([file]).toFixed(1).padStart(5)} %  ${file.name}`);
  let failed = 0;
  for (const [folder, own] of [...folders].sort()) {
    const low = percent(own) < (floors[folder] ?? 0);
    failed += low;
    console.log(`${low ? 'not ok' : 'ok'} src/${folder}: ${percent(own).toFixed(1)} % of ${own.reduce((sum, { count }) => sum + count, 0)} lines${floors[folder] ? `, at least ${floors[folder]} %` : ''}`);
  }
  const figures = [...folders].sort().map(([folder, own]) => `${folder} ${percent(own).toFixed(1)} %`);
  console.log(`${figures.join(', ')}: ${folders.size - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

if (what === 'fuzz') reportFuzz();
else reportAll();
