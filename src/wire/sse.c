/* SPDX-License-Identifier: ISC */
/*
 * The event stream parser. Bytes stay as they come: UTF-8 is checked by who
 * reads the data as JSON.
 */
#include "wire/sse.h"

#include <string.h>

#include "base/limits.h"

/* One byte more than any value may have, so that "too long" can be told. */
#define VALUE_MAX (LIMIT_EVENT_ID + 1)

#define RETRY_MAX_MS (60 * 60 * 1000)

enum {
	/* Storage an event may leave behind for the next. */
	SPARE_SPACE = 64 * 1024,
	/* The search for a line's end starts and ends with these windows. */
	WINDOW_MIN = 512,
	WINDOW_MAX = 16 * 1024,
};

void
sse_init(struct sse *s, size_t max_event)
{
	*s = (struct sse){ .first_line = true };
	buf_init(&s->data, max_event);
	buf_init(&s->event, VALUE_MAX);
	buf_init(&s->id, VALUE_MAX);
	buf_init(&s->pending_id, VALUE_MAX);
	buf_init(&s->value, VALUE_MAX);
}

void
sse_reset(struct sse *s)
{
	buf_reset(&s->data);
	buf_reset(&s->event);
	buf_reset(&s->id);
	buf_reset(&s->pending_id);
	buf_reset(&s->value);
	sse_init(s, s->data.max);
}

static void
forget_event(struct sse *s)
{
	if (s->data.space > SPARE_SPACE)
		buf_reset(&s->data);
	else
		buf_clear(&s->data);
	buf_clear(&s->event);
	s->has_data = false;
	s->has_pending_id = false;
	s->oversized = false;
	s->dispatched = false;
}

static void
begin_line(struct sse *s)
{
	s->state = SSE_IN_NAME;
	s->name_len = 0;
}

void
sse_restart(struct sse *s)
{
	forget_event(s);
	begin_line(s);
	s->first_line = true;
	s->after_cr = false;
}

static void
swap(struct buf *a, struct buf *b)
{
	struct buf old = *a;

	*a = *b;
	*b = old;
}

static enum sse_result
add_data(struct sse *s, struct span bytes)
{
	if (s->oversized)
		return SSE_MORE;
	if (buf_add_span(&s->data, bytes) == -1) {
		s->oversized = true;
		return SSE_TOO_LARGE;
	}
	return SSE_MORE;
}

static enum sse_field
find_field(struct span name)
{
	if (span_is(name, "data"))
		return SSE_FIELD_DATA;
	if (span_is(name, "event"))
		return SSE_FIELD_EVENT;
	if (span_is(name, "id"))
		return SSE_FIELD_ID;
	if (span_is(name, "retry"))
		return SSE_FIELD_RETRY;
	return SSE_FIELD_OTHER;
}

static enum sse_result
begin_data(struct sse *s)
{
	s->field = SSE_FIELD_DATA;
	s->state = SSE_AFTER_COLON;
	if (s->has_data)
		return add_data(s, span_of("\n"));
	s->has_data = true;
	return SSE_MORE;
}

/* The name is complete; its value, if any, begins. */
static enum sse_result
begin_value(struct sse *s)
{
	enum sse_field field = find_field(span_make(s->name, s->name_len));

	if (field == SSE_FIELD_DATA)
		return begin_data(s);
	s->field = field;
	s->state = SSE_AFTER_COLON;
	buf_clear(&s->value);
	return SSE_MORE;
}

static enum sse_result
add_value(struct sse *s, struct span bytes)
{
	size_t room = s->value.max - s->value.len;

	if (s->field == SSE_FIELD_DATA)
		return add_data(s, bytes);
	if (s->field == SSE_FIELD_OTHER)
		return SSE_MORE;
	if (bytes.len > room)
		bytes.len = room;
	return buf_add_span(&s->value, bytes) == 0 ? SSE_MORE : SSE_TOO_LARGE;
}

static void
set_retry(struct sse *s)
{
	struct span digits = buf_span(&s->value);
	uint32_t retry_ms = 0;

	if (digits.len == 0 || digits.len > LIMIT_EVENT_ID)
		return;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return;
		retry_ms = retry_ms * 10 + (uint32_t)(digits.ptr[i] - '0');
		if (retry_ms > RETRY_MAX_MS)
			retry_ms = RETRY_MAX_MS;
	}
	s->has_retry = true;
	s->retry_ms = retry_ms;
}

static void
set_id(struct sse *s)
{
	struct span id = buf_span(&s->value);

	if (id.len > LIMIT_EVENT_ID)
		return;
	if (id.len > 0 && memchr(id.ptr, '\0', id.len) != NULL)
		return;
	swap(&s->pending_id, &s->value);
	s->has_pending_id = true;
}

static void
end_field(struct sse *s)
{
	switch (s->field) {
	case SSE_FIELD_OTHER:
	case SSE_FIELD_DATA:
		break;
	case SSE_FIELD_EVENT:
		swap(&s->event, &s->value);
		break;
	case SSE_FIELD_ID:
		set_id(s);
		break;
	case SSE_FIELD_RETRY:
		set_retry(s);
		break;
	}
}

static void
show_event(struct sse *s, struct sse_event *event)
{
	event->data = &s->data;
	event->type = buf_span(&s->event);
	s->dispatched = true;
}

/* A blank line. */
static enum sse_result
end_event(struct sse *s, struct sse_event *event)
{
	bool primed = s->has_pending_id;

	if (primed) {
		swap(&s->id, &s->pending_id);
		s->has_id = true;
	}
	if (s->data.len > 0) {
		show_event(s, event);
		return SSE_EVENT;
	}
	forget_event(s);
	return primed ? SSE_PRIME : SSE_MORE;
}

static enum sse_result
end_line(struct sse *s, struct sse_event *event)
{
	enum sse_result result = SSE_MORE;

	s->first_line = false;
	if (s->state == SSE_IN_NAME && s->name_len == 0)
		return end_event(s, event);
	if (s->state == SSE_IN_NAME)
		result = begin_value(s);
	end_field(s);
	begin_line(s);
	return result;
}

static bool
ends_line(char c)
{
	return c == '\r' || c == '\n';
}

static void
advance(struct span *in, size_t count)
{
	in->ptr += count;
	in->len -= count;
}

/*
 * Bytes before the first CR or LF. The windows grow, so that the cost is linear
 * in that length also where one of the two never comes.
 */
static size_t
line_length(struct span in)
{
	size_t window = WINDOW_MIN;
	size_t seen = 0;

	while (seen < in.len) {
		const char *start = in.ptr + seen;
		size_t len = in.len - seen < window ? in.len - seen : window;
		const char *lf = memchr(start, '\n', len);
		if (lf != NULL)
			len = (size_t)(lf - start);
		const char *cr = memchr(start, '\r', len);
		if (cr != NULL)
			return (size_t)(cr - in.ptr);
		seen += len;
		if (lf != NULL)
			return seen;
		if (window < WINDOW_MAX)
			window *= 2;
	}
	return seen;
}

static enum sse_result
read_name(struct sse *s, struct span *in)
{
	static const char bom[] = { '\xef', '\xbb', '\xbf' };
	static const char data[] = "data:";

	/* Nearly every line that is not blank. */
	if (s->name_len == 0 && span_starts_with(*in, data)) {
		advance(in, sizeof(data) - 1);
		return begin_data(s);
	}
	while (in->len > 0 && !ends_line(in->ptr[0])) {
		char c = in->ptr[0];
		advance(in, 1);
		if (c == ':')
			return begin_value(s);
		/* What is cut here is longer than any name we know. */
		if (s->name_len < sizeof(s->name))
			s->name[s->name_len++] = c;
		if (s->first_line && s->name_len == sizeof(bom) &&
		    memcmp(s->name, bom, sizeof(bom)) == 0) {
			s->first_line = false;
			s->name_len = 0;
		}
	}
	return SSE_MORE;
}

/* Reads on within a line, up to its end or the end of the input. */
static enum sse_result
read_line(struct sse *s, struct span *in)
{
	enum sse_result result = SSE_MORE;

	if (s->state == SSE_IN_NAME)
		result = read_name(s, in);
	if (result != SSE_MORE || in->len == 0 || s->state == SSE_IN_NAME)
		return result;
	if (s->state == SSE_AFTER_COLON && in->ptr[0] == ' ')
		advance(in, 1);
	s->state = SSE_IN_VALUE;
	struct span bytes = span_make(in->ptr, line_length(*in));
	advance(in, bytes.len);
	return add_value(s, bytes);
}

enum sse_result
sse_feed(struct sse *s, struct span *in, struct sse_event *event)
{
	enum sse_result result = SSE_MORE;

	if (s->dispatched)
		forget_event(s);
	while (result == SSE_MORE && in->len > 0) {
		char c = in->ptr[0];

		if (c == '\n' && s->after_cr) {
			s->after_cr = false;
			advance(in, 1);
			continue;
		}
		s->after_cr = c == '\r';
		if (ends_line(c)) {
			advance(in, 1);
			result = end_line(s, event);
		} else {
			result = read_line(s, in);
		}
	}
	return result;
}

bool
sse_finish(struct sse *s, struct sse_event *event)
{
	bool blank = s->state == SSE_IN_NAME && s->name_len == 0;

	if (s->dispatched)
		forget_event(s);
	if (!blank && end_line(s, event) != SSE_MORE)
		return false;
	if (s->data.len == 0)
		return false;
	show_event(s, event);
	return true;
}
