// SPDX-License-Identifier: GPL-2.0
/* mm/mmap.c: limits of the arguments of mmap(), munmap() and brk(), and the addresses. */
#include <linux/mman.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/ptes.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/kernel/fork.h"
#include "shim/security/security.h"


/* ---- arguments ---- */

FIXTURE_LIKE(mmap_args, aspace);

FIXTURE_VARIANT(mmap_args) {
	unsigned long len, prot, flags, fd, pgoff;
	int ret;	/* 0: it is mapped at page 2 */
};

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)
#define NONE	(~0UL)		/* no descriptor */

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_args, name) { __VA_ARGS__ }
ROW(no_length,			0, PROT_RW, ANON, NONE, 0, -EINVAL);
ROW(a_byte,			1, PROT_RW, ANON, NONE, 0, 0);
ROW(length_wraps,		-PAGE_SIZE + 1, PROT_RW, ANON, NONE, 0, -ENOMEM);
ROW(larger_than_user_space,	TASK_SIZE, PROT_RW, ANON, NONE, 0, -ENOMEM);
ROW(last_offset,		PAGE_SIZE, PROT_RW, ANON, NONE, -2UL, 0);
ROW(offset_wraps,		PAGE_SIZE, PROT_RW, ANON, NONE, -1UL, -EOVERFLOW);
ROW(offset_wraps_with_length,	2 * PAGE_SIZE, PROT_RW, ANON, NONE, -2UL, -EOVERFLOW);
ROW(no_type,			PAGE_SIZE, PROT_RW, MAP_ANONYMOUS | MAP_FIXED, NONE, 0, -EINVAL);
ROW(shared_and_private,		PAGE_SIZE, PROT_RW, ANON | MAP_SHARED, NONE, 0, -EINVAL);
ROW(shared_grows_down,		PAGE_SIZE, PROT_RW,
    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN, NONE, 0, -EINVAL);
ROW(grows_down,			PAGE_SIZE, PROT_RW, ANON | MAP_GROWSDOWN, NONE, 0, 0);
ROW(no_file,			PAGE_SIZE, PROT_RW, MAP_PRIVATE | MAP_FIXED, NONE, 0, -EBADF);
ROW(no_file_is_needed,		PAGE_SIZE, PROT_RW, ANON, 0, 0, 0);
ROW(locked,			PAGE_SIZE, PROT_RW, ANON | MAP_LOCKED, NONE, 0, 0);
#ifndef CONFIG_HUGETLB_PAGE
ROW(huge_pages_without_any,	PAGE_SIZE, PROT_RW, ANON | MAP_HUGETLB, NONE, 0, -EINVAL);
#endif
#undef ROW

/* before  ......
 * mmap      =
 */
TEST_F(mmap_args, are_accepted_or_not)
{
	long ret = ksys_mmap_pgoff(PAGE(2), variant->len, variant->prot, variant->flags,
				   variant->fd, variant->pgoff);

	ASSERT_EQ(variant->ret ?: (long)PAGE(2), ret);
	ASSERT_SPACE(variant->ret ? "" : "..w");
}

/* Pages come at once for MAP_POPULATE and MAP_LOCKED, but not if one does not want to wait. */
FIXTURE_LIKE(mmap_populate, aspace);

FIXTURE_VARIANT(mmap_populate) {
	unsigned long flags;
	const char *ptes;
};

FIXTURE_VARIANT_ADD(mmap_populate, no)		{ 0, "..." };
FIXTURE_VARIANT_ADD(mmap_populate, populate)	{ MAP_POPULATE, "WWW" };
FIXTURE_VARIANT_ADD(mmap_populate, nonblock)	{ MAP_POPULATE | MAP_NONBLOCK, "..." };
FIXTURE_VARIANT_ADD(mmap_populate, nonblock_alone) { MAP_NONBLOCK, "..." };
FIXTURE_VARIANT_ADD(mmap_populate, locked)	{ MAP_LOCKED, "WWW" };
FIXTURE_VARIANT_ADD(mmap_populate, locked_nonblock) { MAP_LOCKED | MAP_NONBLOCK, "WWW" };

TEST_F(mmap_populate, brings_in_the_whole_length)
{
	ASSERT_EQ(PAGE(0), ksys_mmap_pgoff(PAGE(0), 2 * PAGE_SIZE + 1, PROT_RW,
					   ANON | variant->flags, NONE, 0));
	ASSERT_STREQ(variant->ptes, ptes_draw(PAGE(0), 3));
	ASSERT_SPACE("www");
}

/* ---- where it is put, in the layout that goes from the bottom up ---- */

FIXTURE_LIKE(mmap_legacy, aspace);

FIXTURE_VARIANT(mmap_legacy) {
	unsigned long hint;
	int pages;
	unsigned long addr;	/* 0: as if without hint */
};

#define ROW(name, ...) FIXTURE_VARIANT_ADD(mmap_legacy, name) { __VA_ARGS__ }
/* before  ww..rr */
ROW(free,			PAGE(2), 2, PAGE(2));
ROW(within_a_free_page,		PAGE(2) + 100, 2, PAGE(2));
ROW(taken,			PAGE(1), 1, 0);
ROW(free_but_too_small,		PAGE(2), 3, 0);
ROW(right_behind,		PAGE(6), 2, PAGE(6));
ROW(lowest,			CONFIG_DEFAULT_MMAP_MIN_ADDR, 1, CONFIG_DEFAULT_MMAP_MIN_ADDR);
ROW(highest,			TASK_SIZE - PAGES(2), 2, TASK_SIZE - PAGES(2));
ROW(end_beyond_user_space,	TASK_SIZE - PAGES(2), 3, 0);
ROW(behind_user_space,		TASK_SIZE + PAGES(5), 1, 0);
#undef ROW

static void use_legacy_layout(void)
{
	unsigned int before = current->personality;

	current->personality |= ADDR_COMPAT_LAYOUT;
	arch_pick_mmap_layout(current->mm, &current->signal->rlim[RLIMIT_STACK]);
	current->personality = before;
}

TEST_F(mmap_legacy, follows_a_hint_if_it_can)
{
	aspace_map("ww..rr");
	use_legacy_layout();
	ASSERT_EQ(variant->addr ?: TASK_UNMAPPED_BASE,
		  vm_mmap(NULL, variant->hint, PAGES(variant->pages), PROT_READ | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, 0));
}

TEST_F(mmap_legacy, is_fixed_where_it_is_asked_to_be)
{
	aspace_map("ww..rr");
	use_legacy_layout();
	ASSERT_EQ(PAGE(1), aspace_mmap(NULL, 1, 2, 'x', 0, 0));
	ASSERT_SPACE("w|xx.rr");
}

/* The gap below what grows down is free, but not for that. */
TEST_F(mmap_legacy, keeps_away_from_what_grows_down)
{
	unsigned long below = PAGE(20) - stack_guard_gap;

	ASSERT_EQ(PAGE(20), aspace_mmap(NULL, 20, 2, 'w', MAP_GROWSDOWN, 0));
	use_legacy_layout();
#define TRY(addr)	vm_mmap(NULL, addr, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, 0)
	ASSERT_EQ(TASK_UNMAPPED_BASE, TRY(below));
	ASSERT_EQ(below - PAGES(1), TRY(below - PAGES(1)));
#undef TRY
}

/* ---- limits ---- */

/* Who has set the soft limit to nothing, as valgrind does, is held to the hard one. */
TEST_F(aspace, mmap_data_limit_zero_is_the_hard_one)
{
	struct rlimit *data = &current->signal->rlim[RLIMIT_DATA], before = *data;
	unsigned long just, more;

	data->rlim_cur = 0;
	data->rlim_max = PAGES(4);
	just = aspace_mmap(NULL, 0, 4, 'w', 0, 0);
	more = aspace_mmap(NULL, 8, 1, 'w', 0, 0);
	*data = before;
	ASSERT_EQ(PAGE(0), just);
	ASSERT_EQ(-ENOMEM, (long)more);
	ASSERT_SPACE("wwww");
}

/* Of address space there is what the limit says in whole pages, and a page more is none. */
TEST_F(aspace, mmap_of_all_address_space_is_just_enough)
{
	struct rlimit *as = &current->signal->rlim[RLIMIT_AS], before = *as;
	unsigned long more, just;

	as->rlim_cur = PAGES(5) - 1;
	more = aspace_mmap(NULL, 0, 5, 'w', 0, 0);
	just = aspace_mmap(NULL, 0, 4, 'w', 0, 0);
	*as = before;
	ASSERT_EQ(-ENOMEM, (long)more);
	ASSERT_EQ(PAGE(0), just);
}

/* ---- unmapping ---- */

#ifdef CONFIG_LOCKDEP	/* tells how a lock is held */
static int closed_exclusively;

static void note_close(struct vm_area_struct *vma)
{
	closed_exclusively =
		lock_is_held_type(&vma->vm_mm->mmap_lock.dep_map, 0) == LOCK_STATE_HELD;
}

static const struct vm_operations_struct noting = { .close = note_close };

/* before  ww|ww	of a file that looks at mmap_lock when it is closed
 * munmap  ==		lets others fault meanwhile; the kernel's own does not
 */
TEST_F(aspace, munmap_lets_readers_in_while_it_frees)
{
	struct file *file = files_new_spec(&(struct files_spec){
		.name = "data", .vm_ops = &noting });

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 2, 'w', 0, 0));
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, 'w', 0, 20));
	closed_exclusively = -1;
	ASSERT_EQ(0, sys_munmap(PAGE(0), PAGES(2)));
	ASSERT_EQ(0, closed_exclusively);
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(2)));
	ASSERT_EQ(1, closed_exclusively);
	fput(file);
}
#endif

/* ---- brk ---- */

FIXTURE(brk_rules) {
	FIXTURE_DATA(aspace) aspace;
};

FIXTURE_SETUP(brk_rules)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->aspace.mm->start_brk = self->aspace.mm->brk = PAGE(4);
}

FIXTURE_TEARDOWN(brk_rules)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

/* Where it is, is remembered to the byte, whatever had to be mapped for it. */
TEST_F(brk_rules, it_is_where_it_was_put)
{
	static const long places[] = { 4 * 4096 + 1, 4 * 4096 + 9, 5 * 4096, 7 * 4096 + 5,
				       7 * 4096 + 1, 6 * 4096 + 3, 6 * 4096 + 1, 4 * 4096 };
	int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		unsigned long brk = ASPACE_BASE + places[i] / 4096 * PAGE_SIZE + places[i] % 4096;

		ASSERT_EQ(brk, sys_brk(brk));
		ASSERT_EQ(brk, self->aspace.mm->brk);
		ASSERT_EQ(brk, sys_brk(0));
	}
	ASSERT_SPACE("");
}

/* before  ww..[heap]	not locked, since it was there before
 * brk     what is new is locked and brought in, and nothing else is
 */
TEST_F(brk_rules, it_brings_in_what_is_new)
{
	aspace_map("ww");
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_PTES("......WW.");
}

/* ---- remap_file_pages ---- */

/* before  WWWW		of a file, from its page 0 on
 * remap    =		from any address in the page
 */
TEST_F(aspace, remap_file_pages_rounds_its_start_down)
{
	struct file *file = files_new_kind("contents", FILES_CONTENTS);

	ASSERT_EQ(PAGE(0), aspace_mmap(file, 0, 4, 'W', 0, 0));
	ASSERT_EQ(0, sys_remap_file_pages(PAGE(1) + 9, PAGE_SIZE, 0, 7, 0));
	ASSERT_SPACE("W|W|WW");
	ASSERT_MEMORY(files_word(7, 0), 1);
	ASSERT_MEMORY(files_word(2, 0), 2);
	fput(file);
}

/* ---- special mappings ---- */

static const struct vm_special_mapping special = { .name = "[rules]" };

TEST_F(aspace, special_mapping_tells_its_name)
{
	struct vm_area_struct *vma;

	mmap_write_lock(self->mm);
	vma = _install_special_mapping(self->mm, PAGE(2), PAGES(1), VM_READ | VM_MAYREAD, &special);
	mmap_write_unlock(self->mm);
	ASSERT_FALSE(IS_ERR(vma));
	ASSERT_STREQ("[rules]", vma->vm_ops->name(vma));
}

/* Each page of its list is where it belongs, and behind them there is nothing. */
TEST_F(aspace, special_mapping_shows_its_pages_in_order)
{
	struct page *pages[4] = { };
	struct vm_special_mapping list = { .name = "[list]", .pages = pages };
	struct vm_area_struct *vma;
	int i;

	for (i = 0; i < 3; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		*(unsigned long *)page_address(pages[i]) = i + 1;
	}
	mmap_write_lock(self->mm);
	vma = _install_special_mapping(self->mm, PAGE(2), PAGES(4), VM_READ | VM_MAYREAD, &list);
	mmap_write_unlock(self->mm);
	ASSERT_FALSE(IS_ERR(vma));
	ASSERT_MEMORY(3, 4);
	ASSERT_MEMORY(1, 2);
	ASSERT_MEMORY(2, 3);
	ASSERT_SIGNAL(SIGBUS, BUS_ADRERR, memory_read(5));
	ASSERT_EQ(0, vm_munmap(PAGE(2), PAGES(4)));
	for (i = 0; i < 3; i++)
		__free_page(pages[i]);
}

/* ---- fork ---- */

/* before  rwrwrwrw...	60 VMAs, of which a child gets the last 10
 * fork			and no memory for the tree at some point: there is no child then
 */
TEST_F(aspace, fork_of_what_is_not_copied_needs_memory)
{
	struct mm_struct *child;
	int i, n;

	for (i = 0; i < 60; i++)
		ASSERT_EQ(PAGE(i), aspace_mmap(NULL, i, 1, i % 2 ? 'w' : 'r', 0, 0));
	ASSERT_EQ(0, sys_madvise(PAGE(0), PAGES(50), MADV_DONTFORK));
	for (n = 1; ; n++) {
		ASSERT_GT(100, n);
		fail_nth_named("maple_node", n);
		child = fork_mm(self->mm);
		fail_nth(0);
		if (child)
			break;
		ASSERT_EQ(60, self->mm->map_count);
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(10, child->map_count);
	ASSERT_EQ(10, aspace_count(child));
	ASSERT_EQ(10, child->total_vm);
	mmput(child);
}
