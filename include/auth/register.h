/* SPDX-License-Identifier: ISC */
/*
 * Dynamic client registration (RFC 7591): what we say of ourselves, what the
 * server makes of it, and the few adjusted attempts that are allowed (A-032 to
 *
 */
#ifndef AUTH_REGISTER_H
#define AUTH_REGISTER_H

#include "auth/metadata.h"
#include "auth/net.h"
#include "auth/records.h"

/* Appends the client metadata that `r` wishes for: redirect_uri, without which
 * they are of a client for the device grant; scope, or NULL; how tokens
 * are bound. `more`: the user's members, a JSON object or empty, which replace
 * those that name us. FAULT_REGISTRATION where the server takes no way of
 * authentication that we have. */
int registration_write(const struct server_metadata *as,
    const struct registration_record *r, struct span more, struct buf *out,
    struct fault *f) __attribute__((warn_unused_result));

/* A member that is the sign-in's own and not among `more`: by its raw key. */
bool registration_owns(struct span key);

/*
 * Reads a successful answer into the client's fields of `r`, whose redirect_uri
 * is the one that was asked for and stays. FAULT_REGISTRATION.
 */
int registration_read(struct registration_record *r, struct span text,
    struct fault *f) __attribute__((warn_unused_result));

/*
 * Registers with r->redirect_uri and r->scope; both may have changed to what
 * the server accepted, the first between 127.0.0.1 and localhost.
 */
int register_client(const struct auth_net *net,
    const struct server_metadata *as, struct registration_record *r,
    struct fault *f) __attribute__((warn_unused_result));

#endif
