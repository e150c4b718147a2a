/* SPDX-License-Identifier: ISC */
/*
 * A wait that somebody watches: a sign of life, what is waited for, and the
 * time left. One live line of a terminal; nothing where lines cannot be written
 * over.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

#include "cli/terminal.h"

struct progress {
	struct terminal *terminal; /* borrowed */
	char text[192];
	int64_t deadline_s; /* Unix time; 0: there is none to show */
	unsigned turn;      /* of the sign of life */
};

/* How often the sign of life should move. */
enum { PROGRESS_TURN_MS = 120 };

/* What is waited for from now on, copied; it has passed log_text or is ours.
 * Shows nothing yet: waits may be short. */
void progress_begin(struct progress *p, const char *text, int64_t deadline_s);

/* Shows it, or that it goes on. */
void progress_turn(struct progress *p);

/* Nothing is waited for any more; the line is clear. Safe before and after. */
void progress_end(struct progress *p);

#endif
