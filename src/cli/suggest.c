/* SPDX-License-Identifier: ISC */
/*
 * Edit distance for typos. Words are short, so the whole matrix is kept.
 */
#include "cli/suggest.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORD_MAX = 63 };

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
suggest_distance(const char *a, const char *b)
{
	size_t cost[WORD_MAX + 1][WORD_MAX + 1];
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= a_len; i++)
		cost[i][0] = i;
	for (size_t j = 0; j <= b_len; j++)
		cost[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			size_t replaced = a[i - 1] != b[j - 1];
			bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				       a[i - 2] == b[j - 1];

			cost[i][j] = smaller(cost[i - 1][j - 1] + replaced,
			    smaller(cost[i - 1][j], cost[i][j - 1]) + 1);
			if (swapped)
				cost[i][j] =
				    smaller(cost[i][j], cost[i - 2][j - 2] + 1);
		}
	}
	return cost[a_len][b_len];
}

void
suggestion_init(struct suggestion *s, const char *word)
{
	*s = (struct suggestion){ .word = word };
}

void
suggestion_consider(struct suggestion *s, const char *candidate)
{
	/* A third of the letters wrong is still a typo, more is another word.
	 */
	size_t tolerated = smaller(strlen(s->word), strlen(candidate)) / 3;
	size_t distance = suggest_distance(s->word, candidate);

	if (distance > tolerated)
		return;
	if (s->best == NULL || distance < s->distance) {
		s->best = candidate;
		s->distance = distance;
	}
}
