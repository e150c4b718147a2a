/* SPDX-License-Identifier: ISC */
/*
 * mcp/message: bytes stay as they came (T-005), on one line (T-002), and ids
 * are compared by type and value.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mcp/message.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""

static struct message *
take(const char *text)
{
	struct message *m = NULL;
	struct buf buf;

	buf_init(&buf, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&buf, text), 0);
	m = message_take(&buf);
	assert_int_equal(buf.len, 0);
	assert_null(buf.data);
	return m;
}

static void
assert_span(struct span span, const char *text)
{
	char *copy = mem_copy(span.len > 0 ? span.ptr : "", span.len);

	assert_string_equal(copy, text);
	free(copy);
}

static const struct {
	const char *text;
	const char *line;
	enum rpc_kind kind;
	const char *id;
} takes[] = {
	{ "", "", RPC_INVALID, "" },
	{ " \r\n\t", "", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"method\":\"ping\"}",
	    "{" V ",\"id\":1,\"method\":\"ping\"}", RPC_REQUEST, "1" },
	{ "T-005: no JSON", "T-005: no JSON", RPC_INVALID, "" },
	/* T-005: lexemes, escapes, order and unknown members */
	{ "{\"x\":1.0,\"id\":9007199254740993 ,\"y\":\"\\u0041\"," V
	  ",\"result\":[1e2,-0]}",
	    "{\"x\":1.0,\"id\":9007199254740993 ,\"y\":\"\\u0041\"," V
	    ",\"result\":[1e2,-0]}",
	    RPC_RESULT, "9007199254740993" },
	/* T-002: a pretty-printed body is one line */
	{ "\r\n{\n  " V ",\r\n  \"id\": \"a\\nb\",\n  \"result\": {}\n}\n\n",
	    "{   " V ",    \"id\": \"a\\nb\",   \"result\": {} }", RPC_RESULT,
	    "\"a\\nb\"" },
	{ " {" V ",\"method\":\"a\"}\t", "{" V ",\"method\":\"a\"}",
	    RPC_NOTIFICATION, "" },
	{ "[{" V ",\"method\":\"a\"},\n1]", "[{" V ",\"method\":\"a\"}, 1]",
	    RPC_BATCH, "" },
	{ "{\"id\":7,\n\"method\":\"a\"}", "{\"id\":7, \"method\":\"a\"}",
	    RPC_INVALID, "7" },
};

static void
takes_a_text_as_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(takes); i++) {
		struct message *m = take(takes[i].text);

		assert_span(buf_span(&m->text), takes[i].line);
		assert_int_equal(m->rpc.kind, takes[i].kind);
		assert_span(m->rpc.id, takes[i].id);
		assert_true(m->rpc.text.len == 0 ||
			    span_within(m->rpc.text, buf_span(&m->text)));
		message_free(&m);
		assert_null(m);
	}
}

/* One buffer filled again and again: nothing is left of the one before. */
static void
swaps_with_who_fills_one_buffer(void **state)
{
	struct message *kept[3];
	struct span version;
	struct buf buf;

	(void)state;
	buf_init(&buf, LIMIT_MESSAGE);
	for (size_t i = 0; i < 3 * sizeof(takes) / sizeof(takes[0]); i++) {
		size_t at = i % (sizeof(takes) / sizeof(takes[0]));
		struct message *m;

		assert_int_equal(buf_add_string(&buf, takes[at].text), 0);
		m = message_swap(&buf);
		assert_int_equal(buf.len, 0);
		assert_span(buf_span(&m->text), takes[at].line);
		assert_int_equal(m->rpc.kind, takes[at].kind);
		assert_span(m->rpc.id, takes[at].id);
		assert_false(message_envelope(m, &version));
		message_free(&m);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(buf_add_string(&buf, takes[2].text), 0);
		kept[i] = message_swap(&buf);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_span(buf_span(&kept[i]->text), takes[2].line);
		message_free(&kept[i]);
	}
	buf_reset(&buf);
}

static void
frees_nothing(void **state)
{
	struct message *m = NULL;

	(void)state;
	message_free(&m);
	assert_null(m);
}

static const struct {
	const char *before, *id, *after;
} ids[] = {
	{ "{" V ",\"id\":1,\"method\":\"a\"}", "\"x\"",
	    "{" V ",\"id\":\"x\",\"method\":\"a\"}" },
	/* the member's place and all other bytes stay (T-005) */
	{ "{ \"result\" : {\"id\":1} , \"id\" : \"long one\" , " V " }", "2",
	    "{ \"result\" : {\"id\":1} , \"id\" : 2 , " V " }" },
	{ "{" V ",\"i\\u0064\":1,\"result\":1.0}", "3",
	    "{" V ",\"i\\u0064\":3,\"result\":1.0}" },
	/* nothing to replace */
	{ "{" V ",\"method\":\"a\"}", "3", "{" V ",\"method\":\"a\"}" },
	{ "{" V ",\"id\":null,\"error\":{}}", "3",
	    "{" V ",\"id\":null,\"error\":{}}" },
	{ "no JSON", "3", "no JSON" },
	{ "", "3", "" },
};

static void
puts_another_id_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct message *m = take(ids[i].before);
		struct message *other = message_with_id(m, span_of(ids[i].id));

		assert_span(buf_span(&other->text), ids[i].after);
		assert_span(buf_span(&m->text), ids[i].before);
		assert_int_equal(other->rpc.kind, m->rpc.kind);
		if (m->rpc.id.len > 0)
			assert_span(other->rpc.id, ids[i].id);
		message_free(&other);
		message_free(&m);
	}
}

/* A message at its cap still takes a longer id, and fits into an envelope of
 * ours: a peer must not end the process by size. */
static void
holds_more_than_the_cap_where_we_add_to_it(void **state)
{
	size_t len = LIMIT_MESSAGE - strlen("{" V ",\"id\":1,\"error\":\"\"}");
	struct message *m = NULL, *other = NULL;
	char *text = mem_alloc(len + 1, 1);

	(void)state;
	memset(text, 'x', len);
	m = message_format("{" V ",\"id\":1,\"error\":\"%s\"}", text);
	assert_int_equal(m->text.len, LIMIT_MESSAGE);
	assert_int_equal(m->rpc.kind, RPC_ERROR);
	other = message_with_id(m, span_of("\"longer\""));
	assert_int_equal(other->text.len, LIMIT_MESSAGE + 7);
	assert_span(other->rpc.id, "\"longer\"");
	message_free(&m);
	m = message_format("{" V ",\"id\":\"longer\",\"error\":%.*s}",
	    (int)other->rpc.error.len, other->rpc.error.ptr);
	assert_true(span_equal(buf_span(&m->text), buf_span(&other->text)));
	message_free(&m);
	message_free(&other);
	free(text);
}

static void
formats(void **state)
{
	struct message *m =
	    message_format("{" V ",\"id\":%d,\"method\":\"%s\"}\n", 5, "ping");

	(void)state;
	assert_span(buf_span(&m->text), "{" V ",\"id\":5,\"method\":\"ping\"}");
	assert_int_equal(m->rpc.kind, RPC_REQUEST);
	assert_int_equal(m->rpc.method_code, METHOD_PING);
	message_free(&m);
}

static void
finds_parameters(void **state)
{
	struct message *m =
	    take("{" V ",\"id\":1,\"method\":\"a\",\"params\":"
		 "{\"a\\u0062\":[1],\"_meta\":{\"" RPC_META_VERSION
		 "\":\"2026-07-28\"}}}");
	struct span value;

	(void)state;
	assert_true(message_param(m, "ab", &value));
	assert_span(value, "[1]");
	assert_false(message_param(m, "b", &value));
	assert_int_equal(value.len, 0);
	assert_true(message_envelope(m, &value));
	assert_span(value, "\"2026-07-28\"");
	message_free(&m);
}

static const char *const bare[] = {
	"{" V ",\"id\":1,\"method\":\"a\"}",
	"{" V ",\"id\":1,\"method\":\"a\",\"params\":{}}",
	"{" V ",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":1}}",
	"{" V ",\"id\":1,\"method\":\"a\",\"params\":{\"_meta\":{}}}",
	"{" V ",\"id\":1,\"result\":{\"_meta\":{\"" RPC_META_VERSION
	"\":\"2026-07-28\"}}}",
	"no JSON",
};

/* T-080: what marks the stateless era, and nothing else does. */
static void
sees_no_envelope(void **state)
{
	struct span value;

	(void)state;
	for (size_t i = 0; i < COUNT(bare); i++) {
		struct message *m = take(bare[i]);

		assert_false(message_envelope(m, &value));
		assert_int_equal(value.len, 0);
		assert_false(message_param(m, "x", &value));
		message_free(&m);
	}
}

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{ "1", "1", true },
	{ "1", "\"1\"", false },
	{ "1", "1.0", true },
	{ "100", "1e2", true },
	{ "0", "-0", true },
	{ "1", "2", false },
	{ "1", "-1", false },
	{ "9007199254740993", "9007199254740992", false },
	{ "99999999999999999999", "99999999999999999999", true },
	{ "99999999999999999999", "99999999999999999998", false },
	{ "\"a\"", "\"a\"", true },
	{ "\"a\"", "\"A\"", false },
	{ "\"a\"", "\"\\u0061\"", true },
	{ "\"\\u0061\"", "\"\\u0061\"", true },
	{ "\"\\u00e9\"", "\"\xc3\xa9\"", true },
	{ "\"\\u00e9\"", "\"e\"", false },
	{ "\"\\/\"", "\"/\"", true },
	{ "\"a\\u0000b\"", "\"a\\u0000c\"", false },
	{ "\"a\\u0000b\"", "\"a\\u0000b\"", true },
	{ "\"\\ud800\"", "\"\\ud801\"", false },
	{ "\"\"", "\"\"", true },
	{ "\"\"", "\"a\"", false },
	{ "", "", true },
	{ "", "1", false },
	{ "", "\"\"", false },
	{ "null", "null", true },
	{ "null", "0", false },
	{ "true", "1", false },
};

static void
compares_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct span a = span_of(pairs[i].a);
		struct span b = span_of(pairs[i].b);

		assert_int_equal(message_same_id(a, b), pairs[i].same);
		assert_int_equal(message_same_id(b, a), pairs[i].same);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_text_as_one_line),
		cmocka_unit_test(swaps_with_who_fills_one_buffer),
		cmocka_unit_test(frees_nothing),
		cmocka_unit_test(puts_another_id_in),
		cmocka_unit_test(holds_more_than_the_cap_where_we_add_to_it),
		cmocka_unit_test(formats),
		cmocka_unit_test(finds_parameters),
		cmocka_unit_test(sees_no_envelope),
		cmocka_unit_test(compares_ids),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
