/* SPDX-License-Identifier: ISC */
/*
 * The table of commands.
 */
#include "cli/commands.h"

const struct command commands[] = {
	{
	    .bit = COMMAND_RUN,
	    .operand = OPERAND_URL,
	    .usage = "[options] URL",
	    .summary = "Connect a host on stdin and stdout to the server",
	    .purpose = "Connects a host that speaks MCP over stdin and stdout "
		       "to the remote MCP server at URL, signing in through "
		       "the browser where the server asks for it.",
	    .run = cmd_run,
	},
	{
	    .name = "login",
	    .bit = COMMAND_LOGIN,
	    .operand = OPERAND_URL,
	    .usage = "[options] URL",
	    .summary = "Sign in to the server now",
	    .purpose = "Signs in to the server at URL through the browser and "
		       "keeps the tokens for every bridge to it.",
	    .run = cmd_login,
	},
	{
	    .name = "logout",
	    .bit = COMMAND_LOGOUT,
	    .operand = OPERAND_URL_OR_ALL,
	    .usage = "[options] URL | --all",
	    .summary = "Revoke and forget the tokens of a server",
	    .purpose = "Revokes the tokens for the server at URL, or for all "
		       "servers, and removes them from the store.",
	    .run = cmd_logout,
	},
	{
	    .name = "status",
	    .bit = COMMAND_STATUS,
	    .operand = OPERAND_OPTIONAL_URL,
	    .usage = "[options] [URL]",
	    .summary = "Show who is signed in where",
	    .purpose = "Shows the sign-in of the server at URL, or of all "
		       "servers: issuer, client, scopes, expiry, pending "
		       "logins. Never a token.",
	    .run = cmd_status,
	},
	{
	    .name = "doctor",
	    .bit = COMMAND_DOCTOR,
	    .operand = OPERAND_URL,
	    .usage = "[options] URL",
	    .summary = "Find out what is wrong, and what to do about it",
	    .purpose = "Examines everything between this computer and the "
		       "server at URL, from the name lookup to the event "
		       "stream, and names a remedy for what is wrong. Nothing "
		       "is changed: no sign-in, no registration, no tool.",
	    .run = cmd_doctor,
	},
	{
	    .name = "config",
	    .bit = COMMAND_CONFIG,
	    .operand = OPERAND_HOST_AND_URL,
	    .usage = "[options] HOST URL | --list",
	    .summary = "Show or write the entry for a host's settings",
	    .purpose = "Shows what to put into the settings of HOST, such as "
		       "claude-desktop or vscode, for the server at URL; with "
		       "--write, puts it there. Options of the bridge become "
		       "part of the entry.",
	    .run = cmd_config,
	},
	{
	    .name = "import",
	    .bit = COMMAND_IMPORT,
	    .operand = OPERAND_FILES,
	    .usage = "[--write] [FILE ...]",
	    .summary = "Move over from mcp-remote, sign-ins included",
	    .purpose = "Looks for entries of mcp-remote in the settings of "
		       "the hosts it knows, or in each FILE, and shows what "
		       "they become; with --write, changes them and takes "
		       "over the sign-ins that mcp-remote keeps.",
	    .run = cmd_import,
	},
	{
	    .name = "mcp-remote",
	    .bit = COMMAND_REMOTE,
	    .operand = OPERAND_URL,
	    .usage = "URL [PORT] [FLAGS]",
	    .summary = "Stand in for mcp-remote, with its flags",
	    .purpose = "Connects a host to the server at URL as the program "
		       "mcp-remote would, of which it takes all flags; see "
		       "mcp-bridge(1). A link of that name does the same.",
	    .run = cmd_run,
	},
	{
	    .name = "call",
	    .bit = COMMAND_CALL,
	    .operand = OPERAND_URL_AND_REQUEST,
	    .usage = "[options] URL METHOD [PARAMS | NAME [ARGUMENTS]]",
	    .summary = "Send one request and print its result",
	    .purpose = "Sends one request to the server at URL, signed in as "
		       "its bridges are, and prints the result as JSON. "
		       "PARAMS is a JSON object, @FILE, or - for standard "
		       "input. With tools/call and prompts/get, NAME and its "
		       "ARGUMENTS will do.",
	    .run = cmd_call,
	},
	{
	    .name = "tools",
	    .bit = COMMAND_TOOLS,
	    .operand = OPERAND_URL,
	    .usage = "[options] URL",
	    .summary = "Show the tools of a server",
	    .purpose = "Shows the tools of the server at URL and what "
		       "arguments they take.",
	    .run = cmd_tools,
	},
	{
	    .name = "trace",
	    .bit = COMMAND_TRACE,
	    .operand = OPERAND_FILE,
	    .usage = "[--html PAGE] FILE",
	    .summary = "Show what --trace has recorded",
	    .purpose = "Shows who said what to whom, and how long it took, "
		       "from a file that a bridge or a sign-in recorded with "
		       "--trace.",
	    .run = cmd_trace,
	},
	{ 0 },
};
