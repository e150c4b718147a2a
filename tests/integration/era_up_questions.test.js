// SPDX-License-Identifier: ISC
// Questions of a server of 2026-07-28 alone to an initialize-based host (T-062,
// T-097): its rounds become requests, their answers go back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { META, askRoots, everything, paramsOf, requestsOf, ship, withServer } from './lib/era-up.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { MODERN } from './lib/host.js';
import { complete, rpc } from './lib/scripted.js';
import { until } from './lib/signin.js';

const form = { type: 'object', properties: { y: { type: 'boolean' } } };
const elicit = (more = {}) => ({ method: 'elicitation/create', params: { mode: 'form', message: 'Ship?', requestedSchema: form, ...more } });
const sample = { method: 'sampling/createMessage', params: { messages: [{ role: 'user', content: { type: 'text', text: 'Hi' } }], maxTokens: 5 } };

/** A tool that wants `rounds` (results or functions of the request) before it is done. */
function asking(...rounds) {
  let round = 0;
  return (exchange, request) => {
    const next = rounds[round++];
    const result = typeof next === 'function' ? next(request.json) : next;
    exchange.json(rpc.ok(request.json.id, result ? { resultType: 'input_required', ...result } : complete({ content: [{ type: 'text', text: 'shipped' }] })));
  };
}


test('T-097 questions in two rounds, message by message', async () => {
  await withServer({
    version: '2025-06-18',
    on: {
      'tools/call': asking(
        { requestState: 'S1', inputRequests: { ok: elicit(), dir: askRoots } },
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
      on: { [method]: (exchange, { json }, next) => (json.params.inputResponses ? next() : exchange.json(rpc.ok(json.id, { resultType: 'input_required', inputRequests: { r: askRoots } }))) },
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
  await withServer({ on: { 'prompts/get': (exchange, { json }) => exchange.json(rpc.ok(json.id, { resultType: 'input_required', inputRequests: { r: askRoots } })) } }, async (host) => {
    host.on('roots/list', () => { throw new Error('none'); });
    assert.match((await host.request('prompts/get', { name: 'a' })).error.message, /roots\/list/);
  });
});

for (const [what, capabilities, round] of [
  ['an undeclared kind', { roots: {} }, { inputRequests: { dir: askRoots, ok: elicit() } }],
  ['an undeclared mode', everything, { inputRequests: { ok: elicit({ mode: 'url', url: 'https://a.example/', elicitationId: 'x' }) } }],
  ['tools in sampling, undeclared', everything, { inputRequests: { s: { ...sample, params: { ...sample.params, tools: [] } } } }],
  ['what is no question', everything, { inputRequests: { x: { method: 'tools/list' } } }],
  ['too much', everything, { inputRequests: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [n, askRoots])) }],
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
  const forever = Array.from({ length: 20 }, () => ({ inputRequests: { r: askRoots } }));
  await withServer({ on: { 'tools/call': asking(...forever) } }, async (host, server) => {
    host.on('roots/list', () => ({ roots: [] }));
    assertOwnError(await ship(host), 'upstream.protocol');
    assert.equal(requestsOf(server, 'tools/call').length, 11);
  });
});

test('T-097 the host gives up while it is asked', async () => {
  await withServer({ on: { 'tools/call': asking({ inputRequests: { ok: elicit(), dir: askRoots } }) } }, async (host, server) => {
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
