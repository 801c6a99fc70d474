# SPDX-License-Identifier: GPL-2.0
#
# For check/suite.test and check/builds.test, behind check/lib.sh.

jobs=$(nproc)

# known_bugs TEXT TREE CONFIG: the last run failed where doc/kernel-bugs.md has it, if that
# knows this tree, and nowhere else
known_bugs()
{
	_version=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = /./p; s/^SUBLEVEL = /./p' "$2/Makefile" |
		tr -d '\n')
	if ! "$top/scripts/kernel-bugs" list "$_version" "$3" >"$T/known" 2>&1; then
		skip "$1: its known bugs" "$(cat "$T/known")"
		return
	fi
	# A configuration may be without one of them.
	sed -n 's/^\(not \)*ok [0-9]* \([^ ]*\).*/\2/p' "$T/out" >"$T/all"
	grep -Fx -f "$T/all" "$T/known" | sort >"$T/known.sorted"
	awk '/# XFAIL/ { print $3 }' "$T/out" | sort >"$T/known.here"
	ok "$1: its known bugs are those of doc/kernel-bugs.md" \
		cmp -s "$T/known.sorted" "$T/known.here" ||
		diff "$T/known.sorted" "$T/known.here" | sed -n 's/^[<>]/# &/p'
}

# suite TEXT TREE VARIABLE=VALUE...: build, run, and see that all is well
suite()
{
	text=$1 tree=$2
	shift 2
	if [ $# = 0 ]; then
		take_build "$tree"
	else
		o=$T/o
		rm -rf "$o"
		set -- "$@" "$lean"
	fi
	if ! make -s -C "$top" -j"$jobs" LINUX="$tree" O="$o" "$@" >"$T/build" 2>&1; then
		fail "$text: the build"
		tail -n 20 "$T/build" | sed 's/^/# /'
		[ $# != 0 ] || leave_build
		return
	fi
	run "$o/vma"
	if [ "$rc" = 0 ] && grep -q '^# Totals: pass:[1-9][0-9]* fail:0 .* error:0' "$T/out"; then
		pass "$text: $(sed -n 's/^# Totals: //p' "$T/out")"
		sed -n 's/^[0-9]* known bugs\{0,1\} .* fixed in this tree: /# &/p' "$T/out"
		config=default
		for _word; do
			case $_word in CONFIG=*) config=${_word#CONFIG=} ;; esac
		done
		known_bugs "$text" "$tree" "$config"
	else
		fail "$text"
		sed -n '/^# FAILED/,$s/^/# /p' "$T/out" | head -n 40
		tail -n 20 "$T/err" | sed 's/^/# /'
	fi
	case $* in
	*SAN=tsan*)	;;
	*)	run timeout 120 "$o/vma" stress -s 2
		ok "$text: stress finds nothing" [ "$rc" = 0 ] || show ;;
	esac
	# The others stay until the next one.
	[ $# != 0 ] || leave_build
}
