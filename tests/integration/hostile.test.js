// SPDX-License-Identifier: ISC
// What no peer should send, and times no peer should wait for: the pump goes
// on, answers, and rests.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { timeScale } from './lib/bridge.js';
import { assertOwnError } from './lib/expect.js';
import { withHost } from './lib/host.js';
import { legacyServer, modernServer, rpc } from './lib/scripted.js';

async function withServer(make, on, use, hostOptions = {}) {
  const server = await make({ on });
  try {
    return await withHost({ url: server.url, ...hostOptions }, (host) => use(host, server));
  } finally {
    await server.close();
    assert.equal(server.error, undefined);
  }
}

/** Processor time of a process so far, in clock ticks (10 ms). */
function ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\)/, '').split(' ');
  return Number(fields[12]) + Number(fields[13]);
}

test('T-018 T-063 a subscription has no deadline, and past it the pump rests', async () => {
  const acknowledged = (id) => ({
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: {}, _meta: { 'io.modelcontextprotocol/subscriptionId': id } },
  });
  await withServer(modernServer, {
    'subscriptions/listen': (exchange, { json }) => { exchange.sse().send(acknowledged(json.id)); },
    'tools/call': () => {},
  }, async (host) => {
    host.modern('subscriptions/listen', { notifications: {} }, { id: 'l', timeout: 60_000 }).catch(() => {});
    await host.waitFor(({ method }) => method === 'notifications/subscriptions/acknowledged');
    await sleep(1200);
    const before = ticks(host.pid);
    await sleep(500);
    const used = ticks(host.pid) - before;
    assert.ok(used < 15 * timeScale, `${used} ticks in half a second`);
    assert.equal(host.answersTo('l').length, 0);
    // younger requests keep theirs
    assertOwnError(await host.modern('tools/call', { name: 'x' }), 'net.timeout', -31497);
  }, { args: ['--request-timeout', '1'] });
});

test('T-024 a notification with the name of a request opens and keeps nothing', async () => {
  await withServer(legacyServer, {}, async (host) => {
    for (const method of ['initialize', 'logging/setLevel', 'resources/subscribe', 'tools/call']) host.send({ jsonrpc: '2.0', method });
    await host.initialize();
    for (const method of ['logging/setLevel', 'resources/subscribe', 'initialize']) host.send({ jsonrpc: '2.0', method });
    assert.ok((await host.request('tools/list')).result);
  });
});

test('T-042 a result in a refusal is no answer', async () => {
  await withServer(legacyServer, {
    'tools/call': (exchange, { json }) => exchange.json(rpc.ok(json.params.name === 'own' ? json.id : 'of another', {}), { status: 500 }),
  }, async (host) => {
    await host.initialize();
    for (const name of ['own', 'other']) assertOwnError(await host.request('tools/call', { name }), 'upstream.http', -31500);
  });
});

for (const [how, respond] of [
  ['that names no endpoint', (exchange) => { exchange.sse().raw(': hello\n\n'); }],
  ['that never begins', () => {}],
]) {
  test(`T-070 T-071 a stream ${how} is no HTTP+SSE: the refusal stands, the next try is a POST`, async () => {
    let refused = 0;
    await withServer(legacyServer, {
      GET: respond,
      initialize: (exchange, request, next) => (++refused === 1 ? exchange.send(400, {}, 'not now') : next()),
    }, async (host) => {
      const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'h', version: '1' } };
      const answer = await host.request('initialize', hello, { timeout: 15_000 });
      assertOwnError(answer, 'upstream.http', -31500);
      assert.equal(answer.error.data.http, 400);
      await host.initialize();
      assert.ok((await host.request('tools/list')).result);
    });
  });
}
