# SPDX-License-Identifier: GPL-2.0
#
# The tree's real mm as a program.  `make help` says what can be asked for; what is
# compiled of the tree stands in scripts/Makefile.tree, with which flags in
# scripts/Makefile.san.

# ---- what the caller may set -----------------------------------------------

LINUX	?=
CC	:= $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
SAN	?= $(if $(filter coverage,$(MAKECMDGOALS)),gcov,asan)
CONFIG	?= default
OPT	?=
V	?= 0
O	?=
STRICT	?=

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

top	:= $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
comma	:= ,
empty	:=
space	:= $(empty) $(empty)

quiet	= $(if $(filter 1,$(V)),,@printf '  %-8s%s\n' '$(1)' '$(patsubst $(O)/%,%,$(2))';)

# The target has this text; it is older than what was made from it, unless it is another.
keep	= echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' >$@

# A misspelt variable would quietly do nothing.  Those that there are stand in the
# help below; what comes from a make around us is its own business.
known_variables := $(shell sed -n 's/^\#H  *\([A-Z_]*\)=.*/\1/p' $(top)/Makefile)
given_variables := $(foreach v,$(.VARIABLES),$(if $(filter command,$(origin $(v))),$(v)))
unknown_variables := $(filter-out $(known_variables) MAKEFLAGS MAKEOVERRIDES,$(given_variables))
ifeq ($(MAKELEVEL),0)
ifneq ($(unknown_variables),)
$(error no such variable: $(unknown_variables); see make help)
endif
endif

no_tree_goals := help clean check valgrind bench-build bench-uml guarantees
ifneq ($(MAKECMDGOALS),)
ifeq ($(filter-out $(no_tree_goals),$(MAKECMDGOALS)),)
no_tree := 1
endif
endif

ifndef no_tree

# ---- which tree, which build -----------------------------------------------

ifneq ($(words $(SAN)) $(filter asan tsan none plain gcov,$(SAN)),1 $(SAN))
$(error SAN=$(SAN) is unknown: asan, tsan, none, plain or gcov)
endif
ifneq ($(filter-out 0 1 2 3 g s,$(OPT))$(word 2,$(OPT)),)
$(error OPT=$(OPT) is unknown: 0, 1, 2, 3, g or s)
endif
ifneq ($(filter-out 0 1,$(STRICT))$(word 2,$(STRICT)),)
$(error STRICT=$(STRICT) is unknown: 1, or leave it out)
endif
fragment := $(top)/config/$(CONFIG).config
ifneq ($(words $(CONFIG)) $(wildcard $(fragment)),1 $(fragment))
$(error CONFIG=$(CONFIG) is unknown: $(sort $(patsubst $(top)/config/%.config,%,$(wildcard $(top)/config/*.config))))
endif
no_tests := $(filter-out $(wildcard $(EXTRA_TESTS:%=$(top)/%)),$(EXTRA_TESTS:%=$(top)/%))
ifneq ($(no_tests),)
$(error EXTRA_TESTS=$(EXTRA_TESTS): there is no $(no_tests); name files relative to $(top))
endif
ifeq ($(shell command -v $(firstword $(CC))),)
$(error CC=$(CC) is not installed: apt-get install $(firstword $(CC)), or name another compiler)
endif

TREE	:= $(shell $(top)/scripts/get-tree '$(LINUX)')
ifeq ($(TREE),)
$(error no kernel tree to build from)
endif

version	:= $(shell sed -n 's/^VERSION = //p; s/^PATCHLEVEL = /./p; s/^SUBLEVEL = /./p' $(TREE)/Makefile | tr -d '\n')

ifeq ($(O),)
shortcut := $(top)/vma
override O := $(top)/build/$(version)-$(CONFIG)-$(SAN)$(OPT:%=-O%)-$(subst $(space),_,$(CC))
endif
override O := $(abspath $(O))
ifneq ($(words $(O)),1)
$(error O=$(O) has a blank in it, which make cannot handle: name another folder)
endif
ifeq ($(shell mkdir -p '$(O)/obj' 2>/dev/null && [ -w '$(O)/obj' ] && echo yes),)
$(error O=$(O) cannot be written: name a folder that can be)
endif

binary	:= $(O)/vma

# ---- what is compiled ------------------------------------------------------

-include $(O)/config/.config
include $(top)/scripts/Makefile.tree
include $(top)/scripts/Makefile.san

tree_src := $(filter $(obj-y:.o=.c),$(patsubst $(TREE)/%,%,$(wildcard $(addprefix $(TREE)/,$(obj-y:.o=.c)))))
sources = $(patsubst $(top)/%,%,$(wildcard $(patsubst %,$(top)/%/*.c,$(1))))
kernel_src := vma.c maple_shim.c $(call sources,shim $(addprefix shim/,init kernel kernel/locking mm fs lib security) \
	tests tests/own tests/oracle bench fuzz) $(EXTRA_TESTS)
# Those with tests in them can be done without; the others are what these are made with.
test_src := $(if $(filter 1,$(STRICT)),,$(patsubst $(top)/%,%,$(shell grep -l '^TEST' \
	$(filter-out $(top)/tests/oracle/%,$(addprefix $(top)/,$(filter tests/% $(EXTRA_TESTS),$(kernel_src)))))))
host_src := main.c $(call sources,os runner explore)

tree_obj	:= $(tree_src:%.c=$(O)/obj/tree/%.o)
kernel_obj	:= $(kernel_src:%.c=$(O)/obj/%.o)
host_obj	:= $(host_src:%.c=$(O)/obj/%.o)

# Files with macros ahead of their first #include want their headers bare, and not
# the precompiled ones, which the compiler would look for beside the shim.
bare_src := $(if $(tree_src),$(shell cd $(TREE) && awk \
	'FNR == 1 { seen = 0 } /^[ \t]*#[ \t]*include/ { seen = 1 } \
	 /^[ \t]*#[ \t]*(define|undef)/ && !seen { seen = 1; print FILENAME }' $(tree_src)))

# ---- rules -----------------------------------------------------------------

.PHONY: all config traps print-binary tags compile_commands.json checkpatch mutants coverage FORCE
all: $(binary) $(O)/vma-gdb.py $(shortcut)

# The program that was built last, to be called by hand.
$(top)/vma: $(binary) FORCE
	@ln -sf $(binary) $@

print-binary:
	@echo $(binary)

include $(top)/scripts/Makefile.build

traps: $(binary)
	@sed -n 's/^TRAP(\(.*\))$$/\1/p' $(O)/traps.c

# What is compiled, and every header that it was compiled from: the one folder of the
# tree that a search has to know.  TEST_F() and SYSCALL_DEFINE() define names, too.
tags: $(binary)
	@$(top)/scripts/deps --check tags
	$(call quiet,TAGS,tags)find $(O)/obj -name '*.d' -exec cat {} + | tr -s ' \\' '\n' | \
		grep -E '^($(top)|$(TREE)|$(O))/.*\.[ch]$$' | sort -u >$(O)/sources
	@ctags -L $(O)/sources -f $(O)/tags --languages=C --langmap=C:.c.h \
		'--regex-C=/^TEST(_F|_F_TIMEOUT)?\(([a-z_0-9]+, *)?([A-Za-z_0-9]+)/\3/k,test/' \
		'--regex-C=/^SYSCALL_DEFINE[0-9]\(([a-z_0-9]+)/sys_\1/y,syscall/'
	@mv $(O)/tags $(top)/tags

# The rules themselves say what they would run were the flags new.
compile_commands.json: $(shim)
	$(call quiet,GEN,$@)$(MAKE) -n V=1 LINUX='$(TREE)' O='$(O)' -W $(O)/flags all >$(O)/commands
	@awk -v dir=$(top) -v top=$(top) -f $(top)/scripts/compile-commands $(O)/commands >$(O)/$@
	@mv $(O)/$@ $(top)/$@ && rm $(O)/commands

checkpatch:
	@$(top)/scripts/checkpatch $(TREE)

coverage: all
	@$(top)/scripts/coverage --tree '$(TREE)' --out '$(O)' $(or $(FILES),$(counted:.o=.c))

# The tool asks make for the commands, with the variables that this one was given.
mutants: all
	@$(top)/scripts/deps --check mutants
	@$(top)/scripts/mutants --tree '$(TREE)' --out '$(O)' $(if $(FILES),--files '$(FILES)') \
		$(if $(N),--number '$(N)') $(if $(SEED),--seed '$(SEED)') $(if $(EDITS),--edits '$(EDITS)')

endif # no_tree

# ---- targets that need no tree ---------------------------------------------

.PHONY: help clean check valgrind bench-build bench-uml guarantees
help:
	@sed -n 's/^#H//p' $(top)/Makefile

clean:
	rm -rf $(if $(O),'$(O)',$(top)/build $(top)/vma)

check:
	@YES='$(YES)' $(top)/check/run $(CHECKS)

# Variables of the command line are in the environment as well.
valgrind:
	@$(top)/run_tests.sh --valgrind

bench-uml:
	@$(top)/scripts/bench-uml --linux '$(LINUX)'

bench-build:
	@$(top)/scripts/bench-build --linux-own "$$($(top)/scripts/get-tree 7.3)"

guarantees:
	@$(top)/scripts/guarantees

#H Targets:
#H   all (default)   build O/vma, the tests as a program (./vma without O=)
#H   check           test the harness itself, on 6.12 and on the newest tree
#H   valgrind        run the tests under valgrind, built without sanitizers
#H   guarantees      print what each file of the shim guarantees, and what not
#H   traps           list the kernel functions that trap when they are called
#H   config          only solve the kernel configuration
#H   bench-build     compare build and run times with the tree's tools/testing/vma
#H   bench-uml       measure the same with User Mode Linux; LINUX= is a whole tree
#H   tags            index our files and what they compile of the tree, for ctags' users
#H   compile_commands.json
#H                   write the compiler's command lines, for clangd's users
#H   coverage        which lines and branches of the tree's code the tests reach, and
#H                   whether each that they do not has its reason in config/coverage
#H   mutants         change the tree's code in a copy, one thing at a time, and see
#H                   whether the tests notice
#H   checkpatch      run the tree's own checkpatch.pl on our files
#H   print-binary    print the path of the program that `make` builds
#H   clean           remove the folder O, or all of build/ when no O is given
#H   help            print this
#H
#H Variables:
#H   LINUX=          a kernel tree's folder, or a version: 6.12, 7.3, newest
#H   O=              where to build (default: build/VERSION-CONFIG-SAN-CC)
#H   SAN=            asan (with UBSan, the default), tsan, none, plain (for vma explore
#H                   --plain), or gcov: make coverage
#H   OPT=            0, 1, 2, 3, g or s: optimise everything so (SAN=none: 2; the others are
#H                   made to be built quickly; OPT=2 makes vma explore quicker)
#H   CC=             gcc (default), clang, or one of a certain version
#H   CONFIG=         default, minimal, lockdep, uniprocessor, stack-growsup or
#H                   hugepages-uprobes: the files in config/
#H   EXTRA_CFLAGS=   further flags for the compiler
#H   EXTRA_TESTS=    further files with tests, relative to this folder
#H   STRICT=1        a file of tests that does not fit the tree is an error, and not left out
#H   V=1             show the commands
#H   FILES=          for mutants: what to change (default: mm/vma.c);
#H                   for coverage: what to report
#H   N=              for mutants: how many changes (default: 200; 0 is all there are)
#H   SEED=           for mutants: other changes (default: 1)
#H   EDITS=          for mutants: the changes of this file, as check/history.edits
#H   CHECKS=         for check: which of check/*.test to run (default: all)
#H   YES=1           for check: install what is missing through sudo without asking
