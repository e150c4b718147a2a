/* SPDX-License-Identifier: ISC */
/*
 * How an entry starts this program.
 */
#include "cli/entry.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/spawn.h"

#define PROGRAM "mcp-bridge"

bool
entry_is_bridge(const char *command)
{
	const char *slash = strrchr(command, '/');

	return strcmp(slash != NULL ? slash + 1 : command, PROGRAM) == 0;
}

/* The first one in PATH, where it is `self`. */
static char *
find_in_path(const char *self)
{
	char *path = mem_string(getenv("PATH"));
	char *rest = path;
	char real[PATH_MAX] = "";
	char *found = NULL;

	while (found == NULL && rest != NULL) {
		const char *folder = strsep(&rest, ":");
		char *file = mem_format("%s/" PROGRAM, folder);

		if (folder[0] == '/' && access(file, X_OK) == 0) {
			if (realpath(file, real) == NULL ||
			    strcmp(real, self) != 0) {
				free(file);
				break;
			}
			found = mem_string(file);
		}
		free(file);
	}
	free(path);
	return found;
}

char *
entry_command(void)
{
	char *self = spawn_self();
	char *found = self != NULL ? find_in_path(self) : NULL;

	if (found != NULL) {
		free(self);
		return found;
	}
	return self != NULL ? self : mem_string(PROGRAM);
}

/* Labels that say only what kind of server it is. */
static bool
is_common_label(const char *label, size_t len)
{
	static const char *const labels[] = { "mcp", "www", "api", "remote",
		"server", "gateway" };

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (strlen(labels[i]) == len &&
		    strncmp(labels[i], label, len) == 0)
			return true;
	}
	return false;
}

char *
entry_name(const struct url *url)
{
	const char *host = url->host;
	size_t len = strcspn(host, ".");

	if (strchr(host, ':') != NULL ||
	    strspn(host, "0123456789.") == strlen(host))
		return mem_string("remote");
	while (host[len] == '.' && strchr(host + len + 1, '.') != NULL &&
	       is_common_label(host, len)) {
		host += len + 1;
		len = strcspn(host, ".");
	}
	return mem_copy(host, len);
}

static char *
absolute(const char *path)
{
	char here[PATH_MAX] = "";

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		return mem_string(path);
	return mem_format("%s/%s", here, path);
}

/* Several values of one variable stand on lines of their own. */
static void
add_variable(struct list *env, const char *name, const char *value)
{
	for (size_t i = 0; i + 1 < env->count; i += 2) {
		if (strcmp(env->items[i], name) == 0) {
			char *both =
			    mem_format("%s\n%s", env->items[i + 1], value);

			freezero(env->items[i + 1],
			    strlen(env->items[i + 1]) + 1);
			env->items[i + 1] = both;
			return;
		}
	}
	list_add(env, name);
	list_add(env, value);
}

void
entry_make(struct host_entry *entry, const struct options *options)
{
	*entry = (struct host_entry){ .command = entry_command() };
	if (options->name != NULL)
		entry->name = mem_string(options->name);
	else if (options->url_of_profile)
		entry->name = mem_string(options->auth.profile);
	else
		entry->name = entry_name(&options->url);
	if (!options->url_of_profile)
		list_add(&entry->args, options->auth.url);
	for (size_t i = 0; i < options->entry_count; i++) {
		const struct entry_option *option = &options->entry[i];
		struct span value = secret_peek(&option->value);
		char *text =
		    mem_copy(value.len > 0 ? value.ptr : "", value.len);

		if (option->is_file) {
			char *whole = absolute(text);

			free(text);
			text = whole;
		}
		if (option->secret) {
			add_variable(&entry->env, option->env, text);
		} else {
			list_addf(&entry->args, "--%s", option->name);
			if (value.len > 0)
				list_add(&entry->args, text);
		}
		freezero(text, strlen(text) + 1);
	}
}
