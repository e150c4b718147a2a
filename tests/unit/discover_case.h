/* SPDX-License-Identifier: ISC */
/*
 * Cases of auth/discover: a script, what is known before, what comes of it.
 */
#ifndef TESTS_UNIT_DISCOVER_CASE_H
#define TESTS_UNIT_DISCOVER_CASE_H

#include "auth/discover.h"
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

#endif
