/* SPDX-License-Identifier: ISC */
/*
 * Small records that survive: JSON objects, filed by kind and key. What a
 * record means is not known here, but that those with secrets are kept where
 * the user chose, and there alone:
 *
 *	file            $XDG_STATE_HOME/mcp-bridge, directories 0700, files
 *	                0600, owned by us, opened without following links
 *secret-service  the desktop's keyring, by secret-tool pass pass, which
 *encrypts by GnuPG keychain        the macOS keychain, by security command:PROG
 *whatever PROG does with them; see the manual memory          this process and
 *those it starts; nothing on disk
 *
 * Writes are whole or absent. Records without secrets, and for the
 * stores in the middle an index without secrets, are files there; locks too
 * but for the last.
 *
 * Locks are files of their own, flock'ed, never unlinked, freed by the kernel
 * when their holder dies. Order where several are held: login,
 * registration, idp, grant; none is taken backwards.
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
	STORE_LOGIN,        /* (URL, profile, …): a login under way, brakes */
	STORE_SERVER,       /* (URL, profile): last known handshake, era */
	STORE_IDP,          /* (issuer, client, profile): ID token, refresh */
	STORE_KIND_COUNT
};

struct store;

struct store_choice {
	const char *name; /* as above; NULL: "file" */
	int memory_fd;    /* of "memory", as inherited; 0: make one */
};

/* False, with a reason for the user, for what is no name of a store. */
bool store_name_ok(const char *name, const char **why);

/* `name` (NULL: files) is "memory": nothing outlives the process. */
bool store_is_memory(const char *name);

/* Opens what `choice` (NULL: files) names; the state directory is created.
 * FAULT_STORE with a reason and what to do: other owner, loose modes, a link,
 * read-only. A keyring is not asked yet. */
struct store *store_open(const struct store_choice *choice, struct fault *f);
void store_close(struct store **store);

enum store_use {
	STORE_USE_WATCH, /* read access records, write those of servers */
	STORE_USE_ALL
};

/* Allows what one who is confined needs of the store `name` (NULL: files), once
 * its folders are there. For a keyring that is its index alone. */
struct confine;
void store_confine(const char *name, enum store_use use, struct confine *c);

/* Where tokens are, for `status`. Borrowed. */
const char *store_where(const struct store *store);

/* Records with secrets are kept by another program: reading one takes time,
 * may ask the user, and is nothing for the pump. */
bool store_asks_program(const struct store *store);

/* What authorizers inherit (store_choice); 0 for all stores but "memory". */
int store_memory_fd(const struct store *store);

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

/* Changes whenever the record does; 0 when absent. Cheap: one stat, for every
 * store. */
uint64_t
store_stamp(struct store *store, enum store_kind kind, const char *key);

/* Calls `each` with every record of a kind; stops when it returns false. A
 * record that cannot be read is passed over; the first such is the fault.
 * Where a program keeps the records, `json` is what the index has of them:
 * their url or issuer, and their profile. */
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
