/* SPDX-License-Identifier: ISC */
/*
 * mcp/declare: an extension among the client's capabilities, in both eras, and
 * everything else as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/limits.h"
#include "mcp/declare.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define INITIALIZE(capabilities)                                               \
	"{\"jsonrpc\": \"2.0\", "                                              \
	"\"id\":1,\"method\":\"initialize\",\"params\":"                       \
	"{\"protocolVersion\":\"2025-11-25\",\"capabilities\":" capabilities   \
	" ,\"n\":1.50}}"
#define REQUEST(method, more)                                                  \
	"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"" method               \
	"\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/"                 \
	"protocolVersion\":"                                                   \
	"\"2026-07-28\"" more "}}}"
#define CAPABILITIES(object)                                                   \
	",\"io.modelcontextprotocol/clientCapabilities\":" object

static struct message *
take(const char *text)
{
	struct buf buf;

	buf_init(&buf, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&buf, text), 0);
	return message_take(&buf);
}

static void
declares(void **state)
{
	static const struct {
		const char *from, *to; /* NULL: as it came */
	} cases[] = {
		{ INITIALIZE("{}"),
		    INITIALIZE("{\"extensions\":{\"x/y\":{}}}") },
		{ INITIALIZE("{ \"roots\": {} }"),
		    INITIALIZE(
			"{\"extensions\":{\"x/y\":{}}, \"roots\": {} }") },
		{ INITIALIZE("{\"a\":1,\"extensions\":{}}"),
		    INITIALIZE("{\"a\":1,\"extensions\":{\"x/y\":{}}}") },
		{ INITIALIZE("{\"extensions\" : { \"o\":{\"v\":1e2}} }"),
		    INITIALIZE(
			"{\"extensions\" : {\"x/y\":{}, \"o\":{\"v\":1e2}"
			"} }") },
		{ INITIALIZE("{\"extensions\":{\"x\\/y\":{\"z\":1}}}"), NULL },
		{ INITIALIZE("{\"extensions\":7}"), NULL },
		{ INITIALIZE("[]"), NULL },
		{ INITIALIZE("null"), NULL },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\"}",
		    NULL },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
		  "\"params\":{\"capabilities\":{}}}",
		    NULL },
		{ "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
		  "initialized\""
		  "}",
		    NULL },
		{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"capabilities\":{"
		  "}"
		  "}}",
		    NULL },
		{ "no JSON", NULL },
		{ REQUEST("tools/list", CAPABILITIES("{}")),
		    REQUEST("tools/list",
			CAPABILITIES("{\"extensions\":{\"x/y\":{}}}")) },
		{ REQUEST("server/discover",
		      CAPABILITIES("{\"extensions\":{\"o\":{}}}")),
		    REQUEST("server/discover",
			CAPABILITIES(
			    "{\"extensions\":{\"x/y\":{},\"o\":{}}}")) },
		{ REQUEST("tools/list", ""), NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct message *m = take(cases[i].from);
		struct message *got = declare_extension(m, "x/y");

		if ((got != NULL) != (cases[i].to != NULL))
			fail_msg("%s", cases[i].from);
		if (got != NULL) {
			assert_string_equal(got->text.data, cases[i].to);
			assert_int_equal(got->rpc.kind, RPC_REQUEST);
			assert_null(declare_extension(got, "x/y"));
		}
		message_free(&got);
		message_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
