/* SPDX-License-Identifier: ISC */
/* Records of the kind STORE_SERVER. */
#include "mcp/known.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

void
known_init(struct known *k)
{
	*k = (struct known){ .initialize = NULL };
}

void
known_reset(struct known *k)
{
	free(k->initialize);
	free(k->discover);
	free(k->tools);
	known_init(k);
}

static void
key_of(const char *url, const char *profile, char key[65])
{
	const struct span parts[] = { span_of(url), span_of(profile) };

	crypto_key(parts, 2, key);
}

/* The record as an object, empty where there is none for exactly this URL. */
static struct span
read_record(struct store *store, const char *key, const char *url,
    struct buf *text)
{
	struct json_doc doc;
	struct span value;
	struct fault fault;

	if (store_read(store, STORE_SERVER, key, text, &fault) != 0 ||
	    !json_scan(buf_span(text), LIMIT_DEPTH, &doc) ||
	    !json_get(doc.value, "url", &value) || !json_string_is(value, url))
		return span_of("");
	return doc.value;
}

static char *
member_copy(struct span record, const char *member)
{
	struct span value;

	if (!json_get(record, member, &value) ||
	    json_type_of(value) != JSON_OBJECT)
		return NULL;
	return mem_copy(value.ptr, value.len);
}

static void
read_known(struct known *k, struct store *store, const char *url,
    const char *profile)
{
	struct span record, value;
	struct buf text;
	char key[65];

	known_init(k);
	buf_init(&text, LIMIT_STORE_RECORD);
	key_of(url, profile, key);
	record = read_record(store, key, url, &text);
	k->initialize = member_copy(record, "initialize");
	k->discover = member_copy(record, "discover");
	k->tools = member_copy(record, "tools");
	k->stateless = json_get(record, "stateless", &value) &&
		       json_type_of(value) == JSON_TRUE;
	buf_reset(&text);
}

void
known_load(struct known *k, const char *url, const char *profile)
{
	struct fault fault;
	struct store *store = profile != NULL ? store_open(NULL, &fault) : NULL;

	known_init(k);
	if (store == NULL)
		return;
	read_known(k, store, url, profile);
	store_close(&store);
}

static int
put_result(struct buf *out, const char *key, const char *result)
{
	if (result == NULL)
		return 0;
	if (json_put_key(out, key) != 0)
		return -1;
	return json_put_raw(out, span_of(result));
}

static int
put_known(struct buf *out, const struct known *k)
{
	if (put_result(out, "initialize", k->initialize) != 0 ||
	    put_result(out, "discover", k->discover) != 0 ||
	    put_result(out, "tools", k->tools) != 0 ||
	    json_put_key(out, "stateless") != 0)
		return -1;
	return json_put_bool(out, k->stateless);
}

static int
write_record(const char *url, const char *profile, const struct known *k,
    struct buf *out)
{
	if (json_open(out, '{') != 0 || json_put_key(out, "url") != 0 ||
	    json_put_string(out, span_of(url)) != 0 ||
	    json_put_key(out, "profile") != 0 ||
	    json_put_string(out, span_of(profile)) != 0 ||
	    put_known(out, k) != 0)
		return -1;
	return json_close(out, '}');
}

static void
save(struct store *store, const char *url, const char *profile,
    const struct known *k)
{
	struct fault fault;
	struct buf record;
	char key[65];

	buf_init(&record, LIMIT_STORE_RECORD);
	key_of(url, profile, key);
	if (write_record(url, profile, k, &record) == 0 &&
	    store_write(store, STORE_SERVER, key, buf_span(&record), &fault) !=
		0)
		log_info("known", "not kept: %s", fault_text(&fault));
	buf_reset(&record);
}

/* True where that was news. */
static bool
replace(char **kept, struct span result)
{
	if (*kept != NULL && span_is(result, *kept))
		return false;
	free(*kept);
	*kept = mem_copy(result.ptr, result.len);
	return true;
}

static char **
slot(struct known *k, enum method asked)
{
	if (asked == METHOD_INITIALIZE)
		return &k->initialize;
	return asked == METHOD_DISCOVER ? &k->discover : &k->tools;
}

void
known_save(const char *url, const char *profile, enum method asked,
    struct span result, bool stateless)
{
	struct fault fault;
	struct store *store = profile != NULL ? store_open(NULL, &fault) : NULL;
	struct known k;
	bool was_stateless;

	if (store == NULL)
		return;
	read_known(&k, store, url, profile);
	was_stateless = k.stateless;
	if (asked == METHOD_INITIALIZE)
		k.stateless = stateless;
	if (replace(slot(&k, asked), result) || k.stateless != was_stateless)
		save(store, url, profile, &k);
	known_reset(&k);
	store_close(&store);
}
