/* SPDX-License-Identifier: GPL-2.0 */
/* Events for `vma lockstat`, see os/os.h. In other runs each of these only reads a variable. */
#ifndef SHIM_MM_LOCKSTAT_H
#define SHIM_MM_LOCKSTAT_H

#include <linux/mmap_lock.h>
#include "os/os.h"

void lockstat_path_begin(void);
void lockstat_path_end(enum lockstat_outcome outcome);
void lockstat_rwsem_taken(const struct rw_semaphore *sem, bool shared);
void lockstat_rwsem_waited(const struct rw_semaphore *sem, bool shared);
void lockstat_rwsem_tried(const struct rw_semaphore *sem);

#define lockstat_count(what)						\
do {									\
	if (unlikely(lockstat_on))					\
		lockstat_count(what);				\
} while (0)

/* lock_vma_under_rcu() for a page fault, and its outcome; empty without per-VMA locks */
static inline struct vm_area_struct *lockstat_lookup(struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma;

	lockstat_count(OS_LOOKUP);
	stress_count(1);
	lockstat_path_begin();
	vma = lock_vma_under_rcu(mm, address);
	lockstat_path_end(vma ? OS_LOOKUP_SUCCESS : OS_LOOKUP_ABORT);
	return vma;
}

#endif /* SHIM_MM_LOCKSTAT_H */
