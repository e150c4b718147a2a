/* SPDX-License-Identifier: ISC */
/* The line of a wait: its sign of life, the time left, and where it is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/progress.h"

#define CLEAR "\r\033[K"

struct page {
	struct terminal terminal;
	struct progress wait;
	char *text; /* owned, after page_close */
	size_t len;
};

static void
page_open(struct page *page, bool live, bool utf8)
{
	*page = (struct page){ 0 };
	page->terminal = (struct terminal){
		.stream = open_memstream(&page->text, &page->len),
		.live = live,
		.utf8 = utf8,
		.width = 40,
	};
	page->wait.terminal = &page->terminal;
	assert_non_null(page->terminal.stream);
}

static void
assert_page(struct page *page, const char *wanted)
{
	fclose(page->terminal.stream);
	assert_string_equal(page->text, wanted);
	free(page->text);
}

static void
a_wait_moves_and_leaves_no_trace(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, true, false);
	progress_turn(&page.wait);
	progress_begin(&page.wait, "one", 0);
	progress_turn(&page.wait);
	progress_turn(&page.wait);
	progress_begin(&page.wait, "two", 0);
	progress_turn(&page.wait);
	progress_end(&page.wait);
	progress_end(&page.wait);
	progress_turn(&page.wait);
	assert_page(&page, "| one" CLEAR "/ one" CLEAR "- two" CLEAR);
}

static void
signs_follow_the_locale(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, true, true);
	progress_begin(&page.wait, "one", 0);
	progress_turn(&page.wait);
	progress_end(&page.wait);
	assert_page(&page, "\u280b one" CLEAR);
}

static void
nothing_is_shown_elsewhere(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, false, true);
	progress_begin(&page.wait, "one", (int64_t)time(NULL) + 60);
	progress_turn(&page.wait);
	progress_end(&page.wait);
	assert_page(&page, "");
}

/* The clock may move on once meanwhile. */
static void
the_time_left_is_shown(void **state)
{
	static const struct {
		int64_t left_s;
		const char *shown, * or ;
	} cases[] = {
		{ 299, "| one, 4:59 left", "| one, 4:58 left" },
		{ 61, "| one, 1:01 left", "| one, 1:00 left" },
		{ 3605, "| one, 60:05 left", "| one, 60:04 left" },
		{ -1, "| one", "| one" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct page page;

		page_open(&page, true, false);
		progress_begin(&page.wait, "one",
		    (int64_t)time(NULL) + cases[i].left_s);
		progress_turn(&page.wait);
		fclose(page.terminal.stream);
		if (strcmp(page.text, cases[i].shown) != 0)
			assert_string_equal(page.text, cases[i].or);
		free(page.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wait_moves_and_leaves_no_trace),
		cmocka_unit_test(signs_follow_the_locale),
		cmocka_unit_test(nothing_is_shown_elsewhere),
		cmocka_unit_test(the_time_left_is_shown),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
