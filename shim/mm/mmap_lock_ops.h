/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who wants to be told what the tree does to an address space: tests/oracle/.
 */
#ifndef SHIM_MM_MMAP_LOCK_OPS_H
#define SHIM_MM_MMAP_LOCK_OPS_H

#include <linux/mm.h>
#include <linux/maple_tree.h>
#include "os/os.h"

/**
 * struct mmap_lock_ops - what is told of the current task's address space
 * @init:	an address space, not necessarily its own, begins; it has no VMAs yet
 * @locked:	its mmap_lock was taken for writing
 * @unlocking:	the task is about to let go of it; @downgraded: it keeps it for reading
 * @unlocked:	the task is about to let go of what @unlocking has left it
 * @store:	@entry is about to be stored in the tree, in place of all that is
 *		between mas->index and mas->last
 *
 * Nobody is told anything while there are several tasks.
 */
struct mmap_lock_ops {
	void (*init)(struct mm_struct *mm);
	void (*locked)(struct mm_struct *mm);
	void (*unlocking)(struct mm_struct *mm, bool downgraded);
	void (*unlocked)(struct mm_struct *mm);
	void (*store)(struct ma_state *mas, void *entry);
};

extern const struct mmap_lock_ops *mmap_lock_ops;

static inline bool watch_is_on(void)
{
	return mmap_lock_ops && !explore_on && !os_threads_started();
}

/* Return: the address space that somebody watches and whose lock this is, or NULL. */
static inline struct mm_struct *watched(const struct rw_semaphore *sem)
{
	if (likely(!mmap_lock_ops) || !shim_current || !current->mm ||
	    sem != &current->mm->mmap_lock || !watch_is_on())
		return NULL;
	return current->mm;
}

#endif /* SHIM_MM_MMAP_LOCK_OPS_H */
