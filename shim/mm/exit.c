// SPDX-License-Identifier: GPL-2.0
/*
 * The end of an address space.
 *
 * Guarantees: where the tree has its own check of VMAs and maple tree, which it
 * makes after it has changed them (CONFIG_DEBUG_VM_MAPLE_TREE), every address
 * space passes it once more before it is torn down, and so after every test.
 */
#include "shim/shim.h"
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/oom.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
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
void shim_exit_mmap(struct mm_struct *mm)
{
	if (is_whole(mm))
		validate_mm(mm);
}

#ifdef CONFIG_STACK_GROWSUP
/*
 * Where mmap() ends to look for room: above is the stack, as far as it can ever grow.
 * exec makes room for no more than its hard limit, of which there is none here beyond
 * a gigabyte.
 */
unsigned long mmap_upper_limit(const struct rlimit *stack)
{
	unsigned long most = stack ? stack->rlim_max : rlimit_max(RLIMIT_STACK);

	return PAGE_ALIGN(STACK_TOP - min(most, SZ_1G));
}
#endif

/* What an earlier test was charged in the same process is none of this one's. */
void mm_test_begin(void)
{
	vm_unacct_memory(percpu_counter_sum(&vm_committed_as));
}
