#!/bin/sh
# SPDX-License-Identifier: ISC
# A sample of the calls that can fail, each failed once.
make --no-print-directory faulty || exit 1
exec node tests/faults/run.js --scenario signIn --scenario commands \
    --scenario stateless --sample 60
