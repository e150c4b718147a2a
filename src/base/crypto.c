/* SPDX-License-Identifier: ISC */
/*
 * Randomness, SHA-256 and PKCE. A failing OpenSSL is a broken installation:
 * nothing here can go on without it, so the process ends.
 */
#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "base/mem.h"

enum {
	VERIFIER_RANDOM = 32,    /* bytes; RFC 7636 section 7.1 */
	BASE64_SHA256_SIZE = 44, /* padded */
	BASE64URL_SHA256_SIZE = 43,
};

_Static_assert((int)VERIFIER_RANDOM == (int)CRYPTO_SHA256_SIZE,
    "verifier and challenge have the same encoded size");

static void
require(bool done, const char *what)
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

		require(RAND_bytes(at, part) == 1, "randomness");
		at += part;
		len -= (size_t)part;
	}
}

void
crypto_sha256(struct span bytes, unsigned char digest[CRYPTO_SHA256_SIZE])
{
	require(EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(),
		    NULL) == 1,
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

/* RFC 4648 section 5. wire/base64 stands above this layer. */
static void
base64url_sha256(const unsigned char bytes[CRYPTO_SHA256_SIZE],
    char text[BASE64_SHA256_SIZE + 1])
{
	EVP_EncodeBlock((unsigned char *)text, bytes, CRYPTO_SHA256_SIZE);
	for (size_t i = 0; i < BASE64URL_SHA256_SIZE; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	}
	text[BASE64URL_SHA256_SIZE] = '\0';
}

void
crypto_pkce_challenge(const struct secret *verifier, struct buf *challenge)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	char text[BASE64_SHA256_SIZE + 1] = "";

	crypto_sha256(secret_peek(verifier), digest);
	base64url_sha256(digest, text);
	require(buf_add_string(challenge, text) == 0, "PKCE");
}

void
crypto_pkce(struct secret *verifier, struct buf *challenge)
{
	unsigned char random[VERIFIER_RANDOM];
	char text[BASE64_SHA256_SIZE + 1] = "";

	crypto_random(random, sizeof(random));
	base64url_sha256(random, text);
	secret_set(verifier, span_make(text, BASE64URL_SHA256_SIZE));
	OPENSSL_cleanse(random, sizeof(random));
	OPENSSL_cleanse(text, sizeof(text));
	crypto_pkce_challenge(verifier, challenge);
}

void
crypto_key(const struct span *parts, size_t count, char hex[65])
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context != NULL &&
		    EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; done && i < count; i++) {
		unsigned char size[8];

		for (size_t byte = 0; byte < sizeof(size); byte++)
			size[byte] = (unsigned char)((uint64_t)parts[i].len >>
						     (56 - 8 * byte));
		done =
		    EVP_DigestUpdate(context, size, sizeof(size)) == 1 &&
		    EVP_DigestUpdate(context, parts[i].ptr, parts[i].len) == 1;
	}
	done = done && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	require(done, "SHA-256");
	write_hex(digest, sizeof(digest), hex);
}

bool
crypto_equal(struct span a, struct span b)
{
	return a.len == b.len && CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0;
}
