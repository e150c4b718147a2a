/* SPDX-License-Identifier: ISC */
/*
 * JSON laid out, token by token: numbers keep their digits, strings their
 * escapes.
 */
#include "cli/json_print.h"

#include <stdint.h>

#include "base/utf8.h"

enum { INDENT = 2 };

struct printer {
	struct terminal *t;
	int depth;
};

/* A character of two or three bytes, as in RFC 3629. */
static uint32_t
decode(const char *text, size_t len)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (len == 2)
		return (byte[0] & 0x1fu) << 6 | (byte[1] & 0x3fu);
	return (byte[0] & 0x0fu) << 12 | (byte[1] & 0x3fu) << 6 |
	       (byte[2] & 0x3fu);
}

static bool
drives_terminals(uint32_t c)
{
	return (c >= 0x7f && c <= 0x9f) || (c >= 0x200e && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void
put_text(struct printer *p, struct span text)
{
	if (!p->t->is_tty) {
		fwrite(text.ptr, 1, text.len, p->t->stream);
		return;
	}
	for (size_t at = 0, len = 0; at < text.len; at += len) {
		const char *here = text.ptr + at;
		uint32_t c = (unsigned char)*here;

		len = utf8_length(span_make(here, text.len - at));
		if (len == 2 || len == 3)
			c = decode(here, len);
		else if (len == 0)
			len = 1;
		if (len < 4 && drives_terminals(c))
			fprintf(p->t->stream, "\\u%04x", (unsigned)c);
		else
			fwrite(here, 1, len, p->t->stream);
	}
}

static void
put_char(struct printer *p, char c)
{
	fputc(c, p->t->stream);
}

static void
put_line(struct printer *p)
{
	fprintf(p->t->stream, "\n%*s", p->depth * INDENT, "");
}

/* Where the string that begins at `at` ends. */
static size_t
string_end(struct span json, size_t at)
{
	for (at++; json.ptr[at] != '"'; at++)
		if (json.ptr[at] == '\\')
			at++;
	return at + 1;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t
skip_space(struct span json, size_t at)
{
	while (at < json.len && is_space(json.ptr[at]))
		at++;
	return at;
}

/* An opening bracket at `at`; an empty container stays in its line. */
static size_t
open_container(struct printer *p, struct span json, size_t at)
{
	size_t next = skip_space(json, at + 1);

	put_char(p, json.ptr[at]);
	if (json.ptr[next] == '}' || json.ptr[next] == ']') {
		put_char(p, json.ptr[next]);
		return next + 1;
	}
	p->depth++;
	put_line(p);
	return next;
}

static size_t
put_scalar(struct printer *p, struct span json, size_t at)
{
	size_t end = at;

	if (json.ptr[at] == '"')
		end = string_end(json, at);
	else
		while (end < json.len && !is_space(json.ptr[end]) &&
		       !char_among(json.ptr[end], ",:]}"))
			end++;
	put_text(p, span_make(json.ptr + at, end - at));
	return end;
}

static size_t
put_token(struct printer *p, struct span json, size_t at)
{
	switch (json.ptr[at]) {
	case '{':
	case '[':
		return open_container(p, json, at);
	case '}':
	case ']':
		p->depth--;
		put_line(p);
		put_char(p, json.ptr[at]);
		return at + 1;
	case ',':
		put_char(p, ',');
		put_line(p);
		return at + 1;
	case ':':
		put_char(p, ':');
		put_char(p, ' ');
		return at + 1;
	default:
		return put_scalar(p, json, at);
	}
}

void
json_print(struct terminal *t, struct span json, bool pretty)
{
	struct printer p = { .t = t };
	size_t at = pretty ? skip_space(json, 0) : json.len;

	if (!pretty)
		put_text(&p, json);
	while (at < json.len)
		at = skip_space(json, put_token(&p, json, at));
	put_char(&p, '\n');
}
