/* SPDX-License-Identifier: ISC */
/*
 * The choice of a client, and what is remembered of it. Registration itself is
 * auth/register.
 */
#include "auth/client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/document.h"
#include "auth/register.h"
#include "auth/secret_file.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

/* Longer than the slowest registration takes. */
enum { LOCK_WAIT_MS = TIMEOUT_AUTH_FETCH_MS + 10000 };

/* A secret that runs out during the login is as good as expired. */
enum { SECRET_MARGIN_S = 300 };

void
oauth_client_init(struct oauth_client *c)
{
	*c = (struct oauth_client){ 0 };
}

void
oauth_client_reset(struct oauth_client *c)
{
	if (c == NULL)
		return;
	free(c->id);
	secret_reset(&c->secret);
	client_key_reset(&c->key);
	free(c->auth_method);
	free(c->redirect_uri);
	free(c->registered_scope);
	oauth_client_init(c);
}

static int
set_method(struct oauth_client *c, const struct server_metadata *as,
    const char *registered, struct fault *f)
{
	const struct client_means means = {
		.secret = !secret_empty(&c->secret),
		.certificate = c->has_certificate,
	};
	const char *method = client_auth_method(as, registered, means);

	if (method == NULL) {
		fault_set(f, FAULT_REGISTRATION,
		    "The authorization server takes no client secret");
		auth_fault_issuer(f, as->issuer);
		return -1;
	}
	c->auth_method = mem_string(method);
	return 0;
}

/* The way of a client that has a key, whatever else it may have. */
static int
use_key(struct oauth_client *c, const struct auth_config *config,
    const struct server_metadata *as, struct fault *f)
{
	if (as->auth_methods_listed &&
	    !document_list_has(as->auth_methods, as->auth_method_count,
		METHOD_PRIVATE_KEY_JWT)) {
		fault_set(f, FAULT_REGISTRATION,
		    "The authorization server takes no client keys");
		auth_fault_issuer(f, as->issuer);
		return -1;
	}
	c->auth_method = mem_string(METHOD_PRIVATE_KEY_JWT);
	return client_key_load(&c->key, config, as, f);
}

/*
 * Pre-registered
 */

static int
read_secret(const char *path, struct secret *out, struct fault *f)
{
	const struct secret_file file = {
		.path = path,
		.what = "client secret",
		.max = LIMIT_HEADER_VALUE,
		.warn = true,
	};

	return secret_file_read(&file, out, f);
}

static bool
is_bound_elsewhere(const struct access_record *r, const char *client_id,
    const char *issuer)
{
	return r->issuer != NULL && r->client_id != NULL &&
	       strcmp(r->client_id, client_id) == 0 &&
	       strcmp(r->issuer, issuer) != 0;
}

static bool
is_bound_here(const struct access_record *r, const char *client_id,
    const char *issuer)
{
	return r->issuer != NULL && r->client_id != NULL &&
	       strcmp(r->client_id, client_id) == 0 &&
	       strcmp(r->issuer, issuer) == 0;
}

/* A token of another client goes with it: under a new issuer's name it would
 * be revoked, and so shown, there. */
static int
bind_record(struct access_record *r, const char *client_id, const char *issuer,
    struct store *store, struct fault *f)
{
	mem_replace(&r->issuer, issuer);
	mem_replace(&r->client_id, client_id);
	free(r->resource);
	r->resource = NULL;
	free(r->scope);
	r->scope = NULL;
	bearer_reset(&r->bearer);
	return access_record_save(r, store, f);
}

static void
advise_leaving(const struct auth_config *config, struct fault *f)
{
	char command[sizeof(f->action) - 48];

	auth_config_command(config, "logout", command, sizeof(command));
	fault_advise(f, "If the server really moved: %s, or --issuer", command);
}

/*
 * Binds the client to its issuer before anything of it is shown to one;
 * a pinned issuer is the user's word.
 */
static int
bind_to_issuer(const struct auth_config *config, const char *issuer,
    struct store *store, struct fault *f)
{
	struct access_record r;
	bool found = false;

	if (config->issuer != NULL)
		return 0;
	access_record_init(&r);
	r.url = mem_string(config->url);
	r.profile = mem_string(config->profile);
	int result = access_record_load(&r, store, &found, f);
	if (result == -1)
		goto out;
	if (is_bound_elsewhere(&r, config->client_id, issuer)) {
		result = fault_set(f, FAULT_AS_CHANGED, "%s", "");
		auth_fault_issuer(f, issuer);
		log_text(f->detail, sizeof(f->detail), span_of(r.issuer));
		advise_leaving(config, f);
	} else if (!is_bound_here(&r, config->client_id, issuer)) {
		result = bind_record(&r, config->client_id, issuer, store, f);
	}
out:
	access_record_reset(&r);
	return result;
}

static int
get_preregistered(const struct auth_config *config, struct store *store,
    const struct server_metadata *as, struct oauth_client *c, struct fault *f)
{
	c->source = CLIENT_PREREGISTERED;
	if (bind_to_issuer(config, as->issuer, store, f) == -1)
		return -1;
	if (!secret_empty(&config->client_secret))
		secret_set(&c->secret, secret_peek(&config->client_secret));
	else if (config->client_secret_file != NULL &&
		 read_secret(config->client_secret_file, &c->secret, f) == -1)
		return -1;
	c->id = mem_string(config->client_id);
	return config->client_key_file != NULL ? use_key(c, config, as, f) :
						 set_method(c, as, NULL, f);
}

/*
 * Client ID metadata document
 */

bool
client_metadata_url_ok(const char *text)
{
	struct url u;

	url_init(&u);
	bool ok = url_parse(&u, span_of(text), NULL) == 0 && url_is_https(&u) &&
		  strcmp(u.path, "/") != 0 && !auth_path_has_dots(u.path);
	url_reset(&u);
	return ok;
}

static int
get_metadata_url(const struct auth_config *config,
    const struct server_metadata *as, struct oauth_client *c, struct fault *f)
{
	c->source = CLIENT_METADATA_URL;
	if (!client_metadata_url_ok(config->client_metadata_url))
		return fault_set(f, FAULT_CONFIG,
		    "The client metadata URL is not https with a path and "
		    "without dot segments");
	c->id = mem_string(config->client_metadata_url);
	if (config->client_key_file != NULL)
		return use_key(c, config, as, f);
	c->auth_method = mem_string("none");
	return 0;
}

/*
 * Dynamic registration
 */

/* The same redirect, by number or by name of the loopback. */
static bool
same_redirect(const char *a, const char *b)
{
	struct url u, v;
	bool same = false;

	url_init(&u);
	url_init(&v);
	if (url_parse(&u, span_of(a), NULL) == 0 &&
	    url_parse(&v, span_of(b), NULL) == 0)
		same = u.port == v.port && strcmp(u.path, v.path) == 0 &&
		       (strcmp(u.host, v.host) == 0 ||
			   (url_is_loopback(&u) && url_is_loopback(&v)));
	url_reset(&u);
	url_reset(&v);
	return same;
}

static bool
is_alive(const struct registration_record *r)
{
	const int64_t now_s = (int64_t)time(NULL);

	return r->client_id != NULL &&
	       (r->secret_expires_at_s == 0 ||
		   r->secret_expires_at_s > now_s + SECRET_MARGIN_S);
}

/* What is wanted of a registration. */
struct wish {
	const char *redirect_uri; /* NULL: for the device grant */
	const char *scope;        /* or NULL */
	const char *unwanted;     /* client id that is of no use, or NULL */
	bool dpop_bound, tls_bound;
};

/* A client that has to prove itself gets no plain tokens, so it is of no use
 * where those are wanted; the other way round it is only for certificates. */
static bool
binds_as_wished(const struct registration_record *r, const struct wish *wish)
{
	return (wish->dpop_bound || !r->dpop_bound) &&
	       wish->tls_bound == r->tls_bound;
}

static bool
is_usable(const struct registration_record *r, const struct wish *wish)
{
	if (!is_alive(r) || !binds_as_wished(r, wish) ||
	    (wish->unwanted != NULL &&
		strcmp(r->client_id, wish->unwanted) == 0))
		return false;
	return wish->redirect_uri == NULL || r->redirect_uri == NULL ?
		   wish->redirect_uri == r->redirect_uri :
		   same_redirect(r->redirect_uri, wish->redirect_uri);
}

static unsigned
port_of(const char *uri)
{
	struct url u;
	unsigned port = 0;

	url_init(&u);
	if (uri != NULL && url_parse(&u, span_of(uri), NULL) == 0)
		port = u.port;
	url_reset(&u);
	return port;
}

static int
use_registration(struct oauth_client *c, const struct registration_record *r,
    const struct server_metadata *as, struct fault *f)
{
	c->id = mem_string(r->client_id);
	if (!secret_empty(&r->client_secret))
		secret_set(&c->secret, secret_peek(&r->client_secret));
	mem_replace(&c->redirect_uri, r->redirect_uri);
	c->registered_port = port_of(r->redirect_uri);
	c->registered_scope = mem_string(r->scope);
	return set_method(c, as, r->auth_method, f);
}

static int
register_anew(const struct auth_net *net, struct store *store,
    const struct server_metadata *as, const struct wish *wish,
    struct registration_record *r, struct fault *f)
{
	mem_replace(&r->redirect_uri, wish->redirect_uri);
	mem_replace(&r->scope, wish->scope);
	r->dpop_bound = wish->dpop_bound;
	r->tls_bound = wish->tls_bound;
	if (register_client(net, as, r, f) == -1)
		return -1;
	return registration_record_save(r, store, f);
}

/* A registration is filed by its redirect host; one for the device grant has
 * no redirect. */
static void
identify(struct registration_record *r, const struct auth_config *config,
    const char *issuer, bool redirects)
{
	r->issuer = mem_string(issuer);
	r->profile = mem_string(config->profile);
	r->redirect_host = redirects ? mem_string(config->callback_host) : NULL;
}

static int
get_dynamic(const struct auth_net *net, struct store *store,
    const struct server_metadata *as, const struct wish *wish,
    struct oauth_client *c, struct fault *f)
{
	struct registration_record r;
	struct store_lock *lock = NULL;
	char key[65] = "";
	bool found = false;

	c->source = CLIENT_DYNAMIC;
	registration_record_init(&r);
	identify(&r, net->config, as->issuer, wish->redirect_uri != NULL);
	registration_record_key(&r, key);

	int result =
	    store_lock(store, STORE_REGISTRATION, key, LOCK_WAIT_MS, &lock, f);
	if (result == 0)
		result = registration_record_load(&r, store, &found, f);
	c->kept = found && is_usable(&r, wish);
	if (result == 0 && !c->kept)
		result = register_anew(net, store, as, wish, &r, f);
	store_unlock(&lock);
	if (result == 0)
		result = use_registration(c, &r, as, f);
	registration_record_reset(&r);
	return result;
}

static int
be_nameless(struct oauth_client *c)
{
	c->source = CLIENT_NAMELESS;
	c->id = mem_string("");
	c->auth_method = mem_string("none");
	return 0;
}

/* What is left to do where the server takes no registration. */
static void
advise(const struct discovery *d, struct fault *f)
{
	const char *advice = d->provider != NULL ? d->provider->advice : NULL;

	if (advice == NULL)
		advice =
		    "Register a client with it by hand, then give --client-id";
	auth_fault_issuer(f, d->as.issuer);
	fault_advise(f, "%s", advice);
}

static int
no_way(const struct discovery *d, enum auth_grant grant, struct fault *f)
{
	fault_set(f, FAULT_REGISTRATION, "%s",
	    auth_grant_is_unattended(grant) ?
		"The authorization server knows no such client" :
		"The authorization server registers no clients by itself");
	advise(d, f);
	return -1;
}

static void
begin(struct oauth_client *c, const struct auth_config *config)
{
	oauth_client_reset(c);
	c->has_certificate = config->cert_file != NULL;
}

bool
oauth_client_binds(const struct auth_config *config, const struct discovery *d)
{
	return config->cert_file != NULL && d->resource.tls_bound &&
	       d->as.tls_bound;
}

/* Ends what began; `c` is empty after a failure. */
static int
finish(struct oauth_client *c, const struct auth_config *config,
    const struct discovery *d, int result)
{
	if (result == -1)
		oauth_client_reset(c);
	else if (c->id != NULL)
		c->mutual_tls = client_auth_is_tls(c->auth_method) ||
				oauth_client_binds(config, d);
	return result;
}

int
oauth_client_get(const struct auth_net *net, struct store *store,
    const struct discovery *d, const char *redirect_uri, const char *scope,
    bool renew, struct oauth_client *c, struct fault *f)
{
	const struct auth_config *config = net->config;
	char *unwanted = renew ? mem_string(c->id) : NULL;
	int result = 0;

	begin(c, config);
	const struct wish wish = {
		.redirect_uri = redirect_uri,
		.scope = scope,
		.unwanted = unwanted,
		.dpop_bound = net->prover != NULL && net->prover->key != NULL,
		.tls_bound = oauth_client_binds(config, d),
	};
	c->redirect_uri = mem_string(redirect_uri);
	if (config->client_id != NULL)
		result = get_preregistered(config, store, &d->as, c, f);
	else if (config->client_metadata_url != NULL && d->as.cimd_supported)
		result = get_metadata_url(config, &d->as, c, f);
	else if (config->grant == AUTH_GRANT_JWT_BEARER &&
		 config->client_metadata_url == NULL)
		result = be_nameless(c);
	else if (d->as.registration_endpoint != NULL &&
		 !auth_grant_is_unattended(config->grant))
		result = get_dynamic(net, store, &d->as, &wish, c, f);
	else
		result = no_way(d, config->grant, f);
	free(unwanted);
	if (result == -1 && f->code == FAULT_REGISTRATION &&
	    f->action[0] == '\0')
		advise(d, f);
	return finish(c, config, d, result);
}

/* The kept registration with this id, if it can still be used. */
static int
find_kept(struct store *store, const struct auth_config *config,
    const struct server_metadata *as, const char *id, struct oauth_client *c,
    struct fault *f)
{
	static const bool redirects[] = { true, false };
	bool found = false, wanted = false;
	int result = 0;

	for (size_t i = 0; i < 2 && result == 0 && !wanted; i++) {
		struct registration_record r;

		registration_record_init(&r);
		identify(&r, config, as->issuer, redirects[i]);
		result = registration_record_load(&r, store, &found, f);
		wanted = result == 0 && found && is_alive(&r) &&
			 strcmp(r.client_id, id) == 0;
		if (wanted)
			result = use_registration(c, &r, as, f);
		registration_record_reset(&r);
	}
	return result;
}

int
oauth_client_find(const struct auth_net *net, struct store *store,
    const struct discovery *d, const char *id, struct oauth_client *c,
    struct fault *f)
{
	const struct auth_config *config = net->config;
	int result = 0;

	begin(c, config);
	if (id[0] == '\0') {
		result = be_nameless(c);
	} else if (config->client_id != NULL) {
		result = get_preregistered(config, store, &d->as, c, f);
	} else if (config->client_metadata_url != NULL &&
		   d->as.cimd_supported) {
		result = get_metadata_url(config, &d->as, c, f);
	} else {
		c->source = CLIENT_DYNAMIC;
		result = find_kept(store, config, &d->as, id, c, f);
	}
	if (c->id != NULL && strcmp(c->id, id) != 0)
		oauth_client_reset(c);
	return finish(c, config, d, result);
}

unsigned
oauth_client_port(struct store *store, const struct auth_config *config,
    const char *issuer)
{
	struct registration_record r;
	bool found = false;
	unsigned port = 0;

	if (config->client_id != NULL)
		return 0;
	registration_record_init(&r);
	identify(&r, config, issuer, true);
	if (registration_record_load(&r, store, &found, NULL) == 0 && found)
		port = port_of(r.redirect_uri);
	registration_record_reset(&r);
	return port;
}
