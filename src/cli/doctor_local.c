/* SPDX-License-Identifier: ISC */
/*
 * What this computer has to offer: options, store, browser, the port that a
 * browser comes back to.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/browser.h"
#include "auth/callback.h"
#include "auth/client.h"
#include "auth/vault.h"
#include "base/mem.h"
#include "cli/doctor_p.h"
#include "io/confine.h"

static void
name_options(const struct doctor *d, struct check *c)
{
	const struct options *o = d->options;

	char sandbox[64];

	check_fact(c, "profile", d->config->profile);
	check_fact(c, "configFile", o->config_read);
	check_fact(c, "sandbox", confine_describe(sandbox, sizeof(sandbox)));
	if (o->headers.count > 0)
		check_factf(c, "headers", "%zu", o->headers.count);
	check_fact(c, "caFile", d->config->ca_file);
	check_fact(c, "certFile", d->config->cert_file);
	check_fact(c, "issuer", d->config->issuer);
	check_fact(c, "clientId", d->config->client_id);
	check_fact(c, "scope", d->config->scope);
}

void
doctor_options(struct doctor *d, struct check *c)
{
	const char *loose = options_loose_file(d->options);
	const struct url *url = &d->options->url;

	name_options(d, c);
	if (loose != NULL) {
		check_warn(c, "every user of this computer can read %s", loose);
		check_remedy(c, "chmod 600 %s", loose);
	} else if (!url_is_https(url) && !url_is_loopback(url)) {
		check_warn(c,
		    "http: whoever is on the way to %s can read and change "
		    "everything",
		    url->host);
		check_remedy(c, "Use https:// where the server offers it");
	} else {
		check_ok(c, "%s, profile \"%s\"",
		    url_is_https(url) ? "https" : "http on this computer",
		    d->config->profile);
	}
}

/* The lock that a sign-in holds. */
static int
try_lock(struct doctor *d, struct fault *f)
{
	struct store_lock *lock = NULL;
	struct login_record login;
	char key[65] = "";

	login_record_init(&login);
	login.url = mem_string(d->config->url);
	login.profile = mem_string(d->config->profile);
	login_record_key(&login, key);
	login_record_reset(&login);
	int rc = store_lock(d->store, STORE_LOGIN, key, 0, &lock, f);
	store_unlock(&lock);
	if (rc == -1 && f->code == FAULT_BUSY) {
		d->login_pending = true;
		rc = 0;
	}
	return rc;
}

void
doctor_store(struct doctor *d, struct check *c)
{
	struct fault f = { 0 };
	bool found = false;

	d->store = vault_open(d->config, &f);
	if (d->store == NULL || store_probe(d->store, STORE_ACCESS, &f) == -1 ||
	    try_lock(d, &f) == -1 || doctor_load_access(d, &found, &f) == -1) {
		check_fail_fault(c, &f);
		return;
	}
	check_fact(c, "where", store_where(d->store));
	check_ok(c, "private, writable, locks work: %s", store_where(d->store));
}

void
doctor_browser(struct doctor *d, struct check *c)
{
	char *opener = NULL;

	if (!d->sign_in) {
		check_skip(c, "no sign-in is needed");
		return;
	}
	if (doctor_asks_nobody(d, c))
		return;
	if (d->config->no_browser) {
		check_skip(c, "--no-browser is given");
		return;
	}
	opener = browser_available() ? browser_opener() : NULL;
	if (opener != NULL) {
		check_ok(c, "opened by %s", opener);
	} else {
		check_warn(c, "none can be opened from here");
		doctor_advise_command(d, c,
		    "Sign in with: ", "login --no-browser", "");
	}
	free(opener);
}

/* The port of a registration is the only one its redirect may have. */
static unsigned
wanted_port(const struct doctor *d, bool *registered)
{
	unsigned port = 0;

	if (d->store != NULL && d->discovery.as.issuer != NULL)
		port = oauth_client_port(d->store, d->config,
		    d->discovery.as.issuer);
	*registered = port != 0;
	return port != 0 ? port : d->config->callback_port;
}

void
doctor_redirect(struct doctor *d, struct check *c)
{
	struct callback *callback = NULL;
	struct fault f = { 0 };
	bool registered = false;

	if (!d->sign_in) {
		check_skip(c, "no sign-in is needed");
		return;
	}
	if (doctor_asks_nobody(d, c))
		return;
	const struct callback_options options = {
		.host = d->config->callback_host,
		.path = d->config->callback_path,
		.port = wanted_port(d, &registered),
	};
	if (callback_open(&callback, &options, &f) == 0) {
		check_fact(c, "uri", callback_redirect_uri(callback));
		check_ok(c,
		    options.port != 0 ? "port %u can be listened on%s" :
					"any port can be listened on (%u)%s",
		    callback_port(callback),
		    registered ? ", as registered" : "");
	} else if (d->login_pending) {
		check_ok(c, "port %u is held by a sign-in under way",
		    options.port);
	} else {
		check_fail_fault(c, &f);
		check_fact(c, "why",
		    registered ? "the client is registered with this port" :
				 NULL);
	}
	callback_free(&callback);
}
