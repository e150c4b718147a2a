/* SPDX-License-Identifier: ISC */
/*
 * Starting a browser and seeing that it started. An opener gets nothing but a
 * loopback address made here, so no byte of a peer reaches an argument vector;
 * the authorization URL itself travels in a redirect.
 */
#include "auth/browser.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/desktop.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/os.h"
#include "io/spawn.h"
#include "wire/url.h"
#include "wire/words.h"

enum {
	WATCH_MS = 2000, /* an opener that fails does so within this time */
	STEP_MS = 20,
	WORDS = 32 /* in one command of $BROWSER */
};

enum { ON_DESKTOP = 1, ON_WSL = 2, ON_MACOS = 4 };

static const struct opener {
	unsigned where;
	const char *argv[3]; /* the URL follows */
} openers[] = {
	{ ON_MACOS, { "open" } },
	{ ON_WSL, { "wslview" } },
	{ ON_WSL, { "rundll32.exe", "url.dll,FileProtocolHandler" } },
	{ ON_DESKTOP, { "xdg-open" } },
	{ ON_DESKTOP, { "x-www-browser" } },
	{ ON_DESKTOP, { "gio", "open" } },
	{ ON_DESKTOP, { "sensible-browser" } },
};

static bool
is_wsl(const struct utsname *system)
{
	return strcmp(system->sysname, "Linux") == 0 &&
	       (strstr(system->release, "microsoft") != NULL ||
		   strstr(system->release, "Microsoft") != NULL);
}

/* What there is to show a page with. */
static unsigned
surroundings(const struct desktop *desktop)
{
	struct utsname system;
	unsigned where = desktop_has_display(desktop) ? ON_DESKTOP : 0;

	if (uname(&system) == -1 || getenv("SSH_CONNECTION") != NULL)
		return where;
	if (is_wsl(&system))
		where |= ON_WSL;
	if (strcmp(system.sysname, "Darwin") == 0)
		where |= ON_MACOS;
	return where;
}

bool
browser_available(void)
{
	struct desktop desktop;

	desktop_init(&desktop, NULL);
	bool available = desktop_get(&desktop, "BROWSER") != NULL ||
			 surroundings(&desktop) != 0;
	desktop_reset(&desktop);
	return available;
}

/* An opener under way: what it was asked, and how to tell that it worked. */
struct launch {
	const struct desktop *desktop;
	const char *url;
	int knock_fd;
};

/* Watches the child until it ends, the browser comes, or it has run for a
 * while. One that still runs is left to itself. */
static bool
watch(pid_t pid, int knock_fd)
{
	uint64_t start_ms = os_monotonic_ms();

	while (os_monotonic_ms() - start_ms < WATCH_MS) {
		struct pollfd knock = { .fd = knock_fd, .events = POLLIN };
		int status = 0;
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		if (ended == -1 && errno != EINTR)
			return false;
		if (poll(&knock, 1, STEP_MS) == 1)
			return true;
	}
	return true;
}

static bool
launch(const struct launch *launch, const char *const *argv)
{
	const struct spawn what = {
		.argv = argv,
		.env = (const char *const *)launch->desktop->env,
		.in_fd = -1,
		.out_fd = -1,
		.err_fd = -1,
		.new_session = true,
	};
	pid_t pid = -1;

	if (spawn_start(&what, &pid, NULL) == -1)
		return false;
	bool opened = watch(pid, launch->knock_fd);
	log_debug("browser", "%s %s", argv[0],
	    opened ? "took the page" : "failed");
	return opened;
}

/* `word` with its %s replaced by the URL. Caller frees. */
static char *
expand(const char *word, const char *url, bool *used)
{
	const char *at = strstr(word, "%s");

	if (at == NULL)
		return mem_string(word);
	*used = true;
	return mem_format("%.*s%s%s", (int)(at - word), word, url, at + 2);
}

/* One command of $BROWSER, cut up here: there is no shell to quote for. */
static bool
launch_command(const struct launch *l, char *command)
{
	char *argv[WORDS + 2] = { NULL };
	size_t count = 0;
	bool used = false;

	while (count < WORDS) {
		const char *word = words_next(&command);

		if (word == NULL)
			break;
		argv[count++] = expand(word, l->url, &used);
	}
	if (count == 0)
		return false;
	if (!used)
		argv[count++] = mem_string(l->url);
	bool opened = launch(l, (const char *const *)argv);
	for (size_t i = 0; i < count; i++)
		free(argv[i]);
	return opened;
}

static bool
launch_preferred(const struct launch *l)
{
	char *list = mem_string(desktop_get(l->desktop, "BROWSER"));
	char *rest = list;
	bool opened = false;

	while (!opened && rest != NULL) {
		char *command = strsep(&rest, ":");

		opened = launch_command(l, command);
	}
	free(list);
	return opened;
}

static bool
launch_opener(const struct launch *l)
{
	unsigned where = surroundings(l->desktop);

	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
		const char *argv[4] = { NULL };
		size_t count = 0;

		if ((openers[i].where & where) == 0)
			continue;
		while (openers[i].argv[count] != NULL) {
			argv[count] = openers[i].argv[count];
			count++;
		}
		argv[count] = l->url;
		if (launch(l, argv))
			return true;
	}
	return false;
}

static bool
is_program(const struct desktop *desktop, const char *name)
{
	const char *path = desktop_get(desktop, "PATH");
	char *list = mem_string(path != NULL ? path : "");
	char *rest = list;
	bool found = strchr(name, '/') != NULL && access(name, X_OK) == 0;

	while (!found && rest != NULL && strchr(name, '/') == NULL) {
		char *file = mem_format("%s/%s", strsep(&rest, ":"), name);

		found = access(file, X_OK) == 0;
		free(file);
	}
	free(list);
	return found;
}

/* The first command of $BROWSER whose program is there. */
static char *
find_preferred(const struct desktop *desktop)
{
	char *list = mem_string(desktop_get(desktop, "BROWSER"));
	char *rest = list;
	char *found = NULL;

	while (found == NULL && rest != NULL) {
		char *command = strsep(&rest, ":");
		const char *word = words_next(&command);

		if (word != NULL && is_program(desktop, word))
			found = mem_string(word);
	}
	free(list);
	return found;
}

char *
browser_opener(void)
{
	struct desktop desktop;

	desktop_init(&desktop, NULL);
	unsigned where = surroundings(&desktop);
	char *found = find_preferred(&desktop);
	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
		const char *name = openers[i].argv[0];

		if (found == NULL && (openers[i].where & where) != 0 &&
		    is_program(&desktop, name))
			found = mem_string(name);
	}
	desktop_reset(&desktop);
	return found;
}

int
browser_open(const char *url, int knock_fd, struct fault *f)
{
	struct desktop desktop;

	if (!span_starts_with(span_of(url), "http://127.0.0.1:"))
		return fault_set(f, FAULT_INTERNAL,
		    "Not an address of the bridge");
	desktop_init(&desktop, NULL);
	const struct launch l = {
		.desktop = &desktop,
		.url = url,
		.knock_fd = knock_fd,
	};
	bool opened = launch_preferred(&l) || launch_opener(&l);
	desktop_reset(&desktop);
	if (!opened)
		return fault_set(f, FAULT_LOGIN_REQUIRED,
		    "No browser could be opened here");
	return 0;
}

int
browser_check_url(const char *url, struct fault *f)
{
	struct url parsed;
	struct fault why;
	int rc = 0;

	url_init(&parsed);
	if (url_parse(&parsed, span_of(url), &why) == -1)
		rc = fault_set(f, FAULT_POLICY,
		    "The address to sign in at is not acceptable: %s",
		    fault_text(&why));
	else if (!url_is_https(&parsed) && !url_is_loopback(&parsed))
		rc = fault_set(f, FAULT_POLICY,
		    "The address to sign in at, on %s, is not https",
		    parsed.host);
	url_reset(&parsed);
	return rc;
}
