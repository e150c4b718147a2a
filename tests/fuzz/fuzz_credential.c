/* SPDX-License-Identifier: ISC */
/*
 * What credential programs print: whatever is accepted can stand in a header,
 * and what is refused says nothing of it.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "auth/credential.h"
#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1000000 };

static void
check_lines(struct span lines)
{
	while (lines.len > 0) {
		const char *newline = memchr(lines.ptr, '\n', lines.len);
		struct span name, value;
		const char *why = NULL;

		assert(newline != NULL);
		size_t len = (size_t)(newline - lines.ptr);
		assert(header_split(span_make(lines.ptr, len), &name, &value,
		    &why));
		assert(header_reserved(name) == NULL);
		lines = span_make(newline + 1, lines.len - len - 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct bearer bearer;
	struct fault f = { 0 };

	bearer_init(&bearer);
	if (credential_read_token(&bearer, text, NOW, &f) == 0)
		assert(header_is_visible(secret_peek(&bearer.token)));
	else
		assert(f.code == FAULT_COMMAND && f.detail[0] == '\0');
	assert(bearer.refresh_at_s <= bearer.expires_at_s);
	bearer_reset(&bearer);

	if (credential_read_headers(&bearer, text, NOW, &f) == 0) {
		assert(bearer_usable(&bearer));
		check_lines(secret_peek(&bearer.headers));
	}
	bearer_reset(&bearer);
	return 0;
}
