/* SPDX-License-Identifier: ISC */
/*
 * What the server says to somebody who is not signed in.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/doctor_p.h"

enum {
	HTTP_REDIRECT = 300,
	HTTP_CLIENT_ERROR = 400,
	HTTP_UNAUTHORIZED = 401,
	HTTP_FORBIDDEN = 403,
	HTTP_NOT_FOUND = 404,
	HTTP_BAD_METHOD = 405,
	HTTP_TOO_MANY = 429,
	HTTP_SERVER_ERROR = 500
};

static void
judge_challenge(struct doctor *d, struct check *c)
{
	const struct outcome *o = &d->contact.outcome;
	const struct challenge *challenge = &d->challenge;

	for (size_t i = 0; i < o->challenge_count; i++)
		challenge_add(&d->challenge, span_of(o->challenges[i]));
	for (size_t i = 0; i < challenge->metadata_count; i++)
		check_fact(c, "resourceMetadata", challenge->metadata[i]);
	check_fact(c, "scope", challenge->scope);
	if (d->options->static_authorization) {
		check_fail(c, FAULT_REJECTED,
		    "it rejects the Authorization header that was given "
		    "(HTTP %d)",
		    o->status);
		check_remedy(c,
		    "Correct the header (--header, --header-file), or leave "
		    "it out and sign in");
		return;
	}
	d->sign_in = true;
	if (o->challenge_count == 0) {
		check_warn(c,
		    "asks for a sign-in (HTTP %d) without saying how: no "
		    "WWW-Authenticate",
		    o->status);
		check_remedy(c,
		    "Nothing for you: the usual places are asked; its operator "
		    "should add the header");
		return;
	}
	check_ok(c, "asks for a sign-in (HTTP %d, %s)%s", o->status,
	    challenge->dpop   ? "DPoP" :
	    challenge->bearer ? "Bearer" :
				"another scheme",
	    challenge->metadata_count > 0 ? ", and says where" : "");
}

/* A GET that brings an event "endpoint" is a server of 2024-11-05. */
static bool
is_old_sse(struct doctor *d)
{
	struct doctor_answer a;

	doctor_answer_init(&a);
	doctor_ask_session(d, "GET", NULL, &a);
	bool old = a.kind == READER_EVENTS && a.event != NULL &&
		   strcmp(a.event, "endpoint") == 0;
	doctor_answer_reset(&a);
	return old;
}

static void
judge_redirect(const struct doctor *d, struct check *c)
{
	const struct outcome *o = &d->contact.outcome;

	check_fail(c, FAULT_REDIRECT, "it redirects to %s (HTTP %d)",
	    o->location != NULL ? o->location : "nowhere", o->status);
	if (o->location != NULL)
		check_remedy(c, "Use the URL it leads to: %s", o->location);
}

static void
judge_refusal(struct doctor *d, struct check *c)
{
	const int status = d->contact.outcome.status;

	if (status == HTTP_FORBIDDEN) {
		check_fail(c, FAULT_FORBIDDEN, "it refuses access (HTTP 403)");
		check_remedy(c,
		    "Ask its operator for access; a key goes into --header or "
		    "--header-file");
	} else if (status == HTTP_TOO_MANY) {
		check_fail(c, FAULT_RATE_LIMITED,
		    "it is asked too often (HTTP 429)");
		check_remedy(c, "Try again later");
	} else if (status >= HTTP_SERVER_ERROR) {
		check_fail(c, FAULT_HTTP, "it has trouble (HTTP %d)", status);
		check_remedy(c,
		    "Try again later; if it stays, tell its operator");
	} else if (d->contact.html && status < HTTP_REDIRECT) {
		check_fail(c, FAULT_PROTOCOL,
		    "a web page answers here, no MCP server");
	} else if (status == HTTP_NOT_FOUND) {
		check_fail(c, FAULT_HTTP,
		    "there is nothing at this path (HTTP 404)");
	} else if (status == HTTP_BAD_METHOD) {
		check_fail(c, FAULT_HTTP,
		    "nobody takes messages at this path (HTTP 405)");
	} else {
		check_fail(c,
		    status < HTTP_REDIRECT ? FAULT_PROTOCOL : FAULT_HTTP,
		    "it answers nothing that MCP knows (HTTP %d)", status);
	}
}

static bool
asks_for_sign_in(const struct doctor *d)
{
	const struct outcome *o = &d->contact.outcome;

	return o->status == HTTP_UNAUTHORIZED ||
	       (o->status == HTTP_FORBIDDEN && o->challenge_count > 0);
}

/* Streamable HTTP or not, once it takes what we say. */
static void
judge_acceptance(struct doctor *d, struct check *c)
{
	const struct doctor_answer *a = &d->contact;
	int status = a->outcome.status;

	if (a->message != NULL && a->message->rpc.kind != RPC_INVALID) {
		check_ok(c, "answers without a sign-in");
	} else if (d->options->transport != TRANSPORT_HTTP &&
		   (status == HTTP_NOT_FOUND || status == HTTP_BAD_METHOD ||
		       status == HTTP_CLIENT_ERROR) &&
		   is_old_sse(d)) {
		d->era = ERA_OLD_SSE;
		check_ok(c, "answers without a sign-in, by HTTP+SSE");
	} else if (status >= HTTP_REDIRECT && status < HTTP_CLIENT_ERROR) {
		judge_redirect(d, c);
	} else {
		judge_refusal(d, c);
	}
}

void
doctor_first_answer(struct doctor *d, struct check *c)
{
	const struct doctor_answer *a = &d->contact;
	char *text = doctor_answer_error(a);

	check_factf(c, "status", "%d", a->outcome.status);
	check_fact(c, "http", d->contact_report.version);
	check_fact(c, "error", text);
	free(text);
	if (!a->head)
		check_fail_fault(c, doctor_answer_fault(a));
	else if (asks_for_sign_in(d))
		judge_challenge(d, c);
	else
		judge_acceptance(d, c);
	if (!a->head)
		check_remedy(c,
		    "Check that the server is up and not overloaded; tell its "
		    "operator");
}
