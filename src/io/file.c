/* SPDX-License-Identifier: ISC */
/*
 * Reading files whole, and replacing those of other programs.
 */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { PRIVATE = 0600, FOLDER = 0777, CHUNK = 64 * 1024 };

static int
fail(const struct file *file, const char *what, const char *why,
    struct fault *f)
{
	char shown[161] = "";

	return fault_set(f, FAULT_CONFIG, "Cannot %s %s: %s", what,
	    log_text(shown, sizeof(shown), span_of(file->path)), why);
}

static int
read_all(struct file *file, int fd, struct fault *f)
{
	ssize_t got = 1;

	while (got > 0) {
		if (buf_reserve(&file->text, CHUNK) == -1)
			return fail(file, "read", "it is too large", f);
		got = read(fd, file->text.data + file->text.len, CHUNK);
		if (got > 0)
			file->text.len += (size_t)got;
	}
	if (got == -1)
		return fail(file, "read", strerror(errno), f);
	if (file->text.len > 0)
		file->text.data[file->text.len] = '\0';
	return 0;
}

static int
open_and_read(struct file *file, const char *path, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc = 0;

	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || fstat(fd, &file->stat) == -1)
		rc = fail(file, "read", strerror(errno), f);
	else if (!S_ISREG(file->stat.st_mode))
		rc = fail(file, "read", "it is no file", f);
	else
		rc = read_all(file, fd, f);
	file->exists = rc == 0;
	if (fd != -1)
		close(fd);
	return rc;
}

int
file_open(struct file *file, const char *path, struct fault *f)
{
	char target[PATH_MAX] = "";

	*file = (struct file){ .path = mem_string(path) };
	/* A chunk more than the file may have is where reading stops. */
	buf_init(&file->text, LIMIT_SETTINGS_FILE + CHUNK);
	file->target =
	    mem_string(realpath(path, target) != NULL ? target : path);
	return open_and_read(file, file->target, f);
}

int
file_open_trusted(struct file *file, const char *path, struct fault *f)
{
	const struct stat *st = &file->stat;

	*file = (struct file){ .path = mem_string(path) };
	buf_init(&file->text, LIMIT_CONFIG_FILE + CHUNK);
	if (open_and_read(file, path, f) == -1)
		return -1;
	if (!file->exists)
		return 0;
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return fail(file, "trust", "another user owns it", f);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		fail(file, "trust", "others can write it", f);
		fault_advise(f, "chmod go-w %.200s", file->path);
		return -1;
	}
	return 0;
}

void
file_close(struct file *file)
{
	free(file->path);
	free(file->target);
	buf_wipe(&file->text);
	*file = (struct file){ 0 };
}

/* Every folder on the way to the file. */
static int
make_folders(const struct file *file, struct fault *f)
{
	char *path = mem_string(file->target);
	int rc = 0;

	for (char *at = strchr(path + 1, '/'); rc == 0 && at != NULL;
	     at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(path, FOLDER) == -1 && errno != EEXIST)
			rc = fail(file, "make the folder of", strerror(errno),
			    f);
		*at = '/';
	}
	free(path);
	return rc;
}

static int
write_all(int fd, struct span text)
{
	while (text.len > 0) {
		ssize_t put = write(fd, text.ptr, text.len);

		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return -1;
		text = span_make(text.ptr + put, text.len - (size_t)put);
	}
	return 0;
}

/* The owner first: giving a file away may take its mode. Where it cannot be
 * given away, it is ours. */
static int
take_over(int fd, const struct file *file)
{
	if (!file->exists)
		return 0;
	if (fchown(fd, file->stat.st_uid, file->stat.st_gid) == -1)
		log_debug("file", "the owner is not kept");
	return fchmod(fd, file->stat.st_mode & 07777);
}

/* A whole new file `to`, by way of a temporary one. */
static int
write_file(const struct file *file, const char *to, struct span text,
    struct fault *f)
{
	char *temp = mem_format("%s.new-%ld", to, (long)getpid());
	int rc = -1;
	int fd = open(temp,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, PRIVATE);

	if (fd != -1 && write_all(fd, text) == 0 && take_over(fd, file) == 0 &&
	    fsync(fd) == 0 && rename(temp, to) == 0)
		rc = 0;
	else
		fail(file, "write", strerror(errno), f);
	if (fd != -1) {
		close(fd);
		if (rc == -1)
			unlink(temp);
	}
	free(temp);
	return rc;
}

static void
sync_folder(const char *path)
{
	char *folder = mem_string(path);
	char *slash = strrchr(folder, '/');
	int fd = -1;

	if (slash != NULL)
		*slash = '\0';
	fd = open(slash == NULL   ? "." :
		  slash == folder ? "/" :
				    folder,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1) {
		(void)fsync(fd);
		close(fd);
	}
	free(folder);
}

/* Hosts write their settings, too. */
static bool
is_as_read(const struct file *file)
{
	struct stat now;

	if (stat(file->target, &now) == -1)
		return !file->exists && errno == ENOENT;
	return file->exists && now.st_ino == file->stat.st_ino &&
	       now.st_size == file->stat.st_size &&
	       now.st_mtime == file->stat.st_mtime;
}

static int
keep_old(const struct file *file, struct fault *f)
{
	char *backup = NULL;
	int rc = 0;

	if (!file->exists)
		return 0;
	backup = mem_format("%s.bak", file->target);
	rc = write_file(file, backup, buf_span(&file->text), f);
	free(backup);
	return rc;
}

int
file_replace(struct file *file, struct span text, struct fault *f)
{
	if (make_folders(file, f) == -1 || keep_old(file, f) == -1)
		return -1;
	if (!is_as_read(file)) {
		fail(file, "write", "it has changed meanwhile", f);
		fault_advise(f, "Close the host, then try again");
		return -1;
	}
	if (write_file(file, file->target, text, f) == -1)
		return -1;
	sync_folder(file->target);
	return 0;
}
