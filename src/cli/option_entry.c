/* SPDX-License-Identifier: ISC */
/*
 * The options of an entry, kept as they were given.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/option_table.h"

bool
option_is_for_entry(const struct options *options)
{
	return options->command->bit == COMMAND_CONFIG;
}

void
option_note_for_entry(struct options *o, const struct setting *s)
{
	const struct option_row *row = s->row;

	o->entry =
	    mem_resize(o->entry, (o->entry_count + 1) * sizeof(*o->entry));
	o->entry[o->entry_count] = (struct entry_option){
		.name = row->name,
		.env = row->env,
		.secret = row->secret,
		.is_file = option_is_file(row),
	};
	if (s->value != NULL)
		secret_set(&o->entry[o->entry_count].value, span_of(s->value));
	o->entry_count++;
}

void
option_forget_entry(struct options *options)
{
	for (size_t i = 0; i < options->entry_count; i++)
		secret_reset(&options->entry[i].value);
	free(options->entry);
}
