/* SPDX-License-Identifier: ISC */
/*
 * The headers of a message in the stateless era: what its body says, said again
 * where proxies can read it (2026-07-28, T-052, T-053, T-056).
 */
#ifndef MCP_MIRROR_H
#define MCP_MIRROR_H

#include "mcp/message.h"
#include "mcp/tools.h"
#include "mcp/upstream.h"

/* `version`: for a message without an envelope of its own (notifications), or
 * NULL. Caller frees. */
struct http_headers *mirror_headers(struct upstream *up,
    const struct tools *tools, const struct message *m, const char *version);

#endif
