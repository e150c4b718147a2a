/* SPDX-License-Identifier: ISC */
/*
 * Entries of this program in a host's settings.
 */
#ifndef CLI_ENTRY_H
#define CLI_ENTRY_H

#include "cli/hosts.h"
#include "cli/options.h"

/*
 * The entry for options->url: the options as they were given, files by their
 * absolute paths, what may be secret in the environment instead of the
 * arguments, which other users can see and hosts break at spaces. Named by
 * --name, or by the profile where that has the URL, or by the URL.
 */
void entry_make(struct host_entry *entry, const struct options *options);

/* The absolute path of this program, by way of PATH where that leads to it: a
 * package manager's own path changes with the version. Caller frees. */
char *entry_command(void);

/* The command of an entry is this program, wherever it stands. */
bool entry_is_bridge(const char *command);

/* "example" for https://mcp.example.com/mcp. Caller frees. */
char *entry_name(const struct url *url);

#endif
