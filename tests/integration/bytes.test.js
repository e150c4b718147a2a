// SPDX-License-Identifier: ISC
// A corpus of over 2 MB of odd but valid messages crosses both ways unchanged,
// byte for byte; newlines inside remote JSON become spaces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertOneAnswerEach } from './lib/expect.js';
import { envelope, withHost } from './lib/host.js';
import { oddValues } from './lib/corpus.js';
import { legacyServer, modernServer } from './lib/scripted.js';

const COUNT = 800;
const SIZE = 2700;

/** Requests with members in unusual order; `meta` goes last into params. */
function requestLine(id, value, meta) {
  const shapes = [
    () => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"echo","arguments":{"v":${value}}${meta}}}`,
    () => `{"params" : {"arguments":{"v": ${value} },"name":"\\u0065cho"${meta}},"method":"tools/call", "id":${id},"jsonrpc":"2.0"}`,
    () => `{ "x":1,"id":${id},\t"x":[2],"method":"tools\\/call","params":{"name":"echo","arguments":{"v":${value}}${meta}},"jsonrpc":"2.0","ünknown":null }`,
  ];
  return shapes[id % shapes.length]();
}

function responseText(id, value) {
  const shapes = [
    `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":${value}}}`,
    `{"result" :{"structuredContent" : ${value},"content":[ ]},"x-extra":${value}, "id":${id},"jsonrpc":"2.0"}`,
    `{"id":${id},"jsonrpc":"2.0","error":{"code":-32001,"message":"\\u0000","data":${value}}}`,
  ];
  return shapes[id % shapes.length];
}

const flat = (text) => text.replace(/[\r\n]/g, ' ');

for (const [era, start] of [['legacy', legacyServer], ['modern', modernServer]]) {
  test(`${era}: two megabytes each way, byte for byte`, async () => {
    const outbound = oddValues(COUNT, SIZE, { seed: 7 });
    const inbound = oddValues(COUNT, SIZE, { seed: 8, newlines: true });
    assert.ok(outbound.join('').length > 2e6 && inbound.join('').length > 2e6, 'the corpus is too small');
    const seen = new Map();
    const server = await start({
      on: {
        'tools/call': (exchange, { body, json }) => {
          seen.set(json.id, body.toString());
          const text = responseText(json.id, inbound[json.id]);
          if (json.id % 2) return exchange.json(text);
          const stream = exchange.sse();
          stream.send(text.replace(/\r\n?/g, '\n'));
          return stream.end();
        },
      },
    });
    try {
      await withHost({ url: server.url }, async (host) => {
        if (era === 'legacy') await host.initialize();
        const meta = era === 'modern' ? `,"_meta":${JSON.stringify(envelope())}` : '';
        const lines = outbound.map((value, id) => requestLine(id, value, meta));
        for (let from = 0; from < COUNT; from += 40) {
          const group = lines.slice(from, from + 40);
          const answers = await Promise.all(group.map((line, n) => host.expectAnswer(from + n, line, { timeout: 20_000 })));
          answers.forEach(({ line }, n) => {
            const id = from + n;
            const text = responseText(id, inbound[id]);
            const sent = id % 2 ? text : text.replace(/\r\n?/g, '\n');
            assert.ok(line.toString() === flat(sent), `answer ${id} changed:\n${line.toString().slice(0, 300)}\n${flat(sent).slice(0, 300)}`);
            assert.ok(seen.get(id) === lines[id], `request ${id} changed:\n${seen.get(id)?.slice(0, 300)}\n${lines[id].slice(0, 300)}`);
          });
        }
        assertOneAnswerEach(host, outbound.map((_, id) => id));
      });
    } finally {
      await server.close();
    }
  });
}

test('legacy: notifications and server requests, byte for byte', async () => {
  const values = oddValues(200, 1000, { seed: 9 });
  const note = (value) => `{"params":{"data":${value},"level":"info"},"jsonrpc":"2.0","method":"notifications/message"}`;
  const reply = (id, value) => `{"result":{"roots":[],"v":${value}},"id":"s${id}","jsonrpc":"2.0"}`;
  const server = await legacyServer({
    on: {
      GET: (exchange) => {
        const stream = exchange.sse();
        values.forEach((value, n) => {
          stream.send(note(value));
          stream.send(`{"id":"s${n}","params":{"_meta":{"v":${value}}},"method":"roots/list","jsonrpc":"2.0"}`);
        });
      },
    },
  });
  try {
    await withHost({ url: server.url }, async (host) => {
      await host.initialize({ capabilities: { roots: {} } });
      await host.waitFor(({ id }) => id === `s${values.length - 1}`, { timeout: 20_000 });
      const lines = host.lines.map(String);
      values.forEach((value, n) => {
        assert.ok(lines.includes(note(value)), `notification ${n} changed`);
        host.write(`${reply(n, value)}\n`);
      });
      for (const [n, value] of values.entries()) {
        const { body } = await server.waitForRequest(({ json }) => json?.id === `s${n}` && json.result, 20_000);
        assert.ok(body.toString() === reply(n, value), `reply ${n} changed`);
      }
    });
  } finally {
    await server.close();
  }
});
