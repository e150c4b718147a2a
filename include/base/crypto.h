/* SPDX-License-Identifier: ISC */
/*
 * The little cryptography OAuth needs, on OpenSSL's EVP. Nothing outside
 * crypto.c and signing.c includes OpenSSL. Where OpenSSL fails, the process
 * ends.
 */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/buf.h"
#include "base/secret.h"

enum { CRYPTO_SHA256_SIZE = 32 };

/* Ahead of all other uses: the texts of OpenSSL's errors, but for those of TLS,
 * are not loaded; nobody reads them here. */
void crypto_prepare(void);

/* Ends the process where OpenSSL could not do `what`. */
void crypto_require(bool done, const char *what);

/* Cryptographic randomness; ends the process where there is none. */
void crypto_random(void *dst, size_t len);

void crypto_sha256(struct span bytes, unsigned char digest[CRYPTO_SHA256_SIZE]);

/* `bytes` of randomness as lower-case hex, 2 * bytes characters. */
void crypto_random_hex(size_t bytes, struct secret *out);

/* PKCE (RFC 7636): a fresh verifier of 43 characters, and its S256 challenge
 * appended to `challenge`, which has room for 43 more. */
void crypto_pkce(struct secret *verifier, struct buf *challenge);

/* The S256 challenge of a verifier, appended likewise. */
void
crypto_pkce_challenge(const struct secret *verifier, struct buf *challenge);

/* The digest of `parts` as 64 hex characters, each part length-prefixed, so
 * that different lists give different keys. For names of store files. */
void crypto_key(const struct span *parts, size_t count, char hex[65]);

/* For names that other programs gave their files, and nothing else. False where
 * OpenSSL is restricted to FIPS 140 and has none. */
bool crypto_md5(struct span bytes, char hex[33]);

/* Constant-time comparison of equal lengths. */
bool crypto_equal(struct span a, struct span b);

#endif
