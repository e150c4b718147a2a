/* SPDX-License-Identifier: ISC */
/*
 * TOML's items and values. A value is passed over as a whole: strings of all
 * four kinds, and brackets to any depth.
 */
#include "wire/toml.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "wire/json.h"

static bool
is_bare(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool
starts_at(struct span text, size_t at, const char *word)
{
	size_t len = strlen(word);

	return text.len - at >= len && memcmp(text.ptr + at, word, len) == 0;
}

static size_t
skip_blank(struct span text, size_t at)
{
	while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
		at++;
	return at;
}

/* To the line end, or the end of the text. */
static size_t
skip_line(struct span text, size_t at)
{
	while (at < text.len && text.ptr[at] != '\n')
		at++;
	return at;
}

/* The opening quotes of a string: one of the four, or NULL. */
static const char *
quotes_at(struct span text, size_t at)
{
	static const char *const kinds[] = { "\"\"\"", "'''", "\"", "'" };

	for (size_t i = 0; i < 4; i++) {
		if (starts_at(text, at, kinds[i]))
			return kinds[i];
	}
	return NULL;
}

/* Behind the string that starts at `at`; 0 where it does not end. */
static size_t
skip_string(struct span text, size_t at, const char *quotes)
{
	bool several = quotes[1] != '\0';

	for (at += strlen(quotes); at < text.len; at++) {
		if (text.ptr[at] == '\n' && !several)
			return 0;
		if (text.ptr[at] == '\\' && quotes[0] == '"') {
			at++;
		} else if (starts_at(text, at, quotes)) {
			/* Up to two more of them belong to the text. */
			for (int i = 0; several && i < 2 &&
					starts_at(text, at + 1, quotes);
			     i++)
				at++;
			return at + strlen(quotes);
		}
	}
	return 0;
}

/* Behind the value; 0 where it does not end. */
static size_t
skip_value(struct span text, size_t at)
{
	unsigned depth = 0;

	while (at < text.len) {
		const char *quotes = quotes_at(text, at);
		char c = text.ptr[at];

		if (depth == 0 && (c == '\n' || c == '#'))
			break;
		if (quotes != NULL) {
			at = skip_string(text, at, quotes);
			if (at == 0)
				return 0;
			continue;
		}
		if (c == '#') {
			at = skip_line(text, at);
			continue;
		}
		if (c == '[' || c == '{')
			depth++;
		if ((c == ']' || c == '}') && depth-- == 0)
			return 0;
		at++;
	}
	return depth == 0 ? at : 0;
}

/* Behind the key, dots and white space included. */
static size_t
skip_key(struct span text, size_t at)
{
	while (at < text.len) {
		const char *quotes = quotes_at(text, at);

		if (quotes != NULL && quotes[1] == '\0') {
			size_t end = skip_string(text, at, quotes);

			if (end == 0)
				return at;
			at = end;
		} else if (is_bare(text.ptr[at]) || text.ptr[at] == '.' ||
			   text.ptr[at] == ' ' || text.ptr[at] == '\t') {
			at++;
		} else {
			return at;
		}
	}
	return at;
}

static int
broken(const struct toml_iter *it, struct fault *f)
{
	unsigned line = 1;

	for (size_t i = 0; i < it->at; i++)
		line += it->text.ptr[i] == '\n';
	return fault_set(f, FAULT_CONFIG, "Line %u is no TOML", line);
}

/* Nothing but a comment may follow. */
static bool
end_line(struct span text, size_t at, size_t *end)
{
	at = skip_blank(text, at);
	if (at < text.len && text.ptr[at] != '#' && text.ptr[at] != '\n' &&
	    text.ptr[at] != '\r')
		return false;
	*end = skip_line(text, at);
	if (*end < text.len)
		(*end)++;
	return true;
}

static int
read_header(struct toml_iter *it, size_t at, struct toml_item *item,
    struct fault *f)
{
	bool array = starts_at(it->text, at, "[[");
	size_t start = it->at, key = at + (array ? 2 : 1);
	size_t end = skip_key(it->text, key);

	item->kind = array ? TOML_ARRAY_TABLE : TOML_TABLE;
	item->key = span_trim(span_make(it->text.ptr + key, end - key));
	if (!starts_at(it->text, end, array ? "]]" : "]") ||
	    !end_line(it->text, end + (array ? 2 : 1), &it->at))
		return broken(it, f);
	item->lines = span_make(it->text.ptr + start, it->at - start);
	return 1;
}

static int
read_pair(struct toml_iter *it, size_t at, struct toml_item *item,
    struct fault *f)
{
	size_t start = it->at, end = skip_key(it->text, at);

	item->kind = TOML_VALUE;
	item->key = span_trim(span_make(it->text.ptr + at, end - at));
	if (end == at || !starts_at(it->text, end, "="))
		return broken(it, f);
	at = skip_blank(it->text, end + 1);
	end = skip_value(it->text, at);
	if (end <= at)
		return broken(it, f);
	item->value = span_trim(span_make(it->text.ptr + at, end - at));
	if (item->value.len == 0 || !end_line(it->text, end, &it->at))
		return broken(it, f);
	item->lines = span_make(it->text.ptr + start, it->at - start);
	return 1;
}

void
toml_iter_init(struct toml_iter *it, struct span text)
{
	*it = (struct toml_iter){ .text = text };
	if (starts_at(text, 0, "\xef\xbb\xbf"))
		it->at = 3;
}

int
toml_next(struct toml_iter *it, struct toml_item *item, struct fault *f)
{
	*item = (struct toml_item){ 0 };
	while (it->at < it->text.len) {
		size_t at = skip_blank(it->text, it->at);

		if (at < it->text.len && it->text.ptr[at] == '[')
			return read_header(it, at, item, f);
		if (at < it->text.len && !char_among(it->text.ptr[at], "#\n\r"))
			return read_pair(it, at, item, f);
		at = skip_line(it->text, at);
		it->at = at < it->text.len ? at + 1 : at;
	}
	return 0;
}

/*
 * Strings
 */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int
put_code_point(struct span digits, struct buf *out)
{
	uint32_t code = 0;
	char text[4];

	for (size_t i = 0; i < digits.len; i++) {
		int value = hex_value(digits.ptr[i]);

		if (value < 0)
			return -1;
		code = code << 4 | (uint32_t)value;
	}
	if (code >= 0x110000 || (code >= 0xd800 && code < 0xe000))
		return -1;
	return buf_add(out, text, utf8_encode(code, text));
}

/* A backslash at the end of a line swallows the white space after it. */
static size_t
swallow_lines(struct span body, size_t at)
{
	size_t end = skip_blank(body, at);

	if (end == body.len || !char_among(body.ptr[end], "\r\n"))
		return at;
	while (end < body.len && char_among(body.ptr[end], " \t\r\n"))
		end++;
	return end;
}

/* The escape whose letter stands at *at. */
static int
put_escape(struct span body, size_t *at, struct buf *out)
{
	static const char letters[] = "btnfr\"\\e";
	static const char bytes[] = "\b\t\n\f\r\"\\\033";
	char c = *at < body.len ? body.ptr[*at] : '\0';
	const char *found = c != '\0' ? strchr(letters, c) : NULL;
	size_t digits = c == 'u' ? 4 : c == 'U' ? 8 : c == 'x' ? 2 : 0;
	size_t lines = swallow_lines(body, *at);

	if (lines > *at) {
		*at = lines;
		return 0;
	}
	(*at)++;
	if (found != NULL)
		return buf_add(out, bytes + (found - letters), 1);
	if (digits == 0 || body.len - *at < digits)
		return -1;
	*at += digits;
	return put_code_point(span_make(body.ptr + *at - digits, digits), out);
}

static int
decode_body(struct span body, bool escapes, struct buf *out)
{
	size_t at = 0;

	while (at < body.len) {
		if (escapes && body.ptr[at] == '\\') {
			at++;
			if (put_escape(body, &at, out) == -1)
				return -1;
		} else if (buf_add(out, body.ptr + at++, 1) == -1) {
			return -1;
		}
	}
	return 0;
}

/* The text of a string with its quotes. */
static int
decode_string(struct span value, struct buf *out)
{
	const char *quotes = quotes_at(value, 0);
	size_t len = quotes != NULL ? strlen(quotes) : 0;

	if (quotes == NULL || skip_string(value, 0, quotes) != value.len)
		return -1;
	struct span body = span_make(value.ptr + len, value.len - 2 * len);
	/* A line end right behind the quotes is not of the text. */
	if (len == 3 && body.len > 0 && body.ptr[0] == '\r')
		body = span_make(body.ptr + 1, body.len - 1);
	if (len == 3 && body.len > 0 && body.ptr[0] == '\n')
		body = span_make(body.ptr + 1, body.len - 1);
	return decode_body(body, quotes[0] == '"', out);
}

/*
 * Keys
 */

void
toml_path_reset(struct toml_path *path)
{
	for (size_t i = 0; i < path->count; i++)
		free(path->parts[i]);
	*path = (struct toml_path){ 0 };
}

static bool
add_part(struct toml_path *path, struct span part)
{
	struct buf text;
	bool ok = false;

	if (path->count == TOML_PATH_MAX || part.len == 0)
		return false;
	buf_init(&text, part.len);
	if (quotes_at(part, 0) != NULL)
		ok = decode_string(part, &text) == 0;
	else
		ok = buf_add_span(&text, part) == 0;
	ok = ok && (text.len == 0 || memchr(text.data, '\0', text.len) == NULL);
	if (ok)
		path->parts[path->count++] =
		    mem_copy(text.len > 0 ? text.data : "", text.len);
	buf_reset(&text);
	return ok;
}

bool
toml_path_add(struct toml_path *path, struct span key)
{
	size_t at = 0;

	while (at <= key.len) {
		size_t start = skip_blank(key, at);
		const char *quotes =
		    start < key.len ? quotes_at(key, start) : NULL;

		at = start;
		if (quotes != NULL)
			at = skip_string(key, at, quotes);
		while (quotes == NULL && at < key.len && is_bare(key.ptr[at]))
			at++;
		if (at <= start ||
		    !add_part(path, span_make(key.ptr + start, at - start)))
			return false;
		at = skip_blank(key, at);
		if (at == key.len)
			return true;
		if (key.ptr[at++] != '.')
			return false;
	}
	return false;
}

/*
 * Values
 */

static size_t
skip_white_and_comments(struct span text, size_t at)
{
	while (at < text.len && char_among(text.ptr[at], " \t\r\n#"))
		at = text.ptr[at] == '#' ? skip_line(text, at) : at + 1;
	return at;
}

/* Behind the item of an array or inline table that starts at `at`. */
static size_t
skip_item(struct span text, size_t at)
{
	unsigned depth = 0;

	while (at < text.len) {
		const char *quotes = quotes_at(text, at);
		char c = text.ptr[at];

		if (depth == 0 && char_among(c, ",]}#\n"))
			break;
		if (quotes != NULL) {
			at = skip_string(text, at, quotes);
			if (at == 0)
				return text.len;
			continue;
		}
		depth += c == '[' || c == '{';
		depth -= c == ']' || c == '}';
		at = c == '#' ? skip_line(text, at) : at + 1;
	}
	return at;
}

static int put_value(struct span value, struct buf *out, unsigned depth);

static int
put_pair(struct span item, struct buf *out, unsigned depth)
{
	struct toml_path path = { 0 };
	size_t end = skip_key(item, 0);
	int rc = -1;

	if (starts_at(item, end, "=") &&
	    toml_path_add(&path, span_trim(span_make(item.ptr, end))) &&
	    path.count == 1 && json_put_key(out, path.parts[0]) == 0)
		rc =
		    put_value(span_make(item.ptr + end + 1, item.len - end - 1),
			out, depth);
	toml_path_reset(&path);
	return rc;
}

static int
put_items(struct span value, struct buf *out, unsigned depth)
{
	bool table = value.ptr[0] == '{';
	struct span inner = span_make(value.ptr + 1, value.len - 2);
	size_t at = skip_white_and_comments(inner, 0);

	if (json_open(out, value.ptr[0]) == -1)
		return -1;
	while (at < inner.len) {
		size_t end = skip_item(inner, at);
		struct span item =
		    span_trim(span_make(inner.ptr + at, end - at));

		if (item.len == 0 ||
		    (table ? put_pair(item, out, depth) :
			     put_value(item, out, depth)) == -1)
			return -1;
		at = skip_white_and_comments(inner, end);
		if (at < inner.len && inner.ptr[at++] != ',')
			return -1;
		at = skip_white_and_comments(inner, at);
	}
	return json_close(out, table ? '}' : ']');
}

static int
put_text(struct span value, struct buf *out)
{
	struct buf text;
	int rc = -1;

	buf_init(&text, value.len);
	if (buf_reserve(&text, value.len) == 0 &&
	    decode_string(value, &text) == 0)
		rc = json_put_string(out, buf_span(&text));
	buf_wipe(&text);
	return rc;
}

static int
put_value(struct span value, struct buf *out, unsigned depth)
{
	struct json_doc doc;

	value = span_trim(value);
	if (value.len == 0 || depth == 0)
		return -1;
	if (quotes_at(value, 0) != NULL)
		return put_text(value, out);
	if (value.ptr[0] == '[' || value.ptr[0] == '{')
		return value.len < 2 ? -1 : put_items(value, out, depth - 1);
	/* Words and most numbers are the same in both. */
	if (json_scan(value, 1, &doc))
		return json_put_raw(out, value);
	return json_put_raw(out, span_of("null"));
}

int
toml_to_json(struct span value, struct buf *out)
{
	return put_value(value, out, LIMIT_AUTH_DEPTH);
}
