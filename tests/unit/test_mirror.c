/* SPDX-License-Identifier: ISC */
/*
 * mcp/mirror: the headers of a stateless message (T-052, T-053, T-056, T-069).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "header_lines.h"
#include "mcp/mirror.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""
#define META(version)                                                          \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":" version "}"
#define REQUEST(method, params)                                                \
	"{" V ",\"id\":1,\"method\":\"" method "\",\"params\":{" params "}}"
#define CALL(params) REQUEST("tools/call", params "," META("\"2026-07-28\""))

#define BASE                                                                   \
	"Content-Type: application/json\n"                                     \
	"Accept: application/json, text/event-stream\n"
#define PROTOCOL "MCP-Protocol-Version: 2026-07-28\n"

/* What precedes the headers of every POST. */
static const struct {
	const char *what, *message;
	const char *version; /* for one without envelope */
	const char *lines;
} cases[] = {
	{ "T-052: a list", REQUEST("tools/list", META("\"2026-07-28\"")), NULL,
	    PROTOCOL "Mcp-Method: tools/list\n" },
	{ "T-052: the body's version counts",
	    REQUEST("tools/list", META("\"2031-01-01\"")), "2026-07-28",
	    "MCP-Protocol-Version: 2031-01-01\nMcp-Method: tools/list\n" },
	{ "T-052: a call", CALL("\"name\":\"t\""), NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: t\n" },
	{ "T-052: a prompt",
	    REQUEST("prompts/get", "\"uri\":\"u\",\"name\":\"p\""), NULL,
	    "Mcp-Method: prompts/get\nMcp-Name: p\n" },
	{ "T-052: a resource",
	    REQUEST("resources/read", "\"name\":\"p\",\"uri\":\"a:b\""), NULL,
	    "Mcp-Method: resources/read\nMcp-Name: a:b\n" },
	{ "T-052: tasks", REQUEST("tasks/get", "\"taskId\":\"7\""), NULL,
	    "Mcp-Method: tasks/get\nMcp-Name: 7\n" },
	{ "T-052: tasks", REQUEST("tasks/update", "\"taskId\":\"7\""), NULL,
	    "Mcp-Method: tasks/update\nMcp-Name: 7\n" },
	{ "T-052: tasks", REQUEST("tasks/cancel", "\"taskId\":\"7\""), NULL,
	    "Mcp-Method: tasks/cancel\nMcp-Name: 7\n" },
	{ "T-052: no other method's name",
	    REQUEST("tools/list", "\"name\":\"t\""), NULL,
	    "Mcp-Method: tools/list\n" },
	{ "T-052: of a method not known",
	    REQUEST("vendor/do", "\"name\":\"t\""), NULL,
	    "Mcp-Method: vendor/do\n" },
	{ "T-052: without params", "{" V ",\"id\":1,\"method\":\"tools/call\"}",
	    NULL, "Mcp-Method: tools/call\n" },
	{ "T-069: a notification of a vendor",
	    "{" V ",\"method\":\"notifications/vendor\"}", "2026-07-28",
	    PROTOCOL "Mcp-Method: notifications/vendor\n" },

	{ "T-053: not ASCII", CALL("\"name\":\"caf\xc3\xa9\""), NULL,
	    PROTOCOL
	    "Mcp-Method: tools/call\nMcp-Name: =?base64?Y2Fmw6k=?=\n" },
	{ "T-053: the same escaped", CALL("\"name\":\"caf\\u00e9\""), NULL,
	    PROTOCOL
	    "Mcp-Method: tools/call\nMcp-Name: =?base64?Y2Fmw6k=?=\n" },
	{ "T-053: empty", CALL("\"name\":\"\""), NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: =?base64?"
		     "?=\n" },
	{ "T-053: edge white space", CALL("\"name\":\"t \""), NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: =?base64?dCA=?=\n" },
	{ "T-053: a tab", CALL("\"name\":\"a\\tb\""), NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: =?base64?YQli?=\n" },
	{ "T-053: no header of its own", CALL("\"name\":\"a\\r\\nX-Evil: 1\""),
	    NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: "
		     "=?base64?YQ0KWC1FdmlsOiAx?=\n" },
	{ "T-053: like the sentinel", CALL("\"name\":\"=?base64?dA==?=\""),
	    NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: "
		     "=?base64?PT9iYXNlNjQ/ZEE9PT89?=\n" },
	{ "T-053: a method", REQUEST("a\\nb", ""), NULL,
	    "Mcp-Method: =?base64?YQpi?=\n" },
	{ "T-053: a version of the host's",
	    "{" V ",\"method\":\"notifications/x\"}", "1\r\nX-Evil: 1",
	    "MCP-Protocol-Version: =?base64?MQ0KWC1FdmlsOiAx?=\n"
	    "Mcp-Method: notifications/x\n" },

	{ "no string", CALL("\"name\":7"), NULL,
	    PROTOCOL "Mcp-Method: tools/call\n" },
	{ "a lone surrogate", CALL("\"name\":\"\\ud800\""), NULL,
	    PROTOCOL "Mcp-Method: tools/call\n" },
	{ "a version that is no string", REQUEST("ping", META("7")),
	    "2026-07-28", "Mcp-Method: ping\n" },

	{ "T-056: arguments",
	    CALL("\"name\":\"annotated\",\"arguments\":{\"o\":{\"region\":"
		 "\"eu\"},\"n\":42.0}"),
	    NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: annotated\n"
		     "Mcp-Param-N: 42\nMcp-Param-Region: eu\n" },
	{ "T-056: of a call alone",
	    REQUEST("prompts/get", "\"name\":\"annotated\",\"arguments\":"
				   "{\"n\":42}"),
	    NULL, "Mcp-Method: prompts/get\nMcp-Name: annotated\n" },
	{ "T-057: an unknown tool goes without",
	    CALL("\"name\":\"other\",\"arguments\":{\"n\":42}"), NULL,
	    PROTOCOL "Mcp-Method: tools/call\nMcp-Name: other\n" },
};

static const char list[] =
    "{" V ",\"id\":1,\"result\":{\"tools\":[{\"name\":\"annotated\","
    "\"inputSchema\":{\"properties\":{\"o\":{\"properties\":{\"region\":"
    "{\"type\":\"string\",\"x-mcp-header\":\"Region\"}}},\"n\":{\"type\":"
    "\"integer\",\"x-mcp-header\":\"N\"}}}}]}}";

struct fixture {
	struct upstream up;
	struct http_headers *user;
	struct tools *tools;
};

static void
set_up(struct fixture *f)
{
	static const struct tools_rules none = { .read_only = false };
	struct message *m = message_format("%s", list);

	f->user = http_headers_new();
	upstream_init(&f->up, NULL, NULL, f->user);
	f->tools = tools_new(&none);
	tools_learn(f->tools, true, true, &m);
	message_free(&m);
}

static void
tear_down(struct fixture *f)
{
	tools_free(&f->tools);
	upstream_reset(&f->up);
	http_headers_free(&f->user);
}

/* Caller frees. */
static char *
mirror(struct fixture *f, const char *text, const char *version)
{
	struct message *m = message_format("%s", text);
	struct http_headers *headers =
	    mirror_headers(&f->up, f->tools, m, version);
	char *lines = header_lines(headers);

	http_headers_free(&headers);
	message_free(&m);
	return lines;
}

static void
says_the_body_again(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *lines = mirror(&f, cases[i].message, cases[i].version);
		char *wanted = mem_format("%s" BASE, cases[i].lines);

		if (strcmp(lines, wanted) != 0)
			fail_msg("%s: %s", cases[i].what, lines);
		free(wanted);
		free(lines);
	}
	tear_down(&f);
}

/* T-050: nothing of a session, but the user's headers and the token. */
static void
carries_what_every_request_carries(void **state)
{
	struct fixture f;
	char *lines = NULL;

	(void)state;
	set_up(&f);
	http_headers_add(f.user, "X-User", span_of("1"));
	upstream_set_session(&f.up, span_of("abc"));
	upstream_set_version(&f.up, span_of("2025-06-18"));
	upstream_set_bearer(&f.up, "Bearer", span_of("t0ken"), span_of(""), 1);
	lines = mirror(&f, REQUEST("ping", META("\"2026-07-28\"")), NULL);
	assert_string_equal(lines,
	    PROTOCOL "Mcp-Method: ping\n" BASE
		     "X-User: 1\nAuthorization: Bearer t0ken\n");
	free(lines);
	tear_down(&f);
}

static void
leaves_out_what_is_too_long(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	for (size_t len = LIMIT_HEADER_VALUE; len <= LIMIT_HEADER_VALUE + 1;
	     len++) {
		char *name = mem_alloc(len + 1, 1);
		char *call = NULL;
		char *lines = NULL;

		memset(name, 'x', len);
		call = mem_format(CALL("\"name\":\"%s\""), name);
		lines = mirror(&f, call, NULL);
		assert_int_equal(strstr(lines, "\nMcp-Name: ") != NULL,
		    len <= LIMIT_HEADER_VALUE);
		free(lines);
		free(call);
		free(name);
	}
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_the_body_again),
		cmocka_unit_test(carries_what_every_request_carries),
		cmocka_unit_test(leaves_out_what_is_too_long),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
