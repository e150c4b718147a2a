// SPDX-License-Identifier: ISC
// An initialize-based host before a server of 2026-07-28 alone (T-080 to T-104):
// what goes over either wire, method by method. Subscriptions and questions have
// files of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import {
  META, askRoots, discovery, everything, initializeParams, methodsSeen, paramsOf, refuse, requestsOf, ship, withServer,
} from './lib/era-up.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { MODERN, withHost } from './lib/host.js';
import { rawServer } from './lib/rawserver.js';
import { complete, legacyServer, rpc } from './lib/scripted.js';
import { sdkServer } from './lib/servers.js';
import { until } from './lib/signin.js';

/** The host's view of one message: without what the test rig adds. */
const plain = ({ line, ms, ...message }) => message;

test('T-082 T-090 the handshake, message by message', async () => {
  await withServer({
    initialize: false,
    on: {
      'server/discover': discovery({
        capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, extensions: { [`${META}tasks`]: {}, 'x.example/y': {} } },
        instructions: 'Be kind',
        meta: { [`${META}serverInfo`]: { name: 'Shop', version: '9' } },
      }),
    },
  }, async (host, server) => {
    const answer = await host.request('initialize', {
      protocolVersion: '2025-06-18', capabilities: { roots: { listChanged: true }, elicitation: {}, tasks: { list: {} } }, clientInfo: { name: 'Ed', version: '3' },
    }, { id: 0 });
    assert.deepEqual(plain(answer), {
      jsonrpc: '2.0', id: 0, result: {
        protocolVersion: '2025-06-18',
        capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, extensions: { 'x.example/y': {} } },
        serverInfo: { name: 'Shop', version: '9' }, instructions: 'Be kind',
      },
    });
    assert.deepEqual(methodsSeen(server).slice(0, 2), ['initialize', 'server/discover']);
    const [{ json, headers }] = requestsOf(server, 'server/discover');
    assert.deepEqual(json.params, {
      _meta: {
        [`${META}protocolVersion`]: MODERN,
        [`${META}clientInfo`]: { name: 'Ed', version: '3' },
        [`${META}clientCapabilities`]: { roots: {}, elicitation: {} },
      },
    });
    assert.equal(headers['mcp-protocol-version'], MODERN);
    assert.equal(headers['mcp-method'], 'server/discover');
  });
});

for (const [asked, answered] of [
  ['2024-11-05', '2024-11-05'], ['2025-03-26', '2025-03-26'], ['2025-11-25', '2025-11-25'], ['2099-01-01', '2025-11-25'], [MODERN, '2025-11-25'],
]) {
  test(`T-090 a host of ${asked} is answered with ${answered}`, async () => {
    await withServer({ initialize: false }, async (host) => {
      const { protocolVersion } = await host.initialize({ version: asked });
      assert.equal(protocolVersion, answered);
    });
  });
}

for (const [what, more, expected] of [
  ['nowhere', {}, { name: '127.0.0.1', version: 'unknown' }],
  ['in the body', { serverInfo: { name: 'old draft', version: '2' } }, { name: 'old draft', version: '2' }],
  ['incompletely', { meta: { [`${META}serverInfo`]: { name: 'half' } } }, { name: '127.0.0.1', version: 'unknown' }],
]) {
  test(`T-090 a server that says who it is ${what}`, async () => {
    await withServer({ initialize: false, on: { 'server/discover': discovery(more) } }, async (host) => {
      assert.deepEqual((await host.initialize()).serverInfo, expected);
    });
  });
}

for (const [how, handler] of [
  ['an error with status 200', (exchange, { json }) => exchange.json(rpc.fail(json.id, -32601, 'Method not found'))],
  ['-32020 under 400', (exchange, { json }) => exchange.json(rpc.fail(json.id, -32020, 'Missing header'), { status: 400 })],
  ['an error without id', (exchange) => exchange.json(rpc.fail(null, -32600, 'Bad Request'), { status: 400 })],
  ['-32601 under 404', (exchange, { json }) => exchange.json(rpc.fail(json.id, -32601, 'Method not found'), { status: 404 })],
  ['405 and no body', (exchange) => exchange.send(405)],
  ['422 and no body', (exchange) => exchange.send(422)],
  ['a result in its own revision', (exchange, { json }) => exchange.json(rpc.ok(json.id, complete({ protocolVersion: MODERN, capabilities: {}, serverInfo: { name: 's', version: '1' } })), { headers: { 'Mcp-Session-Id': 'trap' } })],
]) {
  test(`T-082 initialize is refused by ${how}`, async () => {
    await withServer({ on: { initialize: handler } }, async (host, server) => {
      assert.equal(textOf(await host.request('tools/call', { name: 'echo', arguments: { a: 1 } })), '{"a":1}');
      const [call] = requestsOf(server, 'tools/call');
      assert.equal(call.headers['mcp-session-id'], undefined);
      assert.equal(call.headers['mcp-protocol-version'], MODERN);
    });
  });
}

test('T-065 a version refused once is asked for again', async () => {
  let asked = 0;
  await withServer({
    on: {
      'server/discover': (exchange, request, next) => {
        asked += 1;
        return asked === 1 ? refuse(exchange, request) : next();
      },
    },
  }, async (host, server) => {
    assert.equal(textOf(await host.request('tools/call', { name: 'echo' })), '{}');
    assert.equal(requestsOf(server, 'server/discover').length, 2);
    assert.notEqual(...requestsOf(server, 'server/discover').map(({ json }) => json.id));
  });
});

for (const status of [200, 400, 422]) {
  test(`T-082 under ${status}, the refusal of a server that is neither stands as it is`, async () => {
    const server = await rawServer((exchange, { method, json }) => {
      if (method !== 'POST') return exchange.send(405);
      return exchange.json(json.method === 'initialize' ? rpc.fail(json.id, -32000, 'Closed on Sundays', { why: ['so'] })
        : rpc.fail(json.id, -32601, 'Method not found'), { status });
    });
    try {
      await withHost({ url: server.url }, async (host) => {
        const { error } = await host.request('initialize', initializeParams);
        assert.deepEqual(error, { code: -32000, message: 'Closed on Sundays', data: { why: ['so'] } });
      });
    } finally {
      await server.close();
    }
  });
}

test('T-082 so does one by status alone', async () => {
  const server = await rawServer((exchange) => exchange.send(404));
  try {
    await withHost({ url: server.url }, async (host) => {
      const answer = await host.request('initialize', initializeParams);
      assertOwnError(answer, 'upstream.http');
      assert.equal(answer.error.data.http, 404);
    });
  } finally {
    await server.close();
  }
});

test('T-081 a server of both eras sees what the host wrote, and no probe', async () => {
  const server = await legacyServer();
  try {
    await withHost({ url: server.url }, async (host) => {
      const line = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"},"x":1.0}}';
      await host.expectAnswer(1, line);
      assert.equal(server.requests[0].body.toString(), line);
      assert.equal(requestsOf(server, 'server/discover').length, 0);
    });
  } finally {
    await server.close();
  }
});

test('T-050 T-091 T-092 T-103 what has no meaning there does not go there', async () => {
  await withServer({}, async (host, server, listen) => {
    await until(() => listen.lists(), 'the subscription to the lists');
    host.notify('notifications/roots/list_changed');
    host.notify('notifications/progress', { progressToken: 1, progress: 1 });
    await host.request('tools/call', { name: 'echo', arguments: {}, task: { ttl: 1000 } });
    assert.deepEqual([...new Set(server.requests.map(({ method }) => method))], ['POST']);
    assert.deepEqual(methodsSeen(server), ['initialize', 'server/discover', 'subscriptions/listen', 'tools/call']);
    assert.equal('task' in paramsOf(server, 'tools/call')[0], false);
  });
});

test('T-093 every request has the envelope, whatever the host put there', async () => {
  await withServer({}, async (host, server) => {
    await host.request('tools/list');
    await host.request('resources/read', { uri: 'test://a', _meta: { [`${META}protocolVersion`]: '1999-01-01', progressToken: 'p', 'x.example/t': [1] } });
    await host.request('prompts/get', { name: 'greet' });
    await host.request('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'a', value: '' } });
    const envelope = {
      [`${META}protocolVersion`]: MODERN,
      [`${META}clientInfo`]: { name: 'test-host', version: '1.0.0' },
      [`${META}clientCapabilities`]: { ...everything, roots: {} },
    };
    for (const method of ['tools/list', 'prompts/get', 'completion/complete']) {
      assert.deepEqual(paramsOf(server, method)[0]._meta, envelope, method);
    }
    assert.deepEqual(paramsOf(server, 'resources/read')[0]._meta, { ...envelope, progressToken: 'p', 'x.example/t': [1] });
    for (const { json, headers } of server.requests.slice(1)) {
      assert.equal(headers['mcp-protocol-version'], MODERN, json.method);
      assert.equal(headers['mcp-method'], json.method);
      assert.equal(headers['mcp-session-id'], undefined);
    }
    assert.equal(requestsOf(server, 'resources/read')[0].headers['mcp-name'], 'test://a');
  });
});

test('T-093 results are those of the older era', async () => {
  await withServer({}, async (host) => {
    const result = async (...request) => (await host.request(...request)).result;
    assert.deepEqual(await result('tools/call', { name: 'echo', arguments: { x: 1 } }), { content: [{ type: 'text', text: '{"x":1}' }] });
    assert.deepEqual(Object.keys(await result('tools/list')), ['tools']);
    assert.deepEqual(await result('resources/read', { uri: 'a' }), { contents: [{ uri: 'a', text: 'content' }] });
    assert.deepEqual(await result('prompts/get', { name: 'a' }), { messages: [] });
  });
});

test('T-056 arguments are mirrored, void tools are hidden', async () => {
  const tool = (name, header) => ({ name, inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': header } } } });
  await withServer({ tools: [tool('where', 'Region'), tool('void', 'no good')] }, async (host, server) => {
    const { result } = await host.request('tools/list');
    assert.deepEqual(result.tools.map(({ name }) => name), ['where']);
    await host.request('tools/call', { name: 'where', arguments: { region: 'eu' } });
    assert.equal(requestsOf(server, 'tools/call')[0].headers['mcp-param-region'], 'eu');
    assert.equal((await host.request('tools/call', { name: 'void', arguments: {} })).error.code, -32602);
  });
});

test('T-094 ping is answered here', async () => {
  await withServer({}, async (host, server) => {
    await until(() => requestsOf(server, 'subscriptions/listen').length, 'the subscription');
    const before = server.requests.length;
    assert.deepEqual((await host.request('ping')).result, {});
    assert.equal(server.requests.length, before);
  });
});

test('T-068 T-095 a log level is stamped on what follows', async () => {
  await withServer({
    on: {
      'tools/call': (exchange, { json }) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'warning', data: 'careful' } });
        stream.send(rpc.ok(json.id, complete({ content: [] })));
        stream.end();
      },
    },
  }, async (host, server) => {
    await host.request('tools/call', { name: 'echo' });
    assert.deepEqual((await host.request('logging/setLevel', { level: 'warning' })).result, {});
    await host.request('tools/call', { name: 'echo' });
    for (const level of ['loud', 7, undefined]) {
      assert.equal((await host.request('logging/setLevel', { level })).error.code, -32602);
    }
    await host.request('tools/call', { name: 'echo' });
    const stamps = paramsOf(server, 'tools/call').map(({ _meta }) => _meta[`${META}logLevel`]);
    assert.deepEqual(stamps, [undefined, 'warning', 'warning']);
    assert.equal(requestsOf(server, 'logging/setLevel').length, 0);
    assert.deepEqual((await host.waitForMethod('notifications/message')).params, { level: 'warning', data: 'careful' });
  });
});

test('T-095 a server without logs has no level', async () => {
  await withServer({ on: { 'server/discover': discovery({ capabilities: { tools: {} } }) } }, async (host, server) => {
    assert.equal((await host.request('logging/setLevel', { level: 'info' })).error.code, -32601);
    assert.equal(requestsOf(server, 'subscriptions/listen').length, 0);
  });
});

test('T-098 progress goes on growing from round to round', async () => {
  let round = 0;
  await withServer({
    on: {
      'tools/call': (exchange, { json: { id, params } }) => {
        round += 1;
        const stream = exchange.sse();
        for (const progress of [0, 1.5, 10, 9]) {
          stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: params._meta.progressToken, progress: progress + (round - 1) * 5, total: 20 } });
        }
        stream.send(rpc.ok(id, round === 2 ? complete({ content: [] }) : { resultType: 'input_required', inputRequests: { r: askRoots } }));
        stream.end();
      },
    },
  }, async (host) => {
    host.on('roots/list', () => ({ roots: [] }));
    await host.request('tools/call', { name: 'ship', _meta: { progressToken: 'tok' } });
    const progress = host.messages.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params);
    assert.deepEqual(progress.map(({ progress: value }) => value), [0, 1.5, 10, 15]);
    assert.ok(progress.every(({ progressToken, total }) => progressToken === 'tok' && total === 20));
  });
});

test('T-099 a cancelled call closes its stream, and no more', async () => {
  let stream;
  await withServer({ on: { 'tools/call': (exchange) => { stream = exchange.sse(); } } }, async (host, server) => {
    ship(host, { id: 'w' });
    await until(() => stream, 'the call');
    host.notify('notifications/cancelled', { requestId: 'w', reason: 'enough' });
    await stream.closed;
    await host.request('ping');
    assert.equal(host.answersTo('w').length, 0);
    assert.equal(requestsOf(server, 'notifications/cancelled').length, 0);
  });
});

for (const [code, expected] of [[-32602, -32602], [-32601, -32601], [-32021, -32021], [-32000, -32000], [-32022, -32603]]) {
  test(`T-100 an error ${code} arrives as ${expected}`, async () => {
    const data = { requiredCapabilities: { x: 1.0 }, supported: [], requested: '' };
    await withServer({ on: { 'resources/read': (exchange, { json }) => exchange.json(rpc.fail(json.id, code, 'Why', data), { status: 400 }) } }, async (host) => {
      const { error } = await host.request('resources/read', { uri: 'a' });
      assert.equal(error.code, expected, JSON.stringify(error));
      assert.equal(error.message, 'Why');
      assert.deepEqual(error.data, code === expected ? data : { code, data });
    });
  });
}

test('T-059 a result of a kind nobody knows is a fault of the server', async () => {
  await withServer({ on: { 'tools/call': (exchange, { json }) => exchange.json(rpc.ok(json.id, { resultType: 'task', task: {} })) } }, async (host) => {
    assertOwnError(await ship(host), 'upstream.protocol');
  });
});

test('T-101 structured content and schemas are made fit for older hosts', async () => {
  const tool = (name, outputSchema) => ({ name, inputSchema: { type: 'object', properties: { any: true, none: false } }, outputSchema });
  await withServer({
    tools: [tool('array', { type: 'array' }), tool('union', { anyOf: [] }), tool('object', { type: 'object', properties: { a: true } })],
    on: { 'tools/call': (exchange, { json }) => exchange.json(rpc.ok(json.id, complete({ content: [], structuredContent: json.params.name === 'array' ? [1.50, 'x'] : { a: 1 } }))) },
  }, async (host) => {
    const { result: { tools } } = await host.request('tools/list');
    assert.deepEqual(tools.map(({ outputSchema }) => outputSchema), [undefined, undefined, { type: 'object', properties: { a: {} } }]);
    assert.deepEqual(tools[0].inputSchema.properties, { any: {}, none: { not: {} } });
    const array = (await host.request('tools/call', { name: 'array' })).result;
    assert.equal('structuredContent' in array, false);
    assert.deepEqual(JSON.parse(array.content[0].text), [1.5, 'x']);
    assert.deepEqual((await host.request('tools/call', { name: 'object' })).result, { content: [], structuredContent: { a: 1 } });
  });
});

test('T-102 tasks are not there', async () => {
  await withServer({}, async (host, server) => {
    for (const method of ['tasks/list', 'tasks/get', 'tasks/result', 'tasks/cancel']) {
      assert.equal((await host.request(method, { taskId: '1' })).error.code, -32601, method);
    }
    assert.equal(methodsSeen(server).some((method) => method.startsWith('tasks/')), false);
  });
});

test('T-058 T-104 a request of the server has nobody to go to', async () => {
  await withServer({
    on: {
      'tools/call': (exchange, { json }) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', id: 1, method: 'roots/list' });
        stream.send(rpc.ok(json.id, complete({ content: [{ type: 'text', text: 'ok' }] })));
        stream.end();
      },
    },
  }, async (host) => {
    assert.equal(textOf(await ship(host)), 'ok');
    assert.equal(host.messages.some(({ method }) => method === 'roots/list'), false);
  });
});

test('T-093 a hundred calls at once, among them questions', async () => {
  await withServer({
    on: { 'tools/call': (exchange, { json }, next) => (json.params.arguments.n % 3 === 0 && !json.params.inputResponses ? exchange.json(rpc.ok(json.id, { resultType: 'input_required', inputRequests: { r: askRoots } })) : next()) },
  }, async (host) => {
    host.on('roots/list', () => ({ roots: [] }));
    const ids = Array.from({ length: 100 }, (_, n) => `call ${n}`);
    const answers = await Promise.all(ids.map((id, n) => host.request('tools/call', { name: 'echo', arguments: { n } }, { id })));
    assert.deepEqual(answers.map((answer) => JSON.parse(textOf(answer)).n), ids.map((_, n) => n));
    assertOneAnswerEach(host, ids);
  });
});

test('the official server of 2026-07-28 alone', async () => {
  const server = await sdkServer('sdk2-server.js', 'modern');
  const publish = (what) => fetch(server.url.replace('/mcp', `/publish/${what}`), { method: 'POST' });
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize({ capabilities: everything });
      const call = (name, args, meta) => host.request('tools/call', { name, arguments: args, ...(meta && { _meta: meta }) });
      assert.equal(textOf(await call('add', { a: 2, b: 3 })), '5');
      await call('steps', { count: 3 }, { progressToken: 7 });
      assert.deepEqual(host.messages.filter(({ method }) => method === 'notifications/progress').map(({ params }) => params.progress), [1, 2, 3]);
      host.on('elicitation/create', () => ({ action: 'accept', content: { yes: true } }));
      assert.equal(textOf(await call('ship', { n: 4 })), 'shipped 4: true');
      await host.request('tools/list');
      assert.equal(JSON.parse(textOf(await call('where', { region: 'eu', n: 7 }))).region, 'eu');
      await host.request('resources/subscribe', { uri: 'test://a' });
      await publish('resource');
      assert.equal((await host.waitForMethod('notifications/resources/updated')).params.uri, 'test://a');
      await publish('tools');
      await host.waitForMethod('notifications/tools/list_changed');
      host.send({ jsonrpc: '2.0', id: 'w', method: 'tools/call', params: { name: 'wait', arguments: {} } });
      await sleep(100 * timeScale);
      host.notify('notifications/cancelled', { requestId: 'w' });
      await until(() => server.output.includes('wait was aborted'), 'the abort');
    });
  } finally {
    await server.close();
  }
});
