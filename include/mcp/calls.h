/* SPDX-License-Identifier: ISC */
/*
 * Who waits for an answer: requests of the host (each gets exactly one answer,
 * T-009), and requests of the server that the host has not answered yet.
 */
#ifndef MCP_CALLS_H
#define MCP_CALLS_H

#include <sys/queue.h>

#include "io/loop.h"
#include "mcp/batch.h"
#include "mcp/remote.h"

struct listen;
void listen_free(struct listen **listen);
struct rounds;
void rounds_free(struct rounds **rounds);
struct questions;
void questions_free(struct questions **questions);
struct subscription;
void subscription_free(struct subscription **subscription);

/* A request of the host. */
struct call {
	TAILQ_ENTRY(call) link;
	LIST_ENTRY(call) bucket;
	enum method method;
	bool first_page;           /* tools/list without a cursor */
	struct outbound *outbound; /* borrowed from the remote; or NULL */
	struct listen *listen;     /* owned: a subscription that heals */
	struct rounds *rounds;     /* owned: questions to the host (T-097) */
	struct questions
	    *questions; /* owned: the same from a session (T-113) */
	struct subscription *subscription; /* owned: of a session (T-112) */
	unsigned verbosity;  /* 0: wants no logs; 1: emergency … 8: debug */
	struct batch *batch; /* borrowed from the host; or NULL */
	uint64_t since_ms;   /* when it came */
	double progress;     /* the last one told, where `progressed` */
	bool progressed;
	bool sign_in;  /* a call of the bridge's own tool */
	bool answered; /* the host has had a provisional answer */
	char id[];     /* raw JSON */
};

/* A request of the server, on its way through the host. */
struct asked {
	TAILQ_ENTRY(asked) link;
	char *id;      /* owned: raw JSON, as the server wrote it */
	char *host_id; /* owned: as the host sees it; NULL: the same */
};

/* Hosts count their requests: neighbours fall into different buckets. */
enum { CALL_BUCKETS = 256 };

struct calls {
	TAILQ_HEAD(call_list, call) pending;                /* oldest first */
	LIST_HEAD(call_bucket, call) buckets[CALL_BUCKETS]; /* by id */
	size_t count;
	TAILQ_HEAD(asked_list, asked) asked;
	size_t asked_count;
	unsigned renamed; /* ids given to the host in place of the server's */
};

void calls_init(struct calls *c);
void calls_reset(struct calls *c);

struct call *
calls_add(struct calls *c, const struct message *request, struct batch *batch);
/* NULL when no such request is pending. Ids compare as bytes first, then by
 * value: a peer may write another lexeme, a host may use 1 and 1.0. */
struct call *calls_find(struct calls *c, struct span raw_id);
struct call *calls_find_exact(struct calls *c, struct span raw_id);
void calls_remove(struct calls *c, struct call *call);
/* Takes it out of the table and gives it to the caller: the host has its
 * answer, but its outbound goes on. */
void calls_withdraw(struct calls *c, struct call *call);
void call_free(struct call **call);

struct asked *asked_add(struct calls *c, struct span raw_id);
struct asked *asked_find_by_server_id(struct calls *c, struct span raw_id);
struct asked *asked_find_by_host_id(struct calls *c, struct span raw_id);
/* NUL-terminated. */
struct span asked_host_id(const struct asked *asked);
void asked_remove(struct calls *c, struct asked *asked);

#endif
