/* SPDX-License-Identifier: ISC */
/*
 * Running credential programs and reading what they print. What they print is
 * a secret to the last byte, so faults quote nothing of it.
 */
#include "auth/credential.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "auth/document.h"
#include "auth/token.h"
#include "base/limits.h"
#include "base/mem.h"
#include "io/command.h"
#include "wire/header.h"
#include "wire/json.h"
#include "wire/words.h"

/* What fits into an answer to the pump, however it is escaped. */
enum { OUTPUT_MAX = 16 * KIB };

static const char token_program[] = "The token command";
static const char header_program[] = "The header command";

static int
fault_printed(const char *program, const char *what, struct fault *f)
{
	return fault_set(f, FAULT_COMMAND, "%s printed %s", program, what);
}

static bool
is_object(struct span text)
{
	return text.len > 0 && text.ptr[0] == '{';
}

/*
 * When it ends, and when to run the program again. Of two programs the one
 * whose credential ends first decides.
 */
static void
end_at(struct bearer *bearer, int64_t now_s, int64_t lifetime_s)
{
	int64_t expires_at_s = now_s + lifetime_s;

	if (bearer->expires_at_s != 0 && bearer->expires_at_s <= expires_at_s)
		return;
	bearer->expires_at_s = expires_at_s;
	bearer->refresh_at_s = token_refresh_at(now_s, lifetime_s);
}

static int
read_times(struct bearer *bearer, struct span object, int64_t now_s,
    const char *program, struct fault *f)
{
	int64_t lifetime_s = 0, at_s = 0;

	if (document_int(object, "expires_at", &at_s)) {
		if (at_s <= now_s)
			return fault_printed(program,
			    "what has expired already", f);
		lifetime_s = at_s - now_s;
	} else if (!document_int(object, "expires_in", &lifetime_s)) {
		return 0;
	}
	if (lifetime_s < 0)
		return fault_printed(program, "a lifetime below zero", f);
	if (lifetime_s <= TOKEN_LIFETIME_MAX_S)
		end_at(bearer, now_s, lifetime_s);
	return 0;
}

static int
open_object(struct span text, struct span *object, const char *program,
    struct fault *f)
{
	if (document_open(text, object, NULL) == -1)
		return fault_printed(program, "no proper JSON object", f);
	return 0;
}

static int
read_token_object(struct bearer *bearer, struct span text, int64_t now_s,
    struct fault *f)
{
	struct span object;

	if (open_object(text, &object, token_program, f) == -1)
		return -1;
	if (!document_secret(object, "token", LIMIT_HEADERS, &bearer->token) &&
	    !document_secret(object, "access_token", LIMIT_HEADERS,
		&bearer->token))
		return fault_printed(token_program,
		    "JSON without \"token\" or \"access_token\"", f);
	char *type = document_string(object, "token_type", LIMIT_ID);
	bool usable = type == NULL || strcasecmp(type, "Bearer") == 0;
	free(type);
	if (!usable)
		return fault_printed(token_program,
		    "a token of another type than Bearer", f);
	return read_times(bearer, object, now_s, token_program, f);
}

int
credential_read_token(struct bearer *bearer, struct span text, int64_t now_s,
    struct fault *f)
{
	text = span_trim(text);
	if (is_object(text)) {
		if (read_token_object(bearer, text, now_s, f) == -1)
			return -1;
	} else {
		secret_set(&bearer->token, text);
	}
	if (!header_is_visible(secret_peek(&bearer->token)))
		return fault_printed(token_program,
		    text.len == 0 ?
			"nothing" :
			"no token: one word of printable ASCII, or JSON",
		    f);
	bearer->scheme = mem_string("Bearer");
	return 0;
}

/* Appends a header that a user may set. */
static int
add_header(struct buf *lines, struct span line, struct fault *f)
{
	struct span name, value;
	const char *why = NULL;

	if (!header_split(line, &name, &value, &why) ||
	    value.len > LIMIT_HEADER_VALUE)
		return fault_printed(header_program, "a line that is no header",
		    f);
	why = header_reserved(name);
	if (why != NULL)
		return fault_set(f, FAULT_COMMAND,
		    "%s printed a header that cannot be set: %s",
		    header_program, why);
	if (buf_add_span(lines, name) == -1 ||
	    buf_add_string(lines, ": ") == -1 ||
	    buf_add_span(lines, value) == -1 ||
	    buf_add_string(lines, "\n") == -1)
		return fault_printed(header_program, "too many headers", f);
	return 0;
}

static int
add_member(struct buf *lines, struct span key, struct span value,
    struct fault *f)
{
	struct buf line;
	int rc = -1;

	buf_init(&line, OUTPUT_MAX);
	/* Whole at once: growing would leave copies of secrets behind. */
	if (buf_reserve(&line, key.len + value.len + 2) == 0 &&
	    buf_add_span(&line, key) == 0 && buf_add_string(&line, ": ") == 0 &&
	    json_string(value, &line) == 0)
		rc = add_header(lines, buf_span(&line), f);
	else
		fault_printed(header_program, "a header that is no text", f);
	buf_wipe(&line);
	return rc;
}

static int
read_header_object(struct bearer *bearer, struct span text, int64_t now_s,
    struct buf *lines, struct fault *f)
{
	struct span object, headers, key, value;
	struct json_iter it;

	if (open_object(text, &object, header_program, f) == -1)
		return -1;
	if (!json_get(object, "headers", &headers) ||
	    json_type_of(headers) != JSON_OBJECT)
		return fault_printed(header_program,
		    "JSON without the object \"headers\"", f);
	json_iter_init(&it, headers);
	while (json_next(&it, &key, &value))
		if (add_member(lines, key, value, f) == -1)
			return -1;
	return read_times(bearer, object, now_s, header_program, f);
}

static int
read_header_lines(struct span text, struct buf *lines, struct fault *f)
{
	while (text.len > 0) {
		const char *newline = memchr(text.ptr, '\n', text.len);
		size_t len =
		    newline != NULL ? (size_t)(newline - text.ptr) : text.len;
		struct span line = span_trim(span_make(text.ptr, len));

		if (line.len > 0 && add_header(lines, line, f) == -1)
			return -1;
		if (newline != NULL)
			len++;
		text = span_make(text.ptr + len, text.len - len);
	}
	return 0;
}

int
credential_read_headers(struct bearer *bearer, struct span text, int64_t now_s,
    struct fault *f)
{
	struct buf lines;
	int rc = -1;

	text = span_trim(text);
	buf_init(&lines, OUTPUT_MAX);
	if (buf_reserve(&lines, OUTPUT_MAX) == 0)
		rc = is_object(text) ?
			 read_header_object(bearer, text, now_s, &lines, f) :
			 read_header_lines(text, &lines, f);
	if (rc == 0 && lines.len == 0)
		rc = fault_printed(header_program, "no header", f);
	if (rc == 0)
		secret_set(&bearer->headers, buf_span(&lines));
	buf_wipe(&lines);
	return rc;
}

/*
 * Running them
 */

bool
credential_wanted(const struct auth_config *config)
{
	return config->token_command != NULL || config->header_command != NULL;
}

typedef int
reader(struct bearer *bearer, struct span text, int64_t now_s, struct fault *f);

static int
ask(const struct auth_config *config, const char *line, const char *program,
    struct buf *output, struct fault *f)
{
	char **words = words_split(line);
	const struct command command = {
		.argv = (const char *const *)words,
		.timeout_ms = config->command_timeout_ms,
		.what = program,
		.fault = FAULT_COMMAND,
	};
	int rc = -1;

	if (words == NULL)
		return fault_set(f, FAULT_COMMAND, "%s is empty", program);
	rc = command_output(&command, output, f);
	words_free(&words);
	return rc;
}

/* `line` NULL: there is no such program. */
static int
obtain(const struct auth_config *config, const char *line, reader *read,
    struct bearer *bearer, struct fault *f)
{
	const char *program =
	    read == credential_read_token ? token_program : header_program;
	int64_t now_s = (int64_t)time(NULL);
	struct buf output;
	int rc = 0;

	if (line == NULL)
		return 0;
	buf_init(&output, OUTPUT_MAX);
	rc = ask(config, line, program, &output, f);
	if (rc == 0)
		rc = read(bearer, buf_span(&output), now_s, f);
	buf_wipe(&output);
	return rc;
}

/* Grows with every run, also where the one before was another process's. */
static uint64_t
generation_after(uint64_t before)
{
	uint64_t now = (uint64_t)time(NULL);

	return before >= now ? before + 1 : now;
}

int
credential_obtain(const struct auth_job *job, struct bearer *bearer,
    struct fault *f)
{
	const struct auth_config *config = &job->config;

	bearer_reset(bearer);
	if (job->why == AUTH_WHY_SCOPE)
		return fault_set(f, FAULT_SCOPE,
		    "The credential command's token does not permit this");
	if (obtain(config, config->token_command, credential_read_token, bearer,
		f) == -1 ||
	    obtain(config, config->header_command, credential_read_headers,
		bearer, f) == -1) {
		bearer_reset(bearer);
		return -1;
	}
	bearer->generation = generation_after(job->generation);
	return 0;
}
