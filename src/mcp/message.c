/* SPDX-License-Identifier: ISC */
/*
 * Messages: bytes plus a view. Knows the envelope, not the session.
 */
#include "mcp/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

/* A sanitizer is to see each use of what was freed. */
#ifdef SANITIZED
enum { KEEPS_SPARE = 0 };
#else
enum { KEEPS_SPARE = 1 };
#endif

enum { SPARE_SPACE = 4096 };

/* White space around the value would not fit on one line. */
static void
trim(struct buf *text)
{
	struct span inner = span_trim(buf_span(text));

	if (inner.len == text->len)
		return;
	if (inner.len > 0 && inner.ptr != text->data)
		buf_drop(text, (size_t)(inner.ptr - text->data));
	text->len = inner.len;
	text->data[text->len] = '\0';
}

/* One after the other is taken and freed, thousands in a row: the last one's
 * storage serves the next, and what held its text goes back to who fills it. */
static struct message *spare;

static struct message *
message_new(void)
{
	struct message *m = spare;

	spare = NULL;
	if (m == NULL) {
		m = mem_alloc(1, sizeof(*m));
		buf_init(&m->text, LIMIT_MESSAGE);
	}
	return m;
}

/* Makes what its text holds one line, and looks at it. */
static struct message *
view(struct message *m)
{
	bool has_newline = false;

	trim(&m->text);
	rpc_parse(buf_span(&m->text), &m->rpc, &has_newline);
	if (has_newline)
		json_flatten(m->text.data, m->text.len);
	if (m->rpc.kind == RPC_REQUEST)
		rpc_meta(&m->rpc, RPC_META_VERSION, &m->envelope);
	return m;
}

struct message *
message_take(struct buf *text)
{
	struct message *m = message_new();

	buf_take(&m->text, text);
	return view(m);
}

struct message *
message_swap(struct buf *text)
{
	struct message *m = message_new();

	buf_swap(&m->text, text);
	return view(m);
}

struct message *
message_format(const char *fmt, ...)
{
	struct buf text;
	char *line;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		abort();
	line = mem_alloc((size_t)len + 1, 1);
	va_start(args, fmt);
	vsnprintf(line, (size_t)len + 1, fmt, args);
	va_end(args);

	/* its parts have had their caps */
	buf_init(&text, (size_t)len);
	if (buf_add(&text, line, (size_t)len) != 0)
		abort();
	free(line);
	return message_take(&text);
}

void
message_free(struct message **message)
{
	struct message *m = *message;

	if (m == NULL)
		return;
	*message = NULL;
	if (!KEEPS_SPARE || spare != NULL || m->text.space > SPARE_SPACE) {
		buf_reset(&m->text);
		free(m);
		return;
	}
	buf_clear(&m->text);
	m->envelope = span_make(NULL, 0);
	spare = m;
}

struct message *
message_with_id(const struct message *message, struct span raw_id)
{
	struct json_splice splice = { message->rpc.id, raw_id };
	size_t count = message->rpc.id.len > 0 ? 1 : 0;
	struct buf text;

	buf_init(&text, message->text.len + raw_id.len);
	if (json_apply(buf_span(&message->text), &splice, count, &text) != 0)
		abort();
	return message_take(&text);
}

bool
message_param(const struct message *message, const char *key,
    struct span *value)
{
	return json_get(message->rpc.params, key, value);
}

bool
message_envelope(const struct message *message, struct span *version)
{
	if (message->rpc.kind != RPC_REQUEST)
		return rpc_meta(&message->rpc, RPC_META_VERSION, version);
	*version = message->envelope;
	return version->len > 0;
}

static bool
has_escape(struct span string)
{
	return memchr(string.ptr, '\\', string.len) != NULL;
}

static bool
same_string(struct span a, struct span b)
{
	char *left, *right;
	bool same;

	if (!has_escape(a) && !has_escape(b))
		return false;
	left = json_string_dup(a, LIMIT_ID);
	right = json_string_dup(b, LIMIT_ID);
	same = left != NULL && right != NULL &&
	       span_equal(span_of(left), span_of(right));
	free(left);
	free(right);
	return same;
}

bool
message_same_id(struct span a, struct span b)
{
	enum json_type type = json_type_of(a);
	int64_t left, right;

	if (span_equal(a, b))
		return true;
	if (type != json_type_of(b))
		return false;
	if (type == JSON_STRING)
		return same_string(a, b);
	return type == JSON_NUMBER && json_int64(a, &left) &&
	       json_int64(b, &right) && left == right;
}
