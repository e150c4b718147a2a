/* SPDX-License-Identifier: ISC */
/*
 * A value that must not be seen: tokens, client secrets, verifiers. It has no
 * formatter; secret_peek is the one way to its bytes and is easy to grep for.
 * Storage is wiped before it is freed, and never reallocated.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/span.h"

struct secret {
	char *bytes; /* owned, NUL-terminated; NULL when empty */
	size_t len;
};

/* Replaces the value by a copy of `value`. */
void secret_set(struct secret *s, struct span value);

/* Told of each value that any secret is set to, so that it can be taken out of
 * what is written down; NULL: nobody. Borrowed for the call. */
typedef void secret_tap(struct span value);
void secret_set_tap(secret_tap *tap);

/* Wipes and frees; the secret is empty and usable again. NULL-safe. */
void secret_reset(struct secret *s);

bool secret_empty(const struct secret *s);

/* Constant-time for equal lengths. */
bool secret_equal(const struct secret *a, const struct secret *b);

/* The bytes, borrowed until the secret changes. NUL-terminated. */
struct span secret_peek(const struct secret *s);

#endif
