/* SPDX-License-Identifier: ISC */
/*
 * base/signing: keys, thumbprints and signatures that RFC 7515, 7638 and 8037
 * publish; what is random is verified by OpenSSL.
 */
#include "base/signing.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/limits.h"
#include "signing_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* RFC 7517 appendix A.2, whose thumbprint is in RFC 7638 section 3.1. */
static const char rfc7517_rsa[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDS/HtqCh5sZxBK\n"
    "64+Isldmm032ed2tCZtcSmzZqIAVtaEzvwuFbHhxtt8AC1VPzrPC7VErto8UXG6E\n"
    "NHUvq1Khz8EkQI95tYpFeMFkKIVXifeiSeOEyy2fri1n/Zb7kmwZjgdzmf3IFcCv\n"
    "CX3eWq3v9E3nDoJ/SHhDJDm/7rlgaNBHT8UNbZC/OpjfrxBAyJwC1pKrOzwolmCd\n"
    "hv1zt3TOB0BkfO7qoxC9EvmFqOufWf3UJs6lshIPTyo0vKt2S35sVNaEAji8xAWH\n"
    "pZ5m7R8ziUV3Y1xHCvdc+Swg0dpD4b/EGeIipvDQuzWMXjj5ywUK6v6QSBTxrBqk\n"
    "nMqeoMqDAgMBAAECggEAX4cTteJY/gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoV\n"
    "H+HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT\n"
    "0/YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy/nHNKroADIkJ46pRUohsXywbReAdYaM\n"
    "wFs9tv8d/cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2j\n"
    "x4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL+Us2lG\n"
    "VkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8QKBgQDzeL7si8wZegxcKyS/\n"
    "vdMqvzrfsWI7tnbvO/yiPqltZRDIs9AFDG09WfAPbRH7rR5MOYPa6Ocy3k+ioyub\n"
    "xF+Y2FVYO2OMyYIyM6lJeJwUePtc65UhhDKpVaVYSHp03foZVliT3c3wFz29jjXH\n"
    "LwH1HPM4ZVDNe80S+fs7SdVt+wKBgQDd185H1y5ir7RL6aQUvOAi2AwR8XMHareF\n"
    "Z6Ey4bSgK6qdve+hsvK6aqNVlA7V0it3CBOcJ2ljMFw59bmvfvQAVeOJZ+380YSK\n"
    "i+ieLOEqmj1VVLvxPMWDGQh2t5xF7Oxn7WRh3+zWoNvG2QMSB8AhMAb0tScAO6fi\n"
    "8hxvrJ6XGQKBgBuLD15HOmGvcvKCVvfyC4+MbqabtJc4vx+1U5EvMY+UnV93KBNK\n"
    "IpmMMSItnpkwLntFDmuXaYBRsgSeHPLUNlReNNl0boCg0z/GpGIRaObQAO+0HvzZ\n"
    "rbmGXNwt5tyNuBthr0ebEg8VMgDds6vC35/RFJrOq2Nzm/GHoipE4gY9AoGBALPZ\n"
    "QB/X4IAbKBUfDmnNkfxNoMNvNq09pBjgIbyJZRExNXn6wOoblFLzHwXDKZ/Janlu\n"
    "r8852GOUkkBe6THQv2oCN5xvCG6dQVG9CVIq2kTalHy4XEG/3fRheA4e3u+Fm0bK\n"
    "G0aJ7o02DdcQmj+kzutY71q1/i9fLcV8OPeEP3IJAoGAGyM/p6JrXySiz1toFgKb\n"
    "WV+JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa+Bk0KWNG\n"
    "DjJHZDdDmFhW3AN7lI+puxk/mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKF\n"
    "YItdldUKGzO6Ia6zTKhAVRU=\n"
    "-----END PRIVATE KEY-----\n";

/* The key of RFC 7515 appendix A.3 as `openssl ecparam -genkey` writes keys. */
static const char traditional_p256[] =
    "-----BEGIN EC PARAMETERS-----\n"
    "BggqhkjOPQMBBw==\n"
    "-----END EC PARAMETERS-----\n"
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEII6bEJ5xkJi/mASH3x9dd+nLKWBuvtImO19XwhPfhPSyoAoGCCqGSM49\n"
    "AwEHoUQDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72b\n"
    "focs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END EC PRIVATE KEY-----\n";
static const char public_p256[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END PUBLIC KEY-----\n";
static const char encrypted_p256[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAj7H2EJf2divQICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEMWW22bZV4bYSRPyjot/YkMEgZAC\n"
    "tEZVyikxKclIZYlVN0u/w/YOw3l/NylrmQ4r8GPbww/H8ie42R8LVb/FwewrpdOI\n"
    "MRGyvJdTGBVy4R6p+aCwNzI437zSe8oGuWSNVtpG6tLyX4pr6Mh3dmmFJ9ZiQcZN\n"
    "L4qZ/LIwF0or3ntik1gZPJI0lm/ITFo03hyNSe4t4649hFmMfl21ZKL9BUbCiDc=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
static const char encrypted_traditional[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "Proc-Type: 4,ENCRYPTED\n"
    "DEK-Info: AES-128-CBC,F737F1B06EA8C4855D3F99D75EA8009A\n"
    "\n"
    "zyp9V7OZ96XBaP8Go1uap3bPSD2wJzzqfOCeLeUwheoXyN4Pq4Re883dp5EA4pxg\n"
    "FOHjyfGhinTutYO/3Z82w86Es0V6FPcn0E3YnEogNA2j06+Yqugwoz2g52B/VwP/\n"
    "+8+Vey/uRlX2UPALejf4AQ7j5xtXUQOrqQH9IUvSHkI=\n"
    "-----END EC PRIVATE KEY-----\n";
static const char p384[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBdtBn9ym7PDDlKH45z\n"
    "1c+42RcEytUkkSXxosmffDAZ1D3PCSlkve3+/kZmUmOeO8ShZANiAASkQk2Z9N+0\n"
    "/vt4yo0RnaqlHQciDMd1lH6xrkhz2/ciBBDnO9Z6VV0DL0ZsVOE/1jxvD/7rHFYy\n"
    "D2JYBC55/qi3djjRlsTldFL+TG6/RGh4nIa3iwgAvjry1EvX6Sy/IBM=\n"
    "-----END PRIVATE KEY-----\n";
static const char rsa_1024[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAMjefp51QdJBE+Wl\n"
    "mhvy0WL6jsXM2dmeSF98cSoWfPhh9tLMntUHOvSNMpjyhJG3JDOuiubd2Lup1bAW\n"
    "O/VMil6FnnrN+3DVK2CMf8+mdKGqBnCIZfJJiAoZd3iHyQZEjitrvnaKZSrVncn9\n"
    "8YJ9S/dWXf1s5A9QQsOAUblj77lDAgMBAAECgYBWWwkWeJSunpm+Pd6uK0sHgW6F\n"
    "7RavLxQwMOC51mctpXgmkh+qt+wJnPZmuMRznMesjFpc/H0j2NTsWfK294v4aX9f\n"
    "OS0znpusgmRkL2sZNB01rEAM+bqp7mssbfMogWS1iq7wk6kW80ieYplQPUa07lbV\n"
    "uDAvleEFe2B98MCzaQJBAPOtzWvUt34ZFeKtk7ddoa8aerZxGHHSfhPJ2ekXrRaC\n"
    "opmpdt3odslg3bfWyXveZHgyx23OfGl9IE/Qo1c8pMUCQQDTBo8fLt3wxx8c/PFG\n"
    "g2++99QdoLPrW0VXRSiQP+nqeqYJsYf6P6z8Cpt4LjISdK+rlrnRILclK2zn2i5l\n"
    "5pZnAkEAuR/4aQxw3ra2HsEZ8PuMQxhN09714Ds3F1eJWoFnOSvD1hOdv5bE79bM\n"
    "escNyTI6h+qkAfMWJ5os+xYZkcP7tQJBAMTJehAPSYKufbIvouQpz7xbKeBTK1UQ\n"
    "cRJX+OLD52P06f9iIbbZSHxle+PP2HvjeqpdzXxasM+ltlJj4R6/sIMCQQCBAtIv\n"
    "66YXI5i28HUay/iZolcHasAD+F1vtgfxZhb3RuDTQDShIF2C0RaqgcFY9DQ/Qnn8\n"
    "yV+pT7uumcyC2hFU\n"
    "-----END PRIVATE KEY-----\n";

static struct signing_key *
read_key(const char *pem, enum signing_alg alg)
{
	struct fault f = { 0 };
	struct signing_key *key = signing_key_read(span_of(pem), alg, &f);

	assert_non_null(key);
	assert_int_equal(f.code, FAULT_NONE);
	assert_int_equal(signing_key_alg(key), alg);
	return key;
}

static void
algorithms_have_their_jose_names(void **state)
{
	static const char *const names[] = { "ES256", "RS256", "PS256",
		"EdDSA" };
	enum signing_alg alg = SIGNING_ES256;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_true(signing_alg_of(span_of(names[i]), &alg));
		assert_string_equal(signing_alg_name(alg), names[i]);
	}
	assert_false(signing_alg_of(span_of("es256"), &alg));
	assert_false(signing_alg_of(span_of("none"), &alg));
	assert_false(signing_alg_of(span_of("HS256"), &alg));
	assert_false(signing_alg_of(span_of(""), &alg));
}

/* RFC 7638: the members that are required, in order, and their digest. */
static void
thumbprints_match_the_published_ones(void **state)
{
	static const struct {
		const char *pem;
		enum signing_alg alg;
		const char *jwk_start;
		const char *thumbprint;
	} cases[] = {
		{ rfc7517_rsa, SIGNING_RS256,
		    "{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuu",
		    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" },
		{ key_rfc8037_ed25519, SIGNING_EDDSA,
		    "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":"
		    "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" },
		{ key_rfc7515_p256, SIGNING_ES256,
		    "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":"
		    "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
		    "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
		    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct signing_key *key = read_key(cases[i].pem, cases[i].alg);
		struct buf jwk = { 0 };
		struct buf thumbprint = { 0 };

		buf_init(&jwk, KIB);
		buf_init(&thumbprint, 43);
		assert_int_equal(signing_key_jwk(key, &jwk), 0);
		assert_true(
		    span_starts_with(buf_span(&jwk), cases[i].jwk_start));
		assert_int_equal(signing_key_thumbprint(key, &thumbprint), 0);
		assert_string_equal(thumbprint.data, cases[i].thumbprint);
		buf_reset(&jwk);
		buf_reset(&thumbprint);
		signing_key_free(&key);
		assert_null(key);
	}
}

/* Traditional PEM, and what is around the key, change nothing. */
static void
keys_are_found_in_other_pem(void **state)
{
	struct signing_key *key = read_key(traditional_p256, SIGNING_ES256);
	struct buf text = { 0 };

	(void)state;
	buf_init(&text, 4 * KIB);
	assert_int_equal(signing_key_thumbprint(key, &text), 0);
	assert_string_equal(text.data,
	    "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U");
	signing_key_free(&key);

	buf_clear(&text);
	assert_int_equal(buf_addf(&text, "Key for tests\n%s\n%s", public_p256,
			     key_rfc8037_ed25519),
	    0);
	key = read_key(text.data, SIGNING_EDDSA);
	signing_key_free(&key);
	buf_reset(&text);
}

static void
unfit_keys_are_refused(void **state)
{
	static const struct {
		const char *pem;
		enum signing_alg alg;
		const char *message;
	} cases[] = {
		{ "", SIGNING_ES256, "no private key in PEM form" },
		{ "secret", SIGNING_ES256, "no private key in PEM form" },
		{ "-----BEGIN PRIVATE KEY-----\nAAAA\n"
		  "-----END PRIVATE KEY-----\n",
		    SIGNING_ES256, "no private key in PEM form" },
		{ public_p256, SIGNING_ES256, "no private key in PEM form" },
		{ encrypted_p256, SIGNING_ES256, "is encrypted" },
		{ encrypted_traditional, SIGNING_ES256, "is encrypted" },
		{ p384, SIGNING_ES256, "ES256 needs a P-256 key" },
		{ key_rfc7515_rsa, SIGNING_ES256, "ES256 needs a P-256 key" },
		{ key_rfc7515_p256, SIGNING_RS256, "RS256 needs an RSA key" },
		{ key_rfc8037_ed25519, SIGNING_PS256, "PS256 needs an RSA" },
		{ rsa_1024, SIGNING_RS256, "2048 bits" },
		{ key_rfc7515_p256, SIGNING_EDDSA, "EdDSA needs an Ed25519" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };

		assert_null(
		    signing_key_read(span_of(cases[i].pem), cases[i].alg, &f));
		assert_int_equal(f.code, FAULT_CONFIG);
		assert_non_null(strstr(f.msg, cases[i].message));
	}
}

/* what the store gives back is the same key. */
static void
written_keys_are_read_again(void **state)
{
	struct signing_key *key = signing_key_make();
	struct signing_key *other = signing_key_make();
	struct signing_key *again = NULL;
	struct secret pem = { 0 };
	struct buf prints[3] = { { 0 } };

	(void)state;
	assert_int_equal(signing_key_alg(key), SIGNING_ES256);
	signing_key_write(key, &pem);
	again = read_key(secret_peek(&pem).ptr, SIGNING_ES256);
	for (size_t i = 0; i < COUNT(prints); i++)
		buf_init(&prints[i], 43);
	assert_int_equal(signing_key_thumbprint(key, &prints[0]), 0);
	assert_int_equal(signing_key_thumbprint(again, &prints[1]), 0);
	assert_int_equal(signing_key_thumbprint(other, &prints[2]), 0);
	assert_string_equal(prints[0].data, prints[1].data);
	assert_string_not_equal(prints[0].data, prints[2].data);
	for (size_t i = 0; i < COUNT(prints); i++)
		buf_reset(&prints[i]);
	secret_reset(&pem);
	signing_key_free(&key);
	signing_key_free(&again);
	signing_key_free(&other);
}

/* The DER form that OpenSSL verifies, from r || s. */
static size_t
to_der(const struct buf *raw, unsigned char der[128])
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	const unsigned char *half = (const unsigned char *)raw->data;
	unsigned char *at = der;
	int len = 0;

	assert_int_equal(raw->len, 64);
	assert_int_equal(ECDSA_SIG_set0(signature, BN_bin2bn(half, 32, NULL),
			     BN_bin2bn(half + 32, 32, NULL)),
	    1);
	len = i2d_ECDSA_SIG(signature, &at);
	ECDSA_SIG_free(signature);
	assert_true(len > 0);
	return (size_t)len;
}

static void
assert_verifies(const char *pem, enum signing_alg alg, struct span bytes,
    const struct buf *signature)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	unsigned char der[128];
	const unsigned char *sig = (const unsigned char *)signature->data;
	size_t len = signature->len;

	if (alg == SIGNING_ES256) {
		len = to_der(signature, der);
		sig = der;
	}
	assert_int_equal(EVP_DigestVerifyInit(context, &inner,
			     alg == SIGNING_EDDSA ? NULL : EVP_sha256(), NULL,
			     pkey),
	    1);
	if (alg == SIGNING_PS256) {
		EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(inner, 32);
	}
	assert_int_equal(EVP_DigestVerify(context, sig, len,
			     (const unsigned char *)bytes.ptr, bytes.len),
	    1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
}

/* r || s stays 64 bytes, also where r or s begins with zeros, which
 * happens once in 128 signatures. */
static void
signatures_verify(void **state)
{
	static const struct {
		const char *pem;
		enum signing_alg alg;
		size_t len;
	} cases[] = {
		{ key_rfc7515_p256, SIGNING_ES256, 64 },
		{ key_rfc7515_rsa, SIGNING_RS256, 256 },
		{ key_rfc7515_rsa, SIGNING_PS256, 256 },
		{ key_rfc8037_ed25519, SIGNING_EDDSA, 64 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct signing_key *key = read_key(cases[i].pem, cases[i].alg);
		int rounds = cases[i].alg == SIGNING_ES256 ? 1000 : 3;

		while (rounds-- > 0) {
			struct span bytes = span_of("header.claims");
			struct buf signature = { 0 };

			buf_init(&signature, LIMIT_SIGNATURE);
			assert_int_equal(signing_sign(key, bytes, &signature),
			    0);
			assert_int_equal(signature.len, cases[i].len);
			assert_verifies(cases[i].pem, cases[i].alg, bytes,
			    &signature);
			buf_reset(&signature);
		}
		signing_key_free(&key);
	}
}

static void
caps_are_kept(void **state)
{
	struct signing_key *key = read_key(key_rfc7515_rsa, SIGNING_RS256);
	struct buf small = { 0 };

	(void)state;
	buf_init(&small, 40);
	assert_int_equal(signing_sign(key, span_of("x"), &small), -1);
	assert_int_equal(signing_key_jwk(key, &small), -1);
	assert_int_equal(signing_key_thumbprint(key, &small), -1);
	assert_int_equal(small.len, 0);
	signing_key_free(&key);
	signing_key_free(&key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(algorithms_have_their_jose_names),
		cmocka_unit_test(thumbprints_match_the_published_ones),
		cmocka_unit_test(keys_are_found_in_other_pem),
		cmocka_unit_test(unfit_keys_are_refused),
		cmocka_unit_test(written_keys_are_read_again),
		cmocka_unit_test(signatures_verify),
		cmocka_unit_test(caps_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
