/* SPDX-License-Identifier: ISC */
/*
 * Pasting the redirect. The terminal is /dev/tty, never stdin: what is pasted
 * has the authorization code in it. It is read without echo, and not as a line
 * of the terminal's own, which would be cut at 4095 bytes.
 */
#include "cli/paste.h"

#include <errno.h>
#include <fcntl.h>
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
#include "cli/terminal.h"
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
paste_start(const char *start_url, pid_t *pid, struct fault *f)
{
	char *self = spawn_self();
	int fds[2] = { -1, -1 };
	int rc = has_terminal(f);

	if (rc == 0 && (self == NULL || pipe(fds) == -1))
		rc = fault_set(f, FAULT_INTERNAL, "Cannot make a pipe");
	if (rc == 0)
		rc = spawn_helper(self, fds[0], pid, f);
	/* A pipe takes a few hundred bytes at once, while both ends are open.
	 */
	if (rc == 0 && write(fds[1], start_url, strlen(start_url)) == -1) {
		paste_stop(*pid);
		*pid = -1;
		rc = fault_set(f, FAULT_INTERNAL, "Cannot write to a pipe");
	}
	for (size_t i = 0; i < 2; i++) {
		if (fds[i] != -1)
			close(fds[i]);
	}
	free(self);
	return rc;
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
	struct termios before;
} tty = { .fd = -1 };

/* Also a signal handler: tcsetattr and _exit are safe there. */
static void
leave(int number)
{
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
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], leave);
	mode = tty.before;
	mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	return tcsetattr(tty.fd, TCSANOW, &mode);
}

/* One line into `line`; false at the end. What is too long is as good as
 * empty. */
static bool
read_line(struct buf *line)
{
	char c = 0;
	bool too_long = false;

	buf_clear(line);
	while (read(tty.fd, &c, 1) == 1) {
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

/* The authorization URL, unwrapped, so that it can be copied. */
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
		terminal_print(t, STYLE_PLAIN,
		    "To sign in, open this address in a browser, here or on "
		    "another machine:\n\n%s\n\n"
		    "At the end it goes to http://127.0.0.1:%u/ or the like. "
		    "If it cannot get\nthere, copy that whole address from "
		    "its address bar and paste it here\n(it is not shown), "
		    "then press Enter.\n\n",
		    response.location, start->port);
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

static void
take_addresses(struct terminal *t, struct http_client *client,
    const struct url *start)
{
	const char *why = "";
	struct buf line;

	buf_init(&line, LIMIT_CALLBACK_LINE);
	/* Whole at once: growing would leave copies of codes behind. */
	if (buf_reserve(&line, LIMIT_CALLBACK_LINE) == -1)
		return;
	while (why != NULL && read_line(&line)) {
		struct span text = span_trim(buf_span(&line));

		if (text.len == 0)
			continue;
		why = try_address(client, text, start);
		if (why != NULL)
			terminal_print(t, STYLE_WARNING, "%s\n", why);
		fflush(t->stream);
	}
	buf_wipe(&line);
}

static int
run(struct terminal *t, const struct url *start)
{
	struct loop *loop = loop_new();
	const struct http_options options = { .proxy = NULL };
	struct http_client *client = http_client_new(loop, &options);
	int rc = show_target(t, client, start);

	fflush(t->stream);
	if (rc == 0)
		take_addresses(t, client, start);
	http_client_free(&client);
	loop_free(&loop);
	return rc == 0 ? EX_OK : EX_UNAVAILABLE;
}

int
paste_main(void)
{
	char text[LIMIT_URL];
	ssize_t len = read(STDIN_FILENO, text, sizeof(text));
	struct terminal t;
	struct url start;
	int status = EX_USAGE;

	url_init(&start);
	if (len > 0 &&
	    url_parse(&start, span_make(text, (size_t)len), NULL) == 0 &&
	    url_is_loopback(&start) && open_terminal(&t) == 0) {
		status = run(&t, &start);
		(void)tcsetattr(tty.fd, TCSANOW, &tty.before);
	}
	url_reset(&start);
	return status;
}
