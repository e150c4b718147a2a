#!/bin/sh
# SPDX-License-Identifier: ISC
# The program as it was built, by checksec and hardening-check: whatever either
# of them can find wrong is wrong, but symbols, which packages strip. Run at the
# root of the tree; BRIDGE names another program.
set -u
LC_ALL=C
export LC_ALL
program=${BRIDGE:-./mcp-bridge}
bad=0

found=$(checksec --format=csv --file="$program")
for wanted in 'Full RELRO' 'Canary found' 'NX enabled' 'PIE enabled' \
    'No RPATH' 'No RUNPATH'; do
	case ,$found, in
	*",$wanted,"*) ;;
	*)
		echo "checksec does not say '$wanted': $found"
		bad=1
		;;
	esac
done

# What it calls unknown it could not judge: see below.
report=$(hardening-check --nocfprotection "$program") || bad=1
echo "$report" | grep -E ': no' && bad=1

# Marks and probes that it looks for on some architectures alone.
if [ "$(uname -m)" = x86_64 ]; then
	readelf -n "$program" | grep -q 'x86 feature: IBT, SHSTK' || {
		echo "$program has no control-flow protection"
		bad=1
	}
	# shellcheck disable=SC2016 # an operand
	objdump -d "$program" | grep -q 'or[lq] *\$0x0,(%rsp)' || {
		echo "$program does not probe its stack"
		bad=1
	}
fi
exit $bad
