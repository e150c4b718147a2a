/* SPDX-License-Identifier: ISC */
/*
 * auth/resource_metadata and auth/server_metadata: documents as values, and
 * what is refused of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "auth/discover.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TOKEN_ENDPOINT "\"token_endpoint\":\"https://as/token\""

static char mcp_url[] = "http://lan.test/mcp";
static char lan_host[] = "Lan-AS.test";
static char *allowed[] = { lan_host };

static const struct auth_config plain = { .url = mcp_url };
static const struct auth_config exact = { .url = mcp_url,
	.issuer_exact = true };
static const struct auth_config http_allowed = { .url = mcp_url,
	.allow_http = true,
	.allow_hosts = allowed,
	.allow_host_count = 1 };

/* A list as one text: its items, each followed by a space. */
static void
assert_list(char *const *items, size_t count, const char *expected)
{
	struct buf text;

	buf_init(&text, LIMIT_AUTH_DOCUMENT);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_addf(&text, "%s ", items[i]), 0);
	assert_string_equal(text.data != NULL ? text.data : "", expected);
	buf_reset(&text);
}

/*
 * Resource metadata
 */

static void
test_resource_document(void **state)
{
	static const char text[] =
	    " {\"resource\":\"https:\\/\\/h/mcp\",\"x\":{\"a\":[1]},"
	    "\"authorization_servers\":[\"https://as/one\",\"https://as2\"],"
	    "\"scopes_supported\":[\"mcp:read\",\"mcp:write\"],"
	    "\"dpop_bound_access_tokens_required\":true,"
	    "\"tls_client_certificate_bound_access_tokens\":false}\n";
	struct resource_metadata m;
	struct fault f = { 0 };

	(void)state;
	resource_metadata_init(&m);
	assert_int_equal(resource_metadata_read(&m, span_of(text), &plain, &f),
	    0);
	assert_true(m.present);
	assert_string_equal(m.resource, "https://h/mcp");
	assert_list(m.issuers, m.issuer_count, "https://as/one https://as2 ");
	assert_list(m.scopes, m.scope_count, "mcp:read mcp:write ");
	assert_true(m.dpop_required);
	assert_false(m.tls_bound);
	resource_metadata_reset(&m);
	assert_false(m.present);
}

struct issuers_case {
	const char *json; /* of authorization_servers; NULL: not there */
	const struct auth_config *config;
	const char *kept; /* NULL: the document is refused */
};

static const struct issuers_case issuers_cases[] = {
	{ NULL, &plain, "" },
	{ "[]", &plain, "" },
	{ "\"https://as\"", &plain, "" },
	{ "null", &plain, "" },
	{ "[1,null,{}]", &plain, "" },
	{ "[\"https://as\"]", &plain, "https://as " },
	{ "[\"https://as/\"]", &plain, "https://as/ " },
	{ "[\"https://AS:443/x/\"]", &plain, "https://AS:443/x/ " },
	{ "[1,\"https://as\",null]", &plain, "https://as " },
	{ "[\"http://127.0.0.1:9/\"]", &plain, "http://127.0.0.1:9/ " },
	{ "[\"http://localhost:9\"]", &plain, "http://localhost:9 " },
	{ "[\"http://as\",\"https://b\"]", &plain, "https://b " },
	{ "[\"https://as?x=1\",\"https://b\"]", &plain, "https://b " },
	{ "[\"https://as#f\",\"https://b\"]", &plain, "https://b " },
	{ "[\"https://u@as\",\"https://b\"]", &plain, "https://b " },
	{ "[\"https://u:p@as\",\"https://b\"]", &plain, "https://b " },
	{ "[\"javascript:alert(1)\",\"https://b\"]", &plain, "https://b " },
	{ "[\"file:///etc/passwd\",\"https://b\"]", &plain, "https://b " },
	{ "[\"as\",\"\",\"//as\",\"https:as\",\"https://b\"]", &plain,
	    "https://b " },
	{ "[\"https://a\\u0000b\",\"https://b\"]", &plain, "https://b " },
	{ "[\"https://a\\r\\nb\",\"https://b\"]", &plain, "https://b " },

	/* a list without one usable entry is no list left out */
	{ "[\"http://as\"]", &plain, NULL },
	{ "[\"javascript:alert(1)\"]", &plain, NULL },

	/* plain http only by name */
	{ "[\"http://lan-as.test\"]", &http_allowed, "http://lan-as.test " },
	{ "[\"http://lan.test\"]", &http_allowed, "http://lan.test " },
	{ "[\"http://lan.test:81\"]", &http_allowed, NULL },
	{ "[\"http://other.test\"]", &http_allowed, NULL },
	{ "[\"http://lan.test\"]", &plain, NULL },
};

static void
test_issuers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(issuers_cases); i++) {
		const struct issuers_case *c = &issuers_cases[i];
		struct resource_metadata m;
		struct fault f = { 0 };
		struct buf text;

		buf_init(&text, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(buf_add_string(&text,
				     "{\"resource\":\"https://h\""),
		    0);
		if (c->json != NULL)
			assert_int_equal(buf_addf(&text,
					     ",\"authorization_servers\":%s",
					     c->json),
			    0);
		assert_int_equal(buf_add_string(&text, "}"), 0);

		resource_metadata_init(&m);
		int result =
		    resource_metadata_read(&m, buf_span(&text), c->config, &f);
		if (c->kept == NULL) {
			assert_int_equal(result, -1);
			assert_int_equal(f.code, FAULT_POLICY);
			assert_false(m.present);
		} else {
			assert_int_equal(result, 0);
			assert_list(m.issuers, m.issuer_count, c->kept);
		}
		resource_metadata_reset(&m);
		buf_reset(&text);
	}
}

static void
test_scopes(void **state)
{
	static const char text[] =
	    "{\"resource\":\"https://h\",\"scopes_supported\":[\"a\",\"b c\","
	    "\"\",\"d\\\"\",\"e\\\\\",\"f\\u007f\",\"g\\n\",\"\xc3\xa9\",7,"
	    "\"!#[]~\",\"https://x/y.z\"]}";
	struct resource_metadata m;
	struct fault f = { 0 };

	(void)state;
	resource_metadata_init(&m);
	assert_int_equal(resource_metadata_read(&m, span_of(text), &plain, &f),
	    0);
	assert_list(m.scopes, m.scope_count, "a !#[]~ https://x/y.z ");
	resource_metadata_reset(&m);
}

static void
test_broken_resource_documents(void **state)
{
	static const char *const broken[] = {
		"",
		"{",
		"[]",
		"\"https://h\"",
		"{\"resource\":\"https://h\"} x",
		"{}",
		"{\"resource\":1}",
		"{\"resource\":\"https://h\",\"resource\":\"https://h\"}",
		"{\"resource\":\"https://h\",\"re\\u0073ource\":\"https://i\"}",
		"{\"resource\":\"https://h\\u0000\"}",
		"\xef\xbb\xbf{\"resource\":\"https://h\"}",
		"{\"resource\":\"https://h\xff\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct resource_metadata m;
		struct fault f = { 0 };

		resource_metadata_init(&m);
		assert_int_equal(resource_metadata_read(&m, span_of(broken[i]),
				     &plain, &f),
		    -1);
		assert_int_equal(f.code, FAULT_DISCOVERY);
		assert_false(m.present);
		resource_metadata_reset(&m);
	}
}

/* as deep as allowed, and one deeper. */
static void
test_depth(void **state)
{
	(void)state;
	for (size_t depth = LIMIT_AUTH_DEPTH - 1; depth <= LIMIT_AUTH_DEPTH;
	     depth++) {
		struct resource_metadata m;
		struct fault f = { 0 };
		struct buf text;
		int wanted = depth < LIMIT_AUTH_DEPTH ? 0 : -1;

		buf_init(&text, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(buf_add_string(&text,
				     "{\"resource\":\"https://h\",\"x\":"),
		    0);
		for (size_t i = 0; i < depth; i++)
			assert_int_equal(buf_add_string(&text, "["), 0);
		for (size_t i = 0; i < depth; i++)
			assert_int_equal(buf_add_string(&text, "]"), 0);
		assert_int_equal(buf_add_string(&text, "}"), 0);
		resource_metadata_init(&m);
		assert_int_equal(resource_metadata_read(&m, buf_span(&text),
				     &plain, &f),
		    wanted);
		resource_metadata_reset(&m);
		buf_reset(&text);
	}
}

/*
 * Authorization server metadata
 */

static void
test_server_document(void **state)
{
	static const char text[] =
	    "{\"issuer\":\"https://as\","
	    "\"authorization_endpoint\":\"https://as/"
	    "authorize?x=1\"," TOKEN_ENDPOINT ","
	    "\"registration_endpoint\":\"https://as/register\","
	    "\"revocation_endpoint\":\"https://as/revoke\","
	    "\"device_authorization_endpoint\":\"https://as/device\","
	    "\"pushed_authorization_request_endpoint\":\"https://as/par\","
	    "\"require_pushed_authorization_requests\":true,"
	    "\"authorization_response_iss_parameter_supported\":true,"
	    "\"client_id_metadata_document_supported\":true,"
	    "\"code_challenge_methods_supported\":[\"plain\",\"S256\"],"
	    "\"response_types_supported\":[\"code\",\"id_token\"],"
	    "\"scopes_supported\":[\"openid\",\"offline_access\"],"
	    "\"token_endpoint_auth_methods_supported\":[\"none\"],"
	    "\"token_endpoint_auth_signing_alg_values_supported\":[\"ES256\"],"
	    "\"dpop_signing_alg_values_supported\":[\"ES256\",\"EdDSA\"],"
	    "\"grant_types_supported\":[\"authorization_code\"]}";
	struct server_metadata m;
	struct fault f = { 0 };

	(void)state;
	server_metadata_init(&m);
	assert_int_equal(server_metadata_read(&m, span_of(text), "https://as",
			     &plain, &f),
	    0);
	assert_string_equal(m.issuer, "https://as");
	assert_string_equal(m.authorization_endpoint,
	    "https://as/authorize?x=1");
	assert_string_equal(m.token_endpoint, "https://as/token");
	assert_string_equal(m.registration_endpoint, "https://as/register");
	assert_string_equal(m.revocation_endpoint, "https://as/revoke");
	assert_string_equal(m.device_authorization_endpoint,
	    "https://as/device");
	assert_string_equal(m.par_endpoint, "https://as/par");
	assert_true(m.par_required && m.iss_supported && m.cimd_supported);
	assert_true(m.s256 && m.code_flow && !m.default_endpoints);
	assert_true(m.scopes_listed && m.auth_methods_listed);
	assert_list(m.scopes, m.scope_count, "openid offline_access ");
	assert_list(m.auth_methods, m.auth_method_count, "none ");
	assert_list(m.auth_signing_algs, m.auth_signing_alg_count, "ES256 ");
	assert_list(m.dpop_algs, m.dpop_alg_count, "ES256 EdDSA ");
	assert_list(m.grant_types, m.grant_type_count, "authorization_code ");
	server_metadata_reset(&m);
}

/* where to go with a certificate; what may not be used is left out. */
static void
test_mtls_aliases(void **state)
{
	static const char text[] =
	    "{\"issuer\":\"https://as\"," TOKEN_ENDPOINT ","
	    "\"tls_client_certificate_bound_access_tokens\":true,"
	    "\"mtls_endpoint_aliases\":{"
	    "\"token_endpoint\":\"https://mtls.as/token\","
	    "\"revocation_endpoint\":\"http://mtls.as/revoke\","
	    "\"device_authorization_endpoint\":\"https://mtls.as/device\","
	    "\"pushed_authorization_request_endpoint\":"
	    "\"https://mtls.as/par\",\"other\":\"https://mtls.as/x\"}}";
	static const char none[] =
	    "{\"issuer\":\"https://as\"," TOKEN_ENDPOINT ","
	    "\"mtls_endpoint_aliases\":\"https://mtls.as\"}";
	struct server_metadata m;
	struct fault f = { 0 };

	(void)state;
	server_metadata_init(&m);
	assert_int_equal(server_metadata_read(&m, span_of(text), "https://as",
			     &plain, &f),
	    0);
	assert_true(m.tls_bound);
	assert_string_equal(m.token_endpoint, "https://as/token");
	assert_string_equal(m.mtls.token_endpoint, "https://mtls.as/token");
	assert_null(m.mtls.revocation_endpoint);
	assert_string_equal(m.mtls.device_authorization_endpoint,
	    "https://mtls.as/device");
	assert_string_equal(m.mtls.par_endpoint, "https://mtls.as/par");
	assert_int_equal(server_metadata_read(&m, span_of(none), "https://as",
			     &plain, &f),
	    0);
	assert_false(m.tls_bound);
	assert_null(m.mtls.token_endpoint);
	server_metadata_reset(&m);
}

/* enough for a grant without a browser. */
static void
test_smallest_server_document(void **state)
{
	static const char text[] =
	    "{\"issuer\":\"https://as\"," TOKEN_ENDPOINT "}";
	struct discovery d;
	struct fault f = { 0 };

	(void)state;
	discovery_init(&d);
	assert_int_equal(server_metadata_read(&d.as, span_of(text),
			     "https://as", &plain, &f),
	    0);
	assert_null(d.as.authorization_endpoint);
	assert_null(d.as.registration_endpoint);
	assert_false(d.as.s256 || d.as.code_flow || d.as.cimd_supported);
	assert_false(d.as.scopes_listed || d.as.auth_methods_listed);
	assert_int_equal(discovery_check_code_flow(&d, &plain, &f), -1);
	assert_int_equal(f.code, FAULT_POLICY);
	discovery_reset(&d);
}

struct issuer_case {
	const char *expected, *document;
	bool tolerant, exact;
};

static const struct issuer_case issuer_cases[] = {
	{ "https://as", "https://as", true, true },
	{ "https://as/", "https://as/", true, true },
	{ "https://as/", "https://as", true, false },
	{ "https://as", "https://as/", true, false },
	{ "https://as:8443", "https://as:8443/", true, false },
	{ "https://as", "https://as//", false, false },
	{ "https://as/x", "https://as/x/", false, false },
	{ "https://as/x/", "https://as/x", false, false },
	{ "https://as", "https://AS", false, false },
	{ "https://as", "https://as:443", false, false },
	{ "https://as", "http://as", false, false },
	{ "https://as", "https://as.evil", false, false },
	{ "https://as", "https://evil", false, false },
	{ "https://as", "https://as/x", false, false },
	{ "https://as", "", false, false },
};

static void
test_issuer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(issuer_cases); i++) {
		const struct issuer_case *c = &issuer_cases[i];
		const struct auth_config *const configs[] = { &plain, &exact };
		const bool taken[] = { c->tolerant, c->exact };
		struct buf text;

		buf_init(&text, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(buf_addf(&text,
				     "{\"issuer\":\"%s\"," TOKEN_ENDPOINT "}",
				     c->document),
		    0);
		for (size_t j = 0; j < COUNT(configs); j++) {
			struct server_metadata m;
			struct fault f = { 0 };

			server_metadata_init(&m);
			int result = server_metadata_read(&m, buf_span(&text),
			    c->expected, configs[j], &f);
			if ((result == 0) != taken[j])
				fail_msg("%s for %s: %d", c->document,
				    c->expected, result);
			if (result == 0)
				assert_string_equal(m.issuer, c->document);
			else
				assert_int_equal(f.code, FAULT_POLICY);
			server_metadata_reset(&m);
		}
		buf_reset(&text);
	}
}

struct endpoint_case {
	const char *members;
	enum fault_code code; /* FAULT_NONE: taken */
};

static const struct endpoint_case endpoint_cases[] = {
	{ "\"x\":1", FAULT_DISCOVERY },
	{ "\"token_endpoint\":null", FAULT_DISCOVERY },
	{ "\"token_endpoint\":\"http://as/token\"", FAULT_POLICY },
	{ "\"token_endpoint\":\"\"", FAULT_POLICY },
	{ "\"token_endpoint\":\"/token\"", FAULT_POLICY },
	{ "\"token_endpoint\":\"https://u:p@as/token\"", FAULT_POLICY },
	{ "\"token_endpoint\":\"https://as/token#f\"", FAULT_POLICY },
	{ "\"token_endpoint\":\"https://as/\\r\\nX: y\"", FAULT_POLICY },
	{ "\"token_endpoint\":\"http://127.0.0.1:9/token\"", FAULT_NONE },
	{ TOKEN_ENDPOINT, FAULT_NONE },
	{ TOKEN_ENDPOINT ",\"authorization_endpoint\":\"javascript:alert(1)\"",
	    FAULT_POLICY },
	{ TOKEN_ENDPOINT ",\"authorization_endpoint\":\"file:///etc/passwd\"",
	    FAULT_POLICY },
	{ TOKEN_ENDPOINT ",\"authorization_endpoint\":\"http://evil/\"",
	    FAULT_POLICY },
	{ TOKEN_ENDPOINT ",\"authorization_endpoint\":\"http://[::1]:9/\"",
	    FAULT_NONE },
	{ TOKEN_ENDPOINT "," TOKEN_ENDPOINT, FAULT_DISCOVERY },
};

static void
test_endpoints(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endpoint_cases); i++) {
		const struct endpoint_case *c = &endpoint_cases[i];
		struct server_metadata m;
		struct fault f = { 0 };
		struct buf text;

		buf_init(&text, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(buf_addf(&text,
				     "{\"issuer\":\"https://as\",%s}",
				     c->members),
		    0);
		server_metadata_init(&m);
		int result = server_metadata_read(&m, buf_span(&text),
		    "https://as", &plain, &f);
		assert_int_equal(result, c->code == FAULT_NONE ? 0 : -1);
		assert_int_equal(f.code, c->code);
		if (result == -1)
			assert_null(m.issuer);
		server_metadata_reset(&m);
		buf_reset(&text);
	}
}

static void
test_unusable_options_are_left_out(void **state)
{
	static const char text[] =
	    "{\"issuer\":\"https://as\"," TOKEN_ENDPOINT
	    ",\"registration_endpoint\":\"http://as/register\""
	    ",\"revocation_endpoint\":\"ftp://as/revoke\""
	    ",\"device_authorization_endpoint\":7"
	    ",\"scopes_supported\":\"openid\"}";
	struct server_metadata m;
	struct fault f = { 0 };

	(void)state;
	server_metadata_init(&m);
	assert_int_equal(server_metadata_read(&m, span_of(text), "https://as",
			     &plain, &f),
	    0);
	assert_null(m.registration_endpoint);
	assert_null(m.revocation_endpoint);
	assert_null(m.device_authorization_endpoint);
	assert_false(m.scopes_listed);
	server_metadata_reset(&m);
}

/* */
static void
test_code_flow(void **state)
{
	static char endpoint[] = "https://as/authorize",
		    issuer[] = "https://as";
	static const struct auth_config assume = { .assume_pkce_s256 = true };
	static const struct {
		struct server_metadata as;
		bool plain, assumed;
	} cases[] = {
		{ { .issuer = issuer,
		      .authorization_endpoint = endpoint,
		      .code_flow = true,
		      .s256 = true },
		    true, true },
		{ { .issuer = issuer,
		      .authorization_endpoint = endpoint,
		      .code_flow = true },
		    false, true },
		{ { .issuer = issuer,
		      .authorization_endpoint = endpoint,
		      .code_flow = true,
		      .default_endpoints = true },
		    true, true },
		{ { .issuer = issuer,
		      .authorization_endpoint = endpoint,
		      .s256 = true },
		    false, false },
		{ { .issuer = issuer, .code_flow = true, .s256 = true }, false,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct discovery d = { .as = cases[i].as };
		struct fault f = { 0 };

		assert_int_equal(discovery_check_code_flow(&d, &plain, &f),
		    cases[i].plain ? 0 : -1);
		if (!cases[i].plain) {
			assert_int_equal(f.code, FAULT_POLICY);
			assert_string_equal(f.issuer, "https://as");
		}
		if (!cases[i].plain && cases[i].assumed)
			assert_non_null(strstr(f.action, "--assume-pkce-s256"));
		assert_int_equal(discovery_check_code_flow(&d, &assume, &f),
		    cases[i].assumed ? 0 : -1);
	}
}

/* Who is known to support PKCE need not say so; nobody else gains by it. */
static void
test_code_flow_of_providers(void **state)
{
	static char endpoint[] = "https://as/authorize",
		    issuer[] = "https://as";
	static const struct provider known = { .traits = PROVIDER_PKCE };
	static const struct provider other = { .traits =
						   ~(unsigned)PROVIDER_PKCE };
	struct discovery d = { .as = { .issuer = issuer,
				   .authorization_endpoint = endpoint,
				   .code_flow = true } };

	(void)state;
	d.provider = &known;
	assert_int_equal(discovery_check_code_flow(&d, &plain, NULL), 0);
	d.provider = &other;
	assert_int_equal(discovery_check_code_flow(&d, &plain, NULL), -1);
}

/* What the user named is all there is. */
static void
test_configured_endpoints(void **state)
{
	static char token[] = "https://as.example/t",
		    sign_in[] = "https://as.example/a",
		    pinned[] = "https://id.example";
	struct auth_config config = { .token_endpoint = token };
	struct server_metadata m;

	(void)state;
	server_metadata_init(&m);
	server_metadata_configured(&m, &config, "https://as.example");
	assert_string_equal(m.issuer, "https://as.example");
	assert_string_equal(m.token_endpoint, token);
	assert_null(m.registration_endpoint);
	assert_false(m.code_flow);

	config.authorization_endpoint = sign_in;
	config.issuer = pinned;
	server_metadata_configured(&m, &config, "https://as.example");
	assert_string_equal(m.issuer, pinned);
	assert_string_equal(m.authorization_endpoint, sign_in);
	assert_true(m.code_flow);
	server_metadata_reset(&m);
}

/* */
static void
test_default_endpoints(void **state)
{
	struct server_metadata m;

	(void)state;
	server_metadata_init(&m);
	server_metadata_defaults(&m, "https://h:8443");
	assert_string_equal(m.issuer, "https://h:8443");
	assert_string_equal(m.authorization_endpoint,
	    "https://h:8443/authorize");
	assert_string_equal(m.token_endpoint, "https://h:8443/token");
	assert_string_equal(m.registration_endpoint, "https://h:8443/register");
	assert_true(m.default_endpoints);
	server_metadata_reset(&m);
}

/* */
static void
test_resource_parameter(void **state)
{
	static char from_user[] = "urn:x", from_server[] = "HTTPS://h:443/Mcp";
	static const struct auth_config off = { .no_resource = true };
	static const struct auth_config chosen = { .resource = from_user };
	static const struct {
		const char *url, *canonical;
	} cases[] = {
		{ "https://h", "https://h" },
		{ "https://h/", "https://h/" },
		{ "HTTPS://Host.Example:443/Mcp/",
		    "https://host.example/Mcp/" },
		{ "https://h:8443/mcp?key=1", "https://h:8443/mcp" },
		{ "https://h?key=1", "https://h" },
		{ "http://[::1]:80/%7Ea", "http://[::1]/%7Ea" },
	};
	struct discovery d;

	(void)state;
	discovery_init(&d);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(url_parse(&d.server, span_of(cases[i].url),
				     NULL),
		    0);
		char *resource = discovery_resource(&d, &plain);
		assert_string_equal(resource, cases[i].canonical);
		free(resource);
	}
	assert_null(discovery_resource(&d, &off));

	d.resource.resource = from_server;
	char *resource = discovery_resource(&d, &plain);
	assert_string_equal(resource, from_server);
	free(resource);
	resource = discovery_resource(&d, &chosen);
	assert_string_equal(resource, from_user);
	free(resource);
	d.resource.resource = NULL;
	discovery_reset(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resource_document),
		cmocka_unit_test(test_issuers),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_broken_resource_documents),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_server_document),
		cmocka_unit_test(test_mtls_aliases),
		cmocka_unit_test(test_smallest_server_document),
		cmocka_unit_test(test_issuer),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_unusable_options_are_left_out),
		cmocka_unit_test(test_code_flow),
		cmocka_unit_test(test_code_flow_of_providers),
		cmocka_unit_test(test_configured_endpoints),
		cmocka_unit_test(test_default_endpoints),
		cmocka_unit_test(test_resource_parameter),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
