// SPDX-License-Identifier: ISC
// What the program is made to do while calls of it fail: conversations that go
// on whatever becomes of a step. Each takes a Scene and, by its hosts and
// commands, runs into every part that calls into the system.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { legacyServer, modernServer, rpc, sseServer } from '../integration/lib/scripted.js';
import { Authorities } from '../integration/lib/authority.js';
import { freePort } from '../integration/lib/servers.js';

const HOLD = ['--hold-timeout', '2', '--auth-timeout', '10'];
const echo = (n) => ['tools/call', { name: 'echo', arguments: { n } }];

/** Answers tools/call as an event stream with progress before the result. */
function streaming(exchange, { json }) {
  const stream = exchange.sse();
  stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } }, { id: '1' });
  stream.send(rpc.ok(json.id, { content: [{ type: 'text', text: JSON.stringify(json.params.arguments) }] }), { id: '2' });
  stream.end();
}

function standing(exchange) {
  const stream = exchange.sse();
  stream.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }, { id: 'n1' });
}

const usual = { on: { 'tools/call': streaming, GET: standing } };

async function converse(talk) {
  await talk.initialize();
  await talk.ask('tools/list');
  await talk.ask(...echo(1));
  talk.notify('notifications/roots/list_changed');
}

async function signIn(scene) {
  await scene.protect({ server: { ...usual, scopes: { 'resources/read': 'write' } } });
  const log = scene.file('log', '');
  const headers = scene.file('headers', `# of the user\nX-Key: ${scene.secret('header')}\n`);
  const talk = scene.talk(['--log-level', 'debug', '--log-file', log, '--header-file', headers, ...HOLD]);
  scene.visit();
  await converse(talk);
  scene.as.access.clear(); // as if it had expired: a renewal
  await talk.ask(...echo(2));
  scene.visit(); // more scope than the first sign-in had
  await talk.ask('resources/read', { uri: 'test://a' });
  scene.server.state.session = 'session-2'; // the server lost its memory
  await Promise.all([talk.ask(...echo(3)), talk.ask(...echo(4))]);
  await talk.leave();
}

async function warmStart(scene) {
  await scene.protect({ server: usual });
  await scene.prepared(async (talk) => { scene.visit(); await converse(talk); });
  scene.as.access.clear();
  const talk = scene.talk(HOLD);
  await converse(talk);
  await talk.leave();
}

async function commands(scene) {
  const secret = scene.file('secret', scene.secret('client secret'));
  await scene.protect({ as: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } } });
  const known = ['--client-id', 'known', '--client-secret-file', secret];
  scene.visit();
  await scene.command('login', ...known, '--auth-timeout', '10', scene.url);
  await scene.command('status', scene.url);
  await scene.command('status', '--json');
  await scene.command('logout', ...known, scene.url);
  await scene.command('logout', '--all');
  await scene.command('--version');
  await scene.command('login', '--help');
  await scene.command('--no-such-option');
}

/** The browser cannot be opened; the host leaves while the sign-in waits. */
async function left(scene) {
  await scene.protect({ server: { open: ['initialize', 'notifications/initialized'] } });
  const talk = scene.talk(HOLD, { env: { BROWSER: '/nonexistent/browser' } });
  await talk.initialize();
  await Promise.all([talk.ask('tools/list'), talk.ask(...echo(1))]);
  await talk.leave();
}

/** No $BROWSER: the desktop's own opener, which is not there either. */
async function desktop(scene) {
  await scene.protect();
  const talk = scene.talk(HOLD, { env: { BROWSER: '', DISPLAY: ':99', PATH: scene.dir() } });
  await talk.initialize();
  await talk.leave();
}

async function olderServer(scene) {
  await scene.serve(await sseServer());
  const talk = scene.talk(['--transport', 'sse'], { url: scene.server.sseUrl });
  await converse(talk);
  scene.server.state.streams.at(-1)?.cut();
  await talk.ask(...echo(2));
  await talk.leave();
}

async function stateless(scene) {
  const server = await modernServer({ on: { 'tools/call': streaming } });
  await scene.serve(server);
  const talk = scene.talk([]);
  await talk.modern('server/discover');
  await talk.modern('tools/list');
  await talk.modern(...echo(1));
  await talk.leave();
}

/** A host of an older revision before it. */
async function translated(scene) {
  await scene.serve(await modernServer());
  const talk = scene.talk([]);
  await converse(talk);
  await talk.leave();
}

let authorities;
function tlsFiles() {
  if (!authorities) {
    authorities = new Authorities();
    authorities.authority('ca');
    authorities.certificate('server');
    authorities.certificate('client', { san: 'DNS:client' });
  }
  return authorities;
}

async function encrypted(scene) {
  const own = tlsFiles();
  await scene.serve(await legacyServer({ tls: { ...own.pair('server'), ca: own.pair('ca').cert, requestCert: true }, on: usual.on }));
  const mine = ['--cert', own.at('client.pem'), '--key', own.at('client.key')];
  const talk = scene.talk(['--ca-file', own.at('ca.pem'), ...mine, '--http1.1']);
  await converse(talk);
  await talk.leave();
  const other = scene.talk([], { env: { NODE_EXTRA_CA_CERTS: own.at('ca.pem') } });
  await converse(other);
  await other.leave();
}

/** Pipes instead of the sockets that Node gives its children. */
async function piped(scene) {
  await scene.serve(await legacyServer({ on: usual.on }));
  const talk = scene.talk([], { wrap: ['bash', '-c', 'exec "$@" < <(cat) > >(cat)', '-'] });
  await converse(talk);
  await talk.ask('tools/call', { name: 'echo', arguments: { text: 'x'.repeat(300_000) } });
  await talk.leave();
}

/** More than the host reads at once: the server is held back. */
async function largeAnswers(scene) {
  const text = 'x'.repeat(1 << 20);
  const many = (exchange, { json }) => {
    const stream = exchange.sse();
    for (let n = 0; n < 8; n += 1) stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: text } });
    stream.send(rpc.ok(json.id, {}));
    stream.end();
  };
  await scene.serve(await legacyServer({ on: { 'tools/call': many } }));
  const talk = scene.talk([], { read: false });
  talk.host.send({ jsonrpc: '2.0', id: 'early', method: 'ping' });
  await sleep(300);
  talk.host.read();
  await talk.initialize();
  await talk.ask(...echo(1));
  await talk.leave();
}

/** On the other loopback, with headers in the environment and no home. */
async function otherWays(scene) {
  const server = await legacyServer({ on: usual.on });
  await scene.serve(server);
  const env = { MCP_BRIDGE_HEADER: `X-Key: ${scene.secret('variable')}`, HOME: '', XDG_STATE_HOME: 'relative' };
  const talk = scene.talk([], { url: 'http://[::1]:1/mcp', env });
  await talk.initialize();
  await talk.leave();
  const own = tlsFiles();
  const both = { SSL_CERT_FILE: own.at('ca.pem'), NODE_EXTRA_CA_CERTS: own.at('client.pem') };
  const trusting = scene.talk(['--cert', own.at('client.p12')], { url: `https://127.0.0.1:${server.port}/mcp`, env: both });
  await trusting.initialize();
  await trusting.leave();
}

/** Nobody listens there. */
async function unreachable(scene) {
  const talk = scene.talk(['--connect-timeout', '2'], { url: `http://localhost:${await freePort()}/mcp` });
  await talk.initialize();
  await talk.leave();
  const proxied = scene.talk(['--proxy', `http://127.0.0.1:${await freePort()}`], { url: 'https://mcp.example/mcp' });
  await proxied.initialize();
  await proxied.leave();
}

/** Ended by the system. */
async function terminated(scene) {
  await scene.protect({ server: { on: { 'tools/call': () => {} }, open: ['initialize', 'notifications/initialized', 'tools/call', 'GET'] } });
  const talk = scene.talk(HOLD);
  await talk.initialize();
  talk.ask(...echo(1));
  await sleep(50);
  await talk.terminate();
}

/** A store that somebody else touched. */
async function oddStore(scene) {
  await scene.protect({ server: usual });
  await scene.prepared(async (talk) => { scene.visit(); await converse(talk); });
  scene.records('access').forEach((path) => writeFileSync(path, 'no record'));
  scene.records('server').forEach((path) => chmodSync(path, 0o644));
  writeFileSync(join(scene.store, 'access', '.new-left-behind'), 'x');
  const talk = scene.talk(HOLD);
  scene.visit();
  await converse(talk);
  await talk.leave();
  await scene.command('status', '--json');
}

export const scenarios = {
  signIn, warmStart, commands, left, desktop, olderServer, stateless, translated, encrypted, piped, largeAnswers, otherWays,
  unreachable, terminated, oddStore,
};
