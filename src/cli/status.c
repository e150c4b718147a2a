/* SPDX-License-Identifier: ISC */
/*
 * `mcp-bridge status`: who is signed in where, from the store alone. Shows
 * names, scopes and times, never a token, nor the address of ours of a
 * pending login, which leads to one; the code of one is for people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "auth/records.h"
#include "auth/vault.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/names.h"
#include "cli/servers.h"
#include "cli/terminal.h"
#include "wire/json.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };
enum { NAME_WIDTH = 9, VALUE_COLUMN = 2 + NAME_WIDTH + 1 };

/* What the store says of one server. */
struct state {
	struct access_record access;
	bool signed_in; /* a token, or the means to get one */
	bool renewable;
	struct idp_record idp; /* the sign-in there that it uses; or empty */
	struct auth_prompt pending; /* of the login under way; else empty */
};

static void
state_reset(struct state *state)
{
	access_record_reset(&state->access);
	idp_record_reset(&state->idp);
	auth_prompt_reset(&state->pending);
	*state = (struct state){ 0 };
}

static bool
lives(int64_t expires_at_s)
{
	return expires_at_s == 0 || expires_at_s > (int64_t)time(NULL);
}

static bool
idp_is_signed_in(const struct idp_record *idp)
{
	return !secret_empty(&idp->refresh) ||
	       (!secret_empty(&idp->id_token) && lives(idp->expires_at_s));
}

static int
load_idp(struct state *state, struct store *store, struct fault *f)
{
	const struct access_record *access = &state->access;
	struct idp_record *idp = &state->idp;
	bool found = false;

	if (access->idp_issuer == NULL || access->idp_client_id == NULL)
		return 0;
	idp->issuer = mem_string(access->idp_issuer);
	idp->client_id = mem_string(access->idp_client_id);
	idp->profile = mem_string(access->profile);
	return idp_record_load(idp, store, &found, f);
}

static int
load_renewable(struct state *state, struct store *store, struct fault *f)
{
	const struct access_record *access = &state->access;
	struct grant_record grant;
	bool found = false;

	if (access->issuer == NULL || access->client_id == NULL)
		return 0;
	/* The grant again is all it takes, if somebody still vouches. */
	state->renewable =
	    access->grant != NULL && !secret_empty(&access->bearer.token) &&
	    (state->idp.issuer == NULL || idp_is_signed_in(&state->idp));
	if (state->renewable)
		return 0;
	grant_record_init(&grant);
	grant.issuer = mem_string(access->issuer);
	grant.resource = mem_string(access->resource);
	grant.client_id = mem_string(access->client_id);
	grant.profile = mem_string(access->profile);
	int rc = grant_record_load(&grant, store, &found, f);
	state->renewable = found && !secret_empty(&grant.refresh);
	grant_record_reset(&grant);
	return rc;
}

/* The kernel knows whether the login's process still lives; a record may be
 * left over from one that was killed. */
static bool
is_running(const struct login_record *login, struct store *store)
{
	struct store_lock *lock = NULL;
	struct fault f;
	char key[65];

	login_record_key(login, key);
	bool taken = store_lock(store, STORE_LOGIN, key, 0, &lock, &f) == -1 &&
		     f.code == FAULT_BUSY;
	store_unlock(&lock);
	return taken;
}

/* `login` has its identifying fields, and is reset. */
static int
load_pending(struct state *state, struct login_record *login,
    struct store *store, struct fault *f)
{
	bool found = false;
	int rc = login_record_load(login, store, &found, f);

	if (found && auth_prompt_waits(&login->prompt, (int64_t)time(NULL)) &&
	    is_running(login, store))
		auth_prompt_copy(&state->pending, &login->prompt);
	login_record_reset(login);
	return rc;
}

/* At the server, or at the identity provider that it uses. */
static int
load_logins(struct state *state, struct store *store, struct fault *f)
{
	const struct access_record *access = &state->access;
	struct login_record login;

	login_record_init(&login);
	login.url = mem_string(access->url);
	login.profile = mem_string(access->profile);
	int rc = load_pending(state, &login, store, f);
	if (rc == -1 || state->idp.issuer == NULL ||
	    state->pending.deadline_s != 0)
		return rc;
	login.url = mem_string(access->idp_issuer);
	login.profile = mem_string(access->profile);
	login.idp_client_id = mem_string(access->idp_client_id);
	return load_pending(state, &login, store, f);
}

static int
state_load(struct state *state, const struct server *server,
    struct store *store, struct fault *f)
{
	struct access_record *access = &state->access;
	bool found = false;

	access_record_init(access);
	access->url = mem_string(server->url);
	access->profile = mem_string(server->profile);
	if (access_record_load(access, store, &found, f) == -1 ||
	    load_idp(state, store, f) == -1 ||
	    load_renewable(state, store, f) == -1 ||
	    load_logins(state, store, f) == -1)
		return -1;

	const struct bearer *bearer = &access->bearer;
	bool valid = bearer_usable(bearer) && lives(bearer->expires_at_s);
	state->signed_in = valid || state->renewable;
	return 0;
}

/* An assertion may be all there is. */
static const char *
client_of(const struct access_record *access)
{
	const char *id = access->client_id;

	return id != NULL && id[0] != '\0' ? id : NULL;
}

/* What the token is bound to, so that it is of no use to a thief. */
static const struct binding {
	const char *name, *text;
} by_key = { "dpop", "to a key of this record (DPoP)" },
  by_certificate = { "mtls", "to the client certificate (mTLS)" };

static const struct binding *
binding_of(const struct access_record *access)
{
	const struct bearer *bearer = &access->bearer;

	if (secret_empty(&bearer->token))
		return NULL;
	if (!secret_empty(&bearer->key))
		return &by_key;
	return access->tls_bound ? &by_certificate : NULL;
}

/*
 * For people
 */

static void
describe_span(int64_t seconds, char *text, size_t size)
{
	if (seconds < 2 * MINUTE_S)
		snprintf(text, size, "%d s", (int)seconds);
	else if (seconds < 2 * HOUR_S)
		snprintf(text, size, "%d min", (int)(seconds / MINUTE_S));
	else if (seconds < 2 * DAY_S)
		snprintf(text, size, "%d h", (int)(seconds / HOUR_S));
	else
		snprintf(text, size, "%d days", (int)(seconds / DAY_S));
}

static void
print_row(struct terminal *t, const char *name, const char *value)
{
	char shown[LIMIT_URL];

	if (value == NULL)
		return;
	terminal_print(t, STYLE_DIM, "  %-*s ", NAME_WIDTH, name);
	terminal_line(t, log_text(shown, sizeof(shown), span_of(value)),
	    VALUE_COLUMN, VALUE_COLUMN);
}

static void
print_expiry(struct terminal *t, const char *name, int64_t expires_at_s,
    bool renewable)
{
	int64_t left_s = expires_at_s - (int64_t)time(NULL);
	char span[32], line[96];

	describe_span(left_s > 0 ? left_s : -left_s, span, sizeof(span));
	if (expires_at_s == 0)
		snprintf(line, sizeof(line),
		    "good until the server says otherwise");
	else if (left_s > 0)
		snprintf(line, sizeof(line), "good for %s%s", span,
		    renewable ? ", then renewed" : "");
	else
		snprintf(line, sizeof(line), "expired %s ago%s", span,
		    renewable ? ", renewed at the next use" : "");
	print_row(t, name, line);
}

static void
print_idp(struct terminal *t, const struct idp_record *idp)
{
	print_row(t, "vouching", idp->issuer);
	print_row(t, "for", idp->subject);
	if (!secret_empty(&idp->id_token))
		print_expiry(t, "sign-in", idp->expires_at_s,
		    !secret_empty(&idp->refresh));
}

static void
print_pending(struct terminal *t, const struct state *state)
{
	const struct auth_prompt *pending = &state->pending;
	char span[32], line[96];

	if (pending->deadline_s == 0)
		return;
	describe_span(pending->deadline_s - (int64_t)time(NULL), span,
	    sizeof(span));
	snprintf(line, sizeof(line), "waits %s, %s left",
	    pending->user_code != NULL ? "for its code to be entered" :
					 "in the browser",
	    span);
	print_row(t, "login", line);
	print_row(t, "code", pending->user_code);
	print_row(t, "at", pending->verification_uri);
}

static void
print_state(struct terminal *t, const struct state *state)
{
	const struct access_record *access = &state->access;
	const struct binding *binding = binding_of(access);
	char shown[LIMIT_URL];

	terminal_print(t, STYLE_BOLD, "%s",
	    log_text(shown, sizeof(shown), span_of(access->url)));
	terminal_print(t, state->signed_in ? STYLE_GOOD : STYLE_WARNING,
	    state->signed_in ? "  signed in\n" : "  not signed in\n");
	if (strcmp(access->profile, "default") != 0)
		print_row(t, "profile", access->profile);
	print_row(t, "issuer", access->issuer);
	print_row(t, "resource", access->resource);
	print_row(t, "client", client_of(access));
	print_row(t, "grant", access->grant);
	print_row(t, "scopes", access->scope);
	if (!secret_empty(&access->bearer.token))
		print_expiry(t, "token", access->bearer.expires_at_s,
		    state->renewable);
	print_row(t, "bound", binding != NULL ? binding->text : NULL);
	print_idp(t, &state->idp);
	print_pending(t, state);
	terminal_print(t, STYLE_PLAIN, "\n");
}

/*
 * For programs
 */

static int
put_text(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return 0;
	if (json_put_key(out, name) == -1)
		return -1;
	return json_put_string(out, span_of(value));
}

static int
put_flag(struct buf *out, const char *name, bool value)
{
	if (json_put_key(out, name) == -1)
		return -1;
	return json_put_bool(out, value);
}

static int
put_time(struct buf *out, const char *name, int64_t unix_s)
{
	if (unix_s == 0)
		return 0;
	if (json_put_key(out, name) == -1)
		return -1;
	return json_put_int(out, unix_s);
}

static int
put_idp(struct buf *out, const struct idp_record *idp)
{
	if (idp->issuer == NULL)
		return 0;
	if (json_put_key(out, "idp") == -1 || json_open(out, '{') == -1 ||
	    put_text(out, "issuer", idp->issuer) == -1 ||
	    put_text(out, "clientId", idp->client_id) == -1 ||
	    put_text(out, "subject", idp->subject) == -1 ||
	    put_flag(out, "signedIn", idp_is_signed_in(idp)) == -1 ||
	    put_flag(out, "renewable", !secret_empty(&idp->refresh)) == -1 ||
	    put_time(out, "expiresAt", idp->expires_at_s) == -1)
		return -1;
	return json_close(out, '}');
}

static int
put_state(struct buf *out, const struct state *state)
{
	const struct access_record *access = &state->access;
	const struct binding *binding = binding_of(access);

	if (json_open(out, '{') == -1 ||
	    put_text(out, "url", access->url) == -1 ||
	    put_text(out, "profile", access->profile) == -1 ||
	    put_flag(out, "signedIn", state->signed_in) == -1 ||
	    put_flag(out, "renewable", state->renewable) == -1 ||
	    put_text(out, "issuer", access->issuer) == -1 ||
	    put_text(out, "resource", access->resource) == -1 ||
	    put_text(out, "clientId", client_of(access)) == -1 ||
	    put_text(out, "grant", access->grant) == -1 ||
	    put_text(out, "scope", access->scope) == -1 ||
	    put_time(out, "expiresAt", access->bearer.expires_at_s) == -1 ||
	    put_text(out, "binding", binding != NULL ? binding->name : NULL) ==
		-1 ||
	    put_idp(out, &state->idp) == -1 ||
	    put_time(out, "loginPendingUntil", state->pending.deadline_s) ==
		-1 ||
	    put_text(out, "userCode", state->pending.user_code) == -1 ||
	    put_text(out, "verificationUri", state->pending.verification_uri) ==
		-1)
		return -1;
	return json_close(out, '}');
}

/*
 * The command
 */

struct report {
	struct terminal *terminal; /* NULL: as JSON */
	struct buf json;
	bool all_signed_in;
};

static int
report_server(struct report *report, const struct server *server,
    struct store *store, struct fault *f)
{
	struct state state = { 0 };
	int rc = state_load(&state, server, store, f);

	report->all_signed_in &= state.signed_in;
	if (rc == 0 && report->terminal != NULL)
		print_state(report->terminal, &state);
	else if (rc == 0 && put_state(&report->json, &state) == -1)
		rc = fault_set(f, FAULT_TOO_LARGE, "Too many servers");
	state_reset(&state);
	return rc;
}

static int
report_servers(struct report *report, const struct servers *servers,
    struct store *store, struct fault *f)
{
	int rc = 0;

	for (size_t i = 0; i < servers->count && rc == 0; i++)
		rc = report_server(report, &servers->items[i], store, f);
	if (rc == 0 && report->terminal != NULL) {
		if (servers->count == 0)
			terminal_print(report->terminal, STYLE_PLAIN,
			    "Signed in nowhere\n\n");
		terminal_print(report->terminal, STYLE_DIM, "Store: %s\n",
		    store_where(store));
	}
	return rc;
}

static int
report_json(struct report *report, const struct servers *servers,
    struct store *store, struct fault *f)
{
	int rc = -1;

	if (json_open(&report->json, '{') == -1 ||
	    put_text(&report->json, "store", store_where(store)) == -1 ||
	    json_put_key(&report->json, "servers") == -1 ||
	    json_open(&report->json, '[') == -1)
		return fault_set(f, FAULT_TOO_LARGE, "Too many servers");
	rc = report_servers(report, servers, store, f);
	if (rc == 0 && (json_close(&report->json, ']') == -1 ||
			   json_close(&report->json, '}') == -1))
		rc = fault_set(f, FAULT_TOO_LARGE, "Too many servers");
	if (rc == 0)
		puts(report->json.data);
	return rc;
}

static int
run(const struct options *options, struct report *report, struct fault *f)
{
	struct store *store = vault_open(&options->auth, f);
	struct servers servers = { 0 };
	int rc = 0;

	if (store == NULL)
		return -1;
	if (options->auth.url != NULL)
		servers_add(&servers, options->auth.url, options->auth.profile);
	else
		rc = servers_list(&servers, store, f);
	if (rc == 0)
		rc = report->terminal != NULL ?
			 report_servers(report, &servers, store, f) :
			 report_json(report, &servers, store, f);
	servers_reset(&servers);
	store_close(&store);
	return rc;
}

int
cmd_status(const struct options *options)
{
	struct terminal out, err;
	struct report report = {
		.terminal = options->json ? NULL : &out,
		.all_signed_in = true,
	};
	struct fault f;

	if (options->urls || options->profiles)
		return names_print(options);
	terminal_init(&out, stdout);
	terminal_init(&err, stderr);
	buf_init(&report.json, LIMIT_MESSAGE);
	int rc = run(options, &report, &f);
	buf_reset(&report.json);
	if (rc == -1)
		return terminal_fail(&err, &f);
	/* Of one server, scripts want to know. */
	return options->auth.url != NULL && !report.all_signed_in ? EX_NOPERM :
								    EX_OK;
}
