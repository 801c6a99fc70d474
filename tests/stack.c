// SPDX-License-Identifier: GPL-2.0
/* Stacks that grow down: how far they do, and what stops them. */
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "space.h"
#include "../leaf/fault.h"
#include "../leaf/security.h"

#ifndef CONFIG_STACK_GROWSUP

/* A stack of four pages at page 20, and a guard gap of four pages. */
FIXTURE(stack) {
	FIXTURE_DATA(space) space;
	struct mm_struct *mm;
	unsigned long gap;
};

FIXTURE_SETUP(stack)
{
	fixture__space__setup(_metadata, &self->space, NULL);
	self->mm = self->space.mm;
	self->gap = stack_guard_gap;
	stack_guard_gap = PAGES(4);
	ASSERT_EQ(PAGE(20), space_mmap(NULL, 20, 4, 'w', MAP_GROWSDOWN, 0));
}

FIXTURE_TEARDOWN(stack)
{
	stack_guard_gap = self->gap;
	fixture__space__teardown(_metadata, &self->space, NULL);
}

/* Grow the stack to an address.  Return: 0 or an error. */
static int grow(unsigned long address)
{
	struct vm_area_struct *vma;
	int ret = -ENOENT;

	mmap_write_lock(current->mm);
	vma = find_vma(current->mm, address);
	if (vma)
		ret = expand_stack_locked(vma, address);
	mmap_write_unlock(current->mm);
	return ret;
}

/* before  ....................wwww
 *                         ^         to this page
 * after   ................wwwwwwww
 */
TEST_F(stack, grows_down_to_the_page_that_is_needed)
{
	unsigned long committed = vm_memory_committed();

	ASSERT_EQ(0, grow(PAGE(16) + 100));
	ASSERT_SPACE("................wwwwwwww");
	ASSERT_EQ(PAGE(16) >> PAGE_SHIFT, space_vma(16)->vm_pgoff);
	ASSERT_TRUE(space_vma(16)->anon_vma);
	ASSERT_EQ(8, self->mm->total_vm);
	ASSERT_EQ(8, self->mm->stack_vm);
	ASSERT_EQ(0, self->mm->data_vm);
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(4, vm_memory_committed() - committed);
}

/* before  ....................wwww   with pages
 * after   ..................wwwwww   they keep their place in the anon_vma
 */
TEST_F(stack, grows_below_touched_pages)
{
	struct vm_area_struct *vma = space_vma(20);
	struct anon_vma *anon_vma;

	mm_populate(PAGE(20), PAGES(4));
	anon_vma = vma->anon_vma;
	ASSERT_EQ(0, grow(PAGE(18)));
	ASSERT_SPACE("..................wwwwww");
	ASSERT_EQ(vma, space_vma(18));
	ASSERT_EQ(anon_vma, vma->anon_vma);
	ASSERT_EQ(4, space_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, vm_munmap(PAGE(18), PAGES(6)));
	ASSERT_EQ(0, space_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(0, self->mm->stack_vm);
}

/* An address that the stack has already is no reason to grow. */
TEST_F(stack, stays_when_the_page_is_there)
{
	ASSERT_EQ(0, grow(PAGE(21)));
	ASSERT_SPACE("....................wwww");
	ASSERT_EQ(4, self->mm->stack_vm);
}

/* before  rr..................wwww
 *               ^                    leaves a gap of four pages
 *              ^                     of three: too little
 */
TEST_F(stack, stops_at_the_guard_gap)
{
	ASSERT_EQ(PAGE(0), space_mmap(NULL, 0, 2, 'r', 0, 0));
	ASSERT_EQ(-ENOMEM, grow(PAGE(5)));
	ASSERT_EQ(-ENOMEM, grow(PAGE(6) - 1));
	ASSERT_EQ(-ENOMEM, grow(PAGE(2)));
	ASSERT_SPACE("rr..................wwww");
	ASSERT_EQ(0, grow(PAGE(6)));
	ASSERT_SPACE("rr....wwwwwwwwwwwwwwwwww");
	ASSERT_EQ(-ENOMEM, grow(PAGE(5)));
	ASSERT_EQ(18, self->mm->stack_vm);
}

/* before  nn..................wwww   a guard that the program made itself
 * after   nn|wwwwwwwwwwwwwwwwwwwwww  is guard enough
 */
TEST_F(stack, needs_no_gap_to_what_has_no_access)
{
	ASSERT_EQ(PAGE(0), space_mmap(NULL, 0, 2, 'n', 0, 0));
	ASSERT_EQ(0, grow(PAGE(2)));
	ASSERT_SPACE("nn|wwwwwwwwwwwwwwwwwwwwww");
	ASSERT_EQ(22, self->mm->stack_vm);
}

/* before  ww..................wwww   both grow down: they may meet, and merge not
 * after   ww|wwwwwwwwwwwwwwwwwwwwww
 */
TEST_F(stack, needs_no_gap_to_another_stack)
{
	ASSERT_EQ(PAGE(0), space_mmap(NULL, 0, 2, 'w', MAP_GROWSDOWN, 0));
	ASSERT_EQ(0, grow(PAGE(2)));
	ASSERT_SPACE("ww|wwwwwwwwwwwwwwwwwwwwww");
	ASSERT_EQ(24, self->mm->stack_vm);
}

/* RLIMIT_STACK is ten pages, of which the stack has four. */
TEST_F(stack, stops_at_rlimit_stack)
{
	current->signal->rlim[RLIMIT_STACK].rlim_cur = PAGES(10);
	ASSERT_EQ(-ENOMEM, grow(PAGE(13)));
	ASSERT_SPACE("....................wwww");
	ASSERT_EQ(0, grow(PAGE(14)));
	ASSERT_SPACE("..............wwwwwwwwww");
	ASSERT_EQ(-ENOMEM, grow(PAGE(13)));
	ASSERT_EQ(10, self->mm->stack_vm);
}

/* RLIMIT_AS is ten pages, of which two are mapped elsewhere. */
TEST_F(stack, stops_at_rlimit_as)
{
	ASSERT_EQ(PAGE(40), space_mmap(NULL, 40, 2, 'r', 0, 0));
	current->signal->rlim[RLIMIT_AS].rlim_cur = PAGES(10);
	ASSERT_EQ(-ENOMEM, grow(PAGE(15)));
	ASSERT_EQ(0, grow(PAGE(16)));
	ASSERT_EQ(10, self->mm->total_vm);
}

/* before  ....................wwww   locked
 * after   ..................wwwwww   so is what is added
 */
TEST_F(stack, stays_locked_as_it_grows)
{
	ASSERT_EQ(0, sys_mlock(PAGE(20), PAGES(4)));
	ASSERT_EQ(0, grow(PAGE(18)));
	ASSERT_EQ(6, self->mm->locked_vm);
	ASSERT_TRUE(space_vma(18)->vm_flags & VM_LOCKED);
}

#ifdef CONFIG_MULTIUSER	/* else everybody has CAP_IPC_LOCK */
/* The stack is locked, and no more than six pages may be. */
TEST_F(stack, stops_at_rlimit_memlock)
{
	ASSERT_EQ(0, sys_mlock(PAGE(20), PAGES(4)));
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(6);
	ASSERT_EQ(-ENOMEM, grow(PAGE(17)));
	ASSERT_SPACE("....................wwww");
	ASSERT_EQ(4, self->mm->locked_vm);
	ASSERT_EQ(0, grow(PAGE(18)));
	ASSERT_EQ(6, self->mm->locked_vm);
}
#endif

#ifdef CONFIG_SECURITY
/* There is no memory left to commit. */
TEST_F(stack, asks_for_memory_to_commit)
{
	security_fail_nth("security_vm_enough_memory_mm", 1, -ENOMEM);
	ASSERT_EQ(-ENOMEM, grow(PAGE(18)));
	ASSERT_SPACE("....................wwww");
	ASSERT_EQ(4, self->mm->stack_vm);
}
#endif

/* No memory at the n-th allocation: the stack stays as it is. */
TEST_F(stack, without_memory_stays_as_it_is)
{
	unsigned long committed = vm_memory_committed();
	unsigned long n;
	int ret;

	for (n = 1; ; n++) {
		ASSERT_GT(50, n);
		fault_fail_nth(n);
		ret = grow(PAGE(18));
		fault_fail_nth(0);
		if (!ret)
			break;
		ASSERT_TRUE(fault_fired());
		ASSERT_EQ(-ENOMEM, ret);
		ASSERT_SPACE("....................wwww");
		ASSERT_EQ(4, self->mm->stack_vm);
		ASSERT_EQ(committed, vm_memory_committed());
	}
	ASSERT_LT(1, n);
	ASSERT_SPACE("..................wwwwww");
}

/* before  ....................wwww
 *                           ^         looked up with leave to grow
 * after   ..................wwwwww
 */
TEST_F(stack, is_grown_by_find_extend_vma)
{
	struct vm_area_struct *vma;

	mmap_write_lock(self->mm);
	vma = find_extend_vma_locked(self->mm, PAGE(18) + 100);
	mmap_write_unlock(self->mm);
	ASSERT_TRUE(vma);
	ASSERT_EQ(PAGE(18), vma->vm_start);
	ASSERT_SPACE("..................wwwwww");
	/* Nothing there, and nothing that could be: nothing found. */
	mmap_write_lock(self->mm);
	vma = find_extend_vma_locked(self->mm, PAGE(30));
	mmap_write_unlock(self->mm);
	ASSERT_NULL(vma);
}

/* The same for a locked stack, which gets its pages on the way. */
TEST_F(stack, is_populated_by_find_extend_vma_if_locked)
{
	ASSERT_EQ(0, sys_mlock(PAGE(20), PAGES(4)));
	mmap_write_lock(self->mm);
	EXPECT_TRUE(find_extend_vma_locked(self->mm, PAGE(18)));
	mmap_write_unlock(self->mm);
	ASSERT_EQ(6, space_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(6, self->mm->locked_vm);
}

/* expand_stack() is called with the lock held for reading, and gives it back so. */
TEST_F(stack, is_grown_by_expand_stack_under_the_read_lock)
{
	struct vm_area_struct *vma;

	mmap_read_lock(self->mm);
	vma = expand_stack(self->mm, PAGE(18));
	ASSERT_TRUE(vma);
	EXPECT_EQ(PAGE(18), vma->vm_start);
	mmap_assert_locked(self->mm);
	mmap_read_unlock(self->mm);
	ASSERT_SPACE("..................wwwwww");

	/* Somebody else may have mapped the page meanwhile: it is simply found. */
	mmap_read_lock(self->mm);
	vma = expand_stack(self->mm, PAGE(19));
	ASSERT_TRUE(vma);
	mmap_read_unlock(self->mm);
	ASSERT_SPACE("..................wwwwww");
}

/* When it fails, expand_stack() has dropped the lock. */
TEST_F(stack, expand_stack_that_fails_drops_the_lock)
{
	current->signal->rlim[RLIMIT_STACK].rlim_cur = PAGES(4);
	mmap_read_lock(self->mm);
	ASSERT_NULL(expand_stack(self->mm, PAGE(18)));
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
	ASSERT_SPACE("....................wwww");
}

/* before  ....wwww   that does not grow
 *           ^
 */
TEST_F(space, stack_growth_of_an_ordinary_vma_is_efault)
{
	space_map("....wwww");
	ASSERT_EQ(-EFAULT, grow(PAGE(2)));
	ASSERT_SPACE("....wwww");
	mmap_write_lock(self->mm);
	EXPECT_NULL(find_extend_vma_locked(self->mm, PAGE(2)));
	mmap_write_unlock(self->mm);
	ASSERT_SPACE("....wwww");
}

/* A stack as low as may be: it does not grow below mmap_min_addr. */
TEST_F(space, stack_growth_below_the_lowest_address_is_eperm)
{
	unsigned long addr = mmap_min_addr + PAGES(1);

	if (!mmap_min_addr)
		SKIP(return, "address 0 can be mapped here");
	ASSERT_EQ(addr, vm_mmap(NULL, addr, PAGES(1), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, 0));
	ASSERT_EQ(-EPERM, grow(mmap_min_addr - 1));
	ASSERT_EQ(-EPERM, grow(0));
	ASSERT_EQ(0, grow(mmap_min_addr));
	ASSERT_EQ(2, self->mm->stack_vm);
}

/*
 * A stack that was written to keeps its offsets when it is moved: there are as many
 * below it as it had pages below it where it came from, and no more to grow by.
 */
TEST_F(space, stack_that_was_moved_up_grows_no_further_than_its_offset)
{
	unsigned long low = max(mmap_min_addr, PAGES(16)), pages = low >> PAGE_SHIFT;
	struct vm_area_struct *vma;

	ASSERT_GT(40, pages);
	ASSERT_EQ(low, vm_mmap(NULL, low, PAGES(1), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, 0));
	mm_populate(low, PAGES(1));
	ASSERT_EQ(PAGE(40), sys_mremap(low, PAGES(1), PAGES(1),
				       MREMAP_MAYMOVE | MREMAP_FIXED, PAGE(40)));
	vma = space_vma(40);
	ASSERT_EQ(pages, vma->vm_pgoff);
	ASSERT_EQ(-ENOMEM, grow(PAGE(40 - pages - 1)));
	ASSERT_EQ(PAGE(40), vma->vm_start);
	ASSERT_EQ(1, self->mm->stack_vm);
	ASSERT_EQ(0, grow(PAGE(40 - pages)));
	ASSERT_EQ(PAGE(40 - pages), vma->vm_start);
	ASSERT_EQ(0, vma->vm_pgoff);
	ASSERT_EQ(pages + 1, self->mm->stack_vm);
}

/* before  ....wwww
 * mmap    somewhere: not right below a stack, but a gap away from it
 */
TEST_F(space, stack_gap_is_kept_free_by_mmap)
{
	unsigned long top = self->mm->mmap_base;
	unsigned long stack = top - PAGES(8), addr;

	ASSERT_EQ(stack, vm_mmap(NULL, stack, PAGES(8), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, 0));
	addr = vm_mmap(NULL, 0, PAGES(1), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	ASSERT_FALSE(SPACE_IS_ERR(addr));
	if (addr < stack)
		ASSERT_LE(addr + PAGES(1) + stack_guard_gap, stack);
	/* Without a stack there is no gap. */
	ASSERT_EQ(0, vm_munmap(addr, PAGES(1)));
	ASSERT_EQ(stack, vm_mmap(NULL, stack, PAGES(8), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	addr = vm_mmap(NULL, 0, PAGES(1), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (addr < stack)
		ASSERT_EQ(stack, addr + PAGES(1));
}

#ifdef CONFIG_PER_VMA_LOCK
/* Faults that do not take the mmap_lock must be kept out while a stack grows. */
TEST_F(stack, is_write_locked_when_it_has_grown)
{
	struct vm_area_struct *vma = space_vma(20);

	ASSERT_EQ(vma, lock_vma_under_rcu(self->mm, PAGE(20)));
	vma_end_read(vma);
	mmap_write_lock(self->mm);
	ASSERT_EQ(0, expand_stack_locked(vma, PAGE(18)));
	ASSERT_NULL(lock_vma_under_rcu(self->mm, PAGE(18)));
	ASSERT_NULL(lock_vma_under_rcu(self->mm, PAGE(20)));
	vma_assert_write_locked(vma);
	mmap_write_unlock(self->mm);
	ASSERT_EQ(vma, lock_vma_under_rcu(self->mm, PAGE(18)));
	vma_end_read(vma);
}
#endif

#endif /* !CONFIG_STACK_GROWSUP */
