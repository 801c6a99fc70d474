# SPDX-License-Identifier: GPL-2.0
#
# What run-range, bisect-step and compare-trees have in common: building a tree
# with the harness, running the tests, and reading what came out.
package VmaRun;

use strict;
use warnings;
use Encode ();
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use JSON::PP ();
use POSIX ();

our @EXPORT_OK = qw(die_clearly print_help kind run stop_on_signals stopped cache_folder build_errors
		    read_ktap fixed_text read_file write_file write_json read_json);

our $me = ($0 =~ m{([^/]+)$})[0];
our $trouble = 2;	# the exit status of what is neither good nor bad

sub die_clearly
{
	print STDERR "$me: @_\n";
	exit $trouble;
}

# What stands at the top of the script.
sub print_help
{
	open my $in, '<', $0 or die_clearly("$0: $!");
	while (<$in>) {
		next if $. < 3;
		s/^#( |$)// or s/^#(?=\t)// or last;
		print;
	}
	exit 0;
}

# kind(NAME => VALUE...): what make calls a build of these variables.
sub kind
{
	my %vars = @_;
	my @opt = $vars{OPT} eq '' ? () : "O$vars{OPT}";

	return join('-', $vars{CONFIG}, $vars{SAN}, @opt, $vars{CC}) =~ tr{ /}{_}r;
}

# ---- processes ---------------------------------------------------------------

# A signal ends the running command, with all that it started; whoever called run()
# asks stopped() then, and leaves in order.
my ($child, $signal);

sub stopped { $signal }

sub stop_on_signals
{
	for my $name (qw(INT TERM HUP)) {
		$SIG{$name} = sub {
			$signal = $name;
			kill 'TERM', -$child if $child;
		};
	}
}

# run({out, err, env, tick}, COMMAND...): its status as of $?, or -1 when stopped.
# Without err both streams go to out.  tick() is called each second.
sub run
{
	my ($how, @command) = @_;

	return -1 if $signal;
	$child = fork // die_clearly("cannot start $command[0]: $!");
	if (!$child) {
		# A group of its own, so that all of it can be ended.
		setpgrp;
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);
		%ENV = (%ENV, %{$how->{env} // {}});
		open STDIN, '<', '/dev/null';
		my $ok = open(STDOUT, '>', $how->{out}) &&
			($how->{err} ? open(STDERR, '>', $how->{err}) : open(STDERR, '>&', \*STDOUT));
		$ok and exec { $command[0] } @command;
		print STDERR "$command[0]: $!\n";
		POSIX::_exit(127);
	}
	setpgrp $child, $child;
	local $SIG{ALRM} = sub { $how->{tick}->(); alarm 1 };
	alarm 1 if $how->{tick};
	my $got;
	do {
		$got = waitpid $child, 0;
	} while ($got < 0 && $!{EINTR});
	my $status = $?;
	alarm 0;
	undef $child;
	return $signal ? -1 : $status;
}

# ---- files -------------------------------------------------------------------

sub read_file
{
	my ($file) = @_;

	open my $in, '<:raw', $file or return;
	local $/;
	return scalar <$in>;
}

# Whole or not at all.
sub write_file
{
	my ($file, $text) = @_;

	utf8::encode($text) if utf8::is_utf8($text);
	open my $out, '>:raw', "$file.new" or die_clearly("$file: cannot be written ($!)");
	(print $out $text) && close($out) && rename("$file.new", $file)
		or die_clearly("$file: cannot be written ($!)");
}

my $json = JSON::PP->new->utf8->pretty->canonical;

sub write_json { write_file($_[0], $json->encode($_[1])) }

sub read_json
{
	my $text = read_file($_[0]) // return;
	return eval { $json->decode($text) };
}

sub cache_folder
{
	my $home = $ENV{XDG_CACHE_HOME} || ($ENV{HOME} // '/nonexistent') . '/.cache';
	my $folder = $ENV{VMA_CACHE} || "$home/vma-harness";

	make_path($folder, { error => \my $err });
	die_clearly("$folder: cannot be written; name another folder with VMA_CACHE")
		unless -w $folder;
	return Cwd::abs_path($folder);
}

# ---- building ----------------------------------------------------------------

# new(top, tree, out, vars => [NAME=VALUE...], jobs, bin): how to build tree in out.
# With bin, a folder of ours, whatever is compiled goes through ccache.
sub new
{
	my ($class, %self) = @_;
	my $self = bless \%self, $class;
	my %vars = map { /^(\w+)=(.*)$/s } @{$self->{vars}};

	# A make around us has its own idea of jobs and variables.
	delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES GNUMAKEFLAGS)};
	delete @ENV{qw(LINUX O SAN OPT CC CONFIG V)};
	$self->use_ccache($vars{CC} || 'gcc') if $self->{bin};
	$self->{make} = ['make', '-s', '--no-print-directory', '-C', $self->{top},
			 "LINUX=$self->{tree}", "O=$self->{out}", @{$self->{vars}}];
	return $self;
}

# ccache takes the compiler's place in PATH, so that no command line changes.  The
# sloppiness is what it needs to know for precompiled headers; nothing here uses
# __TIME__, and a header that changed has changed its contents.  What is in a file of
# which inode is remembered: else each look-up would read the precompiled header.
sub use_ccache
{
	my ($self, $cc) = @_;
	my ($compiler) = split ' ', $cc;
	my ($dir, $name) = $compiler =~ m{^(?:(.*)/)?([^/]+)$};
	my ($ccache) = grep { -x } map { "$_/ccache" } split /:/, $ENV{PATH};

	die_clearly("ccache is not in PATH; apt-get install ccache") unless $ccache;
	make_path($self->{bin});
	unlink "$self->{bin}/$name";
	symlink $ccache, "$self->{bin}/$name" or die_clearly("$self->{bin}: cannot be written ($!)");
	$self->{env} = {
		PATH => join(':', $self->{bin}, $dir // (), $ENV{PATH}),
		CCACHE_DIR => cache_folder() . '/ccache',
		CCACHE_INODECACHE => 'true',
		CCACHE_SLOPPINESS => 'pch_defines,time_macros,include_file_mtime,include_file_ctime',
	};
	s{^CC=\S*/}{CC=} for @{$self->{vars}};
}

# build(LOG, tick): true if it did, undef if it was stopped.
sub build
{
	my ($self, $log, $tick) = @_;

	my $status = run({ out => $log, env => { LC_ALL => 'C', %{$self->{env} // {}} }, tick => $tick },
			 @{$self->{make}}, "-j$self->{jobs}");
	return if $status == -1;
	# The machine's troubles are not the tree's.
	my ($why) = $status ? (read_file($log) // '') =~
		/^(.*(?:No space left on device|Cannot allocate memory|Killed signal).*)$/m : ();
	die_clearly("the build cannot go on: $why") if $why;
	return $status == 0 || 0;
}

# The lines of a build log that say why it failed, without the tree's path.
sub build_errors
{
	my ($log, $tree) = @_;
	my @lines = split /\n/, Encode::decode('UTF-8', read_file($log) // '');
	my @why = grep { /\b(?:error|undefined reference|multiple definition)\b/i && !/^make|^cc1:/ } @lines;

	@why = grep { /nobody defines|names of the C library/ } @lines unless @why;
	@why = grep { /\*\*\*/ || /^\w[\w-]*: / } @lines unless @why;
	@why = @lines[-1 .. -1] if !@why && @lines;
	s{\Q$tree/}{}g for @why;
	return @why ? @why : ('the build failed without a word');
}

# The files that a dependency file names.
sub dependencies
{
	my ($file) = @_;
	my $text = read_file($file) // return;

	$text =~ s/^[^:\n]*:\n//mg;	# -MP
	$text =~ s/^[^:]*://;
	my @files = grep { $_ ne '\\' } split ' ', $text;
	for (@files) {
		1 while s{[^/]+/\.\./}{};
	}
	return @files;
}

# inputs(): the files of the tree, by name, that the last build was made from.
sub inputs
{
	my ($self) = @_;
	my ($tree, $out) = @$self{qw(tree out)};
	my @files = `find '$out/obj' -name '*.d'`;

	chomp @files;
	for my $file (@files) {
		my $time = (stat $file)[9];
		my $known = $self->{read}{$file};
		next if $known && $known->[0] == $time;
		$self->{read}{$file} = [$time, [map { m{^\Q$tree/\E(.+)} } dependencies($file)]];
	}
	my %inputs = map { $_ => 1 } map { @{$self->{read}{$_}[1]} } @files;
	# What is read, but not compiled: for the configuration and for headers.
	for (split /\n/, read_file("$out/config/deps.mk") // '') {
		$inputs{$1} = 1 if m{^\s+\Q$tree/\E(\S+)};
	}
	$inputs{$_} = 1 for qw(Makefile include/asm-generic/Kbuild include/uapi/asm-generic/Kbuild
			       kernel/bounds.c kernel/time/timeconst.bc);
	for (split /\n/, read_file("$self->{top}/config/features")) {
		$inputs{$1} = 1 if /^\w+\s+(\S+)/;
	}
	return \%inputs;
}

# ---- running -----------------------------------------------------------------

# test(KTAP, ERR, WORDS, tick): run the program; what read_ktap() says, or undef.
sub test
{
	my ($self, $ktap, $err, $words, $tick) = @_;
	my $status = run({ out => $ktap, err => $err, tick => $tick },
			 "$self->{out}/vma", '--jobs', $self->{jobs}, @$words);

	return if $status == -1;
	my $said = read_file($err) // '';
	# The command line is wrong: the program has said why.
	die_clearly($said =~ /^\S*?vma: (.*)/) if $status >> 8 == 64;
	unlink $err unless -s $err;
	return read_ktap($ktap, $status);
}

# read_ktap(FILE, STATUS): { passed, failed, skipped, tests, failed_tests, fixed }, where
# tests gives each test's outcome by name (pass, fail or skip), in $order's order, and
# fixed has the names of those that are known to fail, but do not in this tree.
sub read_ktap
{
	my ($file, $status) = @_;
	my (%tests, @order, %about, @fixed, $ended, $last);

	open my $in, '<:encoding(UTF-8)', $file or die_clearly("$file: cannot be read ($!)");
	while (<$in>) {
		if (/^(not )?ok \d+ (\S+)(?:\s+#\s*(SKIP|XFAIL))?/) {
			$tests{$2} = $1 ? 'fail' : ($3 // '') eq 'SKIP' ? 'skip' : 'pass';
			push @order, $2;
		} elsif (/^# Totals: /) {
			$ended = 1;
		} elsif (/^# FAILED (\S+) \((\S+)\)$/) {
			$last = $1;
			$about{$1} = { test => $1, place => $2 };
		} elsif ($last && /^#   (?!gdb --args)(.*)/) {
			$about{$last}{message} //= $1;
		} elsif (/^\d+ known bugs? (?:is|are) fixed in this tree: (.*)$/) {
			@fixed = split /, /, $1;
		} else {
			undef $last;
		}
	}
	# With --strict one that is fixed is "ok", but in the closing list.
	$tests{$_} = 'fail' for grep { $about{$_} } @fixed;
	# A test that ended the program has no line of its own.
	my @failed = map { $about{$_} // { test => $_ } } grep { $tests{$_} eq 'fail' } @order;
	push @failed, $about{$_} for grep { !$tests{$_} } sort keys %about;
	if (!$ended || ($status && !@failed)) {
		my $how = $status & 127 ? 'signal ' . ($status & 127) : 'status ' . ($status >> 8);
		push @failed, { test => 'vma', message => 'the test program ended ' .
				($ended ? 'with ' : 'without its totals, with ') . $how };
	}
	for (grep { !$tests{$_->{test}} } @failed) {
		push @order, $_->{test};
		$tests{$_->{test}} = 'fail';
	}
	my %count = (pass => 0, skip => 0);
	$count{$_}++ for values %tests;
	return { passed => $count{pass}, failed => scalar @failed, skipped => $count{skip},
		 tests => \%tests, order => \@order, failed_tests => \@failed, fixed => \@fixed };
}

# The line that the program says it with.
sub fixed_text
{
	my (@names) = @_;

	return @names . (@names == 1 ? ' known bug is' : ' known bugs are') . ' fixed in this tree: ' .
		join ', ', @names;
}

1;
