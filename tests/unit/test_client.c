/* SPDX-License-Identifier: ISC */
/*
 * auth/client and auth/register against a scripted server and a real store:
 * which client we are, what is tried again, what is kept (A-026, A-027, A-029
 * to ).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>

#include "auth/client.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "script.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define REDIRECT "http://127.0.0.1:4711/callback"
#define BY_NAME "http://localhost:4711/callback"
#define REGISTER "POST /register"
#define REFUSED(error) "{\"error\":\"" error "\"}"

static char issuer[] = "https://as.test", other_issuer[] = "https://b.test";

struct fixture {
	struct script script;
	struct loop *loop;
	struct http_client *client;
	char directory[64];
	struct store *store;
	struct auth_config config;
	struct auth_net net;
	struct discovery d;
	char register_url[64];
	char secret_path[128];
	struct oauth_client got;
	struct fault fault;
};

static char url[] = "https://h.test/mcp", profile[] = "default",
	    host[] = "127.0.0.1";

static struct fixture *
fixture_new(const struct answer *answers)
{
	static const struct http_options options = { .proxy = "" };
	struct fixture *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	script_start(&x->script, answers);
	snprintf(x->directory, sizeof(x->directory), "/tmp/registerXXXXXX");
	assert_non_null(mkdtemp(x->directory));
	assert_int_equal(setenv("XDG_STATE_HOME", x->directory, 1), 0);
	x->store = store_open(NULL, &x->fault);
	assert_non_null(x->store);
	x->loop = loop_new();
	x->client = http_client_new(x->loop, &options);
	x->config.url = url;
	x->config.profile = profile;
	x->config.callback_host = host;
	x->net = (struct auth_net){
		.client = x->client,
		.config = &x->config,
		.server_class = ADDRESS_LOOPBACK,
	};
	snprintf(x->register_url, sizeof(x->register_url), "%s/register",
	    x->script.origin);
	x->d.as.issuer = issuer;
	x->d.as.registration_endpoint = x->register_url;
	oauth_client_init(&x->got);
	return x;
}

static void
remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry = dir != NULL ? readdir(dir) : NULL;

	while (entry != NULL) {
		char *inner = mem_format("%s/%s", path, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			remove_tree(inner);
		free(inner);
		entry = readdir(dir);
	}
	if (dir != NULL)
		closedir(dir);
	(void)remove(path);
}

static void
fixture_free(struct fixture *x)
{
	oauth_client_reset(&x->got);
	store_close(&x->store);
	http_client_free(&x->client);
	loop_free(&x->loop);
	script_stop(&x->script);
	remove_tree(x->directory);
	free(x);
}

static int
get(struct fixture *x, const char *redirect_uri, const char *scope, bool renew)
{
	fault_clear(&x->fault);
	return oauth_client_get(&x->net, x->store, &x->d, redirect_uri, scope,
	    renew, &x->got, &x->fault);
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;
	const char *at = strstr(text, part);

	for (; at != NULL; n++)
		at = strstr(at + 1, part);
	return n;
}

struct retry_case {
	const char *what;
	struct answer answers[5];
	const char *scope;
	size_t requests, with_scope, by_name;
	enum fault_code code;
	const char *oauth_error, *detail;
	const char *redirect_uri; /* of success */
};

static const struct retry_case retry_cases[] = {
	{ .what = "at once",
	    .answers = { { REGISTER, "201", NULL, "{\"client_id\":\"c\"}" } },
	    .scope = "a",
	    .requests = 1,
	    .with_scope = 1,
	    .redirect_uri = REDIRECT },
	{ .what = "A-035: only by name",
	    .answers = { { REGISTER, "400", NULL,
			     REFUSED("invalid_redirect_uri") },
		{ REGISTER, "201", NULL, "{\"client_id\":\"c\"}" } },
	    .scope = "a",
	    .requests = 2,
	    .with_scope = 2,
	    .by_name = 1,
	    .redirect_uri = BY_NAME },
	{ .what = "A-035: not by name either",
	    .answers = { { REGISTER, "400", NULL,
		REFUSED("invalid_redirect_uri") } },
	    .requests = 2,
	    .by_name = 1,
	    .code = FAULT_REGISTRATION,
	    .oauth_error = "invalid_redirect_uri" },
	{ .what = "A-033: without the scope",
	    .answers = { { REGISTER, "400", NULL, REFUSED("invalid_scope") },
		{ REGISTER, "201", NULL, "{\"client_id\":\"c\"}" } },
	    .scope = "a",
	    .requests = 2,
	    .with_scope = 1,
	    .redirect_uri = REDIRECT },
	{ .what = "a body that explains nothing",
	    .answers = { { REGISTER, "422", NULL, "[\"scope\"]" },
		{ REGISTER, "201", NULL, "{\"client_id\":\"c\"}" } },
	    .scope = "a",
	    .requests = 2,
	    .with_scope = 1,
	    .redirect_uri = REDIRECT },
	{ .what = "each adjustment once",
	    .answers = { { REGISTER, "400", NULL,
		REFUSED("invalid_client_metadata") } },
	    .scope = "a",
	    .requests = 3,
	    .with_scope = 1,
	    .by_name = 1,
	    .code = FAULT_REGISTRATION,
	    .oauth_error = "invalid_client_metadata" },
	{ .what = "not allowed, in words",
	    .answers = { { REGISTER, "403", "Content-Type: text/plain\r\n",
		"Ask for access first" } },
	    .scope = "a",
	    .requests = 1,
	    .with_scope = 1,
	    .code = FAULT_REGISTRATION,
	    .oauth_error = "",
	    .detail = "Ask for access first" },
	{ .what = "no registration there",
	    .answers = { { REGISTER, "404", NULL, NULL } },
	    .requests = 1,
	    .code = FAULT_REGISTRATION,
	    .oauth_error = "" },
	{ .what = "trouble: no second POST",
	    .answers = { { REGISTER, "503", NULL, NULL } },
	    .scope = "a",
	    .requests = 1,
	    .with_scope = 1,
	    .code = FAULT_HTTP,
	    .oauth_error = "" },
	{ .what = "no answer: no second POST",
	    .answers = { { REGISTER, "", NULL, NULL } },
	    .requests = 1,
	    .code = FAULT_UNREACHABLE,
	    .oauth_error = "" },
	{ .what = "A-099: a redirect",
	    .answers = { { REGISTER, "307", "Location: /else\r\n", NULL } },
	    .requests = 1,
	    .code = FAULT_REGISTRATION,
	    .oauth_error = "" },
};

static void
test_retries(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(retry_cases); i++) {
		const struct retry_case *c = &retry_cases[i];
		struct fixture *x = fixture_new(c->answers);

		int result = get(x, REDIRECT, c->scope, false);
		if ((result == 0) != (c->code == FAULT_NONE) ||
		    (result == -1 && x->fault.code != c->code))
			fail_msg("%s: %d, fault %d", c->what, result,
			    (int)x->fault.code);
		if (count(x->script.lines, "\n") != c->requests ||
		    count(x->script.lines, REGISTER) != c->requests)
			fail_msg("%s: %s", c->what, x->script.lines);
		assert_int_equal(count(x->script.text, "\"scope\""),
		    c->with_scope);
		assert_int_equal(count(x->script.text, BY_NAME), c->by_name);
		if (result == 0)
			assert_string_equal(x->got.redirect_uri,
			    c->redirect_uri);
		else
			assert_string_equal(x->fault.oauth_error,
			    c->oauth_error);
		if (c->detail != NULL)
			assert_string_equal(x->fault.detail, c->detail);
		fixture_free(x);
	}
}

static const struct answer three_clients[] = {
	{ REGISTER, "201", NULL, "{\"client_id\":\"one\"}" },
	{ REGISTER, "201", NULL, "{\"client_id\":\"two\"}" },
	{ REGISTER, "201", NULL, "{\"client_id\":\"three\"}" },
	{ NULL, NULL, NULL, NULL },
};

/* */
static void
test_registration_is_kept(void **state)
{
	static char other_url[] = "https://other.test/mcp";
	struct fixture *x = fixture_new(three_clients);

	(void)state;
	assert_int_equal(oauth_client_port(x->store, &x->config, issuer), 0);
	assert_int_equal(get(x, REDIRECT, "a", false), 0);
	assert_int_equal(x->got.source, CLIENT_DYNAMIC);
	assert_string_equal(x->got.id, "one");
	assert_string_equal(x->got.auth_method, "none");
	assert_int_equal(x->got.registered_port, 4711);
	assert_int_equal(oauth_client_port(x->store, &x->config, issuer), 4711);

	/* the same again, for another server, for another scope */
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_string_equal(x->got.id, "one");
	x->config.url = other_url;
	assert_int_equal(get(x, REDIRECT, "b", false), 0);
	assert_string_equal(x->got.id, "one");

	/* not at another issuer */
	x->d.as.issuer = other_issuer;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_string_equal(x->got.id, "two");

	/* another port is no redirect of the first */
	x->d.as.issuer = issuer;
	assert_int_equal(get(x, "http://127.0.0.1:4712/callback", NULL, false),
	    0);
	assert_string_equal(x->got.id, "three");
	assert_int_equal(oauth_client_port(x->store, &x->config, issuer), 4712);
	fixture_free(x);
}

/* who comes second uses what the first got. */
static void
test_renewal(void **state)
{
	struct fixture *x = fixture_new(three_clients);
	struct oauth_client stale;

	(void)state;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	oauth_client_init(&stale);
	stale.id = mem_string("one");
	assert_int_equal(get(x, REDIRECT, NULL, true), 0);
	assert_string_equal(x->got.id, "two");

	assert_int_equal(oauth_client_get(&x->net, x->store, &x->d, REDIRECT,
			     NULL, true, &stale, &x->fault),
	    0);
	assert_string_equal(stale.id, "two");
	assert_int_equal(count(x->script.lines, "\n"), 2);
	oauth_client_reset(&stale);
	fixture_free(x);
}

/* the name that was accepted is kept, and found again after a renewal
 * that asks with it. */
static void
test_accepted_name_is_kept(void **state)
{
	static const struct answer answers[] = {
		{ REGISTER, "400", NULL, REFUSED("invalid_redirect_uri") },
		{ REGISTER, "201", NULL, "{\"client_id\":\"one\"}" },
		{ REGISTER, "201", NULL, "{\"client_id\":\"two\"}" },
		{ NULL, NULL, NULL, NULL },
	};
	struct fixture *x = fixture_new(answers);

	(void)state;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_string_equal(x->got.id, "one");
	assert_string_equal(x->got.redirect_uri, BY_NAME);
	assert_int_equal(get(x, BY_NAME, NULL, true), 0);
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_string_equal(x->got.id, "two");
	assert_int_equal(count(x->script.lines, "\n"), 3);
	fixture_free(x);
}

/* */
static void
test_expired_secret(void **state)
{
	static const struct answer answers[] = {
		{ REGISTER, "201", NULL,
		    "{\"client_id\":\"one\",\"client_secret\":\"s\","
		    "\"client_secret_expires_at\":1000}" },
		{ REGISTER, "201", NULL,
		    "{\"client_id\":\"two\",\"client_secret\":\"s\","
		    "\"client_secret_expires_at\":9999999999,"
		    "\"token_endpoint_auth_method\":\"client_secret_post\"}" },
		{ NULL, NULL, NULL, NULL },
	};
	struct fixture *x = fixture_new(answers);

	(void)state;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_string_equal(x->got.id, "one");
	assert_string_equal(x->got.auth_method, "client_secret_basic");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(get(x, REDIRECT, NULL, false), 0);
		assert_string_equal(x->got.id, "two");
		assert_string_equal(x->got.auth_method, "client_secret_post");
		assert_true(span_is(secret_peek(&x->got.secret), "s"));
	}
	fixture_free(x);
}

/* pre-registered, metadata document, dynamic, or nothing. */
static void
test_order(void **state)
{
	static char id[] = "mine", document[] = "https://c.test/client.json";
	static char bad[] = "https://c.test/";
	struct fixture *x = fixture_new(three_clients);

	(void)state;
	x->config.client_id = id;
	x->config.client_metadata_url = document;
	x->d.as.cimd_supported = true;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_int_equal(x->got.source, CLIENT_PREREGISTERED);
	assert_string_equal(x->got.id, "mine");
	assert_string_equal(x->got.auth_method, "none");
	assert_string_equal(x->got.redirect_uri, REDIRECT);

	x->config.client_id = NULL;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_int_equal(x->got.source, CLIENT_METADATA_URL);
	assert_string_equal(x->got.id, document);
	assert_string_equal(x->got.auth_method, "none");

	x->config.client_metadata_url = bad;
	assert_int_equal(get(x, REDIRECT, NULL, false), -1);
	assert_int_equal(x->fault.code, FAULT_CONFIG);
	assert_string_equal(x->script.lines, "");

	x->d.as.cimd_supported = false;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_int_equal(x->got.source, CLIENT_DYNAMIC);

	x->d.as.registration_endpoint = NULL;
	assert_int_equal(get(x, REDIRECT, NULL, false), -1);
	assert_int_equal(x->fault.code, FAULT_REGISTRATION);
	assert_non_null(strstr(x->fault.action, "--client-id"));
	assert_string_equal(x->fault.issuer, issuer);
	assert_null(x->got.id);
	fixture_free(x);
}

/* bound to the first issuer, unless the user pins one. */
static void
test_preregistered_is_bound(void **state)
{
	static char id[] = "mine", other_id[] = "other";
	struct fixture *x = fixture_new(three_clients);

	(void)state;
	x->config.client_id = id;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);

	x->d.as.issuer = other_issuer;
	assert_int_equal(get(x, REDIRECT, NULL, false), -1);
	assert_int_equal(x->fault.code, FAULT_AS_CHANGED);
	assert_string_equal(x->fault.issuer, other_issuer);
	assert_string_equal(x->fault.detail, issuer);
	assert_null(x->got.id);

	x->config.issuer = other_issuer;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	x->config.issuer = NULL;

	x->config.client_id = other_id;
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	fixture_free(x);
}

static void
write_secret(struct fixture *x, const char *text, size_t len)
{
	snprintf(x->secret_path, sizeof(x->secret_path), "%s/secret",
	    x->directory);
	int fd = open(x->secret_path, O_WRONLY | O_CREAT | O_TRUNC,
	    S_IRUSR | S_IWUSR);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	x->config.client_secret_file = x->secret_path;
}

static void
test_secret_file(void **state)
{
	static char id[] = "mine", long_secret[LIMIT_HEADER_VALUE + 1];
	static char missing[] = "/nonexistent/secret";
	struct fixture *x = fixture_new(three_clients);

	(void)state;
	x->config.client_id = id;
	write_secret(x, "s e:c\r\n\n", 8);
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_true(span_is(secret_peek(&x->got.secret), "s e:c"));
	assert_string_equal(x->got.auth_method, "client_secret_basic");

	memset(long_secret, 'x', sizeof(long_secret));
	write_secret(x, long_secret, LIMIT_HEADER_VALUE);
	assert_int_equal(get(x, REDIRECT, NULL, false), 0);
	assert_int_equal(x->got.secret.len, LIMIT_HEADER_VALUE);
	write_secret(x, long_secret, sizeof(long_secret));
	assert_int_equal(get(x, REDIRECT, NULL, false), -1);
	assert_int_equal(x->fault.code, FAULT_CONFIG);
	write_secret(x, "\n", 1);
	assert_int_equal(get(x, REDIRECT, NULL, false), -1);
	assert_int_equal(x->fault.code, FAULT_CONFIG);
	x->config.client_secret_file = missing;
	assert_int_equal(get(x, REDIRECT, NULL, false), -1);
	assert_int_equal(x->fault.code, FAULT_CONFIG);
	fixture_free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_registration_is_kept),
		cmocka_unit_test(test_renewal),
		cmocka_unit_test(test_accepted_name_is_kept),
		cmocka_unit_test(test_expired_secret),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_preregistered_is_bound),
		cmocka_unit_test(test_secret_file),
	};

	log_set_level(LOG_SILENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
