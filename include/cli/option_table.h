/* SPDX-License-Identifier: ISC */
/*
 * The options by section, and the setters their rows name. Private to the
 * parser, the help text and their tests.
 */
#ifndef CLI_OPTION_TABLE_H
#define CLI_OPTION_TABLE_H

#include "cli/options.h"

struct option_row;

/* One value to set, from the command line, the environment or the file. */
struct setting {
	const struct option_row *row;
	char *value;      /* borrowed; NULL: a flag without a value */
	char origin[208]; /* "--key", "MCP_BRIDGE_KEY" or "FILE:LINE: key" */
};

struct option_row {
	const char *name;     /* without the dashes */
	char letter;          /* short form; 0: none */
	const char *argument; /* NULL: a flag; else its name in the help */
	const char *env;      /* NULL: the command line only */
	unsigned commands;    /* COMMAND_ bits */
	const char *help;
	bool repeatable; /* the variable holds one value a line */
	bool secret;     /* overwritten where it stood; not for the file */
	bool early;      /* says which file, so cannot be in it */
	int (*set)(struct options *options, const struct setting *setting,
	    struct fault *f);
	size_t at;         /* offset of the member, for setters by type */
	unsigned min, max; /* for numbers */
};

/* Rows in the order of the help. */
struct option_section {
	const char *title;
	const struct option_row *rows; /* static */
	size_t count;
};

extern const struct option_section options_connection;
extern const struct option_section options_tools;
extern const struct option_section options_login;
extern const struct option_section options_login_grant;
extern const struct option_section options_login_special;
extern const struct option_section options_command;
extern const struct option_section options_general;

/* Room for all of them. */
enum { OPTION_MAX = 160 };

/* The sections in the order of the help, and the options of all of them; NULL
 * past the last. */
const struct option_section *option_section_at(size_t i);
const struct option_row *option_at(size_t i);
size_t option_count(void);

/* NULL: there is none of that name. */
const struct option_row *option_named(const char *name);

/* Its value is the path of a file. */
bool option_is_file(const struct option_row *row);

/* What --profile and --name take. False, with a reason, for another text. */
bool option_name_ok(const char *name, const char **why);

/* What --grant and the options about it say together. FAULT_USAGE. */
int options_check_grant(const struct auth_config *auth, struct fault *f)
    __attribute__((warn_unused_result));
int options_check_client_key(const struct auth_config *auth, struct fault *f)
    __attribute__((warn_unused_result));
/* There is one way to a credential at a time, a command or another.
 * FAULT_USAGE.
 */
int options_check_commands(const struct options *options, struct fault *f)
    __attribute__((warn_unused_result));

/* `config` runs, which keeps what was said for an entry: its variables and
 * files are the host's, when that starts the bridge. */
bool option_is_for_entry(const struct options *options);

/* Keeps an option for the entry that `config` writes, before it is overwritten
 * where it stands; and frees them all. */
void option_note_for_entry(struct options *options, const struct setting *s);
void option_forget_entry(struct options *options);

/* Setters by type, for the member at row->at. */
int set_flag(struct options *options, const struct setting *s, struct fault *f);
int set_text(struct options *options, const struct setting *s, struct fault *f);
int set_file(struct options *options, const struct setting *s, struct fault *f);
int
set_command(struct options *options, const struct setting *s, struct fault *f);
int
set_number(struct options *options, const struct setting *s, struct fault *f);
int set_milliseconds(struct options *options, const struct setting *s,
    struct fault *f);

/* Setters of one option or a few. */
int
set_header(struct options *options, const struct setting *s, struct fault *f);
int set_header_file(struct options *options, const struct setting *s,
    struct fault *f);
int set_transport(struct options *options, const struct setting *s,
    struct fault *f);
int
set_grant(struct options *options, const struct setting *s, struct fault *f);
int set_client_key_alg(struct options *options, const struct setting *s,
    struct fault *f);
int set_client_assertion_audience(struct options *options,
    const struct setting *s, struct fault *f);
int set_id_token_type(struct options *options, const struct setting *s,
    struct fault *f);
int
set_proxy(struct options *options, const struct setting *s, struct fault *f);
int set_tool_allow(struct options *options, const struct setting *s,
    struct fault *f);
int set_tool_deny(struct options *options, const struct setting *s,
    struct fault *f);
int set_metadata_url(struct options *options, const struct setting *s,
    struct fault *f);
int
set_scope(struct options *options, const struct setting *s, struct fault *f);
int
set_profile(struct options *options, const struct setting *s, struct fault *f);
int
set_store(struct options *options, const struct setting *s, struct fault *f);
int set_callback_host(struct options *options, const struct setting *s,
    struct fault *f);
int set_callback_path(struct options *options, const struct setting *s,
    struct fault *f);
int set_client_metadata(struct options *options, const struct setting *s,
    struct fault *f);
int set_success_url(struct options *options, const struct setting *s,
    struct fault *f);
int
set_issuer(struct options *options, const struct setting *s, struct fault *f);
int
set_endpoint(struct options *options, const struct setting *s, struct fault *f);
int set_dpop(struct options *options, const struct setting *s, struct fault *f);
int set_issuer_match(struct options *options, const struct setting *s,
    struct fault *f);
int
set_resource(struct options *options, const struct setting *s, struct fault *f);
int set_authorize_param(struct options *options, const struct setting *s,
    struct fault *f);
int set_allow_host(struct options *options, const struct setting *s,
    struct fault *f);
int set_client_secret(struct options *options, const struct setting *s,
    struct fault *f);
int set_name(struct options *options, const struct setting *s, struct fault *f);
int set_log_level(struct options *options, const struct setting *s,
    struct fault *f);
int set_help(struct options *options, const struct setting *s, struct fault *f);
int
set_version(struct options *options, const struct setting *s, struct fault *f);

#endif
