# SPDX-License-Identifier: GPL-2.0
#
# For scripts/get-tree: what a kernel tree is, the cache folder, and how a package is unpacked.
# shellcheck shell=sh

# A tree takes 190 MB unpacked, its package 170 MB, apt's lists 130 MB.
need_mb=500

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$*"; exit 1; }

# Print "X.Y.Z-extra" of the tree in $1; fails if its Makefile has no version.
tree_version()
{
	awk '$2 == "=" && NR < 30 { v[$1] = $3 }
		END {
			print v["VERSION"] "." v["PATCHLEVEL"] "." v["SUBLEVEL"] v["EXTRAVERSION"]
			exit v["VERSION"] v["PATCHLEVEL"] v["SUBLEVEL"] !~ /^[0-9]+$/
		}' "$1/Makefile" 2>/dev/null
}

is_tree() { [ -f "$1/Kbuild" ] && [ -d "$1/mm" ] && [ -f "$1/include/linux/mm.h" ] && tree_version "$1" >/dev/null; }

# Is version $1 (X.Y...) one that the harness supports?
new_enough() { printf '%s\n' 6.12 "$1" | sed 's/^\([0-9]*\.[0-9]*\).*/\1/' | sort -V -C; }

# The first file of those that every build reads which tree $1 has not.
missing_part()
{
	for _f in mm/vma.c mm/vma.h mm/internal.h lib/maple_tree.c lib/rbtree.c \
		include/linux/maple_tree.h include/asm-generic/Kbuild \
		init/Kconfig scripts/kconfig/conf.c kernel/bounds.c kernel/fork.c \
		tools/testing/selftests/kselftest_harness.h; do
		[ -f "$1/$_f" ] || { echo "$_f"; return 0; }
	done
	return 1
}

# The folder $1 as the user's own tree: print its path or say what is wrong.
use_dir()
{
	[ -e "$1" ] || die "$1: no such folder; name a kernel tree, or a version such as 6.12"
	[ -d "$1" ] || die "$1: not a folder; name a kernel tree, or a version such as 6.12"
	_dir=$(cd "$1" 2>/dev/null && pwd -P) || die "$1: cannot be entered; check its permissions"
	is_tree "$_dir" ||
		die "$_dir: not a kernel tree; name the top folder of one, or a version such as 6.12"
	_v=$(tree_version "$_dir")
	new_enough "$_v" ||
		die "$_dir: too old ($_v; 6.12 or newer is needed); name a newer tree, or a version such as 6.12"
	! _part=$(missing_part "$_dir") ||
		die "$_dir: this kernel tree ($_v) is incomplete: it has no $_part; get the whole tree"
	echo "$_dir"
}

# Print the newest cached tree whose version matches the regular expression $1, if it has
# not been cut down since it was unpacked.
cached()
{
	for _d in "$cache"/linux-*; do
		is_tree "$_d" && ! missing_part "$_d" >/dev/null && echo "${_d#"$cache"/linux-}"
	done | grep -Ex "$1" | sort -V | tail -n 1 | while read -r _v; do echo "$cache/linux-$_v"; done | grep .
}

# A version as a regular expression.
literally() { echo "$1" | sed 's/\./\\./g'; }

# Keep other get-tree calls out until we end, and all that we started.
open_cache()
{
	case $cache in
	*[\"\\]*)	die "$cache: apt cannot use a folder with such a name; set VMA_CACHE to another folder" ;;
	/*)		;;
	*)		cache=$PWD/$cache ;;
	esac
	{ mkdir -p "$cache/apt/lists/partial" && : >>"$cache/.lock"; } 2>/dev/null ||
		die "$cache: cannot write there; set VMA_CACHE to a folder that you can write to"
	for _p in apt-get dpkg-deb xz tar flock; do
		command -v $_p >/dev/null ||
			die "there is no $_p here, so no tree can be downloaded; name one with LINUX=DIR, or run this on Debian with apt and xz-utils"
	done
	exec 9>>"$cache/.lock"
	flock -n 9 || { say "waiting for another get-tree to finish"; flock 9; }
	_free=$(df -Pk "$cache" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "${_free:-0}" -ge $need_mb ] ||
		die "$cache: not enough space: about $need_mb MB are needed, ${_free:-0} MB are free; make room, or set VMA_CACHE to another folder"
	rm -rf "$cache"/.new-*
	trap 'rm -rf "$cache"/.new-*' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# Unpack from the kernel package $1 what is needed, into folder $2, from the inner archive's
# top folder $3.  Nothing is stored in between.  sh cannot tell the status of each part of a
# pipe, so that they leave a file.
unpack()
{
	printf "$3/%s\n" Makefile Kbuild Kconfig COPYING MAINTAINERS include mm lib kernel fs \
		init ipc security block scripts tools/include tools/lib tools/arch \
		tools/scripts tools/build tools/testing/vma tools/testing/shared \
		tools/testing/radix-tree tools/testing/memblock tools/testing/selftests/mm \
		'*/Kconfig*' 'tools/testing/selftests/*.h' tools/testing/selftests/lib.mk >"$2.want"
	{ dpkg-deb --fsys-tarfile "$1" || echo dpkg-deb >>"$2.bad"; } 2>>"$2.err" |
		{ tar -xO "./usr/src/$3.tar.xz" || echo tar >>"$2.bad"; } 2>>"$2.err" |
		{ xz -dc -T0 || echo xz >>"$2.bad"; } 2>>"$2.err" |
		tar -x -C "$2" --strip-components=1 --no-same-owner --no-same-permissions \
			--wildcards --files-from="$2.want" 2>>"$2.err" && [ ! -e "$2.bad" ]
}
