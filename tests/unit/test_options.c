/* SPDX-License-Identifier: ISC */
/*
 * The options: every row of the table by command line and environment, what is
 * refused and why, and that secrets are overwritten where they stood (A-095).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/option_table.h"
#include "cli/options.h"
#include "cli/suggest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct command table[] = {
	{ .bit = COMMAND_RUN, .operand = OPERAND_URL },
	{ .name = "login", .bit = COMMAND_LOGIN, .operand = OPERAND_URL },
	{ .name = "logout",
	    .bit = COMMAND_LOGOUT,
	    .operand = OPERAND_URL_OR_ALL },
	{ .name = "status",
	    .bit = COMMAND_STATUS,
	    .operand = OPERAND_OPTIONAL_URL },
	{ .name = "doctor", .bit = COMMAND_DOCTOR, .operand = OPERAND_URL },
	{ .name = "call",
	    .bit = COMMAND_CALL,
	    .operand = OPERAND_URL_AND_REQUEST },
	{ .name = "tools", .bit = COMMAND_TOOLS, .operand = OPERAND_URL },
	{ .name = "config",
	    .bit = COMMAND_CONFIG,
	    .operand = OPERAND_HOST_AND_URL },
	{ .name = "import", .bit = COMMAND_IMPORT, .operand = OPERAND_FILES },
	{ .name = "trace", .bit = COMMAND_TRACE, .operand = OPERAND_FILE },
	{ 0 },
};

enum { ARGUMENTS_MAX = 16 };

/* A parsed command line, kept for looking at what became of it. */
struct trial {
	char *argv[ARGUMENTS_MAX + 1];
	int argc;
	struct options options;
	struct fault fault;
	int rc;
};

/* `line` holds the arguments, separated by '|'. */
static void
trial_start(struct trial *t, const char *line)
{
	char *copy = mem_string(line);
	char *rest = line[0] != '\0' ? copy : NULL;

	*t = (struct trial){ 0 };
	t->argv[t->argc++] = mem_string("mcp-bridge");
	while (rest != NULL) {
		assert_true(t->argc < ARGUMENTS_MAX);
		t->argv[t->argc++] = mem_string(strsep(&rest, "|"));
	}
	free(copy);
	options_init(&t->options);
	t->rc = options_parse(&t->options, table, t->argc, t->argv, &t->fault);
	if (t->rc == -1 && t->fault.code == FAULT_NONE)
		fail_msg("no fault is set for: %s", line);
}

static void
trial_end(struct trial *t)
{
	for (int i = 0; i < t->argc; i++)
		free(t->argv[i]);
	options_reset(&t->options);
}

static void
assert_accepted(const char *line)
{
	struct trial t;

	trial_start(&t, line);
	if (t.rc != 0)
		fail_msg("%s: %s", line, fault_text(&t.fault));
	trial_end(&t);
}

static void
assert_refused(const char *line, enum fault_code code, const char *text)
{
	struct trial t;
	bool said = false;

	trial_start(&t, line);
	if (t.rc == 0)
		fail_msg("accepted: %s", line);
	said = strstr(fault_text(&t.fault), text) != NULL ||
	       strstr(fault_action(&t.fault), text) != NULL;
	if (!said || t.fault.code != code)
		fail_msg("%s: %d \"%s\" (%s)", line, t.fault.code,
		    fault_text(&t.fault), fault_action(&t.fault));
	trial_end(&t);
}

static void
defaults(void **state)
{
	struct trial t;

	(void)state;
	trial_start(&t, "https://example.com/mcp");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.url.host, "example.com");
	assert_string_equal(t.options.auth.url, "https://example.com/mcp");
	assert_ptr_equal(t.options.command, &table[0]);
	assert_int_equal(t.options.show, SHOW_NOTHING);
	assert_int_equal(t.options.transport, TRANSPORT_AUTO);
	assert_int_equal(t.options.request_timeout_ms, 30 * 60 * 1000);
	assert_int_equal(t.options.auth.connect_timeout_ms, 30 * 1000);
	assert_int_equal(t.options.hold_timeout_ms, 25 * 1000);
	assert_int_equal(t.options.auth.auth_timeout_s, 300);
	assert_string_equal(t.options.auth.profile, "default");
	assert_string_equal(t.options.auth.callback_host, "127.0.0.1");
	assert_string_equal(t.options.auth.callback_path, "/callback");
	assert_int_equal(t.options.log_level, LOG_WARN);
	assert_null(t.options.auth.proxy);
	assert_int_equal(t.options.headers.count, 0);
	assert_false(t.options.static_authorization);
	assert_false(t.options.auth.issuer_exact);
	assert_false(t.options.read_only);
	trial_end(&t);
}

#define ENTERPRISE                                                             \
	"--grant=enterprise|--client-id=a|--idp-client-id=b|https://a|"
#define AT_IDP "--grant=enterprise|--client-id=a|--idp-client-id=b"

/* A configuration file, made by main. */
static char empty_file[] = "/tmp/mcp-bridge-test-XXXXXX";

/* A value each option takes and one it refuses (NULL: a flag). */
static const struct sample {
	const char *name, *good, *bad;
	const char *needs; /* another option it goes with */
} samples[] = {
	{ "header", "X-Key: abc", "no header", NULL },
	{ "header-file", "/dev/null", "/nonexistent/file", NULL },
	{ "transport", "sse", "SSE", NULL },
	{ "http1.1", NULL, "yes", NULL },
	{ "allow-http", NULL, "yes", NULL },
	{ "ca-file", "/dev/null", "/nonexistent/file", NULL },
	{ "cert", "/dev/null", "/", NULL },
	{ "key", "/dev/null", "/nonexistent/file", "--cert=/dev/null" },
	{ "proxy", "socks5h://127.0.0.1:1080", "ftp://host", NULL },
	{ "connect-timeout", "600", "601", NULL },
	{ "request-timeout", "0", "-1", NULL },
	{ "no-cookies", NULL, "2", NULL },
	{ "tool-allow", "get_*", "a\nb\tc\x01", NULL },
	{ "client-metadata", "{\"client_name\":\"n\"}",
	    "{\"redirect_uris\":[]}", NULL },
	{ "headers-timeout", "0", "x", NULL },
	{ "body-timeout", "86400", "86401", NULL },
	{ "ping-interval", "30", "-1", NULL },
	{ "tool-deny", "*", "\x7f", NULL },
	{ "sandbox", NULL, "2", NULL },
	{ "tool-ignore-case", NULL, "x", NULL },
	{ "read-only", NULL, "2", NULL },
	{ "profile", "work.2", "../x", NULL },
	{ "token-command", "prog 'an argument'", "'", NULL },
	{ "header-command", "prog", " ", NULL },
	{ "command-timeout", "20", "0", NULL },
	{ "store", "command:prog 'an argument'", "command: ", NULL },
	{ "client-id", "abc", "", NULL },
	{ "client-secret-file", "/dev/null", "/nonexistent/file",
	    "--client-id=a" },
	{ "client-key-file", "/dev/null", "/nonexistent/file",
	    "--client-id=a" },
	{ "client-key-alg", "PS256", "HS256",
	    "--client-id=a|--client-key-file=/dev/null" },
	{ "client-key-id", "k1", "",
	    "--client-id=a|--client-key-file=/dev/null" },
	{ "client-assertion-audience", "token-endpoint", "both",
	    "--client-id=a|--client-key-file=/dev/null" },
	{ "client-metadata-url", "https://a.example/client.json",
	    "https://a.example/", NULL },
	{ "scope", "read write", "read \"write\"", NULL },
	{ "auth-timeout", "10", "9", NULL },
	{ "hold-timeout", "600", "6.5", NULL },
	{ "discover-first", NULL, "maybe", NULL },
	{ "no-cached-handshake", NULL, "maybe", NULL },
	{ "no-sign-in-tool", NULL, "2", NULL },
	{ "no-auth", NULL, "2", NULL },
	{ "non-interactive", NULL, "on", NULL },
	{ "no-browser", NULL, "off", NULL },
	{ "callback-port", "65535", "65536", NULL },
	{ "callback-host", "::1", "0.0.0.0", NULL },
	{ "callback-path", "/oauth/callback", "callback", NULL },
	{ "success-url", "https://s.example/done?a=b", "http://s.example/",
	    NULL },
	{ "grant", "device_code", "password", NULL },
	{ "assertion-file", "/dev/null", "/nonexistent/file",
	    "--grant=jwt-bearer|--client-id=a" },
	{ "idp-issuer", "https://idp.example", "http://idp.example",
	    AT_IDP "|--id-token-file=/dev/null" },
	{ "idp-token-endpoint", "https://idp.example/token", "token",
	    "--grant=enterprise|--client-id=a|--idp-client-id=b"
	    "|--id-token-file=/dev/null" },
	{ "idp-client-id", "b", "",
	    AT_IDP
	    "|--idp-issuer=https://i.example|--id-token-file=/dev/null" },
	{ "idp-client-secret-file", "/dev/null", "/nonexistent/file",
	    AT_IDP
	    "|--idp-issuer=https://i.example|--id-token-file=/dev/null" },
	{ "id-token-file", "/dev/null", "/nonexistent/file",
	    AT_IDP "|--idp-issuer=https://i.example" },
	{ "id-token-command", "print-it 'a b'", "open 'quote",
	    AT_IDP "|--idp-issuer=https://i.example" },
	{ "id-token-type", "saml2", "jwt",
	    AT_IDP
	    "|--idp-issuer=https://i.example|--id-token-file=/dev/null" },
	{ "issuer", "https://id.example/realm", "http://id.example", NULL },
	{ "issuer-match", "exact", "loose", NULL },
	{ "resource", "api://a.example/mcp", "a.example/mcp", NULL },
	{ "no-resource", NULL, "x", NULL },
	{ "strict-resource", NULL, "x", NULL },
	{ "dpop", "require", "yes", NULL },
	{ "audience", "https://api.example", "", NULL },
	{ "authorize-param", "prompt=consent", "state=1", NULL },
	{ "assume-pkce-s256", NULL, "x", NULL },
	{ "use-id-token", NULL, "x", NULL },
	{ "authorization-endpoint", "https://id.example/authorize?x=y",
	    "http://id.example/authorize",
	    "--token-endpoint=https://id.example/token" },
	{ "token-endpoint", "http://127.0.0.1:9/token", "/token", NULL },
	{ "no-adaptations", NULL, "x", NULL },
	{ "allow-host", "10.0.0.1", "http://h", NULL },
	{ "all", NULL, NULL, NULL },
	{ "json", NULL, NULL, NULL },
	{ "urls", NULL, NULL, NULL },
	{ "profiles", NULL, NULL, NULL },
	{ "html", "/tmp/report.html", "", NULL },
	{ "refresh", NULL, NULL, NULL },
	{ "name", "n", NULL, NULL },
	{ "write", NULL, NULL, NULL },
	{ "dry-run", NULL, NULL, NULL },
	{ "ipv4", NULL, "x", NULL },
	{ "client-secret", "s", "", "--client-id=i" },
	{ "project", NULL, NULL, NULL },
	{ "force", NULL, NULL, NULL },
	{ "list", NULL, NULL, NULL },
	{ "config", empty_file, "/nonexistent/file", NULL },
	{ "no-config", NULL, "x", NULL },
	{ "log-level", "debug", "loud", NULL },
	{ "log-file", "/tmp/log", "", NULL },
	{ "trace", "/tmp/trace", "", NULL },
	{ "pretty", NULL, NULL, NULL },
	{ "version", NULL, NULL, NULL },
	{ "help", NULL, NULL, NULL },
};

static const struct sample *
sample_of(const struct option_row *row)
{
	for (size_t i = 0; i < COUNT(samples); i++) {
		if (strcmp(samples[i].name, row->name) == 0)
			return &samples[i];
	}
	fail_msg("--%s has no sample", row->name);
	return NULL;
}

/* A command that accepts the option, with what else it needs. */
static const char *
line_before(const struct option_row *row)
{
	if ((row->commands & COMMAND_RUN) != 0)
		return "https://a.example|";
	if ((row->commands & ~(unsigned)COMMAND_TRACE) == COMMAND_DOCTOR)
		return "doctor|https://a.example|";
	if (row->commands == COMMAND_CALL)
		return "call|https://a.example|ping|";
	if ((row->commands & COMMAND_CONFIG) != 0)
		return "config|zed|https://a.example|";
	if ((row->commands & COMMAND_IMPORT) != 0)
		return "import|";
	return (row->commands & COMMAND_LOGOUT) != 0 ? "logout|" : "status|";
}

static void
every_option_on_the_command_line(void **state)
{
	char line[256] = "";

	(void)state;
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);
		const struct sample *s = sample_of(row);
		const char *more =
		    s->needs != NULL ? s->needs : "--log-level=info";

		if (row->argument == NULL) {
			snprintf(line, sizeof(line), "%s%s|--%s",
			    line_before(row), more, row->name);
			assert_accepted(line);
			strlcat(line, "=1", sizeof(line));
			assert_refused(line, FAULT_USAGE, "takes no value");
			continue;
		}
		snprintf(line, sizeof(line), "%s%s|--%s|%s", line_before(row),
		    more, row->name, s->good);
		assert_accepted(line);
		snprintf(line, sizeof(line), "%s%s|--%s=%s", line_before(row),
		    more, row->name, s->good);
		assert_accepted(line);
		snprintf(line, sizeof(line), "%s%s|--%s", line_before(row),
		    more, row->name);
		assert_refused(line, FAULT_USAGE, "needs a value");
	}
}

static void
there_is_room_for_every_option(void **state)
{
	(void)state;
	assert_true(option_count() <= OPTION_MAX);
	assert_non_null(option_at(option_count() - 1));
	assert_null(option_at(option_count()));
}

static void
every_bad_value_names_its_origin(void **state)
{
	char line[256] = "";

	(void)state;
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);
		const struct sample *s = sample_of(row);
		struct trial t;

		if (s->bad == NULL)
			continue;
		if (row->argument != NULL) {
			char origin[64] = "";

			snprintf(line, sizeof(line),
			    "https://a.example|--%s|%s", row->name, s->bad);
			snprintf(origin, sizeof(origin), "--%s", row->name);
			trial_start(&t, line);
			assert_int_equal(t.rc, -1);
			if (strstr(fault_text(&t.fault), origin) == NULL &&
			    row->set != set_header_file)
				fail_msg("%s: %s", line, fault_text(&t.fault));
			trial_end(&t);
		}
		if (s->bad[0] == '\0')
			continue; /* an empty variable is an unset one */
		setenv(row->env, s->bad, 1);
		trial_start(&t, "https://a.example");
		unsetenv(row->env);
		if (t.rc != -1)
			fail_msg("%s=%s is accepted", row->env, s->bad);
		if (strstr(fault_text(&t.fault), row->env) == NULL &&
		    row->set != set_header_file)
			fail_msg("%s: %s", row->env, fault_text(&t.fault));
		trial_end(&t);
	}
}

/* The two ways to give a value leave the same options behind. */
static void
every_option_in_the_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);
		const struct sample *s = sample_of(row);
		char expected[64] = "MCP_BRIDGE_";
		char line[256] = "";
		struct trial t;

		if (row->env == NULL)
			continue;
		for (size_t j = 0; row->name[j] != '\0'; j++) {
			char c = row->name[j];
			bool lower = c >= 'a' && c <= 'z';
			char upper[] = { lower ? (char)(c - 'a' + 'A') : c,
				'\0' };
			strlcat(expected, c == '-' || c == '.' ? "_" : upper,
			    sizeof(expected));
		}
		assert_string_equal(row->env, expected);

		setenv(row->env, s->good != NULL ? s->good : "true", 1);
		snprintf(line, sizeof(line), "https://a.example|%s",
		    s->needs != NULL ? s->needs : "--log-level=info");
		trial_start(&t, line);
		unsetenv(row->env);
		if (t.rc != 0)
			fail_msg("%s: %s", row->env, fault_text(&t.fault));
		trial_end(&t);
	}
}

static void
call_takes_a_request(void **state)
{
	struct trial t;

	(void)state;
	trial_start(&t, "call|https://a.example|--pretty|tools/call|x|{\"u\":"
			"\"http://b\"}");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.auth.url, "https://a.example");
	assert_int_equal(t.options.operands.count, 3);
	assert_string_equal(t.options.operands.items[0], "tools/call");
	assert_string_equal(t.options.operands.items[2],
	    "{\"u\":\"http://b\"}");
	assert_true(t.options.pretty);
	trial_end(&t);
	assert_refused("call|https://a.example", FAULT_USAGE, "no method");
	assert_refused("call|tools/list", FAULT_USAGE, "no URL is given");
	assert_refused("call|https://a.example|a|b|c|d", FAULT_USAGE,
	    "too many arguments");
	assert_refused("call|https://a.example|ping|--hold-timeout|1",
	    FAULT_USAGE, "--hold-timeout is no option of");
}

/* Options of the bridge are noted as they were given, and nothing else. */
static void
config_notes_options_for_an_entry(void **state)
{
	struct trial t;

	(void)state;
	unsetenv("UNSET");
	setenv("MCP_BRIDGE_SCOPE", "s", 1);
	setenv("MCP_BRIDGE_URL", "https://other.example", 1);
	trial_start(&t, "config|zed|https://a.example|-H|A: b ${UNSET}|"
			"--read-only|--name=n|--ca-file|/dev/null");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.host, "zed");
	assert_string_equal(t.options.name, "n");
	assert_null(t.options.auth.scope);
	assert_int_equal(t.options.headers.count, 0);
	assert_int_equal(t.options.entry_count, 3);
	assert_string_equal(t.options.entry[0].name, "header");
	assert_true(t.options.entry[0].secret);
	assert_string_equal(secret_peek(&t.options.entry[0].value).ptr,
	    "A: b ${UNSET}");
	assert_string_equal(t.argv[5], "A:***********");
	assert_string_equal(t.options.entry[1].name, "read-only");
	assert_true(secret_empty(&t.options.entry[1].value));
	assert_true(t.options.entry[2].is_file);
	trial_end(&t);

	assert_accepted("config|--list");
	assert_refused("config|zed", FAULT_USAGE, "no URL is given");
	assert_refused("config|https://a.example", FAULT_USAGE, "no host");
	assert_refused("config|zed|zed|https://a.example", FAULT_USAGE,
	    "neither");
	assert_refused("config|zed|https://a.example|--name|a b", FAULT_USAGE,
	    "--name");
	assert_refused("config|zed|https://a.example|-H|no header",
	    FAULT_CONFIG, "--header");
	assert_refused("config|zed|http://a.example", FAULT_CONFIG,
	    "--allow-http");
	unsetenv("MCP_BRIDGE_SCOPE");
	unsetenv("MCP_BRIDGE_URL");
}

static void
values_arrive(void **state)
{
	struct trial t;

	(void)state;
	trial_start(&t, "--connect-timeout=7|--tool-allow|a*|--tool-allow=b|"
			"-H|Authorization: Bearer x|https://a.example/|"
			"--authorize-param=a=b=c|--proxy=none|"
			"--issuer-match=exact|--log-level=debug|"
			"--dpop=off");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.options.auth.connect_timeout_ms, 7000);
	assert_int_equal(t.options.tool_allow_count, 2);
	assert_string_equal(t.options.tool_allow[0], "a*");
	assert_string_equal(t.options.tool_allow[1], "b");
	assert_true(t.options.static_authorization);
	assert_true(span_is(secret_peek(&t.options.headers.items[0].value),
	    "Bearer x"));
	assert_string_equal(t.options.auth.authorize_params[0].name, "a");
	assert_string_equal(t.options.auth.authorize_params[0].value, "b=c");
	assert_string_equal(t.options.auth.proxy, "");
	assert_true(t.options.auth.issuer_exact);
	assert_int_equal(t.options.auth.dpop, AUTH_DPOP_OFF);
	assert_int_equal(t.options.log_level, LOG_DEBUG);
	trial_end(&t);
}

static void
commands_and_their_urls(void **state)
{
	static const struct {
		const char *line;
		size_t command;
		bool url;
	} cases[] = {
		{ "https://a.example", 0, true },
		{ "--|https://a.example", 0, true },
		{ "https://a.example|--", 0, true },
		{ "login|https://a.example", 1, true },
		{ "--profile|work|login|https://a.example", 1, true },
		{ "login|--no-browser|https://a.example", 1, true },
		{ "logout|https://a.example", 2, true },
		{ "logout|--all", 2, false },
		{ "status", 3, false },
		{ "status|--json|https://a.example", 3, true },
		{ "status|http://plain.example", 3, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trial t;

		trial_start(&t, cases[i].line);
		if (t.rc != 0)
			fail_msg("%s: %s", cases[i].line, fault_text(&t.fault));
		assert_ptr_equal(t.options.command, &table[cases[i].command]);
		assert_int_equal(t.options.url.text != NULL, cases[i].url);
		trial_end(&t);
	}
}

static void
operands_may_stand_anywhere(void **state)
{
	(void)state;
	assert_int_equal(setenv("POSIXLY_CORRECT", "1", 1), 0);
	assert_accepted("https://a.example|--read-only");
	unsetenv("POSIXLY_CORRECT");
	assert_accepted("https://a.example|--read-only");
	assert_accepted("--read-only|https://a.example|--transport|http");
}

static void
help_and_version_win(void **state)
{
	static const struct {
		const char *line;
		enum options_show show;
		size_t command;
	} cases[] = {
		{ "--help", SHOW_HELP, 0 },
		{ "-h", SHOW_HELP, 0 },
		{ "login|--help", SHOW_HELP, 1 },
		{ "--json|--help|--transport=x", SHOW_HELP, 0 },
		{ "--version", SHOW_VERSION, 0 },
		{ "-V|https://a.example", SHOW_VERSION, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trial t;

		trial_start(&t, cases[i].line);
		assert_int_equal(t.rc, 0);
		assert_int_equal(t.options.show, cases[i].show);
		assert_ptr_equal(t.options.command, &table[cases[i].command]);
		trial_end(&t);
	}
}

static void
refusals_say_why(void **state)
{
	static const struct {
		const char *line;
		enum fault_code code;
		const char *text;
	} cases[] = {
		{ "", FAULT_USAGE, "no URL" },
		{ "--heade|x|https://a", FAULT_USAGE,
		    "did you mean --header?" },
		{ "--header-fil=x|https://a", FAULT_USAGE, "--header-file?" },
		{ "--tool-dney=x|https://a", FAULT_USAGE, "--tool-deny?" },
		{ "--xyzzy|https://a", FAULT_USAGE, "unknown option --xyzzy" },
		{ "-x|https://a", FAULT_USAGE, "unknown option -x" },
		{ "logn|https://a", FAULT_USAGE, "did you mean \"login\"?" },
		{ "stauts", FAULT_USAGE, "did you mean \"status\"?" },
		{ "help", FAULT_USAGE, "did you mean --help?" },
		{ "a.example/mcp", FAULT_USAGE, "https://" },
		{ "localhost:80", FAULT_USAGE, "https://" },
		{ "https://a|login", FAULT_USAGE, "" },
		{ "https://a|https://b", FAULT_USAGE, "more than one URL" },
		{ "ftp://a", FAULT_USAGE, "https://" },
		{ "https://u:p@a", FAULT_USAGE, "" },
		{ ENTERPRISE "--idp-issuer=https://i.example|"
			     "--idp-token-endpoint=https://i.example/t",
		    FAULT_USAGE, "not both" },
		{ ENTERPRISE "--idp-issuer=https://i.example|"
			     "--id-token-file=/dev/null|--id-token-command=x",
		    FAULT_USAGE, "exclude" },
		{ ENTERPRISE "--idp-token-endpoint=https://i.example/t",
		    FAULT_USAGE, "to sign in there: --idp-issuer" },
		{ ENTERPRISE "--idp-issuer=https://i.example|"
			     "--id-token-type=saml2",
		    FAULT_USAGE, "saml2 needs" },
		{ "http://a.example", FAULT_CONFIG, "--allow-http" },
		{ "login|http://10.0.0.1", FAULT_CONFIG, "--allow-http" },
		{ "logout", FAULT_USAGE, "--all" },
		{ "logout|--all|https://a", FAULT_USAGE, "exclude" },
		{ "status|--urls|https://a", FAULT_USAGE, "--urls and a URL" },
		{ "status|--urls|--profiles", FAULT_USAGE, "exclude" },
		{ "status|--profiles|--json", FAULT_USAGE, "exclude" },
		{ "--json|https://a", FAULT_USAGE, "status" },
		{ "status|--read-only", FAULT_USAGE, "no option of" },
		{ "https://a|--key=/dev/null", FAULT_USAGE, "--cert" },
		{ "https://a|--client-secret-file=/dev/null", FAULT_USAGE,
		    "--client-id" },
		{ "https://a|--resource=x:y|--no-resource", FAULT_USAGE,
		    "exclude" },
		{ "https://a|--header|Authorization:|Bearer|x", FAULT_USAGE,
		    "Quote" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_refused(cases[i].line, cases[i].code, cases[i].text);
}

static void
loopback_needs_no_leave(void **state)
{
	(void)state;
	assert_accepted("http://localhost:8080/mcp");
	assert_accepted("http://127.0.0.1/mcp");
	assert_accepted("http://[::1]:3000/");
	assert_accepted("http://10.0.0.1/|--allow-http");
}

static void
command_line_beats_environment(void **state)
{
	struct trial t;

	(void)state;
	setenv("MCP_BRIDGE_URL", "https://env.example", 1);
	setenv("MCP_BRIDGE_TRANSPORT", "sse", 1);
	setenv("MCP_BRIDGE_TOOL_DENY", "a\nb\n\n", 1);
	setenv("MCP_BRIDGE_READ_ONLY", "false", 1);
	setenv("MCP_BRIDGE_JSON", "nonsense that no one reads", 1);
	trial_start(&t, "");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.url.host, "env.example");
	assert_int_equal(t.options.transport, TRANSPORT_SSE);
	assert_int_equal(t.options.tool_deny_count, 2);
	assert_false(t.options.read_only);
	trial_end(&t);

	setenv("MCP_BRIDGE_URL", "https://env.example", 1);
	trial_start(&t, "https://arg.example|--transport=http|--tool-deny=c|"
			"--read-only");
	assert_int_equal(t.rc, 0);
	assert_string_equal(t.options.url.host, "arg.example");
	assert_int_equal(t.options.transport, TRANSPORT_HTTP);
	assert_int_equal(t.options.tool_deny_count, 1);
	assert_string_equal(t.options.tool_deny[0], "c");
	assert_true(t.options.read_only);
	trial_end(&t);

	setenv("MCP_BRIDGE_URL", "https://env.example", 1);
	assert_accepted("logout|--all");
	unsetenv("MCP_BRIDGE_TRANSPORT");
	unsetenv("MCP_BRIDGE_TOOL_DENY");
	unsetenv("MCP_BRIDGE_READ_ONLY");
	unsetenv("MCP_BRIDGE_JSON");
}

/* A-095: what stood in argv and the environment is overwritten in place. */
static void
secrets_are_overwritten(void **state)
{
	struct trial t;
	const char *in_env[3] = { NULL };

	(void)state;
	setenv("MCP_BRIDGE_HEADER", "X-Env: canary", 1);
	setenv("MY_KEY", "canary", 1);
	setenv("MCP_BRIDGE_PROXY", "http://u:canary@h:1", 1);
	in_env[0] = getenv("MCP_BRIDGE_HEADER");
	in_env[1] = getenv("MY_KEY");
	in_env[2] = getenv("MCP_BRIDGE_PROXY");
	trial_start(&t, "https://a.example/?key=canary|--header|X-A: canary|"
			"--header=X-B: ${MY_KEY}|-HX-C: canary|"
			"--header=X-D: ${HOME}");
	assert_int_equal(t.rc, 0);
	for (int i = 0; i < t.argc; i++)
		assert_null(strstr(t.argv[i], "canary"));
	assert_string_equal(t.argv[1], "https://a.example/?**********");
	assert_string_equal(t.argv[3], "X-A:*******");
	assert_null(getenv("MCP_BRIDGE_HEADER"));
	assert_null(getenv("MY_KEY"));
	assert_null(getenv("MCP_BRIDGE_PROXY"));
	assert_non_null(getenv("HOME"));
	for (size_t i = 0; i < COUNT(in_env); i++)
		assert_string_equal(in_env[i], "");
	assert_true(
	    span_is(secret_peek(
			&static_headers_find(&t.options.headers, "x-b")->value),
		"canary"));
	assert_string_equal(t.options.auth.url,
	    "https://a.example/?key=canary");
	trial_end(&t);
}

static void
faults_tell_no_secrets(void **state)
{
	static const char *const lines[] = {
		"--header|X-Y canary|https://a",
		"--header|Mcp-Session-Id: canary|https://a",
		"--header|X: canary\x01|https://a",
		"--heade=X: canary|https://a",
		"--header|Authorization:|canary|https://a",
		"--proxy=ftp://u:canary@h|https://a",
		"https://a|--header=X: canary ${",
		"https://u:canary@a",
		"https://a/#canary",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct trial t;

		trial_start(&t, lines[i]);
		assert_int_equal(t.rc, -1);
		if (strstr(t.fault.msg, "canary") != NULL ||
		    strstr(t.fault.detail, "canary") != NULL ||
		    strstr(t.fault.action, "canary") != NULL)
			fail_msg("%s: %s", lines[i], fault_text(&t.fault));
		trial_end(&t);
	}
}

static void
typos_have_distances(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{ "", "", 0 },
		{ "header", "header", 0 },
		{ "heade", "header", 1 },
		{ "haeder", "header", 1 },
		{ "hoder", "header", 2 },
		{ "", "abc", 3 },
		{ "abc", "xyz", 3 },
	};
	char long_word[100];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(suggest_distance(cases[i].a, cases[i].b),
		    cases[i].distance);
		assert_int_equal(suggest_distance(cases[i].b, cases[i].a),
		    cases[i].distance);
	}
	memset(long_word, 'a', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	assert_true(suggest_distance(long_word, "header") == SIZE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option_on_the_command_line),
		cmocka_unit_test(there_is_room_for_every_option),
		cmocka_unit_test(every_bad_value_names_its_origin),
		cmocka_unit_test(every_option_in_the_environment),
		cmocka_unit_test(call_takes_a_request),
		cmocka_unit_test(config_notes_options_for_an_entry),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(commands_and_their_urls),
		cmocka_unit_test(operands_may_stand_anywhere),
		cmocka_unit_test(help_and_version_win),
		cmocka_unit_test(refusals_say_why),
		cmocka_unit_test(loopback_needs_no_leave),
		cmocka_unit_test(command_line_beats_environment),
		cmocka_unit_test(secrets_are_overwritten),
		cmocka_unit_test(faults_tell_no_secrets),
		cmocka_unit_test(typos_have_distances),
	};

	int fd = mkstemp(empty_file);
	int failed = 0;

	/* The user's own file is nothing to us. */
	if (fd == -1 || setenv("XDG_CONFIG_HOME", "/nonexistent", 1) == -1)
		return 1;
	failed = cmocka_run_group_tests_name("options", tests, NULL, NULL);
	close(fd);
	unlink(empty_file);
	return failed;
}
