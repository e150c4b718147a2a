/* SPDX-License-Identifier: ISC */
/*
 * The validating scanner: one pass, a bit for each open container, no tree. It
 * converts nothing; reading values is json_read.c, writing is json_write.c.
 */
#include "wire/json.h"

#include <string.h>

#include "base/utf8.h"

enum { MAX_DEPTH = 256, WORD_BITS = 64 };

/* What stands at the cursor next. */
enum step { STEP_VALUE, STEP_AFTER_VALUE, STEP_DONE, STEP_FAILED };

struct scan {
	const char *at;
	const char *end;
	unsigned depth;
	unsigned max_depth;
	/* One bit a level: the container there is an object. */
	uint64_t objects[MAX_DEPTH / WORD_BITS];
	struct json_doc *doc;
};

static bool
fail(struct scan *s, const char *why)
{
	s->doc->error = why;
	return false;
}

static enum step
fail_step(struct scan *s, const char *why)
{
	fail(s, why);
	return STEP_FAILED;
}

static bool
looking_at(const struct scan *s, char c)
{
	return s->at < s->end && *s->at == c;
}

static bool
at_digit(const struct scan *s)
{
	return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

static bool
in_object(const struct scan *s)
{
	unsigned level = s->depth - 1;

	return (s->objects[level / WORD_BITS] >> (level % WORD_BITS)) & 1;
}

static void
skip_white(struct scan *s)
{
	for (; s->at < s->end; s->at++) {
		if (*s->at == '\n' || *s->at == '\r')
			s->doc->has_newline |= s->depth > 0;
		else if (*s->at != ' ' && *s->at != '\t')
			return;
	}
}

static bool
is_plain(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= ' ' && u < 0x80 && u != '"' && u != '\\';
}

/* Lowest byte first, whatever the machine: compilers make one load of it. */
static uint64_t
load_word(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
	       (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	       (uint64_t)p[7] << 56;
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Leaves the high bit of each byte that is not plain. Borrows may mark bytes
 * above one that is rightly marked, never below: the lowest mark is right.
 */
static uint64_t
mark_special(uint64_t word)
{
	return (word | (word - EACH_BYTE(' ')) |
		   ((word ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
		   ((word ^ EACH_BYTE('\\')) - EACH_BYTE(1))) &
	       EACH_BYTE(0x80);
}

/* Isolates the lowest mark, then counts the whole bytes below it. */
static size_t
first_marked(uint64_t marks)
{
	uint64_t below = (marks & (~marks + 1)) - 1;

	return (size_t)(((below & EACH_BYTE(1)) * EACH_BYTE(1)) >> 56) - 1;
}

static const char *
skip_plain(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t marks = mark_special(load_word(p));

		if (marks != 0)
			return p + first_marked(marks);
	}
	while (p < end && is_plain(*p))
		p++;
	return p;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

static bool
scan_escape(struct scan *s)
{
	s->at++;
	if (s->at == s->end)
		return fail(s, "unterminated string");
	if (*s->at != 'u') {
		if (*s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL)
			return fail(s, "invalid escape");
		s->at++;
		return true;
	}
	s->at++;
	for (int i = 0; i < 4; i++, s->at++) {
		if (s->at == s->end || !is_hex(*s->at))
			return fail(s, "invalid escape");
	}
	return true;
}

static bool
scan_unicode(struct scan *s)
{
	while (s->at < s->end && (unsigned char)*s->at >= 0x80) {
		struct span rest = { s->at, (size_t)(s->end - s->at) };
		size_t len = utf8_length(rest);

		if (len == 0)
			return fail(s, "invalid UTF-8");
		s->at += len;
	}
	return true;
}

/* One character of a string that is not plain and not its end. */
static bool
scan_special(struct scan *s)
{
	unsigned char c = (unsigned char)*s->at;

	if (c == '\\')
		return scan_escape(s);
	if (c >= 0x80)
		return scan_unicode(s);
	return fail(s, "control character in a string");
}

static bool
scan_string(struct scan *s)
{
	s->at++;
	for (;;) {
		s->at = skip_plain(s->at, s->end);
		if (s->at == s->end)
			return fail(s, "unterminated string");
		if (*s->at == '"')
			break;
		if (!scan_special(s))
			return false;
	}
	s->at++;
	return true;
}

static bool
scan_digits(struct scan *s)
{
	if (!at_digit(s))
		return fail(s, "invalid number");
	while (at_digit(s))
		s->at++;
	return true;
}

static bool
scan_number(struct scan *s)
{
	if (*s->at == '-')
		s->at++;
	if (looking_at(s, '0'))
		s->at++;
	else if (!scan_digits(s))
		return false;
	if (looking_at(s, '.')) {
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (looking_at(s, 'e') || looking_at(s, 'E')) {
		s->at++;
		if (looking_at(s, '+') || looking_at(s, '-'))
			s->at++;
		return scan_digits(s);
	}
	return true;
}

static bool
scan_word(struct scan *s, const char *word, size_t len)
{
	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return fail(s, "invalid literal");
	s->at += len;
	return true;
}

static void
note_key(struct scan *s, struct span key)
{
	struct json_doc *doc = s->doc;

	if (doc->member_count == JSON_TOP_MEMBERS) {
		doc->more_members = true;
		return;
	}
	doc->members[doc->member_count].key = key;
	doc->members[doc->member_count].value = span_make(s->at, 0);
	doc->member_count++;
}

static void
note_value_end(struct scan *s)
{
	struct json_doc *doc = s->doc;

	if (doc->member_count > 0 && !doc->more_members) {
		struct span *value = &doc->members[doc->member_count - 1].value;

		value->len = (size_t)(s->at - value->ptr);
	}
}

static enum step
scan_key(struct scan *s)
{
	const char *quote = s->at;
	const char *after = NULL;

	if (!looking_at(s, '"'))
		return fail_step(s, "expected a member name");
	if (!scan_string(s))
		return STEP_FAILED;
	after = s->at;
	skip_white(s);
	if (!looking_at(s, ':'))
		return fail_step(s, "expected a colon");
	s->at++;
	skip_white(s);
	if (s->depth == 1)
		note_key(s, span_make(quote + 1, (size_t)(after - quote) - 2));
	return STEP_VALUE;
}

static enum step
open_container(struct scan *s, bool object)
{
	uint64_t bit = UINT64_C(1) << (s->depth % WORD_BITS);

	if (s->depth == s->max_depth)
		return fail_step(s, "nested too deeply");
	if (object)
		s->objects[s->depth / WORD_BITS] |= bit;
	else
		s->objects[s->depth / WORD_BITS] &= ~bit;
	s->depth++;
	s->at++;
	skip_white(s);
	if (looking_at(s, object ? '}' : ']')) {
		s->depth--;
		s->at++;
		return STEP_AFTER_VALUE;
	}
	return object ? scan_key(s) : STEP_VALUE;
}

static bool
scan_scalar(struct scan *s)
{
	switch (*s->at) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true", 4);
	case 'f':
		return scan_word(s, "false", 5);
	case 'n':
		return scan_word(s, "null", 4);
	default:
		if (*s->at != '-' && !at_digit(s))
			return fail(s, "expected a value");
		return scan_number(s);
	}
}

static enum step
scan_value(struct scan *s)
{
	if (s->at == s->end)
		return fail_step(s, "unexpected end");
	if (*s->at == '{')
		return open_container(s, true);
	if (*s->at == '[')
		return open_container(s, false);
	return scan_scalar(s) ? STEP_AFTER_VALUE : STEP_FAILED;
}

static enum step
scan_after_value(struct scan *s)
{
	bool object = false;

	if (s->depth == 0)
		return STEP_DONE;
	if (s->depth == 1)
		note_value_end(s);
	object = in_object(s);
	skip_white(s);
	if (looking_at(s, ',')) {
		s->at++;
		skip_white(s);
		return object ? scan_key(s) : STEP_VALUE;
	}
	if (!looking_at(s, object ? '}' : ']'))
		return fail_step(s, "expected a comma or a closing bracket");
	s->depth--;
	s->at++;
	return STEP_AFTER_VALUE;
}

static bool
scan_document(struct scan *s)
{
	enum step step = STEP_VALUE;
	const char *start = NULL;

	skip_white(s);
	start = s->at;
	while (step == STEP_VALUE || step == STEP_AFTER_VALUE) {
		if (step == STEP_VALUE)
			step = scan_value(s);
		else
			step = scan_after_value(s);
	}
	if (step == STEP_FAILED)
		return false;
	s->doc->value = span_make(start, (size_t)(s->at - start));
	s->doc->type = json_type_of(s->doc->value);
	skip_white(s);
	if (s->at < s->end)
		return fail(s, "text after the value");
	return true;
}

bool
json_scan(struct span text, unsigned max_depth, struct json_doc *doc)
{
	const char *error = NULL;
	struct scan s = { .at = text.ptr, .max_depth = max_depth, .doc = doc };

	*doc = (struct json_doc){ 0 };
	if (text.len > 0)
		s.end = text.ptr + text.len;
	else
		s.end = text.ptr;
	if (s.max_depth > MAX_DEPTH)
		s.max_depth = MAX_DEPTH;
	if (scan_document(&s))
		return true;
	error = doc->error;
	*doc = (struct json_doc){ .error = error };
	doc->error_offset = text.len - (size_t)(s.end - s.at);
	return false;
}

enum json_type
json_type_of(struct span value)
{
	if (value.len == 0)
		return JSON_NONE;
	switch (value.ptr[0]) {
	case 'n':
		return JSON_NULL;
	case 'f':
		return JSON_FALSE;
	case 't':
		return JSON_TRUE;
	case '"':
		return JSON_STRING;
	case '[':
		return JSON_ARRAY;
	case '{':
		return JSON_OBJECT;
	default:
		return JSON_NUMBER;
	}
}
