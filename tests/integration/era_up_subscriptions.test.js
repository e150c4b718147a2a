// SPDX-License-Identifier: ISC
// Subscriptions of an initialize-based host before a server of 2026-07-28 alone
// (T-096): on two streams, which come and go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { discovery, listening, requestsOf, withServer } from './lib/era-up.js';
import { assertOneAnswerEach } from './lib/expect.js';
import { rpc } from './lib/scripted.js';
import { until } from './lib/signin.js';

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
