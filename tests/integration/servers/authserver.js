// SPDX-License-Identifier: ISC
// A real authorization server (oidc-provider) on loopback: PKCE, dynamic
// registration, resource indicators with JWT access tokens, single-use refresh
// tokens, revocation. Its pages for login and consent are plain forms.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { Provider } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

export const scopes = ['mcp:read', 'mcp:write'];

const page = (title, body) => `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}`;

const loginPage = (uid) => page('Log in', `
  <form method="post" action="/interaction/${uid}/login">
  <input type="text" name="login"><input type="password" name="password">
  <button name="choice" value="accept">Log in</button></form>`);

const consentPage = (uid, wanted) => page('Allow access?', `<p>${wanted.join(' ')}</p>
  <form method="post" action="/interaction/${uid}/consent">
  <button name="choice" value="accept">Allow</button>
  <button name="choice" value="deny">Deny</button></form>`);

async function formOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function grantAll(provider, { grantId, session, params, prompt: { details } }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  for (const [resource, missing] of Object.entries(details.missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, missing.join(' '));
  }
  if (details.missingOIDCScope) grant.addOIDCScope(details.missingOIDCScope.join(' '));
  return grant.save();
}

async function show(provider, req, res) {
  const { uid, prompt } = await provider.interactionDetails(req, res);
  const missing = Object.values(prompt.details.missingResourceScopes ?? {}).flat();
  res.setHeader('Content-Type', 'text/html; charset=utf-8');
  res.end(prompt.name === 'login' ? loginPage(uid) : consentPage(uid, missing));
}

async function decide(provider, req, res) {
  const form = await formOf(req);
  const details = await provider.interactionDetails(req, res);
  let result = { login: { accountId: form.get('login') } };
  if (form.get('choice') === 'deny') {
    result = { error: 'access_denied', error_description: 'The user said no' };
  } else if (details.prompt.name === 'consent') {
    result = { consent: { grantId: await grantAll(provider, details) } };
  }
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signingKey = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'test' };

// The adapter by its own name brings a warning about production.
class Memory extends MemoryAdapter {}

function configure(state, { clients, features, ...more }) {
  return {
    scopes,
    issueRefreshToken: async () => true,
    ...more,
    clients,
    adapter: Memory,
    jwks: { keys: [signingKey] },
    cookies: { keys: [randomUUID()] },
    claims: {},
    clientDefaults: { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
    findAccount: async (ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
    rotateRefreshToken: true,
    expiresWithSession: async () => false,
    ttl: { AuthorizationCode: 60, ClientCredentials: () => state.accessTtl, Grant: 3600, Interaction: 300, Session: 3600, RefreshToken: 3600, AccessToken: () => state.accessTtl, IdToken: () => state.idTokenTtl },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (ctx, client, oneOf) => oneOf,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (ctx, resource) => ({
          scope: scopes.join(' '), audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: state.accessTtl,
        }),
      },
      ...features,
    },
  };
}

/** Another port, for who shows a certificate (RFC 8705), to the same endpoints. */
async function mtlsListener(tls) {
  const hits = {};
  const listener = https.createServer({ ...tls, requestCert: true });
  listener.on('request', ({ url }) => { hits[url] = (hits[url] ?? 0) + 1; });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const origin = `https://127.0.0.1:${listener.address().port}`;
  const aliases = {
    token_endpoint: `${origin}/token`, revocation_endpoint: `${origin}/token/revocation`,
    pushed_authorization_request_endpoint: `${origin}/request`,
  };
  return { listener, hits, discovery: { mtls_endpoint_aliases: aliases } };
}

/** What oidc-provider asks about the certificate of a connection. */
const certificates = {
  enabled: true, certificateBoundAccessTokens: true, tlsClientAuth: true, selfSignedTlsClientAuth: false,
  getCertificate: ({ req }) => req.socket.getPeerX509Certificate?.(),
  certificateAuthorized: ({ req }) => req.socket.authorized === true,
  certificateSubjectMatches: ({ req }, property, expected) => property === 'tls_client_auth_subject_dn'
    && req.socket.getPeerCertificate().subject.CN === expected.replace('CN=', ''),
};

/**
 * `server.accessTtl` and `server.idTokenTtl` (seconds) may be changed at any time. `server.hits` counts
 * requests by endpoint: authorize, device, token, register, revoke, metadata;
 * `server.grants` says what was granted to whom, `server.pushes` what became of
 * pushed requests, `server.authorizations` what browsers brought. `prepare(provider, server)`
 * may teach it more; `mtls` (key, certificate and authority) opens another port
 * for certificates; other options are oidc-provider's own.
 */
export async function authServer({ accessTtl = 3600, idTokenTtl = 3600, clients = [], features = {}, prepare, mtls, ...more } = {}) {
  const state = { accessTtl, idTokenTtl, signingKey, hits: {}, tokenRequests: [], pushes: [], authorizations: [], grants: [] };
  const listener = http.createServer();
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  state.issuer = `http://127.0.0.1:${listener.address().port}`;
  if (mtls) state.mtls = await mtlsListener(mtls);
  const provider = new Provider(state.issuer, configure(state, {
    clients, features: { ...(mtls && { mTLS: certificates }), ...features },
    ...(mtls && { clientAuthMethods: ['none', 'client_secret_basic', 'tls_client_auth'] }), discovery: state.mtls?.discovery, ...more,
  }));
  const names = { auth: 'authorize', token: 'token', reg: 'register', '.well-known': 'metadata' };

  prepare?.(provider, state);
  const serve = provider.callback();
  provider.on('grant.success', ({ oidc, body }) => {
    state.tokenRequests.push(oidc.params.grant_type);
    state.grants.push({
      grant: oidc.params.grant_type, client: oidc.client.clientId, method: oidc.client.clientAuthMethod,
      resource: oidc.params.resource, asked: oidc.params.scope, scope: body.scope, type: body.token_type,
      jkt: oidc.entities.AccessToken?.jkt ?? oidc.entities.ClientCredentials?.jkt,
    });
  });
  provider.on('pushed_authorization_request.success', () => state.pushes.push('accepted'));
  provider.on('pushed_authorization_request.error', (ctx, error) => state.pushes.push(error.error));
  provider.on('grant.error', ({ oidc }, error) => state.tokenRequests.push(`${oidc.params?.grant_type}: ${error.error}`));
  listener.on('request', (req, res) => {
    const [first, ...rest] = req.url.slice(1).split(/[/?]/);
    const name = { 'token/revocation': 'revoke', 'device/auth': 'device' }[`${first}/${rest[0]}`] ?? names[first];
    const resumed = name === 'authorize' && rest[0]?.length > 0 && !req.url.includes('?');
    if (name === 'authorize' && !resumed) state.authorizations.push(new URL(req.url, state.issuer).searchParams);
    if (name && !resumed) state.hits[name] = (state.hits[name] ?? 0) + 1;
    if (first !== 'interaction') return serve(req, res);
    return (req.method === 'POST' ? decide : show)(provider, req, res).catch((error) => {
      res.statusCode = 500;
      res.end(String(error));
    });
  });
  state.mtls?.listener.on('request', serve);
  state.provider = provider;
  state.hitsOf = (name) => state.hits[name] ?? 0;
  state.close = () => Promise.all([listener, state.mtls?.listener].filter(Boolean).map((open) => new Promise((resolve) => {
    open.closeAllConnections();
    open.close(resolve);
  })));
  return state;
}
