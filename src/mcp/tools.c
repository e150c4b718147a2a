/* SPDX-License-Identifier: ISC */
/*
 * The tools the server has shown, and the rules on them. Filters lists, checks
 * calls, knows which arguments are mirrored.
 */
#include "mcp/tools.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "mcp/tool_schema.h"
#include "wire/header.h"

struct tool {
	TAILQ_ENTRY(tool) link;
	char *name;                /* owned */
	struct tool_param *params; /* owned */
	bool hidden;
};

struct tools {
	struct tools_rules rules;
	TAILQ_HEAD(tool_list, tool) known;
	size_t count;
	bool hides; /* some of them */
};

/* The largest integer every JSON reader keeps exact. */
static const int64_t exact_max = ((int64_t)1 << 53) - 1;

static void
remove_tool(struct tools *t, struct tool *tool)
{
	TAILQ_REMOVE(&t->known, tool, link);
	t->count--;
	tool_params_free(&tool->params);
	free(tool->name);
	free(tool);
}

static void
forget_all(struct tools *t)
{
	while (!TAILQ_EMPTY(&t->known))
		remove_tool(t, TAILQ_FIRST(&t->known));
	t->hides = false;
}

struct tools *
tools_new(const struct tools_rules *rules)
{
	struct tools *t = mem_alloc(1, sizeof(*t));

	t->rules = *rules;
	TAILQ_INIT(&t->known);
	return t;
}

void
tools_free(struct tools **tools)
{
	if (*tools == NULL)
		return;
	forget_all(*tools);
	free(*tools);
	*tools = NULL;
}

static struct tool *
find(const struct tools *t, const char *name)
{
	struct tool *tool;

	TAILQ_FOREACH (tool, &t->known, link)
		if (strcmp(tool->name, name) == 0)
			return tool;
	return NULL;
}

static bool
same_letter(char a, char b, bool ignore_case)
{
	return a == b || (ignore_case && span_is_nocase(span_make(&a, 1),
					     (char[]){ b, '\0' }));
}

/* '*' and '?' over whole names; linear but for the last star. */
static bool
glob_matches(const char *glob, const char *text, bool ignore_case)
{
	const char *star = NULL, *retry = NULL;

	while (*text != '\0') {
		if (*glob == '*') {
			star = glob++;
			retry = text;
		} else if (*glob == '?' ||
			   same_letter(*glob, *text, ignore_case)) {
			glob++;
			text++;
		} else if (star != NULL) {
			glob = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	return glob[strspn(glob, "*")] == '\0';
}

static bool
any_matches(const char *const *globs, size_t count, const char *name,
    bool ignore_case)
{
	for (size_t i = 0; i < count; i++)
		if (glob_matches(globs[i], name, ignore_case))
			return true;
	return false;
}

static bool
name_allowed(const struct tools_rules *rules, const char *name)
{
	if (any_matches(rules->deny, rules->deny_count, name,
		rules->ignore_case))
		return false;
	return rules->allow_count == 0 ||
	       any_matches(rules->allow, rules->allow_count, name,
		   rules->ignore_case);
}

static bool
has_rules(const struct tools_rules *rules)
{
	return rules->allow_count > 0 || rules->deny_count > 0 ||
	       rules->read_only;
}

static bool
says_read_only(struct span tool)
{
	static const char *const path[] = { "annotations", "readOnlyHint",
		NULL };
	struct span hint;

	return json_get_path(tool, path, &hint) &&
	       json_type_of(hint) == JSON_TRUE;
}

static void
warn_void(const char *name, const char *why)
{
	char text[128];

	log_warn("tools", "\"%s\" left out: %s",
	    log_text(text, sizeof(text), span_of(name)), why);
}

/* Remembers one tool of a list; true where the host may see it. */
static bool
learn_one(struct tools *t, bool stateless, struct span json)
{
	struct span value;
	struct tool *tool;
	const char *why;
	char *name;

	if (!json_get(json, "name", &value))
		return true;
	name = json_string_dup(value, LIMIT_HEADER_VALUE);
	tool = name != NULL ? find(t, name) : NULL;
	if (tool != NULL)
		remove_tool(t, tool);
	/* what is not remembered cannot be judged when it is called */
	if (name == NULL || t->count >= LIMIT_TOOLS) {
		free(name);
		return !stateless && !has_rules(&t->rules);
	}
	tool = mem_alloc(1, sizeof(*tool));
	tool->name = name;
	TAILQ_INSERT_TAIL(&t->known, tool, link);
	t->count++;
	tool->hidden = !name_allowed(&t->rules, name) ||
		       (t->rules.read_only && !says_read_only(json));
	if (stateless && json_get(json, "inputSchema", &value) &&
	    !tool_schema_read(value, &tool->params, &why)) {
		warn_void(name, why);
		tool->hidden = true;
	}
	t->hides = t->hides || tool->hidden;
	return !tool->hidden;
}

void
tools_learn(struct tools *t, bool stateless, bool first_page,
    struct message **result)
{
	struct message *m = *result;
	struct json_splice splice;
	struct json_iter it;
	struct span key, item;
	struct buf kept, text;
	bool all = true;

	if (!json_get(m->rpc.result, "tools", &splice.at) ||
	    json_type_of(splice.at) != JSON_ARRAY)
		return;
	if (first_page)
		forget_all(t);
	buf_init(&kept, m->text.len);
	if (json_open(&kept, '[') != 0)
		abort();
	json_iter_init(&it, splice.at);
	while (json_next(&it, &key, &item)) {
		if (!learn_one(t, stateless, item))
			all = false;
		else if (json_put_raw(&kept, item) != 0)
			abort();
	}
	if (json_close(&kept, ']') != 0)
		abort();
	if (!all) {
		splice.with = buf_span(&kept);
		buf_init(&text, m->text.len);
		if (json_apply(buf_span(&m->text), &splice, 1, &text) != 0)
			abort();
		message_free(result);
		*result = message_take(&text);
	}
	buf_reset(&kept);
}

static char *
called_name(const struct message *call)
{
	struct span value;

	return message_param(call, "name", &value) ?
		   json_string_dup(value, LIMIT_HEADER_VALUE) :
		   NULL;
}

/* Whether the server might read another name than we do. */
static bool
ambiguous(const struct message *call)
{
	return json_has_duplicate_key(call->rpc.params);
}

int
tools_check_call(const struct tools *t, const struct message *call,
    struct fault *f)
{
	const struct tool *tool;
	char *name;
	char shown[128];
	bool ok;

	if (!has_rules(&t->rules) && !t->hides)
		return 0;
	name = ambiguous(call) ? NULL : called_name(call);
	/* without rules the server knows best what to say */
	if (name == NULL)
		return has_rules(&t->rules) ?
			   fault_set(f, FAULT_INVALID_PARAMS,
			       "The call names no tool, or not plainly") :
			   0;
	tool = find(t, name);
	ok = tool != NULL ?
		 !tool->hidden :
		 name_allowed(&t->rules, name) && !t->rules.read_only;
	if (!ok)
		fault_set(f, FAULT_INVALID_PARAMS, "Unknown tool: %s",
		    log_text(shown, sizeof(shown), span_of(name)));
	free(name);
	return ok ? 0 : -1;
}

static bool
mirror_value(struct span value, struct buf *out)
{
	struct buf text;
	int64_t number;
	bool ok = false;

	switch (json_type_of(value)) {
	case JSON_STRING:
		buf_init(&text, LIMIT_HEADER_VALUE);
		ok = json_string(value, &text) == 0 &&
		     header_mirror(buf_span(&text), out) == 0;
		buf_reset(&text);
		break;
	case JSON_NUMBER:
		ok = json_int64(value, &number) && number <= exact_max &&
		     number >= -exact_max &&
		     buf_addf(out, "%lld", (long long)number) == 0;
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		ok = buf_add_span(out, value) == 0;
		break;
	case JSON_NONE:
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return ok;
}

void
tools_mirror(const struct tools *t, const struct message *call,
    void (*each)(void *ctx, const char *name, struct span value), void *ctx)
{
	struct span arguments, value;
	const struct tool *tool;
	struct buf text;
	char *name = called_name(call);

	tool = name != NULL ? find(t, name) : NULL;
	free(name);
	if (tool == NULL || tool->params == NULL || ambiguous(call) ||
	    !message_param(call, "arguments", &arguments))
		return;
	for (const struct tool_param *p = tool->params; p != NULL;
	     p = p->next) {
		if (!json_get_path(arguments, (const char *const *)p->path,
			&value))
			continue;
		buf_init(&text, LIMIT_HEADER_VALUE);
		if (mirror_value(value, &text))
			each(ctx, p->header, buf_span(&text));
		buf_reset(&text);
	}
}
