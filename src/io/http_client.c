/* SPDX-License-Identifier: ISC */
/*
 * The client: settings common to its exchanges, and handles kept for use
 * again, since making and resetting them costs more than a request. Each
 * option is set once, and again only when it changes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/http_parts.h"
#include "io/proxy.h"
#include "wire/url.h"

enum {
	IDLE_HANDLES = 256,
	CONNECTION_AGE_S = 30, /* idle for longer, none is used again */
	KEEPALIVE_IDLE_S = 30,
	KEEPALIVE_INTERVAL_S = 15,
	SMALL_BODY = 64 * 1024 /* as libcurl sees it */
};

/* Receive buffers: what one does not fill costs no memory. */
static const long buffer_usual = 64 * 1024;
static const long buffer_large = 512 * 1024;

struct http_client *
http_client_new(struct loop *loop, const struct http_options *options)
{
	struct http_client *client = mem_alloc(1, sizeof(*client));

	client->loop = loop;
	client->options = *options;
	client->no_headers = http_headers_new();
	if (options->cookies) {
		CURLSH *share = curl_share_init();
		if (!share || curl_share_setopt(share, CURLSHOPT_SHARE,
				  CURL_LOCK_DATA_COOKIE))
			mem_exhausted();
		client->cookies = share;
	}
	return client;
}

void
http_client_destroy(struct http *x)
{
	curl_easy_cleanup(x->easy);
	curl_url_cleanup(x->url);
	http_head_reset(&x->head);
	free(x);
}

void
http_client_free(struct http_client **where)
{
	struct http_client *client = *where;

	if (!client)
		return;
	*where = NULL;
	while (client->idle) {
		struct http *x = client->idle;
		client->idle = x->next_idle;
		http_client_destroy(x);
	}
	if (client->cookies)
		curl_share_cleanup(client->cookies);
	tls_trust_reset(&client->trust);
	http_headers_free(&client->no_headers);
	free(client->target.url);
	free(client->target.host);
	free(client);
}

struct loop *
http_client_loop(const struct http_client *client)
{
	return client->loop;
}

static void
set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
#else
	curl_set(easy, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	curl_set(easy, CURLOPT_REDIR_PROTOCOLS, 0L);
#endif
	curl_set(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_set(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_set(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void
set_connection(CURL *easy, const struct http_options *options)
{
	unsigned connect_ms = options->connect_timeout_ms ?
				  options->connect_timeout_ms :
				  TIMEOUT_CONNECT_MS;

	curl_set(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	curl_set(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_set(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_S);
	curl_set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_set(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
	curl_set(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
	if (options->ipv4_only)
		curl_set(easy, CURLOPT_IPRESOLVE, (long)CURL_IPRESOLVE_V4);
	curl_set(easy, CURLOPT_HTTP_VERSION,
	    options->http1_only ? (long)CURL_HTTP_VERSION_1_1 :
				  (long)CURL_HTTP_VERSION_2TLS);
}

static bool
ends_with(const char *text, const char *tail)
{
	size_t len = strlen(text), tail_len = strlen(tail);

	return len >= tail_len && strcmp(text + len - tail_len, tail) == 0;
}

static void
set_certificate(CURL *easy, const struct http_options *options)
{
	const char *cert = options->cert_file;

	curl_set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (!cert)
		return;
	curl_set(easy, CURLOPT_SSLCERT, cert);
	curl_set(easy, CURLOPT_SSLKEY, options->key_file);
	if (ends_with(cert, ".p12") || ends_with(cert, ".pfx"))
		curl_set(easy, CURLOPT_SSLCERTTYPE, "P12");
}

struct http *
http_client_take(struct http_client *client)
{
	struct http *x = client->idle;

	if (x) {
		client->idle = x->next_idle;
		client->idle_count--;
		return x;
	}
	x = mem_alloc(1, sizeof(*x));
	x->client = client;
	x->easy = curl_easy_init();
	if (!x->easy)
		mem_exhausted();
	http_head_init(&x->head);
	set_protocols(x->easy);
	set_connection(x->easy, &client->options);
	set_certificate(x->easy, &client->options);
	if (client->cookies) {
		curl_set(x->easy, CURLOPT_SHARE, client->cookies);
		curl_set(x->easy, CURLOPT_COOKIEFILE, "");
	}
	http_set_callbacks(x);
	return x;
}

void
http_client_give(struct http_client *client, struct http *x)
{
	if (client->idle_count >= IDLE_HANDLES) {
		http_client_destroy(x);
		return;
	}
	curl_set(x->easy, CURLOPT_POSTFIELDS, NULL);
	x->next_idle = client->idle;
	client->idle = x;
	client->idle_count++;
}

const char *
http_client_proxy(const struct http_client *client, const struct url *url)
{
	const char *given = client->options.proxy;

	if (url_is_loopback(url))
		return NULL;
	if (given == NULL)
		return proxy_from_environment(url);
	return *given != '\0' ? given : NULL;
}

/* A URL that we refuse is emptied, so that libcurl cannot read it otherwise. */
static void
aim(struct http_client *client, const char *text)
{
	struct http_target *target = &client->target;
	struct url url;

	if (target->url && strcmp(target->url, text) == 0)
		return;
	url_init(&url);
	bool ok = url_parse(&url, span_of(text), NULL) == 0;
	free(target->url);
	free(target->host);
	target->serial++;
	target->url = mem_string(text);
	target->host = mem_string(ok ? url.host : "");
	target->refused = !ok;
	target->https = ok && url_is_https(&url);
	target->loopback = ok && url_is_loopback(&url);
	target->proxy = ok ? http_client_proxy(client, &url) : NULL;
	url_reset(&url);
}

/* As a handle of libcurl's parser: a text would be parsed for each request. */
static void
set_url(struct http *x, const char *text)
{
	if (!x->url)
		x->url = curl_url();
	if (!x->url || curl_url_set(x->url, CURLUPART_URL, text, 0) ==
			   CURLUE_OUT_OF_MEMORY)
		mem_exhausted();
	curl_set(x->easy, CURLOPT_CURLU, x->url);
}

static void
set_trust(struct http_client *client, struct http *x)
{
	if (client->trust_serial == 0) {
		tls_trust_init(&client->trust, client->options.ca_file);
		client->trust_serial = 1;
	}
	if (x->trust_serial != client->trust_serial)
		tls_trust_apply(&client->trust, x->easy);
	x->trust_serial = client->trust_serial;
}

bool
http_client_widen_trust(struct http_client *client, struct http *x)
{
	if (x->trust_serial == client->trust_serial &&
	    tls_trust_widen(&client->trust))
		client->trust_serial++;
	if (x->trust_serial == client->trust_serial)
		return false;
	set_trust(client, x);
	return true;
}

static void
set_target(struct http_client *client, struct http *x)
{
	const struct http_target *target = &client->target;
	const char *proxy = target->proxy ? target->proxy : "";

	x->target_serial = target->serial;
	x->transfer.spread = !target->https || client->options.http1_only;
	x->proxied = *proxy != '\0';
	snprintf(x->host, sizeof(x->host), "%s", target->host);
	set_url(x, target->refused ? "" : target->url);
	curl_set(x->easy, CURLOPT_PROXY, proxy);
	curl_set(x->easy, CURLOPT_NOPROXY, "");
	/* Over plain http a request would wait for a stream that never ends. */
	curl_set(x->easy, CURLOPT_PIPEWAIT, target->https ? 1L : 0L);
	if (target->https || x->proxied)
		set_trust(client, x);
}

/* A small body that libcurl has in memory leaves in one packet with its head: a
 * third less time for a call. It keeps a copy, as it may outlast ours. */
static void
set_body(struct http *x)
{
	struct span body = x->request.body;
	bool at_once =
	    http_sees_connections && body.len > 0 && body.len < SMALL_BODY;

	curl_set(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	if (at_once)
		curl_set(x->easy, CURLOPT_COPYPOSTFIELDS, body.ptr);
	else
		curl_set(x->easy, CURLOPT_POST, 1L);
}

static void
set_method(struct http *x)
{
	const struct http_request *r = &x->request;
	bool post = strcmp(r->method, "POST") == 0;
	bool get = strcmp(r->method, "GET") == 0;

	if (post || r->body.len > 0) {
		set_body(x);
	} else {
		curl_set(x->easy, CURLOPT_HTTPGET, 1L);
	}
	const char *custom = post || get ? NULL : r->method;
	if (custom || x->custom_method)
		curl_set(x->easy, CURLOPT_CUSTOMREQUEST, custom);
	x->custom_method = custom;
}

static void
set_reception(struct http *x, bool loopback)
{
	bool compressed = !loopback && !x->request.plain;
	long size =
	    x->request.large || x->was_large ? buffer_large : buffer_usual;

	if (size != x->buffer_size)
		curl_set(x->easy, CURLOPT_BUFFERSIZE, size);
	x->buffer_size = size;
	if (compressed != x->compressed)
		curl_set(x->easy, CURLOPT_ACCEPT_ENCODING,
		    compressed ? "" : NULL);
	x->compressed = compressed;
}

static void
set_freshness(struct http *x)
{
	bool fresh = x->request.addresses && !http_sees_connections;

	if (fresh != x->fresh)
		curl_set(x->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	x->fresh = fresh;
}

void
http_client_prepare(struct http_client *client, struct http *x)
{
	const struct http_headers *headers =
	    x->request.headers ? x->request.headers : client->no_headers;

	aim(client, x->request.url);
	if (x->target_serial != client->target.serial)
		set_target(client, x);
	set_method(x);
	set_reception(x, client->target.loopback);
	set_freshness(x);
	curl_set(x->easy, CURLOPT_HTTPHEADER, http_headers_list(headers));
	if (x->request.timeout_ms != x->timeout_ms)
		curl_set(x->easy, CURLOPT_TIMEOUT_MS,
		    (long)x->request.timeout_ms);
	x->timeout_ms = x->request.timeout_ms;
}

const char *
http_library_versions(void)
{
	return curl_version();
}

void
http_confine(const char *ca_file, struct confine *c)
{
	tls_trust_confine(ca_file, c);
}
