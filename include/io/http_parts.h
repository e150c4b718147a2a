/* SPDX-License-Identifier: ISC */
/*
 * What the files of io/http share, and nobody else: the client's settings and
 * its idle handles (http_client.c), one exchange (http.c), how libcurl's errors
 * read to people (http_fault.c), and what of it all is recorded (http_trace.c).
 */
#ifndef IO_HTTP_PARTS_H
#define IO_HTTP_PARTS_H

#include "io/http.h"
#include "io/http_head.h"
#include "io/loop_curl.h"
#include "io/tls_trust.h"

/* What follows from a URL alone. The client keeps that of the last one. */
struct http_target {
	char *url;         /* owned */
	char *host;        /* owned */
	const char *proxy; /* borrowed; NULL: none */
	unsigned serial;   /* another for each URL */
	bool refused, https, loopback;
};

struct http_client {
	struct loop *loop; /* borrowed */
	struct http_options options;
	struct tls_trust trust;
	unsigned trust_serial; /* another for each change; 0: not chosen */
	CURLSH *cookies;       /* owned; NULL: none are kept */
	struct http_headers *no_headers; /* owned */
	struct http_target target;
	struct http *idle; /* owned list of exchanges to use again */
	size_t idle_count;
};

/* In the order of their use: with many under way, each line of cache counts. */
struct http {
	struct http_client *client; /* borrowed */
	CURL *easy;                 /* owned */
	struct loop_transfer transfer;

	/* the exchange */
	struct http_request request;
	struct http_headers *headers; /* owned reference */
	struct http_events events;
	void *ctx;
	size_t uploaded, received;
	long sent_before; /* to a proxy, ahead of the request */
	bool proxied;
	bool sent, paused;
	bool dead;                   /* freed; libcurl may still be using it */
	enum fault_code stopped_for; /* why a callback of ours ended it */
	enum address_class refused;  /* where that is FAULT_POLICY */
	unsigned traced; /* its number in the trace; 0: not in it, or ended */

	/* how `easy` is set at present */
	bool compressed, fresh;
	bool was_large; /* the last answer was */
	unsigned target_serial, trust_serial;
	uint64_t timeout_ms;
	const char *custom_method; /* borrowed; NULL: as libcurl does */
	long buffer_size;
	CURLU *url; /* owned, in use by `easy` */
	struct http *next_idle;

	struct http_head_reader head;
	char error[CURL_ERROR_SIZE];
	char host[256]; /* for messages */
};

/* The same list once more; http_headers_free gives it up. */
struct http_headers *http_headers_ref(struct http_headers *headers);
struct curl_slist *http_headers_list(const struct http_headers *headers);

/* An exchange whose handle has all constant options, perhaps used before. */
struct http *http_client_take(struct http_client *client);
void http_client_give(struct http_client *client, struct http *exchange);

/* Instead of giving back one whose constant options were changed. */
void http_client_destroy(struct http *exchange);

/* Sets what depends on the request, as far as it is not set so already. */
void http_client_prepare(struct http_client *client, struct http *exchange);

/* After the peer's issuer was not known: trusts more, if there is more. Then
 * the exchange is worth another try. */
bool http_client_widen_trust(struct http_client *client, struct http *exchange);

/* Constant options that point to callbacks, and to `exchange`. */
void http_set_callbacks(struct http *exchange);

/* Whether each connection is shown to us before a request goes out on it. Where
 * not, a policy on addresses asks for a new connection each time, and a body
 * must be fed by a callback, or libcurl might send it twice. */
extern const bool http_sees_connections;

/* Describes `code`, never CURLE_OK. */
void http_fault(struct http *exchange, CURLcode code, struct fault *f);

/* The proxy's refusal to CONNECT: its status; 0: it did not refuse. */
int http_proxy_refusal(const struct http *exchange);

/* Tells whoever asked for it how the exchange went; `f` is why it failed, or
 * NULL. */
void http_report_end(struct http *exchange, const struct fault *f);

/* For the trace, where one is kept: the request goes, a line of a response head
 * comes, its answer begins, it has ended (`f`: why it failed, or NULL), we want
 * no more of it. */
void http_trace_request(struct http *exchange);
void http_trace_line(struct span line);
void http_trace_head(const struct http *exchange, const struct http_head *head);
void http_trace_end(struct http *exchange, const struct http_report *report,
    const struct fault *f);
void http_trace_freed(struct http *exchange);

#endif
