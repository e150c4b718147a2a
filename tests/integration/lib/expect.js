// SPDX-License-Identifier: ISC
// What the cases say again and again about answers.
import assert from 'node:assert/strict';

export const textOf = ({ result, error }) => {
  assert.ok(result, `an error came: ${JSON.stringify(error)}`);
  return result.content[0].text;
};

/** An error made by the bridge itself, of this kind (spec of its fault table). */
export function assertOwnError({ error, result }, kind, code) {
  assert.ok(result === undefined, `a result came: ${JSON.stringify(result)?.slice(0, 300)}`);
  assert.equal(error.data?.source, 'mcp-bridge', JSON.stringify(error));
  assert.equal(error.data.kind, kind, JSON.stringify(error));
  if (code !== undefined) assert.equal(error.code, code);
  assert.equal(typeof error.message, 'string');
  assert.equal(typeof error.data.retryable, 'boolean');
  const standard = [-32600, -32601, -32602].includes(error.code);
  assert.ok(standard || (error.code <= -31400 && error.code >= -31599), `code ${error.code}`);
}

/** Exactly one answer came to each of these ids, now and a moment later. */
export function assertOneAnswerEach(host, ids) {
  for (const id of ids) assert.equal(host.answersTo(id).length, 1, `answers to ${JSON.stringify(id)}`);
}
