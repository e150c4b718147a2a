/* SPDX-License-Identifier: ISC */
/*
 * Programs that keep secrets, and the ways they are asked: what is secret goes
 * in by stdin and comes back by stdout, never by an argument. For
 * store_helper.c and the dialects alone.
 */
#ifndef IO_STORE_HELPER_H
#define IO_STORE_HELPER_H

#include "base/limits.h"
#include "io/command.h"
#include "io/store_p.h"

enum {
	/* A record, and what may stand around it. */
	HELPER_OUTPUT_MAX = LIMIT_STORE_RECORD + 4 * KIB,
	HELPER_ARGUMENTS_MAX = 16
};

/* What our entries are called everywhere. */
extern const char helper_service[];

/* One way of asking; the functions are those of helper_get and its like. */
struct dialect {
	const char *name;   /* of --store */
	const char *where;  /* for status */
	const char *action; /* where it fails */
	int (*get)(const struct helper *helper,
	    const struct helper_entry *entry, bool expected, struct buf *out,
	    struct fault *f);
	int (*put)(const struct helper *helper,
	    const struct helper_entry *entry, struct span value,
	    struct fault *f);
	int (*erase)(const struct helper *helper,
	    const struct helper_entry *entry, struct fault *f);
};

extern const struct dialect dialect_secret_service;
extern const struct dialect dialect_pass;
extern const struct dialect dialect_keychain;
extern const struct dialect dialect_command;

/* Of command:PROG, borrowed; NULL: another dialect. */
char *const *helper_words(const struct helper *helper);

struct question {
	const struct helper *helper;
	const char *argv[HELPER_ARGUMENTS_MAX + 2]; /* NULL-terminated */
	size_t count;                               /* of them */
	struct span input;                          /* for its stdin */
};

void question_add(struct question *q, const char *argument);

/* `out` NULL: what it prints is of no interest. -1 where it did not come to a
 * status, with the dialect's action. */
int question_ask(const struct question *q, struct buf *out,
    struct command_result *result, struct fault *f)
    __attribute__((warn_unused_result));

/* A fault of the store with the dialect's action. Always -1. */
int
helper_fault(const struct helper *helper, struct fault *f, const char *what);

/* What `program` said on failing, and what its user can do. Always -1. */
int helper_failed(const struct helper *helper, const char *program,
    const struct command_result *result, struct fault *f);

#endif
