// SPDX-License-Identifier: ISC
// What is found out about a server's era, and kept for the next start (T-082,
// T-086).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratchDir } from './lib/bridge.js';
import { listening, methodsSeen, refuse, requestsOf } from './lib/era-up.js';
import { textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { rawServer } from './lib/rawserver.js';
import { legacyServer, modernServer } from './lib/scripted.js';
import { until } from './lib/signin.js';

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

test('T-086 a server that goes back to sessions while the host has gone on', { timeout: 60_000 }, async () => {
  const env = { XDG_STATE_HOME: scratchDir() };
  const modern = await modernServer({ on: { initialize: refuse } });
  const legacy = await legacyServer({
    on: { 'server/discover': async (exchange, _, next) => { await sleep(9000); next(); } },
  });
  let current = modern;
  const front = await rawServer((exchange, request) => current.handle(exchange, request));
  try {
    await withHost({ url: front.url, env }, (host) => host.initialize());
    current = legacy;
    front.requests.length = 0;
    await withHost({ url: front.url, env }, async (host) => {
      await host.initialize();
      await sleep(2500);
      assert.equal(textOf(await host.request('tools/call', { name: 'echo' })), '{}');
      await host.waitForMethod('notifications/tools/list_changed');
    });
    const session = methodsSeen(front).filter((method) => ['initialize', 'notifications/initialized'].includes(method));
    assert.deepEqual(session, ['initialize', 'notifications/initialized']);
  } finally {
    await front.close();
    await modern.close();
    await legacy.close();
  }
});
