/* SPDX-License-Identifier: ISC */
/*
 * Questions of an initialize-based server, for a stateless host (T-113, T-116):
 * its requests become entries of inputRequests, inputResponses their answers.
 * Who is parked is not kept here.
 */
#include "mcp/translate_p.h"

#include <stdlib.h>

#include "mcp/answer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* -32042 of 2025-11-25: the user must visit addresses first. */
enum { CODE_URL_ELICITATION = -32042 };

/*
 * The key of a question: the server's id, with a prefix where it is a string,
 * so that 3 and "3" stay apart.
 */
static int
put_key(struct span raw_id, struct buf *out)
{
	bool is_string = json_type_of(raw_id) == JSON_STRING;

	if (out->len > 0 && out->data[out->len - 1] != '{' &&
	    buf_add(out, ",", 1) == -1)
		return -1;
	if (buf_add_string(out, is_string ? "\"s:" : "\"") == -1 ||
	    buf_add(out, raw_id.ptr + is_string,
		raw_id.len - 2 * (size_t)is_string) == -1)
		return -1;
	return buf_add_string(out, "\"");
}

/* What is the older era's alone goes. */
static int
put_question(struct span method, struct span params, struct buf *out)
{
	const struct edit older[] = {
		edit_drop("_meta"),
		edit_drop("task"),
		edit_drop("elicitationId"),
	};
	struct edit edits[] = { edit_put("method", method),
		edit_drop("params") };
	struct buf kept;
	int result;

	buf_init(&kept, LIMIT_MESSAGE);
	result = edit_object(params, older, COUNT(older), &kept);
	if (result == 0) {
		if (!span_is(buf_span(&kept), "{}"))
			edits[1] = edit_put("params", buf_span(&kept));
		result = edit_object(span_of("{}"), edits, COUNT(edits), out);
	}
	buf_reset(&kept);
	return result;
}

/* `requests`: the finished object. */
static struct message *
input_required(const struct down_server *server, struct span host_id,
    const char *state, struct span requests)
{
	const struct edit meta[] = { edit_put(RPC_META_SERVER,
	    span_of(server->info != NULL ? server->info : "")) };
	struct edit result[4], edits[2];
	struct message *m = NULL;
	struct buf text;

	buf_init(&text, LIMIT_HEADER_VALUE);
	if (json_put_string(&text, span_of(state)) == 0) {
		result[0] =
		    edit_put("resultType", span_of("\"input_required\""));
		result[1] = edit_put("requestState", buf_span(&text));
		result[2] = edit_put("inputRequests", requests);
		result[3] = edit_inside("_meta", meta, COUNT(meta));
		edits[0] = edit_put("id", host_id);
		edits[1] = edit_inside("result", result, COUNT(result));
		m = edit_message(span_of(RESPONSE_TEMPLATE), edits,
		    COUNT(edits));
	}
	buf_reset(&text);
	return m;
}

struct message *
down_input_required(const struct down_server *server, struct span host_id,
    const char *state, const struct message *const *asked, size_t count)
{
	struct message *m = NULL;
	struct buf requests;
	int result;

	buf_init(&requests, LIMIT_MESSAGE);
	result = buf_add_string(&requests, "{");
	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct rpc *rpc = &asked[i]->rpc;

		result = put_key(rpc->id, &requests);
		if (result == 0)
			result = buf_add_string(&requests, ":");
		if (result == 0)
			result =
			    put_question(rpc->method, rpc->params, &requests);
	}
	if (result == 0 && buf_add_string(&requests, "}") == 0)
		m = input_required(server, host_id, state, buf_span(&requests));
	buf_reset(&requests);
	return m;
}

static struct span
demanded_urls(const struct message *response)
{
	return json_member(json_member(response->rpc.error, "data"),
	    "elicitations");
}

static bool
is_string(struct span object, const char *key)
{
	return json_type_of(json_member(object, key)) == JSON_STRING;
}

/* Every one an address with a message, and not too many. */
bool
down_demands_urls(const struct message *response, enum method method)
{
	struct json_iter it;
	struct span key, one;
	size_t count = 0;

	if (!error_code_is(response, CODE_URL_ELICITATION) ||
	    !method_takes_input(method))
		return false;
	json_iter_init(&it, demanded_urls(response));
	for (; json_next(&it, &key, &one); count++) {
		if (!is_string(one, "url") || !is_string(one, "message"))
			return false;
	}
	return count > 0 && count <= LIMIT_INPUTS;
}

static struct message *
lacks_urls(const struct message *response, struct span host_id)
{
	const struct edit data[] = { edit_put("requiredCapabilities",
	    span_of("{\"elicitation\":{\"url\":{}}}")) };
	const struct edit error[] = {
		edit_put("code", span_of("-32021")),
		edit_put("message",
		    json_member(response->rpc.error, "message")),
		edit_inside("data", data, COUNT(data)),
	};
	const struct edit edits[] = {
		edit_put("id", host_id),
		edit_inside("error", error, COUNT(error)),
	};

	return edit_message(span_of(RESPONSE_TEMPLATE), edits, COUNT(edits));
}

/* Appends {"0":…,"1":…}. */
static int
put_urls(struct span urls, struct buf *out)
{
	struct json_iter it;
	struct span key, one;
	int result = buf_add_string(out, "{");
	unsigned number = 0;

	json_iter_init(&it, urls);
	while (result == 0 && json_next(&it, &key, &one)) {
		result =
		    buf_addf(out, "%s\"%u\":", number > 0 ? "," : "", number);
		number++;
		if (result == 0)
			result = put_question(span_of("\"elicitation/create\""),
			    one, out);
	}
	return result == 0 ? buf_add_string(out, "}") : -1;
}

struct message *
down_urls_required(const struct down_server *server, struct span host_id,
    const char *state, const struct message *response, struct span capabilities)
{
	struct span elicitation = json_member(capabilities, "elicitation");
	struct message *m = NULL;
	struct buf requests;

	if (json_type_of(json_member(elicitation, "url")) != JSON_OBJECT)
		return lacks_urls(response, host_id);
	buf_init(&requests, LIMIT_MESSAGE);
	if (put_urls(demanded_urls(response), &requests) == 0)
		m = input_required(server, host_id, state, buf_span(&requests));
	buf_reset(&requests);
	return m;
}

/* The response under the key of this id; empty: none that is an object. */
static struct span
find_response(const struct message *retry, struct span raw_id)
{
	struct span responses =
	    json_member(retry->rpc.params, "inputResponses");
	struct span key, value, found = { NULL, 0 };
	struct json_iter it;
	struct buf wanted;

	buf_init(&wanted, LIMIT_MESSAGE);
	if (put_key(raw_id, &wanted) == 0) {
		json_iter_init(&it, responses);
		while (found.len == 0 && json_next(&it, &key, &value)) {
			if (raw_string_equal(buf_span(&wanted),
				span_make(key.ptr - 1, key.len + 2)) &&
			    json_type_of(value) == JSON_OBJECT)
				found = value;
		}
	}
	buf_reset(&wanted);
	return found;
}

static int
put_reply(const struct down_server *server, const struct message *asked,
    struct span response, struct buf *out)
{
	if (asked->rpc.method_code == METHOD_SAMPLING &&
	    server->revision < REVISION_2025_11_25)
		return input_unwrap(response, out);
	return buf_add_span(out, response);
}

static struct message *
reply_with(struct span raw_id, struct span result)
{
	const struct edit edits[] = {
		edit_put("id", raw_id),
		edit_put("result", result),
	};

	return edit_message(span_of(RESPONSE_TEMPLATE), edits, COUNT(edits));
}

bool
down_reply(const struct down_server *server, const struct message *asked,
    const struct message *retry, struct message **reply)
{
	struct span response = find_response(retry, asked->rpc.id);
	struct buf result;

	*reply = NULL;
	if (response.len == 0)
		return false;
	buf_init(&result, LIMIT_MESSAGE);
	if (put_reply(server, asked, response, &result) == 0)
		*reply = reply_with(asked->rpc.id, buf_span(&result));
	buf_reset(&result);
	return true;
}

struct message *
down_give_up(const struct message *asked, const struct fault *fault)
{
	struct buf text;

	if (asked->rpc.method_code == METHOD_ELICIT)
		return reply_with(asked->rpc.id,
		    span_of("{\"action\":\"cancel\"}"));
	buf_init(&text, LIMIT_MESSAGE);
	answer_fault(asked->rpc.id, fault, &text);
	return message_take(&text);
}
