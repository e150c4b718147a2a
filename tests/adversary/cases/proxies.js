// SPDX-License-Identifier: ISC
// Proxies that fail. The server's name means nothing to anybody but them, so
// what does not go through them goes nowhere.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authorities } from '../../integration/lib/authority.js';
import { scratchDir } from '../../integration/lib/bridge.js';
import { legacyServer } from '../../integration/lib/scripted.js';
import { freePort } from '../../integration/lib/servers.js';
import { ask, initializeParams } from '../attack.js';

const NAME = 'mcp-host.invalid';
let made;
function authorities() {
  if (!made) {
    made = new Authorities();
    made.authority('ca');
    made.certificate('server', { san: `DNS:${NAME}` });
  }
  return made;
}

async function listen(trial, accept) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  trial.defer(() => { for (const socket of sockets) socket.destroy(); server.close(); });
  return server.address().port;
}

/** Asks through a proxy at `port`; the password in its address must not be shown. */
async function through(trial, port, { secure = true, user = '', args = [], expectSecret = false } = {}) {
  const url = `${secure ? 'https' : 'http'}://${NAME}/mcp`;
  const proxy = `http://${user}127.0.0.1:${port}`;
  const host = trial.host({ url, args: ['--proxy', proxy, '--allow-http', '--ca-file', authorities().at('ca.pem'), '--connect-timeout', '2', '--request-timeout', '3', '--log-level', 'debug', ...args] });
  const outcome = await ask(host, 'initialize', initializeParams, { timeout: 12_000 });
  if (!expectSecret) assert.ok(!(host.stderr + host.lines.join()).includes('hunter2'), 'the password of the proxy is shown');
  await trial.end(host);
  return outcome;
}

function scripted(id, what, must, respond, options) {
  return {
    id: `proxy-${id}`, what, must: [must].flat(),
    async run(trial) {
      const server = await trial.use(legacyServer({ tls: authorities().pair('server') }));
      const port = await listen(trial, (socket) => {
        let head = '';
        const read = (chunk) => {
          head += chunk.toString('latin1');
          if (!head.includes('\r\n\r\n')) return;
          socket.removeListener('data', read);
          respond(socket, head, server);
        };
        socket.on('data', read);
      });
      return through(trial, port, { user: 'anna:hunter2@', ...options });
    },
  };
}

/** A tunnel to the server. */
function tunnel(socket, server) {
  const far = net.connect(server.port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(far);
    far.pipe(socket);
  });
  far.on('error', () => socket.destroy());
  socket.on('close', () => far.destroy());
  return far;
}

const fails = ['net.unreachable', 'net.timeout', 'upstream.http', 'upstream.protocol', 'net.tls', 'stream.lost', 'message.too_large'];
const status = (code, more = '') => (socket) => socket.end(`HTTP/1.1 ${code} X\r\n${more}Content-Length: 5\r\n\r\nsorry`);

const failing = [
  scripted('good', 'a proxy that does right', 'result', (socket, head, server) => tunnel(socket, server)),
  scripted('407', '407, whatever the password', fails, status(407, 'Proxy-Authenticate: Basic realm="x"\r\n')),
  scripted('407-loop', '407 on a connection that stays open', fails, (socket) => {
    const refuse = () => socket.write('HTTP/1.1 407 X\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n');
    refuse();
    socket.on('data', refuse);
  }),
  ...[302, 400, 403, 404, 500, 502, 503, 504].map((code) => scripted(`${code}`, `${code} to CONNECT`, fails, status(code, 'Location: http://169.254.169.254/\r\n'))),
  scripted('garbage', 'garbage to CONNECT', fails, (socket) => socket.end('\x00\xff\xfe garbage')),
  scripted('hang', 'no answer to CONNECT', fails, () => {}),
  scripted('drip', 'an answer to CONNECT without end', fails, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
    const timer = setInterval(() => socket.write('x'.repeat(100)), 10);
    socket.on('close', () => clearInterval(timer));
  }),
  scripted('giant', 'a head of 5 MB to CONNECT', fails, (socket) => socket.write(`HTTP/1.1 200 OK\r\nX-Giant: ${'y'.repeat(5_000_000)}\r\n\r\n`)),
  scripted('close', 'a close instead of an answer', fails, (socket) => socket.end()),
  scripted('reset', 'a reset instead of an answer', fails, (socket) => socket.resetAndDestroy()),
  scripted('200-close', 'a tunnel that ends at once', fails, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n')),
  scripted('200-hang', 'a tunnel in which nothing comes', fails, (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n')),
  scripted('200-body', 'a body before the tunnel', fails, (socket, head, server) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'); void server; }),
  scripted('cut', 'a tunnel cut during the handshake', fails, (socket, head, server) => { tunnel(socket, server).once('data', () => socket.destroy()); }),
  scripted('itself', 'a proxy that plays the server, without its certificate', 'net.tls', (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}'));
  }),
  scripted('plain-502', '502 to a plain request', 'upstream.http', status(502), { secure: false }),
  scripted('plain-407', '407 to a plain request', fails, status(407, 'Proxy-Authenticate: Basic realm="x"\r\n'), { secure: false }),
  scripted('plain-page', 'a page of the proxy to a plain request', fails, (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\n<h1>no '), { secure: false }),
];

const nobody = {
  id: 'proxy-nobody', what: 'no proxy where one should be', must: ['net.unreachable'],
  run: async (trial) => through(trial, await freePort()),
};

/** Real ones. */
function real(name, id, what, must, configure, options) {
  return {
    id: `proxy-${name}-${id}`, what: `${name}: ${what}`, must: [must].flat(),
    async run(trial) {
      if (spawnSync(name, ['-v']).error) return `skip: ${name} is not installed`;
      const port = await freePort();
      const config = join(scratchDir(), 'conf');
      writeFileSync(config, configure(port));
      const child = spawn(name, name === 'squid' ? ['-N', '-n', `p${port}`, '-f', config] : ['-d', '-c', config], { stdio: 'ignore' });
      const gone = new Promise((resolve) => child.once('close', resolve));
      trial.defer(async () => { child.kill(); await gone; });
      let up = false;
      for (let tries = 0; !up && tries < 400; tries += 1) {
        up = await new Promise((resolve) => {
          const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
          socket.on('error', () => resolve(false));
        });
        if (!up) await sleep(25);
      }
      assert.ok(up, `${name} did not start`);
      return through(trial, port, options);
    },
  };
}

const tinyproxy = (more) => (port) => `Port ${port}\nListen 127.0.0.1\nTimeout 5\nMaxClients 20\nConnectPort 443\n${more}`;
const squid = (more) => (port) => `http_port 127.0.0.1:${port}\npid_filename none\ncoredump_dir /tmp\ncache_log /dev/null\naccess_log none\n` +
  `netdb_filename none\nshutdown_lifetime 0\nmemory_cache_shared off\ncollapsed_forwarding off\nconnect_timeout 1 second\n${more}\n`;
const auth = 'BasicAuth anna hunter2\n';

const programs = [
  real('tinyproxy', 'unknown', 'a host it does not find', fails, tinyproxy('')),
  real('tinyproxy', 'no-password', 'a password is wanted, none given', fails, tinyproxy(auth)),
  real('tinyproxy', 'wrong-password', 'a wrong password', fails, tinyproxy(auth), { user: 'anna:wrong@' }),
  real('tinyproxy', 'password', 'the right password, a host it does not find', fails, tinyproxy(auth), { user: 'anna:hunter2@' }),
  real('squid', 'unknown', 'a host it does not find', fails, squid('http_access allow all')),
  real('squid', 'denied', 'it lets nobody through', fails, squid('http_access deny all')),
  real('squid', 'plain-denied', 'it lets nobody through, by plain http', ['upstream.http', 'auth.forbidden'], squid('http_access deny all'), { secure: false }),
];

export const cases = [...failing, nobody, ...programs];
