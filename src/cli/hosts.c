/* SPDX-License-Identifier: ISC */
/*
 * The table of hosts, and entries made by it.
 */
#include "cli/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/suggest.h"
#include "io/home.h"
#include "wire/json.h"

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Entries of MCP servers in JSON look the same in most hosts. */
#define USUAL                                                                  \
	.format = SETTINGS_JSON, .section = "mcpServers",                      \
	.command_key = "command", .env_key = "env"

const struct host_app host_apps[] = {
	{
	    USUAL,
	    .id = "claude-desktop",
	    .name = "Claude Desktop",
	    .dir_env = "XDG_CONFIG_HOME",
	    .dir = "~/.config",
	    .dir_mac = "~/Library/Application Support",
	    .file = "Claude/claude_desktop_config.json",
	    .note = "Quit Claude Desktop and start it again.",
	},
	{
	    USUAL,
	    .id = "claude-code",
	    .name = "Claude Code",
	    .projects = "projects",
	    .dir_env = "CLAUDE_CONFIG_DIR",
	    .dir = "~",
	    .file = ".claude.json",
	    .project = ".mcp.json",
	    .before = "\"type\":\"stdio\"",
	    .cli = WORDS("claude", "mcp", "add", "--scope", "user", "ENV",
		"NAME", "--", "COMMAND"),
	    .cli_env = "--env",
	},
	{
	    .id = "vscode",
	    .name = "VS Code",
	    .format = SETTINGS_JSON,
	    .section = "servers",
	    .dir_env = "XDG_CONFIG_HOME",
	    .dir = "~/.config",
	    .dir_mac = "~/Library/Application Support",
	    .file = "Code/User/mcp.json",
	    .project = ".vscode/mcp.json",
	    .before = "\"type\":\"stdio\"",
	    .command_key = "command",
	    .env_key = "env",
	    .cli = WORDS("code", "--add-mcp", "JSON"),
	},
	{
	    USUAL,
	    .id = "cursor",
	    .name = "Cursor",
	    .dir = "~/.cursor",
	    .file = "mcp.json",
	    .project = ".cursor/mcp.json",
	},
	{
	    .id = "zed",
	    .name = "Zed",
	    .format = SETTINGS_JSON,
	    .section = "context_servers",
	    .dir_env = "XDG_CONFIG_HOME",
	    .dir = "~/.config",
	    .dir_mac = "~/.config",
	    .file = "zed/settings.json",
	    .project = ".zed/settings.json",
	    .before = "\"source\":\"custom\"",
	    .command_key = "command",
	    .env_key = "env",
	    .always_env = true,
	},
	{
	    USUAL,
	    .id = "windsurf",
	    .name = "Windsurf",
	    .dir = "~/.codeium/windsurf",
	    .file = "mcp_config.json",
	    .note = "Press refresh in Windsurf's MCP settings.",
	},
	{
	    .id = "codex",
	    .name = "Codex",
	    .format = SETTINGS_TOML,
	    .section = "mcp_servers",
	    .dir_env = "CODEX_HOME",
	    .dir = "~/.codex",
	    .file = "config.toml",
	    .project = ".codex/config.toml",
	    .command_key = "command",
	    .env_key = "env",
	    .after = "\"startup_timeout_sec\":60",
	    .cli = WORDS("codex", "mcp", "add", "ENV", "NAME", "--", "COMMAND"),
	    .cli_env = "--env",
	},
	{
	    .id = "goose",
	    .name = "Goose",
	    .format = SETTINGS_YAML,
	    .section = "extensions",
	    .dir_env = "XDG_CONFIG_HOME",
	    .dir = "~/.config",
	    .dir_mac = "~/.config",
	    .file = "goose/config.yaml",
	    .before = "\"type\":\"stdio\",\"enabled\":true",
	    .has_name = true,
	    .command_key = "cmd",
	    .env_key = "envs",
	    .always_env = true,
	    .after = "\"env_keys\":[],\"timeout\":300",
	},
	{
	    USUAL,
	    .id = "gemini",
	    .name = "Gemini CLI",
	    .dir = "~/.gemini",
	    .file = "settings.json",
	    .project = ".gemini/settings.json",
	    .after = "\"timeout\":600000",
	    .cli = WORDS("gemini", "mcp", "add", "--scope", "user", "ENV",
		"NAME", "COMMAND"),
	    .cli_env = "--env",
	},
	{
	    USUAL,
	    .id = "jetbrains",
	    .name = "JetBrains AI Assistant",
	    .note = "Paste it: Settings > Tools > AI Assistant > Model Context "
		    "Protocol > Add > As JSON.",
	},
	{
	    USUAL,
	    .id = "junie",
	    .name = "JetBrains Junie",
	    .dir = "~/.junie/mcp",
	    .file = "mcp.json",
	    .project = ".junie/mcp/mcp.json",
	},
	{ .id = NULL },
};

const struct host_app *
host_app_find(const char *id, struct fault *f)
{
	struct suggestion suggestion;
	char shown[65];

	suggestion_init(&suggestion, id);
	for (const struct host_app *app = host_apps; app->id != NULL; app++) {
		if (strcmp(app->id, id) == 0)
			return app;
		suggestion_consider(&suggestion, app->id);
	}
	if (suggestion.best != NULL)
		fault_set(f, FAULT_USAGE,
		    "unknown host \"%.64s\"; did you mean \"%s\"?",
		    log_text(shown, sizeof(shown), span_of(id)),
		    suggestion.best);
	else
		fault_set(f, FAULT_USAGE, "unknown host \"%.64s\"",
		    log_text(shown, sizeof(shown), span_of(id)));
	fault_advise(f, "mcp-bridge config --list shows those there are");
	return NULL;
}

static bool
is_mac(void)
{
	struct utsname system;

	return uname(&system) == 0 && strcmp(system.sysname, "Darwin") == 0;
}

char *
host_app_file(const struct host_app *app, bool project)
{
	const char *dir = app->dir;
	const char *home = home_folder();
	const char *given = app->dir_env != NULL ? getenv(app->dir_env) : NULL;
	char here[LIMIT_URL] = "";

	if (project)
		return app->project == NULL ||
			       getcwd(here, sizeof(here)) == NULL ?
			   NULL :
			   mem_format("%s/%s", here, app->project);
	if (app->file == NULL)
		return NULL;
	if (app->dir_mac != NULL && is_mac())
		dir = app->dir_mac;
	else if (given != NULL && given[0] == '/')
		dir = given;
	if (dir[0] == '~')
		return mem_format("%s%s/%s", home != NULL ? home : "", dir + 1,
		    app->file);
	return mem_format("%s/%s", dir, app->file);
}

/*
 * Entries
 */

void
host_entry_reset(struct host_entry *entry)
{
	free(entry->name);
	free(entry->command);
	list_reset(&entry->args);
	list_reset(&entry->env);
	*entry = (struct host_entry){ 0 };
}

static int
put_text(struct buf *out, const char *key, const char *text)
{
	if (json_put_key(out, key) == -1)
		return -1;
	return json_put_string(out, span_of(text));
}

static int
put_args(struct buf *out, const struct list *args)
{
	if (json_put_key(out, "args") == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < args->count; i++) {
		if (json_put_string(out, span_of(args->items[i])) == -1)
			return -1;
	}
	return json_close(out, ']');
}

static int
put_env(struct buf *out, const char *key, const struct list *env)
{
	if (json_put_key(out, key) == -1 || json_open(out, '{') == -1)
		return -1;
	for (size_t i = 0; i + 1 < env->count; i += 2) {
		if (put_text(out, env->items[i], env->items[i + 1]) == -1)
			return -1;
	}
	return json_close(out, '}');
}

static int
put_raw(struct buf *out, const char *members)
{
	return members == NULL ? 0 : json_put_raw(out, span_of(members));
}

/* The members that start the server. */
static int
put_start(struct buf *out, const struct host_app *app,
    const struct host_entry *entry)
{
	if (put_text(out, app->command_key, entry->command) == -1 ||
	    put_args(out, &entry->args) == -1)
		return -1;
	if (entry->env.count == 0 && !app->always_env)
		return 0;
	return put_env(out, app->env_key, &entry->env);
}

int
host_entry_write(const struct host_app *app, const struct host_entry *entry,
    struct buf *out)
{
	if (json_open(out, '{') == -1 || put_raw(out, app->before) == -1 ||
	    (app->has_name && put_text(out, "name", entry->name) == -1) ||
	    put_start(out, app, entry) == -1 || put_raw(out, app->after) == -1)
		return -1;
	return json_close(out, '}');
}

static void
add_json(const struct host_app *app, const struct host_entry *entry,
    struct list *words)
{
	struct buf json;

	buf_init(&json, LIMIT_MESSAGE);
	if (json_open(&json, '{') == 0 &&
	    put_text(&json, "name", entry->name) == 0 &&
	    put_start(&json, app, entry) == 0 && json_close(&json, '}') == 0)
		list_add(words, json.data);
	buf_wipe(&json);
}

static void
add_word(const struct host_app *app, const struct host_entry *entry,
    const char *word, struct list *words)
{
	if (strcmp(word, "NAME") == 0) {
		list_add(words, entry->name);
	} else if (strcmp(word, "JSON") == 0) {
		add_json(app, entry, words);
	} else if (strcmp(word, "COMMAND") == 0) {
		list_add(words, entry->command);
		for (size_t i = 0; i < entry->args.count; i++)
			list_add(words, entry->args.items[i]);
	} else if (strcmp(word, "ENV") == 0) {
		for (size_t i = 0; i + 1 < entry->env.count; i += 2) {
			list_add(words, app->cli_env);
			list_addf(words, "%s=%s", entry->env.items[i],
			    entry->env.items[i + 1]);
		}
	} else {
		list_add(words, word);
	}
}

void
host_entry_cli(const struct host_app *app, const struct host_entry *entry,
    struct list *words)
{
	for (size_t i = 0; app->cli != NULL && app->cli[i] != NULL; i++)
		add_word(app, entry, app->cli[i], words);
}
