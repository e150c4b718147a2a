/* SPDX-License-Identifier: ISC */
/*
 * Small records that survive: JSON objects under $XDG_STATE_HOME/mcp-bridge,
 * directories 0700, files 0600, owned by us, opened without following links
 * . Writes are whole or absent: temporary file, fsync, rename, fsync of
 * the directory. What a record means is not known here.
 *
 * Locks are files of their own, flock'ed, never unlinked, freed by the kernel
 * when their holder dies. Order where several are held: login,
 * registration, grant; none is taken backwards.
 */
#ifndef IO_STORE_H
#define IO_STORE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"

/* One folder each. */
enum store_kind {
	STORE_ACCESS,       /* (URL, profile): access token and where from */
	STORE_GRANT,        /* (issuer, resource, client, profile): refresh */
	STORE_REGISTRATION, /* (issuer, profile, redirect host): client */
	STORE_LOGIN,        /* (URL, profile): a login under way, brakes */
	STORE_SERVER,       /* (URL, profile): last known handshake, era */
	STORE_KIND_COUNT
};

struct store;

/* Opens or creates the state directory. FAULT_STORE with a reason and what to
 * do: other owner, loose modes, a link, read-only. */
struct store *store_open(struct fault *f);
void store_close(struct store **store);

/* The directory, for `status`. Borrowed. */
const char *store_where(const struct store *store);

/*
 * `key` is everywhere the 64 hex characters of crypto_key.
 *
 * Reads a record whole; absent: 0 and `out` empty. A file that is no JSON
 * object is moved aside (name.corrupt-N), logged, and counts as absent. `out`,
 * capped at LIMIT_STORE_RECORD, holds secrets: the caller wipes it.
 */
int store_read(struct store *store, enum store_kind kind, const char *key,
    struct buf *out, struct fault *f) __attribute__((warn_unused_result));

int store_write(struct store *store, enum store_kind kind, const char *key,
    struct span json, struct fault *f) __attribute__((warn_unused_result));

/* With what was moved aside of it. Absent is success. */
int store_remove(struct store *store, enum store_kind kind, const char *key,
    struct fault *f) __attribute__((warn_unused_result));

/* Proves that a write would work now: temporary file created and synced, then
 * removed. */
int store_probe(struct store *store, enum store_kind kind, struct fault *f)
    __attribute__((warn_unused_result));

/* Changes whenever the record does; 0 when absent. Cheap: one stat. */
uint64_t
store_stamp(struct store *store, enum store_kind kind, const char *key);

/* Calls `each` with every record of a kind; stops when it returns false. A
 * record that cannot be read is passed over; the first such is the fault. */
int store_each(struct store *store, enum store_kind kind,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f) __attribute__((warn_unused_result));

struct store_lock;

/*
 * Takes the lock of a record, waiting at most `wait_ms` (0: do not wait). -1
 * with FAULT_BUSY when another holds it, FAULT_STORE when locks do not work
 * there (then $XDG_RUNTIME_DIR was tried as well).
 */
int store_lock(struct store *store, enum store_kind kind, const char *key,
    unsigned wait_ms, struct store_lock **lock, struct fault *f)
    __attribute__((warn_unused_result));
void store_unlock(struct store_lock **lock);

#endif
