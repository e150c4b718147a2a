/* SPDX-License-Identifier: ISC */
/*
 * One HTTP exchange on the loop. Policy lives here and nowhere else: only http
 * and https, no redirects followed, TLS 1.2 and verification always, no
 * netrc, no cookies unless asked for, proxies from the environment but never
 * for loopback, no "Expect: 100-continue", inflated bytes counted.
 *
 * A body goes up through a read callback that cannot rewind, so that libcurl
 * never sends a POST twice by itself when a reused connection dies: the case
 * surfaces as FAULT_UNREACHABLE with `sent` true, and the caller decides.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include "base/fault.h"
#include "base/span.h"
#include "io/address.h"
#include "io/loop.h"
#include "wire/url.h"

struct http_client; /* shared settings, connection pool, idle handles */
struct http;        /* one exchange */
struct http_headers;

/* Where an exchange that failed had come to. */
enum http_step {
	HTTP_STEP_NONE, /* it did not fail, or was stopped by us */
	HTTP_STEP_RESOLVE,
	HTTP_STEP_PROXY, /* finding it, reaching it, or what it said */
	HTTP_STEP_CONNECT,
	HTTP_STEP_TLS,
	HTTP_STEP_ANSWER
};

/* How an exchange went on the wire. Times are microseconds since its start, 0
 * for a step that was not taken, as on a kept connection. */
struct http_report {
	const char *method, *url; /* borrowed for the call */
	int status;               /* 0: no answer */
	enum http_step failed;
	bool proxied;
	int proxy_status;    /* the proxy's answer to CONNECT; 0: none */
	long tls_verdict;    /* OpenSSL's on the chain (X509_V_ERR_…) */
	char address[64];    /* of the peer; "" : none was reached */
	const char *version; /* "HTTP/2"; "" : no answer */
	uint64_t resolved_us, connected_us, secured_us, sent_us, answered_us,
	    ended_us;
};

/* All strings borrowed for the life of the client; NULL and 0: the default. */
struct http_options {
	const char *ca_file;   /* replaces the system's trust store */
	const char *cert_file; /* client certificate, PEM or PKCS#12 */
	const char *key_file;  /* its key; NULL: in cert_file */
	const char *proxy;     /* overrides the environment, NO_PROXY
				* included; "" : none */
	bool http1_only;
	bool ipv4_only;
	unsigned connect_timeout_ms;
	bool cookies; /* keep load-balancer cookies in memory, per origin */
	/* Called with each exchange that ended, ahead of its done(). */
	void (*ended)(void *ctx, const struct http_report *report);
	void *ctx;
};

struct http_client *
http_client_new(struct loop *loop, const struct http_options *options);
/* Every exchange must be freed before; not inside a callback of one. */
void http_client_free(struct http_client **client);

/* The proxy that exchanges with `url` go through, perhaps with credentials in
 * it; NULL: none. Borrowed. */
const char *
http_client_proxy(const struct http_client *client, const struct url *url);

struct loop *http_client_loop(const struct http_client *client);

/* A list of header lines, built once and used for many requests. An exchange
 * keeps the list it was started with; freeing it meanwhile is safe. */
struct http_headers *http_headers_new(void);
/* An empty list before the lines of `base`, which are shared, not copied: no
 * line may be added to or removed from `base` any more. Freeing it is safe. */
struct http_headers *http_headers_over(struct http_headers *base);
void http_headers_free(struct http_headers **headers);
/* Name and value have been checked by wire/header. An existing header of that
 * name stays: the caller owns the set. */
void http_headers_add(struct http_headers *headers, const char *name,
    struct span value);
/* The same, wiping its storage when freed: Authorization. */
void http_headers_add_secret(struct http_headers *headers, const char *name,
    const char *prefix, struct span value);
/* All of that name; not from a list that stands over another. */
void http_headers_remove(struct http_headers *headers, const char *name);
/* As they are sent. */
size_t http_headers_bytes(const struct http_headers *headers);
struct http_headers *http_headers_copy(const struct http_headers *headers);

struct http_head {
	int status;
	struct span content_type; /* each empty when absent; borrowed for */
	struct span session_id;   /* the call only */
	struct span retry_after;
	struct span location;
	struct span date;
	struct span dpop_nonce;
	struct span last_modified;
	struct span cache_control;
	const char *const *challenges; /* WWW-Authenticate values */
	size_t challenge_count;
	long long content_length; /* of the decoded body; -1: not known */
};

enum http_verdict {
	HTTP_CONTINUE,
	HTTP_PAUSE, /* these bytes were not taken: they come again */
	HTTP_STOP   /* end the exchange: done() with FAULT_CANCELED */
};

struct http_result {
	bool ok;   /* the response ended as HTTP says it should */
	bool sent; /* a byte of the request may have arrived */
	bool head; /* on_head was called */
	const struct fault *fault; /* borrowed for the call; NULL where ok */
};

struct http_events {
	/* Final response head, once; 1xx are not shown. May be NULL. */
	void (*head)(void *ctx, const struct http_head *head);
	/* Decoded body bytes. NULL: dropped. */
	enum http_verdict (*body)(void *ctx, struct span bytes);
	/* Exactly once, unless http_free came first; never inside
	 * http_start. The exchange may be freed inside. */
	void (*done)(void *ctx, const struct http_result *result);
};

struct http_request {
	const char *method;           /* "GET", "POST", "DELETE" */
	const char *url;              /* borrowed until done */
	struct http_headers *headers; /* kept as long as needed */
	struct span body;             /* borrowed until done */
	uint64_t timeout_ms;          /* whole exchange; 0: none */
	bool large; /* a large answer is likely: big receive buffer */
	bool plain; /* ask for no compression */
	const struct address_policy *addresses; /* borrowed; NULL: any */
};

struct http *
http_start(struct http_client *client, const struct http_request *request,
    const struct http_events *events, void *ctx);

/* Lets a paused exchange go on; its body() is called again soon. */
void http_resume(struct http *exchange);
bool http_paused(const struct http *exchange);

/* The whole request body has been handed to the connection. */
bool http_uploaded(const struct http *exchange);

/* Ends it at once, closing the stream (HTTP/2: reset); no callback follows.
 * NULL-safe. */
void http_free(struct http **exchange);

/* "libcurl/8.1 OpenSSL/3.0 …", for --version. Static. */
const char *http_library_versions(void);

/* Allows one who is confined to read the certificate authorities that may be
 * chosen; `ca_file` as in the options. */
struct confine;
void http_confine(const char *ca_file, struct confine *c);

#endif
