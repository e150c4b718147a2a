/* SPDX-License-Identifier: ISC */
/*
 * Clients described in JSON on mcp-remote's command line.
 */
#include "cli/compat_p.h"

#include <stdlib.h>
#include <string.h>

#include "auth/register.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/file.h"
#include "wire/json.h"

/* Undefined variables stay as they are written, as they do there. */
static int
expand_variables(const char *text, struct buf *out)
{
	while (*text != '\0') {
		const char *start = strstr(text, "${");
		const char *end = start != NULL ? strchr(start, '}') : NULL;
		const char *value = NULL;
		char *name = NULL;

		if (end == NULL)
			return buf_add_string(out, text);
		name = mem_copy(start + 2, (size_t)(end - start) - 2);
		value = getenv(name);
		free(name);
		if (buf_add(out, text, (size_t)(start - text)) == -1)
			return -1;
		if (value != NULL ?
			buf_add_string(out, value) == -1 :
			buf_add(out, start, (size_t)(end - start) + 1) == -1)
			return -1;
		text = end + 1;
	}
	return 0;
}

/* The JSON of `value`, or of the file it names behind '@'. */
static int
read_value(const char *value, bool expand, struct buf *out, struct fault *f)
{
	struct file file = { 0 };
	const char *text = value;
	int rc = 0;

	if (value[0] == '@') {
		rc = file_open(&file, value + 1, f);
		if (rc == 0 && !file.exists)
			rc = fault_set(f, FAULT_CONFIG,
			    "The file of a client is not there");
		text = file.text.len > 0 ? file.text.data : "";
	}
	if (rc == 0)
		rc = expand ? expand_variables(text, out) :
			      buf_add_string(out, text);
	file_close(&file);
	return rc;
}

static int
open_object(const char *value, bool expand, struct buf *text,
    struct span *object, struct fault *f)
{
	struct json_doc doc;

	buf_init(text, LIMIT_CONFIG_FILE);
	if (buf_reserve(text, LIMIT_CONFIG_FILE) == -1 ||
	    read_value(value, expand, text, f) == -1)
		return f->code != FAULT_NONE ?
			   -1 :
			   fault_set(f, FAULT_CONFIG,
			       "The description of a client is too long");
	if (!json_scan(buf_span(text), LIMIT_AUTH_DEPTH, &doc) ||
	    doc.type != JSON_OBJECT)
		return fault_set(f, FAULT_CONFIG,
		    "The description of a client is no JSON object");
	*object = doc.value;
	return 0;
}

static bool
add_member(struct compat *c, struct span object, const char *name,
    const char *option)
{
	struct span value = { 0 };
	char *text = json_get(object, name, &value) ?
			 json_string_dup(value, LIMIT_HEADER_VALUE) :
			 NULL;
	bool usable = text != NULL && text[0] != '\0';

	if (usable) {
		list_addf(&c->args, "--%s", option);
		list_add(&c->args, text);
	}
	if (text != NULL)
		freezero(text, strlen(text) + 1);
	return usable;
}

int
compat_client_info(struct compat *c, const char *value, bool expand,
    struct fault *f)
{
	struct buf text;
	struct span object = { 0 };
	int rc = 0;

	fault_clear(f);
	rc = open_object(value, expand, &text, &object, f);
	if (rc == 0 && !add_member(c, object, "client_id", "client-id"))
		rc = fault_set(f, FAULT_CONFIG,
		    "--static-oauth-client-info has no client_id");
	if (rc == 0)
		c->has_secret =
		    add_member(c, object, "client_secret", "client-secret");
	buf_wipe(&text);
	return rc;
}

static int
copy_member(struct buf *out, struct span key, struct span value,
    struct fault *f)
{
	char *name =
	    json_string_dup(span_make(key.ptr - 1, key.len + 2), LIMIT_URL);
	int rc = 0;

	if (name == NULL || json_put_key(out, name) == -1 ||
	    json_put_raw(out, value) == -1)
		rc = fault_set(f, FAULT_CONFIG,
		    "The description of a client is too long");
	free(name);
	return rc;
}

int
compat_client_metadata(struct compat *c, const char *value, struct fault *f)
{
	struct buf text, more;
	struct span object = { 0 };
	struct json_iter it;
	struct span key, member;
	char shown[64] = "";
	int rc = 0;

	fault_clear(f);
	rc = open_object(value, false, &text, &object, f);
	if (rc == 0)
		(void)add_member(c, object, "scope", "scope");
	json_iter_init(&it, object);
	buf_init(&more, LIMIT_CONFIG_FILE);
	if (json_open(&more, '{') == -1)
		abort();
	while (rc == 0 && json_next(&it, &key, &member)) {
		if (registration_owns(key) && !json_key_is(key, "scope"))
			list_addf(&c->notes,
			    "%s of --static-oauth-client-metadata is passed "
			    "over: sign-in sets it itself",
			    log_text(shown, sizeof(shown), key));
		else if (!registration_owns(key))
			rc = copy_member(&more, key, member, f);
	}
	if (rc == 0 && more.len > 1 && json_close(&more, '}') == 0) {
		list_add(&c->args, "--client-metadata");
		list_add(&c->args, more.data);
	}
	buf_wipe(&more);
	buf_wipe(&text);
	return rc;
}
