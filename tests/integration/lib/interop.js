// SPDX-License-Identifier: ISC
// Real authorization servers, each guarding a real MCP server, and what the
// bridge does with any of them, one function a feature. A feature says what came
// of it: "yes", or why there is nothing to show.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authServer } from '../servers/authserver.js';
import { GlewlwydPerson, glewlwyd, glewlwydOrigin } from '../servers/glewlwyd.js';
import { protectedServer } from '../servers/protected.js';
import { sdkExample } from '../servers/sdk-example.js';
import { workersServer } from '../servers/workers.js';
import { textOf } from './expect.js';
import { withPlace } from './signin.js';

async function oidcProvider() {
  const as = await authServer();
  const server = await protectedServer(as);
  return { issuer: as.issuer, url: server.url, close: () => Promise.all([server.close(), as.close()]) };
}

async function glewlwydServer() {
  const origin = await glewlwydOrigin();
  const server = await protectedServer({ issuer: `${origin}/api/oidc` });
  const as = await glewlwyd(server.url, origin);
  return {
    issuer: as.issuer, url: server.url, person: new GlewlwydPerson(origin), close: () => Promise.all([server.close(), as.close()]),
  };
}

const { dependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url)));

/** `tools`: one that any token may call, and one that needs more; null: none does. */
export const servers = {
  'oidc-provider': { version: dependencies['oidc-provider'], start: oidcProvider, tools: [{ name: 'whoami' }, { name: 'write' }] },
  '@cloudflare/workers-oauth-provider': { version: dependencies['@cloudflare/workers-oauth-provider'], start: workersServer, tools: [{ name: 'whoami' }, { name: 'write' }] },
  glewlwyd: { version: '2.7', start: glewlwydServer, tools: [{ name: 'whoami' }, { name: 'write' }] },
  'TypeScript SDK example': { version: dependencies['@modelcontextprotocol/sdk'], start: sdkExample, tools: [{ name: 'greet', arguments: { name: 'anna' } }, null] },
};

const call = async (host, tool) => textOf(await host.request('tools/call', { arguments: {}, ...tool }));

async function login(place) {
  const host = await place.signedIn();
  await call(host, place.tools[0]);
  await host.stop();
  assert.equal(place.opener.count, 1);
  return 'yes';
}

async function nextStart(place) {
  const host = place.start();
  await host.initialize();
  await call(host, place.tools[0]);
  await host.stop();
  assert.equal(place.opener.count, 1);
  return 'yes';
}

const record = (place, kind) => {
  const dir = join(place.state, 'mcp-bridge', kind);
  return readdirSync(dir).filter((name) => name.endsWith('.json')).map((name) => join(dir, name))[0];
};

/** As if the server had forgotten the token: it gets one that it never issued. */
function spoilToken(place) {
  const path = record(place, 'access');
  const access = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...access, token: `${access.token.slice(0, -8)}spoiled0` }));
}

async function refresh(place) {
  const [grant] = place.records('grant');
  if (!grant?.refresh) return 'gives no refresh token';
  spoilToken(place);
  const tabs = place.opener.count;
  const host = place.start();
  await host.initialize();
  await call(host, place.tools[0]);
  await host.stop();
  assert.equal(place.opener.count, tabs);
  return 'yes';
}

async function stepUp(place) {
  if (place.tools[1] === null) return 'asks for no more';
  const tabs = place.opener.count;
  const host = place.start();
  await host.initialize();
  const answer = call(host, place.tools[1]);
  await place.finish(tabs + 1);
  assert.match(await answer, /mcp:write/);
  await host.stop();
  return 'yes';
}

/** What a token endpoint says to a refresh token of the client it was given to. */
async function redeem(metadata, grant, registration) {
  const secret = registration?.client_secret;
  const headers = secret ? { Authorization: `Basic ${btoa(`${grant.client_id}:${secret}`)}` } : {};
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: grant.refresh, client_id: grant.client_id });
  if (grant.resource) body.set('resource', grant.resource);
  return (await fetch(metadata.token_endpoint, { method: 'POST', headers, body })).status;
}

async function metadataOf(issuer) {
  const found = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
  return (found.ok ? found : await fetch(`${issuer}/.well-known/openid-configuration`)).json();
}

async function logout(place) {
  const [grant] = place.records('grant');
  const [registration] = place.records('registration');
  const metadata = await metadataOf(place.issuer);
  assert.equal((await place.run('logout')).code, 0);
  assert.deepEqual(place.records('access'), []);
  assert.deepEqual(place.records('grant'), []);
  if (!metadata.revocation_endpoint) return 'forgotten here; revokes nothing';
  if (grant?.refresh) assert.equal(await redeem(metadata, grant, registration), 400);
  return 'yes';
}

/** In this order, at one place. */
export const features = { login, 'next start': nextStart, refresh, 'step-up': stepUp, logout };

/** `use(place)` with one of `servers`. */
export async function withServer(name, use) {
  const { start, tools } = servers[name];
  const server = await start();
  const nothing = { close: async () => {} };
  return withPlace(nothing, server, (place) => use(Object.assign(place, { tools, issuer: server.issuer })), { person: server.person });
}
