/* SPDX-License-Identifier: ISC */
/*
 * Reading the configuration file. Every line is checked whether it will hold or
 * not, but for its value: that is the setter's.
 */
#include "cli/conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/suggest.h"
#include "io/file.h"
#include "io/home.h"
#include "wire/ini.h"

enum { SHOWN = 64 };

const char *
conf_place(const struct conf *conf, size_t line, char *text, size_t size)
{
	char path[128] = "";

	log_text(path, sizeof(path), span_of(conf->path));
	snprintf(text, size, "%s:%zu", path, line);
	return text;
}

static int refuse(const struct conf *conf, size_t line, struct fault *f,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static int
refuse(const struct conf *conf, size_t line, struct fault *f, const char *fmt,
    ...)
{
	char place[160] = "";
	char why[sizeof(f->msg)] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return fault_set(f, FAULT_CONFIG, "%s: %s",
	    conf_place(conf, line, place, sizeof(place)), why);
}

/*
 * Sections
 */

static struct conf_section *
add_section(struct conf *conf, enum conf_kind kind, size_t line)
{
	struct conf_section *section = NULL;

	conf->sections = mem_resize(conf->sections,
	    (conf->section_count + 1) * sizeof(*conf->sections));
	section = &conf->sections[conf->section_count++];
	*section = (struct conf_section){ .kind = kind, .line = line };
	url_init(&section->url);
	return section;
}

static struct conf_section *
last_section(const struct conf *conf)
{
	return &conf->sections[conf->section_count - 1];
}

bool
conf_same_server(const struct url *a, const struct url *b)
{
	const char *ours = a->query != NULL ? a->query : "";
	const char *theirs = b->query != NULL ? b->query : "";

	return url_same_origin(a, b) && strcmp(a->path, b->path) == 0 &&
	       strcmp(ours, theirs) == 0;
}

const struct conf_section *
conf_profile(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->section_count; i++) {
		const struct conf_section *section = &conf->sections[i];

		if (section->kind == CONF_PROFILE &&
		    strcmp(section->name, name) == 0)
			return section;
	}
	return NULL;
}

const struct conf_section *
conf_server(const struct conf *conf, const struct url *url)
{
	for (size_t i = 0; i < conf->section_count; i++) {
		const struct conf_section *section = &conf->sections[i];

		if (section->kind == CONF_SERVER &&
		    conf_same_server(&section->url, url))
			return section;
	}
	return NULL;
}

static int
repeated_section(const struct conf *conf, const struct conf_section *first,
    size_t line, struct fault *f)
{
	refuse(conf, line, f, "this section begins in line %zu", first->line);
	fault_advise(f, "Put the options of both into one");
	return -1;
}

static int
begin_profile(struct conf *conf, struct span name, size_t line, struct fault *f)
{
	char *text = mem_copy(name.ptr, name.len);
	const struct conf_section *first = conf_profile(conf, text);
	const char *why = NULL;
	int rc = 0;

	if (!option_name_ok(text, &why))
		rc = refuse(conf, line, f, "%s", why);
	else if (first != NULL)
		rc = repeated_section(conf, first, line, f);
	else
		add_section(conf, CONF_PROFILE, line)->name = mem_string(text);
	free(text);
	return rc;
}

static int
read_url(const struct conf *conf, struct url *url, struct span text,
    size_t line, struct fault *f)
{
	struct fault why = { 0 };

	if (url_parse(url, text, &why) == 0)
		return 0;
	return refuse(conf, line, f, "%s", fault_text(&why));
}

static int
begin_server(struct conf *conf, struct span name, size_t line, struct fault *f)
{
	const struct conf_section *first = NULL;
	struct conf_section *section = NULL;
	struct url url;
	int rc = 0;

	url_init(&url);
	rc = read_url(conf, &url, name, line, f);
	first = rc == 0 ? conf_server(conf, &url) : NULL;
	if (first != NULL)
		rc = repeated_section(conf, first, line, f);
	if (rc == 0) {
		section = add_section(conf, CONF_SERVER, line);
		section->name = mem_copy(name.ptr, name.len);
		section->url = url;
	} else {
		url_reset(&url);
	}
	return rc;
}

static int
take_section(struct conf *conf, struct span words, size_t line, struct fault *f)
{
	size_t len = 0;

	while (
	    len < words.len && words.ptr[len] != ' ' && words.ptr[len] != '\t')
		len++;
	struct span kind = span_make(words.ptr, len);
	struct span name =
	    span_trim(span_make(words.ptr + len, words.len - len));

	if (span_is(kind, "profile") && name.len > 0)
		return begin_profile(conf, name, line, f);
	if (span_is(kind, "server") && name.len > 0)
		return begin_server(conf, name, line, f);
	return refuse(conf, line, f,
	    "a section is [profile NAME] or [server URL]");
}

/*
 * Settings
 */

static bool
is_key(const struct option_row *row)
{
	return row->env != NULL && !row->early;
}

static int
unknown_key(const struct conf *conf, struct span key, size_t line,
    struct fault *f)
{
	struct suggestion suggestion;
	char shown[SHOWN] = "";

	log_text(shown, sizeof(shown), key);
	suggestion_init(&suggestion, shown + strspn(shown, "-"));
	suggestion_consider(&suggestion, "url");
	for (size_t i = 0; i < option_count(); i++) {
		if (is_key(option_at(i)))
			suggestion_consider(&suggestion, option_at(i)->name);
	}
	refuse(conf, line, f, "there is no option %s", shown);
	if (suggestion.best != NULL)
		fault_advise(f, "Did you mean %s?", suggestion.best);
	else
		fault_advise(f,
		    "mcp-bridge --help and mcp-bridge-config(5) have them all");
	return -1;
}

/* Of a proxy, only the user is one. */
static bool
may_be_secret(const struct option_row *row, const char *value)
{
	return row->secret &&
	       (row->set != set_proxy || strchr(value, '@') != NULL);
}

static int
refuse_secret(const struct conf *conf, const struct option_row *row,
    size_t line, struct fault *f)
{
	char in_file[SHOWN] = "";

	snprintf(in_file, sizeof(in_file), "%s-file", row->name);
	refuse(conf, line, f,
	    "%s may be a secret, which has no place in this file", row->name);
	if (option_named(in_file) != NULL)
		fault_advise(f,
		    "Put it into another one that you alone can read: "
		    "%s = FILE",
		    in_file);
	else
		fault_advise(f, "Set %s in the environment", row->env);
	return -1;
}

static int
refuse_row(const struct conf *conf, const struct option_row *row, size_t line,
    struct fault *f)
{
	const struct conf_section *section = last_section(conf);

	if (!is_key(row))
		return refuse(conf, line, f, "%s is for the command line%s",
		    row->name, row->early ? " and the environment" : "");
	if (row->set == set_profile && section->kind == CONF_PROFILE)
		return refuse(conf, line, f,
		    "a profile cannot have another profile");
	return 0;
}

/* The same option earlier in the section. */
static const struct conf_setting *
earlier(const struct conf *conf, const struct option_row *row)
{
	size_t i = conf->setting_count;

	while (
	    i > 0 && conf->settings[i - 1].section == conf->section_count - 1) {
		if (conf->settings[--i].row == row)
			return &conf->settings[i];
	}
	return NULL;
}

/* They would be taken for part of the value, and a pattern match nothing. */
static bool
is_quoted(const struct option_row *row, struct span value)
{
	return value.len > 1 && row->set != set_command &&
	       (value.ptr[0] == '"' || value.ptr[0] == '\'') &&
	       value.ptr[value.len - 1] == value.ptr[0];
}

static int
check_setting(const struct conf *conf, const struct option_row *row,
    struct span value, size_t line, struct fault *f)
{
	const struct conf_setting *first =
	    row->repeatable ? NULL : earlier(conf, row);

	if (refuse_row(conf, row, line, f) == -1)
		return -1;
	if (first != NULL)
		return refuse(conf, line, f, "%s is set in line %zu already",
		    row->name, first->line);
	if (is_quoted(row, value))
		return refuse(conf, line, f,
		    "%s is written without quotes in this file", row->name);
	if (row->argument != NULL && value.len == 0)
		return refuse(conf, line, f, "%s needs a value: %s", row->name,
		    row->argument);
	return 0;
}

/* Files are found from the file that names them, or from the home. */
static char *
file_value(const struct conf *conf, const char *value)
{
	const char *slash = strrchr(conf->path, '/');
	const char *home = NULL;

	if (value[0] == '~' && value[1] == '/')
		home = home_folder();
	if (home != NULL)
		return mem_format("%s%s", home, value + 1);
	if (value[0] == '/' || slash == NULL)
		return mem_string(value);
	return mem_format("%.*s%s", (int)(slash - conf->path) + 1, conf->path,
	    value);
}

static int
add_setting(struct conf *conf, const struct option_row *row, struct span value,
    size_t line, struct fault *f)
{
	char *text = value.ptr != NULL ? mem_copy(value.ptr, value.len) : NULL;

	if (text != NULL && may_be_secret(row, text)) {
		free(text);
		return refuse_secret(conf, row, line, f);
	}
	if (text != NULL && option_is_file(row)) {
		char *path = file_value(conf, text);

		free(text);
		text = path;
	}
	conf->settings = mem_resize(conf->settings,
	    (conf->setting_count + 1) * sizeof(*conf->settings));
	conf->settings[conf->setting_count++] = (struct conf_setting){
		.row = row,
		.value = text,
		.line = line,
		.section = conf->section_count - 1,
	};
	return 0;
}

static int
take_url(struct conf *conf, const struct ini_item *item, size_t line,
    struct fault *f)
{
	struct conf_section *section = last_section(conf);

	if (section->kind != CONF_PROFILE)
		return refuse(conf, line, f,
		    "url is for sections of profiles: [profile NAME]");
	if (section->url.text != NULL)
		return refuse(conf, line, f, "url is set in line %zu already",
		    section->url_line);
	section->url_line = line;
	return read_url(conf, &section->url, item->value, line, f);
}

static int
take_setting(struct conf *conf, const struct ini_item *item, size_t line,
    struct fault *f)
{
	const struct option_row *row = NULL;
	char *key = NULL;

	if (span_is(item->name, "url"))
		return take_url(conf, item, line, f);
	key = mem_copy(item->name.ptr, item->name.len);
	row = option_named(key);
	free(key);
	if (row == NULL)
		return unknown_key(conf, item->name, line, f);
	if (check_setting(conf, row, item->value, line, f) == -1)
		return -1;
	return add_setting(conf, row, item->value, line, f);
}

/*
 * The file
 */

int
conf_parse(struct conf *conf, const char *path, struct span text,
    struct fault *f)
{
	struct ini ini;
	struct ini_item item;
	int rc = 0, got = 1;

	*conf = (struct conf){ .path = mem_string(path), .exists = true };
	add_section(conf, CONF_EVERY, 0);
	ini_init(&ini, text);
	while (rc == 0 && got == 1) {
		got = ini_next(&ini, &item);
		if (got == -1)
			rc = refuse(conf, ini.line, f, "%s", ini.why);
		else if (got == 1 && item.kind == INI_SECTION)
			rc = take_section(conf, item.name, ini.line, f);
		else if (got == 1)
			rc = take_setting(conf, &item, ini.line, f);
	}
	return rc;
}

static char *
default_path(void)
{
	char *folder = home_xdg("XDG_CONFIG_HOME", ".config");
	char *path =
	    folder != NULL ? mem_format("%s/mcp-bridge/config", folder) : NULL;

	free(folder);
	return path;
}

int
conf_load(struct conf *conf, const char *path, struct fault *f)
{
	char *place = path != NULL ? mem_string(path) : default_path();
	struct file file = { 0 };
	int rc = 0;

	*conf = (struct conf){ 0 };
	if (place != NULL)
		rc = file_open_trusted(&file, place, f);
	if (rc == 0 && file.exists)
		rc = conf_parse(conf, place, buf_span(&file.text), f);
	else if (rc == 0)
		conf->path = mem_string(place);
	if (rc == 0 && path != NULL && !conf->exists)
		rc =
		    fault_set(f, FAULT_CONFIG, "there is no file %.200s", path);
	if (rc == -1 && path == NULL && f != NULL && f->action[0] == '\0')
		fault_advise(f, "Mend it, or do without it: --no-config");
	file_close(&file);
	free(place);
	return rc;
}

void
conf_reset(struct conf *conf)
{
	for (size_t i = 0; i < conf->section_count; i++) {
		free(conf->sections[i].name);
		url_reset(&conf->sections[i].url);
	}
	for (size_t i = 0; i < conf->setting_count; i++)
		free(conf->settings[i].value);
	free(conf->sections);
	free(conf->settings);
	free(conf->path);
	*conf = (struct conf){ 0 };
}
