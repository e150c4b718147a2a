/* SPDX-License-Identifier: ISC */
/*
 * What a failed exchange is called. The texts name the host and, where there is
 * one, the remedy; libcurl's own words go into the detail.
 */
#include <string.h>

#include "base/limits.h"
#include "io/http_parts.h"

enum { HTTP_REFUSED = 300, HTTP_PROXY_AUTHENTICATION = 407 };

/* Of OpenSSL's X509_V_ERR_ codes, which CURLINFO_SSL_VERIFYRESULT gives. */
static const struct {
	long result;
	const char *reason;
	bool untrusted; /* another certificate authority would help */
} verdicts[] = {
	/* libcurl compares names before it asks for a verdict */
	{ 0, "it is for another host name", false },
	{ 1, "it is for another host name", false },
	{ 2, "its issuer is not trusted here", true },
	{ 9, "it is not valid yet (check this computer's clock)", false },
	{ 10, "it has expired", false },
	{ 18, "it is self-signed", true },
	{ 19, "it is signed by an authority that is not trusted here", true },
	{ 20, "its issuer is not trusted here", true },
	{ 21, "its issuer is not trusted here", true },
	{ 23, "it has been revoked", false },
	{ 26, "it is not meant for a server", false },
	{ 62, "it is for another host name", false },
	{ 64, "it is for another address", false },
	{ 66, "its key is too weak", false },
	{ 67, "its authority's key is too weak", false },
	{ 68, "its signature is too weak", false },
};

static const struct {
	CURLcode code;
	enum fault_code fault;
	const char *text; /* before the host's name */
} failures[] = {
	{ CURLE_URL_MALFORMAT, FAULT_CONFIG, "Not a usable URL for" },
	{ CURLE_UNSUPPORTED_PROTOCOL, FAULT_PROTOCOL,
	    "No valid HTTP answer from" },
	{ CURLE_COULDNT_RESOLVE_HOST, FAULT_UNREACHABLE,
	    "No address is known for" },
	{ CURLE_COULDNT_RESOLVE_PROXY, FAULT_UNREACHABLE,
	    "No address is known for the proxy to" },
	{ CURLE_COULDNT_CONNECT, FAULT_UNREACHABLE, "No connection to" },
	{ CURLE_PROXY, FAULT_UNREACHABLE, "The proxy does not connect to" },
	{ CURLE_WEIRD_SERVER_REPLY, FAULT_PROTOCOL,
	    "No valid HTTP answer from" },
	{ CURLE_HTTP2, FAULT_PROTOCOL, "HTTP/2 failed with" },
	{ CURLE_HTTP2_STREAM, FAULT_UNREACHABLE, "The stream was reset by" },
	{ CURLE_PARTIAL_FILE, FAULT_UNREACHABLE, "The answer was cut off by" },
	{ CURLE_OPERATION_TIMEDOUT, FAULT_TIMEOUT, "No answer in time from" },
	{ CURLE_GOT_NOTHING, FAULT_UNREACHABLE,
	    "The connection was closed without an answer by" },
	{ CURLE_SEND_FAIL_REWIND, FAULT_UNREACHABLE,
	    "The connection was closed without an answer by" },
	{ CURLE_SEND_ERROR, FAULT_UNREACHABLE, "The connection broke to" },
	{ CURLE_RECV_ERROR, FAULT_UNREACHABLE, "The connection broke to" },
	/* Where memory is out indeed, the process ends by its own next need. */
	{ CURLE_OUT_OF_MEMORY, FAULT_TOO_LARGE, "Too long a header came from" },
#if LIBCURL_VERSION_NUM >= 0x080600
	{ CURLE_TOO_LARGE, FAULT_TOO_LARGE, "Too long a header came from" },
#endif
	{ CURLE_BAD_CONTENT_ENCODING, FAULT_PROTOCOL,
	    "A badly compressed answer from" },
	{ CURLE_SSL_CONNECT_ERROR, FAULT_TLS, "The TLS handshake failed with" },
	{ CURLE_SSL_CIPHER, FAULT_TLS, "No common cipher with" },
	{ CURLE_SSL_CERTPROBLEM, FAULT_TLS,
	    "The client certificate cannot be used with" },
	{ CURLE_SSL_CACERT_BADFILE, FAULT_TLS,
	    "The certificate authorities' file cannot be read, for" },
	{ CURLE_SSL_CLIENTCERT, FAULT_TLS,
	    "A client certificate is required by" },
	{ CURLE_SSL_ISSUER_ERROR, FAULT_TLS, "The wrong issuer certified" },
	{ CURLE_USE_SSL_FAILED, FAULT_TLS, "No TLS with" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
certificate_fault(const struct http *x, struct fault *f)
{
	const char *reason = "it cannot be verified";
	bool untrusted = false;
	long result = 0;

	curl_must(
	    curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT, &result));
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		if (verdicts[i].result != result)
			continue;
		reason = verdicts[i].reason;
		untrusted = verdicts[i].untrusted;
	}
	fault_set(f, FAULT_TLS, "The certificate of %s is refused: %s%s",
	    x->host, reason,
	    untrusted ? " (name its authority with --ca-file)" : "");
}

/* In TLS 1.3 a server judges the client's certificate after the handshake: its
 * refusal is the first thing read. */
static bool
is_alert(const struct http *x, CURLcode code)
{
	return (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) &&
	       strstr(x->error, " alert ") != NULL;
}

int
http_proxy_refusal(const struct http *x)
{
	long status = 0;

	if (x->proxied)
		curl_must(curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE,
		    &status));
	return status >= HTTP_REFUSED ? (int)status : 0;
}

static void
proxy_fault(const struct http *x, int status, struct fault *f)
{
	fault_set(f, FAULT_UNREACHABLE,
	    "The proxy does not connect to %s (HTTP %d)", x->host, status);
	if (f != NULL && status == HTTP_PROXY_AUTHENTICATION)
		fault_advise(f, "Give the proxy's user and password: --proxy "
				"http://user:password@host:port");
}

static void
code_fault(const struct http *x, CURLcode code, struct fault *f)
{
	int refusal = http_proxy_refusal(x);

	if (refusal != 0) {
		proxy_fault(x, refusal, f);
		return;
	}
	if (is_alert(x, code))
		code = CURLE_SSL_CONNECT_ERROR;
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		certificate_fault(x, f);
		return;
	}
	for (size_t i = 0; i < COUNT(failures); i++) {
		if (failures[i].code != code)
			continue;
		fault_set(f, failures[i].fault, "%s %s", failures[i].text,
		    x->host);
		return;
	}
	fault_set(f, FAULT_UNREACHABLE, "The exchange failed with %s", x->host);
}

void
http_fault(struct http *x, CURLcode code, struct fault *f)
{
	switch ((int)x->stopped_for) {
	case FAULT_CANCELED:
		fault_set(f, FAULT_CANCELED, "%s", "");
		return;
	case FAULT_TOO_LARGE:
		fault_set(f, FAULT_TOO_LARGE,
		    "The response headers of %s pass %zu KiB", x->host,
		    LIMIT_HEADERS / KIB);
		return;
	case FAULT_UNREACHABLE:
		code_fault(x, CURLE_SEND_FAIL_REWIND, f);
		return;
	case FAULT_POLICY:
		fault_set(f, FAULT_POLICY,
		    "%s has a %s address, which only a host that you name "
		    "may have",
		    x->host, address_class_name(x->refused));
		return;
	}
	code_fault(x, code, f);
	if (x->error[0])
		fault_detail(f, span_of(x->error));
}
