/* SPDX-License-Identifier: ISC */
/*
 * What real authorization servers need. An entry comes in only for what cannot
 * be read off metadata or answers; what is right for everybody stands in the
 * steps themselves.
 */
#include "auth/provider.h"

#include <string.h>

#include "wire/url.h"

enum { HTTPS_PORT = 443 };

const struct provider providers[] = {
	{
	    .name = "Microsoft Entra ID",
	    .hosts = { "login.microsoftonline.com", "login.microsoftonline.us",
		"login.partner.microsoftonline.cn", "*.ciamlogin.com" },
	    .traits = PROVIDER_NO_RESOURCE | PROVIDER_PKCE |
		      PROVIDER_REFRESH_SCOPE | PROVIDER_NO_CONSENT_PROMPT,
	    .advice = "Register a public client in the Entra admin center, "
		      "then give --client-id and --scope with the API's full "
		      "scope",
	    .why = "A resource beside the scope ends in AADSTS9010010; PKCE is "
		   "supported but not announced; a refresh without scope gives "
		   "a token for something else; prompt=consent asks for an "
		   "administrator again and again.",
	    .source = "Microsoft identity platform documentation",
	},
	{
	    .name = "Amazon Cognito",
	    .hosts = { "cognito-idp.*.amazonaws.com",
		"cognito-idp.*.amazonaws.com.cn" },
	    .traits = PROVIDER_NO_RESOURCE | PROVIDER_PKCE,
	    .advice = "Create an app client in the user pool, then give "
		      "--client-id",
	    .why = "It knows no resource parameter, and supports PKCE without "
		   "announcing it.",
	    .source = "Amazon Cognito developer guide",
	},
	{
	    .name = "Google",
	    .hosts = { "accounts.google.com" },
	    .params = { { "access_type", "offline" }, { "prompt", "consent" } },
	    .advice = "Create an OAuth client in the Google Cloud console, "
		      "then give --client-id and --client-secret-file",
	    .why = "Refresh tokens come for access_type=offline with "
		   "prompt=consent alone, not for the scope offline_access.",
	    .source = "Google Identity, OAuth 2.0 for web server applications",
	},
	{
	    .name = "GitHub",
	    .hosts = { "github.com" },
	    .advice = "Register an OAuth app in GitHub's developer settings, "
		      "then give --client-id and --client-secret-file; or send "
		      "a personal access token by --header-file",
	    .why = "It registers no clients by itself.",
	    .source = "GitHub documentation, authorizing OAuth apps",
	},
	{
	    .name = "Slack",
	    .hosts = { "slack.com", "*.slack.com" },
	    .advice = "Create a Slack app, then give --client-id and "
		      "--client-secret-file",
	    .why = "It registers no clients by itself.",
	    .source = "Slack API documentation",
	},
	{
	    .name = "Figma",
	    .hosts = { "www.figma.com", "api.figma.com" },
	    .advice = "Figma registers clients from its list alone: ask for an "
		      "approved client, then give --client-id",
	    .why = "It refuses to register clients that are not on its list.",
	    .source = "Figma developer documentation",
	},
	{
	    .name = "Box",
	    .hosts = { "account.box.com", "api.box.com" },
	    .advice = "Create an app in the Box developer console, then give "
		      "--client-id and --client-secret-file",
	    .why = "It registers no clients by itself.",
	    .source = "Box developer documentation",
	},
	{
	    .name = "Okta",
	    .hosts = { "*.okta.com", "*.oktapreview.com", "*.okta-emea.com" },
	    .advice = "Create a native app in the Okta admin console, on an "
		      "authorization server whose audience is the server's "
		      "URL, then give --client-id",
	    .why = "It registers clients for administrators alone.",
	    .source = "Okta developer documentation",
	},
	{
	    .name = "Auth0",
	    .hosts = { "*.auth0.com", "*.*.auth0.com" },
	    .advice = "Create a native application in the Auth0 dashboard, "
		      "then give --client-id; --audience names the API",
	    .why = "Registration is off unless a tenant turns it on; without "
		   "the audience of an API its tokens are opaque.",
	    .source = "Auth0 documentation",
	},
	{ .name = NULL },
};

/* Label by label: a host that only begins or ends like one of theirs is
 * somebody else's. */
static bool
host_matches(const char *pattern, const char *host)
{
	while (*pattern != '\0' && *host != '\0') {
		if (*pattern == '*' && *host != '.') {
			pattern++;
			host += strcspn(host, ".");
		} else if (*pattern == *host) {
			pattern++;
			host++;
		} else {
			return false;
		}
	}
	return *pattern == *host;
}

static bool
is_one_of(const struct provider *p, const char *host)
{
	for (int i = 0; i < PROVIDER_HOSTS && p->hosts[i] != NULL; i++) {
		if (host_matches(p->hosts[i], host))
			return true;
	}
	return false;
}

const struct provider *
provider_of(const char *issuer)
{
	const struct provider *found = NULL;
	struct url u;

	url_init(&u);
	if (url_parse(&u, span_of(issuer), NULL) == 0 && url_is_https(&u) &&
	    u.port == HTTPS_PORT) {
		for (const struct provider *p = providers;
		     p->name != NULL && found == NULL; p++)
			found = is_one_of(p, u.host) ? p : NULL;
	}
	url_reset(&u);
	return found;
}

bool
provider_has(const struct provider *p, enum provider_trait trait)
{
	return p != NULL && (p->traits & trait) != 0;
}
