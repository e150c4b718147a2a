/* SPDX-License-Identifier: ISC */
/*
 * One GET, nothing followed, no cookies: at most a form is fetched that nobody
 * fills in.
 */
#include "auth/preflight.h"

#include <string.h>
#include <strings.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"

enum {
	HTTP_BAD_REQUEST = 400,
	HTTP_UNAUTHORIZED = 401,
	HTTP_NOT_FOUND = 404,
	HTTP_UNPROCESSABLE = 422
};

enum { STATE_BYTES = 16 };

static bool
is_refusal(int status)
{
	return status == HTTP_BAD_REQUEST || status == HTTP_UNAUTHORIZED ||
	       status == HTTP_NOT_FOUND || status == HTTP_UNPROCESSABLE;
}

static bool
mentions(struct span text, const char *words)
{
	const size_t len = strlen(words);

	for (size_t i = 0; i + len <= text.len; i++) {
		if (strncasecmp(text.ptr + i, words, len) == 0)
			return true;
	}
	return false;
}

bool
preflight_says_unknown(int status, struct span body)
{
	static const char *const words[] = { "invalid_client",
		"unauthorized_client", "invalid client", "unknown client",
		"unrecognized client", "unregistered client", "no such client",
		"client not found", "client not registered",
		"client is not registered", "client does not exist",
		"client id not found", "client_id not found" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_refusal(status) && mentions(body, words[i]))
			return true;
	}
	return false;
}

static int
compose(const struct authorization_query *query, struct buf *url)
{
	struct authorization_query trial = *query;
	struct secret state = { 0 }, verifier = { 0 };
	struct buf challenge;

	buf_init(&challenge, KIB);
	crypto_random_hex(STATE_BYTES, &state);
	crypto_pkce(&verifier, &challenge);
	trial.state = &state;
	trial.challenge = buf_span(&challenge);
	int rc = authorization_url(&trial, url);
	secret_reset(&state);
	secret_reset(&verifier);
	buf_reset(&challenge);
	return rc;
}

static bool
ask(const struct auth_net *net, const char *text)
{
	struct http_headers *headers = http_headers_new();
	struct http_request request = { .method = "GET", .headers = headers };
	struct fetch_response response;
	struct fault f = { 0 };
	struct url where;
	bool refused = false;

	url_init(&where);
	fetch_response_init(&response);
	http_headers_add(headers, "Accept", span_of("text/html"));
	if (url_parse(&where, span_of(text), &f) == 0 &&
	    auth_net_send(net, &where, &request, &response, &f) == 0)
		refused = preflight_says_unknown(response.status,
		    buf_span(&response.body));
	else
		log_debug("auth", "the registration was not looked at: %s",
		    fault_text(&f));
	fetch_response_reset(&response);
	http_headers_free(&headers);
	url_reset(&where);
	return refused;
}

bool
preflight_refuses(const struct auth_net *net,
    const struct authorization_query *query)
{
	struct buf url;

	buf_init(&url, LIMIT_URL);
	bool refused = compose(query, &url) == 0 && ask(net, url.data);
	buf_reset(&url);
	return refused;
}
