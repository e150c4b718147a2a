/* SPDX-License-Identifier: ISC */
/*
 * The authorization request.
 */
#include "auth/authorize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

#define COMMON                                                                 \
	"response_type=code&client_id=a%26b"                                   \
	"&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback"                  \
	"&state=st%3D%26&code_challenge=ch&code_challenge_method=S256"

static char prompt_name[] = "prompt", prompt_value[] = "login";
static char audience_name[] = "audience", audience_value[] = "x&y=z";

static struct auth_param audience[] = { { audience_name, audience_value } };
static struct auth_param prompt[] = { { prompt_name, prompt_value } };

static void
test_table(void **state)
{
	static const struct {
		const char *endpoint, *resource, *scope;
		bool ask_consent;
		struct auth_param *extra;
		const char *url;
	} table[] = {
		{ "https://as.test/a", NULL, NULL, false, NULL,
		    "https://as.test/a?" COMMON },
		{ "https://as.test/a?tenant=1", NULL, NULL, false, NULL,
		    "https://as.test/a?tenant=1&" COMMON },
		{ "https://as.test/a?", NULL, NULL, false, NULL,
		    "https://as.test/a?" COMMON },
		{ "https://as.test/a", "https://h.test/mcp", "r w", false, NULL,
		    "https://as.test/a?" COMMON
		    "&scope=r+w&resource=https%3A%2F%2Fh.test%2Fmcp" },
		{ "https://as.test/a", NULL, "r offline_access", true, NULL,
		    "https://as.test/a?" COMMON
		    "&scope=r+offline_access&prompt=consent" },
		{ "https://as.test/a", NULL, NULL, true, prompt,
		    "https://as.test/a?" COMMON "&prompt=login" },
		{ "https://as.test/a", NULL, NULL, false, audience,
		    "https://as.test/a?" COMMON "&audience=x%26y%3Dz" },
	};
	struct secret secret = { 0 };

	(void)state;
	secret_set(&secret, span_of("st=&"));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct auth_config config = {
			.authorize_params = table[i].extra,
			.authorize_param_count = table[i].extra != NULL,
		};
		const struct authorization_query query = {
			.endpoint = table[i].endpoint,
			.client_id = "a&b",
			.redirect_uri = "http://127.0.0.1:9/callback",
			.resource = table[i].resource,
			.scope = table[i].scope,
			.ask_consent = table[i].ask_consent,
			.state = &secret,
			.challenge = span_of("ch"),
			.config = &config,
		};
		struct buf url;

		buf_init(&url, LIMIT_URL);
		assert_int_equal(authorization_url(&query, &url), 0);
		assert_string_equal(url.data, table[i].url);
		buf_reset(&url);
		buf_init(&url, 100);
		assert_int_equal(authorization_url(&query, &url), -1);
		buf_reset(&url);
	}
	secret_reset(&secret);
}

#define BEGINNING "https://as.test/a?" COMMON "&audience=api"

/* What a provider needs is added, unless the user set it; one prompt is sent.
 */
static void
test_provider(void **state)
{
	static const struct provider google = {
		.params = { { "access_type", "offline" },
		    { "prompt", "consent" } },
	};
	static const struct {
		struct auth_param *extra;
		bool ask_consent;
		const char *url;
	} table[] = {
		{ NULL, false,
		    BEGINNING "&access_type=offline&prompt=consent" },
		{ NULL, true, BEGINNING "&access_type=offline&prompt=consent" },
		{ prompt, true, BEGINNING "&prompt=login&access_type=offline" },
	};
	struct secret secret = { 0 };
	static char api[] = "api";

	(void)state;
	secret_set(&secret, span_of("st=&"));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct auth_config config = {
			.authorize_params = table[i].extra,
			.authorize_param_count = table[i].extra != NULL,
			.audience = api,
		};
		const struct authorization_query query = {
			.endpoint = "https://as.test/a",
			.client_id = "a&b",
			.redirect_uri = "http://127.0.0.1:9/callback",
			.ask_consent = table[i].ask_consent,
			.state = &secret,
			.challenge = span_of("ch"),
			.config = &config,
			.provider = &google,
		};
		struct buf url;

		buf_init(&url, LIMIT_URL);
		assert_int_equal(authorization_url(&query, &url), 0);
		assert_string_equal(url.data, table[i].url);
		buf_reset(&url);
	}
	secret_reset(&secret);
}

/* what is pushed is the same request; what the browser carries is
 * who asks and the reference, and nothing else. */
static void
test_pushed(void **state)
{
	static const struct {
		const char *endpoint, *url;
	} table[] = {
		{ "https://as.test/a",
		    "https://as.test/"
		    "a?client_id=a%26b&request_uri=urn%3Ax%3Ay" },
		{ "https://as.test/a?tenant=1",
		    "https://as.test/a?tenant=1&client_id=a%26b"
		    "&request_uri=urn%3Ax%3Ay" },
	};
	const struct auth_config config = { 0 };
	struct secret secret = { 0 };

	(void)state;
	secret_set(&secret, span_of("st=&"));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct authorization_query query = {
			.endpoint = table[i].endpoint,
			.client_id = "a&b",
			.redirect_uri = "http://127.0.0.1:9/callback",
			.scope = "r",
			.state = &secret,
			.challenge = span_of("ch"),
			.dpop_jkt = "jkt",
			.config = &config,
		};
		struct buf form, url;

		buf_init(&form, LIMIT_URL);
		buf_init(&url, LIMIT_URL);
		assert_int_equal(authorization_form(&query, &form), 0);
		assert_string_equal(form.data, COMMON "&scope=r&dpop_jkt=jkt");
		assert_int_equal(authorization_pushed_url(&query, "urn:x:y",
				     &url),
		    0);
		assert_string_equal(url.data, table[i].url);
		buf_reset(&form);
		buf_reset(&url);
	}
	secret_reset(&secret);
}

/* the nonce of OpenID Connect, where one is sent. */
static void
test_nonce(void **state)
{
	const struct auth_config config = { 0 };
	struct secret secret = { 0 }, nonce = { 0 };
	const struct authorization_query query = {
		.client_id = "a&b",
		.redirect_uri = "http://127.0.0.1:9/callback",
		.scope = "openid",
		.state = &secret,
		.nonce = &nonce,
		.challenge = span_of("ch"),
		.config = &config,
	};
	struct buf form;

	(void)state;
	secret_set(&secret, span_of("st=&"));
	buf_init(&form, LIMIT_URL);
	assert_int_equal(authorization_form(&query, &form), 0);
	assert_string_equal(form.data, COMMON "&scope=openid");
	buf_reset(&form);
	secret_set(&nonce, span_of("n&1"));
	buf_init(&form, LIMIT_URL);
	assert_int_equal(authorization_form(&query, &form), 0);
	assert_string_equal(form.data, COMMON "&scope=openid&nonce=n%261");
	buf_reset(&form);
	secret_reset(&nonce);
	secret_reset(&secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_provider),
		cmocka_unit_test(test_pushed),
		cmocka_unit_test(test_nonce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
