// SPDX-License-Identifier: GPL-2.0
/*
 * Tests for stacks that grow up only; tests for all stacks are in tests/stack.c. Until exec
 * has finished, a stack grows down here, too.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/memory.h"
#include "tests/stack.h"

#ifdef CONFIG_STACK_GROWSUP

/* before  ....................wwww	written to
 *                              ^       the program writes above
 * after   ....................wwwwww
 */
TEST_F(stack, grows_under_a_program_that_writes_above)
{
	ASSERT_WRITE(21, 1);
	ASSERT_WRITE(25, 2);
	ASSERT_SPACE("....................wwwwww");
	ASSERT_EQ(self->vma, aspace_vma(25));
	ASSERT_MEMORY(1, 21);
	ASSERT_MEMORY(2, 25);
	ASSERT_MEMORY(0, 24);
	ASSERT_EQ(6, self->mm->stack_vm);
}

/* Below, it does not, and what does not grow has nothing above. */
TEST_F(stack, program_writing_elsewhere_gets_sigsegv)
{
	ASSERT_EQ(PAGE(36), aspace_mmap(NULL, 36, 2, 'w', 0, 0));
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_write(19, 1));
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_write(38, 1));
	ASSERT_SPACE("....................wwww............ww");
}

/* before  ww..	and no more: the address space ends there */
TEST_F(aspace, stack_up_stops_at_end_of_address_space)
{
	unsigned long top = TASK_SIZE - PAGES(4);
	struct vm_area_struct *vma;

	self->mm->def_flags |= VM_GROWSUP;
	ASSERT_EQ(top, vm_mmap(NULL, top, PAGES(2), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	self->mm->def_flags &= ~VM_GROWSUP;
	mmap_write_lock(self->mm);
	vma = find_vma(self->mm, top);
	EXPECT_EQ(-ENOMEM, expand_stack_locked(vma, TASK_SIZE));
	EXPECT_EQ(top + PAGES(2), vma->vm_end);
	EXPECT_EQ(0, expand_stack_locked(vma, TASK_SIZE - 1));
	mmap_write_unlock(self->mm);
	ASSERT_EQ(TASK_SIZE, vma->vm_end);
	ASSERT_EQ(4, self->mm->stack_vm);
}

/* before  ........wwww    as exec has it before it knows where the stack will be
 *            ^
 * after   ...wwwwwwwww
 */
TEST_F(aspace, stack_up_that_is_not_complete_grows_down)
{
	struct vm_area_struct *vma;
	int ret;

	ASSERT_EQ(PAGE(8), aspace_mmap(NULL, 8, 4, 'w', MAP_GROWSDOWN, 0));
	vma = aspace_vma(8);
	mmap_write_lock(self->mm);
	ret = expand_downwards(vma, PAGE(3));
	mmap_write_unlock(self->mm);
	ASSERT_EQ(0, ret);
	ASSERT_SPACE("...wwwwwwwww");
	ASSERT_EQ(0, self->mm->stack_vm);	/* it is not the stack yet */
	ASSERT_EQ(9, self->mm->data_vm);
}

/* before  ....................wwww	that grows up
 *                              =	with PROT_GROWSUP: all of it from there on
 * after   ....................w|rrr
 */
TEST_F(stack, mprotect_growsup_ends_where_the_vma_does)
{
	ASSERT_EQ(0, sys_mprotect(PAGE(21), PAGES(1), PROT_READ | PROT_GROWSUP));
	ASSERT_SPACE("....................w|rrr");
	ASSERT_EQ(-EINVAL, sys_mprotect(PAGE(21), PAGES(1), PROT_READ | PROT_GROWSDOWN));
}

/* Nothing is mapped as high as the stack may become. */
TEST_F(aspace, stack_up_has_room_above_what_mmap_finds)
{
	unsigned long addr = vm_mmap(NULL, 0, PAGES(1), PROT_READ,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);

	ASSERT_FALSE(ASPACE_IS_ERR(addr));
	ASSERT_LE(addr + PAGES(1), STACK_TOP - rlimit(RLIMIT_STACK));
}

#endif /* CONFIG_STACK_GROWSUP */
