# SPDX-License-Identifier: ISC
# Reads src/cli/option_*.c, prints one line for each option:
# NAME LETTER ARGUMENT? VARIABLE COMMANDS, "-" where there is none. COMMANDS is
# "run,login,…".

function value(line) {
	sub(/^[^=]*= /, "", line)
	sub(/,$/, "", line)
	return line
}

/^[ \t]*\.name = "/ {
	name = value($0)
	gsub(/"/, "", name)
	letter = argument = env = "-"
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
	if (commands == "every")
		commands = "run,login,logout,status,doctor,import"
	# What the bridge takes, config takes for an entry, and so do the commands
	# that are hosts themselves.
	sub(/run/, "run,config,call,tools", commands)
	sub(/bridge/, "run,config", commands)
}
/^[ \t]*\.set = / { print name, letter, argument, env, commands }
