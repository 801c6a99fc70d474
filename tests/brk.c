// SPDX-License-Identifier: GPL-2.0
/* brk(): the heap grows and shrinks, or the break does not change. */
#include <linux/mempolicy.h>
#include <linux/mm_inline.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include "tests/aspace.h"
#include "tests/calls.h"
#include "tests/uffd.h"
#include "shim/fs/file.h"
#include "shim/lib/fault-inject.h"
#include "shim/fs/file_table.h"
#include "shim/security/security.h"

/* A process whose heap begins at page 4, and has nothing in it yet. */
FIXTURE(brk) {
	FIXTURE_DATA(aspace) aspace;
	struct mm_struct *mm;
};

FIXTURE_SETUP(brk)
{
	fixture__aspace__setup(_metadata, &self->aspace, NULL);
	self->mm = self->aspace.mm;
	self->mm->start_data = PAGE(3);
	self->mm->end_data = PAGE(4);
	self->mm->start_brk = PAGE(4);
	self->mm->brk = PAGE(4);
}

FIXTURE_TEARDOWN(brk)
{
	fixture__aspace__teardown(_metadata, &self->aspace, NULL);
}

/* before  ............
 * brk     --------^
 * after   ....wwww....
 */
TEST_F(brk, grows_from_nothing)
{
	unsigned long committed = vm_memory_committed();
	struct vm_area_struct *heap;

	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_SPACE("....wwww");
	ASSERT_EQ(PAGE(8), self->mm->brk);
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(4, self->mm->total_vm);
	ASSERT_EQ(4, self->mm->data_vm);
	ASSERT_EQ(4, vm_memory_committed() - committed);
	heap = aspace_vma(4);
	ASSERT_TRUE(vma_is_anonymous(heap));
	ASSERT_TRUE(vma_is_initial_heap(heap));
	ASSERT_TRUE(heap->vm_flags & VM_ACCOUNT);
	ASSERT_EQ(PAGE(4) >> PAGE_SHIFT, heap->vm_pgoff);
}

/* before  ....ww......
 * brk     --------^
 * after   ....wwww....   one VMA, also when it has pages
 */
TEST_F(brk, extends_the_heap)
{
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_SPACE("....wwww");
	mm_populate(PAGE(4), PAGES(4));
	ASSERT_EQ(PAGE(10), sys_brk(PAGE(10)));
	ASSERT_SPACE("....wwwwww");
	ASSERT_EQ(1, self->mm->map_count);
	ASSERT_EQ(6, self->mm->data_vm);
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
}

/* before  ....wwww....
 * brk     ------^
 * after   ....ww......
 */
TEST_F(brk, shrinks)
{
	unsigned long committed = vm_memory_committed();

	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	mm_populate(PAGE(4), PAGES(4));
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
	ASSERT_SPACE("....ww");
	ASSERT_EQ(2, self->mm->data_vm);
	ASSERT_EQ(2, vm_memory_committed() - committed);
	ASSERT_EQ(2, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(4)));
	ASSERT_SPACE("");
	ASSERT_EQ(0, self->mm->map_count);
	ASSERT_EQ(0, self->mm->total_vm);
	ASSERT_EQ(committed, vm_memory_committed());
}

/* The break may lie within a page, which then is mapped as a whole. */
TEST_F(brk, may_lie_within_a_page)
{
	ASSERT_EQ(PAGE(4) + 1, sys_brk(PAGE(4) + 1));
	ASSERT_SPACE("....w");
	/* The page is there already. */
	ASSERT_EQ(PAGE(5) - 1, sys_brk(PAGE(5) - 1));
	ASSERT_EQ(PAGE(5), sys_brk(PAGE(5)));
	ASSERT_SPACE("....w");
	ASSERT_EQ(1, self->mm->total_vm);
	ASSERT_EQ(PAGE(5) + 1, sys_brk(PAGE(5) + 1));
	ASSERT_SPACE("....ww");
	ASSERT_EQ(PAGE(4) + 1, sys_brk(PAGE(4) + 1));
	ASSERT_SPACE("....w");
	ASSERT_EQ(PAGE(4) + 1, self->mm->brk);
}

/* before  ....wwww....
 * brk     --^            below where the heap begins: that is a question
 */
TEST_F(brk, below_its_start_only_tells_where_it_is)
{
	ASSERT_EQ(PAGE(4), sys_brk(0));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(2)));
	ASSERT_EQ(PAGE(8), sys_brk(0));
	ASSERT_SPACE("....wwww");
}

/* before  ....ww....rr
 * brk     ----------^    right up to it: a page must stay free between them
 * brk     ---------^     up to there: fine
 * after   ....wwwww.rr
 */
TEST_F(brk, does_not_reach_another_mapping)
{
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
	ASSERT_EQ(PAGE(10), aspace_mmap(NULL, 10, 2, 'r', 0, 0));
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(12)));
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(11)));
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(10)));
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(14)));
	ASSERT_SPACE("....ww....rr");
	ASSERT_EQ(PAGE(9), sys_brk(PAGE(9)));
	ASSERT_SPACE("....wwwww.rr");
	ASSERT_EQ(7, self->mm->total_vm);
}

/* before  ....ww..........ww   the right one grows down, with a gap of 4 pages
 * brk     ------------^        leaves too little of it
 * brk     -----------^         leaves it, and a page
 */
TEST_F(brk, keeps_away_from_a_stack)
{
	unsigned long gap = stack_guard_gap;
	unsigned long one_too_far, just_so;

	if (VM_GROWSDOWN == VM_NONE)
		SKIP(return, "stacks grow up here");
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
	ASSERT_EQ(PAGE(16), aspace_mmap(NULL, 16, 2, 'w', MAP_GROWSDOWN, 0));
	stack_guard_gap = PAGES(4);
	one_too_far = sys_brk(PAGE(12));
	just_so = sys_brk(PAGE(11));
	stack_guard_gap = gap;
	ASSERT_EQ(PAGE(6), one_too_far);
	ASSERT_EQ(PAGE(11), just_so);
	ASSERT_SPACE("....wwwwwww.....ww");
}

/* before  ....ww   and the heap was unmapped behind the kernel's back
 * brk     ----^    nothing of it to take away
 */
TEST_F(brk, cannot_shrink_what_is_not_there)
{
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(0, vm_munmap(PAGE(4), PAGES(4)));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(6)));
	ASSERT_EQ(PAGE(8), self->mm->brk);
	ASSERT_SPACE("");
	/* It still grows from where it was. */
	ASSERT_EQ(PAGE(10), sys_brk(PAGE(10)));
	ASSERT_SPACE("........ww");
}

/* before  ....ww......   of four pages, the last two were unmapped behind the kernel's back
 * brk     ----------^
 * after   ....ww..ww     it grows from where it was
 */
TEST_F(brk, next_to_a_vma_apart_from_it_grows_alone)
{
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(0, vm_munmap(PAGE(6), PAGES(2)));
	ASSERT_EQ(PAGE(10), sys_brk(PAGE(10)));
	ASSERT_SPACE("....ww..ww");
	ASSERT_EQ(2, self->mm->map_count);
	ASSERT_EQ(4, self->mm->data_vm);
}

/* before  ....ww|rr....   the end of the heap has become something else
 * brk     ----------^
 * after   ....ww|rr|ww
 */
TEST_F(brk, begins_a_new_vma_when_flags_differ)
{
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(0, sys_mprotect(PAGE(6), PAGES(2), PROT_READ));
	ASSERT_EQ(PAGE(10), sys_brk(PAGE(10)));
	ASSERT_SPACE("....ww|rr|ww");
	ASSERT_EQ(3, self->mm->map_count);
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(4)));
	ASSERT_SPACE("");
}

/*
 * before  ..ww........	what the heap began with has become something else
 * brk     ------^
 * after   ..ww|ww	which does not become a part of the heap
 */
FIXTURE_LIKE(brk_beside, brk);

FIXTURE_VARIANT(brk_beside) {
	void (*map)(struct file *file);		/* pages 2 and 3 */
	const char *after;
};

static void map_like_heap(struct file *file)
{
	ASSERT_EQ(0, vm_brk_flags(PAGE(2), PAGES(2), 0));
}

static void map_from(struct file *file, char kind)
{
	vm_flags_t flags;

	map_like_heap(NULL);
	flags = aspace_vma(2)->vm_flags;
	/* Where the offset is that of the heap's anonymous memory. */
	ASSERT_EQ(PAGE(2), aspace_mmap(file, 2, 2, kind, 0, PAGE(2) >> PAGE_SHIFT));
	if (kind == 'w')
		aspace_change_flags(2, flags, ~(flags | VM_SOFTDIRTY));
}

static void map_file(struct file *file)
{
	map_from(file, 'w');
}

static void map_shared_file(struct file *file)
{
	map_from(file, 'W');
}

static void map_executable(struct file *file)
{
	ASSERT_EQ(PAGE(2), aspace_mmap(NULL, 2, 2, 'x', 0, 0));
}

static void map_special(struct file *file)
{
	map_like_heap(NULL);
	aspace_change_flags(2, VM_DONTEXPAND, 0);
}

static void map_not_for_children(struct file *file)
{
	map_like_heap(NULL);
	ASSERT_EQ(0, sys_madvise(PAGE(2), PAGES(2), MADV_DONTFORK));
}

static void map_locked(struct file *file)
{
	map_like_heap(NULL);
	ASSERT_EQ(0, sys_mlock2(PAGE(2), PAGES(2), MLOCK_ONFAULT));
}

/* Anonymous, but its pages are found at other offsets. */
static void map_moved(struct file *file)
{
	ASSERT_EQ(0, vm_brk_flags(PAGE(20), PAGES(2), 0));
	ASSERT_EQ(0, aspace_prepare_anon_vma(20));
	ASSERT_EQ(PAGE(2), op_mremap(20, 2, 2, MOVE_TO, 2));
}

#define ROW(name, ...) FIXTURE_VARIANT_ADD(brk_beside, name) { __VA_ARGS__ }
ROW(its_like,		map_like_heap, "..wwww");
ROW(file,		map_file, "..ww|ww");
ROW(shared_file,	map_shared_file, "..WW|ww");
ROW(executable,		map_executable, "..xx|ww");
ROW(special,		map_special, "..ww|ww");
ROW(not_for_children,	map_not_for_children, "..ww|ww");
ROW(locked,		map_locked, "..ww|ww");
ROW(moved,		map_moved, "..ww|ww");

#ifdef CONFIG_NUMA
static void map_bound(struct file *file)
{
	unsigned long nodes = 1;

	map_like_heap(NULL);
	ASSERT_EQ(0, sys_mbind(PAGE(2), PAGES(2), MPOL_BIND, (unsigned long __user *)&nodes,
			       BITS_PER_LONG, 0));
}

ROW(bound,		map_bound, "..ww|ww");
#endif

#ifdef CONFIG_64BIT
static void map_sealed(struct file *file)
{
	map_like_heap(NULL);
	ASSERT_EQ(0, sys_mseal(PAGE(2), PAGES(2), 0));
}

ROW(sealed,		map_sealed, "..ww|ww");
#endif

#ifdef CONFIG_ANON_VMA_NAME
static void map_named(struct file *file)
{
	struct anon_vma_name *name = anon_vma_name_alloc("name");
	struct vm_area_struct *vma;

	map_like_heap(NULL);
	mmap_write_lock(current->mm);
	vma = vma_lookup(current->mm, PAGE(2));
	vma_start_write(vma);
	vma->anon_name = name;
	mmap_write_unlock(current->mm);
}

ROW(named,		map_named, "..ww|ww");
#endif

#ifdef CONFIG_USERFAULTFD
static int fd;

static void map_watched(struct file *file)
{
	map_like_heap(NULL);
	fd = uffd_register(0, 2, 2);
}

ROW(watched,		map_watched, "..ww|ww");
#endif
#undef ROW

TEST_F(brk_beside, heap_grows_by_itself)
{
	struct mm_struct *mm = self->brk.mm;
	struct file *file = files_new("data");
	struct vm_area_struct *vma, *heap;

	mm->start_brk = PAGE(2);	/* what is ahead of the heap is not looked at */
	variant->map(file);
	vma = aspace_vma(2);
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
	ASSERT_SPACE(variant->after);
	ASSERT_EQ(vma, aspace_vma(2));
	heap = aspace_vma(4);
	ASSERT_TRUE(vma_is_anonymous(heap));
	ASSERT_EQ(NULL, heap->vm_file);
	ASSERT_EQ(PAGE(6), heap->vm_end);
	ASSERT_EQ(heap == vma ? 1 : 2, mm->map_count);
	ASSERT_EQ(4, mm->total_vm);
	/* And again, now that there is a heap. */
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(heap, aspace_vma(7));
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(4)));
	ASSERT_EQ(PAGE(4), aspace_vma(2)->vm_end);
#ifdef CONFIG_USERFAULTFD
	if (variant->map == map_watched) {
		aspace_change_flags(2, VM_UFFD_MISSING, 0);
		descriptors_close(fd);
	}
#endif
	fput(file);
}

/* RLIMIT_DATA is five pages, of which the program's data is one. */
TEST_F(brk, honours_rlimit_data)
{
	current->signal->rlim[RLIMIT_DATA].rlim_cur = PAGES(5);
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(8) + 1));
	ASSERT_SPACE("");
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_SPACE("....wwww");
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8) + 1));
	ASSERT_EQ(PAGE(6), sys_brk(PAGE(6)));
}

/* RLIMIT_AS is five pages, of which one is mapped. */
TEST_F(brk, honours_rlimit_as)
{
	aspace_map("r");
	current->signal->rlim[RLIMIT_AS].rlim_cur = PAGES(5);
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(9)));
	ASSERT_SPACE("r");
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_SPACE("r...wwww");
}

#ifdef CONFIG_MULTIUSER	/* else everybody has CAP_IPC_LOCK */
/* All that is to come is to be locked, and the limit is four pages. */
TEST_F(brk, honours_rlimit_memlock)
{
	current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = PAGES(4);
	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE));
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(9)));
	ASSERT_SPACE("");
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(4, self->mm->locked_vm);
}
#endif

/* All that is to come is to be locked: the heap has its pages at once. */
TEST_F(brk, locks_and_populates_what_is_to_be_locked)
{
	ASSERT_EQ(0, sys_mlockall(MCL_FUTURE));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_TRUE(aspace_vma(4)->vm_flags & VM_LOCKED);
	ASSERT_EQ(4, self->mm->locked_vm);
	ASSERT_EQ(4, aspace_rss(self->mm, MM_ANONPAGES));
	ASSERT_EQ(PAGE(5), sys_brk(PAGE(5)));
	ASSERT_EQ(1, self->mm->locked_vm);
}

#ifdef CONFIG_64BIT
/* before  ....wwww   sealed
 * brk     ------^    refused
 */
TEST_F(brk, does_not_shrink_a_sealed_heap)
{
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_EQ(0, sys_mseal(PAGE(4), PAGES(4), 0));
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(6)));
	ASSERT_SPACE("....wwww");
	ASSERT_EQ(PAGE(8), self->mm->brk);
	/* What is added is not sealed, and apart. */
	ASSERT_EQ(PAGE(10), sys_brk(PAGE(10)));
	ASSERT_SPACE("....wwww|ww");
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_SPACE("....wwww");
}
#endif

#ifdef CONFIG_SECURITY
/* There is no memory left to commit. */
TEST_F(brk, asks_for_memory_to_commit)
{
	security_fail_nth("security_vm_enough_memory_mm", 1, -ENOMEM);
	ASSERT_EQ(PAGE(4), sys_brk(PAGE(8)));
	ASSERT_SPACE("");
	ASSERT_EQ(0, self->mm->total_vm);
}
#endif

/* No memory at the n-th allocation: the break and the accounts stay as they were. */
TEST_F(brk, without_memory_stays_where_it_was)
{
	unsigned long committed = vm_memory_committed();
	unsigned long n, got;

	for (n = 1; ; n++) {
		ASSERT_GT(50, n);
		fail_nth(n);
		got = sys_brk(PAGE(8));
		fail_nth(0);
		if (got == PAGE(8))
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(PAGE(4), got);
		ASSERT_EQ(PAGE(4), self->mm->brk);
		ASSERT_SPACE("");
		ASSERT_EQ(0, self->mm->total_vm);
		ASSERT_EQ(committed, vm_memory_committed());
	}
	ASSERT_LT(1, n);
	ASSERT_SPACE("....wwww");
}

/* before  ..rrrr..
 *         ..wwww..   vm_brk_flags(), as exec uses it, maps over what is there
 */
TEST_F(aspace, vm_brk_flags_maps_over)
{
	aspace_map("..rrrr");
	ASSERT_EQ(0, vm_brk_flags(PAGE(3), PAGES(2), 0));
	ASSERT_SPACE("..r|ww|r");
	ASSERT_EQ(4, self->mm->total_vm);
	ASSERT_EQ(2, self->mm->data_vm);
}

/* before  ww     the same flags, as far as they go
 *           ww   vm_brk_flags() beside it, executable or not
 */
TEST_F(aspace, vm_brk_flags_extends_its_own_kind_only)
{
	ASSERT_EQ(0, vm_brk_flags(PAGE(0), PAGES(2), 0));
	ASSERT_EQ(0, vm_brk_flags(PAGE(2), PAGES(2), 0));
	ASSERT_SPACE("wwww");
	ASSERT_FALSE(aspace_vma(0)->vm_flags & VM_EXEC);
	ASSERT_EQ(0, vm_brk_flags(PAGE(4), PAGES(2), VM_EXEC));
	ASSERT_SPACE("wwww|ww");
	ASSERT_TRUE(aspace_vma(4)->vm_flags & VM_EXEC);
}

/* A length of nothing is nothing, one that wraps cannot be had. */
TEST_F(aspace, vm_brk_flags_checks_the_length)
{
	ASSERT_EQ(0, vm_brk_flags(PAGE(0), 0, 0));
	ASSERT_EQ(-ENOMEM, vm_brk_flags(PAGE(0), -1UL, 0));
	ASSERT_SPACE("");
	ASSERT_EQ(0, vm_brk_flags(PAGE(0), 1, 0));
	ASSERT_SPACE("w");
}

/* More VMAs than there may be already: none is added. */
TEST_F(brk, beyond_the_limit_of_vmas_stays)
{
	int limit = sysctl_max_map_count;

	aspace_map("r.r");
	sysctl_max_map_count = 1;
	EXPECT_EQ(PAGE(4), sys_brk(PAGE(8)));
	sysctl_max_map_count = limit;
	ASSERT_SPACE("r.r");
	ASSERT_EQ(PAGE(8), sys_brk(PAGE(8)));
	ASSERT_SPACE("r.r.wwww");
	/* One that grows needs no other. */
	sysctl_max_map_count = self->mm->map_count;
	EXPECT_EQ(PAGE(10), sys_brk(PAGE(10)));
	sysctl_max_map_count = limit;
	ASSERT_SPACE("r.r.wwwwww");
}

/* So many VMAs that one more, or a longer one, wants memory for the tree. */
TEST_F(brk, without_memory_among_many_stays)
{
	unsigned long committed, got;
	int page, n, ret;

	for (page = 10; page < 60; page += 2)
		ASSERT_EQ(PAGE(page), aspace_mmap(NULL, page, 1, 'r', 0, 0));
	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		committed = vm_memory_committed();
		fail_nth(n);
		got = sys_brk(PAGE(6));
		fail_nth(0);
		if (got == PAGE(6))
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(PAGE(4), got);
		ASSERT_EQ(committed, vm_memory_committed());
		ASSERT_NULL(aspace_vma(4));
	}
	ASSERT_LT(1, n);
	for (n = 1; ; n++) {
		ASSERT_GT(20, n);
		committed = vm_memory_committed();
		fail_nth(n);
		/* As for the bss of a program: brk() itself leaves a page free. */
		ret = vm_brk_flags(PAGE(6), PAGES(4), 0);
		fail_nth(0);
		if (!ret)
			break;
		ASSERT_TRUE(fail_nth_fired());
		ASSERT_EQ(-ENOMEM, ret);
		ASSERT_EQ(committed, vm_memory_committed());
		ASSERT_EQ(PAGE(6), aspace_vma(4)->vm_end);
	}
	ASSERT_LT(1, n);
	ASSERT_EQ(PAGE(10), aspace_vma(4)->vm_end);
	ASSERT_EQ(26, self->mm->map_count);
}
