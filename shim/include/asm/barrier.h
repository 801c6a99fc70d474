/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory barriers: fences by the compiler's builtins, acquire and release by ordered
 * accesses. ThreadSanitizer does not understand fences, so shim/kernel/tsan.c tells it
 * what they order. vma explore --weak orders accesses by them and by nothing else
 * (explore/weak.c).
 *
 * Those around an atomic operation are for the tree's include/linux/atomic.h. They order
 * nothing if it is a compare-and-exchange that fails, as in the kernel's memory model.
 */
#ifndef _ASM_BARRIER_H
#define _ASM_BARRIER_H

#include <asm/sched_point.h>
#include <shim/kernel/tsan.h>

#define mb()								\
do {									\
	tsan_fence_release();						\
	__atomic_thread_fence(__ATOMIC_SEQ_CST);			\
	tsan_fence_acquire();						\
	sched_fence(EXPLORE_MB);					\
} while (0)
#define rmb()								\
do {									\
	__atomic_thread_fence(__ATOMIC_ACQ_REL);			\
	tsan_fence_acquire();						\
	sched_fence(EXPLORE_RMB);					\
} while (0)
#define wmb()								\
do {									\
	tsan_fence_release();						\
	__atomic_thread_fence(__ATOMIC_ACQ_REL);			\
	sched_fence(EXPLORE_WMB);					\
} while (0)

/* Without a result atomic operations order nothing, so these are full barriers. */
#define __smp_mb__before_atomic()	mb()
#define __smp_mb__after_atomic()	mb()

/* The tree's default would be for machines on which a lock is a full barrier. */
#define smp_mb__after_spinlock()	smp_mb()

/* On x86 each atomic operation is a full barrier by itself. */
#ifdef __x86_64__
#define shim_fence_rmw()	barrier()
#else
#define shim_fence_rmw()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

#define shim_fence_before_rmw(fence)					\
do {									\
	tsan_fence_release();						\
	shim_fence_rmw();						\
	sched_fence(fence);						\
} while (0)
#define shim_fence_after_rmw(fence)					\
do {									\
	shim_fence_rmw();						\
	tsan_fence_acquire();						\
	sched_fence(fence);						\
} while (0)
#define __atomic_pre_full_fence()	shim_fence_before_rmw(EXPLORE_BEFORE_RMW)
#define __atomic_post_full_fence()	shim_fence_after_rmw(EXPLORE_AFTER_RMW)
#define __atomic_release_fence()	shim_fence_before_rmw(EXPLORE_RELEASE_RMW)
#define __atomic_acquire_fence()	shim_fence_after_rmw(EXPLORE_ACQUIRE_RMW)

#define __smp_store_release(p, v)					\
do {									\
	typeof(p) __rel_p = (p);					\
	typeof(*__rel_p) __rel_v = (v);					\
									\
	compiletime_assert_atomic_type(*__rel_p);			\
	sched_access(__rel_p, EXPLORE_WRITE | EXPLORE_ORDERED);		\
	tsan_fence_release();						\
	tsan_stored(__rel_p);						\
	__atomic_store_n(__rel_p, __rel_v, __ATOMIC_RELEASE);		\
} while (0)

#define __smp_load_acquire(p)						\
({									\
	typeof(p) __acq_p = (p);					\
									\
	compiletime_assert_atomic_type(*__acq_p);			\
	sched_access(__acq_p, EXPLORE_READ | EXPLORE_ORDERED);		\
	typeof(((void)0, *__acq_p)) __acq_v;	/* maybe a union; not const */	\
	__atomic_load(__acq_p, &__acq_v, __ATOMIC_ACQUIRE);		\
	tsan_loaded_acquire(__acq_p);					\
	sched_loaded();							\
	__acq_v;							\
})

#include <asm-generic/barrier.h>

#endif /* _ASM_BARRIER_H */
