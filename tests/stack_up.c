// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks that grow up: how far they do, and what stops them.  The same for those that
 * grow down is in tests/stack.c; a stack that exec has not finished grows down here, too.
 */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "memory.h"
#include "space.h"
#include "../leaf/fault.h"
#include "../leaf/security.h"

#ifdef CONFIG_STACK_GROWSUP

/* A stack of four pages at page 4, and a guard gap of four pages. */
FIXTURE(stack_up) {
	FIXTURE_DATA(space) space;
	struct mm_struct *mm;
	unsigned long gap;
};

FIXTURE_SETUP(stack_up)
{
	fixture__space__setup(_metadata, &self->space, NULL);
	self->mm = self->space.mm;
	self->gap = stack_guard_gap;
	stack_guard_gap = PAGES(4);
	ASSERT_EQ(PAGE(4), space_map_stack_up(4, 4));
}

FIXTURE_TEARDOWN(stack_up)
{
	stack_guard_gap = self->gap;
	fixture__space__teardown(_metadata, &self->space, NULL);
}

/* Grow what ends last at or below an address.  Return: 0 or an error. */
static int grow(unsigned long address)
{
	struct vm_area_struct *vma, *below;
	int ret = -ENOENT;

	mmap_write_lock(current->mm);
	vma = find_vma_prev(current->mm, address, &below);
	if (vma && vma->vm_start <= address)
		below = vma;
	if (below)
		ret = expand_stack_locked(below, address);
	mmap_write_unlock(current->mm);
	return ret;
}

/* before  ....wwww
 *                   ^	to this page
 * after   ....wwwwwww
 */
TEST_F(stack_up, grows_to_the_page_that_is_needed)
{
	unsigned long committed = vm_memory_committed();
	unsigned long pgoff = space_vma(4)->vm_pgoff;

	ASSERT_EQ(0, grow(PAGE(10) + 100));
	ASSERT_SPACE("....wwwwwww");
	ASSERT_EQ(pgoff, space_vma(4)->vm_pgoff);
	ASSERT_TRUE(space_vma(4)->anon_vma);
	ASSERT_EQ(7, self->mm->total_vm);
	ASSERT_EQ(7, self->mm->stack_vm);
	ASSERT_EQ(0, self->mm->data_vm);
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(3, vm_memory_committed() - committed);
}

/* before  ....wwww	written to
 *              ^       the program writes above
 * after   ....wwwwww
 */
TEST_F(stack_up, grows_under_a_program_that_writes_above)
{
	struct vm_area_struct *vma = space_vma(4);

	ASSERT_WRITE(5, 1);
	ASSERT_WRITE(9, 2);
	ASSERT_SPACE("....wwwwww");
	ASSERT_EQ(vma, space_vma(9));
	ASSERT_MEMORY(1, 5);
	ASSERT_MEMORY(2, 9);
	ASSERT_MEMORY(0, 8);
	ASSERT_EQ(6, self->mm->stack_vm);
}

/* Below, it does not, and what does not grow has nothing above. */
TEST_F(stack_up, program_that_writes_elsewhere_gets_a_signal)
{
	ASSERT_EQ(PAGE(20), space_mmap(NULL, 20, 2, 'w', 0, 0));
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_write(3, 1));
	ASSERT_SIGNAL(SIGSEGV, SEGV_MAPERR, memory_write(22, 1));
	ASSERT_SPACE("....wwww............ww");
}

TEST_F(stack_up, stays_when_the_page_is_there)
{
	ASSERT_EQ(0, grow(PAGE(6)));
	ASSERT_SPACE("....wwww");
	ASSERT_EQ(4, self->mm->stack_vm);
}

/* before  ....wwww........rr
 *                    ^		leaves a gap of four pages
 *                     ^	of three: too little
 */
TEST_F(stack_up, stops_at_the_guard_gap)
{
	ASSERT_EQ(PAGE(16), space_mmap(NULL, 16, 2, 'r', 0, 0));
	ASSERT_EQ(-ENOMEM, grow(PAGE(12)));
	ASSERT_EQ(-ENOMEM, grow(PAGE(15)));
	ASSERT_SPACE("....wwww........rr");
	ASSERT_EQ(0, grow(PAGE(12) - 1));
	ASSERT_SPACE("....wwwwwwww....rr");
	ASSERT_EQ(-ENOMEM, grow(PAGE(12)));
	ASSERT_EQ(8, self->mm->stack_vm);
}

/* What is above, and how far the stack may grow towards it. */
FIXTURE(stack_up_towards) {
	FIXTURE_DATA(stack_up) stack;
};

FIXTURE_VARIANT(stack_up_towards) {
	char kind;
	unsigned long flags;
	bool grows_up;
	int ret;
	const char *after;
};

FIXTURE_SETUP(stack_up_towards)
{
	fixture__stack_up__setup(_metadata, &self->stack, NULL);
}

FIXTURE_TEARDOWN(stack_up_towards)
{
	fixture__stack_up__teardown(_metadata, &self->stack, NULL);
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(stack_up_towards, name) { __VA_ARGS__ }
ROW(what_can_be_accessed,	'r', 0, false, -ENOMEM, "....wwww...rr");
/* A guard that the program made itself is guard enough. */
ROW(what_cannot,		'n', 0, false, 0, "....wwwwwww|nn");
/* Both grow up: they may meet, and merge not. */
ROW(another_stack,		'w', 0, true, 0, "....wwwwwww|ww");
ROW(a_stack_that_grows_down,	'w', MAP_GROWSDOWN, false, -ENOMEM, "....wwww...ww");
#undef ROW

TEST_F(stack_up_towards, keeps_the_gap_that_is_needed)
{
	unsigned long above = variant->grows_up ? space_map_stack_up(11, 2) :
			      space_mmap(NULL, 11, 2, variant->kind, variant->flags, 0);

	ASSERT_EQ(PAGE(11), above);
	ASSERT_EQ(variant->ret, grow(PAGE(10)));
	ASSERT_SPACE(variant->after);
}

/* before  ....wwww..	then free up to the highest address of all */
TEST_F(stack_up, stops_at_the_end_of_the_address_space)
{
	unsigned long top = TASK_SIZE - PAGES(4);

	self->mm->def_flags |= VM_GROWSUP;
	ASSERT_EQ(top, vm_mmap(NULL, top, PAGES(2), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
	self->mm->def_flags &= ~VM_GROWSUP;
	ASSERT_EQ(-ENOMEM, grow(TASK_SIZE));
	ASSERT_EQ(0, grow(TASK_SIZE - 1));
	ASSERT_EQ(8, self->mm->stack_vm);
}

/* RLIMIT_STACK is ten pages, of which the stack has four. */
TEST_F(stack_up, stops_at_rlimit_stack)
{
	current->signal->rlim[RLIMIT_STACK].rlim_cur = PAGES(10);
	ASSERT_EQ(-ENOMEM, grow(PAGE(14)));
	ASSERT_SPACE("....wwww");
	ASSERT_EQ(0, grow(PAGE(13)));
	ASSERT_SPACE("....wwwwwwwwww");
	ASSERT_EQ(10, self->mm->stack_vm);
}

/* RLIMIT_AS is ten pages, of which two are mapped elsewhere. */
TEST_F(stack_up, stops_at_rlimit_as)
{
	ASSERT_EQ(PAGE(40), space_mmap(NULL, 40, 2, 'r', 0, 0));
	current->signal->rlim[RLIMIT_AS].rlim_cur = PAGES(10);
	ASSERT_EQ(-ENOMEM, grow(PAGE(12)));
	ASSERT_EQ(0, grow(PAGE(11)));
	ASSERT_EQ(10, self->mm->total_vm);
}

/* The stack is locked, and no more than six pages may be. */
TEST_F(stack_up, stops_at_rlimit_memlock)
{
	ASSERT_EQ(0, sys_mlock(PAGE(4), PAGES(4)));
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(6);
	ASSERT_EQ(-ENOMEM, grow(PAGE(10)));
	ASSERT_EQ(4, self->mm->locked_vm);
	ASSERT_EQ(0, grow(PAGE(9)));
	ASSERT_EQ(6, self->mm->locked_vm);
	ASSERT_TRUE(space_vma(9)->vm_flags & VM_LOCKED);
}

TEST_F(stack_up, asks_for_memory_to_commit)
{
	security_fail_nth("security_vm_enough_memory_mm", 1, -ENOMEM);
	ASSERT_EQ(-ENOMEM, grow(PAGE(9)));
	ASSERT_SPACE("....wwww");
	ASSERT_EQ(4, self->mm->stack_vm);
}

/* No memory at the n-th allocation: the stack stays as it is. */
TEST_F(stack_up, without_memory_stays_as_it_is)
{
	unsigned long committed = vm_memory_committed();
	unsigned long n;
	int ret;

	for (n = 1; ; n++) {
		ASSERT_GT(50, n);
		fault_fail_nth(n);
		ret = grow(PAGE(9));
		fault_fail_nth(0);
		if (!ret)
			break;
		ASSERT_TRUE(fault_fired());
		ASSERT_EQ(-ENOMEM, ret);
		ASSERT_SPACE("....wwww");
		ASSERT_EQ(4, self->mm->stack_vm);
		ASSERT_EQ(committed, vm_memory_committed());
	}
	ASSERT_LT(1, n);
	ASSERT_SPACE("....wwwwww");
}

/* before  ....wwww
 *                  ^	looked up with leave to grow
 * after   ....wwwwww
 */
TEST_F(stack_up, is_grown_by_find_extend_vma)
{
	struct vm_area_struct *vma;

	mmap_write_lock(self->mm);
	vma = find_extend_vma_locked(self->mm, PAGE(9) + 100);
	EXPECT_TRUE(vma && vma->vm_end == PAGE(10));
	EXPECT_EQ(vma, find_extend_vma_locked(self->mm, PAGE(4)));
	EXPECT_NULL(find_extend_vma_locked(self->mm, PAGE(3)));
	mmap_write_unlock(self->mm);
	ASSERT_SPACE("....wwwwww");
}

/* What grows a locked stack. */
FIXTURE(stack_up_locked) {
	FIXTURE_DATA(stack_up) stack;
};

FIXTURE_VARIANT(stack_up_locked) {
	int pages;
};

FIXTURE_SETUP(stack_up_locked)
{
	fixture__stack_up__setup(_metadata, &self->stack, NULL);
}

FIXTURE_TEARDOWN(stack_up_locked)
{
	fixture__stack_up__teardown(_metadata, &self->stack, NULL);
}

FIXTURE_VARIANT_ADD(stack_up_locked, by_a_page) { 1 };
FIXTURE_VARIANT_ADD(stack_up_locked, by_several) { 3 };

/* All of a locked VMA is in memory, as mlock(2) has it, what has been added as well. */
TEST_F(stack_up_locked, is_populated_by_find_extend_vma)
{
	struct mm_struct *mm = self->stack.mm;

	ASSERT_EQ(0, sys_mlock(PAGE(4), PAGES(4)));
	mmap_write_lock(mm);
	EXPECT_TRUE(find_extend_vma_locked(mm, PAGE(7 + variant->pages)));
	mmap_write_unlock(mm);
	ASSERT_EQ(4 + variant->pages, mm->locked_vm);
	ASSERT_EQ(4 + variant->pages, space_rss(mm, MM_ANONPAGES));
}

/* The tree populates from the address on, and leaves out what lies below it. */
XFAIL_ADD(stack_up_locked, by_several, is_populated_by_find_extend_vma);

/* expand_stack() is called with the lock held for reading, and gives it back so. */
TEST_F(stack_up, is_grown_by_expand_stack_under_the_read_lock)
{
	mmap_read_lock(self->mm);
	ASSERT_EQ(space_vma(4), expand_stack(self->mm, PAGE(9)));
	mmap_assert_locked(self->mm);
	mmap_read_unlock(self->mm);
	ASSERT_SPACE("....wwwwww");

	/* Somebody else may have mapped the page meanwhile: it is simply found. */
	mmap_read_lock(self->mm);
	ASSERT_EQ(space_vma(4), expand_stack(self->mm, PAGE(8)));
	mmap_read_unlock(self->mm);
	ASSERT_SPACE("....wwwwww");
}

/* When it fails, expand_stack() has dropped the lock. */
TEST_F(stack_up, expand_stack_that_fails_drops_the_lock)
{
	current->signal->rlim[RLIMIT_STACK].rlim_cur = PAGES(4);
	mmap_read_lock(self->mm);
	ASSERT_NULL(expand_stack(self->mm, PAGE(8)));
	ASSERT_FALSE(rwsem_is_locked(&self->mm->mmap_lock));
	ASSERT_SPACE("....wwww");
}

/* before  wwww....	that does not grow
 *              ^
 */
TEST_F(space, stack_up_growth_of_an_ordinary_vma_is_efault)
{
	space_map("wwww");
	ASSERT_EQ(-EFAULT, grow(PAGE(4)));
	ASSERT_SPACE("wwww");
}

/* before  ........wwww    as exec has it before it knows where the stack will be
 *            ^
 * after   ...wwwwwwwww
 */
TEST_F(space, stack_up_that_is_not_complete_grows_down)
{
	struct vm_area_struct *vma;
	int ret;

	ASSERT_EQ(PAGE(8), space_mmap(NULL, 8, 4, 'w', MAP_GROWSDOWN, 0));
	vma = space_vma(8);
	mmap_write_lock(self->mm);
	ret = expand_downwards(vma, PAGE(3));
	mmap_write_unlock(self->mm);
	ASSERT_EQ(0, ret);
	ASSERT_SPACE("...wwwwwwwww");
	ASSERT_EQ(0, self->mm->stack_vm);	/* it is not the stack yet */
	ASSERT_EQ(9, self->mm->data_vm);
}

/* before  ....wwww	that grows up
 *              =	with PROT_GROWSUP: all of it from there on
 * after   ....w|rrr
 */
TEST_F(stack_up, mprotect_growsup_ends_where_the_vma_does)
{
	ASSERT_EQ(0, sys_mprotect(PAGE(5), PAGES(1), PROT_READ | PROT_GROWSUP));
	ASSERT_SPACE("....w|rrr");
	ASSERT_EQ(-EINVAL, sys_mprotect(PAGE(5), PAGES(1), PROT_READ | PROT_GROWSDOWN));
}

/* Nothing is mapped as high as the stack may become. */
TEST_F(space, stack_up_has_room_above_what_mmap_finds)
{
	unsigned long addr = vm_mmap(NULL, 0, PAGES(1), PROT_READ,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);

	ASSERT_FALSE(SPACE_IS_ERR(addr));
	ASSERT_LE(addr + PAGES(1), STACK_TOP - rlimit(RLIMIT_STACK));
}

/* Faults that do not take the mmap_lock must be kept out while a stack grows. */
TEST_F(stack_up, is_write_locked_when_it_has_grown)
{
	struct vm_area_struct *vma = space_vma(4);

	mmap_write_lock(self->mm);
	ASSERT_EQ(0, expand_stack_locked(vma, PAGE(9)));
	ASSERT_NULL(lock_vma_under_rcu(self->mm, PAGE(9)));
	ASSERT_NULL(lock_vma_under_rcu(self->mm, PAGE(4)));
	vma_assert_write_locked(vma);
	mmap_write_unlock(self->mm);
	ASSERT_EQ(vma, lock_vma_under_rcu(self->mm, PAGE(9)));
	vma_end_read(vma);
}

#endif /* CONFIG_STACK_GROWSUP */
