/* SPDX-License-Identifier: ISC */
/*
 * The servers the store knows.
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

/* Adds every server it knows a sign-in of, ended or under way, by URL and then
 * profile. */
int servers_list(struct servers *servers, struct store *store, struct fault *f)
    __attribute__((warn_unused_result));

/* The same, and those that a bridge has ever talked to. */
int servers_list_known(struct servers *servers, struct store *store,
    struct fault *f) __attribute__((warn_unused_result));

void servers_add(struct servers *servers, const char *url, const char *profile);

#endif
