// SPDX-License-Identifier: GPL-2.0
/* madvise(): advice that changes VMA flags, and names of anonymous VMAs. */
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "tests/calls.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/slab.h"

/* Advice that sets a flag, and the advice that takes it back. */
FIXTURE_LIKE(madvise, aspace);

FIXTURE_VARIANT(madvise) {
	int advice;
	int opposite;
	vm_flags_t flag;
};

FIXTURE_VARIANT_ADD(madvise, dontfork)	{ MADV_DONTFORK, MADV_DOFORK, VM_DONTCOPY };
FIXTURE_VARIANT_ADD(madvise, dontdump)	{ MADV_DONTDUMP, MADV_DODUMP, VM_DONTDUMP };
FIXTURE_VARIANT_ADD(madvise, wipeonfork) { MADV_WIPEONFORK, MADV_KEEPONFORK, VM_WIPEONFORK };
FIXTURE_VARIANT_ADD(madvise, sequential) { MADV_SEQUENTIAL, MADV_NORMAL, VM_SEQ_READ };
FIXTURE_VARIANT_ADD(madvise, random)	{ MADV_RANDOM, MADV_NORMAL, VM_RAND_READ };

/* before  wwwwww
 * advice    ==
 * after   ww|ww|ww
 * back      ==
 * after   wwwwww
 */
TEST_F(madvise, of_a_middle_splits_and_undoing_merges)
{
	struct mm_struct *mm = self->aspace.mm;

	aspace_map("wwwwww");
	ASSERT_EQ(0, op_madvise(2, 2, variant->advice));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_EQ(3, mm->map_count);
	ASSERT_FALSE(aspace_has_flag(0, variant->flag));
	ASSERT_TRUE(aspace_has_flag(2, variant->flag));
	ASSERT_FALSE(aspace_has_flag(4, variant->flag));
	/* Said again, it changes nothing. */
	ASSERT_EQ(0, op_madvise(2, 2, variant->advice));
	ASSERT_SPACE("ww|ww|ww");

	ASSERT_EQ(0, op_madvise(2, 2, variant->opposite));
	ASSERT_SPACE("wwwwww");
	ASSERT_FALSE(aspace_has_flag(2, variant->flag));
	ASSERT_EQ(1, mm->map_count);
	ASSERT_EQ(6, mm->total_vm);
}

/* before  wwwwww
 * advice  ==        ww|wwww
 * advice      ==    ww|ww|ww
 * advice    ==
 * after   wwwwww    all have it
 */
TEST_F(madvise, of_all_parts_merges_them)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, op_madvise(0, 2, variant->advice));
	ASSERT_SPACE("ww|wwww");
	ASSERT_EQ(0, op_madvise(4, 2, variant->advice));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_EQ(0, op_madvise(2, 2, variant->advice));
	ASSERT_SPACE("wwwwww");
	ASSERT_TRUE(aspace_has_flag(0, variant->flag));
}

/* before  wwwwww
 * advice  ==        the border then moves up, down, and away
 * after   ww|wwww   www|www   w|wwwww   wwwwww
 */
TEST_F(madvise, moves_a_border)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, op_madvise(0, 2, variant->advice));
	ASSERT_SPACE("ww|wwww");
	ASSERT_EQ(0, op_madvise(2, 1, variant->advice));
	ASSERT_SPACE("www|www");
	ASSERT_EQ(0, op_madvise(1, 2, variant->opposite));
	ASSERT_SPACE("w|wwwww");
	ASSERT_EQ(0, op_madvise(0, 1, variant->opposite));
	ASSERT_SPACE("wwwwww");
}

/* before  ww..ww..ww
 * advice   =======     tells of the holes, but reaches all that is there
 * after   w|w..ww..w|w
 */
TEST_F(madvise, across_holes_is_enomem_but_done)
{
	aspace_map("ww..ww..ww");
	ASSERT_EQ(-ENOMEM, op_madvise(1, 8, variant->advice));
	ASSERT_SPACE("w|w..ww..w|w");
	ASSERT_FALSE(aspace_has_flag(0, variant->flag));
	ASSERT_TRUE(aspace_has_flag(1, variant->flag));
	ASSERT_TRUE(aspace_has_flag(4, variant->flag));
	ASSERT_TRUE(aspace_has_flag(8, variant->flag));
	ASSERT_FALSE(aspace_has_flag(9, variant->flag));
}

/* before  rr|ww|xx
 * advice   ======
 * after   r|r|ww|x|x   VMAs of different protection stay apart
 */
TEST_F(madvise, across_different_vmas_reaches_all)
{
	aspace_map("rr|ww|xx");
	ASSERT_EQ(0, op_madvise(1, 4, variant->advice));
	ASSERT_SPACE("r|r|ww|x|x");
	ASSERT_TRUE(aspace_has_flag(1, variant->flag));
	ASSERT_TRUE(aspace_has_flag(2, variant->flag));
	ASSERT_TRUE(aspace_has_flag(4, variant->flag));
	ASSERT_EQ(0, op_madvise(0, 6, variant->opposite));
	ASSERT_SPACE("rr|ww|xx");
}

/* before  wwwwww   and no memory for another VMA
 * advice    ==
 * after   wwwwww
 */
TEST_F(madvise, without_memory_is_eagain)
{
	aspace_map("wwwwww");
	slab_fail_cache("vm_area_struct", 1);
	ASSERT_EQ(-EAGAIN, op_madvise(2, 2, variant->advice));
	slab_fail_nth(0);
	ASSERT_TRUE(slab_fail_fired());
	ASSERT_SPACE("wwwwww");
	ASSERT_FALSE(aspace_has_flag(2, variant->flag));
}

/* before  wwwwww with pages, which stay where they are */
TEST_F(madvise, of_touched_memory_splits_and_merges)
{
	aspace_map("wwwwww");
	mm_populate(PAGE(0), PAGES(6));
	ASSERT_EQ(0, op_madvise(2, 2, variant->advice));
	ASSERT_ANON("ww|ww|ww",
		    "AA|AA|AA");
	ASSERT_EQ(0, op_madvise(2, 2, variant->opposite));
	ASSERT_ANON("wwwwww",
		    "AAAAAA");
	ASSERT_EQ(6, aspace_rss(self->aspace.mm, MM_ANONPAGES));
}

/* before  wwwwww   and the limit is one VMA
 * advice    ==     refused
 * advice  ======   fine
 */
TEST_F(madvise, at_the_limit_of_vmas_may_not_split)
{
	int limit = sysctl_max_map_count;

	aspace_map("wwwwww");
	sysctl_max_map_count = 1;
	/* The tree turns its -ENOMEM into -EAGAIN here as well. */
	EXPECT_EQ(-EAGAIN, op_madvise(2, 2, variant->advice));
	EXPECT_EQ(0, op_madvise(0, 6, variant->advice));
	sysctl_max_map_count = limit;
	ASSERT_SPACE("wwwwww");
}

/* The two kinds of advice on reading ahead exclude each other. */
TEST_F(aspace, madvise_random_replaces_sequential)
{
	aspace_map("wwww");
	ASSERT_EQ(0, op_madvise(0, 4, MADV_SEQUENTIAL));
	ASSERT_EQ(0, op_madvise(0, 4, MADV_RANDOM));
	ASSERT_TRUE(aspace_has_flag(0, VM_RAND_READ));
	ASSERT_FALSE(aspace_has_flag(0, VM_SEQ_READ));
	ASSERT_EQ(0, op_madvise(0, 4, MADV_SEQUENTIAL));
	ASSERT_TRUE(aspace_has_flag(0, VM_SEQ_READ));
	ASSERT_FALSE(aspace_has_flag(0, VM_RAND_READ));
}

/* before  ww of a file, private
 * advice  ==   wipe on fork: only anonymous memory can be
 */
TEST_F(aspace, madvise_wipeonfork_of_a_file_is_einval)
{
	struct file *file = files_new("data");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(-EINVAL, op_madvise(0, 2, MADV_WIPEONFORK));
	ASSERT_EQ(-EINVAL, op_madvise(0, 1, MADV_WIPEONFORK));
	ASSERT_SPACE("ww");
	ASSERT_FALSE(aspace_has_flag(0, VM_WIPEONFORK));
	/* Its opposite harms nobody. */
	ASSERT_EQ(0, op_madvise(0, 2, MADV_KEEPONFORK));
	fput(file);
}

/* before  WW   of shared memory */
TEST_F(aspace, madvise_wipeonfork_of_shared_is_einval)
{
	struct file *file = files_new("data");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(-EINVAL, op_madvise(0, 2, MADV_WIPEONFORK));
	ASSERT_SPACE("WW");
	ASSERT_EQ(0, op_madvise(0, 1, MADV_DONTFORK));
	ASSERT_SPACE("W|W");
	fput(file);
}

/* before  ww|WW|ww   advice stops at the VMA that refuses it
 *         ======
 */
TEST_F(aspace, madvise_stops_where_it_is_refused)
{
	struct file *file = files_new("data");

	aspace_map("ww..ww");
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 0));
	ASSERT_EQ(-EINVAL, op_madvise(0, 6, MADV_WIPEONFORK));
	ASSERT_TRUE(aspace_has_flag(0, VM_WIPEONFORK));
	ASSERT_FALSE(aspace_has_flag(2, VM_WIPEONFORK));
	ASSERT_FALSE(aspace_has_flag(4, VM_WIPEONFORK));
	fput(file);
}

/* before  ww   of a device
 * advice  ==   what its driver decided on forks and dumps is not ours to undo
 */
TEST_F(aspace, madvise_dofork_of_device_is_einval)
{
	aspace_map("ww");
	aspace_change_flags(0, VM_IO | VM_DONTCOPY | VM_DONTDUMP, 0);
	ASSERT_EQ(-EINVAL, op_madvise(0, 2, MADV_DOFORK));
	ASSERT_EQ(-EINVAL, op_madvise(0, 2, MADV_DODUMP));
	ASSERT_TRUE(aspace_has_flag(0, VM_DONTCOPY));
	ASSERT_TRUE(aspace_has_flag(0, VM_DONTDUMP));
	ASSERT_EQ(0, op_madvise(0, 2, MADV_DONTFORK));
}

/* before  wwww   with pages
 * advice   ==    not needed any more: the pages go, the VMA stays
 */
TEST_F(aspace, madvise_dontneed_frees_pages_only)
{
	aspace_map("wwww");
	mm_populate(PAGE(0), PAGES(4));
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, op_madvise(1, 2, MADV_DONTNEED));
	ASSERT_SPACE("wwww");
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(4, self->mm->total_vm);
}

/* before  ww..ww   with pages
 * advice  ======   -ENOMEM for the hole, and the pages are gone
 */
TEST_F(aspace, madvise_dontneed_across_a_hole_is_enomem)
{
	aspace_map("ww..ww");
	mm_populate(PAGE(0), PAGES(6));
	ASSERT_EQ(-ENOMEM, op_madvise(0, 6, MADV_DONTNEED));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_SPACE("ww..ww");
}

/* before  wwww   locked
 * advice  ====   its pages must stay, unless one knows that they are locked
 */
TEST_F(aspace, madvise_dontneed_of_locked_is_einval)
{
	aspace_map("wwww");
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(4)));
	ASSERT_EQ(-EINVAL, op_madvise(0, 4, MADV_DONTNEED));
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, op_madvise(0, 4, MADV_DONTNEED_LOCKED));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(4, self->mm->locked_vm);
}

/* before  wwww
 * advice   ==    give them pages that can be written to
 */
TEST_F(aspace, madvise_populate_write_fills_the_range)
{
	aspace_map("wwww");
	ASSERT_EQ(0, op_madvise(1, 2, MADV_POPULATE_WRITE));
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_SPACE("wwww");
}

/* before  rr   cannot be written to
 *         ..   cannot be anything
 */
TEST_F(aspace, madvise_populate_write_read_only_fails)
{
	aspace_map("rr");
	ASSERT_EQ(-EINVAL, op_madvise(0, 2, MADV_POPULATE_WRITE));
	ASSERT_EQ(-ENOMEM, op_madvise(2, 2, MADV_POPULATE_WRITE));
	ASSERT_EQ(0, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  ww   not of a file, and there is no swap to read ahead from */
TEST_F(aspace, madvise_willneed_without_a_file_is_ebadf)
{
	if (IS_ENABLED(CONFIG_SWAP))
		SKIP(return, "there is swap");
	aspace_map("ww");
	ASSERT_EQ(-EBADF, op_madvise(0, 2, MADV_WILLNEED));
}

/* Requests that make no sense, or ask for nothing. */
FIXTURE_LIKE(madvise_bad, aspace);

FIXTURE_VARIANT(madvise_bad) {
	unsigned long addr, len;
	int advice;
	int ret;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(madvise_bad, name) { __VA_ARGS__ }

ROW(address_within_a_page,	PAGE(1) + 1, PAGES(1), MADV_DONTFORK, -EINVAL);
ROW(unknown_advice,		PAGE(1), PAGES(1), 77, -EINVAL);
ROW(unknown_advice_on_nothing,	PAGE(1), 0, 77, -EINVAL);
ROW(length_wraps,		PAGE(1), -PAGE_SIZE, MADV_DONTFORK, -EINVAL);
ROW(length_wraps_to_zero,	PAGE(1), -1UL, MADV_DONTFORK, -EINVAL);
ROW(nothing_mapped,		PAGE(8), PAGES(1), MADV_DONTFORK, -ENOMEM);
ROW(no_length,			PAGE(1), 0, MADV_DONTFORK, 0);
ROW(no_length_in_a_hole,	PAGE(8), 0, MADV_DONTFORK, 0);
#undef ROW

/* before  wwww
 * after   wwww
 */
TEST_F(madvise_bad, changes_nothing)
{
	aspace_map("wwww");
	ASSERT_EQ(variant->ret, sys_madvise(variant->addr, variant->len, variant->advice));
	ASSERT_SPACE("wwww");
	ASSERT_FALSE(aspace_has_flag(0, VM_DONTCOPY));
}

#ifdef CONFIG_ANON_VMA_NAME

static const char *name_of(int page)
{
	struct anon_vma_name *name;

	mmap_read_lock(current->mm);
	name = anon_vma_name(find_vma(current->mm, PAGE(page)));
	mmap_read_unlock(current->mm);
	return name ? name->name : NULL;
}

/* before  wwwwww
 * name      ==
 * after   ww|ww|ww
 * unname    ==
 * after   wwwwww
 */
TEST_F(aspace, anon_name_of_a_middle_splits_and_merges)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, name_range(PAGE(2), PAGES(2), "heap"));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_STREQ(NULL, name_of(0));
	ASSERT_STREQ("heap", name_of(2));
	ASSERT_STREQ(NULL, name_of(4));
	ASSERT_EQ(0, name_range(PAGE(2), PAGES(2), NULL));
	ASSERT_SPACE("wwwwww");
	ASSERT_STREQ(NULL, name_of(0));
}

/* before  wwwwww
 * name    aa..aa   ww|ww|ww
 * name      aa     a name made anew, but equal
 * after   wwwwww
 */
TEST_F(aspace, anon_names_that_are_equal_merge)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(2), "a"));
	ASSERT_EQ(0, name_range(PAGE(4), PAGES(2), "a"));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_EQ(0, name_range(PAGE(2), PAGES(2), "a"));
	ASSERT_SPACE("wwwwww");
	ASSERT_STREQ("a", name_of(0));
	ASSERT_EQ(1, self->mm->map_count);
}

/* before  wwwwww
 * name    aabbaa
 * after   ww|ww|ww
 */
TEST_F(aspace, anon_names_that_differ_do_not_merge)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(6), "a"));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(0, name_range(PAGE(2), PAGES(2), "b"));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_STREQ("a", name_of(0));
	ASSERT_STREQ("b", name_of(2));
	ASSERT_STREQ("a", name_of(4));
}

/* before  ww....   named
 * mmap      ww     has no name, so it does not merge
 * after   ww|ww
 */
TEST_F(aspace, anon_name_keeps_new_neighbours_apart)
{
	aspace_map("ww");
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(2), "a"));
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'w', 0, 0));
	ASSERT_SPACE("ww|ww");
	ASSERT_EQ(0, name_range(PAGE(2), PAGES(2), "a"));
	ASSERT_SPACE("wwww");
}

/* before  wwwwww   named
 * munmap    ==
 * after   ww..ww   both named, by the same name
 */
TEST_F(aspace, anon_name_of_a_split_vma_is_shared)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(6), "a"));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("ww..ww");
	ASSERT_STREQ("a", name_of(0));
	ASSERT_EQ((unsigned long)name_of(0), (unsigned long)name_of(4));
	/* One goes by another name, the other keeps its own. */
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(2), "b"));
	ASSERT_STREQ("b", name_of(0));
	ASSERT_STREQ("a", name_of(4));
}

/* before  wwww       named
 *         ==         moves: the name goes along
 * after   ..ww..ww
 */
TEST_F(aspace, anon_name_moves_along)
{
	aspace_map("wwww");
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(4), "a"));
	ASSERT_EQ(PAGE(6), op_mremap(0, 2, 2, MOVE_TO, 6));
	ASSERT_SPACE("..ww..ww");
	ASSERT_STREQ("a", name_of(2));
	ASSERT_STREQ("a", name_of(6));
}

/* before  wwwwww   named, then advice comes and goes: the name stays */
TEST_F(aspace, anon_name_survives_advice)
{
	aspace_map("wwwwww");
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(6), "a"));
	ASSERT_EQ(0, op_madvise(2, 2, MADV_DONTFORK));
	ASSERT_SPACE("ww|ww|ww");
	ASSERT_STREQ("a", name_of(2));
	ASSERT_EQ(0, op_madvise(2, 2, MADV_DOFORK));
	ASSERT_SPACE("wwwwww");
	ASSERT_STREQ("a", name_of(0));
}

/* before  ww..ww
 * name    ======   -ENOMEM for the hole, and both are named
 */
TEST_F(aspace, anon_name_across_a_hole_is_enomem)
{
	aspace_map("ww..ww");
	ASSERT_EQ(-ENOMEM, name_range(PAGE(0), PAGES(6), "a"));
	ASSERT_STREQ("a", name_of(0));
	ASSERT_STREQ("a", name_of(4));
}

/* before  ww   of a file, which has a name already */
TEST_F(aspace, anon_name_of_a_file_is_ebadf)
{
	struct file *file = files_new("data");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(-EBADF, name_range(PAGE(0), PAGES(1), "a"));
	ASSERT_SPACE("ww");
	fput(file);
}

/* before  wwwwww   and no memory for another VMA */
TEST_F(aspace, anon_name_without_memory_is_eagain)
{
	aspace_map("wwwwww");
	slab_fail_cache("vm_area_struct", 1);
	ASSERT_EQ(-EAGAIN, name_range(PAGE(2), PAGES(2), "a"));
	slab_fail_nth(0);
	ASSERT_TRUE(slab_fail_fired());
	ASSERT_SPACE("wwwwww");
	ASSERT_STREQ(NULL, name_of(2));
}

/* Ranges that make no sense. */
TEST_F(aspace, anon_name_of_a_bad_range_is_einval)
{
	aspace_map("wwww");
	ASSERT_EQ(-EINVAL, name_range(PAGE(0) + 1, PAGES(1), "a"));
	ASSERT_EQ(-EINVAL, name_range(PAGE(0), -1UL, "a"));
	ASSERT_EQ(-EINVAL, name_range(PAGE(0), -PAGE_SIZE, "a"));
	ASSERT_EQ(0, name_range(PAGE(0), 0, "a"));
	ASSERT_STREQ(NULL, name_of(0));
}

#ifdef HAVE_SET_ANON_VMA_NAME
/* Older trees look at the characters in prctl() itself, which is not built. */
TEST_F(aspace, anon_name_with_odd_characters_is_einval)
{
	static const char * const odd[] = { "a\nb", "a\\b", "a`b", "$a", "[heap]", "\x7f" };
	int i;

	aspace_map("ww");
	for (i = 0; i < ARRAY_SIZE(odd); i++)
		EXPECT_EQ(-EINVAL, name_range(PAGE(0), PAGES(2), odd[i]));
	ASSERT_STREQ(NULL, name_of(0));
	ASSERT_EQ(0, name_range(PAGE(0), PAGES(2), "a b:c/d"));
	ASSERT_STREQ("a b:c/d", name_of(0));
}
#endif

#endif /* CONFIG_ANON_VMA_NAME */
