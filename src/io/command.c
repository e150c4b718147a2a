/* SPDX-License-Identifier: ISC */
/*
 * Running a program and waiting for it. Three pipes and one deadline; what a
 * program means by its output is not known here.
 */
#include "io/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/spawn.h"

enum {
	/* How often an end is looked for that no pipe tells of: a program that
	 * left something running with its stdout open, or that closed it. */
	STEP_MS = 20,
	CHUNK = 4096,
	COMPLAINT_MAX = 2048, /* bytes of stderr that are kept */
	LINE_SHOWN = 400,
	SIGNAL_STATUS = 128,
};

enum { IN, OUT, ERR, PIPES };

struct running {
	const struct command *command;
	pid_t pid;
	int fds[PIPES]; /* our ends; -1: closed */
	struct span input;
	struct buf *output;
	char complaint[COMPLAINT_MAX];
	size_t complaint_len;
	bool ended;
	int status; /* of waitpid, where it ended */
	uint64_t deadline_ms;
};

static void
close_fd(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
close_all(int fds[PIPES])
{
	for (int i = 0; i < PIPES; i++)
		close_fd(&fds[i]);
}

/* One pipe for each of its descriptors. False with errno. */
static bool
open_pipes(int ours[PIPES], int theirs[PIPES])
{
	for (int i = 0; i < PIPES; i++) {
		int ends[2] = { -1, -1 };

		if (os_pipe(ends) == -1)
			return false;
		ours[i] = ends[i == IN ? 1 : 0];
		theirs[i] = ends[i == IN ? 0 : 1];
		os_make_blocking(theirs[i]);
	}
	return true;
}

/* It need not read: its stdin closing early is no failure. */
static void
feed(struct running *r)
{
	ssize_t done = r->input.len > 0 ?
			   write(r->fds[IN], r->input.ptr, r->input.len) :
			   0;

	if (done == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (done > 0) {
		r->input.ptr += done;
		r->input.len -= (size_t)done;
	}
	if (done <= 0 || r->input.len == 0)
		close_fd(&r->fds[IN]);
}

static int
start(struct running *r, struct fault *f)
{
	const char *const *argv = r->command->argv;
	int theirs[PIPES] = { -1, -1, -1 };
	struct fault why = { 0 };
	int rc = -1;

	if (open_pipes(r->fds, theirs)) {
		/* What the pipe takes is there before the program is: killed
		 * in between, we leave it no half of a value to keep. */
		feed(r);
		const struct spawn what = {
			.argv = argv,
			.in_fd = theirs[IN],
			.out_fd = theirs[OUT],
			.err_fd = theirs[ERR],
			.new_session = true,
		};
		rc = spawn_start(&what, &r->pid, &why);
	} else {
		fault_set(&why, FAULT_INTERNAL, "Cannot make a pipe: %s",
		    strerror(errno));
	}
	close_all(theirs);
	if (rc == -1)
		fault_set(f, r->command->fault, "%s: %s", r->command->what,
		    fault_text(&why));
	return rc;
}

/* -1 past the cap. The buffer is reserved whole: growing would leave copies of
 * secrets behind. */
static int
take_output(struct running *r)
{
	struct buf *out = r->output;
	size_t room = out->max - out->len;
	char beyond = '\0';
	ssize_t got = read(r->fds[OUT],
	    room > 0 ? out->data + out->len : &beyond, room > 0 ? room : 1);

	if (got == -1 && (errno == EINTR || errno == EAGAIN))
		return 0;
	if (got <= 0) {
		close_fd(&r->fds[OUT]);
		return 0;
	}
	if (room == 0)
		return -1;
	out->len += (size_t)got;
	out->data[out->len] = '\0';
	return 0;
}

/* Read to its end, so that nobody blocks on us; the beginning is kept. */
static void
take_complaint(struct running *r)
{
	char bytes[CHUNK];
	ssize_t got = read(r->fds[ERR], bytes, sizeof(bytes));
	size_t room = sizeof(r->complaint) - r->complaint_len;

	if (got == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		close_fd(&r->fds[ERR]);
		return;
	}
	if ((size_t)got < room)
		room = (size_t)got;
	memcpy(r->complaint + r->complaint_len, bytes, room);
	r->complaint_len += room;
}

static void
look_for_end(struct running *r)
{
	r->ended = r->ended || waitpid(r->pid, &r->status, WNOHANG) == r->pid;
}

/* One turn: what is ready is moved. `*idle`: nothing was. */
static int
turn(struct running *r, bool *idle)
{
	struct pollfd polled[PIPES] = {
		{ .fd = r->fds[IN], .events = POLLOUT },
		{ .fd = r->fds[OUT], .events = POLLIN },
		{ .fd = r->fds[ERR], .events = POLLIN },
	};
	int ready = poll(polled, PIPES, STEP_MS);

	*idle = ready <= 0;
	if (*idle)
		return 0;
	if (polled[IN].revents != 0)
		feed(r);
	if (polled[ERR].revents != 0)
		take_complaint(r);
	return polled[OUT].revents != 0 ? take_output(r) : 0;
}

static int
attend(struct running *r, struct fault *f)
{
	const struct command *command = r->command;
	bool idle = false;

	while (!r->ended || !idle) {
		if (os_monotonic_ms() >= r->deadline_ms)
			return fault_set(f, command->fault,
			    "%s did not end within %u s", command->what,
			    command->timeout_ms / 1000);
		if (turn(r, &idle) == -1)
			return fault_set(f, command->fault,
			    "%s printed more than %zu KiB", command->what,
			    r->output->max / 1024);
		look_for_end(r);
		if (r->ended && r->fds[OUT] == -1 && r->fds[ERR] == -1)
			return 0;
	}
	return 0;
}

/* With what it started: it leads a group of its own. */
static void
end(struct running *r)
{
	if (r->ended)
		return;
	if (kill(-r->pid, SIGKILL) == -1)
		(void)kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &r->status, 0) == -1 && errno == EINTR)
		;
}

static void
log_complaint(const struct running *r, bool failed)
{
	struct span rest = span_make(r->complaint, r->complaint_len);
	char shown[LINE_SHOWN], name[64];

	log_text(name, sizeof(name), span_of(r->command->argv[0]));
	while (rest.len > 0) {
		const char *newline = memchr(rest.ptr, '\n', rest.len);
		size_t len =
		    newline != NULL ? (size_t)(newline - rest.ptr) : rest.len;
		struct span line = span_trim(span_make(rest.ptr, len));

		if (line.len > 0 && failed)
			log_warn("command", "%s: %s", name,
			    log_text(shown, sizeof(shown), line));
		else if (line.len > 0)
			log_info("command", "%s: %s", name,
			    log_text(shown, sizeof(shown), line));
		if (newline != NULL)
			len++;
		rest = span_make(rest.ptr + len, rest.len - len);
	}
}

static int
exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   SIGNAL_STATUS + WTERMSIG(status);
}

static int
run(const struct command *command, struct buf *output, struct running *r,
    struct fault *f)
{
	int rc = -1;

	*r = (struct running){
		.command = command,
		.fds = { -1, -1, -1 },
		.input = command->input,
		.output = output,
		.deadline_ms = os_monotonic_ms() + command->timeout_ms,
	};
	buf_clear(output);
	if (buf_reserve(output, output->max) == -1)
		return fault_set(f, FAULT_INTERNAL, "No room for output");
	rc = start(r, f);
	if (rc == 0) {
		rc = attend(r, f);
		end(r);
	}
	close_all(r->fds);
	if (rc == -1) {
		log_complaint(r, true);
		buf_wipe(output);
	}
	return rc;
}

int
command_run(const struct command *command, struct buf *output,
    struct command_result *result, struct fault *f)
{
	struct running r;
	size_t len = 0;

	*result = (struct command_result){ 0 };
	if (run(command, output, &r, f) == -1)
		return -1;
	log_complaint(&r, false);
	result->status = exit_status(r.status);
	len = r.complaint_len < sizeof(result->complaint) - 1 ?
		  r.complaint_len :
		  sizeof(result->complaint) - 1;
	memcpy(result->complaint, r.complaint, len);
	return 0;
}

int
command_output(const struct command *command, struct buf *output,
    struct fault *f)
{
	struct running r;
	int status = 0;

	if (run(command, output, &r, f) == -1)
		return -1;
	status = exit_status(r.status);
	log_complaint(&r, status != 0);
	if (status == 0)
		return 0;
	buf_wipe(output);
	if (status > SIGNAL_STATUS)
		return fault_set(f, command->fault, "%s was ended by signal %d",
		    command->what, status - SIGNAL_STATUS);
	return fault_set(f, command->fault, "%s failed with status %d",
	    command->what, status);
}
