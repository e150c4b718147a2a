/* SPDX-License-Identifier: ISC */
/*
 * Lists of texts.
 */
#include "base/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void
give(struct list *list, char *text)
{
	list->items =
	    mem_resize(list->items, (list->count + 2) * sizeof(*list->items));
	list->items[list->count++] = text;
	list->items[list->count] = NULL;
}

void
list_add(struct list *list, const char *text)
{
	give(list, mem_string(text));
}

void
list_addf(struct list *list, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int len = 0;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	text = mem_alloc((size_t)len + 1, 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	give(list, text);
}

void
list_append(struct list *list, struct list *from)
{
	for (size_t i = 0; i < from->count; i++)
		give(list, from->items[i]);
	free(from->items);
	*from = (struct list){ 0 };
}

void
list_reset(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		freezero(list->items[i], strlen(list->items[i]) + 1);
	free(list->items);
	*list = (struct list){ 0 };
}
