// SPDX-License-Identifier: ISC
// Resets after each byte of an answer: of its head, its body, a chunk, an event.
// What was cut is an error, what was whole is the answer, nothing is both.
import assert from 'node:assert/strict';
import zlib from 'node:zlib';
import { response, sseEvent } from '../../integration/lib/rawserver.js';
import { legacyServer, modernServer, rpc } from '../../integration/lib/scripted.js';

const answer = (id) => JSON.stringify(rpc.ok(id, { content: [{ type: 'text', text: 'done äöü' }] }));
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunked = (type) => `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;

const shapes = {
  json: (id) => response(200, { 'Content-Type': 'application/json' }, answer(id)),
  'json-chunked': (id) => Buffer.from(`${chunked('application/json')}${[...answer(id)].map(chunk).join('')}0\r\n\r\n`),
  'json-gzip': (id) => response(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, zlib.gzipSync(answer(id))),
  sse: (id) => Buffer.from(`${chunked('text/event-stream')}${chunk(': hi\n\n')}${chunk(sseEvent(answer(id), { id: 'e1' }))}0\r\n\r\n`),
  'sse-crlf': (id) => Buffer.from(`${chunked('text/event-stream')}${chunk(sseEvent(answer(id)).replaceAll('\n', '\r\n'))}0\r\n\r\n`),
  error: (id) => response(500, { 'Content-Type': 'application/json' }, JSON.stringify(rpc.fail(id, -32000, 'broken'))),
};

/** Cuts by `how` after 0, step, 2 step … bytes. */
function cutting(era, name, how, step) {
  const build = shapes[name];
  return {
    id: `cut-${era}-${name}-${how}-${step === 1 ? 'each' : 'some'}`,
    what: `${name} to a host of the ${era} era, ${how} after ${step === 1 ? 'each byte' : `every ${step}th byte`}`,
    must: ['one answer each'],
    slow: step === 1,
    async run(trial) {
      const server = await trial.use(era === 'modern' ? modernServer() : legacyServer());
      const plain = server.handle;
      const executed = new Map();
      server.handle = async (exchange, request) => {
        if (request.json?.method !== 'tools/call') return plain(exchange, request);
        const { at } = request.json.params.arguments;
        executed.set(at, (executed.get(at) ?? 0) + 1);
        const bytes = build(request.json.id);
        if (at > 0) await new Promise((resolve) => exchange.socket.write(bytes.subarray(0, at), resolve));
        return how === 'reset' ? exchange.reset() : exchange.socket.end();
      };
      const host = trial.host({ url: server.url, args: ['--request-timeout', '5'] });
      if (era === 'legacy') await host.initialize();
      const { length } = build('at-1000');
      for (let from = 0; from <= length; from += step * 8) {
        const places = Array.from({ length: 8 }, (_, n) => from + n * step).filter((at) => at <= length);
        const call = (at) => (era === 'modern' ? host.modern : host.request).call(host, 'tools/call', { name: 'x', arguments: { at } }, { id: `at-${at}` });
        const got = await Promise.all(places.map(call));
        got.forEach(({ result, error }, n) => {
          const at = places[n];
          assert.equal(executed.get(at), 1, `executed again after ${at} bytes`);
          assert.equal(host.answersTo(`at-${at}`).length, 1);
          if (result) assert.equal(result.content[0].text, 'done äöü', `half an answer after ${at} bytes`);
          else if (error.data?.source === 'mcp-bridge') assert.match(error.data.kind, /^(stream|net|upstream)\./);
          else assert.equal(error.message, 'broken');
        });
      }
      await trial.end(host);
      return 'one answer each';
    },
  };
}

const names = Object.keys(shapes);
export const cases = [
  ...names.map((name) => cutting('legacy', name, 'reset', 9)),
  ...names.map((name) => cutting('modern', name, 'closed', 11)),
  ...names.map((name) => cutting('legacy', name, 'reset', 1)),
  ...names.map((name) => cutting('modern', name, 'reset', 1)),
];
