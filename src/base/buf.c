/* SPDX-License-Identifier: ISC */
/*
 * The capped byte buffer. Grows by doubling; never shrinks but when reset.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_SPACE = 64 };

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_reset(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->data);
	buf_init(b, b->max);
}

void
buf_wipe(struct buf *b)
{
	if (b == NULL)
		return;
	if (b->data != NULL)
		explicit_bzero(b->data, b->space);
	buf_reset(b);
}

/* Doubling keeps appending linear; the cap keeps the last step from asking for
 * twice of what can ever be used. */
static size_t
next_space(const struct buf *b, size_t needed)
{
	size_t space = b->space > FIRST_SPACE ? b->space : FIRST_SPACE;

	while (space < needed)
		space = space > b->max / 2 ? b->max + 1 : space * 2;
	return space > b->max + 1 ? b->max + 1 : space;
}

static void
grow(struct buf *b, size_t needed)
{
	b->space = next_space(b, needed);
	b->data = mem_resize(b->data, b->space);
}

static inline int
reserve(struct buf *b, size_t extra)
{
	if (b->len > b->max || extra > b->max - b->len)
		return -1;
	if (b->len + extra >= b->space)
		grow(b, b->len + extra + 1);
	b->data[b->len] = '\0';
	return 0;
}

int
buf_reserve(struct buf *b, size_t extra)
{
	return reserve(b, extra);
}

int
buf_add(struct buf *b, const void *src, size_t len)
{
	if (reserve(b, len) == -1) {
		buf_reset(b);
		return -1;
	}
	if (len > 0)
		memcpy(b->data + b->len, src, len);
	b->len += len;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_add_span(struct buf *b, struct span s)
{
	return buf_add(b, s.ptr, s.len);
}

int
buf_add_string(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int len = 0;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || buf_reserve(b, (size_t)len) == -1) {
		buf_reset(b);
		return -1;
	}
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
	return 0;
}

void
buf_drop(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

void
buf_take(struct buf *to, struct buf *from)
{
	buf_reset(to);
	to->data = from->data;
	to->len = from->len;
	to->space = from->space;
	buf_init(from, from->max);
}

void
buf_swap(struct buf *a, struct buf *b)
{
	struct buf old = *a;

	a->data = b->data;
	a->len = b->len;
	a->space = b->space;
	b->data = old.data;
	b->len = old.len;
	b->space = old.space;
}
