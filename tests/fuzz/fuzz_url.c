/* SPDX-License-Identifier: ISC */
/*
 * wire/url: the input is a base URL, a line feed, and a reference. What parses
 * parses again to the same; the origin of a URL has its origin; a reference
 * without an authority stays on its origin; form coding can be read back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_parsed(const struct url *u, struct span text)
{
	struct url again;
	char *origin = url_origin(u);
	char *visible = url_public(u);

	require(span_is(text, u->text));
	require(strpbrk(u->text, "\\# \t\r\n") == NULL);
	require(u->host[0] != '\0' && strpbrk(u->host, "@/?#%[] ") == NULL);
	require(u->path[0] == '/' && strchr(u->path, '?') == NULL);
	require(u->port != 0);

	url_init(&again);
	require(url_parse(&again, span_of(origin), NULL) == 0);
	require(url_same_origin(u, &again));
	require(url_is_loopback(u) == url_is_loopback(&again));
	require(url_parse(&again, span_of(visible), NULL) == 0 ||
		strlen(visible) > LIMIT_URL);
	url_reset(&again);
	free(origin);
	free(visible);
}

static void
check_resolved(const struct url *base, struct span reference)
{
	struct url u;

	url_init(&u);
	if (url_resolve(&u, base, reference, NULL) == 0) {
		check_parsed(&u, span_of(u.text));
		/* Neither "//host" nor "scheme:" : same place. */
		if (!span_starts_with(reference, "//") &&
		    memchr(reference.ptr, ':', reference.len) == NULL)
			require(url_same_origin(&u, base));
	} else {
		require(u.text == NULL && u.host == NULL);
	}
	url_reset(&u);
}

static void
check_form(struct span text)
{
	struct buf encoded;
	struct buf decoded;
	struct span value = { 0 };
	size_t count = 0;

	buf_init(&encoded, MIB * 4);
	buf_init(&decoded, MIB);
	require(buf_add_string(&encoded, "x=1&a=") == 0);
	size_t start = encoded.len;
	require(url_form_encode(text, &encoded) == 0);
	require(url_query_get(buf_span(&encoded), "a", &value, &count));
	require(count == 1 && value.len == encoded.len - start);
	require(url_decode(value, true, &decoded) == 0);
	require(span_equal(buf_span(&decoded), text));

	buf_clear(&decoded);
	if (url_decode(text, false, &decoded) == 0)
		require(decoded.len <= text.len);
	if (url_query_get(text, "state", &value, &count))
		require(count > 0 && value.len < text.len);
	buf_reset(&encoded);
	buf_reset(&decoded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span text = span_make((const char *)bytes, size);
	const char *end = size > 0 ? memchr(bytes, '\n', size) : NULL;
	struct span reference = span_of("");
	struct url base;

	check_form(text);
	if (end != NULL) {
		reference =
		    span_make(end + 1, size - (size_t)(end + 1 - text.ptr));
		text.len = (size_t)(end - text.ptr);
	}
	url_init(&base);
	if (url_parse(&base, text, NULL) == 0) {
		check_parsed(&base, text);
		check_resolved(&base, reference);
	}
	url_reset(&base);
	return 0;
}
