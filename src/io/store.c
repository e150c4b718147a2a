/* SPDX-License-Identifier: ISC */
/*
 * Records as files. A record is replaced by rename alone, so a reader, or a
 * writer killed anywhere, leaves the old one or the new one. Knows nothing of
 * what records mean, and takes no lock by itself.
 */
#include "io/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/store_folder.h"
#include "wire/json.h"

enum {
	KEY_LEN = 64,
	NAME_SIZE = 128,
	TEMP_RANDOM = 8,          /* bytes */
	TEMP_MAX_AGE_S = 60 * 60, /* no write takes so long */
	PROBE_SIZE = 16 * 1024,   /* more than a record needs */
	CORRUPT_KEPT = 9,
	/* A good record may replace a corrupt one while that is moved aside. */
	READ_ATTEMPTS = 3,
};

static const char suffix[] = ".json";
static const char temp_prefix[] = ".new-";
static const char home_hint[] =
    "Make the folder mcp-bridge in $XDG_STATE_HOME (~/.local/state) and "
    "everything in it yours alone: chown, then chmod -R go-rwx";

const char *const store_folder_names[STORE_KIND_COUNT] = {
	[STORE_ACCESS] = "access",
	[STORE_GRANT] = "grant",
	[STORE_REGISTRATION] = "registration",
	[STORE_LOGIN] = "login",
	[STORE_SERVER] = "server",
};

int
store_fault_errno(const char *what, struct fault *f)
{
	int error = errno;

	fault_set(f, FAULT_STORE, "Cannot %s the credential store: %s", what,
	    strerror(error));
	if (f != NULL && error == ENOSPC)
		snprintf(f->action, sizeof(f->action), "Free disk space");
	return -1;
}

/* `what` is a predicate: "is a symbolic link". */
static int
fault_unsafe(const char *what, struct fault *f)
{
	fault_set(f, FAULT_STORE, "A part of the credential store %s", what);
	if (f != NULL)
		snprintf(f->action, sizeof(f->action), "%s", home_hint);
	return -1;
}

/* */
static int
check_private(int fd, mode_t type, struct fault *f)
{
	struct stat st = { 0 };

	if (fstat(fd, &st) == -1)
		return store_fault_errno("look at", f);
	if ((st.st_mode & S_IFMT) != type)
		return fault_unsafe("is no plain file or folder", f);
	if (st.st_uid != geteuid())
		return fault_unsafe("belongs to another user", f);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return fault_unsafe("is open to other users", f);
	return 0;
}

int
store_open_folder(int at, const char *name, struct fault *f)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = -1;

	if (mkdirat(at, name, S_IRWXU) == -1 && errno != EEXIST)
		return store_fault_errno("create", f);
	fd = openat(at, name, flags);
	if (fd == -1 && (errno == ELOOP || errno == ENOTDIR))
		return fault_unsafe("is a symbolic link or no folder", f);
	if (fd == -1)
		return store_fault_errno("open", f);
	if (check_private(fd, S_IFDIR, f) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The base directory specification: relative values are ignored. */
static char *
state_home(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		return mem_string(state);
	if (home == NULL || home[0] != '/') {
		const struct passwd *user = getpwuid(geteuid());

		home = user != NULL ? user->pw_dir : NULL;
	}
	if (home == NULL || home[0] != '/')
		return NULL;
	return mem_format("%s/.local/state", home);
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

static bool
is_temp(const char *name)
{
	return strncmp(name, temp_prefix, strlen(temp_prefix)) == 0;
}

/* What writers that were killed left behind. */
static void
sweep(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	time_t now = time(NULL);
	struct stat st = { 0 };

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	for (const struct dirent *entry = readdir(dir); entry != NULL;
	     entry = readdir(dir)) {
		if (is_temp(entry->d_name) &&
		    fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    now - st.st_mtime > TEMP_MAX_AGE_S)
			(void)unlinkat(folder, entry->d_name, 0);
	}
	closedir(dir);
}

static int
open_folders(struct store *store, int root, struct fault *f)
{
	for (size_t i = 0; i < STORE_KIND_COUNT; i++) {
		store->folders[i] =
		    store_open_folder(root, store_folder_names[i], f);
		if (store->folders[i] == -1)
			return -1;
		sweep(store->folders[i]);
	}
	store->locks = store_open_folder(root, "lock", f);
	return store->locks == -1 ? -1 : 0;
}

struct store *
store_open(struct fault *f)
{
	char *home = state_home();
	struct store *store = NULL;
	int root = -1;
	int done = -1;

	if (home == NULL) {
		fault_set(f, FAULT_STORE, "There is no home directory");
		return NULL;
	}
	store = mem_alloc(1, sizeof(*store));
	store->where = mem_format("%s/mcp-bridge", home);
	free(home);
	store->locks = -1;
	for (size_t i = 0; i < STORE_KIND_COUNT; i++)
		store->folders[i] = -1;

	create_parents(store->where);
	root = store_open_folder(AT_FDCWD, store->where, f);
	if (root != -1) {
		done = open_folders(store, root, f);
		close(root);
	}
	if (done == -1)
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
	free(s->where);
	free(s);
	*store = NULL;
}

const char *
store_where(const struct store *store)
{
	return store->where;
}

static void
record_name(const char *key, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%.*s%s", KEY_LEN, key, suffix);
}

static void
corrupt_name(const char *key, unsigned number, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%.*s%s.corrupt-%u", KEY_LEN, key, suffix,
	    number);
}

/* Moves what was read aside, unless a good record has replaced it meanwhile.
 * The last of the names is used again and again. */
static void
quarantine(int folder, const char *key, const struct stat *read)
{
	char name[NAME_SIZE] = "", aside[NAME_SIZE] = "";
	struct stat st = { 0 };
	unsigned number = 0;

	record_name(key, name);
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_ino != read->st_ino)
		return;
	do {
		corrupt_name(key, ++number, aside);
	} while (number < CORRUPT_KEPT &&
		 fstatat(folder, aside, &st, AT_SYMLINK_NOFOLLOW) == 0);
	if (renameat(folder, name, folder, aside) == 0)
		log_warn("store", "moved an unreadable record aside: %s",
		    aside);
}

/* Reserved whole beforehand: growing would leave copies of secrets behind. */
static int
read_whole(int fd, size_t size, struct buf *out, struct fault *f)
{
	if (buf_reserve(out, size) == -1)
		return fault_set(f, FAULT_STORE, "A record is too large");
	while (out->len < size) {
		ssize_t got = read(fd, out->data + out->len, size - out->len);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return store_fault_errno("read", f);
		if (got == 0)
			break;
		out->len += (size_t)got;
	}
	if (out->data != NULL)
		out->data[out->len] = '\0';
	return 0;
}

static bool
is_record(struct span text)
{
	struct json_doc doc;

	return json_scan(text, LIMIT_AUTH_DEPTH, &doc) &&
	       doc.type == JSON_OBJECT;
}

/* `*sound` false: there is a file, but no record in it. */
static int
read_open(int fd, struct stat *st, bool *sound, struct buf *out,
    struct fault *f)
{
	if (check_private(fd, S_IFREG, f) == -1)
		return -1;
	if (fstat(fd, st) == -1)
		return store_fault_errno("look at", f);
	if (st->st_size > (off_t)LIMIT_STORE_RECORD) {
		*sound = false;
		return 0;
	}
	if (read_whole(fd, (size_t)st->st_size, out, f) == -1)
		return -1;
	*sound = is_record(buf_span(out));
	return 0;
}

int
store_read(struct store *store, enum store_kind kind, const char *key,
    struct buf *out, struct fault *f)
{
	/* Not to hang on a FIFO somebody put there. */
	const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	char name[NAME_SIZE] = "";

	record_name(key, name);
	for (unsigned i = 0; i < READ_ATTEMPTS; i++) {
		struct stat st = { 0 };
		bool sound = false;
		int fd = openat(store->folders[kind], name, flags);

		buf_wipe(out);
		if (fd == -1 && errno == ENOENT)
			return 0;
		if (fd == -1 && errno == ELOOP)
			return fault_unsafe("is a symbolic link", f);
		if (fd == -1)
			return store_fault_errno("open", f);
		int done = read_open(fd, &st, &sound, out, f);
		close(fd);
		if (done == 0 && sound)
			return 0;
		buf_wipe(out);
		if (done == -1)
			return -1;
		quarantine(store->folders[kind], key, &st);
	}
	return 0;
}

static int
write_whole(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t done = write(fd, bytes.ptr, bytes.len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return -1;
		bytes.ptr += done;
		bytes.len -= (size_t)done;
	}
	return 0;
}

/* A new file under a name of its own with `bytes` in it, on the disk. */
static int
write_temp(int folder, struct span bytes, char name[NAME_SIZE])
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	struct secret random = { 0 };
	int fd = -1;
	int done = -1;

	crypto_random_hex(TEMP_RANDOM, &random);
	snprintf(name, NAME_SIZE, "%s%s", temp_prefix,
	    secret_peek(&random).ptr);
	secret_reset(&random);
	fd = openat(folder, name, flags, S_IRUSR | S_IWUSR);
	if (fd == -1)
		return -1;
	if (write_whole(fd, bytes) == 0 && fsync(fd) == 0)
		done = 0;
	int error = errno;
	if (close(fd) == -1 && done == 0) {
		error = errno;
		done = -1;
	}
	if (done == -1)
		(void)unlinkat(folder, name, 0);
	errno = error;
	return done;
}

/* Some network file systems cannot do this to folders, and need not. */
static int
sync_folder(int folder)
{
	return fsync(folder) == -1 && errno != EINVAL ? -1 : 0;
}

int
store_write(struct store *store, enum store_kind kind, const char *key,
    struct span json, struct fault *f)
{
	int folder = store->folders[kind];
	char temp[NAME_SIZE] = "", name[NAME_SIZE] = "";

	if (json.len > LIMIT_STORE_RECORD)
		return fault_set(f, FAULT_STORE, "A record is too large");
	if (write_temp(folder, json, temp) == -1)
		return store_fault_errno("write to", f);
	record_name(key, name);
	if (renameat(folder, temp, folder, name) == -1) {
		store_fault_errno("write to", f);
		(void)unlinkat(folder, temp, 0);
		return -1;
	}
	if (sync_folder(folder) == -1)
		return store_fault_errno("write to", f);
	return 0;
}

int
store_remove(struct store *store, enum store_kind kind, const char *key,
    struct fault *f)
{
	int folder = store->folders[kind];
	char name[NAME_SIZE] = "";

	/* What was moved aside may hold a token as well. */
	for (unsigned i = 1; i <= CORRUPT_KEPT; i++) {
		corrupt_name(key, i, name);
		(void)unlinkat(folder, name, 0);
	}
	record_name(key, name);
	if (unlinkat(folder, name, 0) == -1)
		return errno == ENOENT ? 0 : store_fault_errno("change", f);
	if (sync_folder(folder) == -1)
		return store_fault_errno("change", f);
	return 0;
}

int
store_probe(struct store *store, enum store_kind kind, struct fault *f)
{
	static const char zeros[PROBE_SIZE];
	char name[NAME_SIZE] = "";

	if (write_temp(store->folders[kind], span_make(zeros, sizeof(zeros)),
		name) == -1)
		return store_fault_errno("write to", f);
	(void)unlinkat(store->folders[kind], name, 0);
	return 0;
}

/* One step of FNV-1a, eight bytes wide. */
static uint64_t
mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3);
}

uint64_t
store_stamp(struct store *store, enum store_kind kind, const char *key)
{
	char name[NAME_SIZE] = "";
	struct stat st = { 0 };
	uint64_t stamp = UINT64_C(0xcbf29ce484222325);

	record_name(key, name);
	if (fstatat(store->folders[kind], name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	stamp = mix(stamp, (uint64_t)st.st_ino);
	stamp = mix(stamp, (uint64_t)st.st_size);
	stamp = mix(stamp, (uint64_t)st.st_mtim.tv_sec);
	stamp = mix(stamp, (uint64_t)st.st_mtim.tv_nsec);
	stamp = mix(stamp, (uint64_t)st.st_ctim.tv_sec);
	stamp = mix(stamp, (uint64_t)st.st_ctim.tv_nsec);
	return stamp != 0 ? stamp : 1;
}

static bool
is_record_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == KEY_LEN &&
	       strcmp(name + KEY_LEN, suffix) == 0;
}

int
store_each(struct store *store, enum store_kind kind,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f)
{
	int fd = openat(store->folders[kind], ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	struct buf json = { 0 };
	bool more = true;
	int result = 0;

	if (dir == NULL) {
		store_fault_errno("list", f);
		if (fd != -1)
			close(fd);
		return -1;
	}
	buf_init(&json, LIMIT_STORE_RECORD);
	for (const struct dirent *entry = readdir(dir); more && entry != NULL;
	     entry = readdir(dir)) {
		char key[KEY_LEN + 1] = "";

		if (!is_record_name(entry->d_name))
			continue;
		memcpy(key, entry->d_name, KEY_LEN);
		/* One bad record does not hide the others. */
		if (store_read(store, kind, key, &json,
			result == 0 ? f : NULL) == -1)
			result = -1;
		else if (json.len > 0)
			more = each(ctx, key, buf_span(&json));
	}
	buf_wipe(&json);
	closedir(dir);
	return result;
}
