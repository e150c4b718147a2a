/* SPDX-License-Identifier: ISC */
/*
 * The store that the user chose, for those who read tokens in it. For the pump
 * it is store_open.
 */
#ifndef AUTH_VAULT_H
#define AUTH_VAULT_H

#include "auth/config.h"
#include "io/store.h"

/* As store_open. Where another program keeps the tokens, our environment gets
 * the variables by which it finds the user's session bus, if a host left them
 * out. */
struct store *vault_open(const struct auth_config *config, struct fault *f);

#endif
