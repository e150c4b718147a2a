// SPDX-License-Identifier: ISC
// --sandbox: code that runs in the bridge against its will reads no key, writes
// nothing, starts nothing; the user's sign-in is as ever.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bridgeCommand, instrumented, scratchDir } from './lib/bridge.js';
import { textOf } from './lib/expect.js';
import { runBridge } from './lib/host.js';
import { until, withRealServers } from './lib/signin.js';

const { EACCES, EPERM } = constants.errno;
const call = (host, name) => host.request('tools/call', { name, arguments: {} });

const { stdout: version } = await runBridge(['--version']);
const landlock = Number(/^sandbox: Landlock (\d+)$/m.exec(version)?.[1] ?? 0);
const isStatic = !instrumented && /statically linked/.test(execFileSync('file', ['-L', bridgeCommand[0]], { encoding: 'utf8' }));
const confined = { skip: landlock === 0 && 'this kernel has no Landlock' };
const intruded = { skip: confined.skip || ((instrumented || isStatic) && 'nothing can be preloaded into this build') };

let library;

/** The library that plays the intruder, built once. */
function intruder() {
  if (!library) {
    library = join(scratchDir(), 'intruder.so');
    execFileSync('cc', ['-shared', '-fPIC', '-D_GNU_SOURCE', '-o', library, fileURLToPath(new URL('lib/intruder.c', import.meta.url))]);
  }
  return library;
}

/** What an intruder in a bridge that is signed in can do: { act: errno }. */
async function intrude(place, args, env = {}) {
  const home = scratchDir();
  const log = join(home, 'log');
  mkdirSync(join(home, '.ssh'));
  writeFileSync(join(home, '.ssh', 'id_ed25519'), 'a key');
  writeFileSync(log, '');
  const record = (kind) => join(place.state, 'mcp-bridge', kind, readdirSync(join(place.state, 'mcp-bridge', kind)).find((name) => name.endsWith('.json')));
  const host = place.start({
    args,
    env: {
      HOME: home,
      LD_PRELOAD: intruder(),
      INTRUDER_LOG: log,
      INTRUDER_KEY: join(home, '.ssh', 'id_ed25519'),
      INTRUDER_ACCESS: record('access'),
      INTRUDER_GRANT: record('grant'),
      INTRUDER_OUTSIDE: join(home, 'outside'),
      ...env,
    },
  });
  await host.initialize();
  assert.equal(textOf(await call(host, 'whoami')), 'anna');
  process.kill(host.child.pid, 'SIGUSR2');
  const acts = () => Object.fromEntries(readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => line.split(' ')).map(([act, error]) => [act, Number(error)]));
  await until(() => 'end' in acts());
  assert.equal(textOf(await call(host, 'whoami')), 'anna', 'the bridge goes on');
  await host.stop();
  return acts();
}

test('in the sandbox a key, a grant, a write, an exec and a signal are refused; without it none is', intruded, async () => {
  await withRealServers({}, async (place) => {
    await (await place.signedIn({ args: ['--sandbox'] })).stop();
    const { end, ...refused } = await intrude(place, ['--sandbox']);
    assert.equal(end, 0);
    assert.deepEqual(refused, {
      key: EACCES,
      access: 0,
      grant: EACCES,
      forge: EACCES,
      outside: EACCES,
      exec: EACCES,
      listen: landlock >= 4 ? EACCES : 0,
      signal: landlock >= 6 ? EPERM : 0,
    });
    const free = await intrude(place, [], { MCP_BRIDGE_SANDBOX: '0' });
    assert.deepEqual(Object.entries(free).filter(([, error]) => error !== 0), []);
  });
});

const confinements = (host) => host.stderr.split('confine: confined by Landlock').length - 1;

test('A-040 A-057 a sign-in from the sandbox opens a browser that is not confined', confined, async () => {
  await withRealServers({}, async (place) => {
    const host = place.start({ args: ['--sandbox'], env: { MCP_BRIDGE_LOG_LEVEL: 'debug' } });
    const opened = host.initialize();
    await place.finish(); // what the opener writes, it writes outside of all that is allowed
    await opened;
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    assert.equal(confinements(host), 1, 'the bridge alone');
    assert.equal(place.opener.count, 1);
    await host.stop();
  });
});

test('A-065 what renews a token in the background is confined itself', confined, async () => {
  await withRealServers({ accessTtl: 6 }, async (place) => {
    const host = await place.signedIn({ args: ['--sandbox'], env: { MCP_BRIDGE_LOG_LEVEL: 'debug' } });
    await until(async () => {
      assert.equal(textOf(await call(host, 'whoami')), 'anna');
      return place.as.tokenRequests.includes('refresh_token');
    });
    assert.ok(confinements(host) > 1, 'the one that renewed as well');
    assert.equal(textOf(await call(host, 'whoami')), 'anna');
    await host.stop();
    assert.equal(place.opener.count, 1);
  });
});

test('the process that starts sign-ins keeps nothing of the host, and goes with the bridge', confined, async () => {
  await withRealServers({}, async (place) => {
    const children = (host) => readFileSync(`/proc/${host.child.pid}/task/${host.child.pid}/children`, 'utf8').split(' ').filter(Boolean);
    const host = await place.signedIn({ args: ['--sandbox'] });
    const [starter, ...others] = children(host);
    assert.deepEqual(others, []);
    assert.equal(realpathSync(`/proc/${starter}/fd/0`), '/dev/null');
    assert.equal(realpathSync(`/proc/${starter}/fd/1`), '/dev/null');
    process.kill(host.child.pid, 'SIGKILL');
    await host.exited;
    await until(() => {
      try {
        return !process.kill(Number(starter), 0);
      } catch {
        return true;
      }
    });
  });
});
