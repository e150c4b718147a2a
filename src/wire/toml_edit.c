/* SPDX-License-Identifier: ISC */
/*
 * A section of a TOML file as JSON, and edits of it. Entries are written as a
 * table with a header of its own; what the user wrote in another way is read,
 * and left alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "wire/json.h"
#include "wire/jsonc.h"
#include "wire/toml.h"

/* The path of the table whose header was last seen, then the item's own. */
struct walk {
	struct toml_iter it;
	struct toml_item item;
	struct toml_path path;
	size_t table_parts; /* of `path`, from the header */
};

static void
walk_init(struct walk *w, struct span text)
{
	*w = (struct walk){ 0 };
	toml_iter_init(&w->it, text);
}

static void
cut(struct toml_path *path, size_t count)
{
	while (path->count > count) {
		free(path->parts[--path->count]);
		path->parts[path->count] = NULL;
	}
}

/* Like toml_next, with `path` whole. */
static int
walk_next(struct walk *w, struct fault *f)
{
	int rc = toml_next(&w->it, &w->item, f);

	if (rc != 1)
		return rc;
	cut(&w->path, w->item.kind == TOML_VALUE ? w->table_parts : 0);
	if (!toml_path_add(&w->path, w->item.key))
		return fault_set(f, FAULT_CONFIG,
		    "A name is no TOML, or has too many parts");
	if (w->item.kind != TOML_VALUE)
		w->table_parts = w->path.count;
	return 1;
}

static void
walk_end(struct walk *w)
{
	toml_path_reset(&w->path);
}

/* `path` begins with the `count` names. */
static bool
begins_with(const struct toml_path *path, const char *const *names,
    size_t count)
{
	if (path->count < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(path->parts[i], names[i]) != 0)
			return false;
	}
	return true;
}

/*
 * Reading
 */

/* Sets the member `parts` leads to in the JSON collected so far. */
static int
collect(struct buf *json, const char *const *parts, struct span value,
    struct fault *f)
{
	struct buf next;
	int rc = 0;

	buf_init(&next, json->max);
	if (parts[0] == NULL)
		rc = buf_add_span(&next, value);
	else
		rc = jsonc_set(buf_span(json), parts, value, &next, f);
	if (rc == 0)
		buf_take(json, &next);
	buf_wipe(&next);
	return rc;
}

static bool
is_known(struct span json, const char *const *parts)
{
	struct span found = { 0 };

	return json_get_path(span_trim(json), parts, &found);
}

static int
collect_item(const struct walk *w, struct buf *json, struct fault *f)
{
	const char *const *parts = (const char *const *)w->path.parts + 1;
	struct buf value;
	int rc = 0;

	if (w->item.kind == TOML_ARRAY_TABLE)
		return fault_set(f, FAULT_CONFIG,
		    "[[%.64s]] is a list of tables", w->path.parts[0]);
	if (w->item.kind == TOML_TABLE)
		return parts[0] == NULL || is_known(buf_span(json), parts) ?
			   0 :
			   collect(json, parts, span_of("{}"), f);
	buf_init(&value, LIMIT_MESSAGE);
	if (toml_to_json(w->item.value, &value) == -1)
		rc = fault_set(f, FAULT_CONFIG, "The value of %.64s is no TOML",
		    w->path.parts[w->path.count - 1]);
	else
		rc = collect(json, parts, buf_span(&value), f);
	buf_wipe(&value);
	return rc;
}

int
toml_read(struct span text, const char *section, struct buf *out,
    struct fault *f)
{
	struct walk w;
	struct buf json;
	int rc = 1;

	walk_init(&w, text);
	buf_init(&json, out->max);
	if (buf_add_string(&json, "{}") == -1)
		rc = -1;
	while (rc == 1) {
		rc = walk_next(&w, f);
		if (rc == 1 && begins_with(&w.path, &section, 1) &&
		    collect_item(&w, &json, f) == -1)
			rc = -1;
	}
	walk_end(&w);
	if (rc == 0)
		rc = json_put_raw(out, span_trim(buf_span(&json)));
	buf_wipe(&json);
	return rc;
}

/*
 * Writing
 */

/* A key as it may stand bare, else in quotes. */
static int
put_name(struct buf *out, struct span key)
{
	struct buf name;
	bool bare = false;
	int rc = -1;

	buf_init(&name, key.len);
	if (json_string(span_make(key.ptr - 1, key.len + 2), &name) == 0) {
		bare =
		    name.len > 0 &&
		    strspn(name.data,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789_-") == name.len;
		if (bare)
			rc = buf_add_span(out, buf_span(&name));
		else
			rc = json_put_string(out, buf_span(&name));
	}
	buf_reset(&name);
	return rc;
}

/* JSON's escapes of a string written by json_put_string are TOML's. */
static int
put_value(struct buf *out, struct span value)
{
	struct json_iter it;
	struct span key, item;
	bool object = json_type_of(value) == JSON_OBJECT;
	bool first = true;
	struct buf text;
	int rc = 0;

	if (json_type_of(value) == JSON_STRING) {
		buf_init(&text, value.len);
		rc = json_string(value, &text);
		if (rc == 0)
			rc = json_put_string(out, buf_span(&text));
		buf_wipe(&text);
		return rc;
	}
	if (json_type_of(value) < JSON_ARRAY)
		return buf_add_span(out, value);
	json_iter_init(&it, value);
	rc = buf_add_string(out, object ? "{" : "[");
	while (rc == 0 && json_next(&it, &key, &item)) {
		rc = buf_add_string(out, first ? (object ? " " : "") : ", ");
		if (rc == 0 && object)
			rc = put_name(out, key);
		if (rc == 0 && object)
			rc = buf_add_string(out, " = ");
		if (rc == 0)
			rc = put_value(out, item);
		first = false;
	}
	if (rc == 0)
		rc = buf_add_string(out, object ? first ? "}" : " }" : "]");
	return rc;
}

static int
put_pair(struct buf *out, const char *name, struct span value)
{
	struct buf quoted;
	int rc = -1;

	buf_init(&quoted, LIMIT_MESSAGE);
	if (json_put_string(&quoted, span_of(name)) == 0 &&
	    put_name(out, span_make(quoted.data + 1, quoted.len - 2)) == 0 &&
	    buf_add_string(out, " = ") == 0 && put_value(out, value) == 0)
		rc = buf_add_string(out, "\n");
	buf_reset(&quoted);
	return rc;
}

/* [section.name] and its members, one a line. */
static int
put_table(struct buf *out, const char *const *path, struct span entry)
{
	struct json_iter it;
	struct span key, value;
	struct buf quoted;
	int rc = -1;

	buf_init(&quoted, LIMIT_MESSAGE);
	if (json_put_string(&quoted, span_of(path[1])) == 0 &&
	    buf_addf(out, "[%s.", path[0]) == 0 &&
	    put_name(out, span_make(quoted.data + 1, quoted.len - 2)) == 0)
		rc = buf_add_string(out, "]\n");
	buf_reset(&quoted);
	json_iter_init(&it, entry);
	while (rc == 0 && json_next(&it, &key, &value)) {
		if (put_name(out, key) == -1 ||
		    buf_add_string(out, " = ") == -1 ||
		    put_value(out, value) == -1 ||
		    buf_add_string(out, "\n") == -1)
			rc = -1;
	}
	return rc;
}

/* Where the entry stands, as far as it stands in tables of its own. */
struct found {
	struct span tables; /* from its header to the end of its last item */
	bool elsewhere;     /* part of it is written in another way */
	bool scattered;     /* another table stands between its tables */
	bool section_value; /* section = { … } : nothing can be added */
	const char *behind; /* of the last item of its main table */
	struct span member; /* the value of path[2] */
};

static void
note_table(struct found *found, const struct walk *w)
{
	const char *end = w->item.lines.ptr + w->item.lines.len;

	if (found->tables.len == 0)
		found->tables = w->item.lines;
	else
		found->tables.len = (size_t)(end - found->tables.ptr);
}

static void
note(struct found *found, const struct walk *w, const char *const *path,
    bool *in_between)
{
	const char *end = w->item.lines.ptr + w->item.lines.len;
	bool ours = begins_with(&w->path, path, 2);
	/* Its header names the entry. */
	bool own_table = ours && w->table_parts >= 2;

	if (begins_with(&w->path, path, 1) && w->path.count == 1 &&
	    w->item.kind == TOML_VALUE)
		found->section_value = true;
	if (ours && !own_table)
		found->elsewhere = true;
	if (!own_table) {
		*in_between |= found->tables.len > 0;
		return;
	}
	found->scattered |= *in_between;
	note_table(found, w);
	if (w->table_parts == 2)
		found->behind = end;
	if (path[2] != NULL && w->item.kind == TOML_VALUE &&
	    w->table_parts == 2 && w->path.count == 3 &&
	    strcmp(w->path.parts[2], path[2]) == 0)
		found->member = w->item.value;
}

static int
find(struct span text, const char *const *path, struct found *found,
    struct fault *f)
{
	struct walk w;
	bool in_between = false;
	int rc = 1;

	*found = (struct found){ 0 };
	walk_init(&w, text);
	while (rc == 1) {
		rc = walk_next(&w, f);
		if (rc == 1)
			note(found, &w, path, &in_between);
	}
	walk_end(&w);
	if (rc == 0 &&
	    (found->elsewhere || found->scattered || found->section_value))
		return fault_set(f, FAULT_CONFIG,
		    "\"%.64s\" is written in a way that only a person can "
		    "edit safely",
		    found->section_value ? path[0] : path[1]);
	return rc;
}

/* In place of `at`, which may be empty. */
static int
splice(struct span text, struct span at, const struct buf *with,
    struct buf *out, struct fault *f)
{
	const struct json_splice splice = { at, buf_span(with) };

	if (json_apply(text, &splice, 1, out) == -1)
		return fault_set(f, FAULT_TOO_LARGE,
		    "The file becomes too large");
	return 0;
}

/* A line of its own, behind an empty one where the file has something. */
static int
start_table(struct span text, struct buf *out)
{
	bool open_line = text.len > 0 && text.ptr[text.len - 1] != '\n';

	if (open_line && buf_add_string(out, "\n") == -1)
		return -1;
	return span_trim(text).len > 0 ? buf_add_string(out, "\n") : 0;
}

static int
write_edit(struct span text, const char *const *path, struct span value,
    const struct found *found, struct buf *with)
{
	if (path[2] == NULL) {
		if (found->tables.len == 0 && start_table(text, with) == -1)
			return -1;
		return put_table(with, path, value);
	}
	if (found->member.len > 0)
		return put_value(with, value);
	if (found->behind[-1] != '\n' && buf_add_string(with, "\n") == -1)
		return -1;
	return put_pair(with, path[2], value);
}

int
toml_set(struct span text, const char *const *path, struct span value,
    struct buf *out, struct fault *f)
{
	struct span at = span_make(text.ptr + text.len, 0);
	struct found found;
	struct buf with;
	int rc = find(text, path, &found, f);

	if (rc == -1)
		return -1;
	if (path[2] != NULL && found.behind == NULL)
		return fault_set(f, FAULT_CONFIG, "There is no entry \"%.64s\"",
		    path[1]);
	if (path[2] == NULL && found.tables.len > 0)
		at = found.tables;
	else if (path[2] != NULL)
		at = found.member.len > 0 ? found.member :
					    span_make(found.behind, 0);
	buf_init(&with, LIMIT_MESSAGE);
	if (write_edit(text, path, value, &found, &with) == -1)
		rc =
		    fault_set(f, FAULT_TOO_LARGE, "The file becomes too large");
	else
		rc = splice(text, at, &with, out, f);
	buf_wipe(&with);
	return rc;
}
