// SPDX-License-Identifier: ISC
// HTTP/2 by hand: frames no library would send, behind TLS that is right.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import tls from 'node:tls';
import { Authorities } from '../../integration/lib/authority.js';
import { rpc } from '../../integration/lib/scripted.js';
import { ask, initializeParams } from '../attack.js';

const DATA = 0, HEADERS = 1, PRIORITY = 2, RST = 3, SETTINGS = 4, PUSH = 5, PING = 6, GOAWAY = 7, WINDOW = 8, CONTINUATION = 9;
const END_STREAM = 1, ACK = 1, END_HEADERS = 4;
const PREFACE = 24;

let made;
function authorities() {
  if (!made) {
    made = new Authorities();
    made.authority('ca');
    made.certificate('server');
  }
  return made;
}

const u32 = (n) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(n >>> 0); return bytes; };
function frame(type, flags, stream, payload = Buffer.alloc(0), length = payload.length) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}
const text = (value) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
/** A header never indexed, without Huffman coding. */
const header = (name, value) => Buffer.concat([Buffer.from([0x10]), text(name), text(value)]);
const STATUS_200 = Buffer.from([0x88]);
const jsonHeaders = Buffer.concat([STATUS_200, header('content-type', 'application/json')]);
const goaway = (last, code = 0, debug = '') => frame(GOAWAY, 0, 0, Buffer.concat([u32(last), u32(code), Buffer.from(debug)]));
const settings = (...pairs) => frame(SETTINGS, 0, 0, Buffer.concat(pairs.map(([id, value]) => { const one = Buffer.alloc(6); one.writeUInt16BE(id); one.writeUInt32BE(value >>> 0, 2); return one; })));

/** The pieces of a good answer. */
const whole = (stream, id, result = { content: [] }) => [
  frame(HEADERS, END_HEADERS, stream, jsonHeaders), frame(DATA, END_STREAM, stream, Buffer.from(JSON.stringify(rpc.ok(id, result)))),
];

/**
 * A server of raw frames. `respond(peer, stream, message)` answers each POST
 * but initialize, which is answered well; `greet(socket)` replaces the settings.
 */
async function frameServer({ respond, greet }) {
  const sockets = new Set();
  const server = tls.createServer({ ...authorities().pair('server'), ALPNProtocols: ['h2'] }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (greet) greet(socket);
    else socket.write(settings());
    let held = Buffer.alloc(0);
    let started = false;
    const bodies = new Map();
    const peer = { socket, send: (...frames) => { if (!socket.destroyed) socket.write(Buffer.concat(frames)); } };
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      if (!started && held.length >= PREFACE) { held = held.subarray(PREFACE); started = true; }
      for (; started && held.length >= 9 && held.length >= 9 + held.readUIntBE(0, 3); held = held.subarray(9 + held.readUIntBE(0, 3))) {
        const [type, flags, stream] = [held[3], held[4], held.readUInt32BE(5) & 0x7fffffff];
        const payload = held.subarray(9, 9 + held.readUIntBE(0, 3));
        if (type === SETTINGS && !(flags & ACK)) peer.send(frame(SETTINGS, ACK, 0));
        if (type === PING && !(flags & ACK)) peer.send(frame(PING, ACK, 0, payload));
        if (type === DATA) bodies.set(stream, Buffer.concat([bodies.get(stream) ?? Buffer.alloc(0), payload]));
        if ((type === DATA || type === HEADERS) && (flags & END_STREAM)) {
          const body = bodies.get(stream)?.toString() ?? '';
          const message = body ? JSON.parse(body) : {};
          if (message.method === 'initialize' && !server.rude) peer.send(...whole(stream, message.id, { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'frames', version: '1' } }));
          else if (message.method === 'tools/call' || server.rude) { server.calls += 1; respond(peer, stream, message); }
          else if (message.id !== undefined) peer.send(...whole(stream, message.id, {}));
          else peer.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, Buffer.concat([Buffer.from([0x08, 3]), Buffer.from(body ? '202' : '405')])));
        }
      }
    });
  });
  server.calls = 0;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.origin = `https://127.0.0.1:${server.address().port}`;
  return Object.assign(server, { shut: () => { for (const socket of sockets) socket.destroy(); server.close(); } });
}

function frames(id, what, must, respond, { greet, rude, args = [], params = { name: 'x' }, most = 1, next = ['result'] } = {}) {
  return {
    id: `h2-${id}`, what, must: [must].flat(),
    async run(trial) {
      const server = await frameServer({ respond, greet });
      server.rude = rude;
      trial.defer(() => server.shut());
      const host = trial.host({ url: `${server.origin}/mcp`, args: ['--ca-file', authorities().at('ca.pem'), '--request-timeout', '2', '--connect-timeout', '2', ...args] });
      if (rude) {
        const outcome = await ask(host, 'initialize', initializeParams);
        await trial.end(host);
        return outcome;
      }
      await host.initialize();
      const outcome = await ask(host, 'tools/call', params);
      assert.ok(server.calls <= most, `carried out ${server.calls} times`);
      assert.ok(next.includes(await ask(host, 'ping', undefined, { id: 'after' })), 'the next request');
      await trial.end(host);
      return outcome;
    },
  };
}

const lost = ['stream.lost', 'net.unreachable', 'upstream.protocol', 'net.timeout'];
const either = ['result', ...lost];

const misbehaviour = [
  frames('good', 'frames that are right', 'result', (peer, stream, { id }) => peer.send(...whole(stream, id))),
  frames('goaway-before', 'GOAWAY that says the request was not seen', lost.concat('result'), (peer) => peer.send(goaway(0)), { most: 2 }),
  frames('goaway-after', 'GOAWAY, then the answer', 'result', (peer, stream, { id }) => peer.send(goaway(stream), ...whole(stream, id))),
  frames('goaway-error', 'GOAWAY with an error, and the end', lost, (peer, stream) => { peer.send(goaway(stream, 11, 'calm down')); peer.socket.end(); }),
  frames('goaway-debug', 'GOAWAY with 16 KB of text', lost, (peer) => { peer.send(goaway(0, 2, '\x1b[31m'.repeat(3000))); peer.socket.end(); }, { most: 2 }),
  ...[0, 1, 2, 5, 8, 11, 12].map((code) => frames(`reset-${code}`, `RST_STREAM with code ${code}`, lost, (peer, stream) => peer.send(frame(RST, 0, stream, u32(code))))),
  // libcurl goes on with HTTP/1.1, which this server does not speak: the handshake fails.
  frames('reset-13', 'RST_STREAM: HTTP/1.1 required', [...lost, 'net.tls'], (peer, stream) => peer.send(frame(RST, 0, stream, u32(13)))),
  frames('refused', 'RST_STREAM: refused, and so not carried out', lost.concat('result'), (peer, stream) => peer.send(frame(RST, 0, stream, u32(7))), { most: 6 }),
  frames('reset-late', 'RST_STREAM after half an answer', lost, (peer, stream) => peer.send(frame(HEADERS, END_HEADERS, stream, jsonHeaders), frame(DATA, 0, stream, Buffer.from('{"jsonrpc":')), frame(RST, 0, stream, u32(2)))),
  frames('reset-after', 'RST_STREAM after a whole answer', 'result', (peer, stream, { id }) => peer.send(...whole(stream, id), frame(RST, 0, stream, u32(0)))),
  frames('data-first', 'DATA before HEADERS', lost, (peer, stream) => peer.send(frame(DATA, END_STREAM, stream, Buffer.from('{}')))),
  frames('no-end', 'an answer whose stream does not end', ['result', ...lost], (peer, stream, { id }) => peer.send(frame(HEADERS, END_HEADERS, stream, jsonHeaders), frame(DATA, 0, stream, Buffer.from(JSON.stringify(rpc.ok(id, {})))))),
  frames('no-body', 'HEADERS and the end', lost, (peer, stream) => peer.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, jsonHeaders))),
  frames('no-status', 'HEADERS without a status', lost, (peer, stream) => peer.send(frame(HEADERS, END_HEADERS | END_STREAM, stream, header('content-type', 'application/json')))),
  frames('two-heads', 'HEADERS twice', either, (peer, stream, { id }) => peer.send(frame(HEADERS, END_HEADERS, stream, jsonHeaders), ...whole(stream, id))),
  frames('stream-0', 'HEADERS on stream 0', lost, (peer) => peer.send(frame(HEADERS, END_HEADERS, 0, jsonHeaders))),
  frames('stream-even', 'HEADERS on a stream nobody opened', lost, (peer) => peer.send(frame(HEADERS, END_HEADERS, 2, jsonHeaders))),
  frames('stream-future', 'HEADERS on a stream we will open', lost, (peer) => peer.send(frame(HEADERS, END_HEADERS, 9999, jsonHeaders))),
  frames('push', 'PUSH_PROMISE, which was not allowed', lost, (peer, stream) => peer.send(frame(PUSH, END_HEADERS, stream, Buffer.concat([u32(2), STATUS_200])))),
  frames('unknown', 'frames of unknown types, then the answer', 'result', (peer, stream, { id }) => peer.send(frame(0xfa, 0xff, stream, Buffer.alloc(100)), frame(0x7f, 0, 0), ...whole(stream, id))),
  frames('priority', 'PRIORITY on itself', either, (peer, stream, { id }) => peer.send(frame(PRIORITY, 0, stream, Buffer.concat([u32(stream), Buffer.from([1])])), ...whole(stream, id))),
  frames('too-large', 'a frame of 1 MB', lost, (peer, stream) => peer.send(frame(DATA, 0, stream, Buffer.alloc(1 << 20)))),
  frames('length-lie', 'a frame that says it is 16 MB, and silence', lost, (peer, stream) => peer.send(frame(DATA, 0, stream, Buffer.alloc(10), 0xffffff))),
  frames('window-0', 'WINDOW_UPDATE of nothing', lost.concat('result'), (peer, stream, { id }) => peer.send(frame(WINDOW, 0, stream, u32(0)), ...whole(stream, id))),
  frames('window-overflow', 'WINDOW_UPDATE past 2^31', lost.concat('result'), (peer, stream, { id }) => peer.send(frame(WINDOW, 0, 0, u32(0x7fffffff)), frame(WINDOW, 0, 0, u32(0x7fffffff)), ...whole(stream, id))),
  frames('window-shut', 'a window that never opens for a large request', lost, () => {}, { greet: (socket) => socket.write(settings([4, 10])), params: { name: 'x', arguments: { text: 'x'.repeat(100_000) } }, most: 0, next: either, rude: true }),
  frames('hpack-index', 'a header index that is not there', lost, (peer, stream) => peer.send(frame(HEADERS, END_HEADERS, stream, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07])))),
  frames('hpack-junk', 'junk for a header block', lost, (peer, stream) => peer.send(frame(HEADERS, END_HEADERS, stream, Buffer.alloc(200, 0xfe)))),
  frames('hpack-huffman', 'Huffman coding that is none', lost, (peer, stream) => peer.send(frame(HEADERS, END_HEADERS, stream, Buffer.concat([STATUS_200, Buffer.from([0x10, 0x84, 0xff, 0xff, 0xff, 0xff, 0x01, 0x61])])))),
  frames('hpack-bomb', 'one header, referred to 4,000 times', [...lost, 'message.too_large'], (peer, stream) => {
    const long = 'v'.repeat(3900);
    const define = Buffer.concat([Buffer.from([0x40]), text('x'), Buffer.from([0x7f, 0xbd, 0x1d]), Buffer.from(long)]);
    peer.send(frame(HEADERS, 0, stream, Buffer.concat([STATUS_200, define])), frame(CONTINUATION, END_HEADERS, stream, Buffer.alloc(4000, 0xbe)));
  }),
  frames('continuation-flood', 'CONTINUATION without end', [...lost, 'message.too_large'], (peer, stream) => {
    peer.send(frame(HEADERS, 0, stream, STATUS_200));
    for (let n = 0; n < 2000; n += 1) peer.send(frame(CONTINUATION, 0, stream, header(`x-${n}`, 'y'.repeat(100))));
  }),
  frames('continuation-alone', 'CONTINUATION after nothing', lost, (peer, stream) => peer.send(frame(CONTINUATION, END_HEADERS, stream, jsonHeaders))),
  frames('settings-flood', '20,000 SETTINGS, then the answer', either, (peer, stream, { id }) => { peer.send(...Array.from({ length: 20_000 }, () => settings([4, 65535]))); peer.send(...whole(stream, id)); }),
  frames('ping-flood', '20,000 PINGs, then the answer', either, (peer, stream, { id }) => { peer.send(...Array.from({ length: 20_000 }, () => frame(PING, 0, 0, Buffer.alloc(8)))); peer.send(...whole(stream, id)); }),
  frames('settings-bad', 'SETTINGS of a bad length', lost, (peer) => peer.send(frame(SETTINGS, 0, 0, Buffer.alloc(5)))),
  frames('settings-frame-size', 'SETTINGS with a frame size of 1', lost, (peer) => peer.send(settings([5, 1]))),
  frames('interim', 'ten interim heads, then the answer', 'result', (peer, stream, { id }) => peer.send(...Array.from({ length: 10 }, () => frame(HEADERS, END_HEADERS, stream, Buffer.concat([Buffer.from([0x08, 3]), Buffer.from('103')]))), ...whole(stream, id))),
  frames('trailers', 'an answer with trailers', 'result', (peer, stream, { id }) => {
    const [head, body] = whole(stream, id);
    peer.send(head, frame(DATA, 0, stream, body.subarray(9)), frame(HEADERS, END_HEADERS | END_STREAM, stream, header('x-end', '1')));
  }),
  frames('connection-header', 'a header HTTP/2 forbids', either, (peer, stream, { id }) => peer.send(frame(HEADERS, END_HEADERS, stream, Buffer.concat([jsonHeaders, header('connection', 'close')])), whole(stream, id)[1])),
  frames('capitals', 'a header name in capitals', either, (peer, stream, { id }) => peer.send(frame(HEADERS, END_HEADERS, stream, Buffer.concat([jsonHeaders, header('X-Y', 'z')])), whole(stream, id)[1])),
  frames('line-breaks', 'line breaks in a header', either, (peer, stream, { id }) => peer.send(frame(HEADERS, END_HEADERS, stream, Buffer.concat([jsonHeaders, header('x-y', 'a\r\nmcp-session-id: b')])), whole(stream, id)[1])),
  frames('http1', 'HTTP/1.1 where HTTP/2 was agreed', lost, () => {}, { rude: true, greet: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}') }),
  frames('no-preface', 'frames that begin with DATA', lost, () => {}, { rude: true, greet: (socket) => socket.write(frame(DATA, 0, 1, Buffer.from('x'))) }),
  frames('mute', 'no frame at all', lost.concat('result'), () => {}, { rude: true, greet: () => {} }),
  frames('no-streams', 'no streams allowed', lost, () => {}, { rude: true, greet: (socket) => socket.write(settings([3, 0])) }),
];

/** node:http2 does right, until the session is taken away. */
const sessions = {
  id: 'h2-session-destroyed', what: 'a session destroyed under ten calls', must: ['one answer each'],
  async run(trial) {
    const server = http2.createSecureServer(authorities().pair('server'));
    const open = new Set();
    server.on('session', (session) => { open.add(session); session.on('error', () => {}); });
    server.on('stream', (stream, headers) => {
      let body = '';
      stream.on('error', () => {});
      stream.on('data', (chunk) => { body += chunk; });
      stream.on('end', () => {
        const message = body ? JSON.parse(body) : {};
        const send = (result) => { stream.respond({ ':status': 200, 'content-type': 'application/json' }); stream.end(JSON.stringify(rpc.ok(message.id, result))); };
        if (headers[':method'] !== 'POST') { stream.respond({ ':status': 405 }); stream.end(); }
        else if (message.method === 'initialize') send({ protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } });
        else if (message.id === undefined) { stream.respond({ ':status': 202 }); stream.end(); }
        else if (message.id === 'call 9') for (const session of open) session.destroy();
        else if (message.method === 'ping') send({});
      });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    trial.defer(() => { for (const session of open) session.destroy(); server.close(); });
    const host = trial.host({ url: `https://127.0.0.1:${server.address().port}/mcp`, args: ['--ca-file', authorities().at('ca.pem'), '--request-timeout', '5'] });
    await host.initialize();
    const ids = Array.from({ length: 10 }, (_, n) => `call ${n}`);
    const got = await Promise.all(ids.map((id) => host.request('tools/call', { name: 'x' }, { id })));
    for (const { error } of got) assert.match(error.data.kind, /^(stream\.lost|net\.unreachable)$/);
    for (const id of ids) assert.equal(host.answersTo(id).length, 1);
    assert.equal(await ask(host, 'ping', undefined, { id: 'after' }), 'result');
    await trial.end(host);
    return 'one answer each';
  },
};

export const cases = [...misbehaviour, sessions];
