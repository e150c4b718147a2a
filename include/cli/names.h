/* SPDX-License-Identifier: ISC */
/*
 * The names that the store and the configuration file have, for scripts and for
 * the completion of command lines.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "cli/options.h"

/* `status --urls` or `--profiles`: one a line, in order, each once, what no
 * terminal should see left out. Nothing of a sign-in is in them. The exit
 * status. */
int names_print(const struct options *options);

#endif
