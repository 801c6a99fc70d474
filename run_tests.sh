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
usage: ./run_tests.sh [--yes] [--valgrind] [VAR=value]... [test selection]
       ./run_tests.sh --range BASE..TIP [--results DIR] [VAR=value]... [test selection]
       ./run_tests.sh --bisect-step [VAR=value]... [test selection]
       ./run_tests.sh --compare LINUX=A LINUX=B [VAR=value]... [test selection]
       ./run_tests.sh --fuzz-against LINUX=A LINUX=B [VAR=value]... [options of vma fuzz]
       ./run_tests.sh --selftests [NAME]... [VAR=value]...

Finds or downloads a kernel tree, builds it with the harness and runs the tests.
Prints KTAP, then one line "N passed, N failed, N skipped". Offers to install missing
packages. Exits 0 only if tests ran and all of them passed. Known bugs that this tree
has fixed are listed on a line of their own and count as passed.

  LINUX=   the kernel tree: a folder, a version (6.12, 7.2.13) or newest (default:
           the tree that contains the harness, else one packaged by Debian)
  CONFIG=  the kernel configuration, config/CONFIG.config
  SAN=     asan (the default; with UBSan), tsan or none
  OPT=     optimisation level of all files: 0, 1, 2, 3, g or s
  CC=      the compiler: gcc (the default), clang, or a version such as clang-14
  O=       the build folder
  V=1      show the commands of the build
           (each of these can be set in the environment, too)

  --yes        install what is missing through sudo without asking (YES=1 in the
               environment does the same)
  --valgrind   run the tests under valgrind, in one process; implies SAN=none

  --range BASE..TIP  build and test every commit of a git range, the base first.
               LINUX= is the git tree (default: the current folder); it is only read.
               Skips commits that change no compiled file. If you interrupt it, the
               finished commits are not run again the next time. --jobs N applies to
               the build and to the tests. Exits 0 only if all tested commits passed.
               The worktree, the last build and ccache are kept in the cache folder,
               which can be deleted at any time.
  --results DIR  write the results of --range to DIR: KTAP and build log of each commit,
               junit.xml and summary.json, see doc/results.md (default:
               build/range-CONFIG-SAN-CC in the harness's folder)
  --bisect-step  for "git bisect run": build and test LINUX= (default: the current
               folder) as it is. Exits 0 if the tests passed, 1 if one failed,
               125 (skip) if the tree does not build, 128 (abort) if the step
               itself failed
  --compare    list the tests whose results differ between two trees, the traps that
               are new or gone, and the functions of the shim whose types changed.
               Exits 0 if nothing differs, 1 if something does, 2 on an error
  --fuzz-against  run the same random programs of calls on two trees, and show what
               differs first, see doc/fuzz.md. Takes -s SECONDS, -n PROGRAMS, --seed N,
               --corpus DIR and --intended FILE. The default is SAN=none OPT=2. Exits as
               --compare does

  --selftests  build programs of the tree's tools/testing/selftests/mm and run them on the
               tree, see doc/selftests.md. Without a NAME, those that need nothing which
               is not compiled in. The default is SAN=none

These options select tests and are passed to the kselftest runner:
  -l             list the tests, do not run them
  -f F  -F F     run, or leave out, the tests of fixture F
  -v V  -V V     run, or leave out, the tests of variant V
  -t T  -T T     run, or leave out, the tests named T
  -r F.V.T       run exactly this test: fixture, variant, name
  -d             print debugging messages of the runner
  --jobs N       run N tests at a time (default: one for each processor)
  --no-fork      run all tests in one process, for a debugger
  --fail-fast    stop after the first failure
  --strict       fail if this tree has fixed a known bug, or if a test file does not
                 compile on it (by default such a file is left out)
  --failed-first  start with the tests that failed in the last run
  -- WORDS       pass WORDS to the program, for example a command of it
USAGE
}

# An error of the step itself must not count as a bad commit: 128 ends a bisection.
failure=
case " $* " in
*" --bisect-step "*)	failure=128 ;;
esac

die()
{
	printf '%s: %s\n' "$me" "$*" >&2
	exit ${failure:-1}
}

quit_usage()
{
	printf '%s: %s; see ./run_tests.sh --help\n' "$me" "$*" >&2
	exit ${failure:-2}
}

# $runner holds the arguments of the runner as quoted text: sh has only one list.
runner=
pass_on()
{
	for _w; do
		runner="$runner '$(printf '%s' "$_w" | sed "s/'/'\\\\''/g")'"
	done
}

valgrind=
only_list=
mode=
range=
results=
jobs=
trees=0
one_process=
fuzz_option=
strict=0
set_mode()
{
	[ -z "$mode" ] || quit_usage "$1: cannot be combined with $mode"
	mode=$1
}
while [ $# -gt 0 ]; do
	case $1 in
	LINUX=*)
		other_tree=${LINUX:-}
		LINUX=${1#*=}
		trees=$((trees + 1)) ;;
	CONFIG=*)	CONFIG=${1#*=} ;;
	SAN=*)		SAN=${1#*=} ;;
	OPT=*)		OPT=${1#*=} ;;
	CC=*)		CC=${1#*=} ;;
	O=*)		O=${1#*=} ;;
	V=*)		V=${1#*=} ;;
	--help | -h)	usage; exit 0 ;;
	--valgrind)	valgrind=1 ;;
	--yes)		YES=1; export YES ;;
	--no-fork)	one_process=$1; pass_on "$1" ;;
	--)		shift; pass_on "$@"; break ;;
	-l)		only_list=1; pass_on "$1" ;;
	-d | --fail-fast | --failed-first)	pass_on "$1" ;;
	--strict)	strict=1; pass_on "$1" ;;
	--jobs)
		[ $# -ge 2 ] || quit_usage "$1: needs a number"
		jobs=$2
		shift ;;
	--range)
		[ $# -ge 2 ] || quit_usage "$1: needs two commits, BASE..TIP"
		set_mode "$1"
		range=$2
		shift ;;
	--results)
		[ $# -ge 2 ] || quit_usage "$1: needs a folder"
		results=$2
		shift ;;
	--bisect-step | --compare | --fuzz-against | --selftests)
		set_mode "$1" ;;
	-s | -n | --seed | --corpus | --intended)
		[ $# -ge 2 ] || quit_usage "$1: missing argument"
		fuzz_option=$1
		pass_on "$1" "$2"
		shift ;;
	-[fFvVtTr])
		[ $# -ge 2 ] || quit_usage "$1: needs a name"
		pass_on "$1" "$2"
		shift ;;
	-[fFvVtTr]*)	pass_on "$1" ;;
	-*)		quit_usage "$1: no such option" ;;
	[A-Z]*=*)	quit_usage "${1%%=*}: no such variable" ;;
	*)
		[ "$mode" = --selftests ] ||
			quit_usage "$1: unexpected argument; choose a test with -t"
		pass_on "$1" ;;
	esac
	shift
done

if [ -n "$mode" ]; then
	for _w in ${valgrind:+--valgrind} ${only_list:+-l} $one_process; do
		quit_usage "$_w: cannot be combined with $mode"
	done
fi
[ -z "$results" ] || [ "$mode" = --range ] || quit_usage "--results: needs --range"
[ -z "$fuzz_option" ] || [ "$mode" = --fuzz-against ] ||
	quit_usage "$fuzz_option: needs --fuzz-against"
if [ "$mode" = --compare ] || [ "$mode" = --fuzz-against ]; then
	[ $trees = 2 ] || quit_usage "$mode: needs two trees, LINUX=A LINUX=B"
elif [ $trees -gt 1 ]; then
	quit_usage "LINUX=$LINUX: a second tree needs --compare or --fuzz-against"
fi
if [ "$mode" = --range ] && [ -n "${O:-}" ]; then
	quit_usage "O=$O: cannot be combined with --range, which builds in the cache folder (VMA_CACHE); use --results for the results"
fi
if [ -n "$mode" ]; then
	case $jobs in
	0* | *[!0-9]* | ?????*)	quit_usage "--jobs $jobs: not a number from 1 to 9999" ;;
	esac
elif [ -n "$jobs" ]; then
	pass_on --jobs "$jobs"
fi

if [ -n "$valgrind" ]; then
	[ "${SAN:-none}" = none ] ||
		quit_usage "SAN=$SAN: valgrind cannot run a program built with a sanitizer; leave SAN out"
	SAN=none
fi

groups=base
case ${CC:-gcc} in
*clang)	groups="$groups clang" ;;
esac
[ -z "$valgrind" ] || groups="$groups valgrind"
case $mode in
--compare)	groups="$groups compare" ;;
--selftests)	groups="$groups selftests" ;;
--fuzz-against)	;;
--*)		groups="$groups commits" ;;
esac
# shellcheck disable=SC2086
"$top/scripts/deps" $groups || exit ${failure:-1}
# CC may be several words, such as "ccache gcc".
# shellcheck disable=SC2086
set -- ${CC:-gcc}
command -v "$1" >/dev/null 2>&1 ||
	die "CC=$CC: compiler not found; install it, or leave CC out to use gcc"


# The modes for several trees or commits have scripts of their own.
if [ "$mode" = --selftests ]; then
	SAN=${SAN:-none}
elif [ -n "$mode" ]; then
	[ -n "$jobs" ] || jobs=$(nproc)
	set --
	for _v in "SAN=${SAN:-}" "STRICT=${strict#0}" "OPT=${OPT:-}" "CC=${CC:-}" "CONFIG=${CONFIG:-}" "V=${V:-}"; do
		[ -z "${_v#*=}" ] || set -- "$@" "$_v"
	done
	case $mode in
	--range)
		[ -n "$results" ] ||
			results=$top/build/range-${CONFIG:-default}-${SAN:-asan}${OPT:+-O$OPT}-$(echo "${CC:-gcc}" | tr ' /' __)
		set -- "$top/scripts/run-range" --range "$range" --linux "${LINUX:-.}" \
			--results "$results" --jobs "$jobs" "$@" ;;
	--bisect-step)
		set -- "$top/scripts/bisect-step" --linux "${LINUX:-.}" ${O:+--out "$O"} \
			--jobs "$jobs" "$@" ;;
	--compare)
		tree=$("$top/scripts/get-tree" "$LINUX") &&
			other_tree=$("$top/scripts/get-tree" "$other_tree") || exit 2
		set -- "$top/scripts/compare-trees" --linux "$other_tree" --linux "$tree" \
			${O:+--out "$O"} --jobs "$jobs" "$@" ;;
	--fuzz-against)
		tree=$("$top/scripts/get-tree" "$LINUX") &&
			other_tree=$("$top/scripts/get-tree" "$other_tree") || exit 2
		[ -n "${SAN:-}" ] || set -- "SAN=none" "$@"
		[ -n "${OPT:-}" ] || set -- "OPT=2" "$@"
		case ${O:=$top/build/fuzz-against} in
		/*) ;;
		*)	O=$PWD/$O ;;
		esac
		set -- "$top/scripts/fuzz-against" "$other_tree" "$tree" "$O" "$jobs" "$@" ;;
	esac
	eval "exec \"\$@\" -- $runner"
fi

tree=$("$top/scripts/get-tree" "${LINUX:-}") || exit 1

# O= is relative to the user's folder, not to the Makefile.
case ${O:-/} in
/*) ;;
*)	O=$PWD/$O ;;
esac
set -- "LINUX=$tree"
[ -z "${O:-}" ] || set -- "$@" "O=$O"
[ -z "${SAN:-}" ] || set -- "$@" "SAN=$SAN"
[ -z "${OPT:-}" ] || set -- "$@" "OPT=$OPT"
[ -z "${CC:-}" ] || set -- "$@" "CC=$CC"
[ -z "${CONFIG:-}" ] || set -- "$@" "CONFIG=$CONFIG"
[ "$strict" = 0 ] || set -- "$@" STRICT=1
silent=-s
if [ -n "${V:-}" ]; then
	set -- "$@" "V=$V"
	[ "$V" = 0 ] || silent=
fi

# Jobs and variables of a calling make do not apply here.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS
make $silent --no-print-directory -C "$top" -j"$(nproc)" "$@" >&2 ||
	die "the build failed (see above); no test was run"
binary=$(make -s --no-print-directory -C "$top" "$@" print-binary) || binary=
case $binary in
'' | /*) ;;
*)	binary=$top/$binary ;;
esac
[ -x "$binary" ] ||
	die "the build did not create the test program${binary:+ ($binary)}; no test was run"

if [ "$mode" = --selftests ]; then
	eval "exec \"\$top/scripts/selftests\" \"\$tree\" \"\$binary\" \
		\"\$(dirname \"\$binary\")/selftests\" \"\${CC:-gcc}\" $runner"
fi

if [ -n "$only_list" ]; then
	eval "exec \"\$binary\" $runner"
fi

log=$(mktemp) || die "cannot create a temporary file; is the disk full?"
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
# 64: the program has refused its arguments and said why.
[ "$rc" != 64 ] || exit 2

# The closing line comes from the runner's totals.  If the program died before it
# printed them, count its results so far, and its death as one more failure.  Errors
# outside of tests, such as valgrind's, count as one failure.
set -- $(awk -v strict=$strict '
	/^# Totals: / {
		for (i = 3; i <= NF; i++) {
			split($i, kv, ":")
			t[kv[1]] = kv[2]
		}
		totals = 1
	}
	/^ok [0-9]/ { if (/# SKIP/) s++; else p++ }
	/^not ok [0-9]/ { f++ }
	/^[0-9]+ known bugs? (is|are) fixed in this tree: / { fixed = $1 }
	END {
		if (totals) {
			p = t["pass"] + t["xfail"] + t["xpass"]
			f = t["fail"] + t["error"]
			s = t["skip"]
		}
		if (strict) {
			p -= fixed
			f += fixed
		}
		print p + 0, f + 0, s + 0, totals + 0
	}' "$log")
passed=$1 failed=$2 skipped=$3
if [ "$4" = 0 ]; then
	failed=$((failed + 1))
	printf '%s: the test program ended without printing totals (status %s)\n' "$me" "$rc" >&2
elif [ "$rc" != 0 ] && [ "$failed" = 0 ]; then
	failed=1
	if [ "$rc" = 99 ] && [ -n "$valgrind" ]; then
		printf '%s: valgrind found errors, see above\n' "$me" >&2
	else
		printf '%s: all tests passed, but the test program ended with status %s\n' "$me" "$rc" >&2
	fi
elif [ $((passed + failed)) = 0 ]; then
	rc=1
	printf '%s: no test was run\n' "$me" >&2
fi
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$rc" = 0 ] && [ "$failed" = 0 ]
