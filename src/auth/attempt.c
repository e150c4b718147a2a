/* SPDX-License-Identifier: ISC */
/*
 * The attempts of one login. Nothing is sent from here but a registration.
 */
#include "auth/attempt.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/scope.h"
#include "base/log.h"
#include "base/mem.h"

void
authorization_init(struct authorization *a)
{
	*a = (struct authorization){ 0 };
	oauth_client_init(&a->client);
	token_response_init(&a->tokens);
}

void
authorization_reset(struct authorization *a)
{
	oauth_client_reset(&a->client);
	token_response_reset(&a->tokens);
	secret_reset(&a->nonce);
	free(a->scope);
	authorization_init(a);
}

void
attempt_init(struct attempt *attempt, const struct authorize_request *request,
    struct authorization *result)
{
	const char *scope = request->scope;

	authorization_reset(result);
	result->scope = scope_with_offline(scope, &request->discovery->as);
	result->client.id = mem_string(request->unknown_client);
	*attempt = (struct attempt){
		.request = request,
		.result = result,
		.renew_client = request->unknown_client != NULL,
		.offline_added = result->scope != NULL &&
				 !scope_covers(scope, result->scope),
	};
}

int
attempt_client(struct attempt *attempt, const char *redirect_uri,
    struct fault *f)
{
	const struct authorize_request *request = attempt->request;
	struct authorization *result = attempt->result;

	if (oauth_client_get(request->net, request->store, request->discovery,
		redirect_uri, result->scope, attempt->renew_client,
		&result->client, f) == -1)
		return -1;
	attempt->client_renewed |= attempt->renew_client;
	attempt->renew_client = false;
	return 0;
}

static bool
asked_beyond_registration(const struct attempt *attempt)
{
	const char *registered = attempt->result->client.registered_scope;

	return registered != NULL &&
	       !scope_covers(registered, attempt->result->scope);
}

bool
attempt_adjust(struct attempt *attempt, const struct fault *why)
{
	struct authorization *result = attempt->result;

	if (why->code == FAULT_SCOPE && attempt->offline_added) {
		char *less = scope_without(result->scope, SCOPE_OFFLINE);

		free(result->scope);
		result->scope = less;
		attempt->offline_added = false;
		return true;
	}
	if (result->client.source != CLIENT_DYNAMIC || attempt->client_renewed)
		return false;
	attempt->renew_client =
	    why->code == FAULT_REGISTRATION ||
	    (why->code == FAULT_SCOPE && asked_beyond_registration(attempt));
	return attempt->renew_client;
}

void
attempt_explain(const struct attempt *attempt, struct fault *f)
{
	const char *scope = attempt->result->scope;

	if (f->code == FAULT_REFRESH) {
		f->code = FAULT_LOGIN_TIMEOUT;
		snprintf(f->msg, sizeof(f->msg), "%s",
		    "The authorization server does not take its code any more");
	}
	if (f->code == FAULT_SCOPE && scope != NULL)
		log_text(f->scopes, sizeof(f->scopes), span_of(scope));
}
