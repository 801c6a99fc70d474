// SPDX-License-Identifier: GPL-2.0
/* VMAs that the kernel creates itself: special mappings, such as the vdso, and exec's stack. */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/rmap.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#if __has_include(<mm/vma_exec.c>)
#include <mm/vma.h>
#endif
#include <generated/features.h>
#include "tests/aspace.h"
#include "tests/tasks.h"
#include "shim/lib/fault-inject.h"
#include "shim/security/security.h"
#include "shim/kernel/signal.h"

static const struct vm_special_mapping special = { .name = "[special]" };

static struct vm_area_struct *install(int page, int pages, vm_flags_t flags)
{
	struct vm_area_struct *vma;

	mmap_write_lock(current->mm);
	vma = _install_special_mapping(current->mm, PAGE(page), PAGES(pages), flags, &special);
	mmap_write_unlock(current->mm);
	return vma;
}

#define READ_EXEC	(VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYEXEC)

/* before  ......, after ..xx..: it cannot grow, is not locked, belongs to no file */
TEST_F(aspace, special_mapping_is_fixed_and_counted)
{
	struct vm_area_struct *vma;

	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE | MCL_CURRENT));
	vma = install(2, 2, READ_EXEC);
	ASSERT_FALSE(IS_ERR(vma));
	ASSERT_SPACE("..xx");
	ASSERT_EQ(vma, aspace_vma(2));
	ASSERT_TRUE(vma->vm_flags & VM_DONTEXPAND);
	ASSERT_FALSE(vma->vm_flags & (VM_LOCKED | VM_LOCKONFAULT));
	ASSERT_NULL(vma->vm_file);
	ASSERT_EQ(0, vma->vm_pgoff);
	ASSERT_EQ(VM_SOFTDIRTY, vma->vm_flags & VM_SOFTDIRTY);
	ASSERT_EQ(pgprot_val(vm_get_page_prot(vma->vm_flags)), pgprot_val(vma->vm_page_prot));
	ASSERT_EQ(&special, vma->vm_private_data);
	ASSERT_TRUE(vma_is_special_mapping(vma, &special));
	ASSERT_EQ(2, self->mm->total_vm);
	ASSERT_EQ(2, self->mm->exec_vm);
	ASSERT_EQ(0, self->mm->locked_vm);
	ASSERT_EQ(1, self->mm->map_count);
	/* It is no neighbour of anything. */
	aspace_map(".x..x");
	ASSERT_SPACE(".x|xx|x");
	ASSERT_EQ(-EFAULT, (int)sys_mremap(PAGE(2), PAGES(2), PAGES(8), MREMAP_MAYMOVE, 0));
	ASSERT_EQ(0, vm_munmap(PAGE(1), PAGES(4)));
	ASSERT_EQ(0, self->mm->total_vm);
}

/* What is in it has its place: a part cannot go, nor be protected in another way. */
TEST_F(aspace, special_mapping_is_not_split)
{
	ASSERT_FALSE(IS_ERR(install(2, 2, READ_EXEC)));
	ASSERT_EQ(-EINVAL, vm_munmap(PAGE(2), PAGES(1)));
	ASSERT_EQ(-EINVAL, vm_munmap(PAGE(3), PAGES(1)));
	ASSERT_EQ(-EINVAL, sys_mprotect(PAGE(2), PAGES(1), PROT_READ));
	ASSERT_SPACE("..xx");
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_SPACE("");
}

/* before  .ww.w. and on: there is something already, or room for two pages just so */
TEST_F(aspace, special_mapping_takes_nobodys_place)
{
	aspace_map(".ww.w..w");
	ASSERT_EQ(-ENOMEM, (int)PTR_ERR(install(2, 2, READ_EXEC)));
	ASSERT_EQ(-ENOMEM, (int)PTR_ERR(install(3, 2, READ_EXEC)));
	ASSERT_SPACE(".ww.w..w");
	ASSERT_EQ(4, self->mm->total_vm);
	ASSERT_FALSE(IS_ERR(install(5, 2, READ_EXEC)));
	ASSERT_SPACE(".ww.w|xx|w");
}

/* What all that is mapped from now on is to have, such a mapping has, too. */
TEST_F(aspace, special_mapping_has_default_flags_of_mm)
{
	struct vm_area_struct *vma;

	self->mm->def_flags |= VM_NOHUGEPAGE;
	vma = install(2, 2, READ_EXEC);
	ASSERT_FALSE(IS_ERR(vma));
	ASSERT_EQ(VM_NOHUGEPAGE, vma->vm_flags & VM_NOHUGEPAGE);
}

FIXTURE(special) {
	FIXTURE_DATA(aspace) aspace;
	struct mm_struct *mm;
};

FIXTURE_VARIANT(special) {
	vm_flags_t flags;
};

FIXTURE_SETUP(special)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->mm = self->aspace.mm;
}

FIXTURE_TEARDOWN(special)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

FIXTURE_VARIANT_ADD(special, for_free) { READ_EXEC };
FIXTURE_VARIANT_ADD(special, accounted) { READ_EXEC | VM_ACCOUNT };

TEST_F(special, mapping_without_memory_is_enomem)
{
	struct vm_area_struct *vma;
	int n;

	aspace_map("w.w");
	for (n = 1; ; n++) {
		unsigned long committed = vm_memory_committed();

		ASSERT_GT(20, n);
		fail_nth(n);
		vma = install(5, 2, variant->flags);
		fail_nth(0);
		if (!IS_ERR(vma))
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(-ENOMEM, (int)PTR_ERR(vma));
		ASSERT_SPACE("w.w");
		ASSERT_EQ(2, self->mm->total_vm);
		ASSERT_EQ(2, self->mm->map_count);
		ASSERT_EQ(committed, vm_memory_committed());
	}
	ASSERT_LT(1, n);
	ASSERT_SPACE("w.w..xx");
}

/* What is accounted has to be allowed, and is given back when it cannot be had. */
TEST_F(aspace, special_mapping_is_accounted)
{
	unsigned long committed = vm_memory_committed();

	if (IS_ENABLED(CONFIG_SECURITY)) {
		security_fail_nth("security_vm_enough_memory_mm", 1, -ENOMEM);
		ASSERT_EQ(-ENOMEM, (int)PTR_ERR(install(2, 2, READ_EXEC | VM_ACCOUNT)));
		ASSERT_EQ(committed, vm_memory_committed());
	}
	ASSERT_FALSE(IS_ERR(install(2, 2, READ_EXEC | VM_ACCOUNT)));
	ASSERT_EQ(committed + 2, vm_memory_committed());
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_EQ(committed, vm_memory_committed());
}

/* A stack at a page of the drawing, with the mark that it is not complete yet. */
static struct vm_area_struct *early_stack(int page, int pages)
{
	ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, pages, 'w', MAP_GROWSDOWN, 0));
	aspace_change_flags(page, VM_STACK_INCOMPLETE_SETUP, 0);
	return aspace_vma(page);
}

static void fault_in(struct vm_area_struct *vma, unsigned long addr)
{
	mmap_read_lock(current->mm);
	ASSERT_EQ(0, handle_mm_fault(vma, addr, FAULT_FLAG_WRITE, NULL) & VM_FAULT_ERROR);
	mmap_read_unlock(current->mm);
}

static struct page *page_at(unsigned long addr)
{
	struct page *page = NULL;

	mmap_read_lock(current->mm);
	if (get_user_pages_remote(current->mm, addr, 1, FOLL_NOFAULT, &page, NULL) == 1)
		put_page(page);
	mmap_read_unlock(current->mm);
	return page;
}

FIXTURE_LIKE(relocate, aspace);

FIXTURE_VARIANT(relocate) {
	int shift;
	const char *after;
	bool above;		/* something is mapped above it */
};

FIXTURE_VARIANT_ADD(relocate, onto_itself) { 1, ".........www" };
FIXTURE_VARIANT_ADD(relocate, to_its_border) { 3, ".......www" };
FIXTURE_VARIANT_ADD(relocate, away) { 6, "....www" };
FIXTURE_VARIANT_ADD(relocate, onto_itself_below_another) { 1, ".........www..r", true };
FIXTURE_VARIANT_ADD(relocate, away_from_another) { 6, "....www.......r", true };

/* before  ..........www	with a page in its second one, which goes along */
TEST_F(relocate, moves_a_stack_down_with_its_pages)
{
	struct vm_area_struct *vma = early_stack(10, 3);
	struct page *page;
	int to = 10 - variant->shift;
	unsigned long total;

	if (variant->above)
		aspace_map("..............r");
	total = self->aspace.mm->total_vm;
	fault_in(vma, PAGE(11));
	page = page_at(PAGE(11));
	ASSERT_NE(NULL, page);
	mmap_write_lock(self->aspace.mm);
	ASSERT_EQ(0, relocate_vma_down(vma, PAGES(variant->shift)));
	mmap_write_unlock(self->aspace.mm);
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(vma, aspace_vma(to));
	ASSERT_EQ(PAGE(to), vma->vm_start);
	ASSERT_EQ(PAGE(to + 3), vma->vm_end);
	ASSERT_EQ(page, page_at(PAGE(to + 1)));
	ASSERT_EQ(total, self->aspace.mm->total_vm);
	ASSERT_EQ(1 + variant->above, self->aspace.mm->map_count);
	ASSERT_EQ(1, aspace_rss(self->aspace.mm, MM_ANONPAGES));
}

/* before  .......w..www, by 4: there is something in between */
TEST_F(aspace, relocate_over_something_is_efault)
{
	struct vm_area_struct *vma;

	aspace_map(".......w");
	vma = early_stack(10, 3);
	mmap_write_lock(self->mm);
	EXPECT_EQ(-EFAULT, relocate_vma_down(vma, PAGES(4)));
	mmap_write_unlock(self->mm);
	ASSERT_SPACE(".......w..www");
}

/* What comes first, to make room, changes nothing when it fails; what comes later may. */
TEST_F(aspace, relocate_without_memory_changes_nothing)
{
	struct vm_area_struct *vma = early_stack(10, 3);

	fault_in(vma, PAGE(11));
	mmap_write_lock(self->mm);
	fail_nth(1);
	EXPECT_EQ(-ENOMEM, relocate_vma_down(vma, PAGES(6)));
	fail_nth(0);
	EXPECT_TRUE(fail_nth_fired());
	mmap_write_unlock(self->mm);
	ASSERT_SPACE("..........www");
	mmap_write_lock(self->mm);
	EXPECT_EQ(0, relocate_vma_down(vma, PAGES(6)));
	mmap_write_unlock(self->mm);
	ASSERT_SPACE("....www");
}

#if __has_include(<mm/vma_exec.c>)
/* The first stack: one page at the top of what there is, still to be moved. */
TEST_F(aspace, exec_stack_begins_at_the_top)
{
	struct vm_area_struct *vma;
	unsigned long top;
	int n, ret;

	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		fail_nth(n);
		ret = create_init_stack_vma(self->mm, &vma, &top);
		fail_nth(0);
		if (!ret)
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(-ENOMEM, ret);
		ASSERT_EQ(0, self->mm->map_count);
		ASSERT_EQ(0, self->mm->total_vm);
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(STACK_TOP_MAX, vma->vm_end);
	ASSERT_EQ(STACK_TOP_MAX - PAGE_SIZE, vma->vm_start);
	ASSERT_EQ(STACK_TOP_MAX - sizeof(void *), top);
	ASSERT_EQ(VM_STACK_INCOMPLETE_SETUP, vma->vm_flags & VM_STACK_INCOMPLETE_SETUP);
	ASSERT_EQ(VM_STACK_FLAGS, vma->vm_flags & VM_STACK_FLAGS);
	ASSERT_TRUE(vma_is_anonymous(vma));
	ASSERT_EQ(vma->vm_start >> PAGE_SHIFT, vma->vm_pgoff);
#ifdef HAVE_ANON_PGOFF
	ASSERT_EQ(vma->vm_start >> PAGE_SHIFT, vma_start_anon_pgoff(vma));
#endif
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(1, self->mm->total_vm);
	ASSERT_EQ(1, self->mm->stack_vm);
	mmap_read_lock(self->mm);
	ASSERT_EQ(vma, vma_lookup(self->mm, STACK_TOP_MAX - 1));
	mmap_read_unlock(self->mm);
}

/* Somebody else looks at the new address space, and the one that execs is killed. */
struct looker {
	struct mm_struct *mm;
	bool looks, enough;
};

static void look(void *arg)
{
	struct looker *l = arg;

	mmap_read_lock(l->mm);
	smp_store_release(&l->looks, true);
	tasks_wait_until(smp_load_acquire(&l->enough));
	mmap_read_unlock(l->mm);
}

/* Who is killed while it waits for the lock of the new address space gets no stack. */
TEST_F(aspace, exec_stack_killed_while_waiting_is_eintr)
{
	struct looker l = { .mm = self->mm };
	struct shim_task *task = task_start("looker", self->mm, look, &l);
	struct vm_area_struct *vma;
	unsigned long top;

	tasks_wait_until(smp_load_acquire(&l.looks));
	signal_set_pending(current, SIGKILL);
	EXPECT_EQ(-EINTR, create_init_stack_vma(self->mm, &vma, &top));
	signal_clear_pending(current);
	smp_store_release(&l.enough, true);
	task_join(task);
	ASSERT_EQ(0, self->mm->map_count);
	ASSERT_EQ(0, self->mm->total_vm);
}
#endif
