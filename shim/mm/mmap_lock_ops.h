/* SPDX-License-Identifier: GPL-2.0 */
/* Callbacks for changes of an address space; tests/oracle/ registers them. */
#ifndef SHIM_MM_MMAP_LOCK_OPS_H
#define SHIM_MM_MMAP_LOCK_OPS_H

#include <linux/mm.h>
#include <linux/maple_tree.h>
#include "os/os.h"

/**
 * struct mmap_lock_ops - callbacks for the address space of the current task
 * @init:	a new address space, without VMAs yet; it need not be the current one
 * @locked:	mmap_lock was write-locked
 * @unlocking:	mmap_lock is about to be unlocked, or, if @downgraded, downgraded
 * @unlocked:	after @unlocking: the last callback before the lock is released
 * @store:	@entry is about to be stored in the maple tree, from mas->index to mas->last
 *
 * Not called while there are several tasks.
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

/* Return: the address space with callbacks that this lock belongs to, or NULL. */
static inline struct mm_struct *watched(const struct rw_semaphore *sem)
{
	if (likely(!mmap_lock_ops) || !shim_current || !current->mm ||
	    sem != &current->mm->mmap_lock || !watch_is_on())
		return NULL;
	return current->mm;
}

#endif /* SHIM_MM_MMAP_LOCK_OPS_H */
