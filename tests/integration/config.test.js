// SPDX-License-Identifier: ISC
// `mcp-bridge config`: entries in real samples of hosts' files, started as the
// hosts would start them.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bridgeCommand, scratchDir } from './lib/bridge.js';
import { runBridge, withHost } from './lib/host.js';
import { hosts, installSample, readSettings } from './lib/hosts.js';
import { sdkServer } from './lib/servers.js';

let server;
before(async () => { server = await sdkServer('sdk1-server.js'); });
after(async () => { await server.close(); });

const config = (home, ...args) => runBridge(['config', ...args], { env: { HOME: home } });

/** A wrapper such as valgrind stays in front of the program. */
const commandOf = ({ command, args }) => [...(bridgeCommand.length > 1 ? bridgeCommand : [command]), ...args];

async function startEntry(id, path, name = 'test') {
  const { entries } = readSettings(id, path);
  const { command, args, env = {} } = hosts[id].start(entries[name]);
  assert.ok(command.startsWith('/'), command);
  await withHost({ command: commandOf({ command, args }), env }, async (host) => {
    await host.initialize();
    assert.ok((await host.request('tools/list')).result.tools.length > 0);
  });
}

for (const id of Object.keys(hosts)) {
  test(`${id}: the entry starts the bridge, the rest of the file stays, a second run changes nothing`, async () => {
    const home = scratchDir();
    const path = installSample(home, id);
    const old = readFileSync(path, 'utf8');
    const { settings } = readSettings(id, path);
    const args = [id, server.url, '--name', 'test', '--request-timeout', '60', '--write'];
    const first = await config(home, ...args);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^Written/);
    const written = readFileSync(path, 'utf8');

    const now = readSettings(id, path).settings;
    delete now[hosts[id].section].test;
    if (settings[hosts[id].section] === undefined) delete now[hosts[id].section];
    assert.deepEqual(now, settings);
    for (const line of old.split('\n')) {
      if (/\/\/|\/\*|#/.test(line)) assert.ok(written.includes(line), line);
    }
    assert.equal(readFileSync(`${path}.bak`, 'utf8'), old);
    await startEntry(id, path);

    const second = await config(home, ...args);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /^Already there/);
    assert.equal(readFileSync(path, 'utf8'), written);
    assert.equal(readFileSync(`${path}.bak`, 'utf8'), old);
  });

  test(`${id}: a file that is not there yet is made`, async () => {
    const home = scratchDir();
    const done = await config(home, id, server.url, '--name', 'test', '--write');
    assert.equal(done.code, 0, done.stderr);
    const path = join(home, hosts[id].file);
    await startEntry(id, path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
}

test('the file of a project', async () => {
  const home = scratchDir();
  for (const id of Object.keys(hosts)) {
    const folder = scratchDir();
    const args = ['config', id, server.url, '--name', 'test', '--project', '--write'];
    const done = await runIn(folder, home, args);
    if (hosts[id].project === undefined) {
      assert.equal(done.code, 64);
      assert.match(done.stderr, /no settings for a project/);
    } else {
      assert.equal(done.code, 0, done.stderr);
      assert.ok(readSettings(id, join(folder, hosts[id].project)).entries.test);
    }
  }
});

async function runIn(cwd, home, args) {
  let stdout = '';
  const { Host } = await import('./lib/host.js');
  const host = new Host({ args, env: { HOME: home }, cwd, onChunk: (chunk) => { stdout += chunk; } });
  host.child.stdin.end();
  const { code } = await host.waitExit();
  return { code, stdout, stderr: host.stderr };
}

test('without --write the file, the entry and the command of the host are shown', async () => {
  const home = scratchDir();
  const shown = await config(home, 'claude-code', 'https://mcp.example.com/mcp');
  assert.equal(shown.code, 0, shown.stderr);
  assert.ok(shown.stdout.includes(join(home, '.claude.json')));
  const [, json] = /(\{[^]*\n\})\n/.exec(shown.stdout);
  const { example } = JSON.parse(json).mcpServers;
  assert.deepEqual({ ...example, command: '' }, { type: 'stdio', command: '', args: ['https://mcp.example.com/mcp'] });
  assert.match(shown.stdout, /claude mcp add --scope user example -- \S+ https:\/\/mcp\.example\.com\/mcp\n/);
  assert.ok(!existsSync(join(home, '.claude.json')));

  const pasted = await config(home, 'jetbrains', 'https://mcp.example.com/mcp');
  assert.match(pasted.stdout, /Paste it/);
  assert.equal((await config(home, 'jetbrains', 'https://mcp.example.com/mcp', '--write')).code, 64);
});

test('A-095 a secret goes into the environment of the entry, with a warning', async () => {
  const home = scratchDir();
  const args = ['cursor', server.url, '--name', 'test', '-H', 'X-Key: s3cret', '-H', 'X-Other: ${OTHER}', '--write'];
  const done = await config(home, ...args);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stderr, /what --header says is in the entry as it is/);
  assert.match(done.stderr, /variables of --header must be set/);
  assert.ok(!done.stderr.includes('s3cret'));
  const { entries: { test: entry } } = readSettings('cursor', join(home, '.cursor/mcp.json'));
  assert.deepEqual(entry.env, { MCP_BRIDGE_HEADER: 'X-Key: s3cret\nX-Other: ${OTHER}' });
  assert.deepEqual(entry.args, [server.url]);
});

test('files are named by their absolute paths, other options are kept as they are', async () => {
  const home = scratchDir();
  writeFileSync(join(home, 'ca.pem'), '');
  const done = await runIn(home, home, ['config', 'zed', server.url, '--ca-file=ca.pem', '--read-only', '--scope', 'a b', '--trace', 'x.trace', '--write', '--name', 'n']);
  assert.equal(done.code, 0, done.stderr);
  assert.ok(!existsSync(join(home, 'x.trace')), 'that is for the bridge');
  const { entries: { n: { args } } } = readSettings('zed', join(home, '.config/zed/settings.json'));
  assert.deepEqual(args, [server.url, '--ca-file', join(home, 'ca.pem'), '--read-only', '--scope', 'a b', '--trace', join(home, 'x.trace')]);
});

test('another entry of that name is refused, and replaced by --force', async () => {
  const home = scratchDir();
  const path = installSample(home, 'cursor');
  const args = ['cursor', server.url, '--name', 'db', '--write'];
  const refused = await config(home, ...args);
  assert.equal(refused.code, 78);
  assert.match(refused.stderr, /another entry "db"[^]*--force/);
  assert.ok(!existsSync(`${path}.bak`));
  const forced = await config(home, ...args, '--force');
  assert.equal(forced.code, 0, forced.stderr);
  await startEntry('cursor', path, 'db');
});

test('what a person added to the entry is no other entry', async () => {
  const home = scratchDir();
  const args = ['cursor', server.url, '--name', 'test', '--write'];
  await config(home, ...args);
  const path = join(home, '.cursor/mcp.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"command"', '"disabled": true,\n      "command"'));
  assert.match((await config(home, ...args)).stdout, /^Already there/);
});

test('links stay, modes stay', async () => {
  const home = scratchDir();
  const path = installSample(home, 'zed');
  const target = join(home, 'dotfiles.json');
  renameSync(path, target);
  symlinkSync(target, path);
  chmodSync(target, 0o640);
  const done = await config(home, 'zed', server.url, '--name', 'test', '--write');
  assert.equal(done.code, 0, done.stderr);
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.equal(statSync(target).mode & 0o777, 0o640);
  assert.equal(statSync(`${target}.bak`).mode & 0o777, 0o640);
  assert.ok(readSettings('zed', target).entries.test);
});

test('a file that is broken, or cannot be edited safely, is left as it is', async () => {
  const home = scratchDir();
  for (const [id, text] of [
    ['cursor', '{"mcpServers": {'], ['cursor', '[]'], ['zed', '{"context_servers": 1}'],
    ['codex', 'mcp_servers = {}\n'], ['codex', '[mcp_servers.x\n'], ['goose', 'extensions: {a: {b: c}}\n'], ['goose', '- x\n'],
  ]) {
    const path = installSample(home, id);
    writeFileSync(path, text);
    const done = await config(home, id, server.url, '--name', 'test', '--write');
    assert.equal(done.code, 78, `${id} ${text}: ${done.stdout}`);
    assert.ok(done.stderr.includes(path), done.stderr);
    assert.equal(readFileSync(path, 'utf8'), text);
    assert.ok(!existsSync(`${path}.bak`));
  }
  mkdirSync(join(home, '.gemini/settings.json'), { recursive: true });
  assert.equal((await config(home, 'gemini', server.url, '--write')).code, 78);
});

test('--list shows the hosts, their files and our entries in them', async () => {
  const home = scratchDir();
  await config(home, 'codex', server.url, '--name', 'mine', '--write');
  installSample(home, 'goose');
  const { code, stdout } = await config(home, '--list');
  assert.equal(code, 0);
  for (const id of [...Object.keys(hosts), 'jetbrains']) assert.match(stdout, new RegExp(`^${id} `, 'm'));
  assert.match(stdout, new RegExp(`^codex .*${join(home, '.codex/config.toml')}  mine$`, 'm'));
});
