/* SPDX-License-Identifier: ISC */
/*
 * Requests to the loopback listener, read and judged. `state` is the guard of
 * a sign-in; the rules here only keep out the noise that browsers, extensions
 * and other pages make, so each refusal leaves the wait as it was.
 */
#include "auth/callback_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/mem.h"
#include "wire/header.h"
#include "wire/url.h"

enum {
	HTTP_BAD_REQUEST = 400,
	HTTP_FORBIDDEN = 403,
	HTTP_NOT_FOUND = 404,
	HTTP_BAD_METHOD = 405,
	HTTP_MISDIRECTED = 421
};

void
callback_head_init(struct callback_head *head)
{
	*head = (struct callback_head){ 0 };
	buf_init(&head->text, LIMIT_CALLBACK_HEAD);
}

void
callback_head_reset(struct callback_head *head)
{
	buf_wipe(&head->text);
	callback_head_init(head);
}

/* Adds a piece of one line, or leaves that line out. */
static void
add_piece(struct callback_head *head, struct span piece)
{
	size_t line_max =
	    head->in_headers ? LIMIT_HEADER_VALUE : LIMIT_CALLBACK_LINE;
	size_t room = LIMIT_CALLBACK_HEAD - head->text.len;

	head->line_len += piece.len;
	if (head->line_len > line_max || piece.len > room)
		head->leave_out = true;
	if (head->leave_out)
		head->text.len = head->line_start;
	else if (buf_add_span(&head->text, piece) == -1)
		head->line_start = 0;
}

/* The line being read is whole: true when it is the blank one. */
static bool
end_line(struct callback_head *head, bool after_cr)
{
	bool blank = head->line_len == (after_cr ? 2 : 1);

	head->line_start = head->text.len;
	head->line_len = 0;
	head->in_headers = true;
	head->leave_out = false;
	return blank;
}

enum callback_progress
callback_head_feed(struct callback_head *head, struct span bytes)
{
	while (bytes.len > 0) {
		const char *newline = memchr(bytes.ptr, '\n', bytes.len);
		size_t taken = newline != NULL ?
				   (size_t)(newline - bytes.ptr) + 1 :
				   bytes.len;
		char first = bytes.ptr[0];

		if (head->text.len == 0 && !(first >= 'A' && first <= 'Z'))
			return CALLBACK_NO_REQUEST;
		if (!head->in_headers &&
		    taken > LIMIT_CALLBACK_LINE - head->text.len)
			return CALLBACK_TOO_LONG;
		add_piece(head, span_make(bytes.ptr, taken));
		char before = taken > 1 ? bytes.ptr[taken - 2] : head->last;
		head->last = bytes.ptr[taken - 1];
		if (newline != NULL && end_line(head, before == '\r'))
			return CALLBACK_WHOLE;
		bytes.ptr += taken;
		bytes.len -= taken;
	}
	return CALLBACK_MORE;
}

void
callback_request_init(struct callback_request *request)
{
	*request = (struct callback_request){
		.kind = CALLBACK_BAD,
		.status = HTTP_BAD_REQUEST,
	};
	callback_result_init(&request->result);
}

void
callback_request_reset(struct callback_request *request)
{
	secret_reset(&request->state);
	callback_result_reset(&request->result);
	callback_request_init(request);
}

/* Cuts the next line off `rest`, without its line end. */
static bool
next_line(struct span *rest, struct span *line)
{
	const char *newline =
	    rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

	if (newline == NULL)
		return false;
	*line = span_make(rest->ptr, (size_t)(newline - rest->ptr));
	rest->ptr += line->len + 1;
	rest->len -= line->len + 1;
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return line->len > 0;
}

/* Cuts the bytes before `separator` off `text`, all of it where it is not. */
static struct span
cut(struct span *text, char separator)
{
	const char *at =
	    text->len > 0 ? memchr(text->ptr, separator, text->len) : NULL;
	struct span before = *text;

	if (at == NULL) {
		*text = span_make(text->ptr + text->len, 0);
		return before;
	}
	before.len = (size_t)(at - text->ptr);
	text->ptr += before.len + 1;
	text->len -= before.len + 1;
	return before;
}

struct target {
	struct span method;
	struct span path;
	struct span query;
};

static bool
parse_request_line(struct span line, struct target *target)
{
	target->method = cut(&line, ' ');
	target->query = cut(&line, ' ');
	target->path = cut(&target->query, '?');
	return header_is_token(target->method) &&
	       span_starts_with(target->path, "/") &&
	       (span_is(line, "HTTP/1.1") || span_is(line, "HTTP/1.0"));
}

struct marks {
	struct span host;
	unsigned hosts;
	bool foreign; /* not a navigation, or made by another page's script */
};

static bool
is_prefetch(struct span name, struct span value)
{
	bool purpose = span_is_nocase(name, "sec-purpose") ||
		       span_is_nocase(name, "purpose") ||
		       span_is_nocase(name, "x-purpose") ||
		       span_is_nocase(name, "x-moz");

	return purpose && value.len > 0;
}

static void
note_header(struct marks *marks, struct span name, struct span value)
{
	if (span_is_nocase(name, "host")) {
		marks->host = value;
		marks->hosts++;
	} else if (span_is_nocase(name, "origin")) {
		marks->foreign |= !span_is(value, "null");
	} else if (span_is_nocase(name, "sec-fetch-mode")) {
		marks->foreign |= !span_is(value, "navigate");
	} else if (is_prefetch(name, value)) {
		marks->foreign = true;
	}
}

/* False where a line is no header field, or Host is not there once. */
static bool
parse_headers(struct span rest, struct marks *marks)
{
	struct span line = { 0 };

	while (next_line(&rest, &line)) {
		struct span name = cut(&line, ':');
		struct span value = span_trim(line);

		if (!header_is_token(name) || !header_value_ok(value))
			return false;
		note_header(marks, name, value);
	}
	return marks->hosts == 1;
}

/* The start page answers under every name a port forwarder may give it
 * but under no name that DNS could point at us. */
static bool
is_loopback_host(struct span host)
{
	struct url url = { 0 };
	struct buf text;
	bool loopback = false;

	url_init(&url);
	buf_init(&text, LIMIT_URL);
	if (buf_add_string(&text, "http://") == 0 &&
	    buf_add_span(&text, host) == 0 && buf_add_string(&text, "/") == 0 &&
	    url_parse(&url, buf_span(&text), NULL) == 0)
		loopback =
		    url_is_loopback(&url) && span_is(span_of(url.path), "/");
	buf_reset(&text);
	url_reset(&url);
	return loopback;
}

enum parameter { ABSENT, PRESENT, MALFORMED };

/* Decodes the parameter `name` into `value`; it may stand there once. */
static enum parameter
get_parameter(struct span query, const char *name, struct buf *value)
{
	struct span encoded = { 0 };
	size_t count = 0;

	buf_clear(value);
	if (!url_query_get(query, name, &encoded, &count))
		return ABSENT;
	if (count != 1 || url_decode(encoded, true, value) == -1)
		return MALFORMED;
	if (value->len == 0)
		return ABSENT;
	if (memchr(value->data, '\0', value->len) != NULL)
		return MALFORMED;
	return PRESENT;
}

/* An optional text parameter: NULL when absent, false when malformed. */
static bool
get_text(struct span query, const char *name, struct buf *value, char **text)
{
	enum parameter found = get_parameter(query, name, value);

	if (found == PRESENT)
		*text = mem_copy(value->data, value->len);
	return found != MALFORMED;
}

static bool
get_secret(struct span query, const char *name, struct buf *value,
    struct secret *text)
{
	enum parameter found = get_parameter(query, name, value);

	if (found == PRESENT)
		secret_set(text, buf_span(value));
	return found != MALFORMED;
}

/* RFC 6749 section 4.1.2.1: the characters an error code may have. */
static bool
is_error_code(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < 0x20 || *text > 0x7e || *text == '"' ||
		    *text == '\\')
			return false;
	}
	return true;
}

/* Shape alone: once each, `state` there, and one of code and error. */
static bool
parse_parameters(struct callback_request *request, struct span query)
{
	struct callback_result *r = &request->result;
	struct buf value;

	buf_init(&value, LIMIT_CALLBACK_LINE);
	bool good =
	    get_secret(query, "state", &value, &request->state) &&
	    get_secret(query, "code", &value, &r->code) &&
	    get_text(query, "iss", &value, &r->iss) &&
	    get_text(query, "error", &value, &r->error) &&
	    get_text(query, "error_description", &value, &r->error_description);
	buf_wipe(&value);

	return good && !secret_empty(&request->state) &&
	       secret_empty(&r->code) == (r->error != NULL) &&
	       header_value_ok(secret_peek(&r->code)) &&
	       (r->iss == NULL || header_value_ok(span_of(r->iss))) &&
	       (r->error == NULL || is_error_code(r->error));
}

static void
refuse(struct callback_request *request, int status)
{
	callback_request_reset(request);
	request->status = status;
}

void
callback_request_judge(struct callback_request *request, struct span head,
    const struct callback_place *place)
{
	struct span line = { 0 };
	struct target target = { 0 };
	struct marks marks = { 0 };

	callback_request_reset(request);
	if (!next_line(&head, &line) || !parse_request_line(line, &target) ||
	    !parse_headers(head, &marks))
		return;

	bool start = crypto_equal(target.path, span_of(place->start));
	if (!start && !span_is(target.path, place->path))
		refuse(request, HTTP_NOT_FOUND);
	else if (!span_is(target.method, "GET"))
		refuse(request, HTTP_BAD_METHOD);
	else if (start ? !is_loopback_host(marks.host) :
			 !span_is_nocase(marks.host, place->host))
		refuse(request, HTTP_MISDIRECTED);
	else if (marks.foreign)
		refuse(request, HTTP_FORBIDDEN);
	else if (start)
		request->kind = CALLBACK_START;
	else if (parse_parameters(request, target.query))
		request->kind = CALLBACK_REDIRECT;
	else
		refuse(request, HTTP_BAD_REQUEST);
}
