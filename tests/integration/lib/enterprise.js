// SPDX-License-Identifier: ISC
// Enterprise-managed authorization: two oidc-providers, one as the identity
// provider that vouches, one as the authorization server that believes it.
import { authServer } from '../servers/authserver.js';
import { exchangeGrant, jwtBearer, jwtBearerGrant, publicKeyOf, tokenExchange } from './grants.js';
import { userFile, withRealServers } from './signin.js';

const client = (id, grants, more) => ({
  client_id: id, client_secret: `${id}-secret-0123456789`, grant_types: grants, redirect_uris: [], response_types: [], ...more,
});

/** A client that people sign in with, in a browser on their machine. */
const forPeople = {
  application_type: 'native', redirect_uris: ['http://127.0.0.1/callback'], response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', tokenExchange],
};

/**
 * `use(place, idp, args)`: `args` but for the ID token. `idp` are options of the
 * identity provider, `people` whether it lets them sign in; the others those
 * of withRealServers.
 */
export async function withEnterprise(use, { idp: idpOptions, people = false, ...options } = {}) {
  const exchange = exchangeGrant({ clientAt: 'bridge' });
  const idp = await authServer({
    clients: [client('bridge-at-idp', [tokenExchange], people && forPeople)],
    ...(people && { scopes: ['openid', 'offline_access'], features: { pushedAuthorizationRequests: { enabled: false } } }), ...exchange, ...idpOptions,
    prepare: (provider, server) => {
      exchange.prepare(provider, server);
      idpOptions?.prepare?.(provider, server);
    },
  });
  const check = ({ resource, client_id: id, scope }, ctx) => {
    const { params, client: { clientId } } = ctx.oidc;
    return (resource !== params.resource && 'another resource') || (id !== clientId && 'another client') || (scope !== params.scope && 'another scope');
  };
  try {
    await withRealServers({
      clients: [client('bridge', [jwtBearer])],
      ...jwtBearerGrant(() => publicKeyOf(idp), { check, typ: 'oauth-id-jag+jwt', issuer: idp.issuer }),
      ...options,
    }, (place) => use(place, idp, [
      '--grant', 'enterprise', '--client-id', 'bridge', '--client-secret-file', userFile('bridge-secret-0123456789'),
      '--idp-issuer', idp.issuer, '--idp-client-id', 'bridge-at-idp', '--idp-client-secret-file', userFile('bridge-at-idp-secret-0123456789'),
    ]));
  } finally {
    await idp.close();
  }
}
