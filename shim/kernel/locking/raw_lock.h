/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lock for the books that the allocators keep.
 *
 * In a kernel two allocations on two CPUs have no lock in common.  If ours
 * had one that ThreadSanitizer knows of, every allocation would order what
 * the threads did before it, and hide their races.  The Makefile therefore
 * compiles the files that use this lock without ThreadSanitizer; what they
 * do by way of the C library while they hold it is not looked at, either.
 * What is handed over from one thread to the next is said by shim/kernel/tsan.h.
 *
 * While schedules are explored nobody is interrupted with it.
 *
 * It is held for some dozen instructions, so that a thread that finds it taken
 * only lets others run.
 */
#ifndef SHIM_KERNEL_LOCKING_RAW_LOCK_H
#define SHIM_KERNEL_LOCKING_RAW_LOCK_H

#include "os/os.h"
#include "shim/kernel/tsan.h"

static inline void raw_lock(unsigned int *word)
{
	if (explore_on) {
		explore_paused++;
		return;
	}
	while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE))
		os_yield();
	tsan_ignore_begin();
}

static inline void raw_unlock(unsigned int *word)
{
	if (explore_on) {
		explore_paused--;
		return;
	}
	tsan_ignore_end();
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

#endif /* SHIM_KERNEL_LOCKING_RAW_LOCK_H */
