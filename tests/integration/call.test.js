// SPDX-License-Identifier: ISC
// mcp-bridge call and tools: one request from the shell, through the same pump
// that hosts use, with servers of both eras and a real sign-in.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { scratchDir } from './lib/bridge.js';
import { runBridge } from './lib/host.js';
import { legacyServer, modernServer, rpc } from './lib/scripted.js';
import { freePort, sdkServer } from './lib/servers.js';
import { withRealServers } from './lib/signin.js';
import { Terminal } from './lib/terminal.js';

let server;
before(async () => { server = await sdkServer('sdk1-server.js'); });
after(() => server.close());

const call = (...args) => runBridge(['call', server.url, ...args]);
const sum = { content: [{ type: 'text', text: '5' }] };

/** It went well and said this on stdout, and nothing on stderr. */
function assertResult({ code, stdout, stderr }, wanted) {
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), wanted);
}

test('a result is one line of JSON; params in an argument, a file, on stdin, or by name', async () => {
  const params = JSON.stringify({ name: 'add', arguments: { a: 2, b: 3 } });
  const file = join(scratchDir(), 'params.json');
  writeFileSync(file, ` ${params}\n`);
  const given = await call('tools/call', params);
  assertResult(given, sum);
  assert.equal(given.stdout.split('\n').length, 2);
  assertResult(await call('tools/call', `@${file}`), sum);
  assertResult(await runBridge(['call', server.url, 'tools/call', '-'], { input: params }), sum);
  assertResult(await call('tools/call', 'add', '{"a": 2, "b": 3}'), sum);
  assertResult(await call('ping'), {});
});

test('--pretty sets the same JSON in lines', async () => {
  const { stdout } = await call('--pretty', 'tools/call', 'add', '{"a":2,"b":3}');
  assert.equal(stdout, `${JSON.stringify(sum, null, 2)}\n`);
});

test('errors of the server go to stderr as JSON, with status 1; so do tools that fail', async () => {
  const refused = await call('no/such');
  assert.equal(refused.code, 1);
  assert.equal(refused.stdout, '');
  assert.equal(JSON.parse(refused.stderr).code, -32601);
  const failed = await call('tools/call', 'nosuch');
  assert.equal(failed.code, 1);
  assert.equal(JSON.parse(failed.stdout).isError, true);
});

test('T-009 what the server asks is refused, and the call ends', async () => {
  const { code, stdout, stderr } = await call('tools/call', 'ask');
  assert.equal(code, 1, stderr);
  assert.equal(JSON.parse(stdout).isError, true);
});

for (const [what, args, status, words] of [
  ['params that are no JSON', ['tools/list', '{"a":'], 65, /no JSON: .* at byte \d+/],
  ['params that are no object', ['tools/list', ' [1]'], 65, /no JSON object/],
  ['a file that is not there', ['tools/list', '@/nowhere/x'], 78, /\/nowhere\/x/],
  ['a name where none is taken', ['tools/list', 'name', '{}'], 64, /tools\/call and prompts\/get/],
]) {
  test(`refused: ${what}`, async () => {
    const { code, stdout, stderr } = await call(...args);
    assert.equal(code, status, stderr);
    assert.match(stderr, words);
    assert.equal(stdout, '');
  });
}

test('a server that is not there: the status of the fault table', async () => {
  const { code, stderr } = await runBridge(['call', `http://127.0.0.1:${await freePort()}/mcp`, 'ping']);
  assert.equal(code, 69);
  assert.match(stderr, /No connection to 127\.0\.0\.1/);
});

test('T-038 the session is opened as mcp-bridge, and ended', async () => {
  const scripted = await legacyServer();
  try {
    assert.equal((await runBridge(['call', scripted.url, 'ping'])).code, 0);
    const [first] = scripted.requests;
    assert.equal(JSON.parse(first.body).params.clientInfo.name, 'mcp-bridge');
    assert.equal(scripted.requests.at(-1).method, 'DELETE');
  } finally {
    await scripted.close();
  }
});

test('T-080 a stateless server is asked in its own way', async () => {
  const scripted = await modernServer();
  try {
    const { code, stdout, stderr } = await runBridge(['tools', '--json', scripted.url]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).tools.map(({ name }) => name), ['echo']);
  } finally {
    await scripted.close();
  }
});

test('tools shows names, arguments and descriptions, escaped, of every page', async () => {
  const tool = (name, more) => ({ name, inputSchema: { type: 'object' }, ...more });
  const pages = {
    undefined: { tools: [tool('first', { title: 'The \u001b[31mfirst', description: 'Does this.\nAnd more.' })], nextCursor: 'n"2' },
    'n"2': { tools: [tool('second', { inputSchema: { type: 'object', properties: { city: { type: 'string', description: 'Where' } }, required: ['city'] } })] },
  };
  const scripted = await legacyServer({ on: { 'tools/list': (exchange, { json }) => exchange.json(rpc.ok(json.id, pages[json.params?.cursor])) } });
  try {
    const { code, stdout, stderr } = await runBridge(['tools', scripted.url]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, 'first  The \\x1b[31mfirst\n    Does this.\n\nsecond\n    city  string, required: Where\n');
    const listed = await runBridge(['tools', '--json', '--tool-deny', 'first', scripted.url]);
    assert.deepEqual(JSON.parse(listed.stdout).tools, pages['n"2'].tools);
  } finally {
    await scripted.close();
  }
});

test('A-111 signed out: status 77 in a script, and no browser; the stored sign-in serves', async () => {
  await withRealServers({}, async (place) => {
    const out = await place.run('tools');
    assert.equal(out.code, 77, out.stderr);
    assert.match(out.stderr, new RegExp(`mcp-bridge login ${place.url}`));
    assert.equal(place.opener.count, 0);
    const login = place.run('login');
    await place.finish();
    assert.equal((await login).code, 0);
    const { code, stdout, stderr } = await runBridge(['call', place.url, 'tools/call', 'whoami'], { env: place.env });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).content[0].text, 'anna');
  });
});

test('A-111 signed out with somebody at the terminal: signs in, then goes on', async () => {
  await withRealServers({}, async (place) => {
    const terminal = new Terminal(['call', '--auth-timeout', '30', place.url, 'tools/call', 'whoami'], place.env);
    try {
      await place.finish();
      assert.equal(await terminal.end(), 0, terminal.screen);
      assert.match(terminal.screen, /"text":"anna"/);
    } finally {
      terminal.close();
    }
  });
});
