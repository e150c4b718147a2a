/* SPDX-License-Identifier: ISC */
/*
 * JSON on a stream.
 */
#ifndef CLI_JSON_PRINT_H
#define CLI_JSON_PRINT_H

#include "base/span.h"
#include "cli/terminal.h"

/*
 * Prints a value that json_scan accepted, and a newline: byte for byte as it
 * came, or set in lines where `pretty`. On a terminal what would drive it, such
 * as C1 controls and bidirectional overrides, is written as \u escapes.
 */
void json_print(struct terminal *t, struct span json, bool pretty);

#endif
