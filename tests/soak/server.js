// SPDX-License-Identifier: ISC
// The soak's other side, a process of its own: an authorization server whose
// tokens live for seconds and an MCP server that trusts it and, told so by its
// parent, loses its sessions or its connections.
import { scriptedAs, scriptedResource } from '../integration/lib/scripted-as.js';
import { rpc } from '../integration/lib/scripted.js';

const [lifetime] = process.argv.slice(2).map(Number);

const text = (json) => ({ content: [{ type: 'text', text: JSON.stringify(json.params.arguments) }] });
const progress = (json, n) => ({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: json.params._meta.progressToken, progress: n } });

/** As the tool's name says: at once, by an event stream with progress, after a while. */
const tools = {
  plain: (exchange, json) => exchange.json(rpc.ok(json.id, text(json))),
  streamed: (exchange, json) => {
    const events = exchange.sse();
    for (let n = 1; n <= 3; n += 1) events.send(progress(json, n));
    events.send(rpc.ok(json.id, text(json)));
    events.end();
  },
  slow: (exchange, json) => { setTimeout(() => { if (!exchange.socket.destroyed) exchange.json(rpc.ok(json.id, text(json))); }, 50); },
};

const as = await scriptedAs({ lifetime });
as.on.token = (exchange, request, next) => {
  const known = new Set(as.access.keys());
  next();
  for (const token of as.access.keys()) if (!known.has(token)) setTimeout(() => as.access.delete(token), lifetime * 1000);
};
const server = await scriptedResource(as, {
  open: ['initialize', 'notifications/initialized'],
  on: { 'tools/call': (exchange, { json }) => tools[json.params.name](exchange, json), GET: (exchange) => { exchange.sse(); } },
});
setInterval(() => { server.requests.length = 0; as.server.requests.length = 0; as.forms.length = 0; as.attempts.length = 0; }, 1000);

const acts = {
  restart: () => { server.state.session = `session-${Date.now()}`; server.dropConnections(); },
  cut: () => server.dropConnections(),
  end: () => process.exit(0),
};
process.on('message', (what) => acts[what]());
process.on('disconnect', acts.end);
process.send({ url: server.url });
