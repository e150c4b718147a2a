/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge call`: one request from the shell, its result on stdout.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/json_print.h"
#include "cli/terminal.h"

struct call_request {
	const struct options *options; /* borrowed */
	const char *method;            /* borrowed */
	struct buf params;             /* empty: none */
};

/* -- what was typed -------------------------------------------------------- */

static int
read_all(FILE *stream, const char *name, struct buf *out, struct fault *f)
{
	char part[16 * KIB];

	while (!feof(stream) && !ferror(stream))
		if (buf_add(out, part, fread(part, 1, sizeof(part), stream)) ==
		    -1)
			return fault_set(f, FAULT_TOO_LARGE,
			    "%s is larger than %zu MiB", name,
			    LIMIT_MESSAGE / MIB);
	if (ferror(stream))
		return fault_set(f, FAULT_CONFIG, "Cannot read %s: %s", name,
		    strerror(errno));
	return 0;
}

static int
read_file(const char *path, struct buf *out, struct fault *f)
{
	FILE *stream = fopen(path, "re");

	if (stream == NULL)
		return fault_set(f, FAULT_CONFIG, "Cannot read %s: %s", path,
		    strerror(errno));
	int rc = read_all(stream, path, out, f);

	fclose(stream);
	return rc;
}

/* A JSON object: as it stands, in @file, or - for stdin. */
static int
read_object(const char *word, struct buf *out, struct fault *f)
{
	struct json_doc doc;
	int rc = 0;

	if (strcmp(word, "-") == 0)
		rc = read_all(stdin, "standard input", out, f);
	else if (word[0] == '@')
		rc = read_file(word + 1, out, f);
	else if (buf_add_string(out, word) == -1)
		mem_exhausted();
	if (rc == -1)
		return -1;
	if (!json_scan(buf_span(out), LIMIT_DEPTH, &doc))
		return fault_set(f, FAULT_INVALID_PARAMS,
		    "PARAMS is no JSON: %s at byte %zu", doc.error,
		    doc.error_offset + 1);
	if (doc.type != JSON_OBJECT)
		return fault_set(f, FAULT_INVALID_PARAMS,
		    "PARAMS is no JSON object");
	return 0;
}

/* These two name a thing and hand it arguments; for them a bare name will
 * do. */
static bool
takes_name(const char *method)
{
	return strcmp(method, "tools/call") == 0 ||
	       strcmp(method, "prompts/get") == 0;
}

static bool
is_object(const char *word)
{
	return word[0] == '\0' || char_among(word[0], "{@ \t\r\n") ||
	       strcmp(word, "-") == 0;
}

static int
name_params(const char *name, const char *arguments, struct buf *out,
    struct fault *f)
{
	struct buf object;
	int rc = 0;

	buf_init(&object, LIMIT_MESSAGE);
	mem_must(json_open(out, '{'));
	mem_must(json_put_key(out, "name"));
	mem_must(json_put_string(out, span_of(name)));
	if (arguments != NULL)
		rc = read_object(arguments, &object, f);
	if (rc == 0 && arguments != NULL) {
		mem_must(json_put_key(out, "arguments"));
		mem_must(json_put_raw(out, span_trim(buf_span(&object))));
	}
	mem_must(json_close(out, '}'));
	buf_reset(&object);
	return rc;
}

static int
read_request(const struct list *words, struct call_request *r, struct fault *f)
{
	r->method = words->items[0];
	buf_init(&r->params, 2 * LIMIT_MESSAGE);
	if (words->count == 1)
		return 0;
	if (takes_name(r->method) && !is_object(words->items[1]))
		return name_params(words->items[1],
		    words->count > 2 ? words->items[2] : NULL, &r->params, f);
	if (words->count > 2)
		return fault_set(f, FAULT_USAGE,
		    "A name and arguments go with tools/call and prompts/get "
		    "alone");
	return read_object(words->items[1], &r->params, f);
}

/* -- what comes back ------------------------------------------------------- */

static int
talk(struct client *client, void *ctx)
{
	const struct call_request *r = ctx;
	struct message *answer = NULL;
	struct terminal out;
	struct span failed;
	int status = client_request(client, r->method,
	    span_trim(buf_span(&r->params)), &answer);

	if (status != EX_OK)
		return status;
	terminal_init(&out, stdout);
	json_print(&out, answer->rpc.result, r->options->pretty);
	if (json_get(answer->rpc.result, "isError", &failed) &&
	    json_type_of(failed) == JSON_TRUE)
		status = CLIENT_REFUSED;
	message_free(&answer);
	return status;
}

int
cmd_call(const struct options *options)
{
	struct call_request request = { .options = options };
	struct terminal err;
	struct fault f;
	int status = EX_OK;

	terminal_init(&err, stderr);
	if (read_request(&options->operands, &request, &f) == 0)
		status = client_run(options, talk, &request);
	else
		status = terminal_fail(&err, &f);
	buf_reset(&request.params);
	return status;
}
