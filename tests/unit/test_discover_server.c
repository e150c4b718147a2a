/* SPDX-License-Identifier: ISC */
/*
 * auth/discover against a scripted server: which authorization server, where
 * its metadata are, and servers of the 2025-03-26 revision (A-015, A-016, A-020
 * to A-022, A-025, A-027, A-118).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/log.h"
#include "discover_case.h"

static const struct discover_case cases[] = {
	/* A-015: authorization servers */
	{ .what = "none named: the origin",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "") },
		{ "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "none named, none there: never default endpoints",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
		RESOURCE("/mcp", "") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "asm" },

	/* A-020: where their metadata are */
	{ .what = "issuer with a path, first place",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/t/1\"") },
		{ "GET " OAUTH "/t/1", "200", NULL, SERVER("@/t/1") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/t/1\n",
	    .issuer = "@/t/1",
	    .resource = "@/mcp" },
	{ .what = "issuer with a path, last place",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/t/1/\"") },
		{ "GET /t/1" OPENID, "200", NULL, SERVER("@/t/1/") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/t/1\nGET " OPENID
		     "/t/1\nGET /t/1" OPENID "\n",
	    .issuer = "@/t/1/",
	    .resource = "@/mcp" },
	{ .what = "issuer with a path: never the root",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/t\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@/t") },
		{ "GET " OPENID, "200", NULL, SERVER("@/t") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/t\nGET " OPENID
		     "/t\nGET /t" OPENID "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "asm" },
	{ .what = "OpenID Connect",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OPENID, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\nGET " OPENID "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },

	/* A-021, A-022, A-118: issuers of documents */
	{ .what = "another issuer, then the right one",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("https://evil.test") },
		{ "GET " OPENID, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\nGET " OPENID "\n",
	    .issuer = "@",
	    .resource = "@/mcp" },
	{ .what = "another issuer everywhere",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("https://evil.test") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_POLICY,
	    .phase = "asm" },
	{ .what = "one slash more counts from then on",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "200", NULL, SERVER("@/") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .issuer = "@/",
	    .resource = "@/mcp" },
	{ .what = "trouble of the authorization server",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@\"") },
		{ "GET " OAUTH, "502", "Retry-After: 60\r\n", "no" },
		{ "GET " OPENID, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "\n",
	    .code = FAULT_HTTP,
	    .phase = "asm" },

	/* A-025: which of several */
	{ .what = "the first that validates",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/1\",\"@/2\",\"@/3\"") },
		{ "GET " OAUTH "/1", "200", NULL, "{}" },
		{ "GET " OAUTH "/2", "200", NULL, SERVER("@/2") },
		{ "GET " OAUTH "/3", "200", NULL, SERVER("@/3") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/1\nGET " OPENID
		     "/1\nGET /1" OPENID "\nGET " OAUTH "/2\n",
	    .issuer = "@/2",
	    .resource = "@/mcp" },
	{ .what = "the one with our tokens",
	    .path = "/mcp",
	    .preferred = "@/3",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/1\",\"@/2\",\"@/3\"") },
		{ "GET " OAUTH "/1", "200", NULL, SERVER("@/1") },
		{ "GET " OAUTH "/3", "200", NULL, SERVER("@/3") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/3\n",
	    .issuer = "@/3",
	    .resource = "@/mcp" },
	{ .what = "the one with our tokens is in trouble: no other",
	    .path = "/mcp",
	    .preferred = "@/2",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/1\",\"@/2\"") },
		{ "GET " OAUTH "/1", "200", NULL, SERVER("@/1") },
		{ "GET " OAUTH "/2", "503", "Retry-After: 60\r\n", "no" } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/2\n",
	    .code = FAULT_HTTP,
	    .phase = "asm" },
	{ .what = "A-027: the one with our tokens is not listed any more",
	    .path = "/mcp",
	    .preferred = "@/old",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/new\"") },
		{ "GET " OAUTH "/old", "200", NULL, SERVER("@/old") },
		{ "GET " OAUTH "/new", "200", NULL, SERVER("@/new") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/new\n",
	    .issuer = "@/new",
	    .resource = "@/mcp" },
	{ .what = "the pinned one",
	    .path = "/mcp",
	    .preferred = "@/1",
	    .pinned = "@/p",
	    .answers = { { "GET " PRM "/mcp", "200", NULL,
			     RESOURCE("/mcp", "\"@/1\"") },
		{ "GET " OAUTH "/1", "200", NULL, SERVER("@/1") },
		{ "GET " OAUTH "/p", "200", NULL, SERVER("@/p") } },
	    .lines = "GET " PRM "/mcp\nGET " OAUTH "/p\n",
	    .issuer = "@/p",
	    .resource = "@/mcp" },

	/* A-016: servers of the 2025-03-26 revision */
	{ .what = "legacy with metadata",
	    .path = "/mcp",
	    .answers = { { "GET " OAUTH, "200", NULL, SERVER("@") } },
	    .lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\n",
	    .issuer = "@" },
	{ .what = "legacy without any",
	    .path = "/mcp",
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .issuer = "@",
	    .defaults = true },
	{ .what = "legacy, 405 and 410",
	    .path = "/mcp",
	    .answers = { { "GET " OAUTH, "405", HTML, "no" },
		{ "GET " OPENID, "410", HTML, "no" } },
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .issuer = "@",
	    .defaults = true },
	{ .what = "legacy, metadata of another issuer",
	    .path = "/mcp",
	    .answers = { { "GET " OAUTH, "200", NULL,
		SERVER("https://evil.test") } },
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_POLICY,
	    .phase = "asm" },
	{ .what = "403 everywhere",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "403", HTML, "no" },
		{ "GET " PRM, "403", HTML, "no" },
		{ "GET " OAUTH, "403", HTML, "no" },
		{ "GET " OPENID, "403", HTML, "no" } },
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "asm" },
	{ .what = "401 everywhere",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "401", NULL, "{}" },
		{ "GET " PRM, "401", NULL, "{}" },
		{ "GET " OAUTH, "401", NULL, "{}" },
		{ "GET " OPENID, "401", NULL, "{}" } },
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "asm" },
	{ .what = "a page everywhere",
	    .path = "/mcp",
	    .answers = { { "GET " PRM "/mcp", "200", HTML, "<html>" },
		{ "GET " PRM, "200", HTML, "<html>" },
		{ "GET " OAUTH, "200", "Content-Type: application/xml\r\n",
		    "<Error/>" },
		{ "GET " OPENID, "200", HTML, "<html>" } },
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "asm" },
	{ .what = "no legacy server: it had metadata before",
	    .path = "/mcp",
	    .had_metadata = true,
	    .lines = "GET " PRM "/mcp\nGET " PRM "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "prm" },
	{ .what = "no metadata, but a pin",
	    .path = "/mcp",
	    .pinned = "@/p",
	    .answers = { { "GET " OAUTH "/p", "200", NULL, SERVER("@/p") } },
	    .lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "/p\n",
	    .issuer = "@/p" },
	{ .what = "a pin has no default endpoints",
	    .path = "/mcp",
	    .pinned = "@",
	    .lines =
		"GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "\nGET " OPENID "\n",
	    .code = FAULT_DISCOVERY,
	    .phase = "asm" },
};

static void
test_discover_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(&cases[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discover_server),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
