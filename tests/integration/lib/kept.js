// SPDX-License-Identifier: ISC
// The life of tokens in a store that another program keeps.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from './expect.js';
import { runBridge } from './host.js';
import { outlive, shortLife, withRealServers } from './signin.js';

export const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
export const call = (host) => host.request('tools/call', { name: 'whoami', arguments: {} }, { timeout: 30_000 });

/** Everything below a directory, as one text. */
function everythingIn(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    try {
      return readFileSync(join(entry.parentPath, entry.name), 'latin1');
    } catch {
      return ''; // it has gone
    }
  }).join('\n');
}

const formsOf = (token) => [token, Buffer.from(token).toString('base64').slice(0, -4), Buffer.from(token).toString('hex')];

/** `use(place, keeper, tokens)`: every token that was ever issued is in `tokens`. */
export async function withKeeper(make, options, use) {
  const tokens = [];
  const prepare = (provider) => provider.on('grant.success', ({ body }) => tokens.push(body.access_token, body.refresh_token));
  const keeper = await make();
  try {
    await withRealServers({ prepare, ...options }, async (place) => {
      place.with = (more = []) => ({ args: ['--store', keeper.store, ...more], env: keeper.env });
      place.command = (...args) => runBridge([...args, '--store', keeper.store], { env: { ...place.env, ...keeper.env } });
      await use(place, keeper, tokens);
    });
  } finally {
    await keeper.close();
  }
}

export function assertNotOnDisk(tokens, ...dirs) {
  const text = dirs.map(everythingIn).join('\n');
  for (const token of tokens) for (const form of formsOf(token)) assert.ok(!text.includes(form), 'a token is on the disk');
}

async function assertRenews(place, keeper, tokens) {
  await (await place.signedIn(place.with())).stop();
  assert.equal(tokens.length, 2);
  place.as.accessTtl = 3600;
  await outlive();

  const host = place.start(place.with());
  await host.initialize();
  assert.equal(textOf(await call(host)), 'anna');
  await host.stop();
  assert.deepEqual(place.as.tokenRequests, ['authorization_code', 'refresh_token']);
  assert.equal(place.opener.count, 1);
  const held = await keeper.holds();
  for (const token of tokens.slice(-2)) assert.ok(held.includes(token), 'a token is not in its store');
  assert.ok(!held.includes(tokens[1]), 'the spent refresh token is still there');
}

async function assertWarm(place) {
  const refused = place.server.answersOf(401);
  const host = place.start(place.with());
  await host.initialize();
  assert.equal(textOf(await call(host)), 'anna');
  await host.stop();
  assert.equal(place.as.tokenRequests.length, 2);
  assert.equal(place.server.answersOf(401), refused, 'the first message waits for the token');
}

async function assertShown(place, where) {
  const shown = await place.command('status', place.url);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, where);
  const listed = JSON.parse((await place.command('status', '--json')).stdout);
  assert.deepEqual(listed.servers.map(({ url, signedIn }) => ({ url, signedIn })), [{ url: place.url, signedIn: true }]);
  assert.match(listed.store, where);
}

async function assertLogsOut(place, keeper, tokens) {
  const out = await place.command('logout', '--all');
  assert.equal(out.code, 0, out.stderr);
  assert.match(out.stdout, /Signed out/);
  assert.ok(place.as.hitsOf('revoke') >= 1);
  const held = await keeper.holds();
  for (const token of tokens) assert.ok(!held.includes(token));
  assert.equal((await place.command('status', place.url)).code, 77);
}

/** Sign-in, renewal, warm start, status, listing, logout; and no token anywhere else. */
export async function assertLifeIn(make, where) {
  await withKeeper(make, { accessTtl: shortLife }, async (place, keeper, tokens) => {
    await assertRenews(place, keeper, tokens);
    await assertWarm(place);
    await assertShown(place, where);
    assertNotOnDisk(tokens, place.state, ...(keeper.dir ? [keeper.dir] : []));
    await assertLogsOut(place, keeper, tokens);
    assert.equal(place.as.tokenRequests.length, 2);
  });
}
