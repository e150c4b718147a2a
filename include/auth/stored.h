/* SPDX-License-Identifier: ISC */
/*
 * The access record of one server as the pump looks at it: by its stamp, and
 * read only where no other program has to be asked for it.
 */
#ifndef AUTH_STORED_H
#define AUTH_STORED_H

#include "auth/job.h"
#include "io/store.h"

/* Embedded: stored_init, stored_reset. */
struct stored {
	const struct auth_config *config; /* borrowed */
	struct store *store; /* owned; NULL while it cannot be opened */
	uint64_t stamp;      /* of the record last looked at */
};

enum stored_news {
	STORED_SAME,
	STORED_READ,  /* the bearer is what it holds now; empty: logged out */
	STORED_UNREAD /* it changed, and only an authorizer can read it */
};

void stored_init(struct stored *s, const struct auth_config *config);
void stored_reset(struct stored *s);

/* Opens the store if it is not. It may have become possible since: modes
 * mended, a disk mounted. What is wrong the authorizer reports. */
void stored_open(struct stored *s);

/* What is new since the last look; `bearer` is set where it was READ. */
enum stored_news stored_look(struct stored *s, struct bearer *bearer);

/* What is there now is known. */
void stored_note(struct stored *s);

/* For an authorizer (auth_config, store_fd). */
int stored_memory_fd(const struct stored *s);

#endif
