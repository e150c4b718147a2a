/* SPDX-License-Identifier: ISC */
/*
 * Private keys that sign, on OpenSSL's EVP: client assertions (RFC 7523) and
 * proofs of possession (RFC 9449). The key stays in OpenSSL, which wipes it
 * when it is freed.
 */
#ifndef BASE_SIGNING_H
#define BASE_SIGNING_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/secret.h"

/* By their JOSE names: RFC 7518 section 3.1, RFC 8037. */
enum signing_alg {
	SIGNING_ES256,
	SIGNING_RS256,
	SIGNING_PS256,
	SIGNING_EDDSA /* Ed25519 */
};

struct signing_key;

/* "ES256" and so on. */
const char *signing_alg_name(enum signing_alg alg);
/* False where the name is none of ours; names are case-sensitive. */
bool signing_alg_of(struct span name, enum signing_alg *alg);

/* A fresh P-256 key for ES256. Never NULL. */
struct signing_key *signing_key_make(void);

/*
 * The private key in a PEM text, PKCS#8 or traditional, to be used with `alg`;
 * other PEM blocks beside it are skipped. NULL with FAULT_CONFIG, and no word
 * of the text in the fault: no private key, an encrypted one, one that does not
 * do `alg`, an RSA key of less than 2048 bits (RFC 7518 section 3.3).
 */
struct signing_key *
signing_key_read(struct span pem, enum signing_alg alg, struct fault *f);

/* NULL-safe and nulling. */
void signing_key_free(struct signing_key **key);

enum signing_alg signing_key_alg(const struct signing_key *key);

/* The private key as PKCS#8 PEM, for the store. */
void signing_key_write(const struct signing_key *key, struct secret *pem);

/* The public key as a JWK with its required members alone, in the order of RFC
 * 7638 section 3.2, appended. -1 past the cap of `out`. */
int signing_key_jwk(const struct signing_key *key, struct buf *out)
    __attribute__((warn_unused_result));

/* The JWK thumbprint (RFC 7638, SHA-256, base64url), appended likewise. */
int signing_key_thumbprint(const struct signing_key *key, struct buf *out)
    __attribute__((warn_unused_result));

/* The signature as JWS has it (RFC 7518 section 3: r || s for ES256), raw,
 * appended. -1 past the cap, and where the key proves to be unusable. */
int signing_sign(const struct signing_key *key, struct span bytes,
    struct buf *signature) __attribute__((warn_unused_result));

#endif
