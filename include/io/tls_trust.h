/* SPDX-License-Identifier: ISC */
/*
 * Which certificate authorities are trusted. libcurl knows none of the usual
 * variables by itself, and parsing a whole bundle costs more than the rest of a
 * start, so a hashed directory is preferred where there is one.
 */
#ifndef IO_TLS_TRUST_H
#define IO_TLS_TRUST_H

#include <curl/curl.h>

struct tls_trust {
	char *file;      /* owned; NULL: none */
	char *directory; /* owned; NULL: none */
	char *blob;      /* owned PEM text, in place of a file; NULL: none */
	size_t blob_len;
};

/*
 * `ca_file` if not NULL; else CURL_CA_BUNDLE; else SSL_CERT_FILE and
 * SSL_CERT_DIR; else the system's store. NODE_EXTRA_CA_CERTS is added to any
 * but the first.
 */
void tls_trust_init(struct tls_trust *trust, const char *ca_file);
void tls_trust_reset(struct tls_trust *trust);

/* `trust` must outlive the transfers of `easy`. */
void tls_trust_apply(const struct tls_trust *trust, CURL *easy);

#endif
