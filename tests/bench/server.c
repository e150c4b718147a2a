/* SPDX-License-Identifier: ISC */
/*
 * A fast MCP server for measurements: one thread, epoll, HTTP/1.1 kept alive on
 * loopback. Prints its port, ends with its standard input.
 *
 * The path /mcp has sessions, /plain has none; requests of 2026-07-28 are
 * answered on both. The arguments of tools/call say what the answer is like:
 * bytes of text, as a JSON body or (sse) an event stream, there with that many
 * notifications (events) before it, or with notifications on the GET stream
 * (flood). It trusts its client and checks next to nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "common.h"

enum {
	GULP = 256 * 1024,
	PIECES = 8,
	PARTS = 16,
	BACKLOG = 1024,
	INLINE_BYTES = 16 * 1024, /* texts up to here are no piece */
	LOOK_AT = 1024 /* how much of a request is searched for arguments */
};

/* Output: a block, written as often as it takes. */
struct piece {
	char *own;         /* owned: the block, or NULL */
	const char *block; /* borrowed, or own */
	size_t len;        /* of the block */
	size_t at;         /* within it */
	size_t left;       /* bytes to be written, in all rounds */
};

struct client {
	int fd; /* owned */
	struct buf in;
	struct piece pieces[PIECES];
	size_t first, count;
	bool waits; /* for the socket to take more */
};

struct request {
	struct span head; /* with its blank line */
	struct span body;
	char sample[2 * LOOK_AT + 1]; /* of the body: begin and end */
	char id[64];                  /* raw JSON */
};

struct server {
	int epoll, listener;
	struct client *stream; /* the last GET; borrowed */
	size_t owed;           /* notifications, while there is none */
	unsigned sessions;
	char filler[64 * 1024];
	/* Events as chunks of their own, as servers write them. */
	struct buf events;
	size_t event_len;
};

static const char notification[] =
    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":{"
    "\"level\":\"info\",\"logger\":\"bench\",\"data\":\"0123456789abcdef\"}}";

static const char result_head[] =
    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"content\":[{\"type\":"
    "\"text\",\"text\":\"";
static const char result_tail[] = "\"}]}}";

static const char initialize_result[] =
    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"protocolVersion\":"
    "\"2025-11-25\",\"capabilities\":{\"tools\":{},\"logging\":{}},"
    "\"serverInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}";
static const char discover_result[] =
    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"resultType\":\"complete\","
    "\"supportedVersions\":[\"2026-07-28\",\"2025-11-25\"],"
    "\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"bench\","
    "\"version\":\"1\"}}}";

/* Output */

static void
push(struct client *c, struct piece piece)
{
	if (c->count == PIECES)
		die("too much to write");
	c->pieces[(c->first + c->count++) % PIECES] = piece;
}

static void
push_text(struct client *c, char *text)
{
	size_t len = strlen(text);

	push(c, (struct piece){ text, text, len, 0, len });
}

static void
push_block(struct client *c, const char *block, size_t len, size_t total)
{
	if (total > 0)
		push(c, (struct piece){ NULL, block, len, 0, total });
}

static void
push_events(struct server *s, struct client *c, size_t count)
{
	push_block(c, s->events.data, s->events.len, count * s->event_len);
}

static size_t
slice_of(const struct piece *p)
{
	return p->left < p->len - p->at ? p->left : p->len - p->at;
}

static int
gather(struct client *c, struct iovec *parts)
{
	int n = 0;

	for (size_t i = 0; i < c->count && n < PARTS; i++) {
		struct piece p = c->pieces[(c->first + i) % PIECES];
		while (p.left > 0 && n < PARTS) {
			size_t len = slice_of(&p);
			parts[n].iov_base = (char *)(uintptr_t)p.block + p.at;
			parts[n++].iov_len = len;
			p.left -= len;
			p.at = 0;
		}
	}
	return n;
}

static void
wrote(struct client *c, size_t n)
{
	while (n > 0) {
		struct piece *p = &c->pieces[c->first];
		size_t len = slice_of(p) < n ? slice_of(p) : n;
		p->left -= len;
		p->at = (p->at + len) % p->len;
		n -= len;
		if (p->left > 0)
			continue;
		free(p->own);
		c->first = (c->first + 1) % PIECES;
		c->count--;
	}
}

static void
watch(struct server *s, struct client *c, bool writable)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };

	if (writable)
		e.events |= EPOLLOUT;
	epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &e);
	c->waits = writable;
}

static void
flush(struct server *s, struct client *c)
{
	struct iovec parts[PARTS];
	ssize_t n = 0;

	while (c->count > 0 && n >= 0) {
		n = writev(c->fd, parts, gather(c, parts));
		if (n > 0)
			wrote(c, (size_t)n);
	}
	if (c->waits != (c->count > 0))
		watch(s, c, c->count > 0);
}

/* Answers */

static void
answer_empty(struct client *c, const char *status)
{
	push_text(c,
	    mem_format("HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status));
}

static void
answer_json(struct client *c, const char *format, const struct request *r,
    const char *header)
{
	char body[1024];
	int len = snprintf(body, sizeof(body), format, r->id);

	push_text(c,
	    mem_format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		       "%sContent-Length: %d\r\n\r\n%s",
		header, len, body));
}

static void
push_result(struct server *s, struct client *c, const struct request *r,
    size_t bytes)
{
	char *head = mem_format(result_head, r->id);

	if (bytes <= INLINE_BYTES) {
		push_text(c, mem_format("%s%.*s%s", head, (int)bytes, s->filler,
				 result_tail));
		free(head);
		return;
	}
	push_text(c, head);
	push_block(c, s->filler, sizeof(s->filler), bytes);
	push_block(c, result_tail, sizeof(result_tail) - 1,
	    sizeof(result_tail) - 1);
}

static size_t
result_len(const struct request *r, size_t bytes)
{
	return strlen(result_head) - 2 + strlen(r->id) + bytes +
	       strlen(result_tail);
}

static void
answer_call(struct server *s, struct client *c, const struct request *r)
{
	size_t bytes = number_after(r->sample, "bytes");
	size_t len = result_len(r, bytes);

	push_text(c,
	    mem_format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		       "Content-Length: %zu\r\n\r\n",
		len));
	push_result(s, c, r, bytes);
}

static void
answer_stream(struct server *s, struct client *c, const struct request *r)
{
	size_t bytes = number_after(r->sample, "bytes");
	size_t len = result_len(r, bytes) + strlen("data: \n\n");

	push_text(c, mem_string("HTTP/1.1 200 OK\r\n"
				"Content-Type: text/event-stream\r\n"
				"Cache-Control: no-cache\r\n"
				"X-Accel-Buffering: no\r\n"
				"Transfer-Encoding: chunked\r\n\r\n"));
	push_events(s, c, number_after(r->sample, "events"));
	push_text(c, mem_format("%zx\r\ndata: ", len));
	push_result(s, c, r, bytes);
	push_text(c, mem_string("\n\n\r\n0\r\n\r\n"));
}

static void
open_stream(struct server *s, struct client *c)
{
	push_text(c, mem_string("HTTP/1.1 200 OK\r\n"
				"Content-Type: text/event-stream\r\n"
				"Cache-Control: no-cache\r\n"
				"X-Accel-Buffering: no\r\n"
				"Transfer-Encoding: chunked\r\n\r\n"));
	s->stream = c;
	push_events(s, c, s->owed);
	s->owed = 0;
}

static void
flood(struct server *s, size_t count)
{
	if (!s->stream) {
		s->owed += count;
		return;
	}
	push_events(s, s->stream, count);
	flush(s, s->stream);
}

/* Requests */

static void
copy_id(struct request *r)
{
	const char *at = strstr(r->sample, "\"id\":");
	size_t len = at ? strcspn(at + 5, ",}") : 0;

	if (len == 0 || len >= sizeof(r->id))
		die("a request without id");
	snprintf(r->id, sizeof(r->id), "%.*s", (int)len, at + 5);
}

static bool
is_about(const struct request *r, const char *method)
{
	char quoted[48];

	snprintf(quoted, sizeof(quoted), "\"method\":\"%s", method);
	return strstr(r->sample, quoted) != NULL;
}

static void
answer_initialize(struct server *s, struct client *c, struct request *r)
{
	char header[64] = "";

	copy_id(r);
	if (memmem(r->head.ptr, r->head.len, " /mcp ", 6))
		snprintf(header, sizeof(header), "Mcp-Session-Id: s-%u\r\n",
		    ++s->sessions);
	answer_json(c, initialize_result, r, header);
}

static void
answer_post(struct server *s, struct client *c, struct request *r)
{
	bool needs_session = memmem(r->head.ptr, r->head.len, " /mcp ", 6);

	if (is_about(r, "initialize\"")) {
		answer_initialize(s, c, r);
	} else if (needs_session &&
		   !strcasestr(r->head.ptr, "\nmcp-session-id: s-")) {
		answer_empty(c, "400 Bad Request");
	} else if (is_about(r, "notifications/")) {
		answer_empty(c, "202 Accepted");
	} else if (is_about(r, "server/discover")) {
		copy_id(r);
		answer_json(c, discover_result, r, "");
	} else {
		copy_id(r);
		flood(s, number_after(r->sample, "flood"));
		if (number_after(r->sample, "sse") ||
		    number_after(r->sample, "events"))
			answer_stream(s, c, r);
		else
			answer_call(s, c, r);
	}
}

/* Elsewhere is nothing, so that a client which looks for sign-in finds none. */
static void
answer(struct server *s, struct client *c, struct request *r)
{
	bool known = memmem(r->head.ptr, r->head.len, " /mcp ", 6) ||
		     memmem(r->head.ptr, r->head.len, " /plain ", 8);

	if (!known)
		answer_empty(c, "404 Not Found");
	else if (span_starts_with(r->head, "POST "))
		answer_post(s, c, r);
	else if (span_starts_with(r->head, "GET "))
		open_stream(s, c);
	else
		answer_empty(c, "200 OK");
}

/* What clients write first or last, wherever they put their arguments. */
static void
take_sample(struct request *r)
{
	size_t n = r->body.len < LOOK_AT ? r->body.len : LOOK_AT;
	size_t rest = r->body.len - n < LOOK_AT ? r->body.len - n : LOOK_AT;

	if (n > 0)
		memcpy(r->sample, r->body.ptr, n);
	if (rest > 0)
		memcpy(r->sample + n, r->body.ptr + r->body.len - rest, rest);
	r->sample[n + rest] = '\0';
}

/* False while the request at the front of `in` is not whole. */
static bool
take_request(const struct client *c, struct request *r)
{
	const char *end, *length;
	size_t body_len = 0;

	if (c->in.len == 0)
		return false;
	end = memmem(c->in.data, c->in.len, "\r\n\r\n", 4);
	if (!end)
		return false;
	r->head = span_make(c->in.data, (size_t)(end + 4 - c->in.data));
	length = strcasestr(c->in.data, "\ncontent-length:");
	if (length && length < end)
		body_len = strtoull(length + 16, NULL, 10);
	if (c->in.len < r->head.len + body_len)
		return false;
	r->body = span_make(end + 4, body_len);
	take_sample(r);
	return true;
}

/* Life of a connection */

static void
hang_up(struct server *s, struct client *c)
{
	if (s->stream == c)
		s->stream = NULL;
	for (; c->count > 0; c->count--) {
		free(c->pieces[c->first].own);
		c->first = (c->first + 1) % PIECES;
	}
	close(c->fd);
	buf_reset(&c->in);
	free(c);
}

static void
receive(struct server *s, struct client *c)
{
	struct request r;
	ssize_t n;

	if (buf_reserve(&c->in, GULP) != 0)
		die("a request past the limit");
	n = read(c->fd, c->in.data + c->in.len, GULP);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		hang_up(s, c);
		return;
	}
	c->in.len += (size_t)n;
	c->in.data[c->in.len] = '\0';
	while (take_request(c, &r)) {
		answer(s, c, &r);
		buf_drop(&c->in, r.head.len + r.body.len);
	}
	flush(s, c);
}

static void
accept_all(struct server *s)
{
	const int on = 1;
	int fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	while (fd >= 0) {
		struct client *c = mem_alloc(1, sizeof(*c));
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
		c->fd = fd;
		buf_init(&c->in, 2 * LIMIT_MESSAGE);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
		fd = accept4(s->listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
}

static void
build_events(struct server *s)
{
	char *event = mem_format("%zx\r\ndata: %s\n\n\r\n",
	    sizeof(notification) - 1 + strlen("data: \n\n"), notification);

	s->event_len = strlen(event);
	buf_init(&s->events, GULP);
	while (s->events.len + s->event_len <= GULP / 4)
		if (buf_add_string(&s->events, event) != 0)
			die("events");
	free(event);
	memset(s->filler, 'x', sizeof(s->filler));
}

static void
open_server(struct server *s)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	struct epoll_event input = { .events = EPOLLIN, .data.ptr = s };
	struct epoll_event arrival = { .events = EPOLLIN, .data.ptr = NULL };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(s->listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(s->listener, BACKLOG) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&address, &len) != 0)
		die("listen");
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->listener, &arrival);
	epoll_ctl(s->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
	printf("%u\n", (unsigned)ntohs(address.sin_port));
	fflush(stdout);
}

static void
serve(struct server *s, const struct epoll_event *e)
{
	struct client *c = e->data.ptr;

	if (!c)
		accept_all(s);
	else if (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(s, c);
	else
		flush(s, c);
}

int
main(void)
{
	struct epoll_event ready[64];
	struct server *s = mem_alloc(1, sizeof(*s));

	signal(SIGPIPE, SIG_IGN);
	build_events(s);
	open_server(s);
	for (;;) {
		int n = epoll_wait(s->epoll, ready, 64, -1);
		for (int i = 0; i < n; i++) {
			if (ready[i].data.ptr == s)
				return 0;
			serve(s, &ready[i]);
		}
	}
}
