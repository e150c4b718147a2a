/* SPDX-License-Identifier: ISC */
/*
 * How an exchange went, read from its handle once it has ended. Judges
 * nothing.
 */
#include <stdio.h>
#include <string.h>

#include "io/http_parts.h"

static uint64_t
time_of(const struct http *x, CURLINFO which)
{
	curl_off_t us = 0;

	curl_must(curl_easy_getinfo(x->easy, which, &us));
	return us > 0 ? (uint64_t)us : 0;
}

/* What was to come next. */
static enum http_step
step_after(const struct http *x, const struct http_report *report)
{
	bool https = strncmp(report->url, "https:", 6) == 0;

	if (report->connected_us == 0 && x->proxied)
		return HTTP_STEP_PROXY;
	if (report->resolved_us == 0 && report->connected_us == 0)
		return HTTP_STEP_RESOLVE;
	if (report->connected_us == 0)
		return HTTP_STEP_CONNECT;
	if (https && report->secured_us == 0 && report->sent_us == 0)
		return HTTP_STEP_TLS;
	return HTTP_STEP_ANSWER;
}

static enum http_step
step_of(const struct http *x, const struct http_report *report,
    const struct fault *f)
{
	if (f == NULL || f->code == FAULT_CANCELED)
		return HTTP_STEP_NONE;
	if (http_proxy_refusal(x) != 0)
		return HTTP_STEP_PROXY;
	if (f->code == FAULT_TLS)
		return HTTP_STEP_TLS;
	return step_after(x, report);
}

static const char *
version_of(const struct http *x)
{
	static const char *const names[] = {
		[CURL_HTTP_VERSION_1_0] = "HTTP/1.0",
		[CURL_HTTP_VERSION_1_1] = "HTTP/1.1",
		[CURL_HTTP_VERSION_2_0] = "HTTP/2",
	};
	long version = 0;

	curl_must(curl_easy_getinfo(x->easy, CURLINFO_HTTP_VERSION, &version));
	if (version <= 0 || version > CURL_HTTP_VERSION_2_0)
		return "";
	return names[version];
}

static void
fill_times(const struct http *x, struct http_report *report)
{
	report->resolved_us = time_of(x, CURLINFO_NAMELOOKUP_TIME_T);
	report->connected_us = time_of(x, CURLINFO_CONNECT_TIME_T);
	report->secured_us = time_of(x, CURLINFO_APPCONNECT_TIME_T);
	report->sent_us = time_of(x, CURLINFO_PRETRANSFER_TIME_T);
	report->answered_us = time_of(x, CURLINFO_STARTTRANSFER_TIME_T);
	report->ended_us = time_of(x, CURLINFO_TOTAL_TIME_T);
}

static void
report_end(struct http *x, const struct fault *f)
{
	const struct http_options *options = &x->client->options;
	struct http_report report = {
		.method = x->request.method,
		.url = x->request.url,
		.status = x->head.status,
		.proxied = x->proxied,
		.version = version_of(x),
	};
	char *peer = NULL;
	long proxy_status = 0;

	fill_times(x, &report);
	curl_must(curl_easy_getinfo(x->easy, CURLINFO_PRIMARY_IP, &peer));
	snprintf(report.address, sizeof(report.address), "%s",
	    peer != NULL ? peer : "");
	if (x->proxied)
		curl_must(curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE,
		    &proxy_status));
	report.proxy_status = (int)proxy_status;
	curl_must(curl_easy_getinfo(x->easy, CURLINFO_SSL_VERIFYRESULT,
	    &report.tls_verdict));
	report.failed = step_of(x, &report, f);
	if (x->traced != 0)
		http_trace_end(x, &report, f);
	if (options->ended != NULL)
		options->ended(options->ctx, &report);
}

void
http_report_end(struct http *x, const struct fault *f)
{
	if (x->client->options.ended != NULL || x->traced != 0)
		report_end(x, f);
}
