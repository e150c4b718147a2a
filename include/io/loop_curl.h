/* SPDX-License-Identifier: ISC */
/*
 * libcurl's side of the loop, for io/loop and io/http alone. libcurl forbids
 * touching the set of transfers from inside its callbacks; the calls on single
 * transfers may come at any time and take effect as soon as libcurl has
 * returned.
 */
#ifndef IO_LOOP_CURL_H
#define IO_LOOP_CURL_H

#include <curl/curl.h>
#include <poll.h>

#include "io/loop.h"

/*
 * Options are constants and addresses, so libcurl refuses one only where memory
 * is out, and going on without it could lift a check. That ends the process,
 * as it does in base/mem. What an older libcurl does not know is passed over.
 */
void curl_must(CURLcode code);
#define curl_set(easy, option, value)                                          \
	curl_must(curl_easy_setopt((easy), (option), (value)))

/* Embedded in its owner. */
struct loop_transfer {
	CURL *easy;  /* borrowed */
	bool spread; /* it shares no connection (HTTP/2): any lane will do */
	/* The transfer ended by itself and has left the loop. Never inside
	 * libcurl, so that anything may be started or freed. */
	void (*done)(void *ctx, CURLcode code);
	/* After loop_transfer_stop: the transfer has left the loop. */
	void (*stopped)(void *ctx);
	void *ctx;

	unsigned wishes;        /* private, as all below */
	struct loop_lane *lane; /* NULL: not started */
	struct loop_transfer *next;
};

/* Sets CURLOPT_PRIVATE of `easy`. */
void loop_transfer_init(struct loop_transfer *transfer, CURL *easy,
    void (*done)(void *ctx, CURLcode code), void (*stopped)(void *ctx),
    void *ctx);

void loop_transfer_start(struct loop *loop, struct loop_transfer *transfer);

/* Lets libcurl deliver again after CURL_WRITEFUNC_PAUSE: always later, from
 * the loop. */
void loop_transfer_resume(struct loop *loop, struct loop_transfer *transfer);

/* Takes the transfer out; `stopped` is called at once, or, inside libcurl, as
 * soon as it has returned. `done` is not called any more. */
void loop_transfer_stop(struct loop *loop, struct loop_transfer *transfer);

/*
 * libcurl asks the connections of a set one after the other whether they are
 * free. With hundreds in use that would cost more than all else, so requests
 * that need one each are spread over several sets, as many as it takes. All but
 * the first are given up, with their connections, when they have rested.
 */
enum { LOOP_LANES = 16, LOOP_LANE_WIDTH = 32, LOOP_LANE_REST_MS = 30 * 1000 };

struct loop_lane {
	struct loop_curl *curl; /* borrowed: whose it is */
	CURLM *multi;           /* owned; NULL: not needed yet */
	size_t running;         /* transfers in it */
	uint64_t rests_ms;      /* since when it has none */
	uint64_t due_ms;        /* LOOP_NEVER: by sockets only */
};

/* Where a descriptor stands in `sockets`. */
struct loop_place {
	struct loop_lane *lane; /* NULL: nowhere */
	size_t at;
};

/* All transfers of a loop, and what they wait for. */
struct loop_curl {
	struct loop_lane lanes[LOOP_LANES];
	size_t lane_count;      /* up to the last one that is open */
	bool inside;            /* libcurl is on the stack */
	struct pollfd *sockets; /* owned */
	size_t socket_count, socket_space;
	struct loop_place *places; /* owned, by descriptor */
	size_t place_space;
	struct loop_transfer *wishful; /* to be run at once */
};

#define LOOP_NEVER UINT64_MAX

void loop_curl_init(struct loop_curl *curl);
void loop_curl_reset(struct loop_curl *curl);

/* Runs what sockets are ready for: a copy of `sockets` that was polled; reports
 * the transfers that ended. */
void loop_curl_run_sockets(struct loop_curl *curl, const struct pollfd *polled,
    size_t count);

/* When something is due without a socket; LOOP_NEVER. */
uint64_t loop_curl_due_ms(const struct loop_curl *curl);

/* Runs what is due so, then reports the transfers that ended. */
void loop_curl_run_due(struct loop_curl *curl, uint64_t now_ms);

/* The loop's own. */
struct loop_curl *loop_curl(struct loop *loop);

#endif
