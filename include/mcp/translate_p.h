/* SPDX-License-Identifier: ISC */
/*
 * Private to the files of translation: translate_edit.c (named members changed,
 * all others kept), _revision.c (names and tables), _schema.c (tools),
 * _error.c, _input.c (questions), _up.c, _down.c, _listen.c.
 */
#ifndef MCP_TRANSLATE_P_H
#define MCP_TRANSLATE_P_H

#include "mcp/translate.h"

/* -- translate_edit.c --------------------------------------------------------
 */

/* The value of a member; empty where absent. */
struct span json_member(struct span object, const char *key);

/* A change of one member. Edits of one object have different keys. */
struct edit {
	const char *key;
	enum {
		EDIT_PUT,     /* replaced or added; taken out if `with` is "" */
		EDIT_DEFAULT, /* added where absent */
		EDIT_INSIDE,  /* edits within an object */
		EDIT_TRIM     /* the same; an object they empty goes too */
	} kind;
	struct span with;         /* borrowed: raw JSON */
	const struct edit *inner; /* borrowed */
	size_t inner_count;
};

enum { EDITS_MAX = 16 }; /* of one object */

struct edit edit_put(const char *key, struct span value);
struct edit edit_drop(const char *key);
struct edit edit_default(const char *key, const char *value);
struct edit
edit_inside(const char *key, const struct edit *inner, size_t count);
struct edit edit_trim(const char *key, const struct edit *inner, size_t count);

/* Appends the changed object. Edits within a member that is no object replace
 * it where they put something. -1 past the cap of `out`. */
int edit_object(struct span object, const struct edit *edits, size_t count,
    struct buf *out) __attribute__((warn_unused_result));

/* A message from a changed JSON object; NULL past the caps. */
struct message *
edit_message(struct span text, const struct edit *edits, size_t count);

/* What a response of ours is edited from. */
#define RESPONSE_TEMPLATE "{\"jsonrpc\":\"2.0\",\"id\":0}"

/* Raw JSON copied, or the changed object; NULL past LIMIT_MESSAGE. */
char *edit_copy(struct span object, const struct edit *edits, size_t count);

/* Appends a JSON array as changed by `each`, which appends an item or leaves it
 * out. */
int
edit_items(struct span array, int (*each)(struct span item, struct buf *out),
    struct buf *out) __attribute__((warn_unused_result));

/* Raw JSON strings, equal once decoded; `a` at the beginning of `b`. */
bool raw_string_equal(struct span a, struct span b);
bool raw_string_begins(struct span a, struct span b);

/* -- translate_revision.c ----------------------------------------------------
 */

struct span revision_json(enum revision r); /* as a JSON string */

/* Server capabilities without what the stateless era does not know, or does
 * not share with the older one. NULL past the caps. */
char *capabilities_of_server(struct span capabilities);
char *capabilities_of_client(struct span capabilities);

/* -- translate_listen.c ------------------------------------------------------
 */

/* Appends the filter as JSON. */
int listen_filter_put(const struct listen_filter *filter, struct buf *out)
    __attribute__((warn_unused_result));

/* -- translate_schema.c ------------------------------------------------------
 */

/* Appends the tools of a list as an initialize-based host can read them
 * (T-101), and as a stateless one may know them (T-117). */
int schema_tools_up(struct span tools, struct buf *out)
    __attribute__((warn_unused_result));
int schema_tools_down(struct span tools, struct buf *out)
    __attribute__((warn_unused_result));

/* Appends the `content` of a tools/call result (empty: none) with one more
 * block: `text`. */
int schema_content_with_text(struct span content, struct span text,
    struct buf *out) __attribute__((warn_unused_result));
bool schema_content_has_text(struct span content);

/* -- translate_error.c -------------------------------------------------------
 */

struct message *error_up(const struct message *response, struct span host_id);
struct message *error_down(const struct message *response, struct span host_id);
bool error_code_is(const struct message *response, int64_t code);

/* -- translate_input.c -------------------------------------------------------
 */

/* Appends a message of a sampling request, or a sampling result: an array of
 * one block becomes the block, for peers before 2025-11-25. */
int input_unwrap(struct span message, struct buf *out)
    __attribute__((warn_unused_result));

#endif
