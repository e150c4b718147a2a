/* SPDX-License-Identifier: ISC */
/*
 * Counts rejections. Knows no clock.
 */
#include "auth/breaker.h"

#include <stdbool.h>

void
breaker_obtained(struct breaker *b, uint64_t generation, uint64_t now_ms)
{
	b->generation = generation;
	b->obtained_ms = now_ms;
}

static uint64_t
open_breaker(struct breaker *b, uint64_t now_ms)
{
	b->pause_ms = b->pause_ms == 0 ? BREAKER_FIRST_MS : 2 * b->pause_ms;
	if (b->pause_ms > BREAKER_MAX_MS)
		b->pause_ms = BREAKER_MAX_MS;
	b->open_until_ms = now_ms + b->pause_ms;
	return b->pause_ms;
}

uint64_t
breaker_rejected(struct breaker *b, uint64_t generation, uint64_t now_ms)
{
	bool young = generation == b->generation &&
		     now_ms - b->obtained_ms < BREAKER_YOUNG_MS;

	if (now_ms < b->open_until_ms)
		return b->open_until_ms - now_ms;
	if (generation == b->counted)
		return 0;
	b->counted = generation;
	if (!young) {
		b->rejected = 0;
		b->pause_ms = 0;
		return 0;
	}
	b->rejected++;
	return b->rejected > BREAKER_ALLOWED ? open_breaker(b, now_ms) : 0;
}
