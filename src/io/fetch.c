/* SPDX-License-Identifier: ISC */
/*
 * Blocking exchanges on top of io/http. What an answer means is the caller's.
 */
#include "io/fetch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/header.h"
#include "wire/url.h"

enum { FRESH_AT_MOST_S = 3600 };

struct fetching {
	struct loop *loop; /* borrowed */
	struct fetch_response *response;
	struct fault fault; /* where it failed */
	bool done, too_large, failed;
};

void
fetch_response_init(struct fetch_response *response)
{
	*response = (struct fetch_response){ 0 };
	buf_init(&response->body, LIMIT_AUTH_DOCUMENT);
}

void
fetch_response_reset(struct fetch_response *response)
{
	buf_wipe(&response->body);
	free(response->content_type);
	free(response->location);
	free(response->dpop_nonce);
	for (size_t i = 0; i < response->challenge_count; i++)
		free(response->challenges[i]);
	free(response->challenges);
	fetch_response_init(response);
}

static char *
copy_of(struct span s)
{
	return s.ptr ? mem_copy(s.ptr, s.len) : NULL;
}

static long long
parse_date(struct span value)
{
	char *text = copy_of(value);
	time_t t = text ? curl_getdate(text, NULL) : -1;

	free(text);
	return t > 0 ? (long long)t : 0;
}

/* The seconds of "max-age=" in one directive; 0 where it is another. */
static unsigned
directive_age(struct span directive)
{
	static const char name[] = "max-age=";
	size_t at = sizeof(name) - 1;
	unsigned seconds = 0;

	if (directive.len <= at ||
	    !span_is_nocase(span_make(directive.ptr, at), name))
		return 0;
	for (; at < directive.len && seconds < FRESH_AT_MOST_S; at++) {
		char c = directive.ptr[at];
		if (c < '0' || c > '9')
			return 0;
		seconds = 10 * seconds + (unsigned)(c - '0');
	}
	return seconds < FRESH_AT_MOST_S ? seconds : FRESH_AT_MOST_S;
}

static unsigned
freshness(struct span cache_control)
{
	unsigned age = 0;

	while (cache_control.len > 0) {
		const char *comma =
		    memchr(cache_control.ptr, ',', cache_control.len);
		size_t len = comma ? (size_t)(comma - cache_control.ptr) :
				     cache_control.len;
		struct span one = span_trim(span_make(cache_control.ptr, len));
		if (span_is_nocase(one, "no-store") ||
		    span_is_nocase(one, "no-cache"))
			return 0;
		if (age == 0)
			age = directive_age(one);
		len += comma ? 1 : 0;
		cache_control.ptr += len;
		cache_control.len -= len;
	}
	return age;
}

static void
on_head(void *ctx, const struct http_head *head)
{
	struct fetching *fetching = ctx;
	struct fetch_response *r = fetching->response;

	r->status = head->status;
	r->content_type = copy_of(head->content_type);
	r->location = copy_of(head->location);
	r->dpop_nonce = copy_of(head->dpop_nonce);
	r->challenge_count = head->challenge_count;
	if (head->challenge_count > 0)
		r->challenges =
		    mem_alloc(head->challenge_count, sizeof(*r->challenges));
	for (size_t i = 0; i < head->challenge_count; i++)
		r->challenges[i] = mem_string(head->challenges[i]);
	r->date_s = parse_date(head->date);
	r->max_age_s = freshness(head->cache_control);
	if (!header_retry_after(head->retry_after, (long long)time(NULL),
		&r->retry_after_s))
		r->retry_after_s = 0;
}

static enum http_verdict
on_body(void *ctx, struct span bytes)
{
	struct fetching *fetching = ctx;

	if (buf_add_span(&fetching->response->body, bytes) == 0)
		return HTTP_CONTINUE;
	fetching->too_large = true;
	return HTTP_STOP;
}

static void
on_done(void *ctx, const struct http_result *result)
{
	struct fetching *fetching = ctx;

	fetching->failed = !result->ok;
	if (fetching->failed)
		fetching->fault = *result->fault;
	fetching->done = true;
	loop_stop(fetching->loop);
}

static int
check_scheme(const char *text, const struct fetch_policy *policy,
    struct fault *f)
{
	struct url url;
	int result = 0;

	url_init(&url);
	if (url_parse(&url, span_of(text), f) != 0)
		return -1;
	if (!url_is_https(&url) && !url_is_loopback(&url) &&
	    !policy->allow_http)
		result = fault_set(f, FAULT_POLICY,
		    "%s is to be reached by https only", url.host);
	url_reset(&url);
	return result;
}

static int
report(const struct fetching *fetching, struct fault *f)
{
	if (!fetching->done)
		return fault_set(f, FAULT_CANCELED, "%s", "");
	if (fetching->too_large)
		return fault_set(f, FAULT_TOO_LARGE,
		    "The answer passes %zu KiB", LIMIT_AUTH_DOCUMENT / KIB);
	if (!fetching->failed)
		return 0;
	if (f)
		*f = fetching->fault;
	return -1;
}

int
fetch(struct http_client *client, const struct http_request *request,
    const struct fetch_policy *policy, struct fetch_response *response,
    struct fault *f)
{
	static const struct http_events events = { on_head, on_body, on_done };
	struct http_request judged = *request;
	struct fetching fetching = {
		.loop = http_client_loop(client),
		.response = response,
	};
	struct http *x;

	fetch_response_reset(response);
	if (check_scheme(request->url, policy, f) != 0)
		return -1;
	judged.plain = true;
	judged.addresses = &policy->addresses;
	if (judged.timeout_ms == 0)
		judged.timeout_ms = TIMEOUT_AUTH_FETCH_MS;
	x = http_start(client, &judged, &events, &fetching);
	loop_run(fetching.loop);
	http_free(&x);
	return report(&fetching, f);
}
