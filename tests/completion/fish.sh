#!/bin/sh
# SPDX-License-Identifier: ISC
# Completes every option of every command in fish. Run at the root of the tree;
# prints TAP.
set -u
LC_ALL=C
export LC_ALL

command -v fish > /dev/null || {
	echo '1..0 # SKIP fish is not installed'
	exit 0
}
# shellcheck source=tests/completion/known.sh
. tests/completion/known.sh
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
make_known "$dir"
count=0
failed=0

check() { # NAME, the command line; the wanted words are in $dir/wanted
	HOME=$dir fish --no-config -c "source completions/mcp-bridge.fish
		complete -C '$2'" | cut -f 1 | sort -u > "$dir/got"
	count=$((count + 1))
	if cmp -s "$dir/wanted" "$dir/got"; then
		echo "ok $count - fish: $1"
	else
		echo "not ok $count - fish: $1"
		diff "$dir/wanted" "$dir/got" | sed 's/^/# /'
		failed=1
	fi
}

awk -f tests/lint/options.awk src/cli/option_*.c > "$dir/table"
for command in run login logout status doctor config import call tools trace; do
	line=mcp-bridge
	[ $command != run ] && line="$line $command"
	awk -v c="$command" '("," $5 ",") ~ ("," c ",") { print "--" $1 }' \
	    "$dir/table" | sort > "$dir/wanted"
	check "options of $command" "$line --"
done
cat > "$dir/offered" <<-END
	http://127.0.0.1:8080/a
	https://example.com:8443/mcp
	https://example.org/mcp
	$evil
	https://work.example/mcp
END
{
	cat "$dir/offered"
	printf '%s\n' call config doctor import login logout mcp-remote \
	    status tools trace
} | sort > "$dir/wanted"
check 'commands and servers' 'mcp-bridge '
sort "$dir/offered" > "$dir/wanted"
# shellcheck source=tests/completion/names.sh
. tests/completion/names.sh
printf '%s\n' auto http sse > "$dir/wanted"
check 'values' 'mcp-bridge --transport '
printf '%s\n' --issuer-match=exact --issuer-match=slash > "$dir/wanted"
check 'values behind =' 'mcp-bridge --issuer-match='
printf '%s\n' Makefile > "$dir/wanted"
check 'files' 'mcp-bridge --ca-file Makef'
echo "1..$count"
exit $failed
