/* SPDX-License-Identifier: ISC */
/*
 * JSON without a tree: one strict pass over the text (RFC 8259, UTF-8, depth
 * cap), then members as byte ranges of it. Values keep their lexemes, so what
 * is forwarded stays byte for byte what came; edits are splices.
 *
 * Everything but json_scan requires text that json_scan accepted; on other
 * text the result is meaningless but memory-safe.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum json_type {
	JSON_NONE, /* empty span: no such value */
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* What one pass found; empty when the text was rejected. */
struct json_doc {
	struct span value;   /* the one value, without outer white space */
	enum json_type type; /* of `value` */
	bool has_newline;    /* a raw CR or LF stands within `value` */
	size_t error_offset; /* where json_scan gave up */
	const char *error;   /* static text; NULL when accepted */
};

/*
 * Validates `text` as exactly one JSON value: strict grammar, strict UTF-8 (no
 * BOM), nesting <= max_depth (1 = a flat container; max 256). Escapes of lone
 * surrogates are valid JSON and accepted. Duplicate keys are accepted here.
 * Iterative; time linear in the text; no allocation.
 */
bool json_scan(struct span text, unsigned max_depth, struct json_doc *doc);

/* Members of a top-level object, found by their names within the same pass. */
struct json_members {
	const struct span *names; /* string literals */
	size_t count;             /* <= 32 */
	struct span *values;      /* the first of each name; else empty */
	uint32_t repeated;        /* a bit for each name that came again */
	/* One of `values`, or NULL: of what stands there, where it is an
	 * object, the member `inner_name` (a literal) is found, too. */
	const struct span *outer;
	struct span inner_name;
	struct span inner;
};
bool json_scan_members(struct span text, unsigned max_depth,
    struct json_members *members, struct json_doc *doc);

/* By its first byte. */
static inline enum json_type
json_type_of(struct span value)
{
	if (value.len == 0)
		return JSON_NONE;
	switch (value.ptr[0]) {
	case 'n':
		return JSON_NULL;
	case 'f':
		return JSON_FALSE;
	case 't':
		return JSON_TRUE;
	case '"':
		return JSON_STRING;
	case '[':
		return JSON_ARRAY;
	case '{':
		return JSON_OBJECT;
	default:
		return JSON_NUMBER;
	}
}

/* Walks the members of an object, or the items of an array (`key` is then
 * empty). A scalar has none. */
struct json_iter {
	struct span rest; /* private */
	bool keyed;       /* private: it walks an object */
};
void json_iter_init(struct json_iter *it, struct span container);
bool json_next(struct json_iter *it, struct span *key, struct span *value);

/*
 * The value of member `key` of an object; the first one where keys repeat
 * (escapes in keys are decoded for the comparison). False, and an empty span,
 * when absent or `object` is no object.
 */
bool json_get(struct span object, const char *key, struct span *value);

/* Follows member names downwards; `path` ends with NULL. */
bool
json_get_path(struct span object, const char *const *path, struct span *value);

/* True where an object, at its top level, holds a key twice, however it is
 * escaped. Sorts the keys. */
bool json_has_duplicate_key(struct span object);

/* A string value, or a key span from json_next, equals `text` once decoded. */
bool json_string_is(struct span value, const char *text);
bool json_key_is(struct span key, const char *text);

/* private: of a key that is none of them as it stands */
size_t
json_key_find_escaped(struct span key, const struct span *names, size_t count);

/* The first of `names` (string literals) that a key span equals once decoded;
 * `count` where none does. */
static inline size_t
json_key_find(struct span key, const struct span *names, size_t count)
{
	bool longer = false; /* as an escape is than what it stands for */

	for (size_t i = 0; i < count; i++) {
		if (span_equal(key, names[i]))
			return i;
		longer |= key.len > names[i].len;
	}
	return longer ? json_key_find_escaped(key, names, count) : count;
}

/* Appends the decoded string to `out`: -1, with `out` reset, when `value` is no
 * string, has a lone surrogate, or passes the cap. The result may hold NUL. */
int json_string(struct span value, struct buf *out)
    __attribute__((warn_unused_result));

/* The decoded string as fresh storage, NULL when no string, longer than `max`,
 * or holding NUL or a lone surrogate. Caller frees. */
char *json_string_dup(struct span value, size_t max);

/* A number that is an integer in value (42, 42.0, 4.2e1), of any size. */
bool json_is_integer(struct span value);
/* The same within int64; else false and `out` is as before. */
bool json_int64(struct span value, int64_t *out);

/*
 * Writing: appends to `out`, putting commas by itself (it looks at the last
 * byte). Each returns -1 past the cap of `out`, which is then reset.
 */
int
json_open(struct buf *out, char bracket) __attribute__((warn_unused_result));
int
json_close(struct buf *out, char bracket) __attribute__((warn_unused_result));
int json_put_key(struct buf *out, const char *key)
    __attribute__((warn_unused_result));
/* Quotes and escapes; each byte that is not UTF-8 becomes U+FFFD. */
int json_put_string(struct buf *out, struct span text)
    __attribute__((warn_unused_result));
/* One value as it is, without outer white space. */
int json_put_raw(struct buf *out, struct span json)
    __attribute__((warn_unused_result));
int json_put_int(struct buf *out, int64_t number)
    __attribute__((warn_unused_result));
int
json_put_bool(struct buf *out, bool value) __attribute__((warn_unused_result));

/*
 * One edit of a text: `at` (a range of that text, possibly empty) is replaced
 * by `with`.
 */
struct json_splice {
	struct span at;
	struct span with; /* borrowed */
};

/*
 * Appends `text` with `count` splices applied to `out`. Splices are in
 * ascending order and do not overlap. -1 past the cap.
 */
int json_apply(struct span text, const struct json_splice *splices,
    size_t count, struct buf *out) __attribute__((warn_unused_result));

/*
 * The range that takes a whole member out of its object (or an item out of its
 * array), one comma included, so that the rest stays valid. `value` as json_get
 * or json_next gave it. The ranges of the last two members overlap: to take out
 * both, build the object anew.
 */
struct span json_member_range(struct span container, struct span value);

/* Turns each raw CR and LF into a space; in JSON they stand only between
 * tokens (transport T-002). */
void json_flatten(char *text, size_t len);

#endif
