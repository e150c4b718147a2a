/* SPDX-License-Identifier: ISC */
/*
 * Hostile arguments and environment: words are separated by NUL; a word that
 * starts with "MCP_BRIDGE_" and holds '=' is a variable, the others are
 * arguments. Checks that a refusal has a reason and that options which are
 * accepted hold what the command needs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/option_table.h"
#include "cli/options.h"

enum { ARGUMENTS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct command table[] = {
	{ .bit = COMMAND_RUN, .operand = OPERAND_URL },
	{ .name = "login", .bit = COMMAND_LOGIN, .operand = OPERAND_URL },
	{ .name = "logout",
	    .bit = COMMAND_LOGOUT,
	    .operand = OPERAND_URL_OR_ALL },
	{ .name = "status",
	    .bit = COMMAND_STATUS,
	    .operand = OPERAND_OPTIONAL_URL },
	{ .name = "config",
	    .bit = COMMAND_CONFIG,
	    .operand = OPERAND_HOST_AND_URL },
	{ .name = "import", .bit = COMMAND_IMPORT, .operand = OPERAND_FILES },
	{ 0 },
};

/* True when `word` was a variable. */
static bool
set_variable(const char *word)
{
	char *name = mem_string(word);
	char *value = strchr(name, '=');
	bool is_variable =
	    strncmp(name, "MCP_BRIDGE_", 11) == 0 && value != NULL;

	if (is_variable) {
		*value++ = '\0';
		setenv(name, value, 1);
	}
	free(name);
	return is_variable;
}

static void
clear_variables(void)
{
	for (size_t i = 0; i < option_count(); i++) {
		if (option_at(i)->env != NULL)
			unsetenv(option_at(i)->env);
	}
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

/* Devices and pipes would only be slow. */
static bool
names_a_file(const char *word)
{
	return strstr(word, "header-file") != NULL ||
	       strstr(word, "HEADER_FILE") != NULL ||
	       strstr(word, "--config") != NULL ||
	       strstr(word, "BRIDGE_CONFIG") != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_copy(data, size);
	char *argv[ARGUMENTS_MAX + 2] = { mem_string("mcp-bridge") };
	int argc = 1;
	struct options options;
	struct fault f = { 0 };

	clear_variables();
	for (size_t at = 0; at < size && argc <= ARGUMENTS_MAX;
	     at += strlen(text + at) + 1) {
		const char *word = text + at;

		if (!names_a_file(word) && !set_variable(word))
			argv[argc++] = mem_string(word);
	}
	options_init(&options);
	if (options_parse(&options, table, argc, argv, &f) == -1 &&
	    (f.code == FAULT_NONE || fault_text(&f)[0] == '\0'))
		abort();
	if (f.code == FAULT_NONE && options.show == SHOW_NOTHING &&
	    options.command->operand == OPERAND_URL && options.url.text == NULL)
		abort();
	options_reset(&options);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	free(text);
	return 0;
}
