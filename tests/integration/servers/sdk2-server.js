// SPDX-License-Identifier: ISC
// A server on the official SDK 2.x: stateless 2026-07-28 ("modern", refusing the
// era before) or both eras ("dual"). Prints "port N" first. POST /publish/KIND
// raises a change for subscriptions.
import http from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { McpServer, acceptedContent, createMcpHandler, inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';

const [mode = 'modern'] = process.argv.slice(2);
const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const answer = z.object({ yes: z.boolean() });

function addTools(mcp) {
  mcp.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }), annotations: { readOnlyHint: true } },
    async ({ a, b }) => text(String(a + b)));
  mcp.registerTool('steps', { inputSchema: z.object({ count: z.number() }) }, async ({ count }, ctx) => {
    const { progressToken } = ctx.mcpReq._meta ?? {};
    for (let progress = 1; progress <= count; progress += 1) {
      await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: count } });
      await sleep(20);
    }
    return text('done');
  });
  mcp.registerTool('ship', { inputSchema: z.object({ n: z.number() }) }, async ({ n }, ctx) => {
    const accepted = acceptedContent(ctx.mcpReq.inputResponses, 'ok', answer);
    if (accepted) return text(`shipped ${n}: ${accepted.yes}`);
    return inputRequired({
      inputRequests: { ok: inputRequired.elicit({ message: 'Ship?', requestedSchema: answer }) },
      requestState: `state of ${n}`,
    });
  });
  mcp.registerTool('wait', { inputSchema: z.object({}) }, async (_args, ctx) => {
    await new Promise((resolve) => ctx.mcpReq.signal.addEventListener('abort', resolve));
    console.log('wait was aborted');
    return text('aborted');
  });
  mcp.registerTool('where', {
    inputSchema: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }), n: z.number().int().optional().meta({ 'x-mcp-header': 'N' }) }),
  }, async (args, ctx) => text({
    region: ctx.http.req.headers.get('mcp-param-region'), n: ctx.http.req.headers.get('mcp-param-n'), args,
  }));
}

function build() {
  const mcp = new McpServer({ name: 'sdk2', version: '2.0.0' }, {
    capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {} },
  });
  addTools(mcp);
  mcp.registerResource('a', 'test://a', {}, async (uri) => ({ contents: [{ uri: uri.href, text: 'resource a' }] }));
  return mcp;
}

const handler = createMcpHandler(build, { legacy: mode === 'dual' ? 'stateless' : 'reject' });

function webRequest(req, signal) {
  const headers = new Headers();
  for (let at = 0; at < req.rawHeaders.length; at += 2) headers.append(req.rawHeaders[at], req.rawHeaders[at + 1]);
  const body = req.method === 'POST' ? Readable.toWeb(req) : undefined;
  return new Request(`http://${req.headers.host}${req.url}`, { method: req.method, headers, body, duplex: 'half', signal });
}

const publish = {
  '/publish/tools': () => handler.notify.toolsChanged(),
  '/publish/resource': () => handler.notify.resourceUpdated('test://a'),
};

const server = http.createServer(async (req, res) => {
  if (req.url in publish) {
    publish[req.url]();
    res.end();
    return;
  }
  const gone = new AbortController();
  res.on('close', () => gone.abort());
  const response = await handler.fetch(webRequest(req, gone.signal));
  res.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body) {
    res.end();
    return;
  }
  res.flushHeaders();
  try {
    for await (const chunk of response.body) res.write(chunk);
  } catch { /* the peer left */ }
  res.end();
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
