/* SPDX-License-Identifier: ISC */
/*
 * Structs as JSON objects by a table: one row a member, for writing, reading
 * and freeing alike. Members that are NULL, empty, zero or false are left out.
 */
#ifndef AUTH_FIELD_H
#define AUTH_FIELD_H

#include "base/buf.h"
#include "base/fault.h"

struct fields;

enum field_type {
	FIELD_STRING, /* char *, owned */
	FIELD_SECRET, /* struct secret */
	FIELD_TEXT,   /* char[size] */
	FIELD_LIST,   /* char **, owned, and each */
	FIELD_OBJECT, /* a struct */
	FIELD_ROWS,   /* an owned array of structs */
	FIELD_ENUM,   /* 0 … size - 1; never left out */
	FIELD_BOOL,
	FIELD_INT,
	FIELD_UNSIGNED,
	FIELD_INT64,
	FIELD_UINT64, /* up to INT64_MAX */
};

struct field {
	const char *name;
	enum field_type type;
	size_t at;               /* offsetof */
	size_t size;             /* TEXT: the array's; ROWS: a row's; ENUM */
	size_t count_at;         /* LIST, ROWS: offsetof its size_t */
	const struct fields *of; /* OBJECT, ROWS: the table of the struct */
};

struct fields {
	const struct field *list;
	size_t count;
};

/* Appends the members of `from` to the object being written. */
int fields_write(const struct fields *fields, const void *from, struct buf *out)
    __attribute__((warn_unused_result));

/*
 * Sets the members of `to`, which is reset or zeroed before, from `object`.
 * FAULT_PROTOCOL where one has the wrong type or does not fit; what was set is
 * for the caller to reset then as well. Other members are passed over.
 */
int fields_read(const struct fields *fields, struct span object, void *to,
    struct fault *f) __attribute__((warn_unused_result));

/* The same for an object of ours alone: FAULT_PROTOCOL also where it is none,
 * has a member twice, or one that is not in the table. */
int fields_read_strict(const struct fields *fields, struct span object,
    void *to, struct fault *f) __attribute__((warn_unused_result));

/* `key` as json_next gave it is one of the table. */
bool fields_have(const struct fields *fields, struct span key);

/* Frees, wiping secrets, and zeroes the members. */
void fields_reset(const struct fields *fields, void *of);

#endif
