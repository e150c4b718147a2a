/* SPDX-License-Identifier: ISC */
/*
 * A look at the peer's certificates. libcurl shows them only where the
 * handshake succeeds, so this one takes any; what the usual judgement would
 * have been comes with it.
 */
#include "io/tls_inspect.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/http_parts.h"

enum { TEXT_MAX = 512 };

/* How libcurl tells which protocol was agreed on: in its diagnostics alone. */
static const char agreed[] = "SSL connection using ";

void
tls_peer_init(struct tls_peer *peer)
{
	*peer = (struct tls_peer){ 0 };
}

void
tls_peer_reset(struct tls_peer *peer)
{
	for (size_t i = 0; i < peer->count; i++) {
		free(peer->chain[i].subject);
		free(peer->chain[i].issuer);
		free(peer->chain[i].names);
	}
	free(peer->trusted);
	tls_peer_init(peer);
}

static int
on_debug(CURL *easy, curl_infotype type, char *bytes, size_t len, void *ctx)
{
	struct tls_peer *peer = ctx;
	struct span text = span_make(bytes, len);
	size_t n = 0;

	(void)easy;
	if (type != CURLINFO_TEXT || !span_starts_with(text, agreed))
		return 0;
	text = span_make(bytes + sizeof(agreed) - 1, len + 1 - sizeof(agreed));
	while (n < text.len && n < sizeof(peer->protocol) - 1 &&
	       text.ptr[n] > ' ' && text.ptr[n] != '/')
		n++;
	log_text(peer->protocol, n + 1, span_make(text.ptr, n));
	return 0;
}

/* The peer chose this text. */
static char *
shown(struct span text)
{
	char escaped[TEXT_MAX] = "";

	log_text(escaped, sizeof(escaped), span_trim(text));
	return mem_string(escaped);
}

/* "C = DE, O = x, CN = y": people know a certificate by its CN. */
static char *
common_name(struct span name)
{
	for (size_t i = 0; i + 2 < name.len; i++) {
		struct span rest = span_make(name.ptr + i, name.len - i);
		const char *comma = memchr(rest.ptr, ',', rest.len);

		if (!span_starts_with(rest, "CN"))
			continue;
		if (comma != NULL)
			rest.len = (size_t)(comma - rest.ptr);
		const char *equals = memchr(rest.ptr, '=', rest.len);
		if (equals != NULL)
			return shown(span_make(equals + 1,
			    rest.len - (size_t)(equals + 1 - rest.ptr)));
	}
	return shown(name);
}

static int64_t
date_of(struct span text)
{
	char copy[64] = "";

	log_text(copy, sizeof(copy), text);
	time_t t = curl_getdate(copy, NULL);
	return t > 0 ? (int64_t)t : 0;
}

static void
take_field(struct tls_certificate *c, struct span name, struct span value)
{
	if (span_is(name, "Subject") && c->subject == NULL)
		c->subject = common_name(value);
	else if (span_is(name, "Issuer") && c->issuer == NULL)
		c->issuer = common_name(value);
	else if (span_is(name, "Start date"))
		c->from_s = date_of(value);
	else if (span_is(name, "Expire date"))
		c->until_s = date_of(value);
	else if (span_is(name, "X509v3 Subject Alternative Name") &&
		 c->names == NULL)
		c->names = shown(value);
}

static void
take_chain(struct tls_peer *peer, CURL *easy)
{
	struct curl_certinfo *info = NULL;

	curl_must(curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info));
	for (int i = 0; info != NULL && i < info->num_of_certs; i++) {
		if (peer->count == TLS_CHAIN_MAX)
			return;
		struct tls_certificate *c = &peer->chain[peer->count++];
		for (const struct curl_slist *line = info->certinfo[i];
		     line != NULL; line = line->next) {
			const char *colon = strchr(line->data, ':');
			if (colon != NULL)
				take_field(c,
				    span_make(line->data,
					(size_t)(colon - line->data)),
				    span_of(colon + 1));
		}
	}
}

static char *
describe_trust(const struct tls_trust *trust)
{
	const char *place = trust->file != NULL && !trust->narrow ?
				trust->file :
				trust->directory;

	if (place == NULL)
		return mem_string(trust->source);
	return mem_format("%s: %s%s%s", trust->source, place,
	    trust->extra != NULL ? " and " : "",
	    trust->extra != NULL ? trust->extra : "");
}

struct inspection {
	struct loop *loop;
	CURLcode code;
	bool done;
};

static void
on_done(void *ctx, CURLcode code)
{
	struct inspection *inspection = ctx;

	inspection->code = code;
	inspection->done = true;
	loop_stop(inspection->loop);
}

static void
on_stopped(void *ctx)
{
	(void)ctx;
}

static void
look_only(CURL *easy, struct tls_peer *peer)
{
	curl_set(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_set(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_set(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_set(easy, CURLOPT_CERTINFO, 1L);
	curl_set(easy, CURLOPT_VERBOSE, 1L);
	curl_set(easy, CURLOPT_DEBUGFUNCTION, on_debug);
	curl_set(easy, CURLOPT_DEBUGDATA, peer);
}

static int
connect_once(struct http *x, struct tls_peer *peer, struct fault *f)
{
	struct inspection inspection = { .loop = x->client->loop };

	tls_peer_reset(peer);
	x->transfer.done = on_done;
	x->transfer.stopped = on_stopped;
	x->transfer.ctx = &inspection;
	loop_transfer_start(inspection.loop, &x->transfer);
	loop_run(inspection.loop);
	if (!inspection.done) {
		loop_transfer_stop(inspection.loop, &x->transfer);
		return fault_set(f, FAULT_CANCELED, "%s", "");
	}
	take_chain(peer, x->easy);
	curl_must(curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT,
	    &peer->verdict));
	if (inspection.code == CURLE_OK || peer->count > 0)
		return 0;
	http_fault(x, inspection.code, f);
	return -1;
}

int
tls_inspect(struct http_client *client, const char *url, struct tls_peer *peer,
    struct fault *f)
{
	struct http *x = http_client_take(client);
	int rc = -1;

	x->request = (struct http_request){ .method = "GET", .url = url };
	x->stopped_for = FAULT_NONE;
	x->dead = false;
	http_head_clear(&x->head);
	http_client_prepare(client, x);
	look_only(x->easy, peer);
	rc = connect_once(x, peer, f);
	if (rc == 0 && peer->verdict != 0 && http_client_widen_trust(client, x))
		rc = connect_once(x, peer, f);
	peer->trusted = describe_trust(&client->trust);
	http_client_destroy(x);
	return rc;
}
