// SPDX-License-Identifier: ISC
// A host that knows only 2026-07-28 before servers of the initialize era (T-110
// to T-118): a session opened in its name, questions that end its requests,
// subscriptions that are shared.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertOwnError, textOf } from './lib/expect.js';
import { clientInfo, withHost } from './lib/host.js';
import { legacyServer, rpc, sseServer } from './lib/scripted.js';
import { everythingServer, sdkServer } from './lib/servers.js';

const META = 'io.modelcontextprotocol/';
const everyCapability = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const form = { message: 'Ship?', requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } } };
const text = (value) => ({ content: [{ type: 'text', text: value }] });

/** A scripted server, and a host that declares `capabilities`. */
async function withServer(options, use, { capabilities = everyCapability, args } = {}) {
  const server = await legacyServer(options);
  try {
    return await withHost({ url: server.url, args }, (host) => {
      host.capabilities = capabilities;
      return use(host, server);
    });
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}

const sentTo = (server, method) => server.requests.filter(({ json, headers }) => json?.method === method && !json.params?._meta?.[`${META}protocolVersion`] && (method === 'initialize' || headers['mcp-session-id']));
const call = (host, params = {}, options) => host.modern('tools/call', { name: 'ship', arguments: {}, ...params }, options);

/** Answers the questions of `answer` and goes on where it ended. */
function goOn(host, { result }, reply, params = {}, options = {}) {
  const inputResponses = Object.fromEntries(Object.entries(result.inputRequests).map(([key, asked]) => [key, reply(asked)]));
  return call(host, { ...params, requestState: result.requestState, inputResponses }, options);
}

/**
 * A handler of tools/call that asks: `script(ask, request, stream)` where ask()
 * sends a request on the stream and resolves with the reply; its value is the result.
 */
function asking(script) {
  const replies = new Map();
  let next = 1;
  return {
    response: (exchange, { json }) => {
      exchange.accepted();
      replies.get(JSON.stringify(json.id))?.(json);
    },
    'tools/call': async (exchange, request) => {
      if (request.headers['mcp-session-id'] === undefined) return exchange.json(rpc.fail(request.json.id, -32000, 'No session'), { status: 400 });
      const stream = exchange.sse();
      const ask = (method, params, { id = next++, on = stream } = {}) => new Promise((resolve) => {
        replies.set(JSON.stringify(id), resolve);
        on.send({ jsonrpc: '2.0', id, method, params });
      });
      const result = await script(ask, request.json, stream);
      if (result !== undefined) {
        stream.send(result.error ? { jsonrpc: '2.0', id: request.json.id, ...result } : rpc.ok(request.json.id, result));
        stream.end();
      }
    },
  };
}

describe('the session', () => {
  test('T-110 it is opened in the name of the first request', async () => {
    await withServer({ instructions: 'Be kind.' }, async (host, server) => {
      const answer = await host.modern('tools/call', { name: 'echo', arguments: { a: 9007199254740993n.toString() }, _meta: { 'x.example/trace': [1] } }, { id: 'h1' });
      assert.deepEqual(answer.result._meta, { [`${META}serverInfo`]: { name: 'scripted', version: '1' } });
      assert.equal(answer.result.resultType, 'complete');
      const [initialize] = sentTo(server, 'initialize');
      assert.deepEqual(initialize.json.params, { protocolVersion: '2025-11-25', capabilities: everyCapability, clientInfo });
      assert.equal(initialize.headers['mcp-session-id'], undefined);
      assert.equal(sentTo(server, 'notifications/initialized').length, 1);
      const [{ json, headers }] = sentTo(server, 'tools/call');
      assert.deepEqual(json.params, { name: 'echo', arguments: { a: '9007199254740993' }, _meta: { 'x.example/trace': [1] } });
      assert.notEqual(json.id, 'h1');
      assert.equal(headers['mcp-protocol-version'], '2025-11-25');
      assert.equal(headers['mcp-session-id'], 'session-1');
      for (const name of Object.keys(headers)) assert.ok(!/^mcp-(method|name|param)/.test(name), name);
    });
  });

  test('T-110 server/discover is answered from it', async () => {
    await withServer({ instructions: 'Be kind.' }, async (host, server) => {
      await host.modern('tools/list');
      const { result } = await host.modern('server/discover');
      assert.deepEqual(result.supportedVersions, ['2026-07-28']);
      assert.equal(result.instructions, 'Be kind.');
      assert.ok(result.capabilities.tools);
      assert.equal(result.capabilities.tasks, undefined);
      assert.deepEqual([result.resultType, result.ttlMs, result.cacheScope], ['complete', 0, 'private']);
      assert.deepEqual(result._meta, { [`${META}serverInfo`]: { name: 'scripted', version: '1' } });
      assert.equal(sentTo(server, 'initialize').length, 1);
    });
  });

  test('T-084 T-110 discover before and after the era is pinned', async () => {
    await withServer({}, async (host, server) => {
      assert.equal((await host.modern('server/discover')).error.code, -32601);
      const [list, discover] = await Promise.all([host.modern('tools/list'), host.modern('server/discover')]);
      assert.equal(list.result.tools[0].name, 'echo');
      assert.deepEqual(discover.result.supportedVersions, ['2026-07-28']);
      assert.equal(sentTo(server, 'initialize').length, 1);
    });
  });

  test('T-110 other versions, and envelopes that lack a key', async () => {
    await withServer({}, async (host) => {
      await host.modern('tools/list');
      const { error } = await host.modern('tools/list', {}, { version: '2031-05-05' });
      assert.deepEqual([error.code, error.data.supported, error.data.requested], [-32022, ['2026-07-28'], '2031-05-05']);
      const lacking = await host.request('tools/list', { _meta: { [`${META}protocolVersion`]: '2026-07-28' } });
      assert.equal(lacking.error.code, -32602);
    });
  });

  test('T-110 a host that does not say who it is', async () => {
    await withServer({}, async (host, server) => {
      await host.request('tools/list', { _meta: { [`${META}protocolVersion`]: '2026-07-28', [`${META}clientCapabilities`]: {} } });
      const { clientInfo: info } = sentTo(server, 'initialize')[0].json.params;
      assert.equal(info.name, 'mcp-bridge');
    });
  });

  test('T-111 requests that came before the verdict are all carried out, once', async () => {
    await withServer({}, async (host, server) => {
      const methods = ['tools/list', 'resources/list', 'prompts/list', 'tools/call', 'tools/call'];
      const answers = await Promise.all(methods.map((method) => host.modern(method, { name: 'echo', arguments: {} })));
      for (const { result } of answers) assert.equal(result.resultType, 'complete');
      assert.equal(server.state.executed, 2);
      assert.equal(sentTo(server, 'initialize').length, 1);
      for (const { result } of answers.slice(0, 3)) assert.deepEqual([result.ttlMs, result.cacheScope], [0, 'private']);
      assert.equal(answers[3].result.ttlMs, undefined);
    });
  });

  test('T-111 more capabilities: another session; fewer: refused', async () => {
    const asked = [];
    await withServer({
      on: asking(async (ask, { params }) => {
        const reply = await ask(params.arguments.method, params.arguments.params);
        asked.push(reply);
        return text(JSON.stringify(reply.result ?? reply.error.code));
      }),
    }, async (host, server) => {
      await host.modern('tools/list', {}, { capabilities: { roots: {} } });
      await host.modern('tools/list', {}, { capabilities: { elicitation: {} } });
      const declared = () => sentTo(server, 'initialize').map(({ json }) => json.params.capabilities);
      assert.deepEqual(declared(), [{ roots: {} }, { roots: {}, elicitation: {} }]);
      assert.equal(server.requests.filter(({ method }) => method === 'DELETE').length, 1);
      const params = { arguments: { method: 'elicitation/create', params: form } };
      assert.equal(textOf(await call(host, params, { capabilities: { roots: {} } })), '-32601');
      const answer = await call(host, params, { capabilities: { elicitation: {} } });
      assert.equal(textOf(await goOn(host, answer, () => ({ action: 'decline' }), params, { capabilities: { elicitation: {} } })), '{"action":"decline"}');
      assert.equal(declared().length, 2);
    });
  });

  test('a server that speaks no revision we know', async () => {
    await withServer({ version: '1999-01-01' }, async (host) => {
      assertOwnError(await host.modern('tools/list'), 'upstream.protocol', -31501);
      assertOwnError(await host.modern('server/discover'), 'upstream.protocol', -31501);
    });
  });

  test('methods of the older era, and tasks (T-117), are none of this host', async () => {
    const tools = ['required', 'optional'].map((taskSupport) => ({ name: taskSupport, inputSchema: { type: 'object' }, execution: { taskSupport } }));
    await withServer({ on: { 'tools/list': (exchange, { json, headers }, next) => (headers['mcp-session-id'] ? exchange.json(rpc.ok(json.id, { tools })) : next()) } }, async (host, server) => {
      const { result } = await host.modern('tools/list');
      assert.deepEqual(result.tools, [{ name: 'optional', inputSchema: { type: 'object' } }]);
      for (const method of ['logging/setLevel', 'resources/subscribe', 'tasks/list', 'tasks/get', 'tasks/result', 'tasks/cancel']) {
        assert.equal((await host.modern(method, { taskId: 't', uri: 'test://a', level: 'info' })).error.code, -32601, method);
        assert.equal(sentTo(server, method).length, 0);
      }
      assert.deepEqual((await host.modern('ping')).result, { resultType: 'complete' });
      host.notify('notifications/roots/list_changed');
      host.notify('notifications/x.example', { a: 1 });
      await server.waitForRequest(({ json }) => json?.method === 'notifications/x.example');
      assert.equal(sentTo(server, 'notifications/roots/list_changed').length, 0);
    });
  });

  test('T-118 T-035 an expired session goes unnoticed; what was asked in it is lost', async () => {
    await withServer({ on: asking(async (ask, { params }) => (params.name === 'ship' ? text((await ask('elicitation/create', form)).result.action) : text('fine'))) }, async (host, server) => {
      const answer = await call(host);
      server.state.session = 'session-2';
      assert.equal((await host.modern('prompts/list')).result.resultType, 'complete');
      assertOwnError(await goOn(host, answer, () => ({ action: 'accept' })), 'stream.lost');
      assert.equal((await goOn(host, answer, () => ({ action: 'accept' }))).error.code, -32602);
      assert.equal(server.requests.filter(({ json }) => json?.id === 1 && json.result).length, 0);
    });
  });
});

describe('questions', () => {
  test('T-113 one after the other; the id of a finished request may come again', async () => {
    await withServer({
      on: asking(async (ask) => {
        const first = await ask('elicitation/create', { ...form, _meta: { a: 1 }, task: { ttl: 1 } });
        const second = await ask('sampling/createMessage', { messages: [], maxTokens: 5 }, { id: 'two' });
        return text(JSON.stringify([first.result, second.result]));
      }),
    }, async (host) => {
      const first = await call(host, {}, { id: 7 });
      assert.equal(first.result.resultType, 'input_required');
      assert.match(first.result.requestState, /^mb1\.[0-9a-f]{32}$/);
      assert.deepEqual(first.result.inputRequests, { 1: { method: 'elicitation/create', params: form } });
      assert.equal((await host.modern('prompts/list', {}, { id: 7 })).result.resultType, 'complete');
      const second = await goOn(host, first, () => ({ action: 'accept', content: { yes: true } }), {}, { id: 7 });
      assert.deepEqual(second.result.inputRequests, { 's:two': { method: 'sampling/createMessage', params: { messages: [], maxTokens: 5 } } });
      assert.notEqual(second.result.requestState, first.result.requestState);
      const message = { role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } };
      const last = await goOn(host, second, () => message, {}, { id: 8 });
      assert.deepEqual(JSON.parse(textOf(last)), [{ action: 'accept', content: { yes: true } }, message]);
      assert.equal(last.result.resultType, 'complete');
    });
  });

  test('T-113 two at once are joined; missing answers are asked for again, others ignored', async () => {
    await withServer({
      on: asking(async (ask) => {
        const replies = await Promise.all([ask('elicitation/create', form), ask('roots/list')]);
        return text(JSON.stringify(replies.map(({ result }) => result)));
      }),
    }, async (host, server) => {
      let answer = await call(host);
      const { requestState, inputRequests } = answer.result;
      assert.deepEqual(inputRequests, { 1: { method: 'elicitation/create', params: form }, 2: { method: 'roots/list' } });
      answer = await call(host, { requestState, inputResponses: { 2: { roots: [] }, 9: { extra: true } } });
      assert.deepEqual(Object.keys(answer.result.inputRequests), ['1']);
      assert.equal((await call(host, { requestState, inputResponses: {} })).error.code, -32602);
      answer = await goOn(host, answer, () => ({ action: 'cancel' }));
      assert.equal(textOf(answer), '[{"action":"cancel"},{"roots":[]}]');
      assert.equal(sentTo(server, 'tools/call').length, 1);
    });
  });

  test('T-113 the state belongs to one method and its parameters', async () => {
    await withServer({ on: asking(async (ask) => text((await ask('elicitation/create', form)).result.action)) }, async (host) => {
      const answer = await call(host);
      const { requestState } = answer.result;
      const inputResponses = { 1: { action: 'accept' } };
      const wrong = [
        ['tools/call', { name: 'ship', arguments: {}, requestState: 'mb1.00000000000000000000000000000000', inputResponses }],
        ['tools/call', { name: 'ship', arguments: { n: 1 }, requestState, inputResponses }],
        ['prompts/get', { name: 'ship', arguments: {}, requestState, inputResponses }],
        ['tools/call', { name: 'ship', arguments: {}, requestState: 5, inputResponses }],
      ];
      for (const [method, params] of wrong) assert.equal((await host.modern(method, params)).error.code, -32602, JSON.stringify(params));
      assert.equal(textOf(await goOn(host, answer, () => ({ action: 'accept' }))), 'accept');
    });
  });

  test('T-113 what may not be asked is refused at the server', async () => {
    const cases = [
      ['roots/list', undefined, -32601], ['x.example/ask', {}, -32601], ['sampling/createMessage', { messages: [], maxTokens: 1 }, -32601],
      ['elicitation/create', { mode: 'url', message: 'Go', url: 'https://example.com/', elicitationId: 'e' }, -32602],
    ];
    await withServer({
      on: asking(async (ask) => {
        for (const [method, params, code] of cases) assert.equal((await ask(method, params)).error?.code, code, method);
        assert.deepEqual((await ask('ping')).result, {});
        return text('done');
      }),
    }, async (host) => {
      assert.equal(textOf(await call(host)), 'done');
    }, { capabilities: { elicitation: { form: {} } } });
  });

  test('T-113 URL mode passes without its elicitationId; its completion is dropped', async () => {
    const params = { mode: 'url', message: 'Go', url: 'https://example.com/' };
    await withServer({
      on: asking(async (ask, request, stream) => {
        const { result } = await ask('elicitation/create', { ...params, elicitationId: 'e' });
        stream.send({ jsonrpc: '2.0', method: 'notifications/elicitation/complete', params: { elicitationId: 'e' } });
        return text(result.action);
      }),
    }, async (host) => {
      const answer = await call(host);
      assert.deepEqual(answer.result.inputRequests[1].params, params);
      assert.equal(textOf(await goOn(host, answer, () => ({ action: 'accept' }))), 'accept');
      assert.ok(!host.messages.some(({ method }) => method?.includes('elicitation')));
    });
  });

  test('T-113 questions on the standing stream go to the only call; without one they are refused', async () => {
    let standing;
    const on = asking(async (ask, { params }) => {
      if (params.arguments.wait) return sleep(300).then(() => text('waited'));
      return text(JSON.stringify((await ask('roots/list', undefined, { on: standing })).result));
    });
    await withServer({ on: { ...on, GET: (exchange) => { standing = exchange.sse(); } } }, async (host, server) => {
      await host.modern('tools/list');
      standing.send({ jsonrpc: '2.0', id: 'alone', method: 'roots/list' });
      assert.equal((await server.waitForRequest(({ json }) => json?.id === 'alone')).json.error.code, -32602);
      const answer = await call(host);
      assert.equal(textOf(await goOn(host, answer, () => ({ roots: [] }))), '{"roots":[]}');
      const two = [call(host, { arguments: { wait: 1 } }), call(host, { arguments: { wait: 2 } })];
      await sleep(100);
      standing.send({ jsonrpc: '2.0', id: 'torn', method: 'roots/list' });
      assert.equal((await server.waitForRequest(({ json }) => json?.id === 'torn')).json.error.code, -32602);
      await Promise.all(two);
    });
  });

  test('T-113 the server withdraws a question, or answers without it', async () => {
    await withServer({
      on: asking(async (ask, { params }, stream) => {
        ask('elicitation/create', form, { id: 'q' });
        await sleep(50);
        stream.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'q' } });
        await sleep(params.arguments.early ? 0 : 100);
        return text('without');
      }),
    }, async (host, server) => {
      let answer = await call(host);
      await sleep(70);
      assert.equal(textOf(await goOn(host, answer, () => ({ action: 'accept' }))), 'without');
      answer = await call(host, { arguments: { early: true } });
      await sleep(100);
      assert.equal(textOf(await goOn(host, answer, () => ({ action: 'accept' }), { arguments: { early: true } })), 'without');
      assert.ok(!server.requests.some(({ json }) => json?.id === 'q' && json.result));
    });
  });

  test('T-113 a list of one block is unwrapped for a server before 2025-11-25', async () => {
    const block = { type: 'text', text: 'hi' };
    for (const [version, expected] of [['2025-06-18', block], ['2025-11-25', [block]]]) {
      await withServer({ version, on: asking(async (ask) => text(JSON.stringify((await ask('sampling/createMessage', { messages: [], maxTokens: 1 })).result.content))) }, async (host) => {
        const answer = await call(host);
        assert.deepEqual(JSON.parse(textOf(await goOn(host, answer, () => ({ role: 'assistant', model: 'm', content: [block] })))), expected);
      });
    }
  });

  test('T-113 the connection breaks while the user is asked', async () => {
    await withServer({ on: asking((ask, request, stream) => { ask('elicitation/create', form); setTimeout(() => stream.cut(), 100); }) }, async (host, server) => {
      const answer = await call(host);
      await sleep(300);
      assertOwnError(await goOn(host, answer, () => ({ action: 'accept' })), 'stream.lost');
      assert.equal(sentTo(server, 'tools/call').length, 1);
    });
  });

  test('T-115 progress goes under the token of whoever waits', async () => {
    await withServer({
      on: asking(async (ask, { params }, stream) => {
        const tell = (progress) => stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: params._meta.progressToken, progress } });
        tell(1);
        const reply = ask('elicitation/create', form);
        await sleep(50);
        tell(2);
        tell(3);
        await reply;
        tell(4);
        return text('done');
      }),
    }, async (host) => {
      const answer = await call(host, { _meta: { progressToken: 'p1' } });
      await sleep(150);
      const { requestState } = answer.result;
      const inputResponses = { 1: { action: 'accept' } };
      assert.equal(textOf(await call(host, { requestState, inputResponses, _meta: { progressToken: 2 } })), 'done');
      const progress = host.messages.filter(({ method }) => method === 'notifications/progress');
      assert.deepEqual(progress.map(({ params }) => [params.progressToken, params.progress]), [['p1', 1], [2, 3], [2, 4]]);
    });
  });

  test('T-115 T-034 a cancel names the request the server knows', async () => {
    await withServer({
      on: asking(async (ask, { params }) => {
        if (params.arguments.ask) await ask('elicitation/create', form);
        return undefined;
      }),
    }, async (host, server) => {
      const cancelled = (n) => server.waitForRequest(({ json }) => json?.method === 'notifications/cancelled' && sentTo(server, 'notifications/cancelled').length === n);
      call(host, {}, { id: 'a' }).catch(() => {});
      await server.waitForRequest(({ json, headers }) => json?.method === 'tools/call' && headers['mcp-session-id']);
      await sleep(50);
      host.notify('notifications/cancelled', { requestId: 'a', reason: 'bored' });
      await cancelled(1);
      const answer = await call(host, { arguments: { ask: true } });
      goOn(host, answer, () => ({ action: 'accept' }), { arguments: { ask: true } }, { id: 'b' }).catch(() => {});
      await server.waitForRequest(({ json }) => json?.result);
      host.notify('notifications/cancelled', { requestId: 'b' });
      await cancelled(2);
      const ids = sentTo(server, 'tools/call').map(({ json }) => json.id);
      assert.deepEqual(sentTo(server, 'notifications/cancelled').map(({ json }) => json.params), [{ requestId: ids[0], reason: 'bored' }, { requestId: ids[1] }]);
      assert.equal(host.answersTo('a').length + host.answersTo('b').length, 0);
    });
  });
});

describe('errors', () => {
  test('T-116 codes', async () => {
    const codes = [[-32002, -32602], [-32000, -32000], [-32019, -32019], [-32020, -32603], [-32022, -32603], [-32042, -32603], [-32099, -32603], [-32601, -32601], [7, 7]];
    await withServer({ on: { 'resources/list': (exchange, { json, headers }, next) => (headers['mcp-session-id'] ? exchange.json(rpc.fail(json.id, Number(json.params.cursor), 'No', { a: 1 })) : next()) } }, async (host) => {
      await host.modern('tools/list');
      for (const [code, expected] of codes) {
        const { error } = await host.modern('resources/list', { cursor: String(code) });
        assert.equal(error.code, expected, String(code));
        assert.equal(error.message, 'No');
        if (code <= -32020 && code >= -32099) assert.equal(error.data.code, code);
      }
    });
  });

  test('T-116 -32042 asks the user to visit addresses, then the call goes again', async () => {
    const elicitations = [{ mode: 'url', message: 'Pay', url: 'https://example.com/pay', elicitationId: 'e1' }];
    const on = { 'tools/call': (exchange, { json, headers }, next) => {
      if (!headers['mcp-session-id']) return next();
      return server.visited ? next() : exchange.json(rpc.fail(json.id, -32042, 'Pay first', { elicitations }));
    } };
    let server;
    await withServer({ on }, async (host, scripted) => {
      server = scripted;
      const answer = await call(host);
      assert.deepEqual(Object.values(answer.result.inputRequests), [{ method: 'elicitation/create', params: { mode: 'url', message: 'Pay', url: 'https://example.com/pay' } }]);
      server.visited = true;
      const last = await goOn(host, answer, () => ({ action: 'accept' }));
      assert.equal(last.result.resultType, 'complete');
      server.visited = false;
      const { error } = await call(host, {}, { capabilities: { elicitation: {} } });
      assert.deepEqual([error.code, error.data.requiredCapabilities], [-32021, { elicitation: { url: {} } }]);
    });
  });
});

describe('logs', () => {
  const levels = async (host) => host.messages.filter(({ method }) => method === 'notifications/message').map(({ params }) => `${params.level} ${params.data}`);
  const wants = (level) => ({ [`${META}logLevel`]: level });
  const chatty = asking(async (ask, { params }, stream) => {
    for (const level of ['debug', 'info', 'error']) stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level, data: params.arguments.n } });
    await sleep(150);
    return text('done');
  });

  test('T-114 each request gets what it asked for', async () => {
    await withServer({ on: chatty }, async (host, server) => {
      await call(host, { arguments: { n: 0 } });
      await Promise.all([
        call(host, { arguments: { n: 1 }, _meta: wants('error') }),
        call(host, { arguments: { n: 2 }, _meta: wants('debug') }),
      ]);
      const heard = await levels(host);
      assert.deepEqual(heard.filter((line) => line.endsWith('1')), ['error 1']);
      assert.deepEqual(heard.filter((line) => line.endsWith('2')), ['debug 2', 'info 2', 'error 2']);
      assert.ok(!heard.some((line) => line.endsWith('0')));
      assert.equal(sentTo(server, 'logging/setLevel').at(-1).json.params.level, 'debug');
      const told = sentTo(server, 'logging/setLevel').length;
      await call(host, { arguments: { n: 3 }, _meta: wants('debug') });
      assert.equal(sentTo(server, 'logging/setLevel').length, told);
      await call(host, { arguments: { n: 4 }, _meta: wants('info') });
      assert.equal(sentTo(server, 'logging/setLevel').at(-1).json.params.level, 'info');
    });
  });

  test('T-114 a server without logging is not asked for it', async () => {
    await withServer({ on: chatty, declares: { tools: {} } }, async (host, server) => {
      await call(host, { arguments: { n: 1 }, _meta: wants('info') });
      assert.equal(sentTo(server, 'logging/setLevel').length, 0);
      assert.equal(sentTo(server, 'ping').length, 1);
    });
  });
});

describe('subscriptions', () => {
  const ackOf = (host, id) => host.waitFor(({ method, params }) => method === 'notifications/subscriptions/acknowledged' && params._meta[`${META}subscriptionId`] === id);
  const taggedWith = (host, id) => host.messages.filter(({ method, params }) => method && params?._meta?.[`${META}subscriptionId`] === id);
  const listen = (host, id, notifications) => { host.modern('subscriptions/listen', { notifications }, { id, timeout: 60_000 }).catch(() => {}); };
  const urisSent = (server, method) => sentTo(server, method).map(({ json }) => json.params.uri);

  /** A server with a standing stream; it refuses to subscribe to test://no. */
  function telling(options = {}) {
    const server = {};
    const on = {
      GET: (exchange) => { server.standing = exchange.sse(); },
      'resources/subscribe': async (exchange, { json }, next) => {
        if (options.before) await options.before(server);
        return json.params.uri === 'test://no' ? exchange.json(rpc.fail(json.id, -32602, 'No such resource')) : next();
      },
    };
    const tell = (method, params) => server.standing.send({ jsonrpc: '2.0', method, params });
    server.updated = (uri) => tell('notifications/resources/updated', { uri });
    server.changed = (what) => tell(`notifications/${what}/list_changed`);
    return { ...options, on: { ...on, ...options.on }, told: server };
  }

  test('T-112 two listens that share a resource', async () => {
    const options = telling();
    await withServer(options, async (host, server) => {
      listen(host, 'one', { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ['test://a', 'test://b/', 'test://no'] });
      assert.deepEqual((await ackOf(host, 'one')).params.notifications, { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ['test://a', 'test://b/'] });
      listen(host, 'two', { toolsListChanged: true, resourceSubscriptions: ['test://a'] });
      await ackOf(host, 'two');
      assert.deepEqual(urisSent(server, 'resources/subscribe'), ['test://a', 'test://b/', 'test://no']);
      options.told.updated('test://a');
      options.told.updated('test://b/child');
      options.told.updated('test://elsewhere');
      options.told.changed('tools');
      options.told.changed('prompts');
      options.told.changed('resources');
      await host.waitFor(({ method }) => method === 'notifications/prompts/list_changed');
      await host.modern('tools/list');
      const seen = (id) => taggedWith(host, id).slice(1).map(({ method, params }) => params.uri ?? method.split('/')[1]);
      assert.deepEqual(seen('one'), ['test://a', 'test://b/child', 'tools', 'prompts']);
      assert.deepEqual(seen('two'), ['test://a', 'tools']);
      assert.ok(!host.messages.some(({ method, params }) => method && !params?._meta));
      host.notify('notifications/cancelled', { requestId: 'one' });
      await server.waitForRequest(({ json }) => json?.method === 'resources/unsubscribe');
      assert.deepEqual(urisSent(server, 'resources/unsubscribe'), ['test://b/']);
      host.notify('notifications/cancelled', { requestId: 'two' });
      await server.waitForRequest(({ json }) => json?.method === 'resources/unsubscribe' && json.params.uri === 'test://a');
      options.told.updated('test://a');
      await host.modern('tools/list');
      assert.equal(seen('two').length, 2);
    });
  });

  test('T-112 nothing comes before the acknowledgment', async () => {
    const options = telling({ before: async (told) => { told.updated('test://a'); told.changed('tools'); await sleep(150); } });
    await withServer(options, async (host) => {
      await host.modern('tools/list');
      listen(host, 5, { toolsListChanged: true, resourceSubscriptions: ['test://a'] });
      await ackOf(host, 5);
      await host.waitFor(({ method }) => method === 'notifications/tools/list_changed');
      assert.deepEqual(taggedWith(host, 5).map(({ method }) => method), ['notifications/subscriptions/acknowledged', 'notifications/resources/updated', 'notifications/tools/list_changed']);
    });
  });

  test('T-112 what the server does not declare is not acknowledged', async () => {
    await withServer(telling({ declares: { tools: {}, resources: { listChanged: true } } }), async (host, server) => {
      await host.modern('tools/list');
      listen(host, 'l', { toolsListChanged: true, resourcesListChanged: true, resourceSubscriptions: ['test://a'] });
      assert.deepEqual((await ackOf(host, 'l')).params.notifications, { resourcesListChanged: true });
      assert.equal(sentTo(server, 'resources/subscribe').length, 0);
      assert.equal((await host.modern('subscriptions/listen', {})).error.code, -32602);
    });
  });

  test('T-118 T-037 another session is subscribed to as well; missed changes are told', async () => {
    const options = telling();
    await withServer(options, async (host, server) => {
      await host.modern('tools/list');
      listen(host, 'l', { toolsListChanged: true, resourceSubscriptions: ['test://a'] });
      await ackOf(host, 'l');
      server.state.session = 'session-2';
      await host.modern('tools/list');
      await host.waitFor(({ method }) => method === 'notifications/tools/list_changed');
      await host.waitFor(({ method }) => method === 'notifications/resources/updated');
      await server.waitForRequest(({ json, headers }) => json?.method === 'resources/subscribe' && headers['mcp-session-id'] === 'session-2');
      assert.equal(taggedWith(host, 'l').length, 3);
      assert.equal(host.answersTo('l').length, 0);
    });
  });

  test('T-112 a subscription that another session no longer offers is ended', async () => {
    const declares = { tools: { listChanged: true }, resources: { subscribe: true } };
    await withServer(telling({ declares }), async (host, server) => {
      await host.modern('tools/list');
      listen(host, 'l', { resourceSubscriptions: ['test://a'] });
      await ackOf(host, 'l');
      delete declares.resources;
      server.state.session = 'session-2';
      await host.modern('tools/list');
      await host.waitFor(({ method, params }) => method === 'notifications/cancelled' && params.requestId === 'l');
      const [end] = host.answersTo('l');
      assert.deepEqual(end.result, { resultType: 'complete', _meta: { [`${META}subscriptionId`]: 'l', [`${META}serverInfo`]: { name: 'scripted', version: '1' } } });
    });
  });
});

test('G-2 T-083 a server that refuses the version in favour of older ones', async () => {
  const refuse = (exchange, { json, headers }, next) => (headers['mcp-session-id'] ? next()
    : exchange.json(rpc.fail(json.id, -32022, 'Unsupported protocol version', { supported: ['2025-11-25', '2025-06-18'], requested: '2026-07-28' }), { status: 400 }));
  await withServer({ on: { 'tools/list': refuse, 'server/discover': refuse } }, async (host) => {
    assert.equal((await host.modern('server/discover')).error.code, -32601);
    assert.equal((await host.modern('tools/list')).result.tools[0].name, 'echo');
  });
});

test('a refused listen that tells the era, and one that does not', async () => {
  await withServer({}, async (host) => {
    host.modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'l' }).catch(() => {});
    await host.waitForMethod('notifications/subscriptions/acknowledged');
  });
  await withServer({ on: { 'subscriptions/listen': (exchange) => exchange.send(404) } }, async (host, server) => {
    assertOwnError(await host.modern('subscriptions/listen', { notifications: {} }), 'upstream.http');
    assert.equal(sentTo(server, 'initialize').length, 0);
  });
});

for (const [name, args] of [['found', []], ['given', ['--transport', 'sse']]]) {
  test(`HTTP+SSE ${name}: a session, a question for the only call, a subscription`, async () => {
    let waiting;
    const server = await sseServer({
      on: {
        'tools/call': (exchange, { json }, { send }) => {
          exchange.send(202);
          waiting = json.id;
          send({ jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: form });
        },
      },
      post: (exchange) => exchange.send(202),
    });
    try {
      await withHost({ url: server.sseUrl, args }, async (host) => {
        host.capabilities = everyCapability;
        assert.equal((await host.modern('tools/list')).result.tools[0].name, 'echo');
        const answer = await call(host);
        const last = goOn(host, answer, () => ({ action: 'accept' }));
        const { json } = await server.waitForRequest((request) => request.json?.id === 'q');
        assert.deepEqual(json.result, { action: 'accept' });
        server.push(rpc.ok(waiting, text('shipped')));
        assert.equal(textOf(await last), 'shipped');
        host.modern('subscriptions/listen', { notifications: { resourceSubscriptions: ['test://a'] } }, { id: 'l' }).catch(() => {});
        await host.waitForMethod('notifications/subscriptions/acknowledged');
        server.push({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'test://a' } });
        assert.equal((await host.waitForMethod('notifications/resources/updated')).params._meta[`${META}subscriptionId`], 'l');
        assert.equal(server.state.initialized, 1);
      });
    } finally {
      await server.close();
    }
  });
}

describe('a server on the SDK 1.x', () => {
  let server;
  before(async () => { server = await sdkServer('sdk1-server.js'); });
  after(() => server.close());

  const withSession = (use) => withHost({ url: server.url }, (host) => {
    host.capabilities = everyCapability;
    return use(host);
  });
  const tool = (host, name, args = {}, rest = {}, options = {}) => host.modern('tools/call', { name, arguments: args, ...rest }, options);

  /** Goes on until the result is complete. */
  async function answering(host, name, reply) {
    let answer = await tool(host, name);
    while (answer.result?.resultType === 'input_required') {
      const { requestState, inputRequests } = answer.result;
      const inputResponses = Object.fromEntries(Object.entries(inputRequests).map(([key, asked]) => [key, reply(asked)]));
      answer = await tool(host, name, {}, { requestState, inputResponses });
    }
    return textOf(answer);
  }

  test('tools, resources, templates, prompts, completion', async () => {
    await withSession(async (host) => {
      assert.equal(textOf(await tool(host, 'add', { a: 2, b: 3 })), '5');
      const read = await host.modern('resources/read', { uri: 'test://n/7' });
      assert.deepEqual([read.result.contents[0].text, read.result.ttlMs], ['number 7', 0]);
      assert.ok((await host.modern('resources/templates/list')).result.resourceTemplates.length > 0);
      const { result } = await host.modern('prompts/get', { name: 'greet', arguments: { who: 'Anna' } });
      assert.equal(result.messages[0].content.text, 'Hello Anna');
      const completion = await host.modern('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: 'b' } });
      assert.deepEqual(completion.result.completion.values, ['bert']);
      assert.equal((await host.modern('no/such')).error.code, -32601);
    });
  });

  test('elicitation, sampling, roots, ping', async () => {
    await withSession(async (host) => {
      assert.deepEqual(JSON.parse(await answering(host, 'ask', () => ({ action: 'accept', content: { yes: true } }))), { action: 'accept', content: { yes: true } });
      const message = { role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } };
      assert.equal(JSON.parse(await answering(host, 'sample', () => message)).content.text, 'hi');
      assert.equal(JSON.parse(await answering(host, 'roots', () => ({ roots: [{ uri: 'file:///w' }] }))).roots[0].uri, 'file:///w');
      assert.equal(await answering(host, 'ping-host'), '{}');
    });
  });

  test('logs, progress, cancellation', async () => {
    await withSession(async (host) => {
      const _meta = { [`${META}logLevel`]: 'info', progressToken: 9 };
      await tool(host, 'log', {}, { _meta });
      assert.equal((await host.waitForMethod('notifications/message')).params.data, 'from the server');
      assert.equal(textOf(await tool(host, 'steps', { count: 3 }, { _meta })), 'done');
      const progress = host.messages.filter(({ method }) => method === 'notifications/progress');
      assert.deepEqual(progress.map(({ params }) => [params.progressToken, params.progress]), [[9, 1], [9, 2], [9, 3]]);
      tool(host, 'wait', {}, { _meta }, { id: 'w' }).catch(() => {});
      const steps = tool(host, 'steps', { count: 20 }, { _meta });
      await sleep(100);
      host.notify('notifications/cancelled', { requestId: 'w' });
      await host.waitFor(({ params }) => params?.data === 'wait was cancelled');
      await steps;
      assert.equal(host.answersTo('w').length, 0);
    });
  });

  test('subscriptions, list changes', async () => {
    await withSession(async (host) => {
      host.modern('subscriptions/listen', { notifications: { toolsListChanged: true, resourceSubscriptions: ['test://a'] } }, { id: 's' }).catch(() => {});
      await host.waitForMethod('notifications/subscriptions/acknowledged').catch(() => {});
      await tool(host, 'touch', { uri: 'test://a' });
      assert.equal((await host.waitForMethod('notifications/resources/updated')).params.uri, 'test://a');
      await tool(host, 'grow');
      const changed = await host.waitForMethod('notifications/tools/list_changed');
      assert.equal(changed.params._meta[`${META}subscriptionId`], 's');
      assert.ok((await host.modern('tools/list')).result.tools.some(({ name }) => name === 'grown'));
    });
  });

  test('a dropped stream is resumed, forgotten sessions are opened again', async () => {
    await withSession(async (host) => {
      assert.equal(textOf(await tool(host, 'drop-stream')), 'after the drop');
      await fetch(server.url.replace('/mcp', '/forget-sessions'), { method: 'POST' });
      assert.equal(textOf(await tool(host, 'add', { a: 2, b: 2 })), '4');
      assert.deepEqual(JSON.parse(await answering(host, 'roots', () => ({ roots: [] }))), { roots: [] });
    });
  });

  test('fifty calls at once', async () => {
    await withSession(async (host) => {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => tool(host, 'add', { a: n, b: n })));
      assert.deepEqual(answers.map(textOf), Array.from({ length: 50 }, (_, n) => String(2 * n)));
    });
  });
});

for (const transport of ['streamableHttp', 'sse']) {
  test(`server-everything over ${transport}`, async () => {
    const server = await everythingServer(transport);
    try {
      await withHost({ url: server.url }, async (host) => {
        host.capabilities = everyCapability;
        const { result } = await host.modern('tools/list');
        assert.ok(result.tools.length > 5);
        assert.match(textOf(await host.modern('tools/call', { name: 'echo', arguments: { message: 'hi' } })), /hi/);
        const params = { name: 'trigger-sampling-request', arguments: { prompt: 'Say hi', maxTokens: 10 } };
        const asked = await host.modern('tools/call', params);
        const [key, { method }] = Object.entries(asked.result.inputRequests)[0];
        assert.equal(method, 'sampling/createMessage');
        const message = { role: 'assistant', model: 'm', content: { type: 'text', text: 'hello there' } };
        const answer = await host.modern('tools/call', { ...params, requestState: asked.result.requestState, inputResponses: { [key]: message } });
        assert.match(JSON.stringify(answer.result.content), /hello there/);
        const { resources } = (await host.modern('resources/list')).result;
        assert.ok((await host.modern('resources/read', { uri: resources[0].uri })).result.contents.length > 0);
        assert.ok((await host.modern('prompts/list')).result.prompts.length > 0);
      });
    } finally {
      await server.close();
    }
  });
}
