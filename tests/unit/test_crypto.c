/* SPDX-License-Identifier: ISC */
/*
 * base/crypto: the published vectors of SHA-256 and PKCE, and that
 * randomness and store keys do not repeat.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/crypto.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
assert_hex(const unsigned char *bytes, size_t len, const char *hex)
{
	static const char digits[] = "0123456789abcdef";

	assert_int_equal(strlen(hex), 2 * len);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(hex[2 * i], digits[bytes[i] >> 4]);
		assert_int_equal(hex[2 * i + 1], digits[bytes[i] & 0x0f]);
	}
}

/* FIPS 180-4 examples. */
static void
sha256_matches_the_published_digests(void **state)
{
	static const struct {
		const char *text;
		const char *digest;
	} vectors[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		    "248d6a61d20638b8e5c026930c3e6039"
		    "a33ce45964ff2167f6ecedd419db06c1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		unsigned char digest[CRYPTO_SHA256_SIZE];

		crypto_sha256(span_of(vectors[i].text), digest);
		assert_hex(digest, sizeof(digest), vectors[i].digest);
	}
}

/* RFC 7636 appendix B. */
static void
challenge_matches_rfc_7636_appendix_b(void **state)
{
	struct secret verifier = { 0 };
	struct buf challenge = { 0 };

	(void)state;
	buf_init(&challenge, 43);
	secret_set(&verifier,
	    span_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
	crypto_pkce_challenge(&verifier, &challenge);
	assert_string_equal(challenge.data,
	    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	secret_reset(&verifier);
	buf_reset(&challenge);
}

static bool
is_unreserved(struct span text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_";

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\0' ||
		    strchr(alphabet, text.ptr[i]) == NULL)
			return false;
	return true;
}

/* at least 256 bits, 43 to 128 characters, fresh each time. */
static void
verifiers_are_fresh_and_well_formed(void **state)
{
	enum { ROUNDS = 100 };
	struct secret seen[ROUNDS] = { { 0 } };

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct buf challenge = { 0 };
		struct buf again = { 0 };

		buf_init(&challenge, 64);
		buf_init(&again, 64);
		crypto_pkce(&seen[i], &challenge);
		assert_int_equal(secret_peek(&seen[i]).len, 43);
		assert_true(is_unreserved(secret_peek(&seen[i])));
		assert_int_equal(challenge.len, 43);
		assert_true(is_unreserved(buf_span(&challenge)));
		crypto_pkce_challenge(&seen[i], &again);
		assert_string_equal(challenge.data, again.data);
		for (size_t j = 0; j < i; j++)
			assert_false(secret_equal(&seen[i], &seen[j]));
		buf_reset(&challenge);
		buf_reset(&again);
	}
	for (size_t i = 0; i < ROUNDS; i++)
		secret_reset(&seen[i]);
}

static void
random_hex_has_the_size_asked_for(void **state)
{
	struct secret one = { 0 }, two = { 0 };

	(void)state;
	crypto_random_hex(16, &one);
	crypto_random_hex(16, &two);
	assert_int_equal(secret_peek(&one).len, 32);
	assert_int_equal(strspn(secret_peek(&one).ptr, "0123456789abcdef"), 32);
	assert_false(secret_equal(&one, &two));
	secret_reset(&one);
	secret_reset(&two);
}

static void
random_fills_every_byte(void **state)
{
	enum { SIZE = 10000 };
	unsigned char bytes[SIZE] = { 0 };
	size_t zero_runs = 0;

	(void)state;
	crypto_random(bytes, sizeof(bytes));
	for (size_t i = 0; i + 8 <= SIZE; i += 8)
		if (memcmp(bytes + i, "\0\0\0\0\0\0\0", 8) == 0)
			zero_runs++;
	assert_int_equal(zero_runs, 0);
}

/* what differs in any part, or in where parts end, has another key. */
static void
keys_tell_lists_apart(void **state)
{
	static const struct {
		const char *parts[3];
		size_t count;
	} lists[] = {
		{ { "a", "b", "c" }, 3 },
		{ { "ab", "c" }, 2 },
		{ { "a", "bc" }, 2 },
		{ { "abc" }, 1 },
		{ { "", "abc" }, 2 },
		{ { "abc", "" }, 2 },
		{ { "" }, 1 },
		{ { "" }, 0 },
	};
	char keys[COUNT(lists)][65];

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct span parts[3] = { { 0 } };
		char again[65] = "";

		for (size_t j = 0; j < lists[i].count; j++)
			parts[j] = span_of(lists[i].parts[j]);
		crypto_key(parts, lists[i].count, keys[i]);
		crypto_key(parts, lists[i].count, again);
		assert_int_equal(strspn(keys[i], "0123456789abcdef"), 64);
		assert_string_equal(keys[i], again);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(keys[i], keys[j]);
	}
}

/* Stored logins survive upgrades only while this stays as it is. */
static void
keys_never_change(void **state)
{
	const struct span parts[] = { span_of("https://mcp.example.com/mcp"),
		span_of("default") };
	char key[65] = "";

	(void)state;
	crypto_key(parts, COUNT(parts), key);
	assert_string_equal(key,
	    "d1427450c2959798daecfeccf1cbcb7e2d84a21304226a6efb40b1b25099a08b");
}

static void
equal_compares_bytes_and_lengths(void **state)
{
	(void)state;
	assert_true(crypto_equal(span_of("state"), span_of("state")));
	assert_true(crypto_equal(span_of(""), span_make(NULL, 0)));
	assert_false(crypto_equal(span_of("state"), span_of("stat")));
	assert_false(crypto_equal(span_of("state"), span_of("statf")));
	assert_false(crypto_equal(span_of("state"), span_of("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_matches_the_published_digests),
		cmocka_unit_test(challenge_matches_rfc_7636_appendix_b),
		cmocka_unit_test(verifiers_are_fresh_and_well_formed),
		cmocka_unit_test(random_hex_has_the_size_asked_for),
		cmocka_unit_test(random_fills_every_byte),
		cmocka_unit_test(keys_tell_lists_apart),
		cmocka_unit_test(keys_never_change),
		cmocka_unit_test(equal_compares_bytes_and_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
