/* SPDX-License-Identifier: ISC */
/*
 * What a trace holds of an exchange: of the headers only those that are named
 * here, and never the value of one that may be a credential.
 */
#include <string.h>
#include <strings.h>

#include "io/http_parts.h"
#include "io/trace.h"

/* Request headers, and what they are called in a trace. */
static const struct {
	const char *header, *member;
	bool is_credential;
} shown[] = {
	{ "Authorization", "authorization", true },
	{ "MCP-Protocol-Version", "protocol_version", false },
	{ "Last-Event-ID", "last_event_id", false },
	{ "Mcp-Method", "mcp_method", false },
};

enum { SHOWN = sizeof(shown) / sizeof(shown[0]) };

static void
begin(const struct http *x, const char *step)
{
	trace_begin("http");
	trace_word("step", step);
	trace_number("exchange", x->traced);
}

/* The scheme of a credential; one that has none is secret from its start. */
static const char *
scheme_of(struct span value)
{
	static const char *const schemes[] = { "Bearer", "DPoP", "Basic" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if (value.len > len && value.ptr[len] == ' ' &&
		    strncasecmp(value.ptr, schemes[i], len) == 0)
			return schemes[i];
	}
	return "yes";
}

static void
put_header(const char *line)
{
	for (size_t i = 0; i < SHOWN; i++) {
		size_t len = strlen(shown[i].header);

		if (strncasecmp(line, shown[i].header, len) != 0 ||
		    line[len] != ':')
			continue;
		struct span value = span_trim(span_of(line + len + 1));
		if (shown[i].is_credential)
			trace_word(shown[i].member, scheme_of(value));
		else
			trace_text(shown[i].member, value);
	}
}

void
http_trace_request(struct http *x)
{
	static unsigned count;

	x->traced = ++count;
	begin(x, "request");
	trace_word("method", x->request.method);
	trace_text("url", span_of(x->request.url));
	trace_number("bytes", x->request.body.len);
	if (x->proxied)
		trace_word("proxy", "yes");
	if (x->headers != NULL) {
		const struct curl_slist *line = http_headers_list(x->headers);
		for (; line != NULL; line = line->next)
			put_header(line->data);
	}
	trace_end();
}

/* A cookie is not recorded, but the server may repeat it elsewhere. */
void
http_trace_line(struct span line)
{
	static const char name[] = "Set-Cookie:";
	const char *value, *end;

	if (line.len < sizeof(name) ||
	    strncasecmp(line.ptr, name, sizeof(name) - 1) != 0)
		return;
	value = memchr(line.ptr, '=', line.len);
	if (value == NULL)
		return;
	line = span_make(value + 1, line.len - (size_t)(value + 1 - line.ptr));
	end = line.len > 0 ? memchr(line.ptr, ';', line.len) : NULL;
	if (end != NULL)
		line.len = (size_t)(end - line.ptr);
	trace_conceal(span_trim(line));
}

void
http_trace_head(const struct http *x, const struct http_head *head)
{
	begin(x, "response");
	trace_number("status", (uint64_t)head->status);
	trace_text("content_type", head->content_type);
	trace_text("retry_after", head->retry_after);
	trace_text("location", head->location);
	if (head->challenge_count > 0)
		trace_text("challenge", span_of(head->challenges[0]));
	if (head->session_id.len > 0)
		trace_word("session", "yes");
	if (head->dpop_nonce.len > 0)
		trace_word("dpop_nonce", "yes");
	trace_end();
}

void
http_trace_end(struct http *x, const struct http_report *report,
    const struct fault *f)
{
	begin(x, "end");
	trace_number("status", (uint64_t)report->status);
	trace_word("version", report->version);
	trace_text("address", span_of(report->address));
	trace_number("proxy_status", (uint64_t)report->proxy_status);
	trace_number("resolved_us", report->resolved_us);
	trace_number("connected_us", report->connected_us);
	trace_number("secured_us", report->secured_us);
	trace_number("sent_us", report->sent_us);
	trace_number("answered_us", report->answered_us);
	trace_number("ended_us", report->ended_us);
	trace_number("bytes", x->received);
	if (f != NULL) {
		trace_word("fault", fault_info(f->code)->kind);
		trace_text("text", span_of(fault_text(f)));
	}
	trace_end();
	x->traced = 0;
}

void
http_trace_freed(struct http *x)
{
	begin(x, "end");
	trace_number("status", (uint64_t)x->head.status);
	trace_number("bytes", x->received);
	trace_word("fault", "closed");
	trace_end();
	x->traced = 0;
}
