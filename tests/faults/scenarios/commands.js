// SPDX-License-Identifier: ISC
// What a person types: examining, settling in, asking once, signing in by hand.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bridgeCommand } from '../../integration/lib/bridge.js';
import { rawServer } from '../../integration/lib/rawserver.js';
import { legacyServer } from '../../integration/lib/scripted.js';
import { freePort } from '../../integration/lib/servers.js';
import { HOLD, converse, tlsFiles, usual } from './steps.js';

const nowhere = { BROWSER: '', SSH_CONNECTION: '192.0.2.1 1 192.0.2.2 22' };

/** A server that is well, signed in to, and then not. */
async function doctor(scene) {
  await scene.protect({ server: usual });
  await scene.command('doctor', scene.url);
  await scene.prepared(async (talk) => { scene.visit(); await converse(talk); });
  await scene.command('doctor', '--json', scene.url);
  await scene.command('doctor', '--html', join(scene.dir(), 'report.html'), scene.url);
  scene.as.access.clear();
  await scene.command('doctor', '--refresh', scene.url);
  await scene.onTerminal(['doctor', scene.url], () => {}, { term: 'xterm' });
  await scene.run({ args: ['doctor', scene.url], env: { BROWSER: 'no-such-browser:sh' } });
}

/** What it finds wrong on the way. */
async function examined(scene) {
  const own = tlsFiles();
  await scene.serve(await legacyServer({ tls: own.pair('server'), on: usual.on }));
  await scene.command('doctor', '--ca-file', own.at('ca.pem'), scene.url);
  await scene.command('doctor', scene.url);
  await scene.command('doctor', `https://127.0.0.1:${await freePort()}/mcp`);
  const refusing = await scene.also(await rawServer((exchange) => exchange.send(407)));
  await scene.command('doctor', '--proxy', refusing.origin, 'https://mcp.example/mcp');
  await scene.command('doctor', '--proxy', 'none', '--html', '/nonexistent/report.html', scene.url);
}

/** Entries for hosts, written where there is none, another, and the same. */
async function config(scene) {
  const [home, folder, bin] = [scene.dir(), scene.dir(), scene.dir()];
  symlinkSync(bridgeCommand[0], join(bin, 'mcp-bridge'));
  const env = { HOME: home, PATH: `${bin}:${process.env.PATH}` };
  const url = 'https://mcp.example/mcp';
  const run = (...args) => scene.run({ args: ['config', ...args], env, cwd: folder });
  writeFileSync(join(folder, 'headers'), 'X-Key: of mine\n', { mode: 0o600 });
  await run('--list');
  await run('claude-desktop', url);
  await run('cursor', url, '--name', 'x', '--write');
  await run('cursor', url, '--name', 'x', '--header-file', 'headers', '--write');
  await run('zed', url, '--project', '--write');
  await run('codex', url, '--write');
  await run('goose', url, '--write', '-H', `Authorization: Bearer ${scene.secret('written')}`);
  await run('no-such-host', url);
  await scene.run({ args: ['config', '--list'], env: { ...env, HOME: '' } });
}

/** Options from a file of the user's. */
async function configured(scene) {
  const home = scene.dir();
  const path = join(home, '.config/mcp-bridge/config');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'store = file\n[profile work]\nurl = https://mcp.example/mcp\n', { mode: 0o600 });
  const run = (...args) => scene.run({ args: ['status', ...args], env: { HOME: home } });
  await run('--urls', '--profile', 'work');
  await run('--profiles', '--config', path);
}

/** Entries and a sign-in of mcp-remote, taken over. */
async function imported(scene) {
  const [home, store] = [scene.dir(), scene.dir()];
  await scene.protect({ server: usual });
  const path = join(home, '.cursor/mcp.json');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify({ mcpServers: { one: { command: 'npx', args: ['mcp-remote', scene.url, '--header', 'X-Key: ${NEVER_SET}'] }, two: { command: 'npx', args: ['mcp-remote', scene.url] } } }));
  const name = createHash('md5').update(scene.url).digest('hex');
  const versions = join(store, 'mcp-remote-0.1.37');
  mkdirSync(versions);
  const access = scene.secret('imported');
  scene.as.access.set(access, 'read');
  writeFileSync(join(versions, `${name}_tokens.json`), JSON.stringify({ access_token: access, token_type: 'Bearer', expires_in: 3600, refresh_token: scene.secret('imported refresh'), scope: 'read' }));
  writeFileSync(join(versions, `${name}_client_info.json`), JSON.stringify({ client_id: 'of-mcp-remote', redirect_uris: ['http://localhost:3334/oauth/callback'] }));
  const env = { HOME: home, MCP_REMOTE_CONFIG_DIR: store };
  for (const args of [['import'], ['import', scene.file('broken', '{')], ['import', '--write'], ['import', '--write']]) await scene.run({ args, env });
  const talk = scene.talk([]);
  await converse(talk);
  await talk.leave();
}

/** In the place of mcp-remote, with its flags. */
async function mcpRemote(scene) {
  await scene.serve(await legacyServer({ on: usual.on }));
  const talk = scene.talk(['mcp-remote', scene.url, String(await freePort()), '--header', 'X-Key: ${NEVER_SET}', '--allow-http', '--debug', '--transport', 'http-only'], { url: '' });
  await converse(talk);
  await talk.leave();
}

/** One request from the shell. */
async function called(scene) {
  await scene.protect({ server: usual });
  await scene.prepared(async (talk) => { scene.visit(); await converse(talk); });
  const params = JSON.stringify({ name: 'echo', arguments: {} });
  const file = scene.file('params', params);
  await scene.command('call', scene.url, 'tools/call', `@${file}`);
  await scene.run({ args: ['call', '--pretty', scene.url, 'tools/call', '-'], input: params });
  await scene.command('call', scene.url, 'no/such');
  await scene.command('tools', scene.url);
  await scene.command('tools', '--json', scene.url);
  await scene.onTerminal(['tools', scene.url], () => {}, { term: 'xterm', columns: 40 });
}

const address = /\n *(https?:\/\/\S+[?&](?:state|request_uri)=\S+|http:\/\/127\S+\/[0-9a-f]{32})\n/;

/** No browser here, in a terminal or not; there is one again at the next start. */
function withoutBrowser(scene) {
  scene.env = nowhere;
  scene.onRecover = () => { scene.env = {}; };
}

/** A login in a terminal, whose person has a browser elsewhere. */
async function pasted(scene) {
  withoutBrowser(scene);
  await scene.protect({ server: usual });
  scene.person.cannotReach = ({ origin }) => origin !== scene.as.issuer;
  await scene.onTerminal(['login', '--auth-timeout', '10', scene.url], async (terminal) => {
    const [, url] = await terminal.shows(address, { timeout: 2000 });
    if (!url.includes('?')) scene.person.cannotReach = undefined;
    const { url: answer } = await scene.person.visit(url);
    terminal.type('garbage');
    await terminal.shows(/not the address/, { timeout: 1000 });
    terminal.type(`${answer}&code=2`);
    await terminal.shows(/not whole/, { timeout: 1000 });
    terminal.type(answer);
  });
  scene.person.cannotReach = undefined;
}

/** The same, given up by its person; and come back by itself. */
async function interrupted(scene) {
  withoutBrowser(scene);
  await scene.protect({ server: usual });
  await scene.onTerminal(['login', '--auth-timeout', '10', scene.url], async (terminal) => {
    await terminal.shows(address, { timeout: 2000 });
    terminal.child.stdin.write('\u0003');
  });
  await scene.onTerminal(['login', '--auth-timeout', '10', scene.url], async (terminal) => {
    const [, url] = await terminal.shows(address, { timeout: 2000 });
    await scene.person.visit(url);
  }, { term: 'xterm' });
  await scene.onTerminal(['status'], () => {}, { term: 'xterm' });
}

/** A sign-in that is recorded, in a file that makes room, and shown. */
async function recorded(scene) {
  const full = JSON.stringify({ time: '2026-01-01T00:00:00.000000Z', us: 1, pid: 1, kind: 'note', text: 'x'.repeat(4 * 1024 * 1024 - 72_000) });
  const file = scene.file('trace', `${full}\n`);
  await scene.protect({ server: usual });
  const talk = scene.talk(['--trace', file, ...HOLD]);
  scene.visit();
  await converse(talk);
  await talk.leave();
  scene.shown.push(readFileSync(file, 'latin1'));
  await scene.command('trace', file);
  await scene.command('trace', '--html', join(scene.dir(), 'page.html'), file);
}

export const commands = { doctor, examined, config, configured, imported, mcpRemote, called, pasted, interrupted, recorded };
