/* SPDX-License-Identifier: ISC */
/*
 * Diagnostics. A line is one write, so that lines of several processes do not
 * mix; what cannot be written is dropped, since nothing here may stop or end
 * the session.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Below PIPE_BUF: a pipe takes the line whole or not at all. */
	LINE_SIZE = 2048,
	TEXT_SIZE = LINE_SIZE - 128, /* leaves room for time and names */
};

static const char *const level_names[] = {
	[LOG_SILENT] = "silent",
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static enum log_level threshold = LOG_WARN;
static enum log_level audible = LOG_WARN; /* all, where there is a tap */
static log_tap *tap_fn;
static int file_fd = -1;

bool
log_level_parse(const char *word, enum log_level *level)
{
	const size_t count = sizeof(level_names) / sizeof(level_names[0]);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, level_names[i]) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void
log_set_level(enum log_level level)
{
	threshold = level;
	audible = tap_fn != NULL ? LOG_DEBUG : level;
}

void
log_set_tap(log_tap *tap)
{
	tap_fn = tap;
	log_set_level(threshold);
}

const char *
log_level_name(enum log_level level)
{
	return level_names[level];
}

bool
log_enabled(enum log_level level)
{
	return level != LOG_SILENT && level <= audible;
}

int
log_open(const char *path)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY;
	int fd = open(path, flags, S_IRUSR | S_IWUSR);

	if (fd == -1)
		return -1;
	if (file_fd != -1)
		close(file_fd);
	file_fd = fd;
	return 0;
}

/*
 * A reader that stopped reading must not stop us: poll says whether a line
 * fits without blocking, and also that a descriptor is closed or broken.
 */
static void
write_line(int fd, const char *line, size_t len)
{
	struct pollfd target = { .fd = fd, .events = POLLOUT };

	if (poll(&target, 1, 0) != 1 || target.revents != POLLOUT)
		return;
	while (len > 0) {
		ssize_t done = write(fd, line, len);
		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		line += done;
		len -= (size_t)done;
	}
}

void
log_time(char *dst, size_t size, enum log_precision digits)
{
	struct timespec now = { 0 };
	struct tm utc = { 0 };
	char seconds[32] = "";
	long fraction = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
	fraction = now.tv_nsec / (digits == LOG_MICROSECONDS ? 1000 : 1000000);
	snprintf(dst, size, "%s.%0*ldZ", seconds, (int)digits, fraction);
}

static void
print_line(enum log_level level, const char *module, const char *text)
{
	char when[48] = "";
	char line[LINE_SIZE] = "";

	log_time(when, sizeof(when), LOG_MILLISECONDS);
	snprintf(line, sizeof(line), "%s %s %.32s: %s\n", when,
	    level_names[level], module, text);

	const char *untimed = line + strlen(when) + 1;
	write_line(STDERR_FILENO, untimed, strlen(untimed));
	if (file_fd != -1)
		write_line(file_fd, line, strlen(line));
}

static void
log_line(enum log_level level, const char *module, const char *fmt,
    va_list args)
{
	int saved_errno = errno;
	char message[LINE_SIZE] = "";
	char text[TEXT_SIZE] = "";

	vsnprintf(message, sizeof(message), fmt, args);
	/* Once more for callers that forgot: never a second line or an ESC. */
	log_text(text, sizeof(text), span_of(message));
	if (level <= threshold)
		print_line(level, module, text);
	if (tap_fn != NULL)
		tap_fn(level, module, text);
	errno = saved_errno;
}

void
log_error(const char *module, const char *fmt, ...)
{
	va_list args;

	if (!log_enabled(LOG_ERROR))
		return;
	va_start(args, fmt);
	log_line(LOG_ERROR, module, fmt, args);
	va_end(args);
}

void
log_warn(const char *module, const char *fmt, ...)
{
	va_list args;

	if (!log_enabled(LOG_WARN))
		return;
	va_start(args, fmt);
	log_line(LOG_WARN, module, fmt, args);
	va_end(args);
}

void
log_info(const char *module, const char *fmt, ...)
{
	va_list args;

	if (!log_enabled(LOG_INFO))
		return;
	va_start(args, fmt);
	log_line(LOG_INFO, module, fmt, args);
	va_end(args);
}

void
log_debug(const char *module, const char *fmt, ...)
{
	va_list args;

	if (!log_enabled(LOG_DEBUG))
		return;
	va_start(args, fmt);
	log_line(LOG_DEBUG, module, fmt, args);
	va_end(args);
}

/*
 * The length of the UTF-8 character at `s` and its code point; 0 where the
 * bytes are no character.
 */
static size_t
decode_character(const unsigned char *s, size_t len, unsigned *point)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need = 0;

	if (s[0] < 0x80) {
		*point = s[0];
		return 1;
	}
	if (s[0] >= 0xc0)
		need = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	if (need == 0 || need > len)
		return 0;

	unsigned value = s[0] & (0x7fU >> need);
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3fU);
	}
	if (value < least[need] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return need;
}

/* What could forge a line or turn the order of the text around it. */
static bool
is_deceptive(unsigned point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
	       point == 0x061c || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

char *
log_text(char *dst, size_t size, struct span text)
{
	static const char ellipsis[] = "...";
	const unsigned char *src = (const unsigned char *)text.ptr;
	size_t used = 0;
	size_t cut = 0; /* where an ellipsis still fits */

	if (size == 0)
		return dst;
	for (size_t i = 0; i < text.len;) {
		unsigned point = 0;
		size_t taken = decode_character(src + i, text.len - i, &point);
		bool raw = taken > 0 && !is_deceptive(point);
		char piece[8] = "";

		if (raw)
			memcpy(piece, src + i, taken);
		else
			snprintf(piece, sizeof(piece), "\\x%02x", src[i]);
		if (used + strlen(piece) >= size) {
			snprintf(dst + cut, size - cut, "%s", ellipsis);
			return dst;
		}
		memcpy(dst + used, piece, strlen(piece));
		used += strlen(piece);
		i += raw ? taken : 1;
		if (used + sizeof(ellipsis) <= size)
			cut = used;
	}
	dst[used] = '\0';
	return dst;
}
