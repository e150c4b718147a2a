#!/bin/sh
# SPDX-License-Identifier: ISC
# fuzz.sh SECONDS RUNS PROGRAM ...: runs libFuzzer targets on their seeds, one a
# processor at a time, each for so long, or so many times if that is sooner (-1:
# no matter how many); new inputs stay in build/fuzz/corpus. Ends with
# "N passed, N failed".
set -u

# One target: "ok NAME N runs", or "not ok NAME" and the end of its log.
fuzz() { # SECONDS RUNS PROGRAM
	name=$(basename "$3" | sed 's/^fuzz_//')
	seeds=tests/fuzz/corpus/$name
	found=build/fuzz/corpus/$name
	log=build/fuzz/$name.log
	program=$3
	mkdir -p "$found" "$seeds"
	set -- "$found" "$seeds" -max_total_time="$1" -runs="$2" \
	    -max_len=4096 \
	    -artifact_prefix="build/fuzz/$name-" -print_final_stats=1
	if [ -f "tests/fuzz/$name.dict" ]; then
		set -- "$@" -dict="tests/fuzz/$name.dict"
	fi
	if "$program" "$@" > "$log" 2>&1; then
		echo "ok $name $(sed -n \
		    's/^stat::number_of_executed_units: *//p' "$log") runs"
	else
		echo "not ok $name"
		tail -n 30 "$log"
	fi
}

if [ "$1" = --one ]; then
	shift
	fuzz "$@"
	exit
fi
seconds=$1
runs=$2
shift 2
results=$(mktemp) || exit 1
trap 'rm -f "$results"' EXIT
printf '%s\n' "$@" |
    xargs -P "$(getconf _NPROCESSORS_ONLN)" -n 1 \
	sh "$0" --one "$seconds" "$runs" | tee "$results"
passed=$(grep -c '^ok ' "$results")
echo "fuzz: $passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
