// SPDX-License-Identifier: ISC
// A response cut at every place: each request gets exactly one answer, and a
// tools/call is executed at most once, also when the connection it was sent on
// had been kept and dies under it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { response, sseEvent } from './lib/rawserver.js';
import { legacyServer, modernServer, rpc } from './lib/scripted.js';

const answer = (id) => JSON.stringify(rpc.ok(id, { content: [{ type: 'text', text: 'done äöü' }] }));
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** Whole responses to the request `id`, by kind. */
const shapes = {
  json: (id) => response(200, { 'Content-Type': 'application/json' }, answer(id)),
  sse: (id) => Buffer.from(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n' +
    chunk(': hi\n\n') + chunk(sseEvent(answer(id))) + '0\r\n\r\n'),
  'sse to the end of the connection': (id) => Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n${sseEvent(answer(id))}`),
};

const startServer = { legacy: () => legacyServer(), modern: () => modernServer() };

/** Answers tools/call by what `respond` sends, and counts the executions by argument. */
async function cuttingServer(era, respond) {
  const server = await startServer[era]();
  const plain = server.handle;
  const executed = new Map();
  server.handle = (exchange, request) => {
    if (request.json?.method !== 'tools/call') return plain(exchange, request);
    const { key } = request.json.params.arguments;
    executed.set(key, (executed.get(key) ?? 0) + 1);
    return respond(exchange, request.json, key);
  };
  return Object.assign(server, { executed });
}

const call = (host, era, key) => (era === 'modern'
  ? host.modern('tools/call', { name: 'x', arguments: { key } }, { id: `call-${key}` })
  : host.request('tools/call', { name: 'x', arguments: { key } }, { id: `call-${key}` }));

for (const era of ['legacy', 'modern']) {
  for (const [shape, build] of Object.entries(shapes)) {
    test(`${era}: ${shape}, cut after every byte`, async () => {
      const server = await cuttingServer(era, (exchange, { id }, key) => exchange.cutAfter(build(id), key));
      try {
        await withHost({ url: server.url }, async (host) => {
          if (era === 'legacy') await host.initialize();
          const { length } = build('call-100');
          const keys = Array.from({ length }, (_, n) => n);
          const complete = [];
          for (let from = 0; from < keys.length; from += 16) {
            const group = keys.slice(from, from + 16);
            const got = await Promise.all(group.map((key) => call(host, era, key)));
            got.forEach((one, n) => {
              if (one.result) complete.push(group[n]);
              else assert.match(one.error.data?.kind ?? '', /^(stream\.|net\.|upstream\.)/, JSON.stringify(one.error));
            });
          }
          assertOneAnswerEach(host, keys.map((key) => `call-${key}`));
          for (const key of keys) assert.ok((server.executed.get(key) ?? 0) <= 1, `call ${key} was executed twice`);
          const whole = build('call-100').indexOf('"result"') + 20;
          assert.ok(complete.every((key) => key > whole), `answered from half a message: ${complete}`);
          assert.ok(era === 'modern' || (await host.request('ping')).result);
        });
      } finally {
        await server.close();
      }
    });
  }

  test(`${era}: a kept connection that dies under a tools/call`, async () => {
    // Every second call finds the connection closed by the time it arrives.
    const server = await cuttingServer(era, (exchange, { id }, key) => {
      if (key % 2 === 0) return exchange.raw(shapes.json(id));
      return key % 4 === 1 ? exchange.hangUp() : exchange.reset();
    });
    try {
      await withHost({ url: server.url, args: ['--http1.1'] }, async (host) => {
        if (era === 'legacy') await host.initialize();
        for (let key = 0; key < 20; key += 1) {
          const one = await call(host, era, key);
          if (key % 2 === 0) assert.equal(textOf(one), 'done äöü');
          else {
            assert.match(one.error.data.kind, /^(stream\.lost|net\.unreachable)$/);
            assert.equal(one.error.data.retryable, false, 'the outcome is unknown');
          }
        }
        for (const [key, count] of server.executed) assert.equal(count, 1, `call ${key}`);
      });
    } finally {
      await server.close();
    }
  });

  test(`${era}: an idle connection closed by the server costs nothing`, async () => {
    const server = await cuttingServer(era, (exchange, { id }) => exchange.raw(shapes.json(id)));
    try {
      await withHost({ url: server.url }, async (host) => {
        if (era === 'legacy') await host.initialize();
        for (let key = 0; key < 5; key += 1) {
          assert.equal(textOf(await call(host, era, key)), 'done äöü');
          server.dropConnections();
          await sleep(60);
        }
        for (const [key, count] of server.executed) assert.equal(count, 1, `call ${key}`);
      });
    } finally {
      await server.close();
    }
  });
}

test('legacy: requests without effects are sent again when their connection dies', async () => {
  let lists = 0;
  const server = await legacyServer({
    on: { 'tools/list': (exchange, request, next) => { lists += 1; return lists === 1 ? exchange.hangUp() : next(); } },
  });
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      await host.request('ping');
      assert.ok((await host.request('tools/list')).result);
      assert.equal(lists, 2);
    });
  } finally {
    await server.close();
  }
});

for (const at of [0, 1, 40, 120]) {
  test(`legacy: initialize cut after ${at} bytes is answered once`, async () => {
    const server = await legacyServer({
      on: {
        initialize: (exchange, { json }) => exchange.cutAfter(response(200, { 'Content-Type': 'application/json' },
          JSON.stringify(rpc.ok(json.id, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } }))), at),
      },
    });
    try {
      await withHost({ url: server.url }, async (host) => {
        const one = await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } }, { id: 'i' });
        assert.equal(one.error?.data?.source, 'mcp-bridge');
        assertOneAnswerEach(host, ['i']);
      });
    } finally {
      await server.close();
    }
  });
}

test('a server that is killed while twenty calls run: twenty errors', async () => {
  const server = await legacyServer({ on: { 'tools/call': (exchange, { json }) => { if (json.id % 2) exchange.sse(); } } });
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      const ids = Array.from({ length: 20 }, (_, n) => n + 1);
      const all = ids.map((id) => host.request('tools/call', { name: 'x' }, { id }));
      await server.waitForRequest(({ json }) => json?.id === 20);
      await server.close();
      for (const one of await Promise.all(all)) assert.equal(one.error.data.source, 'mcp-bridge');
      assertOneAnswerEach(host, ids);
      assertOwnError(await host.request('tools/call', { name: 'x' }, { id: 'after' }), 'net.unreachable', -31496);
    });
  } finally {
    await server.close();
  }
});
