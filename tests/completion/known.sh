# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Read by the others: a home in $1 with servers and profiles that the program
# knows, and the program in PATH. What their names would do to a shell that
# expands them is to make $1/expanded.

# shellcheck disable=SC2016 # what must not be expanded
evil='https://evil.example/$(touch${IFS}expanded)?a=b&c=d'

make_known() {
	PATH=$PWD:$PATH
	XDG_STATE_HOME=$1/state
	XDG_CONFIG_HOME=$1/config
	export PATH XDG_STATE_HOME XDG_CONFIG_HOME
	(
		umask 077
		mkdir -p "$1/state/mcp-bridge/server" "$1/config/mcp-bridge"
		write_known "$1/state/mcp-bridge/server" 1 \
		    https://example.com:8443/mcp default
		write_known "$1/state/mcp-bridge/server" 2 \
		    https://example.org/mcp home
		write_known "$1/state/mcp-bridge/server" 3 "$evil" default
		cat > "$1/config/mcp-bridge/config" <<-END
			[profile work]
			url = https://work.example/mcp
			[server http://127.0.0.1:8080/a]
		END
	)
}

write_known() { # FOLDER, a hexadecimal digit, URL, profile
	printf '{"url":"%s","profile":"%s"}' "$3" "$4" > "$1/$(printf \
	    "%064d" "$2").json"
}
