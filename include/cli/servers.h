/* SPDX-License-Identifier: ISC */
/*
 * The servers the store knows a sign-in of, ended or under way.
 */
#ifndef CLI_SERVERS_H
#define CLI_SERVERS_H

#include "io/store.h"

struct server {
	char *url;     /* owned */
	char *profile; /* owned */
};

struct servers {
	struct server *items; /* owned */
	size_t count;
};

void servers_reset(struct servers *servers);

/* Adds every server of the store, by URL and then profile. */
int servers_list(struct servers *servers, struct store *store, struct fault *f)
    __attribute__((warn_unused_result));

void servers_add(struct servers *servers, const char *url, const char *profile);

#endif
