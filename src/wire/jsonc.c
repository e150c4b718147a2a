/* SPDX-License-Identifier: ISC */
/*
 * The shadow of a settings file, and what is found in it. Edits are
 * jsonc_edit.c.
 */
#include "wire/jsonc.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/json.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct shadow {
	const char *at, *end;
	char *out;   /* where the byte at `at` goes */
	char *comma; /* behind a value, with nothing but white space since */
	char last;   /* byte that is neither white nor blanked */
};

static void
copy(struct shadow *s)
{
	*s->out++ = *s->at++;
}

static void
blank(struct shadow *s)
{
	*s->out++ = *s->at == '\n' || *s->at == '\r' ? *s->at : ' ';
	s->at++;
}

static bool
looking_at(const struct shadow *s, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(s->end - s->at) >= len && memcmp(s->at, text, len) == 0;
}

static void
pass_string(struct shadow *s)
{
	copy(s);
	while (s->at < s->end && *s->at != '"') {
		if (*s->at == '\\' && s->end - s->at > 1)
			copy(s);
		copy(s);
	}
	if (s->at < s->end)
		copy(s);
	s->last = '"';
	s->comma = NULL;
}

static void
blank_line_comment(struct shadow *s)
{
	while (s->at < s->end && *s->at != '\n' && *s->at != '\r')
		blank(s);
}

static bool
blank_block_comment(struct shadow *s)
{
	blank(s);
	blank(s);
	while (s->at < s->end && !looking_at(s, "*/"))
		blank(s);
	if (s->at == s->end)
		return false;
	blank(s);
	blank(s);
	return true;
}

static void
pass_plain(struct shadow *s)
{
	char c = *s->at;
	bool after_value = s->last != '\0' && !char_among(s->last, "{[,:");

	if (char_among(c, " \t\r\n")) {
		copy(s);
		return;
	}
	if ((c == '}' || c == ']') && s->comma != NULL)
		*s->comma = '\t';
	s->comma = c == ',' && after_value ? s->out : NULL;
	s->last = c;
	copy(s);
}

bool
jsonc_shadow(struct span text, char *shadow)
{
	struct shadow s = { .at = text.ptr, .out = shadow };
	bool closed = true;

	if (text.len == 0)
		return true;
	s.end = text.ptr + text.len;
	if (looking_at(&s, BYTE_ORDER_MARK)) {
		memset(s.out, ' ', 3);
		s.at += 3;
		s.out += 3;
	}
	while (s.at < s.end && closed) {
		if (*s.at == '"')
			pass_string(&s);
		else if (looking_at(&s, "//"))
			blank_line_comment(&s);
		else if (looking_at(&s, "/*"))
			closed = blank_block_comment(&s);
		else
			pass_plain(&s);
	}
	return closed;
}

static unsigned
line_of(struct span text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset && i < text.len; i++)
		line += text.ptr[i] == '\n';
	return line;
}

int
jsonc_open(struct span text, char **shadow, struct span *object,
    struct fault *f)
{
	struct json_doc doc;

	*shadow = mem_alloc(text.len + 1, 1);
	*object = span_make(*shadow, 0);
	if (!jsonc_shadow(text, *shadow))
		return fault_set(f, FAULT_CONFIG, "A comment does not end");
	if (span_trim(span_make(*shadow, text.len)).len == 0)
		return 0;
	if (!json_scan(span_make(*shadow, text.len), LIMIT_DEPTH, &doc))
		return fault_set(f, FAULT_CONFIG, "Line %u is no JSON: %s",
		    line_of(text, doc.error_offset), doc.error);
	if (doc.type != JSON_OBJECT)
		return fault_set(f, FAULT_CONFIG, "It holds no JSON object");
	*object = doc.value;
	return 0;
}

static bool
same_text(struct span a, struct span b)
{
	struct buf left, right;
	bool same = false;

	buf_init(&left, a.len);
	buf_init(&right, b.len);
	same = json_string(a, &left) == 0 && json_string(b, &right) == 0 &&
	       span_equal(buf_span(&left), buf_span(&right));
	buf_wipe(&left);
	buf_wipe(&right);
	return same;
}

static bool
covers_items(struct span have, struct span wanted)
{
	struct json_iter a, b;
	struct span key, item, other;

	json_iter_init(&a, wanted);
	json_iter_init(&b, have);
	while (json_next(&a, &key, &item)) {
		if (!json_next(&b, &key, &other) || !json_covers(other, item))
			return false;
	}
	return !json_next(&b, &key, &other);
}

static bool
covers_members(struct span have, struct span wanted)
{
	struct json_iter it;
	struct span key, value, other;

	json_iter_init(&it, wanted);
	while (json_next(&it, &key, &value)) {
		char *name =
		    json_string_dup(span_make(key.ptr - 1, key.len + 2),
			wanted.len);
		bool found = name != NULL && json_get(have, name, &other) &&
			     json_covers(other, value);

		free(name);
		if (!found)
			return false;
	}
	return true;
}

bool
json_covers(struct span have, struct span wanted)
{
	enum json_type type = json_type_of(wanted);

	if (json_type_of(have) != type)
		return false;
	if (type == JSON_STRING)
		return same_text(have, wanted);
	if (type == JSON_ARRAY)
		return covers_items(have, wanted);
	if (type == JSON_OBJECT)
		return covers_members(have, wanted);
	return span_equal(have, wanted);
}
