/* SPDX-License-Identifier: ISC */
/*
 * Options of the connection and of what is offered to the host; of one command
 * alone; and of every command.
 */
#include "cli/option_table.h"

#include <stddef.h>

#define BRIDGE (COMMAND_RUN | COMMAND_CONFIG)
#define RUN (BRIDGE | COMMAND_CALL | COMMAND_TOOLS)
#define LOGIN (COMMAND_LOGIN | COMMAND_DOCTOR)
#define LOGOUT COMMAND_LOGOUT
#define STATUS COMMAND_STATUS
#define CONFIG COMMAND_CONFIG
#define DOCTOR COMMAND_DOCTOR
#define IMPORT COMMAND_IMPORT
#define CALL COMMAND_CALL
#define TOOLS COMMAND_TOOLS
#define TRACE COMMAND_TRACE
#define EVERY COMMAND_EVERY
#define AT(member) offsetof(struct options, member)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct option_row connection[] = {
	{
	    .name = "header",
	    .letter = 'H',
	    .argument = "NAME: VALUE",
	    .env = "MCP_BRIDGE_HEADER",
	    .commands = RUN | LOGIN,
	    .help = "Send this header to the server. ${VAR} is replaced "
		    "from the environment. Repeatable.",
	    .repeatable = true,
	    .secret = true,
	    .set = set_header,
	},
	{
	    .name = "header-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_HEADER_FILE",
	    .commands = RUN | LOGIN,
	    .help = "Send the headers in FILE, one a line; # starts a "
		    "comment.",
	    .set = set_header_file,
	},
	{
	    .name = "transport",
	    .argument = "auto|http|sse",
	    .env = "MCP_BRIDGE_TRANSPORT",
	    .commands = RUN | DOCTOR,
	    .help = "How the server speaks: Streamable HTTP, the older "
		    "HTTP+SSE, or find out (default: auto).",
	    .set = set_transport,
	},
	{
	    .name = "discover-first",
	    .env = "MCP_BRIDGE_DISCOVER_FIRST",
	    .commands = RUN,
	    .help = "Ask the server whether it is one of 2026-07-28 before "
		    "an older host's initialize is sent to it.",
	    .set = set_flag,
	    .at = AT(discover_first),
	},
	{
	    .name = "http1.1",
	    .env = "MCP_BRIDGE_HTTP1_1",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Do not use HTTP/2.",
	    .set = set_flag,
	    .at = AT(auth.http1_only),
	},
	{
	    .name = "ipv4",
	    .env = "MCP_BRIDGE_IPV4",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Connect over IPv4 only.",
	    .set = set_flag,
	    .at = AT(auth.ipv4_only),
	},
	{
	    .name = "allow-http",
	    .env = "MCP_BRIDGE_ALLOW_HTTP",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Allow an unencrypted http:// URL to another "
		    "machine.",
	    .set = set_flag,
	    .at = AT(auth.allow_http),
	},
	{
	    .name = "ca-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_CA_FILE",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Trust the certificate authorities in FILE (PEM) "
		    "instead of the system's.",
	    .set = set_file,
	    .at = AT(auth.ca_file),
	},
	{
	    .name = "cert",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_CERT",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Client certificate, PEM or PKCS#12.",
	    .set = set_file,
	    .at = AT(auth.cert_file),
	},
	{
	    .name = "key",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_KEY",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Private key of the client certificate, where it "
		    "has a file of its own.",
	    .set = set_file,
	    .at = AT(auth.key_file),
	},
	{
	    .name = "proxy",
	    .argument = "URL|none",
	    .env = "MCP_BRIDGE_PROXY",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Use this proxy, or none, whatever http_proxy and "
		    "its like say.",
	    .secret = true,
	    .set = set_proxy,
	},
	{
	    .name = "connect-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_CONNECT_TIMEOUT",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "How long connecting may take (default: 30).",
	    .set = set_milliseconds,
	    .at = AT(auth.connect_timeout_ms),
	    .min = 1,
	    .max = 600,
	},
	{
	    .name = "request-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_REQUEST_TIMEOUT",
	    .commands = RUN,
	    .help = "How long the answer to a request may take; 0: for "
		    "ever (default: 1800).",
	    .set = set_milliseconds,
	    .at = AT(request_timeout_ms),
	    .min = 0,
	    .max = 86400,
	},
	{
	    .name = "headers-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_HEADERS_TIMEOUT",
	    .commands = RUN,
	    .help = "How long the head of a response may take; 0: for "
		    "ever, the default.",
	    .set = set_milliseconds,
	    .at = AT(patience.head_ms),
	    .min = 0,
	    .max = 86400,
	},
	{
	    .name = "body-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_BODY_TIMEOUT",
	    .commands = RUN,
	    .help = "How long a response may pause, unless it is an event "
		    "stream; 0: for ever, the default.",
	    .set = set_milliseconds,
	    .at = AT(patience.gap_ms),
	    .min = 0,
	    .max = 86400,
	},
	{
	    .name = "ping-interval",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_PING_INTERVAL",
	    .commands = RUN,
	    .help = "Ping the server so often in a session, to keep what is "
		    "idle open; 0: never, the default.",
	    .set = set_milliseconds,
	    .at = AT(ping_interval_ms),
	    .min = 0,
	    .max = 86400,
	},
	{
	    .name = "no-cookies",
	    .env = "MCP_BRIDGE_NO_COOKIES",
	    .commands = RUN,
	    .help = "Do not return the server's cookies to it. They are kept "
		    "in memory, for load balancers.",
	    .set = set_flag,
	    .at = AT(no_cookies),
	},
	{
	    .name = "sandbox",
	    .env = "MCP_BRIDGE_SANDBOX",
	    .commands = BRIDGE,
	    .help = "Confine the bridge to the files it needs, where the "
		    "system can; --version says whether it can.",
	    .set = set_flag,
	    .at = AT(auth.sandbox),
	},
};

const struct option_section options_connection = { "Connection", connection,
	COUNT(connection) };

static const struct option_row tools[] = {
	{
	    .name = "tool-allow",
	    .argument = "GLOB",
	    .env = "MCP_BRIDGE_TOOL_ALLOW",
	    .commands = RUN,
	    .help = "Offer only tools whose name matches, such as "
		    "'get_*'. Repeatable.",
	    .repeatable = true,
	    .set = set_tool_allow,
	},
	{
	    .name = "tool-deny",
	    .argument = "GLOB",
	    .env = "MCP_BRIDGE_TOOL_DENY",
	    .commands = RUN,
	    .help = "Hide and refuse tools whose name matches. "
		    "Repeatable.",
	    .repeatable = true,
	    .set = set_tool_deny,
	},
	{
	    .name = "tool-ignore-case",
	    .env = "MCP_BRIDGE_TOOL_IGNORE_CASE",
	    .commands = RUN,
	    .help = "Compare them with names without regard to case.",
	    .set = set_flag,
	    .at = AT(tool_ignore_case),
	},
	{
	    .name = "read-only",
	    .env = "MCP_BRIDGE_READ_ONLY",
	    .commands = RUN,
	    .help = "Offer only tools the server marks as read-only.",
	    .set = set_flag,
	    .at = AT(read_only),
	},
};

const struct option_section options_tools = { "Tools", tools, COUNT(tools) };

static const struct option_row command[] = {
	{
	    .name = "all",
	    .commands = LOGOUT,
	    .help = "Sign out of every server.",
	    .set = set_flag,
	    .at = AT(all),
	},
	{
	    .name = "json",
	    .commands = STATUS | DOCTOR | TOOLS,
	    .help = "Print JSON.",
	    .set = set_flag,
	    .at = AT(json),
	},
	{
	    .name = "urls",
	    .commands = STATUS,
	    .help = "Print the servers that are known, one URL a line.",
	    .set = set_flag,
	    .at = AT(urls),
	},
	{
	    .name = "profiles",
	    .commands = STATUS,
	    .help = "Print the profiles that are known, one name a line.",
	    .set = set_flag,
	    .at = AT(profiles),
	},
	{
	    .name = "pretty",
	    .commands = CALL,
	    .help = "Print JSON set in lines.",
	    .set = set_flag,
	    .at = AT(pretty),
	},
	{
	    .name = "html",
	    .argument = "FILE",
	    .commands = DOCTOR | TRACE,
	    .help = "Write one web page to FILE: the report as well, or the "
		    "trace instead.",
	    .set = set_text,
	    .at = AT(html_file),
	},
	{
	    .name = "refresh",
	    .commands = DOCTOR,
	    .help = "Renew the token, to see whether that works.",
	    .set = set_flag,
	    .at = AT(refresh),
	},
	{
	    .name = "name",
	    .argument = "NAME",
	    .commands = CONFIG,
	    .help = "Name of the entry (default: from the URL).",
	    .set = set_name,
	},
	{
	    .name = "write",
	    .commands = CONFIG | IMPORT,
	    .help = "Write it into the host's file, keeping the old one as "
		    "FILE.bak.",
	    .set = set_flag,
	    .at = AT(write),
	},
	{
	    .name = "dry-run",
	    .commands = IMPORT,
	    .help = "Change nothing; this is so without --write, too.",
	    .set = set_flag,
	    .at = AT(dry_run),
	},
	{
	    .name = "project",
	    .commands = CONFIG,
	    .help = "For the project in this folder instead of all of "
		    "yours.",
	    .set = set_flag,
	    .at = AT(project),
	},
	{
	    .name = "force",
	    .commands = CONFIG,
	    .help = "Replace another entry of that name.",
	    .set = set_flag,
	    .at = AT(force),
	},
	{
	    .name = "list",
	    .commands = CONFIG,
	    .help = "Show the hosts, their files and what is in them.",
	    .set = set_flag,
	    .at = AT(list),
	},
};

const struct option_section options_command = { "This command", command,
	COUNT(command) };

static const struct option_row general[] = {
	{
	    .name = "config",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_CONFIG",
	    .commands = EVERY,
	    .help = "Read options from FILE, see mcp-bridge-config(5) "
		    "(default: ~/.config/mcp-bridge/config).",
	    .early = true,
	    .set = set_file,
	    .at = AT(config_file),
	},
	{
	    .name = "no-config",
	    .env = "MCP_BRIDGE_NO_CONFIG",
	    .commands = EVERY,
	    .help = "Read options from no file.",
	    .early = true,
	    .set = set_flag,
	    .at = AT(no_config),
	},
	{
	    .name = "log-level",
	    .argument = "LEVEL",
	    .env = "MCP_BRIDGE_LOG_LEVEL",
	    .commands = EVERY,
	    .help = "What to report on stderr: silent, error, warn, "
		    "info or debug (default: warn).",
	    .set = set_log_level,
	},
	{
	    .name = "log-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_LOG_FILE",
	    .commands = EVERY,
	    .help = "Append the log to FILE as well.",
	    .set = set_text,
	    .at = AT(log_file),
	},
	{
	    .name = "trace",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_TRACE",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Record messages, HTTP exchanges and sign-in in FILE, "
		    "without secrets; see mcp-bridge trace.",
	    .set = set_text,
	    .at = AT(auth.trace_file),
	},
	{
	    .name = "version",
	    .letter = 'V',
	    .commands = EVERY | TRACE,
	    .help = "Print the version and exit.",
	    .set = set_version,
	},
	{
	    .name = "help",
	    .letter = 'h',
	    .commands = EVERY | TRACE,
	    .help = "Print this help and exit.",
	    .set = set_help,
	},
};

const struct option_section options_general = { "General", general,
	COUNT(general) };
