// SPDX-License-Identifier: ISC
// Signing in at the identity provider of an enterprise, in the browser, with
// real parts: what it says of the user serves every MCP server until it ends.
import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT, decodeJwt } from 'jose';
import { timeScale } from './lib/bridge.js';
import { withEnterprise } from './lib/enterprise.js';
import { assertOwnError, textOf } from './lib/expect.js';
import { jwtBearer, opening, tokenExchange } from './lib/grants.js';
import { runBridge } from './lib/host.js';
import { deviceGrant } from './lib/scripted-as.js';
import { outlive, shortLife, until, userFile } from './lib/signin.js';
import { Terminal } from './lib/terminal.js';
import { protectedServer } from './servers/protected.js';

const nowhere = { BROWSER: '', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' };
const call = (host, name = 'whoami') => host.request('tools/call', { name, arguments: {} }, { timeout: 30_000 });

/** As withEnterprise, where people sign in. */
const withPeople = (use, options) => withEnterprise(use, { people: true, ...options });

/** A start that has to do without a tab. */
async function quietStart(place, args, user = 'anna') {
  const { count } = place.opener;
  const host = place.start({ args });
  await host.initialize();
  assert.equal(textOf(await call(host)), user);
  await host.stop();
  assert.equal(place.opener.count, count, 'a browser opened');
}

async function firstStart(place, args) {
  const host = await place.signedIn({ args });
  assert.equal(textOf(await call(host)), 'anna');
  await host.stop();
}

test('A-080 A-081 the first call opens one tab at the identity provider, the next start none', async () => {
  await withPeople(async (place, idp, args) => {
    await firstStart(place, args);
    const [asked] = idp.authorizations;
    assert.equal(asked.get('scope'), 'openid offline_access');
    assert.equal(asked.get('client_id'), 'bridge-at-idp');
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.ok(asked.get('nonce').length >= 32 && asked.get('nonce') !== asked.get('state'));
    assert.equal(asked.get('resource'), null);
    await quietStart(place, args);
    assert.deepEqual(idp.tokenRequests, ['authorization_code', tokenExchange]);
    assert.deepEqual(place.as.tokenRequests, [jwtBearer]);
    assert.equal(place.as.hitsOf('authorize') + place.as.hitsOf('register') + idp.hitsOf('register'), 0);
    assert.equal(place.opener.count, 1);
  });
});

/** The identity provider's ID tokens are what `forge(claims, key)` makes of them. */
function forging(forge) {
  return {
    prepare: (provider, server) => {
      server.forge = forge;
      provider.use(async (ctx, next) => {
        await next();
        if (!ctx.body?.id_token || !server.forge) return;
        ctx.body = { ...ctx.body, id_token: await server.forge(decodeJwt(ctx.body.id_token), createPrivateKey({ key: server.signingKey, format: 'jwk' })) };
      });
    },
  };
}

const signed = (claims, key) => new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(key);
const text = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

const forgeries = {
  'another nonce': [({ nonce, ...claims }, key) => signed({ ...claims, nonce: `${nonce.slice(1)}0` }, key), /answers another sign-in/],
  'no nonce': [({ nonce, ...claims }, key) => signed(claims, key), /answers another sign-in/],
  'another client': [(claims, key) => signed({ ...claims, aud: 'somebody-else' }, key), /is for another client/],
  'given to another': [(claims, key) => signed({ ...claims, aud: [claims.aud, 'x'], azp: 'x' }, key), /was given to another client/],
  'another issuer': [(claims, key) => signed({ ...claims, iss: `${claims.iss}/` }, key), /is from another identity provider/],
  'expired': [(claims, key) => signed({ ...claims, iat: claims.iat - 900, exp: claims.iat - 300 }, key), /has expired/],
  'not signed': [(claims) => `${text({ alg: 'none' })}.${text(claims)}.`, /is no signed JWT/],
  'signed by nobody': [(claims) => `${text({ alg: 'none' })}.${text(claims)}.c2ln`, /is not signed/],
};

test('A-080 A-114 five bridges of two servers: one tab', async () => {
  await withPeople(async (place, idp, args) => {
    const other = await protectedServer(place.as);
    try {
      const urls = [place.url, other.url, place.url, other.url, place.url];
      const hosts = urls.map((url) => place.start({ args, url }));
      const opened = Promise.all(hosts.map((host) => host.initialize()));
      opened.catch(() => {});
      await place.opener.tab();
      await until(() => place.server.answersOf(401) + other.answersOf(401) >= 5, 'all five', { timeout: 20_000 });
      await sleep(500 * timeScale);
      await place.finish();
      await opened;
      const answers = await Promise.all(hosts.map((host) => call(host)));
      assert.deepEqual(answers.map(textOf), Array(5).fill('anna'));
      await Promise.all(hosts.map((host) => host.stop()));
    } finally {
      await other.close();
    }
    assert.equal(place.opener.count, 1);
    assert.deepEqual(idp.tokenRequests, ['authorization_code', tokenExchange, tokenExchange]);
    assert.deepEqual(place.as.tokenRequests, [jwtBearer, jwtBearer]);
    assert.equal(place.records('idp').length, 1);
  });
});

test('A-080 an ID token that is not what was asked for is refused, and nothing of it kept', async () => {
  await withPeople(async (place, idp, args) => {
    for (const [name, [forge, says]] of Object.entries(forgeries)) {
      idp.forge = forge;
      const login = place.run('login', ...args);
      const page = await place.finish(place.opener.count + 1);
      const { code, stderr } = await login;
      assert.notEqual(code, 0, name);
      assert.match(stderr, says, name);
      assert.doesNotMatch(page.text, /Signed in/i, name);
      assert.doesNotMatch(stderr, /eyJ/, name);
      assert.deepEqual(place.records('idp'), [], name);
    }
    assert.deepEqual(idp.exchanges, []);
    idp.forge = undefined;
    const login = place.run('login', ...args);
    await place.finish(place.opener.count + 1);
    assert.equal((await login).code, 0);
  }, { idp: forging() });
});

test('A-080 an ID token that ended is renewed at the identity provider, and nobody asked', async () => {
  await withPeople(async (place, idp, args) => {
    await firstStart(place, args);
    await outlive();
    idp.idTokenTtl = 3600;
    const before = idp.tokenRequests.length;
    await quietStart(place, args);
    assert.deepEqual(idp.tokenRequests.slice(before), ['refresh_token', tokenExchange]);
    const exchanged = idp.exchanges.map(({ subject_token: token }) => decodeJwt(token));
    assert.ok(exchanged.at(-1).exp > exchanged[0].exp);
    assert.equal(exchanged.at(-1).sub, 'anna');
  }, { idp: { idTokenTtl: shortLife }, accessTtl: shortLife });
});

test('A-080 A-124 where it cannot be renewed, a request of the host signs in again, and nothing else does', async () => {
  await withPeople(async (place, idp, args) => {
    await firstStart(place, args);
    await outlive();
    const silent = place.start({ args: [...args, '--non-interactive'] });
    await silent.initialize();
    const answer = await call(silent);
    assertOwnError(answer, 'auth.login_required', -31401);
    assert.match(answer.error.data.action, /mcp-bridge login/);
    await silent.stop();
    assert.equal(place.opener.count, 1);
    const host = place.start({ args });
    await host.initialize();
    const answered = call(host);
    await place.finish(2);
    assert.equal(textOf(await answered), 'anna');
    await host.stop();
    assert.equal(place.opener.count, 2);
  }, { idp: { idTokenTtl: shortLife, issueRefreshToken: async () => false }, accessTtl: shortLife });
});

test('A-080 A-089 A-116 status shows the sign-in there; it ends with the last of its servers', async () => {
  await withPeople(async (place, idp, args) => {
    const other = await protectedServer(place.as);
    try {
      await firstStart(place, args);
      const second = place.start({ args, url: other.url });
      await second.initialize();
      await second.stop();
      const { servers } = JSON.parse((await runBridge(['status', '--json'], { env: place.env })).stdout);
      assert.deepEqual(servers.map(({ url }) => url).sort(), [place.url, other.url].sort());
      for (const { signedIn, renewable, idp: { expiresAt, ...at } } of servers) {
        assert.deepEqual(at, { issuer: idp.issuer, clientId: 'bridge-at-idp', subject: 'anna', signedIn: true, renewable: true });
        assert.ok(signedIn && renewable && expiresAt > Date.now() / 1000 + 3000);
      }
      const shown = (await place.run('status')).stdout;
      assert.match(shown, /vouching +http/);
      assert.match(shown, /sign-in +good for \d+ min, then renewed/);
      const [{ id_token: idToken, refresh }] = place.records('idp');
      assert.ok(![idToken, refresh].some((secret) => shown.includes(secret)));

      assert.equal((await place.run('logout')).code, 0);
      assert.equal(place.records('idp').length, 1);
      assert.equal(idp.hitsOf('revoke'), 0);
      const told = await runBridge(['logout', '--all', ...args.slice(args.indexOf('--idp-issuer'))], { env: place.env });
      assert.equal(told.code, 0, told.stderr);
      assert.equal(idp.hitsOf('revoke'), 1);
      assert.ok(await idp.provider.RefreshToken.find(refresh) === undefined, 'it can still be used');
    } finally {
      await other.close();
    }
    assert.deepEqual(['idp', 'access', 'grant', 'login'].map((kind) => place.records(kind).length), [0, 0, 0, 0]);
    await firstStart(place, args);
  });
});

test('A-080 an ID token that the provider takes no more is replaced, once, by renewal', async () => {
  await withPeople(async (place, idp, args) => {
    await firstStart(place, args);
    idp.refusing = place.records('idp')[0].id_token;
    await outlive();
    const young = await place.run('login', ...args);
    assert.equal(young.code, 77, young.stderr);
    assert.match(young.stderr, /does not accept the ID token/);
    assert.match(young.stderr, /may exchange/);
    const [path] = readdirSync(`${place.state}/mcp-bridge/idp`).map((name) => `${place.state}/mcp-bridge/idp/${name}`).filter((name) => name.endsWith('.json'));
    const record = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...record, obtained_at: record.obtained_at - 90 }));
    await quietStart(place, args);
    assert.equal(idp.tokenRequests.filter((grant) => grant === 'refresh_token').length, 1);
    assert.notEqual(place.records('idp')[0].id_token, record.id_token);
  }, {
    accessTtl: shortLife,
    idp: {
      prepare: (provider, server) => {
        provider.use(async (ctx, next) => {
          await next();
          const { oidc } = ctx;
          if (oidc?.params?.subject_token && oidc.params.subject_token === server.refusing) {
            ctx.status = 400;
            ctx.body = { error: 'invalid_grant' };
          }
        });
      },
    },
  });
});

test('A-058 A-080 A-111 without a browser: a second terminal that says nothing of all this finishes it', async () => {
  await withPeople(async (place, idp, args) => {
    const host = place.start({ args, env: nowhere });
    await host.initialize();
    const { error } = await call(host);
    assertOwnError({ error }, 'auth.login_pending', -31407);
    assert.match(error.data.action, /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}/);
    const pending = JSON.parse((await place.run('status', '--json')).stdout).servers;
    assert.equal(pending.length, 1);
    assert.ok(pending[0].loginPendingUntil > 0);
    place.person.cannotReach = ({ origin }) => origin !== idp.issuer;
    const terminal = new Terminal(['login', '--auth-timeout', '30', place.url], { ...place.env, ...nowhere });
    try {
      const [, url] = await terminal.shows(/\n(https?:\/\/\S+[?&]state=\S+)\n/);
      assert.ok(url.startsWith(`${idp.issuer}/auth?`));
      terminal.type((await place.person.signIn(url)).url);
      assert.equal(await terminal.end(), 0, terminal.screen);
      assert.match(terminal.screen, /Signed in to /);
    } finally {
      terminal.close();
    }
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.equal(place.opener.count, 0);
    assert.equal(place.as.hitsOf('authorize') + place.as.hitsOf('register'), 0);
    assert.deepEqual(idp.tokenRequests, ['authorization_code', tokenExchange]);
  });
});

test('A-080 A-087 without a browser: by a code, where the identity provider has such', async () => {
  const codes = {
    features: { pushedAuthorizationRequests: { enabled: false }, deviceFlow: { enabled: true } },
    clients: [{
      client_id: 'bridge-at-idp', client_secret: 'bridge-at-idp-secret-0123456789', redirect_uris: [], response_types: [],
      grant_types: [deviceGrant, 'refresh_token', tokenExchange],
    }],
  };
  await withPeople(async (place, idp, args) => {
    const host = place.start({ args, env: nowhere });
    await host.initialize();
    const { error } = await call(host);
    assertOwnError({ error }, 'auth.login_pending', -31407);
    const [, uri, code] = /Open (\S+) on any device and enter the code (\S+?)(?:,|$)/.exec(error.data.action);
    assert.ok(uri.startsWith(idp.issuer), uri);
    assert.match((await place.person.enter({ uri, code })).text, /Sign-in Success/);
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(idp.tokenRequests.filter((grant) => grant !== deviceGrant), [tokenExchange]);
    assert.equal(place.opener.count + idp.hitsOf('authorize') + idp.hitsOf('register') + place.as.hitsOf('authorize'), 0);
    await quietStart(place, args);
  }, { idp: codes });
});

test('A-080 doctor looks at the way to a browser where one will be needed, and only there', async () => {
  await withPeople(async (place, idp, args) => {
    const checks = async (...more) => {
      const report = JSON.parse((await place.run('doctor', '--json', ...args, ...more)).stdout);
      return JSON.stringify(report);
    };
    const nobody = /nobody has to sign in/g;
    const [asked, given] = [await checks(), await checks('--id-token-file', userFile('e30.e30.c2ln'))];
    assert.equal(given.match(nobody).length - asked.match(nobody).length, 2, asked);
  });
});

test('A-080 A-124 a sign-in that was denied is not asked for again at once', async () => {
  await withPeople(async (place, idp, args) => {
    const host = place.start({ args });
    const opened = host.request('initialize', opening);
    await place.finish(1, { deny: true });
    assertOwnError(await opened, 'auth.denied');
    assertOwnError(await host.request('initialize', opening), 'auth.login_required', -31401);
    await host.stop();
    assert.equal(place.opener.count, 1);
    assert.deepEqual(place.records('idp'), []);
  });
});
