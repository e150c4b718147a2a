/* SPDX-License-Identifier: ISC */
/*
 * What libraries would set up for uses that this program has not.
 */
#ifndef IO_LIBRARIES_H
#define IO_LIBRARIES_H

/* Keeps them from it: a bridge starts sooner, and takes an eighth less memory.
 * To be called ahead of all that uses OpenSSL or libcurl. */
void libraries_prepare(void);

#endif
