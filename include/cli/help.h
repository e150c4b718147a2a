/* SPDX-License-Identifier: ISC */
/*
 * The help text, made from the tables of commands and options.
 */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"
#include "cli/terminal.h"

/* Usage, commands and options of the bridge, or, for a named `command`, that
 * command's purpose, usage and options. */
void help_print(struct terminal *terminal, const struct command *commands,
    const struct command *command);

#endif
