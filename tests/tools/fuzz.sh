#!/bin/sh
# SPDX-License-Identifier: ISC
# fuzz.sh SECONDS RUNS PROGRAM ...: runs libFuzzer targets on their seeds, each
# for so long, or so many times if that is sooner (-1: no matter how many); new
# inputs stay in build/fuzz/corpus. Ends with "N passed, N failed".
set -u
seconds=$1
runs=$2
shift 2
passed=0
failed=0
for program in "$@"; do
	name=$(basename "$program" | sed 's/^fuzz_//')
	seeds=tests/fuzz/corpus/$name
	found=build/fuzz/corpus/$name
	log=build/fuzz/$name.log
	mkdir -p "$found" "$seeds"
	set -- "$found" "$seeds" -max_total_time="$seconds" -runs="$runs" \
	    -max_len=4096 \
	    -artifact_prefix="build/fuzz/$name-" -print_final_stats=1
	if [ -f "tests/fuzz/$name.dict" ]; then
		set -- "$@" -dict="tests/fuzz/$name.dict"
	fi
	if "$program" "$@" > "$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $name $(sed -n \
		    's/^stat::number_of_executed_units: *//p' "$log") runs"
	else
		failed=$((failed + 1))
		echo "not ok $name"
		tail -n 30 "$log"
	fi
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
