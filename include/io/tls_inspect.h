/* SPDX-License-Identifier: ISC */
/*
 * What a server shows of itself in the TLS handshake, for diagnosis: a
 * connection of its own that is made, looked at and closed. Nothing is sent on
 * it, so nothing depends on whether the peer is trusted.
 */
#ifndef IO_TLS_INSPECT_H
#define IO_TLS_INSPECT_H

#include <stdint.h>

#include "io/http.h"

/* Owned strings, escaped; NULL where the certificate does not say. */
struct tls_certificate {
	char *subject, *issuer;  /* "CN=…", or the whole name without one */
	char *names;             /* subjectAltName */
	int64_t from_s, until_s; /* Unix time; 0: not known */
};

enum { TLS_CHAIN_MAX = 8 };

struct tls_peer {
	char protocol[16]; /* "TLSv1.3"; "" : not known */
	struct tls_certificate chain[TLS_CHAIN_MAX]; /* as sent, leaf first */
	size_t count;
	long verdict;  /* of OpenSSL (X509_V_ERR_…); 0: a trusted chain */
	char *trusted; /* owned: who chose the authorities, and which file */
};

void tls_peer_init(struct tls_peer *peer);
void tls_peer_reset(struct tls_peer *peer);

/* With the client's proxy, certificate and trust. Blocking, like fetch. The
 * faults of fetch where no handshake came about. */
int tls_inspect(struct http_client *client, const char *url,
    struct tls_peer *peer, struct fault *f) __attribute__((warn_unused_result));

#endif
