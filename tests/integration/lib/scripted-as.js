// SPDX-License-Identifier: ISC
// An authorization server by hand, and an MCP server that trusts it: both do
// right unless a test replaces an answer by what no real server would say. The
// authorization endpoint asks nobody, so a browser comes straight back.
import { createHash, randomBytes } from 'node:crypto';
import { rawServer } from './rawserver.js';
import { legacyServer } from './scripted.js';

const usualPaths = {
  metadata: '/.well-known/oauth-authorization-server',
  register: '/register',
  authorize: '/authorize',
  device: '/device_authorization',
  token: '/token',
  revoke: '/revoke',
};

export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** Metadata of a server that offers it. */
export const offersDevice = (as) => ({
  device_authorization_endpoint: `${as.issuer}/device_authorization`,
  grant_types_supported: ['authorization_code', 'refresh_token', deviceGrant],
});

const s256 = (verifier) => createHash('sha256').update(verifier).digest('base64url');

/** Something to hold an answer back with: `await gate.passed` until `gate.open()`. */
export function gate() {
  const held = {};
  held.reached = new Promise((resolve) => { held.arrive = resolve; });
  held.passed = new Promise((resolve) => { held.open = resolve; });
  return held;
}

/** A handler that waits at `held` and then answers as usual. */
export const behind = (held) => async (exchange, request, next) => {
  held.arrive();
  await held.passed;
  return next();
};

/**
 * `on` maps metadata, register, authorize, device, token, revoke to (exchange,
 * request, next), and may be changed later; `metadata` is merged into the
 * document, a member undefined goes away. Every secret comes from `mint(kind)`.
 * Where it is known by another name than its address, that is `issuer`, and
 * `paths` say where on that site each of the six is.
 */
export async function scriptedAs({ on = {}, metadata = {}, lifetime = 3600, mint, issuer, paths = {}, ...options } = {}) {
  const places = { ...usualPaths, ...paths };
  const routes = Object.fromEntries(Object.entries(places).map(([name, path]) => [path, name]));
  const as = {
    on, metadata, lifetime,
    hits: {}, attempts: [], forms: [], revoked: [],
    access: new Map(), // token to scope
    refresh: new Map(), // token, not yet spent, to scope
    mint: mint ?? ((kind) => `${kind}-${randomBytes(12).toString('hex')}`),
  };
  const codes = new Map();

  const at = (name) => `${new URL(as.issuer).origin}${places[name]}`;
  const document = () => ({
    issuer: as.issuer,
    authorization_endpoint: at('authorize'),
    token_endpoint: at('token'),
    registration_endpoint: at('register'),
    revocation_endpoint: at('revoke'),
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none'],
    authorization_response_iss_parameter_supported: true,
    ...as.metadata,
  });

  function authorize(exchange, { query }) {
    const code = as.mint('code');
    codes.set(code, query);
    const back = new URL(query.redirect_uri);
    for (const [name, value] of Object.entries({ code, state: query.state, iss: as.issuer })) back.searchParams.set(name, value);
    exchange.send(302, { Location: back.href });
  }

  function redeem({ code, code_verifier: verifier, redirect_uri: uri, resource }) {
    const asked = codes.get(code);
    codes.delete(code);
    if (!asked || s256(verifier ?? '') !== asked.code_challenge) return null;
    return uri === asked.redirect_uri && resource === asked.resource ? asked.scope ?? '' : null;
  }

  // Whoever is at the other device says yes at once.
  function device(exchange, { form }) {
    const code = as.mint('device');
    codes.set(code, form);
    exchange.json({
      device_code: code, user_code: 'WDJB-MJHT', verification_uri: `${as.issuer}/enter`, expires_in: 300, interval: 1, ...as.deviceAnswer,
    });
  }

  function claim({ device_code: code, resource }) {
    const asked = codes.get(code);
    codes.delete(code);
    return asked && asked.resource === resource ? asked.scope ?? '' : null;
  }

  function spend({ refresh_token: token }) {
    const scope = as.refresh.get(token);
    as.refresh.delete(token);
    return scope ?? null;
  }

  const grantAsAsked = ({ scope }) => scope ?? '';

  function token(exchange, { form }) {
    const grants = { refresh_token: spend, [deviceGrant]: claim, client_credentials: grantAsAsked, [jwtBearer]: grantAsAsked };
    const scope = (grants[form.grant_type] ?? redeem)(form);
    if (scope === null) return exchange.json({ error: 'invalid_grant' }, { status: 400 });
    const [access, refresh] = [as.mint('access'), as.mint('refresh')];
    as.access.set(access, scope);
    as.refresh.set(refresh, scope);
    return exchange.json({
      access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: as.lifetime, scope, ...as.extra,
    });
  }

  function register(exchange, { json }) {
    exchange.json({ client_id: `client-${as.hitsOf('register')}`, ...json, ...as.registration }, { status: 201 });
  }

  function revoke(exchange, { form }) {
    as.revoked.push(form);
    as.access.delete(form.token);
    as.refresh.delete(form.token);
    exchange.send(200);
  }

  const usual = { metadata: (exchange) => exchange.json(document()), register, authorize, device, token, revoke };

  const server = await rawServer((exchange, request) => {
    const [path, query = ''] = request.path.split('?');
    const name = routes[path];
    if (!name) return (as.on.elsewhere ?? (() => exchange.send(404)))(exchange, request);
    request.query = Object.fromEntries(new URLSearchParams(query));
    request.form = Object.fromEntries(new URLSearchParams(request.body.toString()));
    as.hits[name] = (as.hits[name] ?? 0) + 1;
    if (name === 'authorize') as.attempts.push(request.query);
    if (name === 'token') as.forms.push(request.form);
    const next = () => usual[name](exchange, request);
    return as.on[name] ? as.on[name](exchange, request, next) : next();
  }, options);
  return Object.assign(as, {
    server,
    issuer: issuer ?? server.origin,
    hitsOf: (name) => as.hits[name] ?? 0,
    close: () => server.close(),
  });
}

/**
 * legacyServer behind a bearer check. `open` lists methods that need no token,
 * `scopes` those that need more than one; `prm` is merged into the resource
 * metadata; `guard` (exchange, request, next) comes before the check.
 */
export async function scriptedResource(as, { open = [], scopes = {}, prm = {}, guard, on, ...options } = {}) {
  const server = await legacyServer({ on, ...options });
  const serve = server.handle;
  Object.assign(server, { open, prm, guard, refused: 0, metadataHits: 0, onMetadata: undefined });

  const challenge = (status, more = '') => (exchange) => exchange.send(status, {
    'WWW-Authenticate': `Bearer resource_metadata="${server.origin}/.well-known/oauth-protected-resource/mcp"${more}`,
  });

  function metadata(exchange, request) {
    server.metadataHits += 1;
    const next = () => exchange.json({
      resource: server.url, authorization_servers: [as.issuer], scopes_supported: ['read'], ...server.prm,
    });
    return server.onMetadata ? server.onMetadata(exchange, request, next) : next();
  }

  function check(exchange, request) {
    const method = request.json?.method ?? request.method;
    if (server.open.includes(method)) return serve(exchange, request);
    const granted = as.access.get(/^(?:Bearer|DPoP) (.+)$/.exec(request.headers.authorization ?? '')?.[1]);
    if (granted === undefined) {
      server.refused += 1;
      return challenge(401)(exchange);
    }
    if (scopes[method] && !granted.split(' ').includes(scopes[method])) {
      return challenge(403, `, error="insufficient_scope", scope="${scopes[method]}"`)(exchange);
    }
    return serve(exchange, request);
  }

  server.handle = (exchange, request) => {
    if (request.path.startsWith('/.well-known/oauth-protected-resource')) return metadata(exchange, request);
    if (!request.path.startsWith('/mcp')) return exchange.send(404);
    const next = () => check(exchange, request);
    return server.guard ? server.guard(exchange, request, next) : next();
  };
  return server;
}
