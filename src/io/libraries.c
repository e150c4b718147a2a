/* SPDX-License-Identifier: ISC */
/*
 * Libraries, kept from what costs at each start and is never used.
 */
#include "io/libraries.h"

#include "base/crypto.h"

int _gnutls_global_init_skip(void);

/*
 * GnuTLS asks the program for this as it is loaded (GnuTLS manual, section
 * "Initialization"). It comes with LDAP and RTMP, which libcurl is not asked
 * for here; and a libcurl that is built on it begins it itself.
 */
int
_gnutls_global_init_skip(void)
{
	return 1;
}

void
libraries_prepare(void)
{
	crypto_prepare();
}
