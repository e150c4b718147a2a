// SPDX-License-Identifier: ISC
// A server on the official SDK 1.x in Streamable HTTP with sessions and an event
// store, having one of everything a server of the initialize era can do.
// Prints "port N" first.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { completable } from '@modelcontextprotocol/sdk/server/completable.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });

function memoryEventStore() {
  const events = new Map();
  return {
    async storeEvent(streamId, message) {
      const id = `${streamId}~${events.size}`;
      events.set(id, { streamId, message });
      return id;
    },
    async replayEventsAfter(last, { send }) {
      const { streamId } = events.get(last);
      let after = false;
      for (const [id, event] of events) {
        if (after && event.streamId === streamId) await send(id, event.message);
        after ||= id === last;
      }
      return streamId;
    },
  };
}

function addTools(mcp) {
  mcp.registerTool('add', { inputSchema: { a: z.number(), b: z.number() }, annotations: { readOnlyHint: true } },
    async ({ a, b }) => text(String(a + b)));
  mcp.registerTool('steps', { inputSchema: { count: z.number() } }, async ({ count }, extra) => {
    for (let progress = 1; progress <= count; progress += 1) {
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken: extra._meta.progressToken, progress, total: count },
      });
      await sleep(20);
    }
    return text('done');
  });
  mcp.registerTool('wait', {}, async (extra) => {
    await new Promise((resolve) => extra.signal.addEventListener('abort', resolve));
    console.log('wait was aborted');
    await mcp.server.sendLoggingMessage({ level: 'info', data: 'wait was cancelled' });
    return text('cancelled');
  });
  mcp.registerTool('ask', {}, async (extra) => text(await mcp.server.elicitInput({
    message: 'Ship?', requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } },
  }, { relatedRequestId: extra.requestId })));
  mcp.registerTool('twice', {}, async (extra) => {
    const ask = async (message) => (await mcp.server.elicitInput({
      message, requestedSchema: { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
    }, { relatedRequestId: extra.requestId })).content.word;
    const first = await ask('First?');
    return text(`${first} ${await ask(`After ${first}?`)}`);
  });
  mcp.registerTool('sample', {}, async () => text(await mcp.server.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: 'Say hi' } }], maxTokens: 5,
  })));
  mcp.registerTool('roots', {}, async () => text(await mcp.server.listRoots()));
  mcp.registerTool('ping-host', {}, async () => text(await mcp.server.ping()));
  mcp.registerTool('log', {}, async () => {
    await mcp.server.sendLoggingMessage({ level: 'warning', data: 'from the server' });
    return text('logged');
  });
  mcp.registerTool('say', {}, async (extra) => {
    await extra.sendNotification({ method: 'notifications/message', params: { level: 'warning', data: 'said' } });
    return text('said');
  });
  mcp.registerTool('drop-stream', {}, async (extra) => {
    extra.closeSSEStream();
    await sleep(50);
    return text('after the drop');
  });
  mcp.registerTool('grow', {}, async () => {
    mcp.registerTool('grown', {}, async () => text('new'));
    return text('grown');
  });
  mcp.registerTool('touch', { inputSchema: { uri: z.string() } }, async ({ uri }) => {
    await mcp.server.sendResourceUpdated({ uri });
    return text('touched');
  });
}

function addResources(mcp) {
  mcp.registerResource('a', 'test://a', {}, async (uri) => ({ contents: [{ uri: uri.href, text: 'resource a' }] }));
  mcp.registerResource('numbered', new ResourceTemplate('test://n/{n}', { list: undefined }), {},
    async (uri, { n }) => ({ contents: [{ uri: uri.href, text: `number ${n}` }] }));
  mcp.server.setRequestHandler(SubscribeRequestSchema, async () => ({}));
  mcp.server.setRequestHandler(UnsubscribeRequestSchema, async () => ({}));
  mcp.registerPrompt('greet', { argsSchema: { who: completable(z.string(), (v) => ['anna', 'bert'].filter((n) => n.startsWith(v))) } },
    ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Hello ${who}` } }] }));
}

function build() {
  const mcp = new McpServer({ name: 'sdk1', version: '1.0.0' }, {
    capabilities: { logging: {}, resources: { subscribe: true, listChanged: true }, tools: { listChanged: true } },
  });
  addTools(mcp);
  addResources(mcp);
  return mcp;
}

const sessions = new Map();

async function open() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID, eventStore: memoryEventStore(), retryInterval: 100,
    onsessioninitialized: (id) => { sessions.set(id, transport); },
  });
  transport.onclose = () => sessions.delete(transport.sessionId);
  await build().connect(transport);
  return transport;
}

const server = http.createServer(async (req, res) => {
  if (req.method === 'POST' && req.url === '/forget-sessions') {
    sessions.clear();
    res.end();
    return;
  }
  const id = req.headers['mcp-session-id'];
  if (id !== undefined && !sessions.has(id)) {
    res.writeHead(404, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify({ jsonrpc: '2.0', error: { code: -32001, message: 'Session not found' }, id: null }));
    return;
  }
  await (sessions.get(id) ?? await open()).handleRequest(req, res);
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
