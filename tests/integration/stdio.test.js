// SPDX-License-Identifier: ISC
// The host's side of the bridge: framing, ids, batches, order (T-001 to T-019).
import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOneAnswerEach, assertOwnError, textOf } from './lib/expect.js';
import { Host, runBridge, withHost } from './lib/host.js';
import { legacyServer, modernServer, rpc } from './lib/scripted.js';

const init = (version = '2025-11-25') => JSON.stringify({
  jsonrpc: '2.0', id: 'init', method: 'initialize',
  params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'h', version: '1' } },
});
const initialized = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });

let server;
before(async () => { server = await legacyServer(); });
after(() => server.close());

test('T-001 lines byte by byte, with CRLF, blank lines and a BOM', async () => {
  await withHost({ url: server.url }, async (host) => {
    const answer = host.expectAnswer('init');
    const bytes = Buffer.from(`\ufeff\n\r\n${init()}\r\n\n`);
    for (const byte of bytes) {
      host.write(Buffer.from([byte]));
      await sleep(0);
    }
    assert.ok((await answer).result.serverInfo);
    const last = server.requests.at(-1);
    assert.equal(last.body.toString(), init());
  });
});

test('T-002 pretty-printed JSON and multi-line events become one line each', async () => {
  const pretty = (id) => JSON.stringify(rpc.ok(id, { content: [{ type: 'text', text: 'a\r\nb' }] }), null, 2).replace(/\n/g, '\r\n');
  const own = await legacyServer({
    on: {
      'tools/call': (exchange, { json }) => {
        if (json.params.name === 'json') return exchange.json(pretty(json.id));
        const stream = exchange.sse();
        stream.send(pretty(json.id).replace(/\r\n/g, '\n'));
        return stream.end();
      },
    },
  });
  try {
    await withHost({ url: own.url }, async (host) => {
      await host.initialize();
      for (const name of ['json', 'sse']) {
        const answer = await host.request('tools/call', { name, arguments: {} });
        assert.equal(textOf(answer), 'a\r\nb');
        assert.doesNotMatch(answer.line.toString('latin1'), /[\r\n]/);
      }
    });
  } finally {
    await own.close();
  }
});

test('T-003 descriptor 1 is stderr\'s: no library can write into the protocol', async () => {
  await withHost({ url: server.url }, async (host) => {
    await host.initialize();
    const target = (fd) => readlinkSync(`/proc/${host.pid}/fd/${fd}`);
    assert.equal(target(1), target(2));
  });
});

test('T-004 a closed stderr is harmless', async () => {
  await withHost({ url: server.url, stdio: ['pipe', 'pipe', 'ignore'] }, async (host) => {
    host.send({ nonsense: true });
    await host.initialize();
  });
});

test('T-005 numbers, id types and unknown members survive', async () => {
  await withHost({ url: server.url }, async (host) => {
    await host.initialize();
    const line = '{"unknown":{"b":1,"a":[]},"jsonrpc":"2.0","params":{"n":9007199254740993,"f":1.0,"e":1E+2,"name":"x","arguments":{}},"method":"tools/call","id":1}';
    const text = line.replace('"id":1}', '"id":"1"}');
    const [number, string] = [host.expectAnswer(1, line), host.expectAnswer('1', text)];
    await Promise.all([number, string]);
    const bodies = server.requests.map(({ body }) => body.toString());
    assert.ok(bodies.includes(line));
    assert.ok(bodies.includes(text));
  });
});

test('T-006 an id in flight is not used twice', async () => {
  let release;
  const own = await legacyServer({
    on: { 'tools/call': async (exchange, request, next) => { await new Promise((resolve) => { release = resolve; }); next(); } },
  });
  try {
    await withHost({ url: own.url }, async (host) => {
      await host.initialize();
      const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'echo', arguments: { n: 1 } } };
      const answer = host.expectAnswer(7, JSON.stringify(call));
      await own.waitForRequest(({ json }) => json?.id === 7);
      host.send(call);
      await sleep(150);
      release();
      assert.equal(textOf(await answer), '{"n":1}');
      assert.equal(own.requests.filter(({ json }) => json?.id === 7).length, 1);
      assertOneAnswerEach(host, [7]);
      assert.match(host.stderr, /id/i);
    });
  } finally {
    await own.close();
  }
});

for (const [name, line] of [
  ['no JSON', '{"jsonrpc":"2.0",'],
  ['not UTF-8', Buffer.from('7b226a736f6e727063223a22322e30222c226964223a352c226d6574686f64223a22ff227d0a', 'hex')],
  ['a bare word', 'hello'],
]) {
  test(`T-007 a line that is ${name} is logged, not answered`, async () => {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      const before_ = host.messages.length;
      host.write(Buffer.isBuffer(line) ? line : `${line}\n`);
      await host.request('ping');
      assert.equal(host.messages.length, before_ + 1);
      assert.notEqual(host.stderr, '');
    });
  });
}

for (const line of ['{"id":3}', '{"jsonrpc":"1.0","id":3,"method":"ping"}', '{"jsonrpc":"2.0","id":3,"method":5}']) {
  test(`T-007 JSON that is no JSON-RPC but has an id gets -32600: ${line}`, async () => {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      assert.equal((await host.expectAnswer(3, line)).error.code, -32600);
    });
  });
}

test('T-008 a batch is split into POSTs and answered with one array (2025-03-26)', async () => {
  const own = await legacyServer({ version: '2025-03-26' });
  try {
    await withHost({ url: own.url }, async (host) => {
      await host.initialize({ version: '2025-03-26' });
      host.send([
        { jsonrpc: '2.0', id: 1, method: 'ping' },
        { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
        { jsonrpc: '2.0', id: 2, method: 'tools/list' },
        { jsonrpc: '2.0', id: 3, method: 'no/such' },
      ]);
      await host.waitFor(({ id }) => id === 3);
      const batches = host.messages.filter(Array.isArray);
      assert.equal(batches.length, 1);
      assert.deepEqual(batches[0].map(({ id }) => id).sort(), [1, 2, 3]);
      const posts = own.requests.filter(({ method, json }) => method === 'POST' && !/initialize/.test(json.method));
      assert.equal(posts.length, 4);
      assert.ok(posts.every(({ json }) => !Array.isArray(json)));
    });
  } finally {
    await own.close();
  }
});

test('T-008 a batch of notifications has no answer; one with initialize is refused', async () => {
  const own = await legacyServer({ version: '2025-03-26' });
  try {
    await withHost({ url: own.url }, async (host) => {
      host.write(`[${init('2025-03-26')}]\n`);
      const refusal = await host.waitFor((m) => m.error !== undefined);
      assert.equal(refusal.error.code, -32600);
      assert.equal(own.state.initialized, 0);
      await host.initialize({ version: '2025-03-26' });
      const count = host.messages.length;
      host.send([{ jsonrpc: '2.0', method: 'notifications/x' }, { jsonrpc: '2.0', method: 'notifications/y' }]);
      await host.request('ping');
      assert.equal(host.messages.length, count + 1);
    });
  } finally {
    await own.close();
  }
});

test('T-008 an array in other versions gets -32600', async () => {
  await withHost({ url: server.url }, async (host) => {
    await host.initialize();
    host.send([{ jsonrpc: '2.0', id: 8, method: 'ping' }]);
    const { error } = await host.waitFor((m) => m.error !== undefined);
    assert.equal(error.code, -32600);
    assert.ok(!server.requests.some(({ json }) => json?.id === 8));
  });
});

test('T-008 arrays from the remote are split', async () => {
  const own = await legacyServer({
    version: '2025-03-26',
    on: {
      'tools/list': (exchange, { json }) => exchange.json([
        { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 1 } }, rpc.ok(json.id, { tools: [] }),
      ]),
    },
  });
  try {
    await withHost({ url: own.url }, async (host) => {
      await host.initialize({ version: '2025-03-26' });
      assert.deepEqual((await host.request('tools/list')).result, { tools: [] });
      assert.equal(host.messages.filter(Array.isArray).length, 0);
      await host.waitForMethod('notifications/message');
    });
  } finally {
    await own.close();
  }
});

test('T-010 answers to piped input are printed before the exit', async () => {
  const lines = [init(), initialized, JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })];
  const { code, stdout } = await runBridge([server.url], { input: `${lines.join('\n')}\n` });
  assert.equal(code, 0);
  const ids = stdout.trim().split('\n').map((line) => JSON.parse(line).id);
  assert.deepEqual(ids, ['init', 2]);
});

test('T-010 an unterminated last line counts', async () => {
  const { code, stdout } = await runBridge([server.url], { input: init() });
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).id, 'init');
});

test('T-012 a host that closed stdout is a host that left', async () => {
  const host = new Host({ url: server.url });
  try {
    await host.initialize();
    host.child.stdout.destroy();
    host.send({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const { code, signal } = await host.waitExit({ timeout: 2000 });
    assert.equal(signal, null);
    assert.equal(code, 0);
  } finally {
    await host.discard();
  }
});

test('T-013 a probe sibling gets its answer fast and shares nothing', async () => {
  const modern = await modernServer();
  try {
    const probe = new Host({ url: modern.url });
    const main = new Host({ url: modern.url });
    const [first, second] = await Promise.all([probe.modern('server/discover'), main.modern('server/discover')]);
    assert.ok(first.result && second.result);
    assert.ok(first.ms < 2000 * timeScale, `${first.ms} ms`);
    probe.child.stdin.end();
    const exit = await probe.kill('SIGTERM');
    assert.ok(exit.ms < 1000 * timeScale, `${exit.ms} ms`);
    assert.ok((await main.modern('tools/list')).result);
    await main.stop();
  } finally {
    await modern.close();
  }
});

test('T-014 nothing is written for a cancelled request; odd cancels are ignored', async () => {
  let held;
  const own = await legacyServer({ on: { 'tools/call': (exchange, { json }) => { held = { exchange, json }; } } });
  try {
    await withHost({ url: own.url }, async (host) => {
      await host.initialize();
      host.send({ jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'echo' } });
      await own.waitForRequest(({ json }) => json?.id === 5);
      host.notify('notifications/cancelled', { requestId: 5, reason: 'user' });
      await own.waitForRequest(({ json }) => json?.method === 'notifications/cancelled');
      held.exchange.json(rpc.ok(5, { content: [] }));
      host.notify('notifications/cancelled', { requestId: 'unknown' });
      host.notify('notifications/cancelled', {});
      host.notify('notifications/cancelled', { requestId: 'init' });
      await host.request('ping');
      await sleep(100);
      assert.equal(host.answersTo(5).length, 0);
    });
  } finally {
    await own.close();
  }
});

test('T-016 messages sent all at once arrive in order', async () => {
  const own = await legacyServer({
    on: { initialize: async (exchange, request, next) => { await sleep(150); next(); } },
  });
  try {
    await withHost({ url: own.url }, async (host) => {
      const ids = Array.from({ length: 20 }, (_, n) => n);
      const answers = ids.map((id) => host.expectAnswer(id));
      const notes = ids.map((id) => JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'echo', arguments: { id } } }));
      host.write(`${[init(), initialized, ...notes].join('\n')}\n`);
      for (const id of ids) assert.equal(textOf(await answers[id]), JSON.stringify({ id }));
      const order = own.requests.filter(({ method }) => method === 'POST').map(({ json }) => json.id ?? json.method);
      assert.deepEqual(order.slice(0, 2), ['init', 'notifications/initialized']);
      assertOneAnswerEach(host, ids);
    });
  } finally {
    await own.close();
  }
});

test('T-018 a silent server: the answer is an error after --request-timeout', async () => {
  const own = await legacyServer({ on: { 'tools/call': () => {} } });
  try {
    await withHost({ url: own.url, args: ['--request-timeout', '1'] }, async (host) => {
      await host.initialize();
      const answer = await host.request('tools/call', { name: 'x' });
      assertOwnError(answer, 'net.timeout', -31497);
      assert.equal(answer.error.data.retryable, false);
      assert.ok(answer.ms >= 900 && answer.ms < 2500 * timeScale, `${answer.ms} ms`);
      assert.ok((await host.request('ping')).result);
    });
  } finally {
    await own.close();
  }
});

test('T-019 connection refused is an error of our own, per request, and no exit', async () => {
  const gone = await legacyServer();
  const { url } = gone;
  await gone.close();
  await withHost({ url }, async (host) => {
    for (const id of ['a', 'b']) {
      const answer = await host.expectAnswer(id, init().replace('"init"', `"${id}"`));
      assertOwnError(answer, 'net.unreachable', -31496);
      assert.equal(answer.error.data.retryable, true);
    }
  });
});
