/* SPDX-License-Identifier: ISC */
/*
 * The validating scanner: one pass, a bit for each open container, no tree. It
 * converts nothing; reading values is json_read.c, writing is json_write.c.
 */
#include "wire/json.h"

#include <string.h>

#include "base/utf8.h"

enum { MAX_DEPTH = 256 };

struct scan {
	const char *end;
	const char *failed_at;
	unsigned depth;
	unsigned max_depth;
	bool after_value; /* else a value is next, or the name before it */
	char closer;      /* ends the innermost container; NUL: none is open */
	uint64_t objects[MAX_DEPTH / 64]; /* of each level: it is no array */
	struct json_doc *doc;
	struct json_members *members;
	struct span *member; /* whose value is open, or NULL */
	struct span *inner;  /* the same one level down */
};

/*
 * The cursor is an argument and a result of all that reads on, so that it stays
 * in a register. NULL: the text was rejected.
 */
static __attribute__((cold, noinline)) const char *
fail(struct scan *s, const char *at, const char *why)
{
	s->doc->error = why;
	s->failed_at = at;
	return NULL;
}

static bool
looking_at(const struct scan *s, const char *at, char c)
{
	return at < s->end && *at == c;
}

static bool
at_digit(const struct scan *s, const char *at)
{
	return at < s->end && *at >= '0' && *at <= '9';
}

static __attribute__((noinline)) const char *
skip_some_white(struct scan *s, const char *at)
{
	for (; at < s->end; at++) {
		if (*at == '\n' || *at == '\r')
			s->doc->has_newline |= s->depth > 0;
		else if (*at != ' ' && *at != '\t')
			break;
	}
	return at;
}

/* There is hardly ever any. */
static inline const char *
skip_white(struct scan *s, const char *at)
{
	return at<s->end && * at> ' ' ? at : skip_some_white(s, at);
}

/* The character that `*at` is moved to, past white space; NUL at the end. */
static inline char
next_token(struct scan *s, const char **at)
{
	*at = skip_white(s, *at);
	return *at < s->end ? **at : '\0';
}

static inline void
descend(struct scan *s, char closer)
{
	uint64_t *levels = &s->objects[s->depth / 64];
	uint64_t level = UINT64_C(1) << s->depth % 64;

	if (closer == '}')
		*levels |= level;
	else
		*levels &= ~level;
	s->depth++;
	s->closer = closer;
}

static inline void
ascend(struct scan *s)
{
	unsigned outer = --s->depth - 1;

	if (s->depth == 0)
		s->closer = '\0';
	else if (s->objects[outer / 64] >> outer % 64 & 1)
		s->closer = '}';
	else
		s->closer = ']';
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
 * Leaves the high bit of each byte that is not plain. With one bit flipped a
 * quote comes to stand next to the control characters. Borrows may mark bytes
 * above one that is rightly marked, never below: the lowest mark is right.
 */
static uint64_t
mark_special(uint64_t word)
{
	return (word | ((word ^ EACH_BYTE(0x02)) - EACH_BYTE(0x21)) |
		   ((word ^ EACH_BYTE('\\')) - EACH_BYTE(1))) &
	       EACH_BYTE(0x80);
}

static inline const char *
skip_plain(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t marks = mark_special(load_word(p));

		if (marks != 0)
			return p + (unsigned)__builtin_ctzll(marks) / 8;
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

static const char *
scan_escape(struct scan *s, const char *at)
{
	at++;
	if (at == s->end)
		return fail(s, at, "unterminated string");
	if (*at != 'u') {
		if (!char_among(*at, "\"\\/bfnrt"))
			return fail(s, at, "invalid escape");
		return at + 1;
	}
	at++;
	for (int i = 0; i < 4; i++, at++) {
		if (at == s->end || !is_hex(*at))
			return fail(s, at, "invalid escape");
	}
	return at;
}

static const char *
scan_unicode(struct scan *s, const char *at)
{
	while (at < s->end && (unsigned char)*at >= 0x80) {
		size_t len = utf8_length(span_make(at, (size_t)(s->end - at)));

		if (len == 0)
			return fail(s, at, "invalid UTF-8");
		at += len;
	}
	return at;
}

/* One character of a string that is not plain and not its end. */
static const char *
scan_special(struct scan *s, const char *at)
{
	unsigned char c = (unsigned char)*at;

	if (c == '\\')
		return scan_escape(s, at);
	if (c >= 0x80)
		return scan_unicode(s, at);
	return fail(s, at, "control character in a string");
}

/* From the first character that is not plain on: apart, so that the rest needs
 * no stack frame. */
static __attribute__((noinline)) const char *
scan_rest_of_string(struct scan *s, const char *at)
{
	while (at != NULL && at < s->end && *at != '"') {
		at = scan_special(s, at);
		if (at != NULL)
			at = skip_plain(at, s->end);
	}
	if (at == s->end)
		return fail(s, at, "unterminated string");
	return at != NULL ? at + 1 : NULL;
}

static inline const char *
scan_string(struct scan *s, const char *at)
{
	at = skip_plain(at + 1, s->end);
	return looking_at(s, at, '"') ? at + 1 : scan_rest_of_string(s, at);
}

static const char *
scan_digits(struct scan *s, const char *at)
{
	if (!at_digit(s, at))
		return fail(s, at, "invalid number");
	while (at_digit(s, at))
		at++;
	return at;
}

static const char *
scan_exponent(struct scan *s, const char *at)
{
	if (!looking_at(s, at, 'e') && !looking_at(s, at, 'E'))
		return at;
	at++;
	if (looking_at(s, at, '+') || looking_at(s, at, '-'))
		at++;
	return scan_digits(s, at);
}

static const char *
scan_number(struct scan *s, const char *at)
{
	if (*at == '-')
		at++;
	if (looking_at(s, at, '0'))
		at++;
	else
		at = scan_digits(s, at);
	if (at != NULL && looking_at(s, at, '.'))
		at = scan_digits(s, at + 1);
	return at != NULL ? scan_exponent(s, at) : NULL;
}

static const char *
scan_word(struct scan *s, const char *at, struct span word)
{
	if ((size_t)(s->end - at) < word.len ||
	    memcmp(at, word.ptr, word.len) != 0)
		return fail(s, at, "invalid literal");
	return at + word.len;
}

static void
begin_member(struct scan *s, struct span key, const char *value)
{
	struct json_members *m = s->members;
	size_t i = json_key_find(key, m->names, m->count);

	if (i == m->count)
		return;
	if (m->values[i].len > 0) {
		m->repeated |= UINT32_C(1) << i;
		return;
	}
	s->member = &m->values[i];
	s->member->ptr = value;
}

static void
begin_inner(struct scan *s, struct span key, const char *value)
{
	struct json_members *m = s->members;

	if (m->inner.len > 0 || json_key_find(key, &m->inner_name, 1) != 0)
		return;
	s->inner = &m->inner;
	s->inner->ptr = value;
}

static void
end_value(struct span **open, const char *at)
{
	if (*open != NULL)
		(*open)->len = (size_t)(at - (*open)->ptr);
	*open = NULL;
}

static const char *
scan_key(struct scan *s, const char *at)
{
	const char *start = at + 1;
	size_t len = 0;

	if (!looking_at(s, at, '"'))
		return fail(s, at, "expected a member name");
	at = scan_string(s, at);
	if (at == NULL)
		return NULL;
	len = (size_t)(at - start) - 1;
	if (next_token(s, &at) != ':')
		return fail(s, at, "expected a colon");
	at = skip_white(s, at + 1);
	if (s->depth == 1)
		begin_member(s, span_make(start, len), at);
	else if (s->depth == 2 && s->member && s->member == s->members->outer)
		begin_inner(s, span_make(start, len), at);
	return at;
}

/* What is in it is next, unless it is empty. */
static inline const char *
open_container(struct scan *s, const char *at, char closer)
{
	if (s->depth == s->max_depth)
		return fail(s, at, "nested too deeply");
	descend(s, closer);
	at++;
	s->after_value = next_token(s, &at) == closer;
	if (!s->after_value)
		return at;
	ascend(s);
	return at + 1;
}

static const char *
scan_scalar(struct scan *s, const char *at)
{
	switch (*at) {
	case 't':
		return scan_word(s, at, span_of("true"));
	case 'f':
		return scan_word(s, at, span_of("false"));
	case 'n':
		return scan_word(s, at, span_of("null"));
	default:
		if (*at != '-' && !at_digit(s, at))
			return fail(s, at, "expected a value");
		return scan_number(s, at);
	}
}

static const char *
scan_value(struct scan *s, const char *at)
{
	if (at == s->end)
		return fail(s, at, "unexpected end");
	s->after_value = true;
	if (*at == '"')
		return scan_string(s, at);
	if (*at == '{' || *at == '[')
		return open_container(s, at, *at == '{' ? '}' : ']');
	return scan_scalar(s, at);
}

/* The container it stands in goes on, or ends, and is a value itself. */
static const char *
scan_after_value(struct scan *s, const char *at)
{
	while (s->depth > 0) {
		const char *end = at;
		char c = next_token(s, &at);

		if (s->depth == 1)
			end_value(&s->member, end);
		else if (s->depth == 2)
			end_value(&s->inner, end);
		if (c == ',')
			return skip_white(s, at + 1);
		if (c != s->closer)
			return fail(s, at,
			    "expected a comma or a closing bracket");
		ascend(s);
		at++;
	}
	return at;
}

static const char *
scan_document(struct scan *s, const char *at)
{
	const char *start = skip_white(s, at);

	at = start;
	do {
		if (s->closer == '}')
			at = scan_key(s, at);
		if (at != NULL)
			at = scan_value(s, at);
		if (at != NULL && s->after_value)
			at = scan_after_value(s, at);
	} while (at != NULL && s->depth > 0);
	if (at == NULL)
		return NULL;
	s->doc->value = span_make(start, (size_t)(at - start));
	s->doc->type = json_type_of(s->doc->value);
	at = skip_white(s, at);
	if (at < s->end)
		return fail(s, at, "text after the value");
	return at;
}

static void
forget_members(struct json_members *members)
{
	members->repeated = 0;
	members->inner = span_make(NULL, 0);
	for (size_t i = 0; i < members->count; i++)
		members->values[i] = span_make(NULL, 0);
}

bool
json_scan_members(struct span text, unsigned max_depth,
    struct json_members *members, struct json_doc *doc)
{
	const char *end = text.len > 0 ? text.ptr + text.len : text.ptr;
	struct scan s = {
		.end = end,
		.failed_at = end,
		.max_depth = max_depth < MAX_DEPTH ? max_depth : MAX_DEPTH,
		.doc = doc,
		.members = members,
	};

	*doc = (struct json_doc){ 0 };
	forget_members(members);
	if (scan_document(&s, text.ptr) != NULL)
		return true;
	forget_members(members);
	*doc = (struct json_doc){ .error = doc->error };
	doc->error_offset = text.len - (size_t)(s.end - s.failed_at);
	return false;
}

bool
json_scan(struct span text, unsigned max_depth, struct json_doc *doc)
{
	struct json_members none = { 0 };

	return json_scan_members(text, max_depth, &none, doc);
}
