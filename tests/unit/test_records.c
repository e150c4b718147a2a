/* SPDX-License-Identifier: ISC */
/*
 * auth/records: what is filed is found again (A-091, A-092, A-121), members of
 * newer versions survive, and a record under another's key is no record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/records.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct world {
	char *home; /* owned: $XDG_STATE_HOME */
	struct store *store;
	struct fault fault;
};

static int
set_up(void **state)
{
	struct world *w = mem_alloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	w->home = mem_format("%s/records-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->home));
	assert_int_equal(setenv("XDG_STATE_HOME", w->home, 1), 0);
	w->store = store_open(NULL, &w->fault);
	assert_non_null(w->store);
	log_set_level(LOG_SILENT);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", w->home, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_close(&w->store);
	free(w->home);
	free(w);
	return 0;
}

static void
identify_access(struct access_record *r)
{
	access_record_init(r);
	r->url = mem_string("https://mcp.example.com/mcp");
	r->profile = mem_string("default");
}

/* Files `json` under the key of identify_access. */
static void
put_access(struct world *w, const char *json)
{
	struct access_record r;
	char key[65] = "";

	identify_access(&r);
	access_record_key(&r, key);
	assert_int_equal(store_write(w->store, STORE_ACCESS, key, span_of(json),
			     &w->fault),
	    0);
	access_record_reset(&r);
}

static void
read_access(struct world *w, struct buf *json)
{
	struct access_record r;
	char key[65] = "";

	identify_access(&r);
	access_record_key(&r, key);
	buf_init(json, LIMIT_STORE_RECORD);
	assert_int_equal(store_read(w->store, STORE_ACCESS, key, json,
			     &w->fault),
	    0);
	access_record_reset(&r);
}

static void
access_records_are_found_again(void **state)
{
	struct world *w = *state;
	struct access_record r, read;
	bool found = true;

	identify_access(&r);
	identify_access(&read);
	assert_int_equal(access_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_false(found);
	assert_string_equal(read.url, r.url);

	r.issuer = mem_string("https://as.example/\"quoted\"");
	r.resource = mem_string("https://mcp.example.com/");
	r.client_id = mem_string("client");
	r.scope = mem_string("read");
	secret_set(&r.bearer.token, span_of("access"));
	r.bearer.scheme = mem_string("DPoP");
	secret_set(&r.bearer.key, span_of("access key"));
	r.bearer.expires_at_s = 1900000000;
	r.bearer.refresh_at_s = 1899999700;
	r.bearer.generation = 3;
	assert_int_equal(access_record_save(&r, w->store, &w->fault), 0);

	assert_int_equal(access_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_true(found);
	assert_string_equal(read.url, r.url);
	assert_string_equal(read.issuer, r.issuer);
	assert_string_equal(read.resource, r.resource);
	assert_string_equal(read.client_id, r.client_id);
	assert_string_equal(read.scope, r.scope);
	assert_true(secret_equal(&read.bearer.token, &r.bearer.token));
	assert_string_equal(read.bearer.scheme, "DPoP");
	assert_true(secret_equal(&read.bearer.key, &r.bearer.key));
	assert_true(read.bearer.expires_at_s == 1900000000);
	assert_true(read.bearer.refresh_at_s == 1899999700);
	assert_true(read.bearer.generation == 3);
	assert_null(read.unknown);

	/* Removed: nothing of it stays in the struct either. */
	assert_int_equal(access_record_remove(&r, w->store, &w->fault), 0);
	assert_int_equal(access_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_false(found);
	assert_true(secret_empty(&read.bearer.token));
	assert_true(secret_empty(&read.bearer.key));
	assert_null(read.issuer);
	assert_string_equal(read.profile, "default");
	access_record_reset(&r);
	access_record_reset(&read);
}

static void
grants_are_found_again(void **state)
{
	struct world *w = *state;
	struct grant_record r, read;
	bool found = false;

	grant_record_init(&r);
	r.issuer = mem_string("https://as.example");
	r.client_id = mem_string("client");
	r.profile = mem_string("work");
	grant_record_init(&read);
	read.issuer = mem_string(r.issuer);
	read.client_id = mem_string(r.client_id);
	read.profile = mem_string(r.profile);
	r.auth_method = mem_string("none");
	secret_set(&r.refresh, span_of("refresh"));
	secret_set(&r.dpop_key, span_of("grant key"));
	r.scope = mem_string("read");
	r.requested_scope = mem_string("read write");
	r.generation = 9;
	assert_int_equal(grant_record_save(&r, w->store, &w->fault), 0);
	assert_int_equal(grant_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_true(found);
	assert_null(read.resource);
	assert_string_equal(read.auth_method, "none");
	assert_true(secret_equal(&read.dpop_key, &r.dpop_key));
	assert_true(secret_equal(&read.refresh, &r.refresh));
	assert_string_equal(read.scope, "read");
	assert_string_equal(read.requested_scope, "read write");
	assert_true(read.generation == 9);
	grant_record_reset(&r);
	grant_record_reset(&read);
}

static void
registrations_are_found_again(void **state)
{
	struct world *w = *state;
	struct registration_record r, read;
	bool found = false;

	registration_record_init(&r);
	r.issuer = mem_string("https://as.example");
	r.profile = mem_string("default");
	r.redirect_host = mem_string("127.0.0.1");
	registration_record_init(&read);
	read.issuer = mem_string(r.issuer);
	read.profile = mem_string(r.profile);
	read.redirect_host = mem_string(r.redirect_host);
	r.client_id = mem_string("dynamic");
	r.auth_method = mem_string("client_secret_post");
	secret_set(&r.client_secret, span_of("hush"));
	r.secret_expires_at_s = 2000000000;
	r.redirect_uri = mem_string("http://127.0.0.1:4711/callback");
	r.scope = mem_string("read");
	assert_int_equal(registration_record_save(&r, w->store, &w->fault), 0);
	assert_int_equal(registration_record_load(&read, w->store, &found,
			     &w->fault),
	    0);
	assert_true(found);
	assert_string_equal(read.client_id, "dynamic");
	assert_string_equal(read.auth_method, "client_secret_post");
	assert_true(secret_equal(&read.client_secret, &r.client_secret));
	assert_true(read.secret_expires_at_s == 2000000000);
	assert_string_equal(read.redirect_uri, r.redirect_uri);
	assert_string_equal(read.scope, "read");
	registration_record_reset(&r);
	registration_record_reset(&read);
}

static void
logins_are_found_again(void **state)
{
	struct world *w = *state;
	struct login_record r, read;
	bool found = false;

	login_record_init(&r);
	r.url = mem_string("https://mcp.example.com/mcp");
	r.profile = mem_string("default");
	login_record_init(&read);
	read.url = mem_string(r.url);
	read.profile = mem_string(r.profile);
	r.prompt.start_url = mem_string("http://127.0.0.1:4711/nonce");
	r.prompt.deadline_s = 1900000300;
	r.prompt.browser_opened = true;
	r.routine_after_s = 1900000900;
	r.person_after_s = 1900000360;
	r.refusals = 2;
	assert_int_equal(login_record_save(&r, w->store, &w->fault), 0);
	assert_int_equal(login_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_true(found);
	assert_string_equal(read.prompt.start_url, r.prompt.start_url);
	assert_true(read.prompt.deadline_s == 1900000300);
	assert_true(read.prompt.browser_opened);
	assert_true(read.routine_after_s == 1900000900);
	assert_true(read.person_after_s == 1900000360);
	assert_int_equal(read.refusals, 2);
	login_record_reset(&r);
	login_record_reset(&read);
}

/* A sign-in at an identity provider serves a profile, for one client, and its
 * login is none at a server of the same address (A-080). */
static void
sign_ins_at_a_provider_are_found_again(void **state)
{
	struct world *w = *state;
	struct idp_record r, read;
	struct login_record at_idp = { 0 }, at_server;
	char one[65], other[65];
	bool found = false;

	idp_record_init(&r);
	r.issuer = mem_string("https://id.example");
	r.client_id = mem_string("bridge");
	r.profile = mem_string("default");
	idp_record_init(&read);
	read.issuer = mem_string(r.issuer);
	read.client_id = mem_string(r.client_id);
	read.profile = mem_string(r.profile);
	r.subject = mem_string("anna");
	r.scope = mem_string("openid offline_access");
	r.auth_method = mem_string("none");
	secret_set(&r.id_token, span_of("e30.e30.c2ln"));
	secret_set(&r.refresh, span_of("rt-1"));
	r.expires_at_s = 1900000600;
	r.obtained_at_s = 1900000000;
	r.generation = 7;
	assert_int_equal(idp_record_save(&r, w->store, &w->fault), 0);
	assert_int_equal(idp_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_true(found);
	assert_string_equal(read.subject, "anna");
	assert_string_equal(read.scope, r.scope);
	assert_string_equal(read.auth_method, "none");
	assert_true(secret_equal(&read.id_token, &r.id_token));
	assert_true(secret_equal(&read.refresh, &r.refresh));
	assert_true(read.expires_at_s == 1900000600);
	assert_true(read.obtained_at_s == 1900000000);
	assert_int_equal(read.generation, 7);
	free(read.client_id);
	read.client_id = mem_string("bridge-2");
	assert_int_equal(idp_record_load(&read, w->store, &found, &w->fault),
	    0);
	assert_false(found);
	assert_true(secret_empty(&read.id_token));

	at_idp.url = r.issuer;
	at_idp.profile = r.profile;
	at_idp.idp_client_id = r.client_id;
	at_server = at_idp;
	at_server.idp_client_id = NULL;
	login_record_key(&at_idp, one);
	login_record_key(&at_server, other);
	assert_string_not_equal(one, other);
	idp_record_reset(&r);
	idp_record_reset(&read);
}

/* A newer and an older version share a store (A-091). */
static void
unknown_members_survive_a_rewrite(void **state)
{
	struct world *w = *state;
	struct access_record r;
	struct buf json = { 0 };
	bool found = false;
	struct span value;

	put_access(w,
	    "{\"dpop_jwk\" : {\"k\":[1, 2.50, \"\\u00e9\"]}, \"version\":1,"
	    "\"url\":\"https://mcp.example.com/mcp\",\"profile\":\"default\","
	    "\"generation\":4,\"note\":null,\"z\\u0061\":\"x\"}");
	identify_access(&r);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(access_record_load(&r, w->store, &found,
				     &w->fault),
		    0);
		assert_true(found);
		r.bearer.generation++;
		assert_int_equal(access_record_save(&r, w->store, &w->fault),
		    0);
	}
	access_record_reset(&r);

	read_access(w, &json);
	struct json_doc doc;
	assert_true(json_scan(buf_span(&json), LIMIT_AUTH_DEPTH, &doc));
	assert_false(json_has_duplicate_key(doc.value));
	assert_true(json_get(doc.value, "dpop_jwk", &value));
	assert_true(span_is(value, "{\"k\":[1, 2.50, \"\\u00e9\"]}"));
	assert_true(json_get(doc.value, "note", &value));
	assert_true(span_is(value, "null"));
	assert_true(json_get(doc.value, "za", &value));
	assert_true(json_get(doc.value, "generation", &value));
	assert_true(span_is(value, "7"));
	buf_wipe(&json);
}

#define MCP "\"url\":\"https://mcp.example.com/mcp\""

static void
contradicting_records_are_no_records(void **state)
{
	static const struct {
		const char *json;
		bool found;
	} cases[] = {
		{ "{\"version\":1," MCP ",\"profile\":\"default\"}", true },
		{ "{\"version\":1," MCP ",\"profile\":\"other\"}", false },
		{ "{\"version\":1,\"url\":\"https://evil.example/\","
		  "\"profile\":\"default\",\"token\":\"t\"}",
		    false },
		{ "{\"version\":1," MCP "}", false },
		{ "{\"version\":1}", false },
		{ "{}", false },
		{ "{" MCP ",\"profile\":\"default\"}", false },
		{ "{\"version\":2," MCP ",\"profile\":\"default\"}", false },
		{ "{\"version\":\"1\"," MCP ",\"profile\":\"default\"}",
		    false },
		{ "{\"version\":1," MCP ",\"profile\":\"default\",\"token\":7}",
		    false },
		{ "{\"version\":1," MCP
		  ",\"profile\":\"default\",\"generation\":\"many\"}",
		    false },
		{ "{\"version\":1," MCP
		  ",\"profile\":\"default\",\"scheme\":\"\\ud800\"}",
		    false },
	};
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct access_record r;
		bool found = !cases[i].found;

		put_access(w, cases[i].json);
		identify_access(&r);
		secret_set(&r.bearer.token, span_of("left over"));
		assert_int_equal(access_record_load(&r, w->store, &found,
				     &w->fault),
		    0);
		if (found != cases[i].found)
			fail_msg("%s", cases[i].json);
		assert_true(secret_empty(&r.bearer.token));
		assert_string_equal(r.url, "https://mcp.example.com/mcp");
		access_record_reset(&r);
	}
}

/* Each identifying field makes another key, and kinds do not mix. */
static void
identities_have_their_own_keys(void **state)
{
	static const char *const ids[][4] = {
		{ "i", "r", "c", "p" },
		{ "I", "r", "c", "p" },
		{ "i", "R", "c", "p" },
		{ "i", "r", "C", "p" },
		{ "i", "r", "c", "P" },
		{ "i", NULL, "c", "p" },
		{ "ir", "", "c", "p" },
	};
	char keys[COUNT(ids)][65];

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		struct grant_record r;

		grant_record_init(&r);
		r.issuer = mem_string(ids[i][0]);
		r.resource = mem_string(ids[i][1]);
		r.client_id = mem_string(ids[i][2]);
		r.profile = mem_string(ids[i][3]);
		grant_record_key(&r, keys[i]);
		grant_record_reset(&r);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(keys[i], keys[j]);
	}
}

static void
too_large_records_are_refused(void **state)
{
	struct world *w = *state;
	struct access_record r;
	bool found = false;

	identify_access(&r);
	assert_int_equal(access_record_save(&r, w->store, &w->fault), 0);
	r.scope = mem_alloc(LIMIT_STORE_RECORD + 1, 1);
	memset(r.scope, 's', LIMIT_STORE_RECORD);
	assert_int_equal(access_record_save(&r, w->store, &w->fault), -1);
	assert_int_equal(w->fault.code, FAULT_STORE);
	assert_int_equal(access_record_load(&r, w->store, &found, &w->fault),
	    0);
	assert_true(found);
	assert_null(r.scope);
	access_record_reset(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(access_records_are_found_again),
		TEST(grants_are_found_again),
		TEST(registrations_are_found_again),
		TEST(logins_are_found_again),
		TEST(sign_ins_at_a_provider_are_found_again),
		TEST(unknown_members_survive_a_rewrite),
		TEST(contradicting_records_are_no_records),
		TEST(identities_have_their_own_keys),
		TEST(too_large_records_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
