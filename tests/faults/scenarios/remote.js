// SPDX-License-Identifier: ISC
// Conversations with servers that want no sign-in, of every transport and era.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rawServer } from '../../integration/lib/rawserver.js';
import { legacyServer, modernServer, rpc, sseServer } from '../../integration/lib/scripted.js';
import { freePort } from '../../integration/lib/servers.js';
import { converse, echo, streaming, tlsFiles, usual } from './steps.js';

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
  const both = scene.talk(['--ipv4', '--cert', own.at('client.p12')], { env: { SSL_CERT_FILE: own.at('client.pem'), NODE_EXTRA_CA_CERTS: own.at('ca.pem') } });
  await converse(both);
  await both.leave();
  const distrusting = scene.talk([]);
  await distrusting.initialize();
  await distrusting.leave();
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

/** The host stops reading, and then leaves. */
async function heldBack(scene) {
  const text = 'x'.repeat(4 << 20);
  await scene.serve(await legacyServer({ on: { ping: (exchange, { json }) => exchange.json(rpc.ok(json.id, { text })) } }));
  const talk = scene.talk([], { read: false });
  talk.host.send({ jsonrpc: '2.0', id: 'a', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } } });
  talk.host.send({ jsonrpc: '2.0', id: 'b', method: 'ping' });
  await sleep(300);
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
  const trusting = scene.talk(['--cert', own.at('none.p12')], { url: `https://127.0.0.1:${server.port}/mcp`, env: both });
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

/** A stream that is cut and resumed; requests of the server and what the host takes back. */
async function resumed(scene) {
  const cut = (exchange, { json, headers }) => {
    const stream = exchange.sse();
    if (!headers['last-event-id']) {
      stream.raw('id: 1\nretry: 10\ndata: \n\n');
      scene.waiting = json;
      setTimeout(() => stream.cut(), 20);
    } else {
      stream.send(rpc.ok(scene.waiting.id, { content: [] }), { id: '2' });
      stream.end();
    }
  };
  const get = (exchange, request) => (request.headers['last-event-id'] ? cut(exchange, request) : exchange.send(405));
  await scene.serve(await legacyServer({ on: { 'tools/call': cut, 'prompts/get': (exchange) => exchange.hangUp(), GET: get } }));
  const talk = scene.talk(['--tool-deny', 'x*', '--ping-interval', '1']);
  await converse(talk);
  await talk.ask('no/such');
  await talk.ask('prompts/get', { name: 'none' });
  talk.host.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'none' } });
  await talk.leave();
}

/** A proxy that passes on, and two that do not. */
async function proxied(scene) {
  const origin = await legacyServer({ on: usual.on });
  await scene.serve(origin);
  const proxy = await scene.also(await rawServer((exchange, { method, path, headers, body }) => {
    const sent = http.request(path, { method, headers: { ...headers, host: new URL(path).host }, agent: false }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => exchange.send(answer.statusCode, { 'Content-Type': answer.headers['content-type'] ?? null, 'Mcp-Session-Id': answer.headers['mcp-session-id'] ?? null }, Buffer.concat(parts)));
    });
    sent.on('error', () => exchange.send(502));
    sent.end(body);
  }));
  const talk = scene.talk(['--proxy', proxy.origin], { url: origin.url });
  await talk.initialize();
  await talk.ask('tools/list');
  await talk.leave();
  const refusing = await scene.also(await rawServer((exchange) => exchange.send(407, { 'Proxy-Authenticate': 'Basic realm="x"' })));
  const refused = scene.talk([], { url: 'https://mcp.example/mcp', env: { https_proxy: refusing.origin } });
  await refused.initialize();
  await refused.leave();
}

/** A program says what to send; a variable stands in a header. */
async function borrowed(scene) {
  await scene.serve(await legacyServer({ on: usual.on }));
  const secret = scene.secret('of a program');
  const program = scene.program('helper', `echo "$0 says" >&2; case $1 in headers) echo '{"X-Key":"${secret}"}' ;; *) echo '${secret}' ;; esac`);
  for (const args of [['--token-command', `${program} token`], ['--header-command', `${program} headers`], ['--token-command', 'false'], ['--token-command', 'sleep 60', '--command-timeout', '1']]) {
    const talk = scene.talk([...args, '-H', 'X-Other: ${SECRET_OF_MINE}'], { env: { SECRET_OF_MINE: secret } });
    await talk.initialize();
    await talk.ask('tools/list');
    await talk.leave();
  }
}

/** Recorded in a file that is nearly full, which the sandbox cannot open later. */
async function traced(scene) {
  await scene.serve(await legacyServer({ on: usual.on }));
  for (const env of [{}, { MCP_BRIDGE_SANDBOX: '1' }]) {
    const trace = scene.file('trace', `{"time":"2026-01-01T00:00:00.000Z","text":"${'x'.repeat(4 * 1024 * 1024 - 66 * 1024)}"}\n`);
    const talk = scene.talk(['--trace', trace], { env });
    await converse(talk);
    await talk.leave();
    await scene.command('trace', trace);
    await scene.command('trace', '--html', join(scene.dir(), 'page.html'), trace);
  }
}

/** Recorded in a file that another process keeps to itself. */
async function contended(scene) {
  await scene.serve(await legacyServer({ on: usual.on }));
  const trace = scene.file('trace', '');
  const holder = spawn('flock', ['--no-fork', trace, 'sh', '-c', 'echo held; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  scene.also({ close: () => holder.kill() });
  await once(holder.stdout, 'data');
  const talk = scene.talk(['--trace', trace]);
  await converse(talk);
  await talk.leave();
}

/** Options in the user's file. */
async function configured(scene) {
  await scene.serve(await legacyServer({ on: usual.on }));
  const folder = join(scene.dir(), 'mcp-bridge');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config'), `request-timeout = 60\n[server ${scene.url}]\nheader-file = headers\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'headers'), 'X-Key: mine\n', { mode: 0o600 });
  const talk = scene.talk([], { env: { XDG_CONFIG_HOME: dirname(folder) } });
  await converse(talk);
  await talk.leave();
  await scene.command('status', '--config', '/nonexistent/config');
  await scene.command('status', '--urls');
}

/** Started without a stdin. */
async function bare(scene) {
  await scene.run({ args: ['--version'], wrap: ['sh', '-c', 'exec "$@" <&-', '-'] });
}

export const remote = {
  olderServer, stateless, translated, encrypted, piped, largeAnswers, heldBack, otherWays, unreachable, resumed, proxied, borrowed, traced, contended, configured, bare,
};
