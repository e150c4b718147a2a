/* SPDX-License-Identifier: ISC */
/* Walks a JSON Schema for x-mcp-header. Understands nothing else of it. */
#include "mcp/tool_schema.h"

#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wire/header.h"

static const char annotation[] = "x-mcp-header";

/* The names from the root to where the walk stands. */
struct place {
	const struct place *parent;
	struct span key;
};

struct walk {
	struct tool_param **params;
	size_t count;
	const char *why;
};

static bool walk_elsewhere(struct walk *w, struct span value);

static bool
refuse(struct walk *w, const char *why)
{
	w->why = why;
	return false;
}

static bool
is_mirrored_type(struct span type)
{
	return json_string_is(type, "string") ||
	       json_string_is(type, "integer") ||
	       json_string_is(type, "boolean");
}

/* One allowed type, alone or together with "null". */
static bool
has_mirrored_type(struct span schema)
{
	struct json_iter it;
	struct span type, key, item;
	unsigned allowed = 0;

	if (!json_get(schema, "type", &type))
		return false;
	if (json_type_of(type) != JSON_ARRAY)
		return is_mirrored_type(type);
	json_iter_init(&it, type);
	while (json_next(&it, &key, &item)) {
		if (is_mirrored_type(item))
			allowed++;
		else if (!json_string_is(item, "null"))
			return false;
	}
	return allowed == 1;
}

static bool
is_taken(const struct tool_param *p, const char *header)
{
	for (; p != NULL; p = p->next)
		if (strcasecmp(p->header, header) == 0)
			return true;
	return false;
}

/* A raw key, decoded; NULL when no C string can hold it. */
static char *
key_text(struct span key)
{
	return json_string_dup(span_make(key.ptr - 1, key.len + 2),
	    LIMIT_HEADER_VALUE);
}

static bool
fill_path(struct tool_param *p, const struct place *at)
{
	const struct place *step;
	size_t depth = 0;

	for (step = at; step->parent != NULL; step = step->parent)
		depth++;
	if (depth == 0 || depth > TOOL_PARAM_PATH)
		return false;
	for (step = at; step->parent != NULL; step = step->parent) {
		p->path[--depth] = key_text(step->key);
		if (p->path[depth] == NULL)
			return false;
	}
	return true;
}

static bool
add_param(struct walk *w, const struct place *at, const char *name)
{
	struct tool_param *p = mem_alloc(1, sizeof(*p));

	p->header = mem_format("Mcp-Param-%s", name);
	p->next = *w->params;
	*w->params = p;
	if (++w->count > TOOL_PARAMS)
		return refuse(w, "too many x-mcp-header");
	if (is_taken(p->next, p->header))
		return refuse(w, "two parameters share one x-mcp-header");
	if (!fill_path(p, at))
		return refuse(w, "x-mcp-header on no parameter");
	return true;
}

static bool
annotate(struct walk *w, const struct place *at, struct span schema,
    struct span value)
{
	char *name = json_string_dup(value, LIMIT_HEADER_VALUE);
	bool ok;

	if (name == NULL || !header_is_token(span_of(name)))
		ok = refuse(w, "x-mcp-header is no header name");
	else if (!has_mirrored_type(schema))
		ok = refuse(w, "x-mcp-header on a parameter that is no "
			       "string, integer or boolean");
	else
		ok = add_param(w, at, name);
	free(name);
	return ok;
}

/* Keywords whose values are data, not schemas. */
static bool
holds_data(struct span key)
{
	return json_key_is(key, "enum") || json_key_is(key, "const") ||
	       json_key_is(key, "default") || json_key_is(key, "examples");
}

/* Keywords whose values have names of the author's choice, mostly before
 * schemas. */
static bool
holds_named_schemas(struct span key)
{
	return json_key_is(key, "properties") ||
	       json_key_is(key, "patternProperties") ||
	       json_key_is(key, "$defs") || json_key_is(key, "definitions") ||
	       json_key_is(key, "dependentSchemas") ||
	       json_key_is(key, "dependentRequired") ||
	       json_key_is(key, "dependencies");
}

static bool
walk_named(struct walk *w, struct span map)
{
	struct json_iter it;
	struct span key, value;

	json_iter_init(&it, map);
	while (json_next(&it, &key, &value))
		if (!walk_elsewhere(w, value))
			return false;
	return true;
}

/* Where no annotation may stand. */
static bool
walk_elsewhere(struct walk *w, struct span value)
{
	bool is_object = json_type_of(value) == JSON_OBJECT;
	struct json_iter it;
	struct span key, item;
	bool ok = true;

	json_iter_init(&it, value);
	while (ok && json_next(&it, &key, &item)) {
		if (is_object && json_key_is(key, annotation))
			ok = refuse(w, "x-mcp-header not reachable through "
				       "properties alone");
		else if (is_object && holds_named_schemas(key))
			ok = walk_named(w, item);
		else if (!is_object || !holds_data(key))
			ok = walk_elsewhere(w, item);
	}
	return ok;
}

static bool
walk_schema(struct walk *w, const struct place *at, struct span schema)
{
	struct json_iter it, properties;
	struct span key, value;
	struct place inner = { .parent = at };
	bool ok = true;

	if (json_type_of(schema) != JSON_OBJECT)
		return true;
	json_iter_init(&it, schema);
	while (ok && json_next(&it, &key, &value)) {
		if (json_key_is(key, annotation)) {
			ok = annotate(w, at, schema, value);
		} else if (json_key_is(key, "properties") &&
			   json_type_of(value) == JSON_OBJECT) {
			json_iter_init(&properties, value);
			while (ok && json_next(&properties, &inner.key, &value))
				ok = walk_schema(w, &inner, value);
		} else if (holds_named_schemas(key)) {
			ok = walk_named(w, value);
		} else if (!holds_data(key)) {
			ok = walk_elsewhere(w, value);
		}
	}
	return ok;
}

bool
tool_schema_read(struct span input_schema, struct tool_param **params,
    const char **why)
{
	struct walk w = { .params = params };
	struct place root = { .parent = NULL };

	*params = NULL;
	if (input_schema.len > LIMIT_SCHEMA) {
		*why = "its input schema is too large";
		return false;
	}
	if (walk_schema(&w, &root, input_schema))
		return true;
	tool_params_free(params);
	*why = w.why;
	return false;
}

void
tool_params_free(struct tool_param **params)
{
	while (*params != NULL) {
		struct tool_param *p = *params;

		*params = p->next;
		for (size_t i = 0; i < TOOL_PARAM_PATH; i++)
			free(p->path[i]);
		free(p->header);
		free(p);
	}
}
