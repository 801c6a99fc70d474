// SPDX-License-Identifier: GPL-2.0
/*
 * mremap() that fails in part, or has unusual arguments: existing memory is not lost, and
 * all charges are returned in the end.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"

#define MOVE_TO		(MREMAP_MAYMOVE | MREMAP_FIXED)

/* All in pages of the drawing. */
static long remap(int page, int old_pages, int new_pages, int to)
{
	return sys_mremap(PAGE(page), PAGES(old_pages), PAGES(new_pages), MOVE_TO, PAGE(to));
}

/*
 * What is committed beyond @before. It is returned, or it would be there for all tests
 * that follow.
 */
static long left_committed(unsigned long before)
{
	long left = vm_memory_committed() - before;

	vm_unacct_memory(left);
	return left;
}

/* Memory that is charged for each page, or for none (overcommit-accounting.rst). */
FIXTURE_LIKE(mremap_unsplit, aspace);

FIXTURE_VARIANT(mremap_unsplit) {
	const char *before;
};

FIXTURE_VARIANT_ADD(mremap_unsplit, of_no_access) { "nnnnnnnnnn" };
FIXTURE_VARIANT_ADD(mremap_unsplit, of_read_only) { "rrrrrrrrrr" };
FIXTURE_VARIANT_ADD(mremap_unsplit, of_charged) { "wwwwwwwwww" };

/*
 * before  wwwwwwwwww
 * mremap      ==		-> 20, with another allocation failing each time: for one of
 *				them it is copied and cannot be unmapped
 * munmap  all of it
 * after   nothing is committed that was not before
 */
TEST_F(mremap_unsplit, charge_is_returned_in_the_end)
{
	unsigned long committed = vm_memory_committed();
	bool stayed = false;
	int n;

	for (n = 1; ; n++) {
		ASSERT_GT(100, n);
		aspace_map(variant->before);
		fail_nth(n);
		if (remap(4, 2, 2, 20) == PAGE(20) && fail_nth_fired())
			stayed |= !!aspace_vma(4);
		fail_nth(0);
		ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
		ASSERT_EQ(0, left_committed(committed));
		if (!fail_nth_fired())
			break;
	}
	/* Or this has shown nothing. */
	ASSERT_TRUE(stayed);
}

/*
 * Trees with a struct vma_remap_struct charge for what has stayed even if it was not charged
 * before (unmap_source_vma() in mm/mremap.c). All of them take VM_ACCOUNT from the whole
 * source ahead of the unmap, and never give it back when that fails.
 */
#ifdef HAVE_MREMAP_STRUCT
XFAIL_ADD(mremap_unsplit, of_no_access, charge_is_returned_in_the_end,
	  "committed memory is|left_committed(committed)");
XFAIL_ADD(mremap_unsplit, of_read_only, charge_is_returned_in_the_end,
	  "committed memory is|left_committed(committed)");
#endif
XFAIL_ADD(mremap_unsplit, of_charged, charge_is_returned_in_the_end,
	  "left_committed(committed) (10)");

/* A second mapping of shared pages: mremap() of 0 bytes (mremap(2)). */
FIXTURE_LIKE(mremap_duplicate, aspace);

FIXTURE_VARIANT(mremap_duplicate) {
	int from, pages, to;
};

FIXTURE_VARIANT_ADD(mremap_duplicate, beside) { 0, 2, 8 };
FIXTURE_VARIANT_ADD(mremap_duplicate, onto_the_next) { 0, 2, 1 };
FIXTURE_VARIANT_ADD(mremap_duplicate, onto_itself) { 1, 1, 1 };
FIXTURE_VARIANT_ADD(mremap_duplicate, onto_itself_and_more) { 1, 2, 1 };
FIXTURE_VARIANT_ADD(mremap_duplicate, onto_itself_from_below) { 1, 2, 0 };

/*
 * before  WWWW		of a file with contents
 * mremap   =>		a second mapping of its pages, over the page that is named
 * after   WWWW		by its own pages or, refused, as it was: the page is still there
 */
TEST_F(mremap_duplicate, does_not_lose_its_own_source)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);
	bool over = variant->from >= variant->to && variant->from < variant->to + variant->pages;
	int page;
	long ret;

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'W', 0, 0));
	for (page = 0; page < 4; page++)
		ASSERT_WRITE(page, 10 + page);
	ret = remap(variant->from, 0, variant->pages, variant->to);
	if (!over || !ASPACE_IS_ERR(ret)) {
		ASSERT_EQ(PAGE(variant->to), ret);
		for (page = 0; page < variant->pages; page++)
			ASSERT_MEMORY(10 + variant->from + page, variant->to + page);
	} else {
		ASSERT_SPACE("WWWW");
		for (page = 0; page < 4; page++)
			ASSERT_MEMORY(10 + page, page);
	}
	fput(file);
}

/*
 * What is at the target is unmapped before the source is looked up again (mremap_to()),
 * which then is no address of the process any more: -EFAULT. A target that begins below
 * the source and reaches beyond its address is refused as one that overlaps; one that
 * begins right there is not.
 */
XFAIL_ADD(mremap_duplicate, onto_itself, does_not_lose_its_own_source,
	  "failed with -14|the address space is not as expected");
XFAIL_ADD(mremap_duplicate, onto_itself_and_more, does_not_lose_its_own_source,
	  "failed with -14|the address space is not as expected");

#ifdef HAVE_MREMAP_OF_SEVERAL
/* Several VMAs at once, over what was mapped. */
FIXTURE_LIKE(mremap_over, aspace);

FIXTURE_VARIANT(mremap_over) {
	const char *before;
	int pages;
	const char *after;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mremap_over, name) { __VA_ARGS__ }
ROW(several,	"ww|rr......xxxxxx", 4, "..........ww|rr|xx");
ROW(with_hole,	"ww..rr....xxxxxx", 6, "..........ww..rr");
ROW(with_tail,	"ww........xxxxxx", 4, "..........ww..xx");
#undef ROW

/*
 * before  ww..rr....xxxxxx
 * mremap  ======			-> 10
 * after   ..........ww..rr		the holes are kept (mremap(2)), and of what was mapped
 *					at the new addresses nothing is (MREMAP_FIXED)
 */
TEST_F(mremap_over, what_was_mapped_at_the_target_is_gone)
{
	aspace_map(variant->before);
	ASSERT_EQ(PAGE(10), remap(0, variant->pages, variant->pages, 10));
	ASSERT_SPACE(variant->after);
}

/* Each VMA is moved by itself, and unmaps what lies where it goes (remap_move()). */
XFAIL_ADD(mremap_over, with_hole, what_was_mapped_at_the_target_is_gone,
	  "mapped pages, which are new|the address space is not as expected");
XFAIL_ADD(mremap_over, with_tail, what_was_mapped_at_the_target_is_gone,
	  "mapped pages, which are new|the address space is not as expected");
#endif
