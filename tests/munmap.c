// SPDX-License-Identifier: GPL-2.0
/* munmap(): what is unmapped, what remains, splits. */
#include <linux/rcupdate.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/mm/slab.h"

/* Older trees have one tree of mappings in the file, and no name for it. */
#ifndef mapping_rmap_tree_foreach
#define mapping_rmap_tree_foreach(vma, mapping, first, last)		\
	vma_interval_tree_foreach(vma, &(mapping)->i_mmap, first, last)
#endif

/* Where in their file the pages of a drawing are mapped from. */
#define FILE_PAGE	100

/* How many VMAs a drawing shows. */
static int drawn_vmas(const char *drawing)
{
	char before = '.';
	int n = 0;

	for (; *drawing; before = *drawing++)
		n += *drawing != '.' && *drawing != '|' && *drawing != before;
	return n;
}

/* Map what a drawing shows, all from one file: compatible neighbours merge. */
static void map_file(struct file *file, const char *drawing)
{
	int page = 0;

	for (; *drawing; drawing++) {
		if (*drawing == '|')
			continue;
		if (*drawing != '.')
			ASSERT_EQ(PAGE(page), aspace_mmap(file, page, 1, *drawing, 0,
							  FILE_PAGE + page));
		page++;
	}
}

/* A range of the drawing @before is unmapped. */
FIXTURE_LIKE(munmap, aspace);

FIXTURE_VARIANT(munmap) {
	const char *before;
	int page;
	int pages;
	const char *after;
};

FIXTURE_VARIANT_ADD(munmap, whole)		{ "..wwww", 2, 4, "" };
FIXTURE_VARIANT_ADD(munmap, head)		{ "wwwwww", 0, 2, "..wwww" };
FIXTURE_VARIANT_ADD(munmap, tail)		{ "wwwwww", 4, 2, "wwww" };
FIXTURE_VARIANT_ADD(munmap, middle)		{ "wwwwww", 2, 2, "ww..ww" };
FIXTURE_VARIANT_ADD(munmap, all_but_both_ends)	{ "wwwwww", 1, 4, "w....w" };
FIXTURE_VARIANT_ADD(munmap, the_one_in_between)	{ "rr|ww|xx", 2, 2, "rr..xx" };
FIXTURE_VARIANT_ADD(munmap, several_wholes)	{ "rr|ww|xx|nn", 0, 8, "" };
FIXTURE_VARIANT_ADD(munmap, tail_and_head)	{ "rrr|www", 1, 4, "r....w" };
FIXTURE_VARIANT_ADD(munmap, tail_whole_head)	{ "rr|ww|xx", 1, 4, "r....x" };
FIXTURE_VARIANT_ADD(munmap, across_a_gap)	{ "www..www", 2, 4, "ww....ww" };
FIXTURE_VARIANT_ADD(munmap, across_gaps)	{ "rr.ww.xx.nn", 1, 9, "r.........n" };
FIXTURE_VARIANT_ADD(munmap, from_a_gap)		{ "..wwww", 0, 4, "....ww" };
FIXTURE_VARIANT_ADD(munmap, into_a_gap)		{ "wwww..", 2, 4, "ww" };
FIXTURE_VARIANT_ADD(munmap, from_gap_into_gap)	{ "..ww..rr", 1, 4, "......rr" };
FIXTURE_VARIANT_ADD(munmap, only_a_gap)		{ "ww..ww", 2, 2, "ww..ww" };
FIXTURE_VARIANT_ADD(munmap, nothing_at_all)	{ "", 3, 4, "" };

/* before, range and after as the variant draws them */
TEST_F(munmap, leaves_what_is_outside_the_range)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long committed = vm_memory_committed();
	struct vm_area_struct *vma;

	VMA_ITERATOR(vmi, mm, 0);

	aspace_map(variant->before);
	ASSERT_SPACE(variant->before);
	ASSERT_EQ(0, vm_munmap(PAGE(variant->page), PAGES(variant->pages)));
	ASSERT_SPACE(variant->after);

	ASSERT_EQ(drawn_vmas(variant->after), mm->map_count);
	ASSERT_EQ(drawn_vmas(variant->after), aspace_count(mm));
	ASSERT_EQ(aspace_drawn_pages(variant->after, "nrwx"), mm->total_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), mm->data_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "x"), mm->exec_vm);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), vm_memory_committed() - committed);

	/* Untouched anonymous memory counts its offset from address 0. */
	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		EXPECT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
	mmap_read_unlock(mm);

	rcu_barrier();
	ASSERT_EQ(drawn_vmas(variant->after), slab_live("vm_area_struct"));
}

/* The same with a file: what remains still shows the same part of it. */
TEST_F(munmap, leaves_file_offsets_and_references_right)
{
	struct mm_struct *mm = self->aspace.mm;
	struct file *file = files_new("data");
	struct vm_area_struct *vma;
	int in_rmap = 0;

	VMA_ITERATOR(vmi, mm, 0);

	map_file(file, variant->before);
	ASSERT_SPACE(variant->before);
	ASSERT_EQ(0, vm_munmap(PAGE(variant->page), PAGES(variant->pages)));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(1 + drawn_vmas(variant->after), file_count(file));

	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		EXPECT_EQ(FILE_PAGE + ((vma->vm_start - PAGE(0)) >> PAGE_SHIFT), vma->vm_pgoff);
	mmap_read_unlock(mm);

	i_mmap_lock_read(file->f_mapping);
	mapping_rmap_tree_foreach(vma, file->f_mapping, 0, ULONG_MAX)
		in_rmap++;
	i_mmap_unlock_read(file->f_mapping);
	ASSERT_EQ(drawn_vmas(variant->after), in_rmap);
	fput(file);
}

/* The same with memory that was written to: its pages go, the others stay. */
TEST_F(munmap, frees_the_pages_of_the_range)
{
	struct mm_struct *mm = self->aspace.mm;
	struct vm_area_struct *vma;

	VMA_ITERATOR(vmi, mm, 0);

	aspace_map(variant->before);
	mm_populate(PAGE(0), PAGES(ASPACE_PAGES));
	ASSERT_EQ(aspace_drawn_pages(variant->before, "w"), aspace_rss(mm, MM_ANONPAGES));
	ASSERT_EQ(0, vm_munmap(PAGE(variant->page), PAGES(variant->pages)));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(aspace_drawn_pages(variant->after, "w"), aspace_rss(mm, MM_ANONPAGES));
	mmap_read_lock(mm);
	for_each_vma(vmi, vma)
		EXPECT_EQ(!!(vma->vm_flags & VM_WRITE), !!vma->anon_vma);
	mmap_read_unlock(mm);
	if (!*variant->after)
		ASSERT_EQ(0, slab_live("anon_vma"));
}

/* No memory at the n-th allocation: either all of the range is gone, or nothing. */
TEST_F(munmap, without_memory_does_all_or_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	unsigned long n;
	int ret;

	for (n = 1; ; n++) {
		ASSERT_GT(100, n);
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(ASPACE_PAGES)));
		aspace_map(variant->before);
		fail_nth(n);
		ret = vm_munmap(PAGE(variant->page), PAGES(variant->pages));
		fail_nth(0);
		if (!fail_nth_fired())
			break;
		if (!ret) {
			ASSERT_SPACE(variant->after);
			continue;
		}
		ASSERT_EQ(-ENOMEM, ret);
		/* A VMA may stay split where the range begins or ends. */
		ASSERT_EQ(aspace_drawn_pages(variant->before, "nrwx"), mm->total_vm);
		ASSERT_EQ(aspace_drawn_pages(variant->before, "w"), mm->data_vm);
		ASSERT_EQ(aspace_count(mm), mm->map_count);
	}
	ASSERT_EQ(0, ret);
	ASSERT_SPACE(variant->after);
}

/* before  wwww
 * munmap   =      1 byte
 * after   w.ww
 */
TEST_F(aspace, munmap_rounds_the_length_up_to_pages)
{
	aspace_map("wwww");
	ASSERT_EQ(0, vm_munmap(PAGE(1), 1));
	ASSERT_SPACE("w.ww");
	ASSERT_EQ(3, self->mm->total_vm);
}

/* before  WWWWWW
 * munmap    ==
 * after   WW..WW
 */
TEST_F(aspace, munmap_of_shared_middle_keeps_the_file)
{
	struct file *file = files_new("data");

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'W', 0, 0));
	ASSERT_EQ(1, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("WW..WW");
	ASSERT_EQ(2, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(4, aspace_vma(4)->vm_pgoff);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	ASSERT_EQ(1, file_count(file));
	fput(file);
}

/* before  wwwwww
 * munmap    ==     open() for the part that is split off, close() for what goes
 * after   ww..ww
 */
TEST_F(aspace, munmap_calls_open_and_close_of_the_file)
{
	struct file *file = files_new_kind("data", FILES_OPEN_CLOSE | FILES_MAY_SPLIT);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'w', 0, 0));
	ASSERT_EQ(0, files_calls(file, FILES_VM_OPEN));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("ww..ww");
	/* Each split asks once; three VMAs came to be, of which one went. */
	ASSERT_EQ(2, files_calls(file, FILES_VM_MAY_SPLIT));
	ASSERT_EQ(2, files_calls(file, FILES_VM_OPEN));
	ASSERT_EQ(1, files_calls(file, FILES_VM_CLOSE));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_EQ(2, files_calls(file, FILES_VM_OPEN));
	ASSERT_EQ(3, files_calls(file, FILES_VM_CLOSE));
	fput(file);
}

/* before  wwwwww
 * munmap    ==     the file refuses to be split
 * after   wwwwww
 */
TEST_F(aspace, munmap_fails_if_file_refuses_split)
{
	struct file *file = files_new_kind("data", FILES_MAY_SPLIT);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 6, 'w', 0, 0));
	files_fail_nth(file, FILES_VM_MAY_SPLIT, 1, -EINVAL);
	ASSERT_EQ(-EINVAL, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("wwwwww");
	ASSERT_EQ(6, self->mm->total_vm);
	ASSERT_EQ(2, file_count(file));
	/* No split, no question. */
	files_fail_nth(file, FILES_VM_MAY_SPLIT, 1, -EINVAL);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(6)));
	ASSERT_SPACE("");
	fput(file);
}

/* before  wwwwww   whose page tables are not used otherwise
 * munmap  ======
 */
TEST_F(aspace, munmap_of_last_page_frees_page_tables)
{
	unsigned long empty = mm_pgtables_bytes(self->mm);

	aspace_map("wwwwww");
	mm_populate(PAGE(0), PAGES(6));
	ASSERT_LT(empty, mm_pgtables_bytes(self->mm));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(5)));
	ASSERT_LT(empty, mm_pgtables_bytes(self->mm));
	ASSERT_EQ(0, vm_munmap(PAGE(5), PAGES(1)));
	ASSERT_EQ(empty, mm_pgtables_bytes(self->mm));
}

/* Requests that make no sense change nothing. */
FIXTURE_LIKE(munmap_bad, aspace);

FIXTURE_VARIANT(munmap_bad) {
	unsigned long addr;
	unsigned long len;
};

FIXTURE_VARIANT_ADD(munmap_bad, address_within_a_page)	{ PAGE(1) + 1, PAGES(1) };
FIXTURE_VARIANT_ADD(munmap_bad, no_length)		{ PAGE(1), 0 };
FIXTURE_VARIANT_ADD(munmap_bad, no_length_in_a_gap)	{ PAGE(9), 0 };
FIXTURE_VARIANT_ADD(munmap_bad, length_wraps)		{ PAGE(1), -1UL };
FIXTURE_VARIANT_ADD(munmap_bad, beyond_user_space)	{ PAGE(1), TASK_SIZE };
FIXTURE_VARIANT_ADD(munmap_bad, behind_user_space)	{ TASK_SIZE + PAGES(1), PAGES(1) };

/* before  wwww
 * after   wwww
 */
TEST_F(munmap_bad, is_einval)
{
	aspace_map("wwww");
	ASSERT_EQ(-EINVAL, vm_munmap(variant->addr, variant->len));
	ASSERT_SPACE("wwww");
	ASSERT_EQ(4, self->aspace.mm->total_vm);
}

/* At the limit of VMAs: what needs one more fails, all else works. */
FIXTURE(munmap_limit) {
	FIXTURE_DATA(aspace) aspace;
	int limit;
};

FIXTURE_VARIANT(munmap_limit) {
	int page;
	int pages;
	int error;
	const char *after;
};

FIXTURE_SETUP(munmap_limit)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->limit = sysctl_max_map_count;
}

FIXTURE_TEARDOWN(munmap_limit)
{
	sysctl_max_map_count = self->limit;
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

FIXTURE_VARIANT_ADD(munmap_limit, middle)	{ 2, 2, -ENOMEM, "wwwwww|rrrr" };
FIXTURE_VARIANT_ADD(munmap_limit, all_but_both_ends) { 1, 4, -ENOMEM, "wwwwww|rrrr" };
FIXTURE_VARIANT_ADD(munmap_limit, head)		{ 0, 2, 0, "..wwww|rrrr" };
FIXTURE_VARIANT_ADD(munmap_limit, tail)		{ 8, 2, 0, "wwwwww|rr" };
FIXTURE_VARIANT_ADD(munmap_limit, tail_and_head) { 4, 4, 0, "wwww....rr" };
FIXTURE_VARIANT_ADD(munmap_limit, whole)	{ 0, 6, 0, "......rrrr" };

/* before  wwwwww|rrrr   and the limit is two VMAs
 * after   as the variant draws it
 */
TEST_F(munmap_limit, refuses_only_what_makes_more_vmas)
{
	aspace_map("wwwwww|rrrr");
	sysctl_max_map_count = self->aspace.mm->map_count;
	ASSERT_EQ(variant->error, vm_munmap(PAGE(variant->page), PAGES(variant->pages)));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(drawn_vmas(variant->after), self->aspace.mm->map_count);
}

#ifdef HAVE_UNLINK_FILE_VMA
/* One VMA of a file is taken out of its tree by itself, as for pages of hugetlbfs. */
TEST_F(aspace, munmap_of_one_file_vma_unlinks_it)
{
	struct file *file = files_new("data");
	struct vm_area_struct *vma;

	aspace_map("......ww");
	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'W', 0, 0));
	ASSERT_EQ(PAGE(3), aspace_mmap(file, 3, 2, 'R', 0, 8));
	vma = aspace_vma(0);
	ASSERT_EQ(vma, vma_interval_tree_iter_first(&file->f_mapping->i_mmap, 0, 1));
	unlink_file_vma(vma);
	ASSERT_NULL(vma_interval_tree_iter_first(&file->f_mapping->i_mmap, 0, 1));
	ASSERT_EQ(aspace_vma(3), vma_interval_tree_iter_first(&file->f_mapping->i_mmap, 8, 9));
	ASSERT_FALSE(rwsem_is_locked(&file->f_mapping->i_mmap_rwsem));
	/* Its share in what may be written went with it: put back what munmap() takes. */
	i_mmap_lock_write(file->f_mapping);
	vma_interval_tree_insert(vma, &file->f_mapping->i_mmap);
	mapping_allow_writable(file->f_mapping);
	i_mmap_unlock_write(file->f_mapping);
	/* What has no file is in no such tree. */
	unlink_file_vma(aspace_vma(6));
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(8)));
	ASSERT_EQ(0, atomic_read(&file->f_mapping->i_mmap_writable));
	fput(file);
}
#endif

/*
 * munmap of all there is: how much it has been at most stays known, as far as it was
 * counted exactly.
 */
TEST_F(aspace, munmap_updates_the_rss_high_water_mark)
{
	unsigned long rss;

	ASSERT_EQ(PAGE(0), vm_mmap(NULL, PAGE(0), PAGES(300), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	mm_populate(PAGE(0), PAGES(300));
	rss = get_mm_rss(self->mm);
	ASSERT_LT(200, rss);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(300)));
	ASSERT_GT(rss, get_mm_rss(self->mm));
	ASSERT_EQ(rss, get_mm_hiwater_rss(self->mm));
}

/* before  ...w|	the last page of all; no range begins behind it, nor reaches there */
TEST_F(aspace, munmap_beyond_the_end_is_einval)
{
	unsigned long last = TASK_SIZE - PAGE_SIZE;

	ASSERT_EQ(last, vm_mmap(NULL, last, PAGE_SIZE, PROT_READ,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	ASSERT_EQ(-EINVAL, vm_munmap(last, PAGES(2)));
	ASSERT_EQ(-EINVAL, vm_munmap(TASK_SIZE, PAGE_SIZE));
	ASSERT_EQ(-EINVAL, vm_munmap(-PAGE_SIZE, PAGE_SIZE));
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(0, vm_munmap(last, PAGE_SIZE));
	ASSERT_EQ(0, self->mm->map_count);
}
