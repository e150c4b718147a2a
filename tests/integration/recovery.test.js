// SPDX-License-Identifier: ISC
// Streams that break and sessions that go (T-031 to T-039): resumed or reopened
// unseen where that is safe, an error where it is not, no call twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { sseEvent } from './lib/rawserver.js';
import { legacyServer, rpc } from './lib/scripted.js';

async function withServer(options, use, hostOptions = {}) {
  const server = await legacyServer(options);
  try {
    return await withHost({ url: server.url, ...hostOptions }, (host) => use(host, server));
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}

const answerText = (id, text) => rpc.ok(id, { content: [{ type: 'text', text }] });
const resumptions = (server) => server.requests.filter(({ method, headers }) => method === 'GET' && headers['last-event-id']);

test('T-031 T-032 a primed POST stream is resumed after its retry time', async () => {
  let closedAt;
  let call;
  await withServer({
    on: {
      GET: (exchange, { headers }) => {
        if (!headers['last-event-id']) return exchange.send(405);
        const stream = exchange.sse();
        stream.send(answerText(call, 'resumed'), { id: 'e2' });
        return stream.end();
      },
      'tools/call': (exchange, { json }) => {
        call = json.id;
        const stream = exchange.sse();
        stream.raw('id: e1\nretry: 300\ndata: \n\n');
        stream.end();
        closedAt = performance.now();
      },
    },
  }, async (host, server) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'resumed');
    const [resumption, ...more] = resumptions(server);
    assert.equal(more.length, 0);
    assert.equal(resumption.headers['last-event-id'], 'e1');
    const waited = resumption.at - closedAt;
    assert.ok(waited >= 290 && waited < 290 + 400 * timeScale, `${waited} ms`);
  });
});

test('T-032 two drops; the cursor is kept when a resumed stream brings no new id', async () => {
  const seen = [];
  let call;
  await withServer({
    on: {
      GET: (exchange, { headers }) => {
        if (!headers['last-event-id']) return exchange.send(405);
        seen.push(headers['last-event-id']);
        const stream = exchange.sse();
        if (seen.length === 1) return stream.cut();
        stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'again' } }, { id: 'e2' });
        if (seen.length === 2) return stream.cut();
        stream.send(answerText(call, 'at last'), { id: 'e3' });
        return stream.end();
      },
      'tools/call': (exchange, { json }) => {
        call = json.id;
        const stream = exchange.sse();
        stream.raw('id: e1\nretry: 20\ndata:\n\n');
        setTimeout(() => stream.cut(), 20);
      },
    },
  }, async (host, server) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'at last');
    assert.deepEqual(seen, ['e1', 'e1', 'e2']);
    assert.equal(server.requests.filter(({ json }) => json?.method === 'tools/call').length, 1);
  });
});

test('T-032 no resumption once the answer came', async () => {
  await withServer({
    on: {
      'tools/call': (exchange, { json }) => {
        const stream = exchange.sse();
        stream.send(answerText(json.id, 'here'), { id: 'e1', retry: 10 });
        setTimeout(() => stream.cut(), 10);
      },
    },
  }, async (host, server) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'here');
    await sleep(200);
    assert.equal(resumptions(server).length, 0);
  });
});

for (const status of [404, 400, 405]) {
  test(`T-032 T-033 ${status} to the resuming GET ends the request with an error`, async () => {
    await withServer({
      on: {
        GET: (exchange) => exchange.send(status),
        'tools/call': (exchange) => {
          const stream = exchange.sse();
          stream.raw('id: e1\nretry: 10\ndata:\n\n');
          stream.end();
        },
      },
    }, async (host, server) => {
      await host.initialize();
      assertOwnError(await host.request('tools/call', { name: 'x' }), 'stream.lost', -31503);
      assert.equal(server.requests.filter(({ json }) => json?.method === 'tools/call').length, 1);
    });
  });
}

for (const [how, end] of [['ends', (stream) => stream.end()], ['is cut', (stream) => stream.cut()]]) {
  test(`T-033 a stream without ids that ${how}: error, outcome unknown, not sent again`, async () => {
    let calls = 0;
    await withServer({
      on: { 'tools/call': (exchange) => { calls += 1; const stream = exchange.sse(); stream.raw(': hello\n\n'); setTimeout(() => end(stream), 20); } },
    }, async (host) => {
      await host.initialize();
      const answer = await host.request('tools/call', { name: 'x' });
      assertOwnError(answer, 'stream.lost', -31503);
      assert.equal(answer.error.data.retryable, false);
      await sleep(100);
      assert.equal(calls, 1);
      assert.ok((await host.request('ping')).result);
    });
  });
}

test('T-035 T-037 an expired session is reopened unseen, with level and subscriptions', async () => {
  await withServer({}, async (host, server) => {
    await host.initialize();
    await host.request('logging/setLevel', { level: 'warning' });
    await host.request('resources/subscribe', { uri: 'test://a' });
    await host.request('resources/subscribe', { uri: 'test://b' });
    await host.request('resources/unsubscribe', { uri: 'test://b' });
    const before = host.messages.length;
    server.state.session = 'session-2';
    assert.equal(textOf(await host.request('tools/call', { name: 'echo', arguments: { n: 1 } })), '{"n":1}');
    assert.equal(server.state.executed, 1);
    assert.equal(server.state.initialized, 2);
    const again = server.requests.filter(({ json }) => json?.method === 'initialize')[1];
    assert.equal(again.headers['mcp-session-id'], undefined);
    assert.notEqual(again.json.id, 'init');
    assert.deepEqual(again.json.params, server.requests[0].json.params);
    const inNew = server.requests.filter(({ headers }) => headers['mcp-session-id'] === 'session-2');
    assert.equal(inNew[0].json.method, 'notifications/initialized');
    await server.waitForRequest(({ json, headers }) => json?.method === 'resources/subscribe' && headers['mcp-session-id'] === 'session-2');
    const redone = server.requests.filter(({ headers }) => headers['mcp-session-id'] === 'session-2').map(({ json }) => json);
    assert.ok(redone.some((json) => json?.method === 'logging/setLevel' && json.params.level === 'warning'));
    assert.deepEqual(redone.filter((json) => json?.method === 'resources/subscribe').map(({ params }) => params.uri), ['test://a']);
    await host.waitForMethod('notifications/tools/list_changed');
    const shown = host.messages.slice(before).filter(({ method }) => method === undefined);
    assert.equal(shown.length, 1, 'the host saw more than its answer');
  });
});

test('T-035 requests in flight together share one new session', async () => {
  await withServer({}, async (host, server) => {
    await host.initialize();
    server.state.session = 'session-2';
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => host.request('tools/call', { name: 'echo', arguments: { n } })));
    assert.deepEqual(answers.map(textOf), Array.from({ length: 8 }, (_, n) => JSON.stringify({ n })));
    assert.equal(server.state.initialized, 2);
    assert.equal(server.state.executed, 8);
  });
});

test('T-035 a server that answers 404 for ever gets one more try, then an error', async () => {
  await withServer({
    on: { 'tools/list': (exchange, { json }) => exchange.json(rpc.fail(json.id, -32001, 'Session not found'), { status: 404 }) },
  }, async (host, server) => {
    await host.initialize();
    const { error } = await host.request('tools/list');
    assert.ok(error);
    assert.ok(server.state.initialized <= 2);
    assert.ok((await host.request('ping')).result);
  });
});

test('T-036 400 that speaks of the session counts as expiry, once', async () => {
  await withServer({
    on: {
      'tools/list': (exchange, { json, headers }, next) => (headers['mcp-session-id'] === 'session-1'
        ? exchange.json(rpc.fail(json.id, -32000, 'Bad Request: Server not initialized'), { status: 400 }) : next()),
      ping: (exchange, { json }) => exchange.json(rpc.ok(json.id, {})),
    },
  }, async (host, server) => {
    await host.initialize();
    await host.request('ping');
    server.state.session = 'session-2';
    assert.ok((await host.request('tools/list')).result);
    assert.equal(server.state.initialized, 2);
  });
});

test('T-037 server requests of the dead session are cancelled at the host, late replies dropped', async () => {
  let opened = 0;
  await withServer({
    on: {
      GET: (exchange) => {
        opened += 1;
        exchange.sse().send({ jsonrpc: '2.0', id: 1, method: 'roots/list', params: { _meta: { n: opened } } });
      },
    },
  }, async (host, server) => {
    await host.initialize({ capabilities: { roots: {} } });
    await host.waitForMethod('roots/list');
    server.state.session = 'session-2';
    assert.ok((await host.request('tools/list')).result);
    const cancelled = await host.waitForMethod('notifications/cancelled');
    assert.equal(cancelled.params.requestId, 1);
    await host.waitFor(({ method, params }) => method === 'roots/list' && params._meta.n === 2);
    host.send({ jsonrpc: '2.0', id: 1, result: { roots: [] } });
    const reply = await server.waitForRequest(({ json }) => json?.id === 1 && json.result);
    assert.equal(reply.headers['mcp-session-id'], 'session-2');
  });
});

test('T-037 a new session of another version fails the requests', async () => {
  let version = '2025-11-25';
  await withServer({
    on: {
      initialize: (exchange, { json }) => {
        exchange.json(rpc.ok(json.id, { protocolVersion: version, capabilities: {}, serverInfo: { name: 's', version: '1' } }), { headers: { 'Mcp-Session-Id': version } });
      },
      'tools/list': (exchange, { json, headers }) => (headers['mcp-session-id'] === version
        ? exchange.json(rpc.ok(json.id, { tools: [] })) : exchange.json(rpc.fail(null, -32001, 'gone'), { status: 404 })),
      'notifications/initialized': (exchange) => exchange.accepted(),
    },
  }, async (host) => {
    await host.initialize();
    version = '2025-03-26';
    const { error } = await host.request('tools/list');
    assert.ok(error);
  });
});

test('T-039 404 with -32601, or without a session, is no expiry', async () => {
  await withServer({
    on: { 'no/such': (exchange, { json }) => exchange.json(rpc.fail(json.id, -32601, 'Method not found'), { status: 404 }) },
  }, async (host, server) => {
    await host.initialize();
    assert.equal((await host.request('no/such')).error.code, -32601);
    assert.equal(server.state.initialized, 1);
  });
  await withServer({ session: null, on: { 'tools/list': (exchange) => exchange.send(404, { 'Content-Type': 'text/plain' }, 'nothing here') } }, async (host, server) => {
    await host.initialize();
    assertOwnError(await host.request('tools/list'), 'upstream.http', -31500);
    assert.equal(server.state.initialized, 1);
  });
});

test('T-039 a 404 on GET proves nothing', async () => {
  await withServer({ on: { GET: (exchange) => exchange.send(404) } }, async (host, server) => {
    await host.initialize();
    await host.request('tools/list');
    assert.equal(server.state.initialized, 1);
  });
});

test('A-110 an event of type error is an answer if it is JSON-RPC, else -31502', async () => {
  const bodies = {
    rpc: (id) => sseEvent(rpc.fail(id, -32000, 'inner'), { event: 'error' }),
    text: () => sseEvent('something broke', { event: 'error' }),
  };
  await withServer({
    on: { 'tools/call': (exchange, { json }) => { const stream = exchange.sse(); stream.raw(bodies[json.params.name](json.id)); setTimeout(() => stream.end(), 500); } },
  }, async (host) => {
    await host.initialize();
    assert.equal((await host.request('tools/call', { name: 'rpc' })).error.code, -32000);
    const answer = await host.request('tools/call', { name: 'text' });
    assertOwnError(answer, 'stream.error', -31502);
    assertOneAnswerEach(host, [1, 2]);
  });
});
