/* SPDX-License-Identifier: ISC */
/*
 * A small HTTP server within a test: one thread a connection, which runs what
 * the test gives. It knows just enough of HTTP to read whole requests.
 */
#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEER_CONNECTIONS = 320, PEER_HEAD = 8192 };

struct peer {
	void (*serve)(struct peer *peer, int fd, int connection);
	int listener;
	char url[64];
	pthread_t acceptor;
	pthread_t threads[PEER_CONNECTIONS];
	int fds[PEER_CONNECTIONS];
	atomic_int connections;
	atomic_int requests; /* read in full */
	atomic_int cookies;  /* of these, with a Cookie header */
	atomic_bool over;
	char head[PEER_HEAD]; /* of the last request */
	pthread_mutex_t lock;
};

struct peer_connection {
	struct peer *peer;
	int number;
};

static void *
peer_run(void *arg)
{
	struct peer_connection c = *(struct peer_connection *)arg;

	free(arg);
	c.peer->serve(c.peer, c.peer->fds[c.number], c.number);
	shutdown(c.peer->fds[c.number], SHUT_RDWR);
	return NULL;
}

static void *
peer_accept(void *arg)
{
	struct peer *peer = arg;

	for (int n = 0; n < PEER_CONNECTIONS; n++) {
		int fd = accept(peer->listener, NULL, NULL);
		struct peer_connection *c;
		if (fd < 0)
			return NULL;
		c = malloc(sizeof(*c));
		if (!c)
			abort();
		*c = (struct peer_connection){ peer, n };
		peer->fds[n] = fd;
		atomic_fetch_add(&peer->connections, 1);
		pthread_create(&peer->threads[n], NULL, peer_run, c);
	}
	return NULL;
}

static void
peer_start(struct peer *peer,
    void (*serve)(struct peer *peer, int fd, int connection))
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	memset(peer, 0, sizeof(*peer));
	peer->serve = serve;
	pthread_mutex_init(&peer->lock, NULL);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->listener = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(peer->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(peer->listener, PEER_CONNECTIONS) != 0 ||
	    getsockname(peer->listener, (struct sockaddr *)&a, &len) != 0)
		abort();
	snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d/mcp",
	    ntohs(a.sin_port));
	pthread_create(&peer->acceptor, NULL, peer_accept, peer);
}

static void
peer_stop(struct peer *peer)
{
	atomic_store(&peer->over, true);
	shutdown(peer->listener, SHUT_RDWR);
	pthread_join(peer->acceptor, NULL);
	close(peer->listener);
	for (int n = 0; n < atomic_load(&peer->connections); n++) {
		shutdown(peer->fds[n], SHUT_RDWR);
		pthread_join(peer->threads[n], NULL);
		close(peer->fds[n]);
	}
	pthread_mutex_destroy(&peer->lock);
}

static bool
peer_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
peer_say(int fd, const char *text)
{
	return peer_write(fd, text, strlen(text));
}

/* Reads a head and the body it announces. False at the end of input. */
static bool
peer_read_request(struct peer *peer, int fd)
{
	char head[PEER_HEAD], skipped[4096];
	size_t len = 0;
	const char *field;

	while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
		if (len + 1 >= sizeof(head) || recv(fd, head + len, 1, 0) != 1)
			return false;
		len++;
	}
	head[len] = '\0';
	field = strstr(head, "Content-Length: ");
	size_t body = field ? strtoul(field + 16, NULL, 10) : 0;
	while (body > 0) {
		size_t want = body < sizeof(skipped) ? body : sizeof(skipped);
		ssize_t n = recv(fd, skipped, want, 0);
		if (n <= 0)
			return false;
		body -= (size_t)n;
	}
	pthread_mutex_lock(&peer->lock);
	memcpy(peer->head, head, len + 1);
	pthread_mutex_unlock(&peer->lock);
	if (strstr(head, "Cookie: lb=a1\r\n"))
		atomic_fetch_add(&peer->cookies, 1);
	atomic_fetch_add(&peer->requests, 1);
	return true;
}

/* Whether the last request had a header line that starts so. */
static bool
peer_saw(struct peer *peer, const char *start)
{
	bool found = false;

	pthread_mutex_lock(&peer->lock);
	for (const char *at = peer->head; at && !found;) {
		found = strncasecmp(at, start, strlen(start)) == 0;
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	pthread_mutex_unlock(&peer->lock);
	return found;
}

#endif
