# SPDX-License-Identifier: GPL-2.0
#
# For scripts/get-tree: which linux-source packages there are.  apt does the network and the
# verification, with the machine's sources and configuration but a state of its own in the
# cache folder: no root is needed, and the machine's lists and caches stay as they are.
# shellcheck shell=sh

# apt SUITES TOOL WORD...: with the machine's own suites, or all; what it says goes to the log
apt()
{
	_suites=$1 _tool=$2
	shift 2
	"$_tool" -c "$cache/apt/$_suites.conf" "$@" 2>>"$cache/apt/log"
}

# Write what apt is told for these suites, with the further sources that stdin has.  It comes
# on top of the machine's configuration (proxies, credentials), whose hooks are for its lists.
configure()
{
	eval "$(apt-config shell _list Dir::Etc::SourceList/f)"
	cat "${_list:-/dev/null}" - >"$cache/apt/$1.list" 2>/dev/null
	cat >"$cache/apt/$1.conf" <<CONF
Dir::State "$cache/apt";
Dir::State::Lists "$cache/apt/lists";
Dir::Cache "$cache/apt";
Dir::Etc::SourceList "$cache/apt/$1.list";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets;
APT::Get::List-Cleanup "false";
CONF
	[ "$1" = names ] || cat >>"$cache/apt/$1.conf" <<\CONF
Acquire::IndexTargets::deb::Packages {
	MetaKey "$(COMPONENT)/binary-$(ARCHITECTURE)/Packages";
	ShortDescription "Packages";
	Description "$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Packages";
};
CONF
	# Root's apt would download as a user of its own, who may not write here.
	[ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";' >>"$cache/apt/$1.conf"
}

# deb URI SUITE...: lines of a sources.list
deb()
{
	for _key in pgp gpg; do
		_key=/usr/share/keyrings/debian-archive-keyring.$_key
		[ ! -f $_key ] || break
	done
	_uri=$1
	shift
	printf "deb [signed-by=$_key] $_uri %s main\n" "$@"
}

# Debian's suites beside the machine's own, at the places that the machine uses.  They have
# names that change with each release of Debian, and a mirror's copies under the lasting names
# can be older than those under the code names: so the former tell the latter.
other_sources()
{
	# shellcheck disable=SC2016
	apt own apt-get indextargets --format '$(ORIGIN)-$(LABEL) $(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		sort -u >"$cache/apt/own"
	awk '$1 == "Debian-Debian" { print $2 }' "$cache/apt/own" | sort -u | while read -r _at; do
		deb "$_at" stable oldstable testing
	done | configure names
	apt names apt-get -q update >>"$cache/apt/log"
	names() { cat "$cache/apt/lists/"*_dists_"$1"_*Release 2>/dev/null | sed -n 's/^Codename: //p'; }
	_released="$(names stable) $(names oldstable)"
	awk '{ print $1, $2 }' "$cache/apt/own" | sort -u | while read -r _label _at; do
		case $_label in
		Debian-Debian)
			deb "$_at" $(names testing) sid experimental
			for _r in $_released; do deb "$_at" "$_r" "$_r-updates" "$_r-backports"; done ;;
		Debian-Debian-Security)
			for _r in $_released; do deb "$_at" "$_r-security"; done ;;
		esac
	done | awk -v own="$cache/apt/own" '
		BEGIN { while ((getline <own) > 0) have[$2, $3] }
		!(($3, $4) in have)'
}

# Bring the lists of these suites (own or all) up to date, unless that was done within a day;
# fails, with the reason in $why, if there are none.
refresh()
{
	if [ -z "$(find "$cache/apt/$1.done" -mmin -1440 2>/dev/null)" ] || [ "${stale:-}" = "$1" ]; then
		say "reading the package lists of $1 suites"
		case $1 in
		own)	: | configure own ;;
		all)	other_sources | configure all ;;
		esac
		: >"$cache/apt/log"
		apt "$1" apt-get -q update >>"$cache/apt/log" && touch "$cache/apt/$1.done"
		# The part of them that could be had is better than nothing.
		_left=$(sed -n 's|^[EW]: .*/dists/\([^/ ]*\)/InRelease.*|\1|p' "$cache/apt/log" | sort -u | tr '\n' ' ')
		[ -z "$_left" ] || say "without $_left($(apt_said))"
	fi
	offers "$1" >"$cache/apt/offers"
	[ -s "$cache/apt/offers" ] || apt "$1" apt-cache pkgnames | grep -q . || {
		why="no package lists could be had ($(apt_said))"
		return 1
	}
}

# What apt complained of first, as a half sentence.
apt_said()
{
	_m=$(sed -n 's/^[EW]: *//p; s/^Err:[0-9]* */failed: /p' "$cache/apt/log" | grep -m 1 . | cut -c 1-200)
	printf '%s' "${_m:-apt did not say why}"
}

# Print "VERSION DEBIAN-VERSION PACKAGE SUITE" of each linux-source package, oldest first.
offers()
{
	apt "$1" apt-cache pkgnames linux-source- | grep -Ex 'linux-source-[0-9]+\.[0-9]+' | sort |
		while read -r _p; do ! new_enough "${_p#linux-source-}" || apt "$1" apt-cache madison "$_p"; done |
		awk '{
			v = $3
			sub(/^[0-9]+:/, "", v)
			sub(/-[^-]*$/, "", v)
			gsub(/~/, "-", v)
			sub(/\/.*/, "", $6)
			print v, $3, $1, $6
		}' | sort -V -u
}

# The line of "offers" for SPEC $1; a release candidate only where there is nothing else.
choose()
{
	awk -v spec="$1" '
	spec == $1 || spec == "default" || spec == "newest" || $3 == "linux-source-" spec {
		if ($1 ~ /rc/) rc = $0; else found = $0
	}
	END { if (found rc != "") print found != "" ? found : rc }' "$cache/apt/offers"
}
