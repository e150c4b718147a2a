/* SPDX-License-Identifier: ISC */
/*
 * What /proc says of a process group: a bridge may be a tree of processes
 * (a package runner, a shell, an interpreter), and all of it counts.
 */
#ifndef BENCH_PROC_H
#define BENCH_PROC_H

#include <stdint.h>
#include <sys/types.h>

struct proc_sum {
	unsigned processes;
	unsigned threads;
	uint64_t cpu_ns;
	uint64_t switches;    /* voluntary or not: how often any of them woke */
	uint64_t private_kib; /* not shared with others */
	uint64_t resident_kib;
	uint64_t peak_kib; /* since proc_forget_peaks */
};

/* Processes that end meanwhile are left out. */
void proc_sum(pid_t group, struct proc_sum *sum);

void proc_forget_peaks(pid_t group);

#endif
