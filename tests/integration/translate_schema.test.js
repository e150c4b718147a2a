// SPDX-License-Identifier: ISC
// The golden files of era translation against the official JSON schemas: every
// message a peer would be given is what its revision allows (T-090 to T-117).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';

const golden = new URL('../golden/', import.meta.url);
const load = (path) => JSON.parse(readFileSync(new URL(path, golden), 'utf8'));

// The validator that the SDK brings along.
const fromSdk = createRequire(import.meta.resolve('@modelcontextprotocol/sdk/types.js'));
const Draft7 = fromSdk('ajv').default;
const Draft2020 = fromSdk('ajv/dist/2020').default;
const addFormats = fromSdk('ajv-formats').default;

const STATELESS = '2026-07-28';
const validators = new Map();

function validatorOf(revision) {
  if (!validators.has(revision)) {
    const schema = load(`schema/${revision}.json`);
    const Ajv = schema.$defs ? Draft2020 : Draft7;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addSchema(schema, revision);
    validators.set(revision, { ajv, names: new Set(Object.keys(schema.$defs ?? schema.definitions)),
      root: schema.$defs ? '$defs' : 'definitions' });
  }
  return validators.get(revision);
}

const requests = {
  initialize: 'Initialize', ping: 'Ping', 'server/discover': 'Discover', 'tools/list': 'ListTools',
  'tools/call': 'CallTool', 'prompts/list': 'ListPrompts', 'prompts/get': 'GetPrompt',
  'resources/list': 'ListResources', 'resources/templates/list': 'ListResourceTemplates',
  'resources/read': 'ReadResource', 'completion/complete': 'Complete',
  'subscriptions/listen': 'SubscriptionsListen', 'elicitation/create': 'Elicit',
  'sampling/createMessage': 'CreateMessage', 'roots/list': 'ListRoots',
};
const notifications = {
  'notifications/progress': 'Progress', 'notifications/message': 'LoggingMessage',
  'notifications/cancelled': 'Cancelled', 'notifications/resources/updated': 'ResourceUpdated',
  'notifications/tools/list_changed': 'ToolListChanged',
  'notifications/prompts/list_changed': 'PromptListChanged',
  'notifications/resources/list_changed': 'ResourceListChanged',
  'notifications/subscriptions/acknowledged': 'SubscriptionsAcknowledged',
};
const errors = { '-32021': 'MissingRequiredClientCapabilityError', '-32022': 'UnsupportedProtocolVersionError' };

function mustBe(revision, name, value, where) {
  const { ajv, names, root } = validatorOf(revision);
  assert.ok(names.has(name), `${where}: ${revision} has no ${name}`);
  const validate = ajv.getSchema(`${revision}#/${root}/${name}`);
  assert.ok(validate(value), `${where}: no ${name} of ${revision}: ${ajv.errorsText(validate.errors)}`);
}

// Which definition a message has to meet; `asked` is the method it answers.
function definitionsOf(message, asked, revision) {
  const { names } = validatorOf(revision);
  if (message.error) {
    const wrapper = names.has('JSONRPCErrorResponse') ? 'JSONRPCErrorResponse' : 'JSONRPCError';
    const special = revision === STATELESS && errors[message.error.code];
    return [[wrapper, message], ...(special ? [[special, message]] : [])];
  }
  if (message.result) {
    if (message.result.resultType === 'input_required') return [['InputRequiredResult', message.result]];
    return [[`${requests[asked]}Result`, message.result]];
  }
  if (message.id !== undefined) return [[`${requests[message.method]}Request`, message]];
  return notifications[message.method] ? [[`${notifications[message.method]}Notification`, message]]
    : [['JSONRPCNotification', message]];
}

const answers = {
  up_initialize_result: 'initialize', down_discover_result: 'server/discover',
  down_listen_result: 'subscriptions/listen', up_failure: 'tools/call',
};

// Who reads what a function gives: the other side, or who was asked.
const forServer = new Set(['up_discover', 'up_request', 'up_listen', 'up_retry', 'down_initialize',
  'down_request', 'down_reply', 'down_give_up']);

function revisionsOf(direction, file) {
  const legacy = direction === 'up' ? file.host.params.protocolVersion : file.server.result.protocolVersion;
  const known = legacy === STATELESS ? '2025-11-25' : legacy;
  return direction === 'up' ? { host: known, server: STATELESS } : { host: STATELESS, server: known };
}

for (const direction of ['up', 'down']) {
  for (const name of readdirSync(new URL(`${direction}/`, golden))) {
    const file = load(`${direction}/${name}`);
    const revisions = revisionsOf(direction, file);
    test(`${direction}/${name} gives what ${revisions.host} and ${revisions.server} allow`, () => {
      let checked = 0;
      file.steps.forEach((step, i) => {
        if (step.gives === null || step.gives.fault) return;
        const asked = step.method ?? step.asked?.method ?? step.given?.method;
        const method = answers[step.do] ?? asked;
        const revision = forServer.has(step.do) ? revisions.server : revisions.host;
        for (const [definition, value] of definitionsOf(step.gives, method, revision)) {
          mustBe(revision, definition, value, `step ${i + 1} (${step.do})`);
          checked += 1;
        }
      });
      assert.ok(checked > 0 || file.steps.every(({ gives }) => gives === null || gives.fault));
    });
  }
}
