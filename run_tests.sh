#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build the harness for a kernel tree and run its tests: see usage().

set -u

me=run_tests.sh
top=$(cd "$(dirname "$0")" && pwd -P) || exit 1

usage()
{
	cat <<USAGE
usage: ./run_tests.sh [--valgrind] [VAR=value]... [test selection]

Installs what is missing, finds or downloads a kernel tree, builds it with the
harness and runs the tests: KTAP, and a last line "N passed, N failed, N skipped".
Exits 0 only if tests were run and all of them passed.

  LINUX=   the kernel tree: a folder, a version (6.12, 7.2.13) or newest; without it
           the tree that the harness stands in, or one that Debian packages
  CONFIG=  the kernel configuration, config/CONFIG.config
  SAN=     asan (the default; with UBSan), tsan or none
  CC=      gcc (the default) or clang, or a version of them such as clang-14
  O=       the folder to build in
  V=1      show the commands of the build
           (each of these may be in the environment as well)

  --valgrind   run the tests, in one process, under valgrind; implies SAN=none

The test selection goes to the kselftest runner:
  -l             list the tests, and run none
  -f F  -F F     only, or all but, the tests of fixture F
  -v V  -V V     only, or all but, those of variant V
  -t T  -T T     only, or all but, test T
  -r F.V.T       only this test of this variant of this fixture
  -d             the runner's debugging mode
  --jobs N       N tests at a time (default: one for each processor)
  --no-fork      all tests in one process, for a debugger
  -- WORDS       anything else
USAGE
}

die()
{
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

quit_usage()
{
	printf '%s: %s; see ./run_tests.sh --help\n' "$me" "$*" >&2
	exit 2
}

# The runner's words are kept in $runner as quoted text: sh has but one list.
runner=
pass_on()
{
	for _w; do
		runner="$runner '$(printf '%s' "$_w" | sed "s/'/'\\\\''/g")'"
	done
}

valgrind=
only_list=
while [ $# -gt 0 ]; do
	case $1 in
	LINUX=*)	LINUX=${1#*=} ;;
	CONFIG=*)	CONFIG=${1#*=} ;;
	SAN=*)		SAN=${1#*=} ;;
	CC=*)		CC=${1#*=} ;;
	O=*)		O=${1#*=} ;;
	V=*)		V=${1#*=} ;;
	--help | -h)	usage; exit 0 ;;
	--valgrind)	valgrind=1 ;;
	--no-fork)	pass_on "$1" ;;
	--)		shift; pass_on "$@"; break ;;
	-l)		only_list=1; pass_on "$1" ;;
	-d)		pass_on "$1" ;;
	--jobs)
		[ $# -ge 2 ] || quit_usage "$1: needs a number"
		pass_on "$1" "$2"
		shift ;;
	-[fFvVtTr])
		[ $# -ge 2 ] || quit_usage "$1: needs a name"
		pass_on "$1" "$2"
		shift ;;
	-[fFvVtTr]*)	pass_on "$1" ;;
	-*)		quit_usage "$1: no such option" ;;
	[A-Z]*=*)	quit_usage "${1%%=*}: no such variable" ;;
	*)		quit_usage "$1: what is this? a test is chosen with -t" ;;
	esac
	shift
done

if [ -n "$valgrind" ]; then
	[ "${SAN:-none}" = none ] ||
		quit_usage "SAN=$SAN: valgrind cannot run what a sanitizer is built into; leave SAN out"
	SAN=none
fi

groups=base
case ${CC:-gcc} in
*clang)	groups="$groups clang" ;;
esac
[ -z "$valgrind" ] || groups="$groups valgrind"
# shellcheck disable=SC2086
"$top/scripts/deps" $groups || exit 1
# CC may be several words, such as "ccache gcc".
# shellcheck disable=SC2086
set -- ${CC:-gcc}
command -v "$1" >/dev/null 2>&1 ||
	die "CC=$CC: there is no such compiler here; install it, or leave CC out to use gcc"

tree=$("$top/scripts/get-tree" "${LINUX:-}") || exit 1

# Relative to where the user stands, not to the Makefile.
case ${O:-/} in
/*) ;;
*)	O=$PWD/$O ;;
esac
set -- "LINUX=$tree"
[ -z "${O:-}" ] || set -- "$@" "O=$O"
[ -z "${SAN:-}" ] || set -- "$@" "SAN=$SAN"
[ -z "${CC:-}" ] || set -- "$@" "CC=$CC"
[ -z "${CONFIG:-}" ] || set -- "$@" "CONFIG=$CONFIG"
silent=-s
if [ -n "${V:-}" ]; then
	set -- "$@" "V=$V"
	[ "$V" = 0 ] || silent=
fi

# A make around us has its own idea of jobs and variables.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS
make $silent --no-print-directory -C "$top" -j"$(nproc)" "$@" >&2 ||
	die "the build failed, for the reason above; no test was run"
binary=$(make -s --no-print-directory -C "$top" "$@" print-binary) || binary=
case $binary in
'' | /*) ;;
*)	binary=$top/$binary ;;
esac
[ -x "$binary" ] ||
	die "the build made no test program${binary:+ ($binary)}; no test was run"

if [ -n "$only_list" ]; then
	eval "exec \"\$binary\" $runner"
fi

log=$(mktemp) || die "no temporary file can be made; is the disk full?"
trap 'rm -f "$log" "$log.rc"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -n "$valgrind" ]; then
	set -- valgrind -q --error-exitcode=99 --num-callers=30 "$binary" --no-fork
else
	set -- "$binary"
fi
{
	eval "\"\$@\" $runner"
	echo $? >"$log.rc"
} | tee "$log"
read -r rc <"$log.rc" || rc=1

# The closing line is made from the runner's totals.  One that died before these is
# counted by its results so far, and its death as one more failure; so is any
# failure that is not a test's, such as valgrind's complaints.
set -- $(awk '
	/^# Totals: / {
		for (i = 3; i <= NF; i++) {
			split($i, kv, ":")
			t[kv[1]] = kv[2]
		}
		totals = 1
	}
	/^ok [0-9]/ { if (/# SKIP/) s++; else p++ }
	/^not ok [0-9]/ { f++ }
	END {
		if (totals) {
			p = t["pass"] + t["xfail"]
			f = t["fail"] + t["xpass"] + t["error"]
			s = t["skip"]
		}
		print p + 0, f + 0, s + 0, totals + 0
	}' "$log")
passed=$1 failed=$2 skipped=$3
if [ "$4" = 0 ]; then
	failed=$((failed + 1))
	printf '%s: the test program ended without its totals (status %s)\n' "$me" "$rc" >&2
elif [ "$rc" != 0 ] && [ "$failed" = 0 ]; then
	failed=1
	if [ "$rc" = 99 ] && [ -n "$valgrind" ]; then
		printf '%s: valgrind found errors, see above\n' "$me" >&2
	else
		printf '%s: all tests passed, but the test program ended with status %s\n' "$me" "$rc" >&2
	fi
elif [ $((passed + failed)) = 0 ]; then
	rc=1
	printf '%s: no test was run%s\n' "$me" "${runner:+; ./run_tests.sh -l lists them}" >&2
fi
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$rc" = 0 ] && [ "$failed" = 0 ]
