/* SPDX-License-Identifier: ISC */
/*
 * The brake for servers that reject every token: without it each rejection
 * would fetch another token, as fast as the network lets it. Times are
 * monotonic milliseconds.
 */
#ifndef AUTH_BREAKER_H
#define AUTH_BREAKER_H

#include <stdint.h>

/* A token rejected within this time of being obtained counts. */
#define BREAKER_YOUNG_MS 60000
/* So many in a row are let pass; the next opens the breaker. */
#define BREAKER_ALLOWED 2
/* It stays open so long, doubling each time. */
#define BREAKER_FIRST_MS 30000
#define BREAKER_MAX_MS (60 * 60 * 1000)

struct breaker {
	uint64_t generation; /* of the token obtained last */
	uint64_t obtained_ms;
	uint64_t counted;  /* the generation rejected last */
	unsigned rejected; /* young tokens in a row */
	uint64_t pause_ms;
	uint64_t open_until_ms;
};

/* A new token is there. */
void breaker_obtained(struct breaker *b, uint64_t generation, uint64_t now_ms);

/* The token of this generation was rejected. 0: fetch another one; else the
 * milliseconds for which none is to be fetched. Counts a generation once. */
uint64_t
breaker_rejected(struct breaker *b, uint64_t generation, uint64_t now_ms);

#endif
