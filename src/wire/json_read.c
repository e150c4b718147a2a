/* SPDX-License-Identifier: ISC */
/*
 * Finding and decoding values in text that json_scan accepted. It does not look
 * for errors, but every step is bounded by the span it was given.
 */
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static struct span
span_after(struct span text, size_t n)
{
	return span_make(text.ptr + n, text.len - n);
}

/* What is between the quotes or brackets. */
static struct span
inside(struct span value)
{
	return value.len < 2 ? span_make(value.ptr, 0) :
			       span_make(value.ptr + 1, value.len - 2);
}

static bool
is_escaped(const char *start, const char *quote)
{
	bool escaped = false;

	while (quote > start && quote[-1] == '\\') {
		escaped = !escaped;
		quote--;
	}
	return escaped;
}

/* The length of the string `text` starts with, quotes included. */
static size_t
string_length(struct span text)
{
	const char *body = text.ptr + 1;
	const char *end = text.ptr + text.len;
	const char *quote = memchr(body, '"', text.len - 1);

	while (quote != NULL && is_escaped(body, quote))
		quote = memchr(quote + 1, '"', (size_t)(end - quote) - 1);
	return quote == NULL ? text.len : (size_t)(quote + 1 - text.ptr);
}

/* Brackets and braces differ from each other in one bit. */
static size_t
container_length(struct span text)
{
	const char *end = text.ptr + text.len;
	const char *at = text.ptr;
	size_t depth = 0;

	while (at < end) {
		char c = *at;

		if (c == '"') {
			at += string_length(span_make(at, (size_t)(end - at)));
			continue;
		}
		at++;
		if ((c | ' ') == '{')
			depth++;
		else if ((c | ' ') == '}')
			depth--;
		if (depth == 0)
			break;
	}
	return (size_t)(at - text.ptr);
}

static bool
is_separator(char c)
{
	return c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' ||
	       c == '\n';
}

static size_t
scalar_length(struct span text)
{
	size_t len = 0;

	while (len < text.len && !is_separator(text.ptr[len]))
		len++;
	return len;
}

/* Takes the value at the front of `rest`, with the separators before it. */
static bool
take_value(struct span *rest, struct span *value)
{
	size_t len = 0;

	while (rest->len > 0 && is_separator(rest->ptr[0]))
		*rest = span_after(*rest, 1);
	if (rest->len == 0)
		return false;
	if (rest->ptr[0] == '"')
		len = string_length(*rest);
	else if (rest->ptr[0] == '{' || rest->ptr[0] == '[')
		len = container_length(*rest);
	else
		len = scalar_length(*rest);
	*value = span_make(rest->ptr, len);
	*rest = span_after(*rest, len);
	return true;
}

void
json_iter_init(struct json_iter *it, struct span container)
{
	enum json_type type = json_type_of(container);

	it->keyed = type == JSON_OBJECT;
	it->rest = span_make(container.ptr, 0);
	if (type == JSON_OBJECT || type == JSON_ARRAY)
		it->rest = inside(container);
}

bool
json_next(struct json_iter *it, struct span *key, struct span *value)
{
	struct span name = { 0 };

	*key = *value = span_make(it->rest.ptr, 0);
	if (it->keyed) {
		if (!take_value(&it->rest, &name))
			return false;
		*key = inside(name);
	}
	return take_value(&it->rest, value);
}

bool
json_get(struct span object, const char *key, struct span *value)
{
	struct json_iter it;
	struct span name = { 0 };

	json_iter_init(&it, object);
	while (it.keyed && json_next(&it, &name, value)) {
		if (json_key_is(name, key))
			return true;
	}
	*value = span_make(object.ptr, 0);
	return false;
}

bool
json_get_path(struct span object, const char *const *path, struct span *value)
{
	*value = object;
	for (; *path != NULL; path++) {
		if (!json_get(*value, *path, value))
			return false;
	}
	return true;
}

static uint32_t
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	return (uint32_t)((c | 0x20) - 'a' + 10) & 0xf;
}

/* The code unit of a \uXXXX at the front; false where there is none. */
static bool
read_unit(struct span text, uint32_t *unit)
{
	if (text.len < 6 || text.ptr[0] != '\\' || text.ptr[1] != 'u')
		return false;
	*unit = 0;
	for (size_t i = 2; i < 6; i++)
		*unit = *unit << 4 | hex_value(text.ptr[i]);
	return true;
}

static uint32_t
short_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return (unsigned char)c;
	}
}

static bool
is_surrogate(uint32_t code_point)
{
	return code_point >= 0xd800 && code_point <= 0xdfff;
}

/* Takes one escape, or a pair of surrogates, off the front of `rest`. A lone
 * surrogate is returned as it is. */
static uint32_t
take_escape(struct span *rest)
{
	uint32_t high = 0;
	uint32_t low = 0;

	if (!read_unit(*rest, &high)) {
		high = rest->len < 2 ? '\\' : short_escape(rest->ptr[1]);
		*rest = span_after(*rest, rest->len < 2 ? 1 : 2);
		return high;
	}
	*rest = span_after(*rest, 6);
	if (high < 0xd800 || high > 0xdbff || !read_unit(*rest, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return high;
	*rest = span_after(*rest, 6);
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Decodes a string byte by byte, for comparing without storage. */
struct decoder {
	struct span rest;
	char character[4];
	size_t len;
	size_t used;
};

enum { END_OF_STRING = -1 };

static int
next_byte(struct decoder *d)
{
	if (d->used == d->len) {
		if (d->rest.len == 0)
			return END_OF_STRING;
		d->used = 0;
		d->len = 1;
		d->character[0] = d->rest.ptr[0];
		if (d->rest.ptr[0] == '\\')
			d->len =
			    utf8_encode(take_escape(&d->rest), d->character);
		else
			d->rest = span_after(d->rest, 1);
	}
	return (unsigned char)d->character[d->used++];
}

static bool
has_escape(struct span text)
{
	return text.len > 0 && memchr(text.ptr, '\\', text.len) != NULL;
}

bool
json_key_is(struct span key, const char *text)
{
	struct span wanted = span_of(text);
	struct decoder d = { .rest = key };

	if (span_equal(key, wanted))
		return !has_escape(key);
	if (key.len < wanted.len || !has_escape(key))
		return false;
	for (size_t i = 0; i < wanted.len; i++) {
		if (next_byte(&d) != (unsigned char)wanted.ptr[i])
			return false;
	}
	return next_byte(&d) == END_OF_STRING;
}

size_t
json_key_find_escaped(struct span key, const struct span *names, size_t count)
{
	size_t i = 0;

	if (!has_escape(key))
		return count;
	while (i < count && !json_key_is(key, names[i].ptr))
		i++;
	return i;
}

bool
json_string_is(struct span value, const char *text)
{
	return json_type_of(value) == JSON_STRING &&
	       json_key_is(inside(value), text);
}

static int
compare_keys(const void *a, const void *b)
{
	struct decoder left = { .rest = *(const struct span *)a };
	struct decoder right = { .rest = *(const struct span *)b };
	int l = 0;
	int r = 0;

	do {
		l = next_byte(&left);
		r = next_byte(&right);
	} while (l == r && l != END_OF_STRING);
	return l - r;
}

static size_t
count_members(struct span object)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span value = { 0 };
	size_t count = 0;

	json_iter_init(&it, object);
	while (json_next(&it, &key, &value))
		count++;
	return count;
}

bool
json_has_duplicate_key(struct span object)
{
	struct json_iter it;
	struct span value = { 0 };
	struct span *keys = NULL;
	size_t count = 0;
	bool found = false;

	if (json_type_of(object) != JSON_OBJECT)
		return false;
	count = count_members(object);
	keys = mem_alloc(count, sizeof *keys);
	json_iter_init(&it, object);
	for (size_t i = 0; i < count; i++)
		(void)json_next(&it, &keys[i], &value);
	qsort(keys, count, sizeof *keys, compare_keys);
	for (size_t i = 1; i < count && !found; i++)
		found = compare_keys(&keys[i - 1], &keys[i]) == 0;
	free(keys);
	return found;
}

static int
add_escape(struct span *rest, struct buf *out)
{
	char utf8[4];
	uint32_t code_point = take_escape(rest);

	if (is_surrogate(code_point))
		return -1;
	return buf_add(out, utf8, utf8_encode(code_point, utf8));
}

static int
add_run(struct span *rest, struct buf *out)
{
	const char *escape = memchr(rest->ptr, '\\', rest->len);
	size_t len = escape == NULL ? rest->len : (size_t)(escape - rest->ptr);

	if (buf_add(out, rest->ptr, len) == -1)
		return -1;
	*rest = span_after(*rest, len);
	return 0;
}

int
json_string(struct span value, struct buf *out)
{
	struct span rest = inside(value);
	int result = json_type_of(value) == JSON_STRING ? 0 : -1;

	/* So that the empty string has storage too. */
	if (result == 0)
		result = buf_add(out, "", 0);
	while (result == 0 && rest.len > 0) {
		if (rest.ptr[0] == '\\')
			result = add_escape(&rest, out);
		else
			result = add_run(&rest, out);
	}
	if (result == -1)
		buf_reset(out);
	return result;
}

char *
json_string_dup(struct span value, size_t max)
{
	struct buf text;

	buf_init(&text, max);
	if (json_string(value, &text) == -1)
		return NULL;
	if (memchr(text.data, '\0', text.len) != NULL)
		buf_reset(&text);
	return text.data;
}
