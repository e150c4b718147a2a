/* SPDX-License-Identifier: ISC */
/*
 * What the user asked for: the command line first, then the environment
 * (MCP_BRIDGE_…), then the configuration file (cli/conf), then defaults. One
 * table (cli/option_table) drives parsing, environment and help; the manual
 * page and the completions are held against it by `make lint`.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "auth/config.h"
#include "base/fault.h"
#include "base/list.h"
#include "base/log.h"
#include "cli/static_headers.h"
#include "mcp/remote.h"
#include "wire/url.h"

struct options;

/* One bit for each command: which options it accepts. */
enum {
	COMMAND_RUN = 1,
	COMMAND_LOGIN = 2,
	COMMAND_LOGOUT = 4,
	COMMAND_STATUS = 8,
	COMMAND_CONFIG = 16,
	COMMAND_IMPORT = 32,
	COMMAND_DOCTOR = 64,
	COMMAND_CALL = 128,
	COMMAND_TOOLS = 256,
	COMMAND_TRACE = 512,   /* reads a file alone: few options */
	COMMAND_REMOTE = 2048, /* mcp-remote: options of its own */
	COMMAND_EVERY = 511
};

enum command_operand {
	OPERAND_URL,
	OPERAND_URL_OR_ALL,
	OPERAND_OPTIONAL_URL,
	OPERAND_HOST_AND_URL, /* or --list */
	OPERAND_FILES,
	OPERAND_FILE, /* one */
	OPERAND_URL_AND_REQUEST
};

struct command {
	const char *name; /* NULL: what runs when no command is named */
	unsigned bit;
	enum command_operand operand;
	const char *usage;   /* "[options] URL" */
	const char *summary; /* one line for the list of commands */
	const char *purpose; /* what it does, for its own help */
	/* The exit status. */
	int (*run)(const struct options *options);
};

/* An option of the bridge for the entry that `config` writes, as given. */
struct entry_option {
	const char *name; /* borrowed: its row's */
	const char *env;  /* borrowed */
	bool secret;
	bool is_file;
	struct secret value; /* empty: a flag */
};

enum options_show { SHOW_NOTHING, SHOW_HELP, SHOW_VERSION };

struct options {
	const struct command *command; /* borrowed: a row of the table */
	enum options_show show;        /* instead of running the command */

	char *config_file; /* owned: --config; NULL: the usual one */
	bool no_config;
	char *config_read; /* owned: the one that was there; NULL: none */

	struct url url;      /* the server; text NULL: none given */
	bool url_of_profile; /* the file has it, for the --profile given */
	/* Sign-in, and the connection settings it shares with the pump: CA
	 * file, certificate, proxy, HTTP version, connect timeout. */
	struct auth_config auth;

	struct static_headers headers; /* for the server's origin only */
	char *header_file;             /* owned: the last one read; or NULL */
	bool static_authorization;     /* one of them: no sign-in */
	enum remote_transport transport;
	bool discover_first;
	bool no_cookies;
	bool no_auth;                /* 401 is an answer like any other */
	unsigned request_timeout_ms; /* 0: none */
	struct upstream_patience patience;
	unsigned ping_interval_ms; /* 0: none */
	bool no_cached_handshake, no_sign_in_tool;
	unsigned hold_timeout_ms; /* how long a request waits for a login */

	char **tool_allow; /* owned, and each of them: globs */
	size_t tool_allow_count;
	char **tool_deny; /* owned, and each of them */
	size_t tool_deny_count;
	bool tool_ignore_case; /* in both */
	bool read_only;

	enum log_level log_level;
	char *log_file; /* owned; NULL: stderr alone */

	bool all;            /* logout --all */
	bool json;           /* status, doctor, tools --json */
	bool urls, profiles; /* status: the names alone */

	bool refresh;    /* doctor --refresh */
	char *html_file; /* owned: doctor, trace --html; NULL: none */

	struct list operands; /* import, trace: files; call: METHOD and more */
	bool pretty;          /* call --pretty */
	bool dry_run;         /* import --dry-run */

	char *host; /* config HOST: owned */
	char *name; /* config --name: owned; NULL: from the URL */
	bool list;  /* config --list */
	bool write, project, force;
	struct entry_option *entry; /* owned: for the entry, in order */
	size_t entry_count;
};

/* The defaults, where options_parse starts from. */
void options_init(struct options *options);
/* Frees everything; NULL-safe. */
void options_reset(struct options *options);

/*
 * Fills `options` (initialised by the caller) for one row of `commands`, which
 * ends with a row whose bit is 0 and begins with the nameless one. Checks every
 * value, reads header files. FAULT_USAGE or FAULT_CONFIG with the reason and
 * the next step in plain words; never a secret in them.
 *
 * Whatever the result, secrets that stood in `argv` and in the environment are
 * overwritten in place, so this is called once per process, before any
 * thread or child exists. With `show` set, a missing URL is no fault.
 */
int options_parse(struct options *options, const struct command *commands,
    int argc, char **argv, struct fault *f) __attribute__((warn_unused_result));

/* A file with a secret that every user can read; NULL: there is none.
 * Borrowed. */
const char *options_loose_file(const struct options *options);

/* Logs which file was read, and what is allowed but unwise: a secret in a file
 * that every user can read, plain http to another machine. After the log is set
 * up. */
void options_warn(const struct options *options);

#endif
