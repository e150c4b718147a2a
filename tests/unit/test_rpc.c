/* SPDX-License-Identifier: ISC */
/* The JSON-RPC envelope: T-005, T-006, T-007, T-008, T-138. */
#include "wire/rpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""

static const struct {
	const char *text;
	enum rpc_kind kind;
	const char *id;
} messages[] = {
	/* requests and their ids */
	{ "{" V ",\"id\":1,\"method\":\"a\"}", RPC_REQUEST, "1" },
	{ "{" V ",\"id\":\"1\",\"method\":\"a\"}", RPC_REQUEST, "\"1\"" },
	{ "{" V ",\"id\":\"\",\"method\":\"a\"}", RPC_REQUEST, "\"\"" },
	{ "{" V ",\"id\":\"\\u0041\",\"method\":\"a\"}", RPC_REQUEST,
	    "\"\\u0041\"" },
	{ "{" V ",\"id\":0,\"method\":\"a\"}", RPC_REQUEST, "0" },
	{ "{" V ",\"id\":-1,\"method\":\"a\"}", RPC_REQUEST, "-1" },
	{ "{" V ",\"id\":1.0,\"method\":\"a\"}", RPC_REQUEST, "1.0" },
	{ "{" V ",\"id\":1e2,\"method\":\"a\"}", RPC_REQUEST, "1e2" },
	{ "{" V ",\"id\":9007199254740993,\"method\":\"a\"}", RPC_REQUEST,
	    "9007199254740993" },
	{ "{" V ",\"id\":1.5,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":1e-2,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":null,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":true,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":false,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":{},\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":[1],\"method\":\"a\"}", RPC_INVALID, "" },
	/* methods and params */
	{ "{" V ",\"id\":1,\"method\":\"\"}", RPC_REQUEST, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"params\":{}}", RPC_REQUEST, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"params\":[]}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"params\":null}", RPC_INVALID,
	    "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"params\":\"x\"}", RPC_INVALID,
	    "1" },
	{ "{" V ",\"id\":1,\"method\":1}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"method\":null}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1}", RPC_INVALID, "1" },
	{ "{" V "}", RPC_INVALID, "" },
	{ "{}", RPC_INVALID, "" },
	/* notifications */
	{ "{" V ",\"method\":\"a\"}", RPC_NOTIFICATION, "" },
	{ "{" V ",\"method\":\"a\",\"params\":{\"id\":1}}", RPC_NOTIFICATION,
	    "" },
	/* the version */
	{ "{\"id\":1,\"method\":\"a\"}", RPC_INVALID, "1" },
	{ "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"a\"}", RPC_INVALID, "1" },
	{ "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}", RPC_INVALID, "1" },
	{ "{\"jsonrpc\":\"2.00\",\"id\":1,\"method\":\"a\"}", RPC_INVALID,
	    "1" },
	{ "{\"jsonrpc\":null,\"id\":1,\"method\":\"a\"}", RPC_INVALID, "1" },
	{ "{\"jsonrpc\":\"2\\u002e0\",\"id\":1,\"method\":\"a\"}", RPC_REQUEST,
	    "1" },
	{ "{\"jsonr\\u0070c\":\"2.0\",\"\\u0069d\":1,"
	  "\"m\\u0065thod\":\"a\"}",
	    RPC_REQUEST, "1" },
	{ "{\"JSONRPC\":\"2.0\",\"id\":1,\"method\":\"a\"}", RPC_INVALID, "1" },
	/* responses */
	{ "{" V ",\"id\":1,\"result\":{}}", RPC_RESULT, "1" },
	{ "{" V ",\"id\":\"1\",\"result\":null}", RPC_RESULT, "\"1\"" },
	{ "{" V ",\"id\":null,\"result\":{}}", RPC_INVALID, "" },
	{ "{" V ",\"result\":{}}", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"error\":{\"code\":1}}", RPC_ERROR, "1" },
	{ "{" V ",\"id\":null,\"error\":{\"code\":1}}", RPC_ERROR, "" },
	{ "{" V ",\"error\":{\"code\":1}}", RPC_ERROR, "" },
	{ "{" V ",\"id\":true,\"error\":{\"code\":1}}", RPC_INVALID, "" },
	{ "{" V ",\"id\":1.5,\"error\":{\"code\":1}}", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"result\":{},\"error\":{}}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"result\":{}}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"error\":{}}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":null,\"method\":\"a\",\"error\":{}}", RPC_INVALID,
	    "" },
	/* each of the six twice; others may repeat */
	{ "{" V "," V ",\"id\":1,\"method\":\"a\"}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"id\":1,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"\\u0069d\":2,\"method\":\"a\"}", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"method\":\"a\"}", RPC_INVALID,
	    "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"m\\u0065thod\":\"b\"}",
	    RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"params\":{},"
	  "\"params\":{}}",
	    RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"result\":{},\"result\":{}}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"error\":{},\"error\":{}}", RPC_INVALID, "1" },
	{ "{" V ",\"id\":1,\"method\":\"a\",\"x\":1,\"x\":2}", RPC_REQUEST,
	    "1" },
	/* no object */
	{ "[]", RPC_BATCH, "" },
	{ "[{" V ",\"id\":1,\"method\":\"a\"}]", RPC_BATCH, "" },
	{ "1", RPC_INVALID, "" },
	{ "\"x\"", RPC_INVALID, "" },
	{ "null", RPC_INVALID, "" },
	/* no JSON: nothing in it may be believed */
	{ "", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"method\":\"a\"", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"method\":\"a\"}x", RPC_INVALID, "" },
	{ "{" V ",\"id\":1,\"method\":\"\xff\"}", RPC_INVALID, "" },
};

static void
classifies(void **state)
{
	struct rpc rpc;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		rpc_parse(span_of(messages[i].text), &rpc, NULL);
		if (rpc.kind != messages[i].kind ||
		    !span_is(rpc.id, messages[i].id))
			fail_msg("kind %d, id %.*s: %s", (int)rpc.kind,
			    (int)rpc.id.len, rpc.id.ptr, messages[i].text);
		assert_int_equal(rpc.why != NULL,
		    messages[i].kind == RPC_INVALID);
	}
}

static void
limits_the_id(void **state)
{
	static const struct {
		size_t len;
		bool usable;
	} cases[] = {
		{ 400, true },
		{ LIMIT_ID, true },
		{ LIMIT_ID + 1, false },
		{ 100000, false },
	};
	struct rpc rpc;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *id = mem_alloc(cases[i].len + 1, 1);
		char *text = NULL;

		memset(id, '7', cases[i].len);
		text = mem_format("{" V ",\"id\":%s,\"method\":\"a\"}", id);
		rpc_parse(span_of(text), &rpc, NULL);
		assert_int_equal(rpc.kind,
		    cases[i].usable ? RPC_REQUEST : RPC_INVALID);
		assert_true(span_is(rpc.id, cases[i].usable ? id : ""));
		free(text);
		free(id);
	}
}

static void
views_the_members(void **state)
{
	static const char text[] =
	    "\t{ \"params\" : {\"name\":\"x\"} , \"x\":[{}], \"id\" :\"a b\", "
	    "\"method\":\"tools\\/call\", " V " } \n";
	struct rpc rpc;
	bool has_newline = true;

	(void)state;
	rpc_parse(span_of(text), &rpc, &has_newline);
	assert_int_equal(rpc.kind, RPC_REQUEST);
	assert_int_equal(rpc.method_code, METHOD_TOOLS_CALL);
	assert_true(span_equal(rpc.text, span_trim(span_of(text))));
	assert_true(span_is(rpc.id, "\"a b\""));
	assert_true(span_is(rpc.method, "\"tools\\/call\""));
	assert_true(span_is(rpc.params, "{\"name\":\"x\"}"));
	assert_int_equal(rpc.result.len + rpc.error.len, 0);
	assert_false(has_newline);
	rpc_parse(span_of("{" V ",\n\"id\":1,\"error\":{\"code\":2}}"), &rpc,
	    &has_newline);
	assert_int_equal(rpc.kind, RPC_ERROR);
	assert_int_equal(rpc.method_code, METHOD_OTHER);
	assert_true(span_is(rpc.error, "{\"code\":2}"));
	assert_true(has_newline);
	rpc_parse(span_of("{" V ",\"id\":1,\"result\":[1, 2]}"), &rpc, NULL);
	assert_true(span_is(rpc.result, "[1, 2]"));
}

/* The scanner notes sixteen members; the envelope may stand behind them. */
static void
finds_the_envelope_behind_many_members(void **state)
{
	static const char *const tails[] = { "", ",\"id\":8",
		",\"method\":\"b\"", ",\"jsonrpc\":\"2.0\"" };
	struct rpc rpc;

	(void)state;
	for (int fill = 10; fill < 40; fill++) {
		for (size_t i = 0; i < COUNT(tails); i++) {
			struct buf text;

			buf_init(&text, KIB);
			assert_int_equal(buf_add_string(&text, "{"), 0);
			for (int j = 0; j < fill; j++)
				assert_int_equal(buf_addf(&text, "\"x%d\":{},",
						     j),
				    0);
			assert_int_equal(buf_addf(&text,
					     "\"id\":7,\"method\":\"ping\"," V
					     "%s}",
					     tails[i]),
			    0);
			rpc_parse(buf_span(&text), &rpc, NULL);
			assert_int_equal(rpc.kind,
			    i == 0 ? RPC_REQUEST : RPC_INVALID);
			assert_true(span_is(rpc.id, i == 1 ? "" : "7"));
			assert_int_equal(rpc.method_code, METHOD_PING);
			buf_reset(&text);
		}
	}
}

static void
reads_meta(void **state)
{
	static const struct {
		const char *params; /* with the comma, or nothing */
		const char *key;
		const char *value; /* NULL: absent */
	} cases[] = {
		{ "", "progressToken", NULL },
		{ ",\"params\":{}", "progressToken", NULL },
		{ ",\"params\":{\"_meta\":{}}", "progressToken", NULL },
		{ ",\"params\":{\"_meta\":null}", "progressToken", NULL },
		{ ",\"params\":{\"_meta\":[1]}", "progressToken", NULL },
		{ ",\"params\":{\"progressToken\":1}", "progressToken", NULL },
		{ ",\"params\":{\"_meta\":{\"progressToken\":1}}",
		    "progressToken", "1" },
		{ ",\"params\":{\"_meta\":{\"progressToken\":\"p\"}}",
		    "progressToken", "\"p\"" },
		{ ",\"params\":{\"_m\\u0065ta\":{\"io.modelcontextprotocol"
		  "\\/protocolVersion\":\"2026-07-28\"}}",
		    RPC_META_VERSION, "\"2026-07-28\"" },
		{ ",\"_meta\":{\"progressToken\":1}", "progressToken", NULL },
		{ ",\"params\":{\"a\":{\"_meta\":{\"progressToken\":1}}}",
		    "progressToken", NULL },
		{ ",\"params\":{\"_meta\":{},\"_meta\":{\"progressToken\":1}}",
		    "progressToken", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_format("{" V ",\"id\":1,\"method\":\"a\"%s}",
		    cases[i].params);
		struct span value = { 0 };
		struct rpc rpc;
		bool found = false;

		rpc_parse(span_of(text), &rpc, NULL);
		assert_int_equal(rpc.kind, RPC_REQUEST);
		found = rpc_meta(&rpc, cases[i].key, &value);
		assert_int_equal(found, cases[i].value != NULL);
		assert_true(span_is(value, found ? cases[i].value : ""));
		free(text);
	}
}

/* The parameters of a broken message do not matter, but must not hurt. */
static void
survives_params_that_are_no_object(void **state)
{
	struct span value = { 0 };
	struct rpc rpc;

	(void)state;
	rpc_parse(span_of("{\"params\":\"_meta\"}"), &rpc, NULL);
	assert_false(rpc_meta(&rpc, "progressToken", &value));
	rpc_parse(span_of("{\"params\":"), &rpc, NULL);
	assert_false(rpc_meta(&rpc, "progressToken", &value));
}

static void
caps_the_depth(void **state)
{
	char params[2 * LIMIT_DEPTH + 1];
	struct rpc rpc;

	(void)state;
	for (size_t depth = LIMIT_DEPTH - 3; depth < LIMIT_DEPTH; depth++) {
		char *text = NULL;

		memset(params, '[', depth);
		memset(params + depth, ']', depth);
		params[2 * depth] = '\0';
		text = mem_format("{" V ",\"id\":1,\"method\":\"a\","
				  "\"params\":{\"x\":%s}}",
		    params);
		rpc_parse(span_of(text), &rpc, NULL);
		assert_int_equal(rpc.kind,
		    depth + 2 <= LIMIT_DEPTH ? RPC_REQUEST : RPC_INVALID);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classifies),
		cmocka_unit_test(limits_the_id),
		cmocka_unit_test(views_the_members),
		cmocka_unit_test(finds_the_envelope_behind_many_members),
		cmocka_unit_test(reads_meta),
		cmocka_unit_test(survives_params_that_are_no_object),
		cmocka_unit_test(caps_the_depth),
	};

	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
