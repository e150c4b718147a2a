/* SPDX-License-Identifier: ISC */
/*
 * Starting authorizers, here or in a process split off. The two speak by single
 * bytes, the descriptors of a job along with them.
 */
#include "auth/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/job.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/spawn.h"

extern char **environ;

enum { ASK = 'a', STOP = 's' };

enum { MOST_FDS = 3, REAP_MS = 1000 };

/* Headers given by the user are for the MCP server alone. */
static const char secret_prefix[] = "MCP_BRIDGE_HEADER";

/* Room for the descriptors of one message. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * MOST_FDS)];
};

/* The process split off. */
struct starter {
	const struct auth_config *config; /* borrowed */
	int fd;                           /* to the pump */
	size_t children;
	pid_t last; /* started; -1: it has ended */
};

/* Our environment without secrets. Caller frees the array alone. */
static const char **
scrubbed_environment(void)
{
	const char **env = NULL;
	size_t count = 0, kept = 0;

	while (environ[count] != NULL)
		count++;
	env = mem_alloc(count + 1, sizeof(*env));
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], secret_prefix, strlen(secret_prefix)) !=
		    0)
			env[kept++] = environ[i];
	return env;
}

int
starter_spawn(const struct starter_fds *fds, pid_t *pid, struct fault *f)
{
	char *self = spawn_self();
	const char **env = NULL;
	int result = -1;

	if (self == NULL)
		return fault_set(f, FAULT_INTERNAL,
		    "Cannot find the program to start it again");
	env = scrubbed_environment();
	os_make_blocking(fds->job);
	os_make_blocking(fds->answers);
	const char *const argv[] = { self, "authorizer", NULL };
	const struct spawn what = {
		.argv = argv,
		.env = env,
		.in_fd = fds->job,
		.out_fd = fds->answers,
		.err_fd = STDERR_FILENO,
		.kept_fd = fds->kept,
		.new_session = true,
	};
	result = spawn_start(&what, pid, f);
	free(env);
	free(self);
	return result;
}

/*
 * The pump's side
 */

int
starter_ask(int starter_fd, const struct starter_fds *fds, struct fault *f)
{
	const int list[MOST_FDS] = { fds->job, fds->answers, fds->kept };
	const size_t size = sizeof(int) * (fds->kept > 0 ? 3 : 2);
	char word = ASK;
	struct iovec part = { .iov_base = &word, .iov_len = 1 };
	union control control = { .bytes = "" };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	m.msg_control = control.bytes;
	m.msg_controllen = CMSG_SPACE(size);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), list, size);
	if (sendmsg(starter_fd, &m, MSG_DONTWAIT) == 1)
		return 0;
	return fault_set(f, FAULT_INTERNAL, "Cannot start the sign-in: %s",
	    strerror(errno));
}

void
starter_stop(int starter_fd)
{
	const char word = STOP;

	(void)send(starter_fd, &word, 1, MSG_DONTWAIT);
}

/*
 * The process split off
 */

static void
write_whole(int fd, struct buf *text)
{
	while (text->len > 0) {
		ssize_t done = write(fd, text->data, text->len);

		if (done == -1 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		buf_drop(text, (size_t)done);
	}
}

/* An authorizer that gets its job from the pipe, whose other end is `*in`: the
 * caller's to close, also where there is no authorizer. */
static int
spawn_with_pipe(struct starter *s, const struct starter_fds *fds, int *in,
    struct fault *f)
{
	int ends[2] = { -1, -1 };
	struct starter_fds given = *fds;

	if (os_pipe(ends) == -1)
		return fault_set(f, FAULT_INTERNAL, "Cannot make a pipe: %s",
		    strerror(errno));
	given.job = ends[0];
	*in = ends[1];
	int rc = starter_spawn(&given, &s->last, f);
	close(ends[0]);
	if (rc == -1)
		return -1;
	s->children++;
	os_make_blocking(*in);
	return 0;
}

/* `job` with the user's decisions, not with what came for them. Nobody sits at
 * a terminal. */
static int
write_job(const struct starter *s, struct auth_job *job,
    const struct starter_fds *fds, struct buf *text)
{
	const struct auth_config came = job->config;

	job->config = *s->config;
	if (job->who > AUTH_WHO_PERSON)
		job->who = AUTH_WHO_PERSON;
	job->config.store_fd = fds->kept;
	int rc = auth_job_write(job, text);
	job->config = came;
	return rc;
}

static int
start(struct starter *s, const struct starter_fds *fds, struct fault *f)
{
	struct auth_job job;
	struct buf text;
	int in = -1;

	auth_job_init(&job);
	buf_init(&text, LIMIT_AUTH_LINE);
	int rc = auth_job_receive(&job, fds->job, f);
	if (rc == 0 && write_job(s, &job, fds, &text) == -1)
		rc = fault_set(f, FAULT_INTERNAL, "A sign-in job is too large");
	if (rc == 0)
		rc = spawn_with_pipe(s, fds, &in, f);
	if (rc == 0)
		write_whole(in, &text);
	if (in != -1)
		close(in);
	buf_wipe(&text);
	auth_job_reset(&job);
	return rc;
}

static void
report(int fd, const struct fault *f)
{
	struct auth_answer answer;
	struct buf line;

	auth_answer_init(&answer);
	answer.kind = AUTH_ANSWER_FAULT;
	answer.fault = *f;
	buf_init(&line, LIMIT_AUTH_LINE);
	if (auth_answer_write(&answer, &line) == 0)
		write_whole(fd, &line);
	buf_reset(&line);
	auth_answer_reset(&answer);
}

static size_t
take_fds(struct msghdr *m, int list[MOST_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0))
		return 0;
	size_t size = c->cmsg_len - CMSG_LEN(0);
	if (size > sizeof(int) * MOST_FDS)
		size = sizeof(int) * MOST_FDS;
	memcpy(list, CMSG_DATA(c), size);
	for (size_t i = 0; i < size / sizeof(int); i++)
		(void)fcntl(list[i], F_SETFD, FD_CLOEXEC);
	return size / sizeof(int);
}

static void
obey(struct starter *s, char word, const int list[MOST_FDS], size_t count)
{
	struct fault f = { 0 };

	if (word == STOP && s->last != -1)
		(void)kill(s->last, SIGTERM);
	if (word != ASK || count < 2)
		return;
	const struct starter_fds fds = {
		.job = list[0],
		.answers = list[1],
		.kept = count > 2 ? list[2] : 0,
	};
	os_make_blocking(fds.job);
	os_make_blocking(fds.answers);
	if (start(s, &fds, &f) == -1)
		report(fds.answers, &f);
}

/* False when the pump is gone. */
static bool
serve(struct starter *s)
{
	int list[MOST_FDS] = { -1, -1, -1 };
	char word = 0;
	struct iovec part = { .iov_base = &word, .iov_len = 1 };
	union control control = { .bytes = "" };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	m.msg_control = control.bytes;
	m.msg_controllen = sizeof(control.bytes);
	ssize_t got = recvmsg(s->fd, &m, 0);
	if (got != 1)
		return got == -1 && errno == EINTR;
	size_t count = take_fds(&m, list);
	obey(s, word, list, count);
	for (size_t i = 0; i < count; i++)
		close(list[i]);
	return true;
}

static void
reap(struct starter *s)
{
	pid_t ended = waitpid(-1, NULL, WNOHANG);

	while (ended > 0) {
		s->children--;
		if (ended == s->last)
			s->last = -1;
		ended = waitpid(-1, NULL, WNOHANG);
	}
}

/* Lives as long as the pump, whatever its group is sent, and keeps nothing of
 * the host's open. */
static void
settle(int fd)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	os_release_stdio();
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void
run(const struct auth_config *config, int fd)
{
	struct starter s = { .config = config, .fd = fd, .last = -1 };
	struct pollfd pump = { .fd = fd, .events = POLLIN };
	bool more = true;

	settle(fd);
	while (more) {
		if (poll(&pump, 1, s.children > 0 ? REAP_MS : -1) == 1)
			more = serve(&s);
		reap(&s);
	}
}

int
starter_split(const struct auth_config *config)
{
	int ends[2] = { -1, -1 };

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run(config, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid == -1) {
		close(ends[0]);
		return -1;
	}
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	return ends[0];
}
