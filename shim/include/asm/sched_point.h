/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sched_point(): every place at which two tasks can interact calls
 * this before it touches @addr.  While schedules are explored it is decided here
 * who goes on (explore/explore.c); else it is a look at a variable.
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
 * The watcher of an address space (shim/mm/mmap_lock_ops.h) hears of each WRITE_ONCE() before it is
 * made: among them are those that write-lock a VMA, whatever the tree's function for that.
 */
extern void (*shim_marked_store)(const volatile void *addr);

#define shim_watch_store(addr)					\
	do {								\
		if (__builtin_expect(!!shim_marked_store, 0))	\
			shim_marked_store(addr);			\
	} while (0)

/* What is done up to atomic_step_end() is one step, with its point at the beginning. */
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
