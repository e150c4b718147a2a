/* SPDX-License-Identifier: ISC */
/*
 * The parts of era translation that are no messages: tables, subscriptions,
 * what may be asked; and the caps. T-090, T-095, T-097, T-111, T-112, T-116.
 */
#include "mcp/translate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""
#define INITIALIZE                                                             \
	"{" V ",\"id\":0,\"method\":\"initialize\",\"params\":{"               \
	"\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}}}"
#define INITIALIZED                                                            \
	"{" V ",\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\","      \
	"\"capabilities\":{},\"serverInfo\":{\"name\":\"s\"}}}"

static struct message *
parse(const char *text)
{
	struct buf copy;

	buf_init(&copy, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&copy, text), 0);
	return message_take(&copy);
}

static void
finds_revisions(void **state)
{
	(void)state;
	for (int r = REVISION_UNKNOWN + 1; r < REVISION_COUNT; r++) {
		char *json =
		    mem_format("\"%s\"", revision_name((enum revision)r));

		assert_int_equal(revision_find(span_of(json)), r);
		free(json);
	}
	assert_int_equal(revision_find(span_of("\"2025-11\"")),
	    REVISION_UNKNOWN);
	assert_int_equal(revision_find(span_of("20251125")), REVISION_UNKNOWN);
	assert_int_equal(revision_find(span_make(NULL, 0)), REVISION_UNKNOWN);
	assert_string_equal(revision_name(REVISION_UNKNOWN), "");
	assert_true(REVISION_2024_11_05 < REVISION_2025_03_26);
	assert_true(REVISION_2025_11_25 < REVISION_2026_07_28);
}

/* T-095, T-114 */
static void
ranks_log_levels(void **state)
{
	static const char *const levels[] = { "\"debug\"", "\"info\"",
		"\"notice\"", "\"warning\"", "\"error\"", "\"critical\"",
		"\"alert\"", "\"emergency\"" };
	static const char *const others[] = { "\"\"", "\"Debug\"", "0",
		"\"warn\"", "null" };

	(void)state;
	for (size_t i = 0; i < COUNT(levels); i++)
		assert_int_equal(log_level_rank(span_of(levels[i])), (int)i);
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(log_level_rank(span_of(others[i])), -1);
	assert_int_equal(log_level_rank(span_make(NULL, 0)), -1);
}

/* T-059 */
static void
tells_result_types(void **state)
{
	static const struct {
		const char *result;
		enum result_type type;
	} cases[] = {
		{ "{}", RESULT_COMPLETE },
		{ "{\"resultType\":\"complete\"}", RESULT_COMPLETE },
		{ "{\"resultType\":\"c\\u006fmplete\"}", RESULT_COMPLETE },
		{ "{\"resultType\":\"input_required\"}",
		    RESULT_INPUT_REQUIRED },
		{ "{\"resultType\":\"task\"}", RESULT_UNKNOWN },
		{ "{\"resultType\":\"\"}", RESULT_UNKNOWN },
		{ "{\"resultType\":null}", RESULT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_format("{" V ",\"id\":1,\"result\":%s}",
		    cases[i].result);
		struct message *m = parse(text);

		assert_int_equal(result_type_of(m), cases[i].type);
		message_free(&m);
		free(text);
	}
}

static void
knows_who_may_ask(void **state)
{
	(void)state;
	for (int m = 0; m < METHOD_COUNT; m++)
		assert_int_equal(method_takes_input((enum method)m),
		    m == METHOD_TOOLS_CALL || m == METHOD_PROMPTS_GET ||
			m == METHOD_RESOURCES_READ);
}

/* T-101, T-113, T-117: what never reaches the host. */
static void
holds_notifications_back(void **state)
{
	(void)state;
	assert_false(up_relays(METHOD_N_LISTEN_ACK));
	assert_false(up_relays(METHOD_N_TASKS));
	assert_true(up_relays(METHOD_N_MESSAGE));
	assert_true(up_relays(METHOD_N_RESOURCE_UPDATED));
	assert_true(up_relays(METHOD_OTHER));
	assert_false(down_relays(METHOD_N_ELICIT_COMPLETE));
	assert_false(down_relays(METHOD_N_TASK_STATUS));
	assert_true(down_relays(METHOD_N_PROGRESS));
	assert_true(down_relays(METHOD_OTHER));
}

/* -- subscriptions -----------------------------------------------------------
 */

static struct message *
listen_with(const char *filter)
{
	char *text = mem_format("{" V ",\"id\":1,\"method\":"
				"\"subscriptions/listen\",\"params\":{"
				"\"notifications\":%s}}",
	    filter);
	struct message *m = parse(text);

	free(text);
	return m;
}

/* T-112 */
static void
reads_filters(void **state)
{
	struct message *m =
	    listen_with("{\"toolsListChanged\":true,\"promptsListChanged\":"
			"false,\"resourcesListChanged\":1,"
			"\"resourceSubscriptions\":[\"db:\\/\\/a\",\"f\"]}");
	struct listen_filter filter;

	(void)state;
	assert_true(listen_filter_read(m, &filter));
	assert_true(filter.tools);
	assert_false(filter.prompts);
	assert_false(filter.resources);
	assert_false(listen_filter_empty(&filter));
	assert_true(listen_filter_wants(&filter, METHOD_N_TOOLS_CHANGED));
	assert_false(listen_filter_wants(&filter, METHOD_N_PROMPTS_CHANGED));
	assert_false(listen_filter_wants(&filter, METHOD_N_MESSAGE));
	assert_true(listen_filter_has(&filter, span_of("\"db://a\"")));
	assert_false(listen_filter_has(&filter, span_of("\"db://a/b\"")));
	assert_true(listen_filter_covers(&filter, span_of("\"db://a/b\"")));
	assert_true(listen_filter_covers(&filter, span_of("\"f\"")));
	assert_false(listen_filter_covers(&filter, span_of("\"db://\"")));
	assert_false(listen_filter_has(&filter, span_of("1")));
	message_free(&m);
}

static void
reads_odd_filters(void **state)
{
	static const char *const none[] = { "null", "[]", "1" };
	static const char *const empty[] = { "{}",
		"{\"resourceSubscriptions\":[]}",
		"{\"resourceSubscriptions\":{\"a\":\"b\"}}",
		"{\"toolsListChanged\":\"true\"}" };
	struct listen_filter filter;
	struct message *m;

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++) {
		m = listen_with(none[i]);
		assert_false(listen_filter_read(m, &filter));
		assert_true(listen_filter_empty(&filter));
		message_free(&m);
	}
	for (size_t i = 0; i < COUNT(empty); i++) {
		m = listen_with(empty[i]);
		assert_true(listen_filter_read(m, &filter));
		assert_true(listen_filter_empty(&filter));
		message_free(&m);
	}
}

static void
limits_filters(void **state)
{
	static const struct {
		const char *capabilities;
		bool tools, resources, uris;
	} cases[] = {
		{ "{}", false, false, false },
		{ "{\"tools\":{}}", false, false, false },
		{ "{\"tools\":{\"listChanged\":false}}", false, false, false },
		{ "{\"tools\":{\"listChanged\":true}}", true, false, false },
		{ "{\"resources\":{\"listChanged\":true}}", false, true,
		    false },
		{ "{\"resources\":{\"subscribe\":true}}", false, false, true },
	};
	struct message *m =
	    listen_with("{\"toolsListChanged\":true,\"resourcesListChanged\":"
			"true,\"resourceSubscriptions\":[\"a\"]}");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct listen_filter filter;

		assert_true(listen_filter_read(m, &filter));
		listen_filter_limit(&filter, span_of(cases[i].capabilities));
		assert_int_equal(filter.tools, cases[i].tools);
		assert_int_equal(filter.resources, cases[i].resources);
		assert_int_equal(filter.uris.len > 0, cases[i].uris);
	}
	message_free(&m);
}

/* -- questions ---------------------------------------------------------------
 */

/* T-111 */
static void
compares_capabilities(void **state)
{
	static const struct {
		const char *less, *more;
		bool within;
	} cases[] = {
		{ "{}", "{}", true },
		{ "{}", "{\"roots\":{}}", true },
		{ "{\"roots\":{}}", "{}", false },
		{ "{\"elicitation\":{}}", "{\"elicitation\":{\"url\":{}}}",
		    true },
		{ "{\"elicitation\":{\"url\":{}}}", "{\"elicitation\":{}}",
		    false },
		{ "{\"a\":{},\"b\":{}}", "{\"b\":{},\"a\":{}}", true },
		{ "{\"a\":1}", "{\"a\":1}", true },
		{ "{\"a\":1}", "{\"a\":2}", false },
		{ "{\"a\":{}}", "{\"a\":1}", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(capabilities_within(span_of(cases[i].less),
				     span_of(cases[i].more)),
		    cases[i].within);
}

/* T-111: what was declared stays so; what contradicts it adds nothing. */
static void
unites_capabilities(void **state)
{
	static const struct {
		const char *a, *b, *both;
	} cases[] = {
		{ "{}", "{}", "{}" },
		{ "{\"roots\":{}}", "{}", "{\"roots\":{}}" },
		{ "{}", "{\"roots\":{}}", "{\"roots\":{}}" },
		{ "{\"roots\":{}}", "{\"sampling\":{}}",
		    "{\"roots\":{},\"sampling\":{}}" },
		{ "{\"elicitation\":{\"form\":{}}}",
		    "{\"elicitation\":{\"url\":{}},\"roots\":{}}",
		    "{\"elicitation\":{\"form\":{},\"url\":{}},"
		    "\"roots\":{}}" },
		{ "{\"experimental\":{\"a\":1.0}}",
		    "{\"experimental\":{\"a\":2,\"b\":[1]}}",
		    "{\"experimental\":{\"a\":1.0,\"b\":[1]}}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *both = capabilities_union(span_of(cases[i].a),
		    span_of(cases[i].b));

		assert_string_equal(both, cases[i].both);
		free(both);
	}
}

/* T-097: the faults say what went wrong and quote the server. */
static void
names_what_was_asked(void **state)
{
	struct message *m = parse(
	    "{" V ",\"id\":1,\"result\":{\"resultType\":\"input_required\","
	    "\"inputRequests\":{\"k\":{\"method\":\"vendor/\\u001bx\"}}}}");
	struct input inputs[LIMIT_INPUTS];
	struct fault f;
	size_t count;

	(void)state;
	assert_int_equal(input_read(m, span_of("{}"), inputs, &count, &f), -1);
	assert_int_equal(f.code, FAULT_PROTOCOL);
	assert_non_null(strstr(f.detail, "vendor/"));
	message_free(&m);
}

static void
refuses_a_key_twice(void **state)
{
	struct message *m = parse("{" V ",\"id\":1,\"result\":{"
				  "\"inputRequests\":{\"k\":{\"method\":"
				  "\"roots/list\"},\"\\u006b\":{\"method\":"
				  "\"roots/list\"}}}}");
	struct input inputs[LIMIT_INPUTS];
	struct fault f;
	size_t count;

	(void)state;
	assert_int_equal(input_read(m, span_of("{\"roots\":{}}"), inputs,
			     &count, &f),
	    -1);
	assert_int_equal(f.code, FAULT_PROTOCOL);
	message_free(&m);
}

/* T-116 */
static void
tells_demands_for_urls(void **state)
{
	static const char one[] = "{\"elicitations\":[{\"url\":\"u\","
				  "\"message\":\"m\"}]}";
	static const struct {
		const char *code, *data;
		enum method method;
		bool demands;
	} cases[] = {
		{ "-32042", one, METHOD_TOOLS_CALL, true },
		{ "-32042.0", one, METHOD_PROMPTS_GET, true },
		{ "-32042", one, METHOD_TOOLS_LIST, false },
		{ "-32043", one, METHOD_TOOLS_CALL, false },
		{ "-32042", "null", METHOD_TOOLS_CALL, false },
		{ "-32042", "{\"elicitations\":[]}", METHOD_TOOLS_CALL, false },
		{ "-32042", "{\"elicitations\":[{\"url\":\"u\"}]}",
		    METHOD_TOOLS_CALL, false },
		{ "-32042",
		    "{\"elicitations\":[{\"url\":1,\"message\":\"m\"}]}",
		    METHOD_TOOLS_CALL, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_format("{" V ",\"id\":1,\"error\":{\"code\":"
					"%s,\"message\":\"m\",\"data\":%s}}",
		    cases[i].code, cases[i].data);
		struct message *m = parse(text);

		assert_int_equal(down_demands_urls(m, cases[i].method),
		    cases[i].demands);
		message_free(&m);
		free(text);
	}
}

/* -- peers that say little ---------------------------------------------------
 */

/* T-110: clientInfo is optional in one era, required in the other. */
static void
introduces_itself(void **state)
{
	static const char *const path[] = { "clientInfo", "name", NULL };
	struct message *m = parse("{" V ",\"id\":1,\"method\":\"tools/list\"}");
	struct message *made = down_initialize(m, span_of("2"));
	struct span name;

	(void)state;
	assert_true(json_get_path(made->rpc.params, path, &name));
	assert_true(json_string_is(name, "mcp-bridge"));
	assert_true(span_is(down_capabilities(m), "{}"));
	message_free(&made);
	message_free(&m);
}

static void
survives_odd_handshakes(void **state)
{
	static const char *const odd[] = { "{}", "{\"clientInfo\":1}",
		"{\"clientInfo\":{\"name\":1,\"version\":\"1\"}}",
		"{\"capabilities\":[]}", "{\"capabilities\":{\"roots\":1}}",
		"{\"protocolVersion\":[\"2025-11-25\"]}" };

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		char *text = mem_format("{" V ",\"id\":0,\"method\":"
					"\"initialize\",\"params\":%s}",
		    odd[i]);
		struct message *m = parse(text), *made;
		struct up_host host;

		up_host_init(&host, m);
		assert_int_equal(host.revision, REVISION_2025_11_25);
		assert_null(host.info);
		made = up_discover(&host, span_of("\"u\""));
		assert_null(down_refusal(made));
		message_free(&made);
		message_free(&m);
		up_host_reset(&host);
		up_host_reset(&host);
		free(text);
	}
}

/* -- caps --------------------------------------------------------------------
 */

/* {"…":[[[…]]]}: the value nested so deep that it fits where it stands. */
static char *
nest(const char *before, size_t depth, const char *after)
{
	char *open = mem_alloc(depth + 1, 1);
	char *close = mem_alloc(depth + 1, 1);
	char *text;

	memset(open, '[', depth);
	memset(close, ']', depth);
	text = mem_format("%s%s%s%s", before, open, close, after);
	free(open);
	free(close);
	return text;
}

/* What fits into a request may not fit into a question, one level down. */
static void
refuses_to_nest_too_deeply(void **state)
{
	char *text = nest("{" V ",\"id\":3,\"method\":\"elicitation/create\","
			  "\"params\":{\"message\":\"m\",\"x\":",
	    LIMIT_DEPTH - 2, "}}");
	struct message *m = parse(text), *info = parse(INITIALIZED), *made;
	const struct message *asked = m;
	struct down_server server;

	(void)state;
	assert_int_equal(m->rpc.kind, RPC_REQUEST);
	assert_int_equal(down_server_init(&server, info, NULL), 0);
	made = down_input_required(&server, span_of("1"), "s", &asked, 1);
	assert_null(made);
	message_free(&m);
	message_free(&info);
	down_server_reset(&server);
	free(text);
}

static void
refuses_to_grow_past_the_cap(void **state)
{
	struct message *info = parse(INITIALIZE), *m, *made;
	const size_t fill = LIMIT_MESSAGE - 100;
	struct up_host host;
	struct buf text;

	(void)state;
	up_host_init(&host, info);
	buf_init(&text, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&text,
			     "{" V ",\"id\":1,\"method\":\"tools/call\","
			     "\"params\":{\"x\":\""),
	    0);
	assert_int_equal(buf_reserve(&text, fill), 0);
	memset(text.data + text.len, 'x', fill);
	text.len += fill;
	assert_int_equal(buf_add_string(&text, "\"}}"), 0);
	m = message_take(&text);
	assert_int_equal(m->rpc.kind, RPC_REQUEST);
	made = up_request(&host, m, span_of("1"), span_make(NULL, 0));
	assert_null(made);
	made = down_request(m, span_of("2"));
	assert_non_null(made);
	message_free(&made);
	message_free(&m);
	message_free(&info);
	up_host_reset(&host);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_revisions),
		cmocka_unit_test(ranks_log_levels),
		cmocka_unit_test(tells_result_types),
		cmocka_unit_test(knows_who_may_ask),
		cmocka_unit_test(holds_notifications_back),
		cmocka_unit_test(reads_filters),
		cmocka_unit_test(reads_odd_filters),
		cmocka_unit_test(limits_filters),
		cmocka_unit_test(compares_capabilities),
		cmocka_unit_test(unites_capabilities),
		cmocka_unit_test(names_what_was_asked),
		cmocka_unit_test(refuses_a_key_twice),
		cmocka_unit_test(tells_demands_for_urls),
		cmocka_unit_test(introduces_itself),
		cmocka_unit_test(survives_odd_handshakes),
		cmocka_unit_test(refuses_to_nest_too_deeply),
		cmocka_unit_test(refuses_to_grow_past_the_cap),
	};

	return cmocka_run_group_tests_name("translate", tests, NULL, NULL);
}
