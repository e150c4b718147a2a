// SPDX-License-Identifier: ISC
// Resource servers that take a token only from who proves that it is theirs: by
// DPoP (RFC 9449) or by a client certificate (RFC 8705). They keep what they saw.
import { createHash, randomUUID } from 'node:crypto';
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from 'jose';

const digest = (value) => createHash('sha256').update(value).digest('base64url');
const maxAge = 60; // seconds of a proof
const isOver = ({ expiresAt }) => expiresAt < Date.now() / 1000;

/** Throws what is wrong with the proof of a request; else its claims and its key's thumbprint. */
async function checkProof(req, url, token, cnf) {
  const { payload, protectedHeader: { jwk } } = await jwtVerify(req.headers.dpop ?? '', EmbeddedJWK, { algorithms: ['ES256'], typ: 'dpop+jwt' });
  const jkt = await calculateJwkThumbprint(jwk);
  const wrong = Object.entries({
    htm: payload.htm !== req.method,
    htu: payload.htu !== url,
    iat: Math.abs(Date.now() / 1000 - payload.iat) > maxAge,
    jti: typeof payload.jti !== 'string' || payload.jti.length < 16,
    ath: payload.ath !== digest(token),
    jkt: jkt !== cnf?.jkt,
    'private key': jwk.d !== undefined,
  }).filter(([, bad]) => bad).map(([name]) => name);
  if (wrong.length > 0) throw new Error(`proof: ${wrong}`);
  return { ...payload, jkt };
}

/**
 * Checks every request as RFC 9449 section 4.3 says. `seen`: the claims of each
 * good proof; `refused`: why others were not. With `nonces` a proof must have the
 * one given last; `rotate()` lets it expire.
 */
export class DpopGuard {
  seen = [];
  refused = [];
  asked = 0; // for a nonce

  constructor({ nonces = false, challenge = 'DPoP algs="ES256"' } = {}) {
    this.challenge = challenge;
    if (nonces) this.rotate();
  }

  rotate() { this.nonce = `nonce-${randomUUID()}`; }

  #refuse(res, parameters, why) {
    if (why) this.refused.push(why);
    res.status(401).set('WWW-Authenticate', `${this.challenge}, ${parameters}`).json({ error: why ?? 'no token' });
  }

  async #check(req, res, { verifier, resourceMetadataUrl, baseUrl }) {
    const where = `resource_metadata="${resourceMetadataUrl}"`;
    const [scheme, token] = (req.headers.authorization ?? '').split(' ');
    if (!token) return this.#refuse(res, where);
    try {
      if (scheme !== 'DPoP') throw new Error(`scheme ${scheme}`);
      const auth = await verifier.verifyAccessToken(token);
      if (isOver(auth)) throw new Error('expired');
      const proof = await checkProof(req, new URL(req.originalUrl.split('?')[0], baseUrl).href, token, auth.extra.cnf);
      if (this.seen.some(({ jti }) => jti === proof.jti)) throw new Error('replay');
      this.seen.push(proof);
      if (this.nonce) res.set('DPoP-Nonce', this.nonce);
      if (this.nonce && proof.nonce !== this.nonce) {
        this.asked += 1;
        return this.#refuse(res, `error="use_dpop_nonce", ${where}`);
      }
      return auth;
    } catch (error) {
      return this.#refuse(res, `error="invalid_token", ${where}`, error.message);
    }
  }

  middleware(context) {
    return async (req, res, next) => {
      req.auth = await this.#check(req, res, context);
      if (req.auth) next();
    };
  }
}

/** Takes a token bound to a certificate only over a connection that showed it. */
export class CertificateGuard {
  seen = [];
  refused = [];

  middleware({ verifier, resourceMetadataUrl }) {
    return async (req, res, next) => {
      const { raw } = req.socket.getPeerCertificate();
      const [, token] = (req.headers.authorization ?? '').split(' ');
      try {
        if (!token) throw new Error('no token');
        req.auth = await verifier.verifyAccessToken(token);
        if (isOver(req.auth)) throw new Error('expired');
        const bound = req.auth.extra.cnf?.['x5t#S256'];
        if (!raw || !req.socket.authorized || bound !== digest(raw)) throw new Error(`bound to ${bound}`);
        this.seen.push(bound);
      } catch (error) {
        this.refused.push(error.message);
        return res.status(401).set('WWW-Authenticate', `Bearer resource_metadata="${resourceMetadataUrl}"`).json({ error: error.message });
      }
      return next();
    };
  }
}
