// SPDX-License-Identifier: ISC
// Writes docs/interop.md: every real authorization server with every feature, as
// it comes out now:
//   node tests/integration/interop-table.js
import { readFileSync, writeFileSync } from 'node:fs';
import { ensureNode22 } from './lib/node22.js';

ensureNode22();

const { features, servers, withServer } = await import('./lib/interop.js');

const names = Object.keys(features);
let failed = 0;

async function attempt(run) {
  try {
    return await run();
  } catch (error) {
    failed += 1;
    console.error(error);
    return '**no**';
  }
}

async function row(name) {
  const cells = [];
  await withServer(name, async (place) => {
    for (const feature of names) cells.push(await attempt(() => features[feature](place)));
  });
  return [`${name} ${servers[name].version}`, ...cells];
}

const rows = [];
for (const name of Object.keys(servers)) rows.push(await row(name));
const line = (cells) => `| ${cells.join(' | ')} |`;
const table = `
${line(['Authorization server', ...names])}
${line(['Authorization server', ...names].map(() => '---'))}
${rows.map(line).join('\n')}
`;
const page = new URL('../../docs/interop.md', import.meta.url);
const [before, , after] = readFileSync(page, 'utf8').split(/<!-- \/?interop -->/);
writeFileSync(page, `${before}<!-- interop -->${table}<!-- /interop -->${after}`);
process.exitCode = failed > 0 ? 1 : 0;
