/* SPDX-License-Identifier: ISC */
/*
 * The commands: what a person can type after the program's name. A command
 * takes the options, does its work and returns the exit status.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

/* The nameless command first; ends with a row whose bit is 0. */
extern const struct command commands[];

int cmd_run(const struct options *options);
int cmd_login(const struct options *options);
int cmd_logout(const struct options *options);
int cmd_status(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_config(const struct options *options);
int cmd_import(const struct options *options);
int cmd_call(const struct options *options);
int cmd_tools(const struct options *options);
int cmd_trace(const struct options *options);

#endif
