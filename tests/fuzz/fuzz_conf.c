/* SPDX-License-Identifier: ISC */
/*
 * Configuration files of any bytes. What is refused has a place and a reason
 * that a terminal can show; what is taken is an option the file may have, in a
 * section that is found by its name, and never a secret.
 */
#include "cli/conf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ini.h"

static const char path[] = "/d/F";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
check_lines(struct span text)
{
	struct ini ini;
	struct ini_item item;
	size_t line = 0;
	int got = 1;

	ini_init(&ini, text);
	while (got == 1) {
		got = ini_next(&ini, &item);
		if (got != 1)
			break;
		check(ini.line > line);
		line = ini.line;
		check(item.name.len > 0 && span_within(item.name, text));
		check(span_within(item.value, text) || item.value.len == 0);
		check(item.kind == INI_SETTING || item.value.ptr == NULL);
	}
	check((got == -1) == (ini.why != NULL));
}

static void
check_refusal(const struct fault *f)
{
	check(f->code == FAULT_CONFIG);
	check(strncmp(f->msg, "/d/F:", 5) == 0);
	check(strtol(f->msg + 5, NULL, 10) > 0);
	for (const char *at = f->msg; *at != '\0'; at++)
		check((unsigned char)*at >= ' ' && *at != 0x7f);
}

static void
check_setting(const struct conf *conf, const struct conf_setting *s)
{
	check(s->section < conf->section_count);
	check(s->line > conf->sections[s->section].line);
	check(s->row->env != NULL && !s->row->early);
	check(s->row->argument == NULL ||
	      (s->value != NULL && s->value[0] != '\0'));
	check(!s->row->secret ||
	      (s->row->set == set_proxy && strchr(s->value, '@') == NULL));
}

static void
check_section(const struct conf *conf, const struct conf_section *s)
{
	switch (s->kind) {
	case CONF_EVERY:
		check(s == conf->sections && s->name == NULL);
		break;
	case CONF_SERVER:
		check(conf_server(conf, &s->url) == s);
		break;
	case CONF_PROFILE:
		check(conf_profile(conf, s->name) == s);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct conf conf;
	struct fault f = { 0 };

	check_lines(text);
	if (conf_parse(&conf, path, text, &f) == -1) {
		check_refusal(&f);
	} else {
		for (size_t i = 0; i < conf.setting_count; i++)
			check_setting(&conf, &conf.settings[i]);
		for (size_t i = 0; i < conf.section_count; i++)
			check_section(&conf, &conf.sections[i]);
	}
	conf_reset(&conf);
	return 0;
}
