// SPDX-License-Identifier: ISC
// Whole conversations with real servers: what a user does on the first day.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runBridge, withHost } from './lib/host.js';
import { everythingServer, sdkServer } from './lib/servers.js';

const textOf = (answer) => answer.result.content[0].text;

async function conversation(url, args = []) {
  await withHost({ url, args }, async (host) => {
    const init = await host.initialize();
    assert.equal(init.serverInfo.name, 'mcp-servers/everything');
    const { result: { tools } } = await host.request('tools/list');
    assert.ok(tools.some(({ name }) => name === 'get-sum'));
    assert.match(textOf(await host.request('tools/call', { name: 'get-sum', arguments: { a: 20, b: 22 } })), /42/);

    const call = await host.request('tools/call', {
      name: 'trigger-long-running-operation', arguments: { duration: 0.4, steps: 4 }, _meta: { progressToken: 'p' },
    });
    assert.match(textOf(call), /completed/);
    const seen = host.messages.filter((m) => m.method === 'notifications/progress').map((m) => m.params.progress);
    assert.deepEqual(seen, [1, 2, 3, 4]);

    const { result: { resources } } = await host.request('resources/list');
    const read = await host.request('resources/read', { uri: resources[0].uri });
    assert.equal(read.result.contents[0].uri, resources[0].uri);
    const { result: { prompts } } = await host.request('prompts/list');
    assert.ok(prompts.length > 0);
  });
}

for (const [transport, args] of [['streamableHttp', []], ['sse', []], ['sse', ['--transport', 'sse']]]) {
  test(`server-everything over ${transport} ${args.join(' ')}`, async () => {
    const server = await everythingServer(transport);
    try {
      await conversation(server.url, args);
    } finally {
      await server.close();
    }
  });
}

let dual;
before(async () => { dual = await sdkServer('sdk2-server.js', 'dual'); });
after(() => dual.close());

test('SDK 2.x server of both eras, legacy host', async () => {
  await withHost({ url: dual.url }, async (host) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'add', arguments: { a: 1, b: 2 } })), '3');
  });
});

test('SDK 2.x server of both eras, modern host', async () => {
  await withHost({ url: dual.url }, async (host) => {
    const { result } = await host.modern('server/discover');
    assert.deepEqual(result.supportedVersions, ['2026-07-28']);
    assert.equal(textOf(await host.modern('tools/call', { name: 'add', arguments: { a: 1, b: 2 } })), '3');
  });
});

test('GnuTLS, where libcurl brings it, is told to set nothing up', async () => {
  const { stderr } = await runBridge(['--version'], { env: { LD_DEBUG: 'bindings' } });
  const asked = stderr.split('\n').filter((line) => line.includes('_gnutls_global_init_skip'));
  for (const line of asked) assert.match(line, /libgnutls.* to \S*mcp-bridge \[0\]/);
});
