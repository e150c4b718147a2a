// SPDX-License-Identifier: ISC
// What is large, or grows: decompression bombs, heads, events without end.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { execFileSync } from 'node:child_process';
import { response, sseEvent } from '../../integration/lib/rawserver.js';
import { rpc } from '../../integration/lib/scripted.js';
import { attack } from '../attack.js';

const answer = (id) => JSON.stringify(rpc.ok(id, { content: [] }));
const ok = (id, headers = {}) => response(200, { 'Content-Type': 'application/json', ...headers }, answer(id));
const patient = ['--request-timeout', '60'];
const MIB = 1024 * 1024;
const refused = ['message.too_large', 'upstream.protocol', 'upstream.http'];
// White space is no part of a message: it is passed over, and then nothing was said.
const nothingSaid = ['stream.lost', ...refused];

/** `mb` megabytes of white space, compressed in pieces so that we stay small as well. */
async function packed(make, mb) {
  const stream = make();
  const parts = [];
  stream.on('data', (part) => parts.push(part));
  const block = Buffer.alloc(MIB, 0x20);
  for (let n = 0; n < mb; n += 1) if (!stream.write(block)) await new Promise((resolve) => stream.once('drain', resolve));
  stream.end();
  await new Promise((resolve) => stream.once('end', resolve));
  return Buffer.concat(parts);
}

const codings = {
  gzip: (mb) => packed(() => zlib.createGzip({ level: 9 }), mb),
  deflate: (mb) => packed(() => zlib.createDeflate({ level: 9 }), mb),
  br: (mb) => packed(() => zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }), mb),
  zstd: (mb) => (zlib.createZstdCompress ? packed(() => zlib.createZstdCompress(), mb) : null),
};

/** What libcurl of this machine undoes. */
const features = execFileSync('curl', ['--version'], { encoding: 'utf8' });
const undone = { gzip: /libz/.test(features), deflate: /libz/.test(features), br: /brotli/.test(features), zstd: /zstd/.test(features) };

function bomb(coding, type, mb, { status = 200, slow } = {}) {
  const id = `bomb-${coding}-${type === 'application/json' ? 'json' : 'sse'}-${status}-${mb}`;
  const must = undone[coding] ? nothingSaid : refused;
  let body;
  return attack(id, `${mb} MB of white space in ${coding}, as ${type} with status ${status}`, must, async (exchange) => {
    body ??= await codings[coding](mb);
    if (body === null) return exchange.send(500);
    return exchange.raw(response(status, { 'Content-Type': type, 'Content-Encoding': coding }, body));
  }, { args: patient, slow, timeout: 60_000, name: 'near.example', large: status === 200 });
}

const text = attack('bomb-gzip-text', '200 MB in one string in gzip: more than a message may have', refused, async (exchange) => {
  const body = Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":"asked","result":{"text":"'), Buffer.alloc(200 * MIB, 0x78)]);
  exchange.raw(response(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, zlib.gzipSync(body, { level: 6 })));
}, { args: patient, large: true, slow: true, timeout: 60_000, name: 'near.example' });

const nested = attack('bomb-nested', 'gzip in gzip in gzip', nothingSaid, (exchange) => {
  const once = zlib.gzipSync(Buffer.alloc(100 * MIB, 0x20), { level: 9 });
  exchange.raw(response(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip, gzip, gzip' }, zlib.gzipSync(zlib.gzipSync(once))));
}, { args: patient, slow: true, name: 'near.example', large: true });

/** Pieces made by `piece(n)` until the peer goes or `count` were sent. */
async function pour(exchange, count, piece) {
  const stream = exchange.sse();
  for (let n = 0; n < count && stream.open; n += 1) {
    stream.raw(piece(n));
    await stream.drained();
  }
  return stream;
}

const kib = (byte, count) => byte.repeat(count * 1024);
const finish = (id) => (stream) => { stream.send(answer(id)); stream.end(); };

const endless = [
  attack('comments-many', '100,000 comments before the answer', 'result', (exchange, { json: { id } }) => pour(exchange, 1000, () => ': keep-alive\n\n'.repeat(100)).then(finish(id)), { args: patient }),
  attack('comments-10m', '10,000,000 comments before the answer', 'result', (exchange, { json: { id } }) => pour(exchange, 10_000, () => ': x\n\n'.repeat(1000)).then(finish(id)), { args: patient, slow: true }),
  attack('comment-line', 'one comment of 70 MB before the answer', ['result', 'message.too_large'], (exchange, { json: { id } }) => {
    let first = true;
    return pour(exchange, 1120, () => { const part = first ? `:${kib('c', 64)}` : kib('c', 64); first = false; return part; })
      .then((stream) => { stream.raw('\n\n'); return finish(id)(stream); });
  }, { args: patient, slow: true }),
  attack('field-unknown', 'an unknown field of 70 MB before the answer', ['result', 'message.too_large'], (exchange, { json: { id } }) => {
    let first = true;
    return pour(exchange, 1120, () => { const part = first ? `nonsense: ${kib('c', 64)}` : kib('c', 64); first = false; return part; })
      .then((stream) => { stream.raw('\n\n'); return finish(id)(stream); });
  }, { args: patient, slow: true, large: true }),
  attack('event-endless', 'an event that never ends', 'message.too_large', (exchange) => {
    let first = true;
    return pour(exchange, 2000, () => { const part = first ? `data: ${kib('d', 64)}` : kib('d', 64); first = false; return part; });
  }, { args: patient, slow: true, large: true }),
  attack('data-lines', '200,000 empty data lines in one event, then the answer', ['result', 'message.too_large'], (exchange, { json: { id } }) =>
    pour(exchange, 200, () => 'data:\n'.repeat(1000)).then((stream) => { stream.raw('\n'); return finish(id)(stream); }), { args: patient }),
  attack('event-id', 'an event id of 1 MB, then the answer', 'result', (exchange, { json: { id } }) =>
    pour(exchange, 16, (n) => (n === 0 ? 'id: ' : '') + kib('i', 64)).then((stream) => { stream.raw('\ndata: x\n\n'); return finish(id)(stream); }), { args: patient }),
  attack('event-name', 'an event name of 1 MB, then the answer', 'result', (exchange, { json: { id } }) =>
    pour(exchange, 16, (n) => (n === 0 ? 'event: ' : '') + kib('e', 64)).then((stream) => { stream.raw('\ndata: x\n\n'); return finish(id)(stream); }), { args: patient }),
  attack('retry-huge', 'a retry of a thousand digits', 'result', (exchange, { json: { id } }) => pour(exchange, 1, () => `retry: ${'9'.repeat(1000)}\n\n`).then(finish(id))),
  ...[[50_000, false], [10_000_000, true]].map(([count, slow]) => attack(`events-${count}`, `${count} notifications before the answer`, 'result', (exchange, { json: { id } }) => {
    const one = sseEvent({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } });
    return pour(exchange, count / 500, () => one.repeat(500)).then(finish(id));
  }, { args: ['--request-timeout', '600'], slow, host: { onChunk: undefined } })),
];

// Ten million lines are counted, not kept.
const counting = endless.find(({ id }) => id === 'events-10000000');
counting.run = async (trial) => {
  const { legacyServer } = await import('../../integration/lib/scripted.js');
  const one = sseEvent({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } });
  const server = await trial.use(legacyServer({ on: { 'tools/call': (exchange, { json: { id } }) => pour(exchange, 20_000, () => one.repeat(500)).then(finish(id)) } }));
  let newlines = 0;
  let tail = '';
  const host = trial.host({ url: server.url, onChunk: (chunk) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) newlines += 1;
    tail = (tail + chunk.subarray(-300).toString('latin1')).slice(-300);
  } });
  const line = (message) => host.send({ jsonrpc: '2.0', ...message });
  line({ id: 'init', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'h', version: '1' } } });
  line({ method: 'notifications/initialized' });
  line({ id: 'asked', method: 'tools/call', params: { name: 'x', _meta: { progressToken: 'p' } } });
  for (const end = performance.now() + 110_000; !tail.includes('"id":"asked"') && performance.now() < end;) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(tail.includes('"id":"asked"'), `no answer after ${newlines} lines`);
  assert.equal(newlines, 10_000_002);
  await trial.end(host);
  return 'result';
};

const heads = [
  attack('head-flood', '10,000 header lines', refused, (exchange, { json: { id } }) => exchange.raw(ok(id, Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`X-${n}`, 'y']))))),
  attack('head-giant', 'a header of 1 MB', refused, (exchange, { json: { id } }) => exchange.raw(ok(id, { 'X-Giant': kib('y', 1024) }))),
  attack('head-90k', 'a header of 90 KB', refused, (exchange, { json: { id } }) => exchange.raw(ok(id, { 'X-Large': kib('y', 90) }))),
  attack('head-30k', 'a header of 30 KB that nobody needs', 'result', (exchange, { json: { id } }) => exchange.raw(ok(id, { 'X-Large': kib('y', 30) }))),
  attack('head-status', 'a status line of 200 KB', [...refused, 'net.unreachable'], (exchange) => exchange.raw(`HTTP/1.1 200 ${kib('o', 200)}\r\n\r\n`)),
  attack('head-cookies', '1,000 cookies', [...refused, 'result'], (exchange, { json: { id } }) => {
    exchange.raw(`HTTP/1.1 200 OK\r\n${Array.from({ length: 1000 }, (_, n) => `Set-Cookie: c${n}=${'v'.repeat(20)}\r\n`).join('')}Content-Type: application/json\r\nContent-Length: ${answer(id).length}\r\n\r\n${answer(id)}`);
  }),
  attack('session-giant', 'a session id of 8 KB on initialize', ['result', ...refused], (exchange, { json: { id } }) => exchange.json(rpc.ok(id, {
    protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } }), { headers: { 'Mcp-Session-Id': 's'.repeat(8192) } }), { on: 'initialize' }),
  attack('error-giant', 'an error page of 20 MB', 'upstream.http', (exchange) => exchange.raw(response(500, { 'Content-Type': 'text/html' }, kib('<', 20 * 1024)))),
  attack('challenge-giant', 'a challenge of 60 KB', ['auth.login_required', 'auth.rejected', 'auth.discovery', ...refused], (exchange) =>
    exchange.send(401, { 'WWW-Authenticate': `Bearer ${Array.from({ length: 2000 }, (_, n) => `p${n}="${'v'.repeat(20)}"`).join(', ')}` }), { args: ['--non-interactive', '--request-timeout', '5'] }),
  attack('nested-100k', 'nesting of 100,000: no message', nothingSaid, (exchange, { json: { id } }) =>
    exchange.json(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`)),
  attack('members-100k', '100,000 members in an answer', 'result', (exchange, { json: { id } }) =>
    exchange.json(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{${Array.from({ length: 100_000 }, (_, n) => `"m${n}":0`).join(',')}}}`)),
  attack('number-long', 'a number of 100,000 digits', 'result', (exchange, { json: { id } }) =>
    exchange.json(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"n":${'9'.repeat(100_000)}}}`), { host: { } }),
];

export const cases = [
  ...Object.keys(codings).flatMap((coding) => [
    bomb(coding, 'application/json', 100), bomb(coding, 'text/event-stream', 100, { slow: true }),
    bomb(coding, 'application/json', 100, { status: 500, slow: true }),
  ]),
  bomb('gzip', 'application/json', 4000, { slow: true }),
  text, nested, ...endless, ...heads,
];
