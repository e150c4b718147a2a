/* SPDX-License-Identifier: ISC */
/*
 * auth/discover against a scripted server: where resource metadata are looked
 * for, and what is no way there (A-003, A-004, A-011 to A-014, A-017 to A-019,
 * A-097 to A-103, A-118, A-123).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "discover_case.h"

static const struct discover_case place_cases[] = {
	/* A-011: where resource metadata are looked for */
	{ .what = "named by the challenge",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"@/my/metadata\"",
	    .answers = { { "GET /my/metadata", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET /my/metadata\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "below the path",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "at the root",
	    .path = "/mcp",
	    .answers = { { "GET " PRM, "200", NULL, RESOURCE("", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@" },
	{ .what = "a query is kept",
	    .path = "/mcp?a=1&b=%2f",
	    .answers = { { "GET " PRM "/mcp?a=1&b=%2f", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp?a=1&b=%2f\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "no path, one place",
	    .path = "/",
	    .answers = { { "GET " PRM, "200", NULL, RESOURCE("/", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/" },
	{ .what = "A-004: a challenge that says nothing",
	    .path = "/mcp",
	    .challenge = "Negotiate",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "A-004: a challenge with no URL",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"/relative\"",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "A-097: a challenge with a plain URL",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"http://h.test/\"",
	    .lines = "",
	    .code = FAULT_POLICY,
	    .phase = "prm" },

	/* A-003, A-012: falling through from the challenge */
	{ .what = "the first named is missing",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"@/one\", "
			 "resource_metadata=\"@/two\"",
	    .answers = { { "GET /two", "200", NULL, RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET /one\nGET /two\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "the named one is gone",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"@/one\"",
	    .answers = { { "GET /one", "410", HTML, "gone" },
		{ "GET " PRM "/mcp", "200", NULL, RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET /one\nGET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "the named one has trouble",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"@/one\", "
			 "resource_metadata=\"@/two\"",
	    .answers = { { "GET /one", "410", HTML, "gone" },
		{ "GET /two", "500", "Retry-After: 60\r\n", "no" },
		{ "GET " PRM "/mcp", "200", NULL, RESOURCE("/mcp", "\"@\"") } },
	    .lines = "GET /one\nGET /two\n",
	    .code = FAULT_HTTP,
	    .phase = "prm" },
	{ .what = "the named one is forbidden",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"@/one\"",
	    .answers = { { "GET /one", "403", HTML, "no" } },
	    .lines = "GET /one\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
	{ .what = "the named one is a page",
	    .path = "/mcp",
	    .challenge = "Bearer resource_metadata=\"@/one\"",
	    .answers = { { "GET /one", "200", HTML, "<html>" } },
	    .lines = "GET /one\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
};

static const struct discover_case broken_cases[] = {
	/* A-014: broken or foreign metadata are no 2025-03-26
			       server */
	{ .what = "broken JSON",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", HTML, "{\"resource\":" },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
	{ .what = "JSON but no object",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL, "[]" },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
	{ .what = "of another path",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/other", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_POLICY,
	    .phase = "prm" },
	{ .what = "of another host",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
		"{\"resource\":\"https://evil.test/mcp\","
		"\"authorization_servers\":[\"@\"]}" } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_POLICY,
	    .phase = "prm" },
	{ .what = "A-013: strict, and wider",
	    .path = "/mcp",
	    .strict = true,
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
		RESOURCE("", "\"@\"") } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_POLICY,
	    .phase = "prm" },
	{ .what = "A-013: strict, the origin at the root",
	    .path = "/mcp",
	    .strict = true,
	    .answers = { { "GET " PRM, "200", NULL, RESOURCE("", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@" },

	/* A-018: trouble is no absence */
	{ .what = "trouble that passes",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "503", HTML, "no" },
		{ "GET " PRM "/mcp", "", NULL, NULL },
		{ "GET " PRM "/mcp", "200", NULL, RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " PRM "/mcp\nGET " PRM
		     "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "trouble that stays",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "503", HTML, "no" },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " PRM "/mcp\nGET " PRM
		     "/mcp\nGET " PRM "/mcp\n",
	    .code = FAULT_HTTP,
	    .phase = "prm" },
	{ .what = "too many requests",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "429", "Retry-After: 90\r\n",
		"no" } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_RATE_LIMITED,
	    .phase = "prm" },
	{ .what = "an answer that is none",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "204", NULL, NULL } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
};

static const struct discover_case network_cases[] = {
	/* A-099: redirects */
	{ .what = "three hops",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "301", "Location: /1\r\n", NULL },
		{ "GET /1", "302", "Location: @/2\r\n", NULL },
		{ "GET /2", "308", "Location: 3\r\n", NULL },
		{ "GET /3", "200", NULL, RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET /1\nGET /2\nGET /3\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "four hops",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "301", "Location: /1\r\n", NULL },
		{ "GET /1", "302", "Location: /2\r\n", NULL },
		{ "GET /2", "307", "Location: /3\r\n", NULL },
		{ "GET /3", "303", "Location: /4\r\n", NULL } },
	    .lines = "GET " PRM "/mcp\nGET /1\nGET /2\nGET /3\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
	{ .what = "to a login page",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "302", "Location: /login\r\n",
			     NULL },
		{ "GET /login", "200", HTML, "<html>" } },
	    .lines = "GET " PRM "/mcp\nGET /login\nGET " PRM "\nGET " OAUTH
		     "\nGET " OPENID "\n",
	    .issuer = "@",
	    .defaults = true },
	{ .what = "to plain http",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "302",
		"Location: http://h.test/\r\n", NULL } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_POLICY,
	    .phase = "prm" },
	{ .what = "to another scheme",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "302",
		"Location: file:///etc/passwd\r\n", NULL } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
	{ .what = "to nowhere",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "302", HTML, NULL } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },

	/* A-102, A-123: classes of addresses */
	{ .what = "a private host for a loopback server",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
		RESOURCE("/mcp", "\"https://10.0.0.1\"") } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_POLICY,
	    .phase = "asm" },
	{ .what = "the metadata service",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "302",
		"Location: https://169.254.169.254/\r\n", NULL } },
	    .lines = "GET " PRM "/mcp\n",
	    .code = FAULT_POLICY,
	    .phase = "prm" },
	{ .what = "a loopback issuer of a public server",
	    .path = "/mcp",
	    .foreign = true,
	    .lines = "",
	    .code = FAULT_POLICY,
	    .phase = "prm" },
	{ .what = "a loopback issuer that the user pinned",
	    .path = "/mcp",
	    .foreign = true,
	    .pinned = "@",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
};

static void
test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(place_cases); i++)
		check(&place_cases[i]);
}

static void
test_broken_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken_cases); i++)
		check(&broken_cases[i]);
}

static void
test_redirects_and_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(network_cases); i++)
		check(&network_cases[i]);
}

/* A-017, A-100: what a metadata request carries. */
static void
test_headers(void **state)
{
	static const struct answer answers[] = {
		{ "GET " PRM "/mcp", "200", NULL, RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") },
		{ NULL, NULL, NULL, NULL },
	};
	struct fixture *x = fixture_new(answers);
	struct discovery d;
	struct fault f = { 0 };
	unsigned versions = 0;

	(void)state;
	expand(x, "@/mcp", x->url, sizeof(x->url));
	discovery_init(&d);
	assert_int_equal(discover(&x->net, NULL, NULL, false, &d, &f), 0);
	for (const char *at = x->script.text; at != NULL; versions++) {
		at = strstr(at, "\r\nMCP-Protocol-Version: 2025-11-25\r\n");
		if (at == NULL)
			break;
		at++;
	}
	assert_int_equal(versions, 2);
	assert_non_null(
	    strstr(x->script.text, "\r\nAccept: application/json\r\n"));
	assert_null(strstr(x->script.text, "Authorization:"));
	assert_null(strstr(x->script.text, "Cookie:"));
	assert_null(strstr(x->script.text, "Accept-Encoding: gzip"));
	discovery_reset(&d);
	fixture_free(x);
}

/* A-019: the issuer on record, without the resource. */
static void
test_discover_issuer(void **state)
{
	static const struct answer answers[] = {
		{ "GET " PRM "/mcp", "503", HTML, "no" },
		{ "GET " OAUTH "/t", "200", NULL, SERVER("@/t") },
		{ NULL, NULL, NULL, NULL },
	};
	struct fixture *x = fixture_new(answers);
	struct discovery d;
	struct fault f = { 0 };

	(void)state;
	expand(x, "@/mcp", x->url, sizeof(x->url));
	expand(x, "@/t", x->preferred, sizeof(x->preferred));
	discovery_init(&d);
	assert_int_equal(discover_issuer(&x->net, x->preferred, &d, &f), 0);
	assert_string_equal(d.as.issuer, x->preferred);
	assert_string_equal(x->script.lines, "GET " OAUTH "/t\n");
	discovery_reset(&d);
	fixture_free(x);
}

/* A-016: what logged in at default endpoints is refreshed there. */
static void
test_discover_issuer_without_metadata(void **state)
{
	static const struct answer nothing[] = { { NULL, NULL, NULL, NULL } };
	struct fixture *x = fixture_new(nothing);
	struct discovery d;
	struct fault f = { 0 };

	(void)state;
	expand(x, "@/mcp", x->url, sizeof(x->url));
	expand(x, "@", x->preferred, sizeof(x->preferred));
	discovery_init(&d);
	assert_int_equal(discover_issuer(&x->net, x->preferred, &d, &f), 0);
	assert_true(d.as.default_endpoints);
	assert_string_equal(d.as.issuer, x->preferred);

	expand(x, "@/t", x->preferred, sizeof(x->preferred));
	assert_int_equal(discover_issuer(&x->net, x->preferred, &d, &f), -1);
	assert_int_equal(f.code, FAULT_DISCOVERY);
	assert_string_equal(f.phase, "asm");
	assert_null(d.as.issuer);
	discovery_reset(&d);
	fixture_free(x);
}

/* A-103: a bomb of brackets is no document. */
static void
test_deep_document(void **state)
{
	static char body[SCRIPT_SIZE];
	static const struct answer answers[] = {
		{ "GET " PRM "/mcp", "200", NULL, body },
		{ NULL, NULL, NULL, NULL },
	};
	struct fixture *x = fixture_new(answers);
	struct discovery d;
	struct fault f = { 0 };

	(void)state;
	memset(body, '[', SCRIPT_SIZE - 1);
	body[0] = '{';
	expand(x, "@/mcp", x->url, sizeof(x->url));
	discovery_init(&d);
	assert_int_equal(discover(&x->net, NULL, NULL, false, &d, &f), -1);
	assert_int_equal(f.code, FAULT_DISCOVERY);
	discovery_reset(&d);
	fixture_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_redirects_and_addresses),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_discover_issuer),
		cmocka_unit_test(test_discover_issuer_without_metadata),
		cmocka_unit_test(test_deep_document),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
