/* SPDX-License-Identifier: ISC */
/*
 * mcp-bridge: lets a host that speaks MCP over stdin and stdout use a remote
 * MCP server.
 *
 *	host ⇄ stdio ⇄ pump ⇄ HTTPS ⇄ remote MCP server
 *	                 │ a process of its own for each sign-in
 *	                 ▼
 *	             authorizer ⇄ HTTPS, browser ⇄ authorization server
 *
 * This file is main: it makes the process safe, reads what the user wants, and
 * runs one command. The layers below, each using only those under it:
 *
 *	cli	what a person types and sees; one file a command
 *	mcp	the pump: relay between host and remote
 *	auth	OAuth; the authorizer and the pump's side of it
 *	io	loop, HTTP, stdio, store: everything with a descriptor
 *	wire	JSON, JSON-RPC, event streams, headers, URLs: pure functions
 *	base	memory, buffers, secrets, faults, log, cryptography
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "auth/authorizer.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/compat.h"
#include "cli/help.h"
#include "cli/paste.h"
#include "cli/recorder.h"
#include "cli/terminal.h"
#include "io/confine.h"
#include "io/http.h"
#include "io/libraries.h"
#include "io/os.h"
#include "io/trace.h"

/* The hidden commands: by "authorizer" the pump starts its authorizer, by
 * "paste" a login in a terminal gets what a browser could not bring. */
static bool
is_hidden(int argc, char **argv, const char *name)
{
	return argc == 2 && strcmp(argv[1], name) == 0;
}

static int
open_log(struct options *options, struct fault *f)
{
	log_set_level(options->log_level);
	options->auth.log_level = options->log_level;
	options->auth.log_file = mem_string(options->log_file);
	if (options->log_file != NULL && log_open(options->log_file) != 0)
		return fault_set(f, FAULT_CONFIG, "Cannot write to %s",
		    options->log_file);
	return 0;
}

static void
show(const struct options *options)
{
	struct terminal out;
	char sandbox[64];

	terminal_init(&out, stdout);
	if (options->show == SHOW_VERSION)
		terminal_print(&out, STYLE_PLAIN,
		    "mcp-bridge %s\n%s\nsandbox: %s\n", VERSION,
		    http_library_versions(),
		    confine_describe(sandbox, sizeof(sandbox)));
	else
		help_print(&out, commands, options->command);
}

static int
run(struct options *options, const struct compat *compat, int argc, char **argv)
{
	struct terminal err;
	struct fault fault;

	terminal_init(&err, stderr);
	if (options_parse(options, commands, argc, argv, &fault) != 0)
		return terminal_fail(&err, &fault);
	if (options->show != SHOW_NOTHING) {
		show(options);
		return EX_OK;
	}
	if (open_log(options, &fault) != 0 ||
	    recorder_open(options, &fault) != 0)
		return terminal_fail(&err, &fault);
	options_warn(options);
	compat_warn(compat);
	int status = options->command->run(options);
	trace_close();
	return status;
}

/* Also under the name of the program whose place it can take. */
static int
start(int argc, char **argv)
{
	struct compat compat = { 0 };
	struct options options;
	struct terminal err;
	struct fault fault;
	int status = 0;

	terminal_init(&err, stderr);
	options_init(&options);
	if (compat_take(&compat, &argc, &argv, &fault) == 0)
		status = run(&options, &compat, argc, argv);
	else
		status = terminal_fail(&err, &fault);
	options_reset(&options);
	compat_reset(&compat);
	return terminal_finish(status);
}

int
main(int argc, char **argv)
{
	os_prepare();
	os_harden();
	libraries_prepare();
	if (is_hidden(argc, argv, "authorizer"))
		return authorizer_main();
	if (is_hidden(argc, argv, "paste"))
		return paste_main();
	return start(argc, argv);
}
