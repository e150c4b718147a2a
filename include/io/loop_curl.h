/* SPDX-License-Identifier: ISC */
/*
 * libcurl's side of the loop, for io/http alone. libcurl forbids touching the
 * set of transfers from inside its callbacks; these calls may come at any time
 * and take effect as soon as libcurl has returned.
 */
#ifndef IO_LOOP_CURL_H
#define IO_LOOP_CURL_H

#include <curl/curl.h>

#include "io/loop.h"

/* Embedded in its owner; CURLOPT_PRIVATE of `easy` is set by start. */
struct loop_transfer {
	CURL *easy; /* borrowed */
	/* The transfer ended by itself and has left the loop. Never inside
	 * libcurl, so that anything may be started or freed. */
	void (*done)(void *ctx, CURLcode code);
	/* After loop_transfer_stop: the transfer has left the loop. */
	void (*stopped)(void *ctx);
	void *ctx;

	unsigned wishes; /* private, as all below */
	bool added;
	struct loop_transfer *next;
};

void loop_transfer_start(struct loop *loop, struct loop_transfer *transfer);

/* Lets libcurl deliver again after CURL_WRITEFUNC_PAUSE: always later, from
 * the loop. */
void loop_transfer_resume(struct loop *loop, struct loop_transfer *transfer);

/* Takes the transfer out; `stopped` is called at once, or, inside libcurl, as
 * soon as it has returned. `done` is not called any more. */
void loop_transfer_stop(struct loop *loop, struct loop_transfer *transfer);

/* For multi-wide options. Borrowed. */
CURLM *loop_curl_multi(struct loop *loop);

#endif
