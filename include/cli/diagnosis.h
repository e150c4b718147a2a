/* SPDX-License-Identifier: ISC */
/*
 * What `mcp-bridge doctor` found, as values: one check a stage, and every
 * exchange with the time its steps took. Made by cli/doctor_stages, shown by
 * cli/doctor_terminal, _json and _html.
 *
 * It can be handed to strangers: texts are escaped, URLs have no query, proxies
 * no credentials, and no token ever gets here.
 */
#ifndef CLI_DIAGNOSIS_H
#define CLI_DIAGNOSIS_H

#include <stdint.h>

#include "base/fault.h"
#include "io/http.h"

enum check_status { CHECK_OK, CHECK_WARNING, CHECK_FAILED, CHECK_SKIPPED };
enum { CHECK_STATUS_COUNT = CHECK_SKIPPED + 1 };

enum check_group {
	CHECK_LOCAL,
	CHECK_NETWORK,
	CHECK_SIGN_IN,
	CHECK_PROTOCOL,
	CHECK_GROUP_COUNT
};

struct check_fact {
	char *name;  /* owned: "issuer" */
	char *value; /* owned */
};

struct check {
	const char *id;    /* "tls": for programs */
	const char *title; /* "TLS": for people */
	enum check_group group;
	bool is_first; /* of its group */
	enum check_status status;
	char *finding;            /* owned: what is so; why it was skipped */
	char *remedy;             /* owned: what to do; NULL: nothing */
	enum fault_code fault;    /* FAILED: decides the exit status */
	struct check_fact *facts; /* owned */
	size_t fact_count;
	uint64_t start_us, duration_us; /* since the diagnosis began */
};

/* One HTTP exchange. Times are microseconds since the diagnosis began. */
struct exchange_note {
	char method[8];
	char *url;  /* owned: without its query */
	char *what; /* owned: the message sent, or the path */
	int status;
	bool failed;
	char version[12], address[64];
	/* Each is 0 where the step was not taken. */
	uint64_t start_us, resolved_us, connected_us, secured_us, sent_us,
	    answered_us, ended_us;
};

enum { DIAGNOSIS_CHECKS = 24, DIAGNOSIS_EXCHANGES = 64 };

struct diagnosis {
	char *url;     /* owned: without its query */
	char *profile; /* owned */
	int64_t at_s;  /* Unix time of its begin */
	uint64_t duration_us;
	struct check checks[DIAGNOSIS_CHECKS];
	size_t count;
	struct exchange_note exchanges[DIAGNOSIS_EXCHANGES];
	size_t exchange_count; /* those beyond are not noted */
};

void diagnosis_init(struct diagnosis *d);
void diagnosis_reset(struct diagnosis *d);

/* sysexits of the first failure; EX_OK. */
int diagnosis_exit_status(const struct diagnosis *d);
size_t diagnosis_count(const struct diagnosis *d, enum check_status status);

/* FAILED where anything did, else WARNING, else OK; and that in words: "1
 * failed, 2 warnings". */
enum check_status diagnosis_result(const struct diagnosis *d);
void diagnosis_summary(const struct diagnosis *d, char *text, size_t size);

/* How many checks from the one at `first` on, in its group, were skipped for
 * the same reason; 1 for one that was not skipped. */
size_t diagnosis_alike(const struct diagnosis *d, size_t first);

/* From the first exchange's begin to the last one's end. */
void diagnosis_period(const struct diagnosis *d, uint64_t *from_us,
    uint64_t *span_us);

extern const char *const check_status_names[CHECK_STATUS_COUNT];
extern const char *const check_group_titles[CHECK_GROUP_COUNT];

/* Set what a check found. Peer text may be among the arguments. */
void check_ok(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void check_warn(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void check_skip(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void check_fail(struct check *c, enum fault_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* FAILED with the fault's words, and its own remedy where it has one. */
void check_fail_fault(struct check *c, const struct fault *f);

/* What to do about it: replaces a remedy that is there. */
void check_remedy(struct check *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A detail: only where `value` is not NULL. */
void check_fact(struct check *c, const char *name, const char *value);
void check_factf(struct check *c, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes an exchange that ended now, `now_us` into the diagnosis. `what` it was;
 * NULL: its path says so. */
void diagnosis_note(struct diagnosis *d, const struct http_report *report,
    const char *what, uint64_t now_us);

#endif
