// SPDX-License-Identifier: GPL-2.0
/*
 * The end of an address space.
 *
 * Promise: where the tree has its own check of VMAs and maple tree, which it
 * makes after it has changed them (CONFIG_DEBUG_VM_MAPLE_TREE), every address
 * space passes it once more before it is torn down, and so after every test.
 */
#include "leaf.h"
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/oom.h>
#include <linux/xarray.h>
#include <mm/internal.h>

/*
 * What fork() could not copy in full has marks in place of VMAs; or it is marked
 * itself, and has none.
 */
static bool is_whole(struct mm_struct *mm)
{
	VMA_ITERATOR(each, mm, 0);
	struct vm_area_struct *vma;

	if (check_stable_address_space(mm))
		return false;
	for_each_vma(each, vma)
		if (xa_is_zero(vma))
			return false;
	return true;
}

/* The tree calls this with mmap_lock held for reading. */
void process_exit_mmap(struct mm_struct *mm)
{
	if (is_whole(mm))
		validate_mm(mm);
}

/* What an earlier test was charged in the same process is none of this one's. */
void mm_test_begin(void)
{
	vm_unacct_memory(percpu_counter_sum(&vm_committed_as));
}
