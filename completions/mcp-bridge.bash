# SPDX-License-Identifier: ISC
# bash completion for mcp-bridge(1); works without the bash-completion package.

# The options of a command, "run" standing for none.
_mcp_bridge_options()
{
	case $1 in
	run)
		_mcp_bridge_options client
		echo '--sandbox --hold-timeout --no-cached-handshake
			--no-sign-in-tool'
		;;
	client)
		echo '--header --header-file --transport --http1.1 --ipv4
			--allow-http --ca-file --cert --key --proxy
			--connect-timeout --request-timeout --headers-timeout
			--body-timeout --ping-interval --tool-allow
			--tool-deny --tool-ignore-case --read-only --profile --store --client-id
			--token-command --header-command --command-timeout
			--client-secret --client-secret-file --client-key-file
			--client-key-alg --client-key-id
			--client-assertion-audience --client-metadata-url
			--scope --auth-timeout --non-interactive
			--discover-first --no-browser --callback-port
			--callback-host --callback-path --success-url
			--client-metadata --grant --assertion-file
			--idp-issuer --idp-token-endpoint --idp-client-id
			--idp-client-secret-file --id-token-file
			--id-token-command --id-token-type --issuer
			--issuer-match --resource --no-resource
			--strict-resource --authorize-param --assume-pkce-s256
			--allow-host --config --no-config --log-level --log-file --trace --no-cookies
			--no-auth --audience --dpop --use-id-token
			--authorization-endpoint --token-endpoint
			--no-adaptations --version --help'
		;;
	login)
		echo '--header --header-file --http1.1 --ipv4 --allow-http --ca-file
			--cert --key --proxy --connect-timeout --profile --store
			--client-id --client-secret --client-secret-file --client-key-file
			--client-key-alg --client-key-id
			--client-assertion-audience --client-metadata-url
			--scope --auth-timeout --no-browser --callback-port
			--callback-host --callback-path --success-url
			--client-metadata --grant
			--assertion-file
			--idp-issuer --idp-token-endpoint --idp-client-id
			--idp-client-secret-file --id-token-file
			--id-token-command --id-token-type --issuer
			--issuer-match --resource --no-resource
			--strict-resource --authorize-param --assume-pkce-s256
			--audience --use-id-token
			--authorization-endpoint --token-endpoint
			--no-adaptations --allow-host --config --no-config --log-level --log-file --trace
			--dpop --version --help'
		;;
	logout)
		echo '--http1.1 --ipv4 --allow-http --ca-file --cert --key --proxy
			--connect-timeout --profile --store --client-id
			--client-secret --client-secret-file --client-key-file
			--client-key-alg --client-key-id
			--client-assertion-audience --client-metadata-url
			--idp-issuer --idp-client-id --idp-client-secret-file
			--authorization-endpoint --token-endpoint
			--no-adaptations
			--issuer-match --allow-host --all --config --no-config --log-level
			--log-file --trace --version --help'
		;;
	status)
		echo '--profile --store --json --config --no-config --log-level --log-file --version
			--help'
		;;
	doctor)
		_mcp_bridge_options login
		echo '--transport --json --html --refresh'
		;;
	config)
		_mcp_bridge_options run
		echo '--name --write --project --force --list'
		;;
	call)
		_mcp_bridge_options client
		echo '--pretty'
		;;
	tools)
		_mcp_bridge_options client
		echo '--json'
		;;
	import)
		echo '--write --dry-run --profile --store --config --no-config --log-level
			--log-file --version --help'
		;;
	esac
}

# Sets COMPREPLY to what compgen prints, one word a line.
_mcp_bridge_offer()
{
	local IFS=$'\n'

	# shellcheck disable=SC2207 # mapfile is missing in bash 3.2
	COMPREPLY=($(IFS=$' \t\n' && compgen "$@"))
}

# Completes the value of option $1, of which $2 is typed. Fails where the option
# takes no value, or none is known.
_mcp_bridge_value()
{
	local words

	case $1 in
	--header-file | --ca-file | --cert | --key | --client-secret-file | \
	    --client-key-file | --assertion-file | --idp-client-secret-file | \
	    --id-token-file | --log-file | --trace | --config | --html)
		compopt -o filenames 2> /dev/null
		_mcp_bridge_offer -f -- "$2"
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
	--header | -H | --connect-timeout | --request-timeout | --tool-allow | \
	    --headers-timeout | --body-timeout | --ping-interval | \
	    --tool-deny | --profile | --name | --client-id | --client-secret | \
	    --client-key-id | \
	    --client-metadata-url | \
	    --scope | --auth-timeout | --hold-timeout | --callback-port | \
	    --callback-path | --success-url | --client-metadata | --idp-issuer | --idp-token-endpoint | \
	    --idp-client-id | --id-token-command | --issuer | --resource | \
	    --authorize-param | \
	    --token-command | --header-command | --command-timeout | \
	    --audience | --authorization-endpoint | --token-endpoint | \
	    --allow-host)
		return 0
		;;
	*) return 1 ;;
	esac
	_mcp_bridge_offer -W "$words" -- "$2"
}

_mcp_bridge()
{
	local current=${COMP_WORDS[COMP_CWORD]}
	local previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command=run words i

	COMPREPLY=()
	# bash splits --option=value in three words.
	if [[ $current == '=' ]]; then
		current=
	elif [[ $previous == '=' ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	_mcp_bridge_value "$previous" "$current" && return

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		login | logout | status | doctor | config | import | call | \
		    tools)
			command=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [[ $current == -* ]]; then
		words=$(_mcp_bridge_options "$command")
	elif [[ $command == run ]]; then
		words='login logout status doctor config import mcp-remote call
			tools https://'
	elif [[ $command == import ]]; then
		compopt -o filenames 2> /dev/null
		_mcp_bridge_offer -f -- "$current"
		return 0
	elif [[ $command == config ]]; then
		words='claude-desktop claude-code vscode cursor zed windsurf
			codex goose gemini jetbrains junie https://'
	elif [[ $command == call && ${COMP_WORDS[*]:0:COMP_CWORD} == *://* ]]; then
		words='ping tools/list tools/call prompts/list prompts/get
			resources/list resources/templates/list resources/read
			completion/complete logging/setLevel'
	else
		words='https://'
	fi
	_mcp_bridge_offer -W "$words" -- "$current"
	[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *:// ]] &&
		compopt -o nospace 2> /dev/null
	return 0
}

complete -F _mcp_bridge mcp-bridge
