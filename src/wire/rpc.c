/* SPDX-License-Identifier: ISC */
/*
 * Classifying one JSON-RPC message. Values of members other than the envelope's
 * are not looked into.
 */
#include "wire/rpc.h"

#include <stddef.h>

#include "base/limits.h"

enum member {
	MEMBER_JSONRPC,
	MEMBER_ID,
	MEMBER_METHOD,
	MEMBER_PARAMS,
	MEMBER_RESULT,
	MEMBER_ERROR,
	MEMBER_COUNT
};

#define NAME(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct span member_names[] = {
	[MEMBER_JSONRPC] = NAME("jsonrpc"),
	[MEMBER_ID] = NAME("id"),
	[MEMBER_METHOD] = NAME("method"),
	[MEMBER_PARAMS] = NAME("params"),
	[MEMBER_RESULT] = NAME("result"),
	[MEMBER_ERROR] = NAME("error"),
};

_Static_assert(sizeof member_names / sizeof member_names[0] == MEMBER_COUNT &&
		   (int)MEMBER_COUNT == (int)RPC_MEMBERS,
    "one name for each member");
_Static_assert(offsetof(struct rpc, jsonrpc) == offsetof(struct rpc, members) &&
		   offsetof(struct rpc, error) ==
		       offsetof(struct rpc, members[MEMBER_ERROR]),
    "members in the order of their names");

static bool
has(struct span member)
{
	return member.len > 0;
}

static bool
is_usable_id(struct span id)
{
	return has(id) && id.len <= LIMIT_ID &&
	       (json_type_of(id) == JSON_STRING || json_is_integer(id));
}

/* JSON-RPC 2.0 section 5: an error that could not be tied to a request. */
static bool
names_no_request(const struct rpc *rpc)
{
	return json_type_of(rpc->id) == JSON_NULL && has(rpc->error) &&
	       !has(rpc->method);
}

static bool
is_version_2(struct span jsonrpc)
{
	return span_is(jsonrpc, "\"2.0\"") || json_string_is(jsonrpc, "2.0");
}

static const char *
check_members(const struct rpc *rpc, bool has_usable_id)
{
	if (!is_version_2(rpc->jsonrpc))
		return "\"jsonrpc\" is not \"2.0\"";
	if (has(rpc->id) && !has_usable_id && !names_no_request(rpc))
		return "the id is no string or integer, or too long";
	if (has(rpc->method) && json_type_of(rpc->method) != JSON_STRING)
		return "the method is no string";
	if (has(rpc->params) && json_type_of(rpc->params) != JSON_OBJECT)
		return "the params are no object";
	return NULL;
}

static const char *
check_shape(const struct rpc *rpc)
{
	bool method = has(rpc->method);
	bool result = has(rpc->result);
	bool error = has(rpc->error);

	if (!method && !result && !error)
		return "neither method nor result nor error";
	if (method && (result || error))
		return "both a request and a response";
	if (result && error)
		return "both result and error";
	if (result && !has(rpc->id))
		return "a result without id";
	return NULL;
}

static enum rpc_kind
kind_of(const struct rpc *rpc)
{
	if (has(rpc->method))
		return has(rpc->id) ? RPC_REQUEST : RPC_NOTIFICATION;
	return has(rpc->result) ? RPC_RESULT : RPC_ERROR;
}

static void
classify_object(struct rpc *rpc, uint32_t repeated)
{
	bool has_usable_id =
	    (repeated >> MEMBER_ID & 1) == 0 && is_usable_id(rpc->id);

	rpc->method_code = method_find(rpc->method);
	if (repeated != 0)
		rpc->why = "a member of the envelope stands twice";
	else
		rpc->why = check_members(rpc, has_usable_id);
	if (rpc->why == NULL)
		rpc->why = check_shape(rpc);
	if (rpc->why == NULL)
		rpc->kind = kind_of(rpc);
	if (!has_usable_id)
		rpc->id = span_make(NULL, 0);
}

void
rpc_parse(struct span text, struct rpc *rpc, bool *has_newline)
{
	struct json_members members = {
		.names = member_names,
		.count = MEMBER_COUNT,
		.values = rpc->members,
		.outer = &rpc->params,
		.inner_name = NAME("_meta"),
	};
	struct json_doc doc;

	json_scan_members(text, LIMIT_DEPTH, &members, &doc);
	rpc->kind = RPC_INVALID;
	rpc->method_code = METHOD_OTHER;
	rpc->text = doc.value;
	rpc->meta = members.inner;
	rpc->why = doc.error;
	if (doc.type == JSON_OBJECT)
		classify_object(rpc, members.repeated);
	else if (doc.type == JSON_ARRAY)
		rpc->kind = RPC_BATCH;
	else if (doc.error == NULL)
		rpc->why = "neither an object nor an array";
	if (has_newline != NULL)
		*has_newline = doc.has_newline;
}

bool
rpc_meta(const struct rpc *rpc, const char *key, struct span *value)
{
	return json_get(rpc->meta, key, value);
}
