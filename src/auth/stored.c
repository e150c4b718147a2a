/* SPDX-License-Identifier: ISC */
/*
 * Watching one record of the store without ever waiting for it.
 */
#include "auth/stored.h"

#include "auth/credential.h"
#include "auth/records.h"
#include "base/log.h"
#include "base/mem.h"

void
stored_init(struct stored *s, const struct auth_config *config)
{
	*s = (struct stored){ .config = config };
}

void
stored_reset(struct stored *s)
{
	store_close(&s->store);
}

void
stored_open(struct stored *s)
{
	const struct store_choice choice = { .name = s->config->store };
	struct fault f = { 0 };

	/* What the user's own programs give is no store's business. */
	if (s->store != NULL || credential_wanted(s->config))
		return;
	s->store = store_open(&choice, &f);
	if (s->store == NULL)
		log_debug("auth", "%s", fault_text(&f));
}

static uint64_t
stamp_of(const struct stored *s)
{
	struct access_record record = {
		.url = s->config->url,
		.profile = s->config->profile,
	};
	char key[65] = "";

	access_record_key(&record, key);
	return store_stamp(s->store, STORE_ACCESS, key);
}

static enum stored_news
read_record(const struct stored *s, struct bearer *bearer)
{
	struct access_record record;
	struct fault f = { 0 };
	bool found = false;
	int rc = 0;

	access_record_init(&record);
	record.url = mem_string(s->config->url);
	record.profile = mem_string(s->config->profile);
	rc = access_record_load(&record, s->store, &found, &f);
	if (rc == 0 && access_record_is_of(&record, s->config->grant))
		bearer_copy(bearer, &record.bearer);
	if (rc == -1)
		log_warn("auth", "%s", fault_text(&f));
	access_record_reset(&record);
	return rc == 0 ? STORED_READ : STORED_SAME;
}

enum stored_news
stored_look(struct stored *s, struct bearer *bearer)
{
	uint64_t stamp = 0;

	if (s->store == NULL)
		return STORED_SAME;
	stamp = stamp_of(s);
	if (stamp == s->stamp)
		return STORED_SAME;
	s->stamp = stamp;
	if (!store_asks_program(s->store))
		return read_record(s, bearer);
	if (stamp != 0)
		return STORED_UNREAD;
	bearer_reset(bearer);
	return STORED_READ;
}

void
stored_note(struct stored *s)
{
	if (s->store != NULL)
		s->stamp = stamp_of(s);
}

int
stored_memory_fd(const struct stored *s)
{
	return s->store != NULL ? store_memory_fd(s->store) : 0;
}
