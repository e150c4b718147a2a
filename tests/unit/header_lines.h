/* SPDX-License-Identifier: ISC */
/*
 * For tests of what is sent: the lines of a header list, each with a newline,
 * without the "Expect:" that only keeps libcurl from sending one. Caller frees.
 */
#ifndef HEADER_LINES_H
#define HEADER_LINES_H

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "io/http_parts.h"

static char *
header_lines(const struct http_headers *headers)
{
	const struct curl_slist *line = http_headers_list(headers);
	struct buf out;

	buf_init(&out, LIMIT_HEADERS);
	if (buf_add_string(&out, "") != 0)
		abort();
	for (; line != NULL; line = line->next)
		if (strcmp(line->data, "Expect:") != 0 &&
		    buf_addf(&out, "%s\n", line->data) != 0)
			abort();
	return out.data;
}

#endif
