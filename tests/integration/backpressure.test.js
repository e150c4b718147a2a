// SPDX-License-Identifier: ISC
// Slow readers on either side: memory stays bounded and nothing is lost (T-017).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { instrumented, timeScale } from './lib/bridge.js';
import { Host, withHost } from './lib/host.js';
import { legacyServer, rpc } from './lib/scripted.js';

const MIB = 1024 * 1024;
const RSS_LIMIT = (instrumented ? 1024 : 64) * MIB;

/** Sends `total` bytes of numbered notifications as fast as they are taken. */
async function flood(stream, total) {
  const filler = 'x'.repeat(64 * 1024);
  const sent = { count: 0, bytes: 0 };
  while (sent.bytes < total && stream.open) {
    const line = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","n":${sent.count},"data":"${filler}"}}`;
    stream.raw(`data: ${line}\n\n`);
    sent.count += 1;
    sent.bytes += line.length;
    await stream.drained();
  }
  return sent;
}

/** Counts lines and checks the numbers without keeping anything. */
class Counter {
  next = 0;
  bytes = 0;
  wrong = [];
  #head = '';
  #inHead = true;

  take(chunk) {
    this.bytes += chunk.length;
    for (let from = 0; from < chunk.length;) {
      const newline = chunk.indexOf(10, from);
      const end = newline < 0 ? chunk.length : newline;
      if (this.#inHead) this.#head += chunk.subarray(from, Math.min(end, from + 120)).toString('latin1');
      this.#inHead = this.#head.length < 120;
      if (newline < 0) return;
      this.#line();
      from = newline + 1;
    }
  }

  #line() {
    const n = /"n":(\d+),/.exec(this.#head)?.[1];
    if (n !== undefined) {
      if (Number(n) !== this.next) this.wrong.push(n);
      this.next = Number(n) + 1;
    }
    this.#head = '';
    this.#inHead = true;
  }
}

test('must-show: a host that stops reading while the server sends 1 GB', async () => {
  let started;
  const server = await legacyServer({ on: { GET: (exchange) => { started = flood(exchange.sse(), 1e9); } } });
  const counter = new Counter();
  const host = new Host({ url: server.url, read: false, onChunk: (chunk) => counter.take(chunk) });
  try {
    host.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } } });
    host.notify('notifications/initialized');
    let highest = 0;
    const watch = setInterval(() => { if (!host.exit) highest = Math.max(highest, host.rss()); }, 20);
    await sleep(3000 * timeScale);
    assert.ok(started, 'the standing stream was not opened');
    const stalled = highest;
    host.read();
    const sent = await started;
    for (let idle = 0, last = -1; counter.next < sent.count && idle < 100; idle = counter.bytes === last ? idle + 1 : 0) {
      last = counter.bytes;
      await sleep(50);
    }
    clearInterval(watch);
    assert.ok(sent.bytes >= 1e9, `the server sent ${sent.bytes} bytes`);
    assert.deepEqual(counter.wrong, []);
    assert.equal(counter.next, sent.count, 'notifications are missing');
    assert.ok(stalled < RSS_LIMIT, `${stalled} bytes resident while stalled`);
    assert.ok(highest < RSS_LIMIT, `${highest} bytes resident`);
  } finally {
    await host.discard();
    await server.close();
  }
});

test('T-011 a stalled host can still end the bridge', async () => {
  for (const leave of [(host) => { host.child.stdout.destroy(); return host.closeStdin(); }, (host) => host.kill('SIGTERM')]) {
    const server = await legacyServer({ on: { GET: (exchange) => { flood(exchange.sse(), 50e6); } } });
    const host = new Host({ url: server.url, read: false });
    try {
      host.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } } });
      host.notify('notifications/initialized');
      await sleep(500);
      const { ms } = await leave(host);
      assert.ok(ms < 1000 * timeScale, `${ms} ms`);
    } finally {
      await host.discard();
      await server.close();
    }
  }
});

test('a server that does not read: the host\'s flood is bounded, small messages still pass', async () => {
  let stuck = 0;
  const server = await legacyServer({
    on: { 'tools/call': async (exchange, { json }) => { stuck += 1; await sleep(300); exchange.json(rpc.ok(json.id, { content: [] })); } },
  });
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize();
      const text = 'y'.repeat(2 * MIB);
      const calls = Array.from({ length: 40 }, (_, n) => host.request('tools/call', { name: 'x', arguments: { n, text } }, { timeout: 60_000 }));
      const answers = await Promise.all(calls);
      assert.ok(answers.every(({ result }) => result));
      assert.equal(stuck, 40);
    });
  } finally {
    await server.close();
  }
});
