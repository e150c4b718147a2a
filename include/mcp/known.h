/* SPDX-License-Identifier: ISC */
/*
 * What a server said of itself the last time, kept in the store: the handshake
 * can be answered from it while the server is slow, down or signed out. Never a
 * secret; a hint that the next real answer corrects.
 */
#ifndef MCP_KNOWN_H
#define MCP_KNOWN_H

#include "io/store.h"

struct known {
	char
	    *initialize; /* owned: JSON of the last InitializeResult; or NULL */
	char *discover;  /* owned: JSON of the last DiscoverResult; or NULL */
};

void known_init(struct known *k);
void known_reset(struct known *k);

/* Reads what is kept for (url, profile); nothing, or an unusable store, leaves
 * `k` empty. */
void known_load(struct known *k, const char *url, const char *profile);

/* Keeps a result where it differs from what is kept. `member` is "initialize"
 * or "discover". Best effort: a failure is logged. */
void known_save(const char *url, const char *profile, const char *member,
    struct span result);

#endif
