/* SPDX-License-Identifier: ISC */
/*
 * As much of TOML 1.0 as settings files need: items in order, each with its
 * place in the text. Not a validator: what it passes over may still be wrong.
 */
#ifndef WIRE_TOML_H
#define WIRE_TOML_H

#include "base/buf.h"
#include "base/fault.h"

enum { TOML_PATH_MAX = 8 };

enum toml_kind { TOML_TABLE, TOML_ARRAY_TABLE, TOML_VALUE };

struct toml_item {
	enum toml_kind kind;
	struct span key;   /* as written, dots and quotes included */
	struct span value; /* of TOML_VALUE */
	struct span lines; /* whole lines, the line end included */
};

struct toml_iter {
	struct span text; /* private */
	size_t at;        /* private */
};

void toml_iter_init(struct toml_iter *it, struct span text);
/* 1 with an item, 0 at the end, -1 with FAULT_CONFIG. */
int toml_next(struct toml_iter *it, struct toml_item *item, struct fault *f)
    __attribute__((warn_unused_result));

/* The parts of a dotted key, decoded. */
struct toml_path {
	char *parts[TOML_PATH_MAX + 1]; /* owned; NULL behind the last */
	size_t count;
};
void toml_path_reset(struct toml_path *path);
/* Adds the parts of `key`; false where it is no key, or there are too many. */
bool toml_path_add(struct toml_path *path, struct span key);

/* Appends a value as JSON; dates and the like as null. -1 where it is broken,
 * or past the cap. */
int toml_to_json(struct span value, struct buf *out)
    __attribute__((warn_unused_result));

/* settings_read and settings_set in TOML. */
int toml_read(struct span text, const char *section, struct buf *out,
    struct fault *f) __attribute__((warn_unused_result));
int toml_set(struct span text, const char *const *path, struct span value,
    struct buf *out, struct fault *f) __attribute__((warn_unused_result));

#endif
