/* SPDX-License-Identifier: ISC */
/*
 * What the setters of options share. Private to cli/option_values*.
 */
#ifndef CLI_OPTION_VALUES_P_H
#define CLI_OPTION_VALUES_P_H

#include "cli/option_table.h"

/* FAULT_USAGE: where the value stood, the value unless it may be secret, and
 * what is needed instead. Always -1. */
int option_refuse(const struct setting *s, struct fault *f, const char *reason);

/* The member at row->at. */
void *option_member(struct options *options, const struct setting *s);

void option_append(char ***list, size_t *count, const char *value);

/* 0x21-0x7E but for those in `without`; not empty. */
bool option_is_visible(const char *value, const char *without);

/* The value names a file that can be read. FAULT_CONFIG. */
int option_check_file(const struct setting *s, struct fault *f);

#endif
