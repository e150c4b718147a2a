// SPDX-License-Identifier: ISC
// The configuration file: what a host, a person and every command get from it,
// and what is refused instead of being passed over.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { bridgeCommand, scratchDir } from './lib/bridge.js';
import { Host, runBridge, withHost } from './lib/host.js';
import { hosts, readSettings } from './lib/hosts.js';
import { legacyServer } from './lib/scripted.js';
import { withScripted } from './lib/signin.js';

/** A home with `text` as its configuration file, and `others` beside it. */
function homeWith(text, others = {}) {
  const home = scratchDir();
  const file = join(home, '.config/mcp-bridge/config');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o600 });
  for (const [name, content] of Object.entries(others)) writeFileSync(join(dirname(file), name), content, { mode: 0o600 });
  return { home, file, env: { HOME: home, XDG_STATE_HOME: scratchDir() } };
}

async function withServer(use) {
  const server = await legacyServer();
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

const headerOf = (server, name) => server.requests.at(-1).headers[name];

test('an entry is `mcp-bridge --profile work`: URL, files beside the file and lists come from there', async () => {
  await withServer(async (server) => {
    const { env } = homeWith(
      `tool-deny = add\n[profile work]\nurl = ${server.url}\nheader-file = headers\ntool-deny = echo\n`,
      { headers: 'X-Key: in-file' });
    await withHost({ args: ['--profile', 'work'], env }, async (host) => {
      await host.initialize();
      assert.equal(headerOf(server, 'x-key'), 'in-file');
      const { result } = await host.request('tools/list');
      assert.ok(!result.tools.some(({ name }) => name === 'echo'), JSON.stringify(result));
    });
    // The command line replaces the list, and a header of the same name.
    const args = ['--profile', 'work', '--tool-deny', 'nothing', '--header', 'X-Key: said'];
    await withHost({ args, env }, async (host) => {
      await host.initialize();
      assert.equal(headerOf(server, 'x-key'), 'said');
      const { result } = await host.request('tools/list');
      assert.ok(result.tools.some(({ name }) => name === 'echo'), JSON.stringify(result));
    });
  });
});

test('--config, its variable and XDG_CONFIG_HOME say where it is; --no-config reads none', async () => {
  await withServer(async (server) => {
    const { home, file, env } = homeWith('header-file = headers\n', { headers: 'X-From: usual' });
    const other = homeWith('header-file = headers\n', { headers: 'X-From: other' });
    const from = async (args, more = {}) => {
      await withHost({ url: server.url, args, env: { ...env, ...more } }, (host) => host.initialize());
      return headerOf(server, 'x-from');
    };
    assert.equal(await from([]), 'usual');
    assert.equal(await from(['--config', other.file]), 'other');
    assert.equal(await from([], { MCP_BRIDGE_CONFIG: other.file }), 'other');
    assert.equal(await from(['--config', file], { MCP_BRIDGE_CONFIG: other.file }), 'usual');
    assert.equal(await from([], { XDG_CONFIG_HOME: join(other.home, '.config') }), 'other');
    assert.equal(await from(['--no-config']), undefined);
    assert.equal(await from([], { MCP_BRIDGE_NO_CONFIG: '1' }), undefined);
    assert.equal(await from([], { HOME: scratchDir() }), undefined);

    const both = await runBridge(['--config', file, '--no-config', server.url], { env });
    assert.equal(both.code, 64);
    assert.match(both.stderr, /exclude each other/);
  });
});

test('a section of the server holds for it alone', async () => {
  await withServer(async (server) => {
    await withServer(async (other) => {
      const { env } = homeWith(`[server ${server.url.replace('http', 'HTTP')}]\nheader-file = headers\n`, { headers: 'X-Mine: yes' });
      for (const [url, seen, value] of [[server.url, server, 'yes'], [other.url, other, undefined]]) {
        await withHost({ url, env }, (host) => host.initialize());
        assert.equal(headerOf(seen, 'x-mine'), value);
      }
      // Nothing of one server goes to another because its profile was named.
      const profile = homeWith(`[profile work]\nurl = ${server.url}\nheader-file = headers\n`, { headers: 'X-Mine: yes' });
      const before = other.requests.length;
      const { code, stderr } = await runBridge(['--profile', 'work', other.url], { env: profile.env });
      assert.equal(code, 78);
      assert.match(stderr, /config:2: the profile work is for another server/);
      assert.equal(other.requests.length, before);
    });
  });
});

test('every command honours it: call, tools, doctor, status', async () => {
  await withServer(async (server) => {
    const { env } = homeWith(`[profile work]\nurl = ${server.url}\nheader-file = headers\nhold-timeout = 3\n`, { headers: 'X-Key: k' });
    const run = (...args) => runBridge([...args, '--profile', 'work'], { env });

    const called = await run('call', 'tools/call', 'echo', '{"text":"hi"}');
    assert.equal(called.code, 0, called.stderr);
    assert.equal(headerOf(server, 'x-key'), 'k');
    const tools = await run('tools', '--json');
    assert.equal(tools.code, 0, tools.stderr);
    assert.ok(JSON.parse(tools.stdout));

    const seen = server.requests.length;
    const doctor = JSON.parse((await run('doctor', '--json')).stdout);
    assert.equal(doctor.url, server.url);
    assert.match(JSON.stringify(doctor), /"configFile","value":"~\/\.config\/mcp-bridge\/config"/);
    assert.ok(server.requests.slice(seen).some(({ headers }) => headers['x-key'] === 'k'));
    const status = await run('status', '--json');
    assert.deepEqual(JSON.parse(status.stdout).servers.map(({ url, profile }) => ({ url, profile })),
      [{ url: server.url, profile: 'work' }]);
  });
});

test('one login serves the profile from then on', async () => {
  await withScripted({}, async (place) => {
    const { env: { HOME } } = homeWith(`no-browser = false\n[profile work]\nurl = ${place.url}\nscope = read\n`);
    const env = { ...place.env, HOME };
    const run = (...args) => runBridge([...args, '--profile', 'work'], { env });
    assert.equal((await run('status')).code, 77);
    const login = run('login');
    await place.finish();
    assert.equal((await login).code, 0, (await login).stderr);
    assert.equal((await run('status')).code, 0);
    // Nobody else is: there is no sign-in without the profile.
    assert.equal((await runBridge(['status', place.url], { env })).code, 77);

    const host = new Host({ args: ['--profile', 'work'], env });
    place.hosts.push(host);
    await host.initialize();
    assert.ok((await host.request('tools/list')).result);
    await host.stop();
    assert.equal(place.opener.count, 1);
    assert.equal((await run('logout')).code, 0);
    assert.equal((await run('status')).code, 77);
  });
});

test('mcp-remote\'s command line honours it', async () => {
  await withServer(async (server) => {
    const { env } = homeWith('header-file = headers\n', { headers: 'X-Key: k' });
    await withHost({ args: ['mcp-remote', server.url], env }, (host) => host.initialize());
    assert.equal(headerOf(server, 'x-key'), 'k');
  });
});

test('config writes an entry that names the profile, and it starts', async () => {
  await withServer(async (server) => {
    const { home, env } = homeWith(`[profile work]\nurl = ${server.url}\nheader-file = headers\n`, { headers: 'X-Key: k' });
    const { code, stderr, stdout } = await runBridge(['config', 'claude-desktop', '--profile', 'work', '--write'], { env });
    assert.equal(code, 0, stderr);
    const path = join(home, '.config/Claude/claude_desktop_config.json');
    assert.ok(existsSync(path), stdout);
    const { command, args, env: variables } = hosts['claude-desktop'].start(readSettings('claude-desktop', path).entries.work);
    assert.deepEqual(args, ['--profile', 'work']);
    assert.equal(variables, undefined);
    const started = [...(bridgeCommand.length > 1 ? bridgeCommand : [command]), ...args];
    await withHost({ command: started, env }, (host) => host.initialize());
    assert.equal(headerOf(server, 'x-key'), 'k');
  });
});

const url = 'http://127.0.0.1:1/mcp';
const mistakes = {
  'an unknown option': ['\nread-olny\n', /config:2: there is no option read-olny\n.*read-only/],
  'an option of one command': ['json', /config:1: json is for the command line/],
  'a bad value': ['connect-timeout = 0', /config:1: connect-timeout "0": a whole number/],
  'a header': ['header = X-Key: canarysecret', /config:1: header may be a secret.*\n.*\n?.*header-file/],
  'a client secret': ['client-secret = canarysecret', /config:1: client-secret may be a secret.*\n.*\n?.*client-secret-file/],
  'a proxy with a user': ['proxy = http://u:canarysecret@127.0.0.1:1', /config:1: proxy may be a secret.*\n.*MCP_BRIDGE_PROXY/],
  'an unknown section': ['[host x]', /config:1: a section is/],
  'a file that is not there': ['ca-file = none', /config:1: ca-file: cannot read ".*mcp-bridge\/none": No such file/],
  'bytes that are no text': ['\x1b[31m = 1', /config:1: there are bytes that are no text/],
};

for (const [what, [text, pattern]] of Object.entries(mistakes)) {
  test(`${/canary/.test(text) ? 'A-095 ' : ''}${what} ends a start with file, line and next step`, async () => {
    const { env } = homeWith(text);
    for (const args of [[url], ['login', url], ['doctor', url], ['logout', url]]) {
      const { code, stdout, stderr } = await runBridge(args, { env });
      assert.equal(code, 78, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, pattern);
      assert.ok(!stderr.includes('canarysecret') && !stderr.includes('\x1b'), stderr);
    }
    const help = await runBridge(['--help'], { env });
    assert.equal(help.code, 0);
  });
}

test('trace, which reads a recording alone, does not care', async () => {
  const { home, env } = homeWith('read-olny\n');
  const recording = join(home, 'trace.jsonl');
  writeFileSync(recording, '');
  const { stderr } = await runBridge(['trace', recording], { env: { ...env, MCP_BRIDGE_CONFIG: '/nonexistent' } });
  assert.match(stderr, /no trace in .*trace.jsonl/);
});

test('a file that others may write is refused, a link to one, too, and so is a folder', async () => {
  const { file, env } = homeWith('read-only\n');
  for (const mode of [0o620, 0o602]) {
    chmodSync(file, mode);
    const { code, stderr } = await runBridge([url], { env });
    assert.equal(code, 78);
    assert.match(stderr, /others can write it\n.*chmod go-w/);
  }
  const link = join(scratchDir(), 'config');
  symlinkSync(file, link);
  assert.match((await runBridge(['--config', link, url], { env })).stderr, /others can write it/);
  const { code, stderr } = await runBridge(['--config', dirname(file), url], { env });
  assert.equal(code, 78);
  assert.match(stderr, /Is a directory/);
});

test('the profile in it is found by its name, or one near to it is named', async () => {
  const { file, env } = homeWith(`[profile work]\nurl = ${url}\n`);
  for (const [name, pattern] of [['wrok', /did you mean\s+work\?/], ['home', /"url = URL" in\s+a\s+section \[profile\s+home\]/]]) {
    const { code, stderr } = await runBridge(['--profile', name], { env });
    assert.equal(code, 64);
    assert.match(stderr, /no URL is given/);
    assert.match(stderr, pattern);
    assert.ok(stderr.replaceAll(/\s+/g, ' ').includes(file), stderr);
  }
});

test('status --urls and --profiles name what sign-ins, bridges and the file know, and nothing else', async () => {
  await withScripted({}, async (place) => {
    await withServer(async (open) => {
      const { env: { HOME } } = homeWith('[profile work]\nurl = https://work.example/mcp\n[server https://b.example]\n');
      const env = { ...place.env, HOME };
      const names = async (option, more = []) => {
        const { code, stdout, stderr } = await runBridge(['status', option, ...more], { env });
        assert.equal(code, 0, stderr);
        assert.equal(stderr, '');
        return stdout.split('\n').slice(0, -1);
      };
      assert.deepEqual(await names('--urls'), ['https://b.example', 'https://work.example/mcp']);
      assert.deepEqual(await names('--profiles', ['--no-config']), []);

      const host = await place.signedIn({ args: ['--profile', 'home', '--no-config'] });
      await host.stop();
      await withHost({ url: open.url, env }, (bridge) => bridge.initialize());
      assert.deepEqual(await names('--urls'), ['https://b.example', 'https://work.example/mcp', open.url, place.url].sort());
      assert.deepEqual(await names('--profiles'), ['default', 'home', 'work']);
    });
  });
});

test('names are found without asking the program that keeps the tokens', async () => {
  const { home, env } = homeWith('[profile work]\nurl = https://work.example/mcp\n');
  const keeper = join(home, 'keeper');
  writeFileSync(keeper, `#!/bin/sh\necho "$@" >> '${home}/asked'\nexit 1\n`, { mode: 0o755 });
  const { code, stdout, stderr } = await runBridge(['status', '--urls', '--store', `command:${keeper}`], { env });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'https://work.example/mcp\n');
  assert.ok(!existsSync(join(home, 'asked')));
});

test('the example of the manual is one', async () => {
  const manual = readFileSync(new URL('../../man/mcp-bridge-config.5', import.meta.url), 'utf8');
  const [, text] = /\.Bd -literal -offset indent\n(# What every[^]*?)\.Ed/.exec(manual);
  const { home, env } = homeWith(text, { 'work.secret': 's' });
  mkdirSync(join(home, 'certificates'));
  writeFileSync(join(home, 'certificates/company.pem'), '');
  for (const profile of ['work', 'home']) {
    const { code, stdout, stderr } = await runBridge(['status', '--json', '--profile', profile], { env });
    assert.equal(code, 77, stderr);
    assert.equal(JSON.parse(stdout).servers[0].url, 'https://mcp.example.com/mcp');
    const entry = await runBridge(['config', 'zed', '--profile', profile], { env });
    assert.equal(entry.code, 0, entry.stderr);
  }
});
