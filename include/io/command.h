/* SPDX-License-Identifier: ISC */
/*
 * Another program run to its end: by argv and never a shell, with a value on
 * its stdin and what it prints as the result, bounded in time and size. What it
 * writes to stderr goes to the log, escaped and cut: as a warning where it
 * failed. Blocks: never in the pump.
 */
#ifndef IO_COMMAND_H
#define IO_COMMAND_H

#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"

struct command {
	const char *const *argv; /* NULL-terminated; argv[0] by PATH */
	struct span input;       /* all it gets to read; may be secret */
	unsigned timeout_ms;
	const char *what;      /* in faults: "The token command" */
	enum fault_code fault; /* what any failure is */
};

struct command_result {
	int status;          /* exit status; 128 and a signal's number */
	char complaint[256]; /* how its stderr begins, as it came */
};

/*
 * Runs it in a session of its own, with our environment. `output`, whose cap
 * bounds what may be printed, is the caller's to wipe.
 *
 * -1 where it cannot be started, takes longer than its time or prints more
 * than the cap: it is then killed with all it started, `output` is empty, and
 * the fault says so in words. Never what was printed, nor an argument.
 */
int command_run(const struct command *command, struct buf *output,
    struct command_result *result, struct fault *f)
    __attribute__((warn_unused_result));

/* As command_run, where any status but 0 is a failure as well. */
int command_output(const struct command *command, struct buf *output,
    struct fault *f) __attribute__((warn_unused_result));

#endif
