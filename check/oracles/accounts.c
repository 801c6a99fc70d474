// SPDX-License-Identifier: GPL-2.0
/*
 * What goes wrong while mmap_lock is held for writing, which is looked at when it
 * is let go.  The line before each test says with which message it has to fail.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <mm/internal.h>
#include <generated/features.h>
#include <tests/aspace.h>

/* Between two lines of these stands what is done wrong. */
static struct mm_struct *begin(void)
{
	aspace_map("ww..ww");
	mmap_write_lock(current->mm);
	return current->mm;
}

static struct vm_area_struct *first(void)
{
	return find_vma(current->mm, PAGE(0));
}

static void end(void)
{
	mmap_write_unlock(current->mm);
}

/* passes */
TEST_F(aspace, does_nothing_wrong)
{
	begin();
	vma_start_write(first());
	vm_flags_set(first(), VM_DONTCOPY);
	end();
}

/* fails: map_count is 3, but the VMAs add up to 2 */
TEST_F(aspace, miscounts_vmas)
{
	begin()->map_count++;
	end();
	self->mm->map_count--;
}

/* fails: total_vm is 3, but the VMAs add up to 4 */
TEST_F(aspace, miscounts_pages)
{
	begin()->total_vm--;
	end();
	self->mm->total_vm++;
}

/* fails: locked_vm is 2, but the VMAs add up to 0 */
TEST_F(aspace, miscounts_locked_pages)
{
	begin()->locked_vm += 2;
	end();
}

/* fails: data_vm is 6, but the VMAs add up to 4 */
TEST_F(aspace, miscounts_data_pages)
{
	begin()->data_vm += 2;
	end();
	self->mm->data_vm -= 2;
}

/* fails: exec_vm is 1, but the VMAs add up to 0/stack_vm is 1, but */
TEST_F(aspace, miscounts_exec_and_stack_pages)
{
	begin()->exec_vm++;
	self->mm->stack_vm++;
	end();
	self->mm->exec_vm--;
	self->mm->stack_vm--;
}

/* fails: committed memory is 7, but the VMAs add up to 4 */
TEST_F(aspace, charges_too_much)
{
	begin();
	vm_acct_memory(3);
	end();
	vm_unacct_memory(3);
}

/* fails: committed memory is 4, but the VMAs add up to 2 */
TEST_F(aspace, forgets_what_is_charged)
{
	begin();
	vma_start_write(first());
	vm_flags_clear(first(), VM_ACCOUNT);
	end();
	vm_unacct_memory(2);
}

/* fails: total_vm has grown from 4 to 6 pages, beyond RLIMIT_AS of 5 */
TEST_F(aspace, grows_beyond_a_limit)
{
	begin()->total_vm += 2;
	current->signal->rlim[RLIMIT_AS].rlim_cur = PAGES(5);
	end();
	self->mm->total_vm -= 2;
}

#ifdef CONFIG_PER_VMA_LOCK

/* fails: VMA 10000000-10002000: was changed without being write-locked */
TEST_F(aspace, changes_an_unlocked_vma)
{
	begin();
	first()->vm_pgoff++;
	end();
	aspace_vma(0)->vm_pgoff--;
}

/* fails: VMA 10000000-10002000: is stored in the tree without being write-locked/^#       at test__aspace__stores_an_unlocked_vma .check.oracles.accounts.c: */
TEST_F(aspace, stores_an_unlocked_vma)
{
	VMA_ITERATOR(vmi, self->mm, PAGE(0));
	struct vm_area_struct *vma;

	begin();
	vma = vma_next(&vmi);
	vma_iter_config(&vmi, PAGE(0), PAGE(2));
	ASSERT_EQ(0, mas_store_gfp(&vmi.mas, vma, GFP_KERNEL));
	end();
}

/* fails: VMA 10000000-10002000: is still write-locked */
TEST_F(aspace, leaves_a_vma_locked)
{
	begin();
	vma_start_write(first());
	up_write(&self->mm->mmap_lock);
	ASSERT_EQ(0, down_write_killable(&self->mm->mmap_lock));
	end();
}

/* fails: VMA 10000000-10001000: changes its range while its anon_vma is not locked */
TEST_F(aspace, moves_a_border_without_the_locks_of_rmap)
{
	VMA_ITERATOR(vmi, self->mm, PAGE(0));
	struct vm_area_struct *vma;

	aspace_map("ww");
	mm_populate(PAGE(0), PAGES(2));
	mmap_write_lock(self->mm);
	vma = vma_next(&vmi);
	vma_start_write(vma);
	vma->vm_end = PAGE(1);
	ASSERT_EQ(0, mas_store_gfp(&vmi.mas, vma, GFP_KERNEL));
	vma->vm_end = PAGE(2);
	end();
}

#endif

#ifdef CONFIG_PER_VMA_LOCK
/* fails: VMA 10000000-10002000: was changed before it was write-locked/locks_too_late */
TEST_F(aspace, locks_too_late)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	mmap_write_lock(self->mm);
	vma = vma_lookup(self->mm, PAGE(0));
	vm_flags_init(vma, vma->vm_flags | VM_DONTCOPY);
	vma_start_write(vma);
	mmap_write_unlock(self->mm);
}

/* fails: VMA 10000000-10002000: was changed while mmap_lock was not write-locked */
TEST_F(aspace, changes_a_vma_without_any_lock)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	vma = aspace_vma(0);
	vm_flags_init(vma, vma->vm_flags | VM_DONTCOPY);
	mmap_write_lock(self->mm);
	mmap_write_unlock(self->mm);
}
#endif

#ifdef HAVE_UNFAULTED_PGOFF
/* fails: VMA 10000000-10002000: has no anonymous pages, but its offset is not that of its address */
TEST_F(aspace, misplaces_an_untouched_vma)
{
	struct vm_area_struct *vma;

	aspace_map("ww");
	mmap_write_lock(self->mm);
	vma = vma_lookup(self->mm, PAGE(0));
	vma_start_write(vma);
	vma->vm_pgoff++;
	mmap_write_unlock(self->mm);
}
#endif

#ifdef CONFIG_SECURITY
/* fails: security_mmap_file is called with mmap_lock held */
TEST_F(aspace, asks_about_a_mapping_under_mmap_lock)
{
	mmap_read_lock(self->mm);
	security_mmap_file(NULL, PROT_READ, MAP_PRIVATE);
	mmap_read_unlock(self->mm);
}
#endif
