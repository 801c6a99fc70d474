# SPDX-License-Identifier: GPL-2.0
#
# For the check/*.test files: ". "$(dirname "$0")/lib.sh"" first, finish last.
# Each result is a line "ok N - TEXT" or "not ok N - TEXT"; lines beginning with
# "#" explain.
# shellcheck shell=sh

set -u
LC_ALL=C
export LC_ALL

# The harness's top folder, and a folder of the test's own, gone when it ends.
# Everyone may enter the latter, for as_user.
top=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
T=$(mktemp -d) && chmod 755 "$T" || exit 1
count=0
at_exit=:

trap 'eval "$at_exit"; chmod -R u+w "$T" 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 1' INT TERM HUP

# A make or a user around us must not change what is tested.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES LINUX O SAN CC CONFIG OPT V

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass()
{
	count=$((count + 1))
	echo "ok $count - $*"
}

fail()
{
	count=$((count + 1))
	echo "not ok $count - $*"
}

# skip TEXT REASON
skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# ok TEXT COMMAND...: the command's success is the result.
ok()
{
	_text=$1
	shift
	if "$@"; then
		pass "$_text"
	else
		fail "$_text"
		diag "failed: $*"
		return 1
	fi
}

# has TOOL: can it be run?  clang has to have its sanitizers, which come apart from it.
has()
{
	case $1 in
	clang)
		echo 'int main(void) { return 0; }' >"$T/has.c" &&
			clang -fsanitize=address,undefined "$T/has.c" -o "$T/has" >/dev/null 2>&1 ;;
	*)	command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# needs TOOL...: without one of them nothing of this file can be tested.
needs()
{
	for _tool; do
		has "$_tool" && continue
		skip "all of $(basename "$0" .test)" "there is no $_tool here"
		finish
	done
}

# For make: stacks with their places, but no variables for gdb, are compiled sooner.
lean=EXTRA_CFLAGS=-g1

finish()
{
	echo "1..$count"
	exit 0
}

# run COMMAND...: its output goes to $T/out and $T/err, its status to $rc.
run()
{
	ran=$*
	"$@" >"$T/out" 2>"$T/err" </dev/null
	rc=$?
	return 0
}

# Say what the last run did, under a failed result.
show()
{
	diag "ran: $ran"
	diag "status $rc; stdout, stderr (the last 15 lines of each):"
	tail -n 15 "$T/out" | sed 's/^/#   /'
	tail -n 15 "$T/err" | sed 's/^/#   /'
}

# fails TEXT PATTERN [LINES]: the last run failed, with nothing on stdout and one
# message on stderr (at most LINES lines, 1 if not given) that matches the extended
# regular expression.
fails()
{
	if [ $rc != 0 ] && [ $rc -lt 128 ] && [ ! -s "$T/out" ] &&
		[ "$(wc -l <"$T/err")" -le "${3:-1}" ] && grep -Eq -- "$2" "$T/err"; then
		pass "$1"
	else
		fail "$1"
		diag "expected a failure, with at most ${3:-1} line(s) that match: $2"
		show
		return 1
	fi
}

# works TEXT PATTERN: the last run succeeded, and its stdout matches.
works()
{
	if [ $rc = 0 ] && grep -Eq -- "$2" "$T/out"; then
		pass "$1"
	else
		fail "$1"
		diag "expected success, with output that matches: $2"
		show
		return 1
	fi
}

# harness DIR NAME...: a copy of the harness, of whose tests it has only these tests/NAME.c:
# what is tested with it is not the kernel.
harness()
{
	_to=$1
	shift
	mkdir "$_to" && (cd "$top" && cp -r [!b]* "$_to") || return
	for _file in $(grep -lr '^TEST' "$_to/tests" --include=*.c); do
		case " $* " in
		*" $(basename "$_file" .c) "*) ;;
		*)	rm "$_file" ;;
		esac
	done
}

# add_known_bug DIR: to the copy of the harness in DIR, a test of a "bug" that each tree
# has, and that a tree which never merges VMAs has not: known.neighbours.stay_apart.
add_known_bug()
{
	cat >"$1/tests/known.c" <<'C'
// SPDX-License-Identifier: GPL-2.0
#include "tests/aspace.h"

FIXTURE_LIKE(known, aspace);

FIXTURE_VARIANT(known) {
	char kind;
};

FIXTURE_VARIANT_ADD(known, neighbours) {
	.kind = 'w',
};

TEST_F(known, stay_apart)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, 2, variant->kind, 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, variant->kind, 0, 0));
	ASSERT_SPACE("ww|ww");
}
XFAIL_ADD(known, neighbours, stay_apart);
C
}

# take_build TREE: where to build the tree as it is, with the default variables but for
# EXTRA_TESTS: $o.  check/run has a folder for all files that ask; while another one has
# it, or without check/run, it is a new one.  leave_build when it is not needed any more.
take_build()
{
	o=$T/o
	[ -n "${CHECK_BUILDS:-}" ] || return 0
	_build=$CHECK_BUILDS/$(basename "$1")
	exec 8>"$_build.lock"
	if flock -n 8; then
		o=$_build
	else
		exec 8>&-
	fi
}

leave_build()
{
	exec 8>&-
	rm -rf "$T/o"
}

# As an ordinary user who can neither sudo nor write here.
as_user()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$@"
	else
		"$@"
	fi
}
