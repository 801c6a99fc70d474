// SPDX-License-Identifier: GPL-2.0
/*
 * KSM (mm/ksm.c): pages of the same contents become one, until somebody writes; and which
 * VMAs it looks at (VM_MERGEABLE).
 *
 * Drawings as in tests/aspace.h.
 */
#include <linux/ksm.h>
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/ptes.h"
#include "tests/rmap_check.h"
#include "shim/fs/file_table.h"
#include "shim/mm/ksm.h"

#ifdef CONFIG_KSM

/* A page is merged in the third round at the latest: seen, unchanged, found to be equal. */
static void scan(void)
{
	ksm_scan_pages(64);
	ksm_scan_pages(64);
	ksm_scan_pages(64);
}

static const unsigned long contents[] = { 7, 8, 7, 8, 7, 9 };

/* before  wwwwww	of these contents */
static void map_equal_pages(void)
{
	int i;

	aspace_map("wwwwww");
	for (i = 0; i < 6; i++)
		ASSERT_WRITE(i, contents[i]);
	lru_add_drain();
}

static void expect_contents(void)
{
	int i;

	for (i = 0; i < 6; i++)
		EXPECT_EQ(contents[i], memory_at(i));
}

TEST_F(aspace, ksm_merges_equal_pages)
{
	map_equal_pages();
	ASSERT_EQ(0, op_madvise(0, 6, MADV_MERGEABLE));
	scan();
	EXPECT_EQ(memory_page(0), memory_page(2));
	EXPECT_EQ(memory_page(0), memory_page(4));
	EXPECT_EQ(memory_page(1), memory_page(3));
	EXPECT_NE(memory_page(0), memory_page(1));
	EXPECT_NE(memory_page(0), memory_page(5));
	EXPECT_TRUE(folio_test_ksm(ptes_folio(0)));
	EXPECT_FALSE(folio_test_ksm(ptes_folio(5)));
	expect_contents();
	ASSERT_RMAP_HERE();
}

/* Where nobody gave the advice, nothing is merged. */
TEST_F(aspace, ksm_leaves_other_memory)
{
	map_equal_pages();
	ASSERT_EQ(0, op_madvise(0, 3, MADV_MERGEABLE));
	scan();
	EXPECT_EQ(memory_page(0), memory_page(2));
	EXPECT_NE(memory_page(0), memory_page(4));
	EXPECT_NE(memory_page(1), memory_page(3));
	expect_contents();
}

/* Who writes gets a copy of his own; the others keep what they had. */
TEST_F(aspace, ksm_write_breaks_cow)
{
	map_equal_pages();
	ASSERT_EQ(0, op_madvise(0, 6, MADV_MERGEABLE));
	scan();
	ASSERT_WRITE(2, 42);
	EXPECT_FALSE(folio_test_ksm(ptes_folio(2)));
	EXPECT_EQ(memory_page(0), memory_page(4));
	ASSERT_MEMORY(7, 0);
	ASSERT_MEMORY(42, 2);
	ASSERT_MEMORY(7, 4);
	ASSERT_RMAP_HERE();
}

/* Advice that is taken back gives each page its own again, with the same contents. */
TEST_F(aspace, ksm_unmergeable_breaks_cow)
{
	map_equal_pages();
	ASSERT_EQ(0, op_madvise(0, 6, MADV_MERGEABLE));
	scan();
	ASSERT_EQ(0, op_madvise(2, 1, MADV_UNMERGEABLE));
	ASSERT_SPACE("ww|w|www");
	EXPECT_FALSE(folio_test_ksm(ptes_folio(2)));
	EXPECT_NE(memory_page(0), memory_page(2));
	EXPECT_EQ(memory_page(0), memory_page(4));
	expect_contents();
	ASSERT_EQ(0, op_madvise(2, 1, MADV_MERGEABLE));
	ASSERT_SPACE("wwwwww");
}

/* Merged pages move with their memory, and go with it. */
TEST_F(aspace, ksm_page_moves_with_mremap)
{
	map_equal_pages();
	ASSERT_EQ(0, op_madvise(0, 6, MADV_MERGEABLE));
	scan();
	ASSERT_EQ(PAGE(10), sys_mremap(PAGE(2), PAGE_SIZE, PAGE_SIZE,
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(10)));
	ASSERT_MEMORY(7, 10);
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGE_SIZE));
	ASSERT_MEMORY(7, 10);
	ASSERT_MEMORY(7, 4);
	scan();
	ASSERT_EQ(memory_page(4), memory_page(10));
}

/* A child and its parent are merged with each other, too, and part by writing. */
TEST_F(aspace, ksm_merges_across_fork)
{
	struct mm_struct *parent = self->mm, *child;

	map_equal_pages();
	ASSERT_EQ(0, op_madvise(0, 6, MADV_MERGEABLE));
	scan();
	child = memory_fork();
	use_test_mm(child);
	ASSERT_WRITE(0, 42);
	ASSERT_MEMORY(7, 2);
	use_test_mm(parent);
	ASSERT_MEMORY(7, 0);
	mmput(child);
}

static int hook_plain(struct file *file, struct vm_area_struct *vma)
{
	return 0;
}

static int hook_makes_it_device_memory(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO | VM_DONTEXPAND);
	return 0;
}

static const struct file_operations plain = { .mmap = hook_plain };
static const struct file_operations device = { .mmap = hook_makes_it_device_memory };

/*
 * A program wants all of its memory merged (PR_SET_MEMORY_MERGE).  Of what it maps then
 * that is decided by what a driver's hook has made of it, not by what it was before.
 */
FIXTURE_LIKE(ksm_of_all, aspace);

FIXTURE_VARIANT(ksm_of_all) {
	const struct file_operations *fops;
	char kind;
	bool mergeable;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(ksm_of_all, name) { __VA_ARGS__ }
ROW(anonymous,		NULL,		'w', true);
ROW(shared,		NULL,		'W', false);
ROW(file,		&plain,		'w', true);
ROW(shared_file,	&plain,		'W', false);
ROW(device,		&device,	'w', false);
#undef ROW

TEST_F(ksm_of_all, decided_after_the_hook)
{
	struct mm_struct *mm = current->mm;
	struct file *file = NULL;

	mmap_write_lock(mm);
	ASSERT_EQ(0, ksm_enable_merge_any(mm));
	mmap_write_unlock(mm);
	if (variant->fops)
		file = files_new_spec(&(struct files_spec){
			.name = "file", .fops = variant->fops });
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, variant->kind, 0, 0));
	ASSERT_EQ(variant->mergeable, !!(aspace_vma(2)->vm_flags & VM_MERGEABLE));
	if (file)
		fput(file);
}
#endif
