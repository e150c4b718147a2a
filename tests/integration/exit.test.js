// SPDX-License-Identifier: ISC
// Leaving: within 1 s of EOF and 0.5 s of a signal in every state (T-010, T-011),
// and never because a request failed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { Host, envelope } from './lib/host.js';
import { legacyServer, modernServer, sseServer } from './lib/scripted.js';

const initialize = { jsonrpc: '2.0', id: 'init', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } } };

async function session(host) {
  await host.initialize();
  await host.request('ping');
}

const hang = () => {};

/** Each state: how the server is, and what brings the bridge there. */
const states = {
  'nothing said yet': { start: () => legacyServer(), enter: () => sleep(100) },
  'initialize unanswered': { start: () => legacyServer({ on: { initialize: hang } }), enter: (host) => host.send(initialize) },
  'an idle session': { start: () => legacyServer(), enter: session },
  'the standing stream open': { start: () => legacyServer({ on: { GET: (exchange) => { exchange.sse(); } } }), enter: session },
  'GET unanswered': { start: () => legacyServer({ on: { GET: hang } }), enter: (host) => host.initialize() },
  'a call in flight': {
    start: () => legacyServer({ on: { 'tools/call': hang } }),
    enter: async (host) => { await session(host); host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x' } }); },
  },
  'a call streaming': {
    start: () => legacyServer({ on: { 'tools/call': (exchange) => { exchange.sse().raw(': on\n\n'); } } }),
    enter: async (host) => { await session(host); host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x' } }); },
  },
  'a stream waiting to be resumed': {
    start: () => legacyServer({ on: { 'tools/call': (exchange) => { const stream = exchange.sse(); stream.raw('id: 1\nretry: 60000\ndata:\n\n'); stream.end(); } } }),
    enter: async (host) => { await session(host); host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x' } }); },
  },
  'a retry pending': {
    start: () => legacyServer({ on: { 'tools/list': (exchange) => exchange.send(503, { 'Retry-After': '30' }) } }),
    enter: async (host) => { await session(host); host.send({ jsonrpc: '2.0', id: 9, method: 'tools/list' }); },
  },
  'a request half uploaded': {
    start: () => legacyServer(),
    enter: async (host, server) => {
      await session(host);
      server.onSocket = (socket) => socket.pause();
      server.dropConnections();
      host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x'.repeat(20e6) } });
    },
  },
  'DELETE unanswered': { start: () => legacyServer({ on: { DELETE: hang } }), enter: session },
  'HTTP+SSE': { start: async () => { const server = await sseServer(); return Object.assign(server, { startUrl: server.sseUrl }); }, enter: (host) => host.initialize({ version: '2024-11-05' }) },
  'a modern call in flight': {
    start: () => modernServer({ on: { 'tools/call': hang } }),
    enter: (host) => host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x', _meta: envelope() } }),
  },
  'an address that does not answer': { start: async () => ({ startUrl: 'https://192.0.2.1/mcp', close: async () => {} }), enter: (host) => host.send(initialize) },
};

const departures = {
  EOF: { leave: (host) => host.closeStdin(), within: 1000, codes: [0] },
  SIGTERM: { leave: (host) => host.kill('SIGTERM'), within: 500, codes: [0, 128 + 15] },
  SIGINT: { leave: (host) => host.kill('SIGINT'), within: 500, codes: [0, 128 + 2] },
  SIGHUP: { leave: (host) => host.kill('SIGHUP'), within: 500, codes: [0, 128 + 1] },
};

for (const [state, { start, enter }] of Object.entries(states)) {
  for (const [way, { leave, within, codes }] of Object.entries(departures)) {
    test(`T-010 T-011 ${way} with ${state}`, async () => {
      const server = await start();
      const host = new Host({ url: server.startUrl ?? server.url, args: ['--proxy', 'none'] });
      try {
        await enter(host, server);
        await sleep(120);
        const { code, signal, ms } = await leave(host);
        assert.ok(ms < within * timeScale, `${Math.round(ms)} ms`);
        assert.ok(codes.includes(code) || (way !== 'EOF' && signal === way), `exit ${code} ${signal}; ${host.stderr}`);
        assert.deepEqual(host.violations, []);
        assert.doesNotMatch(host.stderr, /Sanitizer/);
      } finally {
        await host.discard();
        await server.close();
      }
    });
  }
}

for (const [when, enter] of [['when idle', session], ['right after initialized', (host) => host.initialize()], ['before anything', () => sleep(50)]]) {
  test(`T-010 a bridge with nothing to wait for leaves at once, ${when}`, async () => {
    const server = await legacyServer({ on: { GET: async (exchange, request, next) => { await sleep(50); next(); } } });
    const host = new Host({ url: server.url });
    try {
      await enter(host);
      const { ms } = await host.closeStdin();
      assert.ok(ms < 300 * timeScale, `${Math.round(ms)} ms`);
    } finally {
      await host.discard();
      await server.close();
    }
  });
}

test('T-010 EOF answers what is in flight: an error at the latest', async () => {
  const server = await legacyServer({ on: { 'tools/call': hang } });
  const host = new Host({ url: server.url });
  try {
    await session(host);
    host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x' } });
    await server.waitForRequest(({ json }) => json?.id === 9);
    await host.closeStdin();
    assert.equal(host.answersTo(9).length, 1);
    assert.equal(host.answersTo(9)[0].error.data.source, 'mcp-bridge');
  } finally {
    await host.discard();
    await server.close();
  }
});

test('no failure of a request ends the process', async () => {
  const status = ['400', '401', '403', '404', '410', '418', '500', '503'];
  const server = await legacyServer({ on: { 'tools/call': (exchange, { json }) => exchange.send(Number(json.params.name), {}, 'no') } });
  const host = new Host({ url: server.url, args: ['--header', 'Authorization: Bearer x'] });
  try {
    await host.initialize();
    for (const name of status) assert.ok((await host.request('tools/call', { name })).error, name);
    assert.ok((await host.request('ping')).result);
    await host.stop();
  } finally {
    await host.discard();
    await server.close();
  }
});
