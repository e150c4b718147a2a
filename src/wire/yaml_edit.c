/* SPDX-License-Identifier: ISC */
/*
 * Edits of a section of a YAML file, by whole lines. Texts are written in
 * double quotes, which mean the same in every version of YAML.
 */
#include <string.h>

#include "base/limits.h"
#include "wire/json.h"
#include "wire/yaml.h"

enum { STEP = 2 };

static int
put_indent(struct buf *out, size_t indent)
{
	return buf_addf(out, "%*s", (int)indent, "");
}

/* Letters alone, and no word that means something. */
static bool
is_plain(struct span text)
{
	static const char *const words[] = { "true", "false", "null", "yes",
		"no", "on", "off", "y", "n" };

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter &&
		    (i == 0 || (c != '_' && c != '-' && (c < '0' || c > '9'))))
			return false;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_is_nocase(text, words[i]))
			return false;
	}
	return text.len > 0;
}

static int
put_text(struct buf *out, struct span json)
{
	struct buf text;
	int rc = -1;

	buf_init(&text, json.len);
	if (json_string(json, &text) == 0)
		rc = is_plain(buf_span(&text)) ?
			 buf_add_span(out, buf_span(&text)) :
			 json_put_string(out, buf_span(&text));
	buf_wipe(&text);
	return rc;
}

static bool
is_empty(struct span container)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, container);
	return !json_next(&it, &key, &value);
}

/* Behind "key:" or "-": the rest of the line, and lines below it. */
static int
put_value(struct buf *out, struct span value, size_t indent)
{
	struct json_iter it;
	struct span key, item;
	enum json_type type = json_type_of(value);

	if (type < JSON_ARRAY || is_empty(value)) {
		if (buf_add_string(out, " ") == -1 ||
		    (type == JSON_STRING ?
			    put_text(out, value) :
			type < JSON_ARRAY ?
			    buf_add_span(out, value) :
			    buf_add_string(out,
				type == JSON_ARRAY ? "[]" : "{}")) == -1)
			return -1;
		return buf_add_string(out, "\n");
	}
	if (buf_add_string(out, "\n") == -1)
		return -1;
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		if (put_indent(out, indent + STEP) == -1 ||
		    (it.keyed ?
			    put_text(out, span_make(key.ptr - 1, key.len + 2)) :
			    buf_add_string(out, "-")) == -1 ||
		    (it.keyed && buf_add_string(out, ":") == -1) ||
		    put_value(out, item, indent + STEP) == -1)
			return -1;
	}
	return 0;
}

static int
put_pair(struct buf *out, const char *name, struct span value, size_t indent)
{
	struct buf key;
	int rc = -1;

	buf_init(&key, LIMIT_MESSAGE);
	if (json_put_string(&key, span_of(name)) == 0 &&
	    put_indent(out, indent) == 0 &&
	    put_text(out, buf_span(&key)) == 0 && buf_add_string(out, ":") == 0)
		rc = put_value(out, value, indent);
	buf_reset(&key);
	return rc;
}

/* The place of an edit: lines that go, and the depth of what comes. */
struct place {
	struct span lines;
	size_t indent;
	bool found;
	bool open_line; /* the line before has no end */
};

/* The pair `name` among the lines of `block`, else the place behind them. */
static int
look_in(struct span text, struct span block, const char *name,
    struct place *place, struct fault *f)
{
	struct yaml_line line;
	struct span key, value, below;
	const char *at = block.ptr;
	bool first = true;

	place->found = false;
	place->lines = span_make(block.ptr + block.len, 0);
	while (yaml_line(block, at, &line)) {
		below = yaml_block(block, &line);
		at = line.all.ptr + line.all.len + below.len;
		if (first)
			place->indent = line.indent;
		first = false;
		if (line.indent != place->indent ||
		    !yaml_pair(line.text, &key, &value))
			return fault_set(f, FAULT_CONFIG,
			    "The file is written in a way that only a person "
			    "can edit safely");
		if (!yaml_key_is(key, name))
			continue;
		if (place->found)
			return fault_set(f, FAULT_CONFIG,
			    "\"%.64s\" stands there twice", name);
		place->found = true;
		place->lines =
		    span_make(line.all.ptr, (size_t)(at - line.all.ptr));
	}
	place->open_line =
	    place->lines.ptr > text.ptr && place->lines.ptr[-1] != '\n';
	return 0;
}

static int
apply(struct span text, const struct place *place, struct buf *with,
    struct buf *out, struct fault *f)
{
	const struct json_splice splice = { place->lines, buf_span(with) };

	if (json_apply(text, &splice, 1, out) == -1)
		return fault_set(f, FAULT_TOO_LARGE,
		    "The file becomes too large");
	return 0;
}

/* A section that is missing, or has nothing in it. */
static int
begin_section(struct span text, const char *const *path, struct span value,
    const struct yaml_line *line, struct buf *out, struct fault *f)
{
	struct place place = {
		.lines = line != NULL ? line->all :
					span_make(text.ptr + text.len, 0),
	};
	struct buf with;
	int rc = -1;

	buf_init(&with, LIMIT_MESSAGE);
	if ((line == NULL && text.len > 0 && text.ptr[text.len - 1] != '\n' &&
		buf_add_string(&with, "\n") == -1) ||
	    buf_addf(&with, "%s:\n", path[0]) == -1 ||
	    put_pair(&with, path[1], value, STEP) == -1)
		fault_set(f, FAULT_TOO_LARGE, "The file becomes too large");
	else
		rc = apply(text, &place, &with, out, f);
	buf_wipe(&with);
	return rc;
}

static int
edit(struct span text, const struct place *place, const char *name,
    struct span value, struct buf *out, struct fault *f)
{
	struct buf with;
	int rc = -1;

	buf_init(&with, LIMIT_MESSAGE);
	if ((place->open_line && buf_add_string(&with, "\n") == -1) ||
	    put_pair(&with, name, value, place->indent) == -1)
		fault_set(f, FAULT_TOO_LARGE, "The file becomes too large");
	else
		rc = apply(text, place, &with, out, f);
	buf_wipe(&with);
	return rc;
}

static int
set_member(struct span text, const struct place *entry, const char *const *path,
    struct span value, struct buf *out, struct fault *f)
{
	struct yaml_line line;
	struct span key, rest, block;
	struct place place = { 0 };

	if (!entry->found)
		return fault_set(f, FAULT_CONFIG, "There is no entry \"%.64s\"",
		    path[1]);
	if (!yaml_line(entry->lines, entry->lines.ptr, &line) ||
	    !yaml_pair(line.text, &key, &rest))
		return -1;
	block = yaml_block(entry->lines, &line);
	if (rest.len > 0 || block.len == 0)
		return fault_set(f, FAULT_CONFIG,
		    "\"%.64s\" is written in a way that only a person can "
		    "edit safely",
		    path[1]);
	if (look_in(text, block, path[2], &place, f) == -1)
		return -1;
	return edit(text, &place, path[2], value, out, f);
}

/* "section:", "section: {}" and the like: nothing is lost with the line. */
static bool
is_bare(struct span value)
{
	return value.len == 0 || span_is(value, "{}") ||
	       span_is(value, "null") || span_is(value, "~");
}

int
yaml_set(struct span text, const char *const *path, struct span value,
    struct buf *out, struct fault *f)
{
	struct yaml_line line;
	struct place place = { 0 };
	struct span key, rest, block;
	int rc = yaml_section(text, path[0], &line, f);

	if (rc == 0 && path[2] == NULL)
		return begin_section(text, path, value, NULL, out, f);
	if (rc != 1)
		return rc == -1 ? -1 :
				  fault_set(f, FAULT_CONFIG,
				      "There is no section \"%s\"", path[0]);
	block = yaml_block(text, &line);
	if (!yaml_pair(line.text, &key, &rest) ||
	    (block.len == 0 ? !is_bare(rest) : rest.len > 0))
		return fault_set(f, FAULT_CONFIG,
		    "\"%s\" is written in a way that only a person can edit "
		    "safely",
		    path[0]);
	if (block.len == 0 && path[2] == NULL)
		return begin_section(text, path, value, &line, out, f);
	if (look_in(text, block, path[1], &place, f) == -1)
		return -1;
	if (path[2] != NULL)
		return set_member(text, &place, path, value, out, f);
	return edit(text, &place, path[1], value, out, f);
}
