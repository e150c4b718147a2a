// SPDX-License-Identifier: ISC
// Signing in through the browser, and what comes of it.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { scriptedResource } from '../../integration/lib/scripted-as.js';
import { freePort } from '../../integration/lib/servers.js';
import { HOLD, converse, echo, usual } from './steps.js';

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

/** The address that a command shows is opened elsewhere. */
const byHand = (scene) => async (host) => {
  while (!host.exit) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}/.exec(host.stderr) ?? [];
    if (address) return scene.person.signIn(address);
    await sleep(20);
  }
  return undefined;
};

async function commands(scene) {
  const secret = scene.file('secret', scene.secret('client secret'));
  await scene.protect({ as: { metadata: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } } });
  const known = ['--client-id', 'known', '--client-secret-file', secret];
  scene.visit();
  await scene.command('login', ...known, '--auth-timeout', '10', scene.url);
  await scene.command('status', scene.url);
  await scene.command('logout', scene.url);
  await scene.run({ args: ['login', '--no-browser', ...known, '--auth-timeout', '10', scene.url], during: byHand(scene) });
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

const inOwnRun = ['unshare', '--map-root-user', '--mount', 'sh', '-c', 'mount -t tmpfs none /run && mkdir /run/user && mount --bind "$0" /run/user && exec "$@"'];
let mayUnshare;

/** A compositor that takes connections where a session of ours has its sockets. */
async function screen(scene) {
  const folder = scene.dir();
  mkdirSync(join(folder, '0'));
  const server = net.createServer((socket) => socket.destroy());
  await new Promise((resolve) => server.listen(join(folder, '0', 'wayland-0'), resolve));
  scene.also(server);
  mayUnshare ??= spawnSync(inOwnRun[0], [...inOwnRun.slice(1), folder, 'true']).status === 0;
  return mayUnshare ? [...inOwnRun, folder] : [];
}

/** No $BROWSER: the desktop's own openers, which are not there either. */
async function desktop(scene) {
  await scene.protect();
  const talk = scene.talk(HOLD, { env: { BROWSER: '', XDG_RUNTIME_DIR: '' }, wrap: [...await screen(scene), 'env', `PATH=${scene.dir()}`] });
  await talk.initialize();
  await talk.leave();
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
  const left = join(scene.store, 'access', '.new-left-behind');
  writeFileSync(left, 'x');
  utimesSync(left, 0, 0);
  const talk = scene.talk(HOLD);
  scene.visit();
  await converse(talk);
  await talk.leave();
  await scene.command('status', '--json');
}


/** All of it in the sandbox, with a sign-in that the host does not wait for. */
async function sandboxed(scene) {
  scene.env = { MCP_BRIDGE_SANDBOX: '1' };
  await scene.protect({ server: { ...usual, scopes: { 'resources/read': 'write' } } });
  const talk = scene.talk(HOLD);
  scene.visit();
  await converse(talk);
  scene.as.access.clear();
  await talk.ask(...echo(2));
  scene.visit();
  await talk.ask('resources/read', { uri: 'test://a' });
  await talk.leave();
  await scene.command('call', scene.url, 'ping');
  await scene.command('doctor', scene.url);
}

/** Two sign-ins want one port; a third is waited for in a shell. */
async function samePort(scene) {
  const port = ['--callback-port', String(await freePort())];
  await scene.protect({ server: usual });
  const other = await scene.also(await scriptedResource(scene.as, usual));
  const hold = ['--hold-timeout', '4', '--auth-timeout', '10', ...port];
  const [first, second] = [scene.talk(hold), scene.talk(hold, { url: other.url })];
  const opened = first.initialize();
  await scene.tab(1);
  const waiting = second.initialize();
  const login = scene.command('login', '--auth-timeout', '10', scene.url);
  await sleep(400);
  scene.visit();
  await opened;
  scene.visit();
  await Promise.all([waiting, login]);
  await first.leave();
  await second.leave();
}

/** Metadata in other places, from a server in trouble; the request is pushed. */
async function pushed(scene) {
  const requests = new Map();
  let refused = 0;
  await scene.protect({ server: usual });
  scene.as.metadata = { pushed_authorization_request_endpoint: `${scene.as.issuer}/par`, require_pushed_authorization_requests: true };
  scene.as.on.elsewhere = (exchange, { path, body }) => {
    if (path !== '/par') return exchange.send(404);
    const uri = `urn:ietf:params:oauth:request_uri:${requests.size}`;
    requests.set(uri, Object.fromEntries(new URLSearchParams(body.toString())));
    return exchange.json({ request_uri: uri, expires_in: 60 }, { status: 201 });
  };
  scene.as.on.authorize = (exchange, request, next) => {
    Object.assign(request.query, requests.get(request.query.request_uri));
    return next();
  };
  scene.as.on.metadata = (exchange, request, next) => {
    refused += 1;
    return refused === 1 ? exchange.send(503) : next();
  };
  scene.onRecover = () => { scene.as.metadata = {}; };
  const talk = scene.talk([...HOLD, '--callback-host', 'localhost', '--success-url', 'https://app.example/done']);
  scene.visit();
  await converse(talk);
  await talk.leave();
}

/** Tokens bound to a key of ours, and servers that want nonces. */
async function bound(scene) {
  scene.args = ['--dpop', 'require'];
  await scene.protect({ as: { metadata: { dpop_signing_alg_values_supported: ['ES256'] } }, server: usual });
  scene.as.extra = { token_type: 'DPoP' };
  scene.as.on.token = (exchange, { headers }, next) => {
    const send = exchange.send.bind(exchange);
    exchange.send = (status, more, body) => send(status, { 'DPoP-Nonce': 'nonce-1', ...more }, body);
    return Buffer.from(headers.dpop?.split('.')[1] ?? '', 'base64url').includes('nonce-1') ? next() : exchange.json({ error: 'use_dpop_nonce' }, { status: 400 });
  };
  scene.onRecover = () => { scene.as.extra = { token_type: 'DPoP' }; };
  const talk = scene.talk(HOLD);
  scene.visit();
  await converse(talk);
  scene.as.access.clear();
  await talk.ask(...echo(2));
  await talk.leave();
  const again = scene.talk(HOLD);
  await converse(again);
  await again.leave();
}

export const signin = { signIn, warmStart, commands, left, desktop, terminated, oddStore, sandboxed, samePort, pushed, bound };
