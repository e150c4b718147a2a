/* SPDX-License-Identifier: ISC */
/*
 * Lines from and to the host. It frames bytes and knows nothing of JSON.
 */
#include "io/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "io/os.h"

enum {
	GULP = 64 * 1024,         /* what a pipe holds */
	HANDED_OVER = 128 * 1024, /* lines from here on are not copied */
	GATHERED = 64 * 1024,     /* shorter ones are written together */
	EARLY = 16 * 1024,        /* do not wait for the end of the turn */
	WRITE_PARTS = 64
};

struct channel {
	struct loop *loop; /* borrowed */
	struct channel_events events;
	void *ctx;
	bool busy; /* a callback is on the stack */
	bool dead; /* freed inside it */

	struct os_stream in;
	struct loop_fd *in_watch; /* owned */
	struct buf input;
	size_t scanned; /* bytes of input known to hold no newline */
	bool started;   /* past the place of a BOM */
	bool skipping;  /* inside a line that is too long */
	bool ended;     /* nothing more to read */
	bool finished;  /* and eof has said so */
	bool paused;
	struct loop_timer unpaused;

	struct os_stream out;
	struct loop_fd *out_watch; /* owned */
	struct buf *queue;         /* owned ring, each with its newline */
	size_t head, count, space; /* space is a power of two */
	size_t written;            /* of the first */
	size_t queued;             /* bytes to be written */
	struct buf spare;          /* storage of a part that was written */
	bool early; /* something was written before the turn ends */
	bool blocked, full, gone, went_large;
};

static void
destroy(struct channel *c)
{
	loop_timer_stop(&c->unpaused);
	loop_forget_turn_end(c->loop, c);
	loop_fd_free(&c->in_watch);
	loop_fd_free(&c->out_watch);
	os_stream_close(&c->in);
	os_stream_close(&c->out);
	buf_reset(&c->input);
	for (size_t i = 0; i < c->count; i++)
		buf_reset(&c->queue[(c->head + i) & (c->space - 1)]);
	buf_reset(&c->spare);
	free(c->queue);
	free(c);
}

/* Brackets the callbacks: between them the channel may only be marked dead.
 * leave says whether it is still there. */
static void
enter(struct channel *c)
{
	c->busy = true;
}

static bool
leave(struct channel *c)
{
	c->busy = false;
	if (!c->dead)
		return true;
	destroy(c);
	return false;
}

void
channel_free(struct channel **where)
{
	struct channel *c = *where;

	if (!c)
		return;
	*where = NULL;
	c->dead = true;
	if (!c->busy)
		destroy(c);
}

/* Reading */

static void
want_input(struct channel *c)
{
	loop_fd_want(c->in_watch, c->paused || c->ended ? 0 : LOOP_READ);
}

static bool
is_blank(struct span line)
{
	return span_trim(line).len == 0;
}

static void
deliver(struct channel *c, struct buf *line)
{
	static const char bom[] = "\xEF\xBB\xBF";

	if (!c->started && span_starts_with(buf_span(line), bom))
		buf_drop(line, sizeof(bom) - 1);
	c->started = true;
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		line->data[--line->len] = '\0';
	if (line->len > LIMIT_MESSAGE)
		c->events.too_long(c->ctx);
	else if (!is_blank(buf_span(line)))
		c->events.line(c->ctx, line);
}

/* Hands the buffer itself over and starts another with what follows. */
static void
deliver_large(struct channel *c, size_t len, size_t next)
{
	struct buf line, rest;

	buf_init(&rest, c->input.max);
	if (buf_add(&rest, c->input.data + next, c->input.len - next) != 0)
		abort();
	buf_init(&line, c->input.max);
	buf_take(&line, &c->input);
	line.len = len;
	line.data[len] = '\0';
	buf_take(&c->input, &rest);
	deliver(c, &line);
	buf_reset(&line);
}

static void
deliver_copy(struct channel *c, struct buf *line, size_t from, size_t len)
{
	buf_clear(line);
	if (buf_add(line, c->input.data + from, len) != 0)
		abort();
	deliver(c, line);
}

/* The lines that are complete, unless a callback pauses or frees us. */
static void
deliver_lines(struct channel *c)
{
	struct buf line;
	size_t from = 0;

	buf_init(&line, c->input.max);
	while (!c->paused && !c->dead && c->scanned < c->input.len) {
		const char *start = c->input.data + c->scanned;
		const char *end =
		    memchr(start, '\n', c->input.len - c->scanned);
		if (!end) {
			c->scanned = c->input.len;
			break;
		}
		size_t at = (size_t)(end - c->input.data);
		size_t first = from;
		from = c->scanned = at + 1;
		if (c->skipping) {
			c->skipping = false;
			c->events.too_long(c->ctx);
		} else if (first == 0 && at >= HANDED_OVER) {
			from = c->scanned = 0;
			deliver_large(c, at, at + 1);
		} else {
			deliver_copy(c, &line, first, at - first);
		}
	}
	buf_reset(&line);
	buf_drop(&c->input, from);
	c->scanned -= from;
}

/* What stands before the end of input without a newline is a line too. */
static void
deliver_end(struct channel *c)
{
	c->finished = true;
	if (c->skipping)
		c->events.too_long(c->ctx);
	else if (c->input.len > 0)
		deliver_large(c, c->input.len, c->input.len);
	if (!c->dead)
		c->events.eof(c->ctx);
}

static void
skip_overlong(struct channel *c)
{
	if (!c->skipping && c->input.len <= LIMIT_MESSAGE + 1)
		return;
	c->skipping = true;
	buf_reset(&c->input);
	c->scanned = 0;
}

static void
deliver_input(struct channel *c)
{
	enter(c);
	deliver_lines(c);
	if (!c->dead && !c->paused && !c->finished) {
		if (c->ended)
			deliver_end(c);
		else
			skip_overlong(c);
	}
	if (!leave(c))
		return;
	if (c->input.len == 0 && !c->ended && c->input.space > 2 * GULP)
		buf_reset(&c->input);
}

/* A line that is long already may become longer: large storage grows without
 * being copied, and what is not used of it costs no memory. */
static void
reserve_input(struct channel *c)
{
	size_t left = c->input.max - c->input.len;
	size_t room = c->input.len < GULP ? GULP : 2 * MIB;

	if (buf_reserve(&c->input, room < left ? room : left) != 0)
		abort();
}

static void
input_ready(void *ctx, unsigned events)
{
	struct channel *c = ctx;

	(void)events;
	reserve_input(c);
	ssize_t n = os_stream_read(&c->in, c->input.data + c->input.len, GULP);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->input.len += (size_t)n;
	else
		c->ended = true;
	want_input(c);
	deliver_input(c);
}

static void
unpaused(void *ctx)
{
	deliver_input(ctx);
}

void
channel_pause(struct channel *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	want_input(c);
	if (paused)
		loop_timer_stop(&c->unpaused);
	else
		loop_timer_start(c->loop, &c->unpaused, 0);
}

/* Writing */

static struct buf *
queue_at(const struct channel *c, size_t i)
{
	return &c->queue[(c->head + i) & (c->space - 1)];
}

static void
queue_grow(struct channel *c)
{
	size_t space = c->space ? 2 * c->space : WRITE_PARTS;
	struct buf *queue = mem_alloc(space, sizeof(*queue));

	for (size_t i = 0; i < c->count; i++)
		queue[i] = *queue_at(c, i);
	free(c->queue);
	c->queue = queue;
	c->head = 0;
	c->space = space;
}

static struct buf *
queue_part(struct channel *c)
{
	struct buf *part;

	if (c->count == c->space)
		queue_grow(c);
	part = queue_at(c, c->count++);
	buf_init(part, LIMIT_MESSAGE + GATHERED);
	return part;
}

/* Room for many lines at once: what they do not fill costs no memory. */
static struct buf *
gathering_part(struct channel *c)
{
	struct buf *part = queue_part(c);

	buf_take(part, &c->spare);
	if (buf_reserve(part, GATHERED - 1) != 0)
		abort();
	return part;
}

/* Where the line goes: behind short ones, or, long, by itself. */
static struct buf *
queue_add(struct channel *c, struct buf *line)
{
	struct buf *part = c->count > 0 ? queue_at(c, c->count - 1) : NULL;

	if (line->len >= GATHERED) {
		part = queue_part(c);
		buf_take(part, line);
		return part;
	}
	if (part == NULL || part->len + line->len >= GATHERED)
		part = gathering_part(c);
	if (buf_add_span(part, buf_span(line)) != 0)
		abort();
	buf_clear(line);
	return part;
}

static void
queue_pop(struct channel *c)
{
	struct buf *part = queue_at(c, 0);

	c->went_large = c->went_large || part->len > MIB;
	buf_clear(part);
	if (part->space == GATHERED)
		buf_take(&c->spare, part);
	buf_reset(part);
	c->head = (c->head + 1) & (c->space - 1);
	c->count--;
	c->written = 0;
}

static void
queue_wrote(struct channel *c, size_t n)
{
	c->queued -= n;
	while (n > 0) {
		size_t left = queue_at(c, 0)->len - c->written;
		if (n < left) {
			c->written += n;
			return;
		}
		n -= left;
		queue_pop(c);
	}
}

static bool
would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* One writev; errno where it returns false. */
static bool
write_some(struct channel *c)
{
	struct iovec parts[WRITE_PARTS];
	size_t n = c->count < WRITE_PARTS ? c->count : WRITE_PARTS;

	for (size_t i = 0; i < n; i++) {
		struct buf *part = queue_at(c, i);
		parts[i].iov_base = part->data;
		parts[i].iov_len = part->len;
	}
	parts[0].iov_base = queue_at(c, 0)->data + c->written;
	parts[0].iov_len -= c->written;
	ssize_t wrote = os_stream_writev(&c->out, parts, (int)n);
	if (wrote < 0)
		return errno == EINTR;
	queue_wrote(c, (size_t)wrote);
	return true;
}

/* The reader is to work meanwhile: soon for the first time, and again with each
 * part that becomes whole, though the pipe was full. What goes wrong is met
 * again, and told, at the end of the turn. */
static void
write_early(struct channel *c)
{
	c->early = true;
	c->blocked = !write_some(c) && would_block();
	loop_fd_want(c->out_watch, c->blocked ? LOOP_WRITE : 0);
}

void
channel_send(struct channel *c, struct buf *line)
{
	size_t len = line->len, parts = c->count, waiting = c->queued;

	if (!c->gone && len > 0) {
		struct buf *part = queue_add(c, line);
		/* The newline takes the place of the terminator: from here on
		 * the bytes are only written. */
		part->data[part->len++] = '\n';
		c->queued += len + 1;
		if (c->early ? parts > 0 && c->count > parts : waiting >= EARLY)
			write_early(c);
	} else {
		buf_clear(line);
	}
	if (c->queued > LIMIT_STDOUT_HIGH)
		c->full = true;
}

static void
lose_reader(struct channel *c)
{
	while (c->count > 0)
		queue_pop(c);
	c->queued = 0;
	c->full = false;
	c->gone = true;
	c->events.gone(c->ctx);
}

static void
write_queue(struct channel *c)
{
	c->early = c->blocked = false;
	while (c->count > 0 && !c->blocked) {
		if (write_some(c))
			continue;
		c->blocked = would_block();
		if (!c->blocked)
			lose_reader(c);
	}
	if (c->count == 0 && c->went_large) {
		c->went_large = false;
		os_trim();
	}
}

static void
flush(struct channel *c)
{
	enter(c);
	write_queue(c);
	if (c->full && c->queued < LIMIT_STDOUT_LOW && !c->dead) {
		c->full = false;
		c->events.drained(c->ctx);
	}
	if (!leave(c))
		return;
	loop_fd_want(c->out_watch, c->blocked ? LOOP_WRITE : 0);
}

static void
turn_ended(void *ctx)
{
	struct channel *c = ctx;

	if (!c->blocked)
		flush(c);
}

static void
output_ready(void *ctx, unsigned events)
{
	(void)events;
	flush(ctx);
}

size_t
channel_queued(const struct channel *c)
{
	return c->queued;
}

bool
channel_full(const struct channel *c)
{
	return c->full;
}

void
channel_flush(struct channel *c, unsigned timeout_ms)
{
	uint64_t deadline = os_monotonic_ms() + timeout_ms;

	while (c->count > 0) {
		uint64_t now = os_monotonic_ms();
		struct pollfd p = { .fd = c->out.fd, .events = POLLOUT };
		if (!write_some(c) && errno != EAGAIN)
			return;
		if (c->count == 0 || now >= deadline)
			return;
		uint64_t left = deadline - now;
		poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
	}
}

struct channel *
channel_new(struct loop *loop, int in_fd, int out_fd,
    const struct channel_events *events, void *ctx)
{
	struct channel *c = mem_alloc(1, sizeof(*c));

	c->loop = loop;
	c->events = *events;
	c->ctx = ctx;
	c->unpaused.fire = unpaused;
	c->unpaused.ctx = c;
	os_stream_open(&c->in, in_fd, O_RDONLY);
	os_stream_open(&c->out, out_fd, O_WRONLY);
	buf_init(&c->spare, LIMIT_MESSAGE + GATHERED);
	/* The longest line, its CRLF, and a gulp of what follows. */
	buf_init(&c->input, LIMIT_MESSAGE + 2 + 2 * GULP);
	c->in_watch = loop_fd_new(loop, c->in.fd, input_ready, c);
	c->out_watch = loop_fd_new(loop, c->out.fd, output_ready, c);
	loop_at_turn_end(loop, turn_ended, c);
	want_input(c);
	return c;
}
