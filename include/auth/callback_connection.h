/* SPDX-License-Identifier: ISC */
/*
 * One connection of a browser to the loopback listener: its phases, and how
 * long each may last. For callback.c, which polls many of them.
 */
#ifndef AUTH_CALLBACK_CONNECTION_H
#define AUTH_CALLBACK_CONNECTION_H

#include <stdint.h>

#include "auth/callback_request.h"
#include "base/buf.h"

enum connection_phase {
	CONNECTION_FREE,
	CONNECTION_READING,
	CONNECTION_HELD, /* until the login's outcome is known */
	CONNECTION_WRITING,
	CONNECTION_DRAINING
};

struct connection {
	enum connection_phase phase;
	int fd;            /* owned; -1: none */
	uint64_t since_ms; /* of the phase */
	struct callback_head head;
	struct buf answer; /* what is still to be written */
};

void connection_init(struct connection *c);
/* Takes over a private descriptor, and begins to read from it. */
void connection_open(struct connection *c, int fd);
void connection_hold(struct connection *c);
/* Closes it; free again. */
void connection_drop(struct connection *c);
/* Where its phase has lasted too long. */
void connection_drop_if_late(struct connection *c, uint64_t now_ms);

/* The poll events it waits for; 0: none. */
short connection_wants(const struct connection *c);

/* One read: what has become of the request in `head`. NO_REQUEST also where the
 * browser has gone. */
enum callback_progress connection_read(struct connection *c);
/* Writes what it can of the answer; then the rest of the request is drained. */
void connection_write(struct connection *c);
void connection_drain(struct connection *c);

/* The answers; nothing stays in the browser's caches. */
void connection_answer_status(struct connection *c, int status);
void connection_answer_page(struct connection *c, enum callback_page page);
void connection_answer_target(struct connection *c, const char *target);

#endif
