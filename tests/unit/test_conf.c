/* SPDX-License-Identifier: ISC */
/*
 * The configuration file: what is refused and where, who may have written it,
 * and what of it holds for a command line. A-095: no secrets in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/conf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ARGUMENTS_MAX = 16 };

static char folder[] = "/tmp/mcp-bridge-test-XXXXXX";
static char *path; /* owned: of the file in it */

static void
write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
mistakes_name_the_line(void **state)
{
	static const struct {
		const char *text, *place, *why, *action;
	} cases[] = {
		{ "\nheder-file = x", "F:2: ", "no option heder-file",
		    "header-file" },
		{ "--read-only", "F:1: ", "no option --read-only",
		    "read-only" },
		{ "xyzzy = 1", "F:1: ", "no option xyzzy", "--help" },
		{ "a\x1b = 1", "F:1: ", "no text", "" },
		{ "[profile p]\nuri = http://a", "F:2: ", "no option uri",
		    "Did you mean url?" },
		{ "json = 1", "F:1: ", "json is for the command line", "" },
		{ "help", "F:1: ", "help is for the command line", "" },
		{ "config = x", "F:1: ", "and the environment", "" },
		{ "no-config", "F:1: ", "and the environment", "" },
		{ "header = X-Key: k", "F:1: ", "header may be a secret",
		    "header-file = FILE" },
		{ "client-secret = k", "F:1: ", "client-secret may be a secret",
		    "client-secret-file = FILE" },
		{ "proxy = http://u:k@p:1", "F:1: ", "proxy may be a secret",
		    "MCP_BRIDGE_PROXY" },
		{ "scope = a\nscope = b", "F:2: ", "set in line 1", "" },
		{ "read-only\nread-only = false", "F:2: ", "set in line 1",
		    "" },
		{ "ca-file", "F:1: ", "ca-file needs a value: FILE", "" },
		{ "ca-file =", "F:1: ", "ca-file needs a value: FILE", "" },
		{ "ca-file = \"x\"", "F:1: ", "without quotes", "" },
		{ "tool-deny = 'x*'", "F:1: ", "without quotes", "" },
		{ "a b", "F:1: ", "option = value", "" },
		{ "[servers]", "F:1: ", "[profile NAME] or [server URL]", "" },
		{ "[server]", "F:1: ", "[profile NAME] or [server URL]", "" },
		{ "[server a.example]", "F:1: ", "https://", "" },
		{ "[server https://u:k@a.example]", "F:1: ", "", "" },
		{ "[server https://a]\n\n[server HTTPS://A:443/]",
		    "F:3: ", "begins in line 1", "Put" },
		{ "[profile a/b]", "F:1: ", "a name of letters", "" },
		{ "[profile a]\n[profile a]", "F:2: ", "begins in line 1",
		    "Put" },
		{ "[profile a]\nprofile = b", "F:2: ", "another profile", "" },
		{ "[profile a]\nurl = b", "F:2: ", "https://", "" },
		{ "[profile a]\nurl = http://b\nurl = http://b",
		    "F:3: ", "url is set in line 2", "" },
		{ "url = http://b", "F:1: ", "[profile NAME]", "" },
		{ "[server http://a]\nurl = http://b",
		    "F:2: ", "[profile NAME]", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct conf conf;
		struct fault f = { 0 };

		if (conf_parse(&conf, "F", span_of(cases[i].text), &f) == 0)
			fail_msg("accepted: %s", cases[i].text);
		if (f.code != FAULT_CONFIG ||
		    strncmp(f.msg, cases[i].place, strlen(cases[i].place)) !=
			0 ||
		    strstr(f.msg, cases[i].why) == NULL ||
		    strstr(f.action, cases[i].action) == NULL)
			fail_msg("%s: %s (%s)", cases[i].text, f.msg, f.action);
		assert_null(strstr(f.msg, "k@"));
		assert_null(strstr(f.msg, ": k"));
		conf_reset(&conf);
	}
}

/* Every option with a variable has a key, but those that say which file. */
static void
every_option_has_a_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);
		char *text = mem_format("%s%s", row->name,
		    row->argument != NULL ? " = x" : "");
		bool key = row->env != NULL && !row->early &&
			   (!row->secret || row->set == set_proxy);
		struct conf conf;
		struct fault f = { 0 };
		int rc = conf_parse(&conf, "/d/F", span_of(text), &f);

		if ((rc == 0) != key)
			fail_msg("%s: %s", text, f.msg);
		if (rc == 0) {
			assert_int_equal(conf.setting_count, 1);
			assert_ptr_equal(conf.settings[0].row, row);
		}
		conf_reset(&conf);
		free(text);
	}
}

static void
files_are_found_from_the_file(void **state)
{
	static const struct {
		const char *of, *value, *found;
	} cases[] = {
		{ "/d/F", "x", "/d/x" },
		{ "/d/F", "../x", "/d/../x" },
		{ "/d/F", "/x", "/x" },
		{ "/d/F", "~/x", "/home-of/anna/x" },
		{ "/d/F", "~bob/x", "/d/~bob/x" },
		{ "F", "x", "x" },
	};

	(void)state;
	setenv("HOME", "/home-of/anna", 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text = mem_format("ca-file = %s", cases[i].value);
		struct conf conf;
		struct fault f = { 0 };

		assert_int_equal(conf_parse(&conf, cases[i].of, span_of(text),
				     &f),
		    0);
		assert_string_equal(conf.settings[0].value, cases[i].found);
		conf_reset(&conf);
		free(text);
	}
}

static void
assert_distrusted(mode_t mode, const char *why)
{
	struct conf conf;
	struct fault f = { 0 };

	assert_int_equal(chmod(path, mode), 0);
	assert_int_equal(conf_load(&conf, path, &f), -1);
	assert_int_equal(f.code, FAULT_CONFIG);
	assert_non_null(strstr(f.msg, why));
	assert_non_null(strstr(f.action, "chmod go-w"));
	conf_reset(&conf);
}

static void
who_may_write_it(void **state)
{
	struct conf conf;
	struct fault f = { 0 };

	(void)state;
	write_file("read-only\n");
	assert_distrusted(0620, "others can write");
	assert_distrusted(0602, "others can write");
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(conf_load(&conf, path, &f), 0);
	assert_true(conf.exists);
	assert_int_equal(conf.setting_count, 1);
	conf_reset(&conf);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_int_equal(conf_load(&conf, path, &f), -1);
		assert_non_null(strstr(f.msg, "another user owns it"));
		conf_reset(&conf);
		assert_int_equal(chown(path, 0, 0), 0);
	}
}

static void
what_is_no_file_is_refused(void **state)
{
	struct conf conf;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(conf_load(&conf, folder, &f), -1);
	assert_non_null(strstr(f.msg, "no file"));
	conf_reset(&conf);
	assert_int_equal(conf_load(&conf, "/nonexistent/file", &f), -1);
	assert_non_null(strstr(f.msg, "no file"));
	conf_reset(&conf);

	write_file("");
	assert_int_equal(truncate(path, (off_t)LIMIT_CONFIG_FILE + 1), 0);
	assert_int_equal(conf_load(&conf, path, &f), -1);
	assert_non_null(strstr(f.msg, "too large"));
	conf_reset(&conf);
}

static void
the_usual_one_may_be_missing(void **state)
{
	struct conf conf;
	struct fault f = { 0 };

	(void)state;
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	assert_int_equal(conf_load(&conf, NULL, &f), 0);
	assert_false(conf.exists);
	assert_string_equal(conf.path, "/nonexistent/mcp-bridge/config");
	assert_null(conf_profile(&conf, "default"));
	conf_reset(&conf);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/nonexistent", 1);
	assert_int_equal(conf_load(&conf, NULL, &f), 0);
	assert_string_equal(conf.path,
	    "/nonexistent/.config/mcp-bridge/config");
	conf_reset(&conf);
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

/*
 * What holds
 */

struct trial {
	char *argv[ARGUMENTS_MAX + 1];
	int argc;
	struct options options;
	struct fault fault;
	int rc;
};

/* `line` holds the arguments behind --config, separated by '|'. */
static void
trial_start(struct trial *t, const char *text, const char *line)
{
	char *copy = mem_string(line);
	char *rest = copy;

	write_file(text);
	*t = (struct trial){ 0 };
	t->argv[t->argc++] = mem_string("mcp-bridge");
	while (rest != NULL) {
		assert_true(t->argc < ARGUMENTS_MAX - 2);
		t->argv[t->argc++] = mem_string(strsep(&rest, "|"));
	}
	t->argv[t->argc++] = mem_string("--config");
	t->argv[t->argc++] = mem_string(path);
	free(copy);
	options_init(&t->options);
	t->rc =
	    options_parse(&t->options, commands, t->argc, t->argv, &t->fault);
}

static void
trial_end(struct trial *t)
{
	for (int i = 0; i < t->argc; i++)
		free(t->argv[i]);
	options_reset(&t->options);
}

/* Everything the ranks can disagree about, in one option and in one list. */
static const char ranks[] = "scope = every\n"
			    "tool-deny = every1\n"
			    "tool-deny = every2\n"
			    "[server https://a.example/mcp]\n"
			    "scope = server\n"
			    "tool-deny = server\n"
			    "[profile work]\n"
			    "scope = profile\n"
			    "tool-deny = profile1\n"
			    "tool-deny = profile2\n";

static void
the_narrower_section_wins(void **state)
{
	static const struct {
		const char *line, *scope, *deny;
		size_t count;
	} cases[] = {
		{ "https://b.example", "every", "every1", 2 },
		{ "https://a.example/mcp", "server", "server", 1 },
		{ "HTTPS://A.EXAMPLE:443/mcp", "server", "server", 1 },
		{ "https://a.example/mcp/", "every", "every1", 2 },
		{ "https://a.example/mcp?a", "every", "every1", 2 },
		{ "https://a.example/MCP", "every", "every1", 2 },
		{ "http://a.example/mcp|--allow-http", "every", "every1", 2 },
		{ "--profile|work|https://a.example/mcp", "profile", "profile1",
		    2 },
		{ "--profile|work|https://b.example", "profile", "profile1",
		    2 },
		{ "--profile|home|https://a.example/mcp", "server", "server",
		    1 },
		{ "--profile|work|https://a.example/mcp|--scope|line|"
		  "--tool-deny|line",
		    "line", "line", 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trial t;

		trial_start(&t, ranks, cases[i].line);
		if (t.rc != 0)
			fail_msg("%s: %s", cases[i].line, fault_text(&t.fault));
		assert_string_equal(t.options.auth.scope, cases[i].scope);
		assert_int_equal(t.options.tool_deny_count, cases[i].count);
		assert_string_equal(t.options.tool_deny[0], cases[i].deny);
		trial_end(&t);
	}
}

static void
the_environment_wins_over_the_file(void **state)
{
	struct trial t;

	(void)state;
	setenv("MCP_BRIDGE_SCOPE", "variable", 1);
	setenv("MCP_BRIDGE_TOOL_DENY", "", 1);
	setenv("MCP_BRIDGE_PROFILE", "work", 1);
	trial_start(&t, ranks, "https://b.example");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.auth.scope, "variable");
	assert_int_equal(t.options.tool_deny_count, 2);
	assert_string_equal(t.options.tool_deny[0], "profile1");
	trial_end(&t);
	unsetenv("MCP_BRIDGE_SCOPE");
	unsetenv("MCP_BRIDGE_TOOL_DENY");
	unsetenv("MCP_BRIDGE_PROFILE");
}

static void
flags_are_taken_back(void **state)
{
	struct trial t;

	(void)state;
	trial_start(&t,
	    "read-only\nno-auth = true\n"
	    "[server https://a.example]\nread-only = false\nno-auth = 0",
	    "https://a.example");
	assert_int_equal(t.rc, 0);
	assert_false(t.options.read_only);
	assert_false(t.options.no_auth);
	trial_end(&t);
}

/* As in the environment: who has no such option is not disturbed. */
static void
each_command_takes_its_own(void **state)
{
	static const char text[] = "hold-timeout = 7\nconnect-timeout = 3\n"
				   "log-level = error\n";
	static const char *const lines[] = { "login|https://a.example",
		"logout|--all", "status", "doctor|https://a.example",
		"call|https://a.example|ping", "tools|https://a.example",
		"config|--list", "import", "https://a.example" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct trial t;

		trial_start(&t, text, lines[i]);
		if (t.rc != 0)
			fail_msg("%s: %s", lines[i], fault_text(&t.fault));
		assert_int_equal(t.options.log_level, LOG_ERROR);
		assert_int_equal(t.options.hold_timeout_ms,
		    i >= 8 || i == 6 ? 7000 : 25000);
		trial_end(&t);
	}
}

static const char profiles[] = "[profile work]\n"
			       "url = https://a.example/mcp\n"
			       "client-id = w\n"
			       "[profile default]\n"
			       "url = https://d.example\n"
			       "client-id = d\n"
			       "[server https://a.example/mcp]\n"
			       "scope = s\n";

static void
a_profile_leads_to_its_server(void **state)
{
	static const char *const lines[] = { "--profile|work",
		"login|--profile|work", "status|--profile|work",
		"logout|--profile|work", "doctor|--profile=work",
		"tools|--profile|work", "call|--profile|work|tools/list",
		"--profile|work|https://A.example/mcp" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct trial t;

		trial_start(&t, profiles, lines[i]);
		if (t.rc != 0)
			fail_msg("%s: %s", lines[i], fault_text(&t.fault));
		assert_string_equal(t.options.url.host, "a.example");
		assert_int_equal(t.options.url_of_profile, i < 7);
		assert_string_equal(t.options.auth.profile, "work");
		if (t.options.command->bit != COMMAND_STATUS)
			assert_string_equal(t.options.auth.client_id, "w");
		trial_end(&t);
	}
}

static void
assert_refused(const char *text, const char *line, const char *why)
{
	struct trial t;

	trial_start(&t, text, line);
	if (t.rc == 0)
		fail_msg("accepted: %s", line);
	if (strstr(fault_text(&t.fault), why) == NULL &&
	    strstr(fault_action(&t.fault), why) == NULL)
		fail_msg("%s: %s (%s)", line, fault_text(&t.fault),
		    fault_action(&t.fault));
	trial_end(&t);
}

static void
a_profile_is_for_its_server(void **state)
{
	(void)state;
	assert_refused(profiles, "--profile|work|https://b.example",
	    ":2: the profile work is for another server");
	assert_refused(profiles, "--profile|wrk", "did you mean work?");
	assert_refused(profiles, "--profile|home",
	    "\"url = URL\" in a section [profile home]");
	/* Who names no profile means no server of one. */
	assert_refused(profiles, "--log-level=info", "no URL is given");
	assert_refused(profiles, "--profile|../x|https://a", "--profile");
}

static void
a_profile_nobody_named_gives_nothing_to_others(void **state)
{
	struct trial t;

	(void)state;
	trial_start(&t, profiles, "https://b.example");
	assert_int_equal(t.rc, 0);
	assert_null(t.options.auth.client_id);
	trial_end(&t);
	trial_start(&t, profiles, "https://d.example/");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.auth.client_id, "d");
	trial_end(&t);
	assert_refused(profiles, "--profile|default|https://b.example",
	    "the profile default is for another server");
}

static void
the_file_may_choose_the_profile(void **state)
{
	static const char text[] = "profile = home\n"
				   "[server https://a.example]\n"
				   "profile = work\n"
				   "[profile work]\nclient-id = w\n"
				   "[profile home]\nclient-id = h\n";
	struct trial t;

	(void)state;
	trial_start(&t, text, "https://a.example");
	assert_string_equal(t.options.auth.profile, "work");
	assert_string_equal(t.options.auth.client_id, "w");
	trial_end(&t);
	trial_start(&t, text, "https://b.example");
	assert_string_equal(t.options.auth.profile, "home");
	assert_string_equal(t.options.auth.client_id, "h");
	trial_end(&t);
	trial_start(&t, text, "https://a.example|--profile|home");
	assert_string_equal(t.options.auth.profile, "home");
	assert_string_equal(t.options.auth.client_id, "h");
	trial_end(&t);
}

static void
an_entry_leaves_what_the_file_has(void **state)
{
	struct trial t;

	(void)state;
	setenv("MCP_BRIDGE_PROFILE", "nobody", 1);
	trial_start(&t, profiles, "config|zed|--profile|work");
	assert_int_equal(t.rc, 0);
	assert_true(t.options.url_of_profile);
	assert_string_equal(t.options.url.host, "a.example");
	assert_int_equal(t.options.entry_count, 2);
	assert_string_equal(t.options.entry[0].name, "profile");
	assert_string_equal(t.options.entry[1].name, "config");
	assert_true(t.options.entry[1].is_file);
	trial_end(&t);
	unsetenv("MCP_BRIDGE_PROFILE");
	assert_refused(profiles, "config|zed", "no URL is given");
}

static void
bad_values_name_the_line(void **state)
{
	static const struct {
		const char *text, *line, *place, *why;
	} cases[] = {
		{ "\nconnect-timeout = 0", "https://a",
		    ":2: connect-timeout \"0\"", "whole number" },
		{ "read-only = maybe", "https://a", ":1: read-only \"maybe\"",
		    "true or false" },
		{ "ca-file = nowhere", "https://a", ":1: ca-file: cannot",
		    "nowhere" },
		{ "header-file = nowhere", "https://a", ":1: header-file",
		    "nowhere" },
		{ "client-metadata = {\"redirect_uris\":[]}", "https://a",
		    ":1: client-metadata: ", "redirect_uris" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trial t;

		trial_start(&t, cases[i].text, cases[i].line);
		assert_int_equal(t.rc, -1);
		assert_int_equal(t.fault.code, FAULT_CONFIG);
		if (strstr(t.fault.msg, cases[i].place) == NULL &&
		    strstr(t.fault.detail, cases[i].place) == NULL)
			fail_msg("%s (%s)", t.fault.msg, t.fault.detail);
		if (strstr(t.fault.msg, cases[i].why) == NULL)
			fail_msg("%s", t.fault.msg);
		trial_end(&t);
	}
}

static void
what_does_not_hold_is_not_looked_at(void **state)
{
	struct trial t;

	(void)state;
	trial_start(&t,
	    "[profile x]\nca-file = nowhere\n[server https://b]\n"
	    "connect-timeout = 0",
	    "https://a");
	assert_int_equal(t.rc, 0);
	trial_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_name_the_line),
		cmocka_unit_test(every_option_has_a_key),
		cmocka_unit_test(files_are_found_from_the_file),
		cmocka_unit_test(who_may_write_it),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(the_usual_one_may_be_missing),
		cmocka_unit_test(the_narrower_section_wins),
		cmocka_unit_test(the_environment_wins_over_the_file),
		cmocka_unit_test(flags_are_taken_back),
		cmocka_unit_test(each_command_takes_its_own),
		cmocka_unit_test(a_profile_leads_to_its_server),
		cmocka_unit_test(a_profile_is_for_its_server),
		cmocka_unit_test(
		    a_profile_nobody_named_gives_nothing_to_others),
		cmocka_unit_test(the_file_may_choose_the_profile),
		cmocka_unit_test(an_entry_leaves_what_the_file_has),
		cmocka_unit_test(bad_values_name_the_line),
		cmocka_unit_test(what_does_not_hold_is_not_looked_at),
	};
	int failed = 0;

	if (mkdtemp(folder) == NULL)
		return 1;
	path = mem_format("%s/config", folder);
	failed = cmocka_run_group_tests_name("conf", tests, NULL, NULL);
	unlink(path);
	rmdir(folder);
	free(path);
	return failed;
}
