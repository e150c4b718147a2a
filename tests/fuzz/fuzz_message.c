/* SPDX-License-Identifier: ISC */
/*
 * Messages of any bytes: one line, the same value, another id and back, ids
 * compared both ways, and no error that passes for ours. What stands behind
 * three line feeds is another id.
 */
#include "mcp/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mcp/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static struct message *
take(struct span text)
{
	struct message *m = NULL;
	struct buf buf;

	buf_init(&buf, LIMIT_MESSAGE);
	check(buf_add_span(&buf, text) == 0);
	m = message_take(&buf);
	check(buf.len == 0 && buf.data == NULL);
	return m;
}

static void
check_view(const struct message *m)
{
	const struct span spans[] = { m->rpc.text, m->rpc.id, m->rpc.method,
		m->rpc.params, m->rpc.result, m->rpc.error };
	struct span value = { 0 };

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		check(spans[i].len == 0 ||
		      span_within(spans[i], buf_span(&m->text)));
	if (message_envelope(m, &value))
		check(span_within(value, m->rpc.params));
	if (message_param(m, "cursor", &value))
		check(span_within(value, m->rpc.params));
}

/* What is forwarded is one line; apart from line feeds it is what came. */
static void
check_line(const struct message *m, struct span came)
{
	struct span inner = span_trim(came);

	check(m->text.len == inner.len);
	for (size_t i = 0; i < inner.len; i++) {
		char c = m->text.data[i];

		check(c == inner.ptr[i] ||
		      (c == ' ' &&
			  (inner.ptr[i] == '\n' || inner.ptr[i] == '\r')));
	}
	/* what is no JSON goes nowhere */
	if (m->rpc.text.len > 0)
		check(memchr(m->text.data, '\n', m->text.len) == NULL &&
		      memchr(m->text.data, '\r', m->text.len) == NULL);
}

static void
check_another_id(const struct message *m, struct span id)
{
	struct message *other = message_with_id(m, id);
	struct message *back = NULL;

	check(other->rpc.kind == m->rpc.kind);
	check(other->rpc.method_code == m->rpc.method_code);
	check(span_equal(other->rpc.params, m->rpc.params));
	check(span_equal(other->rpc.result, m->rpc.result));
	check(span_equal(other->rpc.error, m->rpc.error));
	if (m->rpc.id.len > 0)
		check(span_equal(other->rpc.id, id));
	back = message_with_id(other, m->rpc.id);
	check(span_equal(buf_span(&back->text), buf_span(&m->text)));
	message_free(&back);
	message_free(&other);
}

static void
check_same_id(struct span a, struct span b)
{
	bool same = message_same_id(a, b);

	check(message_same_id(a, a));
	check(message_same_id(b, a) == same);
	if (span_equal(a, b))
		check(same);
	if (json_type_of(a) != json_type_of(b))
		check(!same);
}

static void
check_unmasked(const struct message *m)
{
	static const char *const path[] = { "data", "source", NULL };
	struct message *error = take(buf_span(&m->text));
	struct span source = { 0 };
	bool masked = answer_unmask(&error);

	check(!masked || m->rpc.kind == RPC_ERROR);
	check(error->rpc.kind == m->rpc.kind);
	check(span_equal(error->rpc.id, m->rpc.id));
	check(masked || span_equal(buf_span(&error->text), buf_span(&m->text)));
	if (error->rpc.kind == RPC_ERROR &&
	    json_get_path(error->rpc.error, path, &source))
		check(!json_string_is(source, "mcp-bridge"));
	check(!answer_unmask(&error));
	message_free(&error);
}

static bool
is_id(struct span text)
{
	struct json_doc doc;

	return text.len <= LIMIT_ID && json_scan(text, 1, &doc) &&
	       doc.value.len == text.len &&
	       (doc.type == JSON_STRING || json_is_integer(text));
}

static const char *
find_mark(struct span text)
{
	for (; text.len >= 3; text.ptr++, text.len--)
		if (memcmp(text.ptr, "\n\n\n", 3) == 0)
			return text.ptr;
	return NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span came = { (const char *)data, size };
	struct span id = { "\"id\"", 4 };
	const char *mark = find_mark(came);
	struct message *m = NULL;

	if (mark != NULL) {
		id = span_make(mark + 3, size - 3 - (size_t)(mark - came.ptr));
		came.len = (size_t)(mark - came.ptr);
	}
	m = take(came);
	check_view(m);
	check_line(m, came);
	check_unmasked(m);
	if (is_id(id)) {
		check_another_id(m, id);
		check_same_id(m->rpc.id, id);
	}
	message_free(&m);
	return 0;
}
