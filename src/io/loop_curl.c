/* SPDX-License-Identifier: ISC */
/*
 * Transfers on libcurl's socket interface, which runs only those whose sockets
 * are ready. It knows them as handles that start, end and go on; what they mean
 * is io/http's.
 */
#include "io/loop_curl.h"

#include <stdlib.h>

#include "base/mem.h"
#include "io/os.h"

#define UNPLACED SIZE_MAX

enum { WISH_START = 1, WISH_RESUME = 2, WISH_STOP = 4 };

/* Descriptors are small numbers, and each request asks for its place. */
static size_t *
place_of(struct loop_curl *curl, curl_socket_t fd)
{
	size_t at = (size_t)fd;

	if (at >= curl->place_space) {
		size_t space = at + 64;
		curl->places =
		    mem_resize(curl->places, space * sizeof(*curl->places));
		for (size_t i = curl->place_space; i < space; i++)
			curl->places[i] = UNPLACED;
		curl->place_space = space;
	}
	return &curl->places[at];
}

static void
socket_remove(struct loop_curl *curl, size_t *place)
{
	struct pollfd last;

	if (*place == UNPLACED)
		return;
	last = curl->sockets[--curl->socket_count];
	curl->sockets[*place] = last;
	*place_of(curl, last.fd) = *place;
	*place = UNPLACED;
}

static void
socket_set(struct loop_curl *curl, size_t *place, const struct pollfd *socket)
{
	if (*place == UNPLACED)
		*place = curl->socket_count++;
	if (*place == curl->socket_space) {
		curl->socket_space += 8;
		curl->sockets = mem_resize(curl->sockets,
		    curl->socket_space * sizeof(*curl->sockets));
	}
	curl->sockets[*place] = *socket;
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	struct loop_curl *curl = ctx;
	size_t *place = place_of(curl, fd);
	int events = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		socket_remove(curl, place);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	struct pollfd socket = { .fd = fd, .events = (short)events };
	socket_set(curl, place, &socket);
	return 0;
}

static int
set_timer(CURLM *multi, long after_ms, void *ctx)
{
	struct loop_curl *curl = ctx;

	(void)multi;
	curl->due_ms = LOOP_NEVER;
	if (after_ms == 0)
		curl->due_ms = 0;
	else if (after_ms > 0)
		curl->due_ms = os_monotonic_ms() + (uint64_t)after_ms;
	return 0;
}

void
curl_must(CURLcode code)
{
	if (code == CURLE_OUT_OF_MEMORY)
		mem_exhausted();
}

void
loop_curl_init(struct loop_curl *curl)
{
	*curl = (struct loop_curl){ .due_ms = LOOP_NEVER };
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		mem_exhausted();
	CURLM *multi = curl_multi_init();
	if (!multi ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, curl) ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, curl))
		mem_exhausted();
	curl->multi = multi;
}

void
loop_curl_reset(struct loop_curl *curl)
{
	curl_multi_cleanup(curl->multi);
	curl_global_cleanup();
	free(curl->sockets);
	free(curl->places);
	*curl = (struct loop_curl){ .due_ms = LOOP_NEVER };
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
	if (curl_multi_add_handle(curl->multi, t->easy) != CURLM_OK)
		mem_exhausted();
	t->added = true;
}

static void
transfer_remove(struct loop_curl *curl, struct loop_transfer *t)
{
	if (t->added)
		curl_multi_remove_handle(curl->multi, t->easy);
	t->added = false;
}

static void
grant(struct loop_curl *curl, struct loop_transfer *t, unsigned wishes)
{
	if (wishes & WISH_STOP) {
		transfer_remove(curl, t);
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
finish_transfers(struct loop_curl *curl)
{
	int left;
	CURLMsg *m = curl_multi_info_read(curl->multi, &left);

	while (m) {
		CURLcode code = m->data.result;
		struct loop_transfer *t = NULL;
		curl_must(
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t));
		unwish(curl, t);
		transfer_remove(curl, t);
		t->done(t->ctx, code);
		m = curl_multi_info_read(curl->multi, &left);
	}
}

/* Whatever libcurl has called for, now that it has returned. */
static void
follow_up(struct loop_curl *curl)
{
	grant_wishes(curl);
	finish_transfers(curl);
}

static void
run_socket(struct loop_curl *curl, const struct pollfd *p)
{
	int events = 0, running;

	if (p->revents & (POLLIN | POLLHUP))
		events |= CURL_CSELECT_IN;
	if (p->revents & POLLOUT)
		events |= CURL_CSELECT_OUT;
	if (p->revents & (POLLERR | POLLNVAL))
		events |= CURL_CSELECT_ERR;
	curl->inside = true;
	curl_multi_socket_action(curl->multi, p->fd, events, &running);
	curl->inside = false;
}

void
loop_curl_run_sockets(struct loop_curl *curl, const struct pollfd *polled,
    size_t count)
{
	/* Each answer is passed on while caches hold it. What that opens or
	 * closes may take a number that was polled for another socket: libcurl
	 * finds nothing to read there. */
	for (size_t i = 0; i < count; i++)
		if (polled[i].revents != 0) {
			run_socket(curl, &polled[i]);
			follow_up(curl);
		}
}

void
loop_curl_run_due(struct loop_curl *curl, uint64_t now_ms)
{
	int running;

	grant_wishes(curl);
	if (curl->due_ms <= now_ms) {
		curl->due_ms = LOOP_NEVER;
		curl->inside = true;
		curl_multi_socket_action(curl->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
		curl->inside = false;
	}
	follow_up(curl);
}
