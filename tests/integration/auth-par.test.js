// SPDX-License-Identifier: ISC
// Pushed authorization requests (RFC 9126) with oidc-provider, which takes each
// request_uri once.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDir } from './lib/bridge.js';
import { assertOwnError, textOf } from './lib/expect.js';
import { clientInfo } from './lib/host.js';
import { withRealServers } from './lib/signin.js';
import { scopes } from './servers/authserver.js';

const call = (host) => host.request('tools/call', { name: 'whoami', arguments: {} });
const initialize = (host) => host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
const registered = (more) => ({
  client_id: 'registered', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/callback'], application_type: 'native', ...more,
});
const required = { features: { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } } };

test('A-088 required: the browser carries who asks and a reference, and nothing else', async () => {
  await withRealServers(required, async (place) => {
    const host = await place.signedIn();
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(place.as.pushes, ['accepted']);
    assert.deepEqual(place.as.authorizations.map((query) => [...query.keys()].sort()), [['client_id', 'request_uri']]);
    assert.equal(place.as.grants[0].resource, place.url);
  });
});

test('A-048 A-088 each visit of the address pushes anew, and any of them may finish', async () => {
  await withRealServers(required, async (place) => {
    const host = place.start();
    const opened = host.initialize();
    const address = await place.opener.tab();
    assert.match((await place.person.visit(address)).text, /Log in/);
    assert.match((await place.person.visit(address)).text, /Log in/);
    assert.match((await place.person.signIn(address)).text, /You are signed in/);
    await opened;
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(place.as.pushes, ['accepted', 'accepted', 'accepted']);
    assert.equal(new Set(place.as.authorizations.map((query) => query.get('request_uri'))).size, 3);
    assert.equal(place.opener.count, 1);
  });
});

test('A-088 a client with a secret authenticates as at the token endpoint', async () => {
  const secret = join(scratchDir(), 'secret');
  writeFileSync(secret, 'a:b%+e', { mode: 0o600 });
  const clients = [registered({ client_secret: 'a:b%+e', token_endpoint_auth_method: 'client_secret_basic' })];
  await withRealServers({ ...required, clients }, async (place) => {
    const host = await place.signedIn({ args: ['--client-id', 'registered', '--client-secret-file', secret] });
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(place.as.pushes, ['accepted']);
    assert.deepEqual(place.as.grants.map(({ method }) => method), ['client_secret_basic']);
  });
});

test('A-088 A-119 a scope refused there is asked for without our addition; no tab is opened in vain', async () => {
  const clients = [registered({ scope: 'mcp:read' })];
  await withRealServers({ ...required, clients, scopes: [...scopes, 'offline_access'] }, async (place) => {
    const host = await place.signedIn({ args: ['--client-id', 'registered'] });
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(place.as.pushes, ['invalid_scope', 'accepted']);
    assert.equal(place.opener.count, 1);
  });
});

test('A-088 A-119 what stays refused is told, and nobody is sent to a browser', async () => {
  const clients = [registered({ scope: 'mcp:read' })];
  await withRealServers({ ...required, clients }, async (place) => {
    const host = place.start({ args: ['--client-id', 'registered', '--scope', 'mcp:read mcp:write'] });
    const response = await initialize(host);
    assertOwnError(response, 'auth.insufficient_scope', -31404);
    assert.match(JSON.stringify(response.error.data), /mcp:write/);
    await host.stop();
    assert.equal(place.opener.count, 0);
  });
});
