// SPDX-License-Identifier: ISC
// Grants without a browser on this machine.
import { generateKeyPairSync } from 'node:crypto';
import { offersDevice, scriptedAs, tokenExchange } from '../../integration/lib/scripted-as.js';
import { HOLD, converse, echo, usual } from './steps.js';

const nowhere = { BROWSER: '', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' };

/** A code is entered on another device, which says yes at once. */
async function device(scene) {
  scene.env = nowhere;
  await scene.protect({ server: { ...usual, open: ['initialize', 'notifications/initialized'] } });
  scene.as.metadata = offersDevice(scene.as);
  scene.onRecover = () => { scene.env = {}; };
  const talk = scene.talk(HOLD);
  await talk.initialize();
  await talk.ask(...echo(1));
  await talk.ask(...echo(2));
  await talk.leave();
  await scene.command('status', scene.url);
}

const pair = (type, options) => generateKeyPairSync(type, options).privateKey.export({ type: 'pkcs8', format: 'pem' });
let keys;

/** Made once: RSA keys take their time. */
function keyOf(alg) {
  keys ??= { ES256: pair('ec', { namedCurve: 'P-256' }), RS256: pair('rsa', { modulusLength: 2048 }), EdDSA: pair('ed25519') };
  keys.PS256 = keys.RS256;
  return keys[alg];
}

/** A client that signs what it asks, in every way it knows. */
async function clientKeys(scene) {
  const algorithms = ['RS256', 'PS256', 'EdDSA', 'ES256'];
  await scene.protect({
    as: { metadata: { token_endpoint_auth_methods_supported: ['private_key_jwt'], token_endpoint_auth_signing_alg_values_supported: algorithms } },
    server: usual,
  });
  for (const alg of algorithms) {
    const key = scene.file('key.pem', keyOf(alg));
    scene.args = ['--grant', 'client_credentials', '--client-id', 'robot', '--client-key-file', key, '--client-key-alg', alg];
    await scene.command('login', ...scene.args, scene.url);
    await scene.command('logout', scene.url);
  }
  const talk = scene.talk([]);
  await converse(talk);
  await talk.leave();
}

/** A secret of the client, in a file and in the environment. */
async function clientSecret(scene) {
  await scene.protect({ as: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_post'] } }, server: usual });
  const secret = scene.secret('client');
  scene.args = ['--grant', 'client_credentials', '--client-id', 'robot'];
  scene.env = { MCP_BRIDGE_CLIENT_SECRET: secret };
  const talk = scene.talk([]);
  await converse(talk);
  scene.as.access.clear();
  await talk.ask(...echo(2));
  await talk.leave();
}

/** The token of a platform, out of a file. */
async function workload(scene) {
  await scene.protect({ server: usual });
  const assertion = scene.file('assertion', scene.secret('assertion'));
  scene.args = ['--grant', 'jwt-bearer', '--client-id', 'robot', '--assertion-file', assertion];
  const talk = scene.talk([]);
  await converse(talk);
  await talk.leave();
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An identity provider that vouches for whom it let in. */
async function identityProvider(scene) {
  const token = (exchange, { form }, next) => {
    if (form.grant_type === tokenExchange) {
      return exchange.json({ access_token: scene.secret('identity assertion'), issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag', token_type: 'N_A', expires_in: 300 });
    }
    const { nonce } = idp.attempts.at(-1) ?? {};
    const now = Math.floor(Date.now() / 1000);
    idp.extra = { id_token: `${part({ alg: 'RS256' })}.${part({ iss: idp.issuer, sub: 'anna', aud: 'us', nonce, iat: now, exp: now + 300 })}.${part('signature')}` };
    return next();
  };
  const idp = await scene.also(await scriptedAs({ on: { token }, mint: (kind) => scene.secret(`idp ${kind} ${scene.secrets.length}`) }));
  idp.metadata = { grant_types_supported: ['authorization_code', 'refresh_token', tokenExchange] };
  return idp;
}

async function enterprise(scene) {
  await scene.protect({ server: usual });
  const idp = await identityProvider(scene);
  const secret = scene.file('secret', scene.secret('client'));
  const known = ['--grant', 'enterprise', '--client-id', 'here', '--client-secret-file', secret, '--idp-issuer', idp.issuer, '--idp-client-id', 'us'];
  const program = scene.program('vouch', `echo '${scene.secret('vouched')}'`);
  const vouched = scene.talk([...known, '--id-token-command', program]);
  await vouched.initialize();
  await vouched.leave();
  await scene.command('logout', scene.url);
  scene.args = known;
  const talk = scene.talk(HOLD);
  scene.visit();
  await converse(talk);
  scene.as.access.clear();
  await talk.ask(...echo(2));
  await talk.leave();
}

export const grants = { device, clientKeys, clientSecret, workload, enterprise };
