# SPDX-License-Identifier: ISC
# Prints what a Tab makes of the command line in $1, in brackets: an interactive
# bash on a terminal of its own gets it.

set -u
coproc SHELL_ON_TTY {
	TERM=dumb INPUTRC=/dev/null script --quiet --flush --command \
	    'bash --norc --noprofile -i' /dev/null 2> /dev/null
}
# Those of a coprocess are closed in subshells.
exec 3<&"${SHELL_ON_TTY[0]}" 4>&"${SHELL_ON_TTY[1]}"
say() { printf '%s' "$1" >&4; }

# await TEXT: the line that holds it.
await() {
	local line

	while IFS= read -r -t 20 line <&3; do
		[[ $line == *"$1"* ]] || continue
		printf '%s\n' "${line//$'\r'/}"
		return 0
	done
	return 1
}

say $'PS1=; bind \'set bell-style none\'\n'
say $'bind \'set enable-bracketed-paste off\'\n'
say $'. completions/mcp-bridge.bash\n'
say $'bind -x \'"\\C-g": printf "LINE-%s<%s>\\n" IS "$READLINE_LINE"\'\n'
say $'echo READY-"NOW"\n'
await READY-NOW > /dev/null || exit 1
say "$1"$'\t\a'
await LINE-IS | grep -o '<.*>'
say $'\x15exit\n'
wait "$SHELL_ON_TTY_PID"
