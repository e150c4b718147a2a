// SPDX-License-Identifier: ISC
// Grants that need no person, with real parts: oidc-provider grants client
// credentials itself and learns the JWT bearer grant here, with jose to judge
// the assertions.
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT } from 'jose';
import { assertOwnError, textOf } from './lib/expect.js';
import { jwtBearer, jwtBearerGrant, opening } from './lib/grants.js';
import { scriptedAs } from './lib/scripted-as.js';
import { assertSilent, userFile as file, until, withRealServers, withScripted } from './lib/signin.js';

const call = (host, name) => host.request('tools/call', { name, arguments: {} });

const secret = `sec:ret %+${randomUUID()}`;
const robot = (more) => ({
  client_id: 'robot', client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...more,
});
const withRobot = (use, { client, ...more } = {}) => withRealServers(
  { clients: [robot(client)], features: { clientCredentials: { enabled: true } }, ...more }, use,
);
const asRobot = (...more) => ['--grant', 'client_credentials', '--client-id', 'robot', ...more];
const withSecret = (text = secret) => asRobot('--client-secret-file', file(`${text}\n`));

test('A-079 A-091 client credentials: one request, no browser, the next start needs none', async () => {
  await withRobot(async (place) => {
    for (let start = 0; start < 2; start += 1) {
      const host = place.start({ args: withSecret() });
      await host.initialize();
      assert.equal(textOf(await call(host, 'whoami')), 'robot');
      await host.stop();
    }
    const [granted, ...others] = place.as.grants;
    assert.deepEqual(others, []);
    const { grant, client, method, resource, asked, scope } = granted;
    assert.deepEqual([grant, client, method, resource, asked, scope],
      ['client_credentials', 'robot', 'client_secret_basic', place.url, 'mcp:read', 'mcp:read']);
    assertSilent(place, secret);
    const status = await place.run('status', '--json');
    const [server] = JSON.parse(status.stdout).servers;
    assert.equal(server.grant, 'client_credentials');
    assert.ok(server.signedIn && server.renewable);
    assert.equal(server.clientId, 'robot');
  });
});

test('A-037 A-038 the secret goes where the client is registered to put it', async () => {
  await withRobot(async (place) => {
    const host = place.start({ args: withSecret() });
    await host.initialize();
    await host.stop();
    assert.deepEqual(place.as.grants.map(({ method }) => method), ['client_secret_post']);
  }, { client: { token_endpoint_auth_method: 'client_secret_post' }, clientAuthMethods: ['client_secret_post', 'none'] });
});

test('A-064 A-079 renewal is the grant again, before the token ends', async () => {
  await withRobot(async (place) => {
    const host = place.start({ args: withSecret() });
    await host.initialize();
    for (const end = performance.now() + 5000; performance.now() < end; await sleep(150)) {
      assert.equal(textOf(await call(host, 'whoami')), 'robot');
    }
    await host.stop();
    assert.equal(place.server.answersOf(401), 1, 'the one before the first token');
    assert.ok(place.as.grants.length >= 3, `${place.as.grants.length}`);
    assert.ok(place.as.grants.every(({ grant }) => grant === 'client_credentials'));
  }, { accessTtl: 4 });
});

test('A-066 A-079 many bridges make one token request', async () => {
  await withRobot(async (place) => {
    const args = withSecret();
    const hosts = Array.from({ length: 5 }, () => place.start({ args }));
    await Promise.all(hosts.map((host) => host.initialize()));
    for (const host of hosts) assert.equal(textOf(await call(host, 'whoami')), 'robot');
    await Promise.all(hosts.map((host) => host.stop()));
    assert.equal(place.as.grants.length, 1);
  });
});

test('A-074 A-077 more permission is asked for once, together with what there was', async () => {
  await withRobot(async (place) => {
    const host = place.start({ args: withSecret() });
    await host.initialize();
    assert.equal(textOf(await call(host, 'write')), 'mcp:read mcp:write');
    assert.equal(textOf(await call(host, 'whoami')), 'robot');
    await host.stop();
    assert.deepEqual(place.as.grants.map(({ asked }) => asked), ['mcp:read', 'mcp:read mcp:write']);
    assertSilent(place, secret);
  });
});

test('A-076 A-077 permission that is not given is not asked for again', async () => {
  await withRobot(async (place) => {
    const host = place.start({ args: withSecret() });
    await host.initialize();
    for (let i = 0; i < 2; i += 1) assertOwnError(await call(host, 'write'), 'auth.insufficient_scope', -31404);
    assert.equal(textOf(await call(host, 'whoami')), 'robot');
    await host.stop();
    assert.equal(place.as.hitsOf('token'), 2, `${place.as.tokenRequests}`);
    assertSilent(place, secret);
  }, { client: { scope: 'mcp:read' } });
});

test('A-070 A-079 A-111 a wrong secret is a clear error, and asked about once', async () => {
  await withRobot(async (place) => {
    const wrong = 'wrong-secret-0123456789';
    const host = place.start({ args: withSecret(wrong) });
    for (let i = 0; i < 2; i += 1) {
      const answer = await host.request('initialize', opening);
      assertOwnError(answer, 'auth.registration', -31412);
      assert.match(answer.error.data.action, /--client-secret-file/);
      assert.equal(answer.error.data.oauthError, 'invalid_client');
    }
    await host.stop();
    assert.equal(place.as.hitsOf('token'), 1);
    assertSilent(place, wrong);
    const login = await place.run('login', ...withSecret(wrong));
    assert.equal(login.code, 77);
    assert.match(login.stderr, /does not accept this client/);
    assert.ok(!login.stderr.includes(wrong));
  });
});

test('A-079 what is missing is said before anything is asked', async () => {
  const cases = [
    [['--grant', 'client_credentials'], /needs --client-id/],
    [asRobot(), /needs --client-secret-file/],
    [['--grant', 'jwt-bearer', '--client-id', 'x'], /needs --assertion-file/],
    [['--assertion-file', file('x')], /of no use with --grant authorization_code/],
    [['--grant', 'password'], /jwt-bearer or enterprise is needed/],
  ];
  await withScripted({}, async (place) => {
    for (const [args, reason] of cases) {
      const { code, stderr } = await place.run('login', ...args);
      assert.equal(code, 64, `${args}`);
      assert.match(stderr, reason);
    }
    assert.deepEqual(place.as.hits, {});
  });
});

test('A-079 A-092 a token of a person does not serve a machine', async () => {
  await withRobot(async (place) => {
    const person = place.start();
    const opened = person.initialize();
    await place.finish();
    await opened;
    assert.equal(textOf(await call(person, 'whoami')), 'anna');
    await person.stop();
    const machine = place.start({ args: withSecret() });
    await machine.initialize();
    assert.equal(textOf(await call(machine, 'whoami')), 'robot');
    await machine.stop();
    assert.equal(place.opener.count, 1);
  });
});

test('A-030 the secret goes to the first issuer only', async () => {
  await withScripted({ as: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } } }, async (place) => {
    const token = (exchange) => {
      const access = place.as.mint('access');
      place.as.access.set(access, 'read');
      exchange.json({ access_token: access, token_type: 'Bearer', expires_in: 3600 });
    };
    place.as.on.token = token;
    const host = place.start({ args: withSecret() });
    await host.initialize();
    await host.stop();
    const other = await scriptedAs({ on: { token } });
    try {
      place.server.prm = { authorization_servers: [other.issuer] };
      place.as.access.clear();
      const moved = place.start({ args: ['--no-cached-handshake', ...withSecret()] });
      const refusal = await moved.request('initialize', opening);
      assertOwnError(refusal, 'auth.as_changed', -31413);
      assert.match(JSON.stringify(refusal), /If the server really moved: mcp-bridge logout http\S*, or --issuer/);
      assert.equal(other.hitsOf('token'), 0);
      await moved.stop();
      assertSilent(place, secret);
    } finally {
      await other.close();
    }
  });
});

// Clients with keys: the provider checks signature, audience and lifetime.
const keyTypes = {
  ES256: ['ec', { namedCurve: 'P-256' }],
  RS256: ['rsa', { modulusLength: 2048 }],
  PS256: ['rsa', { modulusLength: 2048 }],
  EdDSA: ['ed25519', {}],
};

function keyPair(alg) {
  const { publicKey, privateKey } = generateKeyPairSync(...keyTypes[alg]);
  return { jwk: { ...publicKey.export({ format: 'jwk' }), alg, kid: `kid-${alg}` }, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

const withKey = (alg, jwk, use) => withRobot(use, {
  client: { client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg, jwks: { keys: [jwk] } },
  enabledJWA: { clientAuthSigningAlgValues: [alg] },
});

for (const alg of Object.keys(keyTypes)) {
  test(`A-039 A-079 client credentials with a key and ${alg}, chosen by what the server lists`, async () => {
    const { jwk, pem } = keyPair(alg);
    await withKey(alg, jwk, async (place) => {
      const host = place.start({ args: asRobot('--client-key-file', file(pem), '--client-key-id', jwk.kid) });
      await host.initialize();
      assert.equal(textOf(await call(host, 'whoami')), 'robot');
      await host.stop();
      assert.deepEqual(place.as.grants.map(({ client, method }) => [client, method]), [['robot', 'private_key_jwt']]);
      assertSilent(place);
    });
  });
}

// oidc-provider takes an assertion once, and wants its nonce after that.
test('A-010 A-039 A-084 a request that goes once more for a nonce has another assertion', async () => {
  const { jwk, pem } = keyPair('ES256');
  await withRobot(async (place) => {
    const login = await place.run('login', '--dpop', 'require', ...asRobot('--client-key-file', file(pem)));
    assert.equal(login.code, 0, login.stderr);
    assert.deepEqual(place.as.tokenRequests, ['client_credentials: use_dpop_nonce', 'client_credentials']);
  }, {
    client: { client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } },
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
    },
  });
});

test('A-039 A-111 a key that is not registered is a clear error', async () => {
  const pem = keyPair('ES256').pem;
  await withKey('ES256', keyPair('ES256').jwk, async (place) => {
    const host = place.start({ args: asRobot('--client-key-file', file(pem)) });
    const answer = await host.request('initialize', opening);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /--client-key-file/);
    await host.stop();
    assert.equal(place.as.hitsOf('token'), 1);
    assertSilent(place, pem.split('\n')[1]);
  });
});

test('A-039 an algorithm the server does not take, a file that is no key: said before anything is sent', async () => {
  const { jwk, pem } = keyPair('ES256');
  await withKey('RS256', keyPair('RS256').jwk, async (place) => {
    for (const [args, code, says] of [
      [['--client-key-file', file(pem)], 77, /takes no ES256 signatures/],
      [['--client-key-file', file(pem), '--client-key-alg', 'ES256'], 77, /takes no ES256 signatures/],
      [['--client-key-file', file(pem), '--client-key-alg', 'RS256'], 78, /RS256 needs an RSA key/],
      [['--client-key-file', file(JSON.stringify(jwk))], 78, /no private key in PEM form/],
    ]) {
      const login = await place.run('login', ...asRobot(...args));
      assert.equal(login.code, code, login.stderr);
      assert.match(login.stderr, says);
    }
    assert.equal(place.as.hitsOf('token'), 0);
  });
});

test('A-038 A-039 a person signs in with a client that has a key; it renews and revokes by it', async () => {
  const { jwk, pem } = keyPair('ES256');
  const client = robot({
    client_secret: undefined, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback'], token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] },
  });
  await withRealServers({ clients: [client], accessTtl: 2 }, async (place) => {
    const args = ['--client-id', 'robot', '--client-key-file', file(pem)];
    const host = place.start({ args });
    const opened = host.initialize();
    await place.finish();
    await opened;
    await until(async () => {
      assert.equal(textOf(await call(host, 'whoami')), 'anna');
      return place.as.grants.length > 1;
    }, 'a refresh');
    await host.stop();
    assert.deepEqual(place.as.grants.slice(0, 2).map(({ grant, method }) => [grant, method]),
      [['authorization_code', 'private_key_jwt'], ['refresh_token', 'private_key_jwt']]);
    assert.equal((await place.run('logout', ...args)).code, 0);
    assert.ok(place.as.hitsOf('revoke') > 0);
    assert.deepEqual(place.records('grant'), []);
  });
});

test('A-039 older servers get their token endpoint as the audience, where the user says so', async () => {
  const { pem } = keyPair('ES256');
  await withScripted({ as: { metadata: { token_endpoint_auth_methods_supported: ['private_key_jwt'] } } }, async (place) => {
    const wanted = [[[], place.as.issuer], [['--client-assertion-audience', 'token-endpoint'], `${place.as.issuer}/token`]];
    for (const [more, audience] of wanted) {
      await place.run('login', ...asRobot('--client-key-file', file(pem)), ...more);
      const [, claims] = place.as.forms.at(-1).client_assertion.split('.');
      assert.equal(JSON.parse(Buffer.from(claims, 'base64url')).aud, audience);
      assert.equal(place.as.forms.at(-1).client_id, undefined);
    }
  });
});

// The JWT bearer grant (RFC 7523), as oidc-provider would do it.
const platform = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const assertionFor = (audience, { expires = '5m', subject = 'workload-7' } = {}) => new SignJWT({})
  .setProtectedHeader({ alg: 'ES256' }).setIssuer('https://platform.test').setSubject(subject)
  .setAudience(audience).setIssuedAt().setExpirationTime(expires).setJti(randomUUID()).sign(platform.privateKey);

const withWorkload = (use, more) => withRealServers({
  clients: [robot({ grant_types: [jwtBearer], token_endpoint_auth_method: 'none', client_secret: undefined })],
  ...jwtBearerGrant(() => platform.publicKey),
  ...more,
}, use);
const asWorkload = (path) => ['--grant', 'jwt-bearer', '--client-id', 'robot', '--assertion-file', path];

test('A-082 the assertion of the platform is read again for each request', async () => {
  await withWorkload(async (place) => {
    const path = file(`${await assertionFor(place.as.issuer)}\n`, { mode: 0o644 });
    const first = readFileSync(path, 'utf8').trim();
    const host = place.start({ args: asWorkload(path) });
    await host.initialize();
    assert.equal(textOf(await call(host, 'whoami')), 'workload-7');
    const second = await assertionFor(place.as.issuer);
    writeFileSync(path, second);
    await until(async () => {
      assert.equal(textOf(await call(host, 'whoami')), 'workload-7');
      return place.as.assertions.includes(second);
    }, 'a renewal');
    await host.stop();
    assert.equal(place.as.assertions[0], first);
    assert.equal(place.as.assertions.at(-1), second);
    assert.deepEqual([place.as.grants[0].resource, place.as.grants[0].method], [place.url, 'none']);
    assertSilent(place, first, second);
  }, { accessTtl: 2 });
});

test('A-082 RFC 7521 4.1: without --client-id the assertion is all there is; a server that wants a client is an error that says so', async () => {
  const assertion = await assertionFor('https://as.test');
  await withScripted({}, async (place) => {
    const { as } = place;
    as.on.token = (exchange, { form, headers }) => {
      assert.deepEqual(Object.keys(form).sort(), ['assertion', 'grant_type', 'resource', 'scope']);
      assert.equal(headers.authorization, undefined);
      const token = as.mint('access');
      as.access.set(token, '');
      exchange.json({ access_token: token, token_type: 'Bearer', expires_in: 3600 });
    };
    const args = ['--grant', 'jwt-bearer', '--assertion-file', file(assertion)];
    const host = place.start({ args });
    assert.ok((await host.request('initialize', opening)).result);
    await host.stop();
    assert.deepEqual([as.hitsOf('token'), as.hitsOf('register'), as.hitsOf('authorize')], [1, 0, 0]);
    assert.equal(as.forms[0].assertion, assertion);
    const again = place.start({ args });
    assert.ok((await again.request('initialize', opening)).result, 'the token is kept');
    await again.stop();
    assert.equal(as.hitsOf('token'), 1);
    const { servers: [state] } = JSON.parse((await place.run('status', '--json')).stdout);
    assert.equal(state.signedIn, true);
    assert.equal(state.clientId, undefined);
    assert.equal((await place.run('logout')).code, 0);
    assert.equal(as.revoked.length, 1);
    assert.equal(as.revoked[0].client_id, undefined);

    as.on.token = (exchange) => exchange.json({ error: 'invalid_client' }, { status: 401 });
    const refused = place.start({ args: [...args, '--no-cached-handshake'] });
    const answer = await refused.request('initialize', opening);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /then give --client-id/);
    await refused.stop();
    assertSilent(place, assertion);
  });
});

test('A-082 A-111 an assertion that has expired is refused once, and no other grant tried', async () => {
  await withWorkload(async (place) => {
    const stale = await assertionFor(place.as.issuer, { expires: '-1m' });
    const host = place.start({ args: asWorkload(file(stale)) });
    for (let i = 0; i < 2; i += 1) {
      const answer = await host.request('initialize', opening);
      assertOwnError(answer, 'auth.denied', -31402);
      assert.match(answer.error.data.action, /--assertion-file/);
      assert.equal(answer.error.data.oauthError, 'invalid_grant');
    }
    await host.stop();
    assert.equal(place.as.hitsOf('token'), 1);
    assertSilent(place, stale);
  });
});
