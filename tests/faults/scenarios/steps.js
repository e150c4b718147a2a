// SPDX-License-Identifier: ISC
// What scenarios are made of.
import { rpc } from '../../integration/lib/scripted.js';
import { Authorities, openssl } from '../../integration/lib/authority.js';

export const HOLD = ['--hold-timeout', '2', '--auth-timeout', '10'];
export const echo = (n) => ['tools/call', { name: 'echo', arguments: { n } }];

/** Answers tools/call as an event stream with progress before the result. */
export function streaming(exchange, { json }) {
  const stream = exchange.sse();
  stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } }, { id: '1' });
  stream.send(rpc.ok(json.id, { content: [{ type: 'text', text: JSON.stringify(json.params.arguments) }] }), { id: '2' });
  stream.end();
}

function standing(exchange) {
  const stream = exchange.sse();
  stream.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }, { id: 'n1' });
}

export const usual = { on: { 'tools/call': streaming, GET: standing } };

export async function converse(talk) {
  await talk.initialize();
  await talk.ask('tools/list');
  await talk.ask(...echo(1));
  talk.notify('notifications/roots/list_changed');
}

let authorities;
/** Certificates of an authority of our own, made once. */
export function tlsFiles() {
  if (!authorities) {
    authorities = new Authorities();
    authorities.authority('ca');
    authorities.certificate('server');
    authorities.certificate('client', { san: 'DNS:client' });
    openssl('pkcs12', '-export', '-passout', 'pass:', '-inkey', authorities.at('client.key'), '-in', authorities.at('client.pem'), '-out', authorities.at('client.p12'));
  }
  return authorities;
}
