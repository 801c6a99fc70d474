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

Installs what is missing, finds or downloads a kernel tree, builds it with the
harness and runs the tests: KTAP, and a last line "N passed, N failed, N skipped".
Exits 0 only if tests were run and all of them passed. Known bugs that are fixed in
this tree are named in a line of their own, and count as passed.

  LINUX=   the kernel tree: a folder, a version (6.12, 7.2.13) or newest; without it
           the tree that the harness stands in, or one that Debian packages
  CONFIG=  the kernel configuration, config/CONFIG.config
  SAN=     asan (the default; with UBSan), tsan or none
  OPT=     0, 1, 2, 3, g or s: optimise everything so, see make help
  CC=      gcc (the default) or clang, or a version of them such as clang-14
  O=       the folder to build in
  V=1      show the commands of the build
           (each of these may be in the environment as well)

  --yes        install what is missing through sudo without asking (YES=1 in the
               environment does the same)
  --valgrind   run the tests, in one process, under valgrind; implies SAN=none

  --range BASE..TIP  build and test every commit of a git range, the base first.
               LINUX= is the git tree (default: the one that you stand in); it is only
               read. Commits that change nothing that is compiled are skipped. What is
               finished stays when you interrupt it, and is not run again the next time.
               Exits 0 only if all that was tested passed. --jobs N is for the build
               and for the tests. What is kept to be quick (a worktree, the last build,
               ccache) is in the cache folder, which can be deleted at any time.
  --results DIR  where the results of --range go: KTAP and build log of each commit,
               junit.xml and summary.json, see doc/results.md (default:
               build/range-CONFIG-SAN-CC, in the harness's folder)
  --bisect-step  for "git bisect run": build and test LINUX= (default: the git tree
               that you stand in) as it is now. Exits 0 if the tests passed, 1 if one
               failed, 125 if there is nothing to be told, as the tree does not build,
               128 if the step itself went wrong, which ends the bisection
  --compare    which tests differ between two trees, which traps are new or gone, and
               which of the harness's functions changed their types. Exits 0 if nothing
               differs, 1 if something does, 2 if that could not be found out

The test selection goes to the kselftest runner:
  -l             list the tests, and run none
  -f F  -F F     only, or all but, the tests of fixture F
  -v V  -V V     only, or all but, those of variant V
  -t T  -T T     only, or all but, test T
  -r F.V.T       only this test of this variant of this fixture
  -d             the runner's debugging mode
  --jobs N       N tests at a time (default: one for each processor)
  --no-fork      all tests in one process, for a debugger
  --fail-fast    run nothing after a failure
  --strict       a known bug that is fixed in this tree is a failure, too; and so is
                 a file of tests that does not compile on it, else left out
  --failed-first  run what failed the last time before all else
  -- WORDS       anything else
USAGE
}

# What goes wrong in a step must not count as a bad commit: 128 ends a bisection.
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
mode=
range=
results=
jobs=
trees=0
one_process=
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
	--bisect-step | --compare)
		set_mode "$1" ;;
	-[fFvVtTr])
		[ $# -ge 2 ] || quit_usage "$1: needs a name"
		pass_on "$1" "$2"
		shift ;;
	-[fFvVtTr]*)	pass_on "$1" ;;
	-*)		quit_usage "$1: no such option" ;;
	[A-Z]*=*)	quit_usage "${1%%=*}: no such variable" ;;
	*)		quit_usage "$1: unexpected argument; a test is chosen with -t" ;;
	esac
	shift
done

if [ -n "$mode" ]; then
	for _w in ${valgrind:+--valgrind} ${only_list:+-l} $one_process; do
		quit_usage "$_w: cannot be combined with $mode"
	done
fi
[ -z "$results" ] || [ "$mode" = --range ] || quit_usage "--results: goes with --range only"
if [ "$mode" = --compare ]; then
	[ $trees = 2 ] || quit_usage "--compare: needs two trees, LINUX=A LINUX=B"
elif [ $trees -gt 1 ]; then
	quit_usage "LINUX=$LINUX: there is one tree already; two are for --compare"
fi
if [ "$mode" = --range ] && [ -n "${O:-}" ]; then
	quit_usage "O=$O: --range builds in the cache folder (VMA_CACHE), and --results names another one for results"
fi
if [ -n "$mode" ]; then
	case $jobs in
	0* | *[!0-9]* | ?????*)	quit_usage "--jobs $jobs: wants a number from 1 to 9999" ;;
	esac
elif [ -n "$jobs" ]; then
	pass_on --jobs "$jobs"
fi

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
case $mode in
--compare)	groups="$groups compare" ;;
--*)		groups="$groups commits" ;;
esac
# shellcheck disable=SC2086
"$top/scripts/deps" $groups || exit ${failure:-1}
# CC may be several words, such as "ccache gcc".
# shellcheck disable=SC2086
set -- ${CC:-gcc}
command -v "$1" >/dev/null 2>&1 ||
	die "CC=$CC: there is no such compiler here; install it, or leave CC out to use gcc"


# Those that take more than one tree, or one at more than one commit, do the rest.
if [ -n "$mode" ]; then
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
	esac
	eval "exec \"\$@\" -- $runner"
fi

tree=$("$top/scripts/get-tree" "${LINUX:-}") || exit 1

# Relative to where the user stands, not to the Makefile.
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
# The program does not take these words, and has said why.
[ "$rc" != 64 ] || exit 2

# The closing line is made from the runner's totals.  One that died before these is
# counted by its results so far, and its death as one more failure; so is any
# failure that is not a test's, such as valgrind's complaints.
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
	printf '%s: no test was run\n' "$me" >&2
fi
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$rc" = 0 ] && [ "$failed" = 0 ]
