/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched_point(): a preemption point. Code that accesses memory of several tasks calls it
 * before the access to @addr. Under vma explore, explore/explore.c then decides which task
 * runs; otherwise it only reads a variable.
 */
#ifndef _ASM_SCHED_POINT_H
#define _ASM_SCHED_POINT_H

#include <os/os.h>

#define sched_point(addr, write)				\
	do {								\
		if (__builtin_expect(explore_points, 0))		\
			explore_point((addr), (write));		\
	} while (0)

/*
 * The same for an access of kernel code to an object, which --weak may delay or answer with
 * an old value: @how is a set of EXPLORE_WRITE etc.
 */
#define sched_access(p, how)					\
	sched_point((const volatile void *)(p), (how) | EXPLORE_SIZE(sizeof(*(p))))

/* After a load: see explore_fresh(). */
#define sched_loaded()							\
	do {								\
		if (__builtin_expect(explore_aged, 0))			\
			explore_fresh();				\
	} while (0)

/* Tell --weak about a barrier. */
#define sched_fence(fence)						\
	do {								\
		if (__builtin_expect(explore_weak, 0))			\
			explore_fence(fence);				\
	} while (0)

/*
 * The mmap_lock_ops of an address space (shim/mm/mmap_lock_ops.h) are called before each
 * WRITE_ONCE(), which includes those that write-lock a VMA, by whatever function.
 */
extern void (*shim_marked_store)(const volatile void *addr);

#define shim_watch_store(addr)					\
	do {								\
		void (*__told)(const volatile void *at) =		\
			__atomic_load_n(&shim_marked_store, __ATOMIC_RELAXED); \
		if (__builtin_expect(!!__told, 0))			\
			__told(addr);					\
	} while (0)

/* Everything up to atomic_step_end() is one step, with a preemption point before it. */
#define atomic_step_begin(addr, write)					\
	do {								\
		sched_point((addr), (write));			\
		explore_paused += explore_on;			\
	} while (0)
#define atomic_step_end()						\
	do {								\
		explore_paused -= explore_on;			\
	} while (0)

#endif /* _ASM_SCHED_POINT_H */
