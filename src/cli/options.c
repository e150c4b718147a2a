/* SPDX-License-Identifier: ISC */
/*
 * Parsing: arguments and environment to settings, settings to options, options
 * against each other. What a single value may be is option_values.c.
 */
#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/option_table.h"
#include "cli/suggest.h"

enum {
	DEFAULT_HOLD_MS = 25 * 1000,
	REQUEST_WORDS = 3, /* METHOD NAME ARGUMENTS */
	FIRST_LONG = 256   /* what getopt_long returns for the first option */
};

#define URL_VARIABLE "MCP_BRIDGE_URL"

struct parser {
	struct options *options;
	const struct command *commands;
	char **argv;
	struct setting *settings; /* owned: those of the command line */
	size_t count;
	char *url;     /* borrowed from argv; NULL: none there */
	char *host;    /* borrowed likewise */
	bool has_word; /* the first operand was seen */
};

void
options_init(struct options *options)
{
	*options = (struct options){
		.request_timeout_ms = TIMEOUT_REQUEST_MS,
		.hold_timeout_ms = DEFAULT_HOLD_MS,
		.log_level = LOG_WARN,
	};
	url_init(&options->url);
	auth_config_init(&options->auth);
	options->auth.connect_timeout_ms = TIMEOUT_CONNECT_MS;
	static_headers_init(&options->headers);
}

static void
free_list(char **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	free(list);
}

void
options_reset(struct options *options)
{
	if (options == NULL)
		return;
	url_reset(&options->url);
	auth_config_reset(&options->auth);
	static_headers_reset(&options->headers);
	free(options->header_file);
	free_list(options->tool_allow, options->tool_allow_count);
	free_list(options->tool_deny, options->tool_deny_count);
	free(options->log_file);
	free(options->html_file);
	list_reset(&options->operands);
	free(options->host);
	free(options->name);
	option_forget_entry(options);
	*options = (struct options){ 0 };
}

static void
advise(struct fault *f, const char *action)
{
	snprintf(f->action, sizeof(f->action), "%s", action);
}

static const struct option_row *
row_of(int value)
{
	const size_t count = option_count();

	if (value >= FIRST_LONG)
		return option_at((size_t)(value - FIRST_LONG));
	for (size_t i = 0; i < count; i++) {
		if (value != 0 && value == option_at(i)->letter)
			return option_at(i);
	}
	return NULL;
}

const struct option_row *
option_named(const char *name)
{
	for (size_t i = 0; i < option_count(); i++) {
		if (strcmp(option_at(i)->name, name) == 0)
			return option_at(i);
	}
	return NULL;
}

/* getopt_long's view of the table. */
static void
describe(struct option *longs, char *shorts)
{
	/* Operands in their place ('-') whatever POSIXLY_CORRECT says, and
	 * a missing argument told from an unknown option (':'). */
	*shorts++ = '-';
	*shorts++ = ':';
	size_t count = option_count();

	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = option_at(i);

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->argument != NULL ? required_argument :
							   no_argument,
			.val = FIRST_LONG + (int)i,
		};
		if (row->letter == 0)
			continue;
		*shorts++ = row->letter;
		if (row->argument != NULL)
			*shorts++ = ':';
	}
	longs[count] = (struct option){ 0 };
	*shorts = '\0';
}

/* `word` may carry a value, perhaps a secret, behind '=': never shown. */
static int
unknown_option(const char *word, struct fault *f)
{
	char name[64] = "";
	char shown[64] = "";
	struct suggestion suggestion;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	log_text(shown, sizeof(shown), span_of(name));
	suggestion_init(&suggestion, name + strspn(name, "-"));
	for (size_t i = 0; i < option_count(); i++)
		suggestion_consider(&suggestion, option_at(i)->name);
	if (suggestion.best == NULL)
		return fault_set(f, FAULT_USAGE, "unknown option %s", shown);
	return fault_set(f, FAULT_USAGE,
	    "unknown option %s; did you mean --%s?", shown, suggestion.best);
}

/* getopt_long returned '?' or ':'. */
static int
bad_option(const struct parser *p, int result, struct fault *f)
{
	const struct option_row *row = row_of(optopt);
	char letter[] = { '-', (char)optopt, '\0' };

	if (optopt == 0)
		return unknown_option(p->argv[optind - 1], f);
	if (row == NULL)
		return unknown_option(letter, f);
	if (result == ':')
		return fault_set(f, FAULT_USAGE, "--%s needs a value: %s",
		    row->name, row->argument);
	return fault_set(f, FAULT_USAGE, "--%s takes no value", row->name);
}

static bool
looks_like_host(const char *word)
{
	size_t host = strcspn(word, "/:");

	return strchr(word, '.') != NULL || word[host] != '\0' ||
	       strcmp(word, "localhost") == 0;
}

/*
 * The word is not shown unless it is nearly one of ours: behind a --header
 * whose quotes were forgotten it may be a key.
 */
static int
unknown_word(const struct parser *p, const char *word, struct fault *f)
{
	struct suggestion suggestion;

	suggestion_init(&suggestion, word);
	for (const struct command *c = p->commands; c->bit != 0; c++) {
		if (c->name != NULL)
			suggestion_consider(&suggestion, c->name);
	}
	if (suggestion.best != NULL) {
		char shown[64] = "";
		return fault_set(f, FAULT_USAGE,
		    "unknown command \"%s\"; did you mean \"%s\"?",
		    log_text(shown, sizeof(shown), span_of(word)),
		    suggestion.best);
	}
	if (option_named(word) != NULL)
		return fault_set(f, FAULT_USAGE,
		    "unknown command \"%s\"; did you mean --%s?", word, word);

	fault_set(f, FAULT_USAGE,
	    "an argument is neither an option, nor a command, nor a URL");
	if (p->count > 0 && p->settings[p->count - 1].row->set == set_header)
		advise(f, "Quote a header that has spaces: "
			  "--header 'Name: value'");
	else if (looks_like_host(word))
		advise(f, "Write the URL with its scheme, https://");
	return -1;
}

/* The URL comes first, or from the environment; a method is none. */
static int
take_request(struct parser *p, char *word, struct fault *f)
{
	struct list *operands = &p->options->operands;

	if (operands->count == 0 && p->url == NULL &&
	    strstr(word, "://") != NULL) {
		p->url = word;
		return 0;
	}
	if (operands->count == REQUEST_WORDS)
		return fault_set(f, FAULT_USAGE,
		    "too many arguments: quote JSON that has spaces");
	list_add(operands, word);
	return 0;
}

/* An argument that is no option: a command in the first place, or the URL. */
static int
take_operand(struct parser *p, char *word, struct fault *f)
{
	bool first = !p->has_word;

	p->has_word = true;
	for (const struct command *c = p->commands; first && c->bit != 0; c++) {
		if (c->name != NULL && strcmp(c->name, word) == 0) {
			p->options->command = c;
			return 0;
		}
	}
	if (p->options->command->operand == OPERAND_FILES) {
		list_add(&p->options->operands, word);
		return 0;
	}
	if (p->options->command->operand == OPERAND_URL_AND_REQUEST)
		return take_request(p, word, f);
	if (p->options->command->operand == OPERAND_HOST_AND_URL &&
	    p->host == NULL && strstr(word, "://") == NULL) {
		p->host = word;
		return 0;
	}
	if (strstr(word, "://") == NULL)
		return unknown_word(p, word, f);
	if (p->url != NULL)
		return fault_set(f, FAULT_USAGE, "more than one URL is given");
	p->url = word;
	return 0;
}

static void
add_setting(struct parser *p, const struct option_row *row, char *value)
{
	struct setting *setting = NULL;

	p->settings =
	    mem_resize(p->settings, (p->count + 1) * sizeof(*p->settings));
	setting = &p->settings[p->count++];
	*setting = (struct setting){ .row = row, .value = value };
	snprintf(setting->origin, sizeof(setting->origin), "--%s", row->name);
}

/* getopt_long also takes abbreviations; a host's settings that used one would
 * break when another option with that beginning comes. */
static int
take_option(struct parser *p, int value, const char *word, struct fault *f)
{
	const struct option_row *row = row_of(value);

	if (value >= FIRST_LONG && strcspn(word, "=") != strlen(row->name) + 2)
		return unknown_option(word, f);
	add_setting(p, row, optarg);
	return 0;
}

static int
read_arguments(struct parser *p, int argc, struct fault *f)
{
	struct option longs[OPTION_MAX + 1];
	char shorts[2 * OPTION_MAX + 3];
	int rc = 0;

	describe(longs, shorts);
	optind = 0; /* start anew */
	opterr = 0;
	while (rc == 0) {
		const char *word = p->argv[optind > 0 ? optind : 1];
		int result = getopt_long(argc, p->argv, shorts, longs, NULL);

		if (result == -1)
			break;
		if (result == 1)
			rc = take_operand(p, optarg, f);
		else if (result == '?' || result == ':')
			rc = bad_option(p, result, f);
		else
			rc = take_option(p, result, word, f);
	}
	for (int i = optind; rc == 0 && i < argc; i++)
		rc = take_operand(p, p->argv[i], f);
	return rc;
}

static bool
is_given(const struct parser *p, const struct option_row *row)
{
	for (size_t i = 0; i < p->count; i++) {
		if (p->settings[i].row == row)
			return true;
	}
	return false;
}

/* A variable may hold several values, one a line; blank ones are skipped. */
static int
apply_variable(struct options *options, const struct option_row *row,
    const char *text, struct fault *f)
{
	size_t size = strlen(text) + 1;
	char *lines = mem_string(text);
	char *rest = lines;
	int rc = 0;

	while (rc == 0 && rest != NULL) {
		struct setting setting = { .row = row };

		setting.value = row->repeatable ? strsep(&rest, "\n") : rest;
		if (!row->repeatable)
			rest = NULL;
		snprintf(setting.origin, sizeof(setting.origin), "%s",
		    row->env);
		if (setting.value[0] != '\0')
			rc = row->set(options, &setting, f);
	}
	freezero(lines, size);
	return rc;
}

static bool
is_for_entry(const struct parser *p)
{
	return p->options->command->bit == COMMAND_CONFIG;
}

/* The command line wins: it replaces the variable, lists too. An entry holds
 * what was said about it, not what happens to be set. */
static int
apply_environment(const struct parser *p, struct fault *f)
{
	if (is_for_entry(p))
		return 0;
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);
		const char *text = row->env != NULL ? getenv(row->env) : NULL;

		if (text == NULL || is_given(p, row) ||
		    (row->commands & p->options->command->bit) == 0)
			continue;
		if (apply_variable(p->options, row, text, f) == -1)
			return -1;
	}
	return 0;
}

static int
misplaced(const struct parser *p, const struct option_row *row, struct fault *f)
{
	const struct command *owner = p->commands;
	const char *here = p->options->command->name;

	while (owner->bit != 0 && (owner->bit & row->commands) == 0)
		owner++;
	return fault_set(f, FAULT_USAGE,
	    "--%s is no option of \"mcp-bridge%s%s\", but of "
	    "\"mcp-bridge%s%s\"",
	    row->name, here != NULL ? " " : "", here != NULL ? here : "",
	    owner->name != NULL ? " " : "",
	    owner->name != NULL ? owner->name : "");
}

static int
apply_arguments(const struct parser *p, struct fault *f)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct setting *s = &p->settings[i];

		if ((s->row->commands & p->options->command->bit) == 0)
			return misplaced(p, s->row, f);
		if (s->row->set(p->options, s, f) == -1)
			return -1;
		if (is_for_entry(p) && (s->row->commands & COMMAND_RUN) != 0)
			option_note_for_entry(p->options, s);
	}
	return 0;
}

static int
no_host(struct fault *f)
{
	fault_set(f, FAULT_USAGE, "no host is given");
	advise(f, "mcp-bridge config --list shows those there are");
	return -1;
}

static int
no_method(struct fault *f)
{
	fault_set(f, FAULT_USAGE, "no method is given");
	advise(f, "Such as: mcp-bridge call URL tools/list");
	return -1;
}

static int
check_url(const struct parser *p, struct fault *f)
{
	struct options *o = p->options;
	enum command_operand operand = o->command->operand;
	const char *text = p->url;

	if (text == NULL && !is_for_entry(p))
		text = getenv(URL_VARIABLE);
	o->host = mem_string(p->host);
	if (o->list || operand == OPERAND_FILES)
		return 0;
	if (operand == OPERAND_HOST_AND_URL && o->host == NULL)
		return no_host(f);
	if (operand == OPERAND_URL_AND_REQUEST && o->operands.count == 0)
		return no_method(f);
	if (o->all && p->url != NULL)
		return fault_set(f, FAULT_USAGE,
		    "--all and a URL exclude each other");
	if (o->all)
		return 0;
	if (text == NULL || text[0] == '\0') {
		if (operand == OPERAND_OPTIONAL_URL)
			return 0;
		return fault_set(f, FAULT_USAGE, "no URL is given%s",
		    operand == OPERAND_URL_OR_ALL ? ", nor --all" : "");
	}
	if (url_parse(&o->url, span_of(text), f) == -1)
		return -1;
	o->auth.url = mem_string(text);
	return 0;
}

static int
check_together(struct options *o, struct fault *f)
{
	const struct auth_config *auth = &o->auth;
	bool connects =
	    (o->command->bit &
		(COMMAND_RUN | COMMAND_LOGIN | COMMAND_DOCTOR | COMMAND_CONFIG |
		    COMMAND_CALL | COMMAND_TOOLS)) != 0;

	if (o->write && o->dry_run)
		return fault_set(f, FAULT_USAGE,
		    "--write and --dry-run exclude each other");
	if (auth->key_file != NULL && auth->cert_file == NULL)
		return fault_set(f, FAULT_USAGE, "--key needs --cert");
	if (auth->client_secret_file != NULL &&
	    !secret_empty(&auth->client_secret))
		return fault_set(f, FAULT_USAGE,
		    "--client-secret and --client-secret-file exclude each "
		    "other");
	if (!secret_empty(&auth->client_secret) && auth->client_id == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--client-secret needs --client-id");
	if (auth->client_secret_file != NULL && auth->client_id == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--client-secret-file needs --client-id");
	if (auth->authorization_endpoint != NULL &&
	    auth->token_endpoint == NULL)
		return fault_set(f, FAULT_USAGE,
		    "--authorization-endpoint needs --token-endpoint");
	if (options_check_client_key(auth, f) == -1)
		return -1;
	if (auth->no_resource && auth->resource != NULL)
		return fault_set(f, FAULT_USAGE,
		    "--resource and --no-resource exclude each other");
	if (connects && options_check_grant(auth, f) == -1)
		return -1;
	if (connects && o->url.text != NULL && !url_is_https(&o->url) &&
	    !url_is_loopback(&o->url) && !auth->allow_http) {
		fault_set(f, FAULT_CONFIG,
		    "http:// to another machine is not encrypted");
		advise(f, "Use https://, or add --allow-http where the "
			  "network is trusted");
		return -1;
	}
	o->static_authorization =
	    static_headers_find(&o->headers, "Authorization") != NULL;
	return options_check_commands(o, f);
}

/* Keeps what stands before `mark`, for whoever looks at ps; 0: nothing. */
static void
conceal(char *text, char mark)
{
	char *at = mark != '\0' ? strchr(text, mark) : NULL;

	for (at = at != NULL ? at + 1 : text; *at != '\0'; at++)
		*at = '*';
}

static void
scrub_variable(const char *name)
{
	char *value = getenv(name);

	if (value == NULL)
		return;
	explicit_bzero(value, strlen(value));
	unsetenv(name);
}

/* what ps and /proc show must not hold secrets. Names stay readable. */
static void
conceal_secrets(const struct parser *p)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct option_row *row = p->settings[i].row;

		if (row->secret)
			conceal(p->settings[i].value,
			    row->set == set_client_secret ? '\0' : ':');
	}
	if (p->url != NULL && strchr(p->url, '?') != NULL)
		conceal(p->url, '?');
	for (size_t i = 0; i < option_count(); i++) {
		if (option_at(i)->secret)
			scrub_variable(option_at(i)->env);
	}
	scrub_variable(URL_VARIABLE);
	static_headers_scrub(&p->options->headers);
}

/* --help and --version come before every complaint but an unknown option. */
static void
apply_show(const struct parser *p, struct fault *f)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct setting *s = &p->settings[i];

		if (s->row->set == set_help || s->row->set == set_version)
			(void)s->row->set(p->options, s, f);
	}
}

int
options_parse(struct options *options, const struct command *commands, int argc,
    char **argv, struct fault *f)
{
	struct parser p = {
		.options = options,
		.commands = commands,
		.argv = argv,
	};
	int rc = 0;

	options->command = commands;
	rc = read_arguments(&p, argc, f);
	if (rc == 0)
		apply_show(&p, f);
	if (rc == 0 && options->show == SHOW_NOTHING) {
		rc = apply_environment(&p, f);
		if (rc == 0)
			rc = apply_arguments(&p, f);
		if (rc == 0)
			rc = check_url(&p, f);
		if (rc == 0)
			rc = check_together(options, f);
	}
	conceal_secrets(&p);
	free(p.settings);
	return rc;
}
