# SPDX-License-Identifier: GPL-2.0
#
# The tree's real mm as a program.  `make help` says what can be asked for.

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

# ---- targets that need no tree ---------------------------------------------

no_tree_goals := help clean check valgrind bench-build bench-uml
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

# From the tree, where it has them.  vma.c and maple_shim.c compile mm/vma.c
# and lib/maple_tree.c, leaf/wait.c compiles kernel/sched/wait*.c, leaf/fork.c
# compiles kernel/fork.c.
tree_names := \
	mm/vma_init.c mm/vma_exec.c mm/mmap_lock.c mm/rmap.c mm/interval_tree.c \
	mm/mmap.c mm/mprotect.c mm/mremap.c mm/madvise.c mm/mlock.c mm/mseal.c \
	mm/util.c mm/memory.c mm/mmu_gather.c mm/pgtable-generic.c \
	mm/mincore.c mm/msync.c mm/page_vma_mapped.c mm/pagewalk.c mm/gup.c mm/debug.c mm/init-mm.c \
	mm/filemap.c mm/truncate.c mm/page-writeback.c mm/shmem.c mm/vmstat.c mm/mmzone.c mm/swap.c mm/folio.c mm/folio-compat.c \
	kernel/ucount.c kernel/user.c \
	kernel/rcu/update.c kernel/rcu/sync.c kernel/locking/spinlock.c kernel/locking/percpu-rwsem.c \
	lib/rbtree.c lib/refcount.c lib/rcuref.c lib/xarray.c \
	lib/radix-tree.c lib/idr.c lib/bitmap.c lib/bitmap-str.c lib/interval_tree.c lib/find_bit.c lib/hweight.c \
	lib/string.c lib/usercopy.c lib/string_helpers.c lib/ctype.c lib/vsprintf.c lib/kstrtox.c \
	lib/hexdump.c lib/list_sort.c lib/random32.c lib/kasprintf.c lib/errseq.c lib/flex_proportions.c lib/uuid.c lib/siphash.c \
	lib/iov_iter.c lib/dec_and_lock.c

# Each of these belongs to one symbol of the configuration.
tree_names_DEBUG_SPINLOCK	:= kernel/locking/spinlock_debug.c
tree_names_DEBUG_LOCK_ALLOC	:= lib/debug_locks.c
tree_names_PROCESS_LOCKDEP	:= kernel/locking/lockdep.c
tree_names_SMP			:= lib/percpu_counter.c lib/cpumask.c
tree_names_NUMA			:= mm/mempolicy.c
tree_names_TRANSPARENT_HUGEPAGE	:= mm/huge_memory.c mm/khugepaged.c
tree_names_HUGETLB_PAGE		:= mm/hugetlb.c mm/hugetlb_sysctl.c
tree_names_UPROBES		:= kernel/events/uprobes.c
tree_names_MEMFD_CREATE		:= mm/memfd.c
tree_names_USERFAULTFD		:= mm/userfaultfd.c fs/userfaultfd.c

# Is the symbol y in the solved configuration?
on = $(if $(filter CONFIG_$(1)=y,$(config)),$(tree_names_$(1)))

config	:= $(if $(wildcard $(O)/config/.config),$(shell grep '=y$$' $(O)/config/.config))
tree_names += $(foreach s,DEBUG_SPINLOCK DEBUG_LOCK_ALLOC PROCESS_LOCKDEP SMP NUMA \
		TRANSPARENT_HUGEPAGE HUGETLB_PAGE UPROBES MEMFD_CREATE USERFAULTFD,$(call on,$(s)))
# leaf/userfaultfd.c compiles the one of them that sets it up.
tree_names := $(filter-out $(if $(wildcard $(TREE)/fs/userfaultfd.c),fs,mm)/userfaultfd.c,$(tree_names))
tree_src := $(filter $(tree_names),$(patsubst $(TREE)/%,%,$(wildcard $(addprefix $(TREE)/,$(tree_names)))))

# These compile files of the tree.
of_tree := leaf/wait.c leaf/fork.c leaf/userfaultfd.c vma.c maple_shim.c \
	$(patsubst $(top)/%,%,$(wildcard $(top)/tests/own/*.c $(top)/tests/own/slow/*.c))
kernel_dirs := leaf tests tests/own tests/oracle bench
kernel_src := vma.c maple_shim.c $(patsubst $(top)/%,%,$(wildcard $(patsubst %,$(top)/%/*.c,$(kernel_dirs)))) $(EXTRA_TESTS)
# Those with tests in them can be done without; the others are what these are made with.
test_src := $(if $(filter 1,$(STRICT)),,$(patsubst $(top)/%,%,$(shell grep -l '^TEST' \
	$(filter-out $(top)/tests/oracle/%,$(addprefix $(top)/,$(filter tests/% $(EXTRA_TESTS),$(kernel_src)))))))
host_src := main.c $(patsubst $(top)/%,%,$(wildcard $(top)/host/*.c))

tree_obj	:= $(tree_src:%.c=$(O)/obj/tree/%.o)
kernel_obj	:= $(kernel_src:%.c=$(O)/obj/%.o)
host_obj	:= $(host_src:%.c=$(O)/obj/%.o)

# Files with macros ahead of their first #include want their headers bare, and not
# the precompiled ones, which the compiler would look for beside the shim.
bare_src := $(if $(tree_src),$(shell cd $(TREE) && awk \
	'FNR == 1 { seen = 0 } /^[ \t]*#[ \t]*include/ { seen = 1 } \
	 /^[ \t]*#[ \t]*(define|undef)/ && !seen { seen = 1; print FILENAME }' $(tree_src)))

# ---- with which flags ------------------------------------------------------

cc_version := $(shell $(CC) --version 2>/dev/null | head -n 1)
is_clang := $(if $(findstring clang,$(cc_version)),y)

# Of what UBSan checks, the kernel's dialect (see kernel_flags) defines the rest:
# pointers that wrap around, are NULL (for no bytes, too) or not aligned; AddressSanitizer sees those
# that are used all the same.
san_asan := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-sanitize=null,nonnull-attribute,alignment,pointer-overflow,object-size
# It does not know fences, and gcc says so each time.  Volatile accesses are
# told apart from plain ones: see host/tsan.c. A tail call would be missing from stacks.
san_tsan := -fsanitize=thread -fno-optimize-sibling-calls -DPROCESS_TSAN $(if $(is_clang),\
	-mllvm -tsan-distinguish-volatile=1,--param=tsan-distinguish-volatile=1 -Wno-tsan)
# What ThreadSanitizer would be shown: host/plain.c makes points of it for vma explore.
san_plain := -DPROCESS_PLAIN
plain_flags := $(if $(filter plain,$(SAN)),-fsanitize=thread $(if $(is_clang),$(patsubst %,-mllvm -tsan-%,\
	distinguish-volatile=1 instrument-read-before-write=1 instrument-atomics=0 \
	instrument-memintrinsics=0 instrument-func-entry-exit=0),--param=tsan-distinguish-volatile=1 -Wno-tsan))
san_flags := $(san_$(SAN))
# What is built to be debugged is not optimised: that is quickest to build, and
# gdb shows every variable. The compiler proves less then than the kernel's
# compile-time assertions need, so that those are left to SAN=none (and trap,
# should one that does not hold ever be reached).
opt_asan := -O0
opt_tsan := $(if $(is_clang),-O1,-Og)
opt_none := -O2
opt_plain := -O2
opt_gcov := -O0
ifneq ($(OPT),)
opt_$(SAN) := -O$(OPT)
endif
# What tests and vma explore spend their time in is worth a little more.
hot := main.c host/explore.c host/strategy.c host/fiber.c host/snapshot.c host/memory.c host/rcu.c host/runner.c \
	host/lock.c leaf/held.c leaf/lockmap.c leaf/lockstat.c leaf/rcu.c leaf/slab.c leaf/task.c \
	leaf/percpu.c leaf/spinlock.c leaf/rwsem.c leaf/files.c leaf/mmu.c leaf/pages.c maple_shim.c tests/own/maple_tree.c tests/own/xarray.c \
	tests/space.c $(patsubst $(top)/%,%,$(wildcard $(top)/tests/oracle/*.c))
hot_opt := $(if $(filter asan-O0,$(SAN)$(opt_$(SAN))),-Og)
hot_flags = $(if $(filter $(hot),$(1)),$(hot_opt))
# clang does not say so itself, gcc does.
ifneq ($(is_clang),)
san_defs_asan := -D__SANITIZE_ADDRESS__
endif
assert_flags := $(if $(filter -O0 -Og,$(opt_$(SAN))),-D__error__=__warning__ -Wno-attribute-warning) \
	$(if $(filter -O0,$(opt_$(SAN))),-Wno-return-type)
# valgrind 3.19 cannot read the DWARF 5 of clang.
# gcc keeps the constants that headers define at -O0, for AddressSanitizer to watch.
common_flags := $(if $(is_clang),-gdwarf-4,-g -fno-keep-static-consts -ftoplevel-reorder) $(opt_$(SAN)) $(san_flags) -fno-omit-frame-pointer -fno-pie \
	-fmacro-prefix-map=$(TREE)/= -fmacro-prefix-map=$(top)/= $(EXTRA_CFLAGS)

include_flags := -I$(top) -I$(O)/include -I$(TREE)/include -I$(O)/include/uapi \
	-I$(O)/include/generated/uapi -I$(TREE)/include/uapi -I$(TREE)

# The kernel's dialect, and warnings as errors where one hides a real mistake.
kernel_flags := -nostdinc -D__KERNEL__ -D__DISABLE_EXPORTS -std=gnu11 \
	-fno-strict-aliasing -fno-common -fms-extensions -fshort-wchar \
	-funsigned-char -fno-strict-overflow -fno-delete-null-pointer-checks \
	-DKBUILD_MODNAME='"vma"' -DKBUILD_BASENAME='"vma"' -DKBUILD_MODFILE='"vma"' \
	-Wall -Wno-unused-function -Wno-format-zero-length -Wno-pointer-sign \
	-Wno-address-of-packed-member -Wno-maybe-uninitialized -Wno-unused-but-set-variable \
	-Werror=implicit-function-declaration -Werror=implicit-int \
	-Werror=incompatible-pointer-types -Werror=int-conversion -Werror=return-type \
	$(if $(is_clang),-fno-builtin-bcmp -Wno-gnu -Wno-microsoft-anon-tag -Wno-format \
		-Wno-tautological-constant-out-of-range-compare -Wno-unused-const-variable -Wno-unused-variable \
		-Wno-initializer-overrides -Wno-unknown-warning-option -Wno-frame-address \
		-Wno-default-const-init-unsafe -Wno-shift-count-negative -Wno-division-by-zero) \
	$(assert_flags) $(san_defs_$(SAN)) $(plain_flags) $(include_flags)
ours_flags := -Werror

# The locks of the allocators' books and of RCU's queue, and what locks for readers
# are made of, would order threads that the kernel leaves unordered: ThreadSanitizer
# is not shown them, only what they promise (leaf/tsan.h).
unseen := $(if $(filter tsan,$(SAN)),leaf/slab.c leaf/pages.c leaf/percpu.c leaf/mmu.c leaf/rcu.c \
		leaf/rwsem.c leaf/spinlock.c leaf/timer.c leaf/tsan.c) \
	$(if $(filter plain,$(SAN)),$(filter-out $(of_tree),$(filter leaf/%,$(kernel_src))))
# What is counted for make coverage; counting everything would take longest of all.
counted := $(patsubst %,mm/%.c,vma vma_init vma_exec mmap_lock mmap mremap mprotect madvise mlock mseal \
	rmap interval_tree memory) kernel/fork.c
count_flags := $(if $(filter gcov,$(SAN)),--coverage -fprofile-abs-path)
# The tree keeps its own race detector out of this one.
tree_unseen := $(if $(filter tsan,$(SAN)),kernel/locking/lockdep.c)
# Blocks of these tell vma lockstat why a fault took mmap_lock. Only where a block is
# not optimised into others, and nobody measures.
traced := $(if $(filter asan,$(SAN)),mm/memory.c mm/mmap_lock.c mm/filemap.c)
traced_flags := -fsanitize-coverage=trace-pc
# clang accepts a precompiled header only for the same sanitizers.
unseen_flags := $(if $(is_clang),$(patsubst %,-mllvm -tsan-instrument-%=0,memory-accesses atomics \
		memintrinsics),-fno-sanitize=thread)

# The races that ThreadSanitizer is not to report: host/races.c.
races := $(if $(filter tsan,$(SAN)),$(O)/races.h)
host_flags := -std=gnu11 -Wall -Werror '-DPROCESS_TOP="$(top)"' '-DPROCESS_TREE="$(TREE)"' \
	-I$(top) -I$(TREE)/tools/testing/selftests

# See leaf/tsan.c.
san_ld_tsan := -Wl,--wrap=__tsan_read4,--wrap=__tsan_write4

# See leaf/hooks.c.
ld_hooks := $(patsubst %,-Wl$(comma)--wrap=%,hugetlb_split vma_adjust_trans_huge khugepaged_enter_vma \
	uprobe_mmap uprobe_munmap)

# Where the program's own sections are, by the kernel's names for them.
ld_symbols := $(patsubst %,-Wl$(comma)--defsym$(comma)%,__bss_stop=_end _sdata=__data_start \
	__init_begin=_end __init_end=_end)

# A precompiled header is of use to what is optimised as it was.
shim	:= $(O)/include/shim.h
hot_shim := $(O)/include/shim-hot.h
pch	:= .$(if $(is_clang),pch,gch)

# ---- rules -----------------------------------------------------------------

.PHONY: all config traps print-binary tags compile_commands.json checkpatch mutants coverage FORCE
all: $(binary) $(O)/vma-gdb.py

print-binary:
	@echo $(binary)

config: $(O)/config/solved

# A folder may have been built in for another tree, configuration or compiler.
$(O)/asked: FORCE
	@$(call keep,$(TREE) $(CONFIG) $(CC))

-include $(O)/config/deps.mk
$(O)/config/solved: $(O)/asked $(fragment) $(top)/config/Kconfig $(top)/scripts/solve-config
	@echo '#include <urcu/urcu-memb.h>' | $(CC) -E - >/dev/null 2>&1 || \
		{ echo "liburcu is missing: apt-get install liburcu-dev" >&2; exit 1; }
	$(call quiet,CONFIG,$(CONFIG))$(top)/scripts/solve-config --tree $(TREE) --fragment $(fragment) --out $(O)/config --cc '$(CC)'

# The list of files depends on the configuration: read it again when it is solved.
$(O)/config/.config: $(O)/config/solved ;
-include $(O)/config/symbols.mk
$(O)/config/symbols.mk: $(O)/config/solved
	@: >$@

# What gen-headers reads, beside what kernel/bounds.c includes (obj/bounds.d), and where
# features are looked for.
header_inputs := $(top)/scripts/gen-headers $(top)/asm $(addprefix $(TREE)/,Makefile include/asm-generic/Kbuild \
	include/uapi/asm-generic/Kbuild kernel/bounds.c kernel/time/timeconst.bc)
feature_inputs := $(top)/scripts/gen-features $(top)/config/features $(wildcard $(addprefix $(TREE)/,$(sort \
	$(shell sed -n 's/^[A-Z][A-Z_0-9]*[[:space:]]*\([^[:space:]]*\).*/\1/p' $(top)/config/features))))

# Whatever the command lines are made of; what depends on it is made anew.
flags_text := $(top) $(TREE) $(CC) $(common_flags) $(kernel_flags) $(host_flags) $(hot) $(unseen) $(tree_unseen) $(unseen_flags) $(counted) $(traced) $(cc_version) \
	$(feature_inputs)
$(O)/flags: FORCE
	@$(call keep,$(flags_text))

$(O)/include/features: $(O)/flags $(feature_inputs)
	@$(top)/scripts/gen-features $(TREE) $(O)/include/generated/features.h
	@touch $@

# Often older than what it was made from: it is only written when it changes.
$(O)/include/generated/features.h: $(O)/include/features ;

$(O)/include/made: $(O)/config/solved $(O)/flags $(header_inputs) | $(O)/include/generated/features.h
	$(call quiet,GEN,include)$(top)/scripts/gen-headers $(TREE) $(O) '$(CC)' $(filter-out -fsanitize%,$(common_flags)) $(kernel_flags) \
		-include $(TREE)/include/linux/kconfig.h -include $(TREE)/include/linux/compiler_types.h
	@touch $@

# The same of them all.
$(O)/include/changed: $(O)/include/made ;

$(shim) $(hot_shim): $(O)/flags | $(O)/include/changed
	@echo '#include "$(top)/vma_internal.h"' >$@

$(hot_shim)$(pch): flags_of_pch := $(hot_opt)
$(shim)$(pch) $(hot_shim)$(pch): %$(pch): % $(O)/include/changed $(O)/flags
	$(call quiet,PCH,vma_internal.h$(if $(flags_of_pch), ($(flags_of_pch))))$(CC) $(common_flags) $(kernel_flags) $(flags_of_pch) -MD -MP -MF $(O)/obj/$(*F:.h=.d) -MT $@ -x c-header $< -o $@.new \
		|| $(top)/scripts/misfit asm
	@mv $@.new $@

cc_kernel = $(CC) $(common_flags) $(kernel_flags) $(1) -MD -MP -MF $(@:.o=.d) -c $< -o $@
mkdirs := $(shell mkdir -p $(sort $(dir $(tree_obj) $(kernel_obj) $(host_obj))))

bare_obj := $(bare_src:%.c=$(O)/obj/tree/%.o)
$(tree_obj): $(O)/obj/tree/%.o: $(TREE)/%.c
	$(call quiet,CC,$*.c)$(call cc_kernel,$(if $(filter $*.c,$(bare_src)),-DPROCESS_BARE_HEADERS -include $(top)/vma_internal.h,-include $(shim)) \
		$(if $(filter $(tree_unseen),$*.c),$(unseen_flags)) $(if $(filter $(counted),$*.c),$(count_flags)) \
		$(if $(filter $(traced),$*.c),$(traced_flags)))
$(bare_obj): $(O)/include/changed $(O)/flags
$(filter-out $(bare_obj),$(tree_obj)): $(shim)$(pch)

hot_obj := $(if $(hot_opt),$(filter $(hot:%.c=$(O)/obj/%.o),$(kernel_obj)))
$(hot_obj): $(hot_shim)$(pch)
$(filter-out $(hot_obj),$(kernel_obj)): $(shim)$(pch)
# See scripts/cc-test. What is ours and does not fit the tree otherwise wants an explanation.
cc_test = $(if $(filter $(test_src),$*.c),CC='$(CC)' $(top)/scripts/cc-test $(TREE) $*.c $@ )
misfit = $(if $(filter $(test_src),$*.c),,|| $(top)/scripts/misfit $(1))
$(kernel_obj): $(O)/obj/%.o: $(top)/%.c
	$(call quiet,CC,$*.c)$(cc_test)$(call cc_kernel,-include $(if $(filter $(hot_obj),$@),$(hot_shim),$(shim)) $(call hot_flags,$*.c) $(if $(filter $(unseen),$*.c),$(unseen_flags)) \
		$(if $(filter vma.c leaf/fork.c,$*.c),$(count_flags)) \
		$(if $(filter $(of_tree),$*.c),,$(ours_flags))) $(call misfit,$*.c)

# The first changes what the sanitizers watch over, the other one is asked at each access.
# The last is asked in the middle of a report.
unwatched := host/snapshot.c host/explore.c host/races.c
$(races): $(top)/config/races $(top)/scripts/gen-races
	@$(top)/scripts/gen-races $< >$@
$(O)/obj/host/races.o: $(races)
$(host_obj): $(O)/obj/%.o: $(top)/%.c $(O)/flags
	$(call quiet,HOSTCC,$*.c)$(CC) $(common_flags) $(host_flags) $(call hot_flags,$*.c) \
		$(if $(filter $(unwatched),$*.c),-fno-sanitize=all) \
		$(if $(filter host/races.c,$*.c),$(races:%=-include %)) -MD -MP -MF $(@:.o=.d) -c $< -o $@

# Dependencies name absolute paths: of no use when this folder or the tree moved,
# but then the flags have changed and everything is made anew.
ifeq ($(shell cat $(O)/flags 2>/dev/null),$(flags_text))
-include $(tree_obj:.o=.d) $(kernel_obj:.o=.d) $(host_obj:.o=.d) $(O)/obj/shim.d $(O)/obj/shim-hot.d $(O)/obj/bounds.d
endif

# What a file that is gone was compiled to must not be linked any more.
$(O)/objects: FORCE
	@$(call keep,$(tree_obj) $(kernel_obj) $(host_obj))

# Kernel functions that nobody has: one trap each.
$(O)/traps.made: $(O)/objects $(tree_obj) $(kernel_obj) $(host_obj) $(top)/scripts/gen-traps
	@CC='$(CC)' $(top)/scripts/gen-traps $(TREE) $(O)/traps.c $(tree_obj) $(kernel_obj) -- $(host_obj)
	@touch $@

# Often older than what it was made from: it is only written when it changes.
$(O)/traps.c: $(O)/traps.made ;

$(O)/obj/traps.o: $(O)/traps.c
	$(call quiet,TRAPS,$(shell grep -c '^TRAP' $<) kernel functions are not implemented (make traps))$(CC) -g -O1 -fno-pie -fno-builtin -w -c $< -o $@

$(binary): $(O)/objects $(tree_obj) $(kernel_obj) $(host_obj) $(O)/obj/traps.o $(top)/scripts/process.lds
	$(call quiet,LD,vma)$(CC) $(filter -fsanitize=%,$(san_flags)) $(if $(count_flags),--coverage -Wl$(comma)-u$(comma)__gcov_dump) \
		-g -no-pie -Wl,-z,now $(san_ld_$(SAN)) $(ld_hooks) -o $@ $(filter %.o,$^) -Wl,-T,$(top)/scripts/process.lds $(ld_symbols) -lurcu-memb -lurcu-common -lpthread -lm

# gdb looks for it by this name, next to the program.
$(O)/vma-gdb.py: $(top)/scripts/gdb/vma-gdb.py
	@ln -sf $< $@

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
	@$(top)/scripts/coverage --tree '$(TREE)' --out '$(O)' $(or $(FILES),$(counted))

# The tool asks make for the commands, with the variables that this one was given.
mutants: all
	@$(top)/scripts/deps mutants
	@$(top)/scripts/mutants --tree '$(TREE)' --out '$(O)' $(if $(FILES),--files '$(FILES)') \
		$(if $(N),--number '$(N)') $(if $(SEED),--seed '$(SEED)') $(if $(EDITS),--edits '$(EDITS)')

endif # no_tree

# ---- targets that need no tree ---------------------------------------------

.PHONY: help clean check valgrind bench-build bench-uml
help:
	@sed -n 's/^#H//p' $(top)/Makefile

clean:
	rm -rf $(if $(O),'$(O)',$(top)/build)

check:
	@YES='$(YES)' $(top)/check/run $(CHECKS)

# Variables of the command line are in the environment as well.
valgrind:
	@$(top)/run_tests.sh --valgrind

bench-uml:
	@$(top)/scripts/bench-uml --linux '$(LINUX)'

bench-build:
	@$(top)/scripts/bench-build --linux-own "$$($(top)/scripts/get-tree 7.3)"

#H Targets:
#H   all (default)   build O/vma, the tests as a program
#H   check           test the harness itself, on 6.12 and on the newest tree
#H   valgrind        run the tests under valgrind, built without sanitizers
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
