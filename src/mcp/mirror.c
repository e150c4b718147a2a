/* SPDX-License-Identifier: ISC */
/* Mirrored headers, from the final body of a message. */
#include "mcp/mirror.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "wire/header.h"

static void
add(void *ctx, const char *name, struct span value)
{
	http_headers_add(ctx, name, value);
}

/* Values that a header cannot hold go encoded; too long ones not at all. */
static void
add_text(struct http_headers *h, const char *name, struct span text)
{
	struct buf mirrored;

	buf_init(&mirrored, LIMIT_HEADER_VALUE);
	if (header_mirror(text, &mirrored) == 0)
		http_headers_add(h, name, buf_span(&mirrored));
	else
		log_warn("mirror", "%s left out: too long", name);
	buf_reset(&mirrored);
}

static void
add_mirrored(struct http_headers *h, const char *name, struct span value)
{
	struct buf text;

	buf_init(&text, LIMIT_HEADER_VALUE);
	if (json_string(value, &text) == 0)
		add_text(h, name, buf_span(&text));
	else
		log_warn("mirror", "%s left out: no string a header can hold",
		    name);
	buf_reset(&text);
}

static void
add_version(struct http_headers *h, const struct message *m,
    const char *version)
{
	struct span value;

	if (message_envelope(m, &value))
		add_mirrored(h, "MCP-Protocol-Version", value);
	else if (version != NULL)
		add_text(h, "MCP-Protocol-Version", span_of(version));
}

struct http_headers *
mirror_headers(struct upstream *up, const struct tools *tools,
    const struct message *m, const char *version)
{
	struct http_headers *h = upstream_fresh_headers(up);
	const char *mirrored = method_info(m->rpc.method_code)->mirrored;
	struct span value;

	add_version(h, m, version);
	add_mirrored(h, "Mcp-Method", m->rpc.method);
	if (mirrored != NULL && message_param(m, mirrored, &value))
		add_mirrored(h, "Mcp-Name", value);
	if (m->rpc.method_code == METHOD_TOOLS_CALL)
		tools_mirror(tools, m, add, h);
	return h;
}
