/* SPDX-License-Identifier: ISC */
/*
 * Finding mcp-remote: in an entry, and on the disk.
 */
#include "cli/foreign.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/file.h"
#include "wire/json.h"

static void
add_string(struct list *words, struct span value)
{
	char *text = json_string_dup(value, LIMIT_CONFIG_FILE);

	if (text != NULL)
		list_add(words, text);
	free(text);
}

void
foreign_words(const struct host_app *app, struct span entry, struct list *words)
{
	struct json_iter it;
	struct span command = { 0 }, args = { 0 }, key, item;

	if (!json_get(entry, app->command_key, &command) ||
	    json_type_of(command) != JSON_STRING)
		return;
	add_string(words, command);
	if (!json_get(entry, "args", &args))
		return;
	json_iter_init(&it, args);
	while (json_next(&it, &key, &item))
		add_string(words, item);
}

/* The last part of a path, of either system. */
static const char *
base_name(const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++) {
		if (*path == '/' || *path == '\\')
			name = path + 1;
	}
	return name;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

/* What may stand before the package: programs that start packages, their
 * commands, options, settings. */
static bool
is_launcher(const char *word)
{
	static const char *const launchers[] = { "cmd", "cmd.exe", "c", "C",
		"npx", "npx.cmd", "npx.exe", "bunx", "pnpx", "pnpm", "pnpm.cmd",
		"dlx", "exec", "x", "yarn", "bun", "npm", "npm.cmd", "node",
		"node.exe", "deno", "run", "env", "mise", "volta", "fnm", "uvx",
		NULL };

	return word[0] == '-' || strchr(word, '=') != NULL ||
	       is_one_of(base_name(word), launchers);
}

/* mcp-remote, mcp-remote@latest, npm:mcp-remote, …/mcp-remote/dist/proxy.js */
static bool
is_package(const char *word)
{
	static const char *const names[] = { "mcp-remote", "mcp-remote-client",
		"mcp-remote.cmd", NULL };
	static const char *const files[] = { "proxy.js", "client.js", NULL };
	const char *name = base_name(word);
	char *bare = NULL;
	bool found = false;

	if (strncmp(name, "npm:", 4) == 0)
		name += 4;
	bare = mem_copy(name, strcspn(name, "@"));
	found = is_one_of(bare, names) ||
		(is_one_of(bare, files) && strstr(word, "mcp-remote") != NULL);
	free(bare);
	return found;
}

/* -p mcp-remote names the package, the program follows. */
static bool
is_package_option(const char *word)
{
	return strcmp(word, "-p") == 0 || strcmp(word, "--package") == 0;
}

size_t
foreign_find(const struct list *words)
{
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0 && is_package_option(words->items[i - 1]))
			continue;
		if (is_package(words->items[i]))
			return i;
		if (!is_launcher(words->items[i]))
			break;
	}
	return words->count;
}

/*
 * The store
 */

static void
read_one(struct buf *out, const char *folder, const char *key, const char *what,
    int64_t *saved_at_s)
{
	char *path = mem_format("%s/%s_%s.json", folder, key, what);
	struct file file;
	struct fault f;

	if (file_open(&file, path, &f) == 0 && file.exists &&
	    file.text.len <= LIMIT_AUTH_DOCUMENT) {
		buf_take(out, &file.text);
		if (saved_at_s != NULL)
			*saved_at_s = (int64_t)file.stat.st_mtime;
	}
	file_close(&file);
	free(path);
}

static void
read_both(struct foreign_files *files, const char *folder, const char *key)
{
	struct foreign_files found = { 0 };

	read_one(&found.tokens, folder, key, "tokens", &found.saved_at_s);
	read_one(&found.client, folder, key, "client_info", NULL);
	if (found.tokens.len > 0 && found.saved_at_s >= files->saved_at_s) {
		foreign_files_reset(files);
		*files = found;
	} else {
		foreign_files_reset(&found);
	}
}

void
foreign_files_read(struct foreign_files *files, const char *folder,
    const char *key)
{
	const char *home = getenv("HOME");
	const char *given =
	    folder != NULL ? folder : getenv("MCP_REMOTE_CONFIG_DIR");
	char *root = given != NULL && given[0] != '\0' ?
			 mem_string(given) :
			 mem_format("%s/.mcp-auth", home != NULL ? home : "");
	DIR *dir = opendir(root);
	const struct dirent *entry = dir != NULL ? readdir(dir) : NULL;

	*files = (struct foreign_files){ 0 };
	/* mcp-remote-v1 today; a folder a version before that. */
	for (; entry != NULL; entry = readdir(dir)) {
		char *path = mem_format("%s/%s", root, entry->d_name);

		if (strncmp(entry->d_name, "mcp-remote-", 11) == 0)
			read_both(files, path, key);
		free(path);
	}
	if (dir != NULL)
		closedir(dir);
	free(root);
}

void
foreign_files_reset(struct foreign_files *files)
{
	buf_wipe(&files->tokens);
	buf_wipe(&files->client);
	*files = (struct foreign_files){ 0 };
}
