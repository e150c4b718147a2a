/* SPDX-License-Identifier: ISC */
/*
 * Which module reads and edits which language.
 */
#include "wire/settings.h"

#include <stdlib.h>

#include "wire/json.h"
#include "wire/jsonc.h"
#include "wire/toml.h"
#include "wire/yaml.h"

static int
read_json(struct span text, const char *section, struct buf *out,
    struct fault *f)
{
	char *shadow = NULL;
	struct span root = { 0 }, found = { 0 };
	int rc = jsonc_open(text, &shadow, &root, f);

	if (rc == 0 && root.len > 0 && json_get(root, section, &found) &&
	    json_type_of(found) != JSON_OBJECT)
		rc = fault_set(f, FAULT_CONFIG, "\"%s\" is no object", section);
	if (rc == 0 &&
	    json_put_raw(out, found.len > 0 ? found : span_of("{}")) == -1)
		rc = fault_set(f, FAULT_TOO_LARGE, "The file is too large");
	free(shadow);
	return rc;
}

int
settings_read(enum settings_format format, struct span text,
    const char *section, struct buf *out, struct fault *f)
{
	switch (format) {
	case SETTINGS_JSON:
		return read_json(text, section, out, f);
	case SETTINGS_TOML:
		return toml_read(text, section, out, f);
	case SETTINGS_YAML:
		return yaml_read(text, section, out, f);
	}
	return -1;
}

int
settings_set(enum settings_format format, struct span text,
    const char *const *path, struct span value, struct buf *out,
    struct fault *f)
{
	switch (format) {
	case SETTINGS_JSON:
		return jsonc_set(text, path, value, out, f);
	case SETTINGS_TOML:
		return toml_set(text, path, value, out, f);
	case SETTINGS_YAML:
		return yaml_set(text, path, value, out, f);
	}
	return -1;
}
