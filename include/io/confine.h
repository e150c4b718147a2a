/* SPDX-License-Identifier: ISC */
/*
 * Confinement of this process to the files it needs: Landlock on Linux (every
 * version from 1 on), unveil and pledge on OpenBSD, nothing elsewhere. What is
 * not allowed is refused, programs cannot be started, and children inherit all
 * of it. It is one more wall: where the system has none, everything works the
 * same without.
 */
#ifndef IO_CONFINE_H
#define IO_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

enum confine_right {
	CONFINE_LIST,    /* a folder's names, and those of the folders below */
	CONFINE_READ,    /* a file, or a folder and all below */
	CONFINE_RECORDS, /* a folder's files: read, create, replace, remove */
};

struct confine;

/* Begins with what every program that speaks HTTPS reads: the system's
 * configuration, libraries and certificates. NULL where the system has no
 * confinement: the other functions then do nothing. */
struct confine *confine_new(void);

/* `path` NULL, or not there: nothing is allowed. A file is allowed as it is
 * now: another one put in its place later is not. */
void
confine_allow(struct confine *c, const char *path, enum confine_right right);

/* Confines the process for good, before it has a second thread; frees. True
 * where it is confined now. */
bool confine_apply(struct confine **c);

/* What this system has, for a person: "Landlock 7", "none". Returns `text`. */
const char *confine_describe(char *text, size_t size);

#endif
