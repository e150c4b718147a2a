/* SPDX-License-Identifier: ISC */
/*
 * Lists of request headers in the form libcurl borrows. It does not check what
 * goes in: wire/header has.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "io/http_parts.h"

/* libcurl walks the list by `next` and reads `data`. */
struct line {
	struct curl_slist node; /* first, so that one points to the other */
	size_t len;
	bool secret;
};

struct http_headers {
	struct curl_slist *first; /* owned, with its lines */
	struct curl_slist **end;
	unsigned refs; /* its maker's, and one for each exchange */
};

static void
add_line(struct http_headers *headers, char *text, bool secret)
{
	struct line *line = mem_alloc(1, sizeof(*line));

	line->node.data = text;
	line->len = strlen(text);
	line->secret = secret;
	*headers->end = &line->node;
	headers->end = &line->node.next;
}

static void
free_line(struct line *line)
{
	if (line->secret)
		explicit_bzero(line->node.data, line->len);
	free(line->node.data);
	free(line);
}

struct http_headers *
http_headers_new(void)
{
	struct http_headers *headers = mem_alloc(1, sizeof(*headers));

	headers->refs = 1;
	headers->end = &headers->first;
	/* Without a value it is not sent at all. */
	add_line(headers, mem_string("Expect:"), false);
	return headers;
}

void
http_headers_free(struct http_headers **where)
{
	struct http_headers *headers = *where;

	if (!headers)
		return;
	*where = NULL;
	if (--headers->refs > 0)
		return;
	while (headers->first) {
		struct line *line = (struct line *)headers->first;
		headers->first = line->node.next;
		free_line(line);
	}
	free(headers);
}

/* "Name: prefix value"; libcurl writes an empty value as "Name;". */
static char *
format_line(const char *name, const char *prefix, struct span value)
{
	if (*prefix == '\0' && value.len == 0)
		return mem_format("%s;", name);
	return mem_format("%s: %s%.*s", name, prefix, (int)value.len,
	    value.len ? value.ptr : "");
}

void
http_headers_add(struct http_headers *headers, const char *name,
    struct span value)
{
	add_line(headers, format_line(name, "", value), false);
}

void
http_headers_add_secret(struct http_headers *headers, const char *name,
    const char *prefix, struct span value)
{
	add_line(headers, format_line(name, prefix, value), true);
}

void
http_headers_remove(struct http_headers *headers, const char *name)
{
	const size_t len = strlen(name);
	struct curl_slist **at = &headers->first;

	while (*at != NULL) {
		struct line *line = (struct line *)*at;
		const char *text = line->node.data;

		if (strncasecmp(text, name, len) == 0 &&
		    (text[len] == ':' || text[len] == ';')) {
			*at = line->node.next;
			free_line(line);
		} else {
			at = &line->node.next;
		}
	}
	headers->end = at;
}

size_t
http_headers_bytes(const struct http_headers *headers)
{
	const struct curl_slist *node = headers->first;
	size_t bytes = 0;

	for (; node; node = node->next)
		bytes += ((const struct line *)node)->len + sizeof("\r");
	return bytes;
}

struct http_headers *
http_headers_copy(const struct http_headers *headers)
{
	struct http_headers *copy = mem_alloc(1, sizeof(*copy));

	copy->refs = 1;
	copy->end = &copy->first;
	for (const struct curl_slist *node = headers->first; node;
	     node = node->next) {
		const struct line *line = (const struct line *)node;
		add_line(copy, mem_copy(line->node.data, line->len),
		    line->secret);
	}
	return copy;
}

struct http_headers *
http_headers_ref(struct http_headers *headers)
{
	headers->refs++;
	return headers;
}

struct curl_slist *
http_headers_list(const struct http_headers *headers)
{
	return headers->first;
}
