// SPDX-License-Identifier: ISC
// kill -9 at random moments under load, the bridge, its authorizer or both: the
// store stays whole, no process and no port is left, and the next start works.
//   node kills.js [count]		SEED=… repeats a run
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureNode22 } from '../integration/lib/node22.js';

ensureNode22();

// A copy of its own, so that its processes are known by their path.
const dir = mkdtempSync(join(tmpdir(), 'mcp-bridge-kills-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
const program = join(dir, 'mcp-bridge');
copyFileSync(process.env.MCP_BRIDGE ?? fileURLToPath(new URL('../../mcp-bridge', import.meta.url)), program);
process.env.MCP_BRIDGE = program;

const { runBridge } = await import('../integration/lib/host.js');
const { rpc } = await import('../integration/lib/scripted.js');
const { withScripted } = await import('../integration/lib/signin.js');

const [count = '1000'] = process.argv.slice(2);
const WORKERS = 4;
const AUTH_TIMEOUT_S = 10;
const LIFE_MS = 250; // the longest; a sign-in takes about 100
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Mulberry32. */
function randomFrom(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The processes of this run: pid to parent. */
function processes() {
  const found = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] !== program) continue;
      found.set(Number(pid), Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))[1]));
    } catch { /* it has ended */ }
  }
  return found;
}

const kill = (pid) => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch { /* it has ended */ }
};

/** Every record is one JSON object, ours alone. */
function checkStore(state) {
  const store = join(state, 'mcp-bridge');
  if (!existsSync(store)) return;
  for (const kind of readdirSync(store)) {
    for (const name of readdirSync(join(store, kind))) {
      const path = join(store, kind, name);
      assert.ok(!name.includes('.corrupt'), `${kind}/${name} was corrupt`);
      let status;
      try {
        status = lstatSync(path);
      } catch {
        continue; // replaced meanwhile
      }
      assert.equal(status.mode & 0o777, 0o600, path);
      if (name.endsWith('.json')) assert.equal(typeof JSON.parse(readFileSync(path, 'utf8')), 'object', path);
    }
  }
}

function streaming(exchange, { json }) {
  const events = exchange.sse();
  events.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } });
  setTimeout(() => { events.send(rpc.ok(json.id, { content: [{ type: 'text', text: JSON.stringify(json.params.arguments) }] })); events.end(); }, 5);
}

/** One life: it starts, works, and is killed. */
async function live(place, random, tally) {
  const ending = { access: () => place.as.access.clear(), all: () => { place.as.access.clear(); place.as.refresh.clear(); } };
  const what = random();
  if (what < 0.4) ending.access();
  else if (what < 0.5) ending.all();
  const host = place.start({ args: ['--auth-timeout', String(AUTH_TIMEOUT_S), '--hold-timeout', '5'] });
  const opened = host.initialize().then(() => {
    for (let n = 0; n < 20; n += 1) host.request('tools/call', { name: 'echo', arguments: { n } }, { id: n }).catch(() => {});
  });
  opened.catch(() => {});
  await sleep(random() * LIFE_MS);
  const children = [...processes()].filter(([, parent]) => parent === host.pid).map(([pid]) => pid);
  const whom = random();
  if (children.length > 0 && whom < 0.6) children.forEach(kill);
  if (whom > 0.3 || children.length === 0) host.child.kill('SIGKILL');
  tally[children.length > 0 ? 'with an authorizer' : 'alone'] += 1;
  await sleep(random() * 20);
  await host.discard();
  assert.deepEqual(host.violations, []);
  for (let n = 0; n < 20; n += 1) assert.ok(host.answersTo(n).length <= 1, `answers to ${n}`);
  checkStore(place.state);
}

/** The next start works, with the person's help where a sign-in was lost. */
async function assertStarts(place) {
  const host = place.start({ args: ['--auth-timeout', '30', '--hold-timeout', '60', '--no-sign-in-tool'] });
  let on = true;
  const helping = (async () => {
    for (let seen = place.tabs ?? 0; on; await sleep(20)) {
      for (const { args } of place.opener.launches.slice(seen)) {
        seen += 1;
        place.tabs = seen;
        await place.person.signIn(args[0]).catch(() => {});
      }
    }
  })();
  try {
    await host.initialize();
    let answer = await host.request('tools/call', { name: 'echo', arguments: { n: 'next' } }, { id: 'next', timeout: 60_000 });
    if (answer.error?.data?.kind === 'auth.login_required') {
      const { code, stderr } = await runBridge(['login', place.url], { env: place.env });
      assert.equal(code, 0, stderr);
      answer = await host.request('tools/call', { name: 'echo', arguments: { n: 'next' } }, { id: 'next again', timeout: 60_000 });
    }
    assert.ok(answer.result, `the next start: ${JSON.stringify(answer.error)}`);
    await host.stop();
  } finally {
    on = false;
    await helping;
  }
}

const tally = { alone: 0, 'with an authorizer': 0 };
let passed = 0;
let failed = 0;
let left = Number(count);

async function work(number) {
  const random = randomFrom(seed + number);
  await withScripted({ server: { on: { 'tools/call': streaming } } }, async (place) => {
    while (left > 0) {
      const lives = Math.min(10, left);
      left -= lives;
      try {
        for (let n = 0; n < lives; n += 1) await live(place, random, tally);
        await assertStarts(place);
        passed += lives;
      } catch (error) {
        failed += lives;
        console.log(`not ok ${error.stack}`);
      }
      place.hosts.length = 0;
    }
  });
}

const started = performance.now();
await Promise.all(Array.from({ length: WORKERS }, (_, number) => work(number)));
// A sign-in under way outlives its host, but not its deadline.
for (const end = performance.now() + (AUTH_TIMEOUT_S + 25) * 1000; processes().size > 0 && performance.now() < end;) await sleep(100);
const orphans = [...processes().keys()];
if (orphans.length > 0) {
  failed += 1;
  console.log(`not ok left over: ${orphans.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))}`);
  orphans.forEach(kill);
}
console.log(`# seed ${seed}; killed ${tally.alone} alone, ${tally['with an authorizer']} with an authorizer at work; ${Math.round((performance.now() - started) / 1000)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
