/* SPDX-License-Identifier: ISC */
/*
 * The setters of the option table: each checks one value and stores it. Here:
 * those by type, and of the options that every command has. What two options
 * say about each other is checked in options_check.c.
 */
#include "cli/option_values_p.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/store.h"
#include "wire/header.h"
#include "wire/words.h"

enum { NAME_MAX_BYTES = 64 };

int
option_refuse(const struct setting *s, struct fault *f, const char *reason)
{
	char shown[81] = "";

	if (s->row->secret || s->value == NULL)
		return fault_set(f, FAULT_USAGE, "%s: %s", s->origin, reason);
	log_text(shown, sizeof(shown), span_of(s->value));
	return fault_set(f, FAULT_USAGE, "%s \"%s\": %s", s->origin, shown,
	    reason);
}

void *
option_member(struct options *options, const struct setting *s)
{
	return (char *)options + s->row->at;
}

void
option_append(char ***list, size_t *count, const char *value)
{
	*list = mem_resize(*list, (*count + 1) * sizeof(**list));
	(*list)[(*count)++] = mem_string(value);
}

bool
option_is_visible(const char *value, const char *without)
{
	return header_is_visible(span_of(value)) &&
	       strcspn(value, without) == strlen(value);
}

int
set_flag(struct options *options, const struct setting *s, struct fault *f)
{
	bool *flag = option_member(options, s);

	if (s->value == NULL || strcmp(s->value, "1") == 0 ||
	    strcmp(s->value, "true") == 0)
		*flag = true;
	else if (strcmp(s->value, "0") == 0 || strcmp(s->value, "false") == 0)
		*flag = false;
	else
		return option_refuse(s, f, "1, 0, true or false is needed");
	return 0;
}

int
set_text(struct options *options, const struct setting *s, struct fault *f)
{
	if (s->value[0] == '\0')
		return option_refuse(s, f, "a value is needed");
	mem_replace(option_member(options, s), s->value);
	return 0;
}

int
option_check_file(const struct setting *s, struct fault *f)
{
	struct stat st;
	char shown[161] = "";
	const char *why = NULL;

	if (stat(s->value, &st) == -1 || access(s->value, R_OK) == -1)
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		why = strerror(EISDIR);
	if (why != NULL) {
		log_text(shown, sizeof(shown), span_of(s->value));
		return fault_set(f, FAULT_CONFIG, "%s: cannot read \"%s\": %s",
		    s->origin, shown, why);
	}
	return 0;
}

int
set_file(struct options *options, const struct setting *s, struct fault *f)
{
	if (option_check_file(s, f) == -1)
		return -1;
	mem_replace(option_member(options, s), s->value);
	return 0;
}

/* A program and its arguments, quoted where they hold spaces. */
int
set_command(struct options *options, const struct setting *s, struct fault *f)
{
	char **words = words_split(s->value);

	if (words == NULL)
		return option_refuse(s, f,
		    "a program is needed, with its arguments behind it");
	words_free(&words);
	mem_replace(option_member(options, s), s->value);
	return 0;
}

static int
read_number(const struct setting *s, unsigned *number, struct fault *f)
{
	const char *why = NULL;
	long long value = strtonum(s->value, s->row->min, s->row->max, &why);
	char reason[80] = "";

	snprintf(reason, sizeof(reason),
	    "a whole number from %u to %u is needed", s->row->min, s->row->max);
	if (why != NULL)
		return option_refuse(s, f, reason);
	*number = (unsigned)value;
	return 0;
}

int
set_number(struct options *options, const struct setting *s, struct fault *f)
{
	return read_number(s, option_member(options, s), f);
}

int
set_milliseconds(struct options *options, const struct setting *s,
    struct fault *f)
{
	unsigned *milliseconds = option_member(options, s);
	unsigned seconds = 0;

	if (read_number(s, &seconds, f) == -1)
		return -1;
	*milliseconds = seconds * 1000;
	return 0;
}

bool
option_name_ok(const char *name, const char **why)
{
	size_t len = strlen(name);
	size_t ok = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	*why = "a name of letters, digits, \".\", \"_\" and \"-\" is needed";
	return len > 0 && len <= NAME_MAX_BYTES && ok == len && name[0] != '.';
}

static int
check_name(const struct setting *s, struct fault *f)
{
	const char *why = NULL;

	return option_name_ok(s->value, &why) ? 0 : option_refuse(s, f, why);
}

int
set_profile(struct options *options, const struct setting *s, struct fault *f)
{
	if (check_name(s, f) == -1)
		return -1;
	mem_replace(&options->auth.profile, s->value);
	return 0;
}

int
set_name(struct options *options, const struct setting *s, struct fault *f)
{
	if (check_name(s, f) == -1)
		return -1;
	mem_replace(&options->name, s->value);
	return 0;
}

int
set_store(struct options *options, const struct setting *s, struct fault *f)
{
	const char *why = NULL;

	if (!store_name_ok(s->value, &why))
		return option_refuse(s, f, why);
	mem_replace(&options->auth.store, s->value);
	return 0;
}

int
set_log_level(struct options *options, const struct setting *s, struct fault *f)
{
	if (!log_level_parse(s->value, &options->log_level))
		return option_refuse(s, f,
		    "silent, error, warn, info or debug is needed");
	return 0;
}

int
set_help(struct options *options, const struct setting *s, struct fault *f)
{
	(void)s;
	(void)f;
	options->show = SHOW_HELP;
	return 0;
}

int
set_version(struct options *options, const struct setting *s, struct fault *f)
{
	(void)s;
	(void)f;
	options->show = SHOW_VERSION;
	return 0;
}
