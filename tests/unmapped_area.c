// SPDX-License-Identifier: GPL-2.0
/*
 * vm_unmapped_area(): the free range that is found, and the gap beside a stack that is none.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include "tests/aspace.h"

/* What is found from below, and what from above. */
struct found {
	unsigned long upwards, downwards;
};

static struct found find(struct vm_unmapped_area_info info)
{
	struct found found;

	mmap_write_lock(current->mm);
	found.upwards = vm_unmapped_area(&info);
	info.flags = VM_UNMAPPED_AREA_TOPDOWN;
	found.downwards = vm_unmapped_area(&info);
	mmap_write_unlock(current->mm);
	return found;
}

#define ASSERT_FOUND(from_below, from_above, info) do {			\
	struct found __found = find(info);				\
									\
	ASSERT_EQ(from_below, __found.upwards);				\
	ASSERT_EQ(from_above, __found.downwards);			\
} while (0)

FIXTURE(unmapped_area) {
	FIXTURE_DATA(aspace) aspace;
	unsigned long gap;
};

FIXTURE_VARIANT(unmapped_area) {
	const char *before;
	enum { NO_STACK, GROWS_DOWN, GROWS_UP } stack;	/* at page 5 */
	int low, high;		/* where to look */
	int pages;
	int upwards;		/* what is found; -1: -ENOMEM */
	int downwards;
};

FIXTURE_SETUP(unmapped_area)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->gap = stack_guard_gap;
	stack_guard_gap = PAGES(2);
}

FIXTURE_TEARDOWN(unmapped_area)
{
	stack_guard_gap = self->gap;
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(name, ...)	FIXTURE_VARIANT_ADD(unmapped_area, name) {		\
		"w.w..w....w", NO_STACK, __VA_ARGS__ }
ROW(one_page,			0, 11, 1, 1, 9);
ROW(two_pages,			0, 11, 2, 3, 8);
ROW(three_pages,		0, 11, 3, 6, 7);
ROW(four_pages,			0, 11, 4, 6, 6);
ROW(five_pages,			0, 11, 5, -1, -1);
ROW(from_within_a_hole,		7, 11, 2, 7, 8);
ROW(to_within_a_hole,		0, 8, 2, 3, 6);
ROW(within_a_hole,		7, 9, 2, 7, 7);
ROW(hole_is_cut_off_below,	7, 11, 4, -1, -1);
ROW(hole_is_cut_off_above,	5, 9, 4, -1, -1);
ROW(all_is_taken,		0, 1, 1, -1, -1);
#undef ROW

/* In w....s....w, where two pages below s are kept free. */
#define ROW(name, ...)	FIXTURE_VARIANT_ADD(unmapped_area, gap_below_##name) {	\
		"w.........w", GROWS_DOWN, __VA_ARGS__ }
ROW(one_page,			0, 11, 1, 1, 9);
ROW(two_pages,			0, 11, 2, 1, 8);
ROW(more_than_below,		0, 11, 3, 6, 7);
ROW(all_above,			0, 11, 4, 6, 6);
ROW(too_large,			0, 11, 5, -1, -1);
ROW(one_below,			0, 5, 1, 1, 2);
ROW(two_below,			0, 5, 2, 1, 1);
ROW(three_below,		0, 5, 3, -1, -1);
ROW(only_the_gap,		3, 5, 1, -1, -1);
ROW(only_the_gap_first,		3, 11, 1, 6, 9);
#undef ROW

/* The same above. */
#ifdef CONFIG_STACK_GROWSUP
#define ROW(name, ...)	FIXTURE_VARIANT_ADD(unmapped_area, gap_above_##name) {	\
		"w.........w", GROWS_UP, __VA_ARGS__ }
ROW(one_page,			0, 11, 1, 1, 9);
ROW(two_pages,			0, 11, 2, 1, 8);
ROW(more_than_above,		0, 11, 3, 1, 2);
ROW(all_below,			0, 11, 4, 1, 1);
ROW(too_large,			0, 11, 5, -1, -1);
ROW(one_above,			5, 11, 1, 8, 9);
ROW(two_above,			5, 11, 2, 8, 8);
ROW(three_above,		5, 11, 3, -1, -1);
ROW(only_the_gap,		6, 8, 1, -1, -1);
ROW(only_the_gap_last,		0, 8, 1, 1, 4);
#undef ROW
#endif

static unsigned long address(int page)
{
	return page < 0 ? -ENOMEM : PAGE(page);
}

TEST_F(unmapped_area, is_the_first_hole_that_fits)
{
	struct vm_unmapped_area_info info = {
		.length = PAGES(variant->pages),
		.low_limit = PAGE(variant->low),
		.high_limit = PAGE(variant->high),
	};

	aspace_map(variant->before);
	if (variant->stack == GROWS_DOWN)
		ASSERT_EQ(PAGE(5), aspace_mmap(NULL, 5, 1, 'w', MAP_GROWSDOWN, 0));
	else if (variant->stack == GROWS_UP)
		ASSERT_EQ(PAGE(5), aspace_map_stack(5, 1));
	ASSERT_FOUND(address(variant->upwards), address(variant->downwards), info);
}

/* before w........w, aligned to four pages plus three: page 3 or page 7 */
TEST_F(aspace, unmapped_area_keeps_the_alignment)
{
	struct vm_unmapped_area_info info = {
		.length = PAGES(1),
		.low_limit = PAGE(0),
		.high_limit = PAGE(10),
		.align_mask = PAGES(4) - 1,
		.align_offset = PAGES(3),
	};

	aspace_map("w........w");
	ASSERT_FOUND(PAGE(3), PAGE(7), info);
}

/* before w.w..w....w, one page and one of gap ahead of it: page 4 or page 9 */
TEST_F(aspace, unmapped_area_keeps_a_gap_ahead)
{
	struct vm_unmapped_area_info info = {
		.length = PAGES(1),
		.low_limit = PAGE(0),
		.high_limit = PAGE(10),
		.start_gap = PAGES(1),
	};

	aspace_map("w.w..w....w");
	ASSERT_FOUND(PAGE(4), PAGE(9), info);
	/* Where there is room for the page, and not for the gap. */
	info.high_limit = PAGE(4);
	ASSERT_FOUND(-ENOMEM, -ENOMEM, info);
}

/* What is so long that it wraps around fits nowhere, and nothing is below the lowest. */
TEST_F(aspace, unmapped_area_is_within_what_there_is)
{
	struct vm_unmapped_area_info info = {
		.length = -PAGE_SIZE,
		.align_mask = PAGES(4) - 1,
		.high_limit = PAGE(4),
	};

	ASSERT_FOUND(-ENOMEM, -ENOMEM, info);
	if (!mmap_min_addr)
		return;
	info.length = PAGE_SIZE;
	info.align_mask = 0;
	info.high_limit = mmap_min_addr + PAGE_SIZE;
	ASSERT_FOUND(mmap_min_addr, mmap_min_addr, info);
	info.high_limit = mmap_min_addr;
	ASSERT_FOUND(-ENOMEM, -ENOMEM, info);
}

/*
 * before  w.w.w.....s....w.w.w	so many that the tree of VMAs has several nodes
 *
 * Wherever in its node the stack is: the hole below it is too small with its gap, and the
 * one above is found.
 */
FIXTURE_LIKE(unmapped_area_behind_a_stack, unmapped_area);

TEST_F(unmapped_area_behind_a_stack, is_found_in_any_node)
{
	const int vmas = 24, pages = vmas * 2 + 9;
	int below, page;

	for (below = 0; below <= vmas; below++) {
		struct vm_unmapped_area_info info = {
			.length = PAGES(4),
			.low_limit = PAGE(0),
			.high_limit = PAGE(pages),
		};
		int stack = below * 2 + 4;

		for (page = 0; page < below * 2; page += 2)
			ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, 1, 'w', 0, 0));
		ASSERT_EQ(PAGE(stack), aspace_mmap(NULL, stack, 1, 'w', MAP_GROWSDOWN, 0));
		for (page = stack + 5; page < pages; page += 2)
			ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, 1, 'w', 0, 0));
		ASSERT_FOUND(PAGE(stack + 1), PAGE(stack + 1), info);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(pages)));
	}
}
