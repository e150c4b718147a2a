/* SPDX-License-Identifier: ISC */
/*
 * The nameless command: the bridge itself, from the host's first line to the
 * last answer.
 */
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/confinement.h"
#include "auth/starter.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/pump.h"
#include "cli/terminal.h"
#include "io/os.h"

struct run {
	struct pump pump;
	struct options options; /* lent by the caller */
	int signo;              /* that ended it; 0: the host left */
};

static void
on_signal(void *ctx, int signo)
{
	struct run *run = ctx;

	if (signo == SIGCHLD)
		return;
	if (run->signo == 0)
		run->signo = signo;
	relay_quit(run->pump.relay);
}

/* Hosts have pipes: it was started by hand, and would seem to hang. */
static void
tell_who_waits(void)
{
	struct terminal err;

	terminal_init(&err, stderr);
	if (err.is_tty && isatty(STDIN_FILENO) == 1)
		terminal_wrap(&err,
		    "Waiting for an MCP host on standard input. To try the "
		    "server out: mcp-bridge tools URL",
		    0, 0);
}

static void
split_off(struct auth_config *auth, bool signs_in)
{
	int fd = auth->sandbox && signs_in ? starter_split(auth) : 0;

	if (fd == -1) {
		perror("mcp-bridge: --sandbox has no effect");
		auth->sandbox = false;
		return;
	}
	auth->starter_fd = fd;
}

static int
cannot_start(void)
{
	perror("mcp-bridge: cannot start");
	return EX_OSERR;
}

static int
serve(struct run *run)
{
	if (loop_catch_signals(run->pump.loop, on_signal, run) == -1)
		return cannot_start();
	loop_run(run->pump.loop);
	log_debug("run", "leaving");
	return run->signo != 0 ? 128 + run->signo : EX_OK;
}

int
cmd_run(const struct options *o)
{
	struct run run = { .options = *o };
	struct auth_config *auth = &run.options.auth;

	tell_who_waits();
	/* Before there is a thread, or anything that is nothing to it. */
	split_off(auth, pump_signs_in(o));
	int out_fd = os_claim_stdout();

	if (out_fd < 0)
		return cannot_start();
	pump_open(&run.pump, &run.options, STDIN_FILENO, out_fd);
	/* Now that the folders of the store are there. */
	if (auth->sandbox)
		confinement_pump(auth);
	int status = serve(&run);
	pump_close(&run.pump);
	if (auth->starter_fd > 0)
		close(auth->starter_fd);
	return status;
}
