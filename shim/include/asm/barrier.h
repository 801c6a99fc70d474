/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory barriers: fences by the compiler's builtins, acquire and release by ordered
 * accesses. ThreadSanitizer does not understand fences, so shim/kernel/tsan.c tells it
 * what they order.
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
} while (0)
#define rmb()								\
do {									\
	__atomic_thread_fence(__ATOMIC_ACQ_REL);			\
	tsan_fence_acquire();						\
} while (0)
#define wmb()								\
do {									\
	tsan_fence_release();						\
	__atomic_thread_fence(__ATOMIC_ACQ_REL);			\
} while (0)

#define __smp_store_release(p, v)					\
do {									\
	typeof(p) __rel_p = (p);					\
	typeof(*__rel_p) __rel_v = (v);					\
									\
	compiletime_assert_atomic_type(*__rel_p);			\
	sched_point((const void *)__rel_p, true);		\
	tsan_fence_release();						\
	tsan_stored(__rel_p);						\
	__atomic_store_n(__rel_p, __rel_v, __ATOMIC_RELEASE);		\
} while (0)

#define __smp_load_acquire(p)						\
({									\
	typeof(p) __acq_p = (p);					\
									\
	compiletime_assert_atomic_type(*__acq_p);			\
	sched_point((const void *)__acq_p, false);		\
	typeof(((void)0, *__acq_p)) __acq_v;	/* maybe a union; not const */	\
	__atomic_load(__acq_p, &__acq_v, __ATOMIC_ACQUIRE);		\
	tsan_loaded_acquire(__acq_p);					\
	__acq_v;							\
})

#include <asm-generic/barrier.h>

#endif /* _ASM_BARRIER_H */
