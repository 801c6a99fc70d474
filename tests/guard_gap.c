// SPDX-License-Identifier: GPL-2.0
/*
 * The gap that is kept free beside a stack, when a free range is looked for.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include "space.h"

FIXTURE(guard_gap) {
	FIXTURE_DATA(space) space;
	unsigned long before;
};

/* In w....s....w, where s can grow and two pages beside it are kept free. */
FIXTURE_VARIANT(guard_gap) {
	enum { DOWN, UP } grows;
	int low, high;		/* where to look */
	int pages;
	int upwards;		/* what is found; -1: -ENOMEM */
	int downwards;
};

FIXTURE_SETUP(guard_gap)
{
	fixture__space__setup(_metadata, &self->space, NULL);
	self->before = stack_guard_gap;
	stack_guard_gap = PAGES(2);
}

FIXTURE_TEARDOWN(guard_gap)
{
	stack_guard_gap = self->before;
	fixture__space__teardown(_metadata, &self->space, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(guard_gap, name) { __VA_ARGS__ }
ROW(one_page,			DOWN, 0, 11, 1, 1, 9);
ROW(two_pages,			DOWN, 0, 11, 2, 1, 8);
ROW(more_than_below,		DOWN, 0, 11, 3, 6, 7);
ROW(all_above,			DOWN, 0, 11, 4, 6, 6);
ROW(too_large,			DOWN, 0, 11, 5, -1, -1);
ROW(one_below,			DOWN, 0, 5, 1, 1, 2);
ROW(two_below,			DOWN, 0, 5, 2, 1, 1);
ROW(three_below,		DOWN, 0, 5, 3, -1, -1);
ROW(only_the_gap,		DOWN, 3, 5, 1, -1, -1);
ROW(only_the_gap_first,		DOWN, 3, 11, 1, 6, 9);
#ifdef CONFIG_STACK_GROWSUP
ROW(up_one_page,		UP, 0, 11, 1, 1, 9);
ROW(up_two_pages,		UP, 0, 11, 2, 1, 8);
ROW(up_more_than_above,		UP, 0, 11, 3, 1, 2);
ROW(up_all_below,		UP, 0, 11, 4, 1, 1);
ROW(up_too_large,		UP, 0, 11, 5, -1, -1);
ROW(up_one_above,		UP, 5, 11, 1, 8, 9);
ROW(up_two_above,		UP, 5, 11, 2, 8, 8);
ROW(up_three_above,		UP, 5, 11, 3, -1, -1);
ROW(up_only_the_gap,		UP, 6, 8, 1, -1, -1);
ROW(up_only_the_gap_last,	UP, 0, 8, 1, 1, 4);
#endif
#undef ROW

static unsigned long found(int page)
{
	return page < 0 ? -ENOMEM : PAGE(page);
}

TEST_F(guard_gap, is_no_free_range)
{
	struct vm_unmapped_area_info info = {
		.length = PAGES(variant->pages),
		.low_limit = PAGE(variant->low),
		.high_limit = PAGE(variant->high),
	};
	unsigned long upwards, downwards;

	space_map("w.........w");
	ASSERT_EQ(PAGE(5), variant->grows == UP ? space_map_stack(5, 1) :
			   space_mmap(NULL, 5, 1, 'w', MAP_GROWSDOWN, 0));
	mmap_write_lock(self->space.mm);
	upwards = vm_unmapped_area(&info);
	info.flags = VM_UNMAPPED_AREA_TOPDOWN;
	downwards = vm_unmapped_area(&info);
	mmap_write_unlock(self->space.mm);
	ASSERT_EQ(found(variant->upwards), upwards);
	ASSERT_EQ(found(variant->downwards), downwards);
}

/* What is so long that it wraps around fits nowhere, and nothing is below the lowest. */
TEST_F(space, unmapped_area_is_within_what_there_is)
{
	struct vm_unmapped_area_info info = {
		.length = -PAGE_SIZE,
		.align_mask = PAGES(4) - 1,
		.high_limit = PAGE(4),
	};

	mmap_write_lock(self->mm);
	EXPECT_EQ(-ENOMEM, (long)vm_unmapped_area(&info));
	info.flags = VM_UNMAPPED_AREA_TOPDOWN;
	EXPECT_EQ(-ENOMEM, (long)vm_unmapped_area(&info));
	info.length = PAGE_SIZE;
	info.align_mask = 0;
	info.high_limit = mmap_min_addr + PAGE_SIZE;
	if (mmap_min_addr) {
		EXPECT_EQ(mmap_min_addr, vm_unmapped_area(&info));
		info.flags = 0;
		EXPECT_EQ(mmap_min_addr, vm_unmapped_area(&info));
		info.high_limit = mmap_min_addr;
		EXPECT_EQ(-ENOMEM, (long)vm_unmapped_area(&info));
	}
	mmap_write_unlock(self->mm);
}
