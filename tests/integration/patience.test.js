// SPDX-License-Identifier: ISC
// How long a server may keep us waiting, and pings that keep it awake:
// --headers-timeout, --body-timeout, --ping-interval.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withHost } from './lib/host.js';
import { legacyServer, rpc } from './lib/scripted.js';
import { until, withScripted } from './lib/signin.js';

const echo = { name: 'echo', arguments: {} };

/** A host on a scripted server, open. */
async function withServer(on, args, use) {
  const server = await legacyServer({ on });
  try {
    await withHost({ url: server.url, args }, async (host) => {
      await host.initialize();
      await use(host, server);
    });
  } finally {
    await server.close();
  }
}

test('T-033 --headers-timeout: a response that does not begin is an error, and the next one is none', async () => {
  let calls = 0;
  const on = { 'tools/call': (exchange, request, next) => { calls += 1; if (calls > 1) next(); } };
  await withServer(on, ['--headers-timeout', '1'], async (host) => {
    const { error } = await host.request('tools/call', echo);
    assert.match(error.message, /did not begin to answer within 1 s/);
    assert.equal(error.data.retryable, false, 'the tool may have run');
    assert.equal(calls, 1, 'and it is not run again');
    assert.ok((await host.request('tools/call', echo)).result);
  });
});

test('T-033 --body-timeout: an answer that stops midway is an error; event streams may be idle', async () => {
  const partial = (exchange) => exchange.raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"jsonrpc"');
  const on = {
    'tools/call': partial,
    'tools/list': async (exchange, { json }) => {
      const stream = exchange.sse();
      stream.raw(': there\n\n');
      await sleep(2500);
      stream.send(rpc.ok(json.id, { tools: [] }));
      stream.end();
    },
    'prompts/list': (exchange) => exchange.raw('HTTP/1.1 503 X\r\nContent-Length: 1000\r\n\r\nlater'),
  };
  await withServer(on, ['--body-timeout', '1', '--headers-timeout', '1'], async (host) => {
    const stopped = host.request('tools/call', echo);
    const refused = host.request('prompts/list');
    assert.deepEqual((await host.request('tools/list')).result, { tools: [] });
    assert.match((await stopped).error.message, /stopped in the middle of its answer for 1 s/);
    assert.match((await refused).error.message, /HTTP 503/);
  });
});

test('--ping-interval: pings of our own, whose answers the host never sees; none unasked', async () => {
  const counts = [];
  for (const args of [['--ping-interval', '1'], []]) {
    let pings = 0;
    const answer = (exchange, { json }, next) => {
      pings += 1;
      if (pings % 2 === 0) exchange.json(rpc.fail(json.id, -32601, 'Method not found'));
      else next();
    };
    await withServer({ ping: answer }, args, async (host) => {
      const before = host.lines.length;
      if (args.length > 0) await until(() => pings >= 3, 'three pings', { timeout: 10_000 });
      else await sleep(1500);
      assert.ok((await host.request('tools/list')).result);
      assert.equal(host.lines.length, before + 1, host.lines.join('\n'));
    });
    counts.push(pings);
  }
  assert.ok(counts[0] >= 3);
  assert.equal(counts[1], 0);
});

test('A-124 a ping that is refused opens no browser, and none follows till there is a token', async () => {
  const open = ['initialize', 'notifications/initialized', 'GET', 'DELETE', 'tools/list'];
  let waiting;
  let pings = 0;
  const on = {
    'tools/list': (exchange, { json }) => { waiting = () => exchange.json(rpc.ok(json.id, { tools: [] })); },
    ping: (exchange, request, next) => { pings += 1; next(); },
  };
  await withScripted({ server: { open, on } }, async (place) => {
    const host = place.start({ args: ['--ping-interval', '1'] });
    await host.initialize();
    const list = host.request('tools/list');
    await until(() => place.server.refused === 1, 'a refused ping', { timeout: 10_000 });
    await sleep(2500);
    assert.equal(place.server.refused, 1, 'no other ping');
    assert.equal(place.opener.count, 0, 'no browser');
    waiting();
    assert.ok((await list).result);

    const call = host.request('tools/call', echo);
    await place.finish(1);
    assert.ok((await call).result);
    await until(() => pings > 0, 'a ping with the token', { timeout: 10_000 });
    await host.stop();
  });
});
