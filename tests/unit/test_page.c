/* SPDX-License-Identifier: ISC */
/*
 * The callback page: its headers and that it needs nothing else.
 */
#include "auth/callback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/limits.h"

static const enum callback_page all[] = { PAGE_SUCCESS, PAGE_DENIED,
	PAGE_EXPIRED, PAGE_FAILED, PAGE_ALREADY };

enum { PAGES = sizeof(all) / sizeof(all[0]) };

static void
render(enum callback_page page, struct buf *out)
{
	buf_init(out, 64 * KIB);
	assert_int_equal(callback_page_render(page, out), 0);
}

static void
assert_has(const struct buf *text, const char *what)
{
	if (strstr(text->data, what) == NULL)
		fail_msg("missing: %s", what);
}

static void
test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		struct buf page;

		render(all[i], &page);
		assert_has(&page, "Content-Type: text/html; charset=utf-8\r\n");
		assert_has(&page, "Cache-Control: no-store\r\n");
		assert_has(&page, "Referrer-Policy: no-referrer\r\n");
		assert_has(&page, "X-Content-Type-Options: nosniff\r\n");
		assert_has(&page, "Connection: close\r\n");
		assert_has(&page,
		    "\r\nContent-Security-Policy: default-src 'none'; "
		    "style-src 'sha256-");
		assert_has(&page, "'; frame-ancestors 'none'; base-uri 'none'; "
				  "form-action 'none'\r\n");
		buf_reset(&page);
	}
}

static void
test_length_is_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		struct buf page;

		render(all[i], &page);
		const char *body = strstr(page.data, "\r\n\r\n");
		const char *said = strstr(page.data, "Content-Length: ");
		assert_non_null(body);
		assert_non_null(said);
		assert_int_equal(strtoul(said + 16, NULL, 10),
		    page.len - (size_t)(body + 4 - page.data));
		buf_reset(&page);
	}
}

/* A browser applies the style only when the hash is that of its text. */
static void
test_style_matches_its_hash(void **state)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct buf page, expected;

	(void)state;
	render(PAGE_SUCCESS, &page);
	const char *open = strstr(page.data, "<style>");
	const char *close = strstr(page.data, "</style>");
	assert_non_null(open);
	assert_non_null(close);
	open += strlen("<style>");
	crypto_sha256(span_make(open, (size_t)(close - open)), digest);

	buf_init(&expected, KIB);
	assert_int_equal(buf_add_string(&expected, "'sha256-"), 0);
	assert_int_equal(base64_encode(span_make((const char *)digest,
					   sizeof(digest)),
			     &expected),
	    0);
	assert_int_equal(buf_add_string(&expected, "'"), 0);
	assert_has(&page, expected.data);
	buf_reset(&expected);
	buf_reset(&page);
}

static void
test_nothing_from_outside(void **state)
{
	static const char *const forbidden[] = { "<script",
		"src=", "href=", "url(", "@import",
		"http:", "https:", "style=", "onload", "<form", "<iframe",
		"http-equiv" };

	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		struct buf page;

		render(all[i], &page);
		for (size_t k = 0; k < sizeof(forbidden) / sizeof(forbidden[0]);
		     k++) {
			if (strstr(page.data, forbidden[k]) != NULL)
				fail_msg("page %zu has %s", i, forbidden[k]);
		}
		buf_reset(&page);
	}
}

static void
test_accessible(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAGES; i++) {
		struct buf page;

		render(all[i], &page);
		assert_has(&page, "<html lang=\"en\"");
		assert_has(&page, "<title>");
		assert_has(&page, "<main>");
		assert_has(&page, "<h1>");
		assert_has(&page, "width=device-width");
		assert_has(&page, "prefers-color-scheme:dark");
		assert_has(&page, "aria-hidden=\"true\"");
		assert_has(&page,
		    all[i] == PAGE_EXPIRED || all[i] == PAGE_FAILED ?
			"role=\"alert\"" :
			"role=\"status\"");
		buf_reset(&page);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_length_is_right),
		cmocka_unit_test(test_style_matches_its_hash),
		cmocka_unit_test(test_nothing_from_outside),
		cmocka_unit_test(test_accessible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
