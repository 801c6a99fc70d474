// SPDX-License-Identifier: GPL-2.0
/*
 * Records the code path of a VMA lookup and of a page fault, from which `vma lockstat`
 * derives why they failed.
 *
 * Guarantees: in builds with __sanitizer_cov_trace_pc(), the last basic blocks of the files
 * that scripts/Makefile.san names are reported in order. Other builds report none.
 */
#include "shim/shim.h"
#include "shim/mm/lockstat.h"
#include <linux/mm_types.h>
#include <linux/rwsem.h>
#include <linux/vmstat.h>

#define PATH	256	/* number of recorded blocks */

static __thread unsigned long path[PATH];
static __thread unsigned int path_length;
static __thread bool path_on;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	if (likely(!path_on))
		return;
	path[path_length++ % PATH] = (unsigned long)__builtin_return_address(0);
}

/** lockstat_path_begin() - the current task starts a lookup or a page fault */
void lockstat_path_begin(void)
{
	path_length = 0;
	path_on = lockstat_on;
}

/** lockstat_path_end() - it has ended with this outcome */
void lockstat_path_end(enum lockstat_outcome outcome)
{
	unsigned int i, n = min(path_length, PATH);
	unsigned long in_order[PATH];

	if (!path_on)
		return;
	path_on = false;
	for (i = 0; i < n; i++)
		in_order[i] = path[(path_length - n + i) % PATH];
	lockstat_path(outcome, in_order, n);
}

static bool is_mmap_lock(const struct rw_semaphore *sem)
{
	return current->mm && sem == &current->mm->mmap_lock;
}

/** lockstat_rwsem_taken() - the current task has acquired an rwsem */
void lockstat_rwsem_taken(const struct rw_semaphore *sem, bool shared)
{
	if (unlikely(lockstat_on) && is_mmap_lock(sem))
		lockstat_count(shared ? OS_MMAP_READ : OS_MMAP_WRITE);
}

/** lockstat_rwsem_waited() - the current task has waited for an rwsem */
void lockstat_rwsem_waited(const struct rw_semaphore *sem, bool shared)
{
	if (likely(!lockstat_on))
		return;
	if (!is_mmap_lock(sem))
		lockstat_count(OS_OTHER_WAIT);
	else
		lockstat_count(shared ? OS_MMAP_READ_WAIT : OS_MMAP_WRITE_WAIT);
}

/** lockstat_rwsem_tried() - the current task has acquired an rwsem by a read trylock */
void lockstat_rwsem_tried(const struct rw_semaphore *sem)
{
	if (unlikely(lockstat_on) && is_mmap_lock(sem))
		lockstat_count(OS_MMAP_TRY_READ);
}

/* The tree's own counters. */
int vma_lock_events(unsigned long counts[OS_LOCK_EVENTS])
{
#ifdef CONFIG_PER_VMA_LOCK_STATS
	unsigned long events[NR_VM_EVENT_ITEMS];

	all_vm_events(events);
	counts[OS_LOCK_SUCCESS] = events[VMA_LOCK_SUCCESS];
	counts[OS_LOCK_ABORT] = events[VMA_LOCK_ABORT];
	counts[OS_LOCK_RETRY] = events[VMA_LOCK_RETRY];
	counts[OS_LOCK_MISS] = events[VMA_LOCK_MISS];
	return 1;
#else
	return 0;
#endif
}
