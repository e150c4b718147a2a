/* SPDX-License-Identifier: ISC */
/*
 * Locks between processes. flock, since the kernel frees it with its
 * holder and since closing another descriptor of the file does not. Lock files
 * are never unlinked: a waiter would then hold the lock of a file that nobody
 * finds any more. Where the store is memory, its locks are bytes far behind the
 * records.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/store_p.h"

enum {
	NAME_SIZE = 128,
	RETRY_FIRST_MS = 2,
	RETRY_MAX_MS = 64,
};

struct store_lock {
	int fd;   /* owned, but where `at` is not 0 */
	off_t at; /* the byte of the memory that stands for it; 0: a file */
};

enum outcome {
	LOCK_TAKEN,
	LOCK_HELD,    /* by another process */
	LOCK_USELESS, /* no locks on this file system */
	LOCK_FAILED,  /* errno says why */
	LOCK_REPORTED /* the fault does */
};

static bool
cannot_lock(int error)
{
	return error == ENOLCK || error == EOPNOTSUPP || error == ENOTSUP ||
	       error == ENOSYS;
}

static int
set_byte(int fd, off_t at, short type)
{
	struct flock range = {
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1,
	};

	return fcntl(fd, F_SETLK, &range);
}

static enum outcome
try_lock(const struct store_lock *lock)
{
	for (;;) {
		int rc = lock->at != 0 ? set_byte(lock->fd, lock->at, F_WRLCK) :
					 flock(lock->fd, LOCK_EX | LOCK_NB);

		if (rc == 0)
			return LOCK_TAKEN;
		if (errno == EINTR)
			continue;
		if (errno == EWOULDBLOCK || errno == EACCES)
			return LOCK_HELD;
		return cannot_lock(errno) ? LOCK_USELESS : LOCK_FAILED;
	}
}

static void
sleep_ms(unsigned ms)
{
	struct timespec pause = { .tv_nsec = (long)ms * 1000000 };

	nanosleep(&pause, NULL);
}

/* By polling: neither kind of lock has a time limit of its own. */
static enum outcome
wait_for_lock(const struct store_lock *lock, unsigned wait_ms)
{
	uint64_t deadline_ms = os_monotonic_ms() + wait_ms;
	unsigned pause_ms = RETRY_FIRST_MS;

	for (;;) {
		enum outcome outcome = try_lock(lock);

		if (outcome != LOCK_HELD || os_monotonic_ms() >= deadline_ms)
			return outcome;
		sleep_ms(pause_ms);
		if (pause_ms < RETRY_MAX_MS)
			pause_ms *= 2;
	}
}

/* Opened for writing, since NFS turns flock into a write lock. */
static enum outcome
lock_in(int folder, const char *name, unsigned wait_ms, int *fd)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
	enum outcome outcome = LOCK_FAILED;

	*fd = openat(folder, name, flags, S_IRUSR | S_IWUSR);
	if (*fd == -1)
		return LOCK_FAILED;
	const struct store_lock lock = { .fd = *fd };
	outcome = wait_for_lock(&lock, wait_ms);
	if (outcome != LOCK_TAKEN) {
		int error = errno;

		close(*fd);
		*fd = -1;
		errno = error;
	}
	return outcome;
}

/* $XDG_RUNTIME_DIR is local memory on every system that has it. */
static int
open_runtime_folder(struct fault *f)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *path = NULL;
	int folder = -1;

	if (runtime == NULL || runtime[0] != '/')
		return fault_set(f, FAULT_STORE,
		    "The credential store's file system has no locks and "
		    "XDG_RUNTIME_DIR is not set");
	path = mem_format("%s/mcp-bridge", runtime);
	folder = store_open_folder(AT_FDCWD, path, f);
	free(path);
	return folder;
}

static int
lock_at_runtime(const char *name, unsigned wait_ms, enum outcome *outcome,
    int *fd, struct fault *f)
{
	int folder = open_runtime_folder(f);

	if (folder == -1)
		return -1;
	log_warn("store",
	    "no locks where the records are; using XDG_RUNTIME_DIR");
	*outcome = lock_in(folder, name, wait_ms, fd);
	close(folder);
	return 0;
}

/* Which byte: names that share one by chance would wait for each other. */
static off_t
byte_of(const char *name)
{
	const uint64_t far = UINT64_C(1) << 40;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return (off_t)(far + hash % far);
}

static enum outcome
lock_file(struct store *store, const char *name, unsigned wait_ms,
    struct store_lock *lock, struct fault *f)
{
	enum outcome outcome = lock_in(store->locks, name, wait_ms, &lock->fd);

	if (outcome == LOCK_USELESS &&
	    lock_at_runtime(name, wait_ms, &outcome, &lock->fd, f) == -1)
		return LOCK_REPORTED;
	return outcome;
}

int
store_lock(struct store *store, enum store_kind kind, const char *key,
    unsigned wait_ms, struct store_lock **lock, struct fault *f)
{
	char name[NAME_SIZE] = "";
	struct store_lock wanted = { .fd = -1 };
	enum outcome outcome = LOCK_FAILED;

	snprintf(name, sizeof(name), "%s-%.64s", store_folder_names[kind], key);
	if (store->memory != NULL) {
		wanted.fd = memory_fd(store->memory);
		wanted.at = byte_of(name);
		outcome = wait_for_lock(&wanted, wait_ms);
	} else {
		outcome = lock_file(store, name, wait_ms, &wanted, f);
	}
	switch (outcome) {
	case LOCK_TAKEN:
		*lock = mem_alloc(1, sizeof(**lock));
		**lock = wanted;
		return 0;
	case LOCK_HELD:
		return fault_set(f, FAULT_BUSY,
		    "Another process uses this part of the credential store");
	case LOCK_REPORTED:
		return -1;
	case LOCK_USELESS:
	case LOCK_FAILED:
		break;
	}
	return store_fault_errno("lock", f);
}

void
store_unlock(struct store_lock **lock)
{
	if (*lock == NULL)
		return;
	if ((*lock)->at != 0)
		(void)set_byte((*lock)->fd, (*lock)->at, F_UNLCK);
	else
		close((*lock)->fd);
	free(*lock);
	*lock = NULL;
}
