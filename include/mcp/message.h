/* SPDX-License-Identifier: ISC */
/*
 * One JSON-RPC message on its way: the bytes as they came, and where its
 * members are. The bytes are forwarded; the view is for us.
 */
#ifndef MCP_MESSAGE_H
#define MCP_MESSAGE_H

#include "base/buf.h"
#include "wire/rpc.h"

struct message {
	struct buf text;      /* owned; one line, no newline in it */
	struct rpc rpc;       /* into text */
	struct span envelope; /* private: a request's protocol version */
};

/* Takes `text` (left empty), makes it one line (T-002), classifies it. An
 * invalid message is a message too: rpc.kind says so. */
struct message *message_take(struct buf *text);
/* The same, but where a message was freed before, `text` gets the storage of
 * that one's: for who fills one buffer again and again. */
struct message *message_swap(struct buf *text);

/* A message of the bridge's own, built from a format. */
struct message *
message_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* NULL-safe, nulling. */
void message_free(struct message **message);

/* The same message under another id (raw JSON); one without stays so. */
struct message *
message_with_id(const struct message *message, struct span raw_id);

/* The member of `params` called `key`; false when absent. */
bool message_param(const struct message *message, const char *key,
    struct span *value);

/* The protocol version in a request's envelope: its presence marks the
 * stateless era (T-080). */
bool message_envelope(const struct message *message, struct span *version);

/* Ids equal as JSON-RPC means it: by type and value, so that a peer which
 * writes 1.0 for 1 or "a" for "\u0061" still matches. */
bool message_same_id(struct span a, struct span b);

#endif
