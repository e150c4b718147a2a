/* SPDX-License-Identifier: ISC */
/*
 * Transfers on libcurl's socket interface, which runs only those whose sockets
 * are ready. It knows them as handles that start, end and go on; what they mean
 * is io/http's. Where they go, which set of libcurl's (lane), is decided here.
 */
#include "io/loop_curl.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/os.h"

enum { WISH_START = 1, WISH_RESUME = 2, WISH_STOP = 4 };

enum { CONNECTIONS = 256 }; /* kept open by a lane, used or not */

/* Descriptors are small numbers, and each request asks for its place. */
static struct loop_place *
place_of(struct loop_curl *curl, curl_socket_t fd)
{
	size_t at = (size_t)fd;

	if (at >= curl->place_space) {
		size_t space = at + 64, had = curl->place_space;
		curl->places =
		    mem_resize(curl->places, space * sizeof(*curl->places));
		memset(curl->places + had, 0,
		    (space - had) * sizeof(*curl->places));
		curl->place_space = space;
	}
	return &curl->places[at];
}

static void
socket_remove(struct loop_curl *curl, struct loop_place *place)
{
	struct pollfd last = curl->sockets[--curl->socket_count];

	curl->sockets[place->at] = last;
	place_of(curl, last.fd)->at = place->at;
	place->lane = NULL;
}

static void
socket_add(struct loop_lane *lane, struct loop_place *place)
{
	struct loop_curl *curl = lane->curl;

	if (curl->socket_count == curl->socket_space) {
		curl->socket_space += 8;
		curl->sockets = mem_resize(curl->sockets,
		    curl->socket_space * sizeof(*curl->sockets));
	}
	*place = (struct loop_place){ lane, curl->socket_count++ };
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	struct loop_lane *lane = ctx;
	struct loop_curl *curl = lane->curl;
	struct loop_place *place = place_of(curl, fd);
	int events = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (place->lane == lane)
			socket_remove(curl, place);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	if (place->lane == NULL)
		socket_add(lane, place);
	curl->sockets[place->at] =
	    (struct pollfd){ .fd = fd, .events = (short)events };
	return 0;
}

static int
set_timer(CURLM *multi, long after_ms, void *ctx)
{
	struct loop_lane *lane = ctx;

	(void)multi;
	lane->due_ms = LOOP_NEVER;
	if (after_ms == 0)
		lane->due_ms = 0;
	else if (after_ms > 0)
		lane->due_ms = os_monotonic_ms() + (uint64_t)after_ms;
	return 0;
}

void
curl_must(CURLcode code)
{
	if (code == CURLE_OUT_OF_MEMORY)
		mem_exhausted();
}

static void
lane_open(struct loop_lane *lane)
{
	CURLM *multi = curl_multi_init();

	if (!multi ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, lane) ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, lane) ||
	    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS))
		mem_exhausted();
	lane->multi = multi;
	lane->rests_ms = os_monotonic_ms();
	if (lane->curl->lane_count <= (size_t)(lane - lane->curl->lanes))
		lane->curl->lane_count++;
}

static void
lane_close(struct loop_lane *lane)
{
	struct loop_curl *curl = lane->curl;

	curl_multi_cleanup(lane->multi);
	lane->multi = NULL;
	lane->due_ms = LOOP_NEVER;
	while (curl->lane_count > 0 &&
	       curl->lanes[curl->lane_count - 1].multi == NULL)
		curl->lane_count--;
}

void
loop_curl_init(struct loop_curl *curl)
{
	*curl = (struct loop_curl){ .inside = false };
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		mem_exhausted();
	for (size_t i = 0; i < LOOP_LANES; i++)
		curl->lanes[i] =
		    (struct loop_lane){ .curl = curl, .due_ms = LOOP_NEVER };
	lane_open(&curl->lanes[0]);
}

void
loop_curl_reset(struct loop_curl *curl)
{
	while (curl->lane_count > 0)
		lane_close(&curl->lanes[curl->lane_count - 1]);
	curl_global_cleanup();
	free(curl->sockets);
	free(curl->places);
	*curl = (struct loop_curl){ .inside = false };
}

/* The first with room, so that few need but one; the last takes the rest. */
static struct loop_lane *
lane_for(struct loop_curl *curl, const struct loop_transfer *t)
{
	struct loop_lane *lane = curl->lanes;
	const struct loop_lane *last = lane + LOOP_LANES - 1;

	while (t->spread && lane != last && lane->running >= LOOP_LANE_WIDTH)
		lane++;
	if (lane->multi == NULL)
		lane_open(lane);
	return lane;
}

static void
wish(struct loop_curl *curl, struct loop_transfer *t, unsigned wanted)
{
	if (t->wishes == 0) {
		struct loop_transfer **end = &curl->wishful;
		while (*end)
			end = &(*end)->next;
		t->next = NULL;
		*end = t;
	}
	t->wishes |= wanted;
}

static void
unwish(struct loop_curl *curl, struct loop_transfer *t)
{
	struct loop_transfer **at = &curl->wishful;

	if (t->wishes == 0)
		return;
	while (*at != NULL && *at != t)
		at = &(*at)->next;
	if (*at != NULL)
		*at = t->next;
	t->wishes = 0;
}

static void
transfer_add(struct loop_curl *curl, struct loop_transfer *t)
{
	struct loop_lane *lane = lane_for(curl, t);

	if (curl_multi_add_handle(lane->multi, t->easy) != CURLM_OK)
		mem_exhausted();
	lane->running++;
	t->lane = lane;
}

static void
transfer_remove(struct loop_transfer *t)
{
	if (t->lane == NULL)
		return;
	curl_multi_remove_handle(t->lane->multi, t->easy);
	t->lane->running--;
	t->lane = NULL;
}

static void
grant(struct loop_curl *curl, struct loop_transfer *t, unsigned wishes)
{
	if (wishes & WISH_STOP) {
		transfer_remove(t);
		t->stopped(t->ctx);
		return;
	}
	if (wishes & WISH_START)
		transfer_add(curl, t);
	if (wishes & WISH_RESUME) {
		curl->inside = true;
		curl_must(curl_easy_pause(t->easy, CURLPAUSE_CONT));
		curl->inside = false;
	}
}

static void
grant_wishes(struct loop_curl *curl)
{
	while (curl->wishful) {
		struct loop_transfer *t = curl->wishful;
		unsigned wishes = t->wishes;
		unwish(curl, t);
		grant(curl, t, wishes);
	}
}

void
loop_transfer_init(struct loop_transfer *transfer, CURL *easy,
    void (*done)(void *ctx, CURLcode code), void (*stopped)(void *ctx),
    void *ctx)
{
	*transfer = (struct loop_transfer){
		.easy = easy,
		.done = done,
		.stopped = stopped,
		.ctx = ctx,
	};
	curl_set(easy, CURLOPT_PRIVATE, transfer);
}

void
loop_transfer_start(struct loop *loop, struct loop_transfer *transfer)
{
	struct loop_curl *curl = loop_curl(loop);

	if (curl->inside)
		wish(curl, transfer, WISH_START);
	else
		transfer_add(curl, transfer);
}

void
loop_transfer_resume(struct loop *loop, struct loop_transfer *transfer)
{
	wish(loop_curl(loop), transfer, WISH_RESUME);
}

void
loop_transfer_stop(struct loop *loop, struct loop_transfer *transfer)
{
	struct loop_curl *curl = loop_curl(loop);

	if (curl->inside) {
		wish(curl, transfer, WISH_STOP);
		return;
	}
	unwish(curl, transfer);
	grant(curl, transfer, WISH_STOP);
}

static void
finish_transfers(struct loop_lane *lane)
{
	struct loop_curl *curl = lane->curl;
	int left;
	CURLMsg *m = curl_multi_info_read(lane->multi, &left);

	while (m) {
		CURLcode code = m->data.result;
		struct loop_transfer *t = NULL;
		curl_must(
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t));
		unwish(curl, t);
		transfer_remove(t);
		t->done(t->ctx, code);
		m = curl_multi_info_read(lane->multi, &left);
	}
}

/* Lets libcurl work, then does whatever it has called for. */
static void
run(struct loop_lane *lane, curl_socket_t fd, int events)
{
	int running;

	lane->curl->inside = true;
	curl_multi_socket_action(lane->multi, fd, events, &running);
	lane->curl->inside = false;
	grant_wishes(lane->curl);
	finish_transfers(lane);
}

static void
run_socket(struct loop_curl *curl, const struct pollfd *p)
{
	struct loop_lane *lane = place_of(curl, p->fd)->lane;
	int events = 0;

	if (p->revents & (POLLIN | POLLHUP))
		events |= CURL_CSELECT_IN;
	if (p->revents & POLLOUT)
		events |= CURL_CSELECT_OUT;
	if (p->revents & (POLLERR | POLLNVAL))
		events |= CURL_CSELECT_ERR;
	if (lane != NULL)
		run(lane, p->fd, events);
}

/* Each answer is passed on while caches hold it. What that opens or closes may
 * take a number that was polled for another socket: libcurl finds nothing to
 * read there. */
void
loop_curl_run_sockets(struct loop_curl *curl, const struct pollfd *polled,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (polled[i].revents != 0)
			run_socket(curl, &polled[i]);
}

uint64_t
loop_curl_due_ms(const struct loop_curl *curl)
{
	uint64_t due_ms = LOOP_NEVER;

	for (size_t i = 0; i < curl->lane_count; i++)
		if (curl->lanes[i].due_ms < due_ms)
			due_ms = curl->lanes[i].due_ms;
	return due_ms;
}

static bool
has_rested(const struct loop_lane *lane, uint64_t now_ms)
{
	return lane->multi != NULL && lane != lane->curl->lanes &&
	       now_ms >= lane->rests_ms + LOOP_LANE_REST_MS;
}

static void
lane_run_due(struct loop_lane *lane, uint64_t now_ms)
{
	if (lane->due_ms <= now_ms) {
		lane->due_ms = LOOP_NEVER;
		run(lane, CURL_SOCKET_TIMEOUT, 0);
	} else if (lane->multi != NULL) {
		finish_transfers(lane);
	}
	if (lane->running > 0)
		lane->rests_ms = now_ms;
	else if (has_rested(lane, now_ms))
		lane_close(lane);
}

void
loop_curl_run_due(struct loop_curl *curl, uint64_t now_ms)
{
	grant_wishes(curl);
	for (size_t i = 0; i < curl->lane_count; i++)
		lane_run_due(&curl->lanes[i], now_ms);
}
