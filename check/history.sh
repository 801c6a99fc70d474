# SPDX-License-Identifier: GPL-2.0
#
# For tests that need a kernel's git history: makes a small one out of a tree that
# was unpacked from a package.  No working tree is involved: the repository is bare.
# shellcheck shell=sh

# history TREE REPO: a repository with the tree as its only commit, branch main.  Most of
# what no build reads is left out, as it would only take time.
history()
{
	GIT_DIR=$2 GIT_INDEX_FILE=$2/index
	export GIT_DIR GIT_INDEX_FILE
	for _who in AUTHOR COMMITTER; do
		export GIT_${_who}_NAME=check GIT_${_who}_EMAIL=check@localhost
	done
	git init -q --bare -b main "$2"
	# As packs, not as one file for each blob; and not compressed.
	set -- -c core.bigFileThreshold=1 -c core.compression=0 --work-tree="$1" -C "$1" add -f --
	git "$@" . ':!fs/*/*.[ch]' ':!Documentation' ':!arch' ':!crypto' ':!drivers' ':!net' \
		':!samples' ':!sound' ':!tools'
	git "$@" ':(glob)**/Kconfig*' fs/proc tools/include ':(glob)tools/testing/selftests/*.h' \
		tools/testing/selftests/mm
	_parent=
	commit base
}

# commit SUBJECT: what the index holds, on top of what was committed last.
commit()
{
	_parent=$(git commit-tree ${_parent:+-p "$_parent"} -m "$1" "$(git write-tree)") &&
		git update-ref refs/heads/main "$_parent"
}

# change FILE COMMAND...: the file in the index becomes what the filter makes of it.
# Fails if that is the same.
change()
{
	_file=$1
	shift
	git cat-file blob ":$_file" >"$T/was"
	"$@" <"$T/was" >"$T/is"
	! cmp -s "$T/was" "$T/is" || return 1
	git update-index --add --cacheinfo "100644,$(git hash-object -w "$T/is"),$_file"
}

# A comment at the end, an error in the first function, a line behind the line that
# matches, and one at the beginning of the function.
add_comment()	{ cat; echo "/* $1 */"; }
add_error()	{ sed '0,/^{/s//{ this does not compile;/'; }
into_function()	{
	awk -v f="$1" -v text="$2" '
	$0 ~ "^[a-z].*[ *]" f "\\(" { inside = 1 }
	{ print }
	inside && /^\{/ { print text; inside = 0 }'
}
