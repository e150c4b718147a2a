/* SPDX-License-Identifier: ISC */
/*
 * Redaction of JSON: another value of the same shape, as far as it fits.
 */
#include "wire/json.h"
#include "wire/redact.h"

enum {
	DEPTH_MAX = 16,
	STRING_MAX = 256,
	KEY_MAX = 128,
	/* As much of a long string as may matter for its beginning. */
	STRING_WINDOW = 32 * 1024
};

#define REDACTED "[redacted]"
#define ELLIPSIS "\u2026"

struct walk {
	struct buf *out;
	const struct redact_known *known;
	size_t end; /* of `out`: past it nothing more is begun */
};

static int
put_value(const struct walk *w, struct span value, unsigned depth, bool hidden);

/* The front of a long string, as a string: not cut within an escape. */
static size_t
front_length(struct span literal)
{
	size_t at = 1;

	while (at < STRING_WINDOW) {
		size_t step = 1;

		if (literal.ptr[at] == '\\')
			step = literal.ptr[at + 1] == 'u' ? 6 : 2;
		at += step;
	}
	while (((unsigned char)literal.ptr[at] & 0xc0) == 0x80)
		at--;
	return at;
}

static bool
is_long(struct span literal)
{
	return literal.len > STRING_WINDOW + 8;
}

static int
decode(struct span literal, struct buf *text)
{
	struct buf front;
	int rc = -1;

	if (!is_long(literal))
		return json_string(literal, text);
	buf_init(&front, STRING_WINDOW + 16);
	if (buf_add(&front, literal.ptr, front_length(literal)) == 0 &&
	    buf_add(&front, "\"", 1) == 0)
		rc = json_string(buf_span(&front), text);
	buf_wipe(&front);
	return rc;
}

/* What cannot be decoded cannot be searched either. */
static int
put_string(const struct walk *w, struct span literal, size_t max)
{
	struct buf text, safe;
	int rc = -1;

	buf_init(&text, STRING_WINDOW + 16);
	buf_init(&safe, STRING_WINDOW);
	if (decode(literal, &text) == -1 ||
	    redact_text(&safe, buf_span(&text),
		is_long(literal) ? literal.len - 2 : text.len, w->known,
		max) == -1)
		rc = json_put_string(w->out, span_of(REDACTED));
	else
		rc = json_put_string(w->out, buf_span(&safe));
	buf_wipe(&text);
	buf_wipe(&safe);
	return rc;
}

/* A key as json_next gives it, with its quotes. */
static struct span
literal_of(struct span key)
{
	return span_make(key.ptr - 1, key.len + 2);
}

static bool
is_secret_name(struct span key)
{
	struct buf name;
	bool secret = false;

	buf_init(&name, KEY_MAX);
	secret = json_string(literal_of(key), &name) == -1 ||
		 redact_name(buf_span(&name));
	buf_reset(&name);
	return secret;
}

static bool
is_full(const struct walk *w)
{
	return w->out->len >= w->end;
}

/* Something is left out; in an object it needs a name. */
static int
put_rest(const struct walk *w, bool keyed)
{
	if (keyed && json_put_key(w->out, ELLIPSIS) == -1)
		return -1;
	return json_put_string(w->out, span_of(ELLIPSIS));
}

static int
put_name(const struct walk *w, struct span key)
{
	if (put_string(w, literal_of(key), KEY_MAX) == -1)
		return -1;
	return buf_add(w->out, ":", 1);
}

static int
put_container(const struct walk *w, struct span value, unsigned depth,
    bool hidden)
{
	bool keyed = value.ptr[0] == '{';
	struct json_iter it;
	struct span key, item;

	if (json_open(w->out, value.ptr[0]) == -1)
		return -1;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		if (is_full(w) || depth >= DEPTH_MAX) {
			if (put_rest(w, keyed) == -1)
				return -1;
			break;
		}
		if ((keyed && put_name(w, key) == -1) ||
		    put_value(w, item, depth + 1,
			hidden || (keyed && is_secret_name(key))) == -1)
			return -1;
	}
	return json_close(w->out, keyed ? '}' : ']');
}

static int
put_number(const struct walk *w, struct span value)
{
	return value.len <= STRING_MAX ? json_put_raw(w->out, value) :
					 put_rest(w, false);
}

static int
put_value(const struct walk *w, struct span value, unsigned depth, bool hidden)
{
	switch (json_type_of(value)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return put_container(w, value, depth, hidden);
	case JSON_STRING:
		if (hidden)
			return json_put_string(w->out, span_of(REDACTED));
		return put_string(w, value, STRING_MAX);
	case JSON_NUMBER:
		if (hidden)
			return json_put_string(w->out, span_of(REDACTED));
		return put_number(w, value);
	case JSON_NONE:
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		break;
	}
	return json_put_raw(w->out, value);
}

int
redact_json(struct buf *out, struct span json, const struct redact_known *known,
    size_t max)
{
	const struct walk w = {
		.out = out,
		.known = known,
		.end = out->len + max,
	};

	return put_value(&w, json, 0, false);
}
