/* SPDX-License-Identifier: ISC */
/*
 * x-mcp-header in a tool's input schema (2026-07-28, T-054, T-056): which
 * arguments are mirrored, or why the annotation voids the tool. Bounded by the
 * depth of the scanned text; never follows a $ref (T-139).
 */
#ifndef MCP_TOOL_SCHEMA_H
#define MCP_TOOL_SCHEMA_H

#include "wire/json.h"

/* Names to a parameter; parameters of a tool, as each becomes a header. */
enum { TOOL_PARAM_PATH = 16, TOOL_PARAMS = 64 };

struct tool_param {
	struct tool_param *next; /* owned */
	char *header;            /* owned: "Mcp-Param-Region" */
	/* The way from `arguments` to the value: owned names. */
	char *path[TOOL_PARAM_PATH + 1]; /* ends with NULL */
};

/*
 * Collects the mirrored parameters of `input_schema`. False, with a static
 * reason, when the tool is void: the annotation is no unique token, its
 * parameter no string, integer or boolean, or not reachable through
 * `properties` alone; or there are too many.
 */
bool tool_schema_read(struct span input_schema, struct tool_param **params,
    const char **why);

void tool_params_free(struct tool_param **params);

#endif
