/* SPDX-License-Identifier: ISC */
/*
 * Lines of a configuration file: what each is, and what is refused where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "wire/ini.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int
put_item(struct buf *out, const struct ini *ini, const struct ini_item *item)
{
	bool section = item->kind == INI_SECTION;

	if (buf_addf(out, "%zu%c", ini->line, section ? '[' : ':') == -1 ||
	    buf_add_span(out, item->name) == -1)
		return -1;
	if (item->value.ptr != NULL && buf_add_string(out, "=") == -1)
		return -1;
	return buf_add_span(out, item->value) == -1 ||
		       buf_add_string(out, ";") == -1 ?
		   -1 :
		   0;
}

/* The items as one text, the reason of a mistake behind '!'. */
static void
describe(struct span text, struct buf *out)
{
	struct ini ini;
	struct ini_item item;
	int got = 0;

	ini_init(&ini, text);
	while ((got = ini_next(&ini, &item)) == 1)
		assert_int_equal(put_item(out, &ini, &item), 0);
	if (got == -1)
		assert_int_equal(buf_addf(out, "%zu!%s", ini.line, ini.why), 0);
	assert_int_equal(buf_add_string(out, ""), 0);
}

static void
lines_become_items(void **state)
{
	static const struct {
		const char *text, *items;
	} cases[] = {
		{ "", "" },
		{ "\n\n", "" },
		{ "a = b", "1:a=b;" },
		{ "a=b\n", "1:a=b;" },
		{ "  a\t=  b c \t\r\n\r\nd", "1:a=b c;3:d;" },
		{ "a =", "1:a=;" },
		{ "a = b = c", "1:a=b = c;" },
		{ "a = # b", "1:a=# b;" },
		{ "# a = b\n  #\n", "" },
		{ "[a b]\n[ a  b ]", "1[a b;2[a  b;" },
		{ "\xef\xbb\xbf"
		  "a = \xc3\xa4",
		    "1:a=\xc3\xa4;" },
		{ "http1.1\nno-auth = 1", "1:http1.1;2:no-auth=1;" },
		{ "a\n[", "1:a;2!a section ends with \"]\"" },
		{ "[a", "1!a section ends with \"]\"" },
		{ "[a] # b", "1!a section ends with \"]\"" },
		{ "[]", "1!a section has a name" },
		{ "[ ]", "1!a section has a name" },
		{ "= b", "1!\"option = value\" is needed" },
		{ "a b", "1!\"option = value\" is needed" },
		{ "a b = c", "1!\"option = value\" is needed" },
		{ "a]", "1!\"option = value\" is needed" },
		{ "\xc3\xa4 = b", "1!\"option = value\" is needed" },
		{ "a = \x1b[31m", "1!there are bytes that are no text" },
		{ "a = b\rc", "1!there are bytes that are no text" },
		{ "# \x7f", "1!there are bytes that are no text" },
		{ "a = \xc3", "1!there are bytes that are no text" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out;

		buf_init(&out, 4096);
		describe(span_of(cases[i].text), &out);
		assert_string_equal(out.data, cases[i].items);
		buf_reset(&out);
	}
}

static void
a_nul_is_no_text(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	describe(span_make("a = b\0c\nd", 9), &out);
	assert_string_equal(out.data, "1!there are bytes that are no text");
	buf_reset(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_items),
		cmocka_unit_test(a_nul_is_no_text),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL);
}
