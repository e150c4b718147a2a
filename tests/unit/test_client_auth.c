/* SPDX-License-Identifier: ISC */
/*
 * auth/client_auth and the pure part of auth/client: which way a client
 * authenticates, how it is written, which URL can be a client
 * ID.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "auth/client.h"
#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { METHODS_MAX = 4 };

static char none[] = "none", basic[] = "client_secret_basic",
	    post[] = "client_secret_post", jwt[] = "private_key_jwt",
	    unknown[] = "x", tls[] = "tls_client_auth",
	    self_signed[] = "self_signed_tls_client_auth";

struct method_case {
	bool listed;
	char *list[METHODS_MAX];
	const char *registered;
	bool secret;
	const char *method;
};

static const struct method_case method_cases[] = {
	/* no secret: none, whatever is listed */
	{ false, { NULL }, NULL, false, "none" },
	{ true, { none, basic }, NULL, false, "none" },
	{ true, { basic }, NULL, false, "none" },
	{ true, { jwt }, "client_secret_basic", false, "none" },

	/* the registered one where it is listed, or nothing is */
	{ true, { none, basic, post }, "client_secret_post", true,
	    "client_secret_post" },
	{ true, { none, basic, post }, "client_secret_basic", true,
	    "client_secret_basic" },
	{ true, { none, basic, post }, "none", true, "none" },
	{ false, { NULL }, "client_secret_post", true, "client_secret_post" },
	{ false, { NULL }, "none", true, "none" },
	{ true, { basic }, "client_secret_post", true, "client_secret_basic" },
	{ true, { post }, "none", true, "client_secret_post" },
	{ true, { post, basic }, "private_key_jwt", true,
	    "client_secret_basic" },

	/* else basic, then post */
	{ true, { post, basic }, NULL, true, "client_secret_basic" },
	{ true, { unknown, post, jwt }, NULL, true, "client_secret_post" },
	{ true, { none, post }, NULL, true, "client_secret_post" },
	{ false, { NULL }, NULL, true, "client_secret_basic" },

	/* none when only that is listed, even with a secret */
	{ true, { none }, NULL, true, "none" },
	{ true, { none }, "client_secret_basic", true, "none" },
	{ true, { jwt, none }, NULL, true, "none" },

	/* there is no certificate */
	{ true, { none, tls }, NULL, false, "none" },

	/* nothing in common */
	{ true, { jwt }, NULL, true, NULL },
	{ true, { NULL }, "client_secret_basic", true, NULL },
};

/* by certificate where the server lists that, and there is no secret. */
static const struct method_case certificate_cases[] = {
	{ true, { none, tls }, NULL, false, "tls_client_auth" },
	{ true, { self_signed, tls }, NULL, false, "tls_client_auth" },
	{ true, { self_signed }, NULL, false, "self_signed_tls_client_auth" },
	{ true, { tls, self_signed }, "self_signed_tls_client_auth", false,
	    "self_signed_tls_client_auth" },
	{ true, { tls }, "self_signed_tls_client_auth", false,
	    "tls_client_auth" },
	{ true, { none, tls }, "none", false, "none" },
	{ true, { basic }, NULL, false, "none" },
	{ false, { NULL }, NULL, false, "none" },
	{ true, { basic, tls }, NULL, true, "client_secret_basic" },
};

static void
assert_method(const struct method_case *c, bool certificate)
{
	const struct client_means means = { c->secret, certificate };
	char *list[METHODS_MAX] = { NULL };
	struct server_metadata as = {
		.auth_methods = list,
		.auth_methods_listed = c->listed,
	};

	memcpy(list, c->list, sizeof(list));
	while (as.auth_method_count < METHODS_MAX &&
	       list[as.auth_method_count] != NULL)
		as.auth_method_count++;
	const char *method = client_auth_method(&as, c->registered, means);
	if (c->method == NULL)
		assert_null(method);
	else
		assert_string_equal(method, c->method);
}

static void
test_method(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(method_cases); i++)
		assert_method(&method_cases[i], false);
	for (size_t i = 0; i < COUNT(certificate_cases); i++)
		assert_method(&certificate_cases[i], true);
}

struct form_case {
	const char *method, *id, *secret;
	const char *form;  /* after "a=b" */
	const char *basic; /* "" : none */
};

static const struct form_case form_cases[] = {
	{ "none", "client", NULL, "a=b&client_id=client", "" },
	{ "none", "https://h/c?x=1&y", "unused",
	    "a=b&client_id=https%3A%2F%2Fh%2Fc%3Fx%3D1%26y", "" },
	{ "client_secret_post", "c d", "a:b%+\xc3\xa9",
	    "a=b&client_id=c+d&client_secret=a%3Ab%25%2B%C3%A9", "" },
	/* "client:secret" */
	{ "client_secret_basic", "client", "secret", "a=b",
	    "Y2xpZW50OnNlY3JldA==" },
	/* "i%3Ad:a%3Ab%25%2B%C3%A9" */
	{ "client_secret_basic", "i:d", "a:b%+\xc3\xa9", "a=b",
	    "aSUzQWQ6YSUzQWIlMjUlMkIlQzMlQTk=" },
	/* "a+b:c+d" */
	{ "client_secret_basic", "a b", "c d", "a=b", "YStiOmMrZA==" },
	/* every byte escaped: the room is enough */
	{ "client_secret_basic", "::::", "////", "a=b",
	    "JTNBJTNBJTNBJTNBOiUyRiUyRiUyRiUyRg==" },
};

static void
test_authenticate(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(form_cases); i++) {
		const struct form_case *c = &form_cases[i];
		struct oauth_client client;
		struct secret credentials = { 0 };
		struct buf form;

		oauth_client_init(&client);
		client.id = mem_string(c->id);
		client.auth_method = mem_string(c->method);
		if (c->secret != NULL)
			secret_set(&client.secret, span_of(c->secret));
		buf_init(&form, LIMIT_AUTH_DOCUMENT);
		assert_int_equal(buf_add_string(&form, "a=b"), 0);

		assert_int_equal(oauth_client_authenticate(&client, &form,
				     &credentials),
		    0);
		assert_string_equal(form.data, c->form);
		assert_int_equal(secret_empty(&credentials),
		    c->basic[0] == '\0');
		if (c->basic[0] != '\0')
			assert_string_equal(secret_peek(&credentials).ptr,
			    c->basic);
		secret_reset(&credentials);
		buf_wipe(&form);
		oauth_client_reset(&client);
	}
}

static void
test_authenticate_past_the_cap(void **state)
{
	static char id[] = "client";
	const struct oauth_client client = { .id = id, .auth_method = none };
	struct secret credentials = { 0 };
	struct buf form;

	(void)state;
	buf_init(&form, 8);
	assert_int_equal(oauth_client_authenticate(&client, &form,
			     &credentials),
	    -1);
	buf_reset(&form);
}

static void
test_metadata_url(void **state)
{
	static const struct {
		const char *url;
		bool ok;
	} cases[] = {
		{ "https://h/client.json", true },
		{ "https://h/a/b/client.json", true },
		{ "https://h/a/..b", true },
		{ "https://h", false },
		{ "https://h/", false },
		{ "http://h/client.json", false },
		{ "http://127.0.0.1/client.json", false },
		{ "https://h/client.json#f", false },
		{ "https://u@h/client.json", false },
		{ "https://u:p@h/client.json", false },
		{ "https://h/./client.json", false },
		{ "https://h/a/../client.json", false },
		{ "https://h/a/%2e%2e/client.json", false },
		{ "https://h/a/.%2E", false },
		{ "client.json", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (client_metadata_url_ok(cases[i].url) != cases[i].ok)
			fail_msg("%s", cases[i].url);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_method),
		cmocka_unit_test(test_authenticate),
		cmocka_unit_test(test_authenticate_past_the_cap),
		cmocka_unit_test(test_metadata_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
