# SPDX-License-Identifier: GPL-2.0
#
# Builds the tree's mm as a program. `make help` lists targets and variables;
# scripts/Makefile.tree lists the files of the tree, scripts/Makefile.san sets the flags.

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

# Write this text to the target, but only if it has changed.
keep	= echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' >$@

# A misspelt variable is an error. The help below lists the known ones; variables of a
# calling make are ignored.
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
	tests tests/own tests/oracle bench fuzz) \
	$(filter-out program/stub.c,$(call sources,program)) $(EXTRA_TESTS)
# Files with tests can be left out; the others are helpers of tests.
test_src := $(if $(filter 1,$(STRICT)),,$(patsubst $(top)/%,%,$(shell grep -l '^TEST' \
	$(filter-out $(top)/tests/oracle/%,$(addprefix $(top)/,$(filter tests/% $(EXTRA_TESTS),$(kernel_src)))))))
host_src := main.c $(call sources,os runner explore)

tree_obj	:= $(tree_src:%.c=$(O)/obj/tree/%.o)
kernel_obj	:= $(kernel_src:%.c=$(O)/obj/%.o)
host_obj	:= $(host_src:%.c=$(O)/obj/%.o)

# Files that define macros before their first #include cannot use precompiled headers.
bare_src := $(if $(tree_src),$(shell cd $(TREE) && awk \
	'FNR == 1 { seen = 0 } /^[ \t]*#[ \t]*include/ { seen = 1 } \
	 /^[ \t]*#[ \t]*(define|undef)/ && !seen { seen = 1; print FILENAME }' $(tree_src)))

# ---- rules -----------------------------------------------------------------

.PHONY: all config traps print-binary tags compile_commands.json checkpatch mutants coverage FORCE
all: $(binary) $(O)/vma-gdb.py $(shortcut)

# ./vma is the program that was built last.
$(top)/vma: $(binary) FORCE
	@ln -sf $(binary) $@

print-binary:
	@echo $(binary)

include $(top)/scripts/Makefile.build

traps: $(binary)
	@sed -n 's/^TRAP(\(.*\))$$/\1/p' $(O)/traps.c

# Index the compiled files and the headers that they include. TEST_F() and
# SYSCALL_DEFINE() define names, too.
tags: $(binary)
	@$(top)/scripts/deps --check tags
	$(call quiet,TAGS,tags)find $(O)/obj -name '*.d' -exec cat {} + | tr -s ' \\' '\n' | \
		grep -E '^($(top)|$(TREE)|$(O))/.*\.[ch]$$' | sort -u >$(O)/sources
	@ctags -L $(O)/sources -f $(O)/tags --languages=C --langmap=C:.c.h \
		'--regex-C=/^TEST(_F|_F_TIMEOUT)?\(([a-z_0-9]+, *)?([A-Za-z_0-9]+)/\3/k,test/' \
		'--regex-C=/^SYSCALL_DEFINE[0-9]\(([a-z_0-9]+)/sys_\1/y,syscall/'
	@mv $(O)/tags $(top)/tags

# A dry run of the rules prints the commands.
compile_commands.json: $(shim)
	$(call quiet,GEN,$@)$(MAKE) -n V=1 LINUX='$(TREE)' O='$(O)' -W $(O)/flags all >$(O)/commands
	@awk -v dir=$(top) -v top=$(top) -f $(top)/scripts/compile-commands $(O)/commands >$(O)/$@
	@mv $(O)/$@ $(top)/$@ && rm $(O)/commands

checkpatch:
	@$(top)/scripts/checkpatch $(TREE)

coverage: all
	@$(top)/scripts/coverage --tree '$(TREE)' --out '$(O)' $(or $(FILES),$(counted:.o=.c))

# The tool runs make with the same variables.
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

# make exports variables of its command line to the environment.
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
#H   guarantees      print what each file of the shim guarantees and what it does not
#H   traps           list the unimplemented kernel functions, which trap
#H   config          only solve the kernel configuration
#H   bench-build     compare build and run times with the tree's tools/testing/vma
#H   bench-uml       the same with User Mode Linux; needs a complete tree, LINUX=DIR
#H   tags            create a ctags index of the harness and of the compiled tree files
#H   compile_commands.json
#H                   write the compiler's command lines for clangd
#H   coverage        list the lines and branches of the tree that the tests do not reach,
#H                   and compare them with config/coverage
#H   mutants         change one thing at a time in a copy of the tree's code, and list
#H                   changes that no test notices
#H   checkpatch      run the tree's checkpatch.pl on the harness
#H   print-binary    print the path of the program that `make` builds
#H   clean           remove the folder O, or all of build/ when no O is given
#H   help            print this help
#H
#H Variables:
#H   LINUX=          a kernel tree's folder, or a version: 6.12, 7.3, newest
#H   O=              the build folder (default: build/VERSION-CONFIG-SAN-CC)
#H   SAN=            asan (default; with UBSan), tsan, none, plain (for vma explore
#H                   --plain) or gcov (for make coverage)
#H   OPT=            optimisation level: 0, 1, 2, 3, g or s (default: 2 for SAN=none,
#H                   otherwise 0 for most files, which builds fast; OPT=2 runs faster)
#H   CC=             gcc (default), clang, or a version such as clang-14
#H   CONFIG=         default, minimal, lockdep, uniprocessor, stack-growsup or
#H                   hugepages-uprobes: the files in config/
#H   EXTRA_CFLAGS=   additional flags for the compiler
#H   EXTRA_TESTS=    additional files with tests, relative to this folder
#H   STRICT=1        fail if a test file does not compile, instead of leaving it out
#H   V=1             show the commands
#H   FILES=          for mutants: files to change (default: mm/vma.c);
#H                   for coverage: files to report
#H   N=              for mutants: number of changes (default: 200; 0: all)
#H   SEED=           for mutants: seed of the choice (default: 1)
#H   EDITS=          for mutants: file with the changes to make, see check/history.edits
#H   CHECKS=         for check: files of check/*.test to run (default: all)
#H   YES=1           for check: install missing packages with sudo without asking
