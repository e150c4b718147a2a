/* SPDX-License-Identifier: ISC */
/*
 * Changing named members of JSON objects in one pass. What no edit names is
 * copied as it was written, but for white space between the members of an
 * object that has an edit.
 */
#include "mcp/translate_p.h"

#include <stdlib.h>
#include <string.h>

struct span
json_member(struct span object, const char *key)
{
	struct span value;

	json_get(object, key, &value);
	return value;
}

struct edit
edit_put(const char *key, struct span value)
{
	return (struct edit){ .key = key, .kind = EDIT_PUT, .with = value };
}

struct edit
edit_drop(const char *key)
{
	return (struct edit){ .key = key, .kind = EDIT_PUT };
}

struct edit
edit_default(const char *key, const char *value)
{
	return (struct edit){ .key = key,
		.kind = EDIT_DEFAULT,
		.with = span_of(value) };
}

struct edit
edit_inside(const char *key, const struct edit *inner, size_t count)
{
	return (struct edit){ .key = key,
		.kind = EDIT_INSIDE,
		.inner = inner,
		.inner_count = count };
}

struct edit
edit_trim(const char *key, const struct edit *inner, size_t count)
{
	return (struct edit){ .key = key,
		.kind = EDIT_TRIM,
		.inner = inner,
		.inner_count = count };
}

/* An object on its way out. */
struct writer {
	struct buf *out;
	size_t members; /* written so far */
};

static int write_object(struct span object, const struct edit *edits,
    size_t count, struct writer *w);

static int
write_key(struct writer *w, struct span key)
{
	if (w->members > 0 && buf_add(w->out, ",", 1) == -1)
		return -1;
	w->members++;
	if (buf_add(w->out, "\"", 1) == -1 || buf_add_span(w->out, key) == -1)
		return -1;
	return buf_add(w->out, "\":", 2);
}

static int
write_member(struct writer *w, struct span key, struct span value)
{
	if (write_key(w, key) == -1)
		return -1;
	return buf_add_span(w->out, value);
}

static bool
has_members(struct span object)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, object);
	return json_next(&it, &key, &value);
}

/* A member that is changed within; taken back where nothing is left of it. */
static int
write_inside(struct writer *w, struct span key, struct span object,
    const struct edit *edit)
{
	struct writer inner = { .out = w->out };
	size_t before = w->out->len;
	size_t members = w->members;
	bool had_members = has_members(object);

	if (write_key(w, key) == -1 ||
	    write_object(object, edit->inner, edit->inner_count, &inner) == -1)
		return -1;
	if (inner.members == 0 && had_members && edit->kind == EDIT_TRIM) {
		w->out->len = before;
		w->members = members;
	}
	return 0;
}

static bool
puts_something(const struct edit *edits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (edits[i].with.len > 0 ||
		    puts_something(edits[i].inner, edits[i].inner_count))
			return true;
	}
	return false;
}

/* The member an edit names, as it stands in the object, or as an empty span
 * where it is absent. */
static int
write_edited(struct writer *w, struct span key, struct span value,
    const struct edit *edit)
{
	switch (edit->kind) {
	case EDIT_PUT:
		return edit->with.len > 0 ? write_member(w, key, edit->with) :
					    0;
	case EDIT_DEFAULT:
		return write_member(w, key, value.len > 0 ? value : edit->with);
	case EDIT_INSIDE:
	case EDIT_TRIM:
		break;
	}
	if (json_type_of(value) == JSON_OBJECT)
		return write_inside(w, key, value, edit);
	if (puts_something(edit->inner, edit->inner_count))
		return write_inside(w, key, span_of("{}"), edit);
	return value.len > 0 ? write_member(w, key, value) : 0;
}

static size_t
find_edit(const struct edit *edits, size_t count, struct span key)
{
	size_t i = 0;

	while (i < count && !json_key_is(key, edits[i].key))
		i++;
	return i;
}

/* Of a key that stands twice the first counts, as for json_get. */
static int
write_object(struct span object, const struct edit *edits, size_t count,
    struct writer *w)
{
	bool seen[EDITS_MAX] = { false };
	struct json_iter it;
	struct span key, value;
	int result = buf_add(w->out, "{", 1);

	json_iter_init(&it, object);
	while (result == 0 && json_next(&it, &key, &value)) {
		size_t i = find_edit(edits, count, key);

		if (i == count)
			result = write_member(w, key, value);
		else if (!seen[i])
			result = write_edited(w, key, value, &edits[i]);
		if (i < count)
			seen[i] = true;
	}
	for (size_t i = 0; result == 0 && i < count; i++) {
		if (!seen[i])
			result = write_edited(w, span_of(edits[i].key),
			    span_make(NULL, 0), &edits[i]);
	}
	return result == 0 ? buf_add(w->out, "}", 1) : -1;
}

int
edit_object(struct span object, const struct edit *edits, size_t count,
    struct buf *out)
{
	struct writer w = { .out = out };

	return write_object(object, edits, count, &w);
}

struct message *
edit_message(struct span text, const struct edit *edits, size_t count)
{
	struct message *m = NULL;
	struct buf out;

	buf_init(&out, LIMIT_MESSAGE);
	if (buf_reserve(&out, text.len) == -1 ||
	    edit_object(text, edits, count, &out) == -1)
		return NULL;
	m = message_take(&out);
	/* what was added may have been nested too deeply for its new place */
	if (m->rpc.kind == RPC_INVALID)
		message_free(&m);
	return m;
}

char *
edit_copy(struct span object, const struct edit *edits, size_t count)
{
	struct buf out;

	buf_init(&out, LIMIT_MESSAGE);
	if (edit_object(object, edits, count, &out) == -1)
		return NULL;
	return out.data;
}

int
edit_items(struct span array, int (*each)(struct span item, struct buf *out),
    struct buf *out)
{
	struct json_iter it;
	struct span key, item;
	int result = buf_add(out, "[", 1);
	size_t before = out->len;

	json_iter_init(&it, array);
	while (result == 0 && json_next(&it, &key, &item)) {
		size_t start = out->len;

		if (out->len > before)
			result = buf_add(out, ",", 1);
		if (result == 0)
			result = each(item, out);
		/* left out: so is its comma */
		if (result == 0 && start > before && out->len == start + 1)
			out->len = start;
	}
	return result == 0 ? buf_add(out, "]", 1) : -1;
}

/* Decodes both; NULL data where one is no string of Unicode. */
static bool
decode_both(struct span a, struct span b, struct buf text[2])
{
	buf_init(&text[0], LIMIT_MESSAGE);
	buf_init(&text[1], LIMIT_MESSAGE);
	return json_string(a, &text[0]) == 0 && json_string(b, &text[1]) == 0;
}

bool
raw_string_equal(struct span a, struct span b)
{
	struct buf text[2];
	bool equal;

	/* lone surrogates have no decoded form */
	if (span_equal(a, b))
		return json_type_of(a) == JSON_STRING;
	equal = decode_both(a, b, text) &&
		span_equal(buf_span(&text[0]), buf_span(&text[1]));
	buf_reset(&text[0]);
	buf_reset(&text[1]);
	return equal;
}

bool
raw_string_begins(struct span a, struct span b)
{
	struct buf text[2];
	bool begins = decode_both(a, b, text) && text[0].len <= text[1].len &&
		      memcmp(text[0].data, text[1].data, text[0].len) == 0;

	buf_reset(&text[0]);
	buf_reset(&text[1]);
	return begins;
}
