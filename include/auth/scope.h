/* SPDX-License-Identifier: ISC */
/*
 * Scopes as space-separated lists (RFC 6749 section 3.3): which to ask for
 * and whether asking is needed. Pure.
 */
#ifndef AUTH_SCOPE_H
#define AUTH_SCOPE_H

#include "auth/metadata.h"
#include "wire/challenge.h"

#define SCOPE_OFFLINE "offline_access"

/* Every scope of `a`, then those of `b` that are not among them; each once,
 * malformed ones dropped. NULL for an empty result. Caller frees. Either may be
 * NULL. */
char *scope_union(const char *a, const char *b);

/* Every scope of `some` is one of `all`; NULL is empty. */
bool scope_covers(const char *all, const char *some);

/* `all` without the one scope `name`. NULL for an empty result. Caller frees.
 */
char *scope_without(const char *all, const char *name);

/* What a sign-in asks for first: the user's choice, the challenge's, else the
 * resource's; NULL: none, and the server decides. Caller frees. */
char *scope_wanted(const char *configured, const struct challenge *challenge,
    const struct resource_metadata *resource);

/* `scope` with offline_access where the server lists that and something is
 * asked for at all. NULL stays NULL. Caller frees. */
char *scope_with_offline(const char *scope, const struct server_metadata *as);

#endif
