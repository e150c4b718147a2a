/* SPDX-License-Identifier: ISC */
/*
 * The choice between plain and bound tokens. Once a server had bound ones from
 * us it gets no others: whoever steals a token must not be able to talk us out
 * of binding the next.
 */
#include "auth/binding.h"

#include <string.h>

#include "auth/document.h"
#include "base/log.h"

static bool
had_bound_tokens(const struct signin *s)
{
	const char *scheme = s->access.bearer.scheme;

	return scheme != NULL && strcmp(scheme, "DPoP") == 0;
}

static bool
is_wanted(const struct signin *s)
{
	switch (s->config->dpop) {
	case AUTH_DPOP_OFF:
		return false;
	case AUTH_DPOP_REQUIRE:
		return true;
	case AUTH_DPOP_AUTO:
		break;
	}
	return s->discovery.resource.dpop_required || had_bound_tokens(s) ||
	       (s->challenge.dpop && !s->challenge.bearer);
}

static bool
takes_our_proofs(const struct server_metadata *as)
{
	const char *ours = signing_alg_name(SIGNING_ES256);

	return as->dpop_alg_count == 0 ||
	       document_list_has(as->dpop_algs, as->dpop_alg_count, ours);
}

int
binding_begin(struct signin *s, struct fault *f)
{
	prover_forget(&s->prover);
	if (!is_wanted(s))
		return 0;
	if (!takes_our_proofs(&s->discovery.as)) {
		fault_set(f, FAULT_POLICY,
		    "The authorization server takes no DPoP proofs by ES256");
		auth_fault_issuer(f, s->discovery.as.issuer);
		return -1;
	}
	log_debug("auth", "the tokens will be bound to a key");
	prover_renew(&s->prover);
	return 0;
}

bool
binding_resume(struct signin *s, const struct grant_record *grant)
{
	const bool bound = !secret_empty(&grant->dpop_key);

	prover_forget(&s->prover);
	if (!bound && !is_wanted(s))
		return true;
	if (bound && s->config->dpop != AUTH_DPOP_OFF &&
	    prover_resume(&s->prover, &grant->dpop_key) == 0)
		return true;
	log_info("auth", "%s",
	    bound && s->config->dpop != AUTH_DPOP_OFF ?
		"the key of the session cannot be read" :
		"the session is bound in another way than wanted");
	return false;
}
