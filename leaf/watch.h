/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who wants to be told what the tree does to an address space: tests/oracle/.
 */
#ifndef LEAF_WATCH_H
#define LEAF_WATCH_H

#include <linux/mm.h>
#include <linux/maple_tree.h>
#include "../host.h"

/**
 * struct watch - what is told of the current task's address space
 * @born:	an address space, not necessarily its own, begins; it has no VMAs yet
 * @taken:	its mmap_lock was taken for writing
 * @leaving:	the task is about to let go of it; @downgraded: it keeps it for reading
 * @left:	the task is about to let go of what @leaving has left it
 * @storing:	@entry is about to be stored in the tree, in place of all that is
 *		between mas->index and mas->last
 *
 * Nobody is told anything while there are several tasks.
 */
struct watch {
	void (*born)(struct mm_struct *mm);
	void (*taken)(struct mm_struct *mm);
	void (*leaving)(struct mm_struct *mm, bool downgraded);
	void (*left)(struct mm_struct *mm);
	void (*storing)(struct ma_state *mas, void *entry);
};

extern const struct watch *watch;

static inline bool watch_is_on(void)
{
	return watch && !host_exploring && !host_threads_started();
}

/* Return: the address space that somebody watches and whose lock this is, or NULL. */
static inline struct mm_struct *watched(const struct rw_semaphore *sem)
{
	if (likely(!watch) || !process_current || !current->mm ||
	    sem != &current->mm->mmap_lock || !watch_is_on())
		return NULL;
	return current->mm;
}

#endif /* LEAF_WATCH_H */
