/* SPDX-License-Identifier: ISC */
/*
 * Options of sign-in.
 */
#include "cli/option_table.h"

#include <stddef.h>

#define BRIDGE (COMMAND_RUN | COMMAND_CONFIG)
#define RUN (BRIDGE | COMMAND_CALL | COMMAND_TOOLS)
#define LOGIN (COMMAND_LOGIN | COMMAND_DOCTOR)
#define LOGOUT COMMAND_LOGOUT
#define EVERY COMMAND_EVERY
#define AT(member) offsetof(struct options, member)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct option_row login[] = {
	{
	    .name = "profile",
	    .argument = "NAME",
	    .env = "MCP_BRIDGE_PROFILE",
	    .commands = EVERY,
	    .help = "Keep several accounts on one server apart, or go by "
		    "what the configuration file has under this name "
		    "(default: \"default\").",
	    .set = set_profile,
	},
	{
	    .name = "token-command",
	    .argument = "COMMAND",
	    .env = "MCP_BRIDGE_TOKEN_COMMAND",
	    .commands = RUN,
	    .help = "Run COMMAND for an access token instead of signing in.",
	    .set = set_command,
	    .at = AT(auth.token_command),
	},
	{
	    .name = "header-command",
	    .argument = "COMMAND",
	    .env = "MCP_BRIDGE_HEADER_COMMAND",
	    .commands = RUN,
	    .help = "Run COMMAND for headers to send, instead of signing in.",
	    .set = set_command,
	    .at = AT(auth.header_command),
	},
	{
	    .name = "command-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_COMMAND_TIMEOUT",
	    .commands = RUN,
	    .help = "How long such a command may take (default: 10).",
	    .set = set_milliseconds,
	    .at = AT(auth.command_timeout_ms),
	    .min = 1,
	    .max = 600,
	},
	{
	    .name = "store",
	    .argument = "STORE",
	    .env = "MCP_BRIDGE_STORE",
	    .commands = EVERY,
	    .help = "Where tokens are kept: file, secret-service, pass, "
		    "keychain, command:PROG, or memory (default: file).",
	    .set = set_store,
	},
	{
	    .name = "client-id",
	    .argument = "ID",
	    .env = "MCP_BRIDGE_CLIENT_ID",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Client registered beforehand.",
	    .set = set_text,
	    .at = AT(auth.client_id),
	},
	{
	    .name = "client-secret",
	    .argument = "SECRET",
	    .env = "MCP_BRIDGE_CLIENT_SECRET",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Its secret; better in the environment, or in a file.",
	    .secret = true,
	    .set = set_client_secret,
	},
	{
	    .name = "client-secret-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_CLIENT_SECRET_FILE",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Its secret, alone in FILE.",
	    .set = set_file,
	    .at = AT(auth.client_secret_file),
	},
	{
	    .name = "client-key-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_CLIENT_KEY_FILE",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Its private key (PEM), in place of a secret.",
	    .set = set_file,
	    .at = AT(auth.client_key_file),
	},
	{
	    .name = "client-metadata-url",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_CLIENT_METADATA_URL",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Client ID metadata document to identify by.",
	    .set = set_metadata_url,
	},
	{
	    .name = "client-metadata",
	    .argument = "JSON",
	    .env = "MCP_BRIDGE_CLIENT_METADATA",
	    .commands = RUN | LOGIN,
	    .help = "What a registration says of the client, such as "
		    "'{\"client_name\":\"...\"}'.",
	    .set = set_client_metadata,
	},
	{
	    .name = "scope",
	    .argument = "SCOPES",
	    .env = "MCP_BRIDGE_SCOPE",
	    .commands = RUN | LOGIN,
	    .help = "Scopes to ask for, separated by spaces, instead of "
		    "those the server names.",
	    .set = set_scope,
	},
	{
	    .name = "auth-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_AUTH_TIMEOUT",
	    .commands = RUN | LOGIN,
	    .help = "How long a sign-in may take (default: 300).",
	    .set = set_number,
	    .at = AT(auth.auth_timeout_s),
	    .min = 10,
	    .max = 3600,
	},
	{
	    .name = "hold-timeout",
	    .argument = "SECONDS",
	    .env = "MCP_BRIDGE_HOLD_TIMEOUT",
	    .commands = BRIDGE,
	    .help = "How long a request waits for a sign-in before it "
		    "fails (default: 25).",
	    .set = set_milliseconds,
	    .at = AT(hold_timeout_ms),
	    .min = 0,
	    .max = 600,
	},
	{
	    .name = "no-cached-handshake",
	    .env = "MCP_BRIDGE_NO_CACHED_HANDSHAKE",
	    .commands = BRIDGE,
	    .help = "Never answer the host from what the server said the "
		    "last time.",
	    .set = set_flag,
	    .at = AT(no_cached_handshake),
	},
	{
	    .name = "no-sign-in-tool",
	    .env = "MCP_BRIDGE_NO_SIGN_IN_TOOL",
	    .commands = BRIDGE,
	    .help = "Do not offer a tool to sign in with while nothing else "
		    "is known of the server.",
	    .set = set_flag,
	    .at = AT(no_sign_in_tool),
	},
	{
	    .name = "no-auth",
	    .env = "MCP_BRIDGE_NO_AUTH",
	    .commands = RUN,
	    .help = "Send no token and never sign in; a refusal is passed on "
		    "as an error.",
	    .set = set_flag,
	    .at = AT(no_auth),
	},
	{
	    .name = "non-interactive",
	    .env = "MCP_BRIDGE_NON_INTERACTIVE",
	    .commands = RUN,
	    .help = "Never start a sign-in; fail where one is needed.",
	    .set = set_flag,
	    .at = AT(auth.non_interactive),
	},
	{
	    .name = "no-browser",
	    .env = "MCP_BRIDGE_NO_BROWSER",
	    .commands = RUN | LOGIN,
	    .help = "Do not open a browser; show the address instead.",
	    .set = set_flag,
	    .at = AT(auth.no_browser),
	},
	{
	    .name = "callback-port",
	    .argument = "PORT",
	    .env = "MCP_BRIDGE_CALLBACK_PORT",
	    .commands = RUN | LOGIN,
	    .help = "Port the browser returns to (default: any free "
		    "one).",
	    .set = set_number,
	    .at = AT(auth.callback_port),
	    .min = 1,
	    .max = 65535,
	},
	{
	    .name = "callback-host",
	    .argument = "HOST",
	    .env = "MCP_BRIDGE_CALLBACK_HOST",
	    .commands = RUN | LOGIN,
	    .help = "Host in the address it returns to: 127.0.0.1, ::1 "
		    "or localhost (default: 127.0.0.1).",
	    .set = set_callback_host,
	},
	{
	    .name = "callback-path",
	    .argument = "PATH",
	    .env = "MCP_BRIDGE_CALLBACK_PATH",
	    .commands = RUN | LOGIN,
	    .help = "Path of that address (default: /callback).",
	    .set = set_callback_path,
	},
	{
	    .name = "success-url",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_SUCCESS_URL",
	    .commands = RUN | LOGIN,
	    .help = "Send the browser there when signed in, instead of "
		    "showing a page.",
	    .set = set_success_url,
	},
};

const struct option_section options_login = { "Sign-in", login, COUNT(login) };

static const struct option_row login_grant[] = {
	{
	    .name = "grant",
	    .argument = "GRANT",
	    .env = "MCP_BRIDGE_GRANT",
	    .commands = RUN | LOGIN,
	    .help = "How to get tokens: authorization_code, device_code, "
		    "client_credentials, jwt-bearer or enterprise (default: "
		    "authorization_code).",
	    .set = set_grant,
	},
	{
	    .name = "client-key-alg",
	    .argument = "ES256|RS256|PS256|EdDSA",
	    .env = "MCP_BRIDGE_CLIENT_KEY_ALG",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "How the client key signs (default: as key and server "
		    "allow).",
	    .set = set_client_key_alg,
	},
	{
	    .name = "client-key-id",
	    .argument = "ID",
	    .env = "MCP_BRIDGE_CLIENT_KEY_ID",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Name the client key to the server by this kid.",
	    .set = set_text,
	    .at = AT(auth.client_key_id),
	},
	{
	    .name = "client-assertion-audience",
	    .argument = "issuer|token-endpoint",
	    .env = "MCP_BRIDGE_CLIENT_ASSERTION_AUDIENCE",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Whom the client key's signatures are for (default: "
		    "issuer).",
	    .set = set_client_assertion_audience,
	},
	{
	    .name = "assertion-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_ASSERTION_FILE",
	    .commands = RUN | LOGIN,
	    .help = "For jwt-bearer: the token of the platform, read anew at "
		    "each use.",
	    .set = set_file,
	    .at = AT(auth.assertion_file),
	},
	{
	    .name = "idp-issuer",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_IDP_ISSUER",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "For enterprise: the identity provider.",
	    .set = set_issuer,
	    .at = AT(auth.idp_issuer),
	},
	{
	    .name = "idp-token-endpoint",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_IDP_TOKEN_ENDPOINT",
	    .commands = RUN | LOGIN,
	    .help = "Its token endpoint, where it has no metadata.",
	    .set = set_endpoint,
	    .at = AT(auth.idp_token_endpoint),
	},
	{
	    .name = "idp-client-id",
	    .argument = "ID",
	    .env = "MCP_BRIDGE_IDP_CLIENT_ID",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Client registered at the identity provider.",
	    .set = set_text,
	    .at = AT(auth.idp_client_id),
	},
	{
	    .name = "idp-client-secret-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_IDP_CLIENT_SECRET_FILE",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Its secret, alone in FILE.",
	    .set = set_file,
	    .at = AT(auth.idp_client_secret_file),
	},
	{
	    .name = "id-token-file",
	    .argument = "FILE",
	    .env = "MCP_BRIDGE_ID_TOKEN_FILE",
	    .commands = RUN | LOGIN,
	    .help = "What the identity provider said of the user, read anew "
		    "at each use.",
	    .set = set_file,
	    .at = AT(auth.id_token_file),
	},
	{
	    .name = "id-token-command",
	    .argument = "COMMAND",
	    .env = "MCP_BRIDGE_ID_TOKEN_COMMAND",
	    .commands = RUN | LOGIN,
	    .help = "A program that prints it; run without a shell.",
	    .set = set_command,
	    .at = AT(auth.id_token_command),
	},
	{
	    .name = "id-token-type",
	    .argument = "id_token|saml2",
	    .env = "MCP_BRIDGE_ID_TOKEN_TYPE",
	    .commands = RUN | LOGIN,
	    .help = "What it is (default: id_token).",
	    .set = set_id_token_type,
	},
};

const struct option_section options_login_grant = { "Sign-in in other ways",
	login_grant, COUNT(login_grant) };

static const struct option_row login_special[] = {
	{
	    .name = "issuer",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_ISSUER",
	    .commands = RUN | LOGIN,
	    .help = "Accept this authorization server and no other.",
	    .set = set_issuer,
	    .at = AT(auth.issuer),
	},
	{
	    .name = "issuer-match",
	    .argument = "exact|slash",
	    .env = "MCP_BRIDGE_ISSUER_MATCH",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Compare issuers exactly, or tolerate one slash on "
		    "an empty path (default: slash).",
	    .set = set_issuer_match,
	},
	{
	    .name = "resource",
	    .argument = "URI",
	    .env = "MCP_BRIDGE_RESOURCE",
	    .commands = RUN | LOGIN,
	    .help = "Resource indicator to ask tokens for, instead of "
		    "the server's own.",
	    .set = set_resource,
	},
	{
	    .name = "no-resource",
	    .env = "MCP_BRIDGE_NO_RESOURCE",
	    .commands = RUN | LOGIN,
	    .help = "Send no resource indicator.",
	    .set = set_flag,
	    .at = AT(auth.no_resource),
	},
	{
	    .name = "strict-resource",
	    .env = "MCP_BRIDGE_STRICT_RESOURCE",
	    .commands = RUN | LOGIN,
	    .help = "Require the resource the server names to be its "
		    "URL exactly.",
	    .set = set_flag,
	    .at = AT(auth.strict_resource),
	},
	{
	    .name = "dpop",
	    .argument = "auto|require|off",
	    .env = "MCP_BRIDGE_DPOP",
	    .commands = RUN | LOGIN,
	    .help = "Bind access tokens to a key by proofs of possession: "
		    "where the server asks for it, always, or never "
		    "(default: auto).",
	    .set = set_dpop,
	},
	{
	    .name = "audience",
	    .argument = "URI",
	    .env = "MCP_BRIDGE_AUDIENCE",
	    .commands = RUN | LOGIN,
	    .help = "Audience to ask tokens for, where the authorization "
		    "server wants one beside the resource.",
	    .set = set_text,
	    .at = AT(auth.audience),
	},
	{
	    .name = "authorize-param",
	    .argument = "NAME=VALUE",
	    .env = "MCP_BRIDGE_AUTHORIZE_PARAM",
	    .commands = RUN | LOGIN,
	    .help = "Add a parameter to the authorization request. "
		    "Repeatable.",
	    .repeatable = true,
	    .set = set_authorize_param,
	},
	{
	    .name = "assume-pkce-s256",
	    .env = "MCP_BRIDGE_ASSUME_PKCE_S256",
	    .commands = RUN | LOGIN,
	    .help = "Sign in although the authorization server does not "
		    "say that it supports PKCE.",
	    .set = set_flag,
	    .at = AT(auth.assume_pkce_s256),
	},
	{
	    .name = "use-id-token",
	    .env = "MCP_BRIDGE_USE_ID_TOKEN",
	    .commands = RUN | LOGIN,
	    .help = "Send the ID token instead of the access token; needs "
		    "the scope openid.",
	    .set = set_flag,
	    .at = AT(auth.use_id_token),
	},
	{
	    .name = "authorization-endpoint",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_AUTHORIZATION_ENDPOINT",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Where users sign in, for servers without metadata; "
		    "needs --token-endpoint.",
	    .set = set_endpoint,
	    .at = AT(auth.authorization_endpoint),
	},
	{
	    .name = "token-endpoint",
	    .argument = "URL",
	    .env = "MCP_BRIDGE_TOKEN_ENDPOINT",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Where tokens come from, instead of asking the server "
		    "for its metadata.",
	    .set = set_endpoint,
	    .at = AT(auth.token_endpoint),
	},
	{
	    .name = "no-adaptations",
	    .env = "MCP_BRIDGE_NO_ADAPTATIONS",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Treat a known provider by the standards alone.",
	    .set = set_flag,
	    .at = AT(auth.no_adaptations),
	},
	{
	    .name = "allow-host",
	    .argument = "HOST",
	    .env = "MCP_BRIDGE_ALLOW_HOST",
	    .commands = RUN | LOGIN | LOGOUT,
	    .help = "Allow sign-in to reach HOST although its address "
		    "is private. Repeatable.",
	    .repeatable = true,
	    .set = set_allow_host,
	},
};

const struct option_section options_login_special = {
	"Sign-in, for servers with special needs", login_special,
	COUNT(login_special)
};
