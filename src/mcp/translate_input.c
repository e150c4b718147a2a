/* SPDX-License-Identifier: ISC */
/*
 * Questions of a server to the host: which there are, which the host has
 * declared, and the parts that newer revisions shaped otherwise.
 */
#include "mcp/translate_p.h"

#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
has(struct span object, const char *outer, const char *inner)
{
	const char *const path[] = { outer, inner, NULL };
	struct span value;

	return json_get_path(object, path, &value) &&
	       json_type_of(value) == JSON_OBJECT;
}

static bool
has_typed(struct span object, const char *key, enum json_type type)
{
	struct span value;

	return json_get(object, key, &value) && json_type_of(value) == type;
}

static int
undeclared(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_METHOD_NOT_FOUND,
	    "The host has not declared %s", what);
}

/* Part of a kind that is declared as such. */
static int
undeclared_part(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_INVALID_PARAMS,
	    "The host has not declared %s", what);
}

static int
misshapen(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_INVALID_PARAMS, "%s has the wrong parameters",
	    what);
}

/* Of `elicitation` an empty object means forms, as before there were modes. */
static int
check_elicitation(struct span params, struct span capabilities, struct fault *f)
{
	struct span mode;
	bool url = has(capabilities, "elicitation", "url");

	if (!has(capabilities, "elicitation", NULL))
		return undeclared(f, "elicitation");
	if (!has_typed(params, "message", JSON_STRING))
		return misshapen(f, "elicitation/create");
	if (json_get(params, "mode", &mode) && json_string_is(mode, "url")) {
		if (!url)
			return undeclared_part(f, "elicitation.url");
		return has_typed(params, "url", JSON_STRING) ?
			   0 :
			   misshapen(f, "elicitation/create");
	}
	if (mode.len > 0 && !json_string_is(mode, "form"))
		return misshapen(f, "elicitation/create");
	if (url && !has(capabilities, "elicitation", "form"))
		return undeclared_part(f, "elicitation.form");
	return has_typed(params, "requestedSchema", JSON_OBJECT) ?
		   0 :
		   misshapen(f, "elicitation/create");
}

static int
check_sampling(struct span params, struct span capabilities, struct fault *f)
{
	struct span value;

	if (!has(capabilities, "sampling", NULL))
		return undeclared(f, "sampling");
	if (!has_typed(params, "messages", JSON_ARRAY))
		return misshapen(f, "sampling/createMessage");
	if ((json_get(params, "tools", &value) ||
		json_get(params, "toolChoice", &value)) &&
	    !has(capabilities, "sampling", "tools"))
		return undeclared_part(f, "sampling.tools");
	return 0;
}

static int
check_question(enum method method, struct span params, struct span capabilities,
    struct fault *f)
{
	if (method == METHOD_ELICIT)
		return check_elicitation(params, capabilities, f);
	if (method == METHOD_SAMPLING)
		return check_sampling(params, capabilities, f);
	if (method != METHOD_ROOTS_LIST)
		return fault_set(f, FAULT_METHOD_NOT_FOUND,
		    "Servers cannot ask hosts for this");
	return has(capabilities, "roots", NULL) ? 0 : undeclared(f, "roots");
}

int
input_check(const struct message *request, struct span capabilities,
    struct fault *f)
{
	return check_question(request->rpc.method_code, request->rpc.params,
	    capabilities, f);
}

static int
read_entry(struct span key, struct span entry, struct span capabilities,
    struct input *input, struct fault *f)
{
	struct fault why;
	struct span method;

	json_get(entry, "method", &method);
	json_get(entry, "params", &input->params);
	input->key = span_make(key.ptr - 1, key.len + 2);
	input->method = method_find(method);
	if (check_question(input->method, input->params, capabilities, &why) ==
	    0)
		return 0;
	fault_set(f, FAULT_PROTOCOL, "The server asked for what it may not: %s",
	    fault_text(&why));
	fault_detail(f, method);
	return -1;
}

int
input_read(const struct message *result, struct span capabilities,
    struct input inputs[LIMIT_INPUTS], size_t *count, struct fault *f)
{
	struct json_iter it;
	struct span key, entry, requests, state;
	bool asks = json_get(result->rpc.result, "inputRequests", &requests);
	bool has_state = json_get(result->rpc.result, "requestState", &state);

	*count = 0;
	if ((!asks && !has_state) ||
	    (asks && json_type_of(requests) != JSON_OBJECT) ||
	    (has_state && json_type_of(state) != JSON_STRING) ||
	    json_has_duplicate_key(requests))
		return fault_set(f, FAULT_PROTOCOL,
		    "The server asked for input without saying which");
	json_iter_init(&it, requests);
	while (json_next(&it, &key, &entry)) {
		if (*count == LIMIT_INPUTS)
			return fault_set(f, FAULT_PROTOCOL,
			    "The server asked for more than %d inputs at once",
			    LIMIT_INPUTS);
		if (read_entry(key, entry, capabilities, &inputs[*count], f) ==
		    -1)
			return -1;
		(*count)++;
	}
	return 0;
}

/* Depth is that of a scanned text. */
bool
capabilities_within(struct span less, struct span more)
{
	struct json_iter it, others;
	struct span key, value, name, other;

	if (json_type_of(less) != JSON_OBJECT)
		return span_equal(less, more);
	json_iter_init(&it, less);
	while (json_next(&it, &key, &value)) {
		bool found = false;

		json_iter_init(&others, more);
		while (!found && json_next(&others, &name, &other))
			found = span_equal(key, name) &&
				capabilities_within(value, other);
		if (!found)
			return false;
	}
	return json_type_of(more) == JSON_OBJECT;
}

/* By the key as it is written. */
static bool
find_member(struct span object, struct span name, struct span *value)
{
	struct json_iter it;
	struct span key;

	json_iter_init(&it, object);
	while (json_next(&it, &key, value)) {
		if (span_equal(key, name))
			return true;
	}
	return false;
}

static int
put_key(struct span key, struct buf *out)
{
	if (json_put_raw(out, span_make(key.ptr - 1, key.len + 2)) == -1)
		return -1;
	return buf_add(out, ":", 1);
}

/* Depth is that of a scanned text. */
static int
put_union(struct span a, struct span b, struct buf *out)
{
	struct json_iter it;
	struct span key, value, other;

	if (json_type_of(a) != JSON_OBJECT || json_type_of(b) != JSON_OBJECT)
		return json_put_raw(out, a);
	if (json_open(out, '{') == -1)
		return -1;
	json_iter_init(&it, a);
	while (json_next(&it, &key, &value)) {
		if (!find_member(b, key, &other))
			other = value;
		if (put_key(key, out) == -1 ||
		    put_union(value, other, out) == -1)
			return -1;
	}
	json_iter_init(&it, b);
	while (json_next(&it, &key, &value)) {
		if (find_member(a, key, &other))
			continue;
		if (put_key(key, out) == -1 || json_put_raw(out, value) == -1)
			return -1;
	}
	return json_close(out, '}');
}

char *
capabilities_union(struct span a, struct span b)
{
	struct buf text;
	char *both = NULL;

	buf_init(&text, LIMIT_MESSAGE);
	if (put_union(a, b, &text) == 0)
		both = mem_copy(text.data, text.len);
	buf_reset(&text);
	return both;
}

static bool
single_block(struct span content, struct span *block)
{
	struct json_iter it;
	struct span key, second;

	if (json_type_of(content) != JSON_ARRAY)
		return false;
	json_iter_init(&it, content);
	return json_next(&it, &key, block) && !json_next(&it, &key, &second);
}

int
input_unwrap(struct span message, struct buf *out)
{
	struct span content, block;
	struct edit edits[1];

	if (!json_get(message, "content", &content) ||
	    !single_block(content, &block))
		return buf_add_span(out, message);
	edits[0] = edit_put("content", block);
	return edit_object(message, edits, COUNT(edits), out);
}
