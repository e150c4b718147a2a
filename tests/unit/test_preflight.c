/* SPDX-License-Identifier: ISC */
/*
 * What an authorization endpoint says to a client it has forgotten.
 */
#include "auth/preflight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
knows_a_refusal(void **state)
{
	static const struct {
		int status;
		const char *body;
		bool unknown;
	} table[] = {
		{ 400, "{\"error\":\"invalid_client\"}", true },
		{ 401, "<h1>Unknown Client</h1>", true },
		{ 422, "{\"message\":\"OAuth client not found\"}", true },
		{ 404, "Client does not exist", true },
		{ 400, "invalid clien", false },
		{ 400, "", false },
		{ 400, "{\"error\":\"invalid_request\"}", false },
		{ 200, "<p>Log in to the unknown client</p>", false },
		{ 302, "invalid_client", false },
		{ 500, "invalid_client", false },
		{ 403, "invalid client", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (preflight_says_unknown(table[i].status,
			span_of(table[i].body)) != table[i].unknown)
			fail_msg("%d %s", table[i].status, table[i].body);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_a_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
