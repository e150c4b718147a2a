# SPDX-License-Identifier: ISC
# Reads src/cli/option_*.c, prints one line for each option:
# NAME LETTER ARGUMENT? VARIABLE COMMANDS KEY?, "-" where there is none. COMMANDS
# is "run,login,…"; a key of the configuration file is what is for more than the
# command line and no secret: of a proxy, only its user may be one.

function value(line) {
	sub(/^[^=]*= /, "", line)
	sub(/,$/, "", line)
	return line
}

/^[ \t]*\.name = "/ {
	name = value($0)
	gsub(/"/, "", name)
	letter = argument = env = "-"
	closed = 0
}
/^[ \t]*\.letter = / {
	letter = value($0)
	gsub(/'/, "", letter)
}
/^[ \t]*\.argument = / { argument = "yes" }
/^[ \t]*\.env = "/ {
	env = value($0)
	gsub(/"/, "", env)
}
/^[ \t]*\.commands = / {
	commands = tolower(value($0))
	gsub(/ \| /, ",", commands)
	# What login takes, doctor takes, too.
	sub(/login/, "login,doctor", commands)
	sub(/every/, "run,login,logout,status,doctor,import", commands)
	# What the bridge takes, config takes for an entry, and so do the commands
	# that are hosts themselves.
	sub(/run/, "run,config,call,tools", commands)
	sub(/bridge/, "run,config", commands)
}
/^[ \t]*\.(secret|early) = true/ { closed = 1 }
/^[ \t]*\.set = / {
	key = env == "-" || (closed && !/set_proxy/) ? "-" : "key"
	print name, letter, argument, env, commands, key
}
