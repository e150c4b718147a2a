/* SPDX-License-Identifier: ISC */
/*
 * One connection of a browser: a request is read, an answer written, and the
 * rest drained before the end, since unread bytes would turn the page into a
 * reset.
 */
#include "auth/callback_connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "io/os.h"

enum {
	HEAD_MS = 10000,  /* for a request to become whole */
	SEND_MS = 5000,   /* for an answer to be taken */
	LINGER_MS = 1000, /* for the browser to close after it */
	RECEIVE_SIZE = 8192
};

void
connection_init(struct connection *c)
{
	*c = (struct connection){ .fd = -1 };
	callback_head_init(&c->head);
	buf_init(&c->answer, LIMIT_CALLBACK_HEAD);
}

void
connection_drop(struct connection *c)
{
	if (c->fd != -1)
		close(c->fd);
	c->fd = -1;
	callback_head_reset(&c->head);
	buf_wipe(&c->answer);
	c->phase = CONNECTION_FREE;
}

static void
enter(struct connection *c, enum connection_phase phase)
{
	c->phase = phase;
	c->since_ms = os_monotonic_ms();
}

void
connection_open(struct connection *c, int fd)
{
	c->fd = fd;
	enter(c, CONNECTION_READING);
}

void
connection_hold(struct connection *c)
{
	enter(c, CONNECTION_HELD);
}

void
connection_answer_status(struct connection *c, int status)
{
	static const struct {
		int status;
		const char *reason;
		const char *extra;
	} table[] = {
		{ 400, "Bad Request", "" },
		{ 403, "Forbidden", "" },
		{ 404, "Not Found", "" },
		{ 405, "Method Not Allowed", "Allow: GET\r\n" },
		{ 414, "URI Too Long", "" },
		{ 421, "Misdirected Request", "" },
	};
	size_t i = 0;

	while (i + 1 < sizeof(table) / sizeof(table[0]) &&
	       table[i].status != status)
		i++;
	if (buf_addf(&c->answer,
		"HTTP/1.1 %d %s\r\n"
		"Content-Length: 0\r\n"
		"Cache-Control: no-store\r\n"
		"%s"
		"Connection: close\r\n"
		"\r\n",
		table[i].status, table[i].reason, table[i].extra) == -1)
		connection_drop(c);
	else
		enter(c, CONNECTION_WRITING);
}

void
connection_answer_page(struct connection *c, enum callback_page page)
{
	if (callback_page_render(page, &c->answer) == -1)
		connection_drop(c);
	else
		enter(c, CONNECTION_WRITING);
}

void
connection_answer_target(struct connection *c, const char *target)
{
	if (buf_addf(&c->answer,
		"HTTP/1.1 302 Found\r\n"
		"Location: %s\r\n"
		"Content-Length: 0\r\n"
		"Cache-Control: no-store\r\n"
		"Referrer-Policy: no-referrer\r\n"
		"Connection: close\r\n"
		"\r\n",
		target) == -1)
		connection_drop(c);
	else
		enter(c, CONNECTION_WRITING);
}

enum callback_progress
connection_read(struct connection *c)
{
	char bytes[RECEIVE_SIZE];
	ssize_t got = read(c->fd, bytes, sizeof(bytes));
	enum callback_progress progress = CALLBACK_NO_REQUEST;

	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return CALLBACK_MORE;
	if (got > 0)
		progress =
		    callback_head_feed(&c->head, span_make(bytes, (size_t)got));
	explicit_bzero(bytes, sizeof(bytes));
	return progress;
}

void
connection_write(struct connection *c)
{
	ssize_t put = write(c->fd, c->answer.data, c->answer.len);

	if (put == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (put == -1) {
		connection_drop(c);
		return;
	}
	buf_drop(&c->answer, (size_t)put);
	if (c->answer.len > 0)
		return;
	shutdown(c->fd, SHUT_WR);
	enter(c, CONNECTION_DRAINING);
}

void
connection_drain(struct connection *c)
{
	char bytes[RECEIVE_SIZE];
	ssize_t got = read(c->fd, bytes, sizeof(bytes));

	if (got == 0 || (got == -1 && errno != EAGAIN && errno != EINTR))
		connection_drop(c);
}

void
connection_drop_if_late(struct connection *c, uint64_t now_ms)
{
	static const uint64_t allowed_ms[] = {
		[CONNECTION_FREE] = UINT64_MAX,
		[CONNECTION_READING] = HEAD_MS,
		[CONNECTION_HELD] = UINT64_MAX,
		[CONNECTION_WRITING] = SEND_MS,
		[CONNECTION_DRAINING] = LINGER_MS,
	};

	if (now_ms - c->since_ms > allowed_ms[c->phase])
		connection_drop(c);
}

short
connection_wants(const struct connection *c)
{
	if (c->phase == CONNECTION_WRITING)
		return POLLOUT;
	return c->phase == CONNECTION_READING ||
		       c->phase == CONNECTION_DRAINING ?
		   POLLIN :
		   0;
}
