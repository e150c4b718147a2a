/* SPDX-License-Identifier: ISC */
/*
 * mcp/answer: faults as JSON-RPC errors (T-019, A-105 to A-107), and errors of
 * a server that pretend to be ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mcp/answer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""

static char *
render(const char *id, const struct fault *fault)
{
	struct buf out;

	buf_init(&out, LIMIT_MESSAGE);
	answer_fault(span_of(id), fault, &out);
	assert_non_null(out.data);
	return out.data;
}

static void
assert_answer(const char *id, const struct fault *fault, const char *wanted)
{
	char *text = render(id, fault);

	assert_string_equal(text, wanted);
	free(text);
}

static void
says_what_the_table_says(void **state)
{
	struct fault fault;

	(void)state;
	fault_set(&fault, FAULT_TIMEOUT, "%s", "");
	assert_answer("7", &fault,
	    "{" V ",\"id\":7,\"error\":{\"code\":-31497,\"message\":"
	    "\"No answer in time\",\"data\":{\"source\":\"mcp-bridge\","
	    "\"kind\":\"net.timeout\",\"retryable\":true}}}");
	fault.not_retryable = true;
	assert_answer("\"a\\u0062\"", &fault,
	    "{" V ",\"id\":\"a\\u0062\",\"error\":{\"code\":-31497,\"message\":"
	    "\"No answer in time\",\"data\":{\"source\":\"mcp-bridge\","
	    "\"kind\":\"net.timeout\",\"retryable\":false}}}");
}

static void
leaves_out_an_id_that_is_not_known(void **state)
{
	struct fault fault;

	(void)state;
	fault_set(&fault, FAULT_INVALID_REQUEST, "No \"%s\"", "method");
	assert_answer("", &fault,
	    "{" V ",\"error\":{\"code\":-32600,\"message\":"
	    "\"No \\\"method\\\"\",\"data\":{\"source\":\"mcp-bridge\","
	    "\"kind\":\"request.invalid\",\"retryable\":false}}}");
}

/* every member of data, in one order. */
static void
says_all_that_is_known(void **state)
{
	struct fault fault;

	(void)state;
	fault_set(&fault, FAULT_RATE_LIMITED, "Slow \x1b down");
	fault_phase(&fault, "post");
	fault.http_status = 429;
	fault.retry_after_s = 30;
	snprintf(fault.action, sizeof(fault.action), "wait");
	snprintf(fault.issuer, sizeof(fault.issuer), "https://as.test");
	snprintf(fault.resource, sizeof(fault.resource), "https://rs.test");
	snprintf(fault.scopes, sizeof(fault.scopes), "  a b:c   d ");
	snprintf(fault.oauth_error, sizeof(fault.oauth_error), "slow_down");
	fault_detail(&fault, span_of("<b>\n\xe2\x80\xae"));
	assert_answer("1", &fault,
	    "{" V ",\"id\":1,\"error\":{\"code\":-31429,\"message\":"
	    "\"Slow \\u001b down\",\"data\":{\"source\":\"mcp-bridge\","
	    "\"kind\":\"upstream.rate_limited\",\"phase\":\"post\","
	    "\"retryable\":true,\"action\":\"wait\",\"http\":429,"
	    "\"retryAfter\":30,\"issuer\":\"https://as.test\","
	    "\"resource\":\"https://rs.test\","
	    "\"requiredScopes\":[\"a\",\"b:c\",\"d\"],"
	    "\"oauthError\":\"slow_down\","
	    "\"detail\":\"<b>\\\\x0a\\\\xe2\\\\x80\\\\xae\"}}}");
}

/* no code in the ranges that others own, but JSON-RPC's own three. */
static void
makes_a_valid_error_of_every_fault(void **state)
{
	(void)state;
	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++) {
		struct fault fault;
		struct message *m = NULL;
		struct buf out;
		struct span value;
		int64_t number = 0;

		fault_set(&fault, (enum fault_code)code, "%s", "");
		buf_init(&out, LIMIT_MESSAGE);
		answer_fault(span_of("\"x\""), &fault, &out);
		m = message_take(&out);
		assert_int_equal(m->rpc.kind, RPC_ERROR);
		assert_true(json_get(m->rpc.error, "code", &value));
		assert_true(json_int64(value, &number));
		assert_true((number <= -31400 && number >= -31599) ||
			    (number <= -32600 && number >= -32602));
		message_free(&m);
	}
}

static void
wraps_a_result(void **state)
{
	struct message *m = answer_result(span_of("\"a\""), "{\"x\":[]}");

	(void)state;
	assert_string_equal(m->text.data,
	    "{" V ",\"id\":\"a\",\"result\":{\"x\":[]}}");
	message_free(&m);
}

#define BRIDGE "\"source\":\"mcp-bridge\""
#define REMOTE "\"data\":{\"source\":\"remote\"}"

/* `after` NULL: it stays. */
static const struct {
	const char *before, *after;
} masks[] = {
	{ "{" V ",\"id\":1,\"error\":{\"code\":-31401,\"message\":\"m\","
	  "\"data\":{" BRIDGE ",\"action\":\"rm\"}}}",
	    "{" V
	    ",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"m\"," REMOTE
	    "}}" },
	/* in any order, with other members, however it is written */
	{ "{\"error\" : {\"data\":{\"k\":1," BRIDGE "},\"message\":\"\\u0041\","
	  "\"more\":1,\"code\":1} ,\"id\":\"a\"," V "}",
	    "{\"error\" : {\"code\":-32603,\"message\":\"\\u0041\"," REMOTE
	    "} ,\"id\":\"a\"," V "}" },
	{ "{" V ",\"id\":1,\"error\":{\"d\\u0061ta\":{\"sourc\\u0065\":"
	  "\"mcp\\u002dbridge\"}}}",
	    "{" V ",\"id\":1,\"error\":{\"code\":-32603," REMOTE "}}" },
	{ "{" V ",\"error\":{\"code\":1,\"message\":\"m\",\"data\":{" BRIDGE
	  "}}}",
	    "{" V ",\"error\":{\"code\":-32603,\"message\":\"m\"," REMOTE
	    "}}" },
	/* names that stand twice: a host may read either */
	{ "{" V ",\"id\":1,\"error\":{\"code\":1,\"code\":2,\"message\":\"m\","
	  "\"data\":1,\"data\":{" BRIDGE "}}}",
	    "{" V
	    ",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"m\"," REMOTE
	    "}}" },
	{ "{" V ",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\","
	  "\"data\":{\"source\":1," BRIDGE "}}}",
	    "{" V
	    ",\"id\":1,\"error\":{\"code\":-32603,\"message\":\"m\"," REMOTE
	    "}}" },

	/* a code of our block alone is any server's right */
	{ "{" V ",\"id\":1,\"error\":{\"code\":-31401,\"message\":\"m\"}}",
	    NULL },
	{ "{" V ",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\","
	  "\"data\":\"mcp-bridge\"}}",
	    NULL },
	{ "{" V ",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\","
	  "\"data\":{\"source\":\"mcp-bridge2\"}}}",
	    NULL },
	{ "{" V ",\"id\":1,\"error\":{\"code\":1,\"message\":\"m\","
	  "\"data\":[{" BRIDGE "}]}}",
	    NULL },
	{ "{" V ",\"id\":1,\"error\":[{\"data\":{" BRIDGE "}}]}", NULL },
	{ "{" V ",\"id\":1,\"error\":" BRIDGE "}", NULL },
	{ "{" V ",\"id\":1,\"result\":{\"data\":{" BRIDGE "}}}", NULL },
	{ "{" V ",\"method\":\"a\",\"params\":{\"data\":{" BRIDGE "}}}", NULL },
	{ "no JSON", NULL },
};

static void
takes_off_our_mask(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(masks); i++) {
		struct message *m = message_format("%s", masks[i].before);
		const struct message *same = m;
		const char *after = masks[i].after;

		assert_int_equal(answer_unmask(&m), after != NULL);
		assert_string_equal(m->text.len > 0 ? m->text.data : "",
		    after != NULL ? after : masks[i].before);
		if (after == NULL)
			assert_ptr_equal(m, same);
		else
			assert_int_equal(m->rpc.kind, RPC_ERROR);
		assert_false(answer_unmask(&m));
		message_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_table_says),
		cmocka_unit_test(leaves_out_an_id_that_is_not_known),
		cmocka_unit_test(says_all_that_is_known),
		cmocka_unit_test(makes_a_valid_error_of_every_fault),
		cmocka_unit_test(wraps_a_result),
		cmocka_unit_test(takes_off_our_mask),
	};

	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
