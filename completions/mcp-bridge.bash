# SPDX-License-Identifier: ISC
# bash completion for mcp-bridge(1); works without the bash-completion package.

# The options of a group that several commands have.
_mcp_bridge_group()
{
	case $1 in
	general)
		echo '--config --no-config --profile --store --log-level
			--log-file --version --help'
		;;
	headers) echo '--header --header-file' ;;
	connection)
		echo '--http1.1 --ipv4 --allow-http --ca-file --cert --key
			--proxy --connect-timeout --trace'
		;;
	client)
		echo '--client-id --client-secret --client-secret-file
			--client-key-file --client-key-alg --client-key-id
			--client-assertion-audience --client-metadata-url
			--issuer-match --authorization-endpoint
			--token-endpoint --idp-issuer --idp-client-id
			--idp-client-secret-file --no-adaptations --allow-host'
		;;
	sign_in)
		echo '--client-metadata --scope --auth-timeout --no-browser
			--callback-port --callback-host --callback-path
			--success-url --grant --assertion-file
			--idp-token-endpoint --id-token-file
			--id-token-command --id-token-type --issuer --resource
			--no-resource --strict-resource --dpop --use-id-token
			--audience --authorize-param --assume-pkce-s256'
		;;
	host)
		echo '--transport --request-timeout --headers-timeout
			--body-timeout --ping-interval --tool-allow
			--tool-deny --tool-ignore-case --read-only
			--discover-first --no-cookies --no-auth
			--token-command --header-command --command-timeout
			--non-interactive'
		;;
	bridge)
		echo '--sandbox --hold-timeout --no-cached-handshake
			--no-sign-in-tool'
		;;
	esac
}

# The options of a command, "run" standing for none.
_mcp_bridge_options()
{
	local login='headers connection client sign_in' groups='' group

	case $1 in
	trace)
		echo '--html --version --help'
		return
		;;
	run | config) groups="$login host bridge" ;;
	login | doctor) groups=$login ;;
	logout) groups='connection client' ;;
	call | tools) groups="$login host" ;;
	esac
	for group in general $groups; do
		_mcp_bridge_group "$group"
	done
	case $1 in
	logout) echo '--all' ;;
	status) echo '--json --urls --profiles' ;;
	doctor) echo '--transport --json --html --refresh' ;;
	config) echo '--name --write --project --force --list' ;;
	call) echo '--pretty' ;;
	tools) echo '--json' ;;
	import) echo '--write --dry-run' ;;
	esac
}

# Adds those of our own words $1 that begin with $2 to COMPREPLY.
_mcp_bridge_offer()
{
	local word

	for word in $1; do
		[[ $word == "$2"* ]] && COMPREPLY+=("$word")
	done
}

# The same for files.
_mcp_bridge_files()
{
	local file

	compopt -o filenames 2> /dev/null
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen -f -- "$1")
}

# The same for the servers (--urls) or profiles (--profiles) that the program $3
# knows. They are anybody's words: nothing in them is expanded, and what means
# more than a letter to the shell is quoted, or in quotes left out.
_mcp_bridge_known()
{
	local word

	while IFS= read -r word; do
		[[ $word == "$2"* ]] || continue
		if [[ -z $quote ]]; then
			COMPREPLY+=("$(printf %q "$word")")
		elif [[ $word != *[\\\"\'\`\$!]* ]]; then
			COMPREPLY+=("$word")
		fi
	done < <("${3/#\~\//$HOME/}" status "$1" 2> /dev/null < /dev/null)
}

# Completes the value of option $1, of which $2 is typed, by the program $3.
# Fails where the option takes no value.
_mcp_bridge_value()
{
	local words

	case $1 in
	--header-file | --ca-file | --cert | --key | --client-secret-file | \
	    --client-key-file | --assertion-file | --idp-client-secret-file | \
	    --id-token-file | --log-file | --trace | --config | --html)
		_mcp_bridge_files "$2"
		return 0
		;;
	--profile)
		_mcp_bridge_known --profiles "$2" "$3"
		return 0
		;;
	--transport) words='auto http sse' ;;
	--proxy) words='none http:// https:// socks5h://' ;;
	--callback-host) words='127.0.0.1 ::1 localhost' ;;
	--store) words='file secret-service pass keychain memory command:' ;;
	--issuer-match) words='exact slash' ;;
	--client-key-alg) words='ES256 RS256 PS256 EdDSA' ;;
	--client-assertion-audience) words='issuer token-endpoint' ;;
	--id-token-type) words='id_token saml2' ;;
	--grant)
		words='authorization_code device_code client_credentials
			jwt-bearer enterprise'
		;;
	--dpop) words='auto require off' ;;
	--log-level) words='silent error warn info debug' ;;
	--header | -H | --connect-timeout | --request-timeout | \
	    --headers-timeout | --body-timeout | --ping-interval | \
	    --tool-allow | --tool-deny | --name | --client-id | \
	    --client-secret | --client-key-id | --client-metadata-url | \
	    --scope | --auth-timeout | --hold-timeout | --callback-port | \
	    --callback-path | --success-url | --client-metadata | \
	    --idp-issuer | --idp-token-endpoint | --idp-client-id | \
	    --id-token-command | --issuer | --resource | --authorize-param | \
	    --token-command | --header-command | --command-timeout | \
	    --audience | --authorization-endpoint | --token-endpoint | \
	    --allow-host)
		return 0
		;;
	*) return 1 ;;
	esac
	_mcp_bridge_offer "$words" "$2"
}

# Completes an argument of command $1 that is no option; $2 is typed, by the
# program $3, behind the words that follow.
_mcp_bridge_argument()
{
	local current=$2 before=" ${*:4} " host
	local hosts='claude-desktop claude-code vscode cursor zed windsurf codex
		goose gemini jetbrains junie'

	case $1 in
	run)
		_mcp_bridge_offer 'login logout status doctor config import
			mcp-remote call tools trace' "$current"
		;;
	import | trace)
		_mcp_bridge_files "$current"
		return
		;;
	config)
		for host in $hosts; do
			[[ $before == *" $host "* ]] && hosts=
		done
		_mcp_bridge_offer "$hosts" "$current"
		;;
	call)
		[[ $before == *://* || $before == *' --profile'[=\ ]* ]] &&
			_mcp_bridge_offer 'ping tools/list tools/call
				prompts/list prompts/get resources/list
				resources/templates/list resources/read
				completion/complete logging/setLevel' "$current"
		;;
	esac
	[[ $before == *://* ]] && return
	_mcp_bridge_known --urls "$current" "$3"
	[[ ${#COMPREPLY[@]} -gt 0 && -n $current ]] && return
	_mcp_bridge_offer 'https://' "$current"
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *:// ]] &&
		compopt -o nospace 2> /dev/null
}

# bash replaces what stands behind the last break in the word, which is typed as
# $1: what is before it is taken from each answer.
_mcp_bridge_trim()
{
	local typed=$1 cut=0 i

	for ((i = 0; i < ${#typed}; i++)); do
		if [[ ${typed:i:1} == "\\" ]]; then
			((i++))
		elif [[ $COMP_WORDBREAKS == *"${typed:i:1}"* ]]; then
			cut=$((i + 1))
		fi
	done
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"${typed:0:cut}"}
	done
}

# bash breaks words at ':' and '=', which URLs and options have; so the words are
# those of the line, at white space.
_mcp_bridge()
{
	local line=${COMP_LINE:0:COMP_POINT} command=run typed='' quote=''
	local words current previous option i

	COMPREPLY=()
	read -ra words <<< "$line"
	while [[ ${#words[@]} -gt 1 && ${words[0]} != "$1" ]]; do
		words=("${words[@]:1}")
	done
	if [[ $line != *[[:space:]] && ${#words[@]} -gt 1 ]]; then
		typed=${words[${#words[@]} - 1]}
		words=("${words[@]:0:${#words[@]}-1}")
	fi
	previous=${words[${#words[@]} - 1]}
	for i in "${words[@]:1}"; do
		case $i in
		login | logout | status | doctor | config | import | call | \
		    tools | trace)
			command=$i
			break
			;;
		esac
	done

	if [[ $typed == [\"\']* ]]; then
		quote=${typed:0:1}
		typed=${typed:1}
	fi
	current=${typed//\\/}
	option=
	if [[ $current == --*=* ]]; then
		previous=${current%%=*}
		option=$previous=
		current=${current#*=}
	fi
	if ! _mcp_bridge_value "$previous" "$current" "$1"; then
		if [[ $current == -* ]]; then
			_mcp_bridge_offer "$(_mcp_bridge_options "$command")" \
			    "$current"
		else
			_mcp_bridge_argument "$command" "$current" "$1" \
			    "${words[@]:1}"
		fi
	fi
	COMPREPLY=("${COMPREPLY[@]/#/$option}")
	[[ -n $quote ]] || _mcp_bridge_trim "$typed"
}

complete -F _mcp_bridge mcp-bridge
