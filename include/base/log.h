/* SPDX-License-Identifier: ISC */
/*
 * Diagnostics to stderr and, if asked, to a file: one line each, "level
 * module: text". Bodies, tokens, codes and header values are logged at no
 * level; sizes, names and ids are. Text from a peer passes log_text first.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_SILENT, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* "silent" … "debug"; false for another word. */
bool log_level_parse(const char *word, enum log_level *level);

void log_set_level(enum log_level level);
/* A line of that level goes anywhere. */
bool log_enabled(enum log_level level);

/* Somebody else who wants each line, of whatever level, as its parts; NULL:
 * nobody. `text` has passed log_text. */
typedef void
log_tap(enum log_level level, const char *module, const char *text);
void log_set_tap(log_tap *tap);

/* "silent" … "debug". Static. */
const char *log_level_name(enum log_level level);

/* The time in UTC, as ISO 8601 has it: "2026-07-28T12:00:00.123Z". */
enum log_precision { LOG_MILLISECONDS = 3, LOG_MICROSECONDS = 6 };
void log_time(char *dst, size_t size, enum log_precision digits);

/* Appends to `path` as well, created 0600. -1 with errno set. */
int log_open(const char *path) __attribute__((warn_unused_result));

void log_error(const char *module, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(const char *module, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *module, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void log_debug(const char *module, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Copies peer text into `dst` (always terminated) as at most `size` - 1 bytes:
 * controls, ESC, invalid UTF-8 and bidirectional overrides become \xNN, a cut
 * ends in "...". Returns `dst`.
 */
char *log_text(char *dst, size_t size, struct span text);

#endif
