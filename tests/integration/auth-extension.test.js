// SPDX-License-Identifier: ISC
// The extension whose grant is in use, declared to servers of both eras in the
// name of hosts of both eras; where none is in use, bytes pass as they came.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Host } from './lib/host.js';
import { legacyServer, modernServer } from './lib/scripted.js';
import { userFile } from './lib/signin.js';

const clientCredentials = 'io.modelcontextprotocol/oauth-client-credentials';
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities';

const hostCapabilities = { roots: { listChanged: true }, extensions: { 'example.com/own': { level: 1 } } };
const expected = { ...hostCapabilities.extensions, [clientCredentials]: {} };

const args = () => ['--grant', 'client_credentials', '--client-id', 'robot', '--client-secret-file', userFile('secret-0123456789')];

const hosts = {
  legacy: async (host) => {
    await host.initialize({ capabilities: hostCapabilities });
    await host.request('tools/list');
  },
  modern: async (host) => {
    await host.modern('server/discover', {}, { capabilities: hostCapabilities });
    await host.modern('tools/list', {}, { capabilities: hostCapabilities });
  },
};

/** Capabilities as the server saw them, one a message that carries any. */
const seen = (server) => server.requests.map(({ json }) => (json?.method === 'initialize' ? json.params.capabilities : json?.params?._meta?.[capabilitiesKey]))
  .filter(Boolean);

async function converse(makeServer, speak, options) {
  const server = await makeServer();
  const host = new Host({ url: server.url, args: options });
  try {
    await speak(host);
    await host.stop();
    return { server, host };
  } finally {
    await host.discard();
    await server.close();
  }
}

for (const [era, makeServer] of Object.entries({ legacy: legacyServer, modern: modernServer })) {
  for (const [hostEra, speak] of Object.entries(hosts)) {
    test(`A-078 a ${era} server sees the extension beside what a ${hostEra} host declares`, async () => {
      const { server } = await converse(makeServer, speak, args());
      const declared = seen(server).filter(({ extensions }) => extensions?.['example.com/own']);
      assert.ok(declared.length > 0, 'nothing was declared');
      for (const { extensions } of declared) assert.deepEqual(extensions, expected);
      for (const { extensions } of seen(server)) assert.deepEqual(extensions[clientCredentials], {});
    });
  }
}

test('A-078 without such a grant the host\'s bytes pass as they came', async () => {
  for (const [makeServer, speak] of [[legacyServer, hosts.legacy], [modernServer, hosts.modern]]) {
    const { server } = await converse(makeServer, speak, []);
    for (const capabilities of seen(server)) assert.deepEqual(capabilities, hostCapabilities);
  }
});
