/* SPDX-License-Identifier: ISC */
/* mcp-remote's command line in our words, and the name of its records. */
#include "cli/compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/foreign.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { WORDS_MAX = 16 };

#define URL "https://a.example/mcp"
#define CALLBACK "|--callback-host|localhost|--callback-path|/oauth/callback"

static int
split(const char *line, char **copy, char **words)
{
	char *rest = line[0] != '\0' ? mem_string(line) : NULL;
	int count = 0;

	*copy = rest;
	while (rest != NULL) {
		assert_true(count < WORDS_MAX);
		words[count++] = strsep(&rest, "|");
	}
	return count;
}

static void
join(const struct list *list, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		strlcat(text, i > 0 ? "|" : "", size);
		strlcat(text, list->items[i], size);
	}
}

/* Words behind the URL; `note` is NULL where nothing is to be said. */
static const struct {
	const char *theirs, *ours, *note;
} flags[] = {
	{ "", CALLBACK, NULL },
	{ "|9696", CALLBACK "|--callback-port|9696", NULL },
	{ "|port", CALLBACK, "no port" },
	{ "|--header|A:b c", "|--header|A:b c" CALLBACK, NULL },
	{ "|--header=A: ${SET}", "|--header|A:${SET}" CALLBACK, NULL },
	{ "|--header|no header", CALLBACK, "--header" },
	{ "|--header", CALLBACK, "a value is needed" },
	{ "|--header-file|/dev/null", NULL, NULL },
	{ "|--header-file|/nonexistent", NULL, NULL },
	{ "|--allow-http", "|--allow-http" CALLBACK, NULL },
	{ "|--transport|http-first", "|--transport|auto" CALLBACK, NULL },
	{ "|--transport|sse-first", "|--transport|auto" CALLBACK, NULL },
	{ "|--transport|http-only", "|--transport|http" CALLBACK, NULL },
	{ "|--transport|sse-only", "|--transport|sse" CALLBACK, NULL },
	{ "|--transport|tcp", CALLBACK, "--transport" },
	{ "|--protocol|legacy|--protocol|auto", CALLBACK, NULL },
	{ "|--protocol|new", CALLBACK, "--protocol" },
	{ "|--host|127.0.0.1",
	    "|--callback-host|127.0.0.1|--callback-path|/oauth/callback",
	    NULL },
	{ "|--host|h.example", CALLBACK, "--host" },
	{ "|--callback-path|/x",
	    "|--callback-path|/x|--callback-host|localhost", NULL },
	{ "|--callback-path|x", CALLBACK, "--callback-path" },
	{ "|--auth-timeout|30", "|--auth-timeout|300" CALLBACK, NULL },
	{ "|--auth-timeout|600", "|--auth-timeout|600" CALLBACK, NULL },
	{ "|--auth-timeout|soon", CALLBACK, "--auth-timeout" },
	{ "|--resource|urn:x", "|--resource|urn:x" CALLBACK, NULL },
	{ "|--resource|", "|--no-resource" CALLBACK, NULL },
	{ "|--resource|urn:x|--disable-resource-parameter",
	    "|--no-resource" CALLBACK, NULL },
	{ "|--authorize-param|prompt=x", "|--authorize-param|prompt=x" CALLBACK,
	    NULL },
	{ "|--authorize-param|scope=a b", "|--scope|a b" CALLBACK, NULL },
	{ "|--authorize-param|resource=x", CALLBACK, "--authorize-param" },
	{ "|--authorize-param|x", NULL, NULL },
	{ "|--static-oauth-client-metadata|{\"scope\":\"a b\"}",
	    "|--scope|a b" CALLBACK, NULL },
	{ "|--static-oauth-client-metadata|{\"client_name\":\"n\", "
	  "\"scope\":\"a\",\"tos_uri\": \"t\"}",
	    "|--scope|a|--client-metadata|{\"client_name\":\"n\","
	    "\"tos_uri\":\"t\"}" CALLBACK,
	    NULL },
	{ "|--static-oauth-client-metadata|{\"grant_types\":[]}", CALLBACK,
	    "grant_types" },
	{ "|--static-oauth-client-metadata|{", NULL, NULL },
	{ "|1234|--static-oauth-client-info|{\"client_id\":\"i\","
	  "\"client_secret\":\"s${SET}${UNSET}\"}",
	    "|--client-id|i|--client-secret|svalue${UNSET}" CALLBACK
	    "|--callback-port|1234",
	    NULL },
	{ "|--static-oauth-client-info|{\"client_secret\":\"s\"}", NULL, NULL },
	{ "|--static-oauth-client-info|@/nonexistent", NULL, NULL },
	{ "|1|--client-metadata-url|https://c.example/c",
	    "|--client-metadata-url|https://c.example/c" CALLBACK
	    "|--callback-port|1",
	    NULL },
	{ "|--client-metadata-url|https://c.example/", CALLBACK,
	    "--client-metadata-url" },
	{ "|--client-credentials", "|--grant|client_credentials" CALLBACK,
	    NULL },
	{ "|--token-endpoint|https://t.example/t",
	    "|--token-endpoint|https://t.example/t" CALLBACK, NULL },
	{ "|--device-code", "|--grant|device_code" CALLBACK, NULL },
	{ "|--disable-cookies", "|--no-cookies" CALLBACK, NULL },
	{ "|--ignore-tool|a*|--ignore-tool|b",
	    "|--tool-deny|a*|--tool-deny|b" CALLBACK "|--tool-ignore-case",
	    NULL },
	{ "|--use-id-token", "|--use-id-token" CALLBACK, NULL },
	{ "|--auth-success-url|https://s.example/?a=b",
	    "|--success-url|https://s.example/?a=b" CALLBACK, NULL },
	{ "|--auth-success-url|http://s.example/", CALLBACK,
	    "--auth-success-url" },
	{ "|--header|A:${UNSET}", "|--header|A:${UNSET}" CALLBACK, "UNSET" },
	{ "|--keep-alive|--enable-proxy", CALLBACK "|--ping-interval|30",
	    NULL },
	{ "|--keep-alive|--ping-interval|60", "|--ping-interval|60" CALLBACK,
	    NULL },
	{ "|--ping-interval|0", CALLBACK, "--ping-interval" },
	{ "|--connect-timeout|0.5", "|--connect-timeout|1" CALLBACK, NULL },
	{ "|--connect-timeout|0", CALLBACK, "--connect-timeout" },
	{ "|--headers-timeout|0|--body-timeout|0.5",
	    "|--headers-timeout|0|--body-timeout|1" CALLBACK, NULL },
	{ "|--body-timeout|-1", CALLBACK, "--body-timeout" },
	{ "|--ipv4", "|--ipv4" CALLBACK, NULL },
	{ "|--debug|--silent", CALLBACK "|--log-level|debug", NULL },
	{ "|--silent", CALLBACK "|--log-level|silent", NULL },
	{ "|--unknown=x|-y", CALLBACK, "--unknown" },
};

static void
translates(void **state)
{
	char line[512] = "", ours[512] = "", notes[512] = "", wanted[512] = "";

	(void)state;
	setenv("SET", "value", 1);
	for (size_t i = 0; i < COUNT(flags); i++) {
		char *words[WORDS_MAX], *copy = NULL;
		struct compat c = { 0 };
		struct fault f = { 0 };

		unsetenv("UNSET");
		snprintf(line, sizeof(line), URL "%s", flags[i].theirs);
		int count = split(line, &copy, words);
		int rc = compat_translate(&c, count, words, true, &f);

		join(&c.args, ours, sizeof(ours));
		join(&c.notes, notes, sizeof(notes));
		snprintf(wanted, sizeof(wanted), URL "%s",
		    flags[i].ours != NULL ? flags[i].ours : "");
		if (flags[i].ours == NULL && rc == 0)
			fail_msg("%s: %s", line, ours);
		if (flags[i].ours != NULL &&
		    (rc == -1 || strcmp(ours, wanted) != 0))
			fail_msg("%s: %s (%s)", line, ours, fault_text(&f));
		if (rc == 0 && flags[i].note != NULL &&
		    strstr(notes, flags[i].note) == NULL)
			fail_msg("%s: %s", line, notes);
		if (rc == 0 && flags[i].note == NULL && notes[0] != '\0')
			fail_msg("%s: %s", line, notes);
		compat_reset(&c);
		free(copy);
	}
}

/* As mcp-remote 0.15.1 computes them. */
static const struct {
	const char *line, *key;
} keys[] = {
	{ "https://mcp.example.com/mcp", "94baabe3c3fadb285b26c035e4e86046" },
	{ "https://mcp.example.com/mcp|--resource|urn:x|--header|X-Z: "
	  "\"1\"|--header|A:${T}|--authorize-param|prompt=c|--authorize-param|"
	  "access_type=o",
	    "6af26de9c2e0f60b7114fe837de1cc04" },
	{ "https://mcp.example.com/mcp|--client-metadata-url|https://c.example/"
	  "c|--client-credentials|--token-endpoint|https://t.example/t",
	    "35c9ef4c3cf46b0c05a9ad1f9985e2f1" },
	{ "https://mcp.example.com/mcp|--header|A: 1|--header|A: "
	  "2|--resource|urn:x|--disable-resource-parameter",
	    "5e0d5e23610fa400f3b3260351a72f2d" },
};

static void
names_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		char *words[WORDS_MAX], *copy = NULL;
		struct compat c = { 0 };
		struct fault f = { 0 };
		int count = split(keys[i].line, &copy, words);

		assert_int_equal(compat_translate(&c, count, words, false, &f),
		    0);
		assert_string_equal(c.key, keys[i].key);
		compat_reset(&c);
		free(copy);
	}
}

static void
knows_its_name(void **state)
{
	static const struct {
		const char *line;
		int begin;
		bool client;
	} cases[] = {
		{ "mcp-bridge|https://a", 0, false },
		{ "mcp-bridge|mcp-remote|https://a", 2, false },
		{ "mcp-bridge|mcp-remote-client|https://a", 2, true },
		{ "/usr/bin/mcp-remote|https://a", 1, false },
		{ "mcp-remote-client|https://a", 1, true },
		{ "mcp-bridge|https://a|mcp-remote", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *words[WORDS_MAX], *copy = NULL;
		struct compat c = { 0 };
		int count = split(cases[i].line, &copy, words);

		assert_int_equal(compat_begin(count, words, &c),
		    cases[i].begin);
		assert_int_equal(c.client, cases[i].client);
		free(copy);
	}
}

static void
conceals(void **state)
{
	char *words[WORDS_MAX], *copy = NULL;
	char left[256] = "";
	struct list list = { 0 };
	int count = split("https://a.example/?k=v|--header|A: key|--header=B|"
			  "--static-oauth-client-info|{1}|--host|h",
	    &copy, words);

	(void)state;
	compat_conceal(count, words);
	for (int i = 0; i < count; i++)
		list_add(&list, words[i]);
	join(&list, left, sizeof(left));
	assert_string_equal(left,
	    "https://a.example/****|--header|A:****|--header=*|"
	    "--static-oauth-client-info|***|--host|h");
	list_reset(&list);
	free(copy);
}

static void
finds_the_package(void **state)
{
	static const struct {
		const char *line;
		int at; /* -1: none */
	} cases[] = {
		{ "npx|-y|mcp-remote|u", 2 },
		{ "npx|-p|mcp-remote@latest|mcp-remote-client|u", 3 },
		{ "C:\\Windows\\cmd.exe|/c|npx|mcp-remote@0.1|u", 3 },
		{ "env|A=b|npx|--yes|mcp-remote|u", 4 },
		{ "node|/a/node_modules/mcp-remote/dist/proxy.js|u", 1 },
		{ "node|/a/other/dist/proxy.js|u", -1 },
		{ "deno|run|npm:mcp-remote@1|u", 2 },
		{ "npx|other|mcp-remote|u", -1 },
		{ "mcp-remote-go|u", -1 },
		{ "uvx|mcp-proxy|u", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *words[WORDS_MAX], *copy = NULL;
		struct list list = { 0 };
		int count = split(cases[i].line, &copy, words);

		for (int j = 0; j < count; j++)
			list_add(&list, words[j]);
		assert_int_equal(foreign_find(&list),
		    cases[i].at < 0 ? count : cases[i].at);
		list_reset(&list);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translates),
		cmocka_unit_test(names_records),
		cmocka_unit_test(knows_its_name),
		cmocka_unit_test(conceals),
		cmocka_unit_test(finds_the_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
