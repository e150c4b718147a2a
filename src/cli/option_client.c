/* SPDX-License-Identifier: ISC */
/*
 * --client-metadata: what a registration says of the client beyond what sign-in
 * says itself.
 */
#include "auth/register.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/option_table.h"
#include "wire/json.h"

#include <stdlib.h>

int
set_client_metadata(struct options *options, const struct setting *s,
    struct fault *f)
{
	struct json_doc doc;
	struct json_iter it;
	struct span key, value;
	char shown[64] = "";

	if (!json_scan(span_of(s->value), LIMIT_AUTH_DEPTH, &doc) ||
	    doc.type != JSON_OBJECT)
		return fault_set(f, FAULT_USAGE, "%s: a JSON object is needed",
		    s->origin);
	json_iter_init(&it, doc.value);
	while (json_next(&it, &key, &value)) {
		if (registration_owns(key))
			return fault_set(f, FAULT_USAGE,
			    "%s: sign-in sets %s itself", s->origin,
			    log_text(shown, sizeof(shown), key));
	}
	mem_replace(&options->auth.client_metadata, s->value);
	return 0;
}
