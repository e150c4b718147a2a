/* SPDX-License-Identifier: ISC */
/*
 * Response heads. Of a header that comes twice the first counts, challenges
 * excepted.
 */
#include "io/http_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"

enum field {
	CONTENT_TYPE,
	SESSION_ID,
	RETRY_AFTER,
	LOCATION,
	DATE,
	DPOP_NONCE,
	LAST_MODIFIED,
	CACHE_CONTROL,
	FIELD_COUNT
};

struct field_name {
	const char *text;
	size_t len;
};

#define NAME(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

static const struct field_name field_names[] = {
	[CONTENT_TYPE] = NAME("Content-Type"),
	[SESSION_ID] = NAME("Mcp-Session-Id"),
	[RETRY_AFTER] = NAME("Retry-After"),
	[LOCATION] = NAME("Location"),
	[DATE] = NAME("Date"),
	[DPOP_NONCE] = NAME("DPoP-Nonce"),
	[LAST_MODIFIED] = NAME("Last-Modified"),
	[CACHE_CONTROL] = NAME("Cache-Control"),
};
_Static_assert((int)FIELD_COUNT == (int)HTTP_HEAD_FIELDS, "fields");

void
http_head_init(struct http_head_reader *r)
{
	*r = (struct http_head_reader){ .length = -1 };
	buf_init(&r->text, LIMIT_HEADERS);
}

void
http_head_reset(struct http_head_reader *r)
{
	buf_reset(&r->text);
}

static void
begin(struct http_head_reader *r)
{
	r->status = 0;
	r->encoded = false;
	r->length = -1;
	r->challenge_count = 0;
	r->kept = 0;
	buf_clear(&r->text);
}

void
http_head_clear(struct http_head_reader *r)
{
	begin(r);
	r->seen = 0;
	r->complete = false;
}

/* "HTTP/1.1 200 OK": the digits after the first space. */
static int
parse_status(struct span line)
{
	const char *space = memchr(line.ptr, ' ', line.len);
	int status = 0;

	if (!space)
		return 0;
	for (const char *p = space + 1; p < line.ptr + line.len; p++) {
		if (*p < '0' || *p > '9' || status > 99)
			break;
		status = 10 * status + (*p - '0');
	}
	return status;
}

static long long
parse_length(struct span value)
{
	long long length = 0;

	if (value.len == 0 || value.len > 18)
		return -1;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return -1;
		length = 10 * length + (value.ptr[i] - '0');
	}
	return length;
}

/* Where the value now stands in the text, which is smaller than `seen`. */
static unsigned
keep(struct http_head_reader *r, struct span value)
{
	unsigned at = (unsigned)r->text.len;

	if (buf_add_span(&r->text, value) != 0 || buf_add(&r->text, "", 1) != 0)
		abort();
	return at;
}

static bool
is_kept(const struct http_head_reader *r, enum field field)
{
	return (r->kept & 1U << field) != 0;
}

static void
keep_field(struct http_head_reader *r, enum field field, struct span value)
{
	if (is_kept(r, field))
		return;
	r->fields[field].at = keep(r, value);
	r->fields[field].len = (unsigned)value.len;
	r->kept |= 1U << field;
}

static void
keep_challenge(struct http_head_reader *r, struct span value)
{
	if (r->challenge_count < HTTP_HEAD_CHALLENGES)
		r->challenge_at[r->challenge_count++] = keep(r, value);
}

static bool
is_named(struct span name, const struct field_name *field)
{
	return name.len == field->len &&
	       strncasecmp(name.ptr, field->text, field->len) == 0;
}

static void
read_field(struct http_head_reader *r, struct span line)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	struct span name, value;

	if (!colon)
		return;
	name = span_make(line.ptr, (size_t)(colon - line.ptr));
	value = span_trim(span_make(colon + 1, line.len - name.len - 1));
	for (enum field i = 0; i < FIELD_COUNT; i++) {
		if (is_named(name, &field_names[i])) {
			keep_field(r, i, value);
			return;
		}
	}
	if (span_is_nocase(name, "WWW-Authenticate"))
		keep_challenge(r, value);
	else if (span_is_nocase(name, "Content-Length"))
		r->length = parse_length(value);
	else if (span_is_nocase(name, "Content-Encoding"))
		r->encoded = !span_is_nocase(value, "identity");
}

static bool
is_blank(struct span line)
{
	return line.len == 0 || line.ptr[0] == '\r' || line.ptr[0] == '\n';
}

enum http_head_step
http_head_line(struct http_head_reader *r, struct span line)
{
	r->seen += line.len;
	if (r->seen > LIMIT_HEADERS)
		return HTTP_HEAD_TOO_LARGE;
	if (r->complete)
		return HTTP_HEAD_MORE;
	if (span_starts_with(line, "HTTP/")) {
		begin(r);
		r->status = parse_status(line);
	} else if (!is_blank(line)) {
		read_field(r, line);
	} else if (r->status >= 200) {
		r->complete = true;
		return HTTP_HEAD_READY;
	}
	return HTTP_HEAD_MORE;
}

static struct span
field_of(const struct http_head_reader *r, enum field field)
{
	if (!is_kept(r, field))
		return span_make(NULL, 0);
	return span_make(r->text.data + r->fields[field].at,
	    r->fields[field].len);
}

struct http_head
http_head_view(struct http_head_reader *r)
{
	for (size_t i = 0; i < r->challenge_count; i++)
		r->challenges[i] = r->text.data + r->challenge_at[i];
	return (struct http_head){
		.status = r->status,
		.content_type = field_of(r, CONTENT_TYPE),
		.session_id = field_of(r, SESSION_ID),
		.retry_after = field_of(r, RETRY_AFTER),
		.location = field_of(r, LOCATION),
		.date = field_of(r, DATE),
		.dpop_nonce = field_of(r, DPOP_NONCE),
		.last_modified = field_of(r, LAST_MODIFIED),
		.cache_control = field_of(r, CACHE_CONTROL),
		.challenges = r->challenges,
		.challenge_count = r->challenge_count,
		.content_length = r->encoded ? -1 : r->length,
	};
}
