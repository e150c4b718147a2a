/* SPDX-License-Identifier: ISC */
/*
 * Texts and messages for a record that others may read. What is taken out:
 * secrets known by their value; what looks like a credential ("Bearer …", a
 * JWT, "token=…"); user, query, fragment and unguessable path segments of each
 * URL; in JSON also the values of members that are named like a secret. Long
 * strings are cut and say how long they were. What was taken out reads
 * "[redacted]", what was cut ends in "… (N bytes)".
 */
#ifndef WIRE_REDACT_H
#define WIRE_REDACT_H

#include "base/buf.h"
#include "base/span.h"

/* Values that are taken out wherever they stand; borrowed for the call. */
struct redact_known {
	const struct span *values;
	size_t count;
};

/* Appends `text`, the front of `whole` bytes or all of them, cut after about
 * `max`. -1 past the cap of `out`. */
int redact_text(struct buf *out, struct span text, size_t whole,
    const struct redact_known *known, size_t max)
    __attribute__((warn_unused_result));

/*
 * Appends a JSON value that json_scan accepted as another, of about `max`
 * bytes: what does not fit any more is left out, and "…" stands in its place.
 * -1 past the cap of `out`, for which twice `max` and 4 KiB are enough.
 */
int
redact_json(struct buf *out, struct span json, const struct redact_known *known,
    size_t max) __attribute__((warn_unused_result));

/* A member or parameter of this name holds a secret. */
bool redact_name(struct span name);

#endif
