/* SPDX-License-Identifier: ISC */
/*
 * Comparing and trimming borrowed byte ranges. ASCII only, whatever the locale.
 */
#include "base/span.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

bool
span_is_nocase(struct span a, const char *text)
{
	/* No locale is ever set, so that case is ASCII's. */
	return a.len == strlen(text) &&
	       (a.len == 0 || strncasecmp(a.ptr, text, a.len) == 0);
}

bool
span_contains_nocase(struct span a, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= a.len; i++) {
		if (span_is_nocase(span_make(a.ptr + i, len), word))
			return true;
	}
	return false;
}

static bool
is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span a)
{
	while (a.len > 0 && is_white(a.ptr[0])) {
		a.ptr++;
		a.len--;
	}
	while (a.len > 0 && is_white(a.ptr[a.len - 1]))
		a.len--;
	return a;
}

/* By address: relational operators are undefined between different objects. */
bool
span_within(struct span inner, struct span outer)
{
	uintptr_t in = (uintptr_t)inner.ptr;
	uintptr_t out = (uintptr_t)outer.ptr;

	return in >= out && in - out <= outer.len &&
	       inner.len <= outer.len - (in - out);
}
