/* SPDX-License-Identifier: ISC */
/*
 * Starts the trace that --trace asks for (io/trace).
 */
#ifndef CLI_RECORDER_H
#define CLI_RECORDER_H

#include "cli/options.h"

/* Nothing where none is asked for. FAULT_CONFIG. */
int recorder_open(const struct options *options, struct fault *f)
    __attribute__((warn_unused_result));

#endif
