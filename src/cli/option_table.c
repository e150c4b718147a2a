/* SPDX-License-Identifier: ISC */
/*
 * The sections of options, in the order of the help. Their rows are in files
 * of their own.
 */
#include "cli/option_table.h"

#include <string.h>

static const struct option_section *const sections[] = {
	&options_connection,
	&options_tools,
	&options_login,
	&options_login_grant,
	&options_login_special,
	&options_command,
	&options_general,
};

enum { SECTION_COUNT = sizeof(sections) / sizeof(sections[0]) };

const struct option_section *
option_section_at(size_t i)
{
	return i < SECTION_COUNT ? sections[i] : NULL;
}

size_t
option_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < SECTION_COUNT; i++)
		count += sections[i]->count;
	return count;
}

const struct option_row *
option_at(size_t i)
{
	size_t section = 0;

	while (section < SECTION_COUNT && i >= sections[section]->count)
		i -= sections[section++]->count;
	return section < SECTION_COUNT ? &sections[section]->rows[i] : NULL;
}

const struct option_row *
option_named(const char *name)
{
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		for (size_t j = 0; j < sections[i]->count; j++) {
			const struct option_row *row = &sections[i]->rows[j];

			if (strcmp(row->name, name) == 0)
				return row;
		}
	}
	return NULL;
}

bool
option_is_file(const struct option_row *row)
{
	return row->argument != NULL && strcmp(row->argument, "FILE") == 0;
}
