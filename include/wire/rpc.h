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

enum { RPC_MEMBERS = 6 };

/* A view into the scanned text; absent members are empty spans. */
struct rpc {
	enum rpc_kind kind;
	enum method method_code; /* METHOD_OTHER for responses */
	struct span text;        /* the whole value */
	union {
		struct {
			struct span jsonrpc;
			struct span id;     /* raw: 7 and "7" differ (T-005) */
			struct span method; /* the JSON string, quoted */
			struct span params;
			struct span result;
			struct span error;
		};
		struct span members[RPC_MEMBERS]; /* private: the same */
	};
	struct span meta; /* params._meta */
	const char *why;  /* RPC_INVALID: static text */
};

/*
 * Scans (with LIMIT_DEPTH) and classifies. Invalid: not JSON; no object or
 * array; "jsonrpc" not "2.0"; one of jsonrpc, id, method, params, result, error
 * twice; an id that is no string or integer number, or over LIMIT_ID (null is
 * allowed in an error response and means "no id"); method no string; params no
 * object; neither method nor exactly one of result and error, or a method with
 * one of them; a result without id. `id` is set wherever a usable id was found,
 * also when invalid, so that an error can be addressed (T-007); a repeated id
 * is not usable. `has_newline`: a raw CR or LF stands within; may be NULL.
 */
void rpc_parse(struct span text, struct rpc *rpc, bool *has_newline);

/* The member of params._meta named `key`: progressToken etc. */
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
