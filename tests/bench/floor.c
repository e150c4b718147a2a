/* SPDX-License-Identifier: ISC */
/*
 * The second limit: libcurl between two pipes with nothing understood. Each
 *line read is sent as a POST; each body, or each data line of an event stream,
 *is written as a line. Of the protocol it knows the session header, and that a
 *GET follows "notifications/initialized". No failure is survived.
 *
 * It does what costs least: kept handles and header lists, libcurl's socket
 * interface, bodies in memory, one writev a turn.
 *
 *	floor URL	(CA_FILE in the environment: certificate authority)
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "common.h"

enum { GULP = 64 * 1024, SOCKETS = 1024, WRITE_PARTS = 64 };

struct transfer {
	CURL *easy;
	struct buf request, line;
	bool events;   /* the body is an event stream */
	bool skipping; /* inside a line of it that is no data */
	struct transfer *next_idle;
};

struct line {
	struct buf text; /* owned */
	size_t from;     /* what stands before is not written */
};

static struct {
	const char *url;
	CURLM *multi;
	struct curl_slist *headers;
	bool has_session;
	struct transfer *idle;
	struct pollfd polled[SOCKETS + 1]; /* stdin, then libcurl's */
	nfds_t polled_count;
	long timeout_ms;
	struct buf input;
	struct line output[WRITE_PARTS];
	int output_count;
	unsigned running;
	bool eof;
} state;

/* Output */

static void
flush_output(void)
{
	struct iovec parts[WRITE_PARTS];
	struct iovec *at = parts;
	int left = state.output_count;

	for (int i = 0; i < left; i++) {
		const struct line *line = &state.output[i];
		parts[i].iov_base = line->text.data + line->from;
		parts[i].iov_len = line->text.len - line->from;
	}
	while (left > 0) {
		ssize_t n = writev(STDOUT_FILENO, at, left);
		if (n < 0)
			die("stdout");
		while (left > 0 && (size_t)n >= at->iov_len) {
			n -= (ssize_t)at->iov_len;
			at++;
			left--;
		}
		if (left > 0) {
			at->iov_base = (char *)at->iov_base + n;
			at->iov_len -= (size_t)n;
		}
	}
	for (int i = 0; i < state.output_count; i++)
		buf_reset(&state.output[i].text);
	state.output_count = 0;
}

static void
write_line(struct buf *line, size_t from)
{
	if (line->len == 0)
		return;
	if (state.output_count == WRITE_PARTS)
		flush_output();
	struct line *to = &state.output[state.output_count++];
	to->from = from;
	buf_init(&to->text, line->max);
	buf_take(&to->text, line);
	to->text.data[to->text.len++] = '\n';
}

/* Bodies */

static void
add(struct buf *line, const char *bytes, size_t len)
{
	if (buf_add(line, bytes, len) != 0)
		die("a line past the limit");
}

static void
end_data_line(struct transfer *t)
{
	static const char prefix[] = "data: ";
	static const size_t len = sizeof(prefix) - 1;

	if (t->line.len > len && memcmp(t->line.data, prefix, len) == 0)
		write_line(&t->line, len);
	buf_clear(&t->line);
}

static void
read_events(struct transfer *t, const char *bytes, size_t len)
{
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) : len;
		add(&t->line, bytes, n);
		if (end) {
			end_data_line(t);
			n++;
		}
		bytes += n;
		len -= n;
	}
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;

	if (t->events)
		read_events(t, bytes, size * count);
	else
		add(&t->line, bytes, size * count);
	return size * count;
}

static size_t
on_header(char *line, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\r\n"), line);
	if (strcasecmp(text, "Content-Type: text/event-stream") == 0)
		t->events = true;
	if (!state.has_session &&
	    strncasecmp(text, "Mcp-Session-Id:", 15) == 0) {
		state.headers = curl_slist_append(state.headers, text);
		state.has_session = true;
	}
	return size * count;
}

/* Transfers */

static struct transfer *
new_transfer(void)
{
	struct transfer *t = mem_alloc(1, sizeof(*t));
	const char *ca = getenv("CA_FILE");

	t->easy = curl_easy_init();
	buf_init(&t->request, LIMIT_MESSAGE);
	buf_init(&t->line, 2 * LIMIT_MESSAGE);
	curl_easy_setopt(t->easy, CURLOPT_URL, state.url);
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT,
	    (long)!strncmp(state.url, "https:", 6));
	if (ca)
		curl_easy_setopt(t->easy, CURLOPT_CAINFO, ca);
	return t;
}

static void
start_transfer(const char *body, size_t len)
{
	struct transfer *t = state.idle ? state.idle : new_transfer();

	if (t == state.idle)
		state.idle = t->next_idle;
	t->events = false;
	buf_clear(&t->request);
	add(&t->request, body, len);
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, state.headers);
	if (len > 0) {
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->request.data);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)len);
	} else {
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
	}
	curl_multi_add_handle(state.multi, t->easy);
	state.running++;
}

static void
finish_transfers(void)
{
	int left;
	const CURLMsg *m;

	for (m = curl_multi_info_read(state.multi, &left); m;
	     m = curl_multi_info_read(state.multi, &left)) {
		struct transfer *t = NULL;
		CURL *easy = m->easy_handle;

		if (m->data.result != CURLE_OK)
			fprintf(stderr, "%s\n",
			    curl_easy_strerror(m->data.result));
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
		curl_multi_remove_handle(state.multi, easy);
		if (!t->events)
			write_line(&t->line, 0);
		if (t->request.space > GULP)
			buf_reset(&t->request);
		t->next_idle = state.idle;
		state.idle = t;
		state.running--;
	}
}

/* Input */

static void
take_line(const char *line, size_t len)
{
	start_transfer(line, len);
	if (len < 100 && memmem(line, len, "notifications/initialized", 25))
		start_transfer(NULL, 0);
}

static void
read_input(void)
{
	size_t from = 0, scanned = state.input.len;
	const char *end;

	if (buf_reserve(&state.input, GULP) != 0)
		die("a line past the limit");
	ssize_t n =
	    read(STDIN_FILENO, state.input.data + state.input.len, GULP);
	if (n <= 0) {
		state.eof = true;
		return;
	}
	state.input.len += (size_t)n;
	for (end = memchr(state.input.data + scanned, '\n', (size_t)n); end;
	     end = memchr(state.input.data + from, '\n',
		 state.input.len - from)) {
		size_t at = (size_t)(end - state.input.data);
		take_line(state.input.data + from, at - from);
		from = at + 1;
	}
	buf_drop(&state.input, from);
	if (state.input.len == 0 && state.input.space > 4 * (size_t)GULP)
		buf_reset(&state.input);
}

/* The loop */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
	nfds_t i = 1;
	int events = 0;

	(void)easy;
	(void)ctx;
	(void)unused;
	while (i < state.polled_count && state.polled[i].fd != fd)
		i++;
	if (what == CURL_POLL_REMOVE) {
		state.polled[i] = state.polled[--state.polled_count];
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	if (i == SOCKETS)
		die("too many connections");
	if (i == state.polled_count)
		state.polled_count++;
	state.polled[i] = (struct pollfd){ .fd = fd, .events = (short)events };
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	(void)multi;
	(void)ctx;
	state.timeout_ms = timeout_ms;
	return 0;
}

static void
run_ready(void)
{
	struct pollfd ready[SOCKETS + 1];
	nfds_t count = state.polled_count;
	int running;

	memcpy(ready, state.polled, count * sizeof(*ready));
	for (nfds_t i = 1; i < count; i++) {
		int events = 0;
		if (ready[i].revents == 0)
			continue;
		if (ready[i].revents & (POLLIN | POLLHUP | POLLERR))
			events |= CURL_CSELECT_IN;
		if (ready[i].revents & POLLOUT)
			events |= CURL_CSELECT_OUT;
		curl_multi_socket_action(state.multi, ready[i].fd, events,
		    &running);
	}
}

static void
turn(void)
{
	int running;

	/* libcurl says again when it wants another timer. */
	if (poll(state.polled, state.polled_count, (int)state.timeout_ms) ==
		0 &&
	    state.timeout_ms >= 0) {
		state.timeout_ms = -1;
		curl_multi_socket_action(state.multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	run_ready();
	if (state.polled[0].revents != 0)
		read_input();
	if (state.timeout_ms == 0) {
		state.timeout_ms = -1;
		curl_multi_socket_action(state.multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	finish_transfers();
	flush_output();
}

int
main(int argc, char **argv)
{
	static const char *const headers[] = { "Content-Type: application/json",
		"Accept: application/json, text/event-stream", "Expect:" };

	if (argc != 2)
		return 1;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	state.url = argv[1];
	state.multi = curl_multi_init();
	curl_multi_setopt(state.multi, CURLMOPT_MAXCONNECTS, 512L);
	curl_multi_setopt(state.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(state.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	state.timeout_ms = -1;
	state.polled[0] =
	    (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	state.polled_count = 1;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		state.headers = curl_slist_append(state.headers, headers[i]);
	buf_init(&state.input, LIMIT_MESSAGE + 2 * GULP);
	while (!state.eof)
		turn();
	_exit(0);
}
