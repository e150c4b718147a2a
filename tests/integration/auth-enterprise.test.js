// SPDX-License-Identifier: ISC
// Enterprise-managed authorization with an ID token that comes from elsewhere:
// a file, a program.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { withEnterprise } from './lib/enterprise.js';
import { assertOwnError, textOf } from './lib/expect.js';
import { idTokenOf, jwtBearer, jwtBearerGrant, opening, publicKeyOf } from './lib/grants.js';
import { assertSilent, until, userFile } from './lib/signin.js';

const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const call = (host, name) => host.request('tools/call', { name, arguments: {} });

test('A-080 A-081 the identity provider vouches, the authorization server believes it, nobody is asked', async () => {
  await withEnterprise(async (place, idp, args) => {
    const idToken = await idTokenOf(idp, 'bridge-at-idp');
    const host = place.start({ args: [...args, '--id-token-file', userFile(`${idToken}\n`)] });
    await host.initialize();
    assert.equal(textOf(await call(host, 'whoami')), 'erika');
    await host.stop();
    assert.deepEqual(idp.exchanges.map(({ audience, resource, scope, subject_token_type: type }) => ({ audience, resource, scope, type })), [{
      audience: place.as.issuer, resource: place.url, scope: 'mcp:read', type: 'urn:ietf:params:oauth:token-type:id_token',
    }]);
    assert.deepEqual(idp.grants.map(({ client: id, method }) => [id, method]), [['bridge-at-idp', 'client_secret_basic']]);
    assert.deepEqual(place.as.grants.map(({ grant, client: id, method }) => [grant, id, method]), [[jwtBearer, 'bridge', 'client_secret_basic']]);
    assertSilent(place, idToken, place.as.assertions[0], 'bridge-secret-0123456789');
    const [server] = JSON.parse((await place.run('status', '--json')).stdout).servers;
    assert.equal(server.grant, 'enterprise');
  });
});

test('A-081 when the token ends, all of it is done again, with the ID token there is then', async () => {
  await withEnterprise(async (place, idp, args) => {
    const path = userFile(await idTokenOf(idp, 'bridge-at-idp'));
    const host = place.start({ args: [...args, '--id-token-file', path] });
    await host.initialize();
    writeFileSync(path, await idTokenOf(idp, 'bridge-at-idp', { subject: 'max' }));
    await until(async () => textOf(await call(host, 'whoami')) === 'max', 'the new user');
    await host.stop();
    assert.equal(new Set(place.as.assertions).size, place.as.assertions.length, 'an assertion was used twice');
    assertSilent(place);
  }, { accessTtl: 2 });
});

test('A-080 A-095 the ID token comes from a program, run without a shell', async () => {
  await withEnterprise(async (place, idp, args) => {
    const idToken = await idTokenOf(idp, 'bridge-at-idp');
    const program = userFile(`#!/bin/sh\n[ "$#" = 2 ] && [ "$1" = 'a b' ] && [ "$2" = '$(false)' ] || exit 3\necho '${idToken}'\n`, { mode: 0o700 });
    const host = place.start({ args: [...args, '--id-token-command', `${program} 'a b' $(false)`] });
    await host.initialize();
    assert.equal(textOf(await call(host, 'whoami')), 'erika');
    await host.stop();
    assertSilent(place, idToken);
  });
});

test('A-080 A-111 what may go wrong at the identity provider is told apart, and asked about once', async () => {
  await withEnterprise(async (place, idp, args) => {
    const good = await idTokenOf(idp, 'bridge-at-idp');
    const stale = await idTokenOf(idp, 'bridge-at-idp', { expires: '-1m' });
    const failing = userFile('#!/bin/sh\necho canary-out\nexit 1\n', { mode: 0o700 });
    const cases = [
      [['--id-token-file', userFile(stale)], 'auth.denied', /does not accept the ID token/, /--id-token-file/],
      [['--id-token-file', userFile(good), '--idp-client-secret-file', userFile('wrong-secret-01')], 'auth.registration', /does not accept this client/, /--idp-client-id/],
      [['--id-token-command', failing], 'auth.command', /ID token command/, /./],
    ];
    for (const [more, kind, says, action] of cases) {
      const before = idp.hitsOf('token');
      const host = place.start({ args: [...args, ...more] });
      for (let i = 0; i < 2; i += 1) {
        const answer = await host.request('initialize', opening);
        assertOwnError(answer, kind);
        assert.match(answer.error.message, says);
        assert.match(answer.error.data.action, action);
      }
      await host.stop();
      assert.ok(idp.hitsOf('token') - before <= 1);
    }
    assert.equal(place.as.hitsOf('token'), 0);
    assertSilent(place, stale, good, 'wrong-secret-01', 'canary-out');
  });
});

test('A-080 a server that is not enabled, a token of another kind: no assertion leaves', async () => {
  await withEnterprise(async (place, idp, args) => {
    const withToken = [...args, '--id-token-file', userFile(await idTokenOf(idp, 'bridge-at-idp'))];
    idp.enabled = [];
    const refused = await place.run('login', ...withToken);
    assert.equal(refused.code, 77);
    assert.match(refused.stderr, /does not vouch for the user/);
    idp.enabled = undefined;
    for (const answer of [{ token_type: 'Bearer' }, { issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }, { issued_token_type: undefined }]) {
      idp.answer = answer;
      const login = await place.run('login', ...withToken);
      assert.equal(login.code, 76, login.stderr);
      assert.match(login.stderr, /another token than an identity assertion/);
    }
    assert.equal(place.as.hitsOf('token'), 0);
    assertSilent(place);
  });
});

test('A-081 an authorization server that does not trust the identity provider', async () => {
  await withEnterprise(async (place, idp, args) => {
    const host = place.start({ args: [...args, '--id-token-file', userFile(await idTokenOf(idp, 'bridge-at-idp'))] });
    const answer = await host.request('initialize', opening);
    assertOwnError(answer, 'auth.denied', -31402);
    assert.match(answer.error.data.action, /trusts this identity provider/);
    await host.stop();
    assert.equal(place.as.hitsOf('token'), 1);
    assertSilent(place, place.as.assertions[0]);
  }, jwtBearerGrant(() => publicKeyOf({ signingKey: otherKey })));
});
