// SPDX-License-Identifier: ISC
// Twenty bridges at once, as a desktop that restores its windows starts them,
// against oidc-provider, which revokes everything when a spent refresh token
// comes again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { textOf } from './lib/expect.js';
import { outlive, shortLife, until, withRealServers } from './lib/signin.js';

const HERD = 20;
const call = (host) => host.request('tools/call', { name: 'whoami', arguments: {} }, { timeout: 30_000 });

async function startHerd(place) {
  const hosts = Array.from({ length: HERD }, () => place.start());
  const opened = Promise.all(hosts.map((host) => host.initialize()));
  opened.catch(() => {});
  return { hosts, opened };
}

async function assertAllServe(hosts) {
  const answers = await Promise.all(hosts.map(call));
  assert.deepEqual(answers.map(textOf), Array(HERD).fill('anna'));
  await Promise.all(hosts.map((host) => host.stop()));
}

test('A-036 A-114 twenty at once, logged out: one tab, one registration, one code exchange', async () => {
  await withRealServers({}, async (place) => {
    const { hosts, opened } = await startHerd(place);
    await until(() => place.server.answersOf(401) >= HERD, 'all twenty', { timeout: 20_000 });
    await sleep(500 * timeScale);
    await place.finish();
    await opened;
    await assertAllServe(hosts);
    assert.equal(place.opener.count, 1);
    assert.equal(place.as.hitsOf('register'), 1);
    assert.deepEqual(place.as.tokenRequests, ['authorization_code']);
  });
});

test('A-066 A-067 twenty at once, token expired: one token request, nobody logged out', async () => {
  await withRealServers({ accessTtl: shortLife }, async (place) => {
    await (await place.signedIn()).stop();
    place.as.accessTtl = 3600;
    await outlive();
    const before = place.as.tokenRequests.length;
    const { hosts, opened } = await startHerd(place);
    await opened;
    await assertAllServe(hosts);
    assert.deepEqual(place.as.tokenRequests.slice(before), ['refresh_token']);
    assert.equal(place.opener.count, 1);
    const late = place.start();
    await late.initialize();
    assert.equal(textOf(await call(late)), 'anna');
    await late.stop();
  });
});

test('A-007 twenty calls at once, token expired: one token request', async () => {
  await withRealServers({ accessTtl: shortLife }, async (place) => {
    const host = await place.signedIn();
    place.as.accessTtl = 3600;
    await outlive();
    const before = place.as.tokenRequests.length;
    await assertAllServeFrom(host);
    assert.deepEqual(place.as.tokenRequests.slice(before), ['refresh_token']);
  });
});

async function assertAllServeFrom(host) {
  const answers = await Promise.all(Array.from({ length: HERD }, () => call(host)));
  assert.deepEqual(answers.map(textOf), Array(HERD).fill('anna'));
  await host.stop();
}
