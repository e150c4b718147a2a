/* SPDX-License-Identifier: ISC */
/*
 * What the user decided about sign-in: the part of the options that the
 * authorizer needs. Travels to it as JSON on its stdin (auth/job).
 */
#ifndef AUTH_CONFIG_H
#define AUTH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "base/secret.h"

struct auth_param {
	char *name;  /* owned */
	char *value; /* owned */
};

/* How access tokens are obtained (RFC 6749 section 4 and its extensions). */
enum auth_grant {
	AUTH_GRANT_CODE,               /* a person, in a browser */
	AUTH_GRANT_DEVICE,             /* a person, on another device */
	AUTH_GRANT_CLIENT_CREDENTIALS, /* */
	AUTH_GRANT_JWT_BEARER,         /* */
	AUTH_GRANT_ENTERPRISE,         /* */
	AUTH_GRANT_COUNT
};

/* As --grant spells it. */
const char *auth_grant_name(enum auth_grant grant);
/* False for another word. */
bool auth_grant_parse(const char *word, enum auth_grant *grant);
/* No person signs in at the authorization server: a new token is the grant
 * again, and never a refresh token. */
bool auth_grant_is_unattended(enum auth_grant grant);

/* Whether access tokens are bound to a key of ours (RFC 9449). */
enum auth_dpop {
	AUTH_DPOP_AUTO, /* where the server asks for it */
	AUTH_DPOP_REQUIRE,
	AUTH_DPOP_OFF
};

/* The MCP extension that defines the grant for MCP, to be declared to the
 * server; NULL: it has none. */
const char *auth_grant_extension(enum auth_grant grant);

/* Owned strings; NULL: not given. */
struct auth_config {
	char *url;         /* the MCP server, as given */
	char *profile;     /* "default" unless --profile */
	char *config_file; /* where --config names one: its whole path */
	enum auth_grant grant;
	char *client_id;
	struct secret client_secret; /* empty: none, or in the file */
	char *client_secret_file;
	char *client_key_file, *client_key_id;
	char *client_key_alg; /* "ES256" …; NULL: the key's own */
	bool client_assertion_to_endpoint; /* its `aud`: not the issuer */
	char *assertion_file;              /* AUTH_GRANT_JWT_BEARER */
	/* AUTH_GRANT_ENTERPRISE: the identity provider, and what it said */
	char *idp_issuer, *idp_token_endpoint; /* one of them */
	char *idp_client_id, *idp_client_secret_file;
	char *id_token_file, *id_token_command;
	bool id_token_is_saml;
	char *client_metadata_url;
	char *client_metadata; /* JSON object, for a registration */
	char *scope;
	char *resource; /* --resource */
	bool no_resource;
	struct auth_param *authorize_params; /* owned array */
	size_t authorize_param_count;
	char *callback_host;    /* name in the redirect URI: "127.0.0.1" */
	char *callback_path;    /* "/callback" */
	unsigned callback_port; /* 0: any */
	char *success_url;      /* where a browser ends, not on our page */
	unsigned auth_timeout_s;
	char *issuer; /* pinned */
	bool issuer_exact;
	bool strict_resource;
	bool assume_pkce_s256;
	enum auth_dpop dpop;
	bool no_adaptations;          /* to known providers */
	bool use_id_token;            /* as the bearer */
	char *audience;               /* sent beside the resource */
	char *authorization_endpoint; /* instead of discovery; the second */
	char *token_endpoint;         /* is there if the first one is */
	bool non_interactive;
	bool no_browser;
	bool allow_http;
	char **allow_hosts; /* owned, and each of them */
	size_t allow_host_count;
	/* Programs that give credentials instead of a sign-in
	 * (auth/credential); argv as words, see wire/words. */
	char *token_command, *header_command;
	unsigned command_timeout_ms;
	char *store;    /* where tokens are kept (io/store); NULL: files */
	int store_fd;   /* of "memory", as inherited; 0: none yet */
	bool sandbox;   /* --sandbox (auth/confinement) */
	int starter_fd; /* of who starts authorizers (auth/starter); 0: us */
	/* transport settings the OAuth requests share */
	char *ca_file, *cert_file, *key_file, *proxy;
	bool http1_only, ipv4_only;
	unsigned connect_timeout_ms;
	/* the authorizer logs where and as much as the pump does */
	enum log_level log_level;
	char *log_file;   /* NULL: stderr alone */
	char *trace_file; /* likewise; NULL: none is kept */
};

/* The defaults: profile "default", redirect to http://127.0.0.1:PORT/callback,
 * 300 s for a login; all else not given. */
void auth_config_init(struct auth_config *c);
/* Frees; nothing is given afterwards, the defaults neither. NULL-safe. */
void auth_config_reset(struct auth_config *c);

/* A person is asked at some time: by the authorization server, or, for an
 * enterprise, by the identity provider where no ID token is given. */
bool auth_config_asks_person(const struct auth_config *c);

/* What to type for `what`, a command ("login") perhaps with options of its own:
 * with the configuration file and the profile where they are not the usual
 * ones, and the URL, but without a query of it. Cut at `size`. Returns `text`.
 */
const char *auth_config_command(const struct auth_config *c, const char *what,
    char *text, size_t size);

/* How it travels, for auth/job (auth/field). */
struct fields;
extern const struct fields auth_config_fields;

#endif
