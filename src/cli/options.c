/* SPDX-License-Identifier: ISC */
/*
 * Parsing: what the words of the command line and the environment say becomes
 * options, in the order of their rank.
 */
#include "cli/options_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

enum { DEFAULT_HOLD_MS = 25 * 1000 };

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
	free(options->config_file);
	free(options->config_read);
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

static bool
is_given(const struct option_parser *p, const struct option_row *row)
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

/* NULL: not set. An entry holds what was said about it, not what happens to be
 * in this environment. */
static const char *
variable_of(const struct option_parser *p, const char *name)
{
	const char *text = name != NULL && !option_is_for_entry(p->options) ?
			       getenv(name) :
			       NULL;

	return text != NULL && text[0] != '\0' ? text : NULL;
}

bool
options_is_set(const struct option_parser *p, const struct option_row *row)
{
	return is_given(p, row) || variable_of(p, row->env) != NULL;
}

const char *
options_url_text(const struct option_parser *p)
{
	return p->url != NULL ? p->url : variable_of(p, URL_VARIABLE);
}

/* The command line wins: it replaces the variable, lists too. */
static int
apply_environment(const struct option_parser *p, struct fault *f)
{
	for (size_t i = 0; i < option_count(); i++) {
		const struct option_row *row = option_at(i);
		const char *text = variable_of(p, row->env);

		if (text == NULL || is_given(p, row) ||
		    (row->commands & p->options->command->bit) == 0)
			continue;
		if (apply_variable(p->options, row, text, f) == -1)
			return -1;
	}
	return 0;
}

static int
misplaced(const struct option_parser *p, const struct option_row *row,
    struct fault *f)
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
apply_arguments(const struct option_parser *p, struct fault *f)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct setting *s = &p->settings[i];

		if ((s->row->commands & p->options->command->bit) == 0)
			return misplaced(p, s->row, f);
		if (s->row->set(p->options, s, f) == -1)
			return -1;
		if (option_is_for_entry(p->options) &&
		    (s->row->commands & COMMAND_RUN) != 0)
			option_note_for_entry(p->options, s);
	}
	return 0;
}

static int
apply_row(const struct option_parser *p, const struct option_row *row,
    struct fault *f)
{
	const char *text = variable_of(p, row->env);

	if (text != NULL && !is_given(p, row))
		return apply_variable(p->options, row, text, f);
	for (size_t i = 0; i < p->count; i++) {
		const struct setting *s = &p->settings[i];

		if (s->row == row && row->set(p->options, s, f) == -1)
			return -1;
	}
	return 0;
}

/* What the configuration file is looked up by: they stand in one section, but
 * for the profile. */
static int
apply_early(const struct option_parser *p, struct fault *f)
{
	for (size_t i = 0; i < options_general.count; i++) {
		const struct option_row *row = &options_general.rows[i];

		if (row->early &&
		    (row->commands & p->options->command->bit) != 0 &&
		    apply_row(p, row, f) == -1)
			return -1;
	}
	return apply_row(p, option_named("profile"), f);
}

/* The file first, for what others say replaces it: a header, too, which it
 * names by a file of headers. */
static int
apply_all(struct option_parser *p, struct fault *f)
{
	if (apply_early(p, f) == -1 || options_apply_conf(p, f) == -1 ||
	    apply_environment(p, f) == -1 || apply_arguments(p, f) == -1)
		return -1;
	return options_check_url(p, f);
}

/* --help and --version come before every complaint but an unknown option. */
static void
apply_show(const struct option_parser *p, struct fault *f)
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
	struct option_parser p = {
		.options = options,
		.commands = commands,
		.argv = argv,
	};
	int rc = 0;

	options->command = commands;
	rc = options_read(&p, argc, f);
	if (rc == 0)
		apply_show(&p, f);
	if (rc == 0 && options->show == SHOW_NOTHING) {
		rc = apply_all(&p, f);
		if (rc == 0)
			rc = options_check(options, f);
	}
	options_conceal(&p);
	free(p.settings);
	free(p.profile_url);
	free(p.advice);
	return rc;
}
