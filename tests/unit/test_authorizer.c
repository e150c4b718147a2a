/* SPDX-License-Identifier: ISC */
/*
 * Whole jobs against a scripted authorization server, a thread standing in for
 * the browser: A-005 to A-008, A-041 to A-045, A-053 to A-055, A-064 to A-070,
 * A-074 to A-077, A-089, A-119, A-121, A-124.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include "auth/authorizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <signal.h>
#include <time.h>

#include "auth/records.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "script.h"
#include "wire/url.h"

#define PRM "GET /.well-known/oauth-protected-resource/mcp"
#define ASM "GET /.well-known/oauth-authorization-server"
#define REGISTER "POST /register"
#define TOKEN "POST /token"
#define REVOKE "POST /revoke"
#define CANARY "canary-91ab"

#define METADATA(more)                                                         \
	{                                                                      \
		PRM, "200", NULL,                                              \
		"{\"resource\":\"@/mcp\",\"authorization_servers\":[\"@\"]}"   \
	},                                                                     \
	    { ASM, "200", NULL,                                                \
		    "{\"issuer\":\"@\","                                       \
		    "\"authorization_endpoint\":\"@/authorize\","              \
		    "\"token_endpoint\":\"@/token\","                          \
		    "\"registration_endpoint\":\"@/register\","                \
		    "\"revocation_endpoint\":\"@/revoke\","                    \
		    "\"response_types_supported\":[\"code\"],"                 \
		    "\"code_challenge_methods_supported\":[\"S256\"]" more     \
		    "}" },                                                     \
	    { REGISTER, "201", NULL, "{\"client_id\":\"first\"}" },            \
	{                                                                      \
		REGISTER, "201", NULL, "{\"client_id\":\"second\"}"            \
	}

#define TOKENS(access, refresh)                                                \
	"{\"access_token\":\"" access "\",\"token_type\":\"Bearer\","          \
	"\"expires_in\":3600,\"refresh_token\":\"" refresh "\"}"
#define OAUTH_ERROR(code) "{\"error\":\"" code "\"}"
#define END                                                                    \
	{                                                                      \
		NULL, NULL, NULL, NULL                                         \
	}

static const struct answer good_server[] = { METADATA(""),
	{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") },
	{ TOKEN, "200", NULL, TOKENS("at-2", "rt-2") },
	{ REVOKE, "200", NULL, "" }, END };

/* A server, a store, and what the last job answered. */
struct world {
	struct script script;
	char store[32];
	char url[64];
	const char *const *redirects; /* parameters, one row an attempt */
	pthread_t browser;
	bool browsing;
	char *start_url;
	char page[SCRIPT_SIZE];
	char requests[SCRIPT_SIZE]; /* authorization URLs, one a line */
	unsigned pendings;
	struct bearer bearer;
	struct fault fault;
};

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static struct world *
world_new(const struct answer *answers)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	script_start(&w->script, answers);
	snprintf(w->store, sizeof(w->store), "/tmp/test_auth.XXXXXX");
	assert_non_null(mkdtemp(w->store));
	assert_int_equal(setenv("XDG_STATE_HOME", w->store, 1), 0);
	snprintf(w->url, sizeof(w->url), "%s/mcp", w->script.origin);
	return w;
}

static void
world_free(struct world *w)
{
	script_stop(&w->script);
	assert_int_equal(nftw(w->store, remove_one, 8, FTW_DEPTH | FTW_PHYS),
	    0);
	bearer_reset(&w->bearer);
	free(w);
}

/*
 * The browser
 */

static void
http_get(const char *text, char *answer)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct url u;
	char head[8192], bytes[4096];

	url_init(&u);
	if (url_parse(&u, span_of(text), NULL) == -1)
		abort();
	to.sin_port = htons(u.port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1)
		abort();
	snprintf(head, sizeof(head),
	    "GET %s%s%s HTTP/1.1\r\nHost: %s:%u\r\n\r\n", u.path,
	    u.query != NULL ? "?" : "", u.query != NULL ? u.query : "", u.host,
	    u.port);
	script_send(fd, head, strlen(head));
	answer[0] = '\0';
	for (ssize_t got = read(fd, bytes, sizeof(bytes)); got > 0;
	     got = read(fd, bytes, sizeof(bytes)))
		script_append(answer, bytes, (size_t)got);
	close(fd);
	url_reset(&u);
}

static void
get_parameter(const char *url, const char *name, char *value, size_t size)
{
	struct span found = { 0 };
	struct buf text;

	buf_init(&text, 4096);
	if (!url_query_get(span_of(strchr(url, '?') + 1), name, &found, NULL) ||
	    url_decode(found, true, &text) == -1)
		abort();
	snprintf(value, size, "%s", text.data);
	buf_reset(&text);
}

/* What the server would do with the authorization URL: come back with one row
 * of parameters and the state. */
static void
authorize(struct world *w, const char *url, const char *parameters)
{
	char redirect[256], state[128], target[8192], filled[1024] = "";

	script_append(w->requests, url, strlen(url));
	script_append(w->requests, "\n", 1);
	get_parameter(url, "redirect_uri", redirect, sizeof(redirect));
	get_parameter(url, "state", state, sizeof(state));
	for (const char *p = parameters; *p != '\0'; p++) {
		size_t len = strlen(filled);

		if (*p == '@')
			snprintf(filled + len, sizeof(filled) - len, "%s",
			    w->script.origin);
		else
			snprintf(filled + len, sizeof(filled) - len, "%c", *p);
	}
	snprintf(target, sizeof(target), "%s?state=%s&%s", redirect, state,
	    filled);
	http_get(target, w->page);
}

static void *
browse(void *arg)
{
	struct world *w = arg;
	char location[8192];

	http_get(w->start_url, w->page);
	for (size_t i = 0; w->redirects[i] != NULL; i++) {
		const char *at = strstr(w->page, "\r\nLocation: ");

		if (at == NULL)
			break;
		at += strlen("\r\nLocation: ");
		snprintf(location, sizeof(location), "%.*s",
		    (int)strcspn(at, "\r"), at);
		authorize(w, location, w->redirects[i]);
	}
	return NULL;
}

static void
take_answer(void *ctx, const struct auth_answer *answer)
{
	struct world *w = ctx;

	switch (answer->kind) {
	case AUTH_ANSWER_STAGE:
		break;
	case AUTH_ANSWER_PENDING:
		assert_false(answer->prompt.browser_opened);
		w->pendings++;
		w->start_url = mem_string(answer->prompt.start_url);
		w->browsing = true;
		assert_int_equal(pthread_create(&w->browser, NULL, browse, w),
		    0);
		break;
	case AUTH_ANSWER_TOKEN:
		bearer_copy(&w->bearer, &answer->bearer);
		break;
	case AUTH_ANSWER_FAULT:
		w->fault = answer->fault;
		break;
	}
}

/*
 * Jobs
 */

struct ask {
	enum auth_why why;
	enum auth_who who;
	uint64_t generation;
	const char *challenge; /* or NULL */
	const char *const *redirects;
	bool non_interactive;
	unsigned timeout_s; /* 0: enough */
};

static const char *const answers_with_code[] = { "code=c", "code=d", NULL };

/* FAULT_NONE when a token came, which w->bearer then is. */
static enum fault_code
run(struct world *w, const struct ask *ask)
{
	const struct authorizer_events events = {
		.answer = take_answer,
		.ctx = w,
		.stop_fd = -1,
	};
	struct auth_job job;

	w->script.lines[0] = '\0';
	w->script.text[0] = '\0';
	w->page[0] = '\0';
	w->requests[0] = '\0';
	w->pendings = 0;
	w->redirects =
	    ask->redirects != NULL ? ask->redirects : answers_with_code;
	fault_clear(&w->fault);
	bearer_reset(&w->bearer);
	auth_job_init(&job);
	auth_config_reset(&job.config);
	auth_config_init(&job.config);
	job.config.url = mem_string(w->url);
	job.config.no_browser = true;
	job.config.non_interactive = ask->non_interactive;
	if (ask->timeout_s != 0)
		job.config.auth_timeout_s = ask->timeout_s;
	job.why = ask->why;
	job.who = ask->who;
	job.generation = ask->generation;
	if (ask->challenge != NULL) {
		job.challenges = mem_alloc(1, sizeof(*job.challenges));
		job.challenges[0] = mem_string(ask->challenge);
		job.challenge_count = 1;
	}
	authorizer_run(&job, &events);
	auth_job_reset(&job);
	if (w->browsing)
		pthread_join(w->browser, NULL);
	w->browsing = false;
	free(w->start_url);
	w->start_url = NULL;
	return w->fault.code;
}

#define CHALLENGE "Bearer scope=\"read\""

static enum fault_code
first_login(struct world *w)
{
	const struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_PERSON,
		.challenge = CHALLENGE };

	return run(w, &ask);
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (text = strstr(text, what); text != NULL;
	     text = strstr(text + 1, what))
		n++;
	return n;
}

static void
assert_token(const struct world *w, const char *token)
{
	assert_true(span_is(secret_peek(&w->bearer.token), token));
	assert_string_equal(w->bearer.scheme, "Bearer");
}

static void
test_login_and_warm_start(void **state)
{
	struct world *w = world_new(good_server);
	struct ask ask = { .why = AUTH_WHY_START };

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	assert_token(w, "at-1");
	assert_true(w->bearer.refresh_at_s > time(NULL));
	assert_int_equal(w->pendings, 1);
	assert_string_equal(w->script.lines,
	    PRM "\n" ASM "\n" REGISTER "\n" TOKEN "\n");
	assert_non_null(strstr(w->page, "You are signed in"));
	assert_non_null(strstr(w->requests, "scope=read&"));
	assert_non_null(strstr(w->requests, "code_challenge_method=S256"));
	assert_null(strstr(w->requests, "prompt="));
	assert_non_null(strstr(w->script.text, "code=c&"));
	assert_non_null(strstr(w->script.text, "code_verifier="));
	assert_int_equal(count(w->script.text, "resource=http"), 1);

	/* The next start asks nobody (A-121). */
	uint64_t generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_token(w, "at-1");
	assert_int_equal(w->bearer.generation, generation);
	assert_string_equal(w->script.lines, "");
	world_free(w);
}

/* RFC 9207: nothing is redeemed, and nothing of a forged answer shown. */
static void
test_issuer_of_the_answer(void **state)
{
	static const struct answer plain[] = { METADATA(""),
		{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") }, END };
	static const struct answer announced[] = {
		METADATA(",\"authorization_response_iss_parameter_supported\""
			 ":true"),
		{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") }, END
	};
	static const struct {
		const struct answer *server;
		const char *redirect;
		enum fault_code code;
	} table[] = {
		{ plain, "code=c", FAULT_NONE },
		{ plain, "code=c&iss=@", FAULT_NONE },
		{ plain, "code=c&iss=https://evil.test", FAULT_POLICY },
		{ plain, "code=c&iss=@/", FAULT_POLICY },
		{ announced, "code=c&iss=@", FAULT_NONE },
		{ announced, "code=c", FAULT_POLICY },
		{ announced, "error=access_denied&error_description=" CANARY,
		    FAULT_POLICY },
		{ plain,
		    "error=access_denied&error_description=" CANARY
		    "&iss=https://evil.test",
		    FAULT_POLICY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *const redirects[] = { table[i].redirect, NULL };
		const struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
			.who = AUTH_WHO_PERSON,
			.challenge = CHALLENGE,
			.redirects = redirects };
		struct world *w = world_new(table[i].server);

		assert_int_equal(run(w, &ask), table[i].code);
		assert_int_equal(count(w->script.lines, TOKEN),
		    table[i].code == FAULT_NONE ? 1 : 0);
		assert_null(strstr(w->fault.detail, CANARY));
		assert_null(strstr(w->page, CANARY));
		assert_int_equal(w->fault.oauth_error[0], '\0');
		world_free(w);
	}
}

/* After a refusal hosts' own traffic opens no tab, a person's may soon. */
static void
test_denied_and_brakes(void **state)
{
	static const char *const denied[] = {
		"error=access_denied&error_description=No+way", NULL
	};
	struct world *w = world_new(good_server);
	struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_ROUTINE,
		.challenge = CHALLENGE,
		.redirects = denied };

	(void)state;
	assert_int_equal(run(w, &ask), FAULT_DENIED);
	assert_string_equal(w->fault.oauth_error, "access_denied");
	assert_string_equal(w->fault.detail, "No way");
	assert_non_null(strstr(w->page, "Access was not granted"));
	assert_int_equal(run(w, &ask), FAULT_LOGIN_REQUIRED);
	assert_int_equal(w->pendings, 0);
	ask.who = AUTH_WHO_PERSON;
	assert_int_equal(run(w, &ask), FAULT_LOGIN_REQUIRED);
	/* An explicit login always may, and lifts the brake. */
	ask.who = AUTH_WHO_TERMINAL;
	ask.redirects = NULL;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	world_free(w);
}

static void
test_nobody_to_ask(void **state)
{
	struct world *w = world_new(good_server);
	struct ask background = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_BACKGROUND,
		.challenge = CHALLENGE };
	struct ask unattended = { .why = AUTH_WHY_START,
		.who = AUTH_WHO_PERSON,
		.non_interactive = true };

	(void)state;
	assert_int_equal(run(w, &background), FAULT_LOGIN_REQUIRED);
	assert_int_equal(run(w, &unattended), FAULT_LOGIN_REQUIRED);
	assert_non_null(strstr(w->fault.action, "mcp-bridge login http"));
	assert_int_equal(w->pendings, 0);
	world_free(w);
}

static void
test_nobody_comes(void **state)
{
	static const char *const nothing[] = { NULL };
	struct world *w = world_new(good_server);
	struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_PERSON,
		.redirects = nothing,
		.timeout_s = 1 };

	(void)state;
	assert_int_equal(run(w, &ask), FAULT_LOGIN_TIMEOUT);
	assert_int_equal(count(w->script.lines, TOKEN), 0);
	world_free(w);
}

/* What we added is taken back, in the same tab (A-119). */
static void
test_offline_access_refused(void **state)
{
	static const struct answer server[] = {
		METADATA(",\"scopes_supported\":[\"x\",\"offline_access\"]"),
		{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") }, END
	};
	static const char *const redirects[] = { "error=invalid_scope",
		"code=c", NULL };
	static const char *const never[] = { "error=invalid_scope",
		"error=invalid_scope", "code=c", NULL };
	struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_PERSON,
		.challenge = CHALLENGE,
		.redirects = redirects };
	struct world *w = world_new(server);

	(void)state;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_int_equal(w->pendings, 1);
	assert_int_equal(count(w->requests, "scope=read+offline_access"), 1);
	assert_int_equal(count(w->requests, "prompt=consent"), 1);
	assert_int_equal(count(w->requests, "scope=read&"), 1);
	world_free(w);

	w = world_new(server);
	ask.redirects = never;
	assert_int_equal(run(w, &ask), FAULT_SCOPE);
	assert_string_equal(w->fault.scopes, "read");
	assert_int_equal(count(w->requests, "\n"), 2);
	world_free(w);
}

/* A client the server has forgotten is registered again, once (A-070). */
static void
test_forgotten_client(void **state)
{
	static const struct answer once[] = { METADATA(""),
		{ TOKEN, "401", NULL, OAUTH_ERROR("invalid_client") },
		{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") }, END };
	static const struct answer always[] = { METADATA(""),
		{ TOKEN, "401", NULL, OAUTH_ERROR("invalid_client") }, END };
	struct world *w = world_new(once);

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	assert_int_equal(count(w->script.lines, REGISTER), 2);
	assert_int_equal(count(w->requests, "client_id=first"), 1);
	assert_int_equal(count(w->requests, "client_id=second"), 1);
	assert_non_null(strstr(w->page, "You are signed in"));
	world_free(w);

	w = world_new(always);
	assert_int_equal(first_login(w), FAULT_REGISTRATION);
	assert_int_equal(count(w->script.lines, REGISTER), 2);
	assert_int_equal(count(w->script.lines, TOKEN), 2);
	world_free(w);
}

static void
test_refresh(void **state)
{
	struct world *w = world_new(good_server);
	struct ask ask = { .why = AUTH_WHY_EXPIRING };

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_token(w, "at-2");
	assert_int_equal(w->bearer.generation, ask.generation + 1);
	assert_int_equal(w->pendings, 0);
	assert_string_equal(w->script.lines, ASM "\n" TOKEN "\n");
	assert_non_null(strstr(w->script.text, "refresh_token=rt-1"));
	assert_null(strstr(w->script.text, "scope="));
	assert_int_equal(count(w->script.text, "resource=http"), 1);

	/* Somebody who still holds the old one adopts (A-007). */
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_token(w, "at-2");
	assert_string_equal(w->script.lines, "");

	/* A 401 asks the server first where its users sign in (A-019). */
	ask.why = AUTH_WHY_UNAUTHORIZED;
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_string_equal(w->script.lines, PRM "\n" ASM "\n" TOKEN "\n");
	assert_non_null(strstr(w->script.text, "refresh_token=rt-2"));
	world_free(w);
}

/* Trouble at the token endpoint keeps everything and opens nothing (A-068);
 * only invalid_grant ends the session (A-067). */
static void
test_refresh_fails(void **state)
{
	static const struct answer server[] = { METADATA(""),
		{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") },
		{ TOKEN, "503", NULL, "" },
		{ TOKEN, "429", "Retry-After: 7\r\n", "" },
		{ TOKEN, "400", NULL, OAUTH_ERROR("invalid_grant") },
		{ TOKEN, "200", NULL, TOKENS("at-2", "rt-2") }, END };
	struct world *w = world_new(server);
	struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_PERSON,
		.challenge = CHALLENGE };

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_HTTP);
	assert_int_equal(w->pendings, 0);
	assert_int_equal(run(w, &ask), FAULT_RATE_LIMITED);
	assert_int_equal(w->fault.retry_after_s, 7);
	assert_int_equal(w->pendings, 0);

	ask.who = AUTH_WHO_BACKGROUND;
	assert_int_equal(run(w, &ask), FAULT_LOGIN_REQUIRED);
	assert_int_equal(count(w->script.lines, TOKEN), 1);
	/* The dead refresh token is not tried again. */
	ask.who = AUTH_WHO_PERSON;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_token(w, "at-2");
	assert_int_equal(w->pendings, 1);
	assert_int_equal(count(w->script.lines, TOKEN), 1);
	assert_int_equal(count(w->script.lines, REGISTER), 0);
	world_free(w);
}

/* A reply that got lost is asked for once more (A-069). */
static void
test_refresh_reply_lost(void **state)
{
	static const struct answer server[] = { METADATA(""),
		{ TOKEN, "200", NULL, TOKENS("at-1", "rt-1") },
		{ TOKEN, "", NULL, NULL },
		{ TOKEN, "200", NULL, TOKENS("at-2", "rt-2") }, END };
	struct world *w = world_new(server);
	struct ask ask = { .why = AUTH_WHY_EXPIRING };

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_token(w, "at-2");
	assert_int_equal(count(w->script.lines, TOKEN), 2);
	world_free(w);
}

static void
test_step_up(void **state)
{
	static const char *const denied[] = { "error=access_denied", NULL };
	struct world *w = world_new(good_server);
	struct ask ask = { .why = AUTH_WHY_SCOPE,
		.who = AUTH_WHO_BACKGROUND,
		.challenge =
		    "Bearer error=\"insufficient_scope\", scope=\"write\"" };

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_SCOPE);
	assert_string_equal(w->fault.scopes, "write");
	assert_int_equal(w->pendings, 0);

	/* Declined: the old token stays (A-077). */
	ask.redirects = denied;
	ask.who = AUTH_WHO_PERSON;
	assert_int_equal(run(w, &ask), FAULT_DENIED);
	assert_non_null(strstr(w->requests, "scope=read+write&"));
	const struct ask start = { .why = AUTH_WHY_START };
	assert_int_equal(run(w, &start), FAULT_NONE);
	assert_token(w, "at-1");
	world_free(w);
}

/* The union is asked for once; what came of it is final (A-074 to A-076). */
static void
test_step_up_is_bounded(void **state)
{
	struct world *w = world_new(good_server);
	struct ask ask = { .why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_PERSON,
		.challenge =
		    "Bearer error=\"insufficient_scope\", scope=\"write\"" };

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_NONE);
	assert_int_equal(w->pendings, 1);
	assert_token(w, "at-2");
	assert_non_null(strstr(w->requests, "scope=read+write&"));

	ask.why = AUTH_WHY_SCOPE;
	ask.generation = w->bearer.generation;
	assert_int_equal(run(w, &ask), FAULT_SCOPE);
	assert_int_equal(w->pendings, 0);
	assert_string_equal(w->script.lines, "");

	/* Ever more: three in a row, no fourth. */
	static const char *const more[] = { "Bearer scope=\"a\"",
		"Bearer scope=\"b\"" };
	for (size_t i = 0; i < 2; i++) {
		ask.challenge = more[i];
		assert_int_equal(run(w, &ask), FAULT_NONE);
		ask.generation = w->bearer.generation;
	}
	ask.challenge = "Bearer scope=\"c\"";
	assert_int_equal(run(w, &ask), FAULT_SCOPE);
	assert_int_equal(w->pendings, 0);
	world_free(w);
}

static void
test_logout(void **state)
{
	struct world *w = world_new(good_server);
	struct auth_config config;
	const struct ask start = { .why = AUTH_WHY_START };
	struct fault f;
	bool was = false;

	(void)state;
	assert_int_equal(first_login(w), FAULT_NONE);
	uint64_t generation = w->bearer.generation;
	w->script.lines[0] = '\0';
	auth_config_init(&config);
	config.url = mem_string(w->url);
	assert_int_equal(authorizer_logout(&config, &was, &f), 0);
	assert_true(was);
	assert_string_equal(w->script.lines, ASM "\n" REVOKE "\n" REVOKE "\n");
	assert_int_equal(authorizer_logout(&config, &was, &f), 0);
	assert_false(was);
	assert_string_equal(w->script.lines, ASM "\n" REVOKE "\n" REVOKE "\n");
	auth_config_reset(&config);
	const char *refresh = strstr(w->script.text, "token=rt-1");
	const char *access = strstr(w->script.text, "token=at-1");
	assert_non_null(refresh);
	assert_non_null(access);
	assert_true(refresh < access);

	assert_int_equal(run(w, &start), FAULT_LOGIN_REQUIRED);
	/* The client is known still, and no generation comes twice. */
	assert_int_equal(first_login(w), FAULT_NONE);
	assert_int_equal(count(w->script.lines, REGISTER), 0);
	assert_true(w->bearer.generation >= generation);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_and_warm_start),
		cmocka_unit_test(test_issuer_of_the_answer),
		cmocka_unit_test(test_denied_and_brakes),
		cmocka_unit_test(test_nobody_to_ask),
		cmocka_unit_test(test_nobody_comes),
		cmocka_unit_test(test_offline_access_refused),
		cmocka_unit_test(test_forgotten_client),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refresh_fails),
		cmocka_unit_test(test_refresh_reply_lost),
		cmocka_unit_test(test_step_up),
		cmocka_unit_test(test_step_up_is_bounded),
		cmocka_unit_test(test_logout),
	};

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
