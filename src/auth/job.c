/* SPDX-License-Identifier: ISC */
/*
 * Jobs and answers as tables of their members. Who has which end of the pipe is
 * not known here.
 */
#include "auth/job.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "auth/field.h"
#include "base/limits.h"
#include "base/mem.h"
#include "wire/json.h"

enum {
	ESCAPED_BYTE = 6,     /* the longest escape of one byte */
	LINE_REST = 8 * 1024, /* an answer without its token */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(kind, type_, member)                                             \
	{                                                                      \
		.name = #member, .type = kind, .at = offsetof(type_, member)   \
	}
#define ENUM(type_, member, values)                                            \
	{                                                                      \
		.name = #member, .type = FIELD_ENUM,                           \
		.at = offsetof(type_, member), .size = (values)                \
	}
#define TEXT(type_, member)                                                    \
	{                                                                      \
		.name = #member, .type = FIELD_TEXT,                           \
		.at = offsetof(type_, member),                                 \
		.size = sizeof(((type_ *)NULL)->member)                        \
	}
#define OBJECT(type_, member, table)                                           \
	{                                                                      \
		.name = #member, .type = FIELD_OBJECT,                         \
		.at = offsetof(type_, member), .of = (table)                   \
	}

static const struct field job_list[] = {
	OBJECT(struct auth_job, config, &auth_config_fields),
	ENUM(struct auth_job, why, AUTH_WHY_SCOPE + 1),
	ENUM(struct auth_job, who, AUTH_WHO_TERMINAL + 1),
	FIELD(FIELD_UINT64, struct auth_job, generation),
	{ .name = "challenges",
	    .type = FIELD_LIST,
	    .at = offsetof(struct auth_job, challenges),
	    .count_at = offsetof(struct auth_job, challenge_count) },
	FIELD(FIELD_STRING, struct auth_job, protocol_version),
	FIELD(FIELD_STRING, struct auth_job, subject),
};

static const struct field bearer_list[] = {
	FIELD(FIELD_SECRET, struct bearer, token),
	FIELD(FIELD_SECRET, struct bearer, headers),
	FIELD(FIELD_STRING, struct bearer, scheme),
	FIELD(FIELD_SECRET, struct bearer, key),
	FIELD(FIELD_INT64, struct bearer, expires_at_s),
	FIELD(FIELD_INT64, struct bearer, refresh_at_s),
	FIELD(FIELD_UINT64, struct bearer, generation),
};

static const struct field fault_list[] = {
	ENUM(struct fault, code, FAULT_COUNT),
	FIELD(FIELD_INT, struct fault, http_status),
	FIELD(FIELD_UNSIGNED, struct fault, retry_after_s),
	FIELD(FIELD_BOOL, struct fault, not_retryable),
	TEXT(struct fault, phase),
	TEXT(struct fault, msg),
	TEXT(struct fault, detail),
	TEXT(struct fault, action),
	TEXT(struct fault, issuer),
	TEXT(struct fault, resource),
	TEXT(struct fault, scopes),
	TEXT(struct fault, oauth_error),
};

static const struct fields job_fields = { job_list, COUNT(job_list) };
static const struct fields bearer_fields = { bearer_list, COUNT(bearer_list) };
static const struct fields fault_fields = { fault_list, COUNT(fault_list) };

static const struct field answer_list[] = {
	ENUM(struct auth_answer, kind, AUTH_ANSWER_FAULT + 1),
	OBJECT(struct auth_answer, bearer, &bearer_fields),
	OBJECT(struct auth_answer, prompt, &auth_prompt_fields),
	FIELD(FIELD_STRING, struct auth_answer, text),
	OBJECT(struct auth_answer, fault, &fault_fields),
};

static const struct fields answer_fields = { answer_list, COUNT(answer_list) };

static int
write_object(const struct fields *fields, const void *from, struct buf *out)
{
	return json_open(out, '{') == 0 &&
		       fields_write(fields, from, out) == 0 ?
		   json_close(out, '}') :
		   -1;
}

static int
read_object(const struct fields *fields, struct span json, void *to,
    struct fault *f)
{
	struct json_doc doc;

	fields_reset(fields, to);
	if (!json_scan(json, LIMIT_AUTH_DEPTH, &doc))
		return fault_set(f, FAULT_PROTOCOL, "No JSON: %s", doc.error);
	return fields_read_strict(fields, doc.value, to, f);
}

void
auth_job_init(struct auth_job *job)
{
	*job = (struct auth_job){ 0 };
	auth_config_init(&job->config);
}

void
auth_job_reset(struct auth_job *job)
{
	if (job != NULL)
		fields_reset(&job_fields, job);
}

int
auth_job_write(const struct auth_job *job, struct buf *out)
{
	return write_object(&job_fields, job, out);
}

int
auth_job_read(struct auth_job *job, struct span json, struct fault *f)
{
	if (read_object(&job_fields, json, job, f) == -1)
		return -1;
	if (job->config.url == NULL || job->config.profile == NULL)
		return fault_set(f, FAULT_PROTOCOL, "Job without a server");
	return 0;
}

int
auth_job_receive(struct auth_job *job, int fd, struct fault *f)
{
	struct buf text;
	ssize_t got = 1;
	int rc = -1;

	buf_init(&text, LIMIT_AUTH_LINE);
	while (got > 0) {
		if (buf_reserve(&text, KIB) == -1)
			break;
		got = read(fd, text.data + text.len, KIB);
		if (got == -1 && errno == EINTR)
			got = 1;
		else if (got > 0)
			text.len += (size_t)got;
	}
	if (got == 0)
		rc = auth_job_read(job, buf_span(&text), f);
	else
		fault_set(f, FAULT_INTERNAL, "No job to read");
	buf_wipe(&text);
	return rc;
}

void
bearer_init(struct bearer *b)
{
	*b = (struct bearer){ 0 };
}

void
bearer_reset(struct bearer *b)
{
	if (b != NULL)
		fields_reset(&bearer_fields, b);
}

void
bearer_copy(struct bearer *to, const struct bearer *from)
{
	bearer_reset(to);
	secret_set(&to->token, secret_peek(&from->token));
	secret_set(&to->headers, secret_peek(&from->headers));
	to->scheme = mem_string(from->scheme);
	secret_set(&to->key, secret_peek(&from->key));
	to->expires_at_s = from->expires_at_s;
	to->refresh_at_s = from->refresh_at_s;
	to->generation = from->generation;
}

bool
bearer_usable(const struct bearer *b)
{
	const bool bound = b->scheme != NULL && strcmp(b->scheme, "DPoP") == 0;

	if (secret_empty(&b->token))
		return !secret_empty(&b->headers);
	return !bound || !secret_empty(&b->key);
}

void
auth_answer_init(struct auth_answer *a)
{
	*a = (struct auth_answer){ 0 };
}

void
auth_answer_reset(struct auth_answer *a)
{
	if (a != NULL)
		fields_reset(&answer_fields, a);
}

int
auth_answer_write(const struct auth_answer *a, struct buf *out)
{
	size_t secrets = secret_peek(&a->bearer.token).len +
			 secret_peek(&a->bearer.headers).len;

	/* Growing later would leave copies of the token behind. */
	if (buf_reserve(out, ESCAPED_BYTE * secrets + LINE_REST) == -1)
		return -1;
	return write_object(&answer_fields, a, out) == 0 ?
		   buf_add_string(out, "\n") :
		   -1;
}

static bool
is_complete(const struct auth_answer *a)
{
	switch (a->kind) {
	case AUTH_ANSWER_TOKEN:
		return bearer_usable(&a->bearer) &&
		       (a->bearer.scheme != NULL ||
			   secret_empty(&a->bearer.token));
	case AUTH_ANSWER_PENDING:
		return auth_prompt_waits(&a->prompt, INT64_MIN);
	case AUTH_ANSWER_STAGE:
		return a->text != NULL;
	case AUTH_ANSWER_FAULT:
		return a->fault.code != FAULT_NONE;
	}
	return false;
}

int
auth_answer_read(struct auth_answer *a, struct span line, struct fault *f)
{
	if (read_object(&answer_fields, line, a, f) == -1)
		return -1;
	if (!is_complete(a))
		return fault_set(f, FAULT_PROTOCOL, "Incomplete answer");
	return 0;
}
