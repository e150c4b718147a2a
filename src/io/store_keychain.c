/* SPDX-License-Identifier: ISC */
/*
 * The macOS keychain, by security(1). Values go in by the lines its -i mode
 * reads, which may not be longer than 4096 bytes, so a record is kept in parts:
 * entries of their own, under the name of a set that is made for each write.
 * The entry that names the set is replaced last, which makes writes whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "io/store_helper.h"

enum {
	PART_SIZE = 3000,
	PARTS_MAX = 2 * LIMIT_STORE_RECORD / PART_SIZE,
	SET_RANDOM = 4, /* bytes */
	SET_SIZE = 16,
	ABSENT = 44, /* errSecItemNotFound, as an exit status */
	/* A set may be replaced while its parts are read. */
	READ_ATTEMPTS = 3,
	LABEL_MAX = 256,
};

struct set {
	char name[SET_SIZE]; /* "": there is none */
	unsigned parts;
};

/* Of a part; or, where `set` is NULL, of the entry that names the set. Caller
 * frees. */
static char *
account(const struct helper_entry *entry, const struct set *set, unsigned part)
{
	return set == NULL ?
		   mem_string(entry->key) :
		   mem_format("%s.%s.%u", entry->key, set->name, part);
}

static char *
service(const struct helper_entry *entry)
{
	return mem_format("%s %s", helper_service, entry->kind);
}

/* `verb` on one entry, which it takes and frees the name of. */
static int
ask(const struct helper *helper, const char *verb,
    const struct helper_entry *entry, char *name, struct buf *out,
    struct command_result *result, struct fault *f)
{
	char *of = service(entry);
	struct question q = {
		.helper = helper,
		.argv = { "security", verb, "-a", name, "-s", of },
		.count = 6,
	};
	int rc = -1;

	if (out != NULL)
		question_add(&q, "-w");
	rc = question_ask(&q, out, result, f);
	free(name);
	free(of);
	return rc;
}

/* Appends the value of an entry; `*found` false: there is none. */
static int
find(const struct helper *helper, const struct helper_entry *entry, char *name,
    bool *found, struct buf *value, struct fault *f)
{
	struct command_result result;

	if (ask(helper, "find-generic-password", entry, name, value, &result,
		f) == -1)
		return -1;
	*found = result.status == 0;
	if (*found || result.status == ABSENT)
		return 0;
	return helper_failed(helper, "security", &result, f);
}

/* "name parts", or nothing that we wrote. */
static void
parse_set(struct set *set, struct span text)
{
	char line[32] = "", *parts = NULL;
	const char *why = NULL;

	*set = (struct set){ 0 };
	text = span_trim(text);
	if (text.len >= sizeof(line))
		return;
	memcpy(line, text.ptr, text.len);
	parts = strchr(line, ' ');
	if (parts == NULL)
		return;
	*parts++ = '\0';
	set->parts = (unsigned)strtonum(parts, 1, PARTS_MAX, &why);
	if (why == NULL && strlen(line) == (size_t)2 * SET_RANDOM &&
	    strspn(line, "0123456789abcdef") == strlen(line))
		memcpy(set->name, line, strlen(line) + 1);
}

static int
find_set(const struct helper *helper, const struct helper_entry *entry,
    struct set *set, struct fault *f)
{
	struct buf text = { 0 };
	bool found = false;
	int rc = -1;

	*set = (struct set){ 0 };
	buf_init(&text, KIB);
	rc = find(helper, entry, account(entry, NULL, 0), &found, &text, f);
	if (rc == 0 && found)
		parse_set(set, buf_span(&text));
	buf_reset(&text);
	return rc;
}

static int
join_part(struct buf *whole, const struct buf *part, struct fault *f)
{
	struct span text = span_trim(buf_span(part));

	if (buf_add_span(whole, text) == -1)
		return fault_set(f, FAULT_STORE, "A record is too large");
	return 0;
}

/* `*whole` false: a part is missing. */
static int
find_parts(const struct helper *helper, const struct helper_entry *entry,
    const struct set *set, bool *whole, struct buf *out)
{
	struct buf text = { 0 }, part = { 0 };
	struct fault f;
	int rc = 0;

	*whole = true;
	buf_init(&text, (size_t)PARTS_MAX * PART_SIZE);
	buf_init(&part, PART_SIZE + KIB);
	if (buf_reserve(&text, (size_t)set->parts * PART_SIZE + KIB) == -1)
		rc = -1;
	for (unsigned i = 0; rc == 0 && *whole && i < set->parts; i++) {
		rc = find(helper, entry, account(entry, set, i), whole, &part,
		    &f);
		if (rc == 0 && *whole)
			rc = join_part(&text, &part, &f);
	}
	if (rc == 0 && *whole)
		rc = base64url_decode(buf_span(&text), out);
	buf_wipe(&part);
	buf_wipe(&text);
	return rc;
}

static int
get(const struct helper *helper, const struct helper_entry *entry,
    bool expected, struct buf *out, struct fault *f)
{
	(void)expected;
	for (int i = 0; i < READ_ATTEMPTS; i++) {
		struct set set;
		bool whole = false;

		if (find_set(helper, entry, &set, f) == -1)
			return -1;
		if (*set.name == '\0')
			return 0;
		if (find_parts(helper, entry, &set, &whole, out) == -1)
			break;
		if (whole)
			return 0;
	}
	return helper_fault(helper, f, "An entry of the keychain is damaged");
}

/* What -i takes for more than a letter is left out: the label is for people. */
static char *
label_of(const struct helper_entry *entry)
{
	char *label = mem_format("%s %s %.*s %s", helper_service, entry->kind,
	    LABEL_MAX, entry->subject, entry->profile);

	for (char *at = label; *at != '\0'; at++)
		if (*at == '"' || *at == '\\' || (unsigned char)*at < ' ')
			*at = '_';
	return label;
}

static int
add_line(struct buf *lines, const struct helper_entry *entry, char *name,
    struct span value)
{
	char *label = label_of(entry), *of = service(entry);
	int rc = buf_addf(lines,
	    "add-generic-password -U -a \"%s\" -s \"%s\" -l \"%s\" "
	    "-w \"%.*s\"\n",
	    name, of, label, (int)value.len, value.ptr);

	free(of);
	free(label);
	free(name);
	return rc;
}

/* The parts, and then the entry that names them. */
static int
write_lines(struct buf *lines, const struct helper_entry *entry,
    struct set *set, struct span value)
{
	struct buf text = { 0 };
	char named[32];
	int rc = -1;

	buf_init(&text, (size_t)PARTS_MAX * PART_SIZE);
	if (buf_reserve(&text, value.len / 3 * 4 + 4) == 0)
		rc = base64url_encode(value, &text);
	for (size_t at = 0; rc == 0 && at < text.len; at += PART_SIZE) {
		size_t left = text.len - at;

		rc = add_line(lines, entry, account(entry, set, set->parts++),
		    span_make(text.data + at,
			left < PART_SIZE ? left : PART_SIZE));
	}
	buf_wipe(&text);
	snprintf(named, sizeof(named), "%s %u", set->name, set->parts);
	return rc == 0 ? add_line(lines, entry, account(entry, NULL, 0),
			     span_of(named)) :
			 -1;
}

static void
make_set(struct set *set)
{
	struct secret random = { 0 };

	*set = (struct set){ 0 };
	crypto_random_hex(SET_RANDOM, &random);
	snprintf(set->name, sizeof(set->name), "%s", secret_peek(&random).ptr);
	secret_reset(&random);
}

/* What is absent already is as good as erased. */
static int
erase_set(const struct helper *helper, const struct helper_entry *entry,
    const struct set *set, struct fault *f)
{
	static const char verb[] = "delete-generic-password";
	struct command_result result;

	for (unsigned i = 0; *set->name != '\0' && i < set->parts; i++) {
		if (ask(helper, verb, entry, account(entry, set, i), NULL,
			&result, f) == -1)
			return -1;
		if (result.status != 0 && result.status != ABSENT)
			return helper_failed(helper, "security", &result, f);
	}
	return 0;
}

/* -i has no status for each line, so what it did is looked at. */
static int
put_lines(const struct helper *helper, const struct helper_entry *entry,
    const struct buf *lines, const struct set *set, struct fault *f)
{
	const struct question q = {
		.helper = helper,
		.argv = { "security", "-i" },
		.input = buf_span(lines),
	};
	struct command_result result;
	struct set now;

	if (question_ask(&q, NULL, &result, f) == -1 ||
	    find_set(helper, entry, &now, f) == -1)
		return -1;
	return strcmp(now.name, set->name) == 0 ?
		   0 :
		   helper_failed(helper, "security", &result, f);
}

static int
put(const struct helper *helper, const struct helper_entry *entry,
    struct span value, struct fault *f)
{
	/* Each line's names and label besides its part. */
	const size_t room = (value.len / PART_SIZE + 2) * 2 * (PART_SIZE + KIB);
	struct buf lines = { 0 };
	struct set old, set;
	int rc = -1;

	if (find_set(helper, entry, &old, f) == -1)
		return -1;
	make_set(&set);
	buf_init(&lines, room);
	if (buf_reserve(&lines, room) == -1 ||
	    write_lines(&lines, entry, &set, value) == -1)
		fault_set(f, FAULT_STORE, "A record is too large");
	else
		rc = put_lines(helper, entry, &lines, &set, f);
	buf_wipe(&lines);
	return rc == 0 ? erase_set(helper, entry, &old, f) : -1;
}

static int
erase(const struct helper *helper, const struct helper_entry *entry,
    struct fault *f)
{
	struct command_result result;
	struct set set;

	if (find_set(helper, entry, &set, f) == -1 ||
	    erase_set(helper, entry, &set, f) == -1 ||
	    ask(helper, "delete-generic-password", entry,
		account(entry, NULL, 0), NULL, &result, f) == -1)
		return -1;
	return result.status == 0 || result.status == ABSENT ?
		   0 :
		   helper_failed(helper, "security", &result, f);
}

const struct dialect dialect_keychain = {
	.name = "keychain",
	.where = "the macOS keychain",
	.action = "Unlock the keychain (security unlock-keychain), or choose "
		  "another --store",
	.get = get,
	.put = put,
	.erase = erase,
};
