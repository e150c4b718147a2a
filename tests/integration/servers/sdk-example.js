// SPDX-License-Identifier: ISC
// The official SDK's example of a protected server with its own authorization
// server, as a process of its own.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from '../lib/servers.js';
import { until } from '../lib/signin.js';

const program = fileURLToPath(import.meta.resolve('@modelcontextprotocol/sdk/examples/server/simpleStreamableHttp.js'));

export async function sdkExample() {
  const [port, authPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [program, '--oauth', '--oauth-strict'], {
    env: { ...process.env, MCP_PORT: String(port), MCP_AUTH_PORT: String(authPort) }, stdio: 'ignore',
  });
  const issuer = `http://localhost:${authPort}`;
  const answers = (url) => fetch(url).then(({ status }) => status < 500, () => false);
  await until(() => answers(`${issuer}/.well-known/oauth-authorization-server`), 'the example server', { timeout: 20_000 });
  await until(() => answers(`http://localhost:${port}/.well-known/oauth-protected-resource/mcp`), 'the example server', { timeout: 20_000 });
  return { issuer, url: `http://localhost:${port}/mcp`, close: async () => { child.kill(); } };
}
