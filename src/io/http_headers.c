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

/* libcurl walks the list by `next` and reads `data`, which is `text`. */
struct line {
	struct curl_slist node; /* first, so that one points to the other */
	size_t len;
	bool secret;
	char text[];
};

struct http_headers {
	struct curl_slist *first;  /* own lines, then those of `base` */
	struct curl_slist **end;   /* of the own ones */
	struct http_headers *base; /* owned reference, or NULL */
	unsigned refs;             /* its maker's, and one for each user */
};

/* An empty line of up to `len` bytes at the end of the own ones. */
static struct line *
add_line(struct http_headers *headers, size_t len, bool secret)
{
	struct line *line = mem_alloc(1, sizeof(*line) + len + 1);

	line->node.data = line->text;
	line->secret = secret;
	line->node.next = *headers->end;
	*headers->end = &line->node;
	headers->end = &line->node.next;
	return line;
}

static void
append(struct line *line, const char *text, size_t len)
{
	if (len > 0)
		memcpy(line->text + line->len, text, len);
	line->len += len;
}

static void
free_line(struct line *line)
{
	if (line->secret)
		explicit_bzero(line->text, line->len);
	free(line);
}

static struct http_headers *
new_list(struct http_headers *base)
{
	struct http_headers *headers = mem_alloc(1, sizeof(*headers));

	headers->refs = 1;
	headers->base = base;
	headers->first = base != NULL ? base->first : NULL;
	headers->end = &headers->first;
	return headers;
}

struct http_headers *
http_headers_new(void)
{
	static const char no_expect[] = "Expect:"; /* so it is not sent */
	struct http_headers *headers = new_list(NULL);
	const size_t len = sizeof(no_expect) - 1;

	append(add_line(headers, len, false), no_expect, len);
	return headers;
}

struct http_headers *
http_headers_over(struct http_headers *base)
{
	return new_list(http_headers_ref(base));
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
	*headers->end = NULL;
	while (headers->first) {
		struct line *line = (struct line *)headers->first;
		headers->first = line->node.next;
		free_line(line);
	}
	http_headers_free(&headers->base);
	free(headers);
}

/* "Name: prefix value"; libcurl writes an empty value as "Name;". */
static void
add(struct http_headers *headers, const char *name, const char *prefix,
    struct span value, bool secret)
{
	const size_t name_len = strlen(name), prefix_len = strlen(prefix);
	struct line *line = add_line(headers,
	    name_len + sizeof(": ") + prefix_len + value.len, secret);

	append(line, name, name_len);
	if (prefix_len + value.len == 0) {
		append(line, ";", 1);
		return;
	}
	append(line, ": ", 2);
	append(line, prefix, prefix_len);
	append(line, value.ptr, value.len);
}

void
http_headers_add(struct http_headers *headers, const char *name,
    struct span value)
{
	add(headers, name, "", value, false);
}

void
http_headers_add_secret(struct http_headers *headers, const char *name,
    const char *prefix, struct span value)
{
	add(headers, name, prefix, value, true);
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
	struct http_headers *copy = new_list(NULL);

	for (const struct curl_slist *node = headers->first; node;
	     node = node->next) {
		const struct line *line = (const struct line *)node;
		append(add_line(copy, line->len, line->secret), line->text,
		    line->len);
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
