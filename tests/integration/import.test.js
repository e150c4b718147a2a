// SPDX-License-Identifier: ISC
// Moving over from mcp-remote: the real program signs in, and what it keeps is
// taken over; its entries are found and changed.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bridgeCommand, scratchDir } from './lib/bridge.js';
import { textOf } from './lib/expect.js';
import { Host, runBridge } from './lib/host.js';
import { hosts, readSettings } from './lib/hosts.js';
import { until, withRealServers } from './lib/signin.js';

const proxy = fileURLToPath(new URL('../node_modules/mcp-remote/dist/proxy.js', import.meta.url));
const whoami = (host) => host.request('tools/call', { name: 'whoami', arguments: {} });

/** A sign-in of the real mcp-remote, kept in `store`. */
async function signInWithMcpRemote(place, store, args = []) {
  const host = new Host({
    command: [process.execPath, proxy, place.url, ...args],
    env: { MCP_REMOTE_CONFIG_DIR: store, PATH: '/nonexistent' },
  });
  try {
    const opened = host.initialize({ timeout: 60_000 }); // another program, and slow to start
    const address = await until(() => /^\S*(http:\/\/\S+\/auth\?\S+)/m.exec(host.stderr)?.[1], 'the address to sign in at', { timeout: 30_000 });
    await place.person.signIn(address);
    await opened;
    assert.equal(textOf(await whoami(host)), 'anna');
  } finally {
    await host.discard();
  }
}

function writeEntry(home, entry, id = 'cursor') {
  const path = join(home, hosts[id].file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ [hosts[id].section]: { kept: entry } }, null, 2));
  return path;
}

const start = ({ command, args, env }, extra) => new Host({
  command: [...(bridgeCommand.length > 1 ? bridgeCommand : [command]), ...args], env: { ...env, ...extra },
});

for (const args of [[], ['--header', 'X-Tenant: ä"1"'], ['--resource', 'RESOURCE', '--authorize-param', 'prompt=login']]) {
  test(`a login of mcp-remote ${args.filter((arg) => arg.startsWith('--')).join(' ')} is taken over: the next start needs no browser`, async () => {
    await withRealServers({}, async (place) => {
      const [home, store] = [scratchDir(), scratchDir()];
      const flags = args.map((arg) => (arg === 'RESOURCE' ? place.url : arg));
      await signInWithMcpRemote(place, store, flags);
      const path = writeEntry(home, { command: 'npx', args: ['-y', 'mcp-remote@latest', place.url, ...flags], env: { MCP_REMOTE_CONFIG_DIR: store } });
      const env = { ...place.env, HOME: home };

      const shown = await runBridge(['import'], { env });
      assert.equal(shown.code, 0, shown.stderr);
      assert.match(shown.stdout, /sign-in +is kept, and would be taken over/);
      assert.deepEqual(place.records('access'), []);

      const done = await runBridge(['import', '--write'], { env });
      assert.equal(done.code, 0, done.stderr);
      assert.match(done.stdout, /sign-in +taken over/);
      const before = { ...place.as.hits };
      const entry = readSettings('cursor', path).entries.kept;
      const host = start(entry, env);
      await host.initialize();
      assert.equal(textOf(await whoami(host)), 'anna');
      await host.stop();
      assert.deepEqual(place.as.hits, before, 'the token is used as it is');
      assert.equal(place.opener.count, 0);
      const [{ token }] = place.records('access');
      for (const text of [shown, done].flatMap(({ stdout, stderr }) => [stdout, stderr])) assert.ok(!text.includes(token));
    });
  });
}

test('a login taken over is renewed with the client mcp-remote registered', async () => {
  await withRealServers({ accessTtl: 3 }, async (place) => {
    const [home, store] = [scratchDir(), scratchDir()];
    await signInWithMcpRemote(place, store);
    const path = writeEntry(home, { command: 'npx', args: ['mcp-remote', place.url] });
    const env = { ...place.env, HOME: home, MCP_REMOTE_CONFIG_DIR: store };
    const done = await runBridge(['import', '--write', path], { env });
    assert.match(done.stdout, /sign-in +taken over/, done.stdout + done.stderr);
    place.as.accessTtl = 3600;
    const { refresh } = place.records('grant')[0];
    assert.ok(refresh);
    await until(() => Date.now() / 1000 > place.records('access')[0].expires_at, 'the end of the token', { timeout: 10_000 });
    const host = start(readSettings('cursor', path).entries.kept, env);
    await host.initialize();
    assert.equal(textOf(await whoami(host)), 'anna');
    await host.stop();
    assert.equal(place.as.hitsOf('register'), 1);
    assert.equal(place.as.tokenRequests.at(-1), 'refresh_token');
    assert.equal(place.opener.count, 0);
  });
});

test('what cannot be taken over says why, and the entry is changed all the same', async () => {
  await withRealServers({}, async (place) => {
    const [home, store] = [scratchDir(), scratchDir()];
    await signInWithMcpRemote(place, store);
    const dir = join(store, 'mcp-remote-v1');
    const name = readdirSync(dir).find((file) => file.endsWith('_tokens.json'));
    const tokens = JSON.parse(readFileSync(join(dir, name), 'utf8'));
    const env = { ...place.env, HOME: home, MCP_REMOTE_CONFIG_DIR: store };
    for (const [change, reason] of [
      [{ issuer: 'https://other.example' }, /another authorization server/],
      [{ refresh_token: undefined, expires_at: 1000 }, /has expired/],
      [{ access_token: undefined }, /no token/],
    ]) {
      writeFileSync(join(dir, name), JSON.stringify({ ...tokens, ...change }));
      writeEntry(home, { command: 'npx', args: ['mcp-remote', place.url] });
      const done = await runBridge(['import', '--write'], { env });
      assert.equal(done.code, 0, done.stderr);
      assert.match(done.stdout, reason);
      assert.deepEqual(place.records('access'), []);
    }
    // Older versions wrote no issuer.
    writeFileSync(join(dir, name), JSON.stringify({ ...tokens, issuer: undefined }));
    writeEntry(home, { command: 'npx', args: ['mcp-remote', place.url] });
    assert.match((await runBridge(['import', '--write'], { env })).stdout, /sign-in +taken over/);
    writeEntry(home, { command: 'npx', args: ['mcp-remote', place.url] });
    assert.match((await runBridge(['import', '--write'], { env })).stdout, /signed in already/);
  });
});

test('entries are found behind every launcher, in every host, and nothing else is touched', async () => {
  const home = scratchDir();
  const url = 'https://remote.mcp.server/sse';
  const entries = {
    npx: { command: 'npx', args: ['-y', 'mcp-remote', url] },
    latest: { command: '/opt/node/bin/npx', args: ['mcp-remote@0.1.29', url, '9696', '--debug'], disabled: true },
    windows: { command: 'cmd', args: ['/c', 'npx', '-y', 'mcp-remote@latest', url] },
    pnpm: { command: 'pnpm', args: ['dlx', 'mcp-remote', url] },
    bun: { command: 'bunx', args: ['mcp-remote', url] },
    node: { command: 'node', args: ['/usr/lib/node_modules/mcp-remote/dist/proxy.js', url] },
    deno: { command: 'deno', args: ['run', '-A', 'npm:mcp-remote', url] },
    direct: { command: 'C:\\npm\\mcp-remote.cmd', args: [url] },
  };
  const others = {
    other: { command: 'npx', args: ['-y', 'other-server', 'mcp-remote', url] },
    remote: { url, type: 'http' },
  };
  const path = join(home, hosts['claude-desktop'].file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ mcpServers: { ...entries, ...others }, theme: 'dark' }, null, 2));
  const codex = join(home, hosts.codex.file);
  mkdirSync(dirname(codex), { recursive: true });
  writeFileSync(codex, `model = "x" # mine\n[mcp_servers.a]\ncommand = "npx" # by npm\nargs = [\n  "mcp-remote",\n  "${url}",\n]\n[mcp_servers.a.env]\nK = "v"\n`);
  const goose = join(home, hosts.goose.file);
  mkdirSync(dirname(goose), { recursive: true });
  writeFileSync(goose, `extensions:\n  a:\n    args:\n    - mcp-remote\n    - ${url} # there\n    cmd: npx\n    enabled: true\n`);

  const done = await runBridge(['import', '--write'], { env: { HOME: home } });
  assert.equal(done.code, 0, done.stderr);
  const now = readSettings('claude-desktop', path);
  assert.equal(now.settings.theme, 'dark');
  for (const [name, { command, args, ...rest }] of Object.entries(entries)) {
    const moved = now.entries[name];
    assert.match(moved.command, /^\//, name);
    assert.equal(moved.args[0], url);
    const { command: ours, args: words, ...kept } = moved;
    assert.ok(ours && words && command && args);
    assert.deepEqual(kept, rest);
  }
  for (const [name, entry] of Object.entries(others)) assert.deepEqual(now.entries[name], entry);
  assert.equal(readSettings('codex', codex).entries.a.args[0], url);
  assert.deepEqual(readSettings('codex', codex).entries.a.env, { K: 'v' });
  assert.match(readFileSync(codex, 'utf8'), /# mine\n[^]*# by npm\n/);
  assert.equal(readSettings('goose', goose).entries.a.args[0], url);
  assert.equal(readSettings('goose', goose).entries.a.enabled, true);
  assert.match((await runBridge(['import', '--write'], { env: { HOME: home } })).stdout, /No entry of mcp-remote/);
});

test('entries of single projects in the file of Claude Code are found, each in its place', async () => {
  const home = scratchDir();
  const url = 'https://remote.mcp.server/sse';
  const path = join(home, '.claude.json');
  const entry = { type: 'stdio', command: 'npx', args: ['mcp-remote', url], env: { K: 'v' } };
  const other = { command: 'npx', args: ['other-server'] };
  const before = {
    mcpServers: { top: entry, other },
    projects: { '/srv/"a" b': { mcpServers: { one: entry, other }, history: [1] }, '/none': { mcpServers: {} }, '/odd': { mcpServers: [entry] }, '/bare': {} },
    kept: true,
  };
  writeFileSync(path, JSON.stringify(before, null, 2));

  const shown = await runBridge(['import'], { env: { HOME: home } });
  assert.match(shown.stdout, /^top$[^]*^one$/m);
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), before);
  const done = await runBridge(['import', '--write'], { env: { HOME: home } });
  assert.equal(done.code, 0, done.stderr);
  const after = JSON.parse(readFileSync(path, 'utf8'));
  for (const moved of [after.mcpServers.top, after.projects['/srv/"a" b'].mcpServers.one]) {
    assert.match(moved.command, /^\//);
    assert.equal(moved.args[0], url);
    Object.assign(moved, { command: entry.command, args: entry.args });
  }
  assert.deepEqual(after, before, 'all else is as it was');
});

test('secrets are not shown, and a client with one keeps its words', async () => {
  const home = scratchDir();
  const info = '{"client_id":"i","client_secret":"s3cret"}';
  const path = writeEntry(home, { command: 'npx', args: ['mcp-remote', 'https://a.example/mcp', '--header', 'Authorization: Bearer k3y', '--static-oauth-client-info', info] });
  const done = await runBridge(['import', '--write', path], { env: { HOME: home } });
  assert.equal(done.code, 0, done.stderr);
  assert.ok(!/s3cret|k3y/.test(done.stdout + done.stderr));
  const { args } = readSettings('cursor', path).entries.kept;
  assert.deepEqual(args, ['mcp-remote', 'https://a.example/mcp', '--header', 'Authorization: Bearer k3y', '--static-oauth-client-info', info]);
});
