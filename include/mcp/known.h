/* SPDX-License-Identifier: ISC */
/*
 * What a server said of itself the last time, kept in the store: the handshake
 * can be answered from it while the server is slow, down or signed out. Never a
 * secret; a hint that the next real answer corrects.
 */
#ifndef MCP_KNOWN_H
#define MCP_KNOWN_H

#include "io/store.h"
#include "wire/method.h"

/* Owned JSON of the last results; NULL where none is kept. */
struct known {
	char *initialize;
	char *discover;
	char *tools; /* of tools/list, where it was one page */
	/* `initialize` is a translation: the server knows only 2026-07-28 */
	bool stateless;
};

/* `profile` NULL below: nothing is kept, and so nothing found. */
void known_init(struct known *k);
void known_reset(struct known *k);

/* Reads what is kept for (url, profile); nothing, or an unusable store, leaves
 * `k` empty. */
void known_load(struct known *k, const char *url, const char *profile);

/* Keeps the result of METHOD_INITIALIZE, METHOD_DISCOVER or METHOD_TOOLS_LIST
 * where it differs from what is kept; `stateless` counts with the first. Best
 * effort: a failure is logged. */
void known_save(const char *url, const char *profile, enum method asked,
    struct span result, bool stateless);

#endif
