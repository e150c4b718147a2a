/* SPDX-License-Identifier: ISC */
/*
 * Files a person wrote. Those of other programs are replaced whole: a settings
 * file is the old one or the new one, whenever this process ends, and the old
 * one stays beside it as FILE.bak.
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/fault.h"

struct file {
	char *path;      /* owned: as asked for */
	char *target;    /* owned: where links lead to; not there yet: path;
			    NULL for what is not replaced */
	struct buf text; /* as it was read */
	bool exists;
	struct stat stat; /* when it was read */
};

/* Reads `path`, up to LIMIT_SETTINGS_FILE; a missing file is empty.
 * FAULT_CONFIG with the reason. file_close, also after a failure. */
int file_open(struct file *file, const char *path, struct fault *f)
    __attribute__((warn_unused_result));

/* Reads `path` for us to act on: up to LIMIT_CONFIG_FILE, and refused where
 * others than the user and root could have written it; a missing file is empty.
 * FAULT_CONFIG with the reason. One open where there is none. file_close, also
 * after a failure. */
int file_open_trusted(struct file *file, const char *path, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * Replaces it by `text`, making missing folders; keeps mode and owner, copies
 * the old text to FILE.bak first. Written to a temporary file beside it,
 * synced, renamed. FAULT_CONFIG, and nothing is changed, where that fails or
 * where the file is not the one that was read any more.
 */
int file_replace(struct file *file, struct span text, struct fault *f)
    __attribute__((warn_unused_result));

void file_close(struct file *file);

#endif
