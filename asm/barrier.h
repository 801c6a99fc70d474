/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory barriers.  The fences are the compiler's; acquire and release are
 * accesses with that ordering, so that ThreadSanitizer sees what they order
 * (it does not understand fences).
 */
#ifndef _ASM_BARRIER_H
#define _ASM_BARRIER_H

#include <asm/shared_point.h>

#define mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()		__atomic_thread_fence(__ATOMIC_ACQ_REL)
#define wmb()		__atomic_thread_fence(__ATOMIC_ACQ_REL)

#define __smp_store_release(p, v)					\
do {									\
	typeof(p) __rel_p = (p);					\
	typeof(*__rel_p) __rel_v = (v);					\
									\
	compiletime_assert_atomic_type(*__rel_p);			\
	process_shared_point((const void *)__rel_p, true);		\
	__atomic_store_n(__rel_p, __rel_v, __ATOMIC_RELEASE);		\
} while (0)

#define __smp_load_acquire(p)						\
({									\
	typeof(p) __acq_p = (p);					\
									\
	compiletime_assert_atomic_type(*__acq_p);			\
	process_shared_point((const void *)__acq_p, false);		\
	__atomic_load_n(__acq_p, __ATOMIC_ACQUIRE);			\
})

#include <asm-generic/barrier.h>

#endif /* _ASM_BARRIER_H */
