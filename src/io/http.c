/* SPDX-License-Identifier: ISC */
/*
 * One exchange: what libcurl's callbacks mean, and its end. Retries are not
 * made here: who asked knows which requests have no effects.
 */
#include "io/http.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/http_parts.h"
#include "io/trace.h"

enum { LARGE_ANSWER = 256 * 1024 };

/* Returning it from a data callback ends the transfer. */
static const size_t abort_transfer = 0;

static size_t
on_header(char *bytes, size_t size, size_t count, void *ctx)
{
	struct http *x = ctx;
	size_t len = size * count;

	if (x->dead)
		return abort_transfer;
	if (x->traced != 0)
		http_trace_line(span_make(bytes, len));
	switch (http_head_line(&x->head, span_make(bytes, len))) {
	case HTTP_HEAD_MORE:
		return len;
	case HTTP_HEAD_TOO_LARGE:
		x->stopped_for = FAULT_TOO_LARGE;
		return abort_transfer;
	case HTTP_HEAD_READY:
		break;
	}
	if (x->events.head || x->traced != 0) {
		struct http_head head = http_head_view(&x->head);
		if (x->traced != 0)
			http_trace_head(x, &head);
		if (x->events.head)
			x->events.head(x->ctx, &head);
	}
	return x->dead ? abort_transfer : len;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct http *x = ctx;
	size_t len = size * count;
	enum http_verdict verdict = HTTP_CONTINUE;

	if (x->dead)
		return abort_transfer;
	if (x->events.body)
		verdict = x->events.body(x->ctx, span_make(bytes, len));
	if (x->dead)
		return abort_transfer;
	switch (verdict) {
	case HTTP_CONTINUE:
		break;
	case HTTP_PAUSE:
		x->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	case HTTP_STOP:
		x->stopped_for = FAULT_CANCELED;
		return abort_transfer;
	}
	x->received += len;
	return len;
}

static size_t
on_upload(char *dst, size_t size, size_t count, void *ctx)
{
	struct http *x = ctx;
	size_t space = size * count;
	size_t left = x->request.body.len - x->uploaded;
	size_t n = left < space ? left : space;

	if (x->dead)
		return CURL_READFUNC_ABORT;
	if (n > 0)
		memcpy(dst, x->request.body.ptr + x->uploaded, n);
	x->uploaded += n;
	x->sent = true;
	return n;
}

static bool
may_reach(struct http *x, enum address_class class)
{
	if (!x->request.addresses)
		return true;
	/* The names behind a proxy are its business. */
	if (x->proxied && !address_class_of(x->host, &class))
		return true;
	if (address_allowed(x->request.addresses, class))
		return true;
	x->refused = class;
	x->stopped_for = FAULT_POLICY;
	return false;
}

static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http *x = ctx;
	int fd;

	(void)purpose;
	if (!may_reach(x, address_class(&address->addr)))
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype, address->protocol);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

/* Of head and small body, and of what was said to a proxy before them. */
static long
sent_bytes(const struct http *x)
{
	long bytes = 0;

	curl_must(curl_easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &bytes));
	return bytes;
}

/* The connection stands, be it new or kept, and perhaps judged by another
 * policy; the request is not yet sent. */
#if LIBCURL_VERSION_NUM >= 0x075000
const bool http_sees_connections = true;

static int
on_connected(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
	struct http *x = ctx;
	enum address_class class;

	(void)local;
	(void)peer_port;
	(void)local_port;
	if (x->dead)
		return CURL_PREREQFUNC_ABORT;
	if (x->request.addresses && address_class_of(peer, &class) &&
	    !may_reach(x, class))
		return CURL_PREREQFUNC_ABORT;
	/* libcurl would send it again after a kept connection died. */
	if (x->sent && sent_bytes(x) > x->sent_before) {
		x->stopped_for = FAULT_UNREACHABLE;
		return CURL_PREREQFUNC_ABORT;
	}
	x->sent = true;
	x->sent_before = x->proxied ? sent_bytes(x) : 0;
	return CURL_PREREQFUNC_OK;
}

static void
judge_connections(struct http *x)
{
	curl_set(x->easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_set(x->easy, CURLOPT_PREREQDATA, x);
}
#else
const bool http_sees_connections = false;

static void
judge_connections(struct http *x)
{
	(void)x;
}
#endif

static void
begin(struct http *x)
{
	http_head_clear(&x->head);
	x->uploaded = x->received = 0;
	x->sent = x->paused = x->dead = false;
	x->sent_before = 0;
	x->stopped_for = FAULT_NONE;
	x->error[0] = '\0';
	loop_transfer_start(x->client->loop, &x->transfer);
}

static void
report(struct http *x, const struct fault *fault)
{
	struct http_result result = {
		.ok = fault == NULL,
		/* What was said to a proxy before is no part of the request. */
		.sent = fault == NULL || x->sent ||
			(!http_sees_connections && sent_bytes(x) > 0),
		.head = x->head.complete,
		.fault = fault,
	};

	http_report_end(x, fault);
	x->events.done(x->ctx, &result);
}

static void
fail(struct http *x, CURLcode code)
{
	struct fault fault;

	http_fault(x, code, &fault);
	report(x, &fault);
}

static void
on_done(void *ctx, CURLcode code)
{
	struct http *x = ctx;

	if (code == CURLE_PEER_FAILED_VERIFICATION &&
	    http_client_widen_trust(x->client, x)) {
		begin(x);
		return;
	}
	x->paused = false;
	x->was_large = x->received >= LARGE_ANSWER;
	if (code == CURLE_OK && x->head.complete)
		report(x, NULL);
	else
		fail(x, code);
}

static void
on_stopped(void *ctx)
{
	struct http *x = ctx;

	http_client_give(x->client, x);
}

void
http_set_callbacks(struct http *x)
{
	CURL *easy = x->easy;

	loop_transfer_init(&x->transfer, easy, on_done, on_stopped, x);
	curl_set(easy, CURLOPT_ERRORBUFFER, x->error);
	curl_set(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_set(easy, CURLOPT_HEADERDATA, x);
	curl_set(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_set(easy, CURLOPT_WRITEDATA, x);
	/* No seek function: what was sent cannot be sent again unasked. */
	curl_set(easy, CURLOPT_READFUNCTION, on_upload);
	curl_set(easy, CURLOPT_READDATA, x);
	curl_set(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_set(easy, CURLOPT_OPENSOCKETDATA, x);
	judge_connections(x);
}

struct http *
http_start(struct http_client *client, const struct http_request *request,
    const struct http_events *events, void *ctx)
{
	struct http *x = http_client_take(client);

	x->request = *request;
	if (request->headers)
		x->headers = http_headers_ref(request->headers);
	x->events = *events;
	x->ctx = ctx;
	http_client_prepare(client, x);
	if (trace_on())
		http_trace_request(x);
	begin(x);
	return x;
}

void
http_resume(struct http *x)
{
	if (!x->paused)
		return;
	x->paused = false;
	loop_transfer_resume(x->client->loop, &x->transfer);
}

bool
http_paused(const struct http *x)
{
	return x->paused;
}

bool
http_uploaded(const struct http *x)
{
	curl_off_t uploaded = 0;

	curl_must(
	    curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded));
	return (size_t)uploaded == x->request.body.len && sent_bytes(x) > 0;
}

void
http_free(struct http **where)
{
	struct http *x = *where;

	if (!x)
		return;
	*where = NULL;
	if (x->traced != 0)
		http_trace_freed(x);
	x->dead = true;
	/* libcurl may go on until it returns from the callback we may be in,
	 * but has no more use for the list. */
	curl_set(x->easy, CURLOPT_HTTPHEADER, NULL);
	http_headers_free(&x->headers);
	loop_transfer_stop(x->client->loop, &x->transfer);
}
