// SPDX-License-Identifier: ISC
// What the cases on an initialize-based host before a stateless server share: a
// scripted server that refuses initialize, its subscriptions, and such a host.
import assert from 'node:assert/strict';
import { MODERN, withHost } from './host.js';
import { modernServer, rpc } from './scripted.js';

export const META = 'io.modelcontextprotocol/';
export const initializeParams = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
export const everything = { roots: { listChanged: true }, elicitation: {}, sampling: {} };

export const refuse = (exchange, { json }) => exchange.json(
  rpc.fail(json.id, -32022, 'Unsupported protocol version', { supported: [MODERN], requested: json.params?.protocolVersion ?? '' }), { status: 400 },
);

export const requestsOf = (server, method) => server.requests.filter(({ json }) => json?.method === method);
export const paramsOf = (server, method) => requestsOf(server, method).map(({ json }) => json.params);
export const methodsSeen = (server) => server.requests.map(({ method, json }) => json?.method ?? method);

/** Subscriptions of a scripted server: each stream as it came, acknowledged as `accept` says. */
export function listening({ accept = (wanted) => wanted } = {}) {
  const streams = [];
  const handler = (exchange, { json }) => {
    const { id, params } = json;
    const stream = exchange.sse();
    const tag = { _meta: { [`${META}subscriptionId`]: id } };
    Object.assign(stream, {
      id, wanted: params.notifications,
      tell: (method, more = {}) => stream.send({ jsonrpc: '2.0', method, params: { ...more, ...tag } }),
      finish: () => stream.send(rpc.ok(id, { resultType: 'complete', ...tag })),
    });
    streams.push(stream);
    const notifications = accept(params.notifications);
    if (notifications) stream.tell('notifications/subscriptions/acknowledged', { notifications });
  };
  const open = () => streams.filter((stream) => stream.open);
  const resources = () => open().find(({ wanted }) => wanted.resourceSubscriptions);
  const lists = () => open().find(({ wanted }) => !wanted.resourceSubscriptions);
  return { streams, handler, open, resources, lists };
}

export async function withServer({ on = {}, listen = listening(), capabilities = everything, version, args, env, initialize = true, ...options }, use) {
  const server = await modernServer({ on: { initialize: refuse, 'subscriptions/listen': listen.handler, ...on }, ...options });
  try {
    return await withHost({ url: server.url, args, env }, async (host) => {
      if (initialize) await host.initialize({ capabilities, version });
      return use(host, server, listen);
    });
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}


/** An answer to server/discover. */
export const discovery = ({ meta, ...more } = {}) => (exchange, { json }) => exchange.json(rpc.ok(json.id, {
  resultType: 'complete', supportedVersions: [MODERN], capabilities: {}, ttlMs: 0, cacheScope: 'private', ...more, ...(meta ? { _meta: meta } : {}),
}));

export const askRoots = { method: 'roots/list' };

export const ship = (host, options) => host.request('tools/call', { name: 'ship', arguments: { n: 1.50 } }, options);
