/* SPDX-License-Identifier: ISC */
/*
 * "Did you mean": the nearest of the words a typo could stand for.
 */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include <stddef.h>

/* Optimal string alignment: letters added, dropped, replaced, or neighbours
 * swapped. Words over 63 bytes are infinitely far: SIZE_MAX. */
size_t suggest_distance(const char *a, const char *b);

/* A search for the nearest candidate to `word`. */
struct suggestion {
	const char *word; /* borrowed */
	const char *best; /* borrowed: NULL while nothing is near enough */
	size_t distance;  /* of `best` */
};

void suggestion_init(struct suggestion *s, const char *word);
void suggestion_consider(struct suggestion *s, const char *candidate);

#endif
