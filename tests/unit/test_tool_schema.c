/* SPDX-License-Identifier: ISC */
/*
 * mcp/tool_schema: which arguments are mirrored, and which annotations void a
 * tool (T-054, T-056).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "mcp/tool_schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An annotated property, as most servers write it. */
#define X(name) "\"x-mcp-header\":\"" name "\""
#define STRING(name) "{\"type\":\"string\"," X(name) "}"
#define ROOT(properties) "{\"type\":\"object\",\"properties\":{" properties "}}"
#define NEST(properties) ROOT("\"o\":" ROOT(properties))

/* The parameters as "Header=a.b.c", last one first; NULL: void. */
struct schema_case {
	const char *what;
	const char *schema;
	const char *params;
};

static const struct schema_case plain[] = {
	{ "nothing", "{}", "" },
	{ "no object", "[1]", "" },
	{ "true", "true", "" },
	{ "no annotation", ROOT("\"a\":{\"type\":\"string\"}"), "" },
	{ "one", ROOT("\"a\":" STRING("Region")), "Mcp-Param-Region=a" },
	{ "two", ROOT("\"a\":" STRING("A") ",\"b\":" STRING("B")),
	    "Mcp-Param-B=b Mcp-Param-A=a" },
	{ "T-056: nested", NEST("\"a\":" STRING("A")), "Mcp-Param-A=o.a" },
	{ "nested and not",
	    ROOT("\"o\":" ROOT("\"a\":" STRING("A")) ",\"a\":" STRING("B")),
	    "Mcp-Param-B=a Mcp-Param-A=o.a" },
	{ "an empty name", ROOT("\"\":" STRING("A")), "Mcp-Param-A=" },
	{ "escapes in a name", ROOT("\"\\u0061\\\"\":" STRING("A")),
	    "Mcp-Param-A=a\"" },
	{ "escapes in keywords",
	    "{\"p\\u0072operties\":{\"a\":{\"t\\u0079pe\":\"str\\u0069ng\","
	    "\"x-mcp\\u002dheader\":\"\\u0041\"}}}",
	    "Mcp-Param-A=a" },
	{ "token characters", ROOT("\"a\":" STRING("!#$%&'*+-.^_`|~09aZ")),
	    "Mcp-Param-!#$%&'*+-.^_`|~09aZ=a" },
	{ "an object with an own type",
	    "{\"properties\":{\"a\":" STRING("A") "}}", "Mcp-Param-A=a" },
};

static const struct schema_case types[] = {
	{ "integer", ROOT("\"a\":{\"type\":\"integer\"," X("A") "}"),
	    "Mcp-Param-A=a" },
	{ "boolean", ROOT("\"a\":{" X("A") ",\"type\":\"boolean\"}"),
	    "Mcp-Param-A=a" },
	{ "number", ROOT("\"a\":{\"type\":\"number\"," X("A") "}"), NULL },
	{ "object", ROOT("\"a\":{\"type\":\"object\"," X("A") "}"), NULL },
	{ "array", ROOT("\"a\":{\"type\":\"array\"," X("A") "}"), NULL },
	{ "null", ROOT("\"a\":{\"type\":\"null\"," X("A") "}"), NULL },
	{ "none", ROOT("\"a\":{" X("A") "}"), NULL },
	{ "of any case", ROOT("\"a\":{\"type\":\"String\"," X("A") "}"), NULL },
	{ "no string", ROOT("\"a\":{\"type\":{}," X("A") "}"), NULL },
	{ "string or null",
	    ROOT("\"a\":{\"type\":[\"string\",\"null\"]," X("A") "}"),
	    "Mcp-Param-A=a" },
	{ "null or integer",
	    ROOT("\"a\":{\"type\":[\"null\",\"integer\"]," X("A") "}"),
	    "Mcp-Param-A=a" },
	{ "one in a list", ROOT("\"a\":{\"type\":[\"string\"]," X("A") "}"),
	    "Mcp-Param-A=a" },
	{ "two of them",
	    ROOT("\"a\":{\"type\":[\"string\",\"integer\"]," X("A") "}"),
	    NULL },
	{ "string or number",
	    ROOT("\"a\":{\"type\":[\"string\",\"number\"]," X("A") "}"), NULL },
	{ "only null in a list", ROOT("\"a\":{\"type\":[\"null\"]," X("A") "}"),
	    NULL },
	{ "an empty list", ROOT("\"a\":{\"type\":[]," X("A") "}"), NULL },
	{ "no string in a list", ROOT("\"a\":{\"type\":[1]," X("A") "}"),
	    NULL },
};

static const struct schema_case names[] = {
	{ "empty", ROOT("\"a\":" STRING("")), NULL },
	{ "a space", ROOT("\"a\":" STRING("A B")), NULL },
	{ "a colon", ROOT("\"a\":" STRING("A:")), NULL },
	{ "CR LF", ROOT("\"a\":" STRING("A\\r\\nHost: x")), NULL },
	{ "a NUL", ROOT("\"a\":" STRING("A\\u0000")), NULL },
	{ "not ASCII", ROOT("\"a\":" STRING("\xc3\xa9")), NULL },
	{ "a lone surrogate", ROOT("\"a\":" STRING("\\ud800")), NULL },
	{ "a number", ROOT("\"a\":{\"type\":\"string\",\"x-mcp-header\":1}"),
	    NULL },
	{ "null", ROOT("\"a\":{\"type\":\"string\",\"x-mcp-header\":null}"),
	    NULL },
	{ "true", ROOT("\"a\":{\"type\":\"string\",\"x-mcp-header\":true}"),
	    NULL },
	{ "twice", ROOT("\"a\":" STRING("A") ",\"b\":" STRING("A")), NULL },
	{ "twice in other case",
	    ROOT("\"a\":" STRING("Ab") ",\"b\":" STRING("aB")), NULL },
	{ "twice on two levels",
	    ROOT("\"a\":" STRING("A") ",\"o\":" ROOT("\"a\":" STRING("a"))),
	    NULL },
	{ "a prefix of another",
	    ROOT("\"a\":" STRING("A") ",\"b\":" STRING("Ab")),
	    "Mcp-Param-Ab=b Mcp-Param-A=a" },
	{ "a parameter no C string can name", ROOT("\"a\\u0000\":" STRING("A")),
	    NULL },
};

static const struct schema_case elsewhere[] = {
	{ "at the root", "{\"type\":\"string\"," X("A") "}", NULL },
	{ "in items",
	    ROOT("\"a\":{\"type\":\"array\",\"items\":" STRING("A") "}"),
	    NULL },
	{ "in items' properties",
	    ROOT("\"a\":{\"items\":" ROOT("\"b\":" STRING("A")) "}"), NULL },
	{ "in prefixItems",
	    ROOT("\"a\":{\"prefixItems\":[{}," STRING("A") "]}"), NULL },
	{ "in oneOf", ROOT("\"a\":{\"oneOf\":[" STRING("A") "]}"), NULL },
	{ "in anyOf at the root",
	    "{\"anyOf\":[" ROOT("\"a\":" STRING("A")) "]}", NULL },
	{ "in allOf", "{\"allOf\":[" ROOT("\"a\":" STRING("A")) "]}", NULL },
	{ "in not", "{\"not\":" ROOT("\"a\":" STRING("A")) "}", NULL },
	{ "in if", "{\"if\":" ROOT("\"a\":" STRING("A")) "}", NULL },
	{ "in then", "{\"then\":" ROOT("\"a\":" STRING("A")) "}", NULL },
	{ "in else", "{\"else\":" ROOT("\"a\":" STRING("A")) "}", NULL },
	{ "in $defs",
	    "{\"$defs\":{\"d\":" STRING(
		"A") "},"
		     "\"properties\":{\"a\":{\"$ref\":\"#/$defs/d\"}}}",
	    NULL },
	{ "in definitions",
	    "{\"definitions\":{\"d\":{\"properties\":{\"a\":" STRING(
		"A") "}}}}",
	    NULL },
	{ "in patternProperties",
	    "{\"patternProperties\":{\"^a\":" STRING("A") "}}", NULL },
	{ "in additionalProperties",
	    "{\"additionalProperties\":" STRING("A") "}", NULL },
	{ "in propertyNames", "{\"propertyNames\":" STRING("A") "}", NULL },
	{ "in contains", ROOT("\"a\":{\"contains\":" STRING("A") "}"), NULL },
	{ "in dependentSchemas",
	    "{\"dependentSchemas\":{\"a\":" STRING("A") "}}", NULL },
	{ "in a keyword of a vendor", "{\"x-more\":" STRING("A") "}", NULL },
	{ "in a list of lists", "{\"x-more\":[[" STRING("A") "]]}", NULL },
	{ "beside a good one",
	    ROOT("\"a\":" STRING("A") ",\"b\":{\"items\":" STRING("B") "}"),
	    NULL },
	{ "$ref alone", ROOT("\"a\":{\"$ref\":\"#/x-mcp-header\"}"), "" },
	{ "T-139: $ref to elsewhere",
	    ROOT("\"a\":{\"$ref\":\"http://169.254.169.254/\"}"), "" },

	/* names that only look like it */
	{ "a property of this name",
	    ROOT("\"x-mcp-header\":{\"type\":\"string\"}"), "" },
	{ "an annotated property of this name",
	    ROOT("\"x-mcp-header\":" STRING("A")), "Mcp-Param-A=x-mcp-header" },
	{ "properties named properties",
	    ROOT("\"properties\":" ROOT("\"properties\":" STRING("A"))),
	    "Mcp-Param-A=properties.properties" },
	{ "a property of this name in items",
	    ROOT("\"a\":{\"items\":" ROOT(
		"\"x-mcp-header\":{\"type\":\"string\"}") "}"),
	    "" },
	{ "a definition of this name", "{\"$defs\":{\"x-mcp-header\":{}}}",
	    "" },
	{ "a pattern of this name",
	    "{\"patternProperties\":{\"x-mcp-header\":{}}}", "" },
	{ "a required property of this name",
	    "{\"required\":[\"x-mcp-header\"]}", "" },
	{ "another property requires it",
	    "{\"dependentRequired\":{\"x-mcp-header\":[\"a\"]}}", "" },
	{ "the same before 2019",
	    "{\"dependencies\":{\"x-mcp-header\":[\"a\"]}}", "" },
	{ "in a default", ROOT("\"a\":{\"default\":{" X("A") "}}"), "" },
	{ "in const", ROOT("\"a\":{\"const\":{" X("A") "}}"), "" },
	{ "in enum", ROOT("\"a\":{\"enum\":[{" X("A") "}]}"), "" },
	{ "in examples", "{\"examples\":[{" X("A") "}]}", "" },
	{ "in a default within items",
	    ROOT("\"a\":{\"items\":{\"default\":{" X("A") "}}}"), "" },
	{ "in a text",
	    "{\"description\":\""
	    "x-mcp-header\"}",
	    "" },
	{ "in another case", ROOT("\"a\":{\"X-Mcp-Header\":\"A\"}"), "" },

	/* no schemas, but what a server may send */
	{ "properties that are a list", "{\"properties\":[" STRING("A") "]}",
	    NULL },
	{ "an inner list", ROOT("\"a\":{\"properties\":[" STRING("A") "]}"),
	    NULL },
	{ "a list without it", "{\"properties\":[{}]}", "" },
	{ "properties that are a string", "{\"properties\":\"a\"}", "" },
	{ "properties that are null", "{\"properties\":null}", "" },
	{ "definitions that are a list", "{\"$defs\":[" STRING("A") "]}",
	    NULL },
	{ "a property that is a list", ROOT("\"a\":[" STRING("A") "]"), "" },
	{ "a property that is true", ROOT("\"a\":true"), "" },
	{ "properties twice",
	    "{\"properties\":{\"a\":" STRING(
		"A") "},\"properties\":{\"b\":" STRING("B") "}}",
	    "Mcp-Param-B=b Mcp-Param-A=a" },
	{ "an annotation twice",
	    ROOT("\"a\":{\"type\":\"string\"," X("A") "," X("A") "}"), NULL },
};

static void
put(struct buf *out, const char *text)
{
	assert_int_equal(buf_add_string(out, text), 0);
}

/* As the cases above write it; NULL when void. Caller frees. */
static char *
read_schema(const char *schema)
{
	struct tool_param *params = NULL;
	const char *why = NULL;
	struct json_doc doc;
	struct buf out;

	if (!json_scan(span_of(schema), LIMIT_DEPTH, &doc))
		fail_msg("no JSON: %s", schema);
	if (!tool_schema_read(span_of(schema), &params, &why)) {
		assert_null(params);
		assert_non_null(why);
		return NULL;
	}
	buf_init(&out, LIMIT_MESSAGE);
	put(&out, "");
	for (const struct tool_param *p = params; p != NULL; p = p->next) {
		put(&out, p == params ? "" : " ");
		put(&out, p->header);
		for (size_t i = 0; p->path[i] != NULL; i++) {
			put(&out, i == 0 ? "=" : ".");
			put(&out, p->path[i]);
		}
	}
	tool_params_free(&params);
	assert_null(params);
	return out.data;
}

static void
run(const struct schema_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct schema_case *c = &cases[i];
		char *read = read_schema(c->schema);
		bool ok = c->params == NULL ?
			      read == NULL :
			      read != NULL && strcmp(read, c->params) == 0;

		if (!ok)
			fail_msg("%s: %s, not %s", c->what,
			    read != NULL ? read : "void",
			    c->params != NULL ? c->params : "void");
		free(read);
	}
}

static void
finds_annotated_parameters(void **state)
{
	(void)state;
	run(plain, COUNT(plain));
}

static void
wants_string_integer_or_boolean(void **state)
{
	(void)state;
	run(types, COUNT(types));
}

static void
wants_unique_tokens(void **state)
{
	(void)state;
	run(names, COUNT(names));
}

static void
wants_the_way_through_properties_alone(void **state)
{
	(void)state;
	run(elsewhere, COUNT(elsewhere));
}

/* `depth` properties around an annotated one. */
static char *
nested(size_t depth)
{
	struct buf out;

	buf_init(&out, LIMIT_MESSAGE);
	for (size_t i = 0; i < depth; i++)
		put(&out, "{\"properties\":{\"p\":");
	put(&out, STRING("A"));
	for (size_t i = 0; i < depth; i++)
		put(&out, "}}");
	return out.data;
}

static void
follows_a_path_to_its_cap(void **state)
{
	(void)state;
	for (size_t depth = 0; depth <= LIMIT_DEPTH / 2 - 1; depth++) {
		char *schema = nested(depth);
		char *read = read_schema(schema);

		if (depth == 0 || depth > TOOL_PARAM_PATH)
			assert_null(read);
		else
			assert_int_equal(strlen(read),
			    strlen("Mcp-Param-A=p") + 2 * (depth - 1));
		free(read);
		free(schema);
	}
}

/* Each parameter becomes a header: a server cannot ask for any number. */
static void
takes_so_many_parameters(void **state)
{
	(void)state;
	for (int count = TOOL_PARAMS - 1; count <= TOOL_PARAMS + 1; count++) {
		struct buf out;
		char *read = NULL;

		buf_init(&out, LIMIT_MESSAGE);
		put(&out, "{\"properties\":{\"o\":{}");
		for (int i = 0; i < count; i++)
			assert_int_equal(buf_addf(&out,
					     ",\"p%d\":" STRING("H%d"), i, i),
			    0);
		put(&out, "}}");
		read = read_schema(out.data);
		assert_int_equal(read != NULL, count <= TOOL_PARAMS);
		free(read);
		buf_reset(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_annotated_parameters),
		cmocka_unit_test(wants_string_integer_or_boolean),
		cmocka_unit_test(wants_unique_tokens),
		cmocka_unit_test(wants_the_way_through_properties_alone),
		cmocka_unit_test(follows_a_path_to_its_cap),
		cmocka_unit_test(takes_so_many_parameters),
	};

	return cmocka_run_group_tests_name("tool_schema", tests, NULL, NULL);
}
