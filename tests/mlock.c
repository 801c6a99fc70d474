// SPDX-License-Identifier: GPL-2.0
/* mlock(), mlockall() etc.: which memory is locked, accounting, limits. */
#include <linux/syscalls.h>
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/security/security.h"

static long lock(int page, int pages)
{
	return sys_mlock(PAGE(page), PAGES(pages));
}

static long unlock(int page, int pages)
{
	return sys_munlock(PAGE(page), PAGES(pages));
}

static bool has_flag(int page, vm_flags_t flag)
{
	return aspace_vma(page)->vm_flags & flag;
}

static void limit_to(unsigned long pages)
{
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(pages);
}

static unsigned long flagged_pages(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long pages = 0;

	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		if (vma->vm_flags & VM_LOCKED)
			pages += vma_pages(vma);
	mmap_read_unlock(mm);
	return pages;
}

/* So many pages are locked, by the count as well as by the flags. */
#define ASSERT_LOCKED(expected)						\
	do {								\
		unsigned long __locked = (expected);			\
									\
		ASSERT_EQ(__locked, current->mm->locked_vm);		\
		ASSERT_EQ(__locked, flagged_pages(current->mm));	\
	} while (0)

/* A range of the drawing @before is locked, then all is unlocked. */
FIXTURE_LIKE(mlock, aspace);

FIXTURE_VARIANT(mlock) {
	const char *before;
	int page, pages;
	const char *after;
	int locked;
	int error;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mlock, name) { __VA_ARGS__ }

ROW(whole,		"wwww", 0, 4, "wwww", 4);
ROW(head,		"wwwwww", 0, 2, "ww|wwww", 2);
ROW(middle,		"wwwwww", 2, 2, "ww|ww|ww", 2);
ROW(tail,		"wwwwww", 4, 2, "wwww|ww", 2);
ROW(several,		"rr|ww|xx", 0, 6, "rr|ww|xx", 6);
ROW(parts_of_several,	"rr|ww|xx", 1, 4, "r|r|ww|x|x", 4);
/* What lies ahead of the hole is locked, and the error says that not all is. */
ROW(hole_in_the_middle,	"ww..ww", 0, 6, "ww..ww", 2, -ENOMEM);
ROW(hole_at_the_end,	"wwww..", 2, 4, "ww|ww", 2, -ENOMEM);
ROW(hole_at_the_beginning, "..wwww", 0, 4, "..wwww", 0, -ENOMEM);
ROW(hole_only,		"ww..ww", 2, 2, "ww..ww", 0, -ENOMEM);
ROW(nothing_at_all,	"", 0, 2, "", 0, -ENOMEM);
ROW(no_length,		"wwww", 1, 0, "wwww", 0);
/* It is locked, but cannot get pages. */
ROW(no_access,		"nnnn", 0, 2, "nn|nn", 2, -ENOMEM);

/* before, range and after as the variant draws them */
TEST_F(mlock, locks_exactly_the_range)
{
	aspace_map(variant->before);
	ASSERT_EQ(variant->error, lock(variant->page, variant->pages));
	ASSERT_SPACE(variant->after);
	ASSERT_LOCKED(variant->locked);
	ASSERT_EQ(aspace_count(self->aspace.mm), self->aspace.mm->map_count);
}

/* Once all is unlocked again, nothing is left of it. */
TEST_F(mlock, is_undone_by_munlockall)
{
	aspace_map(variant->before);
	/* Else only what was locked has pages: see munlock_of_the_only_pages below. */
	mm_populate(PAGE(0), PAGES(ASPACE_PAGES));
	lock(variant->page, variant->pages);
	ASSERT_EQ(0, sys_munlockall());
	ASSERT_SPACE(variant->before);
	ASSERT_LOCKED(0);
}

/* No memory at the n-th allocation: an error, and the count is right. */
TEST_F(mlock, without_memory_counts_right)
{
	unsigned long n;
	long ret;

	for (n = 1; ; n++) {
		ASSERT_GT(200, n);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
		ASSERT_LOCKED(0);
		aspace_map(variant->before);
		fail_nth(n);
		ret = lock(variant->page, variant->pages);
		fail_nth(0);
		ASSERT_LOCKED(self->aspace.mm->locked_vm);
		ASSERT_EQ(aspace_count(self->aspace.mm), self->aspace.mm->map_count);
		if (!fail_nth_fired())
			break;
		/* The manual page has both for memory that could not be had. */
		if (ret != variant->error)
			ASSERT_TRUE(ret == -EAGAIN || ret == -ENOMEM);
	}
	ASSERT_EQ(variant->error, ret);
	ASSERT_SPACE(variant->after);
	ASSERT_LOCKED(variant->locked);
}

/* before  wwwwww
 *           ==     locked, and its pages are there
 * after   ww|ww|ww
 */
TEST_F(aspace, mlock_brings_the_pages_in)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, lock(2, 2));
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	/* Unlocked pages stay where they are. */
	ASSERT_EQ(0, unlock(2, 2));
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_LOCKED(0);
}

/*
 * before  ww|ww|ww   the middle is locked, and alone has pages
 *            ==      unlocked
 * after   wwwwww     it hands its anon_vma to what it merges with
 *
 * Older trees merge only with a neighbour that has an anon_vma already.
 */
TEST_F(aspace, munlock_of_the_only_pages_merges)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, lock(2, 2));
	ASSERT_ANON("ww|ww|ww",
		    "--|AA|--");
	ASSERT_EQ(0, unlock(2, 2));
	if (MERGES_UNFAULTED)
		ASSERT_ANON("wwwwww",
			    "aaAAaa");
	else
		ASSERT_ANON("ww|ww|ww",
			    "--|AA|--");
}

/* before  wwwwww
 *           =      from within one page to within the next: both are locked
 * after   ww|ww|ww
 */
TEST_F(aspace, mlock_rounds_to_whole_pages)
{
	aspace_map("wwwwww");
	mm_populate(PAGE(0), PAGES(6));
	ASSERT_EQ(0, sys_mlock(PAGE(2) + 100, PAGE_SIZE));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_LOCKED(2);
	ASSERT_EQ(0, sys_munlock(PAGE(2) + 100, PAGE_SIZE));
	ASSERT_SPACE("wwwwww");
	ASSERT_LOCKED(0);
}

/* before  wwwwww
 *         ====     locked
 *           ====   locked: two of them are already
 * after   wwwwww
 */
TEST_F(aspace, mlock_counts_no_page_twice)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, lock(0, 4));
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, lock(2, 4));
	ASSERT_SPACE("wwwwww");
	ASSERT_LOCKED(6);
	ASSERT_EQ(0, lock(0, 6));
	ASSERT_LOCKED(6);
	/* Nor does unlocking: one is enough, and a second is no mistake. */
	ASSERT_EQ(0, unlock(0, 6));
	ASSERT_LOCKED(0);
	ASSERT_EQ(0, unlock(0, 6));
	ASSERT_LOCKED(0);
}

/* before  wwwwww   locked
 *           ==     unmapped
 * after   ww..ww
 */
TEST_F(aspace, mlock_counts_until_unmapped)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, lock(0, 6));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("ww..ww");
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_LOCKED(0);
}

/* before  wwww    locked
 * mmap     ==     something else, over it
 * after   w|ww|w
 */
TEST_F(aspace, mlock_counts_until_mapped_over)
{
	aspace_map("wwww");
	ASSERT_EQ(0, lock(0, 4));
	ASSERT_EQ(PAGE(1), aspace_mmap(NULL, 1, 2, 'w', 0, 0));
	ASSERT_SPACE("w|ww|w");
	ASSERT_LOCKED(2);
}

/* before  ww..ww
 * munlock ======
 */
TEST_F(aspace, munlock_across_a_hole_is_enomem)
{
	aspace_map("ww..ww");
	ASSERT_EQ(0, lock(0, 2));
	ASSERT_EQ(0, lock(4, 2));
	ASSERT_EQ(-ENOMEM, unlock(0, 6));
	ASSERT_FALSE(has_flag(0, VM_LOCKED));
	ASSERT_LOCKED(2);
}

/* before  wwww
 *         ====   to be locked as pages come in: none is there yet
 */
TEST_F(aspace, mlock2_onfault_brings_nothing_in)
{
	aspace_map("wwww");
	ASSERT_EQ(0, sys_mlock2(PAGE(0), PAGES(4), MLOCK_ONFAULT));
	ASSERT_TRUE(has_flag(0, VM_LOCKONFAULT));
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
	/* The other kind of lock replaces it, and is not counted again. */
	ASSERT_EQ(0, lock(0, 4));
	ASSERT_FALSE(has_flag(0, VM_LOCKONFAULT));
	ASSERT_LOCKED(4);
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, unlock(0, 4));
	ASSERT_LOCKED(0);
}

/* before  wwww
 *         ==     locked
 *           ==   to be locked on fault
 * after   ww|ww
 */
TEST_F(aspace, mlock2_kinds_of_locks_do_not_merge)
{
	aspace_map("wwww");
	ASSERT_EQ(0, lock(0, 2));
	ASSERT_EQ(0, sys_mlock2(PAGE(2), PAGES(2), MLOCK_ONFAULT));
	ASSERT_SPACE("ww|ww");
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, unlock(0, 4));
	ASSERT_SPACE("wwww");
}

/* A flag that nobody knows. */
TEST_F(aspace, mlock2_with_unknown_flags_is_einval)
{
	aspace_map("wwww");
	ASSERT_EQ(-EINVAL, sys_mlock2(PAGE(0), PAGES(4), 0x80));
	ASSERT_LOCKED(0);
}

/* before  wwww   whose driver says that it is no ordinary memory
 *         ====   locking it is no error, but changes nothing
 */
TEST_F(aspace, mlock_passes_over_special_memory)
{
	aspace_map("wwww");
	aspace_change_flags(0, VM_IO, 0);
	ASSERT_EQ(0, lock(0, 4));
	ASSERT_SPACE("wwww");
	ASSERT_FALSE(has_flag(0, VM_LOCKED));
	ASSERT_LOCKED(0);
}

#ifdef CONFIG_MULTIUSER	/* else everybody has CAP_IPC_LOCK */

/* before  wwwwww   and the limit is four pages
 *         =====    -ENOMEM
 *         ====     just so
 *          ===     already counted
 *              =   one too many
 */
TEST_F(aspace, mlock_beyond_the_limit_is_enomem)
{
	aspace_map("wwwwww");
	limit_to(4);
	ASSERT_EQ(-ENOMEM, lock(0, 5));
	ASSERT_SPACE("wwwwww");
	ASSERT_LOCKED(0);
	ASSERT_EQ(0, lock(0, 4));
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, lock(1, 3));
	ASSERT_LOCKED(4);
	ASSERT_EQ(-ENOMEM, lock(5, 1));
	ASSERT_EQ(-ENOMEM, lock(3, 2));
	ASSERT_SPACE("wwww|ww");
	ASSERT_LOCKED(4);
}

/* before  ww   and a limit of nothing: not even the right to ask */
TEST_F(aspace, mlock_without_any_limit_to_use_is_eperm)
{
	aspace_map("ww");
	limit_to(0);
	ASSERT_EQ(-EPERM, lock(0, 1));
	ASSERT_EQ(-EPERM, sys_mlockall(MCL_CURRENT));
	ASSERT_LOCKED(0);
	/* To unlock, nobody needs a permission. */
	ASSERT_EQ(0, unlock(0, 1));
	ASSERT_EQ(0, sys_munlockall());
}

/* before  wwwwww   and a limit of nothing, but who has CAP_IPC_LOCK has none */
TEST_F(aspace, mlock_with_the_capability_has_no_limit)
{
	aspace_map("wwwwww");
	limit_to(0);
	security_grant(CAP_IPC_LOCK);
	ASSERT_EQ(0, lock(0, 6));
	ASSERT_LOCKED(6);
	ASSERT_EQ(0, unlock(0, 6));
	ASSERT_EQ(0, sys_mlockall(MCL_CURRENT | MCL_FUTURE));
	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 2, 'w', 0, 0));
	ASSERT_LOCKED(8);
}

/* before  wwwwww   and the limit is four pages: all of it is too much */
TEST_F(aspace, mlockall_beyond_the_limit_is_enomem)
{
	aspace_map("wwwwww");
	limit_to(4);
	ASSERT_EQ(-ENOMEM, sys_mlockall(MCL_CURRENT));
	ASSERT_LOCKED(0);
	/* What is to come is looked at when it comes. */
	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE));
	ASSERT_LOCKED(0);
	ASSERT_EQ(-EAGAIN, aspace_mmap(NULL, 8, 5, 'w', 0, 0));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 4, 'w', 0, 0));
	ASSERT_LOCKED(4);
}

/* mmap of memory that is locked from the start, with a limit of four pages */
TEST_F(aspace, mmap_locked_beyond_the_limit_is_eagain)
{
	limit_to(4);
	ASSERT_EQ(-EAGAIN, aspace_mmap(NULL, 0, 5, 'w', MAP_LOCKED, 0));
	ASSERT_SPACE("");
	limit_to(0);
	ASSERT_EQ(-EPERM, aspace_mmap(NULL, 0, 1, 'w', MAP_LOCKED, 0));
	ASSERT_SPACE("");
}

#endif /* CONFIG_MULTIUSER */

/* mmap  wwww   locked from the start, with its pages */
TEST_F(aspace, mmap_locked_is_counted_and_populated)
{
	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, 4, 'w', MAP_LOCKED, 0));
	ASSERT_LOCKED(4);
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	/* A neighbour that is not locked does not merge. */
	ASSERT_EQ(PAGE(4), aspace_mmap(NULL, 4, 2, 'w', 0, 0));
	ASSERT_SPACE("wwww|ww");
	ASSERT_LOCKED(4);
}

/* before  rr.ww.nn
 *         all       locked, except that what is no access gets no pages
 */
TEST_F(aspace, mlockall_locks_what_is_there)
{
	aspace_map("rr.ww.nn");
	ASSERT_EQ(0, sys_mlockall(MCL_CURRENT));
	ASSERT_SPACE("rr.ww.nn");
	ASSERT_LOCKED(6);
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	/* Later ones are not. */
	ASSERT_EQ(PAGE(10), aspace_mmap(NULL, 10, 2, 'w', 0, 0));
	ASSERT_LOCKED(6);
	ASSERT_EQ(0, sys_munlockall());
	ASSERT_LOCKED(0);
}

/* before  ww|ww|rr   the first is locked
 *         ======     what cannot merge for want of memory stays as it is
 * after   wwww|rr    and the last is locked all the same
 */
TEST_F(aspace, mlockall_without_memory_goes_on_behind)
{
	int n;

	for (n = 1; ; n++) {
		ASSERT_GT(50, n);
		aspace_map("wwww|rr");
		ASSERT_EQ(0, lock(0, 2));
		fail_nth(n);
		ASSERT_EQ(0, sys_mlockall(MCL_CURRENT));
		fail_nth(0);
		ASSERT_TRUE(has_flag(0, VM_LOCKED));
		ASSERT_TRUE(has_flag(4, VM_LOCKED));
		ASSERT_EQ(flagged_pages(self->mm), self->mm->locked_vm);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LT(1, n);
}

/* before  ww|wwww    the latter locked, and the limit is five pages
 *         ===        two more would be six, as only one is locked already
 */
TEST_F(aspace, mlock_of_locked_counts_only_its_range)
{
	if (!IS_ENABLED(CONFIG_MULTIUSER))
		SKIP(return, "everybody has CAP_IPC_LOCK");
	aspace_map("wwwwww");
	ASSERT_EQ(0, lock(2, 4));
	limit_to(5);
	ASSERT_EQ(-ENOMEM, lock(0, 3));
	/* Nor what is behind the first page of the range. */
	ASSERT_EQ(0, unlock(2, 4));
	ASSERT_EQ(0, lock(0, 4));
	ASSERT_EQ(-ENOMEM, lock(3, 3));
	ASSERT_LOCKED(4);
	limit_to(6);
	ASSERT_EQ(0, lock(3, 3));
	ASSERT_LOCKED(6);
}

/* The memory is marked as locked, but there are no pages to be had for it. */
TEST_F(aspace, mlock_without_pages_is_eagain)
{
	aspace_map("ww");
	fail_nth_named("pages", 1);
	ASSERT_EQ(-EAGAIN, lock(0, 2));
	fail_nth_named("pages", 0);
	ASSERT_EQ(0, lock(0, 2));
}

/* Pages that may not be accessed cannot be brought in. */
TEST_F(aspace, mlock_of_inaccessible_is_enomem)
{
	aspace_map("nn");
	ASSERT_EQ(-ENOMEM, lock(0, 2));
}

/* before  wwww
 *         ==     locked already
 *         all    merges again
 */
TEST_F(aspace, mlockall_merges_what_becomes_alike)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, lock(2, 2));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_EQ(0, sys_mlockall(MCL_CURRENT));
	ASSERT_SPACE("wwwwww");
	ASSERT_LOCKED(6);
}

/* before  ww....
 *         all, in future only
 * mmap      ww     locked
 * after   ww|ww
 */
TEST_F(aspace, mlockall_future_locks_later_mappings)
{
	aspace_map("ww");
	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE));
	ASSERT_LOCKED(0);
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'w', 0, 0));
	ASSERT_SPACE("ww|ww");
	ASSERT_LOCKED(2);
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	/* Another call replaces it, and munlockall() ends it. */
	ASSERT_EQ(0, sys_mlockall(MCL_CURRENT));
	ASSERT_SPACE("wwww");
	ASSERT_EQ(PAGE(6), aspace_mmap(NULL, 6, 2, 'w', 0, 0));
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE));
	ASSERT_EQ(0, sys_munlockall());
	ASSERT_EQ(PAGE(10), aspace_mmap(NULL, 10, 2, 'w', 0, 0));
	ASSERT_LOCKED(0);
}

/* before  ww
 *         all, now and in future, as pages come in
 */
TEST_F(aspace, mlockall_onfault_brings_nothing_in)
{
	aspace_map("ww");
	ASSERT_EQ(0, sys_mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'w', 0, 0));
	ASSERT_SPACE("wwww");
	ASSERT_TRUE(has_flag(0, VM_LOCKONFAULT));
	ASSERT_LOCKED(4);
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
}

FIXTURE_LIKE(mlockall_bad, aspace);

FIXTURE_VARIANT(mlockall_bad) {
	int flags;
};

FIXTURE_VARIANT_ADD(mlockall_bad, nothing)	{ 0 };
FIXTURE_VARIANT_ADD(mlockall_bad, only_onfault)	{ MCL_ONFAULT };
FIXTURE_VARIANT_ADD(mlockall_bad, unknown)	{ MCL_CURRENT | 0x80 };

/* Flags that make no sense. */
TEST_F(mlockall_bad, is_einval)
{
	aspace_map("ww");
	ASSERT_EQ(-EINVAL, sys_mlockall(variant->flags));
	ASSERT_LOCKED(0);
}
