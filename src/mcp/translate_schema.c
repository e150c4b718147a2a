/* SPDX-License-Identifier: ISC */
/*
 * Tools and their results from era to era: what schemas may say (SEP-2106,
 * T-101) and what of tasks shows (T-117). Follows no $ref.
 */
#include "mcp/translate_p.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Boolean schemas in words that older hosts read. */
static struct span
property_as_object(struct span property)
{
	if (json_type_of(property) == JSON_TRUE)
		return span_of("{}");
	if (json_type_of(property) == JSON_FALSE)
		return span_of("{\"not\":{}}");
	return property;
}

static int
put_properties(struct span properties, struct buf *out)
{
	struct json_iter it;
	struct span key, value;
	int result = json_open(out, '{');

	json_iter_init(&it, properties);
	while (result == 0 && json_next(&it, &key, &value)) {
		result = json_put_raw(out, span_make(key.ptr - 1, key.len + 2));
		if (result == 0)
			result = buf_add(out, ":", 1);
		if (result == 0)
			result = json_put_raw(out, property_as_object(value));
	}
	return result == 0 ? json_close(out, '}') : -1;
}

static bool
has_boolean_property(struct span properties)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, properties);
	while (json_next(&it, &key, &value)) {
		if (json_type_of(value) == JSON_TRUE ||
		    json_type_of(value) == JSON_FALSE)
			return true;
	}
	return false;
}

/* The schema itself, or as changed in `storage`. */
static int
plain_schema(struct span *schema, struct buf *storage)
{
	struct span properties;
	struct edit edits[1];
	struct buf plain;
	int result;

	if (!json_get(*schema, "properties", &properties) ||
	    json_type_of(properties) != JSON_OBJECT ||
	    !has_boolean_property(properties))
		return 0;
	buf_init(&plain, LIMIT_MESSAGE);
	result = put_properties(properties, &plain);
	if (result == 0) {
		edits[0] = edit_put("properties", buf_span(&plain));
		result = edit_object(*schema, edits, COUNT(edits), storage);
	}
	buf_reset(&plain);
	if (result == 0)
		*schema = buf_span(storage);
	return result;
}

static bool
is_object_schema(struct span schema)
{
	struct span type;

	return json_get(schema, "type", &type) &&
	       json_string_is(type, "object");
}

static int
put_tool_up(struct span tool, struct buf *out)
{
	struct span input, output;
	struct buf storage[2];
	struct edit edits[2];
	int result;

	buf_init(&storage[0], LIMIT_MESSAGE);
	buf_init(&storage[1], LIMIT_MESSAGE);
	json_get(tool, "inputSchema", &input);
	json_get(tool, "outputSchema", &output);
	if (!is_object_schema(output))
		output = span_make(NULL, 0);
	result = plain_schema(&input, &storage[0]);
	if (result == 0)
		result = plain_schema(&output, &storage[1]);
	edits[0] = edit_put("inputSchema", input);
	edits[1] = edit_put("outputSchema", output);
	if (result == 0)
		result = edit_object(tool, edits, COUNT(edits), out);
	buf_reset(&storage[0]);
	buf_reset(&storage[1]);
	return result;
}

int
schema_tools_up(struct span tools, struct buf *out)
{
	return edit_items(tools, put_tool_up, out);
}

static int
put_tool_down(struct span tool, struct buf *out)
{
	static const char *const path[] = { "execution", "taskSupport", NULL };
	const struct edit edits[] = { edit_drop("execution") };
	struct span support;

	if (json_get_path(tool, path, &support) &&
	    json_string_is(support, "required"))
		return 0;
	return edit_object(tool, edits, COUNT(edits), out);
}

int
schema_tools_down(struct span tools, struct buf *out)
{
	return edit_items(tools, put_tool_down, out);
}

bool
schema_content_has_text(struct span content)
{
	struct json_iter it;
	struct span key, block, type;

	json_iter_init(&it, content);
	while (json_next(&it, &key, &block)) {
		if (json_get(block, "type", &type) &&
		    json_string_is(type, "text"))
			return true;
	}
	return false;
}

/* Every earlier item stays as it is. */
static int
put_items(struct span array, struct buf *out)
{
	struct json_iter it;
	struct span key, item;
	int result = 0;

	if (json_type_of(array) != JSON_ARRAY)
		return 0;
	json_iter_init(&it, array);
	while (result == 0 && json_next(&it, &key, &item))
		result = json_put_raw(out, item);
	return result;
}

int
schema_content_with_text(struct span content, struct span text, struct buf *out)
{
	if (json_open(out, '[') == -1 || put_items(content, out) == -1 ||
	    json_open(out, '{') == -1 || json_put_key(out, "type") == -1 ||
	    json_put_string(out, span_of("text")) == -1 ||
	    json_put_key(out, "text") == -1 ||
	    json_put_string(out, text) == -1 || json_close(out, '}') == -1)
		return -1;
	return json_close(out, ']');
}
