/* SPDX-License-Identifier: ISC */
/*
 * auth/broker and auth/child, with this program itself as the authorizer: run
 * as such it does what the `scope` of its job says. Shows,
 * and the breaker at work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auth/broker.h"
#include "auth/child.h"
#include "auth/records.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { PATIENCE_MS = 20000, QUIET_MS = 100 };

static const char server[] = "https://mcp.example.com/mcp";

/*
 * The authorizer.
 */

static char *
in_home(const char *name)
{
	return mem_format("%s/%s", getenv("XDG_STATE_HOME"), name);
}

/* One line a run, for the test to count. */
static void
leave_trace(const struct auth_job *job)
{
	char *path = in_home("runs");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	char line[64] = "";
	int len = snprintf(line, sizeof(line), "why=%d who=%d generation=%d\n",
	    (int)job->why, (int)job->who, (int)job->generation);

	if (fd == -1 || write(fd, line, (size_t)len) != len)
		_exit(90);
	close(fd);
	free(path);
}

static void
say(const struct auth_answer *answer)
{
	struct buf line = { 0 };

	buf_init(&line, LIMIT_AUTH_LINE);
	if (auth_answer_write(answer, &line) == -1)
		_exit(91);
	/* The asker may be gone. */
	if (write(STDOUT_FILENO, line.data, line.len) == -1 && errno != EPIPE)
		_exit(92);
	buf_wipe(&line);
}

static void
make_token(struct bearer *bearer, uint64_t generation)
{
	char *token = mem_format("token-%d", (int)generation);

	secret_set(&bearer->token, span_of(token));
	free(bearer->scheme);
	bearer->scheme = mem_string("Bearer");
	bearer->generation = generation;
	free(token);
}

static void
say_token(const struct auth_job *job)
{
	struct auth_answer answer;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_TOKEN;
	make_token(&answer.bearer, job->generation + 1);
	say(&answer);
	auth_answer_reset(&answer);
}

static void
say_fault(enum fault_code code, const char *text)
{
	struct auth_answer answer;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_FAULT;
	fault_set(&answer.fault, code, "%s", text);
	say(&answer);
	auth_answer_reset(&answer);
}

static void
say_pending(void)
{
	struct auth_answer answer;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_STAGE;
	answer.text = mem_string("Waiting for the browser");
	say(&answer);
	answer.kind = AUTH_ANSWER_PENDING;
	answer.prompt.start_url = mem_string("http://127.0.0.1:1/nonce");
	answer.prompt.browser_opened = true;
	answer.prompt.deadline_s = 1900000000;
	say(&answer);
	auth_answer_reset(&answer);
}

static void
save_token(uint64_t generation, int64_t expires_at_s)
{
	struct store *store = store_open(NULL, NULL);
	struct access_record record;

	access_record_init(&record);
	record.url = mem_string(server);
	record.profile = mem_string("default");
	make_token(&record.bearer, generation);
	record.bearer.expires_at_s = expires_at_s;
	if (store == NULL || access_record_save(&record, store, NULL) == -1)
		abort();
	access_record_reset(&record);
	store_close(&store);
}

static void
wait_for_user(void)
{
	char *path = in_home("go");

	while (access(path, F_OK) == -1)
		usleep(5000);
	free(path);
}

static void
say_what_came(const struct auth_job *job)
{
	char text[200] = "";
	size_t size = 0;

	for (size_t i = 0; i < job->challenge_count; i++)
		size += strlen(job->challenges[i]);
	snprintf(text, sizeof(text),
	    "leader=%d secret=%d other=%d challenges=%zu of %zu version=%s "
	    "subject=%s",
	    getpgrp() == getpid(), getenv("MCP_BRIDGE_HEADER_X") != NULL,
	    getenv("BROKER_CANARY") != NULL, job->challenge_count, size,
	    job->protocol_version, job->subject);
	say_fault(FAULT_DISCOVERY, text);
}

static void
write_without_end(void)
{
	char bytes[4096];

	memset(bytes, 'x', sizeof(bytes));
	while (write(STDOUT_FILENO, bytes, sizeof(bytes)) > 0)
		continue;
}

static void
act(const struct auth_job *job)
{
	const char *what = job->config.scope;

	if (strcmp(what, "token") == 0) {
		say_token(job);
	} else if (strcmp(what, "token for a person") == 0) {
		if (job->who >= AUTH_WHO_PERSON)
			say_token(job);
		else
			say_fault(FAULT_LOGIN_REQUIRED, "");
	} else if (strcmp(what, "fault") == 0) {
		say_fault(FAULT_REGISTRATION, "No client");
	} else if (strcmp(what, "pending") == 0) {
		say_pending();
		wait_for_user();
		save_token(job->generation + 1, 0);
		say_token(job);
	} else if (strcmp(what, "slow token") == 0) {
		usleep(200 * 1000);
		say_token(job);
	} else if (strcmp(what, "linger") == 0) {
		say_token(job);
		usleep(300 * 1000);
	} else if (strcmp(what, "inspect") == 0) {
		say_what_came(job);
	} else if (strcmp(what, "garbage") == 0) {
		if (write(STDOUT_FILENO, "hello\n", 6) == 6)
			usleep(100 * 1000);
	} else if (strcmp(what, "endless") == 0) {
		write_without_end();
	} else if (strcmp(what, "crash") == 0) {
		say_pending();
		raise(SIGKILL);
	} else if (strcmp(what, "hang") == 0) {
		pause();
	}
}

static int
authorizer(void)
{
	struct auth_job job;
	struct buf text = { 0 };
	ssize_t got = 1;

	signal(SIGPIPE, SIG_IGN);
	buf_init(&text, LIMIT_AUTH_LINE);
	while (got > 0) {
		if (buf_reserve(&text, 4096) == -1)
			return 93;
		got = read(STDIN_FILENO, text.data + text.len, 4096);
		if (got > 0)
			text.len += (size_t)got;
	}
	auth_job_init(&job);
	if (auth_job_read(&job, buf_span(&text), NULL) == -1)
		return 94;
	leave_trace(&job);
	act(&job);
	auth_job_reset(&job);
	buf_wipe(&text);
	return 0;
}

/*
 * The tests.
 */

struct world {
	char *home; /* owned: $XDG_STATE_HOME */
	struct loop *loop;
	struct auth_config config;
	struct broker *broker;
	struct loop_timer patience;
	bool inside; /* a broker_ call */
	bool free_at_event;
	unsigned tokens, pendings, failures;
	uint64_t generation; /* of the token event */
	struct fault fault;  /* of the failed event */
};

static void
event(struct world *w)
{
	assert_false(w->inside);
	if (w->free_at_event)
		broker_free(&w->broker);
	loop_stop(w->loop);
}

static void
on_token(void *ctx, const struct bearer *bearer)
{
	struct world *w = ctx;

	w->tokens++;
	w->generation = bearer->generation;
	assert_int_equal(strncmp(secret_peek(&bearer->token).ptr, "token-", 6),
	    0);
	event(w);
}

static void
on_pending(void *ctx, const struct auth_answer *answer)
{
	struct world *w = ctx;

	w->pendings++;
	assert_int_equal(answer->kind, AUTH_ANSWER_PENDING);
	assert_string_equal(answer->prompt.start_url,
	    "http://127.0.0.1:1/nonce");
	assert_true(answer->prompt.browser_opened);
	assert_true(answer->prompt.deadline_s == 1900000000);
	event(w);
}

static void
on_failed(void *ctx, const struct fault *fault)
{
	struct world *w = ctx;

	w->failures++;
	w->fault = *fault;
	event(w);
}

static void
out_of_patience(void *ctx)
{
	struct world *w = ctx;

	loop_stop(w->loop);
}

static int
set_up(void **state)
{
	struct world *w = mem_alloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	w->home = mem_format("%s/broker-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->home));
	assert_int_equal(setenv("XDG_STATE_HOME", w->home, 1), 0);
	w->loop = loop_new();
	auth_config_init(&w->config);
	w->config.url = mem_string(server);
	w->patience.fire = out_of_patience;
	w->patience.ctx = w;
	log_set_level(LOG_SILENT);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;
	pid_t pid = -1;

	broker_free(&w->broker);
	loop_timer_stop(&w->patience);
	loop_free(&w->loop);
	while (waitpid(-1, NULL, 0) != -1)
		continue;
	pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", w->home, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	auth_config_reset(&w->config);
	free(w->home);
	free(w);
	return 0;
}

static void
open_broker(struct world *w, const char *behaviour)
{
	static const struct broker_events events = {
		.token = on_token,
		.pending = on_pending,
		.failed = on_failed,
	};

	w->config.scope = mem_string(behaviour);
	w->inside = true;
	w->broker = broker_new(w->loop, &w->config, &events, w);
	w->inside = false;
}

static void
ask_need(struct world *w, const struct broker_need *need)
{
	w->inside = true;
	broker_ask(w->broker, need);
	w->inside = false;
}

static void
ask(struct world *w, enum auth_why why, enum auth_who who, uint64_t generation)
{
	const struct broker_need need = { .why = why,
		.who = who,
		.generation = generation };

	ask_need(w, &need);
}

static void
ask_scope(struct world *w, const char *challenge)
{
	const char *const challenges[] = { challenge };
	const struct broker_need need = {
		.why = AUTH_WHY_SCOPE,
		.who = AUTH_WHO_PERSON,
		.generation = 1,
		.challenges = challenges,
		.challenge_count = 1,
	};

	ask_need(w, &need);
}

/* Runs the loop until an event, or for `ms`. True: there was one. */
static bool
run_for(struct world *w, uint64_t ms)
{
	unsigned before = w->tokens + w->pendings + w->failures;

	loop_timer_start(w->loop, &w->patience, ms);
	loop_run(w->loop);
	loop_timer_stop(&w->patience);
	return w->tokens + w->pendings + w->failures > before;
}

static void
expect(struct world *w, unsigned tokens, unsigned failures)
{
	while (w->tokens < tokens || w->failures < failures)
		assert_true(run_for(w, PATIENCE_MS));
	assert_int_equal(w->tokens, tokens);
	assert_int_equal(w->failures, failures);
}

static void
expect_quiet(struct world *w)
{
	assert_false(run_for(w, QUIET_MS));
}

static unsigned
count_runs(void)
{
	char *path = in_home("runs");
	int fd = open(path, O_RDONLY);
	char text[4096] = "";
	unsigned runs = 0;

	free(path);
	if (fd == -1)
		return 0;
	ssize_t len = read(fd, text, sizeof(text));
	for (ssize_t i = 0; i < len; i++)
		if (text[i] == '\n')
			runs++;
	close(fd);
	return runs;
}

static void
let_user_finish(void)
{
	char *path = in_home("go");
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_int_not_equal(fd, -1);
	close(fd);
	free(path);
}

static void
stored_token_is_known_at_once(void **state)
{
	struct world *w = *state;

	save_token(5, 0);
	open_broker(w, "fault");
	const struct bearer *bearer = broker_bearer(w->broker);
	assert_non_null(bearer);
	assert_true(bearer->generation == 5);
	assert_false(broker_stale(w->broker));
	expect_quiet(w);
	assert_int_equal(count_runs(), 0);
}

static void
token_is_fetched_where_there_is_none(void **state)
{
	struct world *w = *state;

	open_broker(w, "token");
	assert_null(broker_bearer(w->broker));
	ask(w, AUTH_WHY_START, AUTH_WHO_ROUTINE, 0);
	expect(w, 1, 0);
	assert_true(w->generation == 1);
	/* Not in the store, and still ours. */
	assert_non_null(broker_bearer(w->broker));
	expect_quiet(w);
	assert_int_equal(count_runs(), 1);
}

static void
no_zombie_stays(void **state)
{
	struct world *w = *state;

	open_broker(w, "linger");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 1, 0);
	/* The last one still runs, and a new round starts. */
	ask(w, AUTH_WHY_EXPIRING, AUTH_WHO_PERSON, 1);
	expect(w, 2, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	for (int i = 0; i < 100 && waitid(P_ALL, 0, &(siginfo_t){ 0 },
				       WEXITED | WNOHANG | WNOWAIT) == 0;
	     i++)
		expect_quiet(w);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* who holds a stale generation only replays. */
static void
stale_generation_gets_the_present_token(void **state)
{
	struct world *w = *state;

	save_token(5, 0);
	open_broker(w, "fault");
	ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 4);
	expect(w, 1, 0);
	assert_true(w->generation == 5);
	ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 0);
	expect(w, 2, 0);
	assert_int_equal(count_runs(), 0);
}

static void
expired_token_is_not_handed_out(void **state)
{
	struct world *w = *state;

	save_token(5, time(NULL) - 10);
	open_broker(w, "token");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 1, 0);
	assert_int_equal(count_runs(), 1);
}

static void
asks_join(void **state)
{
	struct world *w = *state;

	save_token(1, 0);
	open_broker(w, "slow token");
	for (int i = 0; i < 20; i++)
		ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 1);
	expect(w, 1, 0);
	expect_quiet(w);
	assert_int_equal(count_runs(), 1);
}

static void
person_follows_background(void **state)
{
	struct world *w = *state;

	open_broker(w, "token for a person");
	ask(w, AUTH_WHY_START, AUTH_WHO_BACKGROUND, 0);
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	ask(w, AUTH_WHY_START, AUTH_WHO_BACKGROUND, 0);
	expect(w, 1, 0);
	expect_quiet(w);
	assert_int_equal(count_runs(), 2);
}

static void
background_alone_fails(void **state)
{
	struct world *w = *state;

	open_broker(w, "token for a person");
	ask(w, AUTH_WHY_START, AUTH_WHO_BACKGROUND, 0);
	expect(w, 0, 1);
	assert_int_equal(w->fault.code, FAULT_LOGIN_REQUIRED);
	expect_quiet(w);
}

static void
person_needs_no_second_round_after_a_token(void **state)
{
	struct world *w = *state;

	open_broker(w, "slow token");
	ask(w, AUTH_WHY_START, AUTH_WHO_BACKGROUND, 0);
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 1, 0);
	expect_quiet(w);
	assert_int_equal(count_runs(), 1);
}

static void
scope_challenge_follows_a_refresh(void **state)
{
	struct world *w = *state;

	save_token(1, 0);
	open_broker(w, "slow token");
	ask(w, AUTH_WHY_EXPIRING, AUTH_WHO_PERSON, 1);
	ask_scope(w, "Bearer scope=\"write\"");
	ask_scope(w, "Bearer scope=\"write\"");
	expect(w, 2, 0);
	expect_quiet(w);
	assert_int_equal(count_runs(), 2);
}

static void
same_scope_challenge_joins(void **state)
{
	struct world *w = *state;

	save_token(1, 0);
	open_broker(w, "slow token");
	ask_scope(w, "Bearer scope=\"write\"");
	ask_scope(w, "Bearer scope=\"write\"");
	ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 1);
	expect(w, 1, 0);
	expect_quiet(w);
	assert_int_equal(count_runs(), 1);
}

static void
pending_login_is_told_and_joined(void **state)
{
	struct world *w = *state;

	open_broker(w, "pending");
	assert_null(broker_pending(w->broker));
	ask(w, AUTH_WHY_START, AUTH_WHO_ROUTINE, 0);
	assert_true(run_for(w, PATIENCE_MS));
	assert_int_equal(w->pendings, 1);
	assert_non_null(broker_pending(w->broker));
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect_quiet(w);
	let_user_finish();
	expect(w, 1, 0);
	assert_null(broker_pending(w->broker));
	expect_quiet(w);
	assert_int_equal(count_runs(), 1);
}

/* the login goes on without its pump; the next one finds the token. */
static void
login_outlives_the_broker(void **state)
{
	struct world *w = *state;

	open_broker(w, "pending");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	assert_true(run_for(w, PATIENCE_MS));
	assert_int_equal(w->pendings, 1);
	broker_free(&w->broker);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
	let_user_finish();
	int status = -1;
	assert_true(waitpid(-1, &status, 0) > 0);
	assert_int_equal(status, 0);
	free(w->config.scope);
	open_broker(w, "fault");
	assert_non_null(broker_bearer(w->broker));
}

static void
faults_are_passed_on(void **state)
{
	struct world *w = *state;

	open_broker(w, "fault");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 0, 1);
	assert_int_equal(w->fault.code, FAULT_REGISTRATION);
	assert_string_equal(fault_text(&w->fault), "No client");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 0, 2);
	assert_int_equal(count_runs(), 2);
}

static void
broken_authorizers_are_internal_faults(void **state)
{
	static const char *const behaviours[] = { "exit", "garbage", "endless",
		"crash" };
	struct world *w = *state;

	for (unsigned i = 0; i < 4; i++) {
		open_broker(w, behaviours[i]);
		ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
		expect(w, 0, i + 1);
		assert_int_equal(w->fault.code, FAULT_INTERNAL);
		assert_null(broker_pending(w->broker));
		broker_free(&w->broker);
		free(w->config.scope);
		w->config.scope = NULL;
	}
}

static void
authorizer_gets_its_job_and_no_secret(void **state)
{
	enum { BIG = 100 * 1000 };
	struct world *w = *state;
	char *big = mem_alloc(BIG + 1, 1);
	const char *const challenges[] = { "Bearer", big };
	const struct broker_need need = {
		.why = AUTH_WHY_UNAUTHORIZED,
		.who = AUTH_WHO_PERSON,
		.challenges = challenges,
		.challenge_count = 2,
		.subject = "tools/call echo",
		.protocol_version = "2025-11-25",
	};

	memset(big, 'c', BIG);
	assert_int_equal(setenv("MCP_BRIDGE_HEADER_X", "hush", 1), 0);
	assert_int_equal(setenv("BROKER_CANARY", "kept", 1), 0);
	open_broker(w, "inspect");
	ask_need(w, &need);
	expect(w, 0, 1);
	assert_int_equal(w->fault.code, FAULT_DISCOVERY);
	assert_string_equal(fault_text(&w->fault),
	    "leader=1 secret=0 other=1 challenges=2 of 100006 "
	    "version=2025-11-25 subject=tools/call echo");
	assert_int_equal(unsetenv("MCP_BRIDGE_HEADER_X"), 0);
	assert_int_equal(unsetenv("BROKER_CANARY"), 0);
	free(big);
}

static void
token_of_another_process_is_noticed(void **state)
{
	struct world *w = *state;

	open_broker(w, "fault");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 0, 1);
	save_token(8, 0);
	expect(w, 1, 1);
	assert_true(w->generation == 8);

	/* And at once where somebody looks. */
	save_token(9, 0);
	w->inside = true;
	const struct bearer *bearer = broker_bearer(w->broker);
	w->inside = false;
	assert_true(bearer->generation == 9);
	expect(w, 2, 1);
	expect_quiet(w);
}

static void
logout_of_another_process_is_noticed(void **state)
{
	struct world *w = *state;
	struct access_record record;
	struct store *store = NULL;

	save_token(3, 0);
	open_broker(w, "fault");
	assert_non_null(broker_bearer(w->broker));
	store = store_open(NULL, NULL);
	assert_non_null(store);
	access_record_init(&record);
	record.url = mem_string(server);
	record.profile = mem_string("default");
	assert_int_equal(access_record_remove(&record, store, NULL), 0);
	access_record_reset(&record);
	store_close(&store);
	assert_null(broker_bearer(w->broker));
	expect_quiet(w);
}

static void
staleness_follows_the_clock(void **state)
{
	struct world *w = *state;
	struct access_record record;
	struct store *store = store_open(NULL, NULL);

	assert_non_null(store);
	access_record_init(&record);
	record.url = mem_string(server);
	record.profile = mem_string("default");
	make_token(&record.bearer, 1);
	record.bearer.refresh_at_s = time(NULL) + 3600;
	assert_int_equal(access_record_save(&record, store, NULL), 0);
	open_broker(w, "fault");
	assert_false(broker_stale(w->broker));
	record.bearer.refresh_at_s = time(NULL);
	record.bearer.generation = 2;
	assert_int_equal(access_record_save(&record, store, NULL), 0);
	assert_non_null(broker_bearer(w->broker));
	assert_true(broker_stale(w->broker));
	access_record_reset(&record);
	store_close(&store);
}

static void
rejecting_server_opens_the_breaker(void **state)
{
	struct world *w = *state;

	open_broker(w, "token");
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 1, 0);
	for (unsigned i = 1; i <= 2; i++) {
		ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, i);
		expect(w, i + 1, 0);
		assert_true(w->generation == i + 1);
	}
	for (unsigned i = 1; i <= 50; i++) {
		ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 3);
		expect(w, 3, i);
		assert_int_equal(w->fault.code, FAULT_REJECTED);
		assert_in_range(w->fault.retry_after_s, 1, 30);
	}
	assert_int_equal(count_runs(), 3);

	/* A login done by hand is another matter. */
	save_token(70, 0);
	ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 3);
	expect(w, 4, 50);
	assert_true(w->generation == 70);
}

static void
broker_works_without_a_store(void **state)
{
	struct world *w = *state;
	char *folder = in_home("mcp-bridge");

	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	open_broker(w, "token");
	assert_null(broker_bearer(w->broker));
	ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
	expect(w, 1, 0);
	assert_non_null(broker_bearer(w->broker));

	/* Mended meanwhile. */
	assert_int_equal(chmod(folder, 0700), 0);
	save_token(8, 0);
	ask(w, AUTH_WHY_UNAUTHORIZED, AUTH_WHO_PERSON, 1);
	expect(w, 2, 0);
	assert_true(w->generation == 8);
	free(folder);
}

static void
broker_may_be_freed_inside_events(void **state)
{
	static const char *const behaviours[] = { "token", "fault", "pending" };
	struct world *w = *state;

	w->free_at_event = true;
	for (int i = 0; i < 3; i++) {
		open_broker(w, behaviours[i]);
		ask(w, AUTH_WHY_START, AUTH_WHO_PERSON, 0);
		assert_true(run_for(w, PATIENCE_MS));
		assert_null(w->broker);
		expect_quiet(w);
		free(w->config.scope);
		w->config.scope = NULL;
	}
	let_user_finish();
}

static void
answered(void *ctx, const struct auth_answer *answer)
{
	(void)ctx;
	(void)answer;
	fail();
}

static void
ended(void *ctx)
{
	struct world *w = ctx;

	w->failures++;
	loop_stop(w->loop);
}

static void
one_that_hangs_is_stopped(void **state)
{
	static const struct child_events events = { .answer = answered,
		.ended = ended };
	struct world *w = *state;
	struct fault f = { 0 };
	struct auth_job job;
	int status = 0;

	auth_job_init(&job);
	auth_config_reset(&job.config);
	w->config.scope = mem_string("hang");
	job.config = w->config;
	struct child *child = child_start(w->loop, &job, &events, w, &f);
	assert_non_null(child);
	child_stop(child);
	assert_true(run_for(w, PATIENCE_MS));
	pid_t pid = child_release(&child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(stored_token_is_known_at_once),
		TEST(token_is_fetched_where_there_is_none),
		TEST(no_zombie_stays),
		TEST(stale_generation_gets_the_present_token),
		TEST(expired_token_is_not_handed_out),
		TEST(asks_join),
		TEST(person_follows_background),
		TEST(background_alone_fails),
		TEST(person_needs_no_second_round_after_a_token),
		TEST(scope_challenge_follows_a_refresh),
		TEST(same_scope_challenge_joins),
		TEST(pending_login_is_told_and_joined),
		TEST(login_outlives_the_broker),
		TEST(faults_are_passed_on),
		TEST(broken_authorizers_are_internal_faults),
		TEST(authorizer_gets_its_job_and_no_secret),
		TEST(token_of_another_process_is_noticed),
		TEST(logout_of_another_process_is_noticed),
		TEST(staleness_follows_the_clock),
		TEST(rejecting_server_opens_the_breaker),
		TEST(broker_works_without_a_store),
		TEST(broker_may_be_freed_inside_events),
		TEST(one_that_hangs_is_stopped),
	};

	if (argc > 1 && strcmp(argv[1], "authorizer") == 0)
		return authorizer();
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
