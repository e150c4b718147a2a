/* SPDX-License-Identifier: ISC */
/* Sections of settings files in TOML and YAML: read as JSON, edited in place.
 */
#include "wire/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "wire/jsonc.h"
#include "wire/toml.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The section is "s". `json` is in order, without white space. */
static const struct {
	enum settings_format format;
	const char *text, *json;
} readings[] = {
	{ SETTINGS_JSON, "// c\n{\"s\": {\"a\": {\"x\": 1,},},}",
	    "{\"a\":{\"x\":1}}" },
	{ SETTINGS_JSON, "", "{}" },
	{ SETTINGS_JSON, "{\"t\": 1}", "{}" },
	{ SETTINGS_TOML, "", "{}" },
	{ SETTINGS_TOML, "a = 1 # [s.a]\n[t]\ns = {a = 1}\n", "{}" },
	{ SETTINGS_TOML, "[s.a]\ncommand = \"c\" # x\nargs = ['d', \"e\\n\"]\n",
	    "{\"a\":{\"command\":\"c\",\"args\":[\"d\",\"e\\n\"]}}" },
	{ SETTINGS_TOML,
	    "[ s . \"a b\" ]\nn = [ # ]\n  1, # one\n  \"]\",\n]\n[s.'a "
	    "b'.env]\n"
	    "\"K\" = \"\"\"\nv\\\n   w\"\"\"\"\n[t]\nk=1",
	    "{\"a b\":{\"n\":[1,\"]\"],\"env\":{\"K\":\"vw\\\"\"}}}" },
	{ SETTINGS_TOML,
	    "s.a.command = 'c:\\d'\ns.a.e = { K = \"v\", \"L.M\" = [] }\n",
	    "{\"a\":{\"command\":\"c:\\\\d\",\"e\":{\"K\":\"v\",\"L.M\":[]}}"
	    "}" },
	{ SETTINGS_TOML, "[s]\na.d = 1979-05-27\nb = true\nc = \"\\u00e9\"",
	    "{\"a\":{\"d\":null},\"b\":true,\"c\":\"\xc3\xa9\"}" },
	{ SETTINGS_TOML, "x = '''\n[s.a]\n'''\n[s.b]\r\n", "{\"b\":{}}" },
	{ SETTINGS_YAML, "", "{}" },
	{ SETTINGS_YAML, "# c\nt: 1\n", "{}" },
	{ SETTINGS_YAML, "s: {}\n", "{}" },
	{ SETTINGS_YAML, "s:\nt: 1\n", "{}" },
	{ SETTINGS_YAML,
	    "---\nt: a # b\ns:\n  a:\n    cmd: npx # no\n    args:\n    - -y\n "
	    "   "
	    "- '@m/s'\n    - \"x\\ty\"\n    envs: {}\n    env_keys: [A, \"B, "
	    "C\"]\n    timeout: 300\n    enabled: true\n    bundled: null\n    "
	    "description: ''\nu: v\n",
	    "{\"a\":{\"cmd\":\"npx\",\"args\":[\"-y\",\"@m/s\",\"x\\ty\"],"
	    "\"envs\":{},\"env_keys\":[\"A\",\"B, C\"],\"timeout\":300,"
	    "\"enabled\":true,\"bundled\":null,\"description\":\"\"}}" },
	{ SETTINGS_YAML,
	    "s:\n    \"a\":\n        envs:\n            K: v w # x\n           "
	    " "
	    "L: 'it''s'\n\n        text: |\n            s:\n              b: "
	    "1\n    c: {k: [1], l: {m: n}}\n",
	    "{\"a\":{\"envs\":{\"K\":\"v w\",\"L\":\"it's\"},\"text\":null},"
	    "\"c\":{\"k\":[1],\"l\":{\"m\":\"n\"}}}" },
	{ SETTINGS_YAML, "s:\n  a:\n    url: http://h:1/p#f\n    x: - y\n",
	    "{\"a\":{\"url\":\"http://h:1/p#f\",\"x\":\"- y\"}}" },
};

static void
reads(void **state)
{
	struct buf out;
	struct fault f;

	(void)state;
	buf_init(&out, MIB);
	for (size_t i = 0; i < COUNT(readings); i++) {
		buf_clear(&out);
		if (settings_read(readings[i].format, span_of(readings[i].text),
			"s", &out, &f) == -1)
			fail_msg("%s: %s", readings[i].text, fault_text(&f));
		if (!json_covers(buf_span(&out), span_of(readings[i].json)) ||
		    !json_covers(span_of(readings[i].json), buf_span(&out)))
			fail_msg("%s: %s", readings[i].text, out.data);
	}
	buf_reset(&out);
}

static const struct {
	enum settings_format format;
	const char *text;
} refusals[] = {
	{ SETTINGS_JSON, "{\"s\": []}" },
	{ SETTINGS_JSON, "{" },
	{ SETTINGS_TOML, "[s.a\n" },
	{ SETTINGS_TOML, "[s.a]\nx = [1\n" },
	{ SETTINGS_TOML, "[s.a]\nx = \"\n\"\n" },
	{ SETTINGS_TOML, "[s.a]\nx = \"\\q\"\n" },
	{ SETTINGS_TOML, "[[s.a]]\n" },
	{ SETTINGS_TOML, "words\n" },
	{ SETTINGS_TOML, "[s.a] x\n" },
	{ SETTINGS_TOML, "s.a = [1, , 2]\n" },
	{ SETTINGS_YAML, "- s\n" },
	{ SETTINGS_YAML, "s: 1\n---\ns: 2\n" },
	{ SETTINGS_YAML, "s:\n  a: 1\ns:\n  b: 1\n" },
	{ SETTINGS_YAML, "s:\n   a: 1\n  b: 1\n" },
	{ SETTINGS_YAML, "s: {a: 1,\n  b: 2}\n" },
	{ SETTINGS_YAML, "\ts: 1\n" },
};

static void
refuses(void **state)
{
	struct buf out;
	struct fault f;

	(void)state;
	buf_init(&out, MIB);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		if (settings_read(refusals[i].format, span_of(refusals[i].text),
			"s", &out, &f) == 0)
			fail_msg("%s: %s", refusals[i].text, out.data);
		assert_int_equal(f.code, FAULT_CONFIG);
	}
	buf_reset(&out);
}

/* Sets s.a, or s.a.m, in the text. */
static const struct {
	enum settings_format format;
	bool member;
	const char *text, *value, *wanted;
} edits[] = {
	{ SETTINGS_TOML, false, "", "{\"c\":\"x\\\"\",\"d\":[\"y\",1]}",
	    "[s.a]\nc = \"x\\\"\"\nd = [\"y\", 1]\n" },
	{ SETTINGS_TOML, false, "# mine\nx = 1",
	    "{\"e\":{\"K\":\"v\",\"L M\":\"\"}}",
	    "# mine\nx = 1\n\n[s.a]\ne = { K = \"v\", \"L M\" = \"\" }\n" },
	{ SETTINGS_TOML, false, "[s.b]\nc = 1\n", "{\"c\":{}}",
	    "[s.b]\nc = 1\n\n[s.a]\nc = {}\n" },
	{ SETTINGS_TOML, false,
	    "[s.a] # old\nc = 1 # one\n\n[s.a.env]\nK = 1\n\n# next\n[t]\n",
	    "{\"c\":2}", "[s.a]\nc = 2\n\n# next\n[t]\n" },
	{ SETTINGS_TOML, true, "[s.a]\nm = [\n  1,\n] # one\nn = 1\n",
	    "[\"x\"]", "[s.a]\nm = [\"x\"] # one\nn = 1\n" },
	{ SETTINGS_TOML, true, "[s.a]\nn = 1\n\n[s.a.env]\nm = 1\n", "\"x\"",
	    "[s.a]\nn = 1\nm = \"x\"\n\n[s.a.env]\nm = 1\n" },
	{ SETTINGS_TOML, true, "[s.a]\nn = 1", "true",
	    "[s.a]\nn = 1\nm = true\n" },
	{ SETTINGS_YAML, false, "", "{\"c\":\"x y\",\"d\":[],\"e\":{}}",
	    "s:\n  a:\n    c: \"x y\"\n    d: []\n    e: {}\n" },
	{ SETTINGS_YAML, false, "t: 1", "{\"d\":[\"-y\",\"no\",\"word\"]}",
	    "t: 1\ns:\n  a:\n    d:\n      - \"-y\"\n      - \"no\"\n      - "
	    "word\n" },
	{ SETTINGS_YAML, false, "s: {} # none\nt: 1\n", "{\"c\":1}",
	    "s:\n  a:\n    c: 1\nt: 1\n" },
	{ SETTINGS_YAML, false,
	    "s:\n    b:\n        c: 1\n\n# t is next\nt: 1\n",
	    "{\"c\":{\"K\":\"v\"}}",
	    "s:\n    b:\n        c: 1\n    a:\n      c:\n        K: v\n\n# t "
	    "is "
	    "next\nt: 1\n" },
	{ SETTINGS_YAML, false, "s:\n  a:\n    c: 1\n    d:\n    - x\n  b: 1\n",
	    "{\"c\":2}", "s:\n  a:\n    c: 2\n  b: 1\n" },
	{ SETTINGS_YAML, true,
	    "s:\n  a:\n    m:\n    - x # one\n    - y\n    n: 1 # n\n",
	    "[\"z\"]", "s:\n  a:\n    m:\n      - z\n    n: 1 # n\n" },
	{ SETTINGS_YAML, true, "s:\n  a:\n    n: 1", "\"x\"",
	    "s:\n  a:\n    n: 1\n    m: x\n" },
};

static void
edits_in_place(void **state)
{
	const char *path[] = { "s", "a", NULL, NULL };
	struct buf out, again;
	struct fault f;

	(void)state;
	buf_init(&out, MIB);
	buf_init(&again, MIB);
	for (size_t i = 0; i < COUNT(edits); i++) {
		buf_clear(&out);
		buf_clear(&again);
		path[2] = edits[i].member ? "m" : NULL;
		if (settings_set(edits[i].format, span_of(edits[i].text), path,
			span_of(edits[i].value), &out, &f) == -1)
			fail_msg("%s: %s", edits[i].text, fault_text(&f));
		assert_string_equal(out.data, edits[i].wanted);
		assert_int_equal(settings_set(edits[i].format, buf_span(&out),
				     path, span_of(edits[i].value), &again, &f),
		    0);
		assert_string_equal(again.data, out.data);
	}
	buf_reset(&out);
	buf_reset(&again);
}

static const struct {
	enum settings_format format;
	bool member;
	const char *text;
} unsafe[] = {
	{ SETTINGS_TOML, false, "s = {}\n" },
	{ SETTINGS_TOML, false, "s.a.c = 1\n" },
	{ SETTINGS_TOML, false, "[s]\na = { c = 1 }\n" },
	{ SETTINGS_TOML, false, "[s.a]\n[t]\n[s.a.env]\n" },
	{ SETTINGS_TOML, true, "[s.b]\n" },
	{ SETTINGS_YAML, false, "s: {b: {}}\n" },
	{ SETTINGS_YAML, false, "s: &x\n  b: 1\n" },
	{ SETTINGS_YAML, false, "s:\n  - b\n" },
	{ SETTINGS_YAML, false, "s:\n  a: 1\n  a: 2\n" },
	{ SETTINGS_YAML, true, "s:\n  b: 1\n" },
	{ SETTINGS_YAML, true, "t: 1\n" },
};

static void
leaves_to_a_person(void **state)
{
	const char *path[] = { "s", "a", NULL, NULL };
	struct buf out;
	struct fault f;

	(void)state;
	buf_init(&out, MIB);
	for (size_t i = 0; i < COUNT(unsafe); i++) {
		path[2] = unsafe[i].member ? "m" : NULL;
		if (settings_set(unsafe[i].format, span_of(unsafe[i].text),
			path, span_of("{\"c\":1}"), &out, &f) == 0)
			fail_msg("%s: %s", unsafe[i].text, out.data);
		assert_int_equal(f.code, FAULT_CONFIG);
	}
	buf_reset(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(edits_in_place),
		cmocka_unit_test(leaves_to_a_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
