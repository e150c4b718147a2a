// SPDX-License-Identifier: ISC
// Host and server of 2026-07-28 (T-050 to T-069, T-120 to T-123): stateless
// requests with an envelope, mirrored headers, subscriptions, multi round trips.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { envelope, withHost } from './lib/host.js';
import { complete, modernServer, rpc } from './lib/scripted.js';
import { sdkServer } from './lib/servers.js';

async function withServer(options, use, hostOptions = {}) {
  const server = await modernServer(options);
  try {
    return await withHost({ url: server.url, ...hostOptions }, (host) => use(host, server));
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}

const requestOf = (server, method) => server.requests.find(({ json }) => json?.method === method);
const callsOf = (server, method) => server.requests.filter(({ json }) => json?.method === method);

test('T-050 T-052 POST only, no session, headers that mirror the body', async () => {
  const server = await modernServer({
    on: { 'tools/list': (exchange, { json }, next) => next(), 'server/discover': (exchange, { json }) => exchange.json(rpc.ok(json.id, complete({ supportedVersions: ['2026-07-28'], capabilities: {} })), { headers: { 'Mcp-Session-Id': 'trap' } }) },
  });
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.modern('server/discover');
      await host.modern('tools/call', { name: 'echo', arguments: {} });
      await host.modern('prompts/get', { name: 'greet' });
      await host.modern('resources/read', { uri: 'test://a' });
      for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) await host.modern(method, { taskId: 't-1' });
      host.send({ jsonrpc: '2.0', method: 'notifications/vendor', params: { _meta: envelope() } });
      await server.waitForRequest(({ json }) => json?.method === 'notifications/vendor');
    });
    assert.deepEqual([...new Set(server.requests.map(({ method }) => method))], ['POST']);
    for (const { headers, json } of server.requests) {
      assert.equal(headers['mcp-session-id'], undefined);
      assert.equal(headers['last-event-id'], undefined);
      assert.equal(headers['mcp-protocol-version'], '2026-07-28', json.method);
      assert.equal(headers['mcp-method'], json.method);
    }
    const name = (method) => requestOf(server, method).headers['mcp-name'];
    assert.equal(name('tools/call'), 'echo');
    assert.equal(name('prompts/get'), 'greet');
    assert.equal(name('resources/read'), 'test://a');
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) assert.equal(name(method), 't-1');
    assert.equal(name('server/discover'), undefined);
  } finally {
    await server.close();
  }
});

test('T-051 T-121 the envelope passes untouched, also of a version to come', async () => {
  await withServer({}, async (host, server) => {
    await host.modern('tools/list', { _meta: { 'x.example/trace': [1], progressToken: 3 } }, { version: '2031-05-05', capabilities: { roots: {} } });
    const { json, headers } = requestOf(server, 'tools/list');
    assert.equal(headers['mcp-protocol-version'], '2031-05-05');
    assert.deepEqual(json.params._meta, { ...envelope({ version: '2031-05-05', capabilities: { roots: {} } }), 'x.example/trace': [1], progressToken: 3 });
  });
});

test('T-121 a request without any version gets -32602 and does not go out', async () => {
  await withServer({}, async (host, server) => {
    await host.modern('server/discover');
    await host.modern('tools/list');
    const { error } = await host.request('tools/list', { _meta: { 'io.modelcontextprotocol/clientCapabilities': {} } }, { id: 'bare' });
    assert.equal(error.code, -32602);
    assert.ok(!server.requests.some(({ json }) => json?.id === 'bare'));
  });
});

test('T-052 user headers cannot override the mirrored ones', async () => {
  await withServer({}, async (host, server) => {
    await host.modern('tools/call', { name: 'echo', arguments: {} });
    const { headers } = requestOf(server, 'tools/call');
    assert.equal(headers['mcp-name'], 'echo');
    assert.equal(headers['mcp-method'], 'tools/call');
    assert.equal(headers['x-own'], 'yes');
  }, { args: ['--header', 'X-Own: yes'] });
});

const encoded = (text) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

for (const [value, header] of [
  ['plain', 'plain'], ['two words', 'two words'], [' edge', encoded(' edge')], ['edge ', encoded('edge ')],
  ['Grüße', encoded('Grüße')], ['tab\there', encoded('tab\there')], ['line\nbreak', encoded('line\nbreak')],
  ['=?base64?x?=', encoded('=?base64?x?=')], ['', encoded('')], ['\u007f', encoded('\u007f')], ['😀', encoded('😀')],
]) {
  test(`T-053 the name ${JSON.stringify(value)} is mirrored as ${header}`, async () => {
    await withServer({}, async (host, server) => {
      await host.modern('resources/read', { uri: value });
      assert.equal(requestOf(server, 'resources/read').headers['mcp-name'], header);
    });
  });
}

const schema = (properties, more = {}) => ({ type: 'object', properties, ...more });
const tool = (name, inputSchema) => ({ name, inputSchema });
const region = { type: 'string', 'x-mcp-header': 'Region' };

const voidTools = [
  tool('empty', schema({ a: { type: 'string', 'x-mcp-header': '' } })),
  tool('space', schema({ a: { type: 'string', 'x-mcp-header': 'a b' } })),
  tool('colon', schema({ a: { type: 'string', 'x-mcp-header': 'a:b' } })),
  tool('no-string', schema({ a: { type: 'string', 'x-mcp-header': 5 } })),
  tool('twice', schema({ a: region, b: { type: 'string', 'x-mcp-header': 'rEGION' } })),
  tool('number', schema({ a: { type: 'number', 'x-mcp-header': 'N' } })),
  tool('array', schema({ a: { type: 'array', items: {}, 'x-mcp-header': 'N' } })),
  tool('untyped', schema({ a: { 'x-mcp-header': 'N' } })),
  tool('in-items', schema({ a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'N' } } })),
  tool('in-anyOf', schema({}, { anyOf: [{ properties: { a: region } }] })),
  tool('in-defs', schema({}, { $defs: { a: region } })),
  tool('in-then', schema({}, { if: {}, then: { properties: { a: region } } })),
];
const validTools = [
  tool('plain', schema({ a: { type: 'string' } })),
  tool('nested', schema({ where: schema({ region, n: { type: 'integer', 'x-mcp-header': 'Count' } }), on: { type: 'boolean', 'x-mcp-header': 'On' } })),
  tool('nullable', schema({ a: { type: ['string', 'null'], 'x-mcp-header': 'A' } })),
];

test('T-054 T-055 void tools are taken out with a warning and cannot be called', async () => {
  await withServer({ tools: [...voidTools, ...validTools] }, async (host, server) => {
    const { result } = await host.modern('tools/list');
    assert.deepEqual(result.tools, validTools);
    for (const { name } of voidTools) assert.match(host.stderr, new RegExp(name));
    const { error } = await host.modern('tools/call', { name: 'twice', arguments: {} });
    assert.equal(error.code, -32602);
    assert.equal(callsOf(server, 'tools/call').length, 0);
    assert.ok((await host.modern('tools/call', { name: 'plain', arguments: {} })).result);
  });
});

test('T-056 annotated arguments are mirrored at their exact path', async () => {
  const cases = [
    [{ where: { region: 'eu', n: 42 }, on: true }, { region: 'eu', count: '42', on: 'true' }],
    [{ where: { region: 'Zürich', n: -7 }, on: false }, { region: encoded('Zürich'), count: '-7', on: 'false' }],
    [{ where: { region: null } }, {}],
    [{ region: 'wrong place' }, {}],
    [{ where: { region: 5 }, on: 'x' }, { region: '5', on: 'x' }],
    [{ where: { region: {}, n: [] } }, {}],
    [{}, {}],
  ];
  await withServer({ tools: validTools }, async (host, server) => {
    await host.modern('tools/list');
    for (const [args, expected] of cases) {
      await host.modern('tools/call', { name: 'nested', arguments: args });
      const { headers } = callsOf(server, 'tools/call').at(-1);
      const seen = Object.fromEntries(['region', 'count', 'on'].map((key) => [key, headers[`mcp-param-${key}`]]).filter(([, value]) => value !== undefined));
      assert.deepEqual(seen, expected, JSON.stringify(args));
    }
    const raw = (n) => `{"jsonrpc":"2.0","id":"raw","method":"tools/call","params":{"name":"nested","arguments":{"where":{"n":${n}}},"_meta":${JSON.stringify(envelope())}}}`;
    for (const [lexeme, header] of [['42.0', '42'], ['9007199254740991', '9007199254740991'], ['9007199254740993', undefined]]) {
      await host.expectAnswer('raw', raw(lexeme));
      assert.equal(callsOf(server, 'tools/call').at(-1).headers['mcp-param-count'], header, lexeme);
    }
  });
});

test('T-057 a host that never lists: -32020 makes the bridge learn and try once more', async () => {
  let refusals = 0;
  await withServer({
    tools: validTools,
    on: {
      'tools/call': (exchange, { json, headers }, next) => {
        if (headers['mcp-param-region'] === 'eu') return next();
        refusals += 1;
        return exchange.json(rpc.fail(json.id, -32020, 'Header mismatch'), { status: 400 });
      },
    },
  }, async (host, server) => {
    const answer = await host.modern('tools/call', { name: 'nested', arguments: { where: { region: 'eu' } } });
    assert.ok(answer.result, JSON.stringify(answer.error));
    assert.equal(refusals, 1);
    assert.ok(requestOf(server, 'tools/list'));
    const ids = callsOf(server, 'tools/call').map(({ json }) => json.id);
    assert.notEqual(ids[0], ids[1], 'the second try needs a new id');
    assertOneAnswerEach(host, [1]);
    assert.equal(host.messages.length, 1, 'the host saw the bridge\'s own listing');
  });
});

test('T-057 all pages are read, cursors as they are; a second -32020 ends it', async () => {
  const pages = { first: ['', 0], '': ['c 2', 1], 'c 2': [undefined, 2] };
  await withServer({
    on: {
      'tools/list': (exchange, { json }) => {
        const [nextCursor, index] = pages[json.params.cursor ?? 'first'];
        exchange.json(rpc.ok(json.id, complete({ tools: [validTools[index]], ...(nextCursor === undefined ? {} : { nextCursor }) })));
      },
      'tools/call': (exchange, { json }) => exchange.json(rpc.fail(json.id, -32020, 'Header mismatch'), { status: 400 }),
    },
  }, async (host, server) => {
    const { error } = await host.modern('tools/call', { name: 'nested', arguments: {} });
    assert.equal(error.code, -32603);
    assert.equal(callsOf(server, 'tools/call').length, 2);
    assert.deepEqual(callsOf(server, 'tools/list').map(({ json }) => json.params.cursor), [undefined, '', 'c 2']);
  });
});

test('T-058 a request from a modern server is dropped; the response ends the stream', async () => {
  let stream;
  await withServer({
    on: {
      'tools/call': (exchange, { json }) => {
        stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', id: 'rogue', method: 'roots/list' });
        stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } });
        stream.send(rpc.ok(json.id, complete({ content: [{ type: 'text', text: 'ok' }] })));
      },
    },
  }, async (host) => {
    const answer = await host.modern('tools/call', { name: 'echo', arguments: {}, _meta: { progressToken: 'p' } });
    assert.equal(textOf(answer), 'ok');
    assert.ok(!host.messages.some(({ id }) => id === 'rogue'), 'T-015: a modern host got a request');
    assert.ok(host.messages.some(({ method }) => method === 'notifications/progress'));
    await Promise.race([stream.closed, sleep(2000)]);
    assert.ok(!stream.open, 'the stream was left open');
    assert.match(host.stderr, /roots\/list|rogue|request/);
  });
});

test('T-059 any resultType is relayed; absent is fine', async () => {
  const results = [{ resultType: 'task', taskId: 't' }, { content: [] }, { resultType: 'input_required', requestState: 's' }];
  let next = 0;
  await withServer({ on: { 'tools/call': (exchange, { json }) => exchange.json(rpc.ok(json.id, results[next++])) } }, async (host) => {
    for (const expected of results) {
      assert.deepEqual((await host.modern('tools/call', { name: 'x', arguments: {} })).result, expected);
    }
  });
});

test('T-060 T-099 a cancel closes the stream and is not POSTed', async () => {
  let stream;
  await withServer({ on: { 'tools/call': (exchange) => { stream = exchange.sse(); } } }, async (host, server) => {
    host.modern('tools/call', { name: 'x', arguments: {} }, { id: 'c' }).catch(() => {});
    await server.waitForRequest(({ json }) => json?.id === 'c');
    await sleep(50);
    host.notify('notifications/cancelled', { requestId: 'c' });
    await Promise.race([stream.closed, sleep(2000)]);
    assert.ok(!stream.open, 'the stream was not closed');
    await host.modern('tools/list');
    assert.ok(!callsOf(server, 'notifications/cancelled').length);
    assert.equal(host.answersTo('c').length, 0);
  });
});

test('T-060 a cancel before the response head closes the connection too', async () => {
  let gone;
  await withServer({ on: { 'tools/call': (exchange) => { gone = new Promise((resolve) => exchange.socket.once('close', resolve)); } } }, async (host, server) => {
    host.modern('tools/call', { name: 'x', arguments: {} }, { id: 'c' }).catch(() => {});
    await server.waitForRequest(({ json }) => json?.id === 'c');
    host.notify('notifications/cancelled', { requestId: 'c' });
    assert.notEqual(await Promise.race([gone.then(() => 'gone'), sleep(2000)]), undefined);
  });
});

test('T-061 a broken list is asked again under a new id, a broken call is not', async () => {
  let lists = 0;
  let calls = 0;
  const breakOff = (exchange) => { const stream = exchange.sse(); stream.raw('id: e1\nretry: 1\ndata:\n\n'); setTimeout(() => stream.cut(), 20); };
  await withServer({
    on: {
      'tools/list': (exchange, request, next) => { lists += 1; return lists === 1 ? breakOff(exchange) : next(); },
      'tools/call': (exchange) => { calls += 1; breakOff(exchange); },
    },
  }, async (host, server) => {
    assert.ok((await host.modern('tools/list')).result);
    const ids = callsOf(server, 'tools/list').map(({ json }) => json.id);
    assert.equal(ids.length, 2);
    assert.notEqual(ids[0], ids[1]);
    assertOwnError(await host.modern('tools/call', { name: 'x', arguments: {} }), 'stream.lost', -31503);
    assert.equal(calls, 1);
    assert.ok(server.requests.every(({ method, headers }) => method === 'POST' && !headers['last-event-id']));
  });
});

test('T-062 multi round trips pass untouched', async () => {
  const server = await sdkServer('sdk2-server.js', 'modern');
  try {
    await withHost({ url: server.url }, async (host) => {
      host.capabilities = { elicitation: {} };
      const params = { name: 'ship', arguments: { n: 3 } };
      const first = (await host.modern('tools/call', params)).result;
      assert.equal(first.resultType, 'input_required');
      assert.equal(first.requestState, 'state of 3');
      const inputResponses = { ok: { action: 'accept', content: { yes: true } } };
      assert.equal(textOf(await host.modern('tools/call', { ...params, inputResponses, requestState: first.requestState })), 'shipped 3: true');
      await host.modern('tools/list');
      const where = textOf(await host.modern('tools/call', { name: 'where', arguments: { region: 'Zürich', n: 2 } }));
      assert.deepEqual(JSON.parse(where), { region: encoded('Zürich'), n: '2', args: { region: 'Zürich', n: 2 } });
      await host.modern('tools/call', { name: 'steps', arguments: { count: 3 }, _meta: { progressToken: 'p' } });
      assert.deepEqual(host.messages.filter(({ method }) => method === 'notifications/progress').map(({ params: p }) => p.progress), [1, 2, 3]);
      host.modern('tools/call', { name: 'wait', arguments: {} }, { id: 'w' }).catch(() => {});
      await sleep(100);
      host.notify('notifications/cancelled', { requestId: 'w' });
      for (let tries = 0; !server.output.includes('aborted') && tries < 100; tries += 1) await sleep(20);
      assert.match(server.output, /aborted/);
    });
  } finally {
    await server.close();
  }
});

const META = 'io.modelcontextprotocol/subscriptionId';
const acknowledged = (id, notifications) => ({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: { notifications, _meta: { [META]: id } } });
const changed = (id) => ({ jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: { [META]: id } } });

test('T-063 T-120 two subscriptions with the SDK server', async () => {
  const server = await sdkServer('sdk2-server.js', 'dual');
  try {
    await withHost({ url: server.url }, async (host) => {
      const tools = host.modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'l1', timeout: 60_000 });
      const resource = host.modern('subscriptions/listen', { notifications: { resourceSubscriptions: ['test://a'] } }, { id: 'l2', timeout: 60_000 });
      tools.catch(() => {});
      resource.catch(() => {});
      for (const id of ['l1', 'l2']) {
        await host.waitFor(({ method, params }) => method === 'notifications/subscriptions/acknowledged' && params._meta[META] === id);
      }
      await fetch(`${server.url.replace('/mcp', '')}/publish/tools`, { method: 'POST' });
      await fetch(`${server.url.replace('/mcp', '')}/publish/resource`, { method: 'POST' });
      assert.equal((await host.waitForMethod('notifications/tools/list_changed')).params._meta[META], 'l1');
      const updated = await host.waitForMethod('notifications/resources/updated');
      assert.deepEqual([updated.params._meta[META], updated.params.uri], ['l2', 'test://a']);
      host.notify('notifications/cancelled', { requestId: 'l1' });
      assert.ok((await host.modern('tools/list')).result);
    });
  } finally {
    await server.close();
  }
});

test('T-063 404 to listen is an answer, not an end', async () => {
  await withServer({ on: { 'subscriptions/listen': (exchange) => exchange.send(404, { 'Content-Type': 'text/plain' }, 'nope') } }, async (host) => {
    const answer = await host.modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    assert.ok(answer.error);
    assert.ok((await host.modern('tools/list')).result);
  });
});

test('T-122 a lost subscription is renewed unseen and tells of possible changes', async () => {
  const streams = [];
  await withServer({
    on: {
      'subscriptions/listen': (exchange, { json }) => {
        const stream = exchange.sse();
        streams.push({ stream, id: json.id });
        stream.send(acknowledged(json.id, { toolsListChanged: true }));
      },
    },
  }, async (host) => {
    host.modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'l', timeout: 60_000 }).catch(() => {});
    await host.waitForMethod('notifications/subscriptions/acknowledged');
    streams[0].stream.cut();
    await host.waitForMethod('notifications/tools/list_changed', { timeout: 8000 });
    for (let tries = 0; streams.length < 2 && tries < 100; tries += 1) await sleep(50);
    streams[1].stream.send(changed(streams[1].id));
    await sleep(300);
    assert.equal(host.messages.filter(({ method }) => method === 'notifications/subscriptions/acknowledged').length, 1);
    const changes = host.messages.filter(({ method }) => method === 'notifications/tools/list_changed');
    assert.equal(changes.length, 2);
    assert.ok(changes.every(({ params }) => params._meta[META] === 'l'), 'the host knows only its own id');
    assert.equal(host.answersTo('l').length, 0);
  });
});

test('T-122 a subscription lost for good ends with a cancel under its id', async () => {
  let listens = 0;
  await withServer({
    on: {
      'subscriptions/listen': (exchange, { json }) => {
        listens += 1;
        if (listens > 1) return exchange.send(404, {}, '');
        const stream = exchange.sse();
        stream.send(acknowledged(json.id, { toolsListChanged: true }));
        return setTimeout(() => stream.cut(), 30);
      },
    },
  }, async (host) => {
    host.modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'l', timeout: 60_000 }).catch(() => {});
    const end = await host.waitFor(({ method, id, error }) => method === 'notifications/cancelled' || (id === 'l' && error), { timeout: 15_000 });
    if (end.method) assert.equal(end.params.requestId, 'l');
  });
});

for (const [status, code, data] of [
  [400, -32020, undefined], [400, -32021, { requiredCapabilities: { sampling: {} } }], [400, -32602, undefined],
  [404, -32601, undefined], [403, -32000, undefined], [200, -32603, { own: true }], [500, -32603, undefined],
]) {
  test(`T-064 ${status} with ${code} is the response, id filled in`, async () => {
    await withServer({
      on: { 'prompts/list': (exchange) => exchange.json(rpc.fail(null, code, 'refused', data), { status }) },
    }, async (host) => {
      const { error, id } = await host.modern('prompts/list');
      assert.equal(id, 1);
      if (status === 403) return;
      assert.deepEqual(error, data === undefined ? { code, message: 'refused' } : { code, message: 'refused', data });
    });
  });
}

test('T-065 -32022 reaches the host intact, and no initialize follows', async () => {
  const data = { supported: ['2026-07-28'], requested: '2031-01-01' };
  await withServer({
    on: { 'server/discover': (exchange, { json }) => exchange.json(rpc.fail(json.id, -32022, 'Unsupported protocol version', data), { status: 400 }) },
  }, async (host, server) => {
    const { error } = await host.modern('server/discover', {}, { version: '2031-01-01' });
    assert.deepEqual(error, { code: -32022, message: 'Unsupported protocol version', data });
    assert.equal(callsOf(server, 'initialize').length, 0);
  });
});

test('T-066 431 and 413 become readable errors', async () => {
  for (const status of [413, 431]) {
    await withServer({ on: { 'tools/call': (exchange) => exchange.send(status, { 'Content-Type': 'text/plain' }, 'too big') } }, async (host) => {
      const answer = await host.modern('tools/call', { name: 'x', arguments: { a: 'y'.repeat(5000) } });
      assert.equal(answer.error.data.source, 'mcp-bridge');
      assert.equal(answer.error.data.http, status);
      assert.match(JSON.stringify(answer.error), /\d+ (bytes|KiB|kB)|\b5\d{3}\b/i);
    });
  }
});

test('T-067 a changed list is seen after its notification', async () => {
  let tools = [validTools[0]];
  await withServer({
    on: { 'tools/list': (exchange, { json }) => exchange.json(rpc.ok(json.id, { resultType: 'complete', tools, ttlMs: 3_600_000, cacheScope: 'public' })) },
  }, async (host, server) => {
    assert.equal((await host.modern('tools/list')).result.tools[0].name, 'plain');
    tools = [validTools[1]];
    assert.equal((await host.modern('tools/list')).result.tools[0].name, 'nested');
    assert.equal(callsOf(server, 'tools/list').length, 2);
  });
});

test('T-069 a refused vendor notification is logged only', async () => {
  await withServer({ on: { 'notifications/vendor': (exchange) => exchange.send(400, {}, 'no') } }, async (host, server) => {
    await host.modern('tools/list');
    host.send({ jsonrpc: '2.0', method: 'notifications/vendor', params: { _meta: envelope() } });
    const { headers } = await server.waitForRequest(({ json }) => json?.method === 'notifications/vendor');
    assert.equal(headers['mcp-method'], 'notifications/vendor');
    assert.equal(headers['mcp-protocol-version'], '2026-07-28');
    await host.modern('tools/list');
    await sleep(50);
    assert.ok(!host.messages.some(({ error }) => error));
    assert.match(host.stderr, /400/);
  }, { args: ['--log-level', 'info'] });
});

test('T-123 task notifications ride the subscription', async () => {
  await withServer({
    on: {
      'subscriptions/listen': (exchange, { json }) => {
        const stream = exchange.sse();
        stream.send(acknowledged(json.id, {}));
        stream.send({ jsonrpc: '2.0', method: 'notifications/tasks', params: { taskId: 't-9', status: 'working', _meta: { [META]: json.id } } });
      },
    },
  }, async (host) => {
    host.modern('subscriptions/listen', { notifications: {} }, { id: 'l', timeout: 60_000 }).catch(() => {});
    assert.equal((await host.waitForMethod('notifications/tasks')).params.taskId, 't-9');
  });
});

test('a modern session leaves as promptly as any', async () => {
  await withServer({ on: { 'subscriptions/listen': (exchange, { json }) => { exchange.sse().send(acknowledged(json.id, {})); } } }, async (host) => {
    host.modern('subscriptions/listen', { notifications: {} }, { id: 'l', timeout: 60_000 }).catch(() => {});
    await host.waitForMethod('notifications/subscriptions/acknowledged');
    const { ms } = await host.closeStdin();
    assert.ok(ms < 1000 * timeScale, `${ms} ms`);
  });
});
