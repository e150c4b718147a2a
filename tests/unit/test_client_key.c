/* SPDX-License-Identifier: ISC */
/*
 * auth/client_key: which algorithm, what an assertion says, what is refused
 * (A-038, A-039).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/client_key.h"
#include "base/base64.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "signing_keys.h"
#include "wire/json.h"
#include "wire/url.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LISTED_MAX = 4 };

static char issuer[] = "https://as.test/t/", endpoint[] = "https://as.test/tok";

static char path[64];

static void
write_key(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int
load(struct client_key *k, struct auth_config *config, char **listed,
    struct fault *f)
{
	struct server_metadata as = {
		.issuer = issuer,
		.token_endpoint = endpoint,
		.auth_signing_algs = listed,
	};

	while (listed[as.auth_signing_alg_count] != NULL)
		as.auth_signing_alg_count++;
	config->client_key_file = path;
	return client_key_load(k, config, &as, f);
}

static char es256[] = "ES256", rs256[] = "RS256", ps256[] = "PS256",
	    eddsa[] = "EdDSA", other[] = "HS256";

static void
algorithms_fit_key_and_server(void **state)
{
	static const struct {
		const char *key, *named;
		char *listed[LISTED_MAX];
		const char *alg; /* NULL: refused */
	} cases[] = {
		{ key_rfc7515_p256, NULL, { NULL }, "ES256" },
		{ key_rfc8037_ed25519, NULL, { NULL }, "EdDSA" },
		{ key_rfc7515_rsa, NULL, { NULL }, "RS256" },
		{ key_rfc7515_rsa, NULL, { ps256, NULL }, "PS256" },
		{ key_rfc7515_rsa, NULL, { ps256, rs256, NULL }, "RS256" },
		{ key_rfc7515_rsa, ps256, { NULL }, "PS256" },
		{ key_rfc7515_rsa, ps256, { ps256, rs256, NULL }, "PS256" },
		{ key_rfc7515_p256, es256, { other, es256, NULL }, "ES256" },
		{ key_rfc7515_p256, NULL, { rs256, other, NULL }, NULL },
		{ key_rfc8037_ed25519, eddsa, { es256, NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct auth_config config = { 0 };
		struct client_key k = { 0 };
		struct fault f = { 0 };
		char *listed[LISTED_MAX];

		memcpy(listed, cases[i].listed, sizeof(listed));
		config.client_key_alg = mem_string(cases[i].named);
		write_key(cases[i].key);
		int rc = load(&k, &config, listed, &f);
		free(config.client_key_alg);
		if (cases[i].alg == NULL) {
			assert_int_equal(rc, -1);
			assert_int_equal(f.code, FAULT_REGISTRATION);
			assert_string_equal(f.issuer, issuer);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal(signing_alg_name(signing_key_alg(k.key)),
		    cases[i].alg);
		client_key_reset(&k);
	}
}

static void
useless_keys_are_named_without_their_text(void **state)
{
	static const struct {
		const char *text, *alg, *says;
	} cases[] = {
		{ "canary-91ab", NULL, "no private key" },
		{ "", NULL, "is empty" },
		{ key_rfc7515_p256, rs256, "RS256 needs an RSA key" },
		{ key_rfc7515_rsa, es256, "ES256 needs a P-256 key" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct auth_config config = { 0 };
		struct client_key k = { 0 };
		struct fault f = { 0 };
		char *none[] = { NULL };

		config.client_key_alg = mem_string(cases[i].alg);
		write_key(cases[i].text);
		assert_int_equal(load(&k, &config, none, &f), -1);
		free(config.client_key_alg);
		assert_int_equal(f.code, FAULT_CONFIG);
		if (strstr(fault_text(&f), cases[i].says) == NULL)
			fail_msg("%s", fault_text(&f));
		assert_non_null(strstr(fault_text(&f), path));
		assert_null(strstr(fault_text(&f), "canary"));
	}
}

/* A part of a JWT, decoded. */
static char *
part(struct span jwt, int wanted)
{
	struct buf out = { 0 };
	const char *from = jwt.ptr;
	const char *end = jwt.ptr + jwt.len;

	for (int i = 0; i < wanted; i++)
		from =
		    (const char *)memchr(from, '.', (size_t)(end - from)) + 1;
	const char *stop = memchr(from, '.', (size_t)(end - from));
	size_t len = (size_t)((stop != NULL ? stop : end) - from);

	buf_init(&out, LIMIT_HEADERS);
	assert_int_equal(base64url_decode(span_make(from, len), &out), 0);
	char *text = mem_copy(out.data, out.len);
	if (wanted == 2)
		assert_int_equal(out.len, 64); /* r || s, not DER */
	buf_reset(&out);
	return text;
}

static char *
member(const char *object, const char *name)
{
	struct span value = { 0 };

	assert_true(json_get(span_of(object), name, &value));
	return json_string_dup(value, LIMIT_URL);
}

static void
assert_member(const char *object, const char *name, const char *wanted)
{
	char *value = member(object, name);

	assert_non_null(value);
	assert_string_equal(value, wanted);
	free(value);
}

static int64_t
number(const char *object, const char *name)
{
	struct span value = { 0 };
	int64_t n = 0;

	assert_true(json_get(span_of(object), name, &value));
	assert_true(json_int64(value, &n));
	return n;
}

/* One assertion, checked; its jti is the caller's. */
static char *
check_assertion(const struct client_key *k, const char *aud)
{
	const int64_t before_s = (int64_t)time(NULL);
	struct buf form = { 0 };
	struct span jwt = { 0 }, type = { 0 };

	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	assert_int_equal(client_key_assert(k, "cl\"ient", &form), 0);
	assert_true(
	    url_query_get(buf_span(&form), "client_assertion", &jwt, NULL));
	assert_true(url_query_get(buf_span(&form), "client_assertion_type",
	    &type, NULL));
	assert_true(span_is(type,
	    "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
	    "jwt-bearer"));

	char *header = part(jwt, 0), *claims = part(jwt, 1);
	free(part(jwt, 2));
	assert_member(header, "alg", "ES256");
	assert_member(header, "kid", "k 1");
	assert_member(claims, "iss", "cl\"ient");
	assert_member(claims, "sub", "cl\"ient");
	assert_member(claims, "aud", aud);
	int64_t iat = number(claims, "iat"), exp = number(claims, "exp");
	assert_true(iat >= before_s && iat <= (int64_t)time(NULL));
	assert_true(exp > iat && exp - iat <= 300);
	char *jti = member(claims, "jti");
	free(header);
	free(claims);
	buf_reset(&form);
	return jti;
}

static void
an_assertion_is_for_one_use(void **state)
{
	char kid[] = "k 1";
	char *none[] = { NULL };

	(void)state;
	write_key(key_rfc7515_p256);
	for (int to_endpoint = 0; to_endpoint < 2; to_endpoint++) {
		struct auth_config config = {
			.client_key_id = kid,
			.client_assertion_to_endpoint = to_endpoint == 1,
		};
		struct client_key k = { 0 };
		struct fault f = { 0 };

		assert_int_equal(load(&k, &config, none, &f), 0);
		const char *aud = to_endpoint == 1 ? endpoint : issuer;
		char *one = check_assertion(&k, aud);
		char *two = check_assertion(&k, aud);
		assert_true(strlen(one) >= 32);
		assert_string_not_equal(one, two);
		free(one);
		free(two);
		client_key_reset(&k);
	}
}

static int
setup(void **state)
{
	(void)state;
	log_set_level(LOG_SILENT);
	snprintf(path, sizeof(path), "/tmp/client-keyXXXXXX");
	int fd = mkstemp(path);
	if (fd != -1)
		close(fd);
	return fd == -1 ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(algorithms_fit_key_and_server),
		cmocka_unit_test(useless_keys_are_named_without_their_text),
		cmocka_unit_test(an_assertion_is_for_one_use),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
