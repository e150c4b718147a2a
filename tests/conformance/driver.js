// SPDX-License-Identifier: ISC
// The client command of the official conformance suite: speaks as a host does
// for the scenario at hand, with the bridge between itself and the suite's
// server. The last argument is the server's URL; MCP_CONFORMANCE_SCENARIO,
// _CONTEXT and _PROTOCOL_VERSION come from the suite. Exit status 1 when the
// conversation did not come to the end the scenario is about.
import { setTimeout as sleep } from 'node:timers/promises';
import { Host, MODERN } from '../integration/lib/host.js';
import { scratchDir } from '../integration/lib/bridge.js';
import { browser, optionsFor } from './options.js';

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
const version = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const isModern = version === MODERN;

const capabilities = { elicitation: {}, sampling: {}, roots: {} };

/** One request of the era this run is about; the result, or an exception. */
async function call(host, method, params = {}) {
  const options = { timeout: 25_000 };
  const answer = isModern
    ? await host.modern(method, params, { capabilities, ...options })
    : await host.request(method, Object.keys(params).length > 0 ? params : undefined, options);
  if (answer.error) throw Object.assign(new Error(`${method}: ${JSON.stringify(answer.error)}`), { rpc: answer.error });
  return answer.result;
}

async function open(host) {
  if (isModern) return;
  await host.initialize({ version, capabilities, info: { name: 'conformance-host', version: '1.0.0' } });
}

async function listAndCallFirst(host) {
  await open(host);
  const { tools } = await call(host, 'tools/list');
  if (tools.length > 0) await call(host, 'tools/call', { name: tools[0].name, arguments: { a: 5, b: 3 } });
}

async function listTools(host) {
  await open(host);
  await call(host, 'tools/list');
}

async function elicitDefaults(host) {
  host.on('elicitation/create', ({ requestedSchema }) => {
    const fields = Object.entries(requestedSchema.properties).filter(([, field]) => 'default' in field);
    return { action: 'accept', content: Object.fromEntries(fields.map(([name, field]) => [name, field.default])) };
  });
  await listAndCallFirst(host);
}

async function retryStream(host) {
  await open(host);
  await call(host, 'tools/list');
  await call(host, 'tools/call', { name: 'test_reconnection', arguments: {} });
}

/** What a host does after -32022: once more with a version both know. */
async function discoverAfterRefusal(host) {
  try {
    await call(host, 'server/discover');
  } catch (error) {
    const supported = error.rpc?.data?.supported;
    if (error.rpc?.code !== -32022 || !supported?.includes(version)) throw error;
    await call(host, 'server/discover');
  }
  await call(host, 'tools/list');
}

async function answerInput(host, name) {
  const first = await call(host, 'tools/call', { name, arguments: {} });
  if (first.resultType !== 'input_required') return;
  const keys = Object.keys(first.inputRequests);
  const inputResponses = Object.fromEntries(keys.map((key) => [key, { action: 'accept', content: { confirmed: true } }]));
  await call(host, 'tools/call', { name: 'test_mrtr_unrelated', arguments: {} });
  const state = 'requestState' in first ? { requestState: first.requestState } : {};
  await call(host, 'tools/call', { name, arguments: {}, inputResponses, ...state });
}

async function multiRoundTrip(host) {
  await call(host, 'tools/list');
  await answerInput(host, 'test_mrtr_echo_state');
  await answerInput(host, 'test_mrtr_no_state');
  await call(host, 'tools/call', { name: 'test_mrtr_no_result_type', arguments: {} });
}

async function everyNamedThing(host) {
  await call(host, 'server/discover');
  const { tools } = await call(host, 'tools/list');
  for (const { name } of tools) await call(host, 'tools/call', { name, arguments: {} });
  const { resources } = await call(host, 'resources/list');
  for (const { uri } of resources) await call(host, 'resources/read', { uri });
  const { prompts } = await call(host, 'prompts/list');
  for (const { name } of prompts) await call(host, 'prompts/get', { name });
}

async function customHeaders(host) {
  await call(host, 'tools/list');
  for (const { name, arguments: args } of context.toolCalls) await call(host, 'tools/call', { name, arguments: args });
}

/** A host that ignores the annotation and calls whatever it is offered. */
async function everyTool(host) {
  const { tools } = await call(host, 'tools/list');
  for (const { name, inputSchema } of tools) {
    const args = Object.fromEntries(Object.keys(inputSchema.properties).map((key) => [key, 'x']));
    await call(host, 'tools/call', { name, arguments: args });
  }
}

async function echoSchema(host) {
  await open(host);
  const { tools } = await call(host, 'tools/list');
  const { inputSchema } = tools.find(({ name }) => name === 'json_schema_2020_12_tool');
  await call(host, 'tools/call', { name: 'json_schema_echo', arguments: { schema: inputSchema } });
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
  await call(host, 'tools/call', { name: 'test-tool', arguments: {} });
}

const conversations = {
  initialize: listTools,
  tools_call: listAndCallFirst,
  'elicitation-sep1034-client-defaults': elicitDefaults,
  'sse-retry': retryStream,
  'request-metadata': discoverAfterRefusal,
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

const host = new Host({ url, args: optionsFor(scenario, context, scratchDir()), env: { BROWSER: browser } });
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
