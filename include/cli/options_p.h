/* SPDX-License-Identifier: ISC */
/*
 * Inside parsing: what the command line said, before it becomes options.
 * Private to cli/options*.
 */
#ifndef CLI_OPTIONS_P_H
#define CLI_OPTIONS_P_H

#include "cli/option_table.h"

#define URL_VARIABLE "MCP_BRIDGE_URL"

struct option_parser {
	struct options *options;
	const struct command *commands;
	char **argv;
	struct setting *settings; /* owned: those of the command line */
	size_t count;
	char *url;     /* borrowed from argv; NULL: none there */
	char *host;    /* borrowed likewise */
	bool has_word; /* the first operand was seen */
	/* From the configuration file; NULL: nothing. */
	char *profile_url; /* owned: where the profile that was named leads */
	char *advice;      /* owned: what to do where a URL is missing */
};

/* It is on the command line, or in the environment where that counts. */
bool
options_is_set(const struct option_parser *p, const struct option_row *row);
/* The URL that is; NULL: none. Borrowed. */
const char *options_url_text(const struct option_parser *p);

/* Takes `argc` words of p->argv apart: the command, operands and settings.
 * FAULT_USAGE. */
int options_read(struct option_parser *p, int argc, struct fault *f)
    __attribute__((warn_unused_result));

/* Applies what the configuration file says of options that are not set, and
 * sets p->profile_url. FAULT_CONFIG with file and line. */
int options_apply_conf(struct option_parser *p, struct fault *f)
    __attribute__((warn_unused_result));

/* Sets the URL and the host. FAULT_USAGE where the command needs one that is
 * missing, or is no URL. */
int options_check_url(const struct option_parser *p, struct fault *f)
    __attribute__((warn_unused_result));

/* What two options say about each other. FAULT_USAGE or FAULT_CONFIG. */
int options_check(struct options *o, struct fault *f)
    __attribute__((warn_unused_result));

/* what ps and /proc show must not hold secrets. Names stay readable. */
void options_conceal(const struct option_parser *p);

#endif
