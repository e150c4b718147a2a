// SPDX-License-Identifier: ISC
// Every host meets every server, with the official SDKs at both ends: each pair
// does all that a host and a server can do with each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { features, hosts, servers } from './lib/pairs.js';
import { sdkServer } from './lib/servers.js';

/** What the host believes to speak: its own era first, the server's if it must. */
const spoken = (host, server) => (host === 'both' ? server.replace('both', 'stateless') : host);

for (const [serverName, { era: serverEra, start }] of Object.entries(servers)) {
  for (const [hostName, { era: hostEra, open }] of Object.entries(hosts)) {
    test(`host on ${hostName} · server on ${serverName}`, async (t) => {
      const server = await sdkServer(...start);
      const host = await open(server.url);
      try {
        assert.equal(host.era, spoken(hostEra, serverEra));
        for (const [feature, run] of Object.entries(features)) await t.test(feature, () => run(host, server));
      } finally {
        await host.close();
        await server.close();
      }
    });
  }
}
