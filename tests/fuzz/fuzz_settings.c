/* SPDX-License-Identifier: ISC */
/*
 * Settings files of any bytes, in the language the first byte names. What was
 * set is there when the text is read again, setting it again changes nothing,
 * and the other entries are what they were.
 */
#include "wire/settings.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "wire/json.h"
#include "wire/jsonc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct span entry = {
	"{\"cmd\":\"x \\\" \\\\ y\",\"args\":[\"-a\",\"#b\"],\"n\":1}",
	sizeof("{\"cmd\":\"x \\\" \\\\ y\",\"args\":[\"-a\",\"#b\"],\"n\":1}") -
	    1
};

static void
check(bool holds)
{
	if (!holds)
		abort();
}

/* The section as it is read from a text that was edited. */
static struct json_doc
read_again(enum settings_format format, const struct buf *text,
    struct buf *section)
{
	struct json_doc doc;

	buf_clear(section);
	check(settings_read(format, buf_span(text), "s", section, NULL) == 0);
	check(json_scan(buf_span(section), LIMIT_DEPTH, &doc));
	return doc;
}

static void
check_neighbours(struct span before, struct span after)
{
	struct json_iter it;
	struct span key, value, found;

	if (json_has_duplicate_key(before))
		return;
	json_iter_init(&it, before);
	while (json_next(&it, &key, &value)) {
		char *name =
		    json_string_dup(span_make(key.ptr - 1, key.len + 2),
			before.len);

		if (name != NULL && !json_key_is(key, "a")) {
			check(json_get(after, name, &found));
			check(span_equal(found, value));
		}
		free(name);
	}
}

static void
check_edit(enum settings_format format, struct span text,
    const char *const *path, struct span value, struct span before)
{
	struct buf once, twice, section;
	struct json_doc doc;
	struct span found;

	buf_init(&once, LIMIT_MESSAGE);
	buf_init(&twice, LIMIT_MESSAGE);
	buf_init(&section, LIMIT_MESSAGE);
	if (settings_set(format, text, path, value, &once, NULL) == 0) {
		doc = read_again(format, &once, &section);
		check(json_get_path(doc.value, path + 1, &found));
		check(json_covers(found, value));
		check_neighbours(before, doc.value);
		check(settings_set(format, buf_span(&once), path, value, &twice,
			  NULL) == 0);
		check(span_equal(buf_span(&once), buf_span(&twice)));
	}
	buf_reset(&once);
	buf_reset(&twice);
	buf_reset(&section);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const whole[] = { "s", "a", NULL, NULL };
	static const char *const member[] = { "s", "a", "args", NULL };
	struct buf section;
	struct json_doc doc;

	if (size == 0)
		return 0;
	enum settings_format format = (enum settings_format)(data[0] % 3);
	struct span text = span_make((const char *)data + 1, size - 1);

	buf_init(&section, LIMIT_MESSAGE);
	if (settings_read(format, text, "s", &section, NULL) == 0) {
		check(json_scan(buf_span(&section), LIMIT_DEPTH, &doc));
		check_edit(format, text, whole, entry, doc.value);
		check_edit(format, text, member, span_of("[\"z\",\"-y\"]"),
		    doc.value);
	}
	buf_reset(&section);
	return 0;
}
