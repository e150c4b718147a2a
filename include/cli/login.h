/* SPDX-License-Identifier: ISC */
/*
 * A sign-in in the foreground, for the commands that need one.
 */
#ifndef CLI_LOGIN_H
#define CLI_LOGIN_H

#include "cli/options.h"
#include "cli/terminal.h"

/* Signs in, showing on `err` what goes on and what to do. An exit status: a
 * failure has been told. */
int login_watched(const struct options *options, const struct terminal *err);

#endif
