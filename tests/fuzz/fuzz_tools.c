/* SPDX-License-Identifier: ISC */
/*
 * Any tools/list result, learned under several rules, and any call after it:
 * what is shown obeys the rules, what is kept is kept byte for byte, and what
 * is mirrored can stand in a header. The first line is the result, the second
 * the call's params.
 */
#include "mcp/tools.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const allowed[] = { "get_*", "?" };
static const char *const denied[] = { "*delete*", "b" };

static const struct tools_rules rules[] = {
	{ .allow = NULL },
	{ .deny = denied, .deny_count = COUNT(denied) },
	{ .deny = denied, .deny_count = COUNT(denied), .ignore_case = true },
	{ .allow = allowed, .allow_count = COUNT(allowed), .read_only = true },
};

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* A message from the fuzzer, or one with `before` and `after` around it. */
static struct message *
message_of(const char *before, struct span text, const char *after)
{
	struct buf buf;

	buf_init(&buf, LIMIT_MESSAGE);
	check(buf_add_string(&buf, before) == 0);
	check(buf_add_span(&buf, text) == 0);
	check(buf_add_string(&buf, after) == 0);
	return message_take(&buf);
}

static struct message *
call_of(struct span params)
{
	return message_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
			  "\"tools/call\",\"params\":",
	    params, "}");
}

static struct span
tools_in(const struct message *m)
{
	struct span list = { 0 };

	if (!json_get(m->rpc.result, "tools", &list) ||
	    json_type_of(list) != JSON_ARRAY)
		return span_make(NULL, 0);
	return list;
}

static bool
may_call(const struct tools *t, const struct message *call)
{
	struct fault fault;
	int result = tools_check_call(t, call, &fault);

	check(result == 0 || fault.code == FAULT_INVALID_PARAMS);
	return result == 0;
}

/* Each item that stayed is one that came, in the same order. */
static void
check_kept(struct span before, struct span after)
{
	struct json_iter all, kept;
	struct span key, item, left;

	json_iter_init(&all, before);
	json_iter_init(&kept, after);
	while (json_next(&kept, &key, &item)) {
		bool found = false;

		while (!found && json_next(&all, &key, &left))
			found = span_equal(left, item);
		check(found);
	}
}

static void
check_callable(const struct tools *t, struct span list)
{
	struct json_iter it;
	struct span key, item, name;

	json_iter_init(&it, list);
	while (json_next(&it, &key, &item)) {
		struct message *call = NULL;

		if (!json_get(item, "name", &name))
			continue;
		call = message_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
				  "\"tools/call\",\"params\":{\"name\":",
		    name, "}}");
		check(call->rpc.kind != RPC_REQUEST || may_call(t, call));
		message_free(&call);
	}
}

/* Of the list that was shown nothing more is taken, and each tool in it may be
 * called. */
static void
check_shown(const struct tools_rules *r, bool stateless,
    const struct message *shown)
{
	struct tools *t = tools_new(r);
	struct message *m = message_of("", buf_span(&shown->text), "");

	tools_learn(t, stateless, true, &m);
	check(span_equal(buf_span(&m->text), buf_span(&shown->text)));
	check_callable(t, tools_in(m));
	message_free(&m);
	tools_free(&t);
}

static void
check_header(void *ctx, const char *name, struct span value)
{
	size_t *count = ctx;

	check(span_starts_with(span_of(name), "Mcp-Param-"));
	check(header_is_token(span_of(name)));
	check(header_value_ok(value));
	check(value.len > 0 && value.len <= LIMIT_HEADER_VALUE);
	check(span_trim(value).len == value.len);
	(*count)++;
}

static void
run(const struct tools_rules *r, bool stateless, struct span list,
    const struct message *call)
{
	struct tools *t = tools_new(r);
	struct message *m = message_of("", list, "");
	struct message *came = message_of("", list, "");
	size_t headers = 0;

	tools_learn(t, stateless, true, &m);
	check(m->rpc.kind == came->rpc.kind);
	check(span_equal(m->rpc.id, came->rpc.id));
	if (m->text.len == came->text.len)
		check(span_equal(buf_span(&m->text), buf_span(&came->text)));
	else
		check(m->text.len < came->text.len);
	check_kept(tools_in(came), tools_in(m));
	check_shown(r, stateless, m);
	if (call->rpc.kind == RPC_REQUEST) {
		may_call(t, call);
		tools_mirror(t, call, check_header, &headers);
		check(stateless || headers == 0);
	}
	message_free(&came);
	message_free(&m);
	tools_free(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span list = { (const char *)data, size };
	struct span params = { "{}", 2 };
	const char *newline = size > 0 ? memchr(data, '\n', size) : NULL;
	struct message *call = NULL;

	log_set_level(LOG_SILENT);
	if (newline != NULL) {
		list.len = (size_t)(newline - list.ptr);
		params = span_make(newline + 1, size - list.len - 1);
	}
	call = call_of(params);
	for (size_t i = 0; i < COUNT(rules); i++) {
		run(&rules[i], true, list, call);
		run(&rules[i], false, list, call);
	}
	message_free(&call);
	return 0;
}
