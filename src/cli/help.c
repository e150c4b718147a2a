/* SPDX-License-Identifier: ISC */
/*
 * Help: the tables, set in columns. Says nothing that is not in them.
 */
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/option_table.h"

enum {
	NAME_COLUMN = 2,
	LETTER_WIDTH = 4,
	TEXT_COLUMN = 32,
	/* Where two columns have no room, a text stands below its name. */
	TWO_COLUMNS_WIDTH = 64,
	BELOW_COLUMN = 8,
	USAGE_COLUMN = 7
};

static void
print_usage(struct terminal *t, const struct command *command, bool first)
{
	char *words =
	    mem_format("mcp-bridge%s%s %s", command->name != NULL ? " " : "",
		command->name != NULL ? command->name : "", command->usage);

	terminal_print(t, first ? STYLE_BOLD : STYLE_PLAIN, "%-*s",
	    USAGE_COLUMN - 1, first ? "Usage:" : "");
	terminal_print(t, STYLE_PLAIN, " ");
	terminal_wrap(t, words, USAGE_COLUMN, USAGE_COLUMN + 2);
	free(words);
}

static unsigned
text_column(const struct terminal *t)
{
	return t->width < TWO_COLUMNS_WIDTH ? BELOW_COLUMN : TEXT_COLUMN;
}

/* Moves to the text's column: on this line, or the next where `column` is
 * past it. */
static void
move_to_text(struct terminal *t, unsigned column)
{
	unsigned target = text_column(t);
	bool fits = target == TEXT_COLUMN && column + 2 <= target;

	if (!fits)
		terminal_print(t, STYLE_PLAIN, "\n");
	terminal_print(t, STYLE_PLAIN, "%*s",
	    (int)(fits ? target - column : target), "");
}

static void
print_option(struct terminal *t, const struct option_row *row)
{
	size_t column = NAME_COLUMN + LETTER_WIDTH + strlen(row->name) + 2;

	terminal_print(t, STYLE_PLAIN, "%*s", NAME_COLUMN, "");
	if (row->letter != 0)
		terminal_print(t, STYLE_BOLD, "-%c", row->letter);
	terminal_print(t, STYLE_PLAIN, row->letter != 0 ? ", " : "    ");
	terminal_print(t, STYLE_BOLD, "--%s", row->name);
	if (row->argument != NULL) {
		terminal_print(t, STYLE_PLAIN, " ");
		terminal_print(t, STYLE_UNDERLINE, "%s", row->argument);
		column += 1 + strlen(row->argument);
	}
	move_to_text(t, (unsigned)column);
	terminal_wrap(t, row->help, text_column(t), text_column(t));
}

static void
print_section(struct terminal *t, const struct option_section *section,
    unsigned commands)
{
	bool titled = false;

	for (size_t i = 0; i < section->count; i++) {
		const struct option_row *row = &section->rows[i];

		if ((row->commands & commands) == 0)
			continue;
		if (!titled)
			terminal_print(t, STYLE_BOLD, "\n%s\n", section->title);
		titled = true;
		print_option(t, row);
	}
}

static void
print_commands(struct terminal *t, const struct command *commands)
{
	terminal_print(t, STYLE_BOLD, "\nCommands\n");
	for (const struct command *c = commands; c->bit != 0; c++) {
		if (c->name == NULL)
			continue;
		terminal_print(t, STYLE_PLAIN, "%*s", NAME_COLUMN, "");
		terminal_print(t, STYLE_BOLD, "%s", c->name);
		move_to_text(t, (unsigned)(NAME_COLUMN + strlen(c->name)));
		terminal_wrap(t, c->summary, text_column(t), text_column(t));
	}
}

void
help_print(struct terminal *t, const struct command *commands,
    const struct command *command)
{
	bool whole = command->name == NULL;

	print_usage(t, command, true);
	for (const struct command *c = commands; whole && c->bit != 0; c++) {
		if (c != command)
			print_usage(t, c, false);
	}
	terminal_print(t, STYLE_PLAIN, "\n");
	terminal_wrap(t, command->purpose, 0, 0);
	if (whole)
		print_commands(t, commands);
	for (size_t i = 0; option_section_at(i) != NULL; i++)
		print_section(t, option_section_at(i), command->bit);
	terminal_print(t, STYLE_PLAIN, "\n");
	terminal_wrap(t,
	    "Options can be set in the environment, too: --log-level as "
	    "MCP_BRIDGE_LOG_LEVEL and so on, the URL as MCP_BRIDGE_URL; and in "
	    "a file, see mcp-bridge-config(5). The command line wins. See "
	    "mcp-bridge(1).",
	    0, 0);
}
