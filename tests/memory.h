/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contents of memory: a program's reads and writes of the first word of a page in the
 * drawing (tests/aspace.h).
 */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include "tests/aspace.h"
#include "shim/kernel/fork.h"
#include "shim/mm/mmu.h"

/* Become a program of another address space. */
static inline void use_test_mm(struct mm_struct *mm)
{
	current->mm = mm;
	current->active_mm = mm;
}

static inline struct mmu_access memory_write(int page, unsigned long value)
{
	return mmu_write(PAGE(page), &value, sizeof(value));
}

static inline struct mmu_access memory_read(int page)
{
	unsigned long value;

	return mmu_read(PAGE(page), &value, sizeof(value));
}

/* What a page holds; a failure if it cannot be read. */
static inline unsigned long memory_at(int page)
{
	unsigned long value = 0;
	struct mmu_access access = mmu_read(PAGE(page), &value, sizeof(value));

	if (access.error)
		os_test_fail("page %d cannot be read: error %d, signal %d, code %d", page,
			     access.error, access.signal, access.code);
	return value;
}

/* The page that is mapped there; NULL if none is. */
static inline struct page *memory_page(int page)
{
	return mmu_page(current->mm, PAGE(page));
}

static inline struct mm_struct *memory_fork(void)
{
	struct mm_struct *child = fork_mm(current->mm);

	if (!child) {
		os_test_fail("fork failed");
		os_test_abort();
	}
	return child;
}

/* The same, and the program goes on as the child. */
static inline struct mm_struct *memory_become_child(void)
{
	struct mm_struct *child = memory_fork();

	use_test_mm(child);
	return child;
}

#define ASSERT_WRITE(page, value)	ASSERT_EQ(0, memory_write(page, value).error)
#define ASSERT_MEMORY(value, page)	ASSERT_EQ((unsigned long)(value), memory_at(page))

/* Write to each of these pages. */
static inline void memory_write_pages(int page, int pages)
{
	for (; pages; page++, pages--)
		ASSERT_WRITE(page, 1);
}

/* The program gets a signal when it accesses that page. */
#define ASSERT_SIGNAL(number, why, access) do {				\
	struct mmu_access __access = (access);				\
									\
	ASSERT_EQ(-EFAULT, __access.error);				\
	ASSERT_EQ(number, __access.signal);				\
	ASSERT_EQ(why, __access.code);					\
} while (0)

#endif /* TESTS_MEMORY_H */
