/* SPDX-License-Identifier: ISC */
/*
 * Plays the host: starts a command that speaks MCP over stdio, drives it, and
 * prints what it cost as lines "NAME VALUE".
 *
 *	driver [options] TASK COMMAND [ARGUMENT ...] [::: COMMAND ...]
 *
 *	start	-n times: from exec to the answer of initialize
 *	exit	-n times: from end of input to the end of the process
 *	calls	-n calls, -w at a time, each result with -b bytes (-s: as
 *		events); -m: of 2026-07-28. Several commands take turns of a
 *		few calls, so that what the machine does meanwhile meets them
 *		alike; their figures are apart by an empty line
 *	result	one result of -b bytes (-s: as events)
 *	request	one request of -b bytes
 *	events	-n notifications, in one response or (-g) on the GET stream
 *	idle	-t seconds of nothing
 *	herd	-n of them at once
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "common.h"
#include "proc.h"

enum {
	CHUNK = 256 * 1024,
	PATIENCE_S = 300, /* of the whole program */
	SETTLE_MS = 1500, /* after a handshake, before idleness is measured */
	EXIT_MS = 3000,
	COMMANDS = 4,
	TURN_CALLS = 100 /* of each place in the window */
};

extern char **environ;

struct options {
	size_t count, window, bytes, seconds;
	int sse, get, stateless;
	char **commands[COMMANDS];
	size_t command_count;
};

struct child {
	pid_t pid; /* of its own group, or of the first of a herd */
	int in, out;
	uint64_t started_ns;
};

static char chunk[CHUNK];

static void
report(const char *name, double value)
{
	printf("%s %.3f\n", name, value);
}

/* The child's end of a pipe gets its number, our end is ours alone. */
static void
start(struct child *child, char **command, pid_t group)
{
	int in[2], out[2];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;

	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		die("pipe");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
	if (!getenv("BENCH_VERBOSE"))
		posix_spawn_file_actions_addopen(&files, STDERR_FILENO,
		    "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setpgroup(&attributes, group);
	child->started_ns = now_ns();
	errno = posix_spawnp(&child->pid, command[0], &files, &attributes,
	    command, environ);
	if (errno != 0)
		die(command[0]);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	close(in[0]);
	close(out[1]);
	child->in = in[1];
	child->out = out[0];
}

static size_t
receive(struct child *child)
{
	ssize_t n = read(child->out, chunk, sizeof(chunk));

	if (n < 0)
		die("read");
	if (n == 0) {
		fputs("the command has closed its output\n", stderr);
		kill(-child->pid, SIGKILL);
		exit(1);
	}
	return (size_t)n;
}

static size_t
count_lines(size_t len)
{
	size_t lines = 0;
	const char *end = chunk + len;

	for (const char *at = memchr(chunk, '\n', len); at;
	     at = memchr(at + 1, '\n', (size_t)(end - at - 1)))
		lines++;
	if (memmem(chunk, len, "\"error\":", 8)) {
		fprintf(stderr, "an error came back: %.300s\n", chunk);
		exit(1);
	}
	return lines;
}

/* Reads that many lines and returns their bytes. */
static size_t
await_lines(struct child *child, size_t lines)
{
	size_t bytes = 0;

	while (lines > 0) {
		size_t n = receive(child);
		size_t got = count_lines(n);
		bytes += n;
		if (got > lines) {
			fputs("more lines than asked for\n", stderr);
			exit(1);
		}
		lines -= got;
	}
	return bytes;
}

static void
shake_hands(struct child *child, const struct options *o)
{
	if (o->stateless) {
		write_all(child->in, discover_request,
		    strlen(discover_request));
		await_lines(child, 1);
		return;
	}
	write_all(child->in, initialize_request, strlen(initialize_request));
	await_lines(child, 1);
	write_all(child->in, initialized_notification,
	    strlen(initialized_notification));
}

static void
call(struct child *child, size_t id, const struct call_shape *shape)
{
	char *text = call_text(id, shape);
	size_t len = strlen(text);

	/* The newline takes the terminator's place: one write. */
	text[len] = '\n';
	write_all(child->in, text, len + 1);
	free(text);
}

/* Answered calls before anything is measured: connections and caches. */
static void
warm_up(struct child *child, const struct options *o, size_t calls)
{
	const struct call_shape shape = { .bytes = 64,
		.stateless = o->stateless };

	for (size_t i = 0; i < calls; i++) {
		call(child, i + 1, &shape);
		await_lines(child, 1);
	}
}

/* Ends it, by force where it is slow. Returns the time that took. */
static uint64_t
finish(struct child *child)
{
	uint64_t begin = now_ns();
	struct timespec tick = { .tv_nsec = 100000 };
	pid_t done = 0;

	close(child->in);
	while (done == 0 && now_ns() - begin < EXIT_MS * UINT64_C(1000000)) {
		done = waitpid(child->pid, NULL, WNOHANG);
		if (done == 0)
			nanosleep(&tick, NULL);
	}
	uint64_t took = now_ns() - begin;
	kill(-child->pid, SIGKILL);
	if (done == 0)
		waitpid(child->pid, NULL, 0);
	close(child->out);
	return took;
}

static uint64_t
cpu_of(const struct child *child)
{
	struct proc_sum sum;

	proc_sum(child->pid, &sum);
	return sum.cpu_ns;
}

/* Tasks */

static void
measure_start(const struct options *o)
{
	uint64_t *took = mem_alloc(o->count, sizeof(*took));
	uint64_t *cpu = mem_alloc(o->count, sizeof(*cpu));
	struct child child;

	for (size_t i = 0; i < o->count; i++) {
		start(&child, o->commands[0], 0);
		write_all(child.in, initialize_request,
		    strlen(initialize_request));
		await_lines(&child, 1);
		took[i] = now_ns() - child.started_ns;
		cpu[i] = cpu_of(&child);
		finish(&child);
	}
	report("start_ms", median(took, o->count) / 1e6);
	report("start_cpu_ms", median(cpu, o->count) / 1e6);
	free(took);
	free(cpu);
}

static void
measure_exit(const struct options *o)
{
	uint64_t *took = mem_alloc(o->count, sizeof(*took));
	struct child child;

	for (size_t i = 0; i < o->count; i++) {
		start(&child, o->commands[0], 0);
		shake_hands(&child, o);
		warm_up(&child, o, 2);
		took[i] = finish(&child);
	}
	report("exit_ms", median(took, o->count) / 1e6);
	free(took);
}

/* Adds calls until the window is full, or `count` are sent. */
static void
add_calls(struct buf *lines, const struct options *o, size_t count,
    size_t *sent, size_t received)
{
	const struct call_shape shape = { .bytes = o->bytes,
		.sse = o->sse,
		.stateless = o->stateless };

	for (; *sent < count && *sent < received + o->window; ++*sent) {
		char *text = call_text(*sent + 100, &shape);
		if (buf_add_string(lines, text) != 0 ||
		    buf_add_string(lines, "\n") != 0)
			die("too many calls at once");
		free(text);
	}
}

static void
run_calls(struct child *child, const struct options *o, size_t count,
    uint64_t *took)
{
	struct buf lines;
	size_t sent = 0, received = 0;

	buf_init(&lines, LIMIT_MESSAGE);
	while (received < count) {
		buf_clear(&lines);
		add_calls(&lines, o, count, &sent, received);
		uint64_t begin = now_ns();
		write_all(child->in, lines.data, lines.len);
		size_t n = receive(child);
		took[received] = now_ns() - begin;
		received += count_lines(n);
	}
	buf_reset(&lines);
}

/* One of those whose calls are measured. */
struct runner {
	struct child child;
	uint64_t cpu_ns, wall_ns;
	uint64_t *took; /* of each call */
	size_t done;
};

static void
run_turn(struct runner *r, const struct options *o, size_t count)
{
	if (o->command_count > 1)
		warm_up(&r->child, o, 3);
	uint64_t cpu = cpu_of(&r->child), begin = now_ns();
	run_calls(&r->child, o, count, r->took + r->done);
	r->wall_ns += now_ns() - begin;
	r->cpu_ns += cpu_of(&r->child) - cpu;
	r->done += count;
}

/* Nobody always follows the same one. */
static void
run_turns(struct runner *runners, const struct options *o)
{
	size_t turn = o->command_count > 1 ? TURN_CALLS * o->window : o->count;

	for (size_t done = 0; done < o->count; done += turn) {
		size_t left = o->count - done;
		bool reverse = done / turn % 2 != 0;
		for (size_t i = 0; i < o->command_count; i++)
			run_turn(&runners[reverse ? o->command_count - 1 - i :
						    i],
			    o, left < turn ? left : turn);
	}
}

static void
report_calls(const struct runner *r, const struct options *o)
{
	double count = (double)o->count;

	report("cpu_us", (double)r->cpu_ns / 1e3 / count);
	report("calls_s", count / ((double)r->wall_ns / 1e9));
	if (o->window == 1)
		report("p50_us", median(r->took, o->count) / 1e3);
}

static void
measure_calls(const struct options *o)
{
	struct runner runners[COMMANDS] = { 0 };

	for (size_t i = 0; i < o->command_count; i++) {
		struct runner *r = &runners[i];
		r->took = mem_alloc(o->count, sizeof(*r->took));
		start(&r->child, o->commands[i], 0);
		shake_hands(&r->child, o);
		warm_up(&r->child, o, 20);
	}
	run_turns(runners, o);
	for (size_t i = 0; i < o->command_count; i++) {
		if (i > 0)
			putchar('\n');
		report_calls(&runners[i], o);
		finish(&runners[i].child);
		free(runners[i].took);
	}
}

/* One large message, on its way in or out. */
static void
measure_large(const struct options *o, const struct call_shape *shape)
{
	struct child child;
	struct proc_sum before, after;
	char *text = call_text(9, shape);
	size_t len = strlen(text);

	start(&child, o->commands[0], 0);
	shake_hands(&child, o);
	warm_up(&child, o, 20);
	proc_forget_peaks(child.pid);
	proc_sum(child.pid, &before);
	uint64_t begin = now_ns();
	text[len] = '\n';
	write_all(child.in, text, len + 1);
	size_t bytes = await_lines(&child, 1);
	double seconds = (double)(now_ns() - begin) / 1e9;
	proc_sum(child.pid, &after);
	if (bytes < shape->bytes) {
		fputs("the answer was cut short\n", stderr);
		exit(1);
	}
	report("mb_s", (double)(bytes + len) / 1e6 / seconds);
	report("cpu_ms", (double)(after.cpu_ns - before.cpu_ns) / 1e6);
	report("growth_mib",
	    (double)(after.peak_kib - before.resident_kib) / 1024);
	warm_up(&child, o, 20);
	proc_sum(child.pid, &after);
	report("kept_mib",
	    ((double)after.resident_kib - (double)before.resident_kib) / 1024);
	finish(&child);
	free(text);
}

static void
measure_events(const struct options *o)
{
	struct call_shape shape = { .bytes = 64 };
	struct child child;

	*(o->get ? &shape.flood : &shape.events) = o->count;
	start(&child, o->commands[0], 0);
	shake_hands(&child, o);
	warm_up(&child, o, 20);
	uint64_t cpu = cpu_of(&child), begin = now_ns();
	call(&child, 9, &shape);
	await_lines(&child, o->count + 1);
	report("events_s",
	    (double)o->count / ((double)(now_ns() - begin) / 1e9));
	report("cpu_us",
	    (double)(cpu_of(&child) - cpu) / 1e3 / (double)o->count);
	finish(&child);
}

static void
settle(void)
{
	struct timespec pause = { SETTLE_MS / 1000,
		SETTLE_MS % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

static void
measure_idle(const struct options *o)
{
	struct timespec pause = { .tv_sec = (time_t)o->seconds };
	struct proc_sum before, after;
	struct child child;

	start(&child, o->commands[0], 0);
	shake_hands(&child, o);
	warm_up(&child, o, 2);
	settle();
	proc_sum(child.pid, &before);
	nanosleep(&pause, NULL);
	proc_sum(child.pid, &after);
	report("threads", after.threads);
	report("wakeups_min", (double)(after.switches - before.switches) * 60 /
				  (double)o->seconds);
	report("private_mib", (double)after.private_kib / 1024);
	finish(&child);
}

static void
measure_herd(const struct options *o)
{
	struct child *herd = mem_alloc(o->count, sizeof(*herd));
	struct proc_sum sum;
	uint64_t begin = now_ns();

	for (size_t i = 0; i < o->count; i++) {
		start(&herd[i], o->commands[0], i == 0 ? 0 : herd[0].pid);
		write_all(herd[i].in, initialize_request,
		    strlen(initialize_request));
	}
	for (size_t i = 0; i < o->count; i++)
		await_lines(&herd[i], 1);
	report("herd_ms", (double)(now_ns() - begin) / 1e6);
	for (size_t i = 0; i < o->count; i++)
		write_all(herd[i].in, initialized_notification,
		    strlen(initialized_notification));
	settle();
	proc_sum(herd[0].pid, &sum);
	report("each_mib", (double)sum.private_kib / 1024 / (double)o->count);
	report("each_cpu_ms", (double)sum.cpu_ns / 1e6 / (double)o->count);
	kill(-herd[0].pid, SIGKILL);
	free(herd);
}

static void
measure(const char *task, const struct options *o)
{
	struct call_shape shape = { .sse = o->sse };

	if (strcmp(task, "start") == 0) {
		measure_start(o);
	} else if (strcmp(task, "exit") == 0) {
		measure_exit(o);
	} else if (strcmp(task, "calls") == 0) {
		measure_calls(o);
	} else if (strcmp(task, "result") == 0) {
		shape.bytes = o->bytes;
		measure_large(o, &shape);
	} else if (strcmp(task, "request") == 0) {
		shape.padding = o->bytes;
		measure_large(o, &shape);
	} else if (strcmp(task, "events") == 0) {
		measure_events(o);
	} else if (strcmp(task, "idle") == 0) {
		measure_idle(o);
	} else if (strcmp(task, "herd") == 0) {
		measure_herd(o);
	} else {
		fprintf(stderr, "no such task: %s\n", task);
		exit(1);
	}
}

static void
split_commands(struct options *o, char **words)
{
	o->commands[o->command_count++] = words;
	for (; *words; words++) {
		if (strcmp(*words, ":::") != 0)
			continue;
		*words = NULL;
		if (o->command_count == COMMANDS || !words[1])
			die("too many commands, or an empty one");
		o->commands[o->command_count++] = words + 1;
	}
}

int
main(int argc, char **argv)
{
	struct options o = { .count = 1, .window = 1, .seconds = 10 };
	int c;

	/* "+": the command's options are its own. */
	for (c = getopt(argc, argv, "+n:w:b:t:sgm"); c != -1;
	     c = getopt(argc, argv, "+n:w:b:t:sgm")) {
		if (c == 'n')
			o.count = strtoull(optarg, NULL, 10);
		else if (c == 'w')
			o.window = strtoull(optarg, NULL, 10);
		else if (c == 'b')
			o.bytes = strtoull(optarg, NULL, 10);
		else if (c == 't')
			o.seconds = strtoull(optarg, NULL, 10);
		else if (c == 's')
			o.sse = 1;
		else if (c == 'g')
			o.get = 1;
		else if (c == 'm')
			o.stateless = 1;
		else
			return 1;
	}
	if (argc - optind < 2 || o.count == 0 || o.seconds == 0) {
		fputs("usage: driver [options] TASK COMMAND ...\n", stderr);
		return 1;
	}
	alarm(PATIENCE_S);
	signal(SIGPIPE, SIG_IGN);
	split_commands(&o, argv + optind + 1);
	measure(argv[optind], &o);
	return 0;
}
