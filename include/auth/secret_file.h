/* SPDX-License-Identifier: ISC */
/*
 * Secrets that the user keeps in files: a client's secret or key, an assertion
 * that another program renews. Read at each use, so that a new one counts.
 */
#ifndef AUTH_SECRET_FILE_H
#define AUTH_SECRET_FILE_H

#include "base/fault.h"
#include "base/secret.h"

/* The longest that secret_file_read takes. */
#define SECRET_FILE_MAX ((size_t)64 * 1024)

struct secret_file {
	const char *path;
	const char *what; /* "client secret", for faults */
	size_t max;       /* <= SECRET_FILE_MAX */
	bool warn;        /* where others than its owner may read it */
};

/* The content without the newlines at its end. FAULT_CONFIG: it cannot be read,
 * is empty or too long. */
int secret_file_read(const struct secret_file *file, struct secret *out,
    struct fault *f) __attribute__((warn_unused_result));

#endif
