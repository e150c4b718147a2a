// SPDX-License-Identifier: ISC
// @cloudflare/workers-oauth-provider on its own runtime (workerd, by miniflare),
// guarding an MCP server in the same worker: workers-as.mjs.
import { readFileSync } from 'node:fs';
import { Miniflare } from 'miniflare';
import { freePort } from '../lib/servers.js';

const text = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');

export async function workersServer() {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const module = (path, contents) => ({ type: 'ESModule', path, contents });
  const runtime = new Miniflare({
    host: '127.0.0.1', port, compatibilityDate: '2026-07-01', compatibilityFlags: ['global_fetch_strictly_public'], kvNamespaces: ['OAUTH_KV'],
    modules: [
      module('worker.js', text('workers-as.mjs')),
      module('oauth-provider.js', text('../../node_modules/@cloudflare/workers-oauth-provider/dist/oauth-provider.js')),
      module('place.js', `export const origin = '${issuer}';`),
    ],
  });
  await runtime.ready;
  return { issuer, url: `${issuer}/mcp`, close: () => runtime.dispose() };
}
