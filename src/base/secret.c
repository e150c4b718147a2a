/* SPDX-License-Identifier: ISC */
/*
 * Secret values. Wiping covers this storage alone: copies a caller makes of
 * what it peeked at are its own to wipe.
 */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static secret_tap *tap_fn;

void
secret_set_tap(secret_tap *tap)
{
	tap_fn = tap;
}

void
secret_set(struct secret *s, struct span value)
{
	/* `value` may lie in `s`: copy before wiping. */
	char *bytes = value.len > 0 ? mem_copy(value.ptr, value.len) : NULL;

	secret_reset(s);
	s->bytes = bytes;
	s->len = value.len;
	if (tap_fn != NULL && bytes != NULL)
		tap_fn(secret_peek(s));
}

void
secret_reset(struct secret *s)
{
	if (s == NULL)
		return;
	if (s->bytes != NULL)
		explicit_bzero(s->bytes, s->len);
	free(s->bytes);
	s->bytes = NULL;
	s->len = 0;
}

bool
secret_empty(const struct secret *s)
{
	return s->len == 0;
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	volatile unsigned char difference = 0;

	if (a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		difference |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
	return difference == 0;
}

struct span
secret_peek(const struct secret *s)
{
	return span_make(s->bytes != NULL ? s->bytes : "", s->len);
}
