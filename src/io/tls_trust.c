/* SPDX-License-Identifier: ISC */
/*
 * The choice of certificate authorities. It only names files: libcurl reads
 * and judges them.
 */
#include "io/tls_trust.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "io/confine.h"
#include "io/loop_curl.h"

enum { HASH_DIGITS = 8 };

/* Beside what libcurl was built with: a binary may have moved to another
 * distribution. */
static const char *const directories[] = { "/etc/ssl/certs",
	"/etc/pki/tls/certs", "/etc/openssl/certs",
	"/system/etc/security/cacerts" };
static const char *const bundles[] = { "/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* "5ed36f99.0": how OpenSSL finds a certificate by its subject, and it alone
 * while it connects. */
static bool
is_hash_link(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS &&
	       strcmp(name + HASH_DIGITS, ".0") == 0;
}

static bool
is_hashed(const char *path)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
	bool found = false;
	DIR *dir = NULL;

	if (path && curl->ssl_version && strstr(curl->ssl_version, "SSL/"))
		dir = opendir(path);
	if (!dir)
		return false;
	const struct dirent *entry = readdir(dir);
	while (entry && !found) {
		found = is_hash_link(entry->d_name);
		entry = readdir(dir);
	}
	closedir(dir);
	return found;
}

static const char *
system_directory(const curl_version_info_data *curl)
{
	if (is_hashed(curl->capath))
		return curl->capath;
	for (size_t i = 0; i < COUNT(directories); i++)
		if (is_hashed(directories[i]))
			return directories[i];
	return NULL;
}

static const char *
system_bundle(const curl_version_info_data *curl)
{
	if (curl->cainfo && access(curl->cainfo, R_OK) == 0)
		return curl->cainfo;
	for (size_t i = 0; i < COUNT(bundles); i++)
		if (access(bundles[i], R_OK) == 0)
			return bundles[i];
	return curl->cainfo;
}

static void
choose_system(struct tls_trust *trust)
{
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	trust->directory = mem_string(system_directory(curl));
	trust->file = mem_string(system_bundle(curl));
}

static bool
same_file(const char *a, const char *b)
{
	struct stat st_a, st_b;

	return a && stat(a, &st_a) == 0 && stat(b, &st_b) == 0 &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

static void
choose_extra(struct tls_trust *trust, const char *extra)
{
	if (!extra || same_file(trust->file, extra))
		return;
	if (access(extra, R_OK) == 0)
		trust->extra = mem_string(extra);
	else
		log_warn("tls", "cannot read %s", extra);
}

static bool
append_file(struct buf *pem, const char *path)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n = 1;
	bool ok = file != NULL;

	while (ok && n > 0) {
		n = fread(chunk, 1, sizeof(chunk), file);
		ok = buf_add(pem, chunk, n) == 0;
	}
	ok = ok && !ferror(file) && buf_add(pem, "\n", 1) == 0;
	if (file)
		fclose(file);
	return ok;
}

/* libcurl takes one file: two become a text. */
static void
join_files(struct tls_trust *trust)
{
	struct buf pem;

	buf_init(&pem, 16 * MIB);
	if (trust->file && trust->extra) {
		if (append_file(&pem, trust->file) &&
		    append_file(&pem, trust->extra)) {
			trust->joined = pem.data;
			trust->joined_len = pem.len;
			return;
		}
		log_warn("tls", "cannot add %s to %s", trust->extra,
		    trust->file);
		buf_reset(&pem);
	}
}

void
tls_trust_init(struct tls_trust *trust, const char *ca_file)
{
	const char *bundle = variable("CURL_CA_BUNDLE");

	*trust = (struct tls_trust){
		.file = mem_string(ca_file),
		.source = "--ca-file",
	};
	if (ca_file)
		return;
	trust->source = bundle ? "CURL_CA_BUNDLE" : "SSL_CERT_FILE";
	trust->file = mem_string(bundle ? bundle : variable("SSL_CERT_FILE"));
	trust->directory = mem_string(variable("SSL_CERT_DIR"));
	if (!trust->file)
		trust->source =
		    trust->directory ? "SSL_CERT_DIR" : "the system";
	if (!trust->file && !trust->directory)
		choose_system(trust);
	choose_extra(trust, variable("NODE_EXTRA_CA_CERTS"));
	trust->narrow = trust->file && is_hashed(trust->directory);
	if (!trust->narrow)
		join_files(trust);
}

bool
tls_trust_widen(struct tls_trust *trust)
{
	if (!trust->narrow)
		return false;
	trust->narrow = false;
	join_files(trust);
	return true;
}

void
tls_trust_reset(struct tls_trust *trust)
{
	free(trust->directory);
	free(trust->file);
	free(trust->extra);
	free(trust->joined);
	*trust = (struct tls_trust){ 0 };
}

void
tls_trust_confine(const char *ca_file, struct confine *c)
{
	static const char *const names[] = { "CURL_CA_BUNDLE", "SSL_CERT_FILE",
		"SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS" };
	const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);

	confine_allow(c, ca_file, CONFINE_READ);
	confine_allow(c, curl->capath, CONFINE_READ);
	confine_allow(c, curl->cainfo, CONFINE_READ);
	for (size_t i = 0; i < COUNT(names); i++)
		confine_allow(c, variable(names[i]), CONFINE_READ);
}

void
tls_trust_apply(const struct tls_trust *trust, CURL *easy)
{
	const char *file = trust->file;

	if (trust->narrow || !file)
		file = trust->extra;
	if (trust->joined)
		file = NULL;
	curl_set(easy, CURLOPT_CAPATH, trust->directory);
	curl_set(easy, CURLOPT_PROXY_CAPATH, trust->directory);
	curl_set(easy, CURLOPT_CAINFO, file);
	curl_set(easy, CURLOPT_PROXY_CAINFO, file);
	if (trust->joined) {
		struct curl_blob blob = { trust->joined, trust->joined_len,
			CURL_BLOB_NOCOPY };
		curl_set(easy, CURLOPT_CAINFO_BLOB, &blob);
		curl_set(easy, CURLOPT_PROXY_CAINFO_BLOB, &blob);
	}
}
