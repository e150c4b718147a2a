/* SPDX-License-Identifier: ISC */
/*
 * Entries of mcp-remote in hosts' settings, and the sign-ins it keeps.
 */
#ifndef CLI_FOREIGN_H
#define CLI_FOREIGN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "cli/hosts.h"

/* Reads command and arguments of an entry as one list of words; none where it
 * is no local server. */
void foreign_words(const struct host_app *app, struct span entry,
    struct list *words);

/* Where among the words mcp-remote stands, behind npx, node, bunx, `pnpm dlx`,
 * `cmd /c` and the like; words->count where it does not. */
size_t foreign_find(const struct list *words);

/* Its files of one sign-in, by the name it files them under. */
struct foreign_files {
	struct buf tokens; /* empty: none kept */
	struct buf client; /* empty: none kept */
	int64_t saved_at_s;
};

/* Reads them from `folder`, or from where mcp-remote looks for them where that
 * is NULL: the newest of its layouts. What cannot be read counts as absent. */
void foreign_files_read(struct foreign_files *files, const char *folder,
    const char *key);
void foreign_files_reset(struct foreign_files *files);

#endif
