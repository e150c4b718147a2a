/* SPDX-License-Identifier: ISC */
/*
 * Private to the files of the relay: relay.c (the table of calls, and who gets
 * which message), the ways messages are carried (direct.c, upward.c,
 * downward.c; verdict.c chooses), handshake.c (the host's half of it), listen.c
 * (subscriptions that heal), offline.c (tools without the server),
 * relay_signin.c (what waits for a token), relay_end.c (leaving).
 */
#ifndef MCP_RELAY_P_H
#define MCP_RELAY_P_H

#include "auth/broker.h"
#include "mcp/calls.h"
#include "mcp/host.h"
#include "mcp/relay.h"

enum era {
	ERA_UNKNOWN,
	ERA_INITIALIZE, /* 2024-11-05 to 2025-11-25 */
	ERA_STATELESS   /* 2026-07-28 */
};

/* What is known of a token being fetched. */
struct signin {
	struct broker *broker; /* owned; NULL: no sign-in */
	TAILQ_HEAD(parked_list, parked) parked;
	bool asked;              /* no outcome yet */
	bool awaited;            /* nothing is sent before there is a token */
	uint64_t since_ms;       /* of the first ask without outcome */
	uint64_t refresh_ms;     /* of the last proactive ask */
	uint64_t pause_until_ms; /* after trouble on the way … */
	struct fault trouble;    /* … of this kind */
	bool told;      /* a person, by an error, what to do (patience_ms) */
	unsigned beats; /* progress notifications sent */
	struct loop_timer hold;
};

/* What is known of the remote's era, and the question under way. */
struct verdict {
	bool legacy; /* it has refused a stateless request */
	/* A legacy host's refused initialize, while the server is asked whether
	 * it is a stateless one (T-082). */
	char *call_id;              /* owned: raw id of the initialize */
	bool asked_again;           /* the version was refused once (T-065) */
	struct message *initialize; /* owned */
	struct message *refusal;    /* owned: JSON-RPC error; or NULL and: */
	struct fault fault;
};

struct upward;
struct downward;

/*
 * How messages are carried between this host and this remote: unchanged where
 * both speak the same era, translated otherwise (transport, section E). Every
 * message is taken.
 */
struct way {
	/* A request of the host; its call is in the table and has no outbound
	 * yet: it gets one, or its answer. */
	void (*request)(struct relay *r, struct call *call, struct message *m);
	void (*notification)(struct relay *r, struct message *m);
	void (*reply)(struct relay *r, struct message *m);
	/* The host gave a call up by `m`; the call goes right after. */
	void (
	    *cancelled)(struct relay *r, struct call *call, struct message *m);
	/* The server's answer to a call. */
	void (*answer)(struct relay *r, struct call *call, struct message *m);
	/* The server's requests and notifications; `via` is the outbound on
	 * whose stream they came, or NULL. */
	void (*asked)(struct relay *r, struct outbound *via, struct message *m);
	void (*told)(struct relay *r, struct outbound *via, struct message *m);
	/* Another session stands in for a dead one. */
	void (*renewed)(struct relay *r);
	/* No answer will come: true when that was dealt with, else the host
	 * gets `fault`. */
	bool (*failed)(struct relay *r, struct call *call,
	    const struct fault *fault);
	/* Frees what it keeps in the relay. */
	void (*close)(struct relay *r);
};

extern const struct way way_direct;
extern const struct way way_up;   /* initialize-based host, stateless server */
extern const struct way way_down; /* stateless host, initialize-based server */

struct relay {
	struct relay_config config;
	struct host *host;
	struct remote *remote;
	struct tools *tools;
	struct calls calls;
	struct signin signin;
	struct {
		struct loop_timer patience;
		struct loop_timer keep; /* stores `result`, when it is out */
		char *result;           /* owned; NULL: nothing to keep */
		enum method asked;      /* what `result` answers */
		bool provisional;       /* the host awaits word of changes */
	} handshake;
	struct {
		bool offered; /* the host sees the tool sign_in */
	} offline;
	enum era era; /* pinned by the host's opening (T-080) */
	const struct way *way;
	struct verdict verdict;
	struct upward *up;         /* owned: what way_up keeps */
	struct downward *down;     /* owned: what way_down keeps */
	struct loop_timer timeout; /* of the oldest call */
	/* leaving */
	bool left;
	bool closing;
	struct loop_timer drain;
};

/* relay.c */
/* Answers a call with a fault; the call is gone. */
void relay_fail(struct relay *r, struct call *call, const struct fault *fault);
/* The same, with no second thought about handshakes. */
void relay_answer_fault(struct relay *r, struct call *call,
    const struct fault *fault);
/* A notification of the bridge's own, without params. */
void relay_tell(struct relay *r, enum method method);
/* Nobody waits any longer for what the call sent. */
void relay_drop(struct relay *r, struct call *call);
/* Lets stdin and response bodies flow, or not. */
void relay_balance(struct relay *r);

/* Sends the call's request as it is. */
void relay_send(struct relay *r, struct call *call, struct message *m,
    bool stateless);
/* The profile that sign-in and what is known of the server go by. */
const char *relay_profile(const struct relay *r);
/* Gives the call its answer (taken) from the server; the call is gone. */
void relay_answer(struct relay *r, struct call *call, struct message *m);
/* Gives the call up: nothing is written for it (T-014). */
void relay_forget(struct relay *r, struct call *call);

/* verdict.c */
/* A request: may it go as it is? Else another way is on. */
void verdict_request(struct relay *r, const struct message *m);
/* The server was not known right: it does answer `initialize`. */
void verdict_revoke(struct relay *r, struct call *call);
/* Once for each server: -32022 is answered by asking again (T-065). */
bool verdict_asks_again(struct relay *r, const struct message *answer);
/* Has the remote refused in a way that tells its era? True when the call is
 * taken care of (asked again in another way); `m` is then taken too. */
bool verdict_answer(struct relay *r, struct call *call, struct message *m);
bool
verdict_failed(struct relay *r, struct call *call, const struct fault *fault);
void verdict_close(struct relay *r);

/* upward.c */
/* Turns way_up on and answers the host's initialize. */
void upward_begin(struct relay *r, struct call *call,
    const struct message *initialize, const struct message *discovered);
/* Turns way_up on for a server known to need it; `capabilities` as it last
 * declared them. */
void upward_expect(struct relay *r, const struct message *initialize,
    struct span capabilities);
/* The host was answered without the server: it is asked until it answers. */
void upward_owes(struct relay *r);

/* listen.c */
/* An acknowledgment has come: true when it is the second one, not for the
 * host. */
bool listen_acknowledged(struct relay *r, const struct message *m);
/* The stream of a listen call is gone without an answer: true when that was
 * dealt with, by another try or by telling the host. */
bool listen_lost(struct relay *r, struct call *call, const struct fault *fault);

/* handshake.c */
void handshake_open(struct relay *r);
void handshake_close(struct relay *r);
/* A call was sent: the host's patience begins. */
void handshake_sent(struct relay *r, const struct call *call);
/* It waits for sign-in: what is known is said at once. */
void handshake_waits(struct relay *r, struct call *call);
/* Nobody can sign in before the host shows how: the server is not waited for.
 */
void handshake_hurry(struct relay *r);
/* It has failed: true when the host need not know, and the call is gone. */
bool
handshake_failed(struct relay *r, struct call *call, const struct fault *fault);
/* The server has answered: true when the host has its answer already. */
bool handshake_answered(struct relay *r, struct call *call,
    const struct message *answer);
/* The server is there after all: tells the host what may differ. */
void handshake_done(struct relay *r, struct span capabilities);

/* Keeps what the server said to METHOD_INITIALIZE, METHOD_DISCOVER or
 * METHOD_TOOLS_LIST, a little later. */
void handshake_keep(struct relay *r, enum method asked, struct span result);

/* offline.c */
/* Answers a call (with `m`, taken) for which nothing was sent, or no more. */
void offline_answer(struct relay *r, struct call *call, struct message *m);
/* A list of tools has come from the server. */
void offline_learned(struct relay *r, const struct call *call,
    const struct message *list);
/* May be answered without the server: true when it was, or will be. */
bool
offline_request(struct relay *r, struct call *call, const struct message *m);
/* The same for a list that has failed. */
bool offline_list(struct relay *r, struct call *call);
/* A call of the bridge's own tool, which no rule on tools concerns. */
bool offline_allows(const struct relay *r, const struct message *call);
/* The first list, and the user is not signed in yet: true when it was answered
 * with the tool sign_in. */
bool offline_offer(struct relay *r, struct call *call);
/* Answers the calls of sign_in: the login waits (`pending`), or `text`. */
void offline_signin_known(struct relay *r, const struct auth_answer *pending,
    const char *text);
/* The server is there. */
void offline_over(struct relay *r);

/* relay_signin.c */
void relay_signin_open(struct relay *r);
void relay_signin_close(struct relay *r);
/* A request was sent: is its token getting old, or somebody to be told? */
void relay_signin_sent(struct relay *r);
/* The user asks for the sign-in itself. */
void relay_signin_start(struct relay *r);
/* The call goes: it waits no more for a token. */
void relay_signin_forget(struct relay *r, const struct outbound *o);
void relay_signin_unauthorized(void *ctx, struct outbound *o, uint64_t bearer,
    const struct outcome *outcome, const struct fault *fault);

/* relay_end.c */
void relay_host_left(void *ctx);
/* After each settled message: is everything drained? */
void relay_check_drained(struct relay *r);

#endif
