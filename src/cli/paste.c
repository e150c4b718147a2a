/* SPDX-License-Identifier: ISC */
/*
 * Pasting the redirect. The terminal is /dev/tty, never stdin: what is pasted
 * has the authorization code in it. It is read without echo, and not as a line
 * of the terminal's own, which would be cut at 4095 bytes.
 */
#include "cli/paste.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include "auth/browser.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/progress.h"
#include "io/fetch.h"
#include "io/spawn.h"
#include "wire/url.h"

#define TERMINAL "/dev/tty"

enum {
	KEY_END = 4,   /* ^D */
	KEY_KILL = 21, /* ^U */
	KEY_BACK = 8,  /* ^H */
	KEY_DELETE = 127,
	HTTP_OK = 200,
	HTTP_FOUND = 302,
	HTTP_GONE = 410,
	/* The owner answers when it has redeemed the code. */
	ANSWER_MS = 2 * TIMEOUT_AUTH_FETCH_MS
};

/*
 * The parent's side
 */

/* The start URL leads to `state`: it goes by a pipe, not by an argument that
 * every user of the machine could read. */
static int
spawn_helper(const char *self, int in_fd, pid_t *pid, struct fault *f)
{
	const char *const argv[] = { self, "paste", NULL };
	const struct spawn what = {
		.argv = argv,
		.in_fd = in_fd,
		.out_fd = -1,
		.err_fd = -1,
	};

	return spawn_start(&what, pid, f);
}

static int
has_terminal(struct fault *f)
{
	int fd = open(TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd == -1)
		return fault_set(f, FAULT_CONFIG, "There is no terminal");
	close(fd);
	return 0;
}

int
paste_start(const struct auth_prompt *prompt, pid_t *pid, struct fault *f)
{
	char *self = spawn_self();
	char *job =
	    mem_format("%" PRId64 " %s", prompt->deadline_s, prompt->start_url);
	int fds[2] = { -1, -1 };
	int rc = has_terminal(f);

	if (rc == 0 && (self == NULL || pipe(fds) == -1))
		rc = fault_set(f, FAULT_INTERNAL, "Cannot make a pipe");
	if (rc == 0)
		rc = spawn_helper(self, fds[0], pid, f);
	/* A pipe takes a few hundred bytes at once, while both ends are open.
	 */
	if (rc == 0 && write(fds[1], job, strlen(job)) == -1) {
		paste_stop(*pid);
		*pid = -1;
		rc = fault_set(f, FAULT_INTERNAL, "Cannot write to a pipe");
	}
	for (size_t i = 0; i < 2; i++) {
		if (fds[i] != -1)
			close(fds[i]);
	}
	free(self);
	free(job);
	return rc;
}

bool
paste_failed(pid_t *pid)
{
	int status = 0;

	if (*pid == -1 || waitpid(*pid, &status, WNOHANG) != *pid)
		return false;
	*pid = -1;
	return !WIFEXITED(status) || WEXITSTATUS(status) != EX_OK;
}

void
paste_stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

/*
 * The terminal
 */

static struct {
	int fd;
	bool live; /* a line of ours may have to be cleared */
	struct termios before;
} tty = { .fd = -1 };

/* A signal handler: write, tcsetattr and _exit are safe there. */
static void
leave(int number)
{
	static const char clear[] = "\r\033[K";

	if (tty.live)
		(void)!write(tty.fd, clear, sizeof(clear) - 1);
	(void)tcsetattr(tty.fd, TCSANOW, &tty.before);
	_exit(128 + number);
}

static int
open_terminal(struct terminal *t)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct termios mode;
	FILE *stream = NULL;

	tty.fd = open(TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty.fd == -1 || tcgetattr(tty.fd, &tty.before) == -1)
		return -1;
	stream = fdopen(tty.fd, "w");
	if (stream == NULL)
		return -1;
	terminal_init(t, stream);
	tty.live = t->live;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], leave);
	mode = tty.before;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	return tcsetattr(tty.fd, TCSANOW, &mode);
}

/* One key, while the time left is shown. False at the end. */
static bool
read_key(struct progress *wait, char *c)
{
	struct pollfd key = { .fd = tty.fd, .events = POLLIN };

	while (poll(&key, 1, PROGRESS_TURN_MS) == 0)
		progress_turn(wait);
	return read(tty.fd, c, 1) == 1;
}

/* One line into `line`; false at the end. What is too long is as good as
 * empty. */
static bool
read_line(struct progress *wait, struct buf *line)
{
	char c = 0;
	bool too_long = false;

	buf_clear(line);
	while (read_key(wait, &c)) {
		if (c == '\n')
			break;
		if (c == KEY_END)
			return false;
		if (c == KEY_KILL)
			line->len = 0;
		else if (c == KEY_BACK || c == KEY_DELETE)
			line->len -= line->len > 0;
		else if (!too_long && buf_add(line, &c, 1) == -1)
			too_long = true;
	}
	if (too_long)
		line->len = 0;
	return c == '\n';
}

/*
 * The browser's part
 */

static int
get(struct http_client *client, const char *url,
    struct fetch_response *response, struct fault *f)
{
	const struct fetch_policy policy = { .addresses.any = true };
	struct http_headers *headers = http_headers_new();
	const struct http_request request = {
		.method = "GET",
		.url = url,
		.headers = headers,
		.timeout_ms = ANSWER_MS,
	};
	int rc = fetch(client, &request, &policy, response, f);

	http_headers_free(&headers);
	return rc;
}

static void
tell(struct terminal *t, const char *target, unsigned port)
{
	char *how = mem_format("At the end it goes to http://127.0.0.1:%u/ or "
			       "the like. If it cannot get there, copy that "
			       "whole address from its address bar and paste "
			       "it here (it is not shown), then press Enter.",
	    port);

	terminal_wrap(t,
	    "To sign in, open this address in a browser, here or on another "
	    "machine:",
	    0, 0);
	/* Unwrapped, so that it can be copied. */
	terminal_print(t, STYLE_PLAIN, "\n%s\n\n", target);
	terminal_wrap(t, how, 0, 0);
	terminal_print(t, STYLE_PLAIN, "\n");
	free(how);
}

/* The authorization URL. */
static int
show_target(struct terminal *t, struct http_client *client,
    const struct url *start)
{
	struct fetch_response response;
	struct fault f;

	fetch_response_init(&response);
	int rc = get(client, start->text, &response, &f);
	if (rc == 0 &&
	    (response.status != HTTP_FOUND || response.location == NULL ||
		browser_check_url(response.location, &f) == -1))
		rc = -1;
	if (rc == 0)
		tell(t, response.location, start->port);
	fetch_response_reset(&response);
	return rc;
}

/* Of this login by all that can be told here: nothing else is asked, however
 * the address came to be pasted. */
static bool
is_of_login(const struct url *pasted, const struct url *start)
{
	return url_is_loopback(pasted) && !url_is_https(pasted) &&
	       pasted->port == start->port &&
	       strcmp(pasted->path, start->path) != 0;
}

/* What to say about an address; NULL: it was the one. */
static const char *
try_address(struct http_client *client, struct span text,
    const struct url *start)
{
	struct fetch_response response;
	struct url pasted;
	struct fault f;
	const char *why = NULL;

	url_init(&pasted);
	fetch_response_init(&response);
	if (url_parse(&pasted, text, NULL) == -1 ||
	    !is_of_login(&pasted, start))
		why = "That is not the address the browser ends at.";
	else if (get(client, pasted.text, &response, &f) == -1)
		why = "This sign-in has ended.";
	else if (response.status == HTTP_GONE)
		why = "That address is of another sign-in.";
	else if (response.status != HTTP_OK)
		why = "That address is not whole, or not an answer.";
	fetch_response_reset(&response);
	url_reset(&pasted);
	return why;
}

/* What a login gives to this process. */
struct paste {
	struct url start;
	int64_t deadline_s;
};

static int
read_paste(struct paste *p)
{
	char text[LIMIT_URL + 32];
	ssize_t len = read(STDIN_FILENO, text, sizeof(text) - 1);
	char *url = text;

	text[len > 0 ? len : 0] = '\0';
	p->deadline_s = strtonum(strsep(&url, " "), 1, INT64_MAX, NULL);
	if (url == NULL || url_parse(&p->start, span_of(url), NULL) == -1)
		return -1;
	return url_is_loopback(&p->start) ? 0 : -1;
}

static void
take_addresses(struct terminal *t, struct http_client *client,
    const struct paste *p)
{
	struct progress wait = { .terminal = t };
	const char *why = "";
	struct buf line;

	buf_init(&line, LIMIT_CALLBACK_LINE);
	/* Whole at once: growing would leave copies of codes behind. */
	if (buf_reserve(&line, LIMIT_CALLBACK_LINE) == -1)
		return;
	progress_begin(&wait, "Waiting for the address", p->deadline_s);
	while (why != NULL && read_line(&wait, &line)) {
		struct span text = span_trim(buf_span(&line));

		if (text.len == 0)
			continue;
		why = try_address(client, text, &p->start);
		terminal_clear(t);
		if (why != NULL)
			terminal_print(t, STYLE_WARNING, "%s\n", why);
		fflush(t->stream);
	}
	progress_end(&wait);
	buf_wipe(&line);
}

static int
run(struct terminal *t, const struct paste *p)
{
	struct loop *loop = loop_new();
	const struct http_options options = { .proxy = NULL };
	struct http_client *client = http_client_new(loop, &options);
	int rc = show_target(t, client, &p->start);

	fflush(t->stream);
	if (rc == 0)
		take_addresses(t, client, p);
	http_client_free(&client);
	loop_free(&loop);
	return rc == 0 ? EX_OK : EX_UNAVAILABLE;
}

int
paste_main(void)
{
	struct paste p = { 0 };
	struct terminal t;
	int status = EX_USAGE;

	url_init(&p.start);
	if (read_paste(&p) == 0 && open_terminal(&t) == 0) {
		status = run(&t, &p);
		(void)tcsetattr(tty.fd, TCSANOW, &tty.before);
	}
	url_reset(&p.start);
	return status;
}
