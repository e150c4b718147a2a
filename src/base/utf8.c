/* SPDX-License-Identifier: ISC */
/*
 * Reading and writing single UTF-8 characters. No normalisation, no properties.
 */
#include "base/utf8.h"

static bool
is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

static size_t
length_by_lead(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

/* RFC 3629 section 4: after E0, ED, F0 and F4 the second byte has a narrower
 * range, which is what keeps out overlong forms and surrogates. */
static bool
second_fits(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second < 0xa0;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second < 0x90;
	default:
		return true;
	}
}

size_t
utf8_length(struct span text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	size_t len = 0;

	if (text.len == 0)
		return 0;
	len = length_by_lead(p[0]);
	if (len > text.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (!is_continuation(p[i]))
			return 0;
	}
	return len < 3 || second_fits(p[0], p[1]) ? len : 0;
}

bool
utf8_valid(struct span text)
{
	while (text.len > 0) {
		size_t len = utf8_length(text);

		if (len == 0)
			return false;
		text = span_make(text.ptr + len, text.len - len);
	}
	return true;
}

size_t
utf8_encode(uint32_t code_point, char out[4])
{
	static const unsigned char leads[] = { 0, 0x00, 0xc0, 0xe0, 0xf0 };
	size_t len = 4;

	if (code_point < 0x80)
		len = 1;
	else if (code_point < 0x800)
		len = 2;
	else if (code_point < 0x10000)
		len = 3;
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code_point & 0x3f));
		code_point >>= 6;
	}
	out[0] = (char)(leads[len] | code_point);
	return len;
}
