/* SPDX-License-Identifier: ISC */
/*
 * A span is a borrowed range of bytes: it owns nothing, is not terminated, and
 * lives as long as what it points into. Everything that reads peer input in
 * this program reads spans.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *ptr; /* borrowed; NULL only where len is 0 */
	size_t len;
};

static inline struct span
span_make(const char *ptr, size_t len)
{
	return (struct span){ .ptr = ptr, .len = len };
}

/* A span over a NUL-terminated string. */
static inline struct span
span_of(const char *text)
{
	return span_make(text, strlen(text));
}

/* Same bytes. Not constant-time: never for secrets. */
static inline bool
span_equal(struct span a, struct span b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
span_is(struct span a, const char *text)
{
	return span_equal(a, span_of(text));
}

/* Same bytes when ASCII letters are folded. */
bool span_is_nocase(struct span a, const char *text);
/* `word` stands somewhere in it, when ASCII letters are folded. */
bool span_contains_nocase(struct span a, const char *word);

static inline bool
span_starts_with(struct span a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && memcmp(a.ptr, prefix, len) == 0;
}

/* One of the characters of `set`; NUL is none of them. */
static inline bool
char_among(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Without leading and trailing SP, HT, CR, LF. */
struct span span_trim(struct span a);

/* True where `inner` lies within `outer` (both may be empty). */
bool span_within(struct span inner, struct span outer);

#endif
