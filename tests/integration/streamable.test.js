// SPDX-License-Identifier: ISC
// Streamable HTTP of 2025-03-26 to 2025-11-25 (T-020 to T-043), without the
// recovery of sessions and streams, which has recovery.test.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
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

const posts = (server) => server.requests.filter(({ method }) => method === 'POST');
const posted = (server, name) => posts(server).find(({ json }) => json.method === name);

test('T-020 T-021 T-022 T-023 headers of every kind of request', async () => {
  const server = await legacyServer({
    version: '2025-06-18',
    on: { GET: (exchange) => { exchange.sse().send({ jsonrpc: '2.0', id: 's1', method: 'ping' }); } },
  });
  try {
    await withHost({ url: server.url }, async (host) => {
      host.on('ping', () => ({}));
      await host.initialize();
      await host.request('tools/list');
      await server.waitForRequest(({ json }) => json?.id === 's1');
    });
    for (const { headers } of posts(server)) {
      assert.match(headers.accept, /application\/json/);
      assert.match(headers.accept, /text\/event-stream/);
      assert.match(headers['content-type'], /^application\/json/);
      assert.equal(headers.origin, undefined);
      assert.equal(headers.expect, undefined);
    }
    const first = posted(server, 'initialize');
    assert.equal(first.headers['mcp-session-id'], undefined);
    assert.equal(first.headers['mcp-protocol-version'], undefined);
    const later = server.requests.filter((request) => request !== first);
    assert.deepEqual([...new Set(later.map(({ method }) => method))].sort(), ['DELETE', 'GET', 'POST']);
    for (const { headers, method } of later) {
      assert.equal(headers['mcp-session-id'], 'session-1', method);
      assert.equal(headers['mcp-protocol-version'], '2025-06-18', method);
      assert.equal(headers['mcp-method'], undefined);
      assert.equal(headers['mcp-name'], undefined);
    }
    const get = server.requests.find(({ method }) => method === 'GET');
    assert.match(get.headers.accept, /text\/event-stream/);
    assert.equal(get.headers['last-event-id'], undefined);
  } finally {
    await server.close();
  }
});

test('T-022 a session id on a later response is ignored, a bad one refused', async () => {
  await withServer({
    session: null,
    on: { 'tools/list': (exchange, { json }) => exchange.json(rpc.ok(json.id, { tools: [] }), { headers: { 'Mcp-Session-Id': 'late' } }) },
  }, async (host, server) => {
    await host.initialize();
    await host.request('tools/list');
    await host.request('ping');
    assert.ok(server.requests.every(({ headers }) => headers['mcp-session-id'] === undefined));
  });
  for (const session of ['with space', 'x'.repeat(2000)]) {
    await withServer({ session, on: { ping: (exchange, { json }) => exchange.json(rpc.ok(json.id, {})) } }, async (host, server) => {
      const answer = await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } });
      assert.ok(answer.result || answer.error);
      assert.ok(server.requests.every(({ headers }) => headers['mcp-session-id'] !== session));
      assert.ok(!host.stderr.includes(session));
    });
  }
});

test('T-022 session ids are never logged', async () => {
  await withServer({ session: 'SECRET-SESSION-4711' }, async (host) => {
    await host.initialize();
    await host.request('tools/list');
    assert.ok(!host.stderr.includes('SECRET-SESSION'));
  }, { args: ['--log-level', 'debug'] });
});

test('T-023 a version the bridge does not know is used all the same', async () => {
  await withServer({ version: '2031-01-01' }, async (host, server) => {
    assert.equal((await host.initialize()).protocolVersion, '2031-01-01');
    await host.request('ping');
    assert.equal(posted(server, 'ping').headers['mcp-protocol-version'], '2031-01-01');
  });
});

test('T-024 nothing goes out before the answer to initialize and initialized', async () => {
  await withServer({
    on: {
      initialize: async (exchange, request, next) => { await sleep(100); next(); },
      'notifications/initialized': async (exchange) => { await sleep(100); exchange.accepted(); },
    },
  }, async (host, server) => {
    const list = host.expectAnswer('list');
    host.send({ jsonrpc: '2.0', id: 'init', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } } });
    host.notify('notifications/initialized');
    host.send({ jsonrpc: '2.0', id: 'list', method: 'tools/list' });
    assert.ok((await list).result);
    const [first, second, third] = posts(server);
    assert.equal(first.json.method, 'initialize');
    assert.equal(second.json.method, 'notifications/initialized');
    assert.ok(second.at - first.at >= 95, 'initialized overtook the answer to initialize');
    assert.ok(third.at - second.at >= 95, 'tools/list overtook initialized');
  });
});

test('T-024 a cancel never overtakes the request it refers to', async () => {
  const on = { 'tools/call': () => {}, ping: async (exchange, request, next) => { await sleep(100); next(); } };
  await withServer({ on }, async (host, server) => {
    await host.initialize();
    // On connections that stand already: a new one may be read late.
    await Promise.all(Array.from({ length: 30 }, () => host.request('ping')));
    const ids = Array.from({ length: 20 }, (_, n) => 100 + n);
    for (const id of ids) {
      host.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo' } });
      host.notify('notifications/cancelled', { requestId: id });
    }
    host.notify('notifications/last');
    await server.waitForRequest(({ json }) => json?.method === 'notifications/last');
    await sleep(200);
    for (const id of ids) {
      const call = server.requests.findIndex(({ json }) => json?.id === id);
      const cancel = server.requests.findIndex(({ json }) => json?.params?.requestId === id);
      // A call that had not left yet may be dropped, then with its cancel.
      assert.ok(call < 0 ? cancel < 0 : cancel > call, `call ${id} at ${call}, its cancel at ${cancel}`);
    }
  });
});

test('T-025 JSON and event-stream replies', async () => {
  await withServer({
    on: {
      'tools/list': (exchange, { json }) => {
        const stream = exchange.sse({ headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } });
        stream.raw(': comment\n\n');
        stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } }, { event: 'message' });
        stream.send(rpc.ok(json.id, { tools: [] }));
        stream.end();
      },
    },
  }, async (host) => {
    await host.initialize();
    const { result } = await host.request('tools/list');
    assert.deepEqual(result, { tools: [] });
    const order = host.messages.slice(-2).map(({ method }) => method);
    assert.deepEqual(order, ['notifications/message', undefined]);
  });
});

for (const [status, body] of [[202, ''], [204, null], [200, ''], [200, 'null'], [200, '{}'], [200, 'Accepted']]) {
  test(`T-026 ${status} with body ${JSON.stringify(body)} accepts a notification`, async () => {
    await withServer({
      on: {
        notification: (exchange) => exchange.send(status, { 'Content-Type': 'application/json', ...(body === null ? { 'Content-Length': null } : {}) }, body ?? ''),
      },
    }, async (host) => {
      await host.initialize();
      const count = host.messages.length;
      host.notify('notifications/roots/list_changed');
      assert.ok((await host.request('ping')).result);
      assert.equal(host.messages.length, count + 1);
    });
  });
}

test('T-027 T-029 202 to a request: the answer may come on the GET stream', async () => {
  let standing;
  await withServer({
    on: {
      GET: (exchange) => { standing = exchange.sse(); },
      'tools/call': (exchange, { json }) => {
        exchange.accepted();
        setTimeout(() => standing.send(rpc.ok(json.id, { content: [{ type: 'text', text: 'by GET' }] })), 50);
      },
    },
  }, async (host) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'by GET');
  });
});

for (const status of [400, 404, 405, 406, 501]) {
  test(`T-028 GET answered ${status}: no standing stream and no retry loop`, async () => {
    await withServer({ on: { GET: (exchange) => exchange.send(status, {}, '') } }, async (host, server) => {
      await host.initialize();
      assert.ok((await host.request('tools/list')).result);
      await sleep(1300);
      assert.equal(server.requests.filter(({ method }) => method === 'GET').length, 1);
      assert.equal(server.state.initialized, 1);
    });
  });
}

test('T-028 GET answered 200 with something else than a stream', async () => {
  await withServer({ on: { GET: (exchange) => exchange.send(200, { 'Content-Type': 'text/html' }, '<p>hello</p>') } }, async (host, server) => {
    await host.initialize();
    assert.ok((await host.request('tools/list')).result);
    await sleep(1300);
    assert.equal(server.requests.filter(({ method }) => method === 'GET').length, 1);
  });
});

test('T-028 GET answered 409 is tried again', async () => {
  let gets = 0;
  await withServer({
    on: { GET: (exchange) => { gets += 1; return gets === 1 ? exchange.send(409) : exchange.sse(); } },
  }, async (host, server) => {
    await host.initialize();
    await host.request('ping');
    for (let tries = 0; gets < 2 && tries < 100; tries += 1) await sleep(50);
    assert.equal(gets, 2);
    assert.equal(server.state.initialized, 1);
  });
});

test('T-028 later messages wait for the headers of the standing stream, but not for ever', async () => {
  let getAt;
  let openedAt;
  await withServer({
    on: {
      GET: async (exchange) => { getAt = performance.now(); await sleep(200); openedAt = performance.now(); exchange.sse(); },
    },
  }, async (host, server) => {
    await host.initialize();
    await host.request('tools/list');
    assert.ok(posted(server, 'tools/list').at >= openedAt, 'tools/list went before the stream stood');
    assert.ok(getAt >= posted(server, 'notifications/initialized').at);
  });
  await withServer({ on: { GET: () => {} } }, async (host) => {
    await host.initialize();
    const { ms } = await host.request('tools/list');
    assert.ok(ms < 4000 * timeScale, `${ms} ms`);
  });
});

test('T-028 the standing stream is reopened when it ends', async () => {
  const streams = [];
  await withServer({
    on: { GET: (exchange) => { const stream = exchange.sse(); streams.push(stream); stream.raw('retry: 50\n\n'); } },
  }, async (host) => {
    await host.initialize();
    await host.request('tools/list');
    streams[0].end();
    for (let tries = 0; streams.length < 2 && tries < 100; tries += 1) await sleep(20);
    assert.equal(streams.length, 2);
    streams[1].send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    await host.waitForMethod('notifications/tools/list_changed');
  });
});

test('T-030 T-041 server requests reach the host, its replies the server', async () => {
  let stream;
  await withServer({
    on: {
      GET: (exchange) => { stream = exchange.sse(); stream.send({ jsonrpc: '2.0', id: 0, method: 'ping' }); },
      'tools/call': async (exchange, { json }) => {
        const own = exchange.sse();
        own.send({ jsonrpc: '2.0', id: 'ask', method: 'elicitation/create', params: { message: 'Ship?', requestedSchema: { type: 'object', properties: {} } } });
        exchange.done = () => { own.send(rpc.ok(json.id, { content: [{ type: 'text', text: 'thanks' }] })); own.end(); };
        pending = exchange;
      },
      response: (exchange, { json }) => {
        exchange.accepted();
        if (json.id === 'ask') pending.done();
      },
    },
  }, async (host, server) => {
    host.on('ping', () => ({}));
    host.on('elicitation/create', () => ({ action: 'accept', content: {} }));
    await host.initialize({ capabilities: { elicitation: {} } });
    assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'thanks');
    const replies = posts(server).filter(({ json }) => json.method === undefined);
    assert.deepEqual(replies.map(({ json }) => json.id).sort(), [0, 'ask'].sort());
    assert.deepEqual((await host.request('ping')).result, {});
  });
});
let pending;

test('T-034 cancelling POSTs the notification and leaves the stream open', async () => {
  let stream;
  await withServer({ on: { 'tools/call': (exchange) => { stream = exchange.sse(); } } }, async (host, server) => {
    await host.initialize();
    host.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'x' } });
    await server.waitForRequest(({ json }) => json?.id === 9);
    await sleep(50);
    host.notify('notifications/cancelled', { requestId: 9, reason: 'no need' });
    const cancel = await server.waitForRequest(({ json }) => json?.method === 'notifications/cancelled');
    assert.deepEqual(cancel.json.params, { requestId: 9, reason: 'no need' });
    await sleep(200);
    assert.ok(stream.open, 'the stream was closed');
    assert.equal(host.answersTo(9).length, 0);
  });
});

test('T-038 DELETE at the end; 405, 404 and silence are all fine', async () => {
  for (const remove of [(exchange) => exchange.send(405), (exchange) => exchange.send(404), () => {}]) {
    const server = await legacyServer({ on: { DELETE: remove } });
    try {
      const { ms } = await withHost({ url: server.url }, async (host) => {
        await host.initialize();
        return host.closeStdin();
      });
      assert.ok(ms < 1000 * timeScale, `${ms} ms`);
      const deletes = server.requests.filter(({ method }) => method === 'DELETE');
      assert.equal(deletes.length, 1);
    } finally {
      await server.close();
    }
  }
});

test('T-038 no DELETE without a session', async () => {
  const server = await legacyServer({ session: null });
  try {
    await withHost({ url: server.url }, (host) => host.initialize());
    assert.equal(server.requests.filter(({ method }) => method === 'DELETE').length, 0);
  } finally {
    await server.close();
  }
});

for (const [method, params] of [['tools/list'], ['resources/read', { uri: 'test://a' }], ['prompts/get', { name: 'p' }], ['completion/complete', { ref: {}, argument: {} }]]) {
  test(`T-040 ${method} is tried again after 503 with Retry-After`, async () => {
    let tries = 0;
    await withServer({
      on: { [method]: (exchange, request, next) => { tries += 1; return tries === 1 ? exchange.send(503, { 'Retry-After': '1' }) : next(); } },
    }, async (host) => {
      await host.initialize();
      const answer = await host.request(method, params);
      assert.ok(answer.result, JSON.stringify(answer.error));
      assert.ok(answer.ms >= 950, `after ${answer.ms} ms`);
      assert.equal(tries, 2);
    });
  });
}

test('T-040 tools/call is never tried again; the refusal names the wait', async () => {
  let tries = 0;
  await withServer({
    on: { 'tools/call': (exchange) => { tries += 1; exchange.send(429, { 'Retry-After': '7' }, 'slow down'); } },
  }, async (host) => {
    await host.initialize();
    const answer = await host.request('tools/call', { name: 'x' });
    assertOwnError(answer, 'upstream.rate_limited', -31429);
    assert.equal(answer.error.data.retryAfter, 7);
    assert.equal(tries, 1);
  });
});

test('T-040 at most three retries', async () => {
  let tries = 0;
  await withServer({
    on: { 'tools/list': (exchange) => { tries += 1; exchange.send(429, { 'Retry-After': '1' }); } },
  }, async (host) => {
    await host.initialize();
    assertOwnError(await host.request('tools/list'), 'upstream.rate_limited', -31429);
    assert.ok(tries >= 2 && tries <= 4, `${tries} requests`);
  });
});

for (const status of [400, 404, 500]) {
  for (const id of ['own', null, undefined]) {
    test(`T-042 ${status} with a JSON-RPC error of id ${id} is relayed under the host's id`, async () => {
      await withServer({
        session: null,
        on: {
          'tools/call': (exchange, { json }) => {
            const body = { jsonrpc: '2.0', error: { code: -32602, message: 'bad tool', data: { n: 1 } } };
            if (id !== undefined) body.id = id === 'own' ? json.id : id;
            exchange.json(body, { status });
          },
        },
      }, async (host) => {
        await host.initialize();
        const { error } = await host.request('tools/call', { name: 'x' }, { id: 'call' });
        assert.deepEqual(error, { code: -32602, message: 'bad tool', data: { n: 1 } });
        assertOneAnswerEach(host, ['call']);
      });
    });
  }
}

test('T-042 an HTML error becomes a readable error of the bridge', async () => {
  const page = `<html>\u001b[31m<h1>502 Bad Gateway</h1>${'x'.repeat(5000)}</html>`;
  await withServer({ on: { 'tools/call': (exchange) => exchange.send(502, { 'Content-Type': 'text/html' }, page) } }, async (host) => {
    await host.initialize();
    const answer = await host.request('tools/call', { name: 'x' });
    assertOwnError(answer, 'upstream.http', -31500);
    assert.equal(answer.error.data.http, 502);
    assert.match(JSON.stringify(answer.error), /Bad Gateway/);
    assert.ok(answer.error.data.detail.length <= 250);
    assert.doesNotMatch(JSON.stringify(answer.error), /\\u001b\[/);
  });
});

test('T-042 a refused notification or reply is logged, never answered', async () => {
  await withServer({
    on: {
      GET: (exchange) => { exchange.sse().send({ jsonrpc: '2.0', id: 'r', method: 'roots/list' }); },
      'notifications/roots/list_changed': (exchange, { json }) => exchange.json(rpc.fail(null, -32600, 'no'), { status: 400 }),
      response: (exchange) => exchange.send(500, {}, 'boom'),
    },
  }, async (host, server) => {
    host.on('roots/list', () => ({ roots: [] }));
    await host.initialize({ capabilities: { roots: {} } });
    host.notify('notifications/roots/list_changed');
    await server.waitForRequest(({ json }) => json?.id === 'r' && json.result);
    await host.request('ping');
    await sleep(100);
    assert.ok(!host.messages.some(({ error }) => error));
    assert.match(host.stderr, /400/);
    assert.match(host.stderr, /500/);
  }, { args: ['--log-level', 'info'] });
});

test('T-043 notifications pass both ways; a cancelled server request is not replied to', async () => {
  let stream;
  await withServer({
    on: { GET: (exchange) => { stream = exchange.sse(); stream.send({ jsonrpc: '2.0', id: 'e', method: 'elicitation/create', params: { message: 'm', requestedSchema: { type: 'object', properties: {} } } }); } },
  }, async (host, server) => {
    await host.initialize({ capabilities: { elicitation: {} } });
    await host.waitForMethod('elicitation/create');
    host.notify('notifications/progress', { progressToken: 't', progress: 1 });
    const progress = await server.waitForRequest(({ json }) => json?.method === 'notifications/progress');
    assert.deepEqual(progress.json.params, { progressToken: 't', progress: 1 });
    stream.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'e', reason: 'late' } });
    await host.waitForMethod('notifications/cancelled');
    host.send({ jsonrpc: '2.0', id: 'e', result: { action: 'decline' } });
    await host.request('ping');
    await sleep(100);
    assert.ok(!server.requests.some(({ json }) => json?.id === 'e'), 'the late reply was POSTed');
  });
});
