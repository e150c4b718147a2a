/* SPDX-License-Identifier: ISC */
/*
 * The JSON-RPC 2.0 envelope as MCP uses it: ids are strings or integers, never
 * null in a request; params are an object.
 */
#ifndef WIRE_RPC_H
#define WIRE_RPC_H

#include "wire/json.h"
#include "wire/method.h"

enum rpc_kind {
	RPC_INVALID,
	RPC_REQUEST,
	RPC_NOTIFICATION,
	RPC_RESULT,
	RPC_ERROR,
	RPC_BATCH
};

/* A view into the scanned text; absent members are empty spans. */
struct rpc {
	enum rpc_kind kind;
	enum method method_code; /* METHOD_OTHER for responses */
	struct span text;        /* the whole value */
	struct span id;          /* raw: 7 and "7" differ (T-005, T-138) */
	struct span method;      /* the JSON string, with its quotes */
	struct span params;
	struct span result;
	struct span error;
	const char *why; /* RPC_INVALID: static text */
};

/*
 * Classifies a scanned document. Invalid: no object or array; "jsonrpc" not
 * "2.0"; one of jsonrpc, id, method, params, result, error twice; an id that is
 * no string or integer number, or over LIMIT_ID (null is allowed in an error
 * response and means "no id"); method no string; params no object; neither
 * method nor exactly one of result and error, or a method with one of them; a
 * result without id. `id` is set wherever a usable id was found, also when
 * invalid, so that an error can be addressed (T-007); a repeated id is not
 * usable.
 */
void rpc_classify(const struct json_doc *doc, struct rpc *rpc);

/* json_scan with LIMIT_DEPTH and rpc_classify; a scan error gives RPC_INVALID
 * with `why` = the scan error and no id. `has_newline` may be NULL. */
void rpc_parse(struct span text, struct rpc *rpc, bool *has_newline);

/* The string id or integer of params._meta.progressToken etc.: the member of
 * params._meta named `key`. */
bool rpc_meta(const struct rpc *rpc, const char *key, struct span *value);

/* "io.modelcontextprotocol/protocolVersion": its presence in a request's _meta
 * marks the stateless era (T-080). */
#define RPC_META_VERSION "io.modelcontextprotocol/protocolVersion"
#define RPC_META_CLIENT "io.modelcontextprotocol/clientInfo"
#define RPC_META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"
#define RPC_META_LOG_LEVEL "io.modelcontextprotocol/logLevel"
#define RPC_META_SERVER "io.modelcontextprotocol/serverInfo"
#define RPC_META_SUBSCRIPTION "io.modelcontextprotocol/subscriptionId"

#endif
