/* SPDX-License-Identifier: ISC */
/*
 * What the bridge knows of the server's tools: which the host may see and call
 * (--tool-allow, --tool-deny, --read-only, and tools that 2026-07-28 voids),
 * and which arguments are mirrored into Mcp-Param headers (T-054 to T-057).
 */
#ifndef MCP_TOOLS_H
#define MCP_TOOLS_H

#include "base/fault.h"
#include "mcp/message.h"

struct tools;

/* The user's rules; globs over whole names, '*' and '?'. All borrowed for the
 * life of the object. */
struct tools_rules {
	const char *const *allow; /* empty: all */
	size_t allow_count;
	const char *const *deny;
	size_t deny_count;
	bool ignore_case; /* of ASCII letters in names */
	bool read_only;   /* only annotations.readOnlyHint true */
};

struct tools *tools_new(const struct tools_rules *rules);
void tools_free(struct tools **tools);

/*
 * Learns from a tools/list result and takes out what the host must not see.
 * `stateless`: the remote speaks 2026-07-28, so x-mcp-header is judged (T-054,
 * T-055: void tools are dropped with a warning); in older eras it is not.
 * `first_page`: the request had no cursor, so what was known is forgotten.
 * `*result` is the response; replaced only when a tool is taken out, otherwise
 * it stays byte for byte. A result that is no tool list stays as it is.
 */
void tools_learn(struct tools *tools, bool stateless, bool first_page,
    struct message **result);

/*
 * May this tools/call go out? -1 with FAULT_INVALID_PARAMS ("Unknown tool …")
 * for one denied by rule, hidden by --read-only or void. With --tool-deny or
 * --tool-allow an unknown tool is judged by name only; under --read-only a tool
 * never seen in a list is refused. With any rule, so is a call whose name is
 * missing, no plain string, or given twice.
 */
int tools_check_call(const struct tools *tools, const struct message *call,
    struct fault *f) __attribute__((warn_unused_result));

/*
 * Calls `each` with name ("Mcp-Param-Region") and encoded value of every
 * mirrored argument of a tools/call (T-056): strings by header_mirror, integers
 * in decimal (42.0 is 42; beyond 2^53-1 none), booleans in lower case; null,
 * absent, objects and arrays give none. Unknown tool: nothing (T-057).
 */
void tools_mirror(const struct tools *tools, const struct message *call,
    void (*each)(void *ctx, const char *name, struct span value), void *ctx);

#endif
