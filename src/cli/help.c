/* SPDX-License-Identifier: ISC */
/*
 * Help: the tables, set in columns. Says nothing that is not in them.
 */
#include "cli/help.h"

#include <string.h>

#include "cli/option_table.h"

enum { NAME_COLUMN = 2, LETTER_WIDTH = 4, TEXT_COLUMN = 32 };

static void
print_usage(struct terminal *t, const struct command *command, bool first)
{
	terminal_print(t, first ? STYLE_BOLD : STYLE_PLAIN, "%-6s",
	    first ? "Usage:" : "");
	terminal_print(t, STYLE_PLAIN, " mcp-bridge%s%s %s\n",
	    command->name != NULL ? " " : "",
	    command->name != NULL ? command->name : "", command->usage);
}

/* Moves to the text's column: on this line, or the next where `column` is
 * past it. */
static void
move_to_text(struct terminal *t, unsigned column)
{
	bool fits = column + 2 <= TEXT_COLUMN;

	if (!fits)
		terminal_print(t, STYLE_PLAIN, "\n");
	terminal_print(t, STYLE_PLAIN, "%*s",
	    (int)(fits ? TEXT_COLUMN - column : TEXT_COLUMN), "");
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
	terminal_wrap(t, row->help, TEXT_COLUMN, TEXT_COLUMN);
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
		terminal_wrap(t, c->summary, TEXT_COLUMN, TEXT_COLUMN);
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
	    "MCP_BRIDGE_LOG_LEVEL and so on, the URL as MCP_BRIDGE_URL. The "
	    "command line wins. See mcp-bridge(1).",
	    0, 0);
}
