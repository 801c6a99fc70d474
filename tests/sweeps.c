// SPDX-License-Identifier: GPL-2.0
/* fail_nth sweeps of operations: see tests/sweep.h. */
#define ASPACE_ELSEWHERE
#include <linux/mempolicy.h>
#include <linux/mm_inline.h>
#include <linux/syscalls.h>
#include <mm/internal.h>
#include <generated/features.h>
#include "tests/calls.h"
#include "tests/stack.h"
#include "tests/sweep.h"


TEST_F(sweep, leaves_nothing_half_done)
{
	sweep_run(&variant->sweep);
}

/* Nor when there is no memory to undo it with. */
TEST_F(sweep, undoes_it_without_memory)
{
	sweep_run_without_memory(&variant->sweep);
}

/* How many pages of the drawings, and of what is prepared beside them, are used. */
static int pages_of(const struct sweep *s)
{
	int before = 0, after = 0;
	const char *c;

	for (c = s->before; *c; c++)
		before += *c != '|';
	for (c = s->after ?: ""; *c; c++)
		after += *c != '|';
	return max3(before, after, s->prepare ? 26 : 0);
}

/*
 * Nothing of it depends on the address: not on zero, which looks like none, nor on where
 * a page table ends, nor on the end of the address space.
 */
TEST_F(sweep, works_the_same_at_each_border)
{
	const struct sweep *s = &variant->sweep;

	if (s->elsewhere)
		return sweep_run_at(s, s->base);
	sweep_run_at(s, 0);
	sweep_run_at(s, 300 * PMD_SIZE - PAGES(1));
	sweep_run_at(s, 300 * PMD_SIZE - PAGES(2));
	sweep_run_at(s, 300 * PMD_SIZE - PAGES(4));
	sweep_run_at(s, 5 * PUD_SIZE - PAGES(2));
	sweep_run_at(s, 2 * PGDIR_SIZE - PAGES(2));
	sweep_run_at(s, TASK_SIZE - PAGES(pages_of(s)));
}

/* munmap() */

static long unmap(int page, int pages)
{
	return vm_munmap(PAGE(page), PAGES(pages));
}

SWEEP(munmap_whole, "..wwww", unmap(2, 4), "");
SWEEP(munmap_head, "wwwwww", unmap(0, 2), "..wwww");
SWEEP(munmap_tail, "wwwwww", unmap(4, 2), "wwww");
SWEEP(munmap_middle, "wwwwww", unmap(2, 2), "ww..ww");
SWEEP(munmap_tail_and_head, "rrr|www", unmap(1, 4), "r....w");
SWEEP(munmap_tail_whole_head, "rr|ww|xx", unmap(1, 4), "r....x");
SWEEP(munmap_across_gaps, "rr.ww.xx.nn", unmap(1, 9), "r.........n");
SWEEP_FILE(munmap_shared_middle, "WWWWWW", unmap(2, 2), "WW..WW");
/* More VMAs than fit into what is there already for those that are taken out. */
SWEEP_ANON(munmap_many, "w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r", unmap(1, 18),
	   "w..................r");
SWEEP_FILE(munmap_all_of_many, "w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r|w|r", unmap(0, 20), "");

/* mmap(): what it replaces may be gone when it fails (POSIX says so, too) */

static long map(int page, int pages, char kind)
{
	return aspace_mmap(NULL, page, pages, kind, 0, 0);
}

static long map_anywhere(int pages)
{
	return vm_mmap(NULL, 0, PAGES(pages), PROT_RW, MAP_PRIVATE | MAP_ANONYMOUS, 0);
}

/* The file's page that belongs there, as all of a drawing have. */
static long map_file(int page, int pages, char kind)
{
	return aspace_mmap(sweep_file, page, pages, kind, 0, page);
}

SWEEP_ANON(mmap_free, "ww......ww", map(4, 2, 'w'), "ww..ww..ww");
SWEEP_ANON(mmap_merges_left, "ww....ww", map(2, 2, 'w'), "wwww..ww");
SWEEP_ANON(mmap_merges_right, "ww....ww", map(4, 2, 'w'), "ww..wwww");
SWEEP_ANON(mmap_merges_both, "ww..ww", map(2, 2, 'w'), "wwwwww");
SWEEP_ANON(mmap_anywhere, "ww", map_anywhere(2), "ww");
/* A file of shared memory for which there is no inode is said not to fit. */
SWEEP_ANON(mmap_shared_memory, "ww", map(4, 2, 'W'), "ww..WW", .also = -ENOSPC);
SWEEP_ANON(mmap_locked, "ww", aspace_mmap(NULL, 4, 2, 'w', MAP_LOCKED, 0), "ww..ww");
SWEEP(mmap_over_whole, "ww|rr|ww", map(2, 2, 'x'), "wwxxww", .allows = SWEEP_GAP);
SWEEP(mmap_over_head, "wwwwww", map(0, 2, 'r'), "rrwwww", .allows = SWEEP_GAP);
SWEEP(mmap_over_tail, "wwwwww", map(4, 2, 'r'), "wwwwrr", .allows = SWEEP_GAP);
SWEEP(mmap_over_middle, "wwwwww", map(2, 2, 'r'), "wwrrww", .allows = SWEEP_GAP);
SWEEP(mmap_over_itself, "wwwwww", map(2, 2, 'w'), "wwwwww", .allows = SWEEP_GAP);
SWEEP_FILE(mmap_file_merges_left, "ww", map_file(2, 2, 'w'), "wwww");
SWEEP_FILE(mmap_file_merges_right, "..ww", map_file(0, 2, 'w'), "wwww");
SWEEP_FILE(mmap_file_merges_both, "ww..ww", map_file(2, 2, 'w'), "wwwwww");
#ifdef HAVE_MMAP_PREPARE_KEEPS_CHARGE	/* when the file refuses it: see tests/mmap.c */
XFAIL_ADD(sweep, mmap_file_merges_left_file, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_left_file_hooks, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_right_file, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_right_file_hooks, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_both_file, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_both_file_hooks, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_left_file, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_left_file_hooks, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_right_file, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_right_file_hooks, undoes_it_without_memory,
	  "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_both_file, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_merges_both_file_hooks, undoes_it_without_memory, "committed memory is");
#endif
SWEEP_FILE(mmap_shared_file_merges_both, "WW..WW", map_file(2, 2, 'W'), "WWWWWW");
SWEEP_FILE(mmap_file_free, "..ww", map_file(6, 2, 'W'), "..ww..WW");
SWEEP(mmap_file_read_only_over_middle, "wwwwww", map_file(2, 2, 'r'), "wwrrww",
      .allows = SWEEP_GAP);
SWEEP(mmap_file_over_several, "rr|ww|xx", map_file(1, 4, 'w'), "rwwwwx",
      .allows = SWEEP_GAP);
#ifndef HAVE_MMAP_OWNS_CHARGE	/* an error leaves the old one's charge: see tests/mmap.c */
XFAIL_ADD(sweep, mmap_over_itself_file, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_over_itself_file_hooks, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_fresh, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_written, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_file, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_file_hooks, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mmap_over_itself_fresh, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_over_itself_written, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_over_itself_file, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_over_itself_file_hooks, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_fresh, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_written, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_file, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mmap_file_over_several_file_hooks, undoes_it_without_memory,
	  "committed memory is");
#endif

/* mprotect() */

SWEEP(mprotect_whole, "wwww", op_mprotect(0, 4, PROT_READ), "rrrr");
SWEEP(mprotect_head, "wwwwww", op_mprotect(0, 2, PROT_READ), "rrwwww");
SWEEP(mprotect_tail, "wwwwww", op_mprotect(4, 2, PROT_READ), "wwwwrr");
SWEEP(mprotect_middle, "wwwwww", op_mprotect(2, 2, PROT_READ), "wwrrww");
SWEEP(mprotect_to_writable, "rrrrrr", op_mprotect(2, 2, PROT_RW), "rrwwrr");
SWEEP(mprotect_merges_left, "rr|ww|xx", op_mprotect(2, 2, PROT_READ), "rrrrxx");
SWEEP(mprotect_merges_right, "xx|ww|rr", op_mprotect(2, 2, PROT_READ), "xxrrrr");
SWEEP(mprotect_merges_both, "rr|ww|rr", op_mprotect(2, 2, PROT_READ), "rrrrrr");
SWEEP(mprotect_moves_border_up, "rr|wwww", op_mprotect(2, 2, PROT_READ), "rrrrww");
SWEEP(mprotect_moves_border_down, "wwww|rr", op_mprotect(2, 2, PROT_READ), "wwrrrr");
#ifndef HAVE_MODIFY_REPORTS_NOMEM	/* see tests/merge_nomem.c */
XFAIL_ADD(sweep, mprotect_merges_left_fresh, leaves_nothing_half_done, "but has changed pages");
XFAIL_ADD(sweep, mprotect_merges_left_fresh, undoes_it_without_memory, "but has changed pages");
XFAIL_ADD(sweep, mprotect_merges_right_fresh, leaves_nothing_half_done, "but has changed pages");
XFAIL_ADD(sweep, mprotect_merges_right_fresh, undoes_it_without_memory, "but has changed pages");
XFAIL_ADD(sweep, mprotect_merges_both_fresh, leaves_nothing_half_done, "but has changed pages");
XFAIL_ADD(sweep, mprotect_merges_both_fresh, undoes_it_without_memory, "but has changed pages");
XFAIL_ADD(sweep, mprotect_moves_border_down_fresh, leaves_nothing_half_done,
	  "are wrong: flags|but not with the same result");
#endif
SWEEP(mprotect_several, "rrr|www|xxx", op_mprotect(1, 7, PROT_NONE), "rnnnnnnnx",
      .allows = SWEEP_PREFIX);

/* mremap(): what may not be where it would grow to is said not to fit */

SWEEP(mremap_grow, "ww", op_mremap(0, 2, 4, 0, 0), "wwww", .also = -ENOMEM);
SWEEP(mremap_grow_into_a_merge, "ww..ww", op_mremap(0, 2, 4, 0, 0), "wwwwww",
      .also = -ENOMEM);
SWEEP(mremap_shrink, "wwwwww", op_mremap(0, 6, 2, 0, 0), "ww");
SWEEP(mremap_shrink_middle, "wwwwww", op_mremap(1, 3, 1, 0, 0), "ww..ww");
SWEEP(mremap_move, "ww", op_mremap(0, 2, 2, MOVE_TO, 5), ".....ww",
      .allows = SWEEP_SOURCE);
SWEEP(mremap_move_head, "wwww", op_mremap(0, 2, 2, MOVE_TO, 6), "..ww..ww",
      .allows = SWEEP_SOURCE);
SWEEP(mremap_move_tail, "wwww", op_mremap(2, 2, 2, MOVE_TO, 6), "ww....ww",
      .allows = SWEEP_SOURCE);
SWEEP(mremap_move_middle, "wwwwww", op_mremap(2, 2, 2, MOVE_TO, 8), "ww..ww..ww",
      .allows = SWEEP_SOURCE);
/* Trees that take an address of 0 for none. */
#ifdef HAVE_MREMAP_CHARGE_LOST_AT_0
XFAIL_ADD(sweep, mremap_move_tail_fresh, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_tail_written, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_tail_file, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_tail_file_hooks, works_the_same_at_each_border,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_fresh, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_written, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_file, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_file_hooks, works_the_same_at_each_border,
	  "committed memory is");
#endif
SWEEP(mremap_move_and_grow, "ww", op_mremap(0, 2, 4, MOVE_TO, 4), "....wwww",
      .allows = SWEEP_SOURCE);
SWEEP(mremap_moves_to_grow, "ww|rr", op_mremap(0, 2, 4, MREMAP_MAYMOVE, 0), "..rr",
      .allows = SWEEP_SOURCE);
SWEEP(mremap_move_over, "ww..rr", op_mremap(0, 2, 2, MOVE_TO, 4), "....ww",
      .allows = SWEEP_SOURCE_GAP);
SWEEP(mremap_move_and_shrink, "wwww", op_mremap(0, 4, 2, MOVE_TO, 6), "......ww",
      .allows = SWEEP_SOURCE_GAP);
#ifdef HAVE_MREMAP_STALE_DELTA	/* see tests/mremap.c */
XFAIL_ADD(sweep, mremap_move_and_shrink_fresh, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_fresh, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_fresh, works_the_same_at_each_border,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_written, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_written, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_written, works_the_same_at_each_border,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_file, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_file, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_file, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_file_hooks, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_file_hooks, undoes_it_without_memory,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_shrink_file_hooks, works_the_same_at_each_border,
	  "committed memory is");
#endif
SWEEP(mremap_move_beside, "ww......", op_mremap(0, 2, 2, MOVE_TO, 2), "..ww",
      .allows = SWEEP_SOURCE);
/* Memory that is not charged, to begin with. */
SWEEP_FILE(mremap_move_middle_shared, "WWWWWW", op_mremap(2, 2, 2, MOVE_TO, 8), "WW..WW..WW",
	   .allows = SWEEP_SOURCE);
/*
 * What begins right below the end of a page table, with nothing else in that, is moved
 * from the beginning of the table on, if its place in the other table is the same.
 */
SWEEP(mremap_move_from_the_table, "wwww", op_mremap(0, 4, 4, MOVE_TO, 4 * PTRS_PER_PTE), NULL,
      .allows = SWEEP_SOURCE, .elsewhere = true, .base = 300 * PMD_SIZE - PAGES(2));
SWEEP(mremap_move_from_the_upper_table, "wwww",
      op_mremap(0, 4, 4, MOVE_TO, 3 * PTRS_PER_PMD * PTRS_PER_PTE), NULL,
      .allows = SWEEP_SOURCE, .elsewhere = true, .base = 5 * PUD_SIZE - PAGES(2));
SWEEP(mremap_move_and_grow_from_the_table, "wwww",
      op_mremap(0, 4, 6, MOVE_TO, 4 * PTRS_PER_PTE), NULL,
      .allows = SWEEP_SOURCE, .elsewhere = true, .base = 300 * PMD_SIZE - PAGES(2));
SWEEP_ANON(mremap_dontunmap_from_the_table, "wwww",
	   op_mremap(0, 4, 4, MOVE_TO | MREMAP_DONTUNMAP, 4 * PTRS_PER_PTE), NULL,
	   .allows = SWEEP_SOURCE, .elsewhere = true, .base = 300 * PMD_SIZE - PAGES(2));
#ifdef HAVE_MREMAP_ACCTS_ANYWAY	/* what could not be unmapped, charged or not */
XFAIL_ADD(sweep, mremap_move_middle_shared_file, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_shared_file_hooks, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_shared_file, undoes_it_without_memory,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_middle_shared_file_hooks, undoes_it_without_memory,
	  "committed memory is");
#endif
/*
 * In older trees the new place, of which a move that failed is undone, has lost
 * VM_ACCOUNT by the time that it is unmapped: what it grew by stays charged.
 */
#ifndef HAVE_MREMAP_UNCHARGES_GROWTH
XFAIL_ADD(sweep, mremap_move_and_grow_file_hooks, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_moves_to_grow_written, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_moves_to_grow_file_hooks, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_grow_from_the_table_written, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_grow_from_the_table_file_hooks, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_grow_from_the_table_written, undoes_it_without_memory,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_grow_from_the_table_file_hooks, undoes_it_without_memory,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_move_and_grow_file_hooks, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_moves_to_grow_written, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_moves_to_grow_file_hooks, undoes_it_without_memory, "committed memory is");
#endif
SWEEP_ANON(mremap_dontunmap, "ww", op_mremap(0, 2, 2, MOVE_TO | MREMAP_DONTUNMAP, 4), "ww..ww");
#ifdef HAVE_DONTUNMAP_FORGETS_CHARGE	/* see tests/mremap.c */
XFAIL_ADD(sweep, mremap_dontunmap_fresh, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_fresh, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_fresh, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_written, leaves_nothing_half_done, "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_written, undoes_it_without_memory, "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_written, works_the_same_at_each_border, "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_from_the_table_fresh, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_from_the_table_fresh, undoes_it_without_memory,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_from_the_table_fresh, works_the_same_at_each_border,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_from_the_table_written, leaves_nothing_half_done,
	  "committed memory is");
XFAIL_ADD(sweep, mremap_dontunmap_from_the_table_written, works_the_same_at_each_border,
	  "committed memory is");
#endif
#if defined(HAVE_DONTUNMAP_FORGETS_CHARGE) || defined(HAVE_MREMAP_ACCTS_ANYWAY)
XFAIL_ADD(sweep, mremap_dontunmap_from_the_table_written, undoes_it_without_memory,
	  "committed memory is");
#endif

/* madvise(): "a kernel resource was temporarily unavailable", says its manual page */

SWEEP(madvise_head, "wwwwww", op_madvise(0, 2, MADV_DONTFORK), "wwwwww", .also = -EAGAIN);
SWEEP(madvise_tail, "wwwwww", op_madvise(4, 2, MADV_DONTFORK), "wwwwww", .also = -EAGAIN);
SWEEP(madvise_middle, "wwwwww", op_madvise(2, 2, MADV_SEQUENTIAL), "wwwwww", .also = -EAGAIN);
SWEEP(madvise_several, "rrr|www|xxx", op_madvise(1, 7, MADV_DONTDUMP), "rrrwwwxxx",
      .also = -EAGAIN, .allows = SWEEP_PREFIX);
SWEEP_ANON(madvise_wipeonfork_middle, "wwwwww", op_madvise(2, 2, MADV_WIPEONFORK), "wwwwww",
	   .also = -EAGAIN);

static void forget_pages(void)
{
	op_madvise(0, 4, MADV_DONTNEED);
}

SWEEP_ANON(madvise_populate, "wwww", op_madvise(1, 2, MADV_POPULATE_WRITE), "wwww",
	   .prepare = forget_pages, .allows = SWEEP_PREFIX);

#ifdef CONFIG_ANON_VMA_NAME

static long name_pages(int page, int pages)
{
#ifdef HAVE_SET_ANON_VMA_NAME
	return set_anon_vma_name(PAGE(page), PAGES(pages), (const char __user *)"name");
#else
	struct anon_vma_name *name = anon_vma_name_alloc("name");
	long ret;

	if (!name)
		return -ENOMEM;
	ret = mmap_write_lock_killable(current->mm);
	if (!ret) {
		ret = madvise_set_anon_name(current->mm, PAGE(page), PAGES(pages), name);
		mmap_write_unlock(current->mm);
	}
	anon_vma_name_put(name);
	return ret;
#endif
}

SWEEP_ANON(anon_name_whole, "wwww", name_pages(0, 4), "wwww", .also = -EAGAIN);
SWEEP_ANON(anon_name_middle, "wwwwww", name_pages(2, 2), "wwwwww", .also = -EAGAIN);
SWEEP_ANON(anon_name_several, "rrr|www|xxx", name_pages(1, 7), "rrrwwwxxx",
	   .also = -EAGAIN, .allows = SWEEP_PREFIX);

#endif

/* mlock(): "some or all of the specified address range could not be locked" */

static long lock_on_fault(int page, int pages)
{
	return sys_mlock2(PAGE(page), PAGES(pages), MLOCK_ONFAULT);
}

static void lock_all_on_fault(void)
{
	sys_mlockall(MCL_CURRENT | MCL_ONFAULT);
}

SWEEP_ANON(mlock_whole, "wwww", sys_mlock(PAGE(0), PAGES(4)), "wwww",
	   .also = -EAGAIN, .allows = SWEEP_PREFIX);
SWEEP_ANON(mlock_middle, "wwwwww", sys_mlock(PAGE(2), PAGES(2)), "wwwwww",
	   .also = -EAGAIN, .allows = SWEEP_PREFIX);
SWEEP(mlock2_middle, "wwwwww", lock_on_fault(2, 2), "wwwwww");
SWEEP(mlock2_several, "rrr|www|xxx", lock_on_fault(1, 7), "rrrwwwxxx",
      .allows = SWEEP_PREFIX);
SWEEP(munlock_middle, "wwwwww", sys_munlock(PAGE(2), PAGES(2)), "wwwwww",
      .prepare = lock_all_on_fault);
SWEEP(munlockall, "ww|rr..ww", sys_munlockall(), "wwrr..ww", .prepare = lock_all_on_fault);
SWEEP(mlockall, "ww|rr..ww", sys_mlockall(MCL_CURRENT | MCL_ONFAULT), "wwrr..ww");

/* mseal() */
#ifdef CONFIG_64BIT
SWEEP(mseal_middle, "wwwwww", sys_mseal(PAGE(2), PAGES(2), 0), "wwwwww");
SWEEP(mseal_several, "rrr|www|xxx", sys_mseal(PAGE(1), PAGES(7), 0), "rrrwwwxxx",
      .allows = SWEEP_PREFIX);
#endif

/* brk(): the break stays where it was, which says that there is no memory */

static long move_break(int page)
{
	long ret = sys_brk(PAGE(page));

	if (ret == PAGE(page))
		return 0;
	return IS_ERR_VALUE(ret) ? ret : -ENOMEM;
}

static void begin_heap(void)
{
	current->mm->start_brk = PAGE(12);
	current->mm->brk = PAGE(12);
}

static void have_heap(void)
{
	begin_heap();
	ASSERT_EQ(0, move_break(16));
}

SWEEP(brk_begins, "ww", move_break(16), "ww..........wwww", .also = -ENOMEM, .prepare = begin_heap);
SWEEP(brk_grows, "ww", move_break(18), "ww..........wwwwww", .also = -ENOMEM, .prepare = have_heap);
SWEEP(brk_shrinks, "ww", move_break(14), "ww..........ww", .prepare = have_heap);
SWEEP(brk_ends, "ww", move_break(12), "ww", .prepare = have_heap);

/* remap_file_pages(): other pages of a file */

static long remap_file(int page, int pages, int pgoff)
{
	return sys_remap_file_pages(PAGE(page), PAGES(pages), 0, pgoff, MAP_NONBLOCK);
}

SWEEP_FILE(remap_file_pages_whole, "WWWW", remap_file(0, 4, 8), "WWWW", .allows = SWEEP_GAP,
	   .once = true);
SWEEP_FILE(remap_file_pages_middle, "WWWWWW", remap_file(2, 2, 8), "WWWWWW",
	   .allows = SWEEP_GAP, .once = true);

/* A stack grows when something beside it is touched, having got an anon_vma first. */
static void have_stack(void)
{
	ASSERT_EQ(PAGE(20), aspace_map_stack(20, 4));
}

SWEEP_ANON(stack_grows, "", grow_stack(PAGE(18)),
	   IS_ENABLED(CONFIG_STACK_GROWSUP) ? "....................wwwwww" :
	   "..................wwwwww",
	   .prepare = have_stack, .also = -ENOMEM, .allows = SWEEP_PREFIX);

/* mbind() */
#ifdef CONFIG_NUMA

static long bind(int page, int pages)
{
	unsigned long nodes = 1;

	return sys_mbind(PAGE(page), PAGES(pages), MPOL_BIND, (unsigned long __user *)&nodes,
			 BITS_PER_LONG, 0);
}

static void bind_all(void)
{
	ASSERT_EQ(0, bind(0, 4));
}

static long set_home(int page, int pages)
{
	return sys_set_mempolicy_home_node(PAGE(page), PAGES(pages), 0, 0);
}

SWEEP(home_node_whole, "wwww", set_home(0, 4), "wwww", .prepare = bind_all);
SWEEP(home_node_middle, "wwww", set_home(1, 2), "wwww", .prepare = bind_all);
SWEEP(home_node_several, "ww|rr", set_home(1, 2), "wwrr", .prepare = bind_all,
      .allows = SWEEP_PREFIX);
SWEEP(mbind_whole, "wwww", bind(0, 4), "wwww");
SWEEP(mbind_middle, "wwwwww", bind(2, 2), "wwwwww");
SWEEP(mbind_several, "rrr|www|xxx", bind(1, 7), "rrrwwwxxx", .allows = SWEEP_PREFIX);
SWEEP(munmap_middle_with_policy, "wwwwww", unmap(2, 2), "ww..ww", .prepare = bind_all);
SWEEP(mremap_with_policy, "wwww", op_mremap(0, 4, 4, MOVE_TO, 8), "........wwww",
      .prepare = bind_all, .allows = SWEEP_SOURCE);

#endif
