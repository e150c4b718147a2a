/* SPDX-License-Identifier: ISC */
/*
 * Lines of a configuration file.
 */
#include "wire/ini.h"

#include "base/utf8.h"

static const struct span byte_order_mark = { "\xef\xbb\xbf", 3 };

void
ini_init(struct ini *ini, struct span text)
{
	*ini = (struct ini){ .rest = text };
	if (span_starts_with(text, byte_order_mark.ptr))
		ini->rest = span_make(text.ptr + byte_order_mark.len,
		    text.len - byte_order_mark.len);
}

/* The next line, without its end and white space around it. */
static struct span
next_line(struct ini *ini)
{
	struct span rest = ini->rest;
	const char *end = memchr(rest.ptr, '\n', rest.len);
	size_t len = end != NULL ? (size_t)(end - rest.ptr) : rest.len;
	size_t used = end != NULL ? len + 1 : len;

	ini->rest = span_make(rest.ptr + used, rest.len - used);
	ini->line++;
	return span_trim(span_make(rest.ptr, len));
}

/* What no editor shows must not mean anything either. */
static bool
is_text(struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return utf8_valid(line);
}

static bool
is_key(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '[' || c == ']')
			return false;
	}
	return text.len > 0;
}

static int
fail(struct ini *ini, const char *why)
{
	ini->why = why;
	return -1;
}

static int
read_section(struct ini *ini, struct span line, struct ini_item *item)
{
	if (line.ptr[line.len - 1] != ']')
		return fail(ini, "a section ends with \"]\"");
	item->kind = INI_SECTION;
	item->name = span_trim(span_make(line.ptr + 1, line.len - 2));
	item->value = (struct span){ 0 };
	return item->name.len > 0 ? 1 : fail(ini, "a section has a name");
}

static int
read_setting(struct ini *ini, struct span line, struct ini_item *item)
{
	const char *equals = memchr(line.ptr, '=', line.len);
	size_t len = equals != NULL ? (size_t)(equals - line.ptr) : line.len;

	item->kind = INI_SETTING;
	item->name = span_trim(span_make(line.ptr, len));
	item->value = equals != NULL ?
			  span_trim(span_make(equals + 1, line.len - len - 1)) :
			  (struct span){ 0 };
	return is_key(item->name) ? 1 :
				    fail(ini, "\"option = value\" is needed");
}

int
ini_next(struct ini *ini, struct ini_item *item)
{
	while (ini->rest.len > 0) {
		struct span line = next_line(ini);

		if (!is_text(line))
			return fail(ini, "there are bytes that are no text");
		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		return line.ptr[0] == '[' ? read_section(ini, line, item) :
					    read_setting(ini, line, item);
	}
	return 0;
}
