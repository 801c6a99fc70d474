// SPDX-License-Identifier: GPL-2.0
/*
 * Persistent allocation failures: retries with other gfp flags fail, too. The operation must
 * return an error and change nothing.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "tests/calls.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"


static unsigned long unmapped_all(void)
{
	return vm_munmap(PAGE(4), PAGES(40));
}

static unsigned long grown_heap(void)
{
	return sys_brk(PAGE(3)) == PAGE(3) ? 0 : -ENOMEM;
}

static unsigned long bss_of_a_program(void)
{
	return vm_brk_flags(PAGE(5), PAGES(1), 0);
}

FIXTURE_LIKE(no_memory, aspace);

/* Twenty VMAs of one page, at 4, 6, 8 ... 42: what is done, and how many there are then */
FIXTURE_VARIANT(no_memory) {
	unsigned long (*done)(void);
	int count;
};

static void map(struct mm_struct *mm)
{
	int page;

	mm->start_brk = PAGE(1);
	mm->brk = PAGE(1);
	for (page = 4; page < 44; page += 2)
		ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, 1, 'r', 0, 0));
}

FIXTURE_VARIANT_ADD(no_memory, munmap) { unmapped_all, 0 };
FIXTURE_VARIANT_ADD(no_memory, brk) { grown_heap, 21 };
FIXTURE_VARIANT_ADD(no_memory, brk_between) { bss_of_a_program, 21 };

TEST_F(no_memory, is_enomem_and_changes_nothing)
{
	struct mm_struct *mm = self->aspace.mm;
	char before[ASPACE_PAGES * 2 + 1];
	int n, ret, refused = 0;

	for (n = 1; ; n++) {
		unsigned long committed;

		ASSERT_GT(30, n);
		map(mm);
		mmap_read_lock(mm);
		aspace_draw(mm, before, ASPACE_PAGES);
		mmap_read_unlock(mm);
		committed = vm_memory_committed();
		fail_nth_persistent(n);
		ret = variant->done();
		fail_nth_persistent(0);
		if (ret) {
			refused++;
			ASSERT_TRUE(fail_nth_fired());
			ASSERT_EQ(-ENOMEM, ret);
			ASSERT_SPACE(before);
			ASSERT_EQ(20, mm->map_count);
			ASSERT_EQ(20, mm->total_vm);
			ASSERT_EQ(committed, vm_memory_committed());
		} else {
			ASSERT_EQ(variant->count, mm->map_count);
		}
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(50)));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LE(1, refused);
}

static unsigned long split(void)
{
	return sys_mprotect(PAGE(2), PAGES(2), PROT_READ);
}

static unsigned long moved(void)
{
	return op_mremap(0, 4, 4, MOVE_TO, 20) == PAGE(20) ? 0 : -ENOMEM;
}

static unsigned long merged(void)
{
	return sys_mprotect(PAGE(6), PAGES(2), PROT_READ | PROT_WRITE);
}

FIXTURE_LIKE(no_memory_for_anon_vma, aspace);

/* In wwwwA..|ww|rr|wwA, where A has an anon_vma */
FIXTURE_VARIANT(no_memory_for_anon_vma) {
	unsigned long (*done)(void);
};

FIXTURE_VARIANT_ADD(no_memory_for_anon_vma, split) { split };
FIXTURE_VARIANT_ADD(no_memory_for_anon_vma, moved) { moved };
FIXTURE_VARIANT_ADD(no_memory_for_anon_vma, merged) { merged };

TEST_F(no_memory_for_anon_vma, is_enomem_and_changes_nothing)
{
	int n, ret, refused = 0;

	for (n = 1; ; n++) {
		ASSERT_GT(30, n);
		aspace_map("wwwwwwrrww");
		ASSERT_EQ(0, vm_munmap(PAGE(4), PAGES(1)));
		ASSERT_EQ(0, aspace_prepare_anon_vma(0));
		ASSERT_EQ(0, aspace_prepare_anon_vma(8));
		fail_nth_persistent(n);
		ret = variant->done();
		fail_nth_persistent(0);
		if (ret) {
			refused++;
			ASSERT_TRUE(fail_nth_fired());
			ASSERT_EQ(-ENOMEM, ret);
			ASSERT_SPACE("wwww.w|rr|ww");
			ASSERT_NULL(aspace_vma(5)->anon_vma);
			ASSERT_TRUE(list_empty(&aspace_vma(5)->anon_vma_chain));
		}
		ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(30)));
		if (!fail_nth_fired())
			break;
	}
	ASSERT_LE(1, refused);
}

#ifndef HAVE_MODIFY_REPORTS_NOMEM	/* see tests/merge_nomem.c */
XFAIL_ADD(no_memory_for_anon_vma, merged, is_enomem_and_changes_nothing,
	  "the address space is not as expected");
#endif

#ifdef CONFIG_NUMA
/* before  wwwwww with a policy, which each part of a split has for its own */
TEST_F(aspace, split_no_memory_for_policy_is_undone)
{
	nodemask_t nodes = nodemask_of_node(0);
	long ret;
	int n;

	aspace_map("wwwwww");
	ASSERT_EQ(0, sys_mbind(PAGE(0), PAGES(6), MPOL_BIND, (unsigned long __user *)&nodes,
			       BITS_PER_LONG, 0));
	for (n = 1; ; n++) {
		ASSERT_GT(10, n);
		fail_nth_named("numa_policy", n);
		ret = vm_munmap(PAGE(2), PAGES(2));
		fail_nth_named("numa_policy", 0);
		if (!ret)
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(-ENOMEM, ret);
		ASSERT_TRUE(aspace_vma(2) && aspace_vma(3));
	}
	ASSERT_EQ(3, n);
	ASSERT_SPACE("ww..ww");

	/* So has a copy. */
	fail_nth_named("numa_policy", 1);
	EXPECT_EQ(-ENOMEM, op_mremap(4, 2, 2, MOVE_TO, 8));
	fail_nth_named("numa_policy", 0);
	ASSERT_TRUE(fail_nth_fired());
	ASSERT_SPACE("ww..ww");
}
#endif

#ifdef HAVE_MMAP_ACTION_REMAP
static unsigned long remap_from, remap_pages;	/* which of it, and how much */

static int prepare_remap(struct vm_area_desc *desc)
{
	mmap_action_remap(desc, desc->start + PAGES(remap_from), 1, PAGES(remap_pages));
	return 0;
}
static const struct file_operations device = { .mmap_prepare = prepare_remap };

/* Only all of a private mapping can be of device memory, since the offset says which. */
FIXTURE_LIKE(mmap_of_device, aspace);

FIXTURE_VARIANT(mmap_of_device) {
	unsigned long from;
};

FIXTURE_VARIANT_ADD(mmap_of_device, first_page) { 0 };
FIXTURE_VARIANT_ADD(mmap_of_device, last_page) { 1 };

TEST_F(mmap_of_device, in_part_is_einval)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "device", .fops = &device,
	});

	remap_from = variant->from;
	remap_pages = 1;
	ASSERT_EQ(-EINVAL, (int)aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_SPACE("");
	ASSERT_EQ(0, current->mm->total_vm);
	ASSERT_EQ(1, file_count(file));
	fput(file);
}

#ifdef HAVE_MMAP_PREPARE_KEEPS_CHARGE	/* see tests/mmap.c */
XFAIL_ADD(mmap_of_device, first_page, in_part_is_einval);
XFAIL_ADD(mmap_of_device, last_page, in_part_is_einval);
#endif

/* It is mapped by then, and is taken away again. */
TEST_F(aspace, mmap_device_without_page_tables_undone)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "device", .fops = &device,
	});
	unsigned long addr;
	int n;

	remap_from = 0;
	remap_pages = 2;
	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		fail_nth_named("pages", n);
		addr = aspace_mmap(file, 0, 2, 'W', 0, 0);
		fail_nth_named("pages", 0);
		if (!ASPACE_IS_ERR(addr))
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(-ENOMEM, (int)addr);
		ASSERT_SPACE("");
		ASSERT_EQ(0, self->mm->total_vm);
		ASSERT_EQ(0, self->mm->map_count);
		ASSERT_EQ(1, file_count(file));
	}
	ASSERT_LT(1, n);
	ASSERT_TRUE(aspace_vma(0)->vm_flags & VM_PFNMAP);
	ASSERT_EQ(0, vm_munmap(PAGE(0), PAGES(2)));
	fput(file);
}
#endif

/* The page size of memory that is nothing special. */
TEST_F(aspace, mmu_page_size_is_a_page)
{
	aspace_map("ww");
	ASSERT_EQ(PAGE_SIZE, vma_mmu_pagesize(aspace_vma(0)));
	ASSERT_EQ(PAGE_SIZE, vma_kernel_pagesize(aspace_vma(0)));
}
