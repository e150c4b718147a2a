#!/bin/sh
# SPDX-License-Identifier: ISC
# Writes the make variables that say what this compiler and C library have:
# PROBED (-DHAVE_…), HARDEN_CFLAGS, HARDEN_LDFLAGS, EXPORT_LDFLAGS and LTO. Runs
# $CC; prints to stdout.
set -u
CC=${CC:-cc}
SAN=${SAN:-}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# compiles FLAGS…, the program on stdin, linked with -Werror
compiles() {
	cat > "$dir/probe.c"
	# shellcheck disable=SC2086
	$CC -Werror -D_GNU_SOURCE "$@" -o "$dir/probe" "$dir/probe.c" \
	    > /dev/null 2>&1
}

# accepts FLAGS…
accepts() {
	echo 'int main(void) { return 0; }' | compiles "$@"
}

have=
probe() { # NAME, program on stdin
	if compiles; then
		have="$have -D$1"
	fi
}

probe HAVE_PRCTL_DUMPABLE <<'C'
#include <sys/prctl.h>
int main(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
C
probe HAVE_CLOCK_BOOTTIME <<'C'
#include <time.h>
int main(void) { struct timespec t; return clock_gettime(CLOCK_BOOTTIME, &t); }
C
probe HAVE_PIPE2 <<'C'
#include <fcntl.h>
#include <unistd.h>
int main(void) { int fds[2]; return pipe2(fds, O_CLOEXEC | O_NONBLOCK); }
C
probe HAVE_MEMFD_CREATE <<'C'
#include <sys/mman.h>
int main(void) { return memfd_create("", MFD_CLOEXEC) == -1; }
C
probe HAVE_MALLOC_TRIM <<'C'
#include <malloc.h>
int main(void) { return malloc_trim(0); }
C
probe HAVE_MALLOPT <<'C'
#include <malloc.h>
int main(void) { return mallopt(M_MMAP_THRESHOLD, 1) + M_ARENA_MAX; }
C
probe HAVE_GETENTROPY <<'C'
#include <unistd.h>
int main(void) { char c; return getentropy(&c, 1); }
C
probe HAVE_PROC_SELF_FD <<'C'
#ifndef __linux__
#error a descriptor of a pipe opened anew would not be another one
#endif
int main(void) { return 0; }
C
probe HAVE_SPAWN_SETSID <<'C'
#include <spawn.h>
int main(void) { return POSIX_SPAWN_SETSID == 0; }
C
probe HAVE_SPAWN_CLOSEFROM <<'C'
#include <spawn.h>
int main(void) {
	posix_spawn_file_actions_t a;
	posix_spawn_file_actions_init(&a);
	return posix_spawn_file_actions_addclosefrom_np(&a, 3);
}
C
probe HAVE_LANDLOCK <<'C'
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION) == -1;
}
C
probe HAVE_PLEDGE <<'C'
#include <unistd.h>
int main(void) { return unveil("/", "r") + pledge("stdio", NULL); }
C

flags=
for f in -fstack-protector-strong -fstack-clash-protection \
    -fcf-protection=full -ftrivial-auto-var-init=zero -fPIE; do
	if accepts $f; then
		flags="$flags $f"
	fi
done
# The place of the build is not in the program.
if accepts -ffile-prefix-map=/=/; then
	flags="$flags -ffile-prefix-map=\$(CURDIR)=."
fi
case $SAN in
*sanitize*) ;;
*)
	if accepts -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3; then
		flags="$flags -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
	fi
	;;
esac
ldflags=
# The last two: a C library may have been built without these marks in its start
# files, which alone would take them from the program.
for f in -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack \
    -Wl,-z,separate-code -Wl,--as-needed -Wl,-z,ibt -Wl,-z,shstk; do
	if accepts $f; then
		ldflags="$ldflags $f"
	fi
done

# What a library asks the program for (src/io/libraries.c).
exports=
f=-Wl,--export-dynamic-symbol=_gnutls_global_init_skip
if accepts $f; then
	exports=" $f"
fi

# A call runs through many files. The objects hold plain code, too, so that what
# is linked often, as tests are, need not wait for this.
lto=
f='-flto=auto -ffat-lto-objects'
# shellcheck disable=SC2086
if [ -z "$SAN" ] && accepts $f; then
	lto=" $f"
fi

echo "PROBED =$have"
echo "HARDEN_CFLAGS =$flags"
echo "HARDEN_LDFLAGS =$ldflags"
echo "EXPORT_LDFLAGS =$exports"
echo "LTO =$lto"
