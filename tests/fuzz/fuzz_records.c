/* SPDX-License-Identifier: ISC */
/*
 * Store records: any file may lie there. Each kind is loaded from it, saved
 * where it was accepted, and loaded again; what it is saved as no longer
 * changes. The identifying fields are taken from the file itself, so that the
 * loader gets past them.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/records.h"
#include "base/limits.h"
#include "base/log.h"
#include "wire/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char home[] = "/tmp/fuzz-records-XXXXXX";
static struct store *store;

static void
remove_home(void)
{
	char command_path[sizeof(home)];
	pid_t pid = 0;

	memcpy(command_path, home, sizeof(home));
	store_close(&store);
	pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", command_path, (char *)NULL);
		_exit(127);
	}
}

static void
open_once(void)
{
	if (store != NULL)
		return;
	log_set_level(LOG_SILENT);
	if (mkdtemp(home) == NULL || setenv("XDG_STATE_HOME", home, 1) == -1)
		abort();
	store = store_open(NULL, NULL);
	assert(store != NULL);
	atexit(remove_home);
}

static char *
string_of(struct span text, const char *name)
{
	struct json_doc doc;
	struct span value;

	if (!json_scan(text, LIMIT_AUTH_DEPTH, &doc) ||
	    !json_get(doc.value, name, &value))
		return NULL;
	return json_string_dup(value, LIMIT_STORE_RECORD);
}

/* Without the store's fsync, which would be most of the time. */
static void
put(const char *folder, const char *key, struct span text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/mcp-bridge/%s/%s.json", home, folder,
	    key);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(fd != -1);
	assert(write(fd, text.ptr, text.len) == (ssize_t)text.len);
	close(fd);
}

static void
get(enum store_kind kind, const char *key, struct buf *out)
{
	buf_init(out, LIMIT_STORE_RECORD);
	assert(store_read(store, kind, key, out, NULL) == 0);
}

/* Loads, and where that finds something saves twice: the same both times. */
#define CHECK(type, kind, folder, r)                                           \
	do {                                                                   \
		struct buf once = { 0 }, twice = { 0 };                        \
		char key[65] = "";                                             \
		bool found = false;                                            \
                                                                               \
		type##_key(&(r), key);                                         \
		put(folder, key, text);                                        \
		if (type##_load(&(r), store, &found, NULL) == 0 && found &&    \
		    type##_save(&(r), store, NULL) == 0) {                     \
			get(kind, key, &once);                                 \
			assert(type##_load(&(r), store, &found, NULL) == 0);   \
			assert(found);                                         \
			assert(type##_save(&(r), store, NULL) == 0);           \
			get(kind, key, &twice);                                \
			assert(span_equal(buf_span(&once), buf_span(&twice))); \
		}                                                              \
		assert(type##_remove(&(r), store, NULL) == 0);                 \
		buf_wipe(&once);                                               \
		buf_wipe(&twice);                                              \
		type##_reset(&(r));                                            \
	} while (0)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	struct access_record access;
	struct grant_record grant;
	struct registration_record registration;
	struct login_record login;
	struct idp_record idp;

	open_once();
	access_record_init(&access);
	access.url = string_of(text, "url");
	access.profile = string_of(text, "profile");
	CHECK(access_record, STORE_ACCESS, "access", access);

	grant_record_init(&grant);
	grant.issuer = string_of(text, "issuer");
	grant.resource = string_of(text, "resource");
	grant.client_id = string_of(text, "client_id");
	grant.profile = string_of(text, "profile");
	CHECK(grant_record, STORE_GRANT, "grant", grant);

	registration_record_init(&registration);
	registration.issuer = string_of(text, "issuer");
	registration.profile = string_of(text, "profile");
	registration.redirect_host = string_of(text, "redirect_host");
	CHECK(registration_record, STORE_REGISTRATION, "registration",
	    registration);

	login_record_init(&login);
	login.url = string_of(text, "url");
	login.profile = string_of(text, "profile");
	login.idp_client_id = string_of(text, "idp_client_id");
	CHECK(login_record, STORE_LOGIN, "login", login);

	idp_record_init(&idp);
	idp.issuer = string_of(text, "issuer");
	idp.client_id = string_of(text, "client_id");
	idp.profile = string_of(text, "profile");
	CHECK(idp_record, STORE_IDP, "idp", idp);
	return 0;
}
