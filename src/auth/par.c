/* SPDX-License-Identifier: ISC */
/*
 * The pushed authorization request endpoint. What is asked for, and what a
 * refusal means, is auth/authorize's.
 */
#include "auth/par.h"

#include <stdlib.h>
#include <time.h>

#include "auth/document.h"
#include "base/limits.h"
#include "wire/header.h"

enum { LIFETIME_S = 60, LIFETIME_MAX_S = 3600 };

void
pushed_request_init(struct pushed_request *p)
{
	*p = (struct pushed_request){ 0 };
}

void
pushed_request_reset(struct pushed_request *p)
{
	free(p->request_uri);
	pushed_request_init(p);
}

int
pushed_request_read(struct pushed_request *p, struct span text,
    int64_t sent_at_s, struct fault *f)
{
	struct span object = { 0 };
	int64_t lifetime_s = 0;

	pushed_request_reset(p);
	if (document_open(text, &object, f) == -1)
		return -1;
	p->request_uri = document_string(object, "request_uri", LIMIT_URL);
	if (p->request_uri == NULL ||
	    !header_is_visible(span_of(p->request_uri))) {
		pushed_request_reset(p);
		return fault_set(f, FAULT_PROTOCOL,
		    "The answer to a pushed request has no usable "
		    "request_uri");
	}
	if (!document_int(object, "expires_in", &lifetime_s) ||
	    lifetime_s < 0 || lifetime_s > LIFETIME_MAX_S)
		lifetime_s = LIFETIME_S;
	p->expires_at_s = sent_at_s + lifetime_s;
	return 0;
}

int
pushed_request_send(struct pushed_request *p, const struct auth_net *net,
    const struct discovery *d, const struct oauth_client *client,
    struct span form, struct fault *f)
{
	const char *endpoint = oauth_client_endpoint(client, d->as.par_endpoint,
	    d->as.mtls.par_endpoint);
	const int64_t sent_at_s = (int64_t)time(NULL);
	struct buf body, answer;
	int rc = -1;

	pushed_request_reset(p);
	/* Reserved whole: growing would leave copies of secrets behind. */
	buf_init(&body, LIMIT_AUTH_DOCUMENT);
	buf_init(&answer, LIMIT_AUTH_DOCUMENT);
	if (buf_reserve(&body, LIMIT_AUTH_DOCUMENT) == -1 ||
	    buf_add_span(&body, form) == -1)
		fault_set(f, FAULT_TOO_LARGE, "A pushed request is too large");
	else
		rc = token_post(net, endpoint, client, &body, &answer, f);
	if (rc == 0)
		rc = pushed_request_read(p, buf_span(&answer), sent_at_s, f);
	if (rc == -1)
		fault_phase(f, "par");
	buf_wipe(&answer);
	buf_wipe(&body);
	return rc;
}
