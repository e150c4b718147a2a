// SPDX-License-Identifier: ISC
// What real providers do that the standards do not say, each under its own name:
// an authorization server that behaves so, and the conversation that follows.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertOwnError, textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { withProvider } from './lib/provider.js';
import { legacyServer, modernServer, rpc, sseServer } from './lib/scripted.js';

const call = (host, options) => host.request('tools/call', { name: 'echo', arguments: { n: 1 } }, options);
const grants = (place, type) => place.as.forms.filter((form) => form.grant_type === type);

/** A bridge that has come through a sign-in by its first call. */
async function signIn(place, args = []) {
  const host = place.start({ args });
  await host.initialize();
  const answer = call(host);
  await place.finish(place.opener.count + 1);
  assert.equal(textOf(await answer), '{"n":1}');
  return host;
}

/** The answer to a call that no sign-in came of. */
async function refused(place, args = []) {
  const host = place.start({ args });
  await host.initialize();
  const answer = await call(host);
  await host.stop();
  return answer;
}

const client = ['--client-id', 'registered-by-hand'];

/** Options of a client with a secret. */
function confidential(place) {
  const path = join(place.state, 'secret');
  writeFileSync(path, 'the-secret\n', { mode: 0o600 });
  return [...client, '--client-secret-file', path];
}

const entra = {
  issuer: 'https://login.microsoftonline.com/9188040d-tenant/v2.0',
  paths: {
    metadata: '/9188040d-tenant/v2.0/.well-known/openid-configuration',
    authorize: '/9188040d-tenant/oauth2/v2.0/authorize',
    token: '/9188040d-tenant/oauth2/v2.0/token',
  },
  metadata: {
    registration_endpoint: undefined, revocation_endpoint: undefined,
    code_challenge_methods_supported: undefined, authorization_response_iss_parameter_supported: undefined,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
  },
  on: {
    authorize: (exchange, { query }, next) => {
      if (query.resource === undefined) return next();
      const back = new URL(query.redirect_uri);
      back.search = new URLSearchParams({ error: 'invalid_target', error_description: 'AADSTS9010010: The resource parameter does not match', state: query.state });
      return exchange.send(302, { Location: back.href });
    },
    token: (exchange, { form }, next) => {
      if (form.grant_type !== 'refresh_token' || form.scope !== undefined) return next();
      return exchange.json({ error: 'invalid_grant', error_description: 'AADSTS90009: Application is requesting a token for itself' }, { status: 400 });
    },
  },
};

test('Microsoft Entra ID: no resource, PKCE unannounced, the scope again with a refresh', async () => {
  await withProvider({ as: entra, server: { prm: { scopes_supported: ['api://mcp/use'] } } }, async (place) => {
    const host = await signIn(place, client);
    const [asked] = place.as.attempts;
    assert.equal(asked.resource, undefined);
    assert.equal(asked.scope, 'api://mcp/use offline_access');
    assert.equal(asked.prompt, undefined);
    assert.equal(asked.code_challenge_method, 'S256');
    place.as.access.clear();
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
    assert.equal(grants(place, 'refresh_token').length, 1);
    for (const form of grants(place, 'refresh_token')) {
      assert.equal(form.scope, 'api://mcp/use offline_access');
      assert.equal(form.resource, undefined);
    }
    assert.equal(place.opener.count, 1);
  });
});

test('Microsoft Entra ID: --resource and --no-adaptations go before what is known of it', async () => {
  await withProvider({ as: { ...entra, on: {} } }, async (place) => {
    const host = await signIn(place, [...client, '--resource', 'api://mcp']);
    await host.stop();
    assert.equal(place.as.attempts[0].resource, 'api://mcp');
  });
  await withProvider({ as: entra }, async (place) => {
    const answer = await refused(place, [...client, '--no-adaptations']);
    assertOwnError(answer, 'auth.policy', -31411);
    assert.match(answer.error.data.action, /--assume-pkce-s256/);
    assert.equal(place.opener.count, 0);
  });
});

test('Microsoft Entra ID: without a client it is said how to get one', async () => {
  await withProvider({ as: entra }, async (place) => {
    const answer = await refused(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /Entra admin center.*--client-id/);
    assert.equal(place.opener.count, 0);
  });
});

test('Microsoft Entra ID: doctor says what is known of it', async () => {
  await withProvider({ as: entra, server: { open: [] } }, async (place) => {
    const { checks } = JSON.parse((await place.run('doctor', '--json')).stdout);
    const { issuer, pkce, registration } = Object.fromEntries(checks.map((check) => [check.id, check]));
    assert.deepEqual(issuer.facts.find(({ name }) => name === 'provider'), { name: 'provider', value: 'Microsoft Entra ID' });
    assert.match(issuer.finding, /AADSTS9010010/);
    assert.equal(pkce.status, 'ok');
    assert.match(registration.remedy, /Entra admin center/);
  });
});

/* -- Amazon Cognito --------------------------------------------------------- */

const cognito = {
  issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc',
  paths: { metadata: '/eu-west-1_abc/.well-known/openid-configuration' },
  metadata: {
    registration_endpoint: undefined, code_challenge_methods_supported: undefined,
    authorization_response_iss_parameter_supported: undefined, scopes_supported: ['openid', 'email'],
  },
  on: {
    elsewhere: (exchange) => exchange.send(200, { 'Content-Type': 'application/xml' }, '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
  },
};

test('Amazon Cognito: XML at a well-known place, no resource, a refresh token without offline_access', async () => {
  await withProvider({ as: cognito }, async (place) => {
    const host = await signIn(place, client);
    const [asked] = place.as.attempts;
    assert.equal(asked.resource, undefined);
    assert.equal(asked.scope, 'read');
    place.as.access.clear();
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
    assert.equal(grants(place, 'refresh_token')[0].resource, undefined);
    assert.equal(place.opener.count, 1);
  });
});

test('Amazon Cognito: a server that wants the ID token gets it', async () => {
  await withProvider({ as: cognito }, async (place) => {
    place.as.extra = { id_token: 'id-token-of-anna' };
    place.as.access.set('id-token-of-anna', 'read');
    await (await signIn(place, [...client, '--scope', 'openid read', '--use-id-token'])).stop();
    assert.equal(place.as.attempts[0].scope, 'openid read');
    const [called] = place.server.requests.filter(({ json, headers }) => json?.method === 'tools/call' && headers.authorization);
    assert.equal(called.headers.authorization, 'Bearer id-token-of-anna');
  });
  await withProvider({ as: cognito }, async (place) => {
    const host = place.start({ args: [...client, '--use-id-token'] });
    await host.initialize();
    const answer = call(host);
    await place.finish();
    assert.match((await answer).error.data.action, /openid/);
    await host.stop();
  });
});

/* -- Keycloak --------------------------------------------------------------- */

const keycloak = {
  issuer: 'https://sso.example.org/realms/tools',
  paths: {
    metadata: '/realms/tools/.well-known/openid-configuration',
    register: '/realms/tools/clients-registrations/openid-connect',
    authorize: '/realms/tools/protocol/openid-connect/auth',
    token: '/realms/tools/protocol/openid-connect/token',
  },
  metadata: { scopes_supported: ['openid', 'offline_access', 'read'] },
};

test('Keycloak: the realm in the issuer, offline_access where it is listed', async () => {
  await withProvider({ as: keycloak }, async (place) => {
    await (await signIn(place)).stop();
    assert.equal(place.as.attempts[0].scope, 'read offline_access');
    assert.equal(place.as.attempts[0].prompt, 'consent');
  });
});

test('Keycloak: a registration its trusted hosts refuse names the reason and the way out', async () => {
  const register = (exchange) => exchange.json({
    error: 'insufficient_scope', error_description: "Policy 'Trusted Hosts' rejected request to client-registration service. Details: Host not trusted.",
  }, { status: 403 });
  await withProvider({ as: { ...keycloak, on: { register } } }, async (place) => {
    const answer = await refused(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.detail, /Trusted Hosts/);
    assert.match(answer.error.data.action, /--client-id/);
    assert.equal(place.opener.count, 0);
  });
});

/* -- Auth0 ------------------------------------------------------------------ */

const auth0 = {
  issuer: 'https://acme.eu.auth0.com/',
  paths: { metadata: '/.well-known/openid-configuration', register: '/oidc/register', token: '/oauth/token' },
};

test('Auth0: a slash ends its issuer and not the resource metadata', async () => {
  await withProvider({ as: auth0, server: { prm: { authorization_servers: ['https://acme.eu.auth0.com'] } } }, async (place) => {
    const host = await signIn(place, ['--audience', 'https://api.acme.example']);
    await host.stop();
    assert.equal(place.as.attempts[0].audience, 'https://api.acme.example');
    assert.equal(place.as.attempts[0].resource, place.url);
  });
});

test('Auth0: a machine names the audience as well', async () => {
  const token = (exchange, { form }, next) => {
    if (form.grant_type !== 'client_credentials') return next();
    const access = place_.as.mint('access');
    place_.as.access.set(access, 'read');
    return exchange.json({ access_token: access, token_type: 'Bearer', expires_in: 86_400 });
  };
  let place_;
  const methods = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
  await withProvider({ as: { ...auth0, on: { token }, metadata: methods } }, async (place) => {
    place_ = place;
    const host = place.start({ args: ['--grant', 'client_credentials', ...confidential(place), '--audience', 'https://api.acme.example'] });
    await host.initialize();
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
    assert.equal(grants(place, 'client_credentials')[0].audience, 'https://api.acme.example');
    assert.equal(place.opener.count, 0);
  });
});

test('Auth0: without registration it is said how to get a client, and about the audience', async () => {
  await withProvider({ as: { ...auth0, metadata: { registration_endpoint: undefined } } }, async (place) => {
    const answer = await refused(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /--client-id.*--audience/);
  });
});

/* -- Okta, Box, JumpCloud: a client registered by hand ----------------------- */

test('Okta: a custom authorization server, a client registered by hand, offline_access', async () => {
  const okta = {
    issuer: 'https://acme.okta.com/oauth2/aus1',
    paths: {
      metadata: '/.well-known/oauth-authorization-server/oauth2/aus1',
      authorize: '/oauth2/aus1/v1/authorize', token: '/oauth2/aus1/v1/token', register: '/oauth2/v1/clients',
    },
    metadata: { scopes_supported: ['read', 'offline_access'] },
    on: { register: (exchange) => exchange.json({ errorCode: 'E0000005', errorSummary: 'Invalid session' }, { status: 403 }) },
  };
  await withProvider({ as: okta }, async (place) => {
    const answer = await refused(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /Okta admin console/);
    await (await signIn(place, client)).stop();
    assert.equal(place.as.attempts[0].client_id, 'registered-by-hand');
    assert.equal(place.as.attempts[0].scope, 'read offline_access');
    assert.equal(place.as.hitsOf('register'), 1);
  });
});

for (const [name, issuer] of [['Box', 'https://account.box.com'], ['JumpCloud', 'https://oauth.id.jumpcloud.com/']]) {
  test(`${name}: a client registered by hand, with a secret, is not registered again`, async () => {
    await withProvider({ as: { issuer, metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } } }, async (place) => {
      await (await signIn(place, confidential(place))).stop();
      assert.equal(place.as.hitsOf('register'), 0);
      assert.equal(place.as.forms[0].client_id, 'registered-by-hand');
      assert.equal(place.as.forms[0].client_secret, 'the-secret');
    });
  });
}

/* -- Google ----------------------------------------------------------------- */

const google = {
  issuer: 'https://accounts.google.com',
  paths: { metadata: '/.well-known/openid-configuration', authorize: '/o/oauth2/v2/auth' },
  metadata: {
    registration_endpoint: undefined, scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    authorization_response_iss_parameter_supported: undefined,
  },
};

test('Google: access_type=offline with prompt=consent, no offline_access, a slash too many in the resource metadata', async () => {
  await withProvider({ as: google, server: { prm: { authorization_servers: ['https://accounts.google.com/'] } } }, async (place) => {
    await (await signIn(place, confidential(place))).stop();
    const [asked] = place.as.attempts;
    assert.equal(asked.access_type, 'offline');
    assert.equal(asked.prompt, 'consent');
    assert.equal(asked.scope, 'read');
  });
});

test('Google: a server without any metadata gets its endpoints from the user', async () => {
  const lost = { ...google, on: { metadata: (exchange) => exchange.send(404) } };
  await withProvider({ as: lost, server: { prm: undefined } }, async (place) => {
    place.server.onMetadata = (exchange) => exchange.send(404);
    const host = await signIn(place, [
      ...confidential(place), '--authorization-endpoint', 'https://accounts.google.com/o/oauth2/v2/auth', '--token-endpoint', 'https://accounts.google.com/token',
    ]);
    await host.stop();
    assert.equal(place.as.hitsOf('metadata'), 0);
    assert.equal(place.as.attempts[0].access_type, 'offline');
    assert.match((await place.run('status')).stdout, /accounts\.google\.com/);
  });
});

/* -- GitHub ----------------------------------------------------------------- */

const github = {
  issuer: 'https://github.com/login/oauth',
  paths: {
    metadata: '/.well-known/oauth-authorization-server/login/oauth',
    authorize: '/login/oauth/authorize', token: '/login/oauth/access_token',
  },
  metadata: { registration_endpoint: undefined, revocation_endpoint: undefined, token_endpoint_auth_methods_supported: undefined },
};

test('GitHub: no registration; the error names an app and a personal access token', async () => {
  await withProvider({ as: github }, async (place) => {
    const answer = await refused(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /OAuth app.*--client-id.*personal access token/);
  });
});

test('GitHub: an error with a status of success, scopes with commas, a token for ever', async () => {
  let wrong = true;
  const token = (exchange, { form }, next) => {
    if (wrong) return exchange.json({ error: 'bad_verification_code', error_description: 'The code passed is incorrect or expired.' });
    const access = place_.as.mint('access');
    place_.as.access.set(access, 'read write');
    return form.code ? exchange.json({ access_token: access, token_type: 'bearer', scope: 'read,write' }) : next();
  };
  let place_;
  await withProvider({ as: { ...github, on: { token } } }, async (place) => {
    place_ = place;
    const failed = place.start({ args: confidential(place) });
    await failed.initialize();
    const answer = call(failed);
    await place.finish();
    assert.equal((await answer).error.data.source, 'mcp-bridge');
    await failed.stop();

    wrong = false;
    await place.run('logout');
    const login = place.run('login', ...confidential(place));
    await place.finish(2);
    assert.equal((await login).code, 0);
    const host = place.start({ args: confidential(place) });
    await host.initialize();
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
  });
});

/* -- Slack ------------------------------------------------------------------ */

test('Slack: a token that ends without a refresh token is announced, not looped over', async () => {
  const slack = {
    issuer: 'https://slack.com',
    metadata: { registration_endpoint: undefined, token_endpoint_auth_methods_supported: ['client_secret_post'] },
    on: {},
  };
  await withProvider({ as: slack }, async (place) => {
    place.as.extra = { refresh_token: undefined, expires_in: 43_200 };
    const host = await signIn(place, confidential(place));
    assert.match((await place.run('status')).stdout, /11 h|12 h|43\d\d\d/);
    place.as.access.clear();
    const answer = call(host);
    await place.finish(2);
    assert.equal(textOf(await answer), '{"n":1}');
    await host.stop();
    assert.equal(grants(place, 'refresh_token').length, 0);
    assert.equal(place.opener.count, 2);
  });
});

/* -- Figma ------------------------------------------------------------------ */

test('Figma: a registration refused in plain text says what Figma wants', async () => {
  const figma = {
    issuer: 'https://www.figma.com',
    on: { register: (exchange) => exchange.send(403, { 'Content-Type': 'text/plain' }, 'Forbidden') },
  };
  await withProvider({ as: figma }, async (place) => {
    const answer = await refused(place);
    assertOwnError(answer, 'auth.registration', -31412);
    assert.match(answer.error.data.action, /approved client.*--client-id/);
    assert.equal(place.as.hitsOf('register'), 1);
  });
});

/* -- those that go by the standards, each with one trait -------------------- */

/** An authorization server with nothing special but what the case says. */
const plain = (host, options = {}) => ({ issuer: `https://${host}`, ...options });

test('Linear: "Grant not found" ends the session, and one sign-in follows', async () => {
  const token = (exchange, { form }, next) => (form.grant_type === 'refresh_token'
    ? exchange.json({ error: 'invalid_grant', error_description: 'Grant not found' }, { status: 400 }) : next());
  await withProvider({ as: plain('mcp.linear.app', { on: { token } }) }, async (place) => {
    const host = await signIn(place);
    place.as.access.clear();
    const answer = call(host);
    await place.finish(2);
    assert.equal(textOf(await answer), '{"n":1}');
    await host.stop();
    assert.equal(grants(place, 'refresh_token').length, 1);
    assert.equal(place.opener.count, 2);
  });
});

test('Notion: refresh tokens rotate, and several bridges spend one', async () => {
  await withProvider({ as: plain('mcp.notion.com') }, async (place) => {
    const hosts = [await signIn(place), place.start(), place.start()];
    await Promise.all(hosts.slice(1).map((host) => host.initialize()));
    await Promise.all(hosts.map(async (host) => assert.equal(textOf(await call(host)), '{"n":1}')));
    place.as.access.clear();
    const answers = await Promise.all(hosts.map((host) => call(host)));
    for (const answer of answers) assert.equal(textOf(answer), '{"n":1}');
    for (const host of hosts) await host.stop();
    assert.equal(grants(place, 'refresh_token').length, 1);
    assert.equal(place.opener.count, 1);
  });
});

test('Sentry: two resource_metadata in one challenge, the first leading nowhere', async () => {
  await withProvider({ as: plain('mcp.sentry.dev') }, async (place) => {
    place.server.guard = (exchange, request, next) => {
      if (request.headers.authorization || request.json?.method !== 'tools/call') return next();
      const at = `${place.server.origin}/.well-known/oauth-protected-resource`;
      return exchange.send(401, { 'WWW-Authenticate': `Bearer resource_metadata="${place.server.origin}/gone", resource_metadata="${at}/mcp"` });
    };
    await (await signIn(place)).stop();
  });
});

test('Sentry: a session of an hour that has ended is renewed before the host hears of it', async () => {
  await withProvider({ as: plain('mcp.sentry.dev') }, async (place) => {
    await (await signIn(place)).stop();
    place.as.access.clear();
    const host = place.start();
    await host.initialize();
    assert.equal(textOf(await call(host)), '{"n":1}');
    await host.stop();
    assert.equal(grants(place, 'refresh_token').length, 1);
    assert.equal(place.opener.count, 1);
  });
});

test('Cloudflare: offline_access refused although listed: asked again without, in the same tab', async () => {
  const authorize = (exchange, { query }, next) => {
    if (!query.scope.includes('offline_access')) return next();
    const back = new URL(query.redirect_uri);
    back.search = new URLSearchParams({ error: 'invalid_scope', state: query.state, iss: 'https://mcp.cloudflare.com' });
    return exchange.send(302, { Location: back.href });
  };
  const as = plain('mcp.cloudflare.com', { on: { authorize }, metadata: { scopes_supported: ['read', 'offline_access'] } });
  await withProvider({ as }, async (place) => {
    await (await signIn(place)).stop();
    assert.deepEqual(place.as.attempts.map(({ scope }) => scope), ['read offline_access', 'read']);
    assert.equal(place.opener.count, 1);
  });
});

test('Supabase: scopes refused at registration are left out there', async () => {
  const register = (exchange, { json }, next) => (json.scope === undefined ? next()
    : exchange.json({ message: 'scope is not one of the enumerated values' }, { status: 422 }));
  await withProvider({ as: plain('api.supabase.com', { on: { register } }) }, async (place) => {
    await (await signIn(place)).stop();
    assert.equal(place.as.hitsOf('register'), 2);
    assert.equal(place.as.attempts[0].scope, 'read');
  });
});

test('Supabase: a pruned client is found out before anybody is sent to a dead end', async () => {
  const pruned = new Set();
  const authorize = (exchange, { query }, next) => (pruned.has(query.client_id)
    ? exchange.json({ message: 'Unrecognized client_id: OAuth client not found' }, { status: 422 }) : next());
  await withProvider({ as: plain('api.supabase.com', { on: { authorize } }) }, async (place) => {
    await (await signIn(place)).stop();
    await place.run('logout');
    pruned.add('client-1');
    await (await signIn(place)).stop();
    assert.equal(place.as.hitsOf('register'), 2);
    assert.equal(place.opener.count, 2);
    assert.equal(place.as.attempts.at(-1).client_id, 'client-2');
    assert.equal(new Set(place.as.attempts.map(({ state }) => state)).size, place.as.attempts.length);
  });
});

test('Supabase: a refresh refused with 422 and no OAuth error leads to a sign-in', async () => {
  const token = (exchange, { form }, next) => (form.grant_type === 'refresh_token'
    ? exchange.json({ message: 'Unprocessable Entity' }, { status: 422 }) : next());
  await withProvider({ as: plain('api.supabase.com', { on: { token } }) }, async (place) => {
    const host = await signIn(place);
    place.as.access.clear();
    const answer = call(host);
    await place.finish(2);
    assert.equal(textOf(await answer), '{"n":1}');
    await host.stop();
  });
});

test('GitLab: the scope mcp of its resource metadata; a token that ended wedges nothing', async () => {
  await withProvider({ as: plain('gitlab.com'), server: { prm: { scopes_supported: ['mcp'] } } }, async (place) => {
    const host = await signIn(place);
    assert.equal(place.as.attempts[0].scope, 'mcp');
    for (let round = 0; round < 2; round += 1) {
      place.as.access.clear();
      assert.equal(textOf(await call(host)), '{"n":1}');
    }
    await host.stop();
    assert.equal(grants(place, 'refresh_token').length, 2);
    assert.equal(place.opener.count, 1);
  });
});

test('Todoist: the one advertised way of client authentication is registered and used', async () => {
  const as = plain('todoist.com', { metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } });
  await withProvider({ as }, async (place) => {
    place.as.registration = { client_secret: 's3cret-of-todoist' };
    await (await signIn(place)).stop();
    const [request] = place.as.server.requests.filter(({ path }) => path === '/token');
    assert.match(request.headers.authorization, /^Basic /);
    assert.equal(request.form.client_secret, undefined);
  });
});

test('Oracle ADB: a client the server lost in an upgrade is registered again', async () => {
  let lost = false;
  const token = (exchange, { form }, next) => (lost && form.grant_type === 'refresh_token'
    ? exchange.json({ error: 'invalid_client' }, { status: 401 }) : next());
  await withProvider({ as: plain('dataaccess.adb.eu-frankfurt-1.oraclecloudapps.com', { on: { token } }) }, async (place) => {
    const host = await signIn(place);
    lost = true;
    place.as.access.clear();
    const answer = call(host);
    await place.finish(2);
    assert.equal(textOf(await answer), '{"n":1}');
    await host.stop();
    assert.equal(place.as.hitsOf('register'), 2);
    assert.notEqual(place.as.attempts[0].client_id, place.as.attempts[1].client_id);
  });
});

test('LiteLLM: a gateway that echoes its own redirect URI is sent ours', async () => {
  await withProvider({ as: plain('litellm.example.org') }, async (place) => {
    place.as.registration = { redirect_uris: ['https://litellm.example.org/callback'] };
    await (await signIn(place)).stop();
    assert.match(place.as.attempts[0].redirect_uri, /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  });
});

test('A registration facade over one app: host, port and path of the redirect are the user\'s', async () => {
  await withProvider({ as: plain('login.facade.example.org') }, async (place) => {
    const port = 20_000 + (process.pid % 20_000);
    const args = ['--callback-host', 'localhost', '--callback-port', String(port), '--callback-path', '/oauth/callback'];
    await (await signIn(place, args)).stop();
    assert.equal(place.as.attempts[0].redirect_uri, `http://localhost:${port}/oauth/callback`);
  });
});

test('Holded: a token for a year without a refresh token is used until it is refused', async () => {
  await withProvider({ as: plain('app.holded.com') }, async (place) => {
    place.as.extra = { refresh_token: undefined, expires_in: 31_536_000 };
    await (await signIn(place)).stop();
    for (let start = 0; start < 3; start += 1) {
      const host = place.start();
      await host.initialize();
      assert.equal(textOf(await call(host)), '{"n":1}');
      await host.stop();
    }
    assert.equal(place.as.hitsOf('token'), 1);
    assert.equal(place.opener.count, 1);
  });
});

test('Salesforce: a host that keeps asking unattended opens no second tab', async () => {
  const authorize = (exchange, { query }) => {
    const back = new URL(query.redirect_uri);
    back.search = new URLSearchParams({ error: 'access_denied', state: query.state, iss: 'https://login.salesforce.com' });
    return exchange.send(302, { Location: back.href });
  };
  await withProvider({ as: plain('login.salesforce.com', { on: { authorize } }) }, async (place) => {
    const host = place.start();
    await host.initialize();
    const first = host.request('tools/list', {});
    await place.finish();
    assert.ok((await first).error);
    for (let turn = 0; turn < 5; turn += 1) assertOwnError(await host.request('tools/list', {}), 'auth.login_required', -31401);
    await host.stop();
    assert.equal(place.opener.count, 1);
  });
});

/* -- MCP servers ------------------------------------------------------------ */

test('Atlassian: 404 "Missing sessionId" at an old SSE address leads to the old transport', async () => {
  const server = await sseServer();
  await withHost({ url: server.sseUrl }, async (host) => {
    await host.initialize();
    assert.equal(textOf(await call(host)), '{"n":1}');
  });
  await server.close();
});

test('Servers on the Go SDK: server/discover succeeds and nothing else does: they count as older, and that is kept', async () => {
  const older = await legacyServer();
  const serveOlder = older.handle;
  let modern = 0;
  const newer = await modernServer();
  older.handle = (exchange, request) => {
    const envelope = request.json?.params?._meta?.['io.modelcontextprotocol/protocolVersion'];
    if (request.json?.method === 'server/discover') return newer.handle(exchange, request);
    if (envelope === undefined) return serveOlder(exchange, request);
    modern += 1;
    return exchange.send(400, { 'Content-Type': 'text/plain' }, 'Bad Request: unsupported protocol version');
  };
  try {
    await withHost({ url: older.url }, async (host) => {
      const discovered = await host.modern('server/discover');
      assert.ok(discovered.result, JSON.stringify(discovered));
      assert.equal(textOf(await host.modern('tools/call', { name: 'echo', arguments: { n: 1 } })), '{"n":1}');
      assert.equal(textOf(await host.modern('tools/call', { name: 'echo', arguments: { n: 1 } })), '{"n":1}');
      assert.equal(modern, 1);
    });
  } finally {
    await older.close();
    await newer.close();
  }
});

for (const status of [404, 405, 406]) {
  test(`Servers that refuse GET with ${status}: no stream, and they are not asked again`, async () => {
    const server = await legacyServer({ on: { GET: (exchange) => exchange.send(status) } });
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      for (let n = 0; n < 3; n += 1) assert.equal(textOf(await call(host)), '{"n":1}');
    });
    assert.equal(server.requests.filter(({ method }) => method === 'GET').length, 1);
    await server.close();
  });
}

test('Load balancers: the cookie that leads to a session comes back, unless it may not', async () => {
  const server = await legacyServer();
  const serve = server.handle;
  server.handle = (exchange, request) => {
    if (request.json?.method !== 'initialize') return serve(exchange, request);
    return exchange.json(rpc.ok(request.json.id, {
      protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'balanced', version: '1' },
    }), { headers: { 'Mcp-Session-Id': 'session-1', 'Set-Cookie': 'AWSALB=node-7; Path=/' } });
  };
  const cookies = () => server.requests.filter(({ json }) => json?.method === 'tools/call').map(({ headers }) => headers.cookie);
  for (const args of [[], ['--no-cookies']]) {
    await withHost({ url: server.url, args }, async (host) => {
      await host.initialize();
      assert.equal(textOf(await call(host)), '{"n":1}');
    });
  }
  await server.close();
  assert.deepEqual(cookies(), ['AWSALB=node-7', undefined]);
});

test('Almost anonymous servers: with --no-auth a 401 is an answer, and nobody is asked to sign in', async () => {
  await withProvider({ as: plain('as.example.org') }, async (place) => {
    const host = place.start({ args: ['--no-auth'] });
    await host.initialize();
    const answer = await call(host);
    assert.equal(answer.error.data.source, 'mcp-bridge');
    assert.equal(answer.error.data.http, 401);
    await host.stop();
    assert.deepEqual(place.as.hits, {});
    assert.equal(place.opener.count, 0);
  });
});

/* -- nobody else ------------------------------------------------------------ */

for (const host of ['login.microsoftonline.com.evil.example', 'cognito-idp.evil.example', 'accounts.google.com.evil.example', 'as.example.org']) {
  test(`${host} gets no adaptation: no PKCE, no sign-in; the resource is sent, nothing is added`, async () => {
    await withProvider({ as: plain(host, { metadata: { code_challenge_methods_supported: undefined } }) }, async (place) => {
      assertOwnError(await refused(place), 'auth.policy', -31411);
      assert.equal(place.opener.count, 0);
    });
    await withProvider({ as: plain(host, { metadata: { scopes_supported: ['read', 'offline_access'] } }) }, async (place) => {
      const bridge = await signIn(place);
      place.as.access.clear();
      assert.equal(textOf(await call(bridge)), '{"n":1}');
      await bridge.stop();
      const [asked] = place.as.attempts;
      assert.equal(asked.resource, place.url);
      assert.equal(asked.access_type, undefined);
      assert.equal(asked.prompt, 'consent');
      assert.equal(grants(place, 'refresh_token')[0].scope, undefined);
    });
  });
}
