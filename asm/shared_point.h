/* SPDX-License-Identifier: GPL-2.0 */
/*
 * process_shared_point(): every place at which two tasks can interact calls
 * this before it touches @addr.  While schedules are explored it is decided here
 * who goes on (host/explore.c); else it is a look at a variable.
 */
#ifndef _ASM_SHARED_POINT_H
#define _ASM_SHARED_POINT_H

#include <host/explore.h>

#define process_shared_point(addr, write)				\
	do {								\
		if (__builtin_expect(host_explore_points, 0))		\
			host_explore_point((addr), (write));		\
	} while (0)

/*
 * The watcher of an address space (leaf/watch.h) hears of each WRITE_ONCE() before it is
 * made: among them are those that write-lock a VMA, whatever the tree's function for that.
 */
extern void (*process_marked_store)(const volatile void *addr);

#define process_watch_store(addr)					\
	do {								\
		if (__builtin_expect(!!process_marked_store, 0))	\
			process_marked_store(addr);			\
	} while (0)

/* What is done up to process_step_end() is one step, with its point at the beginning. */
#define process_step_begin(addr, write)					\
	do {								\
		process_shared_point((addr), (write));			\
		host_explore_paused += host_exploring;			\
	} while (0)
#define process_step_end()						\
	do {								\
		host_explore_paused -= host_exploring;			\
	} while (0)

#endif /* _ASM_SHARED_POINT_H */
