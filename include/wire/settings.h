/* SPDX-License-Identifier: ISC */
/*
 * One section of a host's settings, a table of entries by name, in the three
 * languages hosts use. Whatever the language, entries are read as JSON and
 * given as JSON; edits leave every line alone that they do not concern.
 */
#ifndef WIRE_SETTINGS_H
#define WIRE_SETTINGS_H

#include "base/buf.h"
#include "base/fault.h"

enum settings_format { SETTINGS_JSON, SETTINGS_TOML, SETTINGS_YAML };

/*
 * Appends the section as one JSON object, entries by name; "{}" where the text
 * has none. What this program never needs (dates, folded YAML texts) is null.
 * FAULT_CONFIG, with the line, where the text is broken or too unusual.
 */
int settings_read(enum settings_format format, struct span text,
    const char *section, struct buf *out, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * Appends the text with `path` (section, entry, and possibly a member of that
 * entry, then NULL) set to `value`, JSON: an object for an entry; anything but
 * an object for a member in TOML and YAML. FAULT_CONFIG where the text cannot
 * be edited safely: say so, and leave it to the person.
 */
int settings_set(enum settings_format format, struct span text,
    const char *const *path, struct span value, struct buf *out,
    struct fault *f) __attribute__((warn_unused_result));

#endif
