// SPDX-License-Identifier: GPL-2.0
/* mremap(): growing, shrinking, moving, errors. */
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/memory.h"
#include "tests/rmap_check.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"


/* What a drawing shows at a page. */
static char kind_at(const char *drawing, int page)
{
	for (; *drawing; drawing++)
		if (*drawing != '|' && !page--)
			return *drawing;
	return '.';
}

/* How many pages are mapped outside the drawing. */
static unsigned long pages_elsewhere(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long pages = 0;

	VMA_ITERATOR(vmi, mm, 0);

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		if (vma->vm_start >= PAGE(ASPACE_PAGES))
			pages += vma_pages(vma);
	mmap_read_unlock(mm);
	return pages;
}

/* One call that works, and whose outcome lies within the drawing. */
FIXTURE_LIKE(mremap, aspace);

FIXTURE_VARIANT(mremap) {
	const char *before;
	int page, old_pages, new_pages;
	unsigned long flags;
	int to;
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap, name) { __VA_ARGS__ }

/* In place */
ROW(same_size,			"wwww", 0, 4, 4, 0, 0, "wwww");
ROW(same_size_of_a_part,	"wwww", 1, 2, 2, 0, 0, "wwww");
ROW(grow,			"ww", 0, 2, 4, 0, 0, "wwww");
ROW(grow_by_the_tail,		"wwww", 3, 1, 3, 0, 0, "wwwwww");
ROW(grow_up_to_the_next,	"ww..rr", 0, 2, 4, 0, 0, "wwww|rr");
ROW(grow_into_a_merge,		"ww..ww", 0, 2, 4, 0, 0, "wwwwww");
ROW(grow_of_read_only,		"rr", 0, 2, 4, 0, 0, "rrrr");
ROW(shrink,			"wwwwww", 0, 6, 2, 0, 0, "ww");
ROW(shrink_of_the_middle,	"wwwwww", 1, 3, 1, 0, 0, "ww..ww");
ROW(shrink_of_the_tail,		"wwwwww", 2, 4, 1, 0, 0, "www");
ROW(shrink_across_vmas,		"ww|rr|xx", 0, 5, 1, 0, 0, "w....x");
ROW(maymove_grows_in_place_if_it_can, "ww", 0, 2, 4, MREMAP_MAYMOVE, 0, "wwww");
ROW(maymove_shrinks_in_place,	"wwww", 0, 4, 2, MREMAP_MAYMOVE, 0, "ww");
/* Moved to where we say */
ROW(move,			"ww", 0, 2, 2, MOVE_TO, 5, ".....ww");
ROW(move_down,			"....ww", 4, 2, 2, MOVE_TO, 0, "ww");
ROW(move_right_behind_itself,	"ww", 0, 2, 2, MOVE_TO, 2, "..ww");
ROW(move_right_before_itself,	"..ww", 2, 2, 2, MOVE_TO, 0, "ww");
ROW(move_the_head,		"wwww", 0, 2, 2, MOVE_TO, 6, "..ww..ww");
ROW(move_the_tail,		"wwww", 2, 2, 2, MOVE_TO, 6, "ww....ww");
ROW(move_the_middle,		"wwwwww", 2, 2, 2, MOVE_TO, 8, "ww..ww..ww");
ROW(move_and_grow,		"ww", 0, 2, 4, MOVE_TO, 4, "....wwww");
ROW(move_and_shrink,		"wwww", 0, 4, 2, MOVE_TO, 6, "......ww");
ROW(move_and_shrink_the_middle,	"wwwwww", 1, 4, 2, MOVE_TO, 8, "w....w..ww");
ROW(move_over_a_whole,		"ww..rr", 0, 2, 2, MOVE_TO, 4, "....ww");
ROW(move_over_a_head,		"ww..rrrr", 0, 2, 2, MOVE_TO, 4, "....ww|rr");
ROW(move_over_a_middle,		"ww..rrrr", 0, 2, 2, MOVE_TO, 5, "....r|ww|r");
ROW(move_over_several,		"wwww..rr|xx|nn", 0, 4, 4, MOVE_TO, 7, "......r|wwww|n");
ROW(move_over_its_own_tail,	"wwwwww", 0, 2, 2, MOVE_TO, 3, "..wwww");
ROW(move_between_others,	"ww..r..x", 0, 2, 2, MOVE_TO, 5, "....r|ww|x");
ROW(move_merges_at_the_target,	"ww..ww..ww", 8, 2, 2, MOVE_TO, 2, "wwwwww");
ROW(dontunmap_of_a_part,	"wwww", 1, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 6, "wwww..ww");
ROW(dontunmap,			"ww", 0, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 4, "ww..ww");
ROW(dontunmap_over_something,	"ww..rrrr", 0, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 5, "ww..r|ww|r");

/* before, range and after as the variant draws them */
TEST_F(mremap, does_what_the_drawing_says)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long committed = vm_memory_committed();
	struct vm_area_struct *vma;

	VMA_ITERATOR(vmi, mm, 0);

	aspace_map(variant->before);
	ASSERT_EQ(PAGE(variant->flags & MREMAP_FIXED ? variant->to : variant->page),
		  op_mremap(variant->page, variant->old_pages, variant->new_pages, variant->flags,
			    variant->to));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(0, pages_elsewhere(mm));
	ASSERT_EQ(aspace_count(mm), mm->map_count);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), mm->data_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), vm_memory_committed() - committed);

	/* An accounted VMA keeps VM_ACCOUNT, otherwise its charge would leak. */
	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		EXPECT_EQ(!!(vma->vm_flags & VM_WRITE), !!(vma->vm_flags & VM_ACCOUNT));
		/* Untouched anonymous memory counts its offset from address 0. */
		EXPECT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
	}
	mmap_read_unlock(mm);
}

/* The same with pages in it: they stay with their memory, wherever that goes. */
TEST_F(mremap, takes_the_pages_along)
{
	struct mm_struct *mm = self->aspace.mm;
	const bool moves = variant->flags & MREMAP_FIXED;
	unsigned long pages = 0;
	int page, last;

	aspace_map(variant->before);
	mm_populate(PAGE(0), PAGES(ASPACE_PAGES));
	ASSERT_EQ(aspace_drawn_pages(variant->before, "w"), aspace_rss(mm, MM_ANONPAGES));

	/* What is unmapped on the way takes its pages along, nothing else does. */
	last = variant->page + variant->old_pages;
	for (page = 0; page < ASPACE_PAGES; page++) {
		if (kind_at(variant->before, page) != 'w')
			continue;
		if (moves && page >= variant->to && page < variant->to + variant->new_pages)
			continue;
		if (page >= variant->page + variant->new_pages && page < last)
			continue;
		pages++;
	}
	op_mremap(variant->page, variant->old_pages, variant->new_pages, variant->flags,
		  variant->to);
	ASSERT_EQ(pages, aspace_rss(mm, MM_ANONPAGES));
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), mm->data_vm);
	ASSERT_EQ(aspace_count(mm), mm->map_count);
}

/*
 * Trees that work out by how much the size changes once only (vrm_set_delta() in
 * mm/mremap.c) charge a move that shrinks for as much as it has unmapped before.
 */
#ifdef HAVE_MREMAP_STALE_DELTA
XFAIL_ADD(mremap, move_and_shrink, does_what_the_drawing_says,
	  "VM_ACCOUNT|committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, move_and_shrink_the_middle, does_what_the_drawing_says,
	  "VM_ACCOUNT|committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, move_and_shrink, takes_the_pages_along,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, move_and_shrink_the_middle, takes_the_pages_along,
	  "committed memory is|vm_memory_committed() - committed");
#endif

/*
 * No memory at the n-th allocation: an error, and the accounts are right.
 *
 * A move that could not unmap its source succeeds, and leaves the source mapped,
 * charged for, but without VM_ACCOUNT: the charge outlives it.  Hence what is
 * committed is looked at anew each time.
 */
TEST_F(mremap, without_memory_fails_cleanly)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long committed;
	unsigned long n;
	long ret;

	for (n = 1; ; n++) {
		ASSERT_GT(200, n);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
		committed = vm_memory_committed();
		aspace_map(variant->before);
		fail_nth(n);
		ret = op_mremap(variant->page, variant->old_pages, variant->new_pages,
				variant->flags, variant->to);
		fail_nth(0);
		if (!fail_nth_fired())
			break;
		ASSERT_EQ(aspace_count(mm), mm->map_count);
		ASSERT_EQ(mm->data_vm, vm_memory_committed() - committed);
		if (!ASPACE_IS_ERR(ret))
			continue;
		ASSERT_EQ(-ENOMEM, ret);
		/* What was in the way of a move may be gone by then; the source is not. */
		if (!(variant->flags & MREMAP_FIXED))
			ASSERT_EQ(aspace_drawn_pages(variant->before, "w"), mm->data_vm);
	}
	ASSERT_FALSE(ASPACE_IS_ERR(ret));
	ASSERT_SPACE(variant->after);
}

#ifdef HAVE_MREMAP_STALE_DELTA	/* see above */
XFAIL_ADD(mremap, move_and_shrink, without_memory_fails_cleanly,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, move_and_shrink_the_middle, without_memory_fails_cleanly,
	  "committed memory is|vm_memory_committed() - committed");
#endif

/* One call that is refused, and changes nothing. */
FIXTURE_LIKE(mremap_refused, aspace);

FIXTURE_VARIANT(mremap_refused) {
	const char *space;	/* before and after */
	int page, old_pages, new_pages;
	unsigned long flags;
	int to;
	int error;
};

#undef ROW
#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap_refused, name) { __VA_ARGS__ }

/* There is no room, and moving is not allowed */
ROW(grow_against_the_next,	"ww|rr", 0, 2, 4, 0, 0, -ENOMEM);
ROW(grow_with_too_small_a_gap,	"ww..rr", 0, 2, 5, 0, 0, -ENOMEM);
ROW(grow_within_a_vma,		"wwww", 0, 2, 3, 0, 0, -ENOMEM);
/* What must not be */
ROW(move_onto_itself,		"wwww", 0, 4, 4, MOVE_TO, 0, -EINVAL);
ROW(move_onto_its_tail,		"wwww", 0, 4, 4, MOVE_TO, 2, -EINVAL);
ROW(move_onto_its_head,		"..wwww", 2, 4, 4, MOVE_TO, 0, -EINVAL);
ROW(move_into_itself,		"wwwwww", 0, 6, 2, MOVE_TO, 2, -EINVAL);
ROW(move_around_itself,		"..ww", 2, 2, 6, MOVE_TO, 0, -EINVAL);
ROW(fixed_without_maymove,	"ww", 0, 2, 2, MREMAP_FIXED, 4, -EINVAL);
ROW(dontunmap_without_maymove,	"ww", 0, 2, 2, MREMAP_DONTUNMAP, 4, -EINVAL);
ROW(dontunmap_and_grow,		"ww", 0, 2, 3, MOVE_TO | MREMAP_DONTUNMAP, 4, -EINVAL);
ROW(dontunmap_and_shrink,	"ww", 0, 2, 1, MOVE_TO | MREMAP_DONTUNMAP, 4, -EINVAL);
ROW(unknown_flag,		"ww", 0, 2, 4, 0x80, 0, -EINVAL);
ROW(new_size_of_nothing,	"ww", 0, 2, 0, MREMAP_MAYMOVE, 0, -EINVAL);
ROW(duplicate_private_memory,	"ww", 0, 0, 2, MOVE_TO, 4, -EINVAL);
ROW(grow_of_nothing,		"..ww", 0, 2, 3, 0, 0, -EFAULT);
ROW(move_of_nothing,		"..ww", 0, 1, 1, MOVE_TO, 6, -EFAULT);
ROW(move_from_a_hole,		"..ww", 0, 4, 4, MOVE_TO, 6, -EFAULT);
ROW(grow_across_vmas,		"ww|rr", 0, 4, 6, 0, 0, -EFAULT);
ROW(grow_across_a_hole,		"ww..ww", 0, 4, 6, 0, 0, -EFAULT);

TEST_F(mremap_refused, changes_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long committed = vm_memory_committed();

	aspace_map(variant->space);
	ASSERT_EQ(variant->error, op_mremap(variant->page, variant->old_pages, variant->new_pages,
					    variant->flags, variant->to));
	ASSERT_SPACE(variant->space);
	ASSERT_EQ(0, pages_elsewhere(mm));
	ASSERT_EQ(aspace_drawn_pages(variant->space, "w"), mm->data_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->space, "w"), vm_memory_committed() - committed);
}

/* before  ww|rr
 *         ==      two pages become four, and may move
 * after   ..rr   and four w somewhere else
 */
TEST_F(aspace, mremap_moves_what_cannot_grow_in_place)
{
	unsigned long committed = vm_memory_committed();
	unsigned long to;

	aspace_map("ww|rr");
	mm_populate(PAGE(0), PAGES(2));
	to = op_mremap(0, 2, 4, MREMAP_MAYMOVE, 0);
	ASSERT_FALSE(ASPACE_IS_ERR(to));
	ASSERT_LE(PAGE(ASPACE_PAGES), to);
	ASSERT_SPACE("..rr");
	ASSERT_EQ(4, pages_elsewhere(self->mm));
	ASSERT_EQ(6, self->mm->total_vm);
	ASSERT_EQ(4, vm_memory_committed() - committed);
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  wwww
 *          =     the second page becomes two, and may move
 * after   w.ww   and two w somewhere else
 */
TEST_F(aspace, mremap_of_a_part_grows_by_moving)
{
	unsigned long committed = vm_memory_committed();

	aspace_map("wwww");
	ASSERT_FALSE(ASPACE_IS_ERR(op_mremap(1, 1, 2, MREMAP_MAYMOVE, 0)));
	ASSERT_SPACE("w.ww");
	ASSERT_EQ(2, pages_elsewhere(self->mm));
	ASSERT_EQ(5, self->mm->total_vm);
	ASSERT_EQ(5, vm_memory_committed() - committed);
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_ACCOUNT);
	ASSERT_TRUE(aspace_vma(2)->vm_flags & VM_ACCOUNT);
}

/* before  ww.....ww   the left ones with pages
 *         ==          go to the right ones, which have none
 * after   .....ww|ww  their offsets tell where each was first: no merge
 */
TEST_F(aspace, mremap_of_faulted_keeps_its_offset)
{
	aspace_map("ww.....ww");
	mm_populate(PAGE(0), PAGES(2));
	ASSERT_EQ(PAGE(5), op_mremap(0, 2, 2, MOVE_TO, 5));
	ASSERT_SPACE(".....ww|ww");
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, aspace_vma(5)->vm_pgoff);
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  wwwwww      with pages
 *           ==        move away
 *         ww..ww..ww
 *                 ==  and back to where they came from
 * after   wwwwww      one VMA again
 */
TEST_F(aspace, mremap_there_and_back_merges_again)
{
	aspace_map("wwwwww");
	mm_populate(PAGE(0), PAGES(6));
	ASSERT_EQ(PAGE(8), op_mremap(2, 2, 2, MOVE_TO, 8));
	ASSERT_SPACE("ww..ww..ww");
	ASSERT_EQ(PAGE(2), op_mremap(8, 2, 2, MOVE_TO, 2));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(6, aspace_rss(self->mm, MM_ANONPAGES));
}

FIXTURE_LIKE(mremap_kept, aspace);
FIXTURE_VARIANT(mremap_kept) {
	bool populated;
};

FIXTURE_VARIANT_ADD(mremap_kept, with_pages) { true };
FIXTURE_VARIANT_ADD(mremap_kept, without_pages) { false };

/* before  ww......   with pages or without
 *         ==         move, but stay mapped
 * after   ww..ww     the pages are on the right, the left looks like new
 */
TEST_F(mremap_kept, vma_is_left_untouched)
{
	unsigned long committed = vm_memory_committed();

	aspace_map("ww");
	if (variant->populated)
		mm_populate(PAGE(0), PAGES(2));
	ASSERT_ANON("ww",
		    variant->populated ? "AA" : "--");
	ASSERT_EQ(PAGE(4), op_mremap(0, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 4));
	ASSERT_ANON("ww..ww",
		    variant->populated ? "--..AA" : "--..--");
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, aspace_vma(0)->vm_pgoff);
	/* Offsets are those of the pages, and where there is none, of the address. */
	ASSERT_EQ(PAGE(variant->populated ? 0 : 4) >> PAGE_SHIFT, aspace_vma(4)->vm_pgoff);
	ASSERT_EQ(variant->populated ? 2 : 0, aspace_rss(self->aspace.mm, MM_ANONPAGES));
	ASSERT_EQ(4, self->aspace.mm->total_vm);
	ASSERT_EQ(4, vm_memory_committed() - committed);
	/* The left ones get pages of their own. */
	mm_populate(PAGE(0), PAGES(2));
	ASSERT_EQ(variant->populated ? 4 : 2, aspace_rss(self->aspace.mm, MM_ANONPAGES));
}

/*
 * What is left is accountable as before, and so is charged for.  Some trees take
 * VM_ACCOUNT away from it, so that the charge is never given back.
 */
#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE
XFAIL_ADD(mremap_kept, with_pages, vma_is_left_untouched,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap_kept, without_pages, vma_is_left_untouched,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap_of_a_part, does_what_the_drawing_says,
	  "VM_ACCOUNT|committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap_of_a_part, takes_the_pages_along,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap_of_a_part, without_memory_fails_cleanly,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap, does_what_the_drawing_says,
	  "VM_ACCOUNT|committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap, takes_the_pages_along,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap, without_memory_fails_cleanly,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap_over_something, does_what_the_drawing_says,
	  "VM_ACCOUNT|committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap_over_something, takes_the_pages_along,
	  "committed memory is|vm_memory_committed() - committed");
XFAIL_ADD(mremap, dontunmap_over_something, without_memory_fails_cleanly,
	  "committed memory is|vm_memory_committed() - committed");
#endif

/*
 * before  ww		locked
 * mremap  ==  -> 4	where they are locked as well; what is left behind is not
 */
FIXTURE_LIKE(mremap_locked, aspace);

FIXTURE_VARIANT(mremap_locked) {
	const char *before;
	unsigned long flags;
	unsigned int to;
	const char *after;
};

#undef ROW
#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap_locked, name) { __VA_ARGS__ }

ROW(moved,		"ww", MOVE_TO, 4, "....ww");
ROW(not_unmapped,	"ww", MOVE_TO | MREMAP_DONTUNMAP, 4, "ww..ww");
ROW(beside_itself,	"ww", MOVE_TO | MREMAP_DONTUNMAP, 2, "ww|ww");
/* Without an anon_vma it could merge with what is left behind, which is locked until then. */
ROW(beside_read_only,	"rr", MOVE_TO | MREMAP_DONTUNMAP, 2, "rr|rr");
ROW(before_read_only,	"..rr", MOVE_TO | MREMAP_DONTUNMAP, 0, "rr|rr");

TEST_F(mremap_locked, memory_stays_locked_once)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned int from = strspn(variant->before, ".");
	struct vm_area_struct *left;

	aspace_map(variant->before);
	ASSERT_EQ(0, sys_mlock(PAGE(from), PAGES(2)));
	ASSERT_EQ(2, mm->locked_vm);
	ASSERT_EQ(PAGE(variant->to), op_mremap(from, 2, 2, variant->flags, variant->to));
	ASSERT_SPACE(variant->after);
	ASSERT_TRUE(aspace_vma(variant->to)->vm_flags & VM_LOCKED);
	left = aspace_vma(from);
	if (left)
		ASSERT_FALSE(left->vm_flags & VM_LOCKED);
	ASSERT_EQ(2, mm->locked_vm);
}

/*
 * Trees with a struct vma_remap_struct still count the source, until
 * they learned to split locked memory ahead of the move (needs_pre_split()).
 */
#if defined(HAVE_MREMAP_STRUCT) && !defined(HAVE_MREMAP_PRE_SPLIT)
XFAIL_ADD(mremap_locked, not_unmapped, memory_stays_locked_once);
XFAIL_ADD(mremap_locked, beside_itself, memory_stays_locked_once);
#endif
#ifndef HAVE_COPY_VMA_KEEP_SOURCE
XFAIL_ADD(mremap_locked, beside_read_only, memory_stays_locked_once,
	  "but the VMAs add up to 0|are wrong: flags|address space is not as expected");
XFAIL_ADD(mremap_locked, before_read_only, memory_stays_locked_once,
	  "but the VMAs add up to 0|are wrong: flags|address space is not as expected");
#endif

/* before  ww   locked
 * after   wwww locked, with all its pages there
 */
TEST_F(aspace, mremap_grows_locked_memory_populated)
{
	aspace_map("ww");
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	ASSERT_EQ(PAGE(0), op_mremap(0, 2, 4, 0, 0));
	ASSERT_EQ(4, self->mm->locked_vm);
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	/* The same by a move. */
	aspace_map("....r");
	ASSERT_FALSE(ASPACE_IS_ERR(op_mremap(0, 4, 6, MREMAP_MAYMOVE, 0)));
	ASSERT_SPACE("....r");
	ASSERT_EQ(6, self->mm->locked_vm);
	ASSERT_EQ(6, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  ww   locked, and RLIMIT_MEMLOCK is three pages
 *         ==   would be four
 */
TEST_F(aspace, mremap_of_locked_beyond_limit_is_eagain)
{
	if (!IS_ENABLED(CONFIG_MULTIUSER))
		SKIP(return, "everybody has CAP_IPC_LOCK");
	aspace_map("ww");
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(2)));
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(3);
	ASSERT_EQ(-EAGAIN, op_mremap(0, 2, 4, 0, 0));
	ASSERT_SPACE("ww");
	ASSERT_EQ(2, self->mm->locked_vm);
	ASSERT_EQ(PAGE(0), op_mremap(0, 2, 3, 0, 0));
	ASSERT_EQ(3, self->mm->locked_vm);
}

/* before  wwww   and RLIMIT_AS is five pages */
TEST_F(aspace, mremap_honours_rlimit_as)
{
	aspace_map("wwww");
	current->signal->rlim[RLIMIT_AS].rlim_cur = PAGES(5);
	ASSERT_EQ(-ENOMEM, op_mremap(0, 4, 6, 0, 0));
	ASSERT_EQ(-ENOMEM, op_mremap(0, 4, 4, MOVE_TO | MREMAP_DONTUNMAP, 8));
	ASSERT_SPACE("wwww");
	/* A move needs no more than there was. */
	ASSERT_EQ(PAGE(8), op_mremap(0, 4, 4, MOVE_TO, 8));
	ASSERT_EQ(PAGE(8), op_mremap(8, 4, 5, 0, 0));
	ASSERT_SPACE("........wwwww");
}

/* before  wwwwww..rr   and the limit of VMAs is near
 *           ==         to the right: might need more on the way than there may be,
 * after   wwwwww..rr   so that not even the target is unmapped
 */
TEST_F(aspace, mremap_near_the_limit_of_vmas_is_enomem)
{
	int limit = sysctl_max_map_count;

	aspace_map("wwwwww..rr");
	sysctl_max_map_count = 3;
	EXPECT_EQ(-ENOMEM, op_mremap(2, 2, 2, MOVE_TO, 8));
	sysctl_max_map_count = limit;
	ASSERT_SPACE("wwwwww..rr");
}

/* before  WW    of a file, from its page 10 on
 *         =     an old size of nothing: another mapping of the same
 * after   WW..WWW
 */
TEST_F(aspace, mremap_of_no_length_duplicates_shared)
{
	struct file *file = files_new("data");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 10));
	ASSERT_EQ(PAGE(4), op_mremap(1, 0, 3, MOVE_TO, 4));
	ASSERT_SPACE("WW..WWW");
	ASSERT_EQ(10, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(11, aspace_vma(4)->vm_pgoff);
	ASSERT_EQ(3, file_count(file));
	ASSERT_EQ(5, self->mm->total_vm);
	fput(file);
}

/* before  wwww       locked
 *          ==        moves, and leaves two pages there that are not locked
 * after   w|ww|w..ww
 */
#ifdef HAVE_MREMAP_PRE_SPLIT
/* With MREMAP_DONTUNMAP, only what was moved away is no longer locked. */
TEST_F(aspace, mremap_dontunmap_unlocks_only_the_moved)
{
	aspace_map("wwww");
	ASSERT_EQ(0, sys_mlock(PAGE(0), PAGES(4)));
	ASSERT_EQ(PAGE(6), op_mremap(1, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 6));
	ASSERT_SPACE("w|ww|w..ww");
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_LOCKED);
	ASSERT_FALSE(aspace_vma(1)->vm_flags & VM_LOCKED);
	ASSERT_TRUE(aspace_vma(3)->vm_flags & VM_LOCKED);
	ASSERT_TRUE(aspace_vma(6)->vm_flags & VM_LOCKED);
	ASSERT_EQ(4, self->mm->locked_vm);
}
#endif

/* While it is moved it is there twice, which is no more memory than before. */
TEST_F(aspace, mremap_keeps_the_highest_size)
{
	aspace_map("wwww");
	ASSERT_EQ(4, get_mm_hiwater_vm(self->mm));
	ASSERT_EQ(PAGE(6), op_mremap(0, 4, 4, MOVE_TO, 6));
	ASSERT_EQ(4, get_mm_hiwater_vm(self->mm));
	/* Less memory than before leaves it as it is. */
	ASSERT_EQ(PAGE(6), op_mremap(6, 4, 1, 0, 0));
	ASSERT_EQ(4, get_mm_hiwater_vm(self->mm));
}

/* Whatever stands where the new address would: nobody asked for one. */
TEST_F(aspace, mremap_to_checks_only_a_given_address)
{
	aspace_map("ww");
	ASSERT_EQ(PAGE(0), sys_mremap(PAGE(0), PAGES(2), PAGES(3), 0, -1UL));
	ASSERT_EQ(PAGE(0), sys_mremap(PAGE(0), PAGES(3), PAGES(4), MREMAP_MAYMOVE, PAGE(1) + 1));
	ASSERT_EQ(PAGE(0), sys_mremap(PAGE(0), PAGES(4), PAGES(2), MREMAP_MAYMOVE, TASK_SIZE));
	ASSERT_SPACE("ww");
}

FIXTURE_LIKE(mremap_back, aspace);

/* New memory behind it, and what the two are when they have merged, or not. */
FIXTURE_VARIANT(mremap_back) {
	int pages;
	const char *merged, *apart;
};

FIXTURE_VARIANT_ADD(mremap_back, beside_one_page) { 1, "www", "ww|w" };
FIXTURE_VARIANT_ADD(mremap_back, beside_two_pages) { 2, "wwww", "ww|ww" };

/* before  ww        written to
 *         ==        to page 10 and back, when new memory is mapped behind
 * then    ..ww......ww
 * after   wwww      their offsets continue; or apart, in older trees
 */
TEST_F(mremap_back, of_written_memory_can_be_found)
{
	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 2);
	ASSERT_EQ(PAGE(10), op_mremap(0, 2, 2, MOVE_TO, 10));
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, variant->pages, 'w', 0, 0));
	ASSERT_EQ(PAGE(0), op_mremap(10, 2, 2, MOVE_TO, 0));
	ASSERT_SPACE(MERGES_UNFAULTED ? variant->merged : variant->apart);
	ASSERT_NE(NULL, aspace_vma(0)->anon_vma);
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(2, 1);
	ASSERT_WRITE(2, 3);
	ASSERT_RMAP_HERE();
}

/*
 * What begins right below the end of a page table is moved to the same place in another:
 * the table's beginning comes along, unless there is something else in it, here or there.
 */
FIXTURE_LIKE(mremap_tables, aspace);

FIXTURE_VARIANT(mremap_tables) {
	unsigned long size;	/* of what a table maps */
	bool here, there;	/* something is in the table's beginning */
};

#define ROWS(name, size)							\
	FIXTURE_VARIANT_ADD(mremap_tables, name##_empty) { size };		\
	FIXTURE_VARIANT_ADD(mremap_tables, name##_not_empty) { size, true };	\
	FIXTURE_VARIANT_ADD(mremap_tables, name##_not_empty_there) { size, false, true }; \
	FIXTURE_VARIANT_ADD(mremap_tables, name##_both) { size, true, true }
ROWS(pte,	PMD_SIZE);
ROWS(pmd,	PUD_SIZE);
#undef ROWS

static void map_words(unsigned long addr, int pages, unsigned long word)
{
	ASSERT_EQ(addr, vm_mmap(NULL, addr, PAGES(pages), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	for (; pages; pages--, addr += PAGE_SIZE, word++)
		ASSERT_EQ(0, mmu_write(addr, &word, sizeof(word)).error);
}

static void assert_words(unsigned long addr, int pages, unsigned long word)
{
	unsigned long found;

	for (; pages; pages--, addr += PAGE_SIZE, word++) {
		ASSERT_EQ(0, mmu_read(addr, &found, sizeof(found)).error);
		ASSERT_EQ(word, found);
	}
}

TEST_F(mremap_tables, of_others_stay_as_they_are)
{
	unsigned long here = 5 * variant->size - PAGES(2), there = here + 4 * variant->size;

	map_words(here, 4, 100);
	if (variant->here)
		map_words(here - PAGES(4), 2, 200);
	if (variant->there)
		map_words(there - PAGES(4), 2, 300);
	ASSERT_EQ(there, sys_mremap(here, PAGES(4), PAGES(4), MOVE_TO, there));
	assert_words(there, 4, 100);
	if (variant->here)
		assert_words(here - PAGES(4), 2, 200);
	if (variant->there)
		assert_words(there - PAGES(4), 2, 300);
	/* And back, and a part of it. */
	ASSERT_EQ(here, sys_mremap(there, PAGES(4), PAGES(4), MOVE_TO, here));
	ASSERT_EQ(there + PAGES(1), sys_mremap(here + PAGES(1), PAGES(3), PAGES(3), MOVE_TO,
					       there + PAGES(1)));
	assert_words(here, 1, 100);
	assert_words(there + PAGES(1), 3, 101);
	if (variant->here)
		assert_words(here - PAGES(4), 2, 200);
	if (variant->there)
		assert_words(there - PAGES(4), 2, 300);
	ASSERT_EQ(0, vm_munmap(0, TASK_SIZE));
}

/*
 * before  ....uu..uu	untouched, on one side or on both of where written memory belongs
 * mremap  ww  ==	back to its place, and stays mapped, empty, or does not
 * munmap  ==		of what it left, and then of all of it: nothing is left
 */
FIXTURE_LIKE(mremap_return, aspace);

FIXTURE_VARIANT(mremap_return) {
	bool left, right;
	unsigned long flags;
};

FIXTURE_VARIANT_ADD(mremap_return, behind) { true, false, 0 };
FIXTURE_VARIANT_ADD(mremap_return, before) { false, true, 0 };
FIXTURE_VARIANT_ADD(mremap_return, between) { true, true, 0 };
FIXTURE_VARIANT_ADD(mremap_return, kept_behind) { true, false, MREMAP_DONTUNMAP };
FIXTURE_VARIANT_ADD(mremap_return, kept_before) { false, true, MREMAP_DONTUNMAP };
FIXTURE_VARIANT_ADD(mremap_return, kept_between) { true, true, MREMAP_DONTUNMAP };

TEST_F(mremap_return, beside_untouched_can_be_unmapped)
{
	ASSERT_EQ(PAGE(6), aspace_mmap(NULL, 6, 2, 'w', 0, 0));
	ASSERT_WRITE(6, 1);
	ASSERT_WRITE(7, 2);
	ASSERT_EQ(PAGE(0), op_mremap(6, 2, 2, MOVE_TO, 0));
	if (variant->left)
		ASSERT_EQ(PAGE(4), aspace_mmap(NULL, 4, 2, 'w', 0, 0));
	if (variant->right)
		ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 2, 'w', 0, 0));
	ASSERT_EQ(PAGE(6), op_mremap(0, 2, 2, MOVE_TO | variant->flags, 6));
	ASSERT_MEMORY(1, 6);
	ASSERT_MEMORY(2, 7);
	if (variant->flags)
		ASSERT_MEMORY(0, 0);
	ASSERT_RMAP_HERE();
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	ASSERT_MEMORY(1, 6);
	ASSERT_RMAP_HERE();
	ASSERT_EQ(0, vm_munmap(PAGE(6), PAGES(1)));
	ASSERT_MEMORY(2, 7);
	ASSERT_RMAP_HERE();
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
	ASSERT_SPACE("");
}

/*
 * before  ww....	written to, and moved twice
 * mremap  == -> 8, and stays mapped
 * then    ww......ww	what is left is as new: it merges with new memory beside it
 * after   wwww....ww
 */
FIXTURE_LIKE(mremap_left, aspace);

FIXTURE_VARIANT(mremap_left) {
	int from;		/* where it was mapped */
};

FIXTURE_VARIANT_ADD(mremap_left, ahead) { 5 };
FIXTURE_VARIANT_ADD(mremap_left, behind) { 20 };

TEST_F(mremap_left, of_moved_memory_is_new)
{
	ASSERT_EQ(PAGE(variant->from), aspace_mmap(NULL, variant->from, 2, 'w', 0, 0));
	ASSERT_WRITE(variant->from, 1);
	ASSERT_EQ(PAGE(0), op_mremap(variant->from, 2, 2, MOVE_TO, 0));
	ASSERT_EQ(PAGE(variant->from) >> PAGE_SHIFT, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(PAGE(8), op_mremap(0, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 8));
	ASSERT_ANON("ww......ww",
		    "--......Aa");
	ASSERT_EQ(PAGE(0) >> PAGE_SHIFT, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(PAGE(variant->from) >> PAGE_SHIFT, aspace_vma(8)->vm_pgoff);
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'w', 0, 0));
	ASSERT_SPACE("wwww....ww");
	ASSERT_MEMORY(1, 8);
	ASSERT_MEMORY(0, 0);
}

#ifndef HAVE_UNFAULTED_PGOFF	/* others keep the offset that it had */
XFAIL_ADD(mremap_left, ahead, of_moved_memory_is_new,
	  "aspace_vma(0)->vm_pgoff|committed memory is");
XFAIL_ADD(mremap_left, behind, of_moved_memory_is_new,
	  "aspace_vma(0)->vm_pgoff|committed memory is");
#endif

/*
 * The same in a child.  Its memory has a chain to the parent's, and what has one stays
 * by itself: merged, all of the new memory would hang on the parent's lock.
 */
TEST_F(mremap_back, of_forked_memory_stays_apart)
{
	struct mm_struct *child;

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	child = memory_become_child();
	ASSERT_WRITE(0, 2);
	ASSERT_EQ(PAGE(10), op_mremap(0, 2, 2, MOVE_TO, 10));
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, variant->pages, 'w', 0, 0));
	ASSERT_EQ(PAGE(0), op_mremap(10, 2, 2, MOVE_TO, 0));
	ASSERT_SPACE(variant->apart);
	ASSERT_MEMORY(2, 0);
	ASSERT_RMAP(((struct mm_struct *[]){ self->aspace.mm, child }), 2);
	use_test_mm(self->aspace.mm);
	mmput(child);
	ASSERT_MEMORY(1, 0);
}

/*
 * Trees that merge the two, but do not know in a merge that what is merged is a copy:
 * then rmap does not find the pages by their anon_vma.
 */
#if defined(HAVE_MERGE_INTO_UNFAULTED) && !defined(HAVE_MERGE_KNOWS_COPY)
XFAIL_ADD(mremap_back, beside_one_page, of_written_memory_can_be_found,
	  "anon_vma|WARN: no message");
XFAIL_ADD(mremap_back, beside_one_page, of_forked_memory_stays_apart,
	  "are wrong: anon_vma|address space is not as expected");
XFAIL_ADD(mremap_back, beside_two_pages, of_written_memory_can_be_found,
	  "anon_vma|WARN: no message");
XFAIL_ADD(mremap_back, beside_two_pages, of_forked_memory_stays_apart,
	  "are wrong: anon_vma|address space is not as expected");
XFAIL_ADD(mremap_return, behind, beside_untouched_can_be_unmapped,
	  "are wrong: anon_vma|committed memory is|rmap does not find|WARN: no message");
XFAIL_ADD(mremap_return, before, beside_untouched_can_be_unmapped,
	  "are wrong: anon_vma|committed memory is|rmap does not find|WARN: no message");
XFAIL_ADD(mremap_return, between, beside_untouched_can_be_unmapped,
	  "are wrong: anon_vma|committed memory is|rmap does not find|WARN: no message");
#endif

/* before  ww....   of a file that cannot follow, written to
 *         ==
 * after   ww       with what was written
 */
TEST_F(aspace, mremap_the_file_refuses_keeps_contents)
{
	struct file *file = files_new_kind("data", FILES_MREMAP | FILES_CONTENTS);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 2);
	files_fail_nth(file, FILES_VM_MREMAP, 1, -EBUSY);
	ASSERT_EQ(-EBUSY, op_mremap(0, 2, 2, MOVE_TO, 4));
	ASSERT_SPACE("ww");
	ASSERT_MEMORY(1, 0);
	ASSERT_MEMORY(2, 1);
	ASSERT_RMAP_HERE();
	fput(file);
}

/* before  wwww     of a file that does not want to be split
 *          ==      would split it: nothing is done
 */
TEST_F(aspace, mremap_of_a_part_asks_may_split_first)
{
	struct file *file = files_new_kind("data", FILES_MAY_SPLIT | FILES_MREMAP);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'w', 0, 0));
	files_fail_nth(file, FILES_VM_MAY_SPLIT, 1, -EBUSY);
	ASSERT_EQ(-EBUSY, op_mremap(1, 2, 2, MOVE_TO, 6));
	ASSERT_SPACE("wwww");
	ASSERT_EQ(0, files_calls(file, FILES_VM_MREMAP));
	fput(file);
}

/* before  wwwwww..   of a file, from its page 10 on
 *           ==       moves
 * after   ww..ww..ww each with its part of the file
 */
TEST_F(aspace, mremap_keeps_file_offsets)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE | FILES_MREMAP);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'w', 0, 10));
	ASSERT_EQ(PAGE(8), op_mremap(2, 2, 2, MOVE_TO, 8));
	ASSERT_SPACE("ww..ww..ww");
	ASSERT_EQ(10, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(14, aspace_vma(4)->vm_pgoff);
	ASSERT_EQ(12, aspace_vma(8)->vm_pgoff);
	ASSERT_EQ(4, file_count(file));
	ASSERT_EQ(1, files_calls(file, FILES_VM_MREMAP));
	ASSERT_EQ(2 + files_calls(file, FILES_VM_CLOSE), files_calls(file, FILES_VM_OPEN));
	fput(file);
}

/* before  ww....   of a file that cannot follow
 *         ==
 * after   ww       and nothing at the target
 */
TEST_F(aspace, mremap_is_undone_when_the_file_refuses)
{
	struct file *file = files_new_kind("data", FILES_MREMAP);
	unsigned long committed = vm_memory_committed();

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 10));
	files_fail_nth(file, FILES_VM_MREMAP, 1, -EBUSY);
	ASSERT_EQ(-EBUSY, op_mremap(0, 2, 2, MOVE_TO, 4));
	ASSERT_EQ(1, files_calls(file, FILES_VM_MREMAP));
	ASSERT_SPACE("ww");
	ASSERT_EQ(10, aspace_vma(0)->vm_pgoff);
	ASSERT_EQ(2, file_count(file));
	ASSERT_EQ(2, self->mm->total_vm);
	ASSERT_EQ(2, vm_memory_committed() - committed);
	fput(file);
}

/* before  wwww   that a driver does not want to grow
 *         ====   six pages: -EFAULT
 *         ====   two pages: fine
 * after   ww
 */
TEST_F(aspace, mremap_does_not_grow_what_must_not)
{
	aspace_map("wwww");
	aspace_change_flags(0, VM_DONTEXPAND, 0);
	ASSERT_EQ(-EFAULT, op_mremap(0, 4, 6, MREMAP_MAYMOVE, 0));
	ASSERT_EQ(-EINVAL, op_mremap(0, 4, 4, MOVE_TO | MREMAP_DONTUNMAP, 8));
	ASSERT_SPACE("wwww");
	ASSERT_EQ(PAGE(0), op_mremap(0, 4, 2, 0, 0));
	ASSERT_SPACE("ww");
}

#ifdef CONFIG_SECURITY
/* before  ww   and there is no memory left to commit
 *         ==   four pages: -ENOMEM
 */
TEST_F(aspace, mremap_asks_for_memory_to_commit)
{
	aspace_map("ww|rr");
	security_fail_nth("security_vm_enough_memory_mm", 1, -ENOMEM);
	ASSERT_EQ(-ENOMEM, op_mremap(0, 2, 4, MREMAP_MAYMOVE, 0));
	ASSERT_SPACE("ww|rr");
	ASSERT_EQ(2, self->mm->data_vm);
}
#endif

/*
 * before  rr|ww..xx....
 *         =========      moved in one go
 * after   ............rr|ww..xx
 *
 * Newer trees move all VMAs of the range, with the gaps between them, when
 * only their place is to change; in older ones a range of more than one VMA is
 * a bad address.
 */
TEST_F(aspace, mremap_of_several_vmas_moves_them)
{
	aspace_map("rr|ww..xx");
#ifdef HAVE_MREMAP_OF_SEVERAL
	ASSERT_EQ(PAGE(12), op_mremap(0, 8, 8, MOVE_TO, 12));
	ASSERT_SPACE("............rr|ww..xx");
#else
	ASSERT_EQ(-EFAULT, op_mremap(0, 8, 8, MOVE_TO, 12));
	ASSERT_SPACE("rr|ww..xx");
#endif
	ASSERT_EQ(6, self->mm->total_vm);
	ASSERT_EQ(3, self->mm->map_count);
}

#ifdef HAVE_MREMAP_OF_SEVERAL
/*
 * before  w|r|w|r ... of 40 VMAs, which take several nodes of the tree
 *         =======     moved in one go, one after the other
 */
TEST_F(aspace, mremap_of_many_vmas_moves_each_of_them)
{
	int page;

	for (page = 0; page < 40; page++)
		ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, 1, page & 1 ? 'r' : 'w', 0, 0));
	ASSERT_EQ(PAGE(100), op_mremap(0, 40, 40, MOVE_TO, 100));
	ASSERT_SPACE("");
	ASSERT_EQ(40, self->mm->map_count);
	for (page = 100; page < 140; page++)
		ASSERT_EQ(page & 1 ? 0 : VM_WRITE, aspace_vma(page)->vm_flags & VM_WRITE);
	/* Down again, over what is mapped there, into a merge. */
	aspace_map("....................ww");
	ASSERT_EQ(PAGE(20), op_mremap(100, 3, 3, MOVE_TO, 20));
	ASSERT_SPACE("....................w|r|w");
}
#endif

static unsigned long where_asked(struct file *file, unsigned long addr, unsigned long len,
				 unsigned long pgoff, unsigned long flags)
{
	return addr;
}

/* before  ww|rr   the first of a file that chooses its addresses itself
 *         =====   not in one go: the place of the second would be a guess
 * after   ww|rr
 */
TEST_F(aspace, mremap_several_with_area_hook_is_efault)
{
	static const struct file_operations fops = {
		.mmap = hook_does_nothing, .get_unmapped_area = where_asked
	};
	struct file *file = files_new_spec(&(struct files_spec){ .name = "data", .fops = &fops });

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'r', 0, 0));
	ASSERT_EQ(-EFAULT, op_mremap(0, 4, 4, MOVE_TO, 8));
	ASSERT_SPACE("ww|rr");
	/* By itself it can go. */
	ASSERT_EQ(PAGE(8), op_mremap(0, 2, 2, MOVE_TO, 8));
	ASSERT_SPACE("..rr....ww");
	fput(file);
}

/* Addresses and sizes that make no sense. */
FIXTURE_LIKE(mremap_bad, aspace);

FIXTURE_VARIANT(mremap_bad) {
	unsigned long addr, old_len, new_len, flags, new_addr;
	int error;
};

#undef ROW
#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap_bad, name) { __VA_ARGS__ }

ROW(address_within_a_page,	PAGE(0) + 1, PAGES(1), PAGES(2), 0, 0, -EINVAL);
ROW(target_within_a_page,	PAGE(0), PAGES(2), PAGES(2), MOVE_TO, PAGE(8) + 1, -EINVAL);
ROW(target_beyond_user_space,	PAGE(0), PAGES(2), PAGES(2), MOVE_TO, TASK_SIZE, -EINVAL);
ROW(target_end_beyond,		PAGE(0), PAGES(2), PAGES(2), MOVE_TO,
				TASK_SIZE - PAGES(1), -EINVAL);
ROW(target_length_beyond,	PAGE(0), PAGES(2), TASK_SIZE + PAGES(1), MOVE_TO, PAGE(8), -EINVAL);
ROW(new_length_wraps,		PAGE(0), PAGES(2), -1UL, MREMAP_MAYMOVE, 0, -EINVAL);
ROW(source_beyond_user_space,	TASK_SIZE, PAGES(1), PAGES(2), 0, 0, -EFAULT);
ROW(old_length_beyond_the_vma,	PAGE(0), PAGES(8), PAGES(8), MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
				0, -EFAULT);

/* before  wwww
 * after   wwww
 */
TEST_F(mremap_bad, changes_nothing)
{
	aspace_map("wwww");
	ASSERT_EQ(variant->error, sys_mremap(variant->addr, variant->old_len, variant->new_len,
					     variant->flags, variant->new_addr));
	ASSERT_SPACE("wwww");
	ASSERT_EQ(4, self->aspace.mm->total_vm);
}
#undef ROW

/*
 * How many VMAs the limit must leave free.  A move can make two of the VMA that it
 * leaves and two of the one whose place it takes, and is itself one while the old one
 * is still there; this has to be sure before anything is undone.
 */
#if defined(HAVE_MREMAP_PRE_SPLIT)	/* of what stays, what has moved is a VMA of its own */
enum { ROOM_TO_MOVE = 4, ROOM_TO_KEEP_AND_MOVE = 5 };
#elif defined(HAVE_MREMAP_MAP_COUNT)
enum { ROOM_TO_MOVE = 4, ROOM_TO_KEEP_AND_MOVE = 4 };
#else
enum { ROOM_TO_MOVE = 6, ROOM_TO_KEEP_AND_MOVE = 6 };
#endif

FIXTURE(mremap_room) {
	FIXTURE_DATA(aspace) aspace;
	int limit;
};

FIXTURE_VARIANT(mremap_room) {
	const char *before;
	int page, old_pages, new_pages;
	unsigned long flags;
	int to;
	const char *after;
	int room;
};

FIXTURE_SETUP(mremap_room)
{
	self->limit = sysctl_max_map_count;
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	aspace_map(variant->before);
}

FIXTURE_TEARDOWN(mremap_room)
{
	sysctl_max_map_count = self->limit;
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap_room, name) { __VA_ARGS__ }
ROW(all,	"wwww......", 0, 4, 4, MOVE_TO, 5, ".....wwww", ROOM_TO_MOVE);
ROW(middle,	"wwww......", 1, 2, 2, MOVE_TO, 6, "w..w..ww", ROOM_TO_MOVE);
ROW(over,	"wwww.rrrr", 1, 1, 1, MOVE_TO, 6, "w.ww.r|w|rr", ROOM_TO_MOVE);
ROW(over_shrink, "wwwww.rrrrr", 1, 3, 1, MOVE_TO, 8, "w...w.rr|w|rr", ROOM_TO_MOVE);
ROW(keep,	"wwww......", 1, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 6, "wwww..ww",
    ROOM_TO_KEEP_AND_MOVE);
#undef ROW

TEST_F(mremap_room, is_asked_for_before_anything_is_done)
{
	int count = self->aspace.mm->map_count;

	sysctl_max_map_count = count + variant->room - 1;
	ASSERT_EQ(-ENOMEM, op_mremap(variant->page, variant->old_pages, variant->new_pages,
				     variant->flags, variant->to));
	ASSERT_SPACE(variant->before);
	ASSERT_EQ(count, self->aspace.mm->map_count);
	sysctl_max_map_count++;
	ASSERT_EQ(PAGE(variant->to), op_mremap(variant->page, variant->old_pages,
					       variant->new_pages, variant->flags, variant->to));
	ASSERT_SPACE(variant->after);
	ASSERT_GE(sysctl_max_map_count, self->aspace.mm->map_count);
}

#ifdef HAVE_MREMAP_STALE_DELTA	/* see above */
XFAIL_ADD(mremap_room, over_shrink, is_asked_for_before_anything_is_done, "committed memory is");
#endif
#if defined(HAVE_DONTUNMAP_FORGETS_CHARGE) || \
	(defined(HAVE_MERGE_INTO_UNFAULTED) && !defined(HAVE_MERGE_KNOWS_COPY))
XFAIL_ADD(mremap_return, kept_behind, beside_untouched_can_be_unmapped,
	  "are wrong: anon_vma|committed memory is|rmap does not find|WARN: no message");
XFAIL_ADD(mremap_return, kept_before, beside_untouched_can_be_unmapped,
	  "are wrong: anon_vma|committed memory is|rmap does not find|WARN: no message");
XFAIL_ADD(mremap_return, kept_between, beside_untouched_can_be_unmapped,
	  "are wrong: anon_vma|committed memory is|rmap does not find|WARN: no message");
#endif
#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE
XFAIL_ADD(mremap_room, keep, is_asked_for_before_anything_is_done, "committed memory is");
#endif

/*
 * before  .....wwww...		longer than the addresses below where it goes
 * mremap       ==== -> as low as may be
 * after   .wwww...
 */
TEST_F(aspace, mremap_larger_than_space_below_is_moved)
{
	unsigned long low = max(mmap_min_addr, PAGES(1)), pages = (low >> PAGE_SHIFT) + 1;
	struct vm_area_struct *vma;

	ASSERT_EQ(PAGE(0), aspace_mmap(NULL, 0, pages, 'w', 0, 0));
	ASSERT_EQ(low, sys_mremap(PAGE(0), PAGES(pages), PAGES(pages),
				  MREMAP_MAYMOVE | MREMAP_FIXED, low));
	ASSERT_SPACE("");
	mmap_read_lock(self->mm);
	vma = vma_lookup(self->mm, low);
	mmap_read_unlock(self->mm);
	ASSERT_TRUE(vma);
	ASSERT_EQ(pages, vma_pages(vma));
}
