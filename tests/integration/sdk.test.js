// SPDX-License-Identifier: ISC
// Everything a server on the official SDK 1.x does with its host, through the
// bridge: sessions, subscriptions, questions to the host, resumed streams.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { sdkServer } from './lib/servers.js';

const capabilities = { elicitation: {}, sampling: {}, roots: { listChanged: true } };

let server;
before(async () => { server = await sdkServer('sdk1-server.js'); });
after(() => server.close());

const withSession = (use) => withHost({ url: server.url }, async (host) => {
  await host.initialize({ capabilities });
  await use(host);
});
const call = (host, name, args = {}, meta) => host.request('tools/call', { name, arguments: args, ...(meta ? { _meta: meta } : {}) });

test('tools, resources, templates, prompts, completion', async () => {
  await withSession(async (host) => {
    assert.equal(textOf(await call(host, 'add', { a: 2, b: 3 })), '5');
    assert.equal((await host.request('resources/read', { uri: 'test://a' })).result.contents[0].text, 'resource a');
    assert.equal((await host.request('resources/read', { uri: 'test://n/7' })).result.contents[0].text, 'number 7');
    const { result } = await host.request('prompts/get', { name: 'greet', arguments: { who: 'Anna' } });
    assert.equal(result.messages[0].content.text, 'Hello Anna');
    const completion = await host.request('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: 'b' } });
    assert.deepEqual(completion.result.completion.values, ['bert']);
    assert.equal((await host.request('no/such')).error.code, -32601);
    assert.ok((await call(host, 'nosuch')).result.isError);
  });
});

test('progress comes before the answer and in order', async () => {
  await withSession(async (host) => {
    assert.equal(textOf(await call(host, 'steps', { count: 5 }, { progressToken: 77 })), 'done');
    const progress = host.messages.filter(({ method }) => method === 'notifications/progress');
    assert.deepEqual(progress.map(({ params }) => [params.progressToken, params.progress]), [1, 2, 3, 4, 5].map((n) => [77, n]));
    assert.equal(host.messages.indexOf(progress.at(-1)), host.messages.length - 2);
  });
});

test('T-030 elicitation, sampling, roots and ping of the host', async () => {
  await withSession(async (host) => {
    host.on('elicitation/create', ({ message }) => ({ action: 'accept', content: { yes: message === 'Ship?' } }));
    host.on('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } }));
    host.on('roots/list', () => ({ roots: [{ uri: 'file:///w' }] }));
    host.on('ping', () => ({}));
    assert.deepEqual(JSON.parse(textOf(await call(host, 'ask'))), { action: 'accept', content: { yes: true } });
    assert.equal(JSON.parse(textOf(await call(host, 'sample'))).content.text, 'hi');
    assert.equal(JSON.parse(textOf(await call(host, 'roots'))).roots[0].uri, 'file:///w');
    assert.equal(textOf(await call(host, 'ping-host')), '{}');
  });
});

test('T-030 a host that answers with an error', async () => {
  await withSession(async (host) => {
    host.on('sampling/createMessage', () => { throw new Error('not today'); });
    const { result } = await call(host, 'sample');
    assert.ok(result.isError);
    assert.match(result.content[0].text, /not today/);
  });
});

test('logging, list changes and resource updates on the standing stream', async () => {
  await withSession(async (host) => {
    assert.deepEqual((await host.request('logging/setLevel', { level: 'info' })).result, {});
    await call(host, 'log');
    assert.equal((await host.waitForMethod('notifications/message')).params.data, 'from the server');
    await host.request('resources/subscribe', { uri: 'test://a' });
    await call(host, 'touch', { uri: 'test://a' });
    assert.equal((await host.waitForMethod('notifications/resources/updated')).params.uri, 'test://a');
    await call(host, 'grow');
    await host.waitForMethod('notifications/tools/list_changed');
    const { result } = await host.request('tools/list');
    assert.ok(result.tools.some(({ name }) => name === 'grown'));
  });
});

test('T-014 T-034 a cancelled call stops at the server', async () => {
  await withSession(async (host) => {
    host.send({ jsonrpc: '2.0', id: 'w', method: 'tools/call', params: { name: 'wait', arguments: {} } });
    await sleep(100);
    host.notify('notifications/cancelled', { requestId: 'w' });
    await host.waitFor(({ params }) => params?.data === 'wait was cancelled');
    assert.equal(host.answersTo('w').length, 0);
  });
});

test('T-032 a stream the server drops on purpose is resumed', async () => {
  await withSession(async (host) => {
    assert.equal(textOf(await call(host, 'drop-stream')), 'after the drop');
  });
});

test('T-035 a server that forgot its sessions goes unnoticed', async () => {
  await withSession(async (host) => {
    assert.equal(textOf(await call(host, 'add', { a: 1, b: 1 })), '2');
    await fetch(server.url.replace('/mcp', '/forget-sessions'), { method: 'POST' });
    assert.equal(textOf(await call(host, 'add', { a: 2, b: 2 })), '4');
    host.on('roots/list', () => ({ roots: [] }));
    assert.deepEqual(JSON.parse(textOf(await call(host, 'roots'))), { roots: [] });
  });
});

test('fifty calls at once', async () => {
  await withSession(async (host) => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => call(host, 'add', { a: n, b: n })));
    assert.deepEqual(answers.map(textOf), Array.from({ length: 50 }, (_, n) => String(2 * n)));
  });
});
