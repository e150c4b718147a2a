// SPDX-License-Identifier: ISC
// Servers that are slow, half open, or never come to the point.
import { setTimeout as sleep } from 'node:timers/promises';
import { response, sseEvent } from '../../integration/lib/rawserver.js';
import { legacyServer, rpc } from '../../integration/lib/scripted.js';
import { ask, attack } from '../attack.js';

const answer = (id) => JSON.stringify(rpc.ok(id, { content: [] }));
const json = (id) => response(200, { 'Content-Type': 'application/json' }, answer(id));
const streamHead = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** Writes in pieces of `size` bytes with a pause after each. */
async function drip(exchange, bytes, size = 1, ms = 2) {
  for (let at = 0; at < bytes.length && !exchange.socket.destroyed; at += size) {
    exchange.raw(bytes.subarray(at, at + size));
    await sleep(ms);
  }
}

async function forever(exchange, text, ms = 20) {
  while (!exchange.socket.destroyed) {
    exchange.raw(text);
    await sleep(ms);
  }
}

const timeout = ['net.timeout'];
const lost = ['stream.lost', 'net.unreachable'];

export const cases = [
  attack('slow-json', 'a JSON answer, byte by byte', 'result', (exchange, { json: { id } }) => drip(exchange, json(id)), { args: [] }),
  attack('slow-sse', 'an event stream, byte by byte in chunks of one', 'result', (exchange, { json: { id } }) => drip(exchange,
    Buffer.from(streamHead + [...sseEvent(answer(id))].map(chunk).join('') + '0\r\n\r\n'), 3), { args: [] }),
  attack('slow-initialize', 'the answer to initialize, byte by byte', 'result', (exchange, { json: { id } }) => drip(exchange,
    response(200, { 'Content-Type': 'application/json' }, JSON.stringify(rpc.ok(id, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } })))),
  { on: 'initialize', args: [] }),
  attack('silent', 'no byte of an answer', timeout, () => {}),
  attack('silent-initialize', 'no answer to initialize: the host gets one within its patience', 'result', () => {}, { on: 'initialize', args: [], slow: true }),
  attack('half-status', 'half a status line, then silence', timeout, (exchange) => exchange.raw('HTTP/1.1 20')),
  attack('half-head', 'half a head, then silence', timeout, (exchange) => exchange.raw('HTTP/1.1 200 OK\r\nContent-Type: appl')),
  attack('half-body', 'half a body, then silence', timeout, (exchange, { json: { id } }) => exchange.raw(json(id).subarray(0, -10))),
  attack('half-chunk', 'half a chunk, then silence', timeout, (exchange, { json: { id } }) => exchange.raw(streamHead + chunk(sseEvent(answer(id))).slice(0, -20))),
  attack('half-event', 'an event without its blank line, then silence', timeout, (exchange, { json: { id } }) => exchange.raw(streamHead + chunk(`data: ${answer(id)}\n`))),
  attack('half-chunk-size', 'a chunk size without its end', timeout, (exchange) => exchange.raw(`${streamHead}ff`)),
  attack('no-end', 'an answer whose body has no end: it was whole', 'result', (exchange, { json: { id } }) => exchange.raw(streamHead + chunk(sseEvent(answer(id))))),
  attack('drip-head', 'a header line that never ends', [...timeout, 'message.too_large', 'upstream.protocol'], (exchange) => {
    exchange.raw('HTTP/1.1 200 OK\r\nX-Long: ');
    return forever(exchange, 'x');
  }),
  attack('drip-headers', 'header lines without end', [...timeout, 'message.too_large', 'upstream.protocol'], (exchange) => {
    exchange.raw('HTTP/1.1 200 OK\r\n');
    return forever(exchange, 'X-More: 1\r\n');
  }),
  attack('drip-interim', 'interim responses without end', [...timeout, 'message.too_large', 'upstream.protocol'], (exchange) => forever(exchange, 'HTTP/1.1 100 Continue\r\n\r\n')),
  attack('drip-json', 'white space before a JSON text, without end', timeout, (exchange) => {
    exchange.raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
    return forever(exchange, chunk(' '));
  }),
  attack('drip-comments', 'comments every 20 ms instead of an answer', timeout, (exchange) => {
    exchange.raw(streamHead);
    return forever(exchange, chunk(': still here\n\n'));
  }),
  attack('early-hints', 'early hints, then the answer', 'result', (exchange, { json: { id } }) => {
    exchange.raw('HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n');
    exchange.raw(json(id));
  }),
  attack('processing', 'ten interim responses, then the answer', 'result', (exchange, { json: { id } }) => {
    for (let n = 0; n < 10; n += 1) exchange.raw('HTTP/1.1 102 Processing\r\n\r\n');
    exchange.raw(json(id));
  }),
  attack('switching', 'another protocol instead of an answer', ['upstream.http', 'upstream.protocol', 'net.unreachable', 'stream.lost', 'net.timeout'], (exchange) => {
    exchange.raw('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x05hello');
  }),
  attack('half-open', 'the server ends its half without an answer', lost, (exchange) => exchange.socket.end()),
  attack('reset', 'a reset instead of an answer', lost, (exchange) => exchange.reset()),
  {
    id: 'early-answer', what: 'an answer while most of a large request is still on its way', must: ['result', 'stream.lost', 'net.unreachable'],
    async run(trial) {
      const server = await trial.use(legacyServer());
      const host = trial.host({ url: server.url, args: ['--request-timeout', '5'] });
      await host.initialize();
      server.onSocket = (socket) => {
        let seen = '';
        socket.prependListener('data', (bytes) => {
          seen += bytes.toString('latin1').slice(0, 4096);
          if (!seen.includes('"id":"asked"')) return;
          socket.removeAllListeners('data'); // the rest is never read
          socket.write(json('asked'));
        });
      };
      server.dropConnections();
      await sleep(50);
      const outcome = await ask(host, 'tools/call', { name: 'echo', arguments: { text: 'x'.repeat(2_000_000) } });
      await trial.end(host);
      return outcome;
    },
  },
];
