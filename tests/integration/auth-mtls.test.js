// SPDX-License-Identifier: ISC
// Client certificates (RFC 8705) over real TLS: oidc-provider that authenticates
// clients by them and binds tokens to them, and a server that takes such a token
// only over a connection that shows the same certificate.
import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { Authorities } from './lib/authority.js';
import { textOf } from './lib/expect.js';
import { outlive, shortLife, withRealServers } from './lib/signin.js';
import { CertificateGuard } from './servers/possession.js';

const call = (host) => host.request('tools/call', { name: 'whoami', arguments: {} });
const files = new Authorities();
const bindable = { tls_client_certificate_bound_access_tokens: true };

before(() => {
  files.authority('ca');
  files.certificate('server');
  files.certificate('client', { san: 'DNS:client' });
});

const tls = () => ({ ...files.pair('server'), ca: readFileSync(files.at('ca.pem')), requestCert: true, rejectUnauthorized: false });
const options = () => ['--ca-file', files.at('ca.pem'), '--cert', files.at('client.pem'), '--key', files.at('client.key')];
const thumbprint = () => createHash('sha256').update(new X509Certificate(readFileSync(files.at('client.pem'))).raw).digest('base64url');

function withCertificates(as, use) {
  const guard = new CertificateGuard();
  return withRealServers({ mtls: tls(), ...as, server: { guard, tls: tls(), metadata: bindable } }, (place) => use(place, guard));
}

const registered = {
  client_id: 'registered', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=client',
  tls_client_certificate_bound_access_tokens: true, redirect_uris: ['http://127.0.0.1/callback'], application_type: 'native',
};

test('A-086 the certificate authenticates the client, binds its tokens, and goes along to the server', async () => {
  await withCertificates({ accessTtl: shortLife, clients: [registered] }, async (place, guard) => {
    const host = await place.signedIn({ args: [...options(), '--client-id', 'registered'] });
    assert.equal(textOf(await call(host)), 'anna');
    await outlive();
    place.as.accessTtl = 3600;
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual([...new Set(guard.seen)], [thumbprint()]);
    assert.deepEqual(guard.refused, ['no token', 'expired']);
    assert.deepEqual(place.as.grants.map(({ grant, method }) => `${grant} ${method}`),
      ['authorization_code tls_client_auth', 'refresh_token tls_client_auth']);
    assert.deepEqual(place.as.mtls.hits, { '/request': 1, '/token': 2 }, 'all of it where certificates are asked for');
    assert.equal(place.as.hitsOf('token'), 0);
  });
});

test('A-086 A-089 a client that registers itself has its tokens bound, and revoked', async () => {
  await withCertificates({}, async (place, guard) => {
    const host = await place.signedIn({ args: options() });
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual([...new Set(guard.seen)], [thumbprint()]);
    assert.equal(JSON.parse((await place.run('status', '--json')).stdout).servers[0].binding, 'mtls');
    assert.match((await place.run('status')).stdout, /^ {2}bound +to the client certificate/m);
    const [{ client_id: id }] = place.records('registration');
    const client = await place.as.provider.Client.find(id);
    assert.equal(client.tlsClientCertificateBoundAccessTokens, true);
    assert.equal(client.clientAuthMethod, 'none');
    const { code, stderr } = await place.run('logout', ...options());
    assert.equal(code, 0, stderr);
    assert.deepEqual(place.as.mtls.hits, { '/request': 1, '/token': 1, '/token/revocation': 2 });
  });
});

test('A-086 without a certificate nothing is bound, and nobody goes where they are asked for', async () => {
  await withRealServers({ mtls: tls(), server: { metadata: bindable } }, async (place) => {
    const host = await place.signedIn();
    assert.equal(textOf(await call(host)), 'anna');
    await host.stop();
    assert.deepEqual(place.as.mtls.hits, {});
    const { servers: [state] } = JSON.parse((await place.run('status', '--json')).stdout);
    assert.equal(state.signedIn, true);
    assert.ok(!('binding' in state));
    const [{ client_id: id }] = place.records('registration');
    assert.ok(!(await place.as.provider.Client.find(id)).tlsClientCertificateBoundAccessTokens);
  });
});
