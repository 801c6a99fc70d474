/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xchg() and cmpxchg() for objects of 1, 2, 4 and 8 bytes, fully ordered.
 */
#ifndef _ASM_CMPXCHG_H
#define _ASM_CMPXCHG_H

#include <asm/sched_point.h>
#include <shim/kernel/tsan.h>
#include <linux/compiler_types.h>

#define arch_xchg(ptr, val)						\
({									\
	__auto_type __xchg_p = (ptr);					\
	__unqual_scalar_typeof(*__xchg_p) __xchg_v = (typeof(*__xchg_p))(val);\
									\
	sched_point(__xchg_p, true);				\
	tsan_rmw_begin(__xchg_p);					\
	__xchg_v = __atomic_exchange_n(__xchg_p, __xchg_v, __ATOMIC_SEQ_CST);\
	tsan_fence_acquire();						\
	(typeof(*__xchg_p))__xchg_v;					\
})

#define arch_cmpxchg(ptr, old, new)					\
({									\
	__auto_type __cmpxchg_p = (ptr);				\
	__unqual_scalar_typeof(*__cmpxchg_p) __cmpxchg_o =		\
					(typeof(*__cmpxchg_p))(old);	\
									\
	sched_point(__cmpxchg_p, true);			\
	tsan_rmw_begin(__cmpxchg_p);					\
	__atomic_compare_exchange_n(__cmpxchg_p, &__cmpxchg_o,		\
				    (typeof(*__cmpxchg_p))(new), false,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);\
	tsan_fence_acquire();						\
	(typeof(*__cmpxchg_p))__cmpxchg_o;				\
})

#define arch_cmpxchg64			arch_cmpxchg
#define arch_cmpxchg_local		arch_cmpxchg
#define arch_cmpxchg64_local		arch_cmpxchg
#define arch_xchg_relaxed		arch_xchg
#define arch_cmpxchg_relaxed		arch_cmpxchg
#define arch_cmpxchg64_relaxed		arch_cmpxchg

#endif /* _ASM_CMPXCHG_H */
