/* SPDX-License-Identifier: ISC */
/*
 * The way to the server. One exchange is made, as a host's first one would be;
 * how far it came is what the stages here read. Another connection looks at the
 * certificates.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/doctor_p.h"
#include "io/proxy.h"
#include "io/resolve.h"
#include "io/tls_inspect.h"

enum {
	CONTACT_MS = 20000,
	HTTP_UNAUTHORIZED = 401,
	HTTP_PROXY_AUTHENTICATION = 407,
	CLOCK_TOLERANCE_S = 60, /* servers allow so much */
	CLOCK_BROKEN_S = 300,
	EXPIRES_SOON_S = 14 * 86400
};

/* Of OpenSSL's X509_V_ERR_ codes. */
enum {
	VERDICT_NO_ISSUER = 2,
	VERDICT_NOT_YET = 9,
	VERDICT_EXPIRED = 10,
	VERDICT_SELF_SIGNED = 18,
	VERDICT_UNKNOWN_ROOT = 19,
	VERDICT_NO_ISSUER_HERE = 20,
	VERDICT_UNVERIFIABLE = 21
};

void
doctor_contact(struct doctor *d)
{
	static const char initialize[] =
	    "{\"jsonrpc\":\"2.0\",\"id\":\"doctor-1\",\"method\":"
	    "\"initialize\","
	    "\"params\":{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{}"
	    ","
	    "\"clientInfo\":{\"name\":\"mcp-bridge doctor\",\"version\":"
	    "\"" VERSION "\"}}}";
	struct message *message = NULL;
	struct http_headers *headers = NULL;

	if (d->contacted)
		return;
	d->contacted = true;
	message = message_format("%s", initialize);
	headers = upstream_fresh_headers(&d->upstream);
	const struct doctor_ask ask = {
		.method = "POST",
		.headers = headers,
		.message = message,
		.patience_ms = CONTACT_MS,
	};
	doctor_exchange(d, "initialize", &ask, &d->contact);
	d->contact_report = d->report;
	http_headers_free(&headers);
	message_free(&message);
}

/*
 * Proxy and name
 */

/* Without user and password. */
static char *
public_proxy(const char *text)
{
	const char *mark = strstr(text, "://");
	const char *authority = mark != NULL ? mark + 3 : text;
	size_t len = strcspn(authority, "/?#");
	const char *host = authority;

	for (size_t i = 0; i < len; i++) {
		if (authority[i] == '@')
			host = authority + i + 1;
	}
	return mem_format("%.*s%.*s", (int)(authority - text), text,
	    (int)(authority + len - host), host);
}

static void
judge_proxy(struct doctor *d, struct check *c, const char *proxy,
    const char *source)
{
	const struct http_report *report = &d->contact_report;
	int status = report->proxy_status;

	if (status == 0 && report->status == HTTP_PROXY_AUTHENTICATION)
		status = report->status;
	check_fact(c, "proxy", proxy);
	check_fact(c, "from", source);
	if (status == HTTP_PROXY_AUTHENTICATION) {
		check_fail(c, FAULT_UNREACHABLE,
		    "%s (%s) wants a user and a password (HTTP 407)", proxy,
		    source);
		check_remedy(c,
		    "Give them: --proxy http://USER:PASSWORD@HOST:PORT, or "
		    "the same in MCP_BRIDGE_PROXY");
	} else if (report->failed == HTTP_STEP_PROXY &&
		   status == HTTP_UNAUTHORIZED) {
		check_fail(c, FAULT_UNREACHABLE,
		    "%s (%s) refuses the user or the password (HTTP 401)",
		    proxy, source);
		check_remedy(c,
		    "Correct them: --proxy http://USER:PASSWORD@HOST:PORT, or "
		    "in %s",
		    source);
	} else if (report->failed == HTTP_STEP_PROXY && status != 0) {
		check_fail(c, FAULT_UNREACHABLE,
		    "%s (%s) does not connect to %s (HTTP %d)", proxy, source,
		    d->options->url.host, status);
		check_remedy(c,
		    "Have the proxy let %s through, or go without it: "
		    "--proxy none, or NO_PROXY=%s",
		    d->options->url.host, d->options->url.host);
	} else if (report->failed == HTTP_STEP_PROXY) {
		check_fail(c, FAULT_UNREACHABLE, "%s (%s) cannot be reached",
		    proxy, source);
		check_fact(c, "detail",
		    doctor_answer_fault(&d->contact)->detail);
		check_remedy(c,
		    "Correct it with --proxy URL or in %s, or go without: "
		    "--proxy none",
		    source);
	} else {
		check_ok(c, "%s (%s)", proxy, source);
	}
}

void
doctor_proxy(struct doctor *d, struct check *c)
{
	const struct url *url = &d->options->url;
	const char *proxy = http_client_proxy(d->client, url);
	const char *variable = proxy_variable(url);
	char *shown = NULL;

	if (proxy == NULL && url_is_loopback(url)) {
		check_ok(c, "none: the server is on this computer");
		return;
	}
	if (proxy == NULL) {
		check_ok(c, "none%s%s",
		    variable != NULL ? ", whatever is said by " : "",
		    variable != NULL ? variable : "");
		return;
	}
	shown = public_proxy(proxy);
	doctor_contact(d);
	judge_proxy(d, c, shown,
	    d->config->proxy != NULL ? "--proxy" : variable);
	free(shown);
}

void
doctor_dns(struct doctor *d, struct check *c)
{
	const char *host = d->options->url.host;
	enum address_class class = ADDRESS_PUBLIC;
	struct resolved found;
	struct fault f = { 0 };

	if (http_client_proxy(d->client, &d->options->url) != NULL) {
		check_skip(c, "the proxy looks it up");
		return;
	}
	if (address_class_of(host, &class)) {
		check_ok(c, "%s is an address", host);
		return;
	}
	if (resolve(host, &found, &f) == -1) {
		check_fail_fault(c, &f);
		return;
	}
	for (size_t i = 0; i < found.count; i++)
		check_fact(c, "address", found.addresses[i].text);
	if (found.count == 1)
		check_ok(c, "%s", found.addresses[0].text);
	else
		check_ok(c, "%s and %zu more", found.addresses[0].text,
		    found.count - 1);
}

void
doctor_connection(struct doctor *d, struct check *c)
{
	const struct http_report *report = &d->contact_report;
	const char *way = "";

	doctor_contact(d);
	const struct fault *f = doctor_answer_fault(&d->contact);
	if (report->failed == HTTP_STEP_CONNECT ||
	    report->failed == HTTP_STEP_RESOLVE) {
		check_fail(c, f->code,
		    f->code == FAULT_TIMEOUT ?
			"no connection to %s port %u in time" :
			"nothing takes connections at %s port %u",
		    d->options->url.host, d->options->url.port);
		check_fact(c, "detail", f->detail);
		return;
	}
	check_fact(c, "address", report->address);
	if (report->proxied)
		way = "through the proxy, ";
	if (report->connected_us > report->resolved_us)
		check_ok(c, "%sin %.1f ms (%s)", way,
		    (double)(report->connected_us - report->resolved_us) / 1000,
		    report->address);
	else
		check_ok(c, "%sto %s", way, report->address);
}

/*
 * TLS
 */

static void
describe_day(int64_t at_s, char *text, size_t size)
{
	time_t at = (time_t)at_s;
	struct tm day = { 0 };

	text[0] = '\0';
	if (gmtime_r(&at, &day) != NULL)
		strftime(text, size, "%Y-%m-%d", &day);
}

static const char *
name_of(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : "?";
}

static void
blame_expiry(const struct tls_peer *peer, struct check *c)
{
	const struct tls_certificate *last = &peer->chain[peer->count - 1];
	const int64_t now_s = (int64_t)time(NULL);
	char day[32], ago[32];

	for (size_t i = 0; i < peer->count; i++) {
		const struct tls_certificate *one = &peer->chain[i];

		if (one->until_s == 0 || one->until_s > now_s)
			continue;
		describe_day(one->until_s, day, sizeof(day));
		doctor_describe_span(now_s - one->until_s, ago, sizeof(ago));
		check_fail(c, FAULT_TLS,
		    i == 0 ? "the server's certificate \"%s\" expired on %s "
			     "(%s ago)" :
			     "the certificate of the authority \"%s\" in its "
			     "chain expired on %s (%s ago)",
		    name_of(one->subject), day, ago);
		check_remedy(c, "Tell the operator of the server to renew it%s",
		    i == 0 ? "" : ", or to send the renewed chain");
		return;
	}
	check_fail(c, FAULT_TLS,
	    "the certificate of the authority \"%s\", trusted here, has "
	    "expired",
	    name_of(last->issuer));
	check_remedy(c,
	    "Get the authority's new certificate: update the package "
	    "ca-certificates, or give it with --ca-file");
}

static void
blame_issuer(const struct tls_peer *peer, struct check *c)
{
	const struct tls_certificate *last = &peer->chain[peer->count - 1];

	check_fail(c, FAULT_TLS, "its issuer \"%s\" is not known to %s",
	    name_of(last->issuer), name_of(peer->trusted));
	check_remedy(c, "Give the certificate of \"%s\": --ca-file FILE%s",
	    name_of(last->issuer),
	    peer->count == 1 ? ". If it is an intermediate one, the server "
			       "should send it: tell its operator" :
			       "");
}

/* The handshake failed because of the chain: which of it. */
static void
blame_chain(const struct doctor *d, const struct tls_peer *peer,
    struct check *c)
{
	const struct tls_certificate *leaf = &peer->chain[0];
	const struct tls_certificate *last = &peer->chain[peer->count - 1];
	char day[32];

	switch (d->contact_report.tls_verdict) {
	case VERDICT_EXPIRED:
		blame_expiry(peer, c);
		return;
	case VERDICT_NOT_YET:
		describe_day(leaf->from_s, day, sizeof(day));
		check_fail(c, FAULT_TLS,
		    "the server's certificate is valid from %s on only", day);
		check_remedy(c,
		    "Set this computer's clock: timedatectl set-ntp true");
		return;
	case VERDICT_SELF_SIGNED:
		check_fail(c, FAULT_TLS,
		    "the server's certificate \"%s\" is signed by itself",
		    name_of(leaf->subject));
		check_remedy(c,
		    "If it is the right one, give it: --ca-file FILE");
		return;
	case VERDICT_UNKNOWN_ROOT:
		check_fail(c, FAULT_TLS,
		    "its chain ends in \"%s\", which is not trusted by %s",
		    name_of(last->subject), name_of(peer->trusted));
		check_remedy(c,
		    "If you trust it, give the certificate of \"%s\": "
		    "--ca-file FILE",
		    name_of(last->subject));
		return;
	case VERDICT_NO_ISSUER:
	case VERDICT_NO_ISSUER_HERE:
	case VERDICT_UNVERIFIABLE:
		blame_issuer(peer, c);
		return;
	case 0:
	case 1:
		check_fail(c, FAULT_TLS,
		    "the server's certificate is for %s, not for %s",
		    name_of(leaf->names != NULL ? leaf->names : leaf->subject),
		    d->options->url.host);
		check_remedy(c,
		    "Use the host name that the certificate has, or have it "
		    "issued for %s",
		    d->options->url.host);
		return;
	default:
		check_fail_fault(c, doctor_answer_fault(&d->contact));
	}
}

static void
name_certificate(const struct tls_peer *peer, struct check *c)
{
	char day[32];

	check_fact(c, "protocol", peer->protocol);
	check_fact(c, "trust", peer->trusted);
	for (size_t i = 0; i < peer->count; i++) {
		describe_day(peer->chain[i].until_s, day, sizeof(day));
		check_factf(c, "certificate", "%s, issued by %s, until %s",
		    name_of(peer->chain[i].subject),
		    name_of(peer->chain[i].issuer), day);
	}
}

static void
judge_certificate(const struct tls_peer *peer, struct check *c)
{
	const struct tls_certificate *leaf = &peer->chain[0];
	int64_t left_s = leaf->until_s - (int64_t)time(NULL);
	char left[32];

	doctor_describe_span(left_s, left, sizeof(left));
	if (leaf->until_s != 0 && left_s < EXPIRES_SOON_S) {
		check_warn(c, "%s; the server's certificate expires in %s",
		    peer->protocol, left);
		check_remedy(c, "Tell the operator of the server to renew it");
	} else {
		check_ok(c, "%s, \"%s\" by \"%s\", valid for another %s",
		    peer->protocol, name_of(leaf->subject),
		    name_of(leaf->issuer), left);
	}
}

void
doctor_tls(struct doctor *d, struct check *c)
{
	bool failed = d->contact_report.failed == HTTP_STEP_TLS;
	struct fault f = { 0 };
	struct tls_peer peer;

	if (!url_is_https(&d->options->url)) {
		check_skip(c, "http has none");
		return;
	}
	tls_peer_init(&peer);
	int rc = tls_inspect(d->client, d->options->url.text, &peer, &f);
	if (rc == 0)
		name_certificate(&peer, c);
	if (failed && rc == 0 && peer.count > 0 &&
	    doctor_answer_fault(&d->contact)->code == FAULT_TLS &&
	    d->contact_report.secured_us == 0 && !d->contact.head)
		blame_chain(d, &peer, c);
	else if (failed)
		check_fail_fault(c, doctor_answer_fault(&d->contact));
	else if (rc == 0 && peer.count > 0)
		judge_certificate(&peer, c);
	else
		check_ok(c, "the handshake succeeded");
	tls_peer_reset(&peer);
}

void
doctor_clock(struct doctor *d, struct check *c)
{
	const struct doctor_answer *a = &d->contact;
	long long ahead_s = a->arrived_s - a->date_s;
	char span[32];

	if (a->date_s == 0) {
		check_skip(c, "the server does not say what time it is");
		return;
	}
	doctor_describe_span(ahead_s < 0 ? -ahead_s : ahead_s, span,
	    sizeof(span));
	check_factf(c, "aheadSeconds", "%lld", ahead_s);
	if (ahead_s > CLOCK_BROKEN_S || ahead_s < -CLOCK_BROKEN_S) {
		check_fail(c, FAULT_CONFIG,
		    "this computer's clock is %s %s the server's", span,
		    ahead_s > 0 ? "ahead of" : "behind");
	} else if (ahead_s > CLOCK_TOLERANCE_S ||
		   ahead_s < -CLOCK_TOLERANCE_S) {
		check_warn(c, "this computer's clock is %s %s the server's",
		    span, ahead_s > 0 ? "ahead of" : "behind");
		check_remedy(c, "timedatectl set-ntp true");
	} else {
		check_ok(c, "agrees with the server's");
	}
}
