// SPDX-License-Identifier: ISC
// In the place of mcp-remote: entries as its README has them, with nothing but
// the command replaced, by a link of its name and by `mcp-bridge mcp-remote`.
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bridgeCommand, scratchDir } from './lib/bridge.js';
import { runBridge, withHost } from './lib/host.js';
import { sdkServer } from './lib/servers.js';

let server;
before(async () => { server = await sdkServer('sdk1-server.js'); });
after(async () => { await server.close(); });

const headers = join(scratchDir(), 'headers.txt');
writeFileSync(headers, '# credentials for the example server\nAuthorization: Bearer my-token\nX-Custom-Header: custom-value\n');
const variable = join(scratchDir(), 'variable.txt');
writeFileSync(variable, 'X-Other: ${NEITHER}\n');

/** Its README's entries: arguments behind the URL, and the environment. */
const entries = {
  plain: [[]],
  header: [['--header', 'Authorization: Bearer ${AUTH_TOKEN}'], { AUTH_TOKEN: 'x' }],
  'header without spaces': [['--header', 'Authorization:${AUTH_HEADER}'], { AUTH_HEADER: 'Bearer x' }],
  'header file': [['--header-file', headers]],
  resource: [['--resource', 'https://tenant1.atlassian.net/']],
  'authorize parameters': [['--authorize-param', 'access_type=offline', '--authorize-param', 'prompt=consent']],
  'no resource': [['--disable-resource-parameter']],
  port: [['9696']],
  host: [['--host', '127.0.0.1']],
  'callback path': [['--callback-path', '/custom/callback']],
  'success page': [['--auth-success-url', 'https://app.example.com/cli-connected']],
  'plain http': [['--allow-http']],
  debug: [['--debug']],
  silent: [['--silent']],
  proxy: [['--enable-proxy'], { HTTPS_PROXY: 'http://127.0.0.1:3128', NO_PROXY: 'localhost,127.0.0.1' }],
  'auth timeout': [['--auth-timeout', '60']],
  timeouts: [['--connect-timeout', '30', '--body-timeout', '0', '--headers-timeout', '20']],
  'keep alive': [['--keep-alive', '--ping-interval', '60']],
  ipv4: [['--ipv4']],
  transport: [['--transport', 'http-only']],
  protocol: [['--protocol', 'auto']],
  metadata: [['--static-oauth-client-metadata', '{ "scope": "space separated scopes" }']],
  client: [['--static-oauth-client-info', '{"client_id":"my-client","client_secret":"${MCP_CLIENT_SECRET}"}'], { MCP_CLIENT_SECRET: 's' }],
  'client metadata document': [['3334', '--client-metadata-url', 'https://client.example.com/.well-known/oauth-client-metadata']],
  'client credentials': [['--client-credentials', '--static-oauth-client-info', '{"client_id":"my-client","client_secret":"s"}']],
  'device code': [['--device-code']],
  cookies: [['--disable-cookies']],
  'ID token': [['--use-id-token']],
  unknown: [['--made-up', '--transport', 'carrier-pigeon']],
};

for (const [name, [args, env = {}]] of Object.entries(entries)) {
  test(`mcp-remote's entry runs with the command replaced: ${name}`, async () => {
    await withHost({ command: [...bridgeCommand, 'mcp-remote', server.url, ...args], env }, async (host) => {
      await host.initialize();
      assert.ok((await host.request('tools/list')).result.tools.length > 0);
    });
  });
}

test('a variable that is not set is sent as nothing, with a warning; names of tools are compared without case', async () => {
  await withHost({ command: [...bridgeCommand, 'mcp-remote', server.url, '--header', 'X-Key:a${NOT_SET}b', '--header', 'X-Empty: ${NOT_SET}', '--header-file', variable, '--ignore-tool', 'ECHO*'] }, async (host) => {
    await host.initialize();
    const names = (await host.request('tools/list')).result.tools.map(({ name }) => name);
    assert.ok(names.length > 0 && !names.some((name) => /^echo/.test(name)), `${names}`);
    assert.match(host.stderr, /variable NOT_SET is not set/);
    assert.match(host.stderr, /variable NEITHER is not set/);
  });
});

test('tools are ignored, and a link of the name does the same', { skip: bridgeCommand.length > 1 }, async () => {
  const link = join(scratchDir(), 'mcp-remote');
  symlinkSync(bridgeCommand[0], link);
  await withHost({ command: [link, server.url, '--ignore-tool', '*'] }, async (host) => {
    await host.initialize();
    assert.deepEqual((await host.request('tools/list')).result.tools, []);
  });
});

test('what mcp-remote refuses is refused, with a reason', async () => {
  for (const args of [[], ['http://example.com/sse'], [server.url, '--header-file', '/nonexistent'], [server.url, '--authorize-param', 'x'], [server.url, '--static-oauth-client-info', '{']]) {
    const { code, stdout, stderr } = await runBridge(['mcp-remote', ...args]);
    assert.ok(code === 64 || code === 78, `${args}: ${code}`);
    assert.equal(stdout, '');
    assert.match(stderr, /^mcp-bridge: /);
  }
  assert.match((await runBridge(['mcp-remote', '--help'])).stdout, /mcp-bridge mcp-remote URL/);
});

test('A-095 secrets on its command line are overwritten', async () => {
  await withHost({ command: [...bridgeCommand, 'mcp-remote', server.url, '--header', 'X-Key: k3y', '--static-oauth-client-info', '{"client_id":"i","client_secret":"s3cret"}'] }, async (host) => {
    await host.initialize();
    const { readFileSync } = await import('node:fs');
    assert.ok(!/k3y|s3cret/.test(readFileSync(`/proc/${host.pid}/cmdline`, 'utf8')));
  });
});
