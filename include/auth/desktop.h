/* SPDX-License-Identifier: ISC */
/*
 * The environment a browser opener gets: what it needs and no secret, and the
 * variables of the user's desktop session, found again where the host that
 * started us passed on little more than PATH.
 */
#ifndef AUTH_DESKTOP_H
#define AUTH_DESKTOP_H

#include <stdbool.h>
#include <stddef.h>

struct desktop {
	char **env; /* owned, and each of them: "NAME=value"; NULL-terminated */
	size_t count;
};

/* Where a session leaves its traces. */
struct desktop_places {
	const char *processes; /* "/proc" */
	const char *runtime;   /* parent of the runtime directories */
	const char *x11;       /* the X servers' sockets */
};

/*
 * Copies the harmless part of our environment and adds what the session has
 * and we lack: its bus, its display and its runtime directory, from processes
 * of the same user, else from its sockets. Nothing is added in an SSH session:
 * its user sits elsewhere. `places` NULL: the system's.
 */
void desktop_init(struct desktop *d, const struct desktop_places *places);
void desktop_reset(struct desktop *d);

/* The value of a variable, borrowed; NULL where it is not set or empty. */
const char *desktop_get(const struct desktop *d, const char *name);

/* X11 or Wayland can be reached. */
bool desktop_has_display(const struct desktop *d);

#endif
