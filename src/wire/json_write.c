/* SPDX-License-Identifier: ISC */
/*
 * Appending JSON to a buffer, and edits of JSON text as splices. Nothing is
 * checked for grammar here: the caller opens, closes and names in order.
 */
#include "wire/json.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Only a value ends so; after a bracket, comma or colon comes no comma. */
static bool
ends_value(char c)
{
	return c == '"' || c == '}' || c == ']' || (c >= '0' && c <= '9') ||
	       (c >= 'a' && c <= 'z');
}

static int
put_comma(struct buf *out)
{
	if (out->len == 0 || !ends_value(out->data[out->len - 1]))
		return 0;
	return buf_add(out, ",", 1);
}

int
json_open(struct buf *out, char bracket)
{
	if (put_comma(out) == -1)
		return -1;
	return buf_add(out, &bracket, 1);
}

int
json_close(struct buf *out, char bracket)
{
	return buf_add(out, &bracket, 1);
}

int
json_put_key(struct buf *out, const char *key)
{
	if (json_put_string(out, span_of(key)) == -1)
		return -1;
	return buf_add(out, ":", 1);
}

static const char *
short_escape(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

/* What stands for the bad byte at `text`: an escape, or U+FFFD. */
static int
put_escape(struct buf *out, char c)
{
	const char *escape = short_escape(c);

	if (escape != NULL)
		return buf_add(out, escape, 2);
	if ((unsigned char)c < ' ')
		return buf_addf(out, "\\u%04x", (unsigned)c);
	return buf_add_string(out, REPLACEMENT);
}

/* The length of the front of `text` that needs no escape. */
static size_t
plain_length(struct span text)
{
	size_t len = 0;
	size_t step = 1;

	while (len < text.len && step > 0) {
		unsigned char c = (unsigned char)text.ptr[len];
		struct span rest = { text.ptr + len, text.len - len };

		if (c >= 0x80)
			step = utf8_length(rest);
		else
			step = c >= ' ' && c != '"' && c != '\\';
		len += step;
	}
	return len;
}

int
json_put_string(struct buf *out, struct span text)
{
	if (put_comma(out) == -1 || buf_add(out, "\"", 1) == -1)
		return -1;
	while (text.len > 0) {
		size_t len = plain_length(text);

		if (buf_add(out, text.ptr, len) == -1)
			return -1;
		text = span_make(text.ptr + len, text.len - len);
		if (text.len == 0)
			break;
		if (put_escape(out, text.ptr[0]) == -1)
			return -1;
		text = span_make(text.ptr + 1, text.len - 1);
	}
	return buf_add(out, "\"", 1);
}

int
json_put_raw(struct buf *out, struct span json)
{
	if (put_comma(out) == -1)
		return -1;
	return buf_add_span(out, json);
}

int
json_put_int(struct buf *out, int64_t number)
{
	if (put_comma(out) == -1)
		return -1;
	return buf_addf(out, "%" PRId64, number);
}

int
json_put_bool(struct buf *out, bool value)
{
	return json_put_raw(out, span_of(value ? "true" : "false"));
}

/* One allocation of the right size, and one failure before anything is
 * written. */
static int
reserve_spliced(struct span text, const struct json_splice *splices,
    size_t count, struct buf *out)
{
	size_t kept = text.len;
	size_t added = 0;

	for (size_t i = 0; i < count; i++) {
		kept -= splices[i].at.len;
		added += splices[i].with.len;
	}
	return buf_reserve(out, kept + added);
}

int
json_apply(struct span text, const struct json_splice *splices, size_t count,
    struct buf *out)
{
	const char *from = text.ptr;

	if (reserve_spliced(text, splices, count, out) == -1) {
		buf_reset(out);
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		const struct json_splice *s = &splices[i];
		struct span kept = { from, (size_t)(s->at.ptr - from) };

		if (buf_add_span(out, kept) == -1 ||
		    buf_add_span(out, s->with) == -1)
			return -1;
		from = s->at.ptr + s->at.len;
	}
	return buf_add(out, from, text.len - (size_t)(from - text.ptr));
}

/* A member from its name's quote, an item from its first byte. */
static const char *
member_start(struct span key, struct span value, bool keyed)
{
	return keyed ? key.ptr - 1 : value.ptr;
}

struct span
json_member_range(struct span container, struct span value)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span found = { 0 };
	const char *start = NULL;
	const char *previous_end = NULL;
	const char *end = value.ptr + value.len;

	json_iter_init(&it, container);
	while (json_next(&it, &key, &found) && found.ptr != value.ptr)
		previous_end = found.ptr + found.len;
	if (found.len == 0)
		return span_make(container.ptr, 0);
	start = member_start(key, found, it.keyed);
	if (json_next(&it, &key, &found))
		end = member_start(key, found, it.keyed);
	else if (previous_end != NULL)
		start = previous_end;
	return span_make(start, (size_t)(end - start));
}

static void
replace_by_space(char *text, size_t len, char c)
{
	char *end = text + len;
	char *p = memchr(text, c, len);

	for (; p != NULL; p = memchr(p, c, (size_t)(end - p)))
		*p = ' ';
}

void
json_flatten(char *text, size_t len)
{
	if (len == 0)
		return;
	replace_by_space(text, len, '\n');
	replace_by_space(text, len, '\r');
}
