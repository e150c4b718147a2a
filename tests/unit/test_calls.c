/* SPDX-License-Identifier: ISC */
/*
 * mcp/calls: who waits for an answer, found again by id (T-005, T-009, T-037).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mcp/calls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""

static struct call *
add(struct calls *c, const char *id, const char *method, const char *params)
{
	struct message *m =
	    message_format("{" V ",\"id\":%s,\"method\":\"%s\",\"params\":%s}",
		id, method, params);
	struct call *call = NULL;

	assert_int_equal(m->rpc.kind, RPC_REQUEST);
	call = calls_add(c, m, NULL);
	/* the message is gone before its answer comes */
	message_free(&m);
	return call;
}

static void
keeps_calls_in_order(void **state)
{
	struct calls c;
	struct call *first = NULL, *second = NULL;

	(void)state;
	calls_init(&c);
	first = add(&c, "1", "tools/call", "{}");
	second = add(&c, "\"1\"", "ping", "{}");
	assert_int_equal(c.count, 2);
	assert_ptr_equal(TAILQ_FIRST(&c.pending), first);
	assert_string_equal(first->id, "1");
	assert_int_equal(first->method, METHOD_TOOLS_CALL);
	assert_null(first->batch);
	assert_null(first->outbound);
	assert_string_equal(second->id, "\"1\"");
	calls_remove(&c, first);
	assert_int_equal(c.count, 1);
	assert_null(calls_find(&c, span_of("1")));
	assert_ptr_equal(calls_find(&c, span_of("\"1\"")), second);
	calls_reset(&c);
	assert_int_equal(c.count, 0);
	assert_true(TAILQ_EMPTY(&c.pending));
	calls_reset(&c);
}

static const struct {
	const char *method, *params;
	bool first;
} pages[] = {
	{ "tools/list", "{}", true },
	{ "tools/list", "{\"_meta\":{\"cursor\":\"x\"}}", true },
	{ "tools/list", "{\"cursor\":\"x\"}", false },
	/* T-057: a cursor is opaque, "" is one */
	{ "tools/list", "{\"cursor\":\"\"}", false },
	{ "tools/list", "{\"c\\u0075rsor\":\"x\"}", false },
	{ "prompts/list", "{}", false },
};

static void
knows_a_first_page_of_tools(void **state)
{
	struct calls c;

	(void)state;
	calls_init(&c);
	for (size_t i = 0; i < COUNT(pages); i++)
		assert_int_equal(add(&c, "1", pages[i].method, pages[i].params)
				     ->first_page,
		    pages[i].first);
	calls_reset(&c);
}

/* Of those pending, which one an answer is for; -1: none. */
static const struct {
	const char *pending[3];
	const char *answer;
	int found, found_exact;
} answers[] = {
	{ { "1", "2", "3" }, "2", 1, 1 },
	{ { "1", "\"1\"", "2" }, "\"1\"", 1, 1 },
	{ { "\"1\"", "\"2\"", "\"3\"" }, "1", -1, -1 },
	{ { "1", "2", "3" }, "2.0", 1, -1 },
	{ { "2.0", "20e-1", "2" }, "2", 2, 2 },
	{ { "2.0", "20e-1", "3" }, "2", 0, -1 },
	{ { "\"a\"", "\"b\"", "\"c\"" }, "\"\\u0062\"", 1, -1 },
	{ { "\"\\u0062\"", "\"b\"", "\"c\"" }, "\"b\"", 1, 1 },
	{ { "9007199254740992", "9007199254740993", "1" }, "9007199254740993",
	    1, 1 },
	{ { "1", "2", "3" }, "4", -1, -1 },
	{ { "1", "2", "3" }, "", -1, -1 },
};

static void
finds_by_bytes_then_by_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct span id = span_of(answers[i].answer);
		struct call *added[3];
		struct calls c;

		calls_init(&c);
		for (int k = 0; k < 3; k++)
			added[k] = add(&c, answers[i].pending[k], "ping", "{}");
		assert_ptr_equal(calls_find(&c, id),
		    answers[i].found < 0 ? NULL : added[answers[i].found]);
		assert_ptr_equal(calls_find_exact(&c, id),
		    answers[i].found_exact < 0 ? NULL :
						 added[answers[i].found_exact]);
		calls_reset(&c);
	}
}

/* T-037: the host sees another id where a new session counts from the start. */
static void
keeps_the_servers_requests_apart(void **state)
{
	struct calls c;
	struct asked *old = NULL, *renamed = NULL, *other = NULL;

	(void)state;
	calls_init(&c);
	old = asked_add(&c, span_of("1"));
	renamed = asked_add(&c, span_of("1"));
	renamed->host_id = mem_string("\"again\"");
	other = asked_add(&c, span_of("\"a\""));
	assert_ptr_equal(asked_find_by_host_id(&c, span_of("1")), old);
	assert_ptr_equal(asked_find_by_host_id(&c, span_of("1.0")), old);
	assert_ptr_equal(asked_find_by_host_id(&c, span_of("\"again\"")),
	    renamed);
	assert_ptr_equal(asked_find_by_host_id(&c, span_of("\"\\u0061\"")),
	    other);
	assert_ptr_equal(asked_find_by_server_id(&c, span_of("1")), old);
	assert_null(asked_find_by_host_id(&c, span_of("\"1\"")));
	assert_null(asked_find_by_server_id(&c, span_of("\"again\"")));
	asked_remove(&c, old);
	assert_ptr_equal(asked_find_by_server_id(&c, span_of("1")), renamed);
	assert_null(asked_find_by_host_id(&c, span_of("1")));
	calls_reset(&c);
	assert_true(TAILQ_EMPTY(&c.asked));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_calls_in_order),
		cmocka_unit_test(knows_a_first_page_of_tools),
		cmocka_unit_test(finds_by_bytes_then_by_value),
		cmocka_unit_test(keeps_the_servers_requests_apart),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
