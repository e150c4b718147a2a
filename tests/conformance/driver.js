// SPDX-License-Identifier: ISC
// The client command of the official conformance suite: speaks as a host does
// for the scenario at hand, with the bridge between itself and the suite's
// server:
//   driver.js [legacy|modern|dual|asking] URL
// MCP_CONFORMANCE_SCENARIO, _CONTEXT and _PROTOCOL_VERSION come from the suite.
// The host's era is that of the server unless given; a dual-era host asks
// server/discover and goes by the answer; "asking" is a legacy host whose bridge
// has --discover-first, so that it need not find out by initialize. Exit status
// 1 when the conversation did not come to the end the scenario is about.
import { setTimeout as sleep } from 'node:timers/promises';
import { Host, MODERN } from '../integration/lib/host.js';
import { scratchDir } from '../integration/lib/bridge.js';
import { browser, optionsFor } from './options.js';

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const version = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const isModern = version === MODERN;
const newestLegacy = '2025-11-25';

const capabilities = { elicitation: {}, sampling: {}, roots: {} };

/** How this host speaks: settled by open(). */
let era = process.argv.length > 3 ? process.argv[2] : isModern ? 'modern' : 'legacy';
const isAsking = era === 'asking';
if (isAsking) era = 'legacy';
/** Answers to questions of the server, by method. */
const answers = new Map();

/** One request of the host's era; the result, or an exception. */
async function call(host, method, params = {}) {
  const options = { timeout: 25_000 };
  const answer = era === 'legacy'
    ? await host.request(method, Object.keys(params).length > 0 ? params : undefined, options)
    : await host.modern(method, params, { capabilities, ...options });
  if (answer.error) throw Object.assign(new Error(`${method}: ${JSON.stringify(answer.error)}`), { rpc: answer.error });
  return answer.result;
}

/** What the server may ask, and how it is answered, in either era. */
function answering(host, method, answer) {
  answers.set(method, answer);
  host.on(method, answer);
}

async function answerAll(inputRequests) {
  const all = Object.entries(inputRequests ?? {}).map(async ([key, { method, params }]) => [key, await answers.get(method)(params)]);
  return Object.fromEntries(await Promise.all(all));
}

/** A tool call, with as many rounds as the server wants. */
async function callTool(host, name, args = {}) {
  let result = await call(host, 'tools/call', { name, arguments: args });
  while (result.resultType === 'input_required') {
    const state = 'requestState' in result ? { requestState: result.requestState } : {};
    const inputResponses = await answerAll(result.inputRequests);
    result = await call(host, 'tools/call', { name, arguments: args, inputResponses, ...state });
  }
  return result;
}

/** server/discover; after -32022 once more, with a version both know. */
async function askDiscover(host) {
  try {
    await call(host, 'server/discover');
  } catch (error) {
    const supported = error.rpc?.data?.supported;
    if (error.rpc?.code !== -32022 || !supported?.includes(version)) throw error;
    await call(host, 'server/discover');
  }
}

/** Does the server know the stateless era? */
async function discover(host) {
  try {
    await askDiscover(host);
    return true;
  } catch (error) {
    if (error.rpc?.code !== -32601) throw error;
    return false;
  }
}

/** On -32601 a host of both eras goes on with initialize, a stateless one without. */
async function open(host) {
  if (era === 'dual') era = await discover(host) ? 'modern' : 'legacy';
  else if (era === 'modern' && !isModern) await discover(host);
  if (era === 'modern') return;
  await host.initialize({
    version: isModern ? newestLegacy : version, capabilities, info: { name: 'conformance-host', version: '1.0.0' },
  });
}

async function listAndCallFirst(host) {
  await open(host);
  const { tools } = await call(host, 'tools/list');
  if (tools.length > 0) await callTool(host, tools[0].name, { a: 5, b: 3 });
}

async function listTools(host) {
  await open(host);
  await call(host, 'tools/list');
}

async function elicitDefaults(host) {
  answering(host, 'elicitation/create', ({ requestedSchema }) => {
    const fields = Object.entries(requestedSchema.properties).filter(([, field]) => 'default' in field);
    return { action: 'accept', content: Object.fromEntries(fields.map(([name, field]) => [name, field.default])) };
  });
  await listAndCallFirst(host);
}

async function retryStream(host) {
  await open(host);
  await call(host, 'tools/list');
  await callTool(host, 'test_reconnection');
}

async function requestMetadata(host) {
  await open(host);
  if (era === 'modern') await askDiscover(host);
  await call(host, 'tools/list');
}

/** Between question and answer another call is made, which must see neither. */
async function multiRoundTrip(host) {
  answering(host, 'elicitation/create', async () => {
    await callTool(host, 'test_mrtr_unrelated');
    return { action: 'accept', content: { confirmed: true } };
  });
  await open(host);
  await call(host, 'tools/list');
  await callTool(host, 'test_mrtr_echo_state');
  await callTool(host, 'test_mrtr_no_state');
  await callTool(host, 'test_mrtr_no_result_type');
}

async function everyNamedThing(host) {
  await open(host);
  if (era === 'modern') await call(host, 'server/discover');
  const { tools } = await call(host, 'tools/list');
  for (const { name } of tools) await callTool(host, name);
  const { resources } = await call(host, 'resources/list');
  for (const { uri } of resources) await call(host, 'resources/read', { uri });
  const { prompts } = await call(host, 'prompts/list');
  for (const { name } of prompts) await call(host, 'prompts/get', { name });
}

async function customHeaders(host) {
  await open(host);
  await call(host, 'tools/list');
  for (const { name, arguments: args } of context.toolCalls) await callTool(host, name, args);
}

/** A host that ignores the annotation and calls whatever it is offered. */
async function everyTool(host) {
  await open(host);
  const { tools } = await call(host, 'tools/list');
  for (const { name, inputSchema } of tools) {
    const args = Object.fromEntries(Object.keys(inputSchema.properties).map((key) => [key, 'x']));
    await callTool(host, name, args);
  }
}

async function echoSchema(host) {
  await open(host);
  const { tools } = await call(host, 'tools/list');
  const { inputSchema } = tools.find(({ name }) => name === 'json_schema_2020_12_tool');
  await callTool(host, 'json_schema_echo', { schema: inputSchema });
}

/** Skills: list, then read the entry file alone and use nothing unverified. */
async function skills(host) {
  await open(host);
  const listed = await call(host, 'skills/list');
  if (scenario === 'sep-2640-client-no-prefetch') return;
  await call(host, 'resources/read', { uri: listed.skills[0].uri });
}

async function signIn(host) {
  await open(host);
  await call(host, 'tools/list');
  await callTool(host, 'test-tool');
}

const conversations = {
  initialize: listTools,
  tools_call: listAndCallFirst,
  'elicitation-sep1034-client-defaults': elicitDefaults,
  'sse-retry': retryStream,
  'request-metadata': requestMetadata,
  'sep-2322-client-request-state': multiRoundTrip,
  'http-standard-headers': everyNamedThing,
  'http-custom-headers': customHeaders,
  'http-invalid-tool-headers': everyTool,
  'json-schema-ref-no-deref': listTools,
  'json-schema-2020-12-preservation': echoSchema,
};

function conversation() {
  if (scenario.startsWith('auth/')) return signIn;
  if (scenario.startsWith('sep-2640-')) return skills;
  return conversations[scenario];
}

const options = optionsFor(scenario, context, scratchDir());
const host = new Host({
  url, args: isAsking ? ['--discover-first', ...options] : options, env: { BROWSER: browser, XDG_STATE_HOME: scratchDir() },
});
try {
  await conversation()(host);
  await sleep(20);
  await host.stop();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await host.discard();
  process.stderr.write(host.stderr);
}
