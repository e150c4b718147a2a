/* SPDX-License-Identifier: ISC */
/*
 * Which scopes are asked for.
 */
#include "auth/scope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"

static void
assert_scope(char *scope, const char *expected)
{
	if (expected == NULL) {
		assert_null(scope);
	} else {
		assert_non_null(scope);
		assert_string_equal(scope, expected);
	}
	free(scope);
}

static void
test_union(void **state)
{
	static const struct {
		const char *a, *b, *expected;
	} table[] = {
		{ "read", "write", "read write" },
		{ "read write", "write admin read", "read write admin" },
		{ NULL, "read", "read" },
		{ "read", NULL, "read" },
		{ NULL, NULL, NULL },
		{ "", "   ", NULL },
		{ "  a   b ", "a", "a b" },
		{ "read", "readonly", "read readonly" },
		{ "A", "a", "A a" },
		{ "ok b\"ad wo\\rse t\tab \xc3\xa9 fine", NULL, "ok fine" },
		{ "https://x.test/a:b!#[]~", NULL, "https://x.test/a:b!#[]~" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_scope(scope_union(table[i].a, table[i].b),
		    table[i].expected);
}

static void
test_union_is_bounded(void **state)
{
	char *huge = mem_alloc(1, 2 * LIMIT_HEADER_VALUE);

	(void)state;
	memset(huge, 'x', 2 * LIMIT_HEADER_VALUE - 1);
	assert_scope(scope_union("read", huge), "read");
	free(huge);
}

static void
test_covers(void **state)
{
	static const struct {
		const char *all, *some;
		bool covers;
	} table[] = {
		{ "read write", "write", true },
		{ "read write", "write read", true },
		{ "read", NULL, true },
		{ NULL, NULL, true },
		{ NULL, "read", false },
		{ "readonly", "read", false },
		{ "read", "readonly", false },
		{ "read write", "read admin", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(scope_covers(table[i].all, table[i].some),
		    table[i].covers);
}

static void
test_without(void **state)
{
	(void)state;
	assert_scope(scope_without("a offline_access b", SCOPE_OFFLINE), "a b");
	assert_scope(scope_without("offline_access", SCOPE_OFFLINE), NULL);
	assert_scope(scope_without("a", SCOPE_OFFLINE), "a");
	assert_scope(scope_without(NULL, SCOPE_OFFLINE), NULL);
}

static void
test_wanted(void **state)
{
	char read[] = "read", write[] = "write", bad[] = "b\"ad";
	char *listed[] = { read, write, bad };
	struct resource_metadata resource = { .present = true,
		.scopes = listed,
		.scope_count = 3 };
	struct resource_metadata silent = { .present = true };
	char challenged[] = "admin";
	char empty[] = "";
	struct challenge with = { .scope = challenged };
	struct challenge without = { 0 };
	struct challenge blank = { .scope = empty };

	(void)state;
	assert_scope(scope_wanted("mine", &with, &resource), "mine");
	assert_scope(scope_wanted(NULL, &with, &resource), "admin");
	assert_scope(scope_wanted(NULL, &without, &resource), "read write");
	assert_scope(scope_wanted(NULL, &blank, &resource), "read write");
	assert_scope(scope_wanted(NULL, &without, &silent), NULL);
}

static void
test_offline(void **state)
{
	char openid[] = "openid", offline[] = SCOPE_OFFLINE;
	char *both[] = { openid, offline };
	struct server_metadata with = { .scopes = both, .scope_count = 2 };
	struct server_metadata without = { .scopes = both, .scope_count = 1 };

	(void)state;
	assert_scope(scope_with_offline("read", &with), "read offline_access");
	assert_scope(scope_with_offline("read offline_access", &with),
	    "read offline_access");
	assert_scope(scope_with_offline("read", &without), "read");
	assert_scope(scope_with_offline(NULL, &with), NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_union),
		cmocka_unit_test(test_union_is_bounded),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_offline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
