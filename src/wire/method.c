/* SPDX-License-Identifier: ISC */
/*
 * The table of methods. Repeatable are those that only read (transport T-061);
 * tasks/result is not: a server may hang requests to the user on it.
 */
#include "wire/method.h"

#include <string.h>

#include "wire/json.h"

static const struct method_info methods[] = {
	[METHOD_OTHER] = { "", false, NULL },
	[METHOD_INITIALIZE] = { "initialize", false, NULL },
	[METHOD_DISCOVER] = { "server/discover", true, NULL },
	[METHOD_PING] = { "ping", true, NULL },
	[METHOD_TOOLS_LIST] = { "tools/list", true, NULL },
	[METHOD_TOOLS_CALL] = { "tools/call", false, "name" },
	[METHOD_PROMPTS_LIST] = { "prompts/list", true, NULL },
	[METHOD_PROMPTS_GET] = { "prompts/get", true, "name" },
	[METHOD_RESOURCES_LIST] = { "resources/list", true, NULL },
	[METHOD_RESOURCE_TEMPLATES_LIST] = { "resources/templates/list", true,
	    NULL },
	[METHOD_RESOURCES_READ] = { "resources/read", true, "uri" },
	[METHOD_RESOURCES_SUBSCRIBE] = { "resources/subscribe", false, NULL },
	[METHOD_RESOURCES_UNSUBSCRIBE] = { "resources/unsubscribe", false,
	    NULL },
	[METHOD_COMPLETE] = { "completion/complete", true, NULL },
	[METHOD_SET_LEVEL] = { "logging/setLevel", false, NULL },
	[METHOD_LISTEN] = { "subscriptions/listen", false, NULL },
	[METHOD_TASKS_LIST] = { "tasks/list", true, NULL },
	[METHOD_TASKS_GET] = { "tasks/get", true, "taskId" },
	[METHOD_TASKS_RESULT] = { "tasks/result", false, NULL },
	[METHOD_TASKS_UPDATE] = { "tasks/update", false, "taskId" },
	[METHOD_TASKS_CANCEL] = { "tasks/cancel", false, "taskId" },
	[METHOD_SAMPLING] = { "sampling/createMessage", false, NULL },
	[METHOD_ELICIT] = { "elicitation/create", false, NULL },
	[METHOD_ROOTS_LIST] = { "roots/list", true, NULL },
	[METHOD_N_INITIALIZED] = { "notifications/initialized", false, NULL },
	[METHOD_N_CANCELLED] = { "notifications/cancelled", false, NULL },
	[METHOD_N_PROGRESS] = { "notifications/progress", false, NULL },
	[METHOD_N_MESSAGE] = { "notifications/message", false, NULL },
	[METHOD_N_ROOTS_CHANGED] = { "notifications/roots/list_changed", false,
	    NULL },
	[METHOD_N_TOOLS_CHANGED] = { "notifications/tools/list_changed", false,
	    NULL },
	[METHOD_N_PROMPTS_CHANGED] = { "notifications/prompts/list_changed",
	    false, NULL },
	[METHOD_N_RESOURCES_CHANGED] = { "notifications/resources/list_changed",
	    false, NULL },
	[METHOD_N_RESOURCE_UPDATED] = { "notifications/resources/updated",
	    false, NULL },
	[METHOD_N_ELICIT_COMPLETE] = { "notifications/elicitation/complete",
	    false, NULL },
	[METHOD_N_LISTEN_ACK] = { "notifications/subscriptions/acknowledged",
	    false, NULL },
	[METHOD_N_TASK_STATUS] = { "notifications/tasks/status", false, NULL },
	[METHOD_N_TASKS] = { "notifications/tasks", false, NULL },
};

_Static_assert(sizeof methods / sizeof methods[0] == METHOD_COUNT,
    "one row for each method");

const struct method_info *
method_info(enum method m)
{
	return &methods[m];
}

/* The common case: without escapes. Names fill their arrays up with NUL, and
 * differ at their ends rather than at their beginnings. */
static bool
is_plainly(struct span value, const struct method_info *m)
{
	size_t len = value.len - 2;

	return len > 0 && len < sizeof(m->name) && m->name[len] == '\0' &&
	       m->name[len - 1] == value.ptr[len] &&
	       memcmp(m->name, value.ptr + 1, len) == 0;
}

/* Notifications are the second half of the table. */
static enum method
find_plain(struct span value)
{
	int m = span_starts_with(value, "\"notifications/") ?
		    METHOD_N_INITIALIZED :
		    METHOD_INITIALIZE;

	while (m < METHOD_COUNT && !is_plainly(value, &methods[m]))
		m++;
	return m < METHOD_COUNT ? (enum method)m : METHOD_OTHER;
}

enum method
method_find(struct span value)
{
	enum method plain = METHOD_OTHER;
	int m = METHOD_INITIALIZE;

	if (json_type_of(value) != JSON_STRING)
		return METHOD_OTHER;
	plain = find_plain(value);
	if (plain != METHOD_OTHER || memchr(value.ptr, '\\', value.len) == NULL)
		return plain;
	while (m < METHOD_COUNT && !json_string_is(value, methods[m].name))
		m++;
	return m < METHOD_COUNT ? (enum method)m : METHOD_OTHER;
}
