// SPDX-License-Identifier: ISC
// A server on the official SDK 2.x that does everything a server can do with a
// host: of 2026-07-28 alone ("stateless"), or of both eras, with sessions for
// older hosts ("dual"). Its tools are those of sdk1-server.js. Prints "port N"
// first.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  McpServer, WebStandardStreamableHTTPServerTransport, acceptedContent, completable, createMcpHandler, inputRequired, isLegacyRequest,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

const [mode = 'stateless'] = process.argv.slice(2);
const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const word = z.object({ word: z.string() });
const nothing = { inputSchema: z.object({}) };

/** Asks for the first word, then, knowing it, for the second. */
async function twice(_args, ctx) {
  const { inputResponses, requestState } = ctx.mcpReq;
  const ask = (key, message, state) => inputRequired({
    inputRequests: { [key]: inputRequired.elicit({ message, requestedSchema: word }) }, requestState: state,
  });
  const second = acceptedContent(inputResponses, 'second', word);
  if (second) return text(`${requestState()} ${second.word}`);
  const first = acceptedContent(inputResponses, 'first', word);
  return first ? ask('second', `After ${first.word}?`, first.word) : ask('first', 'First?', 'nothing yet');
}

/** Asks one question and returns the answer. */
const question = (make) => async (_args, ctx) => {
  const answer = ctx.mcpReq.inputResponses?.answer;
  return answer ? text(answer) : inputRequired({ inputRequests: { answer: make() } });
};

function addTools(mcp) {
  mcp.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }) }, async ({ a, b }) => text(String(a + b)));
  mcp.registerTool('steps', { inputSchema: z.object({ count: z.number() }) }, async ({ count }, ctx) => {
    const { progressToken } = ctx.mcpReq._meta ?? {};
    for (let progress = 1; progress <= count; progress += 1) {
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: count } });
      await sleep(20);
    }
    return text('done');
  });
  mcp.registerTool('wait', nothing, async (_args, ctx) => {
    await new Promise((resolve) => ctx.mcpReq.signal.addEventListener('abort', resolve));
    console.log('wait was aborted');
    return text('aborted');
  });
  mcp.registerTool('twice', nothing, twice);
  mcp.registerTool('sample', nothing, question(() => inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: 'Say hi' } }], maxTokens: 5,
  })));
  mcp.registerTool('roots', nothing, question(() => inputRequired.listRoots()));
  mcp.registerTool('say', nothing, async (_args, ctx) => {
    await ctx.mcpReq.log('warning', 'said');
    return text('said');
  });
  mcp.registerTool('touch', { inputSchema: z.object({ uri: z.string() }) }, async ({ uri }) => {
    modern.notify.resourceUpdated(uri);
    for (const { mcp: other } of sessions.values()) await other.server.sendResourceUpdated({ uri });
    return text('touched');
  });
}

function build() {
  const mcp = new McpServer({ name: 'pair', version: '2.0.0' }, {
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {} },
  });
  addTools(mcp);
  mcp.registerResource('a', 'test://a', {}, async (uri) => ({ contents: [{ uri: uri.href, text: 'resource a' }] }));
  mcp.registerPrompt('greet', {
    argsSchema: z.object({ who: completable(z.string(), (v) => ['anna', 'bert'].filter((name) => name.startsWith(v))) }),
  }, ({ who }) => ({ messages: [{ role: 'user', content: { type: 'text', text: `Hello ${who}` } }] }));
  return mcp;
}

const modern = createMcpHandler(build, { legacy: 'reject' });
const sessions = new Map();

async function openSession() {
  const mcp = build();
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID, onsessioninitialized: (id) => { sessions.set(id, { mcp, transport }); },
  });
  mcp.server.setRequestHandler('resources/subscribe', async () => ({}));
  mcp.server.setRequestHandler('resources/unsubscribe', async () => ({}));
  await mcp.connect(transport);
  return transport;
}

async function answer(request) {
  if (mode !== 'dual' || !await isLegacyRequest(request)) return modern.fetch(request);
  const { transport = await openSession() } = sessions.get(request.headers.get('mcp-session-id')) ?? {};
  return transport.handleRequest(request);
}

function webRequest(req, signal) {
  const body = req.method === 'POST' ? Readable.toWeb(req) : undefined;
  return new Request(`http://${req.headers.host}${req.url}`, { method: req.method, headers: Object.entries(req.headers), body, duplex: 'half', signal });
}

const server = http.createServer(async (req, res) => {
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  const response = await answer(webRequest(req, gone.signal));
  res.writeHead(response.status, Object.fromEntries(response.headers));
  res.flushHeaders();
  try {
    for await (const chunk of response.body ?? []) res.write(chunk);
  } catch { /* the peer left */ }
  res.end();
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
