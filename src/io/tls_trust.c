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
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

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

/* "5ed36f99.0": how OpenSSL finds a certificate by its subject. */
static bool
is_hash_link(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS &&
	       strcmp(name + HASH_DIGITS, ".0") == 0;
}

static bool
is_hashed(const char *path)
{
	DIR *dir = path ? opendir(path) : NULL;
	bool found = false;

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

/* Only OpenSSL looks certificates up by hash while it connects. */
static bool
looks_up_by_hash(const curl_version_info_data *curl)
{
	return curl->ssl_version && strstr(curl->ssl_version, "SSL/");
}

static const char *
system_directory(const curl_version_info_data *curl)
{
	if (!looks_up_by_hash(curl))
		return NULL;
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
	if (!trust->directory)
		trust->file = mem_string(system_bundle(curl));
}

#if LIBCURL_VERSION_NUM >= 0x074d00
static bool
append_file(struct buf *pem, const char *path)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t n;
	bool ok = file != NULL;

	while (ok) {
		n = fread(chunk, 1, sizeof(chunk), file);
		if (n == 0)
			break;
		ok = buf_add(pem, chunk, n) == 0;
	}
	ok = ok && !ferror(file) && buf_add(pem, "\n", 1) == 0;
	if (file)
		fclose(file);
	return ok;
}

/* libcurl takes one file: two become a blob. */
static void
join_files(struct tls_trust *trust, const char *extra)
{
	struct buf pem;

	buf_init(&pem, 16 * MIB);
	if (append_file(&pem, trust->file) && append_file(&pem, extra)) {
		trust->blob = pem.data;
		trust->blob_len = pem.len;
		return;
	}
	log_warn("tls", "cannot add the certificates of %s", extra);
	buf_reset(&pem);
}
#else
static void
join_files(struct tls_trust *trust, const char *extra)
{
	log_warn("tls", "this libcurl cannot add %s to %s", extra, trust->file);
}
#endif

static void
add_extra(struct tls_trust *trust, const char *extra)
{
	if (access(extra, R_OK) != 0)
		log_warn("tls", "cannot read %s", extra);
	else if (trust->file)
		join_files(trust, extra);
	else
		trust->file = mem_string(extra);
}

void
tls_trust_init(struct tls_trust *trust, const char *ca_file)
{
	const char *extra = variable("NODE_EXTRA_CA_CERTS");
	const char *bundle = variable("CURL_CA_BUNDLE");

	*trust = (struct tls_trust){ .file = mem_string(ca_file) };
	if (ca_file)
		return;
	trust->file = mem_string(bundle ? bundle : variable("SSL_CERT_FILE"));
	if (!bundle)
		trust->directory = mem_string(variable("SSL_CERT_DIR"));
	if (!trust->file && !trust->directory)
		choose_system(trust);
	if (extra)
		add_extra(trust, extra);
}

void
tls_trust_reset(struct tls_trust *trust)
{
	free(trust->file);
	free(trust->directory);
	free(trust->blob);
	*trust = (struct tls_trust){ 0 };
}

void
tls_trust_apply(const struct tls_trust *trust, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_CAPATH, trust->directory);
#if LIBCURL_VERSION_NUM >= 0x074d00
	if (trust->blob) {
		struct curl_blob blob = { trust->blob, trust->blob_len,
			CURL_BLOB_NOCOPY };
		curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
		return;
	}
#endif
	curl_easy_setopt(easy, CURLOPT_CAINFO, trust->file);
}
