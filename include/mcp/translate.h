/* SPDX-License-Identifier: ISC */
/*
 * Era translation, the pure half: from message to message, without state. The
 * flows (who waits for what, which stream carries it) are built on top.
 *
 * `up_` serves a host of the initialize-based era before a stateless server,
 * `down_` a stateless host before an initialize-based server, in both
 * directions each: the host's messages go out by up_request or down_request,
 * the server's come back by up_response or down_response. `input_` is what both
 * share on questions of the server to the user.
 *
 * What is not named here passes as it is: values keep their lexemes, unknown
 * members stay. Every function that makes a message gives it to the caller, and
 * returns NULL where it would pass the caps on size or depth.
 */
#ifndef MCP_TRANSLATE_H
#define MCP_TRANSLATE_H

#include "base/fault.h"
#include "base/limits.h"
#include "mcp/message.h"

/* Revisions of the protocol, oldest first: comparing them is comparing age. */
enum revision {
	REVISION_UNKNOWN,
	REVISION_2024_11_05,
	REVISION_2025_03_26,
	REVISION_2025_06_18,
	REVISION_2025_11_25,
	REVISION_2026_07_28,
	REVISION_COUNT
};

/* `value` is a JSON string. */
enum revision revision_find(struct span value);
const char *revision_name(enum revision r); /* REVISION_UNKNOWN: "" */

/* "debug" is 0, "emergency" 7; -1 for what is no level (T-095, T-114). */
int log_level_rank(struct span value);

/* What became of a request, as its result says (T-059). */
enum result_type {
	RESULT_COMPLETE, /* also without resultType */
	RESULT_INPUT_REQUIRED,
	RESULT_UNKNOWN
};
enum result_type result_type_of(const struct message *response);

/* May the answer to this method ask for input? (tools/call, prompts/get,
 * resources/read) */
bool method_takes_input(enum method method);

/* -- what a subscription covers ----------------------------------------------
 */

struct listen_filter {
	bool tools;
	bool prompts;
	bool resources;
	struct span uris; /* raw JSON array; borrowed; empty: none */
};

/* From a listen request or an acknowledgment; false where it has none. */
bool
listen_filter_read(const struct message *message, struct listen_filter *filter);

/* Takes out what the server's raw `capabilities` do not declare; the URIs too
 * where there is no resources.subscribe. */
void
listen_filter_limit(struct listen_filter *filter, struct span capabilities);

bool listen_filter_empty(const struct listen_filter *filter);

/* Is the raw JSON string `uri` among the filter's, or does one of them stand
 * at its beginning (a sub-resource, T-112)? */
bool listen_filter_has(const struct listen_filter *filter, struct span uri);
bool listen_filter_covers(const struct listen_filter *filter, struct span uri);

/* Does the list-change notification concern the filter? */
bool
listen_filter_wants(const struct listen_filter *filter, enum method changed);

/* -- questions of the server -------------------------------------------------
 */

/* One entry of inputRequests, borrowed from its message. */
struct input {
	struct span key; /* raw, with its quotes */
	enum method method;
	struct span params; /* empty: none */
};

/*
 * Reads what an input_required result asks for: at most LIMIT_INPUTS entries.
 * -1 with FAULT_PROTOCOL for no inputRequests and no requestState, too many
 * entries, a key twice, a method that is no question, a shape that none has, or
 * something the host has not declared in `capabilities` (T-097). `*count` may
 * be 0: a round of state only.
 */
int input_read(const struct message *result, struct span capabilities,
    struct input inputs[LIMIT_INPUTS], size_t *count, struct fault *f)
    __attribute__((warn_unused_result));

/*
 * May the server ask this of the host? -1 with FAULT_METHOD_NOT_FOUND for a
 * request that is no question or whose kind is undeclared, FAULT_INVALID_PARAMS
 * for an undeclared mode or part (T-113).
 */
int input_check(const struct message *request, struct span capabilities,
    struct fault *f) __attribute__((warn_unused_result));

/* `less` declares nothing that `more` does not (T-111). Raw capabilities. */
bool capabilities_within(struct span less, struct span more);
/* Declares what either does, as `a` does where they differ. NULL past the caps.
 * Caller frees. */
char *capabilities_union(struct span a, struct span b);

/* -- initialize-based host, stateless server (E.2) ---------------------------
 */

/* What the host's initialize said; stands in every envelope. */
struct up_host {
	enum revision revision; /* which initialize is answered with */
	char *info;             /* owned: raw JSON; NULL: none */
	char *capabilities; /* owned: raw JSON, in the stateless era's words */
};

void up_host_init(struct up_host *host, const struct message *initialize);
void up_host_reset(struct up_host *host);

/* server/discover in the host's name. */
struct message *up_discover(const struct up_host *host, struct span raw_id);

/* A DiscoverResult that names a revision we can translate to? (T-082) */
bool up_has_common_version(const struct message *discovered);

/*
 * The answer to the host's initialize (T-090). `server_name`: stands in where
 * the server does not say who it is. NULL with FAULT_PROTOCOL when there is no
 * common version, with FAULT_TOO_LARGE past the caps.
 */
struct message *
up_initialize_result(const struct up_host *host, struct span host_id,
    const struct message *discovered, const char *server_name, struct fault *f);

/*
 * A request of the host in an envelope, under an id of ours (T-093, T-103).
 * `log_level`: raw JSON string, empty: none (T-095).
 */
struct message *up_request(const struct up_host *host,
    const struct message *request, struct span raw_id, struct span log_level);

/* subscriptions/listen (T-096). */
struct message *up_listen(const struct up_host *host, struct span raw_id,
    const struct listen_filter *filter);

/* A server's result or error for the host's request (T-093, T-100, T-101). The
 * result is complete; input_required goes through input_read. */
struct message *up_response(const struct message *response, enum method method,
    struct span host_id);

/* Is this notification of the server for the host at all? */
bool up_relays(enum method notification);
struct message *up_notification(const struct message *notification);

/* A question as a request to the host (T-097). `raw_id`, a JSON string, is also
 * the elicitationId that 2025-11-25 requires of URL elicitations. */
struct message *up_question(const struct input *input, enum revision revision,
    struct span raw_id);

/* The answers of one round, put together as they come in. */
struct up_answers {
	struct buf object; /* owned */
};

void up_answers_init(struct up_answers *answers);
void up_answers_reset(struct up_answers *answers);

/* An elicitation refused by error is a cancel. -1 when another error cannot be
 * conveyed, with what to answer by up_failure, or with FAULT_TOO_LARGE: the
 * answers are then only good for up_answers_reset. */
int up_answers_add(struct up_answers *answers, const struct input *input,
    const struct message *answer, struct fault *f)
    __attribute__((warn_unused_result));

/* The request again, with the answers (NULL: none) and the state that
 * `input_required` gave, under another id (T-062). */
struct message *up_retry(const struct message *sent, struct span raw_id,
    const struct message *input_required, const struct up_answers *answers);

/* The end of a call that cannot go on: a result with isError for tools/call,
 * an error otherwise (T-097). */
struct message *
up_failure(enum method method, struct span host_id, const struct fault *fault);

/* -- stateless host, initialize-based server (E.4) ---------------------------
 */

/* What the server's initialize result said. */
struct down_server {
	enum revision revision;
	char *info;         /* owned: raw JSON */
	char *capabilities; /* owned: raw JSON, in the stateless era's words */
	char *response;     /* owned: the raw response itself */
};

/* -1 with FAULT_PROTOCOL for a result without a version we know. */
int down_server_init(struct down_server *server,
    const struct message *initialize_result, struct fault *f)
    __attribute__((warn_unused_result));
void down_server_reset(struct down_server *server);

/* The error that a request's envelope deserves: another version than
 * 2026-07-28, or a required key missing (T-110). NULL: none. */
struct message *down_refusal(const struct message *request);

/* The raw capabilities in a request's envelope; "{}" where it has none. */
struct span down_capabilities(const struct message *request);

/* initialize, in the name of who sends `request` (T-110). */
struct message *
down_initialize(const struct message *request, struct span raw_id);

struct message *
down_discover_result(const struct down_server *server, struct span host_id);

/* A request or notification of the host without its envelope (T-111). `raw_id`
 * may be empty: it keeps its own. */
struct message *down_request(const struct message *request, struct span raw_id);

/* A server's result or error for the host's request (T-111, T-116, T-117). */
struct message *down_response(const struct down_server *server,
    const struct message *response, enum method method, struct span host_id);

/* Is this notification of the server for the host at all? */
bool down_relays(enum method notification);
/* `listen_id`: tagged with it (T-112); empty: untagged. */
struct message *
down_notification(const struct message *notification, struct span listen_id);

/* The first message under a listen id, and its last (T-063, T-112). */
struct message *
down_acknowledge(struct span listen_id, const struct listen_filter *filter);
struct message *
down_listen_result(const struct down_server *server, struct span listen_id);

/* The parked requests of the server as one input_required result (T-113). */
struct message *
down_input_required(const struct down_server *server, struct span host_id,
    const char *state, const struct message *const *asked, size_t count);

/* An error of the server demands that the user visits addresses (-32042)? */
bool down_demands_urls(const struct message *response, enum method method);
/* The same as an input_required result, or as -32021 where the host cannot
 * (`capabilities`: raw, of the host's request, T-116). */
struct message *down_urls_required(const struct down_server *server,
    struct span host_id, const char *state, const struct message *response,
    struct span capabilities);

/* The host's answer to a parked request, for the server (T-113): the member of
 * `inputResponses` in `retry` that belongs to it. False when it is missing;
 * else `*reply` is the message, or NULL past the caps. */
bool down_reply(const struct down_server *server, const struct message *asked,
    const struct message *retry, struct message **reply);

/* No answer will come: cancel for an elicitation, `fault` for the others. */
struct message *
down_give_up(const struct message *asked, const struct fault *fault);

#endif
