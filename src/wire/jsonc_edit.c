/* SPDX-License-Identifier: ISC */
/*
 * Setting a member of a settings file. Layout is learnt from the place of the
 * edit: a member on a line of its own gets a neighbour on a line of its own,
 * with the same indentation; what stands on one line stays on one line.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/json.h"
#include "wire/jsonc.h"

/* A list of plain values up to this length stands on one line. */
enum { LINE_LENGTH = 72 };

struct layout {
	const char *newline;
	struct span base; /* indentation of the line the value begins on */
	struct span unit; /* of one level more */
	bool flat;        /* all on one line */
};

/* One edit under way. Spans of the shadow carry over by offset. */
struct edit {
	struct span text;
	char *shadow; /* owned */
	struct span unit;
	const char *newline;
};

/* Where a member is or would be. */
struct place {
	struct span object; /* of the shadow */
	struct span key, value;
	struct span last_key, last_value; /* empty: it has no members */
};

static struct span
in_text(const struct edit *e, struct span shadow)
{
	return span_make(e->text.ptr + (shadow.ptr - e->shadow), shadow.len);
}

/* White space between the start of the line and its first other byte, or
 * `at`. */
static struct span
indentation(struct span text, const char *at)
{
	const char *start = at;
	size_t len = 0;

	while (start > text.ptr && start[-1] != '\n' && start[-1] != '\r')
		start--;
	while (start + len < at && (start[len] == ' ' || start[len] == '\t'))
		len++;
	return span_make(start, len);
}

static bool
begins_line(struct span text, const char *at)
{
	struct span white = indentation(text, at);

	return white.ptr + white.len == at;
}

static bool
has_line_end(struct span range)
{
	return range.len > 0 && (memchr(range.ptr, '\n', range.len) != NULL ||
				    memchr(range.ptr, '\r', range.len) != NULL);
}

/* How much further than the file itself its first member is indented; two
 * spaces where it is not. */
static struct span
learn_unit(const struct edit *e, struct span root)
{
	struct span base = indentation(e->text, in_text(e, root).ptr);
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, root);
	if (json_next(&it, &key, &value)) {
		const char *quote = in_text(e, key).ptr - 1;
		struct span white = indentation(e->text, quote);

		if (begins_line(e->text, quote) && white.len > base.len)
			return span_make(white.ptr + base.len,
			    white.len - base.len);
	}
	return span_of("  ");
}

static void
learn_layout(struct edit *e, struct span root)
{
	const char *line =
	    e->text.len > 0 ? memchr(e->text.ptr, '\n', e->text.len) : NULL;

	e->newline = line != NULL && line > e->text.ptr && line[-1] == '\r' ?
			 "\r\n" :
			 "\n";
	e->unit = root.len > 0 ? learn_unit(e, root) : span_of("  ");
}

/*
 * Values
 */

static int put_value(struct buf *out, struct span value,
    const struct layout *layout, unsigned depth);

static int
put_line(struct buf *out, const struct layout *layout, unsigned depth)
{
	if (buf_add_string(out, layout->newline) == -1 ||
	    buf_add_span(out, layout->base) == -1)
		return -1;
	for (unsigned i = 0; i < depth; i++) {
		if (buf_add_span(out, layout->unit) == -1)
			return -1;
	}
	return 0;
}

static bool
is_short_list(struct span value)
{
	struct json_iter it;
	struct span key, item;

	if (json_type_of(value) != JSON_ARRAY || value.len > LINE_LENGTH)
		return false;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		if (json_type_of(item) >= JSON_ARRAY)
			return false;
	}
	return true;
}

static int
put_member(struct buf *out, struct span key, struct span value,
    const struct layout *layout, unsigned depth)
{
	/* Its quotes are around it; items have none. */
	if (key.ptr != NULL && (buf_add(out, key.ptr - 1, key.len + 2) == -1 ||
				   buf_add_string(out, ": ") == -1))
		return -1;
	return put_value(out, value, layout, depth);
}

static int
put_container(struct buf *out, struct span value, const struct layout *layout,
    unsigned depth)
{
	struct json_iter it;
	struct span key, item;
	bool flat = layout->flat || is_short_list(value);
	bool first = true;

	if (buf_add(out, value.ptr, 1) == -1)
		return -1;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		if (!first && buf_add_string(out, flat ? ", " : ",") == -1)
			return -1;
		if (!flat && put_line(out, layout, depth + 1) == -1)
			return -1;
		if (put_member(out, it.keyed ? key : span_make(NULL, 0), item,
			layout, depth + 1) == -1)
			return -1;
		first = false;
	}
	if (!flat && !first && put_line(out, layout, depth) == -1)
		return -1;
	return buf_add(out, value.ptr + value.len - 1, 1);
}

static int
put_value(struct buf *out, struct span value, const struct layout *layout,
    unsigned depth)
{
	if (json_type_of(value) < JSON_ARRAY)
		return buf_add_span(out, value);
	return put_container(out, value, layout, depth);
}

/* `value` inside the objects that are still missing on the way to it. */
static int
put_path(struct buf *out, const char *const *path, struct span value)
{
	if (path[0] == NULL)
		return json_put_raw(out, value);
	if (json_open(out, '{') == -1 || json_put_key(out, path[0]) == -1 ||
	    put_path(out, path + 1, value) == -1)
		return -1;
	return json_close(out, '}');
}

/*
 * Edits
 */

static int
too_large(struct fault *f)
{
	return fault_set(f, FAULT_TOO_LARGE, "The file becomes too large");
}

static int
append_object(const struct edit *e, struct span json, struct buf *out,
    struct fault *f)
{
	const struct layout layout = {
		.newline = e->newline,
		.unit = e->unit,
	};
	char last = e->text.len > 0 ? e->text.ptr[e->text.len - 1] : '\n';
	bool line_open = last != '\n' && last != '\r';

	if (buf_add_span(out, e->text) == -1 ||
	    (line_open && buf_add_string(out, e->newline) == -1) ||
	    put_value(out, json, &layout, 0) == -1 ||
	    buf_add_string(out, e->newline) == -1)
		return too_large(f);
	return 0;
}

static int
apply(const struct edit *e, const struct json_splice *splices, size_t count,
    struct buf *out, struct fault *f)
{
	if (json_apply(e->text, splices, count, out) == -1)
		return too_large(f);
	return 0;
}

static int
replace(const struct edit *e, const struct place *p, struct span json,
    struct buf *out, struct fault *f)
{
	const char *quote = in_text(e, p->key).ptr - 1;
	const struct layout layout = {
		.newline = e->newline,
		.base = indentation(e->text, quote),
		.unit = e->unit,
		.flat = !begins_line(e->text, quote),
	};
	struct json_splice splice = { .at = in_text(e, p->value) };
	struct buf with;
	int rc = -1;

	buf_init(&with, LIMIT_MESSAGE);
	if (put_value(&with, json, &layout, 0) == -1) {
		rc = too_large(f);
	} else {
		splice.with = buf_span(&with);
		rc = apply(e, &splice, 1, out, f);
	}
	buf_wipe(&with);
	return rc;
}

/* What the object holds between its last value and its bracket. */
struct tail {
	struct span all;
	bool comma;      /* behind the last value, before the bracket */
	const char *end; /* of the last byte that is not white */
};

static struct tail
find_tail(const struct edit *e, const struct place *p)
{
	struct span object = in_text(e, p->object);
	struct span last = in_text(e, p->last_value);
	const char *bracket = object.ptr + object.len - 1;
	const char *from =
	    p->last_value.len > 0 ? last.ptr + last.len : object.ptr + 1;
	struct tail tail = {
		.all = span_make(from, (size_t)(bracket - from)),
		.end = bracket,
	};

	for (const char *at = from; at < bracket; at++) {
		if (*at == ',' && e->shadow[at - e->text.ptr] == '\t')
			tail.comma = true;
	}
	while (tail.end > from && char_among(tail.end[-1], " \t\r\n"))
		tail.end--;
	return tail;
}

static int
put_new_member(const struct edit *e, const struct place *p,
    const struct tail *tail, struct span member, struct buf *out)
{
	struct span object = in_text(e, p->object);
	const char *quote =
	    p->last_value.len > 0 ? in_text(e, p->last_key).ptr - 1 : NULL;
	bool own_line = quote == NULL || begins_line(e->text, quote) ||
			has_line_end(tail->all);
	struct layout layout = {
		.newline = e->newline,
		.base =
		    indentation(e->text, quote != NULL ? quote : object.ptr),
		.unit = e->unit,
		.flat = !own_line,
	};
	unsigned depth = quote == NULL;
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, member);
	if (!json_next(&it, &key, &value))
		return -1;
	if ((own_line ? put_line(out, &layout, depth) :
			buf_add_string(out, " ")) == -1 ||
	    put_member(out, key, value, &layout, depth) == -1 ||
	    (tail->comma && buf_add_string(out, ",") == -1))
		return -1;
	/* A bracket that stood right behind moves to a line of its own. */
	if (own_line && quote == NULL && !has_line_end(tail->all))
		return put_line(out, &layout, 0);
	return 0;
}

static int
insert(const struct edit *e, const struct place *p, struct span member,
    struct buf *out, struct fault *f)
{
	struct tail tail = find_tail(e, p);
	struct buf with;
	struct json_splice splices[2] = {
		{ .at = span_make(tail.all.ptr, 0), .with = span_of(",") },
		{ .at = span_make(tail.end, 0) },
	};
	bool needs_comma = p->last_value.len > 0 && !tail.comma;
	int rc = -1;

	buf_init(&with, LIMIT_MESSAGE);
	if (put_new_member(e, p, &tail, member, &with) == -1) {
		rc = too_large(f);
	} else {
		splices[1].with = buf_span(&with);
		rc = needs_comma ? apply(e, splices, 2, out, f) :
				   apply(e, splices + 1, 1, out, f);
	}
	buf_wipe(&with);
	return rc;
}

static int
look_for(struct place *p, const char *name, struct fault *f)
{
	struct json_iter it;
	struct span key, value;

	p->value = p->last_value = span_make(p->object.ptr, 0);
	json_iter_init(&it, p->object);
	while (json_next(&it, &key, &value)) {
		p->last_key = key;
		p->last_value = value;
		if (!json_key_is(key, name))
			continue;
		if (p->value.len > 0)
			return fault_set(f, FAULT_CONFIG,
			    "\"%s\" stands there twice", name);
		p->key = key;
		p->value = value;
	}
	return 0;
}

static int
set_in(const struct edit *e, struct span root, const char *const *path,
    struct span value, struct buf *out, struct fault *f)
{
	struct place place = { .object = root };
	struct buf member;
	int rc = look_for(&place, path[0], f);

	while (rc == 0 && place.value.len > 0 && path[1] != NULL) {
		if (json_type_of(place.value) != JSON_OBJECT)
			return fault_set(f, FAULT_CONFIG, "\"%s\" is no object",
			    path[0]);
		place.object = place.value;
		path++;
		rc = look_for(&place, path[0], f);
	}
	if (rc == -1)
		return -1;
	if (place.value.len > 0)
		return replace(e, &place, value, out, f);
	buf_init(&member, LIMIT_MESSAGE);
	rc = put_path(&member, path, value) == -1 ?
		 too_large(f) :
		 insert(e, &place, buf_span(&member), out, f);
	buf_wipe(&member);
	return rc;
}

int
jsonc_set(struct span text, const char *const *path, struct span value,
    struct buf *out, struct fault *f)
{
	struct edit e = { .text = text };
	struct span root = { 0 };
	struct buf whole;
	int rc = jsonc_open(text, &e.shadow, &root, f);

	if (rc == 0) {
		learn_layout(&e, root);
		if (root.len > 0) {
			rc = set_in(&e, root, path, value, out, f);
		} else {
			buf_init(&whole, LIMIT_MESSAGE);
			rc = put_path(&whole, path, value) == -1 ?
				 too_large(f) :
				 append_object(&e, buf_span(&whole), out, f);
			buf_wipe(&whole);
		}
	}
	free(e.shadow);
	return rc;
}
