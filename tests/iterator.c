// SPDX-License-Identifier: GPL-2.0
/*
 * The position of the VMA iterator after an operation: after a success the caller continues
 * with the next VMA, after a failure it uses the current one.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"

#ifdef CONFIG_NUMA

#define BOUND	40	/* a page with the policy that others are to get */

/* A range of the drawing is about to get a policy, which some pages have. */
FIXTURE_LIKE(iterator, aspace);

FIXTURE_VARIANT(iterator) {
	const char *before;
	int page, pages;
	int left, right;	/* so many pages before and behind have the policy */
	const char *after;
	const char *written;	/* pages that are written to, as 'x'; NULL: none are */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(iterator, name) { __VA_ARGS__ }

ROW(whole,		"ww|rr|ww", 2, 2, 0, 0, "ww|rr|ww");
ROW(head,		"wwwwww|rr", 0, 2, 0, 0, "ww|wwww|rr");
ROW(middle,		"wwwwww|rr", 2, 2, 0, 0, "ww|ww|ww|rr");
ROW(tail,		"wwwwww|rr", 4, 2, 0, 0, "wwww|ww|rr");
ROW(merges_left,	"wwww|rr", 2, 2, 2, 0, "wwww|rr");
ROW(page_merges_left,	"www|rr", 2, 1, 2, 0, "www|rr");
ROW(merges_right,	"..wwww|rr", 2, 2, 0, 2, "..wwww|rr");
ROW(merges_both,	"wwwwww|rr", 2, 2, 2, 2, "wwwwww|rr");
ROW(moves_border_up,	"wwwwww|rr", 2, 2, 2, 0, "wwww|ww|rr");
ROW(moves_border_down,	"wwwwww|rr", 2, 2, 0, 2, "ww|wwww|rr");
#ifdef HAVE_MERGE_INTO_UNFAULTED
/* The neighbour gets the anon_vma of what is merged into it, which takes memory. */
ROW(written_merges_left,	"wwww|rr", 2, 2, 2, 0, "wwww|rr", "  xx");
ROW(written_merges_right,	"..wwww|rr", 2, 2, 0, 2, "..wwww|rr", "  xx");
ROW(written_merges_both,	"wwwwww|rr", 2, 2, 2, 2, "wwwwww|rr", "  xx");
ROW(written_moves_border_up,	"wwwwww|rr", 2, 2, 2, 0, "wwww|ww|rr", "  xxxx");
ROW(written_moves_border_down,	"wwwwww|rr", 2, 2, 0, 2, "ww|wwww|rr", "xxxx");
#endif
ROW(next_written_merges_both,	"wwwwww|rr", 2, 2, 2, 2, "wwwwww|rr", "    xx");
#undef ROW

static void bind(int page, int pages)
{
	unsigned long nodes = 1;

	if (pages)
		ASSERT_EQ(0, sys_mbind(PAGE(page), PAGES(pages), MPOL_BIND,
				       (unsigned long __user *)&nodes, BITS_PER_LONG, 0));
}

static void write_pages(const char *pages)
{
	int page;

	for (page = 0; pages && pages[page]; page++)
		if (pages[page] == 'x')
			ASSERT_WRITE(page, 1);
}

static void set_up(const FIXTURE_VARIANT(iterator) *variant)
{
	aspace_map(variant->before);
	ASSERT_EQ(PAGE(BOUND), aspace_mmap(NULL, BOUND, 1, 'w', 0, 0));
	bind(BOUND, 1);
	bind(variant->page - variant->left, variant->left);
	bind(variant->page + variant->pages, variant->right);
	write_pages(variant->written);
}

/* As a system call goes about it: from the VMA ahead to the first one of the range. */
static struct vm_area_struct *modify(struct vma_iterator *vmi, int page, int pages)
{
	struct vm_area_struct *prev = vma_prev(vmi), *vma = vma_next(vmi);
	struct mempolicy *policy = vma_lookup(current->mm, PAGE(BOUND))->vm_policy;

	/* With nothing ahead the iterator is at its first VMA already. */
	if (!vma || vma->vm_end <= PAGE(page))
		vma = vma_next(vmi);
	if (vma->vm_start < PAGE(page))
		prev = vma;
	return vma_modify_policy(vmi, prev, vma, PAGE(page), PAGE(page + pages), policy);
}

static struct vm_area_struct *behind(struct vm_area_struct *vma)
{
	return find_vma(current->mm, vma->vm_end);
}

TEST_F(iterator, goes_on_behind_what_was_modified)
{
	struct mm_struct *mm = self->aspace.mm;
	struct vm_area_struct *vma, *next, *expected;

	VMA_ITERATOR(vmi, mm, PAGE(variant->page));

	set_up(variant);
	mmap_write_lock(mm);
	vma = modify(&vmi, variant->page, variant->pages);
	ASSERT_FALSE(IS_ERR(vma));
	ASSERT_LE(vma->vm_start, PAGE(variant->page));
	ASSERT_GE(vma->vm_end, PAGE(variant->page + variant->pages));
	expected = behind(vma);
	next = vma_next(&vmi);
	mmap_write_unlock(mm);
	ASSERT_EQ(expected, next);
	ASSERT_EQ(0, vm_munmap(PAGE(BOUND), PAGES(1)));
	ASSERT_SPACE(variant->after);
}

/*
 * It may be used as it is, in a part of what was there: nothing is passed over.  What is
 * asked for again when it could not be had at once takes a failure that stays.
 */
static void fail_to_modify(struct mm_struct *mm, const FIXTURE_VARIANT(iterator) *variant,
			   void (*fail)(unsigned long n))
{
	unsigned long n, start, end;

	for (n = 1; ; n++) {
		struct vm_area_struct *vma, *at, *next, *expected;

		VMA_ITERATOR(vmi, mm, PAGE(variant->page));

		ASSERT_GT(100, n);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
		set_up(variant);
		start = aspace_vma(variant->page)->vm_start;
		end = aspace_vma(variant->page)->vm_end;
		mmap_write_lock(mm);
		fail(n);
		vma = modify(&vmi, variant->page, variant->pages);
		fail_nth(0);
		if (!IS_ERR(vma)) {
			mmap_write_unlock(mm);
			if (fail_nth_fired())
				continue;
			break;
		}
		ASSERT_EQ(-ENOMEM, PTR_ERR(vma));
		ASSERT_FALSE(mas_is_err(&vmi.mas));
		at = find_vma(mm, vma_iter_addr(&vmi));
		ASSERT_NE(NULL, at);
		ASSERT_LE(start, at->vm_start);
		ASSERT_GE(end, at->vm_end);
		expected = behind(at);
		next = vma_next(&vmi);
		mmap_write_unlock(mm);
		if (next != at)
			ASSERT_EQ(expected, next);
	}
}

TEST_F(iterator, stays_at_what_could_not_be_modified)
{
	fail_to_modify(self->aspace.mm, variant, fail_nth);
}

TEST_F(iterator, stays_there_without_memory)
{
	fail_to_modify(self->aspace.mm, variant, fail_nth_persistent);
}

/* Trees in which a merge that finds no memory leaves it where the merged VMA would be. */
#if defined(HAVE_MODIFY_REPORTS_NOMEM) && !defined(HAVE_MERGE_FAILURE_RESETS_ITERATOR)
XFAIL_ADD(iterator, merges_left, stays_at_what_could_not_be_modified, "start");
XFAIL_ADD(iterator, merges_left, stays_there_without_memory, "start");
XFAIL_ADD(iterator, page_merges_left, stays_at_what_could_not_be_modified, "start");
XFAIL_ADD(iterator, page_merges_left, stays_there_without_memory, "start");
XFAIL_ADD(iterator, merges_both, stays_at_what_could_not_be_modified, "start");
XFAIL_ADD(iterator, merges_both, stays_there_without_memory, "start");
XFAIL_ADD(iterator, next_written_merges_both, stays_at_what_could_not_be_modified,
	  "start");
XFAIL_ADD(iterator, next_written_merges_both, stays_there_without_memory,
	  "start");
#endif

#endif

/*
 * before  wwwwww|rr
 * munmap    ==		the iterator is where the range was, behind it comes the rest
 * after   ww..ww|rr
 */
TEST_F(aspace, munmap_leaves_the_iterator_in_the_hole)
{
	struct mm_struct *mm = self->mm;
	struct vm_area_struct *next, *prev;

	VMA_ITERATOR(vmi, mm, PAGE(2));

	aspace_map("wwwwww|rr");
	mmap_write_lock(mm);
	ASSERT_EQ(0, do_vmi_munmap(&vmi, mm, PAGE(2), PAGES(2), NULL, false));
	prev = vma_prev(&vmi);
	next = vma_next(&vmi);
	ASSERT_EQ(vma_lookup(mm, PAGE(0)), prev);
	ASSERT_EQ(vma_lookup(mm, PAGE(4)), next);
	mmap_write_unlock(mm);
	ASSERT_SPACE("ww..ww|rr");
}
