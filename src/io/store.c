/* SPDX-License-Identifier: ISC */
/*
 * The front of the store: which backend keeps what, and what every backend may
 * rely on. Takes no lock by itself.
 */
#include "io/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/confine.h"
#include "io/home.h"
#include "io/store_p.h"
#include "wire/json.h"
#include "wire/words.h"

static const char command_prefix[] = "command:";

const char *const store_folder_names[STORE_KIND_COUNT] = {
	[STORE_ACCESS] = "access",
	[STORE_GRANT] = "grant",
	[STORE_REGISTRATION] = "registration",
	[STORE_LOGIN] = "login",
	[STORE_SERVER] = "server",
	[STORE_IDP] = "idp",
};

static bool
has_secrets(enum store_kind kind)
{
	return kind != STORE_LOGIN && kind != STORE_SERVER;
}

bool
store_is_record(struct span text)
{
	struct json_doc doc;

	return json_scan(text, LIMIT_AUTH_DEPTH, &doc) &&
	       doc.type == JSON_OBJECT;
}

bool
store_is_memory(const char *name)
{
	return name != NULL && strcmp(name, "memory") == 0;
}

bool
store_name_ok(const char *name, const char **why)
{
	static const char *const names[] = { "file", "secret-service", "pass",
		"keychain", "memory" };

	*why = "file, secret-service, pass, keychain, memory or command:PROG "
	       "is needed";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	if (!span_starts_with(span_of(name), command_prefix))
		return false;
	*why = "a program is needed behind \"command:\"";
	char **words = words_split(name + strlen(command_prefix));
	bool ok = words != NULL;
	words_free(&words);
	return ok;
}

/* Parents are the user's own business: links and modes there are left. */
static void
create_parents(char *path)
{
	for (char *at = strchr(path + 1, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(path, S_IRWXU);
		*at = '/';
	}
}

/* Records without secrets are files; the folders of the others are theirs, or
 * those of their index. */
static int
open_folders(struct store *store, int root, struct fault *f)
{
	int index = -1;
	int rc = 0;

	if (store->helper != NULL) {
		index =
		    store_open_folder(root, helper_folder(store->helper), f);
		rc = index == -1 ? -1 : 0;
	}
	for (size_t i = 0; rc == 0 && i < STORE_KIND_COUNT; i++) {
		bool indexed = index != -1 && has_secrets((enum store_kind)i);

		store->folders[i] = store_open_folder(indexed ? index : root,
		    store_folder_names[i], f);
		rc = store->folders[i] == -1 ? -1 : 0;
	}
	if (index != -1)
		close(index);
	if (rc == 0)
		store->locks = store_open_folder(root, "lock", f);
	return rc == 0 && store->locks != -1 ? 0 : -1;
}

/* NULL: nobody's. */
static char *
state_folder(void)
{
	char *home = home_xdg("XDG_STATE_HOME", ".local/state");
	char *path = home != NULL ? mem_format("%s/mcp-bridge", home) : NULL;

	free(home);
	return path;
}

static int
open_state(struct store *store, struct fault *f)
{
	char *path = state_folder();
	int root = -1;
	int rc = -1;

	if (path == NULL)
		return fault_set(f, FAULT_STORE, "There is no home directory");
	if (access(path, F_OK) == -1)
		create_parents(path);
	root = store_open_folder(AT_FDCWD, path, f);
	if (root != -1) {
		rc = open_folders(store, root, f);
		close(root);
	}
	if (store->helper != NULL) {
		store->where = mem_string(helper_where(store->helper));
		free(path);
	} else {
		store->where = path;
	}
	return rc;
}

static int
open_memory(struct store *store, int fd, struct fault *f)
{
	store->secrets = store->plain = &store_memory_backend;
	store->where = mem_string("memory of each bridge");
	store->memory = memory_open(fd, f);
	return store->memory != NULL ? 0 : -1;
}

struct store *
store_open(const struct store_choice *choice, struct fault *f)
{
	struct store *store = mem_alloc(1, sizeof(*store));
	const char *name =
	    choice != NULL && choice->name != NULL ? choice->name : "file";
	int rc = -1;

	store->secrets = store->plain = &store_file_backend;
	store->locks = -1;
	for (size_t i = 0; i < STORE_KIND_COUNT; i++)
		store->folders[i] = -1;
	if (store_is_memory(name)) {
		rc = open_memory(store, choice->memory_fd, f);
	} else {
		if (strcmp(name, "file") != 0) {
			store->secrets = &store_program_backend;
			store->helper = helper_new(name);
		}
		rc = open_state(store, f);
	}
	if (rc == -1)
		store_close(&store);
	return store;
}

void
store_close(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	for (size_t i = 0; i < STORE_KIND_COUNT; i++)
		if (s->folders[i] != -1)
			close(s->folders[i]);
	if (s->locks != -1)
		close(s->locks);
	helper_free(&s->helper);
	memory_close(&s->memory);
	free(s->where);
	free(s);
	*store = NULL;
}

static void
allow_folder(struct confine *c, const char *root, const char *name,
    enum confine_right right)
{
	char *path = mem_format("%s/%s", root, name);

	confine_allow(c, path, right);
	free(path);
}

/* Folders of the state that hold secrets are listed, since opening the store
 * opens them all. */
static void
confine_watcher(const char *name, const char *root, struct confine *c)
{
	struct helper *helper = NULL;

	confine_allow(c, root, CONFINE_LIST);
	allow_folder(c, root, store_folder_names[STORE_ACCESS], CONFINE_READ);
	allow_folder(c, root, store_folder_names[STORE_SERVER],
	    CONFINE_RECORDS);
	if (name == NULL || strcmp(name, "file") == 0)
		return;
	helper = helper_new(name);
	allow_folder(c, root, helper_folder(helper), CONFINE_READ);
	helper_free(&helper);
}

void
store_confine(const char *name, enum store_use use, struct confine *c)
{
	char *root = store_is_memory(name) ? NULL : state_folder();
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (root == NULL)
		return;
	if (use == STORE_USE_WATCH) {
		confine_watcher(name, root, c);
	} else {
		confine_allow(c, root, CONFINE_RECORDS);
		if (runtime != NULL && runtime[0] == '/')
			allow_folder(c, runtime, "mcp-bridge", CONFINE_RECORDS);
	}
	free(root);
}

const char *
store_where(const struct store *store)
{
	return store->where;
}

bool
store_asks_program(const struct store *store)
{
	return store->helper != NULL;
}

int
store_memory_fd(const struct store *store)
{
	return store->memory != NULL ? memory_fd(store->memory) : 0;
}

static const struct store_backend *
backend_of(const struct store *store, enum store_kind kind)
{
	return has_secrets(kind) ? store->secrets : store->plain;
}

int
store_read(struct store *store, enum store_kind kind, const char *key,
    struct buf *out, struct fault *f)
{
	buf_wipe(out);
	return backend_of(store, kind)->read(store, kind, key, out, f);
}

int
store_write(struct store *store, enum store_kind kind, const char *key,
    struct span json, struct fault *f)
{
	if (json.len > LIMIT_STORE_RECORD)
		return fault_set(f, FAULT_STORE, "A record is too large");
	return backend_of(store, kind)->write(store, kind, key, json, f);
}

int
store_remove(struct store *store, enum store_kind kind, const char *key,
    struct fault *f)
{
	return backend_of(store, kind)->remove(store, kind, key, f);
}

int
store_probe(struct store *store, enum store_kind kind, struct fault *f)
{
	return backend_of(store, kind)->probe(store, kind, f);
}

uint64_t
store_stamp(struct store *store, enum store_kind kind, const char *key)
{
	return backend_of(store, kind)->stamp(store, kind, key);
}

int
store_each(struct store *store, enum store_kind kind,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f)
{
	return backend_of(store, kind)->each(store, kind, each, ctx, f);
}
