# SPDX-License-Identifier: ISC
# Prints what zsh offers for the command line in $1, one word a line: an
# interactive zsh gets the line and a Tab, with compadd wrapped so that it
# prints the matches it would add.

zmodload zsh/zpty || exit 1
zpty shell zsh -f -i
zpty -w shell 'PROMPT=; unsetopt zle_bracketed_paste 2> /dev/null'
zpty -w shell "fpath=($PWD/completions \$fpath); autoload -U compinit"
zpty -w shell "compinit -u -D; cd $PWD"
zpty -w shell 'compadd() {
	local -a matches opts
	local option
	for option in "$@"; do
		[[ $option == (-O|-A|-D) ]] && { builtin compadd "$@"; return }
	done
	builtin compadd -O matches "$@"
	(( $#matches )) && print -rl -- "<"${^matches}">"
	builtin compadd "$@"
}'
zpty -w shell 'finish() { print -r -- DONE-COMPLETING; exit }'
zpty -w shell 'zle -N finish; bindkey "^G" finish; print READY-"NOW"'
zpty -r -m shell seen '*READY-NOW*'
zpty -w -n shell "$1"$'\t\a'
zpty -r -m shell seen '*DONE-COMPLETING*'
zpty -d shell
print -r -- "$seen" | tr -d '\r' |
    grep -oE '<[^<>]+>' | tr -d '<>'
