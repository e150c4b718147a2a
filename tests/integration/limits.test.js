// SPDX-License-Identifier: ISC
// Limits and abuse (T-130 to T-138): odd event streams, content types, sizes,
// bombs, redirects, connections, hostile text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import zlib from 'node:zlib';
import { timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { rawServer, response } from './lib/rawserver.js';
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

const calls = (answer) => ({ on: { 'tools/call': (exchange, { json }) => answer(exchange, json) } });
const result = (id, text = 'ok') => JSON.stringify(rpc.ok(id, { content: [{ type: 'text', text }] }));

const streams = [
  ['LF', (id) => `data: ${result(id)}\n\n`],
  ['CRLF', (id) => `data: ${result(id)}\r\n\r\n`],
  ['CR', (id) => `data: ${result(id)}\r\r`],
  ['a BOM', (id) => `\ufeffdata: ${result(id)}\n\n`],
  ['no space after the colon', (id) => `data:${result(id)}\n\n`],
  ['comments and unknown fields', (id) => `: hi\nfoo: bar\ndata\n\nevent\nnothing\ndata: ${result(id)}\n\n`],
  ['several data lines', (id) => result(id).split(',').map((part, n, all) => `data: ${part}${n < all.length - 1 ? ',' : ''}\n`).join('') + '\n'],
  ['type message', (id) => `event: message\ndata: ${result(id)}\n\n`],
  ['other types before', (id) => `event: ping\ndata: {"jsonrpc":"2.0","id":1,"result":"wrong"}\n\ndata: ${result(id)}\n\n`],
  ['an unterminated last event', (id) => `data: ${result(id)}`],
  ['junk retry and NUL id', (id) => `retry: 12x\nid: a\0b\ndata: ${result(id)}\n\n`],
];

for (const [name, body] of streams) {
  test(`T-130 an event stream with ${name}, whole and byte by byte`, async () => {
    await withServer(calls(async (exchange, { id, params }) => {
      const stream = exchange.sse();
      const bytes = Buffer.from(body(id));
      if (params.name === 'whole') stream.raw(bytes);
      else for (const byte of bytes) { stream.raw(Buffer.from([byte])); await sleep(0); }
      stream.end();
    }), async (host) => {
      await host.initialize();
      for (const how of ['whole', 'bytes']) assert.equal(textOf(await host.request('tools/call', { name: how })), 'ok');
    });
  });
}

for (const type of ['application/json', 'Application/JSON; charset=utf-8', null]) {
  test(`T-131 a JSON body as ${type}`, async () => {
    await withServer(calls((exchange, { id }) => exchange.send(200, { 'Content-Type': type }, `  ${result(id)}\n`)), async (host) => {
      await host.initialize();
      assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'ok');
    });
  });
}

test('T-131 an event stream without a content type', async () => {
  await withServer(calls((exchange, { id }) => exchange.send(200, { 'Content-Type': null }, `event: message\ndata: ${result(id)}\n\n`)), async (host) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'x' })), 'ok');
  });
});

for (const [type, body] of [['text/html', '<h1>Please log in to the hotel</h1>'], ['text/plain', 'just text'], ['application/json', 'no json'], ['application/json', ''], [null, 'neither']]) {
  test(`T-131 200 with ${type} ${JSON.stringify(body)} is a readable error`, async () => {
    await withServer(calls((exchange) => exchange.send(200, { 'Content-Type': type }, body)), async (host) => {
      await host.initialize();
      const answer = await host.request('tools/call', { name: 'x' });
      assert.equal(answer.error.data.source, 'mcp-bridge');
      assert.ok(answer.error.message.length > 5);
      assert.ok((await host.request('ping')).result);
    });
  });
}

const megabytes = (count) => 'x'.repeat(count * 1024 * 1024);

test('T-132 a 5 MiB event and a 5 MiB request', async () => {
  const text = megabytes(5);
  await withServer(calls((exchange, { id, params }) => {
    const stream = exchange.sse();
    stream.send(result(id, params.arguments.text === text ? text : 'damaged'));
    stream.end();
  }), async (host, server) => {
    await host.initialize();
    const answer = await host.request('tools/call', { name: 'x', arguments: { text } }, { timeout: 20_000 });
    assert.ok(textOf(answer) === text, 'the text changed on its way');
    assert.equal(server.requests.find(({ json }) => json?.method === 'tools/call').headers.expect, undefined);
  });
});

for (const how of ['json', 'sse']) {
  test(`T-132 an answer over 64 MiB as ${how} fails that request alone`, async () => {
    const chunk = Buffer.from(megabytes(1));
    await withServer(calls(async (exchange, { id }) => {
      const head = result(id, 'HERE').split('HERE');
      const stream = exchange.sse({ headers: how === 'json' ? { 'Content-Type': 'application/json' } : {} });
      stream.raw(how === 'json' ? head[0] : `data: ${head[0]}`);
      for (let sent = 0; sent < 66 && stream.open; sent += 1) {
        stream.raw(chunk);
        await stream.drained();
      }
      stream.raw(`${head[1]}\n\n`);
      stream.end();
    }), async (host) => {
      await host.initialize();
      const answer = await host.request('tools/call', { name: 'x' }, { timeout: 30_000 });
      assertOwnError(answer, 'message.too_large', -31504);
      assert.ok((await host.request('ping')).result);
    });
  });
}

test('T-132 a host line over 64 MiB is refused, the rest goes on', async () => {
  await withServer({}, async (host, server) => {
    await host.initialize();
    const chunk = megabytes(1);
    host.write('{"jsonrpc":"2.0","id":"big","method":"tools/call","params":{"name":"');
    for (let sent = 0; sent < 66; sent += 1) host.write(chunk);
    host.write('"}}\n');
    assert.ok((await host.request('ping', undefined, { timeout: 20_000 })).result);
    assert.ok(!server.requests.some(({ json }) => json?.id === 'big'));
    assert.match(host.stderr, /64 MiB/);
  });
});

test('T-132 more than 1024 pending requests: the next is refused', async () => {
  await withServer(calls(() => {}), async (host) => {
    await host.initialize();
    const line = (id) => JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'x' } });
    const ids = Array.from({ length: 1024 }, (_, n) => `p${n}`);
    host.write(`${ids.map(line).join('\n')}\n`);
    assertOwnError(await host.expectAnswer('extra', line('extra')), 'bridge.busy', -31505);
  });
});

test('T-132 an id over 1 KiB is refused', async () => {
  await withServer({}, async (host, server) => {
    await host.initialize();
    const id = 'i'.repeat(2000);
    host.send({ jsonrpc: '2.0', id, method: 'ping' });
    await host.request('ping');
    assert.ok(!server.requests.some(({ json }) => json?.id === id));
  });
});

test('T-133 a gzip bomb is stopped by its decompressed size', async () => {
  const packed = zlib.gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
  await withServer(calls((exchange) => exchange.send(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, packed)), async (host) => {
    await host.initialize();
    const answer = await host.request('tools/call', { name: 'x' }, { timeout: 20_000 });
    assert.ok(answer.error);
    assert.equal(answer.error.data.source, 'mcp-bridge');
    assert.ok(host.rss() < 200 * 1024 * 1024, `${host.rss()} bytes`);
    assert.ok((await host.request('ping')).result);
  });
});

test('T-133 compressed answers are understood', async () => {
  await withServer(calls((exchange, { id }) => exchange.send(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, zlib.gzipSync(result(id)))), async (host, server) => {
    await host.initialize();
    const call = host.request('tools/call', { name: 'x' });
    const { headers } = await server.waitForRequest(({ json }) => json?.method === 'tools/call');
    if (/gzip/.test(headers['accept-encoding'] ?? '')) assert.equal(textOf(await call), 'ok');
    else await call;
  });
});

for (const depth of [200, 300, 100_000]) {
  test(`T-133 nesting of ${depth}`, async () => {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    await withServer(calls((exchange, { id }) => exchange.json(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"x":${deep}}}`)), async (host) => {
      await host.initialize();
      const answer = await host.request('tools/call', { name: 'x' });
      if (depth <= 250) assert.ok(answer.line.includes(deep));
      else assert.equal(answer.error.data.source, 'mcp-bridge');
      assert.ok((await host.request('ping')).result);
    });
  });
}

test('T-134 a dribbling and a silent server are waited for', async () => {
  await withServer(calls(async (exchange, { id, params }) => {
    const stream = exchange.sse();
    const event = `data: ${result(id)}\n\n`;
    if (params.name === 'silent') await sleep(1500);
    for (const part of params.name === 'silent' ? [event] : event.match(/.{1,10}/gs)) {
      stream.raw(part);
      await sleep(20);
    }
    stream.end();
  }), async (host) => {
    await host.initialize();
    const answers = await Promise.all(['dribble', 'silent'].map((name) => host.request('tools/call', { name })));
    assert.deepEqual(answers.map(textOf), ['ok', 'ok']);
  });
});

test('T-134 an unreachable address fails after --connect-timeout', async () => {
  await withHost({ url: 'https://192.0.2.1/mcp', args: ['--connect-timeout', '1', '--proxy', 'none'] }, async (host) => {
    const answer = await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } });
    assert.match(answer.error.data.kind, /^net\./);
    assert.ok(answer.ms < 4000 * timeScale, `${answer.ms} ms`);
  });
});

async function withRedirect(status, location, use, hostOptions) {
  const target = await legacyServer();
  const server = await rawServer((exchange, request) => {
    if (request.path === '/mcp') return exchange.send(status, { Location: location(target, server) }, '');
    return target.handle(exchange, request);
  });
  try {
    await withHost({ url: server.url, ...hostOptions }, (host) => use(host, server, target));
  } finally {
    await server.close();
    await target.close();
  }
}

for (const status of [307, 308]) {
  test(`T-135 ${status} within the origin is followed, with body and headers`, async () => {
    await withRedirect(status, () => '/mcp/', async (host, server) => {
      await host.initialize();
      assert.equal(textOf(await host.request('tools/call', { name: 'echo', arguments: { n: 1 } })), '{"n":1}');
      const moved = server.requests.filter(({ path }) => path === '/mcp/');
      assert.ok(moved.every(({ headers }) => headers['x-key'] === 'k'));
    }, { args: ['--header', 'X-Key: k'] });
  });
}

for (const status of [301, 302, 303]) {
  test(`T-135 ${status} on POST is an error that shows the target`, async () => {
    await withRedirect(status, () => '/elsewhere', async (host, server) => {
      const answer = await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } });
      assertOwnError(answer, 'upstream.redirect', -31506);
      assert.match(JSON.stringify(answer.error), /elsewhere/);
      assert.ok(server.requests.every(({ path }) => path === '/mcp'));
    });
  });
}

test('T-135 another origin gets nothing', async () => {
  await withRedirect(307, (target) => `http://127.0.0.1:${target.port}/mcp`, async (host, server, target) => {
    const answer = await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } });
    assertOwnError(answer, 'upstream.redirect', -31506);
    assert.equal(target.requests.length, 0);
  });
});

test('T-135 a redirect loop ends after five', async () => {
  await withRedirect(307, () => '/mcp', async (host, server) => {
    const answer = await host.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } });
    assertOwnError(answer, 'upstream.redirect', -31506);
    assert.ok(server.requests.length <= 6, `${server.requests.length} requests`);
  });
});

test('T-136 one standing stream and twenty calls at once', async () => {
  const waiting = [];
  await withServer({
    on: {
      GET: (exchange) => { exchange.sse(); },
      'tools/call': (exchange, { json }) => {
        waiting.push(() => exchange.json(result(json.id, String(json.id))));
        if (waiting.length === 20) for (const answer of waiting) answer();
      },
    },
  }, async (host) => {
    await host.initialize();
    const ids = Array.from({ length: 20 }, (_, n) => `c${n}`);
    const answers = await Promise.all(ids.map((id) => host.request('tools/call', { name: 'x' }, { id })));
    assert.deepEqual(answers.map(textOf), ids);
    assertOneAnswerEach(host, ids);
  });
});

test('T-137 hostile text is escaped in errors and on stderr', async () => {
  const bait = '\u001b[31mred\u001b]0;title\u0007 \u202eevil\u0000 \u009b2J';
  await withServer({
    on: {
      'tools/call': (exchange) => exchange.send(500, { 'Content-Type': 'text/plain' }, bait),
      'notifications/roots/list_changed': (exchange) => exchange.send(400, { 'Content-Type': 'text/plain' }, bait),
    },
  }, async (host) => {
    await host.initialize();
    host.notify('notifications/roots/list_changed');
    const { error } = await host.request('tools/call', { name: 'x' });
    const shown = JSON.stringify(error) + host.stderr;
    for (const bad of ['\u001b', '\\u001b', '\u0007', '\u202e', '\u0000', '\u009b']) {
      assert.ok(!shown.includes(bad), `${JSON.stringify(bad)} came through`);
    }
  }, { args: ['--log-level', 'debug'] });
});

test('T-138 duplicate, unknown and mistyped response ids are dropped', async () => {
  await withServer(calls((exchange, { id }) => {
    const stream = exchange.sse();
    for (const other of ['nobody', null, String(id), 4711]) stream.send(rpc.ok(other, { wrong: true }));
    stream.send(result(id));
    stream.send(result(id, 'again'));
    stream.end();
  }), async (host) => {
    await host.initialize();
    assert.equal(textOf(await host.request('tools/call', { name: 'x' }, { id: 77 })), 'ok');
    await host.request('ping');
    await sleep(50);
    assertOneAnswerEach(host, [77]);
    assert.equal(host.messages.length, 3);
    assert.ok(!host.messages.some((m) => m.result?.wrong));
  });
});

test('T-132 response headers over 64 KiB fail the request alone', async () => {
  await withServer(calls((exchange, { id }) => {
    const padding = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`X-Pad-${n}`, 'y'.repeat(4000)]));
    exchange.raw(response(200, { 'Content-Type': 'application/json', ...padding }, result(id)));
  }), async (host) => {
    await host.initialize();
    const answer = await host.request('tools/call', { name: 'x' });
    assert.equal(answer.error.data.source, 'mcp-bridge');
    assert.ok((await host.request('ping')).result);
  });
});
