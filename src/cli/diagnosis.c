/* SPDX-License-Identifier: ISC */
/*
 * Filling in what was found. Every text passes here, so that nothing unescaped
 * and no credential reaches a report.
 */
#include "cli/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

enum { TEXT_SIZE = 1024 };

const char *const check_status_names[CHECK_STATUS_COUNT] = {
	[CHECK_OK] = "ok",
	[CHECK_WARNING] = "warning",
	[CHECK_FAILED] = "failed",
	[CHECK_SKIPPED] = "skipped",
};

const char *const check_group_titles[CHECK_GROUP_COUNT] = {
	[CHECK_LOCAL] = "This computer",
	[CHECK_NETWORK] = "Network",
	[CHECK_SIGN_IN] = "Sign-in",
	[CHECK_PROTOCOL] = "Protocol",
};

void
diagnosis_init(struct diagnosis *d)
{
	*d = (struct diagnosis){ 0 };
}

static void
check_reset(struct check *c)
{
	free(c->finding);
	free(c->remedy);
	for (size_t i = 0; i < c->fact_count; i++) {
		free(c->facts[i].name);
		free(c->facts[i].value);
	}
	free(c->facts);
}

void
diagnosis_reset(struct diagnosis *d)
{
	for (size_t i = 0; i < d->count; i++)
		check_reset(&d->checks[i]);
	for (size_t i = 0; i < d->exchange_count; i++) {
		free(d->exchanges[i].url);
		free(d->exchanges[i].what);
	}
	free(d->url);
	free(d->profile);
	diagnosis_init(d);
}

int
diagnosis_exit_status(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->count; i++) {
		if (d->checks[i].status == CHECK_FAILED)
			return fault_info(d->checks[i].fault)->exit_status;
	}
	return EX_OK;
}

size_t
diagnosis_count(const struct diagnosis *d, enum check_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < d->count; i++)
		n += d->checks[i].status == status;
	return n;
}

enum check_status
diagnosis_result(const struct diagnosis *d)
{
	if (diagnosis_count(d, CHECK_FAILED) > 0)
		return CHECK_FAILED;
	return diagnosis_count(d, CHECK_WARNING) > 0 ? CHECK_WARNING : CHECK_OK;
}

void
diagnosis_summary(const struct diagnosis *d, char *text, size_t size)
{
	size_t failed = diagnosis_count(d, CHECK_FAILED);
	size_t warnings = diagnosis_count(d, CHECK_WARNING);
	const char *plural = warnings == 1 ? "" : "s";

	if (failed > 0 && warnings > 0)
		snprintf(text, size, "%zu failed, %zu warning%s", failed,
		    warnings, plural);
	else if (failed > 0)
		snprintf(text, size, "%zu failed", failed);
	else if (warnings > 0)
		snprintf(text, size, "%zu warning%s", warnings, plural);
	else
		snprintf(text, size, "All is well");
}

size_t
diagnosis_alike(const struct diagnosis *d, size_t first)
{
	const struct check *c = &d->checks[first];
	size_t n = 1;

	while (first + n < d->count && c->status == CHECK_SKIPPED &&
	       c[n].status == CHECK_SKIPPED && c[n].group == c->group &&
	       strcmp(c[n].finding, c->finding) == 0)
		n++;
	return n;
}

void
diagnosis_period(const struct diagnosis *d, uint64_t *from_us,
    uint64_t *span_us)
{
	*from_us = d->exchange_count > 0 ? d->exchanges[0].start_us : 0;
	*span_us = 0;
	for (size_t i = 0; i < d->exchange_count; i++) {
		uint64_t end_us = d->exchanges[i].ended_us;

		if (end_us > *from_us && end_us - *from_us > *span_us)
			*span_us = end_us - *from_us;
	}
}

/* A report is for strangers, too: whose home it is says nothing. */
static char *
without_home(const char *text)
{
	const char *home = getenv("HOME");
	size_t len = home != NULL ? strlen(home) : 0;
	const char *at = len > 1 ? strstr(text, home) : NULL;

	if (at == NULL || (at[len] != '/' && at[len] != '\0'))
		return mem_string(text);
	return mem_format("%.*s~%s", (int)(at - text), text, at + len);
}

/* Queries of URLs hold keys, the user's and those of others. */
static void
drop_queries(char *text)
{
	static const char ends[] = " \"'<>";
	char *url = strstr(text, "://");

	while (url != NULL) {
		char *end = url + strcspn(url, ends);
		char *query = url + strcspn(url, "? \"'<>");

		memmove(query, end, strlen(end) + 1);
		url = strstr(url + 3, "://");
	}
}

static char *
format(const char *fmt, va_list args)
{
	char text[TEXT_SIZE] = "";
	char shown[TEXT_SIZE] = "";

	vsnprintf(text, sizeof(text), fmt, args);
	drop_queries(text);
	return without_home(log_text(shown, sizeof(shown), span_of(text)));
}

static void
put(char **where, const char *fmt, va_list args)
{
	free(*where);
	*where = format(fmt, args);
}

static void
set(struct check *c, enum check_status status, const char *fmt, va_list args)
{
	put(&c->finding, fmt, args);
	c->status = status;
}

void
check_ok(struct check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set(c, CHECK_OK, fmt, args);
	va_end(args);
}

void
check_warn(struct check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set(c, CHECK_WARNING, fmt, args);
	va_end(args);
}

void
check_skip(struct check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set(c, CHECK_SKIPPED, fmt, args);
	va_end(args);
}

void
check_fail(struct check *c, enum fault_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set(c, CHECK_FAILED, fmt, args);
	va_end(args);
	c->fault = code;
}

void
check_fail_fault(struct check *c, const struct fault *f)
{
	check_fail(c, f->code, "%s", fault_text(f));
	if (f->action[0] != '\0')
		check_remedy(c, "%s", f->action);
	check_fact(c, "detail", f->detail[0] != '\0' ? f->detail : NULL);
}

void
check_remedy(struct check *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	put(&c->remedy, fmt, args);
	va_end(args);
}

void
check_fact(struct check *c, const char *name, const char *value)
{
	if (value != NULL)
		check_factf(c, name, "%s", value);
}

void
check_factf(struct check *c, const char *name, const char *fmt, ...)
{
	struct check_fact *fact = NULL;
	va_list args;

	c->facts =
	    mem_resize(c->facts, (c->fact_count + 1) * sizeof(*c->facts));
	fact = &c->facts[c->fact_count++];
	*fact = (struct check_fact){ .name = mem_string(name) };
	va_start(args, fmt);
	put(&fact->value, fmt, args);
	va_end(args);
}

static void
name_exchange(struct exchange_note *note, const struct http_report *report,
    const char *what)
{
	struct url url;

	snprintf(note->method, sizeof(note->method), "%s", report->method);
	snprintf(note->version, sizeof(note->version), "%s", report->version);
	snprintf(note->address, sizeof(note->address), "%s", report->address);
	url_init(&url);
	if (url_parse(&url, span_of(report->url), NULL) == 0) {
		note->url = url_public(&url);
		note->what = mem_string(what != NULL ? what : url.path);
	} else {
		note->url = mem_string("");
		note->what = mem_string("");
	}
	url_reset(&url);
}

/* A step that was taken, on the clock of the diagnosis. */
static uint64_t
moment(uint64_t start_us, uint64_t step_us)
{
	return step_us != 0 ? start_us + step_us : 0;
}

void
diagnosis_note(struct diagnosis *d, const struct http_report *report,
    const char *what, uint64_t now_us)
{
	uint64_t start_us = 0;
	struct exchange_note *note = NULL;

	if (d->exchange_count == DIAGNOSIS_EXCHANGES)
		return;
	if (now_us > report->ended_us)
		start_us = now_us - report->ended_us;
	note = &d->exchanges[d->exchange_count++];
	*note = (struct exchange_note){
		.status = report->status,
		.failed = report->failed != HTTP_STEP_NONE,
		.start_us = start_us,
		.resolved_us = moment(start_us, report->resolved_us),
		.connected_us = moment(start_us, report->connected_us),
		.secured_us = moment(start_us, report->secured_us),
		.sent_us = moment(start_us, report->sent_us),
		.answered_us = moment(start_us, report->answered_us),
		.ended_us = now_us,
	};
	name_exchange(note, report, what);
}
