// SPDX-License-Identifier: ISC
// What real providers do that the standards do not say, each under its own name:
// an authorization server that behaves so, and the conversation that follows.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertOwnError, textOf } from './lib/expect.js';
import { withProvider } from './lib/provider.js';

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
