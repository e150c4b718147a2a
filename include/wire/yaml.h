/* SPDX-License-Identifier: ISC */
/*
 * As much of YAML as one section of a settings file needs: block mappings by
 * indentation, lists, plain and quoted texts, lists and maps on one line. What
 * else YAML has is passed over as null where it only stands beside, and refused
 * where an edit would have to understand it.
 */
#ifndef WIRE_YAML_H
#define WIRE_YAML_H

#include "base/buf.h"
#include "base/fault.h"

/* A line that is neither blank nor a comment. */
struct yaml_line {
	struct span all;  /* the line end included */
	struct span text; /* from its first byte that is no space */
	size_t indent;    /* spaces before it */
};

/* The first such line at or behind `at`; false at the end. */
bool yaml_line(struct span text, const char *at, struct yaml_line *line);

/* Splits "key: value"; both as written, the value without a comment behind it,
 * possibly empty. False where the line is nothing of the kind. */
bool yaml_pair(struct span line, struct span *key, struct span *value);

/* A key as written is `name`. */
bool yaml_key_is(struct span key, const char *name);

/* The lines that belong to the pair on `line`: deeper ones, and a list at its
 * own depth. */
struct span yaml_block(struct span text, const struct yaml_line *line);

/* The top-level pair `section`: 1 with its line, 0 where there is none. -1 with
 * FAULT_CONFIG where the text is no block mapping of one document. */
int yaml_section(struct span text, const char *section, struct yaml_line *line,
    struct fault *f) __attribute__((warn_unused_result));

/* settings_read and settings_set in YAML. */
int yaml_read(struct span text, const char *section, struct buf *out,
    struct fault *f) __attribute__((warn_unused_result));
int yaml_set(struct span text, const char *const *path, struct span value,
    struct buf *out, struct fault *f) __attribute__((warn_unused_result));

#endif
