/* SPDX-License-Identifier: ISC */
/*
 * What the two kinds of process may still touch, where the user asked for
 * --sandbox (io/confine).
 */
#ifndef AUTH_CONFINEMENT_H
#define AUTH_CONFINEMENT_H

#include "auth/job.h"

/*
 * The pump: connects anywhere; reads the system's files, those of the user's
 * transport options, and the access records; writes server records. It starts
 * nothing, listens nowhere, and reads neither grants nor anything else of the
 * user's. Logs a warning where that cannot be had.
 */
void confinement_pump(const struct auth_config *config);

/*
 * An authorizer: beside that, the files of its options and the whole store. One
 * that may have to open a browser or to run a program is left alone: what it
 * starts would be confined as well.
 */
void confinement_authorizer(const struct auth_job *job);

#endif
