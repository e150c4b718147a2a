/* SPDX-License-Identifier: ISC */
/*
 * Error answers of OAuth endpoints (RFC 6749 section 5.2 and its relatives) as
 * faults. Only registered codes get through.
 */
#ifndef AUTH_OAUTH_ERROR_H
#define AUTH_OAUTH_ERROR_H

#include "base/secret.h"
#include "io/fetch.h"

/* The registered code that `text` is, as a constant; else NULL. */
const char *oauth_error_known(struct span text);

/* What was sent and may not come back in a fault: some servers quote it. */
struct oauth_sent {
	struct span form;            /* form fields, encoded */
	const struct secret *secret; /* the client's; or NULL */
};

/*
 * The fault of an answer that is no success, always -1: trouble first (5xx and
 * 429, A-068), then by the error code: invalid_grant FAULT_REFRESH,
 * invalid_client and unauthorized_client FAULT_REGISTRATION, invalid_scope
 * FAULT_SCOPE, access_denied FAULT_DENIED, server_error and
 * temporarily_unavailable FAULT_HTTP; `otherwise` for all else.
 */
int oauth_error_fault(const struct fetch_response *response,
    const struct oauth_sent *sent, enum fault_code otherwise, struct fault *f);

#endif
