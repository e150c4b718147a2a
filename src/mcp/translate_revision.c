/* SPDX-License-Identifier: ISC */
/*
 * The tables translation stands on: revisions, log levels, result types, and
 * what the capabilities of one era are in the other.
 */
#include "mcp/translate_p.h"

#include <stdlib.h>

#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The extension of 2026-07-28 that took the place of the member "tasks". */
#define EXTENSION_TASKS "io.modelcontextprotocol/tasks"

#define ROW(name)                                                              \
	{                                                                      \
		name, "\"" name "\""                                           \
	}

static const struct {
	const char *name;
	const char *json;
} revisions[] = {
	[REVISION_UNKNOWN] = { "", "" },
	[REVISION_2024_11_05] = ROW("2024-11-05"),
	[REVISION_2025_03_26] = ROW("2025-03-26"),
	[REVISION_2025_06_18] = ROW("2025-06-18"),
	[REVISION_2025_11_25] = ROW("2025-11-25"),
	[REVISION_2026_07_28] = ROW("2026-07-28"),
};

_Static_assert(COUNT(revisions) == REVISION_COUNT, "a name for each revision");

static const char *const log_levels[] = { "debug", "info", "notice", "warning",
	"error", "critical", "alert", "emergency" };

enum revision
revision_find(struct span value)
{
	for (int r = REVISION_UNKNOWN + 1; r < REVISION_COUNT; r++) {
		if (json_string_is(value, revisions[r].name))
			return (enum revision)r;
	}
	return REVISION_UNKNOWN;
}

const char *
revision_name(enum revision r)
{
	return revisions[r].name;
}

struct span
revision_json(enum revision r)
{
	return span_of(revisions[r].json);
}

int
log_level_rank(struct span value)
{
	for (int i = 0; i < (int)COUNT(log_levels); i++) {
		if (json_string_is(value, log_levels[i]))
			return i;
	}
	return -1;
}

enum result_type
result_type_of(const struct message *response)
{
	struct span type = json_member(response->rpc.result, "resultType");

	if (type.len == 0 || json_string_is(type, "complete"))
		return RESULT_COMPLETE;
	if (json_string_is(type, "input_required"))
		return RESULT_INPUT_REQUIRED;
	return RESULT_UNKNOWN;
}

bool
method_takes_input(enum method method)
{
	return method == METHOD_TOOLS_CALL || method == METHOD_PROMPTS_GET ||
	       method == METHOD_RESOURCES_READ;
}

static char *
capabilities_copy(struct span capabilities, const struct edit *edits,
    size_t count)
{
	if (json_type_of(capabilities) != JSON_OBJECT)
		return mem_string("{}");
	return edit_copy(capabilities, edits, count);
}

char *
capabilities_of_server(struct span capabilities)
{
	const struct edit extensions[] = { edit_drop(EXTENSION_TASKS) };
	const struct edit edits[] = {
		edit_drop("tasks"),
		edit_trim("extensions", extensions, COUNT(extensions)),
	};

	return capabilities_copy(capabilities, edits, COUNT(edits));
}

char *
capabilities_of_client(struct span capabilities)
{
	const struct edit extensions[] = { edit_drop(EXTENSION_TASKS) };
	const struct edit roots[] = { edit_drop("listChanged") };
	const struct edit edits[] = {
		edit_drop("tasks"),
		edit_inside("roots", roots, COUNT(roots)),
		edit_trim("extensions", extensions, COUNT(extensions)),
	};

	return capabilities_copy(capabilities, edits, COUNT(edits));
}
