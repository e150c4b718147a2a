// SPDX-License-Identifier: ISC
// HTTP+SSE of 2024-11-05 and its detection (T-070 to T-075).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { Host, clientInfo, withHost } from './lib/host.js';
import { rawServer } from './lib/rawserver.js';
import { legacyServer, rpc, sseServer } from './lib/scripted.js';

const initialize = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo };

async function withServer(options, use, hostOptions = {}) {
  const server = await sseServer(options);
  try {
    return await withHost({ url: server.sseUrl, ...hostOptions }, (host) => use(host, server));
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}

/** Refuses the POST with `status`, and offers SSE on GET at the same path. */
async function refusingServer(status, body = '') {
  const server = await rawServer((exchange, { method, path, json }) => {
    if (path === '/both' && method === 'POST') return exchange.send(status, { 'Content-Type': 'text/plain' }, body);
    if (method === 'GET') {
      server.stream = exchange.sse();
      return server.stream.send('/message', { event: 'endpoint' });
    }
    exchange.send(202, {}, '');
    if (json.method !== 'initialize') return undefined;
    return server.stream.send(rpc.ok(json.id, { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 's', version: '1' } }));
  });
  return server;
}

for (const status of [400, 404, 405]) {
  test(`T-070 a POST refused with ${status} falls back to SSE`, async () => {
    const server = await refusingServer(status);
    try {
      await withHost({ url: `${server.origin}/both` }, async (host) => {
        assert.ok((await host.request('initialize', initialize)).result);
        assert.equal(server.requests[0].method, 'POST');
      });
    } finally {
      await server.close();
    }
  });
}

for (const [status, kind] of [[401, undefined], [403, 'auth.forbidden'], [500, 'upstream.http'], [503, undefined]]) {
  test(`T-070 a POST refused with ${status} never falls back`, async () => {
    const server = await refusingServer(status);
    try {
      // Given credentials, so that no login begins.
      await withHost({ url: `${server.origin}/both`, args: ['--header', 'Authorization: Bearer x'] }, async (host) => {
        const answer = await host.request('initialize', initialize, { timeout: 20_000 });
        assert.equal(answer.error.data.source, 'mcp-bridge');
        if (kind) assertOwnError(answer, kind);
        assert.ok(server.requests.every(({ method }) => method === 'POST'));
      });
    } finally {
      await server.close();
    }
  });
}

for (const [status, body] of [[202, 'Accepted'], [200, 'Accepted'], [200, '{"jsonrpc":"2.0","id":99,"result":{}}'], [204, '']]) {
  test(`T-071 T-073 a conversation whose POSTs are answered ${status} ${body}`, async () => {
    await withServer({ post: (exchange) => exchange.send(status, status === 204 ? { 'Content-Length': null } : {}, body) }, async (host, server) => {
      await host.initialize({ version: '2024-11-05' });
      assert.equal(textOf(await host.request('tools/call', { name: 'echo', arguments: { n: 1 } })), '{"n":1}');
      server.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
      await host.waitForMethod('notifications/tools/list_changed');
      assert.ok(!host.messages.some(({ id }) => id === 99));
    });
  });
}

test('T-071 no endpoint event: an error after ten seconds at most', async () => {
  await withServer({ open: () => {} }, async (host) => {
    const answer = await host.request('initialize', initialize, { timeout: 15_000 });
    assert.equal(answer.error.data.source, 'mcp-bridge');
    assert.ok(answer.ms < 11_500 * timeScale, `${answer.ms} ms`);
  }, { args: ['--transport', 'sse'] });
});

for (const [name, reference, path] of [
  ['relative with a query', '/message?sessionId=1&x=%20y', '/message?sessionId=1&x=%20y'],
  ['relative to the directory', 'message?s=2', '/message?s=2'],
  ['absolute', '{origin}/message/abs', '/message/abs'],
  ['with dots', '../message', '/message'],
]) {
  test(`T-072 the endpoint ${name}`, async () => {
    await withServer({
      open: (stream, { headers }) => stream.send(reference.replace('{origin}', `http://${headers.host}`), { event: 'endpoint' }),
    }, async (host, server) => {
      await host.initialize({ version: '2024-11-05' });
      assert.equal(server.requests.find(({ json }) => json?.method === 'initialize' ).path, path);
    }, { args: ['--transport', 'sse'] });
  });
}

for (const reference of ['http://evil.example/message', 'http://127.0.0.1:1/message', 'https://{host}/message', 'file:///etc/passwd', '//evil.example/m']) {
  test(`T-072 the endpoint ${reference} is refused and said so`, async () => {
    await withServer({
      open: (stream, { headers }) => stream.send(reference.replace('{host}', headers.host), { event: 'endpoint' }),
    }, async (host, server) => {
      const answer = await host.request('initialize', initialize, { timeout: 15_000 });
      assert.equal(answer.error.data.source, 'mcp-bridge');
      assert.match(`${answer.error.message} ${answer.error.data.detail} ${host.stderr}`, /endpoint|origin/i);
      assert.ok(server.requests.every(({ method }) => method === 'GET' || server.requests[0].method === 'POST'));
    }, { args: ['--transport', 'sse'] });
  });
}

test('T-072 a later endpoint of the same origin replaces it', async () => {
  await withServer({}, async (host, server) => {
    await host.initialize({ version: '2024-11-05' });
    server.state.streams[0].send('/message/second', { event: 'endpoint' });
    await sleep(100);
    assert.ok((await host.request('tools/list')).result);
    assert.equal(server.requests.at(-1).path, '/message/second');
  });
});

test('T-073 a refused POST is an error for its request', async () => {
  await withServer({ on: { 'tools/call': (exchange) => exchange.send(500, { 'Content-Type': 'text/plain' }, 'no') } }, async (host) => {
    await host.initialize({ version: '2024-11-05' });
    assertOwnError(await host.request('tools/call', { name: 'x' }), 'upstream.http', -31500);
    assert.ok((await host.request('tools/list')).result);
  });
});

test('T-074 a lost stream fails what is in flight, then everything works again', async () => {
  await withServer({
    on: {
      'tools/call': (exchange, _request, { next }) => {
        exchange.send(202);
        if (server_.state.initialized > 1) return next();
        return setTimeout(() => server_.state.streams.at(-1).cut(), 30);
      },
    },
    open: (stream) => { stream.raw('retry: 100\n\n'); stream.send('/message', { event: 'endpoint' }); },
  }, async (host, server) => {
    server_ = server;
    await host.initialize({ version: '2024-11-05' });
    assertOwnError(await host.request('tools/call', { name: 'x' }, { id: 'lost' }), 'stream.lost', -31503);
    assert.equal(textOf(await host.request('tools/call', { name: 'echo', arguments: { again: 1 } })), '{"again":1}');
    assert.equal(server.state.initialized, 2);
    assertOneAnswerEach(host, ['init', 'lost']);
    assert.equal(server.requests.filter(({ method }) => method === 'DELETE').length, 0);
  });
});
let server_;

test('T-075 --transport skips detection', async () => {
  await withServer({}, async (host, server) => {
    await host.initialize({ version: '2024-11-05' });
    assert.equal(server.requests[0].method, 'GET');
    assert.ok(server.requests.filter(({ method }) => method === 'POST').every(({ path }) => path.startsWith('/message')));
  }, { args: ['--transport=sse'] });
  const server = await legacyServer({ on: { initialize: (exchange) => exchange.send(404, {}, '') } });
  try {
    const host = new Host({ url: server.url, args: ['--transport', 'http'] });
    const answer = await host.request('initialize', { ...initialize, protocolVersion: '2025-11-25' });
    assertOwnError(answer, 'upstream.http', -31500);
    assert.ok(server.requests.every(({ method }) => method === 'POST'));
    await host.stop();
  } finally {
    await server.close();
  }
});

test('leaving while the stream is open', async () => {
  await withServer({}, async (host) => {
    await host.initialize({ version: '2024-11-05' });
    const { ms } = await host.closeStdin();
    assert.ok(ms < 1000 * timeScale, `${ms} ms`);
  });
});
