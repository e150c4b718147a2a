/* SPDX-License-Identifier: ISC */
/*
 * What store.c and store_lock.c share: the store's folders, and how a private
 * folder is opened. For these two alone.
 */
#ifndef IO_STORE_FOLDER_H
#define IO_STORE_FOLDER_H

#include "io/store.h"

struct store {
	char *where;                   /* owned */
	int folders[STORE_KIND_COUNT]; /* owned descriptors */
	int locks;                     /* owned descriptor */
};

extern const char *const store_folder_names[STORE_KIND_COUNT];

/* FAULT_STORE: "Cannot `what` the credential store: `errno`". Always -1. */
int store_fault_errno(const char *what, struct fault *f);

/*
 * Opens the folder `name` (an absolute path, or relative to `at`), creating it
 * 0700 where absent. FAULT_STORE where it is a link, another user's, or open
 * to others. The descriptor is the caller's.
 */
int store_open_folder(int at, const char *name, struct fault *f)
    __attribute__((warn_unused_result));

#endif
