// SPDX-License-Identifier: ISC
// Tokens in the keyring of a desktop, or in memory, and nowhere else: a real
// keyring, a real authorization server that rotates refresh tokens.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { scratchDir } from './lib/bridge.js';
import { textOf } from './lib/expect.js';
import { secretService } from './lib/keepers.js';
import { assertLifeIn, assertNotOnDisk, call, hello, withKeeper } from './lib/kept.js';
import { outlive, shortLife, until } from './lib/signin.js';

test('A-090 A-093 A-116 tokens live in the Secret Service: sign-in, renewal, warm start, status, logout', async () => {
  await assertLifeIn(secretService, /Secret Service/);
});

test('A-066 A-093 ten bridges and one keyring, token expired: one token request', async () => {
  await withKeeper(secretService, { accessTtl: shortLife }, async (place) => {
    await (await place.signedIn(place.with())).stop();
    place.as.accessTtl = 3600;
    await outlive();
    const hosts = Array.from({ length: 10 }, () => place.start(place.with()));
    await Promise.all(hosts.map((host) => host.initialize()));
    const answers = await Promise.all(hosts.map(call));
    assert.deepEqual(answers.map(textOf), Array(10).fill('anna'));
    await Promise.all(hosts.map((host) => host.stop()));
    assert.deepEqual(place.as.tokenRequests, ['authorization_code', 'refresh_token']);
  });
});

test('A-093 a running bridge takes over what another one stored', async () => {
  await withKeeper(secretService, {}, async (place) => {
    const idle = place.start(place.with(['--non-interactive']));
    assert.ok((await idle.request('initialize', hello)).error);
    await (await place.signedIn(place.with())).stop();
    await until(async () => (await idle.request('initialize', hello)).result, 'the token of another bridge', { timeout: 10_000 });
    idle.notify('notifications/initialized');
    assert.equal(textOf(await call(idle)), 'anna');
    await idle.stop();
  });
});

async function assertRefused(place, tokens, message, { opened }) {
  const host = place.start(place.with(['--no-cached-handshake']));
  const { error } = await host.request('initialize', hello, { timeout: 40_000 });
  assert.equal(error.code, -31416, JSON.stringify(error));
  assert.match(error.message, message);
  assert.match(error.data.action, /unlock the keyring/);
  await host.stop();
  assert.equal(place.opener.count, opened);
  assertNotOnDisk(tokens, place.state);
  const out = await place.command('login', place.url);
  assert.equal(out.code, 74, out.stderr);
  assert.match(out.stderr, message);
}

test('A-093 a locked keyring is an error that says so, and no token goes to a file', async () => {
  await withKeeper(secretService, {}, async (place, keeper, tokens) => {
    await (await place.signedIn(place.with())).stop();
    await keeper.lock();
    await assertRefused(place, tokens, /keyring is locked/, { opened: 1 });
    const { code, stderr } = await place.command('status', place.url);
    assert.equal(code, 74);
    assert.match(stderr, /locked/);
    assert.equal((await place.command('logout', place.url)).code, 74);
  });
});

test('A-093 without a keyring no sign-in is begun', async () => {
  const nobody = async () => ({ store: 'secret-service', env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${scratchDir()}/none` }, close: () => {} });
  await withKeeper(nobody, {}, async (place, keeper, tokens) => {
    await assertRefused(place, tokens, /secret-tool failed/, { opened: 0 });
    assert.deepEqual(place.records('grant'), []);
  });
});

test('A-093 memory: nothing on disk, renewal in the background, gone with the bridge', async () => {
  await withKeeper(async () => ({ store: 'memory', env: {}, close: () => {} }), { accessTtl: shortLife }, async (place, keeper, tokens) => {
    const host = await place.signedIn(place.with());
    assert.equal(textOf(await call(host)), 'anna');
    await outlive();
    assert.equal(textOf(await call(host)), 'anna');
    assert.ok(place.as.tokenRequests.includes('refresh_token'));
    assert.equal(place.opener.count, 1);
    assert.ok(tokens.length >= 4);
    assert.deepEqual(readdirSync(place.state), []);
    await host.stop();
    assert.match((await place.command('status')).stdout, /memory/);
    assert.equal((await place.command('login', place.url)).code, 64);
    assert.deepEqual(readdirSync(place.state), []);
  });
});
