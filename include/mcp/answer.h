/* SPDX-License-Identifier: ISC */
/*
 * Answers the bridge itself gives: faults as JSON-RPC errors (authorization
 * digest ), and the few notifications of its own.
 */
#ifndef MCP_ANSWER_H
#define MCP_ANSWER_H

#include "base/fault.h"
#include "mcp/message.h"

/*
 * Appends the error response for `raw_id` (empty: no "id" member). `data` has
 * source, kind, retryable and, where known, phase, action, http, issuer,
 * resource, requiredScopes, retryAfter, oauthError, detail.
 */
void
answer_fault(struct span raw_id, const struct fault *fault, struct buf *out);

/* {"jsonrpc":"2.0","id":raw_id,"result":result}; the caller's. */
struct message *answer_result(struct span raw_id, const char *result);

/*
 * The message with its error's `data.source` claim refused: an error response
 * of a remote that pretends to be ours becomes -32603. True when
 * `*message` was replaced.
 */
bool answer_unmask(struct message **message);

#endif
