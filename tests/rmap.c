// SPDX-License-Identifier: GPL-2.0
/*
 * Reverse mapping: find all mappings of a page, after various changes of the address
 * spaces. Drawings as in tests/aspace.h.
 */
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "tests/rmap_check.h"
#include "shim/fs/file_table.h"

#define PROT_W	(PROT_READ | PROT_WRITE)

/* ---- the oracle itself ---- */

/* A page that says it is elsewhere cannot be found where it is. */
TEST_F(aspace, rmap_oracle_notices_a_wrong_offset)
{
	struct folio *folio;

	aspace_map("www");
	ASSERT_WRITE(1, 1);
	ASSERT_RMAP_HERE();
	folio = page_folio(memory_page(1));
	folio->index++;
	ASSERT_NE(NULL, rmap_check_error(&current->mm, 1));
	folio->index--;
	ASSERT_RMAP_HERE();
}

/* The oracle notices an address space that it was not told of. */
TEST_F(aspace, rmap_oracle_notices_an_unknown_mm)
{
	struct mm_struct *child;

	aspace_map("w");
	ASSERT_WRITE(0, 1);
	child = memory_fork();
	EXPECT_NE(NULL, rmap_check_error(&current->mm, 1));
	mmput(child);
	ASSERT_RMAP_HERE();
}

/* ---- mremap beside other memory ---- */

/*
 * before  ..p|ssss|n..........P....N     source at 3, destination at 13
 *
 * Neighbours are of the same kind as the source, so that what keeps them apart is
 * their offsets and anon_vmas alone.
 */
enum state { NONE, UNTOUCHED, WRITTEN };

FIXTURE(rmap_mremap) {
	FIXTURE_DATA(aspace) aspace;
	unsigned long at[ASPACE_PAGES];	/* what pages should hold */
};

FIXTURE_VARIANT(rmap_mremap) {
	enum state source, prev, next;
};

FIXTURE_SETUP(rmap_mremap)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
}

FIXTURE_TEARDOWN(rmap_mremap)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

#define ROW(source, prev, next) \
	FIXTURE_VARIANT_ADD(rmap_mremap, source##_after_##prev##_before_##next) \
		{ source, prev, next }
#define ROWS(source) \
	ROW(source, NONE, NONE); \
	ROW(source, NONE, UNTOUCHED); \
	ROW(source, NONE, WRITTEN); \
	ROW(source, UNTOUCHED, NONE); \
	ROW(source, UNTOUCHED, UNTOUCHED); \
	ROW(source, UNTOUCHED, WRITTEN); \
	ROW(source, WRITTEN, NONE); \
	ROW(source, WRITTEN, UNTOUCHED); \
	ROW(source, WRITTEN, WRITTEN)
ROWS(UNTOUCHED);
ROWS(WRITTEN);
#undef ROW

#define SOURCE		3
#define TARGET		13
#define NR_MOVED	4

static void map_in_state(FIXTURE_DATA(rmap_mremap) *self, enum state state, int page, int pages)
{
	int i;

	if (state == NONE)
		return;
	ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, pages, 'w', 0, 0));
	for (i = page; state == WRITTEN && i < page + pages; i++) {
		self->at[i] = i + 1;
		ASSERT_WRITE(i, i + 1);
	}
}

static void check_contents(FIXTURE_DATA(rmap_mremap) *self)
{
	int i;

	ASSERT_RMAP_HERE();
	for (i = 0; i < ASPACE_PAGES; i++)
		if (aspace_vma(i))
			ASSERT_MEMORY(self->at[i], i);
	ASSERT_RMAP_HERE();
	for (i = 0; i < ASPACE_PAGES; i++) {
		if (!aspace_vma(i))
			continue;
		self->at[i] = 1000 + i;
		ASSERT_WRITE(i, 1000 + i);
	}
	ASSERT_RMAP_HERE();
}

static void set_up(FIXTURE_DATA(rmap_mremap) *self, const FIXTURE_VARIANT(rmap_mremap) *variant,
		   int target, int pages)
{
	map_in_state(self, variant->prev, target - 2, 2);
	map_in_state(self, variant->next, target + pages, 2);
	map_in_state(self, variant->source, SOURCE, NR_MOVED);
}

static void move(FIXTURE_DATA(rmap_mremap) *self, int from, int to, int pages, unsigned long flags)
{
	int i;

	ASSERT_EQ(PAGE(to), sys_mremap(PAGE(from), PAGES(pages), PAGES(pages),
				       MREMAP_MAYMOVE | MREMAP_FIXED | flags, PAGE(to)));
	for (i = 0; i < pages; i++) {
		self->at[to + i] = self->at[from + i];
		self->at[from + i] = 0;
	}
}

/*
 * What was never written can take the offset of its new place, and merges there.
 * What was written keeps its offsets, by which rmap finds its pages, and cannot.
 * One VMA cannot have two anon_vmas: between two that have one it joins the first.
 */
static void check_borders(const FIXTURE_VARIANT(rmap_mremap) *variant, int target, int pages)
{
	struct vm_area_struct *moved = aspace_vma(target);
	bool may = variant->source == UNTOUCHED;
	bool both = variant->prev == WRITTEN && variant->next == WRITTEN;

	ASSERT_EQ(may && variant->prev != NONE ? PAGE(target - 2) : PAGE(target),
		  moved->vm_start);
	ASSERT_EQ(may && variant->next != NONE && !both ? PAGE(target + pages + 2) :
		  PAGE(target + pages), moved->vm_end);
}

/* A VMA that is moved keeps its contents, and merges there if it was not faulted in. */
TEST_F(rmap_mremap, whole_vma_merges_if_unfaulted)
{
	set_up(self, variant, TARGET, NR_MOVED);
	move(self, SOURCE, TARGET, NR_MOVED, 0);
	ASSERT_NULL(aspace_vma(SOURCE));
	check_borders(variant, TARGET, NR_MOVED);
	check_contents(self);
}

TEST_F(rmap_mremap, a_part_leaves_the_rest_as_it_was)
{
	set_up(self, variant, TARGET, 2);
	move(self, SOURCE + 1, TARGET, 2, 0);
	ASSERT_NULL(aspace_vma(SOURCE + 1));
	ASSERT_NE(NULL, aspace_vma(SOURCE));
	ASSERT_NE(NULL, aspace_vma(SOURCE + 3));
	check_borders(variant, TARGET, 2);
	check_contents(self);
}

/* mremap(2): the old mapping stays, and reads as zeroes. */
TEST_F(rmap_mremap, dontunmap_leaves_an_empty_vma)
{
	set_up(self, variant, TARGET, NR_MOVED);
	move(self, SOURCE, TARGET, NR_MOVED, MREMAP_DONTUNMAP);
	ASSERT_EQ(PAGE(SOURCE), aspace_vma(SOURCE)->vm_start);
	ASSERT_EQ(PAGE(SOURCE + NR_MOVED), aspace_vma(SOURCE)->vm_end);
	ASSERT_NULL(memory_page(SOURCE));
	check_borders(variant, TARGET, NR_MOVED);
	check_contents(self);
}

#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE	/* see tests/mremap.c */
#define ROW(source, prev, next) \
	XFAIL_ADD(rmap_mremap, source##_after_##prev##_before_##next, dontunmap_leaves_an_empty_vma)
ROWS(UNTOUCHED);
ROWS(WRITTEN);
#undef ROW
#endif
#undef ROWS

/* Unless it has become a part of what was written: then it keeps its offsets. */
TEST_F(rmap_mremap, there_and_back_is_one_vma_again)
{
	bool joined = variant->source == UNTOUCHED && variant->prev == WRITTEN;

	map_in_state(self, variant->source, SOURCE, NR_MOVED);
	map_in_state(self, variant->prev, TARGET - 2, 2);
	move(self, SOURCE + 2, TARGET, 2, 0);
	move(self, TARGET, SOURCE + 2, 2, 0);
	ASSERT_EQ(PAGE(SOURCE), aspace_vma(SOURCE)->vm_start);
	ASSERT_EQ(PAGE(SOURCE + (joined ? 2 : NR_MOVED)), aspace_vma(SOURCE)->vm_end);
	check_contents(self);
}

/* A child shares the pages: its parent moves them and is found at both places. */
TEST_F(rmap_mremap, of_the_parent_leaves_the_child_alone)
{
	struct mm_struct *mms[2] = { current->mm };
	int i;

	set_up(self, variant, TARGET, NR_MOVED);
	mms[1] = memory_fork();
	move(self, SOURCE, TARGET, NR_MOVED, 0);
	ASSERT_RMAP(mms, 2);
	use_test_mm(mms[1]);
	for (i = SOURCE; i < SOURCE + NR_MOVED; i++)
		ASSERT_MEMORY(variant->source == WRITTEN ? i + 1 : 0, i);
	use_test_mm(mms[0]);
	mmput(mms[1]);
	check_contents(self);
}

/*
 * before  ...ssss        untouched
 * mremap     ==  -> 7
 * after   .....ssss      the part follows on what it came from
 */
TEST_F(aspace, rmap_mremap_to_its_own_end_merges)
{
	aspace_map("...wwww");
	ASSERT_EQ(PAGE(7), sys_mremap(PAGE(3), PAGES(2), PAGES(2),
				      MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(7)));
	ASSERT_SPACE(".....wwww");
	ASSERT_WRITE(8, 5);
	ASSERT_WRITE(5, 6);
	ASSERT_RMAP_HERE();
}

/* The same of what was written: it keeps its offset, and so stays apart. */
TEST_F(aspace, rmap_mremap_of_faulted_to_its_end_apart)
{
	aspace_map("...wwww");
	ASSERT_WRITE(3, 1);
	ASSERT_WRITE(6, 2);
	ASSERT_EQ(PAGE(7), sys_mremap(PAGE(3), PAGES(2), PAGES(2),
				      MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(7)));
	ASSERT_SPACE(".....ww|ww");
	ASSERT_MEMORY(1, 7);
	ASSERT_MEMORY(2, 6);
	ASSERT_RMAP_HERE();
}

/*
 * before  ...ww.......|ww     of a file: pages 0 and 1, written to, then 2 and 3
 * mremap     == -> 11         whose pages in the file follow, but not their offsets in
 *                             the anon_vma, by which they are found
 * after   ...........ww|ww    so the second one gets an anon_vma of its own
 */
TEST_F(aspace, rmap_moved_there_shares_no_anon_vma)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);

	ASSERT_EQ(PAGE(3), aspace_mmap(file, 3, 2, 'w', 0, 0));
	ASSERT_WRITE(3, 1);
	ASSERT_EQ(PAGE(11), sys_mremap(PAGE(3), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(11)));
	ASSERT_EQ(PAGE(13), aspace_mmap(file, 13, 2, 'w', 0, 2));
#ifdef HAVE_ANON_PGOFF
	ASSERT_WRITE(13, 2);
	ASSERT_ANON("...........ww|ww",
		    "...........Aa|Bb");
#else
	/* There the offset in the file is that in the anon_vma too. */
	ASSERT_SPACE("...........wwww");
	ASSERT_WRITE(13, 2);
#endif
	ASSERT_MEMORY(1, 11);
	ASSERT_RMAP_HERE();
	ASSERT_EQ(0, vm_munmap(PAGE(11), PAGES(4)));
	fput(file);
}

/* ---- merging ---- */

/*
 * before  ...rr........|rr    of a file: pages 0, 1 and 2, 3
 * mremap     == -> 11         the one is moved to just before the other
 * after   ...........rrrr     and each page is where it was in the file
 */
TEST_F(aspace, rmap_file_moved_before_its_rest_is_found)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);
	int page;

	ASSERT_EQ(PAGE(3), aspace_mmap(file, 3, 2, 'r', 0, 0));
	ASSERT_EQ(PAGE(13), aspace_mmap(file, 13, 2, 'r', 0, 2));
	ASSERT_MEMORY(files_word(0, 0), 3);
	ASSERT_MEMORY(files_word(2, 0), 13);
	ASSERT_EQ(PAGE(11), sys_mremap(PAGE(3), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(11)));
	ASSERT_SPACE("...........rrrr");
	ASSERT_RMAP_HERE();
	for (page = 0; page < 4; page++)
		ASSERT_MEMORY(files_word(page, 0), 11 + page);
	ASSERT_RMAP_HERE();
	ASSERT_EQ(0, vm_munmap(PAGE(11), PAGES(4)));
	fput(file);
}

/*
 * before  ww.ww      the last one was written
 *            34
 * mmap      =
 * after   wwwww      all of which has its anon_vma
 */
TEST_F(aspace, rmap_after_a_merge_left_finds_pages)
{
	aspace_map("ww.ww");
	ASSERT_WRITE(3, 3);
	ASSERT_WRITE(4, 4);
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 1, 'w', 0, 0));
	ASSERT_SPACE("wwwww");
	ASSERT_RMAP_HERE();
	ASSERT_WRITE(0, 1);
	ASSERT_MEMORY(3, 3);
	ASSERT_MEMORY(4, 4);
	ASSERT_RMAP_HERE();
}

/*
 * A part of what was written joins a neighbour that was not: both need the anon_vma
 * then.  Older trees keep them apart.
 *
 * before   wwww|ww  or  ww|wwww    the written ones are not to be dumped
 *          1234            1234
 * madvise    ==           ==        these are
 * after    ww|wwww      wwww|ww
 */
FIXTURE_LIKE(rmap_part, aspace);

FIXTURE_VARIANT(rmap_part) {
	int written, untouched, changed;
	const char *after, *apart;
};

FIXTURE_VARIANT_ADD(rmap_part, joins_next) { 0, 4, 2, "ww|wwww", "ww|ww|ww" };
FIXTURE_VARIANT_ADD(rmap_part, joins_previous) { 2, 0, 2, "wwww|ww", "ww|ww|ww" };

/* A part of written memory that is moved takes its anon_vma along. */
TEST_F(rmap_part, of_faulted_takes_the_anon_vma_along)
{
	int i;

	ASSERT_EQ(PAGE(variant->written), aspace_mmap(NULL, variant->written, 4, 'w', 0, 0));
	for (i = 0; i < 4; i++)
		ASSERT_WRITE(variant->written + i, i + 1);
	ASSERT_EQ(0, sys_madvise(PAGE(variant->written), PAGES(4), MADV_DONTDUMP));
	ASSERT_EQ(PAGE(variant->untouched),
		  aspace_mmap(NULL, variant->untouched, 2, 'w', 0, 0));
	ASSERT_EQ(0, sys_madvise(PAGE(variant->changed), PAGES(2), MADV_DODUMP));
	ASSERT_SPACE(MERGES_UNFAULTED ? variant->after : variant->apart);
	ASSERT_RMAP_HERE();
	for (i = 0; i < 4; i++)
		ASSERT_MEMORY(i + 1, variant->written + i);
}

/* ---- sequences ---- */

/*
 * before  wwwwww
 *         123456
 * child   wwwwww     then the parent splits, protects, merges, moves, unmaps
 */
TEST_F(aspace, rmap_child_of_a_split_parent_is_found)
{
	struct mm_struct *mms[2] = { self->mm };
	int page;

	aspace_map("wwwwww");
	for (page = 0; page < 6; page++)
		ASSERT_WRITE(page, page + 1);
	mms[1] = memory_fork();
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_READ));
	ASSERT_SPACE("ww|rr|ww");
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(0, sys_mprotect(PAGE(2), PAGES(2), PROT_W));
	ASSERT_SPACE("wwwwww");
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(0, vm_munmap(PAGE(1), PAGES(2)));
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(PAGE(20), sys_mremap(PAGE(3), PAGES(3), PAGES(3),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(20)));
	ASSERT_RMAP(mms, 2);
	use_test_mm(mms[1]);
	ASSERT_WRITE(4, 50);
	ASSERT_RMAP(mms, 2);
	use_test_mm(mms[0]);
	ASSERT_MEMORY(5, 21);
	mmput(mms[1]);
	ASSERT_RMAP_HERE();
}

/* The pages of a file are found wherever it is mapped. */
TEST_F(aspace, rmap_file_mapped_often_is_found)
{
	struct file *file = files_new_kind("file", FILES_CONTENTS);
	struct mm_struct *mms[2] = { self->mm };

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'R', 0, 0));
	ASSERT_EQ(PAGE(6), aspace_mmap(file, 6, 4, 'w', 0, 2));
	ASSERT_MEMORY(files_word(2, 0), 2);
	ASSERT_MEMORY(files_word(2, 0), 6);
	ASSERT_MEMORY(files_word(3, 0), 7);
	ASSERT_RMAP_HERE();
	ASSERT_EQ(2, rmap_check_walk(page_folio(memory_page(2))).mapped);
	mms[1] = memory_become_child();
	ASSERT_MEMORY(files_word(2, 0), 2);
	ASSERT_RMAP(mms, 2);
	ASSERT_WRITE(6, 5);		/* a page of its own */
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(0, vm_munmap(PAGE(1), PAGES(2)));
	ASSERT_RMAP(mms, 2);
	ASSERT_EQ(PAGE(20), sys_mremap(PAGE(7), PAGES(2), PAGES(2),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(20)));
	ASSERT_MEMORY(files_word(3, 0), 20);
	ASSERT_RMAP(mms, 2);
	use_test_mm(mms[0]);
	mmput(mms[1]);
	ASSERT_RMAP_HERE();
	fput(file);
}

/*
 * Who is found for a page does not grow with who else was forked: each page of a
 * child is visited in the child alone, that of the parent in all.
 */
TEST_F(aspace, rmap_of_a_childs_page_visits_only_it)
{
	struct mm_struct *mms[6] = { self->mm };
	int i;

	aspace_map("ww");
	ASSERT_WRITE(0, 1);
	ASSERT_WRITE(1, 1);
	for (i = 1; i < ARRAY_SIZE(mms); i++) {
		use_test_mm(mms[0]);
		mms[i] = memory_become_child();
		ASSERT_WRITE(0, 2);
		ASSERT_EQ(1, rmap_check_walk(page_folio(memory_page(0))).visited);
		ASSERT_EQ(i + 1, rmap_check_walk(page_folio(memory_page(1))).visited);
	}
	ASSERT_RMAP(mms, 6);
	use_test_mm(mms[0]);
	for (i = 1; i < ARRAY_SIZE(mms); i++)
		mmput(mms[i]);
}
