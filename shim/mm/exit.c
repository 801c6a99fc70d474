// SPDX-License-Identifier: GPL-2.0
/*
 * The end of an address space.
 *
 * Guarantees: with CONFIG_DEBUG_VM_MAPLE_TREE, the tree's validate_mm() checks each address
 * space once more before it is torn down, and so after each test.
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
 * After a fork() that failed, the tree has a marker instead of VMAs, or the mm_struct has a
 * flag and no VMAs.
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

/* Called with mmap_lock held for reading. */
void shim_exit_mmap(struct mm_struct *mm)
{
	if (is_whole(mm))
		validate_mm(mm);
}

/* There are no mappings of the architecture, such as a vdso. */
const char *arch_vma_name(struct vm_area_struct *vma)
{
	return NULL;
}

#ifdef CONFIG_STACK_GROWSUP
/*
 * The end of mmap()'s range, below the largest possible stack: exec reserves the hard limit
 * of the stack, which is one gigabyte here.
 */
unsigned long mmap_upper_limit(const struct rlimit *stack)
{
	unsigned long most = stack ? stack->rlim_max : rlimit_max(RLIMIT_STACK);

	return PAGE_ALIGN(STACK_TOP - min(most, SZ_1G));
}
#endif

/* With --no-fork, forget charges of earlier tests. */
void mm_test_begin(void)
{
	vm_unacct_memory(percpu_counter_sum(&vm_committed_as));
}
