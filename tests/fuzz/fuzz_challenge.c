/* SPDX-License-Identifier: ISC */
/*
 * wire/challenge: whatever the field holds, what is read is bounded, distinct,
 * and made of bytes that were there; nothing is read without its scheme.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Unescaping only ever leaves bytes out. */
static void
require_taken_from(const char *value, struct span field)
{
	size_t at = 0;

	if (value == NULL)
		return;
	for (; *value != '\0'; value++) {
		while (at < field.len && field.ptr[at] != *value)
			at++;
		require(at < field.len);
		at++;
	}
}

static void
check(const struct challenge *c, struct span field)
{
	require_taken_from(c->scope, field);
	require_taken_from(c->error, field);
	require_taken_from(c->error_description, field);
	require_taken_from(c->dpop_algs, field);
	require(c->metadata_count <= CHALLENGE_METADATA_URLS);
	for (size_t i = 0; i < c->metadata_count; i++) {
		size_t len = strlen(c->metadata[i]);
		require(len > 0 && len <= LIMIT_URL);
		require_taken_from(c->metadata[i], field);
		for (size_t j = 0; j < i; j++)
			require(strcmp(c->metadata[i], c->metadata[j]) != 0);
	}
	if (!c->bearer && !c->dpop)
		require(c->scope == NULL && c->error == NULL &&
			c->error_description == NULL && c->metadata_count == 0);
	if (!c->dpop)
		require(c->dpop_algs == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span field = span_make((const char *)bytes, size);
	struct challenge c;
	size_t metadata_count = 0;

	challenge_init(&c);
	challenge_add(&c, field);
	check(&c, field);

	/* The same line again says nothing new. */
	metadata_count = c.metadata_count;
	challenge_add(&c, field);
	check(&c, field);
	require(c.metadata_count == metadata_count);
	challenge_reset(&c);
	return 0;
}
