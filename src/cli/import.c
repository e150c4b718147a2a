/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge import`: entries of mcp-remote become entries of this program,
 * and its sign-ins ours. Shows what it would do; does it with --write.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/adopt.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/compat.h"
#include "cli/entry.h"
#include "cli/foreign.h"
#include "cli/hosts.h"
#include "cli/option_table.h"
#include "cli/terminal.h"
#include "io/file.h"
#include "wire/json.h"

/* One run of the command. */
struct import {
	const struct options *options;
	char *command; /* owned: this program */
	struct terminal out, err;
	size_t found;
	int status;
};

/* Where in a file a table of entries is. */
struct place {
	const char *above[2]; /* what leads to the section; NULL ends it */
};

/* One entry on its way. */
struct move {
	struct import *import;
	const struct host_app *app;
	const struct place *place;
	struct span entry;
	char *name;         /* owned */
	struct list words;  /* as it is */
	struct list args;   /* as its arguments will be */
	struct compat ours; /* what they mean */
};

/* The value of a header or of a client's secret, unless it is elsewhere. */
static bool
is_secret_behind(const char *before, const char *word)
{
	return (strcmp(before, "--header") == 0 ||
		   strcmp(before, "--client-secret") == 0 ||
		   strcmp(before, "--static-oauth-client-info") == 0) &&
	       word[0] != '@' && strstr(word, "${") == NULL;
}

static void
print_words(struct terminal *t, const struct list *words)
{
	char shown[LIMIT_URL];
	const char *before = "";

	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->items[i];
		size_t name = is_secret_behind(before, word) ?
				  strcspn(word, ":{") :
				  strlen(word);

		terminal_print(t, STYLE_PLAIN, " %s%s",
		    log_text(shown, sizeof(shown), span_make(word, name)),
		    word[name] != '\0' ? " ***" : "");
		before = word;
	}
	terminal_print(t, STYLE_PLAIN, "\n");
}

static void
report(struct import *import, enum style style, const char *what,
    const char *text)
{
	terminal_print(&import->out, STYLE_DIM, "  %-8s ", what);
	terminal_print(&import->out, style, "%s\n", text);
}

/*
 * Sign-ins
 */

/* Headers are the server's business alone, and their variables the host's. */
static bool
is_of_login(const struct option_row *row)
{
	return (row->commands & COMMAND_LOGIN) != 0 &&
	       strcmp(row->name, "header") != 0 &&
	       strcmp(row->name, "header-file") != 0;
}

static void
make_login(const struct list *args, struct list *out)
{
	list_add(out, "mcp-bridge");
	list_add(out, "login");
	for (size_t i = 0; i < args->count; i++) {
		const char *arg = args->items[i];
		const struct option_row *row =
		    strncmp(arg, "--", 2) == 0 ? option_named(arg + 2) : NULL;
		bool takes_value = row != NULL && row->argument != NULL;

		if (row == NULL || is_of_login(row)) {
			list_add(out, arg);
			if (takes_value)
				list_add(out, args->items[i + 1]);
		}
		i += takes_value;
	}
}

static char *
entry_variable(const struct move *m, const char *name)
{
	struct span env = { 0 }, value = { 0 };

	if (!json_get(m->entry, m->app->env_key, &env) ||
	    !json_get(env, name, &value))
		return NULL;
	return json_string_dup(value, LIMIT_URL);
}

static void
take_files(struct move *m, const struct foreign_files *files)
{
	const struct foreign_login login = {
		.tokens = buf_span(&files->tokens),
		.client = buf_span(&files->client),
		.saved_at_s = files->saved_at_s,
	};
	struct options options;
	struct list argv = { 0 };
	struct fault f;
	bool done = false;
	int rc = 0;

	options_init(&options);
	make_login(&m->ours.args, &argv);
	rc = options_parse(&options, commands, (int)argv.count, argv.items, &f);
	if (rc == 0)
		rc = adopt_login(&options.auth, &login, &done, &f);
	if (rc == 0) {
		report(m->import, STYLE_GOOD, "sign-in",
		    done ? "taken over; no login is needed" :
			   "you are signed in already");
	} else {
		char *text = mem_format("not taken over: %s", fault_text(&f));

		report(m->import, STYLE_WARNING, "sign-in", text);
		free(text);
	}
	options_reset(&options);
	list_reset(&argv);
}

static void
take_login(struct move *m)
{
	struct foreign_files files = { 0 };
	char *folder = NULL;

	if (m->ours.key[0] == '\0') {
		report(m->import, STYLE_WARNING, "sign-in",
		    "not taken over: its file is named by MD5, which OpenSSL "
		    "is not allowed here (FIPS)");
		return;
	}
	folder = entry_variable(m, "MCP_REMOTE_CONFIG_DIR");
	foreign_files_read(&files, folder, m->ours.key);
	if (files.tokens.len == 0)
		report(m->import, STYLE_DIM, "sign-in", "none is kept");
	else if (m->import->options->write)
		take_files(m, &files);
	else
		report(m->import, STYLE_PLAIN, "sign-in",
		    "is kept, and would be taken over");
	foreign_files_reset(&files);
	free(folder);
}

/*
 * Entries
 */

/* Which account, and where its tokens are, is for the entry as well. */
static void
add_own_options(struct move *m)
{
	const struct auth_config *auth = &m->import->options->auth;

	if (strcmp(auth->profile, "default") != 0) {
		list_add(&m->ours.args, "--profile");
		list_add(&m->ours.args, auth->profile);
	}
	if (auth->store != NULL) {
		list_add(&m->ours.args, "--store");
		list_add(&m->ours.args, auth->store);
	}
}

/* Its own words where a secret would have to be moved, else ours. */
static void
choose_args(struct move *m, size_t at)
{
	const struct list *from = &m->ours.args;
	size_t start = 0;

	if (m->ours.has_secret || m->ours.client) {
		list_add(&m->args,
		    m->ours.client ? "mcp-remote-client" : "mcp-remote");
		from = &m->words;
		start = at + 1;
	}
	for (size_t i = start; i < from->count; i++)
		list_add(&m->args, from->items[i]);
}

static void
show_move(struct move *m)
{
	struct import *import = m->import;
	char shown[161];

	terminal_print(&import->out, STYLE_BOLD, "%s\n",
	    log_text(shown, sizeof(shown), span_of(m->name)));
	terminal_print(&import->out, STYLE_DIM, "  %-8s", "was");
	print_words(&import->out, &m->words);
	terminal_print(&import->out, STYLE_DIM, "  %-8s ",
	    import->options->write ? "is" : "becomes");
	terminal_print(&import->out, STYLE_PLAIN, "%s", import->command);
	print_words(&import->out, &m->args);
	for (size_t i = 0; i < m->ours.notes.count; i++)
		report(import, STYLE_WARNING, "note", m->ours.notes.items[i]);
}

static int
put_list(struct buf *out, const struct list *list)
{
	if (json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		if (json_put_string(out, span_of(list->items[i])) == -1)
			return -1;
	}
	return json_close(out, ']');
}

static int
set_member(const struct move *m, const char *member, const struct buf *value,
    struct buf *text, struct fault *f)
{
	const char *path[6] = { NULL };
	size_t depth = 0;
	struct buf next;
	int rc = 0;

	while (depth < 2 && m->place->above[depth] != NULL) {
		path[depth] = m->place->above[depth];
		depth++;
	}
	path[depth++] = m->app->section;
	path[depth++] = m->name;
	path[depth] = member;
	buf_init(&next, LIMIT_SETTINGS_FILE);
	rc = settings_set(m->app->format, buf_span(text), path, buf_span(value),
	    &next, f);
	if (rc == 0)
		buf_take(text, &next);
	buf_wipe(&next);
	return rc;
}

static int
rewrite(const struct move *m, struct buf *text, struct fault *f)
{
	struct buf command, args;
	int rc = -1;

	buf_init(&command, LIMIT_MESSAGE);
	buf_init(&args, LIMIT_MESSAGE);
	if (json_put_string(&command, span_of(m->import->command)) == -1 ||
	    put_list(&args, &m->args) == -1)
		fault_set(f, FAULT_TOO_LARGE, "The entry is too large");
	else if (set_member(m, m->app->command_key, &command, text, f) == 0)
		rc = set_member(m, "args", &args, text, f);
	buf_wipe(&command);
	buf_wipe(&args);
	return rc;
}

/* What becomes of one entry, in `text`. */
static int
move_entry(struct move *m, struct buf *text, struct fault *f)
{
	size_t at = 0;
	int rc = 0;

	foreign_words(m->app, m->entry, &m->words);
	at = foreign_find(&m->words);
	if (at == m->words.count)
		return 0;
	m->import->found++;
	m->ours.client = strstr(m->words.items[at], "client") != NULL;
	rc = compat_translate(&m->ours, (int)(m->words.count - at - 1),
	    m->words.items + at + 1, false, f);
	if (rc == 0 && m->ours.url == NULL)
		rc = fault_set(f, FAULT_CONFIG, "\"%.64s\" names no URL",
		    m->name);
	if (rc == -1)
		return -1;
	add_own_options(m);
	choose_args(m, at);
	show_move(m);
	take_login(m);
	return rewrite(m, text, f);
}

static void
move_end(struct move *m)
{
	free(m->name);
	list_reset(&m->words);
	list_reset(&m->args);
	compat_reset(&m->ours);
}

/*
 * Files
 */

static void
fail(struct import *import, const char *path, struct fault *f)
{
	if (f->detail[0] == '\0')
		fault_detail(f, span_of(path));
	fflush(stdout);
	import->status = terminal_fail(&import->err, f);
}

/* A file being changed. */
struct file_of {
	struct import *import;
	const struct host_app *app;
	struct span was;
	struct buf *text; /* as it will be */
};

/* The key of a member. Caller frees; NULL: too long. */
static char *
key_text(struct span key)
{
	return json_string_dup(span_make(key.ptr - 1, key.len + 2), LIMIT_URL);
}

static int
import_section(const struct file_of *of, const struct place *place,
    struct span section, struct fault *f)
{
	struct json_iter it;
	struct span key, entry;
	int rc = 0;

	json_iter_init(&it, section);
	while (rc == 0 && json_next(&it, &key, &entry)) {
		struct move m = {
			.import = of->import,
			.app = of->app,
			.place = place,
			.entry = entry,
			.name = key_text(key),
		};

		if (m.name != NULL)
			rc = move_entry(&m, of->text, f);
		move_end(&m);
	}
	return rc;
}

/* Tables of one project each, in the user's own file. */
static int
import_projects(const struct file_of *of, struct fault *f)
{
	const char *name = of->app->projects;
	struct buf projects;
	struct json_iter it;
	struct span key, project, section;
	int rc = 0;

	if (name == NULL)
		return 0;
	buf_init(&projects, LIMIT_SETTINGS_FILE);
	rc = settings_read(of->app->format, of->was, name, &projects, f);
	json_iter_init(&it, buf_span(&projects));
	while (rc == 0 && json_next(&it, &key, &project)) {
		char *folder = key_text(key);
		const struct place place = { { name, folder } };

		if (folder != NULL &&
		    json_get(project, of->app->section, &section) &&
		    json_type_of(section) == JSON_OBJECT)
			rc = import_section(of, &place, section, f);
		free(folder);
	}
	buf_wipe(&projects);
	return rc;
}

static int
import_tables(const struct file_of *of, struct fault *f)
{
	const struct place top = { { NULL } };
	struct buf section;
	int rc = 0;

	buf_init(&section, LIMIT_MESSAGE);
	rc = settings_read(of->app->format, of->was, of->app->section, &section,
	    f);
	if (rc == 0)
		rc = import_section(of, &top, buf_span(&section), f);
	if (rc == 0)
		rc = import_projects(of, f);
	buf_wipe(&section);
	return rc;
}

static void
import_file(struct import *import, const struct host_app *app, const char *path)
{
	struct file file;
	struct buf text;
	struct fault f;
	size_t before = import->found;
	int rc = file_open(&file, path, &f);

	buf_init(&text, LIMIT_SETTINGS_FILE);
	const struct file_of of = {
		.import = import,
		.app = app,
		.was = buf_span(&file.text),
		.text = &text,
	};
	if (rc == 0 && buf_add_span(&text, buf_span(&file.text)) == -1)
		rc = fault_set(&f, FAULT_TOO_LARGE, "The file is too large");
	if (rc == 0 && file.text.len > 0)
		rc = import_tables(&of, &f);
	if (rc == 0 && import->options->write && import->found > before)
		rc = file_replace(&file, buf_span(&text), &f);
	if (rc == -1)
		fail(import, path, &f);
	else if (import->found > before)
		terminal_print(&import->out, STYLE_PLAIN, "%s %s\n\n",
		    import->options->write ? "Written:" : "In", path);
	buf_wipe(&text);
	file_close(&file);
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* A file a person names may be of any host that writes its language. */
static void
import_named(struct import *import, const char *path)
{
	enum settings_format format = SETTINGS_JSON;
	const char *done[8] = { NULL };
	size_t count = 0;

	if (ends_with(path, ".toml"))
		format = SETTINGS_TOML;
	else if (ends_with(path, ".yaml") || ends_with(path, ".yml"))
		format = SETTINGS_YAML;
	for (const struct host_app *app = host_apps;
	     app->id != NULL && import->status == EX_OK; app++) {
		bool known = app->format != format;

		for (size_t i = 0; i < count; i++)
			known = known || strcmp(done[i], app->section) == 0;
		if (known || count == sizeof(done) / sizeof(done[0]))
			continue;
		done[count++] = app->section;
		import_file(import, app, path);
	}
}

static void
import_host(struct import *import, const struct host_app *app, bool project)
{
	char *path = host_app_file(app, project);

	if (path != NULL && access(path, F_OK) == 0)
		import_file(import, app, path);
	free(path);
}

int
cmd_import(const struct options *options)
{
	struct import import = {
		.options = options,
		.command = entry_command(),
		.status = EX_OK,
	};

	terminal_init(&import.out, stdout);
	terminal_init(&import.err, stderr);
	for (size_t i = 0; i < options->operands.count; i++)
		import_named(&import, options->operands.items[i]);
	for (const struct host_app *app = host_apps;
	     options->operands.count == 0 && app->id != NULL; app++) {
		import_host(&import, app, false);
		import_host(&import, app, true);
	}
	if (import.found == 0 && import.status == EX_OK)
		terminal_print(&import.out, STYLE_PLAIN,
		    "No entry of mcp-remote is there\n");
	else if (import.found > 0 && !options->write)
		terminal_print(&import.out, STYLE_DIM,
		    "Nothing has been changed; --write does it.\n");
	free(import.command);
	return import.status;
}
