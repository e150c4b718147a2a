/* SPDX-License-Identifier: ISC */
/*
 * What the options and the URL say about each other. Of the grants: see
 * option_grant.c.
 */
#include "cli/options_p.h"

#include "base/mem.h"

static int
no_host(struct fault *f)
{
	fault_set(f, FAULT_USAGE, "no host is given");
	fault_advise(f, "mcp-bridge config --list shows those there are");
	return -1;
}

static int
no_method(struct fault *f)
{
	fault_set(f, FAULT_USAGE, "no method is given");
	fault_advise(f, "Such as: mcp-bridge call URL tools/list");
	return -1;
}

static int
no_file(struct fault *f)
{
	fault_set(f, FAULT_USAGE, "no file is given");
	fault_advise(f, "--trace FILE makes one");
	return -1;
}

static int
no_url(const struct option_parser *p, struct fault *f)
{
	bool all = p->options->command->operand == OPERAND_URL_OR_ALL;

	fault_set(f, FAULT_USAGE, "no URL is given%s",
	    all ? ", nor --all" : "");
	if (p->advice != NULL)
		fault_advise(f, "%s", p->advice);
	return -1;
}

/* The option that is about all servers; NULL: none is given. */
static const char *
of_all(const struct options *o)
{
	if (o->all)
		return "--all";
	if (o->urls)
		return "--urls";
	return o->profiles ? "--profiles" : NULL;
}

int
options_check_url(const struct option_parser *p, struct fault *f)
{
	struct options *o = p->options;
	enum command_operand operand = o->command->operand;
	const char *text = options_url_text(p);

	o->url_of_profile = text == NULL && p->profile_url != NULL;
	if (o->url_of_profile)
		text = p->profile_url;
	o->host = mem_string(p->host);
	if (o->list || operand == OPERAND_FILES)
		return 0;
	if (operand == OPERAND_FILE)
		return o->operands.count > 0 ? 0 : no_file(f);
	if (operand == OPERAND_HOST_AND_URL && o->host == NULL)
		return no_host(f);
	if (operand == OPERAND_URL_AND_REQUEST && o->operands.count == 0)
		return no_method(f);
	if (of_all(o) != NULL && p->url != NULL)
		return fault_set(f, FAULT_USAGE,
		    "%s and a URL exclude each other", of_all(o));
	if (of_all(o) != NULL)
		return 0;
	if (text == NULL)
		return operand == OPERAND_OPTIONAL_URL ? 0 : no_url(p, f);
	if (url_parse(&o->url, span_of(text), f) == -1)
		return -1;
	o->auth.url = mem_string(text);
	return 0;
}

static int
check_together(const struct options *o, struct fault *f)
{
	const struct auth_config *auth = &o->auth;
	const bool has_secret = !secret_empty(&auth->client_secret);
	const struct {
		bool broken;
		const char *rule;
	} rules[] = {
		{ o->urls + o->profiles + o->json > 1,
		    "--urls, --profiles and --json exclude each other" },
		{ o->write && o->dry_run,
		    "--write and --dry-run exclude each other" },
		{ auth->key_file != NULL && auth->cert_file == NULL,
		    "--key needs --cert" },
		{ auth->client_secret_file != NULL && has_secret,
		    "--client-secret and --client-secret-file exclude each "
		    "other" },
		{ has_secret && auth->client_id == NULL,
		    "--client-secret needs --client-id" },
		{ auth->client_secret_file != NULL && auth->client_id == NULL,
		    "--client-secret-file needs --client-id" },
		{ auth->authorization_endpoint != NULL &&
			auth->token_endpoint == NULL,
		    "--authorization-endpoint needs --token-endpoint" },
		{ auth->no_resource && auth->resource != NULL,
		    "--resource and --no-resource exclude each other" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].broken)
			return fault_set(f, FAULT_USAGE, "%s", rules[i].rule);
	}
	return options_check_client_key(auth, f);
}

static bool
is_in_clear(const struct url *url)
{
	return url->text != NULL && !url_is_https(url) && !url_is_loopback(url);
}

static int
check_connection(const struct options *o, struct fault *f)
{
	const unsigned connecting = COMMAND_RUN | COMMAND_LOGIN |
				    COMMAND_DOCTOR | COMMAND_CONFIG |
				    COMMAND_CALL | COMMAND_TOOLS;

	if ((o->command->bit & connecting) == 0)
		return 0;
	if (options_check_grant(&o->auth, f) == -1)
		return -1;
	if (!is_in_clear(&o->url) || o->auth.allow_http)
		return 0;
	fault_set(f, FAULT_CONFIG,
	    "http:// to another machine is not encrypted");
	fault_advise(f, "Use https://, or add --allow-http where the network "
			"is trusted");
	return -1;
}

int
options_check(struct options *o, struct fault *f)
{
	if (check_together(o, f) == -1 || check_connection(o, f) == -1)
		return -1;
	o->static_authorization =
	    static_headers_find(&o->headers, "Authorization") != NULL;
	return options_check_commands(o, f);
}
