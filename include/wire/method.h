/* SPDX-License-Identifier: ISC */
/*
 * What the protocol says of each method, in one table: whether it may be sent
 * again after a failure, and which parameter its Mcp-Name header mirrors.
 */
#ifndef WIRE_METHOD_H
#define WIRE_METHOD_H

#include "base/span.h"

enum method {
	METHOD_OTHER, /* vendor or future: forwarded, never sent again */
	METHOD_INITIALIZE,
	METHOD_DISCOVER,
	METHOD_PING,
	METHOD_TOOLS_LIST,
	METHOD_TOOLS_CALL,
	METHOD_PROMPTS_LIST,
	METHOD_PROMPTS_GET,
	METHOD_RESOURCES_LIST,
	METHOD_RESOURCE_TEMPLATES_LIST,
	METHOD_RESOURCES_READ,
	METHOD_RESOURCES_SUBSCRIBE,
	METHOD_RESOURCES_UNSUBSCRIBE,
	METHOD_COMPLETE,
	METHOD_SET_LEVEL,
	METHOD_LISTEN,
	METHOD_TASKS_LIST,
	METHOD_TASKS_GET,
	METHOD_TASKS_RESULT,
	METHOD_TASKS_UPDATE,
	METHOD_TASKS_CANCEL,
	METHOD_SAMPLING,
	METHOD_ELICIT,
	METHOD_ROOTS_LIST,
	METHOD_N_INITIALIZED,
	METHOD_N_CANCELLED,
	METHOD_N_PROGRESS,
	METHOD_N_MESSAGE,
	METHOD_N_ROOTS_CHANGED,
	METHOD_N_TOOLS_CHANGED,
	METHOD_N_PROMPTS_CHANGED,
	METHOD_N_RESOURCES_CHANGED,
	METHOD_N_RESOURCE_UPDATED,
	METHOD_N_ELICIT_COMPLETE,
	METHOD_N_LISTEN_ACK,
	METHOD_N_TASK_STATUS, /* 2025-11-25 */
	METHOD_N_TASKS,       /* the tasks extension of 2026-07-28 */
	METHOD_COUNT
};

struct method_info {
	char name[48];
	/* No effects: may be sent again after a lost connection (T-033). */
	bool repeatable;
	/* The parameter that Mcp-Name mirrors, or NULL (T-052). */
	const char *mirrored;
};

/* METHOD_OTHER has the name "". */
const struct method_info *method_info(enum method m);

/* `value` is the JSON string of the member "method". */
enum method method_find(struct span value);

#endif
