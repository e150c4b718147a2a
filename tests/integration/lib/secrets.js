// SPDX-License-Identifier: ISC
// Secrets that a test plants, sees or is told of, and then looks for wherever
// they could get out.
import assert from 'node:assert/strict';

const canary = (name) => `canary${name}${'q7'.repeat(8)}`;

/** Secrets by name; those that come from the program are added as they are seen. */
export class Secrets {
  all = new Map();
  #minted = 0;

  plant(name) {
    const value = canary(name.replaceAll(/\W/g, ''));
    this.all.set(name, value);
    return value;
  }

  mint = (kind) => this.plant(`${kind} ${++this.#minted}`);

  learn(name, value) { this.all.set(name, value); }

  /** What the client makes up for each sign-in, as the authorization server `as` is sent it. */
  learnFrom(as) {
    as.on.authorize = (exchange, { query }, next) => {
      this.learn(`state ${as.hitsOf('authorize')}`, query.state);
      this.learn(`challenge ${as.hitsOf('authorize')}`, query.code_challenge);
      return next();
    };
    as.on.token = (exchange, { form }, next) => {
      if (form.code_verifier) this.learn(`verifier ${as.hitsOf('token')}`, form.code_verifier);
      return next();
    };
  }

  assertNoneIn(text, where) {
    for (const [name, value] of this.all) {
      for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64').replace(/.?=*$/, '')]) {
        assert.ok(!text.includes(form), `${name} in ${where}`);
      }
    }
  }
}
