// SPDX-License-Identifier: ISC
// Authorization servers under the names of real ones: a scripted server with a
// certificate for that name, and a proxy that brings every site to it.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { Authorities } from './authority.js';
import { Person } from './browser.js';
import { scriptedAs, scriptedResource } from './scripted-as.js';
import { withPlace } from './signin.js';

let authorities;
const known = new Set();

/** { key, cert } for a host name, of an authority made once. */
function certificateFor(host) {
  if (!authorities) {
    authorities = new Authorities();
    authorities.authority('ca');
  }
  if (!known.has(host)) authorities.certificate(host, { san: `DNS:${host}` });
  known.add(host);
  return authorities.pair(host);
}

/** An HTTP proxy for which there is one server in the world, at `port`. */
async function proxyTo(port) {
  const proxy = http.createServer();
  const sockets = new Set();
  proxy.hosts = [];
  proxy.on('connection', (socket) => sockets.add(socket));
  proxy.on('connect', ({ url }, client) => {
    proxy.hosts.push(url);
    const there = net.connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connected\r\n\r\n'));
    for (const [from, to] of [[client, there], [there, client]]) from.on('error', () => to.destroy()).pipe(to);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${proxy.address().port}`,
    stop() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  });
}

/** `use(place)` at a provider: `as` options of scriptedAs, issuer included, `server` of scriptedResource. */
export async function withProvider({ as: asOptions, server: serverOptions = {} }, use) {
  const as = await scriptedAs({ ...asOptions, tls: certificateFor(new URL(asOptions.issuer).hostname) });
  const server = await scriptedResource(as, { open: ['initialize', 'notifications/initialized'], ...serverOptions });
  const proxy = await proxyTo(as.server.port);
  const caFile = authorities.at('ca.pem');
  const person = new Person({ via: { port: as.server.port, ca: readFileSync(caFile) } });
  try {
    return await withPlace(as, server, use, { person, args: ['--ca-file', caFile, '--proxy', proxy.url] });
  } finally {
    proxy.stop();
  }
}
