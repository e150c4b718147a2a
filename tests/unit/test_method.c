/* SPDX-License-Identifier: ISC */
/* The table of methods: T-033, T-052, T-061. */
#include "wire/method.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum method
find(const char *name)
{
	char *quoted = mem_format("\"%s\"", name);
	enum method found = method_find(span_of(quoted));

	free(quoted);
	return found;
}

static void
finds_each_row_by_its_name(void **state)
{
	(void)state;
	for (int m = METHOD_OTHER + 1; m < METHOD_COUNT; m++) {
		const char *name = method_info((enum method)m)->name;

		assert_non_null(name);
		assert_true(strlen(name) > 0);
		assert_int_equal(find(name), m);
	}
}

static void
finds_methods_however_written(void **state)
{
	static const struct {
		const char *value;
		enum method method;
	} cases[] = {
		{ "\"initialize\"", METHOD_INITIALIZE },
		{ "\"server/discover\"", METHOD_DISCOVER },
		{ "\"tools/call\"", METHOD_TOOLS_CALL },
		{ "\"tools\\/call\"", METHOD_TOOLS_CALL },
		{ "\"\\u0074ools/call\"", METHOD_TOOLS_CALL },
		{ "\"tools\\u002fcall\"", METHOD_TOOLS_CALL },
		{ "\"tools\\u002Fcall\"", METHOD_TOOLS_CALL },
		{ "\"resources/templates/list\"",
		    METHOD_RESOURCE_TEMPLATES_LIST },
		{ "\"notifications/tasks\"", METHOD_N_TASKS },
		{ "\"notifications/tasks/status\"", METHOD_N_TASK_STATUS },
		{ "\"Tools/call\"", METHOD_OTHER },
		{ "\"tools/call \"", METHOD_OTHER },
		{ "\"tools/calls\"", METHOD_OTHER },
		{ "\"tools/cal\"", METHOD_OTHER },
		{ "\"tools/call\\u0000\"", METHOD_OTHER },
		{ "\"vendor/thing\"", METHOD_OTHER },
		{ "\"\"", METHOD_OTHER },
		{ "tools/call", METHOD_OTHER },
		{ "1", METHOD_OTHER },
		{ "null", METHOD_OTHER },
		{ "", METHOD_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(method_find(span_of(cases[i].value)),
		    cases[i].method);
}

/* T-033, T-061: what may have had an effect is never sent twice. */
static void
repeats_only_what_reads(void **state)
{
	static const enum method repeatable[] = {
		METHOD_DISCOVER,
		METHOD_PING,
		METHOD_TOOLS_LIST,
		METHOD_PROMPTS_LIST,
		METHOD_PROMPTS_GET,
		METHOD_RESOURCES_LIST,
		METHOD_RESOURCE_TEMPLATES_LIST,
		METHOD_RESOURCES_READ,
		METHOD_COMPLETE,
		METHOD_TASKS_LIST,
		METHOD_TASKS_GET,
		METHOD_ROOTS_LIST,
	};
	bool expected[METHOD_COUNT] = { false };

	(void)state;
	for (size_t i = 0; i < COUNT(repeatable); i++)
		expected[repeatable[i]] = true;
	for (int m = 0; m < METHOD_COUNT; m++)
		assert_int_equal(method_info((enum method)m)->repeatable,
		    expected[m]);
}

/* T-052 */
static void
mirrors_names(void **state)
{
	static const struct {
		enum method method;
		const char *mirrored;
	} cases[] = {
		{ METHOD_TOOLS_CALL, "name" },
		{ METHOD_PROMPTS_GET, "name" },
		{ METHOD_RESOURCES_READ, "uri" },
		{ METHOD_TASKS_GET, "taskId" },
		{ METHOD_TASKS_UPDATE, "taskId" },
		{ METHOD_TASKS_CANCEL, "taskId" },
	};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(method_info(cases[i].method)->mirrored,
		    cases[i].mirrored);
	for (int m = 0; m < METHOD_COUNT; m++)
		count += method_info((enum method)m)->mirrored != NULL;
	assert_int_equal(count, COUNT(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_each_row_by_its_name),
		cmocka_unit_test(finds_methods_however_written),
		cmocka_unit_test(repeats_only_what_reads),
		cmocka_unit_test(mirrors_names),
	};

	return cmocka_run_group_tests_name("method", tests, NULL, NULL);
}
