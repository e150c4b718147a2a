/* SPDX-License-Identifier: ISC */
/*
 * The hosts whose settings this program knows: where they are, and what the
 * entry of a local server looks like there. One row a host.
 */
#ifndef CLI_HOSTS_H
#define CLI_HOSTS_H

#include "base/list.h"
#include "wire/settings.h"

struct host_app {
	const char *id;   /* what a person types */
	const char *name; /* what it is called */
	enum settings_format format;
	const char *section; /* the table of servers in it */
	/* The table of projects in the user's file, each with such a section of
	 * its own; or NULL. */
	const char *projects;

	/* The user's file: a folder, "~" being the home, and a name. */
	const char *dir_env; /* variable that holds the folder; or NULL */
	const char *dir;     /* otherwise */
	const char *dir_mac; /* on macOS instead of both; NULL: the same */
	const char *file;    /* NULL: pasted in a dialog, see note */
	const char *project; /* in a project's folder; NULL: none */

	/* The entry: members as JSON before and behind what all have. */
	const char *before, *after;
	bool has_name;           /* the name again, in the entry */
	const char *command_key; /* "command" */
	const char *env_key;     /* "env" */
	bool always_env;         /* also where it is empty */

	/* Its own command for it, or NULL; NAME, ENV, COMMAND and JSON are
	 * replaced. */
	const char *const *cli;
	const char *cli_env; /* option for one variable: "--env" */
	const char *note;    /* what a person has to do; or NULL */
};

/* Ends with a row whose id is NULL. */
extern const struct host_app host_apps[];

/* By id; NULL with FAULT_USAGE and the nearest one. */
const struct host_app *host_app_find(const char *id, struct fault *f);

/* The absolute path of its file, or of the one in the project's folder, which
 * is the present one; NULL where there is none. Caller frees. */
char *host_app_file(const struct host_app *app, bool project);

/* A local server as a host starts it. */
struct host_entry {
	char *name;    /* owned */
	char *command; /* owned */
	struct list args;
	struct list env; /* NAME, value, NAME, value … */
};

void host_entry_reset(struct host_entry *entry);

/* Appends the entry as JSON. -1 past the cap. */
int host_entry_write(const struct host_app *app, const struct host_entry *entry,
    struct buf *out) __attribute__((warn_unused_result));

/* The words of the host's own command that adds the entry; none where it has
 * no such command. */
void host_entry_cli(const struct host_app *app, const struct host_entry *entry,
    struct list *words);

#endif
