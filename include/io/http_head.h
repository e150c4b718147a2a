/* SPDX-License-Identifier: ISC */
/*
 * Reads response heads line by line, as libcurl gives them, and keeps only what
 * struct http_head names. Interim responses (1xx) are read over.
 */
#ifndef IO_HTTP_HEAD_H
#define IO_HTTP_HEAD_H

#include "base/buf.h"
#include "io/http.h"

enum { HTTP_HEAD_FIELDS = 8, HTTP_HEAD_CHALLENGES = 16 };

struct http_head_reader {
	int status;
	size_t seen;      /* bytes, of all heads of this exchange */
	bool complete;    /* what follows are trailers */
	bool encoded;     /* the length is that of the compressed body */
	long long length; /* -1: not said */
	struct buf text;  /* the values kept, each with a NUL */
	unsigned kept;    /* which of the fields are, a bit each */
	unsigned challenge_count;
	struct {
		unsigned at, len; /* in `text` */
	} fields[HTTP_HEAD_FIELDS];
	unsigned challenge_at[HTTP_HEAD_CHALLENGES];
	const char *challenges[HTTP_HEAD_CHALLENGES];
};

enum http_head_step { HTTP_HEAD_MORE, HTTP_HEAD_READY, HTTP_HEAD_TOO_LARGE };

void http_head_init(struct http_head_reader *r);
void http_head_reset(struct http_head_reader *r);

/* Forgets the last exchange, keeps storage. */
void http_head_clear(struct http_head_reader *r);

/* One line with its CRLF. READY once, at the end of the final head. */
enum http_head_step
http_head_line(struct http_head_reader *r, struct span line);

/* Valid until the next call on `r`. */
struct http_head http_head_view(struct http_head_reader *r);

#endif
