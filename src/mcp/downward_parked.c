/* SPDX-License-Identifier: ISC */
/*
 * Questions of an initialize-based server to a stateless host (T-113, T-115,
 * T-116). The host's request ends with them; the call stays open at the server,
 * away from the table, until another request brings the answers and its handle.
 */
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/downward_p.h"

enum {
	/* several questions of one turn go together */
	JOIN_MS = 10,
	/* a person answers; then the server must not wait any longer */
	ANSWER_MS = 10 * 60 * 1000,
	HANDLE_BYTES = 16
};

struct questions {
	struct relay *relay; /* borrowed */
	struct call *call;   /* borrowed: it owns us */
	bool away; /* the host has the questions; `call` is in down->away */
	struct secret handle; /* what brings the host back */
	unsigned char digest[CRYPTO_SHA256_SIZE];
	struct message *asked[LIMIT_INPUTS]; /* owned: the open ones */
	size_t count;
	/* Owned: what came while nobody waited: the last progress, the answer;
	 * or why there will be none. */
	struct message *progress;
	struct message *answer;
	struct fault fault;
	struct loop_timer wait; /* for more questions; then for the answers */
};

static void wait_over(void *ctx);

static struct questions *
questions_of(struct relay *r, struct call *call)
{
	struct questions *q = call->questions;

	if (q == NULL) {
		call->questions = q = mem_alloc(1, sizeof(*q));
		q->relay = r;
		q->call = call;
		q->wait.fire = wait_over;
		q->wait.ctx = q;
		fault_clear(&q->fault);
	}
	return q;
}

static void
forget(struct questions *q, size_t i)
{
	message_free(&q->asked[i]);
	q->count--;
	for (; i < q->count; i++)
		q->asked[i] = q->asked[i + 1];
	q->asked[q->count] = NULL;
}

void
questions_free(struct questions **questions)
{
	struct questions *q = *questions;

	if (q == NULL)
		return;
	*questions = NULL;
	loop_timer_stop(&q->wait);
	while (q->count > 0)
		forget(q, q->count - 1);
	message_free(&q->progress);
	message_free(&q->answer);
	secret_reset(&q->handle);
	free(q);
}

/* -- the server is told -----------------------------------------------------
 */

static void
tell_server(struct relay *r, struct message *m)
{
	if (m != NULL)
		remote_send(r->remote, m, false, NULL);
}

static void
give_up(struct questions *q, const struct fault *fault)
{
	while (q->count > 0) {
		tell_server(q->relay, down_give_up(q->asked[0], fault));
		forget(q, 0);
	}
}

/* -- away -------------------------------------------------------------------
 */

/* Of what a retry repeats. */
static void
digest_of(const struct message *request,
    unsigned char digest[CRYPTO_SHA256_SIZE])
{
	const struct span changing[] = { span_of("_meta"),
		span_of("inputResponses"), span_of("requestState") };
	const size_t count = sizeof(changing) / sizeof(changing[0]);
	struct json_iter it;
	struct span key, value;
	struct buf kept;

	buf_init(&kept, LIMIT_MESSAGE);
	json_iter_init(&it, request->rpc.params);
	while (json_next(&it, &key, &value)) {
		if (json_key_find(key, changing, count) < count)
			continue;
		/* less than the message, which has passed the same cap */
		if (buf_add_span(&kept, key) != 0 ||
		    buf_add(&kept, ":", 1) != 0 ||
		    buf_add_span(&kept, value) != 0)
			abort();
	}
	crypto_sha256(buf_span(&kept), digest);
	buf_reset(&kept);
}

static char *
new_handle(struct questions *q)
{
	struct secret random = { NULL, 0 };
	char *handle;

	crypto_random_hex(HANDLE_BYTES, &random);
	handle = mem_format("mb1.%s", secret_peek(&random).ptr);
	secret_set(&q->handle, span_of(handle));
	secret_reset(&random);
	return handle;
}

/* The host gets `result` (taken) for its request, the call goes on. */
static void
leave(struct questions *q, const struct message *request,
    struct message *result)
{
	struct relay *r = q->relay;
	struct call *call = q->call;

	digest_of(request, q->digest);
	q->away = true;
	host_send(r->host, result, call->batch);
	call->batch = NULL;
	calls_withdraw(&r->calls, call);
	TAILQ_INSERT_TAIL(&r->down->away, call, link);
	r->down->away_count++;
	loop_timer_start(r->config.loop, &q->wait, ANSWER_MS);
	relay_check_drained(r);
}

static void
come_back(struct call *call)
{
	struct downward *down = call->questions->relay->down;

	TAILQ_REMOVE(&down->away, call, link);
	down->away_count--;
}

static void
pose(struct questions *q)
{
	struct relay *r = q->relay;
	const struct message *asked[LIMIT_INPUTS];
	struct message *result;
	struct fault fault;
	char *handle;

	for (size_t i = 0; i < q->count; i++)
		asked[i] = q->asked[i];
	handle = new_handle(q);
	result = down_input_required(&r->down->server, span_of(q->call->id),
	    handle, asked, q->count);
	free(handle);
	if (result != NULL) {
		leave(q, outbound_message(q->call->outbound), result);
		return;
	}
	fault_set(&fault, FAULT_TOO_LARGE, "%s", "");
	give_up(q, &fault);
}

/* The host never came back. */
static void
expire(struct questions *q)
{
	struct relay *r = q->relay;
	struct call *call = q->call;
	struct fault fault;

	log_info("relay", "questions of the server were not answered in time");
	fault_set(&fault, FAULT_TIMEOUT, "The user has not answered in time");
	give_up(q, &fault);
	if (call->outbound != NULL) {
		downward_cancel(r, call->outbound, span_of(""));
		remote_drop(r->remote, call->outbound);
	}
	come_back(call);
	call_free(&call);
}

static void
wait_over(void *ctx)
{
	struct questions *q = ctx;

	if (q->away)
		expire(q);
	else if (q->count > 0)
		pose(q);
}

void
questions_add(struct relay *r, struct call *call, struct message *m)
{
	struct questions *q = questions_of(r, call);
	struct fault fault;

	if (q->count == LIMIT_INPUTS || r->down->away_count >= LIMIT_PENDING) {
		fault_set(&fault, FAULT_BUSY,
		    "The user has too many questions to answer already");
		tell_server(r, down_give_up(m, &fault));
		message_free(&m);
		return;
	}
	q->asked[q->count++] = m;
	if (!q->away)
		loop_timer_start(r->config.loop, &q->wait, JOIN_MS);
}

void
questions_demand(struct relay *r, struct call *call, struct message *m)
{
	struct questions *q = questions_of(r, call);
	struct outbound *o = call->outbound;
	const struct message *request = outbound_message(o);
	char *handle = new_handle(q);
	struct message *result = down_urls_required(&r->down->server,
	    span_of(call->id), handle, m, down_capabilities(request));
	struct fault fault;

	free(handle);
	message_free(&m);
	if (result == NULL) {
		fault_set(&fault, FAULT_TOO_LARGE, "%s", "");
		relay_drop(r, call);
		relay_fail(r, call, &fault);
	} else if (result->rpc.kind == RPC_ERROR) {
		relay_answer(r, call, result);
	} else {
		call->outbound = NULL;
		leave(q, request, result);
		remote_answered(r->remote, o);
	}
}

/* -- what comes meanwhile ----------------------------------------------------
 */

bool
questions_away(const struct call *call)
{
	return call->questions != NULL && call->questions->away;
}

void
questions_keep_answer(struct relay *r, struct call *call,
    struct message *answer)
{
	call->questions->answer = answer;
	remote_answered(r->remote, call->outbound);
	call->outbound = NULL;
}

void
questions_keep_fault(struct call *call, const struct fault *fault)
{
	call->questions->fault = *fault;
	call->outbound = NULL;
}

void
questions_keep_progress(struct call *call, struct message *m)
{
	message_free(&call->questions->progress);
	call->questions->progress = m;
}

static void
withdraw(struct questions *q, struct span raw_id)
{
	for (size_t i = q->count; i-- > 0;)
		if (message_same_id(q->asked[i]->rpc.id, raw_id))
			forget(q, i);
}

void
questions_withdraw(struct relay *r, struct span raw_id)
{
	struct call_list *const lists[] = { &r->calls.pending, &r->down->away };
	struct call *call;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		TAILQ_FOREACH (call, lists[i], link)
			if (call->questions != NULL)
				withdraw(call->questions, raw_id);
}

void
questions_lost(struct relay *r)
{
	struct call *call;
	struct fault fault;

	fault_set(&fault, FAULT_STREAM_LOST,
	    "The server lost its session while the user was asked");
	TAILQ_FOREACH (call, &r->calls.pending, link)
		while (call->questions != NULL && call->questions->count > 0)
			forget(call->questions, 0);
	TAILQ_FOREACH (call, &r->down->away, link) {
		struct questions *q = call->questions;

		while (q->count > 0)
			forget(q, 0);
		if (call->outbound == NULL)
			continue;
		remote_drop(r->remote, call->outbound);
		questions_keep_fault(call, &fault);
	}
}

/* -- the host comes back ----------------------------------------------------
 */

static struct call *
find(const struct downward *down, struct span state)
{
	struct call *call;
	char *text = json_string_dup(state, LIMIT_ID);
	struct secret handle = { NULL, 0 };

	if (text != NULL)
		secret_set(&handle, span_of(text));
	free(text);
	TAILQ_FOREACH (call, &down->away, link)
		if (secret_equal(&call->questions->handle, &handle))
			break;
	secret_reset(&handle);
	return call;
}

static bool
repeats(const struct message *m, const struct call *call)
{
	unsigned char digest[CRYPTO_SHA256_SIZE];

	digest_of(m, digest);
	return m->rpc.method_code == call->method &&
	       memcmp(digest, call->questions->digest, sizeof(digest)) == 0;
}

static void
send_replies(struct questions *q, const struct message *retry)
{
	struct relay *r = q->relay;
	struct message *reply;
	struct fault fault;

	fault_set(&fault, FAULT_TOO_LARGE, "%s", "");
	for (size_t i = 0; i < q->count;) {
		if (!down_reply(&r->down->server, q->asked[i], retry, &reply)) {
			i++;
			continue;
		}
		tell_server(r,
		    reply != NULL ? reply : down_give_up(q->asked[i], &fault));
		forget(q, i);
	}
}

/* `call` takes the place of the one that is away. */
static struct questions *
take_over(struct call *call, struct call *away)
{
	struct questions *q = away->questions;

	loop_timer_stop(&q->wait);
	come_back(away);
	call->outbound = away->outbound;
	call->questions = q;
	away->questions = NULL;
	call_free(&away);
	q->call = call;
	q->away = false;
	return q;
}

/* The call goes on at the server, in the name of `m` (taken). */
static void
go_on(struct questions *q, struct message *m)
{
	struct call *call = q->call;

	outbound_adopt(call->outbound, m, call);
	send_replies(q, m);
	if (q->progress != NULL)
		downward_progress(q->relay, m, q->progress);
	q->progress = NULL;
	if (q->count > 0)
		pose(q);
}

void
questions_retry(struct relay *r, struct call *call, struct message *m,
    struct span state)
{
	struct call *away = find(r->down, state);
	struct message *answer;
	struct questions *q;
	struct fault fault;

	if (away == NULL || !repeats(m, away)) {
		fault_set(&fault, FAULT_INVALID_PARAMS,
		    "This requestState is unknown, or no longer");
		message_free(&m);
		relay_fail(r, call, &fault);
		return;
	}
	q = take_over(call, away);
	answer = q->answer;
	q->answer = NULL;
	if (call->outbound != NULL) {
		go_on(q, m);
		return;
	}
	fault = q->fault;
	questions_free(&call->questions);
	if (answer == NULL && fault.code == FAULT_NONE) {
		downward_send(r, call, m);
		return;
	}
	message_free(&m);
	if (answer != NULL)
		downward_answer(r, call, answer);
	else
		relay_fail(r, call, &fault);
}

void
questions_close(struct downward *down)
{
	while (!TAILQ_EMPTY(&down->away)) {
		struct call *call = TAILQ_FIRST(&down->away);

		TAILQ_REMOVE(&down->away, call, link);
		call_free(&call);
	}
}
