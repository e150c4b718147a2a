/* SPDX-License-Identifier: ISC */
/*
 * Records as files of a folder. A record is replaced by rename alone, so a
 * reader, or a writer killed anywhere, leaves the old one or the new one. Knows
 * nothing of what records mean, and takes no lock by itself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "io/store_p.h"

enum {
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

int
store_fault_errno(const char *what, struct fault *f)
{
	int error = errno;

	fault_set(f, FAULT_STORE, "Cannot %s the credential store: %s", what,
	    strerror(error));
	if (f != NULL && error == ENOSPC)
		fault_advise(f, "Free disk space");
	return -1;
}

/* `what` is a predicate: "is a symbolic link". */
static int
fault_unsafe(const char *what, struct fault *f)
{
	fault_set(f, FAULT_STORE, "A part of the credential store %s", what);
	if (f != NULL)
		fault_advise(f, "%s", home_hint);
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
	int fd = openat(at, name, flags);

	if (fd == -1 && errno == ENOENT) {
		if (mkdirat(at, name, S_IRWXU) == -1 && errno != EEXIST)
			return store_fault_errno("create", f);
		fd = openat(at, name, flags);
	}
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

static void
record_name(const char *key, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%.*s%s", STORE_KEY_LEN, key, suffix);
}

static void
corrupt_name(const char *key, unsigned number, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%.*s%s.corrupt-%u", STORE_KEY_LEN, key,
	    suffix, number);
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
	*sound = store_is_record(buf_span(out));
	return 0;
}

int
file_read(int folder, const char *key, struct buf *out, struct fault *f)
{
	/* Not to hang on a FIFO somebody put there. */
	const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	char name[NAME_SIZE] = "";

	record_name(key, name);
	for (unsigned i = 0; i < READ_ATTEMPTS; i++) {
		struct stat st = { 0 };
		bool sound = false;
		int fd = openat(folder, name, flags);

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
		quarantine(folder, key, &st);
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
file_write(int folder, const char *key, struct span json, struct fault *f)
{
	char temp[NAME_SIZE] = "", name[NAME_SIZE] = "";

	sweep(folder);
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
file_remove(int folder, const char *key, struct fault *f)
{
	char name[NAME_SIZE] = "";

	sweep(folder);
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
file_probe(int folder, struct fault *f)
{
	static const char zeros[PROBE_SIZE];
	char name[NAME_SIZE] = "";

	if (write_temp(folder, span_make(zeros, sizeof(zeros)), name) == -1)
		return store_fault_errno("write to", f);
	(void)unlinkat(folder, name, 0);
	return 0;
}

/* One step of FNV-1a, eight bytes wide. */
static uint64_t
mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3);
}

uint64_t
file_stamp(int folder, const char *key)
{
	char name[NAME_SIZE] = "";
	struct stat st = { 0 };
	uint64_t stamp = UINT64_C(0xcbf29ce484222325);

	record_name(key, name);
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
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
	return strspn(name, "0123456789abcdef") == STORE_KEY_LEN &&
	       strcmp(name + STORE_KEY_LEN, suffix) == 0;
}

int
file_each(int folder,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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
		char key[STORE_KEY_LEN + 1] = "";

		if (!is_record_name(entry->d_name))
			continue;
		memcpy(key, entry->d_name, STORE_KEY_LEN);
		/* One bad record does not hide the others. */
		if (file_read(folder, key, &json, result == 0 ? f : NULL) == -1)
			result = -1;
		else if (json.len > 0)
			more = each(ctx, key, buf_span(&json));
	}
	buf_wipe(&json);
	closedir(dir);
	return result;
}

/*
 * The backend
 */

static int
read_record(struct store *store, enum store_kind kind, const char *key,
    struct buf *out, struct fault *f)
{
	return file_read(store->folders[kind], key, out, f);
}

static int
write_record(struct store *store, enum store_kind kind, const char *key,
    struct span json, struct fault *f)
{
	return file_write(store->folders[kind], key, json, f);
}

static int
remove_record(struct store *store, enum store_kind kind, const char *key,
    struct fault *f)
{
	return file_remove(store->folders[kind], key, f);
}

static int
probe(struct store *store, enum store_kind kind, struct fault *f)
{
	return file_probe(store->folders[kind], f);
}

static uint64_t
stamp(struct store *store, enum store_kind kind, const char *key)
{
	return file_stamp(store->folders[kind], key);
}

static int
each_record(struct store *store, enum store_kind kind,
    bool (*each)(void *ctx, const char *key, struct span json), void *ctx,
    struct fault *f)
{
	return file_each(store->folders[kind], each, ctx, f);
}

const struct store_backend store_file_backend = {
	.read = read_record,
	.write = write_record,
	.remove = remove_record,
	.probe = probe,
	.stamp = stamp,
	.each = each_record,
};
