/* SPDX-License-Identifier: ISC */
/*
 * auth/binding and auth/prover: when tokens are bound to a key, that a
 * lost key means a new login, and whose nonce is whose.
 */
#include "auth/binding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "signing_keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum kept { NO_KEY, GOOD_KEY, BAD_KEY };

struct choice_case {
	const char *what;
	enum auth_dpop mode;
	const char *challenge; /* or NULL */
	bool required;         /* by the resource's metadata */
	const char *scheme;    /* of the token on record, or NULL */
	enum kept kept;        /* of the grant on record */
	bool binds, resumes;
};

static const struct choice_case choice_cases[] = {
	{ "nobody asks", AUTH_DPOP_AUTO, "Bearer", false, NULL, NO_KEY, false,
	    true },
	{ "no challenge", AUTH_DPOP_AUTO, NULL, false, "Bearer", NO_KEY, false,
	    true },
	{ "DPoP is offered beside Bearer", AUTH_DPOP_AUTO, "DPoP, Bearer",
	    false, NULL, NO_KEY, false, true },
	{ "DPoP alone is taken", AUTH_DPOP_AUTO, "DPoP algs=ES256", false,
	    "Bearer", NO_KEY, true, false },
	{ "the metadata require it", AUTH_DPOP_AUTO, "Bearer", true, NULL,
	    NO_KEY, true, false },
	{ "the user does", AUTH_DPOP_REQUIRE, NULL, false, "Bearer", NO_KEY,
	    true, false },
	{ "a session goes on", AUTH_DPOP_AUTO, NULL, false, "DPoP", GOOD_KEY,
	    true, true },
	{ "the user requires it of one", AUTH_DPOP_REQUIRE, NULL, false, "DPoP",
	    GOOD_KEY, true, true },
	{ "its key is gone", AUTH_DPOP_AUTO, NULL, false, "DPoP", NO_KEY, true,
	    false },
	{ "its key is broken", AUTH_DPOP_AUTO, NULL, false, "DPoP", BAD_KEY,
	    true, false },
	{ "the access record is gone, the grant bound", AUTH_DPOP_AUTO, NULL,
	    false, NULL, GOOD_KEY, false, true },
	{ "the user wants none", AUTH_DPOP_OFF, "DPoP", true, "DPoP", NO_KEY,
	    false, true },
	{ "the user wants it no more", AUTH_DPOP_OFF, NULL, false, "DPoP",
	    GOOD_KEY, false, false },
};

struct fixture {
	struct auth_config config;
	struct signin s;
	struct grant_record grant;
};

static void
set_up(struct fixture *x, const struct choice_case *c)
{
	*x = (struct fixture){ .config.dpop = c->mode };
	x->s.config = &x->config;
	x->s.discovery.resource.dpop_required = c->required;
	x->s.discovery.as.issuer = mem_string("https://as.example");
	x->s.access.bearer.scheme = mem_string(c->scheme);
	challenge_init(&x->s.challenge);
	if (c->challenge != NULL)
		challenge_add(&x->s.challenge, span_of(c->challenge));
	if (c->kept != NO_KEY)
		secret_set(&x->grant.dpop_key,
		    span_of(c->kept == GOOD_KEY ? key_rfc7515_p256 :
						  key_rfc8037_ed25519));
	prover_init(&x->s.prover);
}

static void
tear_down(struct fixture *x)
{
	prover_reset(&x->s.prover);
	challenge_reset(&x->s.challenge);
	bearer_reset(&x->s.access.bearer);
	grant_record_reset(&x->grant);
	free(x->s.discovery.as.issuer);
}

static void
bound_where_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(choice_cases); i++) {
		const struct choice_case *c = &choice_cases[i];
		struct fixture x;
		struct fault f = { 0 };

		set_up(&x, c);
		if (binding_resume(&x.s, &x.grant) != c->resumes)
			fail_msg("%s: resumed otherwise", c->what);
		if ((x.s.prover.key != NULL) !=
		    (c->resumes && c->kept == GOOD_KEY))
			fail_msg("%s: resumed with another key", c->what);
		assert_int_equal(binding_begin(&x.s, &f), 0);
		if ((x.s.prover.key != NULL) != c->binds)
			fail_msg("%s: begun otherwise", c->what);
		tear_down(&x);
	}
}

/* ES256 must be in the list, where there is one. */
static void
refused_where_the_server_takes_other_proofs(void **state)
{
	static const struct choice_case required = { "", AUTH_DPOP_REQUIRE,
		NULL, false, NULL, NO_KEY, true, false };
	char *algs[] = { mem_string("EdDSA"), mem_string("ES256") };
	struct fixture x;
	struct fault f = { 0 };

	(void)state;
	set_up(&x, &required);
	x.s.discovery.as.dpop_algs = algs;
	x.s.discovery.as.dpop_alg_count = 1;
	assert_int_equal(binding_begin(&x.s, &f), -1);
	assert_int_equal(f.code, FAULT_POLICY);
	assert_string_equal(f.issuer, "https://as.example");
	assert_null(x.s.prover.key);
	x.s.discovery.as.dpop_alg_count = 2;
	assert_int_equal(binding_begin(&x.s, &f), 0);
	tear_down(&x);
	free(algs[0]);
	free(algs[1]);
}

/* Each login has a key of its own, and what is kept is that key. */
static void
keys_are_fresh_and_kept(void **state)
{
	struct prover one, two;
	struct secret first = { 0 }, second = { 0 };

	(void)state;
	prover_init(&one);
	prover_init(&two);
	prover_keep(&one, &first);
	assert_true(secret_empty(&first));
	prover_renew(&one);
	prover_keep(&one, &first);
	assert_int_equal(prover_resume(&two, &first), 0);
	prover_keep(&two, &second);
	assert_true(secret_equal(&first, &second));
	prover_renew(&two);
	prover_keep(&two, &second);
	assert_false(secret_equal(&first, &second));
	secret_set(&second, span_of("no key"));
	assert_int_equal(prover_resume(&two, &second), -1);
	assert_null(two.key);
	secret_reset(&first);
	secret_reset(&second);
	prover_reset(&one);
	prover_reset(&two);
}

static const char *
nonce_for(const struct prover *p, const char *origin)
{
	for (size_t i = 0; i < p->origin_count; i++) {
		if (strcmp(p->nonces[i].origin, origin) == 0)
			return p->nonces[i].nonce;
	}
	return NULL;
}

static void
nonces_belong_to_their_origins(void **state)
{
	static const char *const heard[][2] = {
		{ "https://as.example/token", "one" },
		{ "https://as.example:8443/token", "two" },
		{ "https://as.example/par?x", "three" },
		{ "http://as.example/token", "four" },
		{ "https://as.example/token", "not a nonce" },
		{ "https://as.example/token", NULL },
	};
	struct prover p;

	(void)state;
	prover_init(&p);
	prover_renew(&p);
	for (size_t i = 0; i < COUNT(heard); i++) {
		struct url u;

		url_init(&u);
		assert_int_equal(url_parse(&u, span_of(heard[i][0]), NULL), 0);
		prover_heard(&p, &u, heard[i][1]);
		url_reset(&u);
	}
	assert_string_equal(nonce_for(&p, "https://as.example"), "three");
	assert_string_equal(nonce_for(&p, "https://as.example:8443"), "two");
	assert_string_equal(nonce_for(&p, "http://as.example"), "four");
	prover_reset(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound_where_asked_for),
		cmocka_unit_test(refused_where_the_server_takes_other_proofs),
		cmocka_unit_test(keys_are_fresh_and_kept),
		cmocka_unit_test(nonces_belong_to_their_origins),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
