// SPDX-License-Identifier: ISC
// Credentials from programs of the user's: when they are run, what becomes of
// what they print, and programs that misbehave.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir } from './lib/bridge.js';
import { runBridge } from './lib/host.js';
import { withScripted } from './lib/signin.js';

const call = (host) => host.request('tools/call', { name: 'echo', arguments: {} });
const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };

/** A command that notes each run and prints what `script` does; `says` is its $SAYS. */
class Program {
  constructor(script = 'cat "$SAYS"') {
    this.dir = scratchDir();
    this.path = join(this.dir, 'a program');
    writeFileSync(this.path, `#!/bin/sh\nSAYS='${this.dir}/says'\necho run >> '${this.dir}/runs'\n${script}\n`, { mode: 0o755 });
    writeFileSync(`${this.dir}/runs`, '');
  }

  says(text) {
    writeFileSync(`${this.dir}/says`, typeof text === 'string' ? text : JSON.stringify(text));
    return this;
  }

  get line() { return `'${this.path}' --an "argument with blanks"`; }
  get runs() { return readFileSync(`${this.dir}/runs`, 'utf8').split('run').length - 1; }
}

const everythingIn = (dir) => readdirSync(dir, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n');

/** Requests of /mcp as { authorization, key }. */
function watched(server) {
  const seen = [];
  server.guard = (exchange, request, next) => {
    seen.push({ authorization: request.headers.authorization, key: request.headers['x-key'] });
    return next();
  };
  return seen;
}

const forms = {
  'the token alone': (token) => `${token}\n`,
  'JSON with token': (token) => ({ token }),
  'JSON with access_token and a lifetime': (token) => ({ access_token: token, token_type: 'bearer', expires_in: 3600 }),
  'JSON with an end': (token) => ({ token, expires_at: Math.floor(Date.now() / 1000) + 3600 }),
};

for (const [name, form] of Object.entries(forms)) {
  test(`A-005 A-095 a token command, ${name}: run once, before the first message; nothing is kept`, async () => {
    await withScripted({}, async (place) => {
      const program = new Program().says(form('canarytoken'));
      place.as.access.set('canarytoken', 'read');
      const seen = watched(place.server);
      const host = place.start({ args: ['--token-command', program.line, '--log-level', 'debug'] });
      await host.initialize();
      assert.ok((await call(host)).result);
      assert.ok(seen.length >= 3);
      assert.ok(seen.every(({ authorization }) => authorization === 'Bearer canarytoken'));
      assert.equal(program.runs, 1);
      for (const file of ['cmdline', 'environ']) assert.doesNotMatch(readFileSync(`/proc/${host.pid}/${file}`, 'utf8'), /canarytoken/);
      await host.stop();
      assert.doesNotMatch(host.stderr + host.lines.join(), /canarytoken/);
      assert.doesNotMatch(everythingIn(place.state), /canarytoken/);
      assert.equal(place.opener.count, 0);
    });
  });
}

test('A-064 a token command is run again before its token ends', async () => {
  await withScripted({}, async (place) => {
    const program = new Program('n=$(wc -l < "$SAYS.n"); echo >> "$SAYS.n"; printf \'{"token":"token%s","expires_in":4}\' $n');
    writeFileSync(`${program.dir}/says.n`, '');
    for (let i = 0; i < 9; i += 1) place.as.access.set(`token${i}`, 'read');
    const seen = watched(place.server);
    const host = place.start({ args: ['--token-command', program.line] });
    await host.initialize();
    await sleep(2500);
    assert.ok((await call(host)).result); // sent as it is; the next token is fetched meanwhile
    const end = Date.now() + 10_000;
    while (seen.at(-1).authorization === 'Bearer token0' && Date.now() < end) {
      assert.ok((await call(host)).result);
      await sleep(50);
    }
    assert.match(seen.at(-1).authorization, /^Bearer token[1-9]$/);
    assert.equal(place.server.refused, 0);
    await host.stop();
  });
});

test('A-005 a rejected token is fetched anew, once', async () => {
  await withScripted({}, async (place) => {
    const program = new Program().says('first');
    place.as.access.set('first', 'read');
    const host = place.start({ args: ['--token-command', program.line] });
    await host.initialize();
    place.as.access.delete('first');
    place.as.access.set('second', 'read');
    program.says('second');
    assert.ok((await call(host)).result);
    assert.equal(program.runs, 2);
    place.as.access.clear();
    const { error } = await call(host);
    assert.equal(error.code, -31415, JSON.stringify(error));
    assert.equal(program.runs, 3);
    await host.stop();
  });
});

test('A-100 a header command: lines or JSON, in place of a header of the user', async () => {
  for (const text of ['X-Key: canarykey\nAuthorization: Bearer good\n', { headers: { 'X-Key': 'canarykey', Authorization: 'Bearer good' }, expires_in: 60 }]) {
    await withScripted({}, async (place) => {
      const program = new Program().says(text);
      place.as.access.set('good', 'read');
      const seen = watched(place.server);
      const host = place.start({ args: ['--header-command', program.line, '--header', 'x-key: old', '--log-level', 'debug'] });
      await host.initialize();
      assert.ok((await call(host)).result);
      assert.ok(seen.every(({ authorization, key }) => authorization === 'Bearer good' && key === 'canarykey'), JSON.stringify(seen));
      assert.equal(program.runs, 1);
      await host.stop();
      assert.doesNotMatch(host.stderr + host.lines.join() + everythingIn(place.state), /canarykey/);
    });
  }
});

test('A-100 both commands: the token of the one, the headers of the other', async () => {
  await withScripted({}, async (place) => {
    const [token, headers] = [new Program().says('good'), new Program().says('X-Key: gate')];
    place.as.access.set('good', 'read');
    const seen = watched(place.server);
    const host = place.start({ args: ['--token-command', token.line], env: { MCP_BRIDGE_HEADER_COMMAND: headers.line } });
    await host.initialize();
    assert.ok(seen.every(({ authorization, key }) => authorization === 'Bearer good' && key === 'gate'));
    await host.stop();
  });
});

const bad = {
  'hangs': ['printf canary; sleep 600', /did not end within 1 s/],
  'floods': ['yes canary', /printed more than 16 KiB/],
  'fails': ['printf canary; echo a reason >&2; exit 3', /failed with status 3/],
  'is killed': ['printf canary; kill -9 $$', /ended by signal 9/],
  'prints nothing': ['', /printed nothing/],
  'prints two words': ['echo canary canary', /no token/],
  'prints bytes that are no text': ['printf "canary\\377\\001"', /no token/],
  'prints broken JSON': ['printf \'{"token":"canary"\'', /no proper JSON/],
  'prints other JSON': ['printf \'{"canary":"canary"}\'', /JSON without/],
  'prints a token for another scheme': ['printf \'{"token":"canary","token_type":"DPoP"}\'', /another type/],
  'prints a token that has expired': ['printf \'{"token":"canary","expires_at":1}\'', /expired already/],
};

for (const [name, [script, message]] of Object.entries(bad)) {
  test(`A-096 a token command that ${name}: an error that says so, and no byte of what it printed`, async () => {
    await withScripted({}, async (place) => {
      const program = new Program(script);
      const host = place.start({ args: ['--command-timeout', name === 'hangs' ? '1' : '60', '--log-level', 'debug', '--token-command', program.line] });
      const { error } = await host.request('initialize', hello, { timeout: 30_000 });
      assert.equal(error.code, -31418, JSON.stringify(error));
      assert.match(error.message, message);
      assert.match(error.data.action, /Run the command/);
      assert.equal(place.server.refused, 0, 'nothing is sent without a credential');
      assert.ok(host.rss() < 64 * 1024 * 1024);
      await host.stop();
      if (name === 'fails') assert.match(host.stderr, /a program: a reason/);
      assert.doesNotMatch(host.stderr + host.lines.join() + everythingIn(place.state), /canary/);
    });
  });
}

test('a token command that fails is asked again: credentials may appear later', async () => {
  await withScripted({}, async (place) => {
    const program = new Program('[ -f "$SAYS" ] && cat "$SAYS"');
    place.as.access.set('late', 'read');
    const host = place.start({ args: ['--token-command', program.line] });
    assert.equal((await host.request('initialize', hello)).error.code, -31418);
    program.says('late');
    await host.initialize();
    assert.ok((await call(host)).result);
    await host.stop();
  });
});

test('A-112 commands and other ways to a credential exclude each other', async () => {
  for (const args of [['--header', 'Authorization: Bearer x'], ['--no-auth'], ['--grant', 'device_code']]) {
    const { code, stderr } = await runBridge(['--token-command', 'true', ...args, 'https://a.example']);
    assert.equal(code, 64, stderr);
    assert.match(stderr, /exclude each other/);
  }
});
