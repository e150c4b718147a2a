// SPDX-License-Identifier: ISC
// An initialize-based host before a server of 2026-07-28 alone (T-080 to T-104):
// what goes over either wire, method by method.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir, timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { MODERN, withHost } from './lib/host.js';
import { rawServer } from './lib/rawserver.js';
import { complete, legacyServer, modernServer, rpc } from './lib/scripted.js';
import { sdkServer } from './lib/servers.js';
import { until } from './lib/signin.js';

const META = 'io.modelcontextprotocol/';
const initializeParams = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
const everything = { roots: { listChanged: true }, elicitation: {}, sampling: {} };

const refuse = (exchange, { json }) => exchange.json(
  rpc.fail(json.id, -32022, 'Unsupported protocol version', { supported: [MODERN], requested: json.params?.protocolVersion ?? '' }), { status: 400 },
);

const requestsOf = (server, method) => server.requests.filter(({ json }) => json?.method === method);
const paramsOf = (server, method) => requestsOf(server, method).map(({ json }) => json.params);
const methodsSeen = (server) => server.requests.map(({ method, json }) => json?.method ?? method);

/** Subscriptions of a scripted server: each stream as it came, acknowledged as `accept` says. */
function listening({ accept = (wanted) => wanted } = {}) {
  const streams = [];
  const handler = (exchange, { json }) => {
    const { id, params } = json;
    const stream = exchange.sse();
    const tag = { _meta: { [`${META}subscriptionId`]: id } };
    Object.assign(stream, {
      id, wanted: params.notifications,
      tell: (method, more = {}) => stream.send({ jsonrpc: '2.0', method, params: { ...more, ...tag } }),
      finish: () => stream.send(rpc.ok(id, { resultType: 'complete', ...tag })),
    });
    streams.push(stream);
    const notifications = accept(params.notifications);
    if (notifications) stream.tell('notifications/subscriptions/acknowledged', { notifications });
  };
  const open = () => streams.filter((stream) => stream.open);
  const resources = () => open().find(({ wanted }) => wanted.resourceSubscriptions);
  const lists = () => open().find(({ wanted }) => !wanted.resourceSubscriptions);
  return { streams, handler, open, resources, lists };
}

async function withServer({ on = {}, listen = listening(), capabilities = everything, version, args, env, initialize = true, ...options }, use) {
  const server = await modernServer({ on: { initialize: refuse, 'subscriptions/listen': listen.handler, ...on }, ...options });
  try {
    return await withHost({ url: server.url, args, env }, async (host) => {
      if (initialize) await host.initialize({ capabilities, version });
      return use(host, server, listen);
    });
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}

/** The host's view of one message: without what the test rig adds. */
const plain = ({ line, ms, ...message }) => message;

const discovery = ({ meta, ...more } = {}) => (exchange, { json }) => exchange.json(rpc.ok(json.id, {
  resultType: 'complete', supportedVersions: [MODERN], capabilities: {}, ttlMs: 0, cacheScope: 'private', ...more, ...(meta ? { _meta: meta } : {}),
}));

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

test('T-096 list changes come as the server declared them', async () => {
  await withServer({}, async (host, server, listen) => {
    const stream = await until(() => listen.lists(), 'the subscription');
    assert.deepEqual(stream.wanted, { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true });
    for (const what of ['tools', 'prompts', 'resources']) {
      stream.tell(`notifications/${what}/list_changed`);
      assert.deepEqual(await host.waitForMethod(`notifications/${what}/list_changed`), { jsonrpc: '2.0', method: `notifications/${what}/list_changed` });
    }
    assert.equal(host.messages.some(({ method }) => method?.includes('acknowledged')), false);
  });
});

test('T-096 two resources, subscribed, updated, one unsubscribed', async () => {
  await withServer({}, async (host, server, listen) => {
    assert.deepEqual((await host.request('resources/subscribe', { uri: 'db://a' })).result, {});
    assert.deepEqual(listen.resources().wanted, { resourceSubscriptions: ['db://a'] });
    const first = listen.resources();
    assert.deepEqual((await host.request('resources/subscribe', { uri: 'db://b' })).result, {});
    await first.closed;
    assert.deepEqual(listen.resources().wanted, { resourceSubscriptions: ['db://a', 'db://b'] });
    assert.deepEqual((await host.request('resources/subscribe', { uri: 'db://b' })).result, {}, 'a second time');
    listen.resources().tell('notifications/resources/updated', { uri: 'db://b' });
    const update = await host.waitForMethod('notifications/resources/updated');
    assert.deepEqual(update, { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'db://b' } });
    assert.deepEqual((await host.request('resources/unsubscribe', { uri: 'db://a' })).result, {});
    await until(() => listen.resources()?.wanted.resourceSubscriptions.length === 1, 'the smaller subscription');
    assert.deepEqual(listen.resources().wanted, { resourceSubscriptions: ['db://b'] });
    const last = listen.resources();
    assert.deepEqual((await host.request('resources/unsubscribe', { uri: 'db://b' })).result, {});
    await last.closed;
    assert.equal(listen.resources(), undefined);
    assert.equal(requestsOf(server, 'resources/subscribe').length + requestsOf(server, 'resources/unsubscribe').length, 0);
    assert.ok(listen.lists(), 'the lists are another subscription');
  });
});

test('T-096 many subscriptions at once are each answered once', async () => {
  await withServer({}, async (host, server, listen) => {
    const uris = Array.from({ length: 30 }, (_, n) => `db://${n}`);
    const answers = await Promise.all(uris.map((uri) => host.request('resources/subscribe', { uri }, { id: uri })));
    assert.ok(answers.every(({ result }) => result));
    assertOneAnswerEach(host, uris);
    await until(() => listen.open().length === 2, 'one stream for all');
    assert.deepEqual(listen.resources().wanted.resourceSubscriptions, uris);
  });
});

test('T-096 what the server leaves out of the acknowledgment is refused', async () => {
  const listen = listening({ accept: (wanted) => (wanted.resourceSubscriptions ? { resourceSubscriptions: wanted.resourceSubscriptions.filter((uri) => uri !== 'db://no') } : wanted) });
  await withServer({ listen }, async (host) => {
    assert.deepEqual((await host.request('resources/subscribe', { uri: 'db://a' })).result, {});
    assert.equal((await host.request('resources/subscribe', { uri: 'db://no' })).error.code, -32603);
    assert.equal((await host.request('resources/subscribe', {})).error.code, -32602);
    assert.deepEqual((await host.request('resources/subscribe', { uri: 'db://b' })).result, {});
    assert.deepEqual(listen.resources().wanted.resourceSubscriptions, ['db://a', 'db://b']);
  });
});

test('T-096 a server that knows no subscriptions refuses each', async () => {
  await withServer({
    on: { 'subscriptions/listen': (exchange, { json }) => exchange.json(rpc.fail(json.id, -32601, 'Method not found'), { status: 404 }) },
  }, async (host, server) => {
    assert.ok((await host.request('resources/subscribe', { uri: 'db://a' })).error);
    await sleep(1500 * timeScale);
    assert.equal(requestsOf(server, 'subscriptions/listen').length, 2);
  });
});

test('T-096 a server that declares no subscriptions is not asked for one', async () => {
  await withServer({ on: { 'server/discover': discovery({ capabilities: { resources: {} } }) } }, async (host, server) => {
    assert.equal((await host.request('resources/subscribe', { uri: 'db://a' })).error.code, -32601);
    assert.equal((await host.request('resources/unsubscribe', { uri: 'db://a' })).error.code, -32601);
    assert.equal(requestsOf(server, 'subscriptions/listen').length, 0);
  });
});

for (const [how, lose] of [['cut', (stream) => stream.cut()], ['ended', (stream) => stream.end()], ['finished', (stream) => { stream.finish(); stream.end(); }]]) {
  test(`T-096 streams that are ${how} are opened again, and what may be missed is told`, async () => {
    await withServer({}, async (host, server, listen) => {
      await host.request('resources/subscribe', { uri: 'db://a' });
      await until(() => listen.open().length === 2, 'both streams');
      for (const stream of listen.open()) lose(stream);
      await until(() => requestsOf(server, 'subscriptions/listen').length === 4, 'both again', { timeout: 8000 });
      await host.waitForMethod('notifications/tools/list_changed');
      await host.waitForMethod('notifications/prompts/list_changed');
      const { params } = await host.waitForMethod('notifications/resources/updated');
      assert.deepEqual(params, { uri: 'db://a' });
      listen.streams.at(-1).tell('notifications/resources/list_changed');
      await host.waitForMethod('notifications/resources/list_changed');
      assert.equal(host.messages.filter(({ method }) => method === 'notifications/resources/updated').length, 1);
    });
  });
}

test('T-096 a server that is away for a while is subscribed to when it returns', async () => {
  let away = false;
  const listen = listening();
  await withServer({
    listen,
    on: { 'subscriptions/listen': (exchange, request) => (away ? exchange.send(503) : listen.handler(exchange, request)) },
  }, async (host, server) => {
    const stream = await until(() => listen.lists(), 'the subscription');
    away = true;
    stream.cut();
    await until(() => requestsOf(server, 'subscriptions/listen').length >= 3, 'two tries in vain', { timeout: 10_000 });
    away = false;
    await host.waitForMethod('notifications/tools/list_changed', { timeout: 10_000 });
  });
});

// -- questions of the server ---------------------------------------------------

const form = { type: 'object', properties: { y: { type: 'boolean' } } };
const elicit = (more = {}) => ({ method: 'elicitation/create', params: { mode: 'form', message: 'Ship?', requestedSchema: form, ...more } });
const sample = { method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: { type: 'text', text: 'Hi' } }], maxTokens: 5 } };
const roots = { method: 'roots/list' };

/** A tool that wants `rounds` (results or functions of the request) before it is done. */
function asking(...rounds) {
  let round = 0;
  return (exchange, request) => {
    const next = rounds[round++];
    const result = typeof next === 'function' ? next(request.json) : next;
    exchange.json(rpc.ok(request.json.id, result ? { resultType: 'input_required', ...result } : complete({ content: [{ type: 'text', text: 'shipped' }] })));
  };
}

const ship = (host, options) => host.request('tools/call', { name: 'ship', arguments: { n: 1.50 } }, options);

test('T-097 questions in two rounds, message by message', async () => {
  await withServer({
    version: '2025-06-18',
    on: {
      'tools/call': asking(
        { requestState: 'S1', inputRequests: { ok: elicit(), dir: roots } },
        { requestState: 'S2', inputRequests: { say: sample } },
      ),
    },
  }, async (host, server) => {
    const asked = [];
    host.on('elicitation/create', (_, message) => { asked.push(message); return { action: 'accept', content: { y: true }, _meta: { a: 1 } }; });
    host.on('roots/list', (_, message) => { asked.push(message); return { roots: [{ uri: 'file:///w' }] }; });
    host.on('sampling/createMessage', (_, message) => { asked.push(message); return { role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } }; });
    assert.equal(textOf(await ship(host, { id: 7 })), 'shipped');
    assertOneAnswerEach(host, [7]);

    const ids = asked.map(({ id }) => id);
    assert.equal(new Set(ids).size, 3);
    assert.deepEqual(asked.map(({ id, ...rest }) => rest), [
      { jsonrpc: '2.0', method: 'elicitation/create', params: { message: 'Ship?', requestedSchema: form } },
      { jsonrpc: '2.0', method: 'roots/list' },
      { jsonrpc: '2.0', method: 'sampling/createMessage', params: sample.params },
    ]);
    const calls = requestsOf(server, 'tools/call');
    assert.equal(new Set(calls.map(({ json }) => json.id)).size, 3, 'a new id each time');
    const sent = calls.map(({ json: { params: { _meta, ...rest } } }) => rest);
    assert.deepEqual(sent, [
      { name: 'ship', arguments: { n: 1.5 } },
      { name: 'ship', arguments: { n: 1.5 }, requestState: 'S1', inputResponses: { ok: { action: 'accept', content: { y: true } }, dir: { roots: [{ uri: 'file:///w' }] } } },
      { name: 'ship', arguments: { n: 1.5 }, requestState: 'S2', inputResponses: { say: { role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } } } },
    ]);
    for (const { headers, json } of calls) {
      assert.equal(headers['mcp-name'], 'ship');
      assert.equal(json.params._meta[`${META}protocolVersion`], MODERN);
    }
    assert.ok(calls.every(({ body }) => body.includes('{"n":1.5}')));
  });
});

test('T-062 no state that was not given, none of an earlier round', async () => {
  await withServer({
    on: { 'tools/call': asking({ requestState: 'S1', inputRequests: { a: elicit() } }, { inputRequests: { b: elicit() } }) },
  }, async (host, server) => {
    host.on('elicitation/create', () => ({ action: 'decline' }));
    assert.equal(textOf(await ship(host)), 'shipped');
    const sent = paramsOf(server, 'tools/call').map(({ requestState, inputResponses }) => [requestState, Object.keys(inputResponses ?? {})]);
    assert.deepEqual(sent, [[undefined, []], ['S1', ['a']], [undefined, ['b']]]);
  });
});

test('T-062 a round of state only goes on by itself', async () => {
  await withServer({ on: { 'tools/call': asking({ requestState: 'S1' }, { requestState: 'S2' }) } }, async (host, server) => {
    assert.equal(textOf(await ship(host)), 'shipped');
    assert.deepEqual(paramsOf(server, 'tools/call').map(({ requestState, inputResponses }) => [requestState, inputResponses]),
      [[undefined, undefined], ['S1', undefined], ['S2', undefined]]);
  });
});

for (const method of ['prompts/get', 'resources/read']) {
  test(`T-097 questions before ${method}`, async () => {
    await withServer({
      on: { [method]: (exchange, { json }, next) => (json.params.inputResponses ? next() : exchange.json(rpc.ok(json.id, { resultType: 'input_required', inputRequests: { r: roots } }))) },
    }, async (host) => {
      host.on('roots/list', () => ({ roots: [] }));
      assert.ok((await host.request(method, { name: 'a', uri: 'a' })).result);
    });
  });
}

test('T-097 an elicitation refused with an error is a cancel', async () => {
  await withServer({ on: { 'tools/call': asking({ inputRequests: { ok: elicit() } }) } }, async (host, server) => {
    host.on('elicitation/create', () => { throw new Error('no'); });
    assert.equal(textOf(await ship(host)), 'shipped');
    assert.deepEqual(paramsOf(server, 'tools/call')[1].inputResponses, { ok: { action: 'cancel' } });
  });
});

test('T-097 sampling refused ends the call, and the other question', async () => {
  await withServer({ on: { 'tools/call': asking({ inputRequests: { ok: elicit(), say: sample } }) } }, async (host, server) => {
    let elicitation;
    host.on('elicitation/create', (_, message) => { elicitation = message; });
    host.on('sampling/createMessage', () => { throw new Error('not today'); });
    const { result } = await ship(host);
    assert.equal(result.isError, true);
    assert.match(result.content[0].text, /not today/);
    assert.equal((await host.waitForMethod('notifications/cancelled')).params.requestId, elicitation.id);
    assert.equal(requestsOf(server, 'tools/call').length, 1);
    host.send({ jsonrpc: '2.0', id: elicitation.id, result: { action: 'accept' } });
    assert.deepEqual((await host.request('ping')).result, {});
    assert.equal(requestsOf(server, 'tools/call').length, 1);
  });
});

test('T-097 roots refused for a prompt is an error', async () => {
  await withServer({ on: { 'prompts/get': (exchange, { json }) => exchange.json(rpc.ok(json.id, { resultType: 'input_required', inputRequests: { r: roots } })) } }, async (host) => {
    host.on('roots/list', () => { throw new Error('none'); });
    assert.match((await host.request('prompts/get', { name: 'a' })).error.message, /roots\/list/);
  });
});

for (const [what, capabilities, round] of [
  ['an undeclared kind', { roots: {} }, { inputRequests: { dir: roots, ok: elicit() } }],
  ['an undeclared mode', everything, { inputRequests: { ok: elicit({ mode: 'url', url: 'https://a.example/', elicitationId: 'x' }) } }],
  ['tools in sampling, undeclared', everything, { inputRequests: { s: { ...sample, params: { ...sample.params, tools: [] } } } }],
  ['what is no question', everything, { inputRequests: { x: { method: 'tools/list' } } }],
  ['too much', everything, { inputRequests: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [n, roots])) }],
  ['nothing', everything, {}],
]) {
  test(`T-097 a server that asks for ${what} is at fault, and nothing is asked`, async () => {
    await withServer({ capabilities, on: { 'tools/call': asking(round) } }, async (host) => {
      assertOwnError(await ship(host), 'upstream.protocol');
      assert.equal(host.messages.some(({ id, method }) => id !== undefined && method), false);
    });
  });
}

test('T-097 addresses go to hosts that declared them, with an id', async () => {
  await withServer({
    capabilities: { elicitation: { form: {}, url: {} } },
    on: { 'tools/call': asking({ inputRequests: { ok: elicit({ mode: 'url', url: 'https://a.example/', requestedSchema: undefined }) } }) },
  }, async (host, server) => {
    let seen;
    host.on('elicitation/create', (params) => { seen = params; return { action: 'accept' }; });
    assert.equal(textOf(await ship(host)), 'shipped');
    assert.equal(typeof seen.elicitationId, 'string');
    assert.deepEqual({ ...seen, elicitationId: 0 }, { mode: 'url', message: 'Ship?', url: 'https://a.example/', elicitationId: 0 });
    assert.deepEqual(paramsOf(server, 'tools/call')[1].inputResponses, { ok: { action: 'accept' } });
  });
});

test('T-097 a server that asks without end is stopped after ten rounds', async () => {
  const forever = Array.from({ length: 20 }, () => ({ inputRequests: { r: roots } }));
  await withServer({ on: { 'tools/call': asking(...forever) } }, async (host, server) => {
    host.on('roots/list', () => ({ roots: [] }));
    assertOwnError(await ship(host), 'upstream.protocol');
    assert.equal(requestsOf(server, 'tools/call').length, 11);
  });
});

test('T-097 the host gives up while it is asked', async () => {
  await withServer({ on: { 'tools/call': asking({ inputRequests: { ok: elicit(), dir: roots } }) } }, async (host, server) => {
    const asked = [];
    host.on('elicitation/create', (_, { id }) => { asked.push(id); });
    host.on('roots/list', (_, { id }) => { asked.push(id); });
    ship(host, { id: 'c' });
    await until(() => asked.length === 2, 'both questions');
    host.notify('notifications/cancelled', { requestId: 'c' });
    await until(() => host.messages.filter(({ method }) => method === 'notifications/cancelled').length === 2, 'both withdrawn');
    const withdrawn = host.messages.filter(({ method }) => method === 'notifications/cancelled').map(({ params }) => params.requestId);
    assert.deepEqual(withdrawn.sort(), asked.sort());
    for (const id of asked) host.send({ jsonrpc: '2.0', id, result: { action: 'accept' } });
    await host.request('ping');
    assert.equal(host.answersTo('c').length, 0);
    assert.equal(requestsOf(server, 'tools/call').length, 1);
  });
});

test('T-097 two calls ask at once, and answers find their own', async () => {
  await withServer({
    on: {
      'tools/call': (exchange, { json: { id, params } }) => {
        const answer = params.inputResponses?.q;
        exchange.json(rpc.ok(id, answer ? complete({ content: [{ type: 'text', text: JSON.stringify([params.arguments.n, params.requestState, answer.content.n]) }] })
          : { resultType: 'input_required', requestState: `s${params.arguments.n}`, inputRequests: { q: elicit({ message: String(params.arguments.n) }) } }));
      },
    },
  }, async (host) => {
    host.on('elicitation/create', async ({ message }) => {
      await sleep(50 - 5 * Number(message));
      return { action: 'accept', content: { n: Number(message) } };
    });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => host.request('tools/call', { name: 'ship', arguments: { n } })));
    assert.deepEqual(answers.map((answer) => JSON.parse(textOf(answer))), answers.map((_, n) => [n, `s${n}`, n]));
  });
});

test('T-010 T-097 the host leaves while it is asked', async () => {
  await withServer({ on: { 'tools/call': asking({ inputRequests: { ok: elicit() } }) } }, async (host) => {
    host.on('elicitation/create', () => {});
    ship(host, { id: 'last' });
    await host.waitForMethod('elicitation/create');
    await host.stop();
    assert.equal(host.answersTo('last').length, 1);
  });
});

// -- progress, cancellation, errors ---------------------------------------------

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
        stream.send(rpc.ok(id, round === 2 ? complete({ content: [] }) : { resultType: 'input_required', inputRequests: { r: roots } }));
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
    on: { 'tools/call': (exchange, { json }, next) => (json.params.arguments.n % 3 === 0 && !json.params.inputResponses ? exchange.json(rpc.ok(json.id, { resultType: 'input_required', inputRequests: { r: roots } })) : next()) },
  }, async (host) => {
    host.on('roots/list', () => ({ roots: [] }));
    const ids = Array.from({ length: 100 }, (_, n) => `call ${n}`);
    const answers = await Promise.all(ids.map((id, n) => host.request('tools/call', { name: 'echo', arguments: { n } }, { id })));
    assert.deepEqual(answers.map((answer) => JSON.parse(textOf(answer)).n), ids.map((_, n) => n));
    assertOneAnswerEach(host, ids);
  });
});

// -- what is kept ---------------------------------------------------------------

test('T-086 a known server is not asked for a session again', async () => {
  const env = { XDG_STATE_HOME: scratchDir() };
  const server = await modernServer({ on: { initialize: refuse, 'subscriptions/listen': listening().handler } });
  try {
    for (const expected of [['initialize', 'server/discover'], ['server/discover']]) {
      server.requests.length = 0;
      await withHost({ url: server.url, env }, async (host) => {
        const { serverInfo } = await host.initialize();
        assert.equal(serverInfo.name, 'scripted');
        assert.ok((await host.request('tools/list')).result.tools.length);
      });
      assert.deepEqual(methodsSeen(server).slice(0, expected.length), expected);
    }
    assert.equal(requestsOf(server, 'initialize').length, 0);
  } finally {
    await server.close();
  }
});

test('T-086 a server that goes back to sessions is found out', async () => {
  const env = { XDG_STATE_HOME: scratchDir() };
  let current = await modernServer({ on: { initialize: refuse } });
  const legacy = await legacyServer();
  const front = await rawServer((exchange, request) => current.handle(exchange, request));
  try {
    await withHost({ url: front.url, env }, (host) => host.initialize());
    current.close();
    current = legacy;
    for (const expected of [['server/discover', 'initialize'], ['initialize']]) {
      front.requests.length = 0;
      await withHost({ url: front.url, env }, async (host) => {
        await host.initialize();
        assert.equal(textOf(await host.request('tools/call', { name: 'echo' })), '{}');
      });
      assert.deepEqual(methodsSeen(front).slice(0, expected.length), expected);
    }
  } finally {
    await front.close();
    await legacy.close();
  }
});

test('T-082 a slow server is found out after the host has gone on', { timeout: 60_000 }, async () => {
  const listen = listening();
  const server = await modernServer({
    on: {
      'subscriptions/listen': listen.handler,
      initialize: async (exchange, request) => { await sleep(9000); refuse(exchange, request); },
    },
  });
  try {
    await withHost({ url: server.url }, async (host) => {
      const { serverInfo } = await host.initialize();
      assert.equal(serverInfo.version, 'unknown', 'a provisional answer');
      assert.deepEqual((await host.request('tools/list')).result.tools.map(({ name }) => name), ['echo']);
      await host.waitForMethod('notifications/tools/list_changed');
      await until(() => listen.lists(), 'the subscription');
      assert.equal(textOf(await host.request('tools/call', { name: 'echo' })), '{}');
      assert.deepEqual(methodsSeen(server).sort(), ['initialize', 'server/discover', 'subscriptions/listen', 'tools/call', 'tools/list']);
    });
  } finally {
    await server.close();
  }
});

// -- the real thing ---------------------------------------------------------------

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
