// SPDX-License-Identifier: GPL-2.0
/* msync(2) and mincore(2), which do not change mappings. */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/memory.h"
#include "shim/fs/file_table.h"

static int synced;
static loff_t synced_from, synced_to;

static int count_sync(struct file *file, loff_t start, loff_t end, int datasync)
{
	synced++;
	synced_from = start;
	synced_to = end;
	return 0;
}

static int fail_sync(struct file *file, loff_t start, loff_t end, int datasync)
{
	synced++;
	return -EIO;
}

static vm_fault_t no_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct ops = { .fault = no_fault };

#ifdef HAVE_MMAP_PREPARE
static int prepare(struct vm_area_desc *desc)
{
	desc->vm_ops = &ops;
	return 0;
}
#define SYNC_OPS(name, function)						\
	static const struct file_operations name = { .mmap_prepare = prepare, .fsync = function }
#else
static int map_it(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &ops;
	return 0;
}
#define SYNC_OPS(name, function)						\
	static const struct file_operations name = { .mmap = map_it, .fsync = function }
#endif

SYNC_OPS(counts, count_sync);
SYNC_OPS(fails, fail_sync);

/*
 * before  ww|WW..WW|rr	the shared ones are of a file, of pages 2, 3 and 6, 7
 * msync   ============
 * after		an error for the hole, but all the rest was done
 */
FIXTURE_LIKE(msync, aspace);

FIXTURE_VARIANT(msync) {
	int page, pages, flags;
	long ret;
	int synced;		/* times that the file was told */
	bool locked, fails;
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(msync, name) { __VA_ARGS__ }
ROW(of_all_of_it, 0, 10, MS_SYNC, -ENOMEM, 2);
ROW(of_one, 2, 2, MS_SYNC, 0, 1);
ROW(of_a_part, 3, 1, MS_SYNC, 0, 1);
ROW(of_private_memory, 0, 2, MS_SYNC, 0, 0);
ROW(that_is_not_waited_for, 2, 2, MS_ASYNC, 0, 0);
ROW(of_a_hole, 4, 2, MS_SYNC, -ENOMEM, 0);
ROW(beyond_the_end, 8, 4, MS_SYNC, -ENOMEM, 0);
ROW(of_nothing, 2, 0, MS_SYNC, 0, 0);
ROW(of_what_fails, 2, 6, MS_SYNC, -EIO, 1, false, true);
ROW(of_what_is_locked, 2, 2, MS_INVALIDATE, -EBUSY, 0, true);
ROW(of_what_is_locked_but_kept, 2, 2, MS_SYNC, 0, 1, true);
ROW(of_both_ways, 2, 2, MS_SYNC | MS_ASYNC, -EINVAL, 0);
ROW(of_no_known_way, 2, 2, 8, -EINVAL, 0);
#undef ROW

TEST_F(msync, tells_the_files)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "file", .fops = variant->fails ? &fails : &counts });

	synced = 0;
	aspace_map("ww......rr");
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'W', 0, 2));
	ASSERT_EQ(PAGE(6), aspace_mmap(file, 6, 2, 'W', 0, 6));
	if (variant->locked)
		ASSERT_EQ(0, sys_mlock2(PAGE(2), PAGES(2), MLOCK_ONFAULT));
	ASSERT_EQ(variant->ret, sys_msync(PAGE(variant->page), PAGES(variant->pages),
					  variant->flags));
	ASSERT_EQ(variant->synced, synced);
	if (variant->synced == 1 && !variant->fails) {
		ASSERT_EQ(PAGES(variant->page), synced_from);
		ASSERT_EQ(PAGES(variant->page + variant->pages) - 1, synced_to);
	}
	if (variant->locked)
		ASSERT_EQ(0, sys_munlock(PAGE(2), PAGES(2)));
	fput(file);
}

/*
 * before  wwwwWW.r	the second, of the private ones, was written to, the third was read
 *			from; the first shared one was written to, and is not mapped any more
 */
TEST_F(aspace, mincore_says_which_pages_are_there)
{
	unsigned char seen[8];
	static const unsigned char wanted[8] = { 0, 1, 1, 0, 1, 0 };
	int i;

	aspace_map("wwwwWW.r");
	ASSERT_WRITE(1, 1);
	ASSERT_MEMORY(0, 2);
	ASSERT_WRITE(4, 1);
	ASSERT_EQ(0, sys_madvise(PAGE(4), PAGE_SIZE, MADV_DONTNEED));
	memset(seen, 9, sizeof(seen));
	ASSERT_EQ(0, sys_mincore(PAGE(0), PAGES(6), seen));
	for (i = 0; i < 6; i++)
		ASSERT_EQ(wanted[i], seen[i]);
	ASSERT_EQ(9, seen[6]);
	ASSERT_EQ(-ENOMEM, sys_mincore(PAGE(0), PAGES(7), seen));
	ASSERT_EQ(-ENOMEM, sys_mincore(PAGE(6), PAGES(1), seen));
	ASSERT_EQ(-EINVAL, sys_mincore(PAGE(0) + 1, PAGES(1), seen));
	ASSERT_EQ(0, sys_mincore(PAGE(0), 0, seen));
}
