// SPDX-License-Identifier: ISC
// Tokens that are bound to a key (RFC 9449): oidc-provider, and an MCP server on
// the official SDK that checks every proof itself. What was proven is read from
// the servers' own records.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertOwnError, textOf } from './lib/expect.js';
import { outlive, shortLife, until, withRealServers } from './lib/signin.js';
import { DpopGuard } from './servers/possession.js';

const call = (host, name = 'whoami') => host.request('tools/call', { name, arguments: {} });
const required = { dpop_bound_access_tokens_required: true };
const unique = (values) => [...new Set(values)];

function bound({ as = {}, server = {}, guard = new DpopGuard(), nonces = false } = {}, use) {
  const dPoP = { enabled: true, ...(nonces && { nonceSecret: randomBytes(32), requireNonce: () => true }) };
  return withRealServers({ ...as, features: { dPoP }, server: { guard, ...server } }, (place) => use(place, guard));
}

/** Changes every record of one kind in the store. */
function rewrite(place, kind, change) {
  const dir = `${place.state}/mcp-bridge/${kind}`;
  for (const name of readdirSync(dir).filter((entry) => entry.endsWith('.json'))) {
    const record = JSON.parse(readFileSync(`${dir}/${name}`, 'utf8'));
    change(record);
    writeFileSync(`${dir}/${name}`, JSON.stringify(record), { mode: 0o600 });
  }
}

function assertProven(guard, { as }) {
  assert.deepEqual(guard.refused, []);
  assert.equal(unique(guard.seen.map(({ jti }) => jti)).length, guard.seen.length, 'a proof served twice');
  const keys = unique(as.grants.map(({ jkt }) => jkt));
  assert.deepEqual(unique(guard.seen.map(({ jkt }) => jkt)), keys);
  assert.equal(keys.length, 1);
}

test('A-083 A-085 where the metadata require it, every POST, GET and DELETE has its own proof', async () => {
  const asked = [];
  const prepare = (provider) => provider.on('authorization.accepted', ({ oidc }) => asked.push(oidc.params.dpop_jkt));
  // A challenge for both: the metadata decide.
  const guard = new DpopGuard({ challenge: 'Bearer, DPoP algs="ES256"' });
  await bound({ as: { prepare }, server: { metadata: required }, guard }, async (place) => {
    const host = await place.signedIn();
    assert.equal(textOf(await call(host)), 'anna');
    await until(() => guard.seen.some(({ htm }) => htm === 'GET'), 'the standing stream');
    await host.stop();
    assertProven(guard, place);
    assert.equal(JSON.parse((await place.run('status', '--json')).stdout).servers[0].binding, 'dpop');
    assert.match((await place.run('status')).stdout, /^ {2}bound +to a key .*DPoP/m);
    assert.deepEqual(unique(guard.seen.map(({ htm }) => htm)).sort(), ['DELETE', 'GET', 'POST']);
    assert.deepEqual(place.as.grants.map(({ type }) => type), ['DPoP']);
    assert.deepEqual(asked, [guard.seen[0].jkt], 'dpop_jkt binds the code');
    const [client] = await Promise.all(place.records('registration').map(({ client_id: id }) => place.as.provider.Client.find(id)));
    assert.equal(client.dpopBoundAccessTokens, true);
  });
});

test('A-085 A-115 a challenge for DPoP alone binds; the next start proves with the same key', async () => {
  await bound({}, async (place, guard) => {
    await (await place.signedIn()).stop();
    const host = place.start();
    await host.initialize();
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assertProven(guard, place);
    assert.equal(place.opener.count, 1);
    assert.deepEqual(place.as.tokenRequests, ['authorization_code']);
  });
});

test('A-010 A-084 both servers want nonces of their own: one more sending each, and no rejection', async () => {
  await bound({ nonces: true, guard: new DpopGuard({ nonces: true }) }, async (place, guard) => {
    const host = await place.signedIn();
    assert.deepEqual(place.as.pushes, ['use_dpop_nonce', 'accepted'], 'the first request to the authorization server');
    assert.deepEqual(place.as.tokenRequests, ['authorization_code'], 'which has its nonce by then');
    assert.equal(guard.asked, 1);
    await until(() => guard.seen.some(({ htm }) => htm === 'GET'), 'the standing stream');
    for (let round = 2; round <= 4; round += 1) {
      guard.rotate();
      assert.equal(textOf(await call(host)), 'anna');
      assert.equal(guard.asked, round, 'asked once for each nonce');
      assert.equal(textOf(await call(host)), 'anna');
      assert.equal(guard.asked, round, 'and used it on');
    }
    await host.stop();
    assertProven(guard, place);
    assert.equal(place.as.tokenRequests.length, 1, 'no refresh, no login');
    assert.equal(place.opener.count, 1);
  });
});

test('A-083 A-115 a refresh proves the same key, with a nonce as well', async () => {
  await bound({ as: { accessTtl: shortLife }, nonces: true }, async (place, guard) => {
    const host = await place.signedIn();
    await outlive();
    place.as.accessTtl = 3600;
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(guard.refused.splice(0), ['expired']);
    assertProven(guard, place);
    assert.deepEqual(place.as.grants.map(({ grant, type }) => `${grant} ${type}`), ['authorization_code DPoP', 'refresh_token DPoP']);
    assert.equal(place.opener.count, 1);
  });
});

test('A-083 HTTP+SSE proves its stream and its messages', async () => {
  await bound({ server: { sse: true }, guard: new DpopGuard({ nonces: true }) }, async (place, guard) => {
    const host = await place.signedIn({ args: ['--transport', 'sse'] });
    assert.equal(textOf(await call(host)), 'anna');
    guard.rotate();
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assertProven(guard, place);
    const places = unique(guard.seen.map(({ htm, htu }) => `${htm} ${new URL(htu).pathname}`)).sort();
    assert.deepEqual(places, ['GET /mcp', 'POST /mcp/messages']);
    assert.equal(guard.asked, 2);
  });
});

test('A-114 A-115 several bridges share one login and its key', async () => {
  await bound({}, async (place, guard) => {
    const hosts = [place.start(), place.start(), place.start()];
    const opened = hosts.map((host) => host.initialize());
    await place.finish();
    await Promise.all(opened);
    for (const host of hosts) assert.equal(textOf(await call(host)), 'anna');
    for (const host of hosts) await host.stop();
    assertProven(guard, place);
    assert.equal(place.opener.count, 1);
    assert.deepEqual(place.as.tokenRequests, ['authorization_code']);
  });
});

for (const [how, change] of [['lost', (record) => { delete record.dpop_key; }], ['damaged', (record) => { record.dpop_key = 'x'; }]]) {
  test(`A-115 a key that is ${how} means a new login, with another key`, async () => {
    await bound({}, async (place, guard) => {
      await (await place.signedIn()).stop();
      for (const kind of ['access', 'grant']) rewrite(place, kind, change);
      const host = await place.signedIn();
      assert.equal(textOf(await call(host)), 'anna');
      await host.stop();
      assert.equal(place.opener.count, 2);
      assert.deepEqual(place.as.tokenRequests, ['authorization_code', 'authorization_code'], 'no refresh token was spent');
      assert.equal(unique(guard.seen.map(({ jkt }) => jkt)).length, 2);
    });
  });
}

test('A-085 a plain bearer instead of a bound token is refused, and never shown', async () => {
  const guard = new DpopGuard();
  await withRealServers({ features: { dPoP: { enabled: false } }, server: { guard } }, async (place) => {
    const host = place.start({ args: ['--dpop', 'require'] });
    const opened = host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } });
    await place.finish();
    assertOwnError(await opened, 'auth.policy', -31411);
    await host.stop();
    assert.deepEqual(guard.refused, []);
    assert.deepEqual(place.as.grants.map(({ type }) => type), ['Bearer']);
    assert.equal(place.records('grant').length, 0);
  });
});

test('A-085 --dpop off stays with plain bearers; --dpop require binds unasked', async () => {
  const guard = new DpopGuard({ challenge: 'Bearer' });
  await bound({ guard }, async (place) => {
    await (await place.signedIn({ args: ['--dpop', 'require'] })).stop();
    assertProven(guard, place);
  });
  await bound({ as: {}, server: { metadata: required, guard: undefined } }, async (place) => {
    const host = await place.signedIn({ args: ['--dpop', 'off'] });
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(place.as.grants.map(({ type }) => type), ['Bearer']);
  });
});

test('A-089 logout revokes bound tokens, too', async () => {
  const revoked = [];
  const prepare = (provider) => {
    for (const kind of ['access_token', 'refresh_token']) provider.on(`${kind}.destroyed`, () => revoked.push(kind));
  };
  await bound({ as: { prepare } }, async (place) => {
    await (await place.signedIn()).stop();
    const { code, stderr } = await place.run('logout');
    assert.equal(code, 0, stderr);
    assert.equal(place.as.hitsOf('revoke'), 2);
    assert.ok(revoked.includes('refresh_token'), `${revoked}`);
    for (const kind of ['access', 'grant']) assert.deepEqual(place.records(kind), []);
  });
});
