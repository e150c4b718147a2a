/* SPDX-License-Identifier: ISC */
/*
 * What of the configuration file holds: its lines before any section, those of
 * the server, and those of the profile, the later ones first.
 */
#include "cli/options_p.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/conf.h"
#include "cli/suggest.h"

/* The sections that hold. */
struct choice {
	const struct conf *conf;
	const struct conf_section *server, *profile; /* NULL: none */
};

/* 0: the section does not hold. */
static unsigned
rank_of(const struct choice *c, size_t section)
{
	const struct conf_section *s = &c->conf->sections[section];

	if (s->kind == CONF_EVERY)
		return 1;
	if (s == c->server)
		return 2;
	return s == c->profile ? 3 : 0;
}

/* A section replaces what a lesser one says of the same option, lists too. */
static bool
is_overruled(const struct choice *c, const struct conf_setting *setting)
{
	unsigned rank = rank_of(c, setting->section);

	for (size_t i = 0; i < c->conf->setting_count; i++) {
		const struct conf_setting *other = &c->conf->settings[i];

		if (other->row == setting->row &&
		    rank_of(c, other->section) > rank)
			return true;
	}
	return false;
}

static int
apply_setting(struct options *o, const struct choice *c,
    const struct conf_setting *s, struct fault *f)
{
	struct setting setting = { .row = s->row, .value = s->value };
	char place[160] = "";

	conf_place(c->conf, s->line, place, sizeof(place));
	snprintf(setting.origin, sizeof(setting.origin), "%s: %s", place,
	    s->row->name);
	if (s->row->set(o, &setting, f) == 0)
		return 0;
	if (f == NULL)
		return -1;
	f->code = FAULT_CONFIG;
	if (strstr(f->msg, place) == NULL)
		fault_detail(f, span_of(setting.origin));
	return -1;
}

static int
apply_settings(const struct option_parser *p, const struct choice *c,
    struct fault *f)
{
	struct options *o = p->options;

	for (size_t i = 0; i < c->conf->setting_count; i++) {
		const struct conf_setting *s = &c->conf->settings[i];

		if (rank_of(c, s->section) == 0 ||
		    (s->row->commands & o->command->bit) == 0 ||
		    is_overruled(c, s) || options_is_set(p, s->row))
			continue;
		if (apply_setting(o, c, s, f) == -1)
			return -1;
	}
	return 0;
}

/* The profile that the file itself chooses, for the server or for all. */
static const struct conf_section *
find_profile(const struct choice *c)
{
	const struct conf_setting *found = NULL;

	for (size_t i = 0; i < c->conf->setting_count; i++) {
		const struct conf_setting *s = &c->conf->settings[i];

		if (s->row->set == set_profile && rank_of(c, s->section) > 0 &&
		    !is_overruled(c, s))
			found = s;
	}
	return conf_profile(c->conf, found != NULL ? found->value : "default");
}

/* Its options, keys of a client among them, are for one server alone. */
static bool
is_for_another(const struct conf_section *profile, const struct url *url)
{
	return profile != NULL && profile->url.text != NULL &&
	       url->text != NULL && !conf_same_server(&profile->url, url);
}

static int
refuse_profile(const struct choice *c, struct fault *f)
{
	const struct conf_section *profile = c->profile;
	char place[160] = "";

	fault_set(f, FAULT_CONFIG, "%s: the profile %s is for another server",
	    conf_place(c->conf, profile->url_line, place, sizeof(place)),
	    profile->name);
	fault_advise(f,
	    "Leave the URL away, choose another --profile, or put the options "
	    "into a section [server URL]");
	return -1;
}

/* Where a URL is missed later, this may be why. */
static void
explain_profile(struct option_parser *p, const struct conf *conf)
{
	const char *name = p->options->auth.profile;
	struct suggestion near;
	char path[128] = "";

	if (conf->path == NULL)
		return;
	log_text(path, sizeof(path), span_of(conf->path));
	suggestion_init(&near, name);
	for (size_t i = 0; i < conf->section_count; i++) {
		if (conf->sections[i].kind == CONF_PROFILE)
			suggestion_consider(&near, conf->sections[i].name);
	}
	if (near.best != NULL && strcmp(near.best, name) != 0)
		p->advice = mem_format("%s has no profile %s; did you mean %s?",
		    path, name, near.best);
	else
		p->advice = mem_format("%s can say it: \"url = URL\" in a "
				       "section [profile %s]",
		    path, name);
}

static int
apply(struct option_parser *p, const struct conf *conf, struct fault *f)
{
	bool named = options_is_set(p, option_named("profile"));
	const char *text = options_url_text(p);
	struct choice choice = { .conf = conf };
	struct url url;
	int rc = 0;

	url_init(&url);
	if (named)
		choice.profile = conf_profile(conf, p->options->auth.profile);
	if (named && text == NULL && choice.profile != NULL &&
	    choice.profile->url.text != NULL)
		text = p->profile_url = mem_string(choice.profile->url.text);
	if (named && text == NULL)
		explain_profile(p, conf);
	/* A bad one is complained of where it is needed. */
	if (text != NULL && url_parse(&url, span_of(text), NULL) == 0)
		choice.server = conf_server(conf, &url);
	if (!named)
		choice.profile = find_profile(&choice);
	/* Who named none is not told of one, and gets nothing of it. */
	if (!named && is_for_another(choice.profile, &url))
		choice.profile = NULL;
	if (is_for_another(choice.profile, &url))
		rc = refuse_profile(&choice, f);
	else
		rc = apply_settings(p, &choice, f);
	url_reset(&url);
	return rc;
}

/* It is to be typed elsewhere. */
static char *
whole_path(const char *path)
{
	char real[PATH_MAX];

	return mem_string(realpath(path, real) != NULL ? real : path);
}

int
options_apply_conf(struct option_parser *p, struct fault *f)
{
	struct options *o = p->options;
	struct conf conf;
	int rc = 0;

	/* It is for those who connect, or ask the store. */
	if ((o->command->bit & COMMAND_EVERY) == 0)
		return 0;
	if (o->no_config && o->config_file != NULL)
		return fault_set(f, FAULT_USAGE,
		    "--config and --no-config exclude each other");
	if (o->no_config)
		return 0;
	rc = conf_load(&conf, o->config_file, f);
	if (rc == 0 && (conf.exists || options_url_text(p) == NULL))
		rc = apply(p, &conf, f);
	if (rc == 0 && conf.exists)
		o->config_read = mem_string(conf.path);
	if (rc == 0 && o->config_file != NULL)
		o->auth.config_file = whole_path(o->config_file);
	conf_reset(&conf);
	return rc;
}
