// SPDX-License-Identifier: ISC
// Names that lead elsewhere at another time, and documents that lead to
// addresses that are nobody's business: a sign-in visits none of them.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import { Authorities } from '../../integration/lib/authority.js';
import { Opener, Person } from '../../integration/lib/browser.js';
import { scriptedAs, scriptedResource } from '../../integration/lib/scripted-as.js';
import { scratchDir } from '../../integration/lib/bridge.js';
import { ask } from '../attack.js';
import { addresses } from '../namespace.js';

let made;
function authorities() {
  if (!made) {
    made = new Authorities();
    made.authority('ca');
    made.certificate('mcp', { san: 'DNS:mcp.example' });
    made.certificate('as', { san: 'DNS:as.example,DNS:localhost,IP:169.254.169.254,IP:10.77.0.1' });
  }
  return made;
}

/** The first question of a query, and where it ends. */
function question(query) {
  const labels = [];
  let at = 12;
  for (; query[at] !== 0; at += query[at] + 1) labels.push(query.subarray(at + 1, at + 1 + query[at]).toString());
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A resolver that gives `addressesOf(name, nth)` to the nth question for an address. */
async function resolver(trial, addressesOf) {
  const socket = dgram.createSocket('udp4');
  const asked = {};
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query);
    if (type === 1) asked[name] = (asked[name] ?? 0) + 1;
    const found = type === 1 ? addressesOf(name, asked[name]) : [];
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(found.length, 6);
    head.writeUInt32BE(0, 8);
    const records = found.map((address) => Buffer.concat([Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]), Buffer.from(address.split('.').map(Number))]));
    socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), from.port, from.address);
  });
  await new Promise((resolve) => socket.bind(53, '127.0.0.1', resolve));
  trial.defer(() => new Promise((resolve) => socket.close(resolve)));
  return asked;
}

/** Counts who comes to an address by a port. */
async function spy(trial, address, port) {
  const seen = { count: 0 };
  const server = net.createServer((socket) => { seen.count += 1; socket.on('error', () => {}); socket.destroy(); });
  await new Promise((resolve, reject) => { server.once('error', reject); server.listen(port, address, resolve); });
  trial.defer(() => { server.close(); });
  return seen;
}

/** A sign-in whose server is public, with a resolver that turns. */
function rebinding(id, what, must, addressesOf, { prm = {}, metadata = {} } = {}) {
  return {
    id: `names-${id}`, what, must: [must].flat(), inside: true, alone: true,
    async run(trial) {
      const own = authorities();
      const as = await trial.use(scriptedAs({ tls: own.pair('as'), name: 'as.example', host: addresses.public }));
      Object.assign(as.metadata, typeof metadata === 'function' ? metadata(as) : metadata);
      const server = await trial.use(scriptedResource(as, { tls: own.pair('mcp'), name: 'mcp.example', host: addresses.public, open: ['initialize', 'notifications/initialized'] }));
      Object.assign(server.prm ??= {}, typeof prm === 'function' ? prm(as) : prm);
      const spies = await Promise.all(['127.0.0.1', addresses.neighbour, addresses.metadata].map((address) => spy(trial, address, as.server.port)));
      await resolver(trial, addressesOf);
      const opener = new Opener();
      const host = trial.host({ url: server.url, args: ['--ca-file', own.at('ca.pem'), '--auth-timeout', '10', '--hold-timeout', '5', '--no-sign-in-tool'], env: { XDG_STATE_HOME: scratchDir(), ...opener.env } });
      await host.initialize();
      opener.tab(1, { timeout: 6000 }).then((url) => new Person().visit(url)).catch(() => {});
      const outcome = await ask(host, 'tools/list', undefined, { timeout: 20_000 });
      for (const { count } of spies) assert.equal(count, 0, 'somebody came to an address that is not public');
      await trial.end(host);
      return outcome;
    },
  };
}

const refused = ['auth.policy', 'auth.discovery', 'net.unreachable'];
const to = (address) => () => [address];
const isAs = (name, then) => (asked, nth) => (asked === name ? then(nth) : []);

export const cases = [
  rebinding('private', 'an authorization server in a private network', refused, isAs('as.example', to(addresses.neighbour))),
  rebinding('loopback', 'an authorization server on this machine', refused, isAs('as.example', to('127.0.0.1'))),
  rebinding('metadata', 'an authorization server that is a metadata service', refused, isAs('as.example', to(addresses.metadata))),
  rebinding('zero', 'an authorization server at 0.0.0.0', refused, isAs('as.example', to('0.0.0.0'))),
  rebinding('mixed', 'an address of the metadata service besides a public one nobody listens at', refused, isAs('as.example', () => [addresses.other, addresses.metadata])),
  rebinding('rebound', 'a name that is public the first time, and this machine from then on', [...refused, 'auth.login_pending'],
    isAs('as.example', (nth) => [nth === 1 ? addresses.public : '127.0.0.1'])),
  rebinding('none', 'a name that leads nowhere', refused, () => []),
  rebinding('documents-v4', 'documents that name the metadata service', refused, () => [], { prm: { authorization_servers: ['https://169.254.169.254'] } }),
  rebinding('documents-decimal', 'the same in decimal', refused, () => [], { prm: { authorization_servers: ['https://2852039166'] } }),
  rebinding('documents-mapped', 'the same in IPv6', refused, () => [], { prm: { authorization_servers: ['https://[::ffff:a9fe:a9fe]'] } }),
  rebinding('documents-localhost', 'an authorization server that is localhost', refused, () => [], { prm: (as) => ({ authorization_servers: [`https://localhost:${as.server.port}`] }) }),
  rebinding('token-endpoint', 'a token endpoint in a private network', refused.concat('auth.login_pending'), isAs('as.example', to(addresses.public)),
    { metadata: (as) => ({ token_endpoint: `https://10.77.0.1:${as.server.port}/token` }) }),
  rebinding('registration-endpoint', 'a registration endpoint at the metadata service', refused.concat('auth.registration'), isAs('as.example', to(addresses.public)),
    { metadata: (as) => ({ registration_endpoint: `https://169.254.169.254:${as.server.port}/register` }) }),
];
