/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge config`: the entry for a host's settings, shown or written. It
 * names this program by its absolute path, since hosts start servers with
 * little in PATH.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/entry.h"
#include "cli/hosts.h"
#include "cli/terminal.h"
#include "io/file.h"
#include "wire/json.h"
#include "wire/jsonc.h"

/* One run of the command. */
struct change {
	const struct options *options;
	const struct host_app *app;
	struct host_entry entry;
	struct buf json; /* the entry, as JSON */
	char *path;      /* owned: of the host's file; NULL: none */
	struct terminal out, err;
};

static int
too_large(struct fault *f)
{
	return fault_set(f, FAULT_TOO_LARGE, "The entry is too large");
}

static int
open_change(struct change *c, struct fault *f)
{
	const struct options *o = c->options;

	c->app = host_app_find(o->host, f);
	if (c->app == NULL)
		return -1;
	if (o->project && c->app->project == NULL)
		return fault_set(f, FAULT_USAGE,
		    "%s has no settings for a project", c->app->name);
	c->path = host_app_file(c->app, o->project);
	entry_make(&c->entry, o);
	if (host_entry_write(c->app, &c->entry, &c->json) == -1)
		return too_large(f);
	return 0;
}

static void
close_change(struct change *c)
{
	host_entry_reset(&c->entry);
	buf_wipe(&c->json);
	free(c->path);
}

/*
 * What a person should know
 */

static void
warn(struct change *c, const char *text)
{
	fflush(stdout);
	terminal_print(&c->err, STYLE_WARNING, "Note: ");
	terminal_wrap(&c->err, text, 6, 6);
}

static void
warn_of_secrets(struct change *c)
{
	const struct options *o = c->options;

	for (size_t i = 0; i < o->entry_count; i++) {
		const struct entry_option *option = &o->entry[i];
		struct span value = secret_peek(&option->value);
		bool variable =
		    value.len > 0 && strstr(value.ptr, "${") != NULL;
		char *text = NULL;

		if (!option->secret)
			continue;
		if (variable)
			text = mem_format("the variables of --%s must be set "
					  "where %s starts the bridge, or in "
					  "\"%s\" of the entry.",
			    option->name, c->app->name, c->app->env_key);
		else
			text = mem_format("what --%s says is in the entry as "
					  "it is. Keep a secret out of the "
					  "file with ${VARIABLE} in its place"
					  "%s.",
			    option->name,
			    strcmp(option->name, "header") == 0 ?
				", or with --header-file" :
				"");
		warn(c, text);
		free(text);
	}
}

/*
 * Showing
 */

static void
print_quoted(struct terminal *t, const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./:=@%+,";

	if (word[0] != '\0' && strspn(word, safe) == strlen(word)) {
		terminal_print(t, STYLE_BOLD, "%s", word);
		return;
	}
	terminal_print(t, STYLE_BOLD, "'");
	for (size_t len = 0; *word != '\0'; word += len) {
		len = strcspn(word, "'");
		terminal_print(t, STYLE_BOLD, "%.*s", (int)len, word);
		if (word[len] != '\0') {
			terminal_print(t, STYLE_BOLD, "'\\''");
			len++;
		}
	}
	terminal_print(t, STYLE_BOLD, "'");
}

static void
show_cli(struct change *c)
{
	struct list words = { 0 };

	if (c->app->cli == NULL || c->options->project)
		return;
	host_entry_cli(c->app, &c->entry, &words);
	terminal_print(&c->out, STYLE_PLAIN, "\nOr let %s do it:\n\n ",
	    c->app->name);
	for (size_t i = 0; i < words.count; i++) {
		terminal_print(&c->out, STYLE_PLAIN, " ");
		print_quoted(&c->out, words.items[i]);
	}
	terminal_print(&c->out, STYLE_PLAIN, "\n");
	list_reset(&words);
}

static int
show(struct change *c, struct fault *f)
{
	const char *const path[] = { c->app->section, c->entry.name, NULL };
	struct buf text;
	int rc = 0;

	buf_init(&text, LIMIT_MESSAGE);
	rc = settings_set(c->app->format, span_make("", 0), path,
	    buf_span(&c->json), &text, f);
	if (rc == 0) {
		if (c->path != NULL)
			terminal_print(&c->out, STYLE_PLAIN, "%s reads %s:\n\n",
			    c->app->name, c->path);
		terminal_print(&c->out, STYLE_PLAIN, "%s", text.data);
		show_cli(c);
		if (c->path == NULL && c->app->note != NULL) {
			terminal_print(&c->out, STYLE_PLAIN, "\n");
			terminal_line(&c->out, c->app->note, 0, 0);
		} else {
			terminal_print(&c->out, STYLE_DIM,
			    "\n--write puts it into the file.\n");
		}
	}
	buf_wipe(&text);
	return rc;
}

/*
 * Writing
 */

enum standing { ABSENT, SAME, OTHER };

/* What stands in the file under that name. */
static int
look(const struct change *c, const struct file *file, enum standing *standing,
    struct fault *f)
{
	struct buf section;
	struct span found = { 0 };
	int rc = 0;

	buf_init(&section, LIMIT_MESSAGE);
	rc = settings_read(c->app->format, buf_span(&file->text),
	    c->app->section, &section, f);
	if (rc == 0) {
		bool there =
		    json_get(buf_span(&section), c->entry.name, &found);

		*standing = !there                                 ? ABSENT :
			    json_covers(found, buf_span(&c->json)) ? SAME :
								     OTHER;
	}
	buf_wipe(&section);
	return rc;
}

static int
replace(struct change *c, struct file *file, struct fault *f)
{
	const char *const path[] = { c->app->section, c->entry.name, NULL };
	struct buf text;
	int rc = -1;

	buf_init(&text, LIMIT_SETTINGS_FILE);
	if (settings_set(c->app->format, buf_span(&file->text), path,
		buf_span(&c->json), &text, f) == 0)
		rc = file_replace(file, buf_span(&text), f);
	buf_wipe(&text);
	return rc;
}

static int
refuse(const struct change *c, struct fault *f)
{
	fault_set(f, FAULT_CONFIG, "there is another entry \"%s\" in %.160s",
	    c->entry.name, c->path);
	fault_advise(f, "Give --name NAME for another one, or --force to "
			"replace it");
	return -1;
}

/* Where in the file something is wrong. */
static int
name_file(const struct change *c, struct fault *f)
{
	if (f->detail[0] == '\0')
		fault_detail(f, span_of(c->path));
	return -1;
}

static int
write_entry(struct change *c, struct fault *f)
{
	struct file file;
	enum standing standing = ABSENT;
	int rc = 0;

	if (c->path == NULL)
		return fault_set(f, FAULT_USAGE, "%s has no file to write: %s",
		    c->app->name, c->app->note);
	rc = file_open(&file, c->path, f);
	if (rc == 0 && look(c, &file, &standing, f) == -1)
		rc = name_file(c, f);
	if (rc == 0 && standing == OTHER && !c->options->force)
		rc = refuse(c, f);
	else if (rc == 0 && standing != SAME && replace(c, &file, f) == -1)
		rc = name_file(c, f);
	if (rc == 0) {
		terminal_print(&c->out, STYLE_GOOD,
		    standing == SAME ? "Already there" : "Written");
		terminal_print(&c->out, STYLE_PLAIN, ": \"%s\" in %s\n",
		    c->entry.name, c->path);
		if (standing != SAME && c->app->note != NULL)
			terminal_line(&c->out, c->app->note, 0, 0);
	}
	file_close(&file);
	return rc;
}

/*
 * --list
 */

/* The entries that start this program, by any path. */
static void
print_entries(struct terminal *t, const struct host_app *app,
    struct span section)
{
	struct json_iter it;
	struct span key, entry, command;
	char shown[161];

	json_iter_init(&it, section);
	while (json_next(&it, &key, &entry)) {
		char *text = json_get(entry, app->command_key, &command) ?
				 json_string_dup(command, LIMIT_URL) :
				 NULL;

		if (text != NULL && entry_is_bridge(text))
			terminal_print(t, STYLE_GOOD, "  %s",
			    log_text(shown, sizeof(shown), key));
		free(text);
	}
}

static void
list_host(struct terminal *t, const struct host_app *app)
{
	char *path = host_app_file(app, false);
	struct file file = { 0 };
	struct buf section;
	struct fault f;

	buf_init(&section, LIMIT_MESSAGE);
	terminal_print(t, STYLE_BOLD, "%-15s", app->id);
	terminal_print(t, STYLE_PLAIN, " %-23s", app->name);
	if (path == NULL) {
		terminal_print(t, STYLE_DIM, "(a dialog)");
	} else if (file_open(&file, path, &f) == 0) {
		terminal_print(t, file.exists ? STYLE_PLAIN : STYLE_DIM, "%s",
		    path);
		if (settings_read(app->format, buf_span(&file.text),
			app->section, &section, &f) == 0)
			print_entries(t, app, buf_span(&section));
		else
			terminal_print(t, STYLE_BAD, "  %s", fault_text(&f));
	} else {
		terminal_print(t, STYLE_BAD, "%s", fault_text(&f));
	}
	terminal_print(t, STYLE_PLAIN, "\n");
	file_close(&file);
	buf_wipe(&section);
	free(path);
}

int
cmd_config(const struct options *options)
{
	struct change change = { .options = options };
	struct fault f;
	int rc = 0;

	terminal_init(&change.out, stdout);
	terminal_init(&change.err, stderr);
	if (options->list) {
		for (const struct host_app *app = host_apps; app->id != NULL;
		     app++)
			list_host(&change.out, app);
		return EX_OK;
	}
	buf_init(&change.json, LIMIT_MESSAGE);
	rc = open_change(&change, &f);
	if (rc == 0)
		rc = options->write ? write_entry(&change, &f) :
				      show(&change, &f);
	if (rc == 0)
		warn_of_secrets(&change);
	close_change(&change);
	return rc == 0 ? EX_OK : terminal_fail(&change.err, &f);
}
