/* SPDX-License-Identifier: ISC */
/*
 * The configuration file, mcp-bridge-config(5): options by their long names,
 * for every server, for one, or for a profile. Read and checked here, all of
 * it; what of it holds for a command line is cli/options_conf.c. (The command
 * `config` writes files of other programs, see cli/hosts.)
 */
#ifndef CLI_CONF_H
#define CLI_CONF_H

#include "cli/option_table.h"

enum conf_kind { CONF_EVERY, CONF_SERVER, CONF_PROFILE };

struct conf_section {
	enum conf_kind kind;
	size_t line;
	char *name;     /* owned: as it is written; NULL: CONF_EVERY */
	struct url url; /* the server; of a profile: where it leads, or empty */
	size_t url_line;
};

struct conf_setting {
	const struct option_row *row;
	char *value; /* owned; NULL: a flag alone */
	size_t line;
	size_t section; /* index */
};

struct conf {
	char *path; /* owned; NULL: there is no place for one */
	bool exists;
	struct conf_section *sections; /* owned; the first is CONF_EVERY */
	size_t section_count;
	struct conf_setting *settings; /* owned */
	size_t setting_count;
};

/*
 * Reads `path`, or, where it is NULL, the user's own, which may be missing;
 * that costs one open. FAULT_CONFIG with file, line and reason where anything
 * in it is not understood, or may be a secret. conf_reset, also after a
 * failure.
 */
int conf_load(struct conf *conf, const char *path, struct fault *f)
    __attribute__((warn_unused_result));

/* The same for a text that was read from `path`. */
int conf_parse(struct conf *conf, const char *path, struct span text,
    struct fault *f) __attribute__((warn_unused_result));

void conf_reset(struct conf *conf);

/* The section of a profile or a server; NULL: there is none. Borrowed. */
const struct conf_section *
conf_profile(const struct conf *conf, const char *name);
const struct conf_section *
conf_server(const struct conf *conf, const struct url *url);

/* The same server: origin, path and query. */
bool conf_same_server(const struct url *a, const struct url *b);

/* "FILE:LINE" for messages. Returns `text`. */
const char *
conf_place(const struct conf *conf, size_t line, char *text, size_t size);

#endif
