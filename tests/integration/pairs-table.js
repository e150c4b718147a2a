// SPDX-License-Identifier: ISC
// Writes the table of every host with every server, as it comes out now:
//   node tests/integration/pairs-table.js
import { readFileSync, writeFileSync } from 'node:fs';
import { ensureNode22 } from './lib/node22.js';

ensureNode22();

const { features, hosts, servers } = await import('./lib/pairs.js');
const { sdkServer } = await import('./lib/servers.js');

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url)));
const names = Object.keys(features);
let failed = 0;

async function attempt(run) {
  try {
    await run();
    return 'yes';
  } catch (error) {
    failed += 1;
    console.error(error);
    return '**no**';
  }
}

/** One line of the table: what is spoken at either end, then a word a feature. */
async function row(hostName, serverName) {
  const { era: serverEra, start } = servers[serverName];
  const server = await sdkServer(...start);
  const host = await hosts[hostName].open(server.url);
  const way = serverEra === 'both' || serverEra === host.era ? 'as it is' : 'translated';
  const cells = [];
  for (const name of names) cells.push(await attempt(() => features[name](host, server)));
  await host.close();
  await server.close();
  return [hostName, serverName, way, ...cells];
}

const rows = [];
for (const hostName of Object.keys(hosts)) {
  for (const serverName of Object.keys(servers)) rows.push(await row(hostName, serverName));
}
const line = (cells) => `| ${cells.join(' | ')} |`;
const table = `
Hosts and servers on the official TypeScript SDK ${dependencies['@modelcontextprotocol/sdk']} (1.x) and ${dependencies['@modelcontextprotocol/client']} (2.x), the
bridge between them. Hosts of both eras ask first and take the newer one where the
server has it; stateless hosts know the server from before.

${line(['Host', 'Server', 'Messages go', ...names])}
${line(['Host', 'Server', 'Messages go', ...names].map(() => '---'))}
${rows.map(line).join('\n')}
`;
const readme = new URL('../../README.md', import.meta.url);
const [before, , after] = readFileSync(readme, 'utf8').split(/<!-- \/?pairs -->/);
writeFileSync(readme, `${before}<!-- pairs -->${table}<!-- /pairs -->${after}`);
process.exitCode = failed > 0 ? 1 : 0;
