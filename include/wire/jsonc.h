/* SPDX-License-Identifier: ISC */
/*
 * Settings files of hosts: JSON with comments, commas before a closing bracket
 * and a byte order mark. Such a text has a shadow, plain JSON of the same
 * length: whatever wire/json finds in the shadow stands at the same offset in
 * the text, and an edit is a splice that leaves every other byte as it is.
 */
#ifndef WIRE_JSONC_H
#define WIRE_JSONC_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

/*
 * Writes the shadow, text.len bytes. Comments and a byte order mark become
 * spaces, a comma before a closing bracket a tab; line ends stay. False where a
 * comment does not end. Whether the shadow is JSON is for json_scan to say.
 */
bool jsonc_shadow(struct span text, char *shadow);

/*
 * The shadow of a whole file, checked: one JSON object, or nothing but white
 * space and comments (`*object` is then empty). `*shadow` is for the caller to
 * free. FAULT_CONFIG with the line.
 */
int jsonc_open(struct span text, char **shadow, struct span *object,
    struct fault *f) __attribute__((warn_unused_result));

/*
 * Appends to `out` the text with the member that `path` (ends with NULL) leads
 * to set to `value`, one JSON value. Objects that are missing are made, in an
 * empty text too; what is new is laid out as its neighbours are. FAULT_CONFIG
 * where the text is not as jsonc_open wants it, something on the way is no
 * object or stands there twice.
 */
int jsonc_set(struct span text, const char *const *path, struct span value,
    struct buf *out, struct fault *f) __attribute__((warn_unused_result));

/* `have` is `wanted`, or an object or a list of objects with more members: each
 * member and item of `wanted` is there with the same value, whatever the
 * spelling. Both are JSON. */
bool json_covers(struct span have, struct span wanted);

#endif
