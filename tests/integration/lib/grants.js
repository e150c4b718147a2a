// SPDX-License-Identifier: ISC
// Grants that oidc-provider does not have, registered with it: assertions (RFC
// 7523 section 2.1) and the exchange for an identity assertion (RFC 8693), with
// jose to judge what is presented. For authServer's options.
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import { SignJWT, jwtVerify } from 'jose';
import { errors } from 'oidc-provider';
import { jwtBearer, tokenExchange } from './scripted-as.js';

export { jwtBearer, tokenExchange };

const tokenType = 'urn:ietf:params:oauth:token-type:';

const privateKeyOf = (server) => createPrivateKey({ key: server.signingKey, format: 'jwk' });
export const publicKeyOf = (server) => createPublicKey(privateKeyOf(server));

/** A host's first request, where its error is what matters. */
export const opening = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test-host', version: '1.0.0' } };

/** The claims; some servers quote what they refuse, and so does this one. */
async function judged(token, key, options) {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    throw new errors.InvalidGrant(`${error.message}: ${token}`);
  }
}

/**
 * An assertion signed by the key of `keyOf(server)` becomes an access token in
 * the name of its subject; `check(claims, ctx)` says what else is wrong.
 */
export function jwtBearerGrant(keyOf, { check, ...options } = {}) {
  const subjects = new WeakMap();
  return {
    formats: {
      customizers: {
        jwt: (ctx, token, parts) => {
          parts.payload.sub = subjects.get(token) ?? parts.payload.sub;
          return parts;
        },
      },
    },
    prepare(provider, server) {
      server.assertions = [];
      provider.registerGrantType(jwtBearer, async (ctx) => {
        const { assertion, scope, resource } = ctx.oidc.params;
        server.assertions.push(assertion);
        const claims = await judged(assertion, await keyOf(server), { audience: server.issuer, ...options });
        const wrong = check?.(claims, ctx);
        if (wrong) throw new errors.InvalidGrant(wrong);
        const token = new provider.ClientCredentials({ client: ctx.oidc.client, scope });
        token.resourceServer = new provider.ResourceServer(resource, {
          scope, audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: server.accessTtl,
        });
        subjects.set(token, claims.sub);
        ctx.oidc.entity('ClientCredentials', token);
        ctx.body = { access_token: await token.save(), token_type: 'Bearer', expires_in: server.accessTtl, scope };
      }, ['assertion', 'scope', 'resource'], []);
    },
  };
}

/**
 * An identity provider: exchanges its own ID tokens for identity assertions,
 * for the audiences in `server.enabled` (all, while that is undefined). What it
 * was asked is in `server.exchanges`; `server.answer` is merged into answers.
 */
export function exchangeGrant({ clientAt }) {
  return {
    prepare(provider, server) {
      Object.assign(server, { exchanges: [], answer: {} });
      provider.registerGrantType(tokenExchange, async (ctx) => {
        const { subject_token: subject, audience, resource, scope } = ctx.oidc.params;
        server.exchanges.push({ ...ctx.oidc.params });
        if (ctx.oidc.params.requested_token_type !== `${tokenType}id-jag`) throw new errors.InvalidRequest('not an ID-JAG');
        const { sub } = await judged(subject, publicKeyOf(server), { issuer: server.issuer, audience: ctx.oidc.client.clientId });
        if (server.enabled && !server.enabled.includes(audience)) throw new errors.InvalidTarget('no such application');
        const assertion = await new SignJWT({ sub, resource, scope, client_id: clientAt })
          .setProtectedHeader({ alg: 'RS256', typ: 'oauth-id-jag+jwt' }).setIssuer(server.issuer).setAudience(audience)
          .setIssuedAt().setExpirationTime('5m').setJti(randomUUID())
          .sign(privateKeyOf(server));
        ctx.body = { access_token: assertion, issued_token_type: `${tokenType}id-jag`, token_type: 'N_A', expires_in: 300, ...server.answer };
      }, ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'], []);
    },
  };
}

/** An ID token of this provider for a client of its. */
export function idTokenOf(server, audience, { subject = 'erika', expires = '5m', ...claims } = {}) {
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).setIssuer(server.issuer).setSubject(subject)
    .setAudience(audience).setIssuedAt().setExpirationTime(expires)
    .sign(privateKeyOf(server));
}
