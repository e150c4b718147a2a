/* SPDX-License-Identifier: ISC */
/*
 * The first limit: the same POSTs from libcurl within one process, without
 * pipes. Plain use of the multi interface, as its manual shows it.
 *
 *	direct URL		one initialize, its answer on stdout
 *	direct URL COUNT WINDOW BYTES [sse]
 *
 * The latter prints what it measured as the driver does. CA_FILE in the
 * environment names the certificate authority.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "common.h"

struct call {
	CURL *easy;
	char *body;
	size_t received;
	uint64_t begin_ns;
};

struct direct {
	CURLM *multi;
	struct curl_slist *headers;
	char session[128]; /* the header; empty: none */
	const char *url;
};

static size_t
count_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct call *call = ctx;

	(void)bytes;
	call->received += size * count;
	return size * count;
}

static size_t
show_body(char *bytes, size_t size, size_t count, void *ctx)
{
	(void)ctx;
	return fwrite(bytes, size, count, stdout) * size;
}

static size_t
find_session(char *line, size_t size, size_t count, void *ctx)
{
	struct direct *d = ctx;
	static const char name[] = "mcp-session-id:";

	if (strncasecmp(line, name, sizeof(name) - 1) == 0)
		snprintf(d->session, sizeof(d->session), "%.*s",
		    (int)strcspn(line, "\r\n"), line);
	return size * count;
}

static CURL *
new_handle(const struct direct *d)
{
	CURL *easy = curl_easy_init();
	const char *ca = getenv("CA_FILE");

	if (!easy)
		die("curl_easy_init");
	curl_easy_setopt(easy, CURLOPT_URL, d->url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	if (ca)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count_body);
	return easy;
}

static void
set_body(CURL *easy, const char *body, const struct curl_slist *headers)
{
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
}

static void
initialize(struct direct *d, CURL *easy, int show)
{
	struct call call = { .easy = easy };

	set_body(easy, initialize_request, d->headers);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, find_session);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, d);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call);
	if (show)
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, show_body);
	if (curl_easy_perform(easy) != CURLE_OK)
		die("initialize");
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, NULL);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, NULL);
	if (d->session[0] != '\0')
		d->headers = curl_slist_append(d->headers, d->session);
}

static void
begin_call(struct direct *d, struct call *call, size_t id,
    const struct call_shape *shape)
{
	free(call->body);
	call->body = call_text(id, shape);
	call->received = 0;
	call->begin_ns = now_ns();
	set_body(call->easy, call->body, d->headers);
	curl_multi_add_handle(d->multi, call->easy);
}

static struct call *
next_done(struct direct *d)
{
	int running, left;
	struct call *call;

	for (;;) {
		const CURLMsg *m = curl_multi_info_read(d->multi, &left);
		if (m) {
			if (m->data.result != CURLE_OK)
				die(curl_easy_strerror(m->data.result));
			CURL *easy = m->easy_handle;
			curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
			curl_multi_remove_handle(d->multi, easy);
			return call;
		}
		curl_multi_perform(d->multi, &running);
		if (running > 0)
			curl_multi_poll(d->multi, NULL, 0, 1000, NULL);
		curl_multi_perform(d->multi, &running);
	}
}

static struct call *
open_calls(const struct direct *d, size_t window)
{
	struct call *calls = mem_alloc(window, sizeof(*calls));

	for (size_t i = 0; i < window; i++) {
		calls[i].easy = new_handle(d);
		curl_easy_setopt(calls[i].easy, CURLOPT_WRITEDATA, &calls[i]);
		curl_easy_setopt(calls[i].easy, CURLOPT_PRIVATE, &calls[i]);
	}
	return calls;
}

static void
run(struct direct *d, size_t count, size_t window,
    const struct call_shape *shape)
{
	struct call *calls = open_calls(d, window);
	uint64_t *took = mem_alloc(count, sizeof(*took));
	clock_t cpu = clock();
	uint64_t begin = now_ns();
	size_t sent = 0, bytes = 0;

	for (; sent < window && sent < count; sent++)
		begin_call(d, &calls[sent], sent, shape);
	for (size_t done = 0; done < count; done++) {
		struct call *call = next_done(d);
		took[done] = now_ns() - call->begin_ns;
		bytes += call->received;
		if (sent < count)
			begin_call(d, call, sent++, shape);
	}
	double seconds = (double)(now_ns() - begin) / 1e9;
	printf("cpu_us %.3f\n",
	    (double)(clock() - cpu) * 1e6 / CLOCKS_PER_SEC / (double)count);
	printf("calls_s %.3f\n", (double)count / seconds);
	printf("mb_s %.3f\n", (double)bytes / 1e6 / seconds);
	if (window == 1)
		printf("p50_us %.3f\n", median(took, count) / 1e3);
}

int
main(int argc, char **argv)
{
	static const char *const headers[] = { "Content-Type: application/json",
		"Accept: application/json, text/event-stream", "Expect:" };
	struct direct d = { .headers = NULL };
	struct call_shape shape = { .sse = argc == 6 };

	if (argc != 2 && argc != 5 && argc != 6)
		return 1;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	d.url = argv[1];
	d.multi = curl_multi_init();
	curl_multi_setopt(d.multi, CURLMOPT_MAXCONNECTS, 512L);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		d.headers = curl_slist_append(d.headers, headers[i]);
	initialize(&d, new_handle(&d), argc == 2);
	if (argc == 2) {
		puts("");
		return 0;
	}
	shape.bytes = strtoull(argv[4], NULL, 10);
	run(&d, strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10),
	    &shape);
	return 0;
}
