/* SPDX-License-Identifier: ISC */
/*
 * Lines and pairs of YAML, and a section as JSON.
 */
#include "wire/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/json.h"

enum { DEPTH_MAX = 16 };

static struct span
without_line_end(struct span line)
{
	while (line.len > 0 && char_among(line.ptr[line.len - 1], "\r\n"))
		line.len--;
	return line;
}

bool
yaml_line(struct span text, const char *at, struct yaml_line *line)
{
	const char *end = text.ptr + text.len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		const char *next = stop != NULL ? stop + 1 : end;

		line->all = span_make(at, (size_t)(next - at));
		line->text = without_line_end(line->all);
		line->indent = 0;
		while (line->text.len > 0 && line->text.ptr[0] == ' ') {
			line->text =
			    span_make(line->text.ptr + 1, line->text.len - 1);
			line->indent++;
		}
		if (span_trim(line->text).len > 0 && line->text.ptr[0] != '#')
			return true;
		at = next;
	}
	*line = (struct yaml_line){ .all = span_make(end, 0) };
	return false;
}

static const char *
behind(const struct yaml_line *line)
{
	return line->all.ptr + line->all.len;
}

/* Behind the quoted text at the start; 0 where it does not end on this line. */
static size_t
skip_quoted(struct span text)
{
	char quote = text.ptr[0];

	for (size_t i = 1; i < text.len; i++) {
		if (quote == '"' && text.ptr[i] == '\\') {
			i++;
		} else if (text.ptr[i] == quote) {
			bool doubled = quote == '\'' && i + 1 < text.len &&
				       text.ptr[i + 1] == '\'';

			if (!doubled)
				return i + 1;
			i++;
		}
	}
	return 0;
}

static bool
is_quoted(struct span text)
{
	return text.len > 0 && (text.ptr[0] == '"' || text.ptr[0] == '\'');
}

/* Without a comment: '#' behind a space, outside quotes. */
static struct span
without_comment(struct span text)
{
	size_t i = 0;

	while (i < text.len) {
		bool starts = i == 0 || char_among(text.ptr[i - 1], " \t[{,:");
		struct span rest = span_make(text.ptr + i, text.len - i);
		size_t quoted =
		    starts && is_quoted(rest) ? skip_quoted(rest) : 0;

		if (text.ptr[i] == '#' &&
		    (i == 0 || char_among(text.ptr[i - 1], " \t")))
			break;
		i += quoted > 0 ? quoted : 1;
	}
	return span_trim(span_make(text.ptr, i));
}

bool
yaml_pair(struct span line, struct span *key, struct span *value)
{
	size_t at = is_quoted(line) ? skip_quoted(line) : 0;

	if (line.len == 0 || char_among(line.ptr[0], "\t-?[]{},&*!|>%@`") ||
	    (is_quoted(line) && at == 0))
		return false;
	while (at < line.len && !(line.ptr[at] == ':' &&
				    (at + 1 == line.len ||
					char_among(line.ptr[at + 1], " \t")))) {
		if (is_quoted(line) || line.ptr[at] == '#')
			return false;
		at++;
	}
	if (at == line.len)
		return false;
	*key = span_trim(span_make(line.ptr, at));
	*value = without_comment(
	    span_trim(span_make(line.ptr + at + 1, line.len - at - 1)));
	return key->len > 0;
}

/* A text on one line as it is meant. */
static int
decode(struct span text, struct buf *out)
{
	if (!is_quoted(text))
		return buf_add_span(out, text);
	if (skip_quoted(text) != text.len)
		return -1;
	if (text.ptr[0] == '"') {
		struct json_doc doc;

		/* JSON's escapes are YAML's; it has some more. */
		return json_scan(text, 1, &doc) ? json_string(text, out) : -1;
	}
	for (size_t i = 1; i + 1 < text.len; i++) {
		if (buf_add(out, text.ptr + i, 1) == -1)
			return -1;
		i += text.ptr[i] == '\'';
	}
	return 0;
}

bool
yaml_key_is(struct span key, const char *name)
{
	struct buf text;
	bool same = false;

	buf_init(&text, key.len);
	same = decode(key, &text) == 0 && span_is(buf_span(&text), name);
	buf_reset(&text);
	return same;
}

static bool
is_list_item(struct span text)
{
	return text.len > 0 && text.ptr[0] == '-' &&
	       (text.len == 1 || text.ptr[1] == ' ');
}

struct span
yaml_block(struct span text, const struct yaml_line *line)
{
	const char *end = behind(line);
	struct yaml_line next = { 0 };

	while (yaml_line(text, end, &next) &&
	       (next.indent > line->indent ||
		   (next.indent == line->indent && is_list_item(next.text) &&
		       !is_list_item(line->text))))
		end = behind(&next);
	return span_make(behind(line), (size_t)(end - behind(line)));
}

static int
unusual(struct span text, const struct yaml_line *line, const char *why,
    struct fault *f)
{
	unsigned number = 1;

	for (const char *at = text.ptr; at < line->all.ptr; at++)
		number += *at == '\n';
	return fault_set(f, FAULT_CONFIG, "Line %u %s", number, why);
}

int
yaml_section(struct span text, const char *section, struct yaml_line *line,
    struct fault *f)
{
	struct yaml_line at = { 0 };
	struct span key = { 0 }, value = { 0 };
	const char *from = text.ptr;
	bool first = true;
	int found = 0;

	while (yaml_line(text, from, &at)) {
		bool start = first && span_is(span_trim(at.text), "---");

		first = false;
		from = behind(&at);
		if (start)
			continue;
		if (at.indent > 0 || !yaml_pair(at.text, &key, &value))
			return unusual(text, &at,
			    "is not what this program can edit safely", f);
		from += yaml_block(text, &at).len;
		if (!yaml_key_is(key, section))
			continue;
		if (found == 1)
			return unusual(text, &at, "has the section again", f);
		found = 1;
		*line = at;
	}
	return found;
}

/*
 * As JSON
 */

static bool
is_word_of(struct span text, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (span_is_nocase(text, words[i]))
			return true;
	}
	return false;
}

static int
put_text(struct span text, struct buf *out)
{
	struct buf decoded;
	int rc = -1;

	buf_init(&decoded, text.len);
	if (decode(text, &decoded) == 0)
		rc = json_put_string(out, buf_span(&decoded));
	else
		rc = json_put_raw(out, span_of("null"));
	buf_wipe(&decoded);
	return rc;
}

static int
put_scalar(struct span text, struct buf *out)
{
	static const char *const nothing[] = { "", "~", "null", NULL };
	static const char *const truth[] = { "true", NULL };
	static const char *const falsehood[] = { "false", NULL };
	struct json_doc doc;

	/* Aliases, tags, folded texts: not ours to understand. */
	if (is_word_of(text, nothing) || char_among(text.ptr[0], "&*!|>%@`"))
		return json_put_raw(out, span_of("null"));
	if (is_word_of(text, truth))
		return json_put_bool(out, true);
	if (is_word_of(text, falsehood))
		return json_put_bool(out, false);
	if (!is_quoted(text) && json_scan(text, 1, &doc) &&
	    doc.type == JSON_NUMBER)
		return json_put_raw(out, text);
	return put_text(text, out);
}

/* One item of a list or map on one line, up to its comma. */
static struct span
take_item(struct span *rest)
{
	size_t at = 0;
	unsigned depth = 0;

	while (at < rest->len) {
		struct span here = span_make(rest->ptr + at, rest->len - at);
		size_t quoted = is_quoted(here) ? skip_quoted(here) : 0;
		char c = here.ptr[0];

		if (depth == 0 && c == ',')
			break;
		depth += c == '[' || c == '{';
		depth -= c == ']' || c == '}';
		at += quoted > 0 ? quoted : 1;
	}
	struct span item = span_trim(span_make(rest->ptr, at));
	at += at < rest->len;
	*rest = span_trim(span_make(rest->ptr + at, rest->len - at));
	return item;
}

static int put_flow(struct span text, struct buf *out, unsigned depth);

static int
put_flow_pair(struct span item, struct buf *out, unsigned depth)
{
	struct span key = { 0 }, value = { 0 };
	struct buf name;
	int rc = -1;

	if (!yaml_pair(item, &key, &value))
		return -1;
	buf_init(&name, item.len + 1);
	if (decode(key, &name) == 0 &&
	    json_put_string(out, buf_span(&name)) == 0 &&
	    buf_add_string(out, ":") == 0)
		rc = put_flow(value, out, depth);
	buf_reset(&name);
	return rc;
}

/* A scalar, or a list or map on one line; -1 where it is neither. */
static int
put_flow(struct span text, struct buf *out, unsigned depth)
{
	bool map = text.len > 0 && text.ptr[0] == '{';
	bool list = text.len > 0 && text.ptr[0] == '[';
	struct span rest = { 0 };

	if (!map && !list)
		return put_scalar(text, out);
	if (depth == 0 || text.len < 2 ||
	    text.ptr[text.len - 1] != (map ? '}' : ']'))
		return -1;
	rest = span_trim(span_make(text.ptr + 1, text.len - 2));
	if (json_open(out, text.ptr[0]) == -1)
		return -1;
	while (rest.len > 0) {
		struct span item = take_item(&rest);

		if ((map ? put_flow_pair(item, out, depth - 1) :
			   put_flow(item, out, depth - 1)) == -1)
			return -1;
	}
	return json_close(out, map ? '}' : ']');
}

static int put_block(struct span block, struct buf *out, unsigned depth);

static int
put_list(struct span block, struct buf *out)
{
	struct yaml_line line = { 0 };
	const char *at = block.ptr;

	if (json_open(out, '[') == -1)
		return -1;
	while (yaml_line(block, at, &line)) {
		struct span item =
		    span_make(line.text.ptr + 1, line.text.len - 1);

		if (!is_list_item(line.text) ||
		    put_flow(without_comment(span_trim(item)), out,
			DEPTH_MAX) == -1)
			return -1;
		at = behind(&line);
		at += yaml_block(block, &line).len;
	}
	return json_close(out, ']');
}

static int
put_map(struct span block, size_t indent, struct buf *out, unsigned depth)
{
	struct yaml_line line = { 0 };
	struct span key = { 0 }, value = { 0 };
	struct buf name;
	const char *at = block.ptr;
	int rc = json_open(out, '{');

	while (rc == 0 && yaml_line(block, at, &line)) {
		struct span below = yaml_block(block, &line);

		at = behind(&line) + below.len;
		if (line.indent != indent ||
		    !yaml_pair(line.text, &key, &value))
			return -1;
		buf_init(&name, key.len);
		rc = decode(key, &name);
		if (rc == 0)
			rc = json_put_string(out, buf_span(&name));
		if (rc == 0)
			rc = buf_add_string(out, ":");
		buf_reset(&name);
		if (rc == 0)
			rc = value.len == 0 && below.len > 0 ?
				 put_block(below, out, depth - 1) :
			     below.len == 0 ?
				 put_flow(value, out, DEPTH_MAX) :
				 json_put_raw(out, span_of("null"));
	}
	return rc == 0 ? json_close(out, '}') : -1;
}

/* The lines below a key. */
static int
put_block(struct span block, struct buf *out, unsigned depth)
{
	struct yaml_line line = { 0 };

	if (depth == 0)
		return -1;
	if (!yaml_line(block, block.ptr, &line))
		return json_put_raw(out, span_of("null"));
	if (is_list_item(line.text))
		return put_list(block, out);
	return put_map(block, line.indent, out, depth);
}

int
yaml_read(struct span text, const char *section, struct buf *out,
    struct fault *f)
{
	struct yaml_line line = { 0 };
	struct span key = { 0 }, value = { 0 }, below = { 0 };
	struct buf json;
	int rc = yaml_section(text, section, &line, f);

	if (rc == -1)
		return -1;
	buf_init(&json, out->max);
	if (rc == 1 && yaml_pair(line.text, &key, &value)) {
		below = yaml_block(text, &line);
		rc = below.len > 0 && value.len == 0 ?
			 put_block(below, &json, DEPTH_MAX) :
			 put_flow(value, &json, DEPTH_MAX);
		if (rc == -1 || (below.len > 0 && value.len > 0))
			rc = unusual(text, &line,
			    "begins what this program cannot read", f);
	}
	if (rc == 0 && json_type_of(buf_span(&json)) != JSON_OBJECT)
		rc = json_put_raw(out, span_of("{}"));
	else if (rc == 0)
		rc = json_put_raw(out, buf_span(&json));
	buf_wipe(&json);
	return rc;
}
