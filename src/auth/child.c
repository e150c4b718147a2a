/* SPDX-License-Identifier: ISC */
/*
 * The pipes to an authorizer. Neither waits for its end nor judges answers.
 */
#include "auth/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/starter.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"

struct child {
	pid_t pid;      /* 0: another process started it */
	int starter_fd; /* borrowed: to that one */
	struct child_events events;
	void *ctx;
	int in_fd, out_fd;        /* owned: its stdin and stdout */
	struct loop_fd *in, *out; /* owned */
	struct buf job;           /* what it has not read yet */
	struct buf lines;         /* holds tokens */
};

static void
close_in(struct child *child)
{
	loop_fd_free(&child->in);
	if (child->in_fd != -1)
		close(child->in_fd);
	child->in_fd = -1;
}

static void
close_out(struct child *child)
{
	loop_fd_free(&child->out);
	if (child->out_fd != -1)
		close(child->out_fd);
	child->out_fd = -1;
}

/* Its stdin ends with the job. */
static void
write_job(void *ctx, unsigned events)
{
	struct child *child = ctx;
	ssize_t done = write(child->in_fd, child->job.data, child->job.len);

	(void)events;
	if (done == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (done > 0)
		buf_drop(&child->job, (size_t)done);
	if (done <= 0 || child->job.len == 0)
		close_in(child);
}

static void
end(struct child *child, const char *why)
{
	log_debug("auth", "authorizer: %s", why);
	close_out(child);
	child->events.ended(child->ctx);
}

/* False when there is nothing more to read: the child may be gone. */
static bool
take_line(struct child *child, size_t len)
{
	struct auth_answer answer;
	struct fault f = { 0 };
	bool more = false;

	auth_answer_init(&answer);
	int good =
	    auth_answer_read(&answer, span_make(child->lines.data, len), &f);
	buf_drop(&child->lines, len);
	if (good == -1) {
		auth_answer_reset(&answer);
		end(child, fault_text(&f));
		return false;
	}
	more = answer.kind == AUTH_ANSWER_PENDING ||
	       answer.kind == AUTH_ANSWER_STAGE;
	if (!more)
		close_out(child);
	child->events.answer(child->ctx, &answer);
	auth_answer_reset(&answer);
	return more;
}

static void
take_lines(struct child *child)
{
	bool more = true;

	while (more) {
		const char *newline =
		    memchr(child->lines.data, '\n', child->lines.len);

		if (newline == NULL)
			break;
		more =
		    take_line(child, (size_t)(newline - child->lines.data) + 1);
	}
}

static void
read_answers(void *ctx, unsigned events)
{
	struct child *child = ctx;
	struct buf *lines = &child->lines;
	size_t room = lines->max - lines->len;
	ssize_t got = read(child->out_fd, lines->data + lines->len, room);

	(void)events;
	if (got == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		end(child, room == 0 ? "line too long" : "ended");
		return;
	}
	lines->len += (size_t)got;
	lines->data[lines->len] = '\0';
	take_lines(child);
}

static void
close_both(int fds[2])
{
	if (fds[0] != -1)
		close(fds[0]);
	if (fds[1] != -1)
		close(fds[1]);
}

static int
start(struct child *child, const struct starter_fds *fds, struct fault *f)
{
	return child->starter_fd != 0 ? starter_ask(child->starter_fd, fds, f) :
					starter_spawn(fds, &child->pid, f);
}

/* Fills the process part of `child`. */
static int
open_pipes(struct child *child, int kept_fd, struct fault *f)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };

	if (os_pipe(in) == -1 || os_pipe(out) == -1) {
		fault_set(f, FAULT_INTERNAL, "Cannot make a pipe: %s",
		    strerror(errno));
		close_both(in);
		return -1;
	}
	const struct starter_fds fds = {
		.job = in[0],
		.answers = out[1],
		.kept = kept_fd,
	};
	if (start(child, &fds, f) == -1) {
		close_both(in);
		close_both(out);
		return -1;
	}
	close(in[0]);
	close(out[1]);
	child->in_fd = in[1];
	child->out_fd = out[0];
	return 0;
}

static void
free_child(struct child *child)
{
	close_in(child);
	close_out(child);
	buf_reset(&child->job);
	buf_wipe(&child->lines);
	free(child);
}

struct child *
child_start(struct loop *loop, const struct auth_job *job,
    const struct child_events *events, void *ctx, struct fault *f)
{
	struct child *child = mem_alloc(1, sizeof(*child));

	child->events = *events;
	child->ctx = ctx;
	child->starter_fd = job->config.starter_fd;
	child->in_fd = child->out_fd = -1;
	buf_init(&child->job, LIMIT_AUTH_LINE);
	buf_init(&child->lines, LIMIT_AUTH_LINE);
	/* Whole at once: growing would leave copies of tokens behind. */
	if (buf_reserve(&child->lines, LIMIT_AUTH_LINE) == -1 ||
	    auth_job_write(job, &child->job) == -1) {
		fault_set(f, FAULT_INTERNAL, "A sign-in job is too large");
		free_child(child);
		return NULL;
	}
	if (open_pipes(child, job->config.store_fd, f) == -1) {
		free_child(child);
		return NULL;
	}
	child->in = loop_fd_new(loop, child->in_fd, write_job, child);
	child->out = loop_fd_new(loop, child->out_fd, read_answers, child);
	loop_fd_want(child->in, LOOP_WRITE);
	loop_fd_want(child->out, LOOP_READ);
	return child;
}

void
child_stop(const struct child *child)
{
	if (child->starter_fd != 0)
		starter_stop(child->starter_fd);
	else
		(void)kill(child->pid, SIGTERM);
}

pid_t
child_release(struct child **child)
{
	pid_t pid = (*child)->pid;

	free_child(*child);
	*child = NULL;
	return pid;
}
