/* SPDX-License-Identifier: ISC */
/*
 * Allocation that ends the process instead of failing. Knows nothing of caps:
 * those are the business of base/buf and of the callers.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { SMALL = 1024 };

/* No stdio and no exit handlers: both may allocate. */
void
mem_exhausted(void)
{
	static const char text[] = "mcp-bridge: out of memory\n";
	ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);

	(void)written;
	_exit(EX_OSERR);
}

/* The C library keeps what was freed ready for malloc, but not for calloc. */
static void *
alloc_small(size_t size)
{
	void *fresh = malloc(size);

	return fresh != NULL ? memset(fresh, 0, size) : NULL;
}

void
mem_must(int result)
{
	if (result == -1)
		mem_exhausted();
}

void *
mem_alloc(size_t count, size_t size)
{
	void *fresh = NULL;

	if (count == 0 || size == 0)
		count = size = 1;
	if (count <= SMALL / size)
		fresh = alloc_small(count * size);
	else
		fresh = calloc(count, size);
	if (fresh == NULL)
		mem_exhausted();
	return fresh;
}

void *
mem_resize(void *old, size_t size)
{
	void *fresh = realloc(old, size);

	if (fresh == NULL)
		mem_exhausted();
	return fresh;
}

char *
mem_copy(const void *src, size_t len)
{
	char *copy = NULL;

	if (len == SIZE_MAX)
		mem_exhausted();
	copy = mem_resize(NULL, len + 1);
	if (len > 0)
		memcpy(copy, src, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_string(const char *src)
{
	return src == NULL ? NULL : mem_copy(src, strlen(src));
}

void
mem_replace(char **owned, const char *src)
{
	char *copy = mem_string(src);

	free(*owned);
	*owned = copy;
}

char *
mem_format(const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;
	int len = 0;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		mem_exhausted();
	text = mem_resize(NULL, (size_t)len + 1);
	va_start(ap, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}
