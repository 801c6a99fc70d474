/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xchg() and cmpxchg() for objects of 1, 2, 4 and 8 bytes. These are unordered; the tree's
 * fallback headers add the fences of asm/barrier.h for the other forms.
 */
#ifndef _ASM_CMPXCHG_H
#define _ASM_CMPXCHG_H

#include <asm/sched_point.h>
#include <asm/barrier.h>
#include <shim/kernel/tsan.h>
#include <linux/compiler_types.h>

/* ThreadSanitizer does not combine fences and unordered operations. */
#ifdef SHIM_TSAN
#define SHIM_RMW_ORDER		__ATOMIC_SEQ_CST
#else
#define SHIM_RMW_ORDER		__ATOMIC_RELAXED
#endif

/* Announce an atomic operation on *@p with a result. */
#define shim_rmw_begin(p)						\
do {									\
	sched_access(p, EXPLORE_WRITE | EXPLORE_RMW);			\
	tsan_rmw_begin(p);						\
} while (0)

/* ThreadSanitizer takes each of them for a full barrier. */
#define shim_rmw_end()		tsan_fence_acquire()

#define arch_xchg_relaxed(ptr, val)					\
({									\
	__auto_type __xchg_p = (ptr);					\
	__unqual_scalar_typeof(*__xchg_p) __xchg_v = (typeof(*__xchg_p))(val);\
									\
	shim_rmw_begin(__xchg_p);					\
	__xchg_v = __atomic_exchange_n(__xchg_p, __xchg_v, SHIM_RMW_ORDER);\
	shim_rmw_end();							\
	(typeof(*__xchg_p))__xchg_v;					\
})

#define arch_cmpxchg_relaxed(ptr, old, new)				\
({									\
	__auto_type __cmpxchg_p = (ptr);				\
	__unqual_scalar_typeof(*__cmpxchg_p) __cmpxchg_o =		\
					(typeof(*__cmpxchg_p))(old);	\
									\
	if (__builtin_expect(explore_points, 0))			\
		explore_cmpxchg(__cmpxchg_p, &__cmpxchg_o, sizeof(__cmpxchg_o));\
	tsan_rmw_begin(__cmpxchg_p);					\
	__atomic_compare_exchange_n(__cmpxchg_p, &__cmpxchg_o,		\
				    (typeof(*__cmpxchg_p))(new), false,	\
				    SHIM_RMW_ORDER, SHIM_RMW_ORDER);	\
	shim_rmw_end();							\
	(typeof(*__cmpxchg_p))__cmpxchg_o;				\
})

#define arch_cmpxchg64_relaxed		arch_cmpxchg_relaxed
#define arch_cmpxchg_local		arch_cmpxchg_relaxed
#define arch_cmpxchg64_local		arch_cmpxchg_relaxed

#endif /* _ASM_CMPXCHG_H */
