/* SPDX-License-Identifier: ISC */
/*
 * auth/config, auth/field and auth/job: what goes into the pipe comes out of
 * it, and nothing else is taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/job.h"
#include "base/limits.h"
#include "base/mem.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char **
strings(const char *one, const char *two)
{
	char **list = mem_alloc(2, sizeof(*list));

	list[0] = mem_string(one);
	list[1] = mem_string(two);
	return list;
}

static void
fill_config(struct auth_config *c)
{
	c->url = mem_string("https://mcp.example.com/mcp?a=\"b\"&c=\\");
	c->grant = AUTH_GRANT_JWT_BEARER;
	c->assertion_file = mem_string("/run/assertion");
	c->idp_issuer = mem_string("https://idp.example");
	c->idp_token_endpoint = mem_string("https://idp.example/token");
	c->idp_client_id = mem_string("at-idp");
	c->idp_client_secret_file = mem_string("/run/idp-secret");
	c->id_token_file = mem_string("/run/id-token");
	c->id_token_command = mem_string("print 'id token'");
	c->id_token_is_saml = true;
	c->client_key_file = mem_string("/run/key.pem");
	c->client_key_id = mem_string("kid");
	c->client_key_alg = mem_string("EdDSA");
	c->client_assertion_to_endpoint = true;
	c->client_id = mem_string("client \xc3\xa9");
	c->client_secret_file = mem_string("/run/secret");
	c->client_metadata_url = mem_string("https://c.example/client.json");
	c->scope = mem_string("read write");
	c->resource = mem_string("https://mcp.example.com/");
	c->no_resource = true;
	c->authorize_params = mem_alloc(2, sizeof(*c->authorize_params));
	c->authorize_param_count = 2;
	c->authorize_params[0].name = mem_string("prompt");
	c->authorize_params[0].value = mem_string("login");
	c->authorize_params[1].name = mem_string("empty");
	c->authorize_params[1].value = mem_string("");
	c->callback_port = 65535;
	c->issuer = mem_string("https://as.example");
	c->issuer_exact = true;
	c->strict_resource = true;
	c->assume_pkce_s256 = true;
	c->dpop = AUTH_DPOP_REQUIRE;
	c->no_adaptations = true;
	c->use_id_token = true;
	c->client_metadata = mem_string("{\"client_name\":\"n\"}");
	c->success_url = mem_string("https://s.example/");
	c->audience = mem_string("https://api.example");
	c->authorization_endpoint = mem_string("https://as.example/a");
	c->token_endpoint = mem_string("https://as.example/t");
	c->non_interactive = true;
	c->no_browser = true;
	c->allow_http = true;
	c->allow_hosts = strings("a.example", "b.example");
	c->allow_host_count = 2;
	c->ca_file = mem_string("/ca.pem");
	c->cert_file = mem_string("/cert.pem");
	c->key_file = mem_string("/key.pem");
	c->proxy = mem_string("");
	c->http1_only = true;
	c->connect_timeout_ms = 30000;
}

static void
assert_same(const char *one, const char *two)
{
	if (one == NULL || two == NULL)
		assert_ptr_equal(one, two);
	else
		assert_string_equal(one, two);
}

static void
assert_same_config(const struct auth_config *a, const struct auth_config *b)
{
	assert_same(a->url, b->url);
	assert_same(a->profile, b->profile);
	assert_int_equal(a->grant, b->grant);
	assert_same(a->assertion_file, b->assertion_file);
	assert_same(a->idp_issuer, b->idp_issuer);
	assert_same(a->idp_token_endpoint, b->idp_token_endpoint);
	assert_same(a->idp_client_id, b->idp_client_id);
	assert_same(a->idp_client_secret_file, b->idp_client_secret_file);
	assert_same(a->id_token_file, b->id_token_file);
	assert_same(a->id_token_command, b->id_token_command);
	assert_int_equal(a->id_token_is_saml, b->id_token_is_saml);
	assert_same(a->client_key_file, b->client_key_file);
	assert_same(a->client_key_id, b->client_key_id);
	assert_same(a->client_key_alg, b->client_key_alg);
	assert_int_equal(a->client_assertion_to_endpoint,
	    b->client_assertion_to_endpoint);
	assert_same(a->client_id, b->client_id);
	assert_same(a->client_secret_file, b->client_secret_file);
	assert_same(a->client_metadata_url, b->client_metadata_url);
	assert_same(a->scope, b->scope);
	assert_same(a->resource, b->resource);
	assert_int_equal(a->no_resource, b->no_resource);
	assert_int_equal(a->authorize_param_count, b->authorize_param_count);
	for (size_t i = 0; i < a->authorize_param_count; i++) {
		assert_same(a->authorize_params[i].name,
		    b->authorize_params[i].name);
		assert_same(a->authorize_params[i].value,
		    b->authorize_params[i].value);
	}
	assert_same(a->callback_host, b->callback_host);
	assert_same(a->callback_path, b->callback_path);
	assert_int_equal(a->callback_port, b->callback_port);
	assert_int_equal(a->auth_timeout_s, b->auth_timeout_s);
	assert_same(a->issuer, b->issuer);
	assert_int_equal(a->issuer_exact, b->issuer_exact);
	assert_int_equal(a->strict_resource, b->strict_resource);
	assert_int_equal(a->assume_pkce_s256, b->assume_pkce_s256);
	assert_int_equal(a->dpop, b->dpop);
	assert_int_equal(a->no_adaptations, b->no_adaptations);
	assert_int_equal(a->use_id_token, b->use_id_token);
	assert_same(a->client_metadata, b->client_metadata);
	assert_same(a->success_url, b->success_url);
	assert_same(a->audience, b->audience);
	assert_same(a->authorization_endpoint, b->authorization_endpoint);
	assert_same(a->token_endpoint, b->token_endpoint);
	assert_int_equal(a->non_interactive, b->non_interactive);
	assert_int_equal(a->no_browser, b->no_browser);
	assert_int_equal(a->allow_http, b->allow_http);
	assert_int_equal(a->allow_host_count, b->allow_host_count);
	for (size_t i = 0; i < a->allow_host_count; i++)
		assert_same(a->allow_hosts[i], b->allow_hosts[i]);
	assert_same(a->ca_file, b->ca_file);
	assert_same(a->cert_file, b->cert_file);
	assert_same(a->key_file, b->key_file);
	assert_same(a->proxy, b->proxy);
	assert_int_equal(a->http1_only, b->http1_only);
	assert_int_equal(a->connect_timeout_ms, b->connect_timeout_ms);
}

static void
assert_job_survives(const struct auth_job *job)
{
	struct auth_job read;
	struct buf text = { 0 };
	struct fault f = { 0 };

	auth_job_init(&read);
	buf_init(&text, LIMIT_AUTH_LINE);
	assert_int_equal(auth_job_write(job, &text), 0);
	assert_int_equal(auth_job_read(&read, buf_span(&text), &f), 0);
	assert_same_config(&job->config, &read.config);
	assert_int_equal(job->why, read.why);
	assert_int_equal(job->who, read.who);
	assert_true(job->generation == read.generation);
	assert_int_equal(job->challenge_count, read.challenge_count);
	for (size_t i = 0; i < job->challenge_count; i++)
		assert_same(job->challenges[i], read.challenges[i]);
	assert_same(job->protocol_version, read.protocol_version);
	assert_same(job->subject, read.subject);
	auth_job_reset(&read);
	buf_reset(&text);
}

static void
config_has_defaults(void **state)
{
	struct auth_config c;

	(void)state;
	auth_config_init(&c);
	assert_string_equal(c.profile, "default");
	assert_string_equal(c.callback_host, "127.0.0.1");
	assert_string_equal(c.callback_path, "/callback");
	assert_int_equal(c.auth_timeout_s, 300);
	assert_null(c.url);
	auth_config_reset(&c);
	assert_null(c.profile);
	auth_config_reset(&c);
	auth_config_reset(NULL);
}

static void
jobs_survive_the_pipe(void **state)
{
	struct auth_job job;

	(void)state;
	auth_job_init(&job);
	job.config.url = mem_string("http://127.0.0.1:1/");
	assert_job_survives(&job);

	free(job.config.url);
	fill_config(&job.config);
	job.why = AUTH_WHY_SCOPE;
	job.who = AUTH_WHO_TERMINAL;
	job.generation = INT64_MAX;
	job.challenges = strings("Bearer scope=\"a b\", realm=\"\\\"\"", "");
	job.challenge_count = 2;
	job.protocol_version = mem_string("2025-11-25");
	job.subject = mem_string("tools/call \xe2\x82\xac\n");
	assert_job_survives(&job);
	auth_job_reset(&job);
}

/* Bytes that are no UTF-8 must not lose the job. */
static void
challenges_of_any_bytes_are_carried(void **state)
{
	struct auth_job job, read;
	struct buf text = { 0 };
	struct fault f = { 0 };

	(void)state;
	auth_job_init(&job);
	auth_job_init(&read);
	buf_init(&text, LIMIT_AUTH_LINE);
	job.config.url = mem_string("https://mcp.example.com/");
	job.challenges = strings("Bearer realm=\"\xff\xfe\x01\"", "Basic");
	job.challenge_count = 2;
	assert_int_equal(auth_job_write(&job, &text), 0);
	assert_int_equal(auth_job_read(&read, buf_span(&text), &f), 0);
	assert_string_equal(read.challenges[0],
	    "Bearer realm=\"\xef\xbf\xbd\xef\xbf\xbd\x01\"");
	assert_string_equal(read.challenges[1], "Basic");
	buf_reset(&text);
	auth_job_reset(&job);
	auth_job_reset(&read);
}

static void
a_job_that_is_too_large_is_refused(void **state)
{
	struct auth_job job;
	struct buf text = { 0 };

	(void)state;
	auth_job_init(&job);
	buf_init(&text, LIMIT_AUTH_LINE);
	job.config.url = mem_alloc(LIMIT_AUTH_LINE + 1, 1);
	memset(job.config.url, 'a', LIMIT_AUTH_LINE);
	assert_int_equal(auth_job_write(&job, &text), -1);
	auth_job_reset(&job);
	buf_reset(&text);
}

#define CONFIG_PART                                                            \
	"\"config\":{\"url\":\"u\",\"profile\":\"p\",\"grant\":0,"             \
	"\"dpop\":0,\"log_level\":2"
#define CONFIG CONFIG_PART "}"

static void
jobs_are_read_strictly(void **state)
{
	static const struct {
		const char *json;
		bool good;
	} cases[] = {
		{ "{" CONFIG ",\"why\":0,\"who\":0}", true },
		{ " {" CONFIG ",\"why\":3,\"who\":3,\"generation\":7} ", true },
		{ "", false },
		{ "{}", false },
		{ "[]", false },
		{ "{" CONFIG ",\"why\":0}", false },
		{ "{\"why\":0,\"who\":0}", false },
		{ "{\"config\":{\"url\":\"u\"},\"why\":0,\"who\":0}", false },
		{ "{\"config\":[],\"why\":0,\"who\":0}", false },
		{ "{" CONFIG ",\"why\":4,\"who\":0}", false },
		{ "{" CONFIG ",\"why\":0,\"who\":-1}", false },
		{ "{" CONFIG ",\"why\":\"0\",\"who\":0}", false },
		{ "{" CONFIG ",\"why\":0,\"who\":0,\"other\":1}", false },
		{ "{" CONFIG ",\"why\":0,\"who\":0,\"why\":1}", false },
		{ "{" CONFIG ",\"why\":0,\"who\":0,\"generation\":-1}", false },
		{ "{" CONFIG ",\"why\":0,\"who\":0,\"challenges\":\"x\"}",
		    false },
		{ "{" CONFIG ",\"why\":0,\"who\":0,\"challenges\":[1]}",
		    false },
		{ "{" CONFIG ",\"why\":0,\"who\":0,\"subject\":\"a\\u0000\"}",
		    false },
		{ "{" CONFIG ",\"why\":0,\"who\":0} {}", false },
		{ "{" CONFIG ",\"why\":0,\"who\":0", false },
		{ "{" CONFIG_PART ",\"x\":1},"
		  "\"why\":0,\"who\":0}",
		    false },
		{ "{" CONFIG_PART ","
		  "\"callback_port\":4294967296},\"why\":0,\"who\":0}",
		    false },
		{ "{" CONFIG_PART ","
		  "\"authorize_params\":[{\"name\":\"n\",\"other\":1}]},"
		  "\"why\":0,\"who\":0}",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct auth_job job;
		struct fault f = { 0 };

		auth_job_init(&job);
		int result = auth_job_read(&job, span_of(cases[i].json), &f);
		if ((result == 0) != cases[i].good)
			fail_msg("%s", cases[i].json);
		if (!cases[i].good)
			assert_int_equal(f.code, FAULT_PROTOCOL);
		auth_job_reset(&job);
	}
}

static void
write_answer(const struct auth_answer *a, struct buf *line)
{
	buf_init(line, LIMIT_AUTH_LINE);
	assert_int_equal(auth_answer_write(a, line), 0);
	assert_ptr_equal(memchr(line->data, '\n', line->len),
	    line->data + line->len - 1);
}

static void
answers_survive_the_pipe(void **state)
{
	struct auth_answer a, read;
	struct buf line = { 0 };
	struct fault f = { 0 };

	(void)state;
	auth_answer_init(&a);
	auth_answer_init(&read);
	a.kind = AUTH_ANSWER_TOKEN;
	secret_set(&a.bearer.token, span_of("tok.en~+/=\n\"\\\x7f"));
	a.bearer.scheme = mem_string("DPoP");
	secret_set(&a.bearer.key, span_of("-----BEGIN\nkey\n"));
	a.bearer.expires_at_s = 1900000000;
	a.bearer.refresh_at_s = 1899999000;
	a.bearer.generation = 12;
	write_answer(&a, &line);
	assert_int_equal(auth_answer_read(&read, buf_span(&line), &f), 0);
	assert_int_equal(read.kind, AUTH_ANSWER_TOKEN);
	assert_true(secret_equal(&a.bearer.token, &read.bearer.token));
	assert_string_equal(read.bearer.scheme, "DPoP");
	assert_true(secret_equal(&a.bearer.key, &read.bearer.key));
	assert_true(read.bearer.expires_at_s == 1900000000);
	assert_true(read.bearer.refresh_at_s == 1899999000);
	assert_true(read.bearer.generation == 12);
	auth_answer_reset(&a);
	buf_wipe(&line);

	a.kind = AUTH_ANSWER_PENDING;
	a.prompt.start_url = mem_string("http://127.0.0.1:4711/nonce");
	a.prompt.browser_opened = true;
	a.prompt.deadline_s = -5;
	write_answer(&a, &line);
	assert_int_equal(auth_answer_read(&read, buf_span(&line), &f), 0);
	assert_int_equal(read.kind, AUTH_ANSWER_PENDING);
	assert_string_equal(read.prompt.start_url, a.prompt.start_url);
	assert_true(read.prompt.browser_opened);
	assert_true(read.prompt.deadline_s == -5);
	assert_true(secret_empty(&read.bearer.token));
	auth_answer_reset(&a);
	buf_wipe(&line);

	a.kind = AUTH_ANSWER_STAGE;
	a.text = mem_string("Looking for\nthe server");
	write_answer(&a, &line);
	assert_int_equal(auth_answer_read(&read, buf_span(&line), &f), 0);
	assert_int_equal(read.kind, AUTH_ANSWER_STAGE);
	assert_string_equal(read.text, a.text);
	auth_answer_reset(&a);
	buf_wipe(&line);
	auth_answer_reset(&read);
}

static void
faults_survive_the_pipe(void **state)
{
	struct auth_answer a, read;
	struct buf line = { 0 };
	struct fault f = { 0 };

	(void)state;
	auth_answer_init(&a);
	auth_answer_init(&read);
	a.kind = AUTH_ANSWER_FAULT;
	fault_set(&a.fault, FAULT_REFRESH, "said \"%s\"", "no");
	fault_phase(&a.fault, "token");
	fault_detail(&a.fault, span_of("\x1b[31mred"));
	a.fault.http_status = 400;
	a.fault.retry_after_s = 17;
	a.fault.not_retryable = true;
	snprintf(a.fault.action, sizeof(a.fault.action), "act");
	snprintf(a.fault.issuer, sizeof(a.fault.issuer), "https://as.example");
	snprintf(a.fault.resource, sizeof(a.fault.resource), "https://rs");
	snprintf(a.fault.scopes, sizeof(a.fault.scopes), "read write");
	snprintf(a.fault.oauth_error, sizeof(a.fault.oauth_error),
	    "invalid_grant");
	write_answer(&a, &line);
	assert_int_equal(auth_answer_read(&read, buf_span(&line), &f), 0);
	assert_memory_equal(&a.fault, &read.fault, sizeof(a.fault));
	buf_wipe(&line);

	/* A text cut in the middle of a character comes longer than it went. */
	memset(a.fault.msg, 'a', sizeof(a.fault.msg) - 2);
	a.fault.msg[sizeof(a.fault.msg) - 2] = '\xc3';
	a.fault.msg[sizeof(a.fault.msg) - 1] = '\0';
	write_answer(&a, &line);
	assert_int_equal(auth_answer_read(&read, buf_span(&line), &f), 0);
	assert_int_equal(strlen(read.fault.msg), sizeof(read.fault.msg) - 1);
	buf_wipe(&line);
	auth_answer_reset(&a);
	auth_answer_reset(&read);
}

static void
incomplete_answers_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"{}",
		"hello",
		"{\"kind\":0}",
		"{\"kind\":0,\"bearer\":{\"scheme\":\"Bearer\"}}",
		"{\"kind\":0,\"bearer\":{\"token\":\"t\"}}",
		("{\"kind\":0,\"bearer\":{\"token\":\"t\\u0000\","
		 "\"scheme\":\"Bearer\"}}"),
		"{\"kind\":2}",
		"{\"kind\":3}",
		"{\"kind\":3,\"fault\":{\"code\":0}}",
		"{\"kind\":3,\"fault\":{\"code\":1000}}",
		"{\"kind\":3,\"fault\":{\"msg\":\"m\"}}",
		"{\"kind\":4}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct auth_answer a;
		struct fault f = { 0 };

		auth_answer_init(&a);
		if (auth_answer_read(&a, span_of(lines[i]), &f) == 0)
			fail_msg("%s", lines[i]);
		assert_int_equal(f.code, FAULT_PROTOCOL);
		auth_answer_reset(&a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_has_defaults),
		cmocka_unit_test(jobs_survive_the_pipe),
		cmocka_unit_test(challenges_of_any_bytes_are_carried),
		cmocka_unit_test(a_job_that_is_too_large_is_refused),
		cmocka_unit_test(jobs_are_read_strictly),
		cmocka_unit_test(answers_survive_the_pipe),
		cmocka_unit_test(faults_survive_the_pipe),
		cmocka_unit_test(incomplete_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
