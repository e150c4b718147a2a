/* SPDX-License-Identifier: ISC */
/*
 * Questions a stateless server has before it answers (input_required) become
 * requests to the host; their answers go back with the request sent again
 * (T-062, T-097). The host's call stays open all the while.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/upward_p.h"

enum {
	/* a person answers; the host has its own patience */
	ANSWER_MS = 10 * 60 * 1000,
	/* a round without questions: the server wants to be asked later */
	STATE_ONLY_MS = 250
};

struct rounds {
	struct relay *relay;      /* borrowed */
	struct call *call;        /* borrowed: it owns us */
	struct message *request;  /* owned: the host's */
	struct message *sent;     /* owned: the last one sent */
	struct message *required; /* owned: what the server asked for */
	struct input inputs[LIMIT_INPUTS]; /* into `required` */
	char *ids[LIMIT_INPUTS]; /* owned: of the open questions, raw */
	size_t count, open;
	struct up_answers answers;
	unsigned round;
	struct loop_timer wait;
};

/* Questions that nobody needs answered any more. */
static void
withdraw(struct rounds *rs)
{
	for (size_t i = 0; i < rs->count; i++) {
		if (rs->ids[i] == NULL)
			continue;
		host_send(rs->relay->host,
		    message_format("{\"jsonrpc\":\"2.0\",\"method\":"
				   "\"notifications/cancelled\",\"params\":"
				   "{\"requestId\":%s}}",
			rs->ids[i]),
		    NULL);
		free(rs->ids[i]);
		rs->ids[i] = NULL;
	}
	rs->count = rs->open = 0;
}

void
rounds_free(struct rounds **rounds)
{
	struct rounds *rs = *rounds;

	if (rs == NULL)
		return;
	*rounds = NULL;
	loop_timer_stop(&rs->wait);
	withdraw(rs);
	message_free(&rs->request);
	message_free(&rs->sent);
	message_free(&rs->required);
	up_answers_reset(&rs->answers);
	free(rs);
}

static void
fail(struct rounds *rs, const struct fault *fault)
{
	relay_fail(rs->relay, rs->call, fault);
}

/* The request again, with what the host said. */
static void
retry(struct rounds *rs)
{
	struct relay *r = rs->relay;
	char *id = remote_own_id(r->remote);
	struct message *wire = up_retry(rs->sent, span_of(id), rs->required,
	    rs->answers.object.len > 0 ? &rs->answers : NULL);
	struct fault fault;

	free(id);
	loop_timer_stop(&rs->wait);
	rs->count = 0;
	up_answers_reset(&rs->answers);
	up_answers_init(&rs->answers);
	if (wire == NULL) {
		fault_set(&fault, FAULT_TOO_LARGE, "%s", "");
		fail(rs, &fault);
		return;
	}
	rs->call->outbound = remote_send_as(r->remote,
	    message_with_id(rs->request, rs->request->rpc.id), wire, true,
	    rs->call);
}

static void
wait_over(void *ctx)
{
	struct rounds *rs = ctx;
	struct fault fault;

	if (rs->open == 0) {
		retry(rs);
		return;
	}
	fault_set(&fault, FAULT_TIMEOUT,
	    "A question of the server was not answered in time");
	fail(rs, &fault);
}

static struct rounds *
rounds_of(struct relay *r, struct call *call)
{
	const struct message *m = outbound_message(call->outbound);
	struct rounds *rs = call->rounds;

	if (rs == NULL) {
		call->rounds = rs = mem_alloc(1, sizeof(*rs));
		rs->relay = r;
		rs->call = call;
		rs->wait.fire = wait_over;
		rs->wait.ctx = rs;
		rs->request = message_with_id(m, m->rpc.id);
		up_answers_init(&rs->answers);
	}
	return rs;
}

static void
ask(struct rounds *rs)
{
	struct relay *r = rs->relay;

	for (size_t i = 0; i < rs->count; i++) {
		struct message *question;

		rs->ids[i] = remote_own_id(r->remote);
		question = up_question(&rs->inputs[i], r->up->host.revision,
		    span_of(rs->ids[i]));
		if (question == NULL)
			continue;
		rs->open++;
		host_send(r->host, question, NULL);
	}
	loop_timer_start(r->config.loop, &rs->wait,
	    rs->open > 0 ? ANSWER_MS : STATE_ONLY_MS);
}

void
rounds_begin(struct relay *r, struct call *call, struct message *m)
{
	struct rounds *rs = rounds_of(r, call);
	const struct message *wire = outbound_wire(call->outbound);
	struct fault fault;

	message_free(&rs->sent);
	rs->sent = message_with_id(wire, wire->rpc.id);
	message_free(&rs->required);
	rs->required = m;
	remote_answered(r->remote, call->outbound);
	call->outbound = NULL;
	if (++rs->round > LIMIT_INPUT_ROUNDS) {
		fault_set(&fault, FAULT_PROTOCOL,
		    "The server asks without end");
		fail(rs, &fault);
	} else if (input_read(m, span_of(r->up->host.capabilities), rs->inputs,
		       &rs->count, &fault) != 0) {
		rs->count = 0;
		fail(rs, &fault);
	} else {
		ask(rs);
	}
}

static struct rounds *
find_question(struct relay *r, struct span id, size_t *index)
{
	struct call *call;

	TAILQ_FOREACH (call, &r->calls.pending, link) {
		struct rounds *rs = call->rounds;

		for (size_t i = 0; rs != NULL && i < rs->count; i++) {
			if (rs->ids[i] == NULL ||
			    !message_same_id(span_of(rs->ids[i]), id))
				continue;
			*index = i;
			return rs;
		}
	}
	return NULL;
}

/* The host cannot answer, and the protocol has no way to say so (T-097). */
static void
end_call(struct rounds *rs, const struct fault *fault)
{
	struct message *m =
	    up_failure(rs->call->method, span_of(rs->call->id), fault);

	if (m != NULL)
		relay_answer(rs->relay, rs->call, m);
	else
		fail(rs, fault);
}

bool
rounds_reply(struct relay *r, const struct message *m)
{
	struct fault fault;
	size_t i;
	struct rounds *rs = find_question(r, m->rpc.id, &i);

	if (rs == NULL)
		return false;
	free(rs->ids[i]);
	rs->ids[i] = NULL;
	rs->open--;
	if (up_answers_add(&rs->answers, &rs->inputs[i], m, &fault) != 0)
		end_call(rs, &fault);
	else if (rs->open == 0)
		retry(rs);
	return true;
}
