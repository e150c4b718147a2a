/* SPDX-License-Identifier: ISC */
/*
 * Reading a secret without leaving a copy of it behind. What it is good for is
 * not known here.
 */
#include "auth/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

/* -1 with errno. Stops one byte past the cap. */
static int
read_all(int fd, struct buf *text)
{
	ssize_t got = 1;

	while (text->len < text->max && got != 0) {
		got = read(fd, text->data + text->len, text->max - text->len);
		if (got == -1 && errno != EINTR)
			return -1;
		if (got > 0)
			text->len += (size_t)got;
	}
	return 0;
}

static int
take(int fd, const struct secret_file *file, struct secret *out,
    struct fault *f)
{
	struct buf text;
	int result = 0;

	buf_init(&text, file->max + 1);
	if (buf_reserve(&text, text.max) == -1 || read_all(fd, &text) == -1)
		result = fault_set(f, FAULT_CONFIG, "Cannot read %s: %s",
		    file->path, strerror(errno));
	while (text.len > 0 && (text.data[text.len - 1] == '\n' ||
				   text.data[text.len - 1] == '\r'))
		text.len--;
	if (result == 0 && text.len == 0)
		result = fault_set(f, FAULT_CONFIG, "The %s in %s is empty",
		    file->what, file->path);
	if (result == 0 && text.len > file->max)
		result = fault_set(f, FAULT_CONFIG, "The %s in %s is too long",
		    file->what, file->path);
	if (result == 0)
		secret_set(out, buf_span(&text));
	buf_wipe(&text);
	return result;
}

int
secret_file_read(const struct secret_file *file, struct secret *out,
    struct fault *f)
{
	struct stat st = { 0 };
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	secret_reset(out);
	if (fd == -1)
		return fault_set(f, FAULT_CONFIG, "Cannot open %s: %s",
		    file->path, strerror(errno));
	if (file->warn && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_warn("client", "others may read the %s in %s: chmod 600",
		    file->what, file->path);
	int result = take(fd, file, out, f);
	close(fd);
	return result;
}
