/* SPDX-License-Identifier: ISC */
/*
 * Preloaded into the bridge, plays code that a server got to run there: on
 * SIGUSR2 it does what such code would, and writes a line "act errno" for each
 * thing tried to the file INTRUDER_LOG. Paths come from the environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int out = -1;

static int
try_open(const char *name, int flags)
{
	const char *path = getenv(name);
	int fd = open(path ? path : "", flags, 0600);
	int error = fd == -1 ? errno : 0;

	if (fd != -1)
		close(fd);
	return error;
}

static int
try_exec(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static int
try_listen(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int error = 0;

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) == -1)
		error = errno;
	close(fd);
	return error;
}

static void
intrude(int signo)
{
	(void)signo;
	dprintf(out, "key %d\n", try_open("INTRUDER_KEY", O_RDONLY));
	dprintf(out, "access %d\n", try_open("INTRUDER_ACCESS", O_RDONLY));
	dprintf(out, "grant %d\n", try_open("INTRUDER_GRANT", O_RDONLY));
	dprintf(out, "forge %d\n", try_open("INTRUDER_ACCESS", O_WRONLY));
	dprintf(out, "outside %d\n",
	    try_open("INTRUDER_OUTSIDE", O_WRONLY | O_CREAT));
	dprintf(out, "exec %d\n", try_exec());
	dprintf(out, "listen %d\n", try_listen());
	dprintf(out, "signal %d\n", kill(getppid(), 0) == -1 ? errno : 0);
	dprintf(out, "end 0\n");
}

__attribute__((constructor)) static void
enter(void)
{
	out = open(getenv("INTRUDER_LOG"), O_WRONLY | O_APPEND | O_CLOEXEC);
	signal(SIGUSR2, intrude);
}
