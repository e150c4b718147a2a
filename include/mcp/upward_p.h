/* SPDX-License-Identifier: ISC */
/*
 * Private to way_up, an initialize-based host before a stateless server:
 * upward.c (method by method), upward_rounds.c (questions of the server),
 * upward_listen.c (subscriptions).
 */
#ifndef MCP_UPWARD_P_H
#define MCP_UPWARD_P_H

#include "mcp/relay_p.h"
#include "mcp/translate.h"

/* One subscriptions/listen of ours. */
struct listen_stream {
	struct listening *listening; /* borrowed: it owns us */
	struct outbound *outbound; /* borrowed from the remote; NULL: closed */
	char *id;                  /* owned: raw */
};

/* What is listened to, by one stream and the one that replaces it (T-096). */
struct listening {
	struct relay *relay; /* borrowed */
	struct listen_stream streams[2];
	struct listen_stream *current, *next; /* of `streams` */
	bool established;                     /* it was acknowledged before */
	struct loop_timer again;
	uint32_t backoff_ms;
};

struct upward {
	struct up_host host;
	bool discovered;             /* the server itself has said what it is */
	struct loop_timer ask_again; /* while it is away */
	uint32_t backoff_ms;
	char *capabilities; /* owned: raw, the server's */
	char *log_level;    /* owned: raw string; NULL: none asked for */
	struct listening lists, resources;
	struct buf uris; /* raw JSON array of the subscribed */
	/* subscribe calls that await the acknowledgment: raw ids */
	TAILQ_HEAD(waiting_list, waiting) waiting;
};

struct waiting {
	TAILQ_ENTRY(waiting) link;
	char *call_id; /* owned */
	char *uri;     /* owned: raw */
};

/* upward_rounds.c */
/* The server asks before it answers `call`; `m` is taken. */
void rounds_begin(struct relay *r, struct call *call, struct message *m);
/* The host's answer to one of our questions: true when it was one. */
bool rounds_reply(struct relay *r, const struct message *m);

/* upward_listen.c */
void listening_open(struct relay *r);
void listening_close(struct upward *up);
/* resources/subscribe and unsubscribe: each call gets its answer. */
void listening_subscribe(struct relay *r, struct call *call,
    const struct message *m);
void listening_unsubscribe(struct relay *r, struct call *call,
    const struct message *m);
void listening_acknowledged(struct relay *r, const struct message *m);

#endif
