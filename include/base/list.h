/* SPDX-License-Identifier: ISC */
/*
 * A list of texts, such as the arguments of a command. They may hold secrets:
 * they are wiped.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	char **items; /* owned, and each; NULL behind the last */
	size_t count;
};

void list_add(struct list *list, const char *text);
void list_addf(struct list *list, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* `from` is empty afterwards. */
void list_append(struct list *list, struct list *from);
void list_reset(struct list *list);

#endif
