/* SPDX-License-Identifier: ISC */
/*
 * auth/token against a scripted server: what is sent, that it is sent once, and
 * what comes of the answers (A-010, A-037, A-060, A-061, A-068, A-083 to A-085,
 *
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "auth/token.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "script.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TOKEN "POST /token"
#define REVOKE "POST /revoke"

struct fixture {
	struct script script;
	struct loop *loop;
	struct http_client *http;
	struct auth_config config;
	struct auth_net net;
	struct discovery d;
	char token_url[64], revoke_url[64];
	struct oauth_client client;
	struct buf form;
	struct token_response got;
	struct fault fault;
};

static char url[] = "https://h.test/mcp";

static struct fixture *
fixture_new(const struct answer *answers, const char *method)
{
	static const struct http_options options = { .proxy = "" };
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	script_start(&x->script, answers);
	x->loop = loop_new();
	x->http = http_client_new(x->loop, &options);
	x->config.url = url;
	x->net = (struct auth_net){
		.client = x->http,
		.config = &x->config,
		.server_class = ADDRESS_LOOPBACK,
	};
	snprintf(x->token_url, sizeof(x->token_url), "%s/token",
	    x->script.origin);
	snprintf(x->revoke_url, sizeof(x->revoke_url), "%s/revoke",
	    x->script.origin);
	x->d.as.token_endpoint = x->token_url;
	x->d.as.revocation_endpoint = x->revoke_url;
	oauth_client_init(&x->client);
	x->client.id = mem_string("client");
	x->client.auth_method = mem_string(method);
	secret_set(&x->client.secret, span_of("secret"));
	token_response_init(&x->got);
	buf_init(&x->form, LIMIT_AUTH_DOCUMENT);
	assert_int_equal(token_form_add(&x->form, "grant_type",
			     span_of("test")),
	    0);
	return x;
}

static void
fixture_free(struct fixture *x)
{
	buf_wipe(&x->form);
	token_response_reset(&x->got);
	oauth_client_reset(&x->client);
	http_client_free(&x->http);
	loop_free(&x->loop);
	script_stop(&x->script);
	free(x);
}

static int
request(struct fixture *x)
{
	fault_clear(&x->fault);
	return token_request(&x->net, &x->d, &x->client, &x->form, &x->got,
	    &x->fault);
}

static const struct answer one_token[] = {
	{ TOKEN, "200", NULL,
	    "{\"access_token\":\"t\",\"token_type\":\"bearer\","
	    "\"expires_in\":3600}" },
	{ NULL, NULL, NULL, NULL },
};

struct send_case {
	const char *method;
	const char *authorization; /* NULL: none */
	const char *body;
};

static const struct send_case send_cases[] = {
	{ "none", NULL, "\r\n\r\ngrant_type=test&client_id=client\n" },
	{ "client_secret_post", NULL,
	    "\r\n\r\ngrant_type=test&client_id=client"
	    "&client_secret=secret\n" },
	{ "client_secret_basic",
	    "\r\nAuthorization: Basic Y2xpZW50OnNlY3JldA==\r\n",
	    "\r\n\r\ngrant_type=test\n" },
};

static void
test_what_is_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(send_cases); i++) {
		const struct send_case *c = &send_cases[i];
		struct fixture *x = fixture_new(one_token, c->method);
		const int64_t before_s = (int64_t)time(NULL);
		const char *text = x->script.text;

		assert_int_equal(request(x), 0);
		assert_string_equal(x->script.lines, TOKEN "\n");
		assert_non_null(strstr(text, c->body));
		assert_non_null(strstr(text,
		    "\r\nContent-Type: application/x-www-form-urlencoded"
		    "\r\n"));
		assert_non_null(
		    strstr(text, "\r\nAccept: application/json\r\n"));
		if (c->authorization != NULL)
			assert_non_null(strstr(text, c->authorization));
		else
			assert_null(strstr(text, "Authorization:"));
		assert_string_equal(x->got.type, "Bearer");
		assert_true(x->got.expires_at_s >= before_s + 3600);
		assert_true(x->got.expires_at_s <= (int64_t)time(NULL) + 3600);
		fixture_free(x);
	}
}

struct answer_case {
	const char *what;
	struct answer answers[2];
	enum fault_code code;
	int http_status;
	const char *oauth_error;
	bool transient;
};

static const struct answer_case answer_cases[] = {
	{ "invalid_grant",
	    { { TOKEN, "400", NULL, "{\"error\":\"invalid_grant\"}" } },
	    FAULT_REFRESH, 400, "invalid_grant", false },
	{ "A-061: 200 with an error",
	    { { TOKEN, "200", NULL, "{\"error\":\"invalid_grant\"}" } },
	    FAULT_REFRESH, 200, "invalid_grant", false },
	{ "A-061: 200 with both",
	    { { TOKEN, "200", NULL,
		"{\"access_token\":\"t\",\"token_type\":\"bearer\","
		"\"error\":\"server_error\"}" } },
	    FAULT_HTTP, 200, "server_error", true },
	{ "invalid_client",
	    { { TOKEN, "401", NULL, "{\"error\":\"invalid_client\"}" } },
	    FAULT_REGISTRATION, 401, "invalid_client", false },
	{ "invalid_scope",
	    { { TOKEN, "400", NULL, "{\"error\":\"invalid_scope\"}" } },
	    FAULT_SCOPE, 400, "invalid_scope", false },
	{ "an unknown error",
	    { { TOKEN, "418", NULL, "{\"error\":\"teapot\"}" } }, FAULT_HTTP,
	    418, "", false },
	{ "A-068: trouble", { { TOKEN, "503", NULL, "no" } }, FAULT_HTTP, 503,
	    "", true },
	{ "A-068: too many", { { TOKEN, "429", "Retry-After: 7\r\n", "no" } },
	    FAULT_RATE_LIMITED, 429, "", true },
	{ "A-060: the answer is lost", { { TOKEN, "", NULL, NULL } },
	    FAULT_UNREACHABLE, 0, "", true },
	{ "A-099: a redirect",
	    { { TOKEN, "307", "Location: @/token\r\n", NULL } }, FAULT_HTTP,
	    307, "", false },
	{ "A-099: a redirect with a token",
	    { { TOKEN, "302", "Location: @/token\r\n",
		"{\"access_token\":\"t\",\"token_type\":\"bearer\"}" } },
	    FAULT_HTTP, 302, "", false },
	{ "no JSON", { { TOKEN, "200", NULL, "access_token=t" } },
	    FAULT_PROTOCOL, 0, "", false },
};

static void
test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answer_cases); i++) {
		const struct answer_case *c = &answer_cases[i];
		struct fixture *x = fixture_new(c->answers, "none");

		assert_int_equal(request(x), -1);
		if (x->fault.code != c->code ||
		    x->fault.http_status != c->http_status ||
		    strcmp(x->fault.oauth_error, c->oauth_error) != 0 ||
		    auth_fault_transient(&x->fault) != c->transient)
			fail_msg("%s: fault %d, HTTP %d, \"%s\"", c->what,
			    (int)x->fault.code, x->fault.http_status,
			    x->fault.oauth_error);
		assert_string_equal(x->fault.phase, "token");
		assert_string_equal(x->script.lines, TOKEN "\n");
		assert_true(secret_empty(&x->got.access));
		fixture_free(x);
	}
}

static void
test_refused_addresses(void **state)
{
	static char plain[] = "http://as.test/token";
	struct fixture *x = fixture_new(one_token, "client_secret_post");

	(void)state;
	x->d.as.token_endpoint = plain;
	assert_int_equal(request(x), -1);
	assert_int_equal(x->fault.code, FAULT_POLICY);

	/* */
	x->d.as.token_endpoint = x->token_url;
	x->net.server_class = ADDRESS_PUBLIC;
	assert_int_equal(request(x), -1);
	assert_int_equal(x->fault.code, FAULT_POLICY);
	assert_non_null(strstr(x->fault.action, "--allow-host 127.0.0.1"));
	assert_string_equal(x->script.lines, "");
	fixture_free(x);
}

#define BOUND "{\"access_token\":\"t\",\"token_type\":\"DPoP\"}"
#define PLAIN "{\"access_token\":\"t\",\"token_type\":\"Bearer\"}"
#define ASKS "{\"error\":\"use_dpop_nonce\"}"

static const struct {
	const char *what;
	struct answer answers[4];
	bool proves;
	enum fault_code code; /* FAULT_NONE: a token */
	int posts;
} proof_cases[] = {
	{ "A-083: a bound token", { { TOKEN, "200", NULL, BOUND } }, true,
	    FAULT_NONE, 1 },
	{ "A-010: the nonce is asked for, once",
	    { { TOKEN, "400", "DPoP-Nonce: n-1\r\n", ASKS },
		{ TOKEN, "200", NULL, BOUND } },
	    true, FAULT_NONE, 2 },
	{ "the nonce is asked for by a 401",
	    { { TOKEN, "401", "DPoP-Nonce: n-1\r\n", ASKS },
		{ TOKEN, "200", NULL, BOUND } },
	    true, FAULT_NONE, 2 },
	{ "it is asked for for ever",
	    { { TOKEN, "400", "DPoP-Nonce: n-1\r\n", ASKS },
		{ TOKEN, "400", "DPoP-Nonce: n-2\r\n", ASKS } },
	    true, FAULT_HTTP, 2 },
	{ "no nonce comes along", { { TOKEN, "400", NULL, ASKS } }, true,
	    FAULT_HTTP, 1 },
	{ "another error brings a nonce",
	    { { TOKEN, "400", "DPoP-Nonce: n-1\r\n",
		"{\"error\":\"invalid_grant\"}" } },
	    true, FAULT_REFRESH, 1 },
	{ "nothing was proven",
	    { { TOKEN, "400", "DPoP-Nonce: n-1\r\n", ASKS } }, false,
	    FAULT_HTTP, 1 },
	{ "A-085: a plain token instead", { { TOKEN, "200", NULL, PLAIN } },
	    true, FAULT_POLICY, 1 },
	{ "a bound token unasked", { { TOKEN, "200", NULL, BOUND } }, false,
	    FAULT_PROTOCOL, 1 },
};

static int
count(const char *text, const char *part)
{
	int found = 0;

	for (text = strstr(text, part); text != NULL;
	     text = strstr(text + 1, part))
		found++;
	return found;
}

/* What the `n`th request proved, from its header up to its signature. */
static void
copy_proof(const char *text, int n, char proof[4096])
{
	while (n-- > 0)
		text = strstr(text, "\r\nDPoP: ") + 2;
	snprintf(proof, 4096, "%.*s", (int)strcspn(text, "\r"), text);
}

static void
test_proofs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(proof_cases); i++) {
		struct fixture *x = fixture_new(proof_cases[i].answers, "none");
		struct prover prover;

		prover_init(&prover);
		x->net.prover = &prover;
		if (proof_cases[i].proves)
			prover_renew(&prover);
		if (request(x) != (proof_cases[i].code == FAULT_NONE ? 0 : -1))
			fail_msg("%s", proof_cases[i].what);
		if (x->fault.code != proof_cases[i].code)
			fail_msg("%s: fault %d", proof_cases[i].what,
			    (int)x->fault.code);
		assert_int_equal(count(x->script.lines, TOKEN),
		    proof_cases[i].posts);
		assert_int_equal(count(x->script.text, "\r\nDPoP: "),
		    proof_cases[i].proves ? proof_cases[i].posts : 0);
		if (proof_cases[i].code != FAULT_NONE)
			assert_true(secret_empty(&x->got.access));
		prover_reset(&prover);
		fixture_free(x);
	}
}

/* a proof serves once; a nonce, until there is another. */
static void
test_proofs_are_fresh(void **state)
{
	static const struct answer answers[] = {
		{ TOKEN, "400", "DPoP-Nonce: n-1\r\n", ASKS },
		{ TOKEN, "200", "DPoP-Nonce: n-2\r\n", BOUND },
		{ TOKEN, "200", NULL, BOUND },
		{ NULL, NULL, NULL, NULL },
	};
	char proofs[3][4096];
	struct fixture *x = fixture_new(answers, "none");
	struct prover prover;

	(void)state;
	prover_init(&prover);
	prover_renew(&prover);
	x->net.prover = &prover;
	assert_int_equal(request(x), 0);
	assert_int_equal(request(x), 0);
	for (int i = 0; i < 3; i++)
		copy_proof(x->script.text, i + 1, proofs[i]);
	assert_string_not_equal(proofs[0], proofs[1]);
	assert_string_not_equal(proofs[1], proofs[2]);
	assert_string_equal(prover.nonces[0].nonce, "n-2");
	prover_reset(&prover);
	fixture_free(x);
}

struct revoke_case {
	struct answer answers[2];
	int result;
	enum fault_code code;
};

static const struct revoke_case revoke_cases[] = {
	{ { { REVOKE, "200", NULL, NULL } }, 0, FAULT_NONE },
	{ { { REVOKE, "503", NULL, NULL } }, -1, FAULT_HTTP },
	{ { { REVOKE, "400", NULL, "{\"error\":\"unsupported_token_type\"}" } },
	    -1, FAULT_HTTP },
	{ { { REVOKE, "302", "Location: @/x\r\n", NULL } }, -1, FAULT_HTTP },
};

/* */
static void
test_revoke(void **state)
{
	struct secret token = { 0 };

	(void)state;
	secret_set(&token, span_of("to/ken"));
	for (size_t i = 0; i < COUNT(revoke_cases); i++) {
		const struct revoke_case *c = &revoke_cases[i];
		struct fixture *x = fixture_new(c->answers, "none");

		assert_int_equal(token_revoke(&x->net, &x->d, &x->client,
				     "refresh_token", &token, &x->fault),
		    c->result);
		assert_int_equal(x->fault.code, c->code);
		assert_string_equal(x->script.lines, REVOKE "\n");
		assert_non_null(strstr(x->script.text,
		    "\r\n\r\ntoken=to%2Fken&token_type_hint=refresh_token"
		    "&client_id=client\n"));
		fixture_free(x);
	}

	struct fixture *x = fixture_new(one_token, "none");
	x->d.as.revocation_endpoint = NULL;
	assert_int_equal(token_revoke(&x->net, &x->d, &x->client,
			     "access_token", &token, &x->fault),
	    -1);
	assert_int_equal(x->fault.code, FAULT_DISCOVERY);
	fixture_free(x);
	secret_reset(&token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sent),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_refused_addresses),
		cmocka_unit_test(test_proofs),
		cmocka_unit_test(test_proofs_are_fresh),
		cmocka_unit_test(test_revoke),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
