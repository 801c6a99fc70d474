// SPDX-License-Identifier: GPL-2.0
/*
 * All calls on an address space without VMAs: one that never had any, one whose last VMA
 * was unmapped, and a child that inherits none. No call may rely on a first VMA.
 */
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/pagewalk.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include "tests/memory.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"

#define ALL	(TASK_SIZE - PAGE_SIZE)		/* a length that reaches to the end */

FIXTURE_LIKE(empty, aspace);

FIXTURE_VARIANT(empty) {
	long (*call)(void);
	long ret;
	int leaves;		/* how many VMAs there are then */
};

#define CALL(name, result, expression, ...)					\
	static long empty__##name(void) { return (long)(expression); }		\
	FIXTURE_VARIANT_ADD(empty, name) { empty__##name, result, __VA_ARGS__ }

CALL(munmap, 0, sys_munmap(PAGE(0), PAGES(4)));
CALL(munmap_of_everything, 0, sys_munmap(0, TASK_SIZE));
CALL(mprotect, -ENOMEM, sys_mprotect(PAGE(0), PAGES(4), PROT_READ));
CALL(mprotect_of_everything, -ENOMEM, sys_mprotect(PAGE_SIZE, ALL, PROT_READ));
CALL(mprotect_growsdown, -ENOMEM,
     sys_mprotect(PAGE(0), PAGES(4), PROT_READ | PROT_GROWSDOWN));
CALL(mremap, -EFAULT, sys_mremap(PAGE(0), PAGES(4), PAGES(2), 0, 0));
CALL(mremap_moves, -EFAULT, sys_mremap(PAGE(0), PAGES(4), PAGES(4),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(20)));
CALL(mremap_of_everything, -EFAULT, sys_mremap(PAGE_SIZE, ALL, PAGE_SIZE, 0, 0));
CALL(mremap_duplicates, -EFAULT, sys_mremap(PAGE(0), 0, PAGES(4), MREMAP_MAYMOVE, 0));
CALL(madvise_dontneed, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_DONTNEED));
CALL(madvise_free, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_FREE));
CALL(madvise_random, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_RANDOM));
CALL(madvise_dontfork, -ENOMEM, sys_madvise(PAGE_SIZE, ALL, MADV_DONTFORK));
CALL(madvise_willneed, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_WILLNEED));
CALL(madvise_remove, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_REMOVE));
CALL(madvise_populate_read, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_POPULATE_READ));
CALL(madvise_populate_write, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_POPULATE_WRITE));
#ifdef MADV_GUARD_INSTALL
CALL(madvise_guard, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_GUARD_INSTALL));
CALL(madvise_unguard, -ENOMEM, sys_madvise(PAGE(0), PAGES(4), MADV_GUARD_REMOVE));
#endif
CALL(mlock, -ENOMEM, sys_mlock(PAGE(0), PAGES(4)));
CALL(mlock_onfault, -ENOMEM, sys_mlock2(PAGE(0), PAGES(4), MLOCK_ONFAULT));
CALL(munlock, -ENOMEM, sys_munlock(PAGE(0), PAGES(4)));
CALL(mlockall, 0, sys_mlockall(MCL_CURRENT));
CALL(mlockall_future, 0, sys_mlockall(MCL_CURRENT | MCL_FUTURE));
CALL(munlockall, 0, sys_munlockall());
CALL(mseal, -ENOMEM, sys_mseal(PAGE(0), PAGES(4), 0));
CALL(msync, -ENOMEM, sys_msync(PAGE(0), PAGES(4), MS_SYNC));
CALL(msync_async, -ENOMEM, sys_msync(PAGE(0), PAGES(4), MS_ASYNC));
CALL(mmap, (long)PAGE(0), aspace_mmap(NULL, 0, 4, 'w', 0, 0), 1);
CALL(mmap_noreplace, (long)PAGE(0),
     vm_mmap(NULL, PAGE(0), PAGES(4), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
	     MAP_FIXED_NOREPLACE, 0), 1);
CALL(remap_file_pages, -EINVAL, sys_remap_file_pages(PAGE(0), PAGES(4), 0, 1, 0));
CALL(fault_in, PAGES(2), fault_in_safe_writeable((char __user *)PAGE(0), PAGES(2)));
CALL(fault, SIGSEGV, memory_write(0, 1).signal);
CALL(populate, 0, __mm_populate(PAGE(0), PAGES(4), 0));
CALL(find_vma, 0, ({ mmap_read_lock(current->mm);
		     long found = (long)find_vma(current->mm, 0);
		     mmap_read_unlock(current->mm); found; }));
CALL(gup, -EFAULT, ({ struct page *page; get_user_pages_unlocked(PAGE(0), 1, &page, 0); }));
CALL(all_locks, 0, ({ mmap_write_lock(current->mm);
		      long ret = mm_take_all_locks(current->mm);
		      mm_drop_all_locks(current->mm);
		      mmap_write_unlock(current->mm); ret; }));

static unsigned char resident[4];
CALL(mincore, -ENOMEM, sys_mincore(PAGE(0), PAGES(4), resident));

static int see_nothing(pmd_t *pmd, unsigned long addr, unsigned long next,
		       struct mm_walk *walk)
{
	return 1;
}

static long walk_all(void)
{
	static const struct mm_walk_ops ops = { .pmd_entry = see_nothing };
	long ret;

	mmap_read_lock(current->mm);
	ret = walk_page_range(current->mm, 0, TASK_SIZE, &ops, NULL);
	mmap_read_unlock(current->mm);
	return ret;
}

CALL(page_walk, 0, walk_all());

/* As does a child's child. */
static long fork_again(void)
{
	struct mm_struct *child = memory_fork();
	long vmas = child->map_count;

	mmput(child);
	return vmas;
}

CALL(fork, 0, fork_again());

#ifdef CONFIG_NUMA
static unsigned long both_nodes = 3;

CALL(mbind, -EFAULT, sys_mbind(PAGE(0), PAGES(4), MPOL_BIND, &both_nodes, 3, 0));
CALL(mbind_strict, -EFAULT,
     sys_mbind(PAGE(0), PAGES(4), MPOL_BIND, &both_nodes, 3, MPOL_MF_STRICT));
CALL(mbind_default, -EFAULT, sys_mbind(PAGE(0), PAGES(4), MPOL_DEFAULT, NULL, 0, 0));
CALL(home_node, -ENOENT, sys_set_mempolicy_home_node(PAGE(0), PAGES(4), 0, 0));

static int mode;
CALL(get_mempolicy_of_address, -EFAULT,
     sys_get_mempolicy(&mode, NULL, 0, PAGE(0), MPOL_F_ADDR));
CALL(get_mempolicy_of_node, -EFAULT,
     sys_get_mempolicy(&mode, NULL, 0, PAGE(0), MPOL_F_ADDR | MPOL_F_NODE));

static long migrate_all(void)
{
	nodemask_t from = nodemask_of_node(0), to = nodemask_of_node(1);

	return do_migrate_pages(current->mm, &from, &to, MPOL_MF_MOVE);
}

CALL(migrate_pages, IS_ENABLED(CONFIG_MIGRATION) ? 0 : -ENOSYS, migrate_all());

static long rebind(void)
{
	nodemask_t to = nodemask_of_node(0);

	mpol_rebind_mm(current->mm, &to);
	return 0;
}

CALL(rebind, 0, rebind());
#endif

#ifdef CONFIG_USERFAULTFD
static unsigned long uffd_source[PAGE_SIZE / sizeof(long)] __aligned(PAGE_SIZE);

#define UFFD_CALL(name, result, expression)					\
	static long with_uffd_##name(void)					\
	{									\
		int fd = uffd_open(0);						\
		long ret = (expression);					\
										\
		descriptors_close(fd);						\
		return ret;							\
	}									\
	CALL(uffd_##name, result, with_uffd_##name())

UFFD_CALL(close, 0, 0);
UFFD_CALL(copy, -ENOENT, uffd_copy(fd, 0, uffd_source, 1, 0));
UFFD_CALL(zero, -ENOENT, uffd_zero(fd, 0, 1));
UFFD_CALL(continue, -ENOENT, uffd_continue(fd, 0, 1, 0));
UFFD_CALL(poison, -ENOENT, uffd_poison(fd, 0, 1));
UFFD_CALL(move, -ENOENT, uffd_move(fd, 0, 8, 1, 0));
UFFD_CALL(protect, -ENOENT, uffd_protect(fd, 0, 1, true));
UFFD_CALL(register, -EINVAL, uffd_watch_for(fd, UFFDIO_REGISTER_MODE_MISSING, 0, 1));
UFFD_CALL(unregister, -EINVAL, uffd_unwatch(fd, 0, 1));
#endif

static void call_and_check(FIXTURE_VARIANT(empty) const *variant)
{
	int i;

	ASSERT_EQ(0, current->mm->map_count);
	/* What was there once may be there the second time. */
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(variant->ret, variant->call());
		ASSERT_EQ(variant->leaves, aspace_count(current->mm));
		if (variant->leaves)
			ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(4)));
	}
	ASSERT_EQ(0, current->mm->total_vm);
}

TEST_F(empty, address_space_gets_the_documented_result)
{
	call_and_check(variant);
}

TEST_F(empty, since_all_was_unmapped_likewise)
{
	aspace_map("ww|rr..WW|xx");
	memory_write_pages(0, 2);
	ASSERT_EQ(0, sys_munmap(0, TASK_SIZE));
	call_and_check(variant);
}

/* Everything there was is VM_DONTCOPY. */
TEST_F(empty, since_nothing_was_inherited_likewise)
{
	struct mm_struct *child;

	aspace_map("ww|rr..WW");
	memory_write_pages(0, 2);
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(4), MADV_DONTFORK));
	ASSERT_EQ(0, sys_madvise(PAGE(6), PAGES(2), MADV_DONTFORK));
	child = memory_become_child();
	call_and_check(variant);
	use_test_mm(self->aspace.mm);
	mmput(child);
}
