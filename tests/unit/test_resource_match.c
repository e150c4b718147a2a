/* SPDX-License-Identifier: ISC */
/*
 * auth/resource_metadata: which `resource` stands for a server (A-013).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "auth/metadata.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct match_case {
	const char *resource;
	const char *server;
	bool match;
};

static const struct match_case tolerant_cases[] = {
	/* the same */
	{ "https://h/api", "https://h/api", true },
	{ "https://h/api?a=1", "https://h/api?a=1", true },
	{ "https://h", "https://h", true },

	/* the same origin */
	{ "https://h", "https://h/api", true },
	{ "https://h/", "https://h/api", true },
	{ "https://h", "https://h/", true },
	{ "https://h/", "https://h", true },
	{ "HTTPS://H:443/", "https://h/api", true },
	{ "https://h", "https://h:443/api", true },
	{ "https://h:8443", "https://h/api", false },
	{ "https://h", "https://h:8443/api", false },
	{ "http://h", "https://h/api", false },
	{ "https://h.evil", "https://h/api", false },
	{ "https://evil-h", "https://h/api", false },
	{ "https://h@evil/", "https://h/api", false },

	/* whole leading segments of the raw path */
	{ "https://h/api", "https://h/api/v1", true },
	{ "https://h/api/", "https://h/api/v1", true },
	{ "https://h/api", "https://h/api/", true },
	{ "https://h/api/", "https://h/api", false },
	{ "https://h/api", "https://h/api123", false },
	{ "https://h/api123", "https://h/api", false },
	{ "https://h/api/v1", "https://h/api", false },
	{ "https://h/API", "https://h/api", false },
	{ "https://h/a%2fb", "https://h/a/b", false },
	{ "https://h/a/b", "https://h/a%2fb", false },
	{ "https://h/a", "https://h/a%2fb", false },
	{ "https://h/a%2fb", "https://h/a%2fb/c", true },
	{ "https://h/a%2Fb", "https://h/a%2fb", false },

	/* dot segments */
	{ "https://h/.", "https://h/api", false },
	{ "https://h/x/..", "https://h/x/../api", false },
	{ "https://h/api", "https://h/api/../other", false },
	{ "https://h/api", "https://h/api/%2e%2E/other", false },
	{ "https://h/%2e", "https://h/%2e/api", false },
	{ "https://h/api", "https://h/api/.well-known", true },
	{ "https://h/api", "https://h/api/...", true },

	/* queries and fragments */
	{ "https://h/api?a=1", "https://h/api", false },
	{ "https://h/api?a=1", "https://h/api?a=2", false },
	{ "https://h/api?", "https://h/api", false },
	{ "https://h/api", "https://h/api?a=1", true },
	{ "https://h/api#f", "https://h/api", false },
	{ "https://h/api#", "https://h/api", false },

	/* no URLs */
	{ "", "https://h/api", false },
	{ "h/api", "https://h/api", false },
	{ "urn:h:api", "https://h/api", false },
	{ "https:h/api", "https://h/api", false },
	{ "https://h\\api", "https://h/api", false },
};

static const struct match_case strict_cases[] = {
	{ "https://h/api", "https://h/api", true },
	{ "https://h", "https://h/api", false },
	{ "https://H/api", "https://h/api", false },
	{ "https://h:443/api", "https://h/api", false },
	{ "https://h/api", "https://h/api/v1", false },
	{ "https://h/api/", "https://h/api", false },
};

static const struct match_case strict_root_cases[] = {
	{ "https://h", "https://h/api", true },
	{ "https://h/", "https://h/api", true },
	{ "https://h:8443", "https://h:8443/api", true },
	{ "https://h/api", "https://h/api", true },
	{ "https://h/a", "https://h/a/b", false },
	{ "https://h.evil", "https://h/api", false },
	{ "https://h//", "https://h/api", false },
};

static void
check(const struct match_case *cases, size_t count, bool root, bool strict)
{
	for (size_t i = 0; i < count; i++) {
		const struct match_case *c = &cases[i];
		struct url server;

		url_init(&server);
		assert_int_equal(url_parse(&server, span_of(c->server), NULL),
		    0);
		bool match =
		    resource_matches(c->resource, &server, root, strict);
		if (match != c->match)
			fail_msg("\"%s\" for %s: %d", c->resource, c->server,
			    match);
		url_reset(&server);
	}
}

static void
test_tolerant(void **state)
{
	(void)state;
	check(tolerant_cases, COUNT(tolerant_cases), false, false);
	check(tolerant_cases, COUNT(tolerant_cases), true, false);
}

static void
test_strict(void **state)
{
	(void)state;
	check(strict_cases, COUNT(strict_cases), false, true);
	check(strict_root_cases, COUNT(strict_root_cases), true, true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tolerant),
		cmocka_unit_test(test_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
