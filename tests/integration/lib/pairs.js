// SPDX-License-Identifier: ISC
// Host applications on the official TypeScript SDKs, with the bridge as their
// stdio server, and what a host does with a server, one function a feature. The
// hosts differ by name only: each has the same few methods.
import assert from 'node:assert/strict';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema,
  LoggingMessageNotificationSchema, ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Client as Client2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { bridgeCommand, bridgeEnv, timeScale } from './bridge.js';
import { until } from './signin.js';

const MODERN = '2026-07-28';
const info = { name: 'pair-host', version: '1.0.0' };
const capabilities = { elicitation: {}, sampling: {}, roots: {} };

/** Answers of the person and the model behind the host. */
const answers = {
  elicit: ({ message }) => ({ action: 'accept', content: { word: message === 'First?' ? 'one' : `two (${message})` } }),
  sample: () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: 'hi' } }),
  roots: () => ({ roots: [{ uri: 'file:///w', name: 'w' }] }),
};

function stdio(Transport, url) {
  const [command, ...prefix] = bridgeCommand;
  const transport = new Transport({ command, args: [...prefix, url], env: bridgeEnv(), stderr: 'pipe' });
  return transport;
}

class PairHost {
  updates = [];
  logs = [];

  constructor(client) { this.client = client; }

  get era() { return this.client.getNegotiatedProtocolVersion?.() === MODERN ? 'stateless' : 'initialize'; }

  call(name, args = {}, options = {}, more = {}) { return this.client.callTool({ name, arguments: args, ...more }, ...this.callOptions(options)); }

  callOptions(options) { return [{ timeout: 20_000 * timeScale, ...options }]; }

  close() { return this.client.close(); }
}

class Host1 extends PairHost {
  callOptions(options) { return [undefined, ...super.callOptions(options)]; }

  static async open(url) {
    const client = new Client1(info, { capabilities });
    const host = new Host1(client);
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => answers.elicit(params));
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => answers.sample(params));
    client.setRequestHandler(ListRootsRequestSchema, () => answers.roots());
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => { host.updates.push(params.uri); });
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => { host.logs.push(params.data); });
    await client.connect(stdio(Stdio1, url));
    return host;
  }

  async subscribe(uri) {
    await this.client.subscribeResource({ uri });
    return () => this.client.unsubscribeResource({ uri });
  }

  async logged(name) {
    await this.client.setLoggingLevel('info');
    return this.call(name);
  }
}

class Host2 extends PairHost {
  static async open(url, versionNegotiation, connect) {
    const client = new Client2(info, { capabilities, versionNegotiation });
    const host = new Host2(client);
    client.setRequestHandler('elicitation/create', ({ params }) => answers.elicit(params));
    client.setRequestHandler('sampling/createMessage', ({ params }) => answers.sample(params));
    client.setRequestHandler('roots/list', () => answers.roots());
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => { host.updates.push(params.uri); });
    client.setNotificationHandler('notifications/message', ({ params }) => { host.logs.push(params.data); });
    await client.connect(stdio(Stdio2, url), connect);
    return host;
  }

  async subscribe(uri) {
    if (this.era === 'initialize') {
      await this.client.subscribeResource({ uri });
      return () => this.client.unsubscribeResource({ uri });
    }
    const subscription = await this.client.listen({ resourceSubscriptions: [uri] });
    return () => subscription.close();
  }

  async logged(name) {
    if (this.era === 'initialize') await this.client.setLoggingLevel('info');
    const _meta = { 'io.modelcontextprotocol/logLevel': 'info' };
    return this.call(name, {}, {}, this.era === 'stateless' ? { _meta } : {});
  }
}

/** What a stateless host has kept of a server that it knows. */
const prior = {
  kind: 'modern',
  discover: {
    resultType: 'complete', supportedVersions: [MODERN], ttlMs: 0, cacheScope: 'private',
    capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {}, logging: {} },
  },
};

export const hosts = {
  'SDK 1.x': { era: 'initialize', open: (url) => Host1.open(url) },
  'SDK 2.x, both eras': { era: 'both', open: (url) => Host2.open(url, { mode: 'auto' }) },
  'SDK 2.x, stateless': { era: 'stateless', open: (url) => Host2.open(url, { mode: { pin: MODERN } }, { prior }) },
};

export const servers = {
  'SDK 1.x': { era: 'initialize', start: ['sdk1-server.js'] },
  'SDK 2.x, both eras': { era: 'both', start: ['pair-server.js', 'dual'] },
  'SDK 2.x, stateless': { era: 'stateless', start: ['pair-server.js', 'stateless'] },
};

const textOf = ({ content, isError }) => {
  assert.ok(!isError, content[0]?.text);
  return content[0].text;
};
const jsonOf = (result) => JSON.parse(textOf(result));

/** Each takes (host, server) and fails where the feature does not work. */
export const features = {
  async tools(host) {
    const { tools } = await host.client.listTools();
    assert.ok(tools.some(({ name }) => name === 'add'));
    assert.equal(textOf(await host.call('add', { a: 2, b: 3 })), '5');
  },
  async resources(host) {
    const { resources } = await host.client.listResources();
    assert.ok(resources.some(({ uri }) => uri === 'test://a'));
    const { contents } = await host.client.readResource({ uri: 'test://a' });
    assert.equal(contents[0].text, 'resource a');
  },
  async subscriptions(host) {
    const end = await host.subscribe('test://a');
    await host.call('touch', { uri: 'test://a' });
    await until(() => host.updates.includes('test://a'), 'the update');
    await end();
  },
  async prompts(host) {
    const { prompts } = await host.client.listPrompts();
    assert.deepEqual(prompts.map(({ name }) => name), ['greet']);
    const { messages } = await host.client.getPrompt({ name: 'greet', arguments: { who: 'Anna' } });
    assert.equal(messages[0].content.text, 'Hello Anna');
  },
  async completion(host) {
    const { completion } = await host.client.complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: 'b' } });
    assert.deepEqual(completion.values, ['bert']);
  },
  async 'elicitation, two rounds'(host) {
    assert.equal(textOf(await host.call('twice')), 'one two (After one?)');
  },
  async sampling(host) {
    assert.equal(jsonOf(await host.call('sample')).content.text, 'hi');
  },
  async roots(host) {
    assert.deepEqual(jsonOf(await host.call('roots')).roots, [{ uri: 'file:///w', name: 'w' }]);
  },
  async logging(host) {
    assert.equal(textOf(await host.logged('say')), 'said');
    await until(() => host.logs.includes('said'), 'the log message');
  },
  async progress(host) {
    const seen = [];
    assert.equal(textOf(await host.call('steps', { count: 3 }, { onprogress: ({ progress }) => seen.push(progress) })), 'done');
    assert.deepEqual(seen, [1, 2, 3]);
  },
  async cancellation(host, server) {
    const before = server.output.length;
    const abort = new AbortController();
    const call = host.call('wait', {}, { signal: abort.signal });
    setTimeout(() => abort.abort('enough'), 200);
    await assert.rejects(call);
    await until(() => server.output.slice(before).includes('wait was aborted'), 'the abort');
    assert.equal(textOf(await host.call('add', { a: 1, b: 1 })), '2');
  },
};
