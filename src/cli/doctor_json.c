/* SPDX-License-Identifier: ISC */
/*
 * A diagnosis for programs. The names are documented in the manual and stay;
 * others may be added.
 */
#include "cli/doctor.h"
#include "wire/json.h"

enum { SCHEMA = 1, US_PER_MS = 1000 };

static int
put_text(struct buf *out, const char *key, const char *value)
{
	if (value == NULL || *value == '\0')
		return 0;
	if (json_put_key(out, key) == -1)
		return -1;
	return json_put_string(out, span_of(value));
}

static int
put_number(struct buf *out, const char *key, int64_t value)
{
	if (json_put_key(out, key) == -1)
		return -1;
	return json_put_int(out, value);
}

/* Milliseconds with three digits behind the point. */
static int
put_ms(struct buf *out, const char *key, uint64_t us)
{
	if (json_put_key(out, key) == -1)
		return -1;
	return buf_addf(out, "%llu.%03u", (unsigned long long)(us / US_PER_MS),
	    (unsigned)(us % US_PER_MS));
}

static int
put_facts(struct buf *out, const struct check *c)
{
	if (c->fact_count == 0)
		return 0;
	if (json_put_key(out, "facts") == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < c->fact_count; i++) {
		if (json_open(out, '{') == -1 ||
		    put_text(out, "name", c->facts[i].name) == -1 ||
		    put_text(out, "value", c->facts[i].value) == -1 ||
		    json_close(out, '}') == -1)
			return -1;
	}
	return json_close(out, ']');
}

static int
put_check(struct buf *out, const struct check *c)
{
	const char *kind =
	    c->status == CHECK_FAILED ? fault_info(c->fault)->kind : NULL;

	if (json_open(out, '{') == -1 || put_text(out, "id", c->id) == -1 ||
	    put_text(out, "title", c->title) == -1 ||
	    put_text(out, "group", check_group_titles[c->group]) == -1 ||
	    put_text(out, "status", check_status_names[c->status]) == -1 ||
	    put_text(out, "finding", c->finding) == -1 ||
	    put_text(out, "remedy", c->remedy) == -1 ||
	    put_text(out, "kind", kind) == -1 || put_facts(out, c) == -1 ||
	    put_ms(out, "startMs", c->start_us) == -1 ||
	    put_ms(out, "durationMs", c->duration_us) == -1)
		return -1;
	return json_close(out, '}');
}

/* How long a step took that ended at `end_us`; left out where it was not
 * taken. */
static int
put_step(struct buf *out, const char *key, uint64_t start_us, uint64_t end_us)
{
	return end_us > start_us ? put_ms(out, key, end_us - start_us) : 0;
}

static int
put_exchange(struct buf *out, const struct exchange_note *x)
{
	uint64_t ready_us =
	    x->secured_us > x->connected_us ? x->secured_us : x->connected_us;

	if (json_open(out, '{') == -1 ||
	    put_text(out, "method", x->method) == -1 ||
	    put_text(out, "url", x->url) == -1 ||
	    put_text(out, "what", x->what) == -1 ||
	    put_number(out, "status", x->status) == -1 ||
	    put_text(out, "http", x->version) == -1 ||
	    put_text(out, "address", x->address) == -1 ||
	    put_ms(out, "startMs", x->start_us) == -1 ||
	    put_step(out, "nameMs", x->start_us, x->resolved_us) == -1 ||
	    put_step(out, "connectMs", x->resolved_us, x->connected_us) == -1 ||
	    put_step(out, "tlsMs", x->connected_us, x->secured_us) == -1 ||
	    put_step(out, "waitMs", ready_us != 0 ? ready_us : x->start_us,
		x->answered_us) == -1 ||
	    put_ms(out, "durationMs", x->ended_us - x->start_us) == -1)
		return -1;
	return json_close(out, '}');
}

static int
put_lists(const struct diagnosis *d, struct buf *out)
{
	if (json_put_key(out, "checks") == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < d->count; i++) {
		if (put_check(out, &d->checks[i]) == -1)
			return -1;
	}
	if (json_close(out, ']') == -1 ||
	    json_put_key(out, "exchanges") == -1 || json_open(out, '[') == -1)
		return -1;
	for (size_t i = 0; i < d->exchange_count; i++) {
		if (put_exchange(out, &d->exchanges[i]) == -1)
			return -1;
	}
	return json_close(out, ']');
}

int
doctor_json(const struct diagnosis *d, struct buf *out)
{
	enum check_status result = diagnosis_result(d);

	if (json_open(out, '{') == -1 ||
	    put_number(out, "schema", SCHEMA) == -1 ||
	    put_text(out, "version", VERSION) == -1 ||
	    put_text(out, "url", d->url) == -1 ||
	    put_text(out, "profile", d->profile) == -1 ||
	    put_number(out, "startedAt", d->at_s) == -1 ||
	    put_ms(out, "durationMs", d->duration_us) == -1 ||
	    put_text(out, "result", check_status_names[result]) == -1 ||
	    put_number(out, "exitStatus", diagnosis_exit_status(d)) == -1 ||
	    put_lists(d, out) == -1)
		return -1;
	return json_close(out, '}');
}
