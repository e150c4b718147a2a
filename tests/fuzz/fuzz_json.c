/* SPDX-License-Identifier: ISC */
/*
 * The JSON modules on any bytes. Rejected text must only be survived; accepted
 * text must keep its promises: whatever is found in it is JSON again, edits
 * leave it valid, and a string written back is the string that was read.
 */
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Each value is scanned again by itself, which is quadratic in the depth. */
enum { CHECKED_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static struct json_doc
must_scan(struct span text)
{
	struct json_doc doc;

	check(json_scan(text, LIMIT_DEPTH, &doc));
	return doc;
}

static size_t
count_items(struct span container)
{
	struct json_iter it;
	struct span key = { 0 };
	struct span value = { 0 };
	size_t count = 0;

	json_iter_init(&it, container);
	while (json_next(&it, &key, &value)) {
		check(span_within(key, container));
		check(span_within(value, container));
		count++;
	}
	return count;
}

/* Writing any text gives JSON; reading it back gives the text if it was UTF-8.
 */
static void
check_writing(struct span text)
{
	struct buf json;
	struct buf back;

	buf_init(&json, 8 * LIMIT_MESSAGE);
	buf_init(&back, 8 * LIMIT_MESSAGE);
	check(json_put_string(&json, text) == 0);
	check(must_scan(buf_span(&json)).type == JSON_STRING);
	check(json_string(buf_span(&json), &back) == 0);
	check(utf8_valid(buf_span(&back)));
	check(span_equal(buf_span(&back), text) == utf8_valid(text));
	buf_reset(&json);
	buf_reset(&back);
}

static void
check_string(struct span value)
{
	struct buf text;

	buf_init(&text, LIMIT_MESSAGE);
	if (json_string(value, &text) == 0) {
		check(utf8_valid(buf_span(&text)));
		check_writing(buf_span(&text));
		check(text.len <= value.len - 2);
		if (memchr(text.data, '\0', text.len) == NULL)
			check(json_string_is(value, text.data));
	}
	buf_reset(&text);
}

static void
check_number(struct span value)
{
	struct buf text;
	int64_t number = 0;
	int64_t again = 0;

	if (!json_int64(value, &number))
		return;
	check(json_is_integer(value));
	buf_init(&text, KIB);
	check(json_put_int(&text, number) == 0);
	check(must_scan(buf_span(&text)).type == JSON_NUMBER);
	check(json_int64(buf_span(&text), &again) && again == number);
	buf_reset(&text);
}

/* `value` replaced by itself is no change; taken out, one fewer is left. */
static void
check_edits(struct span container, struct span value)
{
	struct json_splice splice = { value, value };
	struct buf out;

	buf_init(&out, LIMIT_MESSAGE);
	check(json_apply(container, &splice, 1, &out) == 0);
	check(span_equal(buf_span(&out), container));
	buf_clear(&out);
	splice.at = json_member_range(container, value);
	splice.with = span_make(NULL, 0);
	check(span_within(splice.at, container));
	check(json_apply(container, &splice, 1, &out) == 0);
	must_scan(buf_span(&out));
	check(count_items(buf_span(&out)) + 1 == count_items(container));
	buf_reset(&out);
}

static void
check_member(struct span object, struct span key, struct span value)
{
	struct span found = { 0 };
	char *name =
	    json_string_dup(span_make(key.ptr - 1, key.len + 2), object.len);

	if (name != NULL) {
		check(json_key_is(key, name));
		check(json_get(object, name, &found));
		/* The first of several. */
		check(found.ptr <= value.ptr);
		if (!json_has_duplicate_key(object))
			check(span_equal(found, value));
	}
	free(name);
}

/* What the scanner finds on its way is what is found by walking. */
static void
check_members(struct span value)
{
	static const struct span names[] = { { "a", 1 }, { "id", 2 },
		{ "", 0 } };
	struct span found[3], walked = { 0 };
	struct json_members members = {
		.names = names,
		.count = 3,
		.values = found,
		.outer = &found[0],
		.inner_name = names[1],
	};
	struct json_doc doc;

	check(json_scan_members(value, LIMIT_DEPTH, &members, &doc));
	for (size_t i = 0; i < 3; i++) {
		json_get(value, names[i].ptr, &walked);
		check(found[i].len == walked.len);
		check(walked.len == 0 || found[i].ptr == walked.ptr);
	}
	check(members.repeated == 0 || json_has_duplicate_key(value));
	json_get(found[0], names[1].ptr, &walked);
	check(members.inner.len == walked.len);
	check(walked.len == 0 || members.inner.ptr == walked.ptr);
}

/* Nesting is capped by the scanner, so this recursion is too. */
static void
check_value(struct span value)
{
	struct json_doc doc = must_scan(value);
	struct json_iter it;
	struct span key = { 0 };
	struct span item = { 0 };

	check(span_equal(doc.value, value));
	if (doc.type == JSON_STRING)
		check_string(value);
	if (doc.type == JSON_NUMBER)
		check_number(value);
	json_iter_init(&it, value);
	while (json_next(&it, &key, &item)) {
		if (doc.type == JSON_OBJECT)
			check_member(value, key, item);
		check_edits(value, item);
		check_value(item);
	}
	check_members(value);
}

static void
check_flattening(const struct json_doc *doc)
{
	char *flat = mem_copy(doc->value.ptr, doc->value.len);
	struct span text = span_make(flat, doc->value.len);
	struct json_doc again;

	json_flatten(flat, text.len);
	again = must_scan(text);
	check(memchr(flat, '\n', text.len) == NULL);
	check(memchr(flat, '\r', text.len) == NULL);
	check(again.type == doc->type);
	check(!again.has_newline);
	check(doc->has_newline == !span_equal(text, doc->value));
	free(flat);
}

/* What was not accepted has no meaning, but also no danger. */
static void
survive(struct span text)
{
	struct span value = { 0 };
	int64_t number = 0;

	(void)json_get(text, "a", &value);
	check(span_within(value, text));
	(void)json_has_duplicate_key(text);
	(void)json_int64(text, &number);
	(void)json_string_is(text, "a");
	free(json_string_dup(text, text.len));
	(void)count_items(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct json_doc doc;

	survive(text);
	if (size <= CHECKED_SIZE)
		check_writing(text);
	if (json_scan(text, LIMIT_DEPTH, &doc)) {
		check(doc.error == NULL && doc.type != JSON_NONE);
		check(span_equal(doc.value, span_trim(text)));
		check(utf8_valid(text));
		check_flattening(&doc);
		if (size <= CHECKED_SIZE)
			check_value(doc.value);
	} else {
		check(doc.error != NULL && doc.error_offset <= size);
		check(doc.value.len == 0);
	}
	return 0;
}
