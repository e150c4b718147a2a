/* SPDX-License-Identifier: ISC */
/*
 * The host's end: lines in, whole lines out (T-001, T-003). Reading takes
 * 64 KiB gulps; writing gathers short lines, queues long ones as they are, and
 * flushes them with writev as soon as 64 KiB are gathered, at the end of the
 * loop's turn, or when the descriptor lets it. A short or blocked write keeps
 * the rest; lines are never interleaved.
 */
#ifndef IO_CHANNEL_H
#define IO_CHANNEL_H

#include "base/buf.h"
#include "io/loop.h"

struct channel;

struct channel_events {
	/* One line without its newline (CRLF too), never blank; the receiver
	 * may buf_take it. A leading BOM of the stream is gone. */
	void (*line)(void *ctx, struct buf *line);
	/* A line passed LIMIT_MESSAGE and was skipped to its end. */
	void (*too_long)(void *ctx);
	/* No more input; an unterminated last line came before. */
	void (*eof)(void *ctx);
	/* The reader is gone (EPIPE); what is written from now on is lost. */
	void (*gone)(void *ctx);
	/* The queue fell below LIMIT_STDOUT_LOW after it had passed
	 * LIMIT_STDOUT_HIGH. */
	void (*drained)(void *ctx);
};

/* Both descriptors are borrowed and never block us, without a change to them
 * that other processes would see (struct os_stream). */
struct channel *channel_new(struct loop *loop, int in_fd, int out_fd,
    const struct channel_events *events, void *ctx);
/* Also from inside its callbacks; what is queued is lost. NULL-safe. */
void channel_free(struct channel **channel);

/* Stops and restarts reading (backpressure towards the host). No line comes
 * while paused; those already read come later, from the loop. */
void channel_pause(struct channel *channel, bool paused);

/* Queues what is in `line`, followed by a newline, and leaves it empty; what
 * storage it still has is the caller's. */
void channel_send(struct channel *channel, struct buf *line);

/* Bytes queued and not yet written. */
size_t channel_queued(const struct channel *channel);
/* The queue has passed LIMIT_STDOUT_HIGH and is not yet below the low mark. */
bool channel_full(const struct channel *channel);

/* Writes what is queued, waiting at most `timeout_ms`: only at exit. */
void channel_flush(struct channel *channel, unsigned timeout_ms);

#endif
