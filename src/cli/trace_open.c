/* SPDX-License-Identifier: ISC */
/*
 * Rings of what is open. Newest first is where most is found at once.
 */
#include "cli/trace_open.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/url.h"

void
trace_open_init(struct trace_open *o)
{
	*o = (struct trace_open){ 0 };
	o->processes = mem_alloc(TRACE_OPEN_MAX, sizeof(*o->processes));
	o->exchanges = mem_alloc(TRACE_OPEN_MAX, sizeof(*o->exchanges));
	o->asked = mem_alloc(TRACE_OPEN_MAX, sizeof(*o->asked));
}

static void
forget_process(struct trace_process *p)
{
	free(p->origin);
	free(p->path);
	*p = (struct trace_process){ 0 };
}

void
trace_open_reset(struct trace_open *o)
{
	for (size_t i = 0; i < TRACE_OPEN_MAX; i++)
		forget_process(&o->processes[i]);
	free(o->processes);
	free(o->exchanges);
	free(o->asked);
}

/* The place `back` places before `next`. */
static size_t
place(size_t next, size_t back)
{
	return (next + TRACE_OPEN_MAX - 1 - back) % TRACE_OPEN_MAX;
}

static struct trace_process *
find_process(struct trace_open *o, uint64_t pid)
{
	for (size_t i = 0; i < TRACE_OPEN_MAX; i++) {
		struct trace_process *p =
		    &o->processes[place(o->next_process, i)];

		if (p->pid == pid && p->path != NULL)
			return p;
	}
	return NULL;
}

void
trace_open_start(struct trace_open *o, uint64_t pid, bool signs_in,
    const char *text)
{
	struct trace_process *p = find_process(o, pid);
	struct url url;

	if (p == NULL) {
		p = &o->processes[o->next_process];
		o->next_process = (o->next_process + 1) % TRACE_OPEN_MAX;
	}
	forget_process(p);
	p->pid = pid;
	p->signs_in = signs_in;
	url_init(&url);
	char *bare = mem_copy(text, strcspn(text, "?#"));
	if (url_parse(&url, span_of(bare), NULL) == 0)
		p->origin = url_origin(&url);
	p->path = mem_string(url.path != NULL ? url.path : "");
	free(bare);
	url_reset(&url);
}

const struct trace_process *
trace_open_process(struct trace_open *o, uint64_t pid)
{
	static const struct trace_process unknown;
	const struct trace_process *p = find_process(o, pid);

	return p != NULL ? p : &unknown;
}

void
trace_open_stop(struct trace_open *o, uint64_t pid)
{
	struct trace_process *p = find_process(o, pid);

	if (p != NULL)
		forget_process(p);
}

static struct trace_exchange *
find_exchange(struct trace_open *o, uint64_t pid, uint64_t number)
{
	for (size_t i = 0; i < TRACE_OPEN_MAX; i++) {
		struct trace_exchange *x =
		    &o->exchanges[place(o->next_exchange, i)];

		if (x->open && x->pid == pid && x->number == number)
			return x;
	}
	return NULL;
}

struct trace_exchange *
trace_open_began(struct trace_open *o, uint64_t pid, uint64_t number,
    uint64_t at_us)
{
	struct trace_exchange *x = find_exchange(o, pid, number);

	if (x == NULL) {
		x = &o->exchanges[o->next_exchange];
		o->next_exchange = (o->next_exchange + 1) % TRACE_OPEN_MAX;
	}
	*x = (struct trace_exchange){
		.pid = pid,
		.number = number,
		.open = true,
		.at_us = at_us,
		.peer = LANE_SERVER,
	};
	snprintf(x->what, sizeof(x->what), "exchange %" PRIu64, number);
	return x;
}

struct trace_exchange *
trace_open_exchange(struct trace_open *o, uint64_t pid, uint64_t number,
    uint64_t at_us)
{
	struct trace_exchange *x = find_exchange(o, pid, number);

	return x != NULL ? x : trace_open_began(o, pid, number, at_us);
}

void
trace_open_ended(struct trace_exchange *x)
{
	x->open = false;
}

static struct trace_asked *
find_asked(struct trace_open *o, const struct trace_key *key)
{
	for (size_t i = 0; i < TRACE_OPEN_MAX; i++) {
		struct trace_asked *a = &o->asked[place(o->next_asked, i)];

		if (a->open && a->key.pid == key->pid &&
		    a->key.from == key->from && a->key.to == key->to &&
		    strcmp(a->key.id, key->id) == 0)
			return a;
	}
	return NULL;
}

void
trace_open_asked(struct trace_open *o, const struct trace_key *key,
    const char *what, uint64_t at_us)
{
	struct trace_asked *a = find_asked(o, key);

	if (a == NULL) {
		a = &o->asked[o->next_asked];
		o->next_asked = (o->next_asked + 1) % TRACE_OPEN_MAX;
	}
	*a = (struct trace_asked){ .key = *key, .open = true, .at_us = at_us };
	snprintf(a->what, sizeof(a->what), "%s", what);
}

bool
trace_open_answered(struct trace_open *o, const struct trace_key *key,
    struct trace_asked *asked)
{
	struct trace_asked *a = find_asked(o, key);

	if (a == NULL)
		return false;
	*asked = *a;
	a->open = false;
	return true;
}
