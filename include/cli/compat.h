/* SPDX-License-Identifier: ISC */
/*
 * The command line of mcp-remote (0.15.1) in this program's words, for entries
 * in hosts' settings that were written for it: when this program is called by
 * that name, or as `mcp-bridge mcp-remote …`. Its habits are kept: what is
 * unknown is passed over, a bad value falls back to the default, each with a
 * note.
 */
#ifndef CLI_COMPAT_H
#define CLI_COMPAT_H

#include "base/fault.h"
#include "base/list.h"

struct compat {
	struct list args;  /* ours, the URL first; may hold secrets */
	struct list notes; /* for a person: what is not as it was */
	bool client;       /* mcp-remote-client: a sign-in, nothing else */
	bool help;
	bool has_secret; /* a client's secret is among `args` */
	/* The name of its records in the store of mcp-remote; "" where this
	 * OpenSSL has no MD5. */
	char key[33];
	char *url; /* owned; NULL: none given */
};

/* Where the program was started as mcp-remote, puts our arguments in the place
 * of its own; they live as long as `c`. */
int compat_take(struct compat *c, int *argc, char ***argv, struct fault *f)
    __attribute__((warn_unused_result));

/* Logs the notes. */
void compat_warn(const struct compat *c);

/* Where the arguments of mcp-remote begin in `argv`; 0 where this is none. */
int compat_begin(int argc, char *const *argv, struct compat *c);

/*
 * Translates `argc` arguments. `expand`: texts and files of clients are read
 * and their ${VAR} replaced now. FAULT_USAGE or FAULT_CONFIG where mcp-remote
 * would not have started either.
 */
int compat_translate(struct compat *c, int argc, char *const *argv, bool expand,
    struct fault *f) __attribute__((warn_unused_result));

/* Overwrites what may be secret where it stands. */
void compat_conceal(int argc, char **argv);

void compat_reset(struct compat *c);

#endif
