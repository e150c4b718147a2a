/* SPDX-License-Identifier: ISC */
/*
 * command:PROG, a program of the user's, spoken to by lines like those of git's
 * credential helpers.
 */
#include <string.h>

#include "io/store_helper.h"

/* `value` empty: none. A newline in JSON is white space between its parts. */
static int
write_request(const struct helper_entry *entry, struct span value,
    struct buf *out)
{
	size_t start = 0;

	if (buf_reserve(out, out->max) == -1 ||
	    buf_addf(out, "service=%s\nkind=%s\nkey=%s\n", helper_service,
		entry->kind, entry->key) == -1)
		return -1;
	if (*entry->subject != '\0' &&
	    buf_addf(out, "url=%s\n", entry->subject) == -1)
		return -1;
	if (*entry->profile != '\0' &&
	    buf_addf(out, "profile=%s\n", entry->profile) == -1)
		return -1;
	if (value.len == 0)
		return buf_add_string(out, "\n");
	if (buf_add_string(out, "value=") == -1)
		return -1;
	start = out->len;
	if (buf_add_span(out, value) == -1)
		return -1;
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '\n' || out->data[i] == '\r')
			out->data[i] = ' ';
	return buf_add_string(out, "\n\n");
}

static int
ask(const struct helper *helper, const char *verb,
    const struct helper_entry *entry, struct span value, struct buf *out,
    struct fault *f)
{
	struct question q = { .helper = helper };
	struct command_result result;
	struct buf request = { 0 };
	int rc = -1;

	for (char *const *word = helper_words(helper); *word != NULL; word++)
		question_add(&q, *word);
	question_add(&q, verb);
	buf_init(&request, HELPER_OUTPUT_MAX);
	if (write_request(entry, value, &request) == -1) {
		fault_set(f, FAULT_STORE, "A record is too large");
	} else {
		q.input = buf_span(&request);
		rc = question_ask(&q, out, &result, f);
	}
	buf_wipe(&request);
	if (rc == 0 && result.status != 0)
		rc = helper_failed(helper, "The store's program", &result, f);
	return rc;
}

/* The first line "value=…" is the record; where there is none, neither is a
 * record. */
static void
keep_value(struct buf *out)
{
	static const char name[] = "value=";
	size_t at = 0;

	while (at < out->len) {
		const char *line = out->data + at;
		size_t left = out->len - at;
		const char *newline = memchr(line, '\n', left);
		size_t len = newline != NULL ? (size_t)(newline - line) : left;

		if (span_starts_with(span_make(line, len), name)) {
			buf_drop(out, at + strlen(name));
			out->len = len - strlen(name);
			out->data[out->len] = '\0';
			return;
		}
		at += len + 1;
	}
	buf_wipe(out);
}

static int
get(const struct helper *helper, const struct helper_entry *entry,
    bool expected, struct buf *out, struct fault *f)
{
	(void)expected;
	if (ask(helper, "get", entry, span_of(""), out, f) == -1)
		return -1;
	keep_value(out);
	return 0;
}

static int
put(const struct helper *helper, const struct helper_entry *entry,
    struct span value, struct fault *f)
{
	return ask(helper, "store", entry, value, NULL, f);
}

static int
erase(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f)
{
	return ask(helper, "erase", entry, span_of(""), NULL, f);
}

const struct dialect dialect_command = {
	.name = "command",
	.where = "command",
	.action =
	    "Run the program of --store with \"get\" in a terminal to see "
	    "what it says",
	.get = get,
	.put = put,
	.erase = erase,
};
