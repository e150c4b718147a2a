// SPDX-License-Identifier: ISC
// No browser, display or terminal where the host is: its errors say what to do,
// and a second terminal finishes the sign-in. In a network and process namespace
// of its own where the system permits one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertOwnError, textOf } from './lib/expect.js';
import { until, withRealServers, withScripted } from './lib/signin.js';
import { Terminal } from './lib/terminal.js';

const nowhere = { BROWSER: '', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' };
const call = (host, name) => host.request('tools/call', { name, arguments: {} });

/** `use(terminal)` with a login in it, whose person has a browser elsewhere. */
async function withLogin(place, use, args = []) {
  const terminal = new Terminal(['login', '--auth-timeout', '30', ...args, place.url], { ...place.env, ...nowhere });
  place.person.cannotReach = ({ origin }) => origin !== new URL(place.as.issuer).origin;
  try {
    return await use(terminal);
  } finally {
    terminal.close();
  }
}

/** The descendant of a process that was started by this command. */
function pidOf(words, ancestor) {
  const children = readFileSync(`/proc/${ancestor}/task/${ancestor}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return children.map((pid) => (readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().endsWith(words) ? pid : pidOf(words, pid))).find(Boolean);
}

const target = async (terminal) => (await terminal.shows(/\n(https?:\/\/\S+[?&](?:state|request_uri)=\S+)\n/))[1];

function changed(address, name, value) {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}

function stories() {
  test('A-058 A-111 the host says what to type; there the address is shown whole, and the answer pasted', async () => {
    await withRealServers({}, async (place) => {
      const host = place.start({ env: nowhere });
      await host.initialize();
      const { error } = await call(host, 'whoami');
      assertOwnError({ error }, 'auth.login_pending', -31407);
      assert.ok(error.message.includes(`mcp-bridge login ${place.url}`), error.message);
      const [start] = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}/.exec(error.data.action);
      assert.ok(host.stderr.includes(start));
      await withLogin(place, async (terminal) => {
        const url = await target(terminal);
        assert.ok(url.startsWith(`${place.as.issuer}/auth?`));
        assert.ok(!JSON.stringify(host.messages).includes(url) && !host.stderr.includes(url));
        const { url: answer } = await place.person.signIn(url);
        assert.equal(new URL(answer).port, new URL(start).port, 'the login of the host');
        terminal.type(answer);
        assert.equal(await terminal.end(), 0, terminal.screen);
        assert.match(terminal.screen, /Signed in to /);
        assert.ok(!terminal.screen.includes(new URL(answer).searchParams.get('code')), 'it is not echoed');
      });
      assert.equal(textOf(await call(host, 'whoami')), 'anna');
      await host.stop();
      assert.equal(place.as.hitsOf('register'), 1);
    });
  });

  test('A-052 A-055 A-058 `login` in a terminal: what is no answer of this sign-in changes nothing', async () => {
    await withScripted({}, async (place) => {
      await withLogin(place, async (terminal) => {
        const { url: answer } = await place.person.visit(await target(terminal));
        const twice = `${answer}&code=2`;
        for (const [pasted, reply] of [
          ['garbage', /not the address the browser ends at/],
          ['https://evil.example/callback?code=1&state=2', /not the address the browser ends at.*\n.*not the address the browser/],
          [changed(answer, 'state', 'f'.repeat(32)), /of another sign-in/],
          [twice, /not whole, or not an answer/],
          [answer.replace('/callback', '/other'), /not whole, or not an answer.*\n.*not whole/],
        ]) {
          terminal.type(pasted);
          await terminal.shows(reply);
        }
        assert.equal(place.as.hitsOf('token'), 0);
        terminal.type(` x\u0015${answer}y\u007f`);
        assert.equal(await terminal.end(), 0, terminal.screen);
        assert.equal(place.as.hitsOf('token'), 1);
      });
    });
  });

  test('A-053 A-058 an answer in the name of another server ends it', async () => {
    await withScripted({}, async (place) => {
      await withLogin(place, async (terminal) => {
        const { url: answer } = await place.person.visit(await target(terminal));
        terminal.type(changed(answer, 'iss', 'https://evil.example'));
        assert.equal(await terminal.end(), 77, terminal.screen);
        assert.match(terminal.screen, /another authorization server/);
        assert.equal(place.as.hitsOf('token'), 0);
      });
    });
  });

  test('A-058 a redirect longer than a line of a terminal arrives whole', async () => {
    await withScripted({ as: { mint: (kind) => `${kind}-${'x'.repeat(kind === 'code' ? 6000 : 20)}` } }, async (place) => {
      await withLogin(place, async (terminal) => {
        const { url: answer } = await place.person.visit(await target(terminal));
        assert.ok(answer.length > 6000);
        terminal.type(answer);
        assert.equal(await terminal.end(), 0, terminal.screen);
      });
    });
  });

  test('A-058 where nobody can take a pasted address any more, the one of the sign-in is shown', async () => {
    await withScripted({}, async (place) => {
      await withLogin(place, async (terminal) => {
        await target(terminal);
        process.kill(pidOf('mcp-bridge paste', terminal.child.pid), 'SIGKILL');
        const [, start] = await terminal.shows(/open this address in a browser:\n\n {2}(http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32})\n/);
        place.person.cannotReach = undefined;
        await place.person.visit(start);
        assert.equal(await terminal.end(), 0, terminal.screen);
      });
    });
  });

  test('A-050 A-058 the browser may come back by itself while the terminal waits', async () => {
    await withScripted({}, async (place) => {
      await withLogin(place, async (terminal) => {
        const url = await target(terminal);
        place.person.cannotReach = undefined;
        assert.match((await place.person.visit(url)).text, /You are signed in/);
        assert.equal(await terminal.end(), 0, terminal.screen);
      });
    });
  });

  test('A-058 A-087 a second terminal shows the code that the host waits for', async () => {
    await withRealServers({ features: { deviceFlow: { enabled: true } } }, async (place) => {
      const host = place.start({ env: nowhere });
      await host.initialize();
      const { error } = await call(host, 'whoami');
      const [, uri, code] = /Open (\S+) on any device and enter the code (\S+), then retry/.exec(error?.message);
      await withLogin(place, async (terminal) => {
        await terminal.shows(new RegExp(`\n  ${code}\n`));
        await place.person.enter({ uri, code });
        assert.equal(await terminal.end(), 0, terminal.screen);
      });
      assert.equal(textOf(await call(host, 'whoami')), 'anna');
      await host.stop();
      assert.equal(place.as.hitsOf('device'), 1);
    });
  });

  test('A-058 a login that is interrupted leaves the terminal and no pending sign-in', async () => {
    await withScripted({}, async (place) => {
      await withLogin(place, async (terminal) => {
        await target(terminal);
        terminal.child.stdin.write('\u0003');
        await terminal.end();
        await until(async () => !(await place.run('status')).stdout.includes('waits'), 'its end');
      });
    });
  });
}

const namespace = ['--map-root-user', '--net', '--pid', '--fork', '--mount-proc', 'sh', '-c'];

function mayUnshare() {
  return spawnSync('unshare', [...namespace, 'ip link set lo up && ip addr show lo | grep -q 127.0.0.1']).status === 0;
}

if (process.env.MCP_BRIDGE_TEST_ALONE) {
  stories();
} else if (mayUnshare()) {
  test('in a network of its own', () => {
    const { NODE_TEST_CONTEXT: parent, ...env } = process.env;
    const self = [process.execPath, '--test-reporter=tap', fileURLToPath(import.meta.url)];
    const { status, stdout, stderr } = spawnSync('unshare', [...namespace, 'ip link set lo up && exec "$@"', 'sh', ...self], {
      env: { ...env, MCP_BRIDGE_TEST_ALONE: '1' }, encoding: 'utf8', timeout: 120_000,
    });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /# pass 8\n/);
  });
} else {
  stories();
}
