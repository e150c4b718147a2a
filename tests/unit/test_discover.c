/* SPDX-License-Identifier: ISC */
/*
 * auth/discover against a scripted server: which places are asked, in which
 * order, and what comes of the answers (A-004, A-011 to A-025, A-097 to A-103,
 * A-118, A-123).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/discover.h"
#include "base/limits.h"
#include "base/log.h"
#include "script.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PRM "/.well-known/oauth-protected-resource"
#define OAUTH "/.well-known/oauth-authorization-server"
#define OPENID "/.well-known/openid-configuration"

#define HTML "Content-Type: text/html\r\n"
#define RESOURCE(path, issuers)                                                \
	"{\"resource\":\"@" path "\",\"authorization_servers\":[" issuers "]}"
#define SERVER(issuer)                                                         \
	"{\"issuer\":\"" issuer                                                \
	"\",\"authorization_endpoint\":\"@/authorize\","                       \
	"\"token_endpoint\":\"@/token\","                                      \
	"\"response_types_supported\":[\"code\"],"                             \
	"\"code_challenge_methods_supported\":[\"S256\"]}"

struct discover_case {
	const char *what;
	const char *path;      /* of the MCP server */
	const char *challenge; /* WWW-Authenticate; NULL: none */
	struct answer answers[10];
	const char *lines; /* every request, in order */

	/* what comes of it */
	enum fault_code code;
	const char *phase;
	const char *issuer, *resource;
	bool defaults;

	/* what was known and wanted before */
	const char *preferred;
	const char *pinned;
	bool had_metadata, strict;
	bool foreign; /* the server has a public address */
};

static const struct discover_case
    cases[] = {
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
		.answers = { { "GET " PRM, "200", NULL,
				 RESOURCE("/", "\"@\"") },
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
		.answers = { { "GET /two", "200", NULL,
				 RESOURCE("/mcp", "\"@\"") },
		    { "GET " OAUTH, "200", NULL, SERVER("@") } },
		.lines = "GET /one\nGET /two\nGET " OAUTH "\n",
		.issuer = "@",
		.resource = "@/mcp" },
	    { .what = "the named one is gone",
		.path = "/mcp",
		.challenge = "Bearer resource_metadata=\"@/one\"",
		.answers = { { "GET /one", "410", HTML, "gone" },
		    { "GET " PRM "/mcp", "200", NULL,
			RESOURCE("/mcp", "\"@\"") },
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
		    { "GET " PRM "/mcp", "200", NULL,
			RESOURCE("/mcp", "\"@\"") } },
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

	    /* A-014: broken or foreign metadata are no 2025-03-26 server */
	    { .what = "broken JSON",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "200", HTML,
				 "{\"resource\":" },
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
		    { "GET " PRM "/mcp", "200", NULL,
			RESOURCE("/mcp", "\"@\"") },
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
		.answers = { { "GET " PRM "/mcp", "200",
				 NULL, RESOURCE("/mcp", "\"@/t/1\"") },
		    { "GET " OAUTH "/t/1", "200", NULL, SERVER("@/t/1") } },
		.lines = "GET " PRM "/mcp\nGET " OAUTH "/t/1\n",
		.issuer = "@/t/1",
		.resource = "@/mcp" },
	    { .what = "issuer with a path, last place",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "200",
				 NULL, RESOURCE("/mcp", "\"@/t/1/\"") },
		    { "GET /t/1" OPENID, "200", NULL, SERVER("@/t/1/") } },
		.lines = "GET " PRM "/mcp\nGET " OAUTH "/t/1\nGET " OPENID
			 "/t/1\nGET /t/1" OPENID "\n",
		.issuer = "@/t/1/",
		.resource = "@/mcp" },
	    { .what = "issuer with a path: never the root",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "200",
				 NULL, RESOURCE("/mcp", "\"@/t\"") },
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
		    { "GET " OAUTH, "200", NULL,
			SERVER("https://evil.test") } },
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
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
		.issuer = "@",
		.defaults = true },
	    { .what = "legacy, 405 and 410",
		.path = "/mcp",
		.answers = { { "GET " OAUTH, "405", HTML, "no" },
		    { "GET " OPENID, "410", HTML, "no" } },
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
		.issuer = "@",
		.defaults = true },
	    { .what = "legacy, metadata of another issuer",
		.path = "/mcp",
		.answers = { { "GET " OAUTH, "200", NULL,
		    SERVER("https://evil.test") } },
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
		.code = FAULT_POLICY,
		.phase = "asm" },
	    { .what = "403 everywhere",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "403", HTML, "no" },
		    { "GET " PRM, "403", HTML, "no" },
		    { "GET " OAUTH, "403", HTML, "no" },
		    { "GET " OPENID, "403", HTML, "no" } },
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
		.code = FAULT_DISCOVERY,
		.phase = "asm" },
	    { .what = "401 everywhere",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "401", NULL, "{}" },
		    { "GET " PRM, "401", NULL, "{}" },
		    { "GET " OAUTH, "401", NULL, "{}" },
		    { "GET " OPENID, "401", NULL, "{}" } },
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
		.code = FAULT_DISCOVERY,
		.phase = "asm" },
	    { .what = "a page everywhere",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "200", HTML, "<html>" },
		    { "GET " PRM, "200", HTML, "<html>" },
		    { "GET " OAUTH, "200", "Content-Type: application/xml\r\n",
			"<Error/>" },
		    { "GET " OPENID, "200", HTML, "<html>" } },
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
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
		.answers = { { "GET " OAUTH "/p", "200", NULL,
		    SERVER("@/p") } },
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH "/p\n",
		.issuer = "@/p" },
	    { .what = "a pin has no default endpoints",
		.path = "/mcp",
		.pinned = "@",
		.lines = "GET " PRM "/mcp\nGET " PRM "\nGET " OAUTH
			 "\nGET " OPENID "\n",
		.code = FAULT_DISCOVERY,
		.phase = "asm" },

	    /* A-099: redirects */
	    { .what = "three hops", .path = "/mcp", .answers = { { "GET " PRM "/mcp", "301", "Location: /1\r\n", NULL }, { "GET /1", "302", "Location: @/2\r\n", NULL }, { "GET /2", "308", "Location: 3\r\n", NULL }, { "GET /3", "200", NULL, RESOURCE("/mcp", "\"@\"") }, { "GET " OAUTH, "200", NULL, SERVER("@") } }, .lines = "GET " PRM "/mcp\nGET /1\nGET /2\nGET /3\nGET " OAUTH "\n", .issuer = "@", .resource = "@/mcp" },
	    { .what = "four hops",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "301", "Location: /1\r\n", NULL }, { "GET /1", "302", "Location: /2\r\n", NULL }, { "GET /2", "307", "Location: /3\r\n", NULL }, { "GET /3", "303", "Location: /4\r\n", NULL } },
		.lines = "GET " PRM "/mcp\nGET /1\nGET /2\nGET /3\n",
		.code = FAULT_DISCOVERY,
		.phase = "prm" },
	    { .what = "to a login page",
		.path = "/mcp",
		.answers = { { "GET " PRM "/mcp", "302", "Location: /login\r\n", NULL }, { "GET /login",
											     "200",
											     HTML,
											     "<html>" } },
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

/* What one case needs besides its script. */
struct fixture {
	struct script script;
	struct loop *loop;
	struct http_client *client;
	char url[256], pinned[256], preferred[256], expanded[SCRIPT_SIZE];
	struct auth_config config;
	struct auth_net net;
	struct challenge challenge;
};

static struct fixture *
fixture_new(const struct answer *answers)
{
	static const struct http_options options = { .proxy = "" };
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	script_start(&x->script, answers);
	x->loop = loop_new();
	x->client = http_client_new(x->loop, &options);
	x->config.url = x->url;
	x->net = (struct auth_net){
		.client = x->client,
		.config = &x->config,
		.protocol_version = "2025-11-25",
		.server_class = ADDRESS_LOOPBACK,
	};
	challenge_init(&x->challenge);
	return x;
}

static void
fixture_free(struct fixture *x)
{
	challenge_reset(&x->challenge);
	http_client_free(&x->client);
	loop_free(&x->loop);
	script_stop(&x->script);
	free(x);
}

static void
expand(struct fixture *x, const char *text, char *out, size_t size)
{
	script_expand(&x->script, text, x->expanded);
	assert_true(strlen(x->expanded) < size);
	memcpy(out, x->expanded, strlen(x->expanded) + 1);
}

static void
prepare(struct fixture *x, const struct discover_case *c)
{
	char line[512] = "";

	expand(x, "@", x->url, sizeof(x->url));
	assert_true(strlen(x->url) + strlen(c->path) < sizeof(x->url));
	memcpy(x->url + strlen(x->url), c->path, strlen(c->path) + 1);
	if (c->pinned != NULL) {
		expand(x, c->pinned, x->pinned, sizeof(x->pinned));
		x->config.issuer = x->pinned;
	}
	x->config.strict_resource = c->strict;
	if (c->foreign)
		x->net.server_class = ADDRESS_PUBLIC;
	if (c->preferred != NULL)
		expand(x, c->preferred, x->preferred, sizeof(x->preferred));
	if (c->challenge != NULL) {
		expand(x, c->challenge, line, sizeof(line));
		challenge_add(&x->challenge, span_of(line));
	}
}

static void
assert_expanded(struct fixture *x, const char *what, const char *text,
    const char *expected)
{
	if (expected == NULL) {
		assert_null(text);
		return;
	}
	script_expand(&x->script, expected, x->expanded);
	if (text == NULL || strcmp(text, x->expanded) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", what,
		    text != NULL ? text : "-", x->expanded);
}

static void
check(const struct discover_case *c)
{
	struct fixture *x = fixture_new(c->answers);
	struct discovery d;
	struct fault f = { 0 };

	prepare(x, c);
	discovery_init(&d);
	int result =
	    discover(&x->net, c->challenge != NULL ? &x->challenge : NULL,
		c->preferred != NULL ? x->preferred : NULL, c->had_metadata, &d,
		&f);
	if ((result == 0) != (c->code == FAULT_NONE) ||
	    (result == -1 && f.code != c->code))
		fail_msg("%s: %d, fault %d \"%s\"", c->what, result,
		    (int)f.code, f.msg);
	assert_expanded(x, c->what, x->script.lines, c->lines);
	if (result == -1)
		assert_string_equal(f.phase, c->phase);
	assert_expanded(x, c->what, d.as.issuer, c->issuer);
	assert_expanded(x, c->what, d.resource.resource, c->resource);
	assert_int_equal(d.as.default_endpoints, c->defaults);
	discovery_reset(&d);
	fixture_free(x);
}

static void
test_discover(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(&cases[i]);
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
		cmocka_unit_test(test_discover),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_discover_issuer),
		cmocka_unit_test(test_deep_document),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
