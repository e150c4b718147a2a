/* SPDX-License-Identifier: ISC */
/*
 * Allocation that does not fail: out of memory ends the process with a message
 * on stderr and EX_OSERR. Every peer-sized allocation is capped by its caller
 * (base/limits.h), so carrying the failure upwards would buy untested branches.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* The end, for libraries that report it by a code. */
_Noreturn void mem_exhausted(void);

/* The same where `result` is -1: a buffer that has room for all there can be
 * could not grow. */
void mem_must(int result);

/* Zeroed storage for `count` items of `size` bytes. Caller frees. */
void *mem_alloc(size_t count, size_t size) __attribute__((malloc));

/* Like realloc, for `size` > 0. */
void *mem_resize(void *old, size_t size);

/* A copy of `len` bytes followed by a NUL. Caller frees. */
char *mem_copy(const void *src, size_t len);

/* A copy of a string; NULL stays NULL. Caller frees. */
char *mem_string(const char *src);

/* Makes `*owned` a copy of `src`, or NULL, and frees what it was: which may be
 * what `src` points into. */
void mem_replace(char **owned, const char *src);

/* printf into fresh storage. Caller frees. */
char *mem_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
