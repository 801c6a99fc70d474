/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An address space to test in, and drawings of it.
 *
 * A drawing has one character for each page from SPACE_BASE on:
 *
 *	.	nothing is mapped
 *	n r w x	private: no access, read, read and write, read and execute
 *	N R W X	the same, shared
 *	|	no page: two VMAs meet here
 *
 * so "..ww|rr.." is two free pages, a writable VMA of two pages, a read-only
 * one next to it, two free pages.  "wwww" is one VMA and "ww|ww" are two.
 */
#ifndef TESTS_SPACE_H
#define TESTS_SPACE_H

#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <generated/features.h>
#include "harness.h"
#include "oracle/model.h"

#define SPACE_BASE	0x10000000UL
#define SPACE_PAGES	64		/* what drawings cover */

/* Where drawings begin in files that define SPACE_ELSEWHERE ahead of this one. */
extern unsigned long space_base;

/* The address of page @n of the drawing. */
#ifdef SPACE_ELSEWHERE
#define PAGE(n)		(space_base + (unsigned long)(n) * PAGE_SIZE)
#else
#define PAGE(n)		(SPACE_BASE + (unsigned long)(n) * PAGE_SIZE)
#endif
#define PAGES(n)	((unsigned long)(n) * PAGE_SIZE)

struct mm_struct *space_new(void);
void space_free(struct mm_struct *mm);

unsigned long space_mmap(struct file *file, int page, int pages, char kind,
			 unsigned long flags, unsigned long pgoff);
unsigned long space_map_stack(int page, int pages);
void space_map(const char *drawing);
char space_kind(vm_flags_t flags);
char *space_draw(struct mm_struct *mm, char *buf, int pages);
int space_differs(struct mm_struct *mm, const char *file, int line, const char *expected);
void space_show(struct mm_struct *mm);
struct vm_area_struct *space_vma(int page);
void space_change_flags(int page, vm_flags_t set, vm_flags_t clear);
int space_prepare_anon_vma(int page);
int space_count(struct mm_struct *mm);

/*
 * The exact number of pages of one kind, MM_ANONPAGES say: get_mm_counter()
 * leaves out what the CPUs have not added up yet, and that may be all of it.
 */
static inline unsigned long space_rss(struct mm_struct *mm, int kind)
{
	return percpu_counter_sum_positive(&mm->rss_stat[kind]);
}

/*
 * Does a VMA whose pages were written to merge with a neighbour that has none
 * yet, when it is modified?  Trees before "mm/vma: fix incorrectly disallowed
 * anonymous VMA merges" keep them apart.
 */
#ifdef TREE_HAS_MERGE_INTO_UNFAULTED
#define MERGES_UNFAULTED	true
#else
#define MERGES_UNFAULTED	false
#endif

/* The address space looks as drawn; what follows the drawing is free as well. */
#define ASSERT_SPACE(expected)						\
	__TEST_ASSERT(space_differs(current->mm, __FILE__, __LINE__, expected))

#define SPACE_IS_ERR(addr)	IS_ERR_VALUE((unsigned long)(addr))

/*
 * The fixture of most tests: an empty address space, which is the current
 * one.  A failed test shows what the space looked like.
 */
FIXTURE(space) {
	struct mm_struct *mm;
};

FIXTURE_SETUP(space)
{
	space_base = SPACE_BASE;
	self->mm = space_new();
}

FIXTURE_TEARDOWN(space)
{
	if (host_test_failed())
		space_show(self->mm);
	/* A test that stopped half way may hold its lock: nothing can be torn down. */
	if (!host_test_failed() || !rwsem_is_locked(&self->mm->mmap_lock))
		space_free(self->mm);
}

#endif /* TESTS_SPACE_H */
