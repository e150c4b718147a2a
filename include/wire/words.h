/* SPDX-License-Identifier: ISC */
/*
 * A command line cut into its words without a shell: white space separates
 * them but within quotes, single or double, which are dropped. Nothing else is
 * special: no variables, no backslashes, no wildcards. And one word written so
 * that a shell, where a person types it in, takes it as one.
 */
#ifndef WIRE_WORDS_H
#define WIRE_WORDS_H

#include "base/buf.h"

/* Cuts one word off `*rest`, in place; NULL when there is none. A quote that
 * stays open reaches to the end. */
char *words_next(char **rest);

/* All words of `text`, NULL-terminated; the caller's, for words_free. NULL
 * where there is none, or a quote stays open. */
char **words_split(const char *text);
void words_free(char ***words);

/* Appends `word` as one word of a POSIX shell's command line: as it is where
 * the shell would leave it so, else in single quotes. -1 past the cap. */
int words_quote(const char *word, struct buf *out);

#endif
