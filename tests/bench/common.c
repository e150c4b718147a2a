/* SPDX-License-Identifier: ISC */
/* Helpers of the benchmark's programs. They measure nothing by themselves. */
#include "common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

const char initialize_request[] =
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
    "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
    "\"clientInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}\n";

const char initialized_notification[] =
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";

#define META                                                                   \
	"\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"              \
	"\"2026-07-28\",\"io.modelcontextprotocol/clientInfo\":{\"name\":"     \
	"\"bench\",\"version\":\"1\"},"                                        \
	"\"io.modelcontextprotocol/clientCapabilities\":{}}"

const char discover_request[] =
    "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"server/discover\","
    "\"params\":{" META "}}\n";

void
die(const char *what)
{
	perror(what);
	exit(1);
}

uint64_t
now_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		die("clock_gettime");
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

double
median(uint64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return (double)values[(count - 1) / 2];
}

size_t
number_after(const char *text, const char *key)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(text, quoted);
	return at ? strtoull(at + strlen(quoted), NULL, 10) : 0;
}

void
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("write");
		bytes += n;
		len -= (size_t)n;
	}
}

char *
call_text(size_t id, const struct call_shape *shape)
{
	char *padding = mem_alloc(shape->padding + 1, 1);
	char *text;

	memset(padding, 'p', shape->padding);
	text = mem_format("{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":"
			  "\"tools/call\",\"params\":{%s\"name\":\"bench\","
			  "\"arguments\":{\"bytes\":%zu,\"events\":%zu,"
			  "\"flood\":%zu,\"sse\":%d,\"padding\":\"%s\"}}}",
	    id, shape->stateless ? META "," : "", shape->bytes, shape->events,
	    shape->flood, shape->sse, padding);
	free(padding);
	return text;
}
