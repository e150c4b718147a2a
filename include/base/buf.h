/* SPDX-License-Identifier: ISC */
/*
 * A growing byte buffer with a mandatory cap. Embedded by value: buf_init,
 * buf_reset. The bytes are always followed by a NUL that is not counted.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"

struct buf {
	char *data;   /* owned; NULL while nothing was ever added */
	size_t len;   /* bytes in use */
	size_t space; /* bytes allocated, the NUL included */
	size_t max;   /* cap on len */
};

/* An empty buffer that will hold at most `max` < SIZE_MAX bytes. Allocates
 * nothing. */
void buf_init(struct buf *b, size_t max);

/* Frees the storage; the buffer is empty and usable again. NULL-safe. */
void buf_reset(struct buf *b);

/* Like buf_reset, wiping the storage first. */
void buf_wipe(struct buf *b);

/* Forgets the contents, keeps the storage. */
static inline void
buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

/*
 * Appends. -1 when the cap would be passed: the buffer is then reset (its
 * storage freed), so that a half-built value cannot be used. The source may not
 * lie in `b` itself.
 */
int buf_add(struct buf *b, const void *src, size_t len)
    __attribute__((warn_unused_result));
int
buf_add_span(struct buf *b, struct span s) __attribute__((warn_unused_result));
int buf_add_string(struct buf *b, const char *text)
    __attribute__((warn_unused_result));
int buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));

/* Makes room for `extra` more bytes, to be written at data + len by the caller,
 * who then adds to len. -1 past the cap; the contents stay. */
int
buf_reserve(struct buf *b, size_t extra) __attribute__((warn_unused_result));

/* Drops `n` bytes from the front (n <= len). */
void buf_drop(struct buf *b, size_t n);

static inline struct span
buf_span(const struct buf *b)
{
	return span_make(b->data, b->len);
}

/* Moves the contents of `from` to `to` (which is reset first); `from` is
 * left empty with its cap. */
void buf_take(struct buf *to, struct buf *from);

/* Each has the other's contents; the caps stay. */
void buf_swap(struct buf *a, struct buf *b);

#endif
