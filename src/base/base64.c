/* SPDX-License-Identifier: ISC */
/*
 * Base64 in the two alphabets. Table look-ups depend on the data: not for
 * secrets that a neighbour on the same machine must not time.
 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

#define ALPHANUMERIC                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char standard[] = ALPHANUMERIC "+/";
static const char url_safe[] = ALPHANUMERIC "-_";

/* One to three bytes give two to four digits. */
static int
add_group(struct span bytes, const char *alphabet, struct buf *out)
{
	const unsigned char *in = (const unsigned char *)bytes.ptr;
	uint32_t bits = (uint32_t)in[0] << 16;
	char digits[4];

	if (bytes.len > 1)
		bits |= (uint32_t)in[1] << 8;
	if (bytes.len > 2)
		bits |= in[2];
	for (int i = 0; i < 4; i++)
		digits[i] = alphabet[(bits >> (18 - 6 * i)) & 0x3f];
	return buf_add(out, digits, bytes.len + 1);
}

static int
encode(struct span bytes, const char *alphabet, struct buf *out)
{
	while (bytes.len > 0) {
		size_t len = bytes.len < 3 ? bytes.len : 3;

		if (add_group(span_make(bytes.ptr, len), alphabet, out) == -1)
			return -1;
		bytes = span_make(bytes.ptr + len, bytes.len - len);
	}
	return 0;
}

int
base64_encode(struct span bytes, struct buf *out)
{
	static const char padding[] = { '=', '=' };

	if (encode(bytes, standard, out) == -1)
		return -1;
	return buf_add(out, padding, (3 - bytes.len % 3) % 3);
}

int
base64url_encode(struct span bytes, struct buf *out)
{
	return encode(bytes, url_safe, out);
}

/* The value of a digit of the URL alphabet, or -1. */
static int
digit_value(char c)
{
	const char *at = memchr(url_safe, c, sizeof url_safe - 1);

	return at == NULL ? -1 : (int)(at - url_safe);
}

/* Two to four digits give one to three bytes; bits left over must be zero. */
static int
decode_group(struct span digits, struct buf *out)
{
	uint32_t bits = 0;
	char bytes[3];

	for (size_t i = 0; i < 4; i++) {
		int value = i < digits.len ? digit_value(digits.ptr[i]) : 0;

		if (value == -1)
			return -1;
		bits = bits << 6 | (uint32_t)value;
	}
	for (int i = 0; i < 3; i++)
		bytes[i] = (char)(bits >> (16 - 8 * i));
	for (size_t i = digits.len - 1; i < 3; i++) {
		if (bytes[i] != 0)
			return -1;
	}
	return buf_add(out, bytes, digits.len - 1);
}

int
base64url_decode(struct span text, struct buf *out)
{
	int result = text.len % 4 == 1 ? -1 : 0;

	while (result == 0 && text.len > 0) {
		size_t len = text.len < 4 ? text.len : 4;

		result = decode_group(span_make(text.ptr, len), out);
		text = span_make(text.ptr + len, text.len - len);
	}
	if (result == -1)
		buf_reset(out);
	return result;
}
