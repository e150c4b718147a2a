// SPDX-License-Identifier: ISC
// TLS with an authority of our own, made by openssl: trusted by --ca-file or
// SSL_CERT_FILE, client certificates, HTTP/2, and every way not to be trusted.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Authorities, openssl } from './lib/authority.js';
import { assertOwnError, textOf } from './lib/expect.js';
import { clientInfo, runBridge, withHost } from './lib/host.js';
import { legacyServer, rpc } from './lib/scripted.js';

const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
const authorities = new Authorities();
const at = (name) => authorities.at(name);
const authority = (...args) => authorities.authority(...args);
const certificate = (...args) => authorities.certificate(...args);
const pair = (name) => authorities.pair(name);

let server;
before(async () => {
  authority('ca');
  authority('other');
  certificate('server');
  certificate('client', { san: 'DNS:client' });
  certificate('elsewhere', { san: 'DNS:elsewhere.example' });
  certificate('expired', { days: '-1' });
  server = await legacyServer({ tls: pair('server') });
});
after(() => server.close());

async function assertDistrusted(options, tls = pair('server')) {
  const own = await legacyServer({ tls });
  try {
    await withHost({ url: own.url, ...options }, async (host) => {
      assertOwnError(await host.request('initialize', initialize), 'net.tls', -31495);
      assert.equal(own.requests.length, 0);
    });
  } finally {
    await own.close();
  }
}

test('--ca-file trusts our authority', async () => {
  await withHost({ url: server.url, args: ['--ca-file', at('ca.pem')] }, async (host) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'echo', arguments: {} })), '{}');
  });
});

test('SSL_CERT_FILE does so too', async () => {
  await withHost({ url: server.url, env: { SSL_CERT_FILE: at('ca.pem') } }, (host) => host.initialize());
});

test('SSL_CERT_DIR does so too', async () => {
  const trusted = at('trusted');
  mkdirSync(trusted, { recursive: true });
  writeFileSync(join(trusted, 'ca.pem'), readFileSync(at('ca.pem')));
  openssl('rehash', trusted);
  await withHost({ url: server.url, env: { SSL_CERT_DIR: trusted } }, (host) => host.initialize());
});

test('--ca-file replaces SSL_CERT_FILE', () => assertDistrusted({ args: ['--ca-file', at('other.pem')], env: { SSL_CERT_FILE: at('ca.pem') } }));
test('an unknown authority is refused', () => assertDistrusted({}));
test('another authority is refused', () => assertDistrusted({ args: ['--ca-file', at('other.pem')] }));
test('a certificate for another host is refused', () => assertDistrusted({ args: ['--ca-file', at('ca.pem')] }, pair('elsewhere')));
test('an expired certificate is refused', () => assertDistrusted({ args: ['--ca-file', at('ca.pem')] }, pair('expired')));
test('TLS 1.1 is refused', () => assertDistrusted({ args: ['--ca-file', at('ca.pem')] }, { ...pair('server'), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }));

test('a server that does not speak TLS', async () => {
  const plain = await legacyServer();
  try {
    await withHost({ url: plain.url.replace('http:', 'https:'), args: ['--connect-timeout', '1'] }, async (host) => {
      const { error } = await host.request('initialize', initialize);
      assert.match(error.data.kind, /^net\./);
    });
  } finally {
    await plain.close();
  }
});

test('a missing --ca-file is told at the start', async () => {
  const { code, stderr } = await runBridge(['--ca-file', at('nothing.pem'), server.url]);
  assert.notEqual(code, 0);
  assert.match(stderr, /nothing\.pem/);
});

const mutual = () => ({ ...pair('server'), ca: readFileSync(at('ca.pem')), requestCert: true, rejectUnauthorized: true });

for (const [name, args] of [
  ['--cert and --key', () => ['--cert', at('client.pem'), '--key', at('client.key')]],
  ['--cert with both in one file', () => {
    writeFileSync(at('both.pem'), Buffer.concat([pair('client').cert, pair('client').key]), { mode: 0o600 });
    return ['--cert', at('both.pem')];
  }],
]) {
  test(`a client certificate by ${name}`, async () => {
    const own = await legacyServer({ tls: mutual() });
    try {
      await withHost({ url: own.url, args: ['--ca-file', at('ca.pem'), ...args()] }, (host) => host.initialize());
    } finally {
      await own.close();
    }
  });
}

test('without the client certificate the request fails', async () => {
  const own = await legacyServer({ tls: mutual() });
  try {
    await withHost({ url: own.url, args: ['--ca-file', at('ca.pem')] }, async (host) => {
      assertOwnError(await host.request('initialize', initialize), 'net.tls', -31495);
    });
  } finally {
    await own.close();
  }
});

/** A few methods over HTTP/2; counts sessions and streams. */
async function http2Server() {
  const seen = { sessions: 0, streams: 0 };
  const own = http2.createSecureServer({ ...pair('server'), allowHTTP1: false });
  own.on('session', () => { seen.sessions += 1; });
  own.on('stream', (stream, headers) => {
    seen.streams += 1;
    let body = '';
    stream.on('error', () => {});
    stream.on('data', (chunk) => { body += chunk; });
    stream.on('end', () => {
      if (headers[':method'] !== 'POST') return stream.respond({ ':status': headers[':method'] === 'GET' ? 405 : 200 }, { endStream: true });
      const json = JSON.parse(body);
      if (json.id === undefined) return stream.respond({ ':status': 202 }, { endStream: true });
      const result = json.method === 'initialize' ? { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'h2', version: '1' } } : { content: [{ type: 'text', text: String(json.id) }] };
      stream.respond({ ':status': 200, 'content-type': 'application/json' });
      return stream.end(JSON.stringify(rpc.ok(json.id, result)));
    });
  });
  await new Promise((resolve) => own.listen(0, '127.0.0.1', resolve));
  return Object.assign(own, { seen, url: `https://127.0.0.1:${own.address().port}/mcp` });
}

test('HTTP/2 where offered: one connection for many calls', async () => {
  const own = await http2Server();
  try {
    await withHost({ url: own.url, args: ['--ca-file', at('ca.pem')] }, async (host) => {
      await host.initialize();
      const ids = Array.from({ length: 30 }, (_, n) => n + 1000);
      const answers = await Promise.all(ids.map((id) => host.request('tools/call', { name: 'x' }, { id })));
      assert.deepEqual(answers.map(textOf), ids.map(String));
      assert.ok(own.seen.sessions <= 2, `${own.seen.sessions} connections`);
    });
  } finally {
    own.close();
  }
});

test('--http1.1 does not speak HTTP/2', async () => {
  const own = await http2Server();
  try {
    await withHost({ url: own.url, args: ['--ca-file', at('ca.pem'), '--http1.1'] }, async (host) => {
      assert.ok((await host.request('initialize', initialize)).error);
      assert.equal(own.seen.streams, 0);
    });
  } finally {
    own.close();
  }
});
