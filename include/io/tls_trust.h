/* SPDX-License-Identifier: ISC */
/*
 * Which certificate authorities are trusted. libcurl knows none of the usual
 * variables by itself, and parsing a whole bundle costs more than the rest of a
 * start. So where there is a hashed directory it is asked first, and the bundle
 * is read only when it does not know an issuer.
 */
#ifndef IO_TLS_TRUST_H
#define IO_TLS_TRUST_H

#include <curl/curl.h>
#include <stdbool.h>

struct tls_trust {
	char *directory; /* owned; NULL: none */
	char *file;      /* owned; NULL: none */
	char *extra;     /* owned, beside `file`; NULL: none */
	char *joined;    /* owned text of both; NULL: not needed */
	size_t joined_len;
	bool narrow;        /* `file` waits */
	const char *source; /* who chose: "--ca-file", "SSL_CERT_FILE" … */
};

/*
 * `ca_file` if not NULL; else CURL_CA_BUNDLE or SSL_CERT_FILE, and
 * SSL_CERT_DIR; else the system's store. NODE_EXTRA_CA_CERTS is added to any
 * but the first.
 */
void tls_trust_init(struct tls_trust *trust, const char *ca_file);
void tls_trust_reset(struct tls_trust *trust);

/* http_confine's part. */
struct confine;
void tls_trust_confine(const char *ca_file, struct confine *c);

/* After an issuer was not known: takes the file too. False where that changes
 * nothing. */
bool tls_trust_widen(struct tls_trust *trust);

/* `trust` must outlive the transfers of `easy`. */
void tls_trust_apply(const struct tls_trust *trust, CURL *easy);

#endif
