/* SPDX-License-Identifier: ISC */
/*
 * What the programs of the benchmark share. They are no part of mcp-bridge and
 * run on Linux alone: what they measure is read from /proc.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Prints errno's text and ends the process. */
_Noreturn void die(const char *what);

uint64_t now_ns(void);

/* Sorts. The middle one, or the lower of two. */
double median(uint64_t *values, size_t count);

/* The whole number after `"key":` in `text`; 0 when absent. */
size_t number_after(const char *text, const char *key);

/* Blocks until everything is written. */
void write_all(int fd, const char *bytes, size_t len);

/* The messages every MCP client begins with; the last since 2026-07-28. */
extern const char initialize_request[];
extern const char initialized_notification[];
extern const char discover_request[];

/* A call that asks the server for what follows. */
struct call_shape {
	size_t bytes;   /* of text in the result */
	size_t events;  /* notifications before the result, in one stream */
	size_t flood;   /* notifications on the GET stream */
	size_t padding; /* bytes in the request */
	int sse;
	int stateless; /* of 2026-07-28 */
};

/* A tools/call as one line, without its newline. Caller frees. */
char *call_text(size_t id, const struct call_shape *shape);

#endif
