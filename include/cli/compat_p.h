/* SPDX-License-Identifier: ISC */
/*
 * Inside the translation of mcp-remote's command line: the table of its flags,
 * and what a translation collects. Private to cli/compat*.
 */
#ifndef CLI_COMPAT_P_H
#define CLI_COMPAT_P_H

#include "cli/compat.h"

/* One translation under way. */
struct compat_work {
	struct compat *c;
	bool expand;
	bool no_resource, client_info, client_credentials, debug, silent;
	bool has_host, has_path, ignore_tool;
	bool keep_alive, has_interval;
	unsigned port;
	char *resource; /* owned, like the rest: parts of the key */
	char *metadata_url, *token_endpoint;
	struct list params, headers; /* NAME, value, ... */
};

struct compat_flag {
	const char *name;
	bool takes_value;
	int (*translate)(struct compat_work *w, const struct compat_flag *flag,
	    const char *value, struct fault *f);
	const char *ours;  /* option it becomes, where that is all */
	unsigned min, max; /* seconds */
};

/* The flag a word begins with, as --NAME or --NAME=value; NULL: none. */
const struct compat_flag *compat_flag_find(const char *word);

/* Says that a flag is passed over, and why. */
void compat_note(struct compat_work *w, const struct compat_flag *flag,
    const char *why);

/* --static-oauth-client-info: client_id and client_secret, ${VAR} replaced
 * where that is wanted. JSON, or @FILE, as the next one. */
int compat_client_info(struct compat *c, const char *value, bool expand,
    struct fault *f) __attribute__((warn_unused_result));

/* --static-oauth-client-metadata: its scope, and what sign-in does not set. */
int compat_client_metadata(struct compat *c, const char *value, struct fault *f)
    __attribute__((warn_unused_result));

#endif
