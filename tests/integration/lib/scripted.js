// SPDX-License-Identifier: ISC
// MCP servers by hand on the raw server, of either era: enough of the protocol
// to be talked to, each method replaceable by what the test wants to happen.
import { rawServer } from './rawserver.js';

const ok = (id, result) => ({ jsonrpc: '2.0', id, result });
const fail = (id, code, message, data) => ({ jsonrpc: '2.0', id, error: { code, message, data } });

export const rpc = { ok, fail };

const echoTool = { name: 'echo', inputSchema: { type: 'object', properties: { text: { type: 'string' } } } };

const capabilities = {
  tools: { listChanged: true }, resources: { subscribe: true, listChanged: true },
  prompts: { listChanged: true }, logging: {}, completions: {},
};

function textResult(text) {
  return { content: [{ type: 'text', text }] };
}

const answers = {
  ping: () => ({}),
  'tools/list': () => ({ tools: [echoTool] }),
  'tools/call': (params) => textResult(JSON.stringify(params.arguments ?? {})),
  'resources/list': () => ({ resources: [{ uri: 'test://a', name: 'a' }] }),
  'resources/read': (params) => ({ contents: [{ uri: params.uri, text: 'content' }] }),
  'resources/subscribe': () => ({}),
  'resources/unsubscribe': () => ({}),
  'prompts/list': () => ({ prompts: [] }),
  'prompts/get': () => ({ messages: [] }),
  'completion/complete': () => ({ completion: { values: [] } }),
  'logging/setLevel': () => ({}),
};

/**
 * A server of the initialize era. `on` maps a JSON-RPC method, or "GET" and
 * "DELETE", "response", "notification", to (exchange, request, next); `next`
 * gives the default answer. The session id is `session`, or changed later by
 * assigning server.session; null has none. Requests with another id get 404.
 */
export async function legacyServer({
  on = {}, session = 'session-1', version = '2025-11-25', instructions, declares = capabilities, ...options
} = {}) {
  const state = { session, initialized: 0, executed: 0 };

  function initialize(exchange, { json }) {
    state.initialized += 1;
    const result = {
      protocolVersion: version ?? json.params.protocolVersion,
      capabilities: declares, serverInfo: { name: 'scripted', version: '1' }, instructions,
    };
    const headers = state.session === null ? {} : { 'Mcp-Session-Id': state.session };
    exchange.json(ok(json.id, result), { headers });
  }

  function answer(exchange, { json }) {
    if (json.method === 'tools/call') state.executed += 1;
    const make = answers[json.method];
    exchange.json(make ? ok(json.id, make(json.params ?? {})) : fail(json.id, -32601, 'Method not found'));
  }

  function plain(exchange, request) {
    const { method, json, headers } = request;
    if (method === 'GET') return exchange.send(405, { Allow: 'POST' });
    if (method === 'DELETE') return exchange.send(200);
    if (json?.method === 'initialize') return initialize(exchange, request);
    if (state.session !== null && headers['mcp-session-id'] !== state.session) {
      return exchange.json(fail(json?.id ?? null, -32001, 'Session not found'), { status: 404 });
    }
    if (json?.id === undefined || json.method === undefined) return exchange.accepted();
    return answer(exchange, request);
  }

  function kindOf({ method, json }) {
    if (method !== 'POST') return method;
    if (json?.method === undefined) return 'response';
    return json.id === undefined && !(json.method in on) ? 'notification' : json.method;
  }

  const server = await rawServer((exchange, request) => {
    const handler = on[kindOf(request)];
    const next = () => plain(exchange, request);
    return handler ? handler(exchange, request, next) : next();
  }, options);
  return Object.assign(server, { state });
}

const META = 'io.modelcontextprotocol/';

/** The result of a 2026-07-28 server. */
export function complete(result, { cacheable = false } = {}) {
  const hints = cacheable ? { ttlMs: 0, cacheScope: 'private' } : {};
  return { resultType: 'complete', ...result, ...hints, _meta: { [`${META}serverInfo`]: { name: 'scripted', version: '1' } } };
}

/** A stateless server of 2026-07-28; `on` as above, "GET" and "DELETE" are refused. */
export async function modernServer({ on = {}, tools = [echoTool], tls } = {}) {
  const state = { executed: 0 };

  function result({ method, params }) {
    if (method === 'server/discover') {
      return complete({ supportedVersions: ['2026-07-28'], capabilities }, { cacheable: true });
    }
    if (method === 'tools/list') return complete({ tools }, { cacheable: true });
    if (method === 'tools/call') state.executed += 1;
    const make = answers[method];
    return make && complete(make(params ?? {}), { cacheable: /list$|read$/.test(method) });
  }

  function plain(exchange, { method, json }) {
    if (method !== 'POST') return exchange.send(405, { Allow: 'POST' });
    if (json.id === undefined) return exchange.accepted();
    const value = result(json);
    return value ? exchange.json(ok(json.id, value))
      : exchange.json(fail(json.id, -32601, 'Method not found'), { status: 404 });
  }

  const server = await rawServer((exchange, request) => {
    const handler = on[request.json?.method ?? request.method];
    const next = () => plain(exchange, request);
    return handler ? handler(exchange, request, next) : next();
  }, { tls });
  return Object.assign(server, { state });
}

/**
 * A server of 2024-11-05: GET /sse opens the stream whose first event names
 * the endpoint; messages are POSTed there and answered on the stream. `open`
 * (stream, request) may replace the first event, `on` the answers.
 */
export async function sseServer({ on = {}, open, version = '2024-11-05', post } = {}) {
  const state = { streams: [], executed: 0, initialized: 0 };
  const send = (message) => state.streams.at(-1)?.send(message, { event: 'message' });

  function react({ json }) {
    if (json.id === undefined || json.method === undefined) return;
    if (json.method === 'initialize') {
      state.initialized += 1;
      send(ok(json.id, { protocolVersion: version, capabilities, serverInfo: { name: 'scripted', version: '1' } }));
      return;
    }
    if (json.method === 'tools/call') state.executed += 1;
    const make = answers[json.method];
    send(make ? ok(json.id, make(json.params ?? {})) : fail(json.id, -32601, 'Method not found'));
  }

  const server = await rawServer((exchange, request) => {
    if (request.method === 'GET') {
      if (on.GET) return on.GET(exchange, request);
      const stream = exchange.sse();
      state.streams.push(stream);
      if (open) return open(stream, request);
      return stream.send('/message?sessionId=1', { event: 'endpoint' });
    }
    if (!request.path.startsWith('/message')) return exchange.send(404, { 'Content-Type': 'text/plain' }, 'no');
    const handler = on[request.json?.method];
    if (handler) return handler(exchange, request, { send, next: () => react(request) });
    (post ?? ((e) => e.send(202, { 'Content-Type': 'text/plain' }, 'Accepted')))(exchange);
    return react(request);
  });
  return Object.assign(server, { state, push: send, sseUrl: `${server.origin}/sse` });
}
