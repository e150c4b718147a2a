/* SPDX-License-Identifier: ISC */
/*
 * The device authorization grant (RFC 8628): the user enters a code on any
 * device with a browser while we ask the token endpoint now and then.
 */
#ifndef AUTH_DEVICE_H
#define AUTH_DEVICE_H

#include "auth/authorize.h"
#include "base/buf.h"

/* The answer of the device authorization endpoint (RFC 8628 section 3.2). */
struct device_codes {
	struct secret device_code;
	struct auth_prompt prompt; /* its deadline: that of the codes */
	int64_t interval_s;        /* between two requests for the token */
};

void device_codes_init(struct device_codes *codes);
void device_codes_reset(struct device_codes *codes);

/*
 * Reads what was asked for at `sent_at_s` (Unix time) and may be shown: a code
 * of letters, digits and separators, an address that A-046 allows. No deadline
 * where the server names none. FAULT_PROTOCOL, FAULT_POLICY; then it is empty.
 */
int device_codes_read(struct device_codes *codes, struct span text,
    int64_t sent_at_s, struct fault *f) __attribute__((warn_unused_result));

/*
 * Gets codes, has them shown, and asks for the tokens until they come, the
 * user declines or the time is over; trouble on the way there is waited out.
 * Same contract as authorize; FAULT_DISCOVERY where the server offers no such
 * grant.
 */
int device_authorize(const struct authorize_request *request,
    struct authorization *a, struct fault *f)
    __attribute__((warn_unused_result));

#endif
