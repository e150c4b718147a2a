/* SPDX-License-Identifier: ISC */
/*
 * mcp/tools: what the host may see and call, and what is mirrored of a call
 * (T-054 to T-057).
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
#include "base/log.h"
#include "base/mem.h"
#include "mcp/tools.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define V "\"jsonrpc\":\"2.0\""
#define LIST(tools) "{" V ",\"id\":1,\"result\":{\"tools\":" tools "}}"
#define TOOL(name) "{\"name\":\"" name "\"}"
#define READ_ONLY(name)                                                        \
	"{\"name\":\"" name "\",\"annotations\":{\"readOnlyHint\":true}}"

enum { MAX_GLOBS = 3, MAX_NAMES = 6 };

/* Up to three globs each; a NULL ends them. */
struct rules_text {
	const char *allow[MAX_GLOBS + 1], *deny[MAX_GLOBS + 1];
	bool read_only, ignore_case;
};

static size_t
count_globs(const char *const *globs)
{
	size_t count = 0;

	while (globs[count] != NULL)
		count++;
	return count;
}

static struct tools *
tools_of(const struct rules_text *text)
{
	struct tools_rules rules = { .allow = text->allow,
		.allow_count = count_globs(text->allow),
		.deny = text->deny,
		.deny_count = count_globs(text->deny),
		.ignore_case = text->ignore_case,
		.read_only = text->read_only };

	return tools_new(&rules);
}

/* What remains of a list. Caller frees. */
static char *
learn(struct tools *t, bool stateless, bool first_page, const char *list)
{
	struct message *m = message_format("%s", list);
	char *text = NULL;

	tools_learn(t, stateless, first_page, &m);
	text = mem_copy(m->text.data, m->text.len);
	message_free(&m);
	return text;
}

static void
assert_learns(struct tools *t, bool stateless, const char *list,
    const char *wanted)
{
	char *text = learn(t, stateless, true, list);

	assert_string_equal(text, wanted);
	free(text);
}

static bool
may_call_raw(const struct tools *t, const char *params, struct fault *f)
{
	struct message *m = message_format("{" V ",\"id\":1,\"method\":"
					   "\"tools/call\",\"params\":%s}",
	    params);
	bool ok = false;

	fault_clear(f);
	assert_int_equal(m->rpc.kind, RPC_REQUEST);
	ok = tools_check_call(t, m, f) == 0;
	assert_int_equal(f->code, ok ? FAULT_NONE : FAULT_INVALID_PARAMS);
	message_free(&m);
	return ok;
}

static bool
may_call(const struct tools *t, const char *name)
{
	char *params = mem_format("{\"name\":\"%s\"}", name);
	struct fault fault;
	bool ok = may_call_raw(t, params, &fault);

	free(params);
	return ok;
}

/* -- rules ---------------------------------------------------------------- */

static const struct {
	const char *glob, *name;
	bool matches;
} globs[] = {
	{ "a", "a", true },
	{ "a", "b", false },
	{ "a", "A", false },
	{ "a", "ab", false },
	{ "ab", "a", false },
	{ "?", "a", true },
	{ "?", "ab", false },
	{ "a?c", "abc", true },
	{ "a?c", "ac", false },
	{ "??", "a", false },
	{ "*", "anything", true },
	{ "*", "*", true },
	{ "**", "a", true },
	{ "a*", "a", true },
	{ "a*", "ba", false },
	{ "*a", "ba", true },
	{ "*a", "ab", false },
	{ "a*b", "ab", true },
	{ "a*b", "axxb", true },
	{ "a*b", "axxbx", false },
	{ "a*b", "axbxb", true },
	{ "*ab*", "xaabx", true },
	{ "*ab*", "xa", false },
	{ "a*?", "a", false },
	{ "a*?", "ab", true },
	{ "*?*", "a", true },
	{ "*a*b*c", "xaxbxxc", true },
	{ "*a*b*c", "xaxcxxb", false },
	{ "get_*", "get_file", true },
	{ "get_*", "forget_file", false },
	{ "a.b", "axb", false },
	{ "[ab]", "a", false },
	{ "", "a", false },
};

static void
matches_globs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(globs); i++) {
		struct rules_text text = { .allow = { globs[i].glob } };
		struct tools *t = tools_of(&text);

		if (may_call(t, globs[i].name) != globs[i].matches)
			fail_msg("%s on %s", globs[i].glob, globs[i].name);
		tools_free(&t);
		assert_null(t);
	}
}

static void
matches_without_case(void **state)
{
	struct rules_text text = { .allow = { "*List*", "drop_*" },
		.deny = { "DROP?*" } };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		text.ignore_case = i == 1;
		struct tools *t = tools_of(&text);

		assert_true(may_call(t, "aListb"));
		assert_int_equal(may_call(t, "alISTb"), text.ignore_case);
		assert_int_equal(may_call(t, "drop_list"), !text.ignore_case);
		assert_false(may_call(t, "a{ist"));
		tools_free(&t);
	}
}

/* A long run of stars and a long name end in time. */
static void
matches_in_bounded_time(void **state)
{
	char name[4001];
	struct rules_text text = { .allow = { "*a*a*a*a*a*a*a*a*a*a*a*ab" } };
	struct tools *t = tools_of(&text);

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(may_call(t, name));
	tools_free(&t);
}

/* The names that stay of a list of "a" (read-only), "b" and "c" (says it is
 * not), and that may be called, "n" being in no list. */
static const struct {
	struct rules_text rules;
	const char *seen, *callable;
} filters[] = {
	{ { { NULL }, { NULL }, false, false }, "abc", "abcn" },
	{ { { "a" }, { NULL }, false, false }, "a", "a" },
	{ { { "a", "n" }, { NULL }, false, false }, "a", "an" },
	{ { { "?" }, { "b" }, false, false }, "ac", "acn" },
	{ { { NULL }, { "b", "c" }, false, false }, "a", "an" },
	{ { { "b" }, { "b" }, false, false }, "", "" },
	{ { { NULL }, { "*" }, false, false }, "", "" },
	{ { { NULL }, { NULL }, true, false }, "a", "a" },
	{ { { "a", "b" }, { NULL }, true, false }, "a", "a" },
	{ { { NULL }, { "a" }, true, false }, "", "" },
};

static char *
names_of(const char *list)
{
	struct json_iter it;
	struct span tools, key, tool, name;
	static const char *const path[] = { "result", "tools", NULL };
	char *names = mem_alloc(MAX_NAMES + 1, 1);
	size_t count = 0;

	assert_true(json_get_path(span_of(list), path, &tools));
	json_iter_init(&it, tools);
	while (json_next(&it, &key, &tool)) {
		assert_true(json_get(tool, "name", &name));
		assert_in_range(count, 0, MAX_NAMES - 1);
		names[count++] = name.ptr[1];
	}
	return names;
}

static void
shows_and_calls_what_rules_allow(void **state)
{
	static const char list[] = LIST("[" READ_ONLY("a") "," TOOL(
	    "b") ",{\"name\":\"c\",\"annotations\":{\"readOnlyHint\":false}}]");

	(void)state;
	for (size_t i = 0; i < COUNT(filters); i++)
		for (int stateless = 0; stateless < 2; stateless++) {
			struct tools *t = tools_of(&filters[i].rules);
			char *kept = learn(t, stateless != 0, true, list);
			char *names = names_of(kept);

			assert_string_equal(names, filters[i].seen);
			for (const char *n = "abcn"; *n != '\0'; n++) {
				char name[2] = { *n, '\0' };

				assert_int_equal(may_call(t, name),
				    strchr(filters[i].callable, *n) != NULL);
			}
			free(names);
			free(kept);
			tools_free(&t);
		}
}

static const char *const hints[] = {
	"{\"readOnlyHint\":false}",
	"{\"readOnlyHint\":\"true\"}",
	"{\"readOnlyHint\":1}",
	"{\"readOnlyHint\":null}",
	"{\"readonlyhint\":true}",
	"{}",
	"[{\"readOnlyHint\":true}]",
	"true",
};

static void
takes_no_other_hint_for_read_only(void **state)
{
	struct rules_text text = { .read_only = true };
	struct tools *t = tools_of(&text);

	(void)state;
	for (size_t i = 0; i < COUNT(hints); i++) {
		char *list =
		    mem_format(LIST("[{\"name\":\"a\",\"annotations\":%s}]"),
			hints[i]);

		assert_learns(t, false, list, LIST("[]"));
		assert_false(may_call(t, "a"));
		free(list);
	}
	tools_free(&t);
}

static void
names_the_tool_it_refuses(void **state)
{
	struct rules_text text = { .deny = { "*" } };
	struct tools *t = tools_of(&text);
	struct fault fault;

	(void)state;
	assert_false(may_call_raw(t, "{\"name\":\"a\\u001bb\"}", &fault));
	assert_string_equal(fault.msg, "Unknown tool: a\\x1bb");
	tools_free(&t);
}

/* `rules`: refused under any rule; without one the server judges. */
static const char *const unclear[] = {
	"{}",
	"{\"name\":7}",
	"{\"name\":null}",
	"{\"name\":[\"a\"]}",
	"{\"name\":\"a\\u0000\"}",
	"{\"name\":\"\\ud800\"}",
	"{\"name\":\"a\",\"name\":\"b\"}",
	"{\"name\":\"a\",\"n\\u0061me\":\"b\"}",
};

/* A server might read another name than the rules were asked about. */
static void
lets_no_unclear_name_past_a_rule(void **state)
{
	static const struct rules_text rules[] = {
		{ .allow = { "*" } },
		{ .deny = { "b" } },
		{ .read_only = true },
	};
	struct rules_text none = { .read_only = false };
	struct fault fault;

	(void)state;
	for (size_t i = 0; i < COUNT(unclear); i++) {
		struct tools *t = tools_of(&none);

		assert_true(may_call_raw(t, unclear[i], &fault));
		tools_free(&t);
		for (size_t k = 0; k < COUNT(rules); k++) {
			char *kept = NULL;

			t = tools_of(&rules[k]);
			kept =
			    learn(t, false, true, LIST("[" READ_ONLY("a") "]"));
			assert_true(may_call(t, "a"));
			assert_false(may_call_raw(t, unclear[i], &fault));
			free(kept);
			tools_free(&t);
		}
	}
}

/* -- lists ---------------------------------------------------------------- */

/* With "b" denied. NULL: byte for byte what came. */
static const struct {
	const char *list, *kept;
} lists[] = {
	{ LIST("[]"), NULL },
	{ LIST("[" TOOL("a") "]"), NULL },
	/* T-005: spaces, lexemes, order and unknown members stay */
	{ "{ \"result\" : { \"n\":1.0, \"tools\" : [ " TOOL("a") " ,  " TOOL(
	      "c") " ] ,\"nextCursor\":\"x\"}, \"id\":1.0 ," V "}",
	    NULL },
	{ LIST("[" TOOL("b") "]"), LIST("[]") },
	{ LIST("[" TOOL("a") ", " TOOL("b") " ," TOOL("c") "]"),
	    LIST("[" TOOL("a") "," TOOL("c") "]") },
	{ LIST("[" TOOL("b") "," TOOL("b") "," TOOL("c") "," TOOL("b") "]"),
	    LIST("[" TOOL("c") "]") },
	{ LIST("[" TOOL("\\u0062") "]"), LIST("[]") },
	{ "{ \"result\" : { \"n\":1.0, \"tools\" : [ " TOOL(
	      "b") " , {\"x\": 1e2 , \"name\":\"a\"} ] ,\"nextCursor\":\"x\"}, "
		   "\"id\":1.0 ," V "}",
	    "{ \"result\" : { \"n\":1.0, \"tools\" : [{\"x\": 1e2 , "
	    "\"name\":\"a\"}] ,\"nextCursor\":\"x\"}, \"id\":1.0 ," V "}" },
	/* what is no tool is the host's to judge */
	{ LIST("[1,null,\"b\",{},[" TOOL("b") "]]"), NULL },
	{ LIST("{\"name\":\"b\"}"), NULL },
	{ LIST("\"b\""), NULL },
	{ "{" V ",\"id\":1,\"result\":{}}", NULL },
	{ "{" V ",\"id\":1,\"result\":[" TOOL("b") "]}", NULL },
	{ "{" V ",\"id\":1,\"result\":{\"resources\":[" TOOL("b") "]}}", NULL },
	{ "{" V ",\"id\":1,\"error\":{\"tools\":[" TOOL("b") "]}}", NULL },
	/* a name that could not be checked when it is called */
	{ LIST("[{\"name\":\"\\ud800\"},{\"name\":\"a\\u0000\"},{\"name\":1}]"),
	    LIST("[]") },
};

static void
filters_lists(void **state)
{
	struct rules_text text = { .deny = { "b" } };

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct tools *t = tools_of(&text);
		struct message *m = message_format("%s", lists[i].list);
		const struct message *same = m;
		const char *kept = lists[i].kept;

		tools_learn(t, false, true, &m);
		assert_string_equal(m->text.data,
		    kept != NULL ? kept : lists[i].list);
		if (kept == NULL)
			assert_ptr_equal(m, same);
		else
			assert_int_equal(m->rpc.kind, RPC_RESULT);
		message_free(&m);
		tools_free(&t);
	}
}

#define VOID                                                                   \
	"{\"name\":\"v\",\"inputSchema\":{\"properties\":{\"a\":{\"type\":"    \
	"\"number\",\"x-mcp-header\":\"A\"}}}}"

/* T-055: one bad tool of three, and its call; older eras know no such thing. */
static void
voids_tools_of_the_stateless_era_alone(void **state)
{
	static const char list[] =
	    LIST("[" TOOL("a") "," VOID "," TOOL("c") "]");
	struct rules_text none = { .read_only = false };
	struct tools *t = tools_of(&none);

	(void)state;
	assert_learns(t, true, list, LIST("[" TOOL("a") "," TOOL("c") "]"));
	assert_false(may_call(t, "v"));
	assert_true(may_call(t, "a"));
	assert_learns(t, false, list, list);
	assert_true(may_call(t, "v"));
	tools_free(&t);
}

/* T-057: the newest schema counts, and a first page replaces all. */
static void
learns_page_by_page(void **state)
{
	struct rules_text text = { .read_only = true };
	struct tools *t = tools_of(&text);

	(void)state;
	free(learn(t, true, true, LIST("[" READ_ONLY("a") "]")));
	free(learn(t, true, false, LIST("[" READ_ONLY("b") "]")));
	assert_true(may_call(t, "a"));
	assert_true(may_call(t, "b"));
	free(learn(t, true, false, LIST("[" TOOL("a") "]")));
	assert_false(may_call(t, "a"));
	assert_true(may_call(t, "b"));
	/* no list: what is known stays */
	free(learn(t, true, true, LIST("null")));
	assert_true(may_call(t, "b"));
	free(learn(t, true, true, LIST("[" READ_ONLY("c") "]")));
	assert_false(may_call(t, "b"));
	assert_true(may_call(t, "c"));
	tools_free(&t);
}

static char *
many_tools(size_t count)
{
	struct buf list;

	buf_init(&list, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&list,
			     "{" V ",\"id\":1,\"result\":{\"tools\":["),
	    0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_addf(&list, "%s" TOOL("t%zu"),
				     i > 0 ? "," : "", i),
		    0);
	assert_int_equal(buf_add_string(&list, "]}}"), 0);
	return list.data;
}

/* T-055: without rules older eras see what the server says, however much. */
static void
remembers_so_many_tools(void **state)
{
	struct rules_text none = { .read_only = false };
	struct rules_text denying = { .deny = { "t1" } };
	char *list = many_tools(LIMIT_TOOLS + 1);
	struct tools *t = tools_of(&none);
	char *kept = NULL;

	(void)state;
	assert_learns(t, false, list, list);
	kept = learn(t, true, true, list);
	assert_null(strstr(kept, "\"t4096\""));
	assert_non_null(strstr(kept, "\"t4095\""));
	free(kept);
	/* one already known may change */
	kept = learn(t, true, false, LIST("[" TOOL("t7") "]"));
	assert_string_equal(kept, LIST("[" TOOL("t7") "]"));
	free(kept);
	tools_free(&t);

	t = tools_of(&denying);
	kept = learn(t, false, true, list);
	assert_null(strstr(kept, "\"t4096\""));
	free(kept);
	free(list);
	tools_free(&t);
}

/* -- mirrored arguments --------------------------------------------------- */

#define SCHEMA                                                                 \
	LIST("[{\"name\":\"t\",\"inputSchema\":{\"properties\":{"              \
	     "\"s\":{\"type\":\"string\",\"x-mcp-header\":\"S\"},"             \
	     "\"i\":{\"type\":\"integer\",\"x-mcp-header\":\"I\"},"            \
	     "\"b\":{\"type\":\"boolean\",\"x-mcp-header\":\"B\"},"            \
	     "\"o\":{\"properties\":{\"s\":{\"type\":\"string\","              \
	     "\"x-mcp-header\":\"OS\"}}}}}}]")

/* T-056, T-053: arguments, and the headers as "Name: value\n". */
static const struct {
	const char *arguments, *headers;
} mirrors[] = {
	{ "{\"s\":\"a b\"}", "S: a b\n" },
	{ "{\"o\":{\"s\":\"x\"}}", "OS: x\n" },
	{ "{\"s\":\"x\",\"i\":1,\"b\":true,\"o\":{\"s\":\"y\"}}",
	    "OS: y\nB: true\nI: 1\nS: x\n" },
	{ "{\"\\u0073\":\"\\u0041\"}", "S: A\n" },
	{ "{\"s\":\"\"}", "S: =?base64?"
			  "?=\n" },
	{ "{\"s\":\" a\"}", "S: =?base64?IGE=?=\n" },
	{ "{\"s\":\"a\\tb\"}", "S: =?base64?YQli?=\n" },
	{ "{\"s\":\"a\\r\\nb\"}", "S: =?base64?YQ0KYg==?=\n" },
	{ "{\"s\":\"\\u00e9\"}", "S: =?base64?w6k=?=\n" },
	{ "{\"s\":\"=?base64?YQ==?=\"}",
	    "S: =?base64?PT9iYXNlNjQ/WVE9PT89?=\n" },
	{ "{\"s\":\"a\\u0000b\"}", "S: =?base64?YQBi?=\n" },
	{ "{\"s\":\"\\ud800\"}", "" },

	{ "{\"i\":42}", "I: 42\n" },
	{ "{\"i\":42.0}", "I: 42\n" },
	{ "{\"i\":4.2e1}", "I: 42\n" },
	{ "{\"i\":-7}", "I: -7\n" },
	{ "{\"i\":-0}", "I: 0\n" },
	{ "{\"i\":9007199254740991}", "I: 9007199254740991\n" },
	{ "{\"i\":-9007199254740991}", "I: -9007199254740991\n" },
	{ "{\"i\":9007199254740992}", "" },
	{ "{\"i\":-9007199254740992}", "" },
	{ "{\"i\":99999999999999999999}", "" },
	{ "{\"i\":1e400}", "" },
	{ "{\"i\":1.5}", "" },

	{ "{\"b\":false}", "B: false\n" },

	/* the value's own type decides */
	{ "{\"s\":7}", "S: 7\n" },
	{ "{\"s\":true}", "S: true\n" },
	{ "{\"i\":\"7\"}", "I: 7\n" },
	{ "{\"i\":false}", "I: false\n" },
	{ "{\"b\":\"x\"}", "B: x\n" },

	{ "{\"s\":null}", "" },
	{ "{\"s\":[\"a\"]}", "" },
	{ "{\"s\":{\"s\":\"a\"}}", "" },
	{ "{\"o\":\"a\"}", "" },
	{ "{\"o\":[{\"s\":\"a\"}]}", "" },
	{ "{\"o.s\":\"a\"}", "" },
	{ "{\"os\":{\"s\":\"a\"}}", "" },
	{ "{\"S\":\"a\"}", "" },
	{ "{}", "" },
	{ "[]", "" },
	{ "null", "" },
};

static void
add_line(void *ctx, const char *name, struct span value)
{
	static const char prefix[] = "Mcp-Param-";

	assert_memory_equal(name, prefix, sizeof(prefix) - 1);
	assert_int_equal(buf_addf(ctx, "%s: %.*s\n", name + sizeof(prefix) - 1,
			     (int)value.len, value.ptr),
	    0);
}

/* Caller frees. */
static char *
mirror(const struct tools *t, const char *params)
{
	struct message *m = message_format("{" V ",\"id\":1,\"method\":"
					   "\"tools/call\",\"params\":%s}",
	    params);
	struct buf lines;

	buf_init(&lines, LIMIT_MESSAGE);
	assert_int_equal(buf_add_string(&lines, ""), 0);
	tools_mirror(t, m, add_line, &lines);
	message_free(&m);
	return lines.data;
}

static void
mirrors_annotated_arguments(void **state)
{
	struct rules_text none = { .read_only = false };
	struct tools *t = tools_of(&none);

	(void)state;
	assert_learns(t, true, SCHEMA, SCHEMA);
	for (size_t i = 0; i < COUNT(mirrors); i++) {
		char *params = mem_format("{\"name\":\"t\",\"arguments\":%s}",
		    mirrors[i].arguments);
		char *lines = mirror(t, params);

		if (strcmp(lines, mirrors[i].headers) != 0)
			fail_msg("%s: %s", mirrors[i].arguments, lines);
		free(lines);
		free(params);
	}
	tools_free(&t);
}

static void
mirrors_nothing_of(struct tools *t, const char *params)
{
	char *lines = mirror(t, params);

	assert_string_equal(lines, "");
	free(lines);
}

/* T-057: an unknown tool goes without. */
static void
mirrors_nothing_where_no_schema_is_known(void **state)
{
	struct rules_text none = { .read_only = false };
	struct tools *t = tools_of(&none);
	static const char call[] =
	    "{\"name\":\"t\",\"arguments\":{\"s\":\"a\"}}";

	(void)state;
	mirrors_nothing_of(t, call);
	/* an older era's list says nothing of headers */
	assert_learns(t, false, SCHEMA, SCHEMA);
	mirrors_nothing_of(t, call);
	assert_learns(t, true, SCHEMA, SCHEMA);
	mirrors_nothing_of(t, "{\"name\":\"u\",\"arguments\":{\"s\":\"a\"}}");
	mirrors_nothing_of(t, "{\"name\":\"t\"}");
	mirrors_nothing_of(t, "{\"arguments\":{\"s\":\"a\"}}");
	mirrors_nothing_of(t, "{}");
	tools_free(&t);
}

static void
mirrors_no_value_past_the_cap(void **state)
{
	struct rules_text none = { .read_only = false };
	struct tools *t = tools_of(&none);

	(void)state;
	assert_learns(t, true, SCHEMA, SCHEMA);
	for (size_t len = LIMIT_HEADER_VALUE; len <= LIMIT_HEADER_VALUE + 1;
	     len++) {
		char *value = mem_alloc(len + 1, 1);
		char *params = NULL;
		char *lines = NULL;

		memset(value, 'x', len);
		params =
		    mem_format("{\"name\":\"t\",\"arguments\":{\"s\":\"%s\"}}",
			value);
		lines = mirror(t, params);
		assert_int_equal(strlen(lines),
		    len <= LIMIT_HEADER_VALUE ? len + strlen("S: \n") : 0);
		free(lines);
		free(params);
		free(value);
	}
	tools_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_globs),
		cmocka_unit_test(matches_without_case),
		cmocka_unit_test(matches_in_bounded_time),
		cmocka_unit_test(shows_and_calls_what_rules_allow),
		cmocka_unit_test(takes_no_other_hint_for_read_only),
		cmocka_unit_test(names_the_tool_it_refuses),
		cmocka_unit_test(lets_no_unclear_name_past_a_rule),
		cmocka_unit_test(filters_lists),
		cmocka_unit_test(voids_tools_of_the_stateless_era_alone),
		cmocka_unit_test(learns_page_by_page),
		cmocka_unit_test(remembers_so_many_tools),
		cmocka_unit_test(mirrors_annotated_arguments),
		cmocka_unit_test(mirrors_nothing_where_no_schema_is_known),
		cmocka_unit_test(mirrors_no_value_past_the_cap),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests_name("tools", tests, NULL, NULL);
}
