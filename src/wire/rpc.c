/* SPDX-License-Identifier: ISC */
/*
 * Classifying one JSON-RPC message. Values of members other than the envelope's
 * are not looked into.
 */
#include "wire/rpc.h"

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

_Static_assert(sizeof member_names / sizeof member_names[0] == MEMBER_COUNT,
    "one name for each member");

struct envelope {
	struct span values[MEMBER_COUNT]; /* the first of each name */
	bool repeated[MEMBER_COUNT];
};

static void
note_member(struct envelope *e, struct span key, struct span value)
{
	size_t m = json_key_find(key, member_names, MEMBER_COUNT);

	if (m == MEMBER_COUNT)
		return;
	if (e->values[m].len == 0)
		e->values[m] = value;
	else
		e->repeated[m] = true;
}

static struct envelope
read_envelope(const struct json_doc *doc)
{
	struct envelope e = { 0 };
	struct json_iter it;
	struct span key = { 0 };
	struct span value = { 0 };

	if (!doc->more_members) {
		for (size_t i = 0; i < doc->member_count; i++)
			note_member(&e, doc->members[i].key,
			    doc->members[i].value);
		return e;
	}
	json_iter_init(&it, doc->value);
	while (json_next(&it, &key, &value))
		note_member(&e, key, value);
	return e;
}

static bool
has(const struct envelope *e, enum member m)
{
	return e->values[m].len > 0;
}

static bool
usable_id(const struct envelope *e)
{
	struct span id = e->values[MEMBER_ID];

	if (e->repeated[MEMBER_ID] || id.len > LIMIT_ID)
		return false;
	return json_type_of(id) == JSON_STRING || json_is_integer(id);
}

/* JSON-RPC 2.0 section 5: an error that could not be tied to a request. */
static bool
names_no_request(const struct envelope *e)
{
	enum json_type type = json_type_of(e->values[MEMBER_ID]);

	return has(e, MEMBER_ERROR) && !has(e, MEMBER_METHOD) &&
	       (type == JSON_NONE || type == JSON_NULL);
}

static const char *
check_members(const struct envelope *e, bool has_usable_id)
{
	for (int m = 0; m < MEMBER_COUNT; m++) {
		if (e->repeated[m])
			return "a member of the envelope stands twice";
	}
	if (!json_string_is(e->values[MEMBER_JSONRPC], "2.0"))
		return "\"jsonrpc\" is not \"2.0\"";
	if (has(e, MEMBER_ID) && !has_usable_id && !names_no_request(e))
		return "the id is no string or integer, or too long";
	if (has(e, MEMBER_METHOD) &&
	    json_type_of(e->values[MEMBER_METHOD]) != JSON_STRING)
		return "the method is no string";
	if (has(e, MEMBER_PARAMS) &&
	    json_type_of(e->values[MEMBER_PARAMS]) != JSON_OBJECT)
		return "the params are no object";
	return NULL;
}

static const char *
check_shape(const struct envelope *e)
{
	bool method = has(e, MEMBER_METHOD);
	bool result = has(e, MEMBER_RESULT);
	bool error = has(e, MEMBER_ERROR);

	if (!method && !result && !error)
		return "neither method nor result nor error";
	if (method && (result || error))
		return "both a request and a response";
	if (result && error)
		return "both result and error";
	if (result && !has(e, MEMBER_ID))
		return "a result without id";
	return NULL;
}

static enum rpc_kind
kind_of(const struct envelope *e)
{
	if (has(e, MEMBER_METHOD))
		return has(e, MEMBER_ID) ? RPC_REQUEST : RPC_NOTIFICATION;
	return has(e, MEMBER_RESULT) ? RPC_RESULT : RPC_ERROR;
}

static void
classify_object(const struct json_doc *doc, struct rpc *rpc)
{
	struct envelope e = read_envelope(doc);
	bool has_usable_id = usable_id(&e);

	if (has_usable_id)
		rpc->id = e.values[MEMBER_ID];
	rpc->method = e.values[MEMBER_METHOD];
	rpc->params = e.values[MEMBER_PARAMS];
	rpc->result = e.values[MEMBER_RESULT];
	rpc->error = e.values[MEMBER_ERROR];
	rpc->method_code = method_find(rpc->method);
	rpc->why = check_members(&e, has_usable_id);
	if (rpc->why == NULL)
		rpc->why = check_shape(&e);
	if (rpc->why == NULL)
		rpc->kind = kind_of(&e);
}

void
rpc_classify(const struct json_doc *doc, struct rpc *rpc)
{
	*rpc = (struct rpc){ .kind = RPC_INVALID, .text = doc->value };
	if (doc->type == JSON_OBJECT)
		classify_object(doc, rpc);
	else if (doc->type == JSON_ARRAY)
		rpc->kind = RPC_BATCH;
	else
		rpc->why = "neither an object nor an array";
}

void
rpc_parse(struct span text, struct rpc *rpc, bool *has_newline)
{
	struct json_doc doc;
	bool accepted = json_scan(text, LIMIT_DEPTH, &doc);

	rpc_classify(&doc, rpc);
	if (!accepted)
		rpc->why = doc.error;
	if (has_newline != NULL)
		*has_newline = doc.has_newline;
}

bool
rpc_meta(const struct rpc *rpc, const char *key, struct span *value)
{
	const char *const path[] = { "_meta", key, NULL };

	return json_get_path(rpc->params, path, value);
}
