# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What fish and zsh offer of servers, profiles and hosts, by the caller's `check`
# and in its folder.
dir=${dir:?}

for command in login logout status doctor call tools 'config zed'; do
	check "servers after $command" "mcp-bridge $command "
done
printf '%s\n' https://example.com:8443/mcp > "$dir/wanted"
check 'a server begun' 'mcp-bridge login https://example.c'
check 'a server up to its port' 'mcp-bridge login https://example.com:8'
printf '%s\n' default home work > "$dir/wanted"
check 'profiles' 'mcp-bridge tools --profile '
printf '%s\n' ping > "$dir/wanted"
check 'a method behind the URL' 'mcp-bridge call https://a.example pi'
check 'a method of a profile' 'mcp-bridge call --profile work pi'
printf '%s\n' windsurf > "$dir/wanted"
check 'a host of config' 'mcp-bridge config wi'
