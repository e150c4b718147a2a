// SPDX-License-Identifier: ISC
// Certificates and handshakes that must not be trusted, and TLS that breaks off.
import assert from 'node:assert/strict';
import net from 'node:net';
import { Authorities, openssl } from '../../integration/lib/authority.js';
import { legacyServer, rpc } from '../../integration/lib/scripted.js';
import { ask, initializeParams } from '../attack.js';

let made;
function authorities() {
  if (made) return made;
  made = new Authorities();
  made.authority('ca');
  made.authority('other');
  made.certificate('server');
  made.certificate('elsewhere', { san: 'DNS:elsewhere.example' });
  made.certificate('wild', { san: 'DNS:*.example,DNS:*' });
  made.certificate('nul', { san: 'DNS:127.0.0.1.evil.example' });
  made.certificate('expired', { days: '-1' });
  made.certificate('foreign', { ca: 'other' });
  openssl('req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
    '-keyout', made.at('self.key'), '-out', made.at('self.pem'));
  // Signed by a certificate that is no authority.
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x', '-keyout', made.at('leaf.key'), '-out', made.at('leaf.csr'));
  openssl('x509', '-req', '-in', made.at('leaf.csr'), '-CA', made.at('server.pem'), '-CAkey', made.at('server.key'), '-CAcreateserial', '-days', '2',
    '-extfile', made.at('server.ext'), '-out', made.at('leaf.pem'));
  return made;
}

function distrust(id, what, options, must = 'net.tls') {
  return {
    id: `tls-${id}`, what, must: [must].flat(),
    async run(trial) {
      const own = authorities();
      const server = await trial.use(legacyServer({ tls: options(own) }));
      const host = trial.host({ url: server.url, args: ['--ca-file', own.at('ca.pem'), '--connect-timeout', '3'] });
      const outcome = await ask(host, 'initialize', initializeParams);
      if (outcome !== 'result') assert.equal(server.requests.length, 0, 'a request was sent');
      await trial.end(host);
      return outcome;
    },
  };
}

/** A port that does `accept(socket)`, where TLS should be. */
function port(id, what, must, accept, { args = [] } = {}) {
  return {
    id: `tls-${id}`, what, must: [must].flat(),
    async run(trial) {
      const server = net.createServer((socket) => { socket.on('error', () => {}); accept(socket); });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      trial.defer(() => { server.close(); });
      const host = trial.host({ url: `https://127.0.0.1:${server.address().port}/mcp`, args: ['--ca-file', authorities().at('ca.pem'), '--connect-timeout', '1', '--request-timeout', '2', ...args] });
      const outcome = await ask(host, 'initialize', initializeParams);
      await trial.end(host);
      return outcome;
    },
  };
}

/** TLS that is right until `respond(socket, id)`. */
function breaking(id, what, must, respond) {
  return {
    id: `tls-${id}`, what, must: [must].flat(),
    async run(trial) {
      const server = await trial.use(legacyServer({ tls: authorities().pair('server'), on: { 'tools/call': (exchange, { json }) => respond(exchange, json.id) } }));
      const host = trial.host({ url: server.url, args: ['--ca-file', authorities().at('ca.pem'), '--request-timeout', '2'] });
      await host.initialize();
      const outcome = await ask(host, 'tools/call', { name: 'x' });
      assert.equal(await ask(host, 'ping', undefined, { id: 'after' }), 'result');
      await trial.end(host);
      return outcome;
    },
  };
}

const alert = (code) => Buffer.from([21, 3, 3, 0, 2, 2, code]);
const troubled = ['net.tls', 'net.unreachable', 'net.timeout'];

export const cases = [
  distrust('good', 'a good certificate', (own) => own.pair('server'), 'result'),
  distrust('wrong-host', 'a certificate for another host', (own) => own.pair('elsewhere')),
  distrust('wild', 'a certificate for any name, to an address', (own) => own.pair('wild')),
  distrust('suffix', 'a certificate for a name that begins like ours', (own) => own.pair('nul')),
  distrust('expired', 'an expired certificate', (own) => own.pair('expired')),
  distrust('self-signed', 'a certificate that signed itself, with a short key', (own) => own.pair('self')),
  distrust('foreign', 'a certificate of another authority', (own) => own.pair('foreign')),
  distrust('not-ca', 'a certificate signed by a server', (own) => ({ key: own.pair('leaf').key, cert: Buffer.concat([own.pair('leaf').cert, own.pair('server').cert]) })),
  distrust('tls1.0', 'TLS 1.0 only', (own) => ({ ...own.pair('server'), minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' })),
  distrust('tls1.1', 'TLS 1.1 only', (own) => ({ ...own.pair('server'), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })),
  distrust('tls1.2', 'TLS 1.2 only, which is good', (own) => ({ ...own.pair('server'), maxVersion: 'TLSv1.2' }), 'result'),
  distrust('anonymous', 'ciphers without authentication', (own) => ({ ...own.pair('server'), maxVersion: 'TLSv1.2', ciphers: 'aNULL:@SECLEVEL=0' })),
  distrust('client-certificate', 'a demand for a certificate of ours', (own) => ({ ...own.pair('server'), ca: own.pair('ca').cert, requestCert: true, rejectUnauthorized: true }), ['net.tls', 'net.unreachable']),
  distrust('client-certificate-1.2', 'the same by TLS 1.2', (own) => ({ ...own.pair('server'), ca: own.pair('ca').cert, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' }), ['net.tls', 'net.unreachable']),
  port('plain', 'plain HTTP on the port', troubled, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
  port('garbage', 'garbage instead of a handshake', troubled, (socket) => socket.write(Buffer.alloc(1000, 0x55))),
  port('silence', 'no handshake', troubled, () => {}),
  port('close', 'a close instead of a handshake', troubled, (socket) => socket.end()),
  port('reset', 'a reset instead of a handshake', troubled, (socket) => socket.resetAndDestroy()),
  port('drip', 'a handshake byte by byte, without end', troubled, (socket) => { const timer = setInterval(() => socket.write('\x16'), 50); socket.on('close', () => clearInterval(timer)); }),
  ...[0, 40, 70, 80, 112, 120].map((code) => port(`alert-${code}`, `alert ${code} to the first message`, troubled, (socket) => socket.once('data', () => socket.end(alert(code))))),
  port('giant-record', 'a record that says it is 64 KB', troubled, (socket) => socket.once('data', () => socket.end(Buffer.concat([Buffer.from([22, 3, 3, 0xff, 0xff]), Buffer.alloc(0xffff)])))),
  breaking('truncated', 'an end without close_notify in the middle of an answer', ['stream.lost', 'net.unreachable'], (exchange) => {
    exchange.raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"jsonrpc":"2.0","id":"asked","result":{"x":"');
    setTimeout(() => exchange.socket.destroy(), 20);
  }),
  breaking('truncated-whole', 'an answer to the end of the connection, cut where it is whole', ['stream.lost', 'net.unreachable', 'result'], (exchange, id) => {
    exchange.raw(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${JSON.stringify(rpc.ok(id, {}))}`);
    setTimeout(() => exchange.socket.destroy(), 20);
  }),
  breaking('record-damaged', 'a damaged record in the middle of an answer', ['stream.lost', 'net.unreachable', 'net.tls'], (exchange) => {
    exchange.raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    setTimeout(() => {
      const { socket } = exchange;
      const raw = socket._parent ?? socket._handle?._parentWrap;
      if (raw instanceof net.Socket) raw.write(Buffer.concat([Buffer.from([23, 3, 3, 0, 32]), Buffer.alloc(32, 1)]));
      setTimeout(() => socket.destroy(), 50);
    }, 20);
  }),
];
