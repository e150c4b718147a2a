/* SPDX-License-Identifier: ISC */
/*
 * Rounds of questions, for an initialize-based host before a stateless server
 * (T-097): entries of inputRequests become requests, their answers become
 * inputResponses. Who has answered is not kept here.
 */
#include "mcp/translate_p.h"

#include <stdlib.h>

#include "mcp/answer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
question_template(enum method method)
{
	if (method == METHOD_ELICIT)
		return "{\"jsonrpc\":\"2.0\",\"id\":0,"
		       "\"method\":\"elicitation/create\"}";
	if (method == METHOD_SAMPLING)
		return "{\"jsonrpc\":\"2.0\",\"id\":0,"
		       "\"method\":\"sampling/createMessage\"}";
	return "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"roots/list\"}";
}

/* Before 2025-11-25 there was one mode without a name; that revision wants an
 * elicitationId for addresses. */
static int
put_elicitation(const struct input *input, enum revision revision,
    struct span raw_id, struct buf *out)
{
	struct span mode = json_member(input->params, "mode");
	struct edit edits[1];

	if (json_string_is(mode, "url"))
		edits[0] = edit_put("elicitationId", raw_id);
	else if (revision < REVISION_2025_11_25)
		edits[0] = edit_drop("mode");
	else
		return buf_add_span(out, input->params);
	return edit_object(input->params, edits, COUNT(edits), out);
}

static int
put_sampling(const struct input *input, enum revision revision, struct buf *out)
{
	struct span messages = json_member(input->params, "messages");
	struct edit edits[1];
	struct buf plain;
	int result;

	if (revision >= REVISION_2025_11_25)
		return buf_add_span(out, input->params);
	buf_init(&plain, LIMIT_MESSAGE);
	result = edit_items(messages, input_unwrap, &plain);
	if (result == 0) {
		edits[0] = edit_put("messages", buf_span(&plain));
		result = edit_object(input->params, edits, COUNT(edits), out);
	}
	buf_reset(&plain);
	return result;
}

struct message *
up_question(const struct input *input, enum revision revision,
    struct span raw_id)
{
	struct message *m = NULL;
	struct edit edits[2];
	struct buf params;
	int result = 0;

	buf_init(&params, LIMIT_MESSAGE);
	if (input->method == METHOD_ELICIT)
		result = put_elicitation(input, revision, raw_id, &params);
	else if (input->method == METHOD_SAMPLING)
		result = put_sampling(input, revision, &params);
	else
		result = buf_add_span(&params, input->params);
	if (result == 0) {
		edits[0] = edit_put("id", raw_id);
		edits[1] = edit_put("params", buf_span(&params));
		m = edit_message(span_of(question_template(input->method)),
		    edits, COUNT(edits));
	}
	buf_reset(&params);
	return m;
}

void
up_answers_init(struct up_answers *answers)
{
	buf_init(&answers->object, LIMIT_MESSAGE);
}

void
up_answers_reset(struct up_answers *answers)
{
	buf_reset(&answers->object);
}

/* An error of the host has no place among the answers. */
static int
put_refusal(const struct input *input, const struct message *answer,
    struct buf *out, struct fault *f)
{
	if (input->method == METHOD_ELICIT)
		return buf_add_string(out, "{\"action\":\"cancel\"}");
	fault_set(f, FAULT_PROTOCOL,
	    "The host refused %s, which the server needs to go on",
	    method_info(input->method)->name);
	fault_detail(f, json_member(answer->rpc.error, "message"));
	return -1;
}

static int
put_answer(const struct message *answer, struct buf *out)
{
	const struct edit edits[] = { edit_drop("_meta") };

	return edit_object(answer->rpc.result, edits, COUNT(edits), out);
}

int
up_answers_add(struct up_answers *answers, const struct input *input,
    const struct message *answer, struct fault *f)
{
	struct buf *out = &answers->object;
	int result = buf_add(out, out->len == 0 ? "{" : ",", 1);

	fault_clear(f);
	if (result == 0)
		result = buf_add_span(out, input->key);
	if (result == 0)
		result = buf_add(out, ":", 1);
	if (result == 0 && answer->rpc.kind == RPC_RESULT)
		result = put_answer(answer, out);
	else if (result == 0)
		result = put_refusal(input, answer, out, f);
	if (result == -1 && f->code == FAULT_NONE)
		fault_set(f, FAULT_TOO_LARGE, "%s", "");
	return result;
}

static struct message *
retry_with(const struct message *sent, struct span raw_id, struct span state,
    struct span responses)
{
	const struct edit params[] = {
		edit_put("inputResponses", responses),
		edit_put("requestState", state),
	};
	const struct edit edits[] = {
		edit_put("id", raw_id),
		edit_inside("params", params, COUNT(params)),
	};

	return edit_message(sent->rpc.text, edits, COUNT(edits));
}

struct message *
up_retry(const struct message *sent, struct span raw_id,
    const struct message *input_required, const struct up_answers *answers)
{
	struct span state =
	    json_member(input_required->rpc.result, "requestState");
	struct message *m = NULL;
	struct buf responses;

	buf_init(&responses, LIMIT_MESSAGE);
	if (answers == NULL || answers->object.len == 0)
		return retry_with(sent, raw_id, state, span_make(NULL, 0));
	if (buf_add_span(&responses, buf_span(&answers->object)) == 0 &&
	    buf_add(&responses, "}", 1) == 0)
		m = retry_with(sent, raw_id, state, buf_span(&responses));
	buf_reset(&responses);
	return m;
}

static struct message *
error_of(struct span raw_id, const struct fault *fault)
{
	struct buf text;

	buf_init(&text, LIMIT_MESSAGE);
	answer_fault(raw_id, fault, &text);
	return message_take(&text);
}

/* A tool that failed says so in its result, where the model reads it. */
static struct message *
failed_result(struct span host_id, const struct fault *fault)
{
	struct edit result[2], edits[2];
	struct message *m = NULL;
	struct buf content, text;

	buf_init(&content, LIMIT_MESSAGE);
	buf_init(&text, LIMIT_MESSAGE);
	if (buf_addf(&text, "%s%s%s", fault_text(fault),
		fault->detail[0] != '\0' ? ": " : "", fault->detail) == 0 &&
	    schema_content_with_text(span_make(NULL, 0), buf_span(&text),
		&content) == 0) {
		result[0] = edit_put("content", buf_span(&content));
		result[1] = edit_put("isError", span_of("true"));
		edits[0] = edit_put("id", host_id);
		edits[1] = edit_inside("result", result, COUNT(result));
		m = edit_message(span_of(RESPONSE_TEMPLATE), edits,
		    COUNT(edits));
	}
	buf_reset(&content);
	buf_reset(&text);
	return m;
}

struct message *
up_failure(enum method method, struct span host_id, const struct fault *fault)
{
	if (method == METHOD_TOOLS_CALL)
		return failed_result(host_id, fault);
	return error_of(host_id, fault);
}
