/* SPDX-License-Identifier: ISC */
/*
 * wire/header: a mirrored value is always fit for a header and can be read
 * back; what was split is a token and a value; times stay within their day.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define NOW_S 1800000000LL

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
check_mirror(struct span text)
{
	static const char start[] = "=?base64?";
	static const char end[] = "?=";
	const size_t frame_len = sizeof(start) - 1 + sizeof(end) - 1;
	struct buf out;

	buf_init(&out, MIB);
	require(header_mirror(text, &out) == 0);
	struct span value = buf_span(&out);
	require(value.len > 0 && header_value_ok(value));
	require(span_equal(span_trim(value), value));
	if (!span_equal(value, text)) {
		struct span tail = span_make(value.ptr + value.len - 2, 2);
		require(span_starts_with(value, start) && span_is(tail, end));
		/* Base64 is as long as its input demands. */
		require(value.len - frame_len == (text.len + 2) / 3 * 4);
	} else {
		bool framed =
		    text.len >= frame_len && span_starts_with(text, start) &&
		    span_is(span_make(text.ptr + text.len - 2, 2), end);
		require(!framed);
	}
	buf_reset(&out);
}

static void
check_split(struct span text)
{
	struct span name = { 0 };
	struct span value = { 0 };
	const char *why = NULL;

	if (!header_split(text, &name, &value, &why)) {
		require(why != NULL);
		return;
	}
	require(header_is_token(name) && span_within(name, text));
	require(header_value_ok(value) && span_within(value, text));
}

static void
check_times(struct span text)
{
	long long unix_s = 0;
	unsigned seconds = 0;

	if (header_retry_after(text, NOW_S, &seconds))
		require(seconds <= 86400);
	if (header_date(text, NOW_S, &unix_s))
		require(unix_s >= -62135596800LL && unix_s <= 253402387200LL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct span text = span_make((const char *)bytes, size);

	check_mirror(text);
	check_split(text);
	check_times(text);
	require(span_within(header_media_type(text), text));
	if (header_is_visible(text))
		require(header_value_ok(text));
	if (header_is_token(text))
		require(header_is_visible(text));
	return 0;
}
