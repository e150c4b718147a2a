/* SPDX-License-Identifier: ISC */
/* RFC 4648 section 10 and what a strict decoder must refuse. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
encodes_and_decodes(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *base64;
		const char *base64url;
	} cases[] = {
		{ "", 0, "", "" },
		{ "f", 1, "Zg==", "Zg" },
		{ "fo", 2, "Zm8=", "Zm8" },
		{ "foo", 3, "Zm9v", "Zm9v" },
		{ "foob", 4, "Zm9vYg==", "Zm9vYg" },
		{ "fooba", 5, "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", 6, "Zm9vYmFy", "Zm9vYmFy" },
		{ "\0", 1, "AA==", "AA" },
		{ "\0\0\0", 3, "AAAA", "AAAA" },
		{ "\xff", 1, "/w==", "_w" },
		{ "\xfb\xff\xbf", 3, "+/+/", "-_-_" },
		{ "\xff\xff\xff", 3, "////", "____" },
		{ "\xc3\xa9", 2, "w6k=", "w6k" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span bytes = { cases[i].bytes, cases[i].len };

		buf_init(&out, KIB);
		assert_int_equal(buf_add_string(&out, "<"), 0);
		assert_int_equal(base64_encode(bytes, &out), 0);
		assert_string_equal(out.data + 1, cases[i].base64);
		out.len = 1;
		out.data[1] = '\0';
		assert_int_equal(base64url_encode(bytes, &out), 0);
		assert_string_equal(out.data + 1, cases[i].base64url);
		out.len = 1;
		assert_int_equal(base64url_decode(span_of(cases[i].base64url),
				     &out),
		    0);
		assert_int_equal(out.len, cases[i].len + 1);
		assert_memory_equal(out.data + 1, bytes.ptr, bytes.len);
		buf_reset(&out);
	}
}

static void
refuses_what_is_not_base64url(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{ "A", 1 },
		{ "AAAAA", 5 },
		{ "Zg==", 4 },
		{ "Zg=", 3 },
		{ "Zm8=", 4 },
		{ "=", 1 },
		{ "====", 4 },
		{ "Zm9v\n", 5 },
		{ "Zm 9v", 5 },
		{ " Zm9", 4 },
		{ "Zm9v YQ", 7 },
		{ "+/+/", 4 },
		{ "Zm9+", 4 },
		{ "Zm9/", 4 },
		{ "Zm9\0", 4 },
		{ "AA\0\0", 4 },
		{ "Zm9.", 4 },
		{ "Zm9\xff", 4 },
		/* stray bits */
		{ "Zh", 2 },
		{ "AB", 2 },
		{ "A_", 2 },
		{ "Zm9vYh", 6 },
		{ "Zm9", 3 },
		{ "AAB", 3 },
		{ "AAD", 3 },
	};
	struct buf out;

	(void)state;
	buf_init(&out, KIB);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span text = { cases[i].text, cases[i].len };

		assert_int_equal(buf_add_string(&out, "x"), 0);
		assert_int_equal(base64url_decode(text, &out), -1);
		assert_null(out.data);
	}
}

static void
keeps_every_byte(void **state)
{
	char bytes[256];
	struct buf text;
	struct buf back;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
	for (size_t len = 0; len <= sizeof bytes; len++) {
		buf_init(&text, KIB);
		buf_init(&back, KIB);
		assert_int_equal(base64url_encode(span_make(bytes +
								sizeof bytes -
								len,
						      len),
				     &text),
		    0);
		assert_int_equal(base64url_decode(buf_span(&text), &back), 0);
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, bytes + sizeof bytes - len, len);
		buf_reset(&text);
		buf_reset(&back);
	}
}

static void
fails_past_the_cap(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 7);
	assert_int_equal(base64_encode(span_of("fooba"), &out), -1);
	assert_null(out.data);
	assert_int_equal(base64url_encode(span_of("fooba"), &out), 0);
	buf_reset(&out);
	assert_int_equal(base64url_encode(span_of("foobar"), &out), -1);
	buf_init(&out, 2);
	assert_int_equal(base64url_decode(span_of("Zm9v"), &out), -1);
	assert_int_equal(base64url_decode(span_of("Zm8"), &out), 0);
	buf_reset(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_and_decodes),
		cmocka_unit_test(refuses_what_is_not_base64url),
		cmocka_unit_test(keeps_every_byte),
		cmocka_unit_test(fails_past_the_cap),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
