/* SPDX-License-Identifier: ISC */
/*
 * Where the user's files are: the XDG Base Directory Specification, which
 * ignores values that are no absolute path.
 */
#ifndef IO_HOME_H
#define IO_HOME_H

/* HOME, or what the system knows; NULL: neither. Borrowed, until the next
 * call. */
const char *home_folder(void);

/* The folder the variable names, or `below` in the home ("~/.config" for
 * ".config"); NULL without a home. Caller frees. */
char *home_xdg(const char *variable, const char *below);

#endif
