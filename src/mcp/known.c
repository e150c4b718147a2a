/* SPDX-License-Identifier: ISC */
/* Records of the kind STORE_SERVER. */
#include "mcp/known.h"

#include <stdlib.h>

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/json.h"

static const char *const members[] = { "initialize", "discover" };

enum { MEMBER_COUNT = sizeof(members) / sizeof(members[0]) };

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

void
known_load(struct known *k, const char *url, const char *profile)
{
	struct fault fault;
	struct store *store = store_open(&fault);
	struct span record;
	struct buf text;
	char key[65];

	if (store == NULL)
		return;
	buf_init(&text, LIMIT_STORE_RECORD);
	key_of(url, profile, key);
	record = read_record(store, key, url, &text);
	k->initialize = member_copy(record, "initialize");
	k->discover = member_copy(record, "discover");
	buf_reset(&text);
	store_close(&store);
}

static int
write_record(struct span old, const char *url, const char *profile,
    const char *member, struct span result, struct buf *out)
{
	struct span value;

	if (json_open(out, '{') != 0 || json_put_key(out, "url") != 0 ||
	    json_put_string(out, span_of(url)) != 0 ||
	    json_put_key(out, "profile") != 0 ||
	    json_put_string(out, span_of(profile)) != 0 ||
	    json_put_key(out, member) != 0 || json_put_raw(out, result) != 0)
		return -1;
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		if (!span_is(span_of(member), members[i]) &&
		    json_get(old, members[i], &value) &&
		    (json_put_key(out, members[i]) != 0 ||
			json_put_raw(out, value) != 0))
			return -1;
	return json_close(out, '}');
}

void
known_save(const char *url, const char *profile, const char *member,
    struct span result)
{
	struct fault fault;
	struct store *store = store_open(&fault);
	struct span record, value;
	struct buf old, new;
	char key[65];

	if (store == NULL)
		return;
	buf_init(&old, LIMIT_STORE_RECORD);
	buf_init(&new, LIMIT_STORE_RECORD);
	key_of(url, profile, key);
	record = read_record(store, key, url, &old);
	if ((!json_get(record, member, &value) || !span_equal(value, result)) &&
	    write_record(record, url, profile, member, result, &new) == 0 &&
	    store_write(store, STORE_SERVER, key, buf_span(&new), &fault) != 0)
		log_info("known", "not kept: %s", fault_text(&fault));
	buf_reset(&old);
	buf_reset(&new);
	store_close(&store);
}
