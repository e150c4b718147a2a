/* SPDX-License-Identifier: ISC */
/* Reads /proc. Needs the rights of whoever started the processes. */
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "common.h"

/* The text of /proc/PATH; false where it is gone or forbidden. */
static bool
slurp(const char *path, char *text, size_t space)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return false;
	n = fread(text, 1, space - 1, file);
	text[n] = '\0';
	fclose(file);
	return n > 0;
}

/* The number after "\nKEY:". */
static uint64_t
field(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static pid_t
group_of(const char *pid)
{
	char path[64], text[512];
	const char *after;
	long parent, group;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (!slurp(path, text, sizeof(text)))
		return -1;
	after = strrchr(text, ')');
	if (!after || sscanf(after + 1, " %*c %ld %ld", &parent, &group) != 2)
		return -1;
	return (pid_t)group;
}

static void
each_process(pid_t group, void (*each)(const char *pid, void *ctx), void *ctx)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;

	if (!dir)
		die("/proc");
	for (entry = readdir(dir); entry; entry = readdir(dir))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    group_of(entry->d_name) == group)
			each(entry->d_name, ctx);
	closedir(dir);
}

static void
add_thread(const char *pid, const char *tid, struct proc_sum *sum)
{
	char path[600], text[4096];

	snprintf(path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, tid);
	if (!slurp(path, text, sizeof(text)))
		return;
	sum->threads++;
	sum->cpu_ns += strtoull(text, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%s/task/%s/status", pid, tid);
	if (slurp(path, text, sizeof(text)))
		sum->switches += field(text, "\nvoluntary_ctxt_switches:") +
				 field(text, "\nnonvoluntary_ctxt_switches:");
}

static void
add_threads(const char *pid, struct proc_sum *sum)
{
	char path[300];
	const struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	dir = opendir(path);
	if (!dir)
		return;
	for (entry = readdir(dir); entry; entry = readdir(dir))
		if (entry->d_name[0] != '.')
			add_thread(pid, entry->d_name, sum);
	closedir(dir);
}

/* Pages written to: clean ones are the file's, and private only while nobody
 * else has it mapped. Where smaps_rollup is forbidden (the process is not
 * dumpable), what statm does not call shared. */
static uint64_t
private_kib(const char *pid)
{
	char path[300], text[4096];
	unsigned long resident, shared;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	if (slurp(path, text, sizeof(text)))
		return field(text, "Private_Dirty:");
	snprintf(path, sizeof(path), "/proc/%s/statm", pid);
	if (!slurp(path, text, sizeof(text)) ||
	    sscanf(text, "%*u %lu %lu", &resident, &shared) != 2)
		return 0;
	return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void
add_process(const char *pid, void *ctx)
{
	struct proc_sum *sum = ctx;
	char path[300], text[4096];

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	if (!slurp(path, text, sizeof(text)))
		return;
	sum->processes++;
	sum->resident_kib += field(text, "\nVmRSS:");
	sum->peak_kib += field(text, "\nVmHWM:");
	sum->private_kib += private_kib(pid);
	add_threads(pid, sum);
}

void
proc_sum(pid_t group, struct proc_sum *sum)
{
	*sum = (struct proc_sum){ 0 };
	each_process(group, add_process, sum);
}

static void
forget_peak(const char *pid, void *ctx)
{
	char path[300];
	FILE *file;

	(void)ctx;
	snprintf(path, sizeof(path), "/proc/%s/clear_refs", pid);
	file = fopen(path, "we");
	if (!file)
		return;
	fputs("5", file);
	fclose(file);
}

void
proc_forget_peaks(pid_t group)
{
	each_process(group, forget_peak, NULL);
}
