/* SPDX-License-Identifier: ISC */
/*
 * Randomness, SHA-256 and PKCE. A failing OpenSSL is a broken installation:
 * nothing here can go on without it, so the process ends.
 */
#include "base/crypto.h"

/* SHA-256 without EVP, which would set up all of OpenSSL's providers first: a
 * sixth of what a start costs. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/base64.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	MD5_SIZE = 16,
	VERIFIER_RANDOM = 32, /* bytes; RFC 7636 section 7.1 */
	VERIFIER_SIZE = 43
};

void
crypto_prepare(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

void
crypto_require(bool done, const char *what)
{
	if (done)
		return;
	log_error("crypto", "OpenSSL cannot do %s", what);
	exit(EX_OSERR);
}

void
crypto_random(void *dst, size_t len)
{
	unsigned char *at = dst;

	while (len > 0) {
		int part = len < 4096 ? (int)len : 4096;

		crypto_require(RAND_bytes(at, part) == 1, "randomness");
		at += part;
		len -= (size_t)part;
	}
}

void
crypto_sha256(struct span bytes, unsigned char digest[CRYPTO_SHA256_SIZE])
{
	SHA256_CTX context;

	crypto_require(SHA256_Init(&context) == 1 &&
			   SHA256_Update(&context, bytes.ptr, bytes.len) == 1 &&
			   SHA256_Final(digest, &context) == 1,
	    "SHA-256");
}

static void
write_hex(const unsigned char *bytes, size_t len, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 0x0f];
	}
	hex[2 * len] = '\0';
}

void
crypto_random_hex(size_t bytes, struct secret *out)
{
	unsigned char *random = mem_alloc(bytes, 1);
	char *hex = mem_alloc(2 * bytes + 1, 1);

	crypto_random(random, bytes);
	write_hex(random, bytes, hex);
	secret_set(out, span_make(hex, 2 * bytes));
	OPENSSL_cleanse(random, bytes);
	OPENSSL_cleanse(hex, 2 * bytes);
	free(random);
	free(hex);
}

void
crypto_pkce_challenge(const struct secret *verifier, struct buf *challenge)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];

	crypto_sha256(secret_peek(verifier), digest);
	crypto_require(base64url_encode(span_make((const char *)digest,
					    sizeof(digest)),
			   challenge) == 0,
	    "PKCE");
}

void
crypto_pkce(struct secret *verifier, struct buf *challenge)
{
	char random[VERIFIER_RANDOM];
	struct buf text = { 0 };
	bool done = false;

	crypto_random(random, sizeof(random));
	buf_init(&text, VERIFIER_SIZE);
	/* At once, so that growing leaves no copy behind. */
	done = buf_reserve(&text, VERIFIER_SIZE) == 0 &&
	       base64url_encode(span_make(random, sizeof(random)), &text) == 0;
	crypto_require(done, "PKCE");
	secret_set(verifier, buf_span(&text));
	OPENSSL_cleanse(random, sizeof(random));
	buf_wipe(&text);
	crypto_pkce_challenge(verifier, challenge);
}

void
crypto_key(const struct span *parts, size_t count, char hex[65])
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	SHA256_CTX context;
	bool done = SHA256_Init(&context) == 1;

	for (size_t i = 0; done && i < count; i++) {
		unsigned char size[8];

		for (size_t byte = 0; byte < sizeof(size); byte++)
			size[byte] = (unsigned char)((uint64_t)parts[i].len >>
						     (56 - 8 * byte));
		done = SHA256_Update(&context, size, sizeof(size)) == 1 &&
		       SHA256_Update(&context, parts[i].ptr, parts[i].len) == 1;
	}
	crypto_require(done && SHA256_Final(digest, &context) == 1, "SHA-256");
	write_hex(digest, sizeof(digest), hex);
}

bool
crypto_md5(struct span bytes, char hex[33])
{
	unsigned char digest[MD5_SIZE];

	if (EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_md5(), NULL) !=
	    1)
		return false;
	write_hex(digest, sizeof(digest), hex);
	return true;
}

bool
crypto_equal(struct span a, struct span b)
{
	return a.len == b.len && CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0;
}
