/* SPDX-License-Identifier: ISC */
/*
 * Asking one place for a metadata document: redirects judged hop by hop
 * trouble tried again, absence told from both.
 */
#ifndef AUTH_METADATA_FETCH_H
#define AUTH_METADATA_FETCH_H

#include "auth/net.h"

struct metadata_answer {
	bool found;      /* `body` is meant to be a JSON object */
	int status;      /* HTTP */
	struct buf body; /* empty unless found */
};

void metadata_answer_init(struct metadata_answer *answer);
void metadata_answer_reset(struct metadata_answer *answer);

/*
 * Absent (a 4xx that is not temporary, or a page that is no JSON) is 0 with
 * `found` false. -1 is trouble: FAULT_HTTP or FAULT_RATE_LIMITED after some
 * attempts, FAULT_DISCOVERY for an answer that makes no sense, FAULT_POLICY,
 * and those of fetch.
 */
int metadata_get(const struct auth_net *net, const struct url *where,
    struct metadata_answer *answer, struct fault *f)
    __attribute__((warn_unused_result));

#endif
