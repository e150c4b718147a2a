/* SPDX-License-Identifier: ISC */
/*
 * The file of a trace: lines appended by several processes, and never more of
 * them than fit. What is full becomes FILE.1, in place of an older one, by
 * copying: the name and the open descriptors stay good, no right to the folder
 * is needed, and FILE always is the newest.
 */
#ifndef IO_TRACE_FILE_H
#define IO_TRACE_FILE_H

#include "base/fault.h"
#include "base/span.h"

struct trace_file {
	int fd;         /* owned; -1: closed */
	int old_fd;     /* owned; -1: not open yet */
	char *old_path; /* owned */
};

/*
 * Opens or creates `path`, 0600. `early`: and FILE.1, for who may open no files
 * later on. FAULT_CONFIG: cannot be opened; no regular file of ours; holds
 * something else than a trace.
 */
int trace_file_open(struct trace_file *t, const char *path, bool early,
    struct fault *f) __attribute__((warn_unused_result));
void trace_file_close(struct trace_file *t);

/* A whole line in one write, so that lines never mix. Dropped where another
 * process keeps the file locked. -1 with errno: it cannot go on. */
int trace_file_append(struct trace_file *t, struct span line)
    __attribute__((warn_unused_result));

#endif
