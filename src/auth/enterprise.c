/* SPDX-License-Identifier: ISC */
/*
 * The exchange at the identity provider. What the assertion is then good for:
 * auth/unattended.
 */
#include "auth/enterprise.h"

#include <stdio.h>
#include <string.h>

#include "auth/idp_session.h"
#include "auth/secret_file.h"
#include "base/limits.h"
#include "io/command.h"
#include "wire/words.h"

#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"
#define GRANT_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"

/* A program that asks somebody something is not the one wanted here. */
enum { COMMAND_TIMEOUT_MS = 30000 };

/*
 * What the identity provider said of the user
 */

static int
take_output(const struct buf *output, struct secret *token, struct fault *f)
{
	struct span text = span_trim(buf_span(output));

	if (text.len == 0)
		return fault_set(f, FAULT_COMMAND,
		    "The ID token command printed nothing");
	secret_set(token, text);
	return 0;
}

static int
run_command(const char *line, struct secret *token, struct fault *f)
{
	char **words = words_split(line);
	struct buf output;
	int rc = -1;

	if (words == NULL)
		return fault_set(f, FAULT_CONFIG,
		    "The ID token command is no command");
	const struct command command = {
		.argv = (const char *const *)words,
		.timeout_ms = COMMAND_TIMEOUT_MS,
		.what = "The ID token command",
		.fault = FAULT_COMMAND,
	};
	buf_init(&output, SECRET_FILE_MAX);
	if (command_output(&command, &output, f) == 0)
		rc = take_output(&output, token, f);
	buf_wipe(&output);
	words_free(&words);
	return rc;
}

static int
read_session(const struct signin *s, struct secret *token, struct fault *f)
{
	struct idp_record session;

	idp_record_init(&session);
	int rc = idp_session_load(s, &session, f);
	secret_set(token, secret_peek(&session.id_token));
	idp_record_reset(&session);
	return rc;
}

static int
get_subject(const struct signin *s, struct secret *token, struct fault *f)
{
	const struct auth_config *config = s->config;
	const struct secret_file file = {
		.path = config->id_token_file,
		.what = "ID token",
		.max = SECRET_FILE_MAX,
	};

	if (idp_session_wanted(config))
		return read_session(s, token, f);
	return config->id_token_command != NULL ?
		   run_command(config->id_token_command, token, f) :
		   secret_file_read(&file, token, f);
}

/*
 * The exchange
 */

static int
add(struct buf *form, const char *name, const char *value)
{
	return value != NULL ? token_form_add(form, name, span_of(value)) : 0;
}

static int
write_form(const struct auth_config *config, const struct enterprise_want *want,
    const struct secret *subject, struct buf *form, struct fault *f)
{
	const char *type = config->id_token_is_saml ? TOKEN_TYPE "saml2" :
						      TOKEN_TYPE "id_token";

	if (add(form, "grant_type", GRANT_EXCHANGE) == -1 ||
	    add(form, "requested_token_type", TOKEN_TYPE_ID_JAG) == -1 ||
	    add(form, "audience", want->audience) == -1 ||
	    add(form, "resource", want->resource) == -1 ||
	    add(form, "scope", want->scope) == -1 ||
	    token_form_add(form, "subject_token", secret_peek(subject)) == -1 ||
	    add(form, "subject_token_type", type) == -1)
		return fault_set(f, FAULT_TOO_LARGE,
		    "A token request is too large");
	return 0;
}

static void
advise(struct fault *f, const char *text, const char *action)
{
	snprintf(f->msg, sizeof(f->msg), "%s", text);
	fault_advise(f, "%s", action);
}

static const char *
token_advice(const struct auth_config *config)
{
	if (idp_session_wanted(config))
		return "See whether --idp-client-id may exchange its ID tokens "
		       "there";
	return config->id_token_command != NULL ?
		   "See whether the token that --id-token-command prints has "
		   "not expired" :
		   "See whether the token in --id-token-file has not expired";
}

/* Whom to ask about it is not who runs the MCP server. */
static void
explain(const struct auth_config *config, struct fault *f)
{
	if (f->code == FAULT_REFRESH) {
		f->code = FAULT_DENIED;
		advise(f, "The identity provider does not accept the ID token",
		    token_advice(config));
	} else if (f->code == FAULT_REGISTRATION) {
		advise(f, "The identity provider does not accept this client",
		    "See whether --idp-client-id and --idp-client-secret-file "
		    "are right, and whether the client may exchange tokens");
	} else if (f->oauth_error[0] != '\0' && !auth_fault_transient(f)) {
		f->code = FAULT_DENIED;
		advise(f, "The identity provider does not vouch for the user",
		    "Ask who runs the identity provider whether this MCP "
		    "server is enabled there");
	}
}

static int
exchange(struct signin *s, const struct enterprise_want *want,
    const struct secret *subject, struct secret *assertion, struct fault *f)
{
	const struct idp *idp = idp_get(s, f);
	struct buf form;

	if (idp == NULL)
		return -1;
	auth_net_stage(&idp->net, "Asking the identity provider to vouch");
	buf_init(&form, LIMIT_AUTH_DOCUMENT);
	int rc = write_form(s->config, want, subject, &form, f);
	if (rc == 0)
		rc = token_exchange(&idp->net, &idp->discovery, &idp->client,
		    &form, assertion, f);
	s->id_token_refused =
	    rc == -1 && strcmp(f->oauth_error, "invalid_grant") == 0;
	if (rc == -1) {
		explain(s->config, f);
		auth_fault_issuer(f, idp->discovery.as.issuer);
	}
	buf_wipe(&form);
	return rc;
}

int
enterprise_assertion(struct signin *s, const struct enterprise_want *want,
    struct secret *assertion, struct fault *f)
{
	struct secret subject = { 0 };
	int rc = get_subject(s, &subject, f);

	if (rc == 0)
		rc = exchange(s, want, &subject, assertion, f);
	secret_reset(&subject);
	return rc;
}
