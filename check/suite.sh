# SPDX-License-Identifier: GPL-2.0
#
# For check/suite.test and check/builds.test, behind check/lib.sh.

jobs=$(nproc)

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
