/* SPDX-License-Identifier: ISC */
/*
 * A scripted HTTP server within a test: a table of answers, and a record of
 * what was asked. One request a connection, one connection at a time, so that
 * the record is the order in which requests came.
 */
#ifndef TESTS_UNIT_SCRIPT_H
#define TESTS_UNIT_SCRIPT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * '@' in headers and body stands for the server's origin. Of several answers to
 * one request each serves once, the last one for ever; what has none is 404.
 */
struct answer {
	const char *request; /* "GET /path"; NULL ends the table */
	const char *status;  /* "200"; "" : hang up */
	const char *headers; /* each with CR LF; NULL: JSON */
	const char *body;    /* NULL: none */
};

enum { SCRIPT_SIZE = 65536, SCRIPT_ANSWERS = 32 };

struct script {
	const struct answer *answers; /* borrowed */
	unsigned served[SCRIPT_ANSWERS];
	int listener;
	char origin[32];
	pthread_t thread;
	char lines[SCRIPT_SIZE]; /* "GET /path\n", one for each request */
	char text[SCRIPT_SIZE];  /* everything that was sent to us */
};

static void
script_append(char *record, const char *text, size_t len)
{
	size_t used = strlen(record);

	if (used + len >= SCRIPT_SIZE)
		abort();
	memcpy(record + used, text, len);
	record[used + len] = '\0';
}

static const struct answer *
script_find(struct script *s, const char *line)
{
	const struct answer *found = NULL;

	for (size_t i = 0; s->answers[i].request != NULL; i++) {
		if (i >= SCRIPT_ANSWERS)
			abort();
		if (strcmp(s->answers[i].request, line) != 0)
			continue;
		found = &s->answers[i];
		s->served[i]++;
		if (s->served[i] == 1)
			break;
	}
	return found;
}

/* Copies `text` with the origin in place of each '@'. */
static void
script_expand(const struct script *s, const char *text, char *out)
{
	out[0] = '\0';
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '@')
			script_append(out, s->origin, strlen(s->origin));
		else
			script_append(out, text, 1);
	}
}

static void
script_send(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void
script_answer(const struct script *s, int fd, const struct answer *a)
{
	static const struct answer absent = { "", "404",
		"Content-Type: text/plain\r\n", "no such page" };
	static char headers[SCRIPT_SIZE], body[SCRIPT_SIZE];
	static char head[2 * SCRIPT_SIZE];

	if (a == NULL)
		a = &absent;
	if (a->status[0] == '\0')
		return;
	script_expand(s,
	    a->headers != NULL ? a->headers :
				 "Content-Type: application/json\r\n",
	    headers);
	script_expand(s, a->body, body);
	int len = snprintf(head, sizeof(head),
	    "HTTP/1.1 %s Scripted\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n%s\r\n",
	    a->status, strlen(body), headers);
	script_send(fd, head, (size_t)len);
	script_send(fd, body, strlen(body));
}

/* Reads a head and the body it announces. */
static bool
script_read(int fd, char *text)
{
	size_t len = 0, want = 0;
	const char *end = NULL;

	while (end == NULL || len < want) {
		ssize_t n = len + 1 < SCRIPT_SIZE ?
				recv(fd, text + len, SCRIPT_SIZE - 1 - len, 0) :
				-1;
		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (end == NULL)
			continue;
		const char *field = strstr(text, "Content-Length: ");
		want = (size_t)(end + 4 - text) +
		       (field != NULL ? strtoul(field + 16, NULL, 10) : 0);
	}
	return true;
}

static void
script_serve(struct script *s, int fd)
{
	static char text[SCRIPT_SIZE];
	char line[1024] = "";

	if (!script_read(fd, text))
		return;
	size_t len = strcspn(strchr(text, ' ') + 1, " ") +
		     (size_t)(strchr(text, ' ') + 1 - text);
	if (len >= sizeof(line))
		abort();
	memcpy(line, text, len);
	script_append(s->text, text, strlen(text));
	script_append(s->text, "\n\n", 2);
	script_append(s->lines, line, strlen(line));
	script_append(s->lines, "\n", 1);
	script_answer(s, fd, script_find(s, line));
}

static void *
script_run(void *arg)
{
	struct script *s = arg;
	int fd = accept(s->listener, NULL, NULL);

	while (fd != -1) {
		script_serve(s, fd);
		shutdown(fd, SHUT_WR);
		close(fd);
		fd = accept(s->listener, NULL, NULL);
	}
	return NULL;
}

static void
script_start(struct script *s, const struct answer *answers)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	memset(s, 0, sizeof(*s));
	s->answers = answers;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(s->listener, 16) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&a, &len) != 0)
		abort();
	snprintf(s->origin, sizeof(s->origin), "http://127.0.0.1:%d",
	    ntohs(a.sin_port));
	if (pthread_create(&s->thread, NULL, script_run, s) != 0)
		abort();
}

static void
script_stop(struct script *s)
{
	shutdown(s->listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->listener);
}

#endif
