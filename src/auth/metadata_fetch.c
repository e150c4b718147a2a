/* SPDX-License-Identifier: ISC */
/*
 * One metadata document from one place. What the document says is judged by
 * its readers (auth/metadata).
 */
#include "auth/metadata_fetch.h"

#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "wire/header.h"

enum {
	HTTP_OK = 200,
	HTTP_MOVED = 301,
	HTTP_FOUND = 302,
	HTTP_SEE_OTHER = 303,
	HTTP_TEMPORARY_REDIRECT = 307,
	HTTP_PERMANENT_REDIRECT = 308,
	HTTP_CLIENT_ERROR = 400,
	HTTP_SERVER_ERROR = 500
};

enum {
	FIRST_PAUSE_MS = 250,
	/* A server that wants a longer pause gets it from our caller. */
	LONGEST_PAUSE_S = 2
};

void
metadata_answer_init(struct metadata_answer *answer)
{
	*answer = (struct metadata_answer){ 0 };
	buf_init(&answer->body, LIMIT_AUTH_DOCUMENT);
}

void
metadata_answer_reset(struct metadata_answer *answer)
{
	buf_reset(&answer->body);
	metadata_answer_init(answer);
}

static struct http_headers *
metadata_headers(const struct auth_net *net)
{
	struct http_headers *headers = http_headers_new();

	http_headers_add(headers, "Accept", span_of("application/json"));
	if (net->protocol_version != NULL)
		http_headers_add(headers, "MCP-Protocol-Version",
		    span_of(net->protocol_version));
	return headers;
}

static int
get_once(const struct auth_net *net, const struct url *where,
    struct fetch_response *response, struct fault *f)
{
	struct http_headers *headers = metadata_headers(net);
	struct http_request request = { .method = "GET", .headers = headers };

	fetch_response_reset(response);
	int result = auth_net_send(net, where, &request, response, f);
	http_headers_free(&headers);
	if (result == 0)
		result = auth_net_trouble(response, f);
	return result;
}

static void
pause_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1)
		continue;
}

/* A time-out is not worth another one: it has used up the user's patience. */
static bool
worth_another_try(const struct fault *f)
{
	return auth_fault_transient(f) && f->code != FAULT_TIMEOUT &&
	       f->retry_after_s <= LONGEST_PAUSE_S;
}

static int
get_patiently(const struct auth_net *net, const struct url *where,
    struct fetch_response *response, struct fault *f)
{
	long ms = FIRST_PAUSE_MS;
	int result = get_once(net, where, response, f);

	for (int i = 0; i < LIMIT_RETRIES && result == -1; i++) {
		if (!worth_another_try(f))
			break;
		pause_ms(f->retry_after_s > 0 ? f->retry_after_s * 1000L : ms);
		ms *= 2;
		result = get_once(net, where, response, f);
	}
	return result;
}

static bool
is_redirect(int status)
{
	return status == HTTP_MOVED || status == HTTP_FOUND ||
	       status == HTTP_SEE_OTHER || status == HTTP_TEMPORARY_REDIRECT ||
	       status == HTTP_PERMANENT_REDIRECT;
}

/* Moves `at` to where the answer sends us. That it may be reached at all is
 * judged with the request. */
static int
next_hop(struct url *at, const struct fetch_response *response, struct fault *f)
{
	struct url next;

	if (response->location == NULL)
		return fault_set(f, FAULT_DISCOVERY,
		    "A metadata redirect leads nowhere");
	url_init(&next);
	if (url_resolve(&next, at, span_of(response->location), f) == -1)
		return fault_set(f, FAULT_DISCOVERY,
		    "A metadata redirect leads to no usable URL");
	if (url_is_https(at) && !url_is_https(&next)) {
		url_reset(&next);
		return fault_set(f, FAULT_POLICY,
		    "A metadata redirect leaves https");
	}
	url_reset(at);
	*at = next;
	return 0;
}

static int
get_following(const struct auth_net *net, const struct url *where,
    struct fetch_response *response, struct fault *f)
{
	struct url at;
	int hops = 0;

	url_init(&at);
	int result = url_parse(&at, span_of(where->text), f);
	while (result == 0) {
		result = get_patiently(net, &at, response, f);
		if (result == -1 || !is_redirect(response->status))
			break;
		if (hops == LIMIT_METADATA_REDIRECTS) {
			result = fault_set(f, FAULT_DISCOVERY,
			    "Too many redirects on the way to metadata");
			break;
		}
		hops++;
		result = next_hop(&at, response, f);
	}
	url_reset(&at);
	return result;
}

/* Web applications answer every path with a page of theirs. */
static bool
meant_as_json(const struct fetch_response *response)
{
	struct span body = span_trim(buf_span(&response->body));
	struct span type = { 0 };

	if (span_starts_with(body, "{"))
		return true;
	if (response->content_type == NULL)
		return false;
	type = header_media_type(span_of(response->content_type));
	return span_is_nocase(type, "application/json") ||
	       (type.len > 5 &&
		   span_is_nocase(span_make(type.ptr + type.len - 5, 5),
		       "+json"));
}

int
metadata_get(const struct auth_net *net, const struct url *where,
    struct metadata_answer *answer, struct fault *f)
{
	struct fetch_response response;

	metadata_answer_reset(answer);
	fetch_response_init(&response);
	int result = get_following(net, where, &response, f);
	answer->status = response.status;
	if (result == -1)
		goto out;

	if (response.status == HTTP_OK) {
		answer->found = meant_as_json(&response);
		if (answer->found)
			buf_take(&answer->body, &response.body);
	} else if (response.status < HTTP_CLIENT_ERROR ||
		   response.status >= HTTP_SERVER_ERROR) {
		result = fault_set(f, FAULT_DISCOVERY,
		    "A metadata address answered HTTP %d", response.status);
	}
out:
	if (result == -1 && f->http_status == 0)
		f->http_status = response.status;
	fetch_response_reset(&response);
	return result;
}
