# SPDX-License-Identifier: ISC
# fish completion for mcp-bridge(1).

# True where the command on the line is one of the arguments, "first" standing
# for none yet. What the bridge itself takes ("run") is taken by config, too, and
# what login takes by doctor; call and tools ("client") are hosts themselves.
function __mcp_bridge_command
    set -l command first run
    for word in (commandline -opc)[2..-1]
        if test $word = config
            set command config run
            break
        else if test $word = doctor
            set command doctor login
            break
        else if contains -- $word call tools
            set command $word client
            break
        else if contains -- $word login logout status import trace
            set command $word
            break
        end
    end
    for one in $command
        contains -- $one $argv; and return 0
    end
    return 1
end

# The servers (--urls) or profiles (--profiles) that the program knows.
function __mcp_bridge_known
    set -l program (string replace -r '^~/' $HOME/ -- (commandline -opc)[1])
    $program status $argv 2>/dev/null </dev/null
end

set -g __mcp_bridge_hosts claude-desktop claude-code vscode cursor zed windsurf codex goose gemini jetbrains junie

# True where config has no host yet.
function __mcp_bridge_lacks_host
    __mcp_bridge_command config
    or return 1
    for word in (commandline -opc)
        contains -- $word $__mcp_bridge_hosts; and return 1
    end
    return 0
end

# True where a command takes a URL that is not there yet.
function __mcp_bridge_lacks_url
    not __mcp_bridge_command import trace
    and not string match -q '*://*' -- (commandline -opc)
end

# True where call may be told its method: behind a URL or a profile that has one.
function __mcp_bridge_lacks_method
    __mcp_bridge_command call
    and string match -qr '://|^--profile' -- (commandline -opc)
end

complete -c mcp-bridge -f
complete -c mcp-bridge -n '__mcp_bridge_command first' -a login -d 'Sign in to the server now'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a logout -d 'Revoke and forget the tokens of a server'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a status -d 'Show who is signed in where'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a doctor -d 'Find out what is wrong'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a config -d 'Show or write the entry for a host'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a call -d 'Send one request'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a tools -d 'Show the tools of a server'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a trace -d 'Show what was recorded'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a import -d 'Move over from mcp-remote'
complete -c mcp-bridge -n '__mcp_bridge_command first' -a mcp-remote -d 'Stand in for mcp-remote'
complete -c mcp-bridge -n '__mcp_bridge_command import trace' -F
complete -c mcp-bridge -n __mcp_bridge_lacks_host -a "$__mcp_bridge_hosts" -d 'Host'
complete -c mcp-bridge -n __mcp_bridge_lacks_url -a '(__mcp_bridge_known --urls)' -d 'Server'
complete -c mcp-bridge -n __mcp_bridge_lacks_method -a 'ping tools/list tools/call prompts/list prompts/get resources/list resources/templates/list resources/read completion/complete logging/setLevel' -d 'Method'

complete -c mcp-bridge -n '__mcp_bridge_command run client login' -s H -l header -x -d 'Send this header'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l header-file -r -F -d 'Send the headers in a file'
complete -c mcp-bridge -n '__mcp_bridge_command run client doctor' -l transport -x -a 'auto http sse' -d 'How the server speaks'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l http1.1 -d 'Do not use HTTP/2'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l ipv4 -d 'Connect over IPv4 only'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l allow-http -d 'Allow unencrypted http to another machine'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l ca-file -r -F -d 'Trust these certificate authorities'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l cert -r -F -d 'Client certificate'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l key -r -F -d 'Its private key'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l proxy -x -a 'none http:// https:// socks5h://' -d 'Use this proxy, or none'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l connect-timeout -x -d 'How long connecting may take'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l request-timeout -x -d 'How long an answer may take'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l headers-timeout -x -d 'How long the head of a response may take'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l body-timeout -x -d 'How long a response may pause'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l ping-interval -x -d 'Ping the server so often'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l no-cookies -d 'Do not return cookies'
complete -c mcp-bridge -n '__mcp_bridge_command run' -l sandbox -d 'Confine the bridge to the files it needs'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l tool-allow -x -d 'Offer only these tools'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l tool-deny -x -d 'Hide these tools'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l tool-ignore-case -d 'Compare them without regard to case'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l read-only -d 'Offer only read-only tools'
complete -c mcp-bridge -n 'not __mcp_bridge_command trace' -l profile -x -a '(__mcp_bridge_known --profiles)' -d 'Keep several accounts apart'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l token-command -x -d 'Run this for an access token'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l header-command -x -d 'Run this for headers to send'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l command-timeout -x -d 'How long such a command may take'
complete -c mcp-bridge -n 'not __mcp_bridge_command trace' -l store -x -a 'file secret-service pass keychain memory command:' -d 'Where tokens are kept'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-id -x -d 'Client registered beforehand'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-secret -x -d 'Its secret'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-secret-file -r -F -d 'Its secret'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-key-file -r -F -d 'Its private key'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-key-alg -x -a 'ES256 RS256 PS256 EdDSA' -d 'How the client key signs'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-key-id -x -d 'Name of the client key'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-assertion-audience -x -a 'issuer token-endpoint' -d 'Whom its signatures are for'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l client-metadata-url -x -d 'Client ID metadata document'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l client-metadata -x -d 'What a registration says'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l scope -x -d 'Scopes to ask for'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l auth-timeout -x -d 'How long a sign-in may take'
complete -c mcp-bridge -n '__mcp_bridge_command run' -l hold-timeout -x -d 'How long a request waits for a sign-in'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l discover-first -d 'Ask whether the server is stateless first'
complete -c mcp-bridge -n '__mcp_bridge_command run' -l no-cached-handshake -d 'Never answer the host from memory'
complete -c mcp-bridge -n '__mcp_bridge_command run' -l no-sign-in-tool -d 'Do not offer a tool to sign in with'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l no-auth -d 'Never sign in'
complete -c mcp-bridge -n '__mcp_bridge_command run client' -l non-interactive -d 'Never start a sign-in'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l no-browser -d 'Do not open a browser'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l callback-port -x -d 'Port the browser returns to'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l callback-host -x -a '127.0.0.1 ::1 localhost' -d 'Host it returns to'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l callback-path -x -d 'Path it returns to'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l success-url -x -d 'Where it ends when signed in'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l grant -x -a 'authorization_code device_code client_credentials jwt-bearer enterprise' -d 'How to get tokens'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l assertion-file -r -F -d 'Token of the platform'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l idp-issuer -x -d 'Identity provider'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l idp-token-endpoint -x -d 'Its token endpoint'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l idp-client-id -x -d 'Client registered there'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l idp-client-secret-file -r -F -d 'Its secret'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l id-token-file -r -F -d 'What the identity provider said'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l id-token-command -x -d 'Program that prints it'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l id-token-type -x -a 'id_token saml2' -d 'What it is'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l issuer -x -d 'Accept this authorization server only'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l issuer-match -x -a 'exact slash' -d 'How to compare issuers'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l resource -x -d 'Resource indicator'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l no-resource -d 'Send no resource indicator'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l strict-resource -d 'Require the resource to be the URL'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l dpop -x -a 'auto require off' -d 'Bind tokens to a key'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l audience -x -d 'Audience to ask tokens for'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l use-id-token -d 'Send the ID token'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l authorize-param -x -d 'Add to the authorization request'
complete -c mcp-bridge -n '__mcp_bridge_command run client login' -l assume-pkce-s256 -d 'Assume that PKCE is supported'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l authorization-endpoint -x -d 'Where users sign in'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l token-endpoint -x -d 'Where tokens come from'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l no-adaptations -d 'Treat known providers by the standards alone'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l allow-host -x -d 'Allow sign-in to reach a private address'
complete -c mcp-bridge -n '__mcp_bridge_command logout' -l all -d 'Sign out of every server'
complete -c mcp-bridge -n '__mcp_bridge_command status doctor tools' -l json -d 'Print JSON'
complete -c mcp-bridge -n '__mcp_bridge_command status' -l urls -d 'Print the servers that are known'
complete -c mcp-bridge -n '__mcp_bridge_command status' -l profiles -d 'Print the profiles that are known'
complete -c mcp-bridge -n '__mcp_bridge_command call' -l pretty -d 'Print JSON set in lines'
complete -c mcp-bridge -n '__mcp_bridge_command doctor trace' -l html -r -F -d 'Write a web page'
complete -c mcp-bridge -n '__mcp_bridge_command doctor' -l refresh -d 'Renew the token'
complete -c mcp-bridge -n '__mcp_bridge_command config' -l name -x -d 'Name of the entry'
complete -c mcp-bridge -n '__mcp_bridge_command config import' -l write -d 'Change the file of the host'
complete -c mcp-bridge -n '__mcp_bridge_command import' -l dry-run -d 'Change nothing'
complete -c mcp-bridge -n '__mcp_bridge_command config' -l project -d 'For the project in this folder'
complete -c mcp-bridge -n '__mcp_bridge_command config' -l force -d 'Replace another entry of that name'
complete -c mcp-bridge -n '__mcp_bridge_command config' -l list -d 'Show the hosts and their files'
complete -c mcp-bridge -n 'not __mcp_bridge_command trace' -l config -r -F -d 'Read options from a file'
complete -c mcp-bridge -n 'not __mcp_bridge_command trace' -l no-config -d 'Read options from no file'
complete -c mcp-bridge -n 'not __mcp_bridge_command trace' -l log-level -x -a 'silent error warn info debug' -d 'What to report on stderr'
complete -c mcp-bridge -n 'not __mcp_bridge_command trace' -l log-file -r -F -d 'Append the log to a file'
complete -c mcp-bridge -n '__mcp_bridge_command run client login logout' -l trace -r -F -d 'Record what is said in a file'
complete -c mcp-bridge -s V -l version -d 'Print the version'
complete -c mcp-bridge -s h -l help -d 'Print help'
