// SPDX-License-Identifier: ISC
// JSON-RPC that is confused or confuses: whose answer is it, and is it one?
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { legacyServer, modernServer, rpc } from '../../integration/lib/scripted.js';
import { ask, attack } from '../attack.js';

const ok = (id) => rpc.ok(id, { content: [] });
const json = (make) => (exchange, { json: { id } }) => exchange.json(make(id));
const quick = { args: ['--request-timeout', '1'] };

/** Sends these messages on the response, then ends it. */
const stream = (...makes) => (exchange, { json: { id } }) => {
  const events = exchange.sse();
  for (const make of makes) events.send(make(id));
  events.end();
};

// A response in which the answer is missing, or is none, is over.
const none = ['stream.lost', 'upstream.protocol', 'stream.error'];
const noAnswers = {
  'id-other': ['a result for another id', () => ok('another')],
  'id-null': ['a result for id null', () => ok(null)],
  'id-missing': ['a result without an id', () => ({ jsonrpc: '2.0', result: {} })],
  'id-object': ['a result whose id is an object', () => ok({ id: 'asked' })],
  'id-array': ['a result whose id is a list', (id) => ok([id])],
  'id-bool': ['a result whose id is true', () => ok(true)],
  'id-space': ['a result whose id has a space more', (id) => ok(`${id} `)],
  'id-case': ['a result whose id is in capitals', (id) => ok(id.toUpperCase())],
  'id-long': ['a result whose id has 100 KB', () => ok('i'.repeat(100_000))],
  'no-jsonrpc': ['a result without "jsonrpc"', (id) => ({ id, result: {} })],
  'wrong-version': ['a result of JSON-RPC 1.0', (id) => ({ jsonrpc: '1.0', id, result: {} })],
  'neither': ['neither result nor error', (id) => ({ jsonrpc: '2.0', id })],
  'a-string': ['a string', () => '"asked"'],
  'a-number': ['a number', () => '42'],
  'a-null': ['null', () => 'null'],
  'an-empty-list': ['an empty list', () => '[]'],
  'cut-json': ['half a JSON text', (id) => JSON.stringify(ok(id)).slice(0, -5)],
  'two-texts': ['two JSON texts', (id) => `${JSON.stringify(ok(id))}${JSON.stringify(ok(id))}`],
  'trailing-comma': ['a trailing comma', (id) => `{"jsonrpc":"2.0","id":"${id}","result":{},}`],
  'single-quotes': ['single quotes', (id) => `{'jsonrpc':'2.0','id':'${id}','result':{}}`],
  'not-utf8': ['bytes that are no UTF-8', (id) => Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":"${id}","result":{"x":"`), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('"}}')])],
  'utf16': ['UTF-16', (id) => Buffer.from(JSON.stringify(ok(id)), 'utf16le')],
  'nul-bytes': ['NUL bytes', () => Buffer.alloc(1000)],
  'html': ['a page', () => '<!doctype html><title>Sign in to the hotel</title>'],
  empty: ['nothing', () => ''],
};

const answers = {
  'id-escaped': ['a result whose id is written with escapes', (id) => `{"jsonrpc":"2.0","id":"\\u0061${id.slice(1)}","result":{}}`],
  'white-space': ['white space around and within', (id) => `\r\n\t {\n "jsonrpc" : "2.0" ,\r\n "id" : "${id}" , "result" : { } }\n\n`],
  bom: ['a byte order mark before it', (id) => `\ufeff${JSON.stringify(ok(id))}`],
  'unknown-members': ['members nobody knows', (id) => ({ ...ok(id), extra: [1, { deep: null }] })],
  surrogates: ['lone surrogates in escapes', (id) => `{"jsonrpc":"2.0","id":"${id}","result":{"x":"\\ud800"}}`],
  'line-breaks': ['U+2028 in a string', (id) => ok(id) && { jsonrpc: '2.0', id, result: { x: '\u2028\u2029\u0085' } }],
};

const streams = [
  attack('sse-duplicate', 'the answer three times', 'result', stream(ok, ok, ok)),
  attack('sse-result-then-error', 'a result, then an error', 'result', stream(ok, (id) => rpc.fail(id, -32000, 'no'))),
  attack('sse-error-then-result', 'an error, then a result', 'theirs', stream((id) => rpc.fail(id, -32000, 'no'), ok)),
  attack('sse-others-first', 'answers to nobody, then ours', 'result', stream(() => ok('x'), () => ok(null), () => ok(0), () => ok(''), ok)),
  attack('sse-junk-first', 'events that are no messages, then the answer', 'result', stream(() => 'junk', () => '{"half":', () => '[]', () => '""', ok)),
  attack('sse-batch', 'the answer in a list', ['result', ...none], stream((id) => [ok(id)])),
  attack('sse-only-notifications', 'notifications, and the end', none, stream(() => ({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }))),
  attack('sse-request-same-id', 'a request of the server under the id of ours', 'result', stream((id) => ({ jsonrpc: '2.0', id, method: 'ping' }), ok)),
  attack('sse-endpoint', 'an endpoint event of the older transport', ['result', ...none], (exchange, { json: { id } }) => {
    const events = exchange.sse();
    events.send('http://169.254.169.254/message', { event: 'endpoint' });
    events.send(ok(id));
    events.end();
  }),
  attack('sse-after-end', 'an answer that nobody asked for behind the last chunk', 'result', (exchange, { json: { id } }) => {
    const events = exchange.sse();
    events.send(ok(id));
    events.end();
    exchange.raw('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nextra');
  }, { after: ['result', 'stream.lost'] }),
  attack('both', 'a result and an error in one', ['result', 'theirs', ...none], json((id) => ({ jsonrpc: '2.0', id, result: {}, error: { code: 1, message: 'x' } }))),
  attack('id-twice', 'two ids in one answer', ['result', ...none], json((id) => `{"jsonrpc":"2.0","id":"x","id":"${id}","result":{}}`)),
  attack('error-string', 'an error that is a string', ['theirs', ...none], json((id) => ({ jsonrpc: '2.0', id, error: 'broken' }))),
  attack('error-code-string', 'an error code that is a string', ['theirs', ...none], json((id) => ({ jsonrpc: '2.0', id, error: { code: 'E1', message: 'x' } }))),
  attack('error-huge', 'an error text of 5 MB', 'theirs', json((id) => rpc.fail(id, -32000, 'x'.repeat(5_000_000)))),
  attack('initialize-list', 'initialize answered by a list', [...none, 'upstream.http'], json(() => []), { on: 'initialize' }),
  attack('initialize-version', 'initialize answered with a version of 5,000 characters', ['result', ...none], json((id) => rpc.ok(id, { protocolVersion: 'v'.repeat(5000), capabilities: {}, serverInfo: { name: 's', version: '1' } })), { on: 'initialize' }),
  attack('initialize-types', 'initialize answered with the wrong types', ['result', ...none], json((id) => rpc.ok(id, { protocolVersion: 7, capabilities: [], serverInfo: null })), { on: 'initialize' }),
];

/** Two calls at once; `respond` is given both exchanges. */
function pairCase(id, what, must, respond, { modern = false } = {}) {
  return {
    id, what, must: [must].flat(),
    async run(trial) {
      const waiting = [];
      const on = { 'tools/call': (exchange, { json: message }) => {
        waiting.push({ exchange, id: message.id });
        if (waiting.length === 2) respond(...waiting.sort((a, b) => (a.id < b.id ? -1 : 1)));
      } };
      const server = await trial.use((modern ? modernServer : legacyServer)({ on }));
      const host = trial.host({ url: server.url, args: ['--request-timeout', '2'] });
      if (!modern) await host.initialize();
      const call = (key) => (modern ? host.modern : host.request).call(host, 'tools/call', { name: 'echo', arguments: { key } }, { id: key });
      const got = await Promise.all(['a', 'b'].map(call));
      await sleep(20);
      for (const key of ['a', 'b']) assert.equal(host.answersTo(key).length, 1, `answers to ${key}`);
      await trial.end(host);
      return got.map(({ result, error }) => (result ? result.of ?? 'result' : error.data?.kind ?? 'theirs')).join('+');
    },
  };
}

const send = ({ exchange }, id, of) => exchange.json(rpc.ok(id, { of, resultType: 'complete' }));

// Each may be told by the response of the other, unless its own ended before.
const swapped = ['a+b', 'stream.lost+b', 'a+stream.lost'];

const pairs = [
  pairCase('pair-swapped', 'two answers, each on the response of the other', swapped, (a, b) => { send(a, 'b', 'b'); send(b, 'a', 'a'); }),
  pairCase('pair-swapped-modern', 'the same to a stateless host', swapped, (a, b) => { send(a, 'b', 'b'); send(b, 'a', 'a'); }, { modern: true }),
  pairCase('pair-both-on-one', 'both answers on one response, the other ends empty', ['a+b', 'a+stream.lost'], (a, b) => {
    const events = a.exchange.sse();
    events.send(rpc.ok('a', { of: 'a' }));
    events.send(rpc.ok('b', { of: 'b' }));
    events.end();
    b.exchange.accepted();
  }),
  pairCase('pair-first-answers-second', 'the response to the first answers the second before its own', ['a+b', 'stream.lost+b', 'a+a'], (a, b) => {
    const events = a.exchange.sse();
    events.send(rpc.ok('b', { of: 'b' }));
    events.send(rpc.ok('a', { of: 'a' }));
    events.end();
    send(b, 'b', 'late');
  }),
];

const late = {
  id: 'late-answer', what: 'the answer after the deadline, on the standing stream', must: ['net.timeout'],
  async run(trial) {
    let standing;
    const server = await trial.use(legacyServer({ on: { GET: (exchange) => { standing = exchange.sse(); }, 'tools/call': () => {} } }));
    const host = trial.host({ url: server.url, ...quick });
    await host.initialize();
    const outcome = await ask(host, 'tools/call', { name: 'x' });
    standing.send(ok('asked'));
    standing.send(ok('asked'));
    assert.equal(await ask(host, 'ping', undefined, { id: 'after' }), 'result');
    assert.equal(host.answersTo('asked').length, 1);
    await trial.end(host);
    return outcome;
  },
};

const questions = {
  id: 'questions-flood', what: '3,000 requests of the server at once', must: ['result'],
  async run(trial) {
    const server = await trial.use(legacyServer({ on: { 'tools/call': (exchange, { json: { id } }) => {
      const events = exchange.sse();
      for (let n = 0; n < 3000; n += 1) events.send({ jsonrpc: '2.0', id: n, method: 'roots/list' });
      events.send(ok(id));
      events.end();
    } } }));
    const host = trial.host({ url: server.url });
    await host.initialize({ capabilities: { roots: {} } });
    const outcome = await ask(host, 'tools/call', { name: 'x' });
    await trial.end(host);
    return outcome;
  },
};

const standing = {
  id: 'standing-flapping', what: 'a standing stream that ends as soon as it is opened, and asks for no pause', must: ['result'],
  async run(trial) {
    let opened = 0;
    const server = await trial.use(legacyServer({ on: { GET: (exchange) => { opened += 1; const events = exchange.sse(); events.raw('retry: 0\n\n'); events.end(); } } }));
    const host = trial.host({ url: server.url });
    await host.initialize();
    await sleep(1500);
    assert.ok(opened > 1 && opened < 40, `opened ${opened} times in 1.5 s`);
    const outcome = await ask(host, 'tools/call', { name: 'x' });
    await trial.end(host);
    return outcome;
  },
};

export const cases = [
  ...Object.entries(noAnswers).map(([id, [what, make]]) => attack(`message-${id}`, `JSON body: ${what}`, none, json(make), quick)),
  ...Object.entries(answers).map(([id, [what, make]]) => attack(`message-${id}`, `JSON body: ${what}`, ['result', ...(id === 'bom' ? none : [])], json(make))),
  ...streams, ...pairs, late, questions, standing,
];
