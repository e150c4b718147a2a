// SPDX-License-Identifier: ISC
// What is secret stays so. Every secret of two sign-ins, a renewal, a step-up
// and a logout is known here and looked for wherever it could get out: stderr,
// the log file, JSON-RPC, argument vectors, environments, core files.
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bridgeCommand, instrumented, scratchDir } from './lib/bridge.js';
import { textOf } from './lib/expect.js';
import { runBridge } from './lib/host.js';
import { Secrets } from './lib/secrets.js';
import { until, withScripted } from './lib/signin.js';

/** The pids of the bridge's processes, which the test's own ancestors are not. */
function bridgeProcesses() {
  const program = bridgeCommand.at(-1);
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(program);
    } catch {
      return false;
    }
  });
}

const read = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it ended, or is not ours to read
  }
};

/** Looks at every process again and again until stopped. */
function watchProcesses(secrets, isGiven) {
  const found = new Set();
  let on = true;
  const done = (async () => {
    for (; on; await sleep(5, undefined, { ref: false })) {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid))) {
        const texts = { cmdline: read(`/proc/${pid}/cmdline`), environ: read(`/proc/${pid}/environ`) };
        for (const [name, value] of secrets.all) {
          for (const [file, text] of Object.entries(texts)) {
            if (text.includes(value) && !isGiven({ pid, file, name, text })) found.add(`${name} in ${file} of ${texts.cmdline}`);
          }
        }
      }
    }
  })();
  return async () => {
    on = false;
    await done;
    return [...found];
  };
}

const options = (place, secrets) => {
  const file = join(place.state, 'client-secret');
  writeFileSync(file, secrets.plant('client secret of the user'), { mode: 0o600 });
  return ['--client-id', 'known', '--client-secret-file', file];
};

async function converse(place, secrets, args) {
  const log = join(scratchDir(), 'log');
  const host = place.start({
    args: ['--log-level', 'debug', '--log-file', log, '--header', 'X-Key: ${KEY_OF_USER}', ...args],
    env: { KEY_OF_USER: secrets.all.get('header of the user') },
  });
  await host.initialize().catch(() => {});
  return { host, log };
}

const call = (host, name) => host.request('tools/call', { name, arguments: { secret: 'canarybody' } });

for (const [name, client] of Object.entries({ 'a client that registers': () => [], 'a client known beforehand': options })) {
  test(`A-094 A-095 A-096 A-111 A-116 ${name}: no secret gets out`, async () => {
    const secrets = new Secrets();
    secrets.plant('header of the user');
    secrets.plant('cookie of the server');
    secrets.plant('query of the authorization endpoint');
    await withScripted({
      as: { mint: secrets.mint, metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } },
      server: {
        scopes: { 'resources/read': 'write' },
        on: { initialize: (exchange, request, next) => {
          const send = exchange.send.bind(exchange);
          exchange.send = (status, headers, body) => send(status, { ...headers, 'Set-Cookie': `sid=${secrets.all.get('cookie of the server')}` }, body);
          next();
        } },
      },
    }, async (place) => {
      const { as } = place;
      as.metadata.authorization_endpoint = `${as.issuer}/authorize?tenant=${secrets.all.get('query of the authorization endpoint')}`;
      as.registration = {
        client_secret: secrets.plant('client secret'), client_secret_expires_at: 0, registration_access_token: secrets.plant('registration token'),
        token_endpoint_auth_method: 'client_secret_basic',
      };
      as.extra = { id_token: secrets.plant('id token') };
      secrets.learnFrom(as);
      const args = client(place, secrets);
      // The user puts the one into the bridge's environment, which takes it out;
      // the browser is told where to begin, an address that serves once.
      const isGiven = ({ pid, file, name, text }) => (name === 'header of the user' && file === 'environ' && pid === String(place.hosts[0]?.pid)) ||
        (name === 'start page' && file === 'cmdline' && text.includes(place.opener.command));
      const stopWatching = watchProcesses(secrets, isGiven);

      const opened = converse(place, secrets, args);
      const start = await place.opener.tab();
      secrets.learn('start page', new URL(start).pathname.slice(1));
      const pages = [await place.finish()];
      const { host, log } = await opened;
      const answers = [await call(host, 'echo')];
      assert.ok(answers[0].result);
      as.access.clear();
      assert.ok((await call(host, 'echo')).result);
      const more = host.request('resources/read', { uri: 'test://a' });
      pages.push(await place.finish(2));
      assert.ok((await more).result, JSON.stringify(await more));
      const environment = read(`/proc/${host.pid}/environ`);
      assert.ok(environment.includes('XDG_STATE_HOME'));
      secrets.assertNoneIn(environment, 'the environment of the bridge, once it has read it');
      const pids = bridgeProcesses();
      assert.ok(pids.includes(String(host.pid)));
      for (const limits of pids.map((pid) => read(`/proc/${pid}/limits`)).filter(Boolean)) assert.match(limits, /Max core file size +0 +0/);
      await host.stop();

      const output = [];
      for (const command of [['status'], ['status', '--json'], ['logout', '--log-level', 'debug', ...args]]) {
        const { code, stdout, stderr } = await runBridge([...command, place.url], { env: place.env });
        assert.equal(code, 0, stderr);
        output.push(stdout, stderr);
      }
      assert.equal(as.revoked.length, 2);
      const leaks = await stopWatching();

      assert.ok(secrets.all.size >= 15, `${secrets.all.size} secrets`);
      assert.deepEqual(leaks, []);
      secrets.assertNoneIn(host.stderr, 'stderr');
      assert.match(readFileSync(log, 'utf8'), /debug/);
      secrets.assertNoneIn(readFileSync(log, 'utf8'), 'the log file');
      secrets.assertNoneIn(host.lines.join('\n'), 'JSON-RPC');
      secrets.assertNoneIn(output.join('\n'), 'the output of a command');
      secrets.assertNoneIn(pages.map(({ text }) => text).join('\n'), 'a page');
      assert.doesNotMatch(host.stderr + readFileSync(log, 'utf8'), /canarybody/, 'messages are not logged');
    });
  });
}

test('A-042 nothing of a login attempt is written down, and nothing of a login stays after logout', async () => {
  await withScripted({}, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    await place.opener.tab();
    const everything = () => readdirSync(place.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile()).map((entry) => read(join(entry.parentPath, entry.name))).join('\n');
    let during;
    place.as.on.token = (exchange, request, next) => {
      during = { text: everything(), verifier: request.form.code_verifier, code: request.form.code, state: place.as.attempts[0].state };
      return next();
    };
    await place.finish();
    await opened;
    await host.stop();
    for (const secret of ['verifier', 'code', 'state']) assert.ok(!during.text.includes(during[secret]), secret);
    const tokens = [...place.as.access.keys(), ...place.as.refresh.keys()];
    assert.ok(tokens.every((token) => everything().includes(token)));
    assert.equal((await place.run('logout')).code, 0);
    assert.ok(tokens.every((token) => !everything().includes(token)));
  });
});

/** How often a text is in the memory that a process may write. */
function countInMemory(pid, text) {
  let count = 0;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  for (const [, from, to] of read(`/proc/${pid}/maps`).matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
    const begin = Number.parseInt(from, 16);
    const bytes = Buffer.alloc(Number.parseInt(to, 16) - begin);
    readSync(memory, bytes, 0, bytes.length, begin);
    for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) count += 1;
  }
  closeSync(memory);
  return count;
}

test('A-094 no refresh token is ever in the memory of a bridge', { skip: (process.getuid() !== 0 || instrumented) && 'only root looks into other processes, and sanitizers fill them' }, async () => {
  await withScripted({}, async (place) => {
    const host = await place.signedIn();
    const [access] = place.as.access.keys();
    assert.ok(countInMemory(host.pid, access) > 0, 'what is there is found');
    for (const token of place.as.refresh.keys()) assert.equal(countInMemory(host.pid, token), 0);
    place.as.access.clear();
    const [before] = place.as.refresh.keys();
    await host.request('tools/list', {});
    const tokens = [before, ...place.as.refresh.keys()];
    assert.equal(tokens.length, 2, 'it was renewed');
    for (const token of tokens) assert.equal(countInMemory(host.pid, token), 0);
    await host.stop();
  });
});

test('A-094 a bridge and a login that crash leave no core', async () => {
  await withScripted({}, async (place) => {
    const cwd = scratchDir();
    const host = place.start({ cwd });
    host.initialize().catch(() => {});
    await place.opener.tab();
    const authorizer = Number(place.opener.launches[0].parentSession[0]);
    for (const pid of [authorizer, host.pid]) assert.match(read(`/proc/${pid}/limits`), /Max core file size +0 +0/);
    process.kill(authorizer, 'SIGABRT');
    await host.kill('SIGABRT');
    await until(() => !existsSync(`/proc/${authorizer}`) || /State:\s+Z/.test(read(`/proc/${authorizer}/status`)), 'the end of the login');
    assert.deepEqual(readdirSync(cwd), []);
  });
});
