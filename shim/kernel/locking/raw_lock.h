/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lock for the tables of the allocators that ThreadSanitizer does not see.
 *
 * In the kernel, two allocations on two CPUs share no lock. If ThreadSanitizer knew this
 * lock, each allocation would order the threads and hide races. So the Makefile compiles
 * the files that use it without ThreadSanitizer, which also ignores calls to the C library
 * while it is held. shim/kernel/tsan.h reports what is passed between threads.
 *
 * Its holder is not preempted under vma explore.
 *
 * It is held for some dozen instructions, so a waiter only yields.
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
