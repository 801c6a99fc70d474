/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks that lock a VMA without mmap_lock, and read it or write to its memory, while others
 * change the address space.
 */
#ifndef TESTS_RACE_H
#define TESTS_RACE_H

#include <linux/mmap_lock.h>
#include <linux/syscalls.h>
#include <generated/features.h>
#include "tests/aspace.h"
#include "tests/tasks.h"
#include "os/os.h"
#include "shim/mm/lockstat.h"

static inline bool is_attached(struct vm_area_struct *vma)
{
#if !defined(CONFIG_PER_VMA_LOCK)
	return true;
#elif defined(HAVE_VMA_DETACHED_FLAG)
	return !vma->detached;
#else
	return refcount_read(&vma->vm_refcnt) > 0;
#endif
}

/* How often somebody has ended to write under mmap_lock; 0 for ever if nobody counts. */
static inline unsigned int nr_writers_of(struct mm_struct *mm)
{
#ifndef CONFIG_PER_VMA_LOCK
	return 0;
#elif defined(HAVE_MM_LOCK_SEQCOUNT)
	return READ_ONCE(mm->mm_lock_seq.sequence) / 2;
#else
	return READ_ONCE(mm->mm_lock_seq);
#endif
}

/* Locks the VMA at a page as a fault does, and watches it. */
struct reader {
	struct mm_struct *mm;
	int page;
	bool was_free;			/* nothing was mapped there */
	unsigned int nr_writers;	/* at that time */
	bool over;		/* what it looks at */
	unsigned int nr_tasks;
	struct shim_task *tasks[STRESS_LOAD];
};

/* What must not change while it is locked. */
struct view {
	unsigned long start, end, pgoff, flags;
	struct mm_struct *mm;
	struct file *file;
	struct anon_vma *anon_vma;
};

static inline struct view look_at(struct vm_area_struct *vma)
{
	return (struct view){
		.start = READ_ONCE(vma->vm_start),
		.end = READ_ONCE(vma->vm_end),
		.pgoff = READ_ONCE(vma->vm_pgoff),
		.flags = READ_ONCE(vma->vm_flags),
		.mm = READ_ONCE(vma->vm_mm),
		.file = READ_ONCE(vma->vm_file),
		.anon_vma = READ_ONCE(vma->anon_vma),
	};
}

/* As a fault does.  Return: the VMA, or NULL where a fault would go on with mmap_lock. */
static inline struct vm_area_struct *lock_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	if (IS_ENABLED(CONFIG_PER_VMA_LOCK)) {
		vma = lockstat_lookup(mm, addr);
		if (vma)
			count_vm_vma_lock_event(VMA_LOCK_SUCCESS);	/* an architecture does */
		return vma;
	}
	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (vma)
		return vma;
	mmap_read_unlock(mm);
	return NULL;
}

static inline void unlock_vma(struct vm_area_struct *vma)
{
	if (IS_ENABLED(CONFIG_PER_VMA_LOCK))
		vma_end_read(vma);
	else
		mmap_read_unlock(vma->vm_mm);
}

static inline void lock_and_look(struct reader *r)
{
	unsigned long addr = PAGE(r->page);
	struct view first, now;
	struct vm_area_struct *vma;
	int i;

	vma = lock_vma(r->mm, addr);
	if (!vma)
		return;
	/* A new VMA is locked until whoever makes it has come to the end. */
	if (r->was_free && IS_ENABLED(CONFIG_PER_VMA_LOCK))
		EXPECT_NE(r->nr_writers, nr_writers_of(r->mm));
	first = look_at(vma);
	EXPECT_LE(first.start, addr);
	EXPECT_GT(first.end, addr);
	EXPECT_EQ(r->mm, first.mm);
	for (i = 0; i < 3; i++) {
		EXPECT_TRUE(is_attached(vma));
		now = look_at(vma);
		EXPECT_EQ(first.start, now.start);
		EXPECT_EQ(first.end, now.end);
		EXPECT_EQ(first.pgoff, now.pgoff);
		EXPECT_EQ(first.flags, now.flags);
		EXPECT_EQ(first.mm, now.mm);
		EXPECT_EQ(first.file, now.file);
		/* Another reader may be the first to need one. */
		if (first.anon_vma)
			EXPECT_EQ(first.anon_vma, now.anon_vma);
	}
	unlock_vma(vma);
}

/*
 * Once; under `vma stress`, which runs on threads, until what there is to see is over,
 * or so often that it is time for those who have not had a processor yet.
 */
static inline void read_page(void *arg)
{
	struct reader *r = arg;
	int left = 1000;

	do {
		lock_and_look(r);
	} while (stress_on && --left && !READ_ONCE(r->over));
}

/* Writes to a page, as a machine's fault handler has it done. */
static inline void fault_page(void *arg)
{
	struct reader *r = arg;
	unsigned long addr = PAGE(r->page);
	struct vm_area_struct *vma;
	vm_fault_t ret;

	vma = lock_vma_under_rcu(r->mm, addr);
	if (vma && (vma->vm_flags & VM_WRITE)) {
		ret = handle_mm_fault(vma, addr, FAULT_FLAG_WRITE | FAULT_FLAG_VMA_LOCK, NULL);
		/* Who is told to try again holds the lock no more. */
		if (!(ret & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
			vma_end_read(vma);
		if (!(ret & VM_FAULT_RETRY))
			return;
	} else if (vma) {
		vma_end_read(vma);
	}
	mmap_read_lock(r->mm);
	vma = vma_lookup(r->mm, addr);
	if (vma && (vma->vm_flags & VM_WRITE))
		EXPECT_EQ(0, handle_mm_fault(vma, addr, FAULT_FLAG_WRITE, NULL) & VM_FAULT_ERROR);
	mmap_read_unlock(r->mm);
}

#endif /* TESTS_RACE_H */
