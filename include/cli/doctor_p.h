/* SPDX-License-Identifier: ISC */
/*
 * An examination under way. Private to the files of cli/doctor_stages.
 */
#ifndef CLI_DOCTOR_P_H
#define CLI_DOCTOR_P_H

#include "auth/discover.h"
#include "auth/records.h"
#include "cli/doctor.h"
#include "cli/doctor_exchange.h"
#include "io/store.h"

/* In the order in which they run. */
enum doctor_stage {
	STAGE_OPTIONS,
	STAGE_STORE,
	STAGE_PROXY,
	STAGE_DNS,
	STAGE_CONNECTION,
	STAGE_TLS,
	STAGE_CLOCK,
	STAGE_ANSWER,
	STAGE_RESOURCE,
	STAGE_ISSUER,
	STAGE_PKCE,
	STAGE_REGISTRATION,
	STAGE_BROWSER,
	STAGE_REDIRECT,
	STAGE_TOKEN,
	STAGE_AUDIENCE,
	STAGE_PROTOCOL,
	STAGE_SESSION,
	STAGE_STREAM,
	STAGE_BUFFERING,
	STAGE_ROUND_TRIPS,
	STAGE_COUNT
};

enum doctor_era { ERA_UNKNOWN, ERA_SESSION, ERA_MODERN, ERA_OLD_SSE };

struct doctor {
	const struct options *options;
	const struct auth_config *config; /* the options' */
	const struct doctor_events *events;
	struct diagnosis *diagnosis;
	uint64_t began_us;
	struct loop *loop; /* owned */
	struct loop_timer ticker;
	struct http_client *client;   /* owned */
	struct http_headers *headers; /* owned: the user's */
	struct store *store;          /* owned; NULL: cannot be used */
	struct auth_net net;

	const char *asking; /* what the exchange under way is; or NULL */

	/* the first exchange: initialize without a token */
	bool contacted;
	struct doctor_answer contact;
	struct http_report report; /* of the last exchange that ended */
	struct http_report contact_report;

	bool sign_in; /* the server asks for it */
	struct challenge challenge;
	struct discovery discovery;
	struct access_record access;
	bool renewable; /* there is a refresh token */
	bool usable;    /* the access token has not expired */
	bool login_pending;

	/* initialize with what we have */
	bool opened;
	struct upstream upstream;
	struct doctor_answer opening;
	enum doctor_era era;
	bool also_modern;
	bool stream_open, stream_silent, stream_brought;

	struct doctor_old *old; /* owned: HTTP+SSE; NULL: not open */
	bool old_held;          /* its first event came, and no other */
};

/* Microseconds since the examination began. */
uint64_t doctor_now_us(const struct doctor *d);

/* Asks the server: doctor_ask, noted as `what`. */
void doctor_exchange(struct doctor *d, const char *what,
    const struct doctor_ask *ask, struct doctor_answer *a);

/* The first exchange, made once. */
void doctor_contact(struct doctor *d);

/* Reads what the store has for the server. */
int doctor_load_access(struct doctor *d, bool *found, struct fault *f)
    __attribute__((warn_unused_result));

/* The check is skipped: no person signs in at the server's own authorization
 * server (--grant). */
bool doctor_is_unattended(const struct doctor *d, struct check *c);
/* The same, and none anywhere else. */
bool doctor_asks_nobody(const struct doctor *d, struct check *c);

/* Advises a command, `what` as in auth_config_command, between two pieces of
 * text. */
void doctor_advise_command(const struct doctor *d, struct check *c,
    const char *before, const char *what, const char *after);

/* The stages. */
void doctor_options(struct doctor *d, struct check *c);
void doctor_store(struct doctor *d, struct check *c);
void doctor_browser(struct doctor *d, struct check *c);
void doctor_redirect(struct doctor *d, struct check *c);
void doctor_proxy(struct doctor *d, struct check *c);
void doctor_dns(struct doctor *d, struct check *c);
void doctor_connection(struct doctor *d, struct check *c);
void doctor_tls(struct doctor *d, struct check *c);
void doctor_clock(struct doctor *d, struct check *c);
void doctor_first_answer(struct doctor *d, struct check *c);
void doctor_resource(struct doctor *d, struct check *c);
void doctor_issuer(struct doctor *d, struct check *c);
void doctor_pkce(struct doctor *d, struct check *c);
void doctor_registration(struct doctor *d, struct check *c);
void doctor_token(struct doctor *d, struct check *c);
void doctor_audience(struct doctor *d, struct check *c);
void doctor_protocol(struct doctor *d, struct check *c);
void doctor_session(struct doctor *d, struct check *c);
void doctor_stream(struct doctor *d, struct check *c);
void doctor_buffering(struct doctor *d, struct check *c);
void doctor_round_trips(struct doctor *d, struct check *c);

/* A head of a stream that takes longer is held back. */
enum { DOCTOR_STREAM_MS = 3000 };

/* The envelope of a stateless request, a member of its params. */
#define DOCTOR_ENVELOPE                                                        \
	"\"_meta\":{\"" RPC_META_VERSION                                       \
	"\":\"2026-07-28\",\"" RPC_META_CLIENT                                 \
	"\":{\"name\":\"mcp-bridge doctor\",\"version\":\"" VERSION            \
	"\"},\"" RPC_META_CAPABILITIES "\":{}}"

/*
 * Talking to the server; messages are taken. A stateless request, whose answer
 * may be an event that is waited for (0: none):
 */
void doctor_ask_modern(struct doctor *d, const char *what, struct message *m,
    unsigned event_patience_ms, struct doctor_answer *a);
void doctor_ask_discover(struct doctor *d, struct doctor_answer *a);
/* In the session that was opened. Without a message `what` is "GET" or
 * "DELETE". */
void doctor_ask_session(struct doctor *d, const char *what, struct message *m,
    struct doctor_answer *a);

/* The answer is a result with this member. */
bool doctor_answer_has(const struct doctor_answer *a, const char *member);
/* The code of a JSON-RPC error; 0: it is none. */
int64_t doctor_answer_code(const struct doctor_answer *a);
/* What the server says in an error, or a text of its result; NULL: nothing.
 * Caller frees. */
char *doctor_answer_error(const struct doctor_answer *a);
char *
doctor_answer_text(const struct doctor_answer *a, const char *const *path);

/*
 * HTTP+SSE: opens its event stream and waits for the endpoint that it names.
 * Messages are taken. An answer comes by the stream; FAULT_TIMEOUT where the
 * message was accepted and nothing came.
 */
struct doctor_old_answer {
	struct message *message; /* the caller's */
	uint64_t us;             /* since the ask */
};
int doctor_old_open(struct doctor *d, struct fault *f)
    __attribute__((warn_unused_result));
int doctor_old_ask(struct doctor *d, const char *what, struct message *m,
    struct doctor_old_answer *a, struct fault *f)
    __attribute__((warn_unused_result));
int doctor_old_tell(struct doctor *d, const char *what, struct message *m,
    struct fault *f) __attribute__((warn_unused_result));
/* How long the stream took to open. */
double doctor_old_opening_ms(const struct doctor *d);
void doctor_old_close(struct doctor *d);

/* Opens a session, or asks server/discover, once, with the stored token where
 * the server asks for one. */
void doctor_open(struct doctor *d);
/* Ends the session, if there is one. */
void doctor_close(struct doctor *d);

/* "3 days", "2 min". */
void doctor_describe_span(int64_t seconds, char *text, size_t size);

#endif
