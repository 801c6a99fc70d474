/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An address space to test in, and drawings of it.
 *
 * A drawing has one character for each page from ASPACE_BASE on:
 *
 *	.	nothing is mapped
 *	n r w x	private: no access, read, read and write, read and execute
 *	N R W X	the same, shared
 *	|	no page: two VMAs meet here
 *
 * so "..ww|rr.." is two free pages, a writable VMA of two pages, a read-only
 * one next to it, two free pages.  "wwww" is one VMA and "ww|ww" are two.
 *
 * A second line below it, ASSERT_ANON("..ww|rr..", "..Aa|--.."), shows which anon_vma
 * each page's VMA has, and which pages are faulted in:
 *
 *	A B ...	the VMA has an anon_vma, and the page tables have a page here
 *	a b ...	the same, and they have none
 *	+ -	the VMA has no anon_vma: there is a page here, or none
 *
 * A letter stands for one anon_vma: the test's first is A, the next one that a second line
 * shows is B, and both keep their letters to the end of the test, in children too.  So an
 * A in the last drawing is the A of the first one.  (Only one that has been freed in the
 * meantime leaves its letter to whichever gets its memory.)
 */
#ifndef TESTS_ASPACE_H
#define TESTS_ASPACE_H

#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include "tests/differences.h"
#include "tests/harness.h"
#include "tests/oracle/model.h"

#define ASPACE_BASE	0x10000000UL
#define ASPACE_PAGES	64		/* what drawings cover */

/* The start of drawings in files that define ASPACE_ELSEWHERE before including this file. */
extern unsigned long aspace_base;

/* The address of page @n of the drawing. */
#ifdef ASPACE_ELSEWHERE
#define PAGE(n)		(aspace_base + (unsigned long)(n) * PAGE_SIZE)
#else
#define PAGE(n)		(ASPACE_BASE + (unsigned long)(n) * PAGE_SIZE)
#endif
#define PAGES(n)	((unsigned long)(n) * PAGE_SIZE)

struct mm_struct *aspace_new(void);
void aspace_free(struct mm_struct *mm);

unsigned long aspace_mmap(struct file *file, int page, int pages, char kind,
			  unsigned long flags, unsigned long pgoff);
unsigned long aspace_map_stack(int page, int pages);
void aspace_map(const char *drawing);
char aspace_kind(vm_flags_t flags);
char *aspace_draw(struct mm_struct *mm, char *buf, int pages);
int aspace_differs(struct mm_struct *mm, const char *file, int line, const char *expected,
		   const char *expected_anon);
void aspace_show(struct mm_struct *mm);
struct vm_area_struct *aspace_vma(int page);
void aspace_change_flags(int page, vm_flags_t set, vm_flags_t clear);
int aspace_prepare_anon_vma(int page);
int aspace_count(struct mm_struct *mm);
bool aspace_has_flag(int page, vm_flags_t flag);
unsigned long aspace_live_vmas(void);
unsigned long aspace_committed(void);
int aspace_drawn_pages(const char *drawing, const char *kinds);

/*
 * The exact number of pages of one kind, such as MM_ANONPAGES. get_mm_counter() does not
 * include the per-CPU parts of the counter.
 */
static inline unsigned long aspace_rss(struct mm_struct *mm, int kind)
{
	return percpu_counter_sum_positive(&mm->rss_stat[kind]);
}

/* The address space looks as drawn; what follows the drawing is free as well. */
#define ASSERT_SPACE(expected)						\
	__TEST_ASSERT(aspace_differs(current->mm, __FILE__, __LINE__, expected, NULL))

/* The same, with a second line: which anon_vma, and what is faulted in. */
#define ASSERT_ANON(expected, expected_anon)				\
	__TEST_ASSERT(aspace_differs(current->mm, __FILE__, __LINE__, expected, expected_anon))

#define ASPACE_IS_ERR(addr)	IS_ERR_VALUE((unsigned long)(addr))

/*
 * The fixture of most tests: an empty address space, which is the current one. A failed test
 * prints its VMAs.
 */
FIXTURE(aspace) {
	struct mm_struct *mm;
};

FIXTURE_SETUP(aspace)
{
	aspace_base = ASPACE_BASE;
	self->mm = aspace_new();
}

FIXTURE_TEARDOWN(aspace)
{
	if (os_test_failed())
		aspace_show(self->mm);
	/* An aborted test may hold mmap_lock, so do not tear down. */
	if (!os_test_failed() || !rwsem_is_locked(&self->mm->mmap_lock))
		aspace_free(self->mm);
}

#endif /* TESTS_ASPACE_H */
