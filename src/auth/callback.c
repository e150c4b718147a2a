/* SPDX-License-Identifier: ISC */
/*
 * The loopback listener. Browsers open sockets they never speak on, so several
 * connections are polled at once. What one of them goes through is in
 * callback_connection.c; which requests count is decided in callback_request.c.
 */
#include "auth/callback.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "auth/callback_connection.h"
#include "auth/loopback.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"

enum {
	CONNECTIONS = 16,
	NONCE_BYTES = 16,
	FINISH_MS = 3000 /* for the last page altogether */
};

struct callback {
	int listeners[LOOPBACK_LISTENERS]; /* -1 where closed */
	unsigned port;
	char *host;         /* owned: as requests must name it */
	char *path;         /* owned */
	char *start;        /* owned: path of the start page */
	char *redirect_uri; /* owned */
	char *start_url;    /* owned */
	char *target;       /* owned: authorization URL */
	char *success_url;  /* owned; NULL: a page */
	struct secret state;
	const struct callback_waiting *waiting; /* borrowed; NULL: not now */
	bool accepted;                          /* the one redirect has come */
	struct callback_result result;
	struct connection connections[CONNECTIONS];
};

void
callback_result_init(struct callback_result *r)
{
	*r = (struct callback_result){ 0 };
}

void
callback_result_reset(struct callback_result *r)
{
	secret_reset(&r->code);
	free(r->iss);
	free(r->error);
	free(r->error_description);
	callback_result_init(r);
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static int
open_listeners(struct callback *cb, unsigned port, struct fault *f)
{
	cb->port = port;
	if (loopback_listen(cb->listeners, &cb->port) == 0)
		return 0;
	if (errno == EADDRINUSE)
		return fault_set(f, FAULT_BUSY,
		    "The callback port %u is in use", port);
	return fault_set(f, FAULT_INTERNAL,
	    "Cannot listen on the loopback interface: %s", strerror(errno));
}

static void
name_urls(struct callback *cb, const struct callback_options *options)
{
	bool bare_v6 =
	    strchr(options->host, ':') != NULL && options->host[0] != '[';
	struct secret nonce = { 0 };

	crypto_random_hex(NONCE_BYTES, &nonce);
	cb->host =
	    mem_format(bare_v6 ? "[%s]:%u" : "%s:%u", options->host, cb->port);
	cb->path = mem_string(options->path);
	cb->success_url = mem_string(options->success_url);
	cb->start = mem_format("/%s", secret_peek(&nonce).ptr);
	cb->redirect_uri = mem_format("http://%s%s", cb->host, cb->path);
	cb->start_url =
	    mem_format("http://127.0.0.1:%u%s", cb->port, cb->start);
	secret_reset(&nonce);
}

int
callback_open(struct callback **cb, const struct callback_options *options,
    struct fault *f)
{
	struct callback *new = mem_alloc(1, sizeof(*new));

	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		new->listeners[i] = -1;
	for (size_t i = 0; i < CONNECTIONS; i++)
		connection_init(&new->connections[i]);
	if (open_listeners(new, options->port, f) == -1) {
		callback_free(&new);
		return -1;
	}
	name_urls(new, options);
	*cb = new;
	return 0;
}

static void
stop_listening(struct callback *cb)
{
	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		close_fd(&cb->listeners[i]);
	for (size_t i = 0; i < CONNECTIONS; i++)
		connection_drop(&cb->connections[i]);
}

void
callback_free(struct callback **cb)
{
	struct callback *old = *cb;

	if (old == NULL)
		return;
	stop_listening(old);
	callback_result_reset(&old->result);
	secret_reset(&old->state);
	free(old->host);
	free(old->path);
	free(old->start);
	free(old->redirect_uri);
	free(old->start_url);
	free(old->target);
	free(old->success_url);
	free(old);
	*cb = NULL;
}

unsigned
callback_port(const struct callback *cb)
{
	return cb->port;
}

const char *
callback_redirect_uri(const struct callback *cb)
{
	return cb->redirect_uri;
}

const char *
callback_start_url(const struct callback *cb)
{
	return cb->start_url;
}

int
callback_knock_fd(const struct callback *cb)
{
	return cb->listeners[0];
}

void
callback_set_redirect_uri(struct callback *cb, const char *redirect_uri)
{
	const char *host = redirect_uri + strlen("http://");
	char *uri = mem_string(redirect_uri);

	free(cb->host);
	cb->host = mem_copy(host, strcspn(host, "/"));
	free(cb->redirect_uri);
	cb->redirect_uri = uri;
}

void
callback_set_target(struct callback *cb, const char *authorization_url)
{
	mem_replace(&cb->target, authorization_url);
}

/* The start page stays good until the login ends, so that a second click, or
 * another browser, still gets there. */
static void
serve_start(struct callback *cb, struct connection *c)
{
	const struct callback_waiting *w = cb->waiting;

	if (cb->accepted)
		connection_answer_page(c, PAGE_ALREADY);
	else if (w == NULL || w->visit == NULL || w->visit(w->ctx))
		connection_answer_target(c, cb->target);
	else
		connection_answer_page(c, PAGE_FAILED);
}

/* A redirect of another attempt is told that it is too late; the wait for
 * ours goes on. */
static void
serve_redirect(struct callback *cb, struct connection *c,
    struct callback_request *request)
{
	if (!secret_equal(&request->state, &cb->state)) {
		log_debug("callback", "redirect with another state");
		connection_answer_page(c, PAGE_EXPIRED);
		return;
	}
	if (cb->accepted) {
		connection_answer_page(c, PAGE_ALREADY);
		return;
	}
	cb->accepted = true;
	cb->result = request->result;
	callback_result_init(&request->result);
	connection_hold(c);
}

static void
serve(struct callback *cb, struct connection *c)
{
	const struct callback_place place = {
		.host = cb->host,
		.path = cb->path,
		.start = cb->start,
	};
	struct callback_request request;

	callback_request_init(&request);
	callback_request_judge(&request, buf_span(&c->head.text), &place);
	switch (request.kind) {
	case CALLBACK_BAD:
		log_debug("callback", "refused status=%d", request.status);
		connection_answer_status(c, request.status);
		break;
	case CALLBACK_START:
		serve_start(cb, c);
		break;
	case CALLBACK_REDIRECT:
		serve_redirect(cb, c, &request);
		break;
	}
	callback_request_reset(&request);
}

static void
read_request(struct callback *cb, struct connection *c)
{
	switch (connection_read(c)) {
	case CALLBACK_MORE:
		break;
	case CALLBACK_WHOLE:
		serve(cb, c);
		break;
	case CALLBACK_TOO_LONG:
		connection_answer_status(c, 414);
		break;
	case CALLBACK_NO_REQUEST:
		connection_drop(c);
		break;
	}
}

static void
advance(struct callback *cb, struct connection *c)
{
	switch (c->phase) {
	case CONNECTION_FREE:
	case CONNECTION_HELD:
		break;
	case CONNECTION_READING:
		read_request(cb, c);
		break;
	case CONNECTION_WRITING:
		connection_write(c);
		break;
	case CONNECTION_DRAINING:
		connection_drain(c);
		break;
	}
}

/* A free place, else that of the connection that has been silent longest. */
static struct connection *
make_place(struct callback *cb)
{
	struct connection *oldest = NULL;

	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &cb->connections[i];

		if (c->phase == CONNECTION_FREE)
			return c;
		if ((c->phase == CONNECTION_READING ||
			c->phase == CONNECTION_DRAINING) &&
		    (oldest == NULL || c->since_ms < oldest->since_ms))
			oldest = c;
	}
	if (oldest != NULL)
		connection_drop(oldest);
	return oldest;
}

static void
accept_one(struct callback *cb, int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd == -1)
		return;
	struct connection *c = make_place(cb);
	if (c == NULL || loopback_private(fd) == -1) {
		close(fd);
		return;
	}
	connection_open(c, fd);
}

/* One turn of at most `wait_ms`. True when `stop_fd` became readable. */
static bool
turn(struct callback *cb, int stop_fd, int wait_ms)
{
	struct pollfd fds[CONNECTIONS + LOOPBACK_LISTENERS + 1] = { 0 };
	struct pollfd *listeners = fds + CONNECTIONS;
	struct pollfd *stop = listeners + LOOPBACK_LISTENERS;
	uint64_t now_ms = os_monotonic_ms();

	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct connection *c = &cb->connections[i];

		connection_drop_if_late(c, now_ms);
		fds[i].fd = connection_wants(c) != 0 ? c->fd : -1;
		fds[i].events = connection_wants(c);
	}
	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++)
		listeners[i] =
		    (struct pollfd){ .fd = cb->listeners[i], .events = POLLIN };
	*stop = (struct pollfd){ .fd = stop_fd, .events = POLLIN };

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), wait_ms) <= 0)
		return false;
	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (fds[i].revents != 0)
			advance(cb, &cb->connections[i]);
	}
	for (size_t i = 0; i < LOOPBACK_LISTENERS; i++) {
		if (listeners[i].revents != 0)
			accept_one(cb, listeners[i].fd);
	}
	return stop->revents != 0;
}

static int
wait_for_redirect(struct callback *cb, const struct callback_waiting *waiting,
    struct fault *f)
{
	while (!cb->accepted) {
		if (waiting->tick != NULL)
			waiting->tick(waiting->ctx);
		if (time(NULL) >= waiting->deadline_s)
			return fault_set(f, FAULT_LOGIN_TIMEOUT,
			    "The sign-in was not completed in time");
		if (turn(cb, waiting->stop_fd,
			waiting->tick != NULL ? LOGIN_TICK_MS : LOGIN_TURN_MS))
			return fault_set(f, FAULT_CANCELED,
			    "The sign-in was given up");
	}
	return 0;
}

int
callback_wait(struct callback *cb, const struct callback_waiting *waiting,
    struct callback_result *r, struct fault *f)
{
	secret_set(&cb->state, secret_peek(waiting->state));
	cb->waiting = waiting;
	int rc = wait_for_redirect(cb, waiting, f);
	cb->waiting = NULL;
	if (rc == -1)
		return -1;
	callback_result_reset(r);
	*r = cb->result;
	callback_result_init(&cb->result);
	return 0;
}

void
callback_again(struct callback *cb)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (cb->connections[i].phase == CONNECTION_HELD)
			connection_answer_target(&cb->connections[i],
			    cb->target);
	}
	cb->accepted = false;
}

static bool
answering(const struct callback *cb)
{
	for (size_t i = 0; i < CONNECTIONS; i++) {
		enum connection_phase phase = cb->connections[i].phase;

		if (phase == CONNECTION_WRITING || phase == CONNECTION_DRAINING)
			return true;
	}
	return false;
}

/* Nothing of the redirect goes along: neither its parameters nor a referrer. */
static void
end_with(struct callback *cb, struct connection *c, enum callback_page page)
{
	if (page == PAGE_SUCCESS && cb->success_url != NULL)
		connection_answer_target(c, cb->success_url);
	else
		connection_answer_page(c, page);
}

void
callback_finish(struct callback *cb, enum callback_page page)
{
	uint64_t start_ms = os_monotonic_ms();

	for (size_t i = 0; i < CONNECTIONS; i++) {
		if (cb->connections[i].phase == CONNECTION_HELD)
			end_with(cb, &cb->connections[i], page);
	}
	while (answering(cb) && os_monotonic_ms() - start_ms < FINISH_MS)
		(void)turn(cb, -1, LOGIN_TURN_MS / 10);
	stop_listening(cb);
}
