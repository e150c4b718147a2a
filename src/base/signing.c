/* SPDX-License-Identifier: ISC */
/*
 * EVP keys and signatures as JOSE wants them. Knows nothing of JWTs.
 */
#include "base/signing.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
	P256_SIZE = 32,      /* bytes of a coordinate, of r and of s */
	ED25519_SIZE = 32,   /* bytes of a public key */
	RSA_MIN_BITS = 2048, /* RFC 7518 section 3.3 */
	/* Members, digits of modulus and exponent. */
	JWK_MAX = 2 * LIMIT_SIGNATURE * 4 / 3 + 128
};

struct signing_key {
	EVP_PKEY *pkey; /* owned */
	enum signing_alg alg;
};

static const char *const names[] = {
	[SIGNING_ES256] = "ES256",
	[SIGNING_RS256] = "RS256",
	[SIGNING_PS256] = "PS256",
	[SIGNING_EDDSA] = "EdDSA",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT(names) == SIGNING_EDDSA + 1, "each algorithm has a name");

const char *
signing_alg_name(enum signing_alg alg)
{
	return names[alg];
}

bool
signing_alg_of(struct span name, enum signing_alg *alg)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		if (span_is(name, names[i])) {
			*alg = (enum signing_alg)i;
			return true;
		}
	}
	return false;
}

/* Takes `pkey`. */
static struct signing_key *
key_new(EVP_PKEY *pkey, enum signing_alg alg)
{
	struct signing_key *key = mem_alloc(1, sizeof(*key));

	key->pkey = pkey;
	key->alg = alg;
	return key;
}

struct signing_key *
signing_key_make(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	crypto_require(pkey != NULL, "P-256 keys");
	return key_new(pkey, SIGNING_ES256);
}

void
signing_key_free(struct signing_key **key)
{
	if (*key == NULL)
		return;
	EVP_PKEY_free((*key)->pkey);
	free(*key);
	*key = NULL;
}

enum signing_alg
signing_key_alg(const struct signing_key *key)
{
	return key->alg;
}

/* Without it OpenSSL would ask for a passphrase on the terminal. */
static int
refuse_passphrase(char *passphrase, int size, int writing, void *asked)
{
	(void)passphrase;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

/* NULL where the key does `alg`, else what is missing. */
static const char *
misfit(const EVP_PKEY *pkey, enum signing_alg alg)
{
	char group[32] = "";

	switch (alg) {
	case SIGNING_ES256:
		if (!EVP_PKEY_is_a(pkey, "EC") ||
		    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) !=
			1 ||
		    !span_is(span_of(group), "prime256v1"))
			return "a P-256 key";
		return NULL;
	case SIGNING_PS256:
		if (EVP_PKEY_is_a(pkey, "RSA-PSS") &&
		    EVP_PKEY_get_bits(pkey) >= RSA_MIN_BITS)
			return NULL;
		/* fallthrough */
	case SIGNING_RS256:
		if (!EVP_PKEY_is_a(pkey, "RSA") ||
		    EVP_PKEY_get_bits(pkey) < RSA_MIN_BITS)
			return "an RSA key of 2048 bits or more";
		return NULL;
	case SIGNING_EDDSA:
		return EVP_PKEY_is_a(pkey, "ED25519") ? NULL : "an Ed25519 key";
	}
	return "another key";
}

struct signing_key *
signing_key_read(struct span pem, enum signing_alg alg, struct fault *f)
{
	bool encrypted = false;
	BIO *bio =
	    BIO_new_mem_buf(pem.ptr, pem.len < INT_MAX ? (int)pem.len : 0);
	EVP_PKEY *pkey = NULL;
	const char *missing = NULL;

	crypto_require(bio != NULL, "memory");
	pkey =
	    PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &encrypted);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey == NULL) {
		fault_set(f, FAULT_CONFIG, "%s",
		    encrypted ? "the private key is encrypted: the bridge "
				"cannot ask for its passphrase" :
				"no private key in PEM form");
		return NULL;
	}
	missing = misfit(pkey, alg);
	if (missing != NULL) {
		EVP_PKEY_free(pkey);
		fault_set(f, FAULT_CONFIG, "%s needs %s", names[alg], missing);
		return NULL;
	}
	return key_new(pkey, alg);
}

void
signing_key_write(const struct signing_key *key, struct secret *pem)
{
	/* OpenSSL wipes what it frees of a memory BIO. */
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	long len = 0;

	crypto_require(bio != NULL &&
			   PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL,
			       NULL, 0, NULL, NULL) == 1,
	    "PKCS#8");
	len = BIO_get_mem_data(bio, &bytes);
	secret_set(pem, span_make(bytes, (size_t)len));
	BIO_free(bio);
}

/* A public number in base64url, of `size` bytes, or as long as it is (0). */
static int
put_number(const EVP_PKEY *pkey, const char *name, size_t size, struct buf *out)
{
	unsigned char bytes[LIMIT_SIGNATURE];
	BIGNUM *number = NULL;
	size_t len = 0;

	crypto_require(EVP_PKEY_get_bn_param(pkey, name, &number) == 1,
	    "public keys");
	len = size > 0 ? size : (size_t)BN_num_bytes(number);
	crypto_require(len <= sizeof(bytes) &&
			   BN_bn2binpad(number, bytes, (int)len) == (int)len,
	    "public keys");
	BN_free(number);
	return base64url_encode(span_make((const char *)bytes, len), out);
}

static int
put_ec(const EVP_PKEY *pkey, struct buf *out)
{
	if (buf_add_string(out, "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"") ==
		-1 ||
	    put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, P256_SIZE, out) == -1 ||
	    buf_add_string(out, "\",\"y\":\"") == -1 ||
	    put_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, P256_SIZE, out) == -1)
		return -1;
	return buf_add_string(out, "\"}");
}

static int
put_rsa(const EVP_PKEY *pkey, struct buf *out)
{
	if (buf_add_string(out, "{\"e\":\"") == -1 ||
	    put_number(pkey, OSSL_PKEY_PARAM_RSA_E, 0, out) == -1 ||
	    buf_add_string(out, "\",\"kty\":\"RSA\",\"n\":\"") == -1 ||
	    put_number(pkey, OSSL_PKEY_PARAM_RSA_N, 0, out) == -1)
		return -1;
	return buf_add_string(out, "\"}");
}

static int
put_ed25519(const EVP_PKEY *pkey, struct buf *out)
{
	unsigned char bytes[ED25519_SIZE];
	size_t len = sizeof(bytes);

	crypto_require(EVP_PKEY_get_raw_public_key(pkey, bytes, &len) == 1,
	    "public keys");
	if (buf_add_string(out,
		"{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"") == -1 ||
	    base64url_encode(span_make((const char *)bytes, len), out) == -1)
		return -1;
	return buf_add_string(out, "\"}");
}

int
signing_key_jwk(const struct signing_key *key, struct buf *out)
{
	switch (key->alg) {
	case SIGNING_ES256:
		return put_ec(key->pkey, out);
	case SIGNING_RS256:
	case SIGNING_PS256:
		return put_rsa(key->pkey, out);
	case SIGNING_EDDSA:
		return put_ed25519(key->pkey, out);
	}
	return -1;
}

int
signing_key_thumbprint(const struct signing_key *key, struct buf *out)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct buf jwk = { 0 };
	int rc = 0;

	buf_init(&jwk, JWK_MAX);
	rc = signing_key_jwk(key, &jwk);
	if (rc == 0) {
		crypto_sha256(buf_span(&jwk), digest);
		rc = base64url_encode(span_make((const char *)digest,
					  sizeof(digest)),
		    out);
	}
	buf_reset(&jwk);
	return rc;
}

/* OpenSSL's DER to the fixed form of RFC 7518 section 3.4. */
static int
add_r_and_s(const unsigned char *der, size_t len, struct buf *out)
{
	unsigned char raw[2 * P256_SIZE];
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool done = signature != NULL;

	done = done &&
	       BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, P256_SIZE) ==
		   P256_SIZE &&
	       BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + P256_SIZE,
		   P256_SIZE) == P256_SIZE;
	ECDSA_SIG_free(signature);
	return done ? buf_add(out, raw, sizeof(raw)) : -1;
}

/* RFC 7518 section 3.5: the salt is as long as the digest. */
static bool
start(EVP_MD_CTX *context, const struct signing_key *key)
{
	const EVP_MD *digest = key->alg == SIGNING_EDDSA ? NULL : EVP_sha256();
	EVP_PKEY_CTX *inner = NULL;

	if (EVP_DigestSignInit(context, &inner, digest, NULL, key->pkey) != 1)
		return false;
	if (key->alg != SIGNING_PS256)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) ==
		   1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(inner,
		   RSA_PSS_SALTLEN_DIGEST) == 1;
}

int
signing_sign(const struct signing_key *key, struct span bytes,
    struct buf *signature)
{
	unsigned char made[LIMIT_SIGNATURE];
	size_t len = sizeof(made);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context != NULL && start(context, key) &&
		    EVP_DigestSign(context, made, &len,
			(const unsigned char *)bytes.ptr, bytes.len) == 1;

	EVP_MD_CTX_free(context);
	ERR_clear_error();
	if (!done)
		return -1;
	if (key->alg == SIGNING_ES256)
		return add_r_and_s(made, len, signature);
	return buf_add(signature, made, len);
}
