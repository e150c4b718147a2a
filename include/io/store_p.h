/* SPDX-License-Identifier: ISC */
/*
 * What the store is made of: a front (store.c) that checks, and the backends
 * behind it. For store*.c alone.
 */
#ifndef IO_STORE_P_H
#define IO_STORE_P_H

#include "io/store.h"

enum { STORE_KEY_LEN = 64 };

struct helper;
struct memory;

struct store {
	const struct store_backend *secrets; /* keeps records with secrets */
	const struct store_backend *plain;   /* and the others */
	char *where;                         /* owned */
	/* Owned descriptors, -1: none. Of records, or of their index. */
	int folders[STORE_KIND_COUNT];
	int locks;
	struct helper *helper; /* owned; NULL: no program is asked */
	struct memory *memory; /* owned; NULL: not that */
};

/* The functions of io/store.h, with sound records below the cap. */
struct store_backend {
	int (*read)(struct store *store, enum store_kind kind, const char *key,
	    struct buf *out, struct fault *f);
	int (*write)(struct store *store, enum store_kind kind, const char *key,
	    struct span json, struct fault *f);
	int (*remove)(struct store *store, enum store_kind kind,
	    const char *key, struct fault *f);
	int (
	    *probe)(struct store *store, enum store_kind kind, struct fault *f);
	uint64_t (
	    *stamp)(struct store *store, enum store_kind kind, const char *key);
	int (*each)(struct store *store, enum store_kind kind,
	    bool (*each)(void *ctx, const char *key, struct span json),
	    void *ctx, struct fault *f);
};

extern const struct store_backend store_file_backend;
extern const struct store_backend store_program_backend;
extern const struct store_backend store_memory_backend;

extern const char *const store_folder_names[STORE_KIND_COUNT];

bool store_is_record(struct span text);

/* FAULT_STORE: "Cannot `what` the credential store: `errno`". Always -1. */
int store_fault_errno(const char *what, struct fault *f);

/*
 * Opens the folder `name` (an absolute path, or relative to `at`), creating it
 * 0700 where absent. FAULT_STORE where it is a link, another user's, or open
 * to others. The descriptor is the caller's.
 */
int store_open_folder(int at, const char *name, struct fault *f)
    __attribute__((warn_unused_result));

/* Records in a folder; see the functions of these names in io/store.h. Who
 * writes or removes sweeps away what killed writers left behind. */
int file_read(int folder, const char *key, struct buf *out, struct fault *f)
    __attribute__((warn_unused_result));
int file_write(int folder, const char *key, struct span json, struct fault *f)
    __attribute__((warn_unused_result));
int file_remove(int folder, const char *key, struct fault *f)
    __attribute__((warn_unused_result));
int file_probe(int folder, struct fault *f) __attribute__((warn_unused_result));
uint64_t file_stamp(int folder, const char *key);
int file_each(int folder,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f) __attribute__((warn_unused_result));

/*
 * A program that keeps secrets, and how it is asked (store_helper.c).
 */
struct helper *helper_new(const char *name);
void helper_free(struct helper **helper);
const char *helper_where(const struct helper *helper);
/* Of its index: another program has another one. */
const char *helper_folder(const struct helper *helper);

struct helper_entry {
	const char *kind;
	const char *key;
	const char *subject; /* URL without query, for people; or "" */
	const char *profile; /* or "" */
};

/* Absent: 0 and `out` empty. `expected`: the index says that it is there. */
int helper_get(const struct helper *helper, const struct helper_entry *entry,
    bool expected, struct buf *out, struct fault *f)
    __attribute__((warn_unused_result));
int helper_put(const struct helper *helper, const struct helper_entry *entry,
    struct span value, struct fault *f) __attribute__((warn_unused_result));
int helper_erase(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f) __attribute__((warn_unused_result));

/*
 * Memory shared with processes that inherit it (store_memory.c).
 */
struct memory *memory_open(int fd, struct fault *f);
void memory_close(struct memory **memory);
int memory_fd(const struct memory *memory);

#endif
