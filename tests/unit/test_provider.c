/* SPDX-License-Identifier: ISC */
/*
 * Which authorization servers are known, and that nobody passes for one.
 */
#include "auth/provider.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
recognises_by_host(void **state)
{
	static const struct {
		const char *issuer, *name; /* NULL: unknown */
	} table[] = {
		{ "https://login.microsoftonline.com/tenant/v2.0",
		    "Microsoft Entra ID" },
		{ "https://LOGIN.microsoftonline.com/tenant/v2.0",
		    "Microsoft Entra ID" },
		{ "https://contoso.ciamlogin.com/x/v2.0",
		    "Microsoft Entra ID" },
		{ "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a",
		    "Amazon Cognito" },
		{ "https://accounts.google.com", "Google" },
		{ "https://github.com/login/oauth", "GitHub" },
		{ "https://acme.slack.com", "Slack" },
		{ "https://acme.eu.auth0.com/", "Auth0" },
		{ "https://acme.okta.com/oauth2/default", "Okta" },

		{ "https://as.example", NULL },
		{ "http://accounts.google.com", NULL },
		{ "https://accounts.google.com:8443", NULL },
		{ "https://accounts.google.com.evil.example", NULL },
		{ "https://evil.example/accounts.google.com", NULL },
		{ "https://xaccounts.google.com", NULL },
		{ "https://accounts.google.com.", NULL },
		{ "https://login.microsoftonline.com.evil.example/t", NULL },
		{ "https://cognito-idp.a.b.amazonaws.com/x", NULL },
		{ "https://cognito-idp..amazonaws.com/x", NULL },
		{ "https://evil.example.okta.com.example/x", NULL },
		{ "https://okta.com", NULL },
		{ "https://raw.github.com", NULL },
		{ "https://accounts.google.com@evil.example", NULL },
		{ "no URL", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct provider *p = provider_of(table[i].issuer);

		if ((p == NULL) != (table[i].name == NULL))
			fail_msg("%s", table[i].issuer);
		if (p != NULL)
			assert_string_equal(p->name, table[i].name);
	}
}

/* What is shown to people, and has to fit into a fault. */
static void
says_why(void **state)
{
	(void)state;
	for (const struct provider *p = providers; p->name != NULL; p++) {
		assert_non_null(p->hosts[0]);
		assert_non_null(p->why);
		assert_non_null(p->source);
		assert_true(p->advice == NULL || strlen(p->advice) < 256);
		assert_null(p->params[PROVIDER_PARAMS].name);
	}
}

static void
nobody_has_no_traits(void **state)
{
	(void)state;
	assert_false(provider_has(NULL, PROVIDER_NO_RESOURCE));
	assert_false(provider_has(NULL, PROVIDER_PKCE));
	assert_true(
	    provider_has(provider_of("https://login.microsoftonline.us"),
		PROVIDER_PKCE));
	assert_false(provider_has(provider_of("https://github.com/login/oauth"),
	    PROVIDER_PKCE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognises_by_host),
		cmocka_unit_test(says_why),
		cmocka_unit_test(nobody_has_no_traits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
